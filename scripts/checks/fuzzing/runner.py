"""Runs the program on one mutation after another, and tells outcomes from failures."""

import collections
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time

SECONDS = 5
MEMORY = 6 << 30

# sysexits, and what shells give an interrupted or terminated program.
ALLOWED = {0, 130, 143} | set(range(64, 79))

# What may stand on stderr beside the one sentence: the parser's usage, and progress.
BESIDE = re.compile(
    r"^(Usage: |  See |Help: |point \d+ of \d+$|jitter |log marginal likelihood |.* networks/s )")
BROKEN = re.compile(
    r"(Fatal error|fieldwork: unexpected|Stack dump|HDF5-DIAG|Backtrace|Current stack trace|\*\*\*|"
    r"Swift\.|Optional\(|Error Domain=|DecodingError)")


def limit():
    """Ends a child that computes or asks for more than a mutation may."""
    resource.setrlimit(resource.RLIMIT_CPU, (4 * SECONDS, 4 * SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Outcome:
    """How one run of the program ended."""

    def __init__(self, code, output, errors):
        self.code, self.output, self.errors = code, output, errors

    def failure(self):
        """What is wrong with the way it ended; None where nothing is."""
        if self.code is None or self.code == -signal.SIGXCPU:
            return f"beyond {SECONDS} s"
        if self.code < 0:
            return f"signal {signal.Signals(-self.code).name}"
        if self.code not in ALLOWED:
            return f"exit code {self.code}"
        text = self.errors.decode("utf-8", "replace")
        if BROKEN.search(text):
            return "not a sentence"
        if self.code == 70:
            return "exit code 70"
        lines = [line for line in text.splitlines() if line and not BESIDE.match(line)]
        # The parser repeats what it refuses, line ends and all, and adds how the command is used.
        if self.code == 0 or self.code == 64 and text.startswith("Error: ") and "\nUsage: " in text:
            return None
        if len(lines) != 1:
            return f"{len(lines)} lines on stderr"
        return None


def run(program, arguments, folder):
    """Runs the program in a folder, with nothing on its standard input."""
    child = subprocess.Popen(
        [program, *arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, preexec_fn=limit, start_new_session=True)
    try:
        output, errors = child.communicate(timeout=SECONDS)
        return Outcome(child.returncode, output, errors)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGINT)
    # What was asked for may be long, and is none the worse where Ctrl-C ends it properly.
    try:
        output, errors = child.communicate(timeout=SECONDS)
        return Outcome(child.returncode if child.returncode in (0, 130) else None, output, errors)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, errors = child.communicate()
        return Outcome(None, output, errors)


def fuzz(program, target, cases, end=None):
    """Runs the cases, prints failures as they come; gives outcomes and failures counted.

    A case is its name (which repeats it) and a function of a folder that prepares the folder and
    gives the arguments.
    """
    outcomes, failures = collections.Counter(), collections.Counter()
    for name, prepare in cases:
        folder = tempfile.mkdtemp(prefix="fieldwork-fuzz-")
        try:
            arguments = prepare(folder)
            outcome = run(program, arguments, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        wrong = outcome.failure()
        outcomes[wrong or outcome.code] += 1
        if wrong:
            failures[wrong] += 1
            shown = outcome.errors.decode("utf-8", "replace").strip()[:600]
            print(f"{target} {name}: {wrong}\n  {arguments!r:.600}\n  {shown}", flush=True)
        if end is not None and time.monotonic() > end:
            break
    return outcomes, failures
