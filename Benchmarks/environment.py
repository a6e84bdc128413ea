"""The Python environment that the benchmarks run in: their own packages, one core."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def enter(script, modules, packages=None, folder=".venv"):
    """Starts `script` again in a virtual environment that has `modules`, which is made on the first run.

    `packages` are what pip installs for them, all at once; without them each module by its own name, and one that
    cannot be installed is left out.
    """
    if os.environ.get("FIELDWORK_PEERS") == "1":
        return
    python = HERE / folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(HERE / folder)], check=True)
    missing = [
        name for name in modules
        if subprocess.run([python, "-c", f"import {name}"], capture_output=True).returncode]
    for names in [packages] if missing and packages else [[name] for name in missing]:
        print(f"installing {', '.join(names)}", file=sys.stderr)
        subprocess.run(
            [python, "-m", "pip", "install", "-q", *names], check=packages is not None)
    environment = dict(
        os.environ, FIELDWORK_PEERS="1", TF_CPP_MIN_LOG_LEVEL="3",
        XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        environment[variable] = "1"
    os.execve(python, [str(python), script] + sys.argv[1:], environment)


def pin():
    """Keeps this script and all that it starts on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
