"""Damaged files: what users bring (.npy, .csv, .h5), and what the program left (checkpoints, results, data)."""

import os
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import time

RECORDED = """ensemble: {inputs: 1, outputs: 1}
points: [[0.2], [0.6]]
sampling: {estimator: file, outputs: %s, runs: 4}
measure: [correlators: {orders: [2]}]
"""
POINTS = """ensemble: {inputs: 1, hidden: [{activation: relu, width: 3}]}
points: {file: data.csv}
sampling: {estimator: exact}
measure: [correlators: {orders: [2]}]
"""
SMALL = """ensemble: {hidden: [{activation: relu, width: [2, 3]}]}
points: [[0.2], [0.6]]
sampling: {estimator: outputs, networks: 100, runs: 4, save_outputs: true}
measure: [correlators: {orders: [2]}]
"""
LONG = """ensemble: {hidden: [{activation: tanh, width: 200}]}
points: [[0.2], [0.6]]
sampling: {estimator: outputs, networks: 1000000, runs: 4}
measure: [correlators: {orders: [2]}]
"""
NUMBERS = [0, 1, -1, 2, 7, 255, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1]
TOKENS = [
    b"0", b"-1", b"1e999", b"nan", b"NaN", b"null", b"[]", b"{}", b'""', b"1e400", b"9223372036854775808", b"true", b"\xff",
    b"\x00", b"\n", b"\r\n", b",", b";", b"\t", b'"', b"'", b"(", b")", b"[", b"{", b":", b"1.5.2", b"1,5", b"1e", b"\xef\xbb\xbf",
]


def damaged(data, chance):
    """One to four changes: bytes, numbers, cuts, repeats, tokens."""
    data = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 4])):
        at = chance.randrange(len(data) + 1)
        draw = chance.randrange(8)
        if draw == 0:
            data[at:at + 1] = bytes([chance.randrange(256)])
        elif draw == 1:
            del data[at:at + chance.choice([1, 2, 8, 100, len(data)])]
        elif draw == 2:
            data[at:at] = data[chance.randrange(len(data) + 1):][:chance.choice([1, 16, 200])]
        elif draw == 3:
            size = chance.choice([1, 2, 4, 8])
            value = chance.choice(NUMBERS) % 2 ** (8 * size)
            data[at:at + size] = value.to_bytes(size, chance.choice(["little", "big"]))
        elif draw == 4:
            token = chance.choice(TOKENS)
            data[at:at + chance.choice([0, len(token)])] = token
        elif draw == 5 and data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        elif draw == 6:
            # A number in text replaced by another.
            digits = [k for k, c in enumerate(data[:4000]) if chr(c).isdigit()]
            if digits:
                k = chance.choice(digits)
                data[k:k + 1] = chance.choice(TOKENS[:13])
        else:
            # Near the beginning, where headers are.
            at = chance.randrange(min(len(data), 160) + 1)
            data[at:at + 1] = bytes([chance.randrange(256)])
    return bytes(data)


class Brought:
    """A file of a user, damaged and read."""

    def __init__(self, program, name, study, originals):
        self.program, self.name, self.study, self.originals = program, name, study, originals

    def cases(self, first, count):
        for seed in range(first, first + count):

            def prepare(folder, seed=seed):
                chance = random.Random(seed)
                with open(f"{folder}/{self.name}", "wb") as file:
                    file.write(damaged(chance.choice(self.originals), chance))
                with open(f"{folder}/study.yaml", "w", encoding="utf-8") as file:
                    file.write(self.study)
                return ["run", "study.yaml", "-q", "--threads", "1"]

            yield str(seed), prepare


def npy(program):
    """Arrays of NumPy of several types and versions."""
    originals = []
    for code, letter in [("<f8", "d"), ("<f4", "f"), (">f8", "d"), ("<i4", "i")]:
        for shape in ["(40, 2, 1)", "(40, 2)"]:
            values = [0.1 * (k * 37 % 41) if letter != "i" else k * 37 % 41 for k in range(80)]
            order = ">" if code.startswith(">") else "<"
            header = f"{{'descr': '{code}', 'fortran_order': False, 'shape': {shape}, }}"
            header += " " * ((-len(header) - 11) % 64) + "\n"
            head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
            originals.append(head + struct.pack(f"{order}80{letter}", *values))
    return Brought(program, "nets.npy", RECORDED % "nets.npy", originals)


def csv(program):
    """Tables of points."""
    rows = [(0.1 * k, (k * 37 % 41) / 10) for k in range(12)]
    originals = [
        "".join(f"{a}\n" for a, _ in rows), "x\n" + "".join(f"{a:.3e}\n" for a, _ in rows),
        "# points\r\n" + "".join(f"{b}\r\n" for _, b in rows), "\n".join(f'"{a}"' for a, _ in rows),
        "".join(f"{a}D0\n" for a, _ in rows), "1,5\n2,5\n",
    ]
    return Brought(program, "data.csv", POINTS, [text.encode() for text in originals])


def h5(program):
    """Our own data.h5 as a user's file: the outputs of networks under a path."""
    folder = left(program, SMALL)
    with open(f"{folder}/study-results/data.h5", "rb") as file:
        data = file.read()
    shutil.rmtree(folder)
    return Brought(program, "nets.h5", RECORDED % "nets.h5:/cases/0/outputs", [data])


def left(program, study, seconds=None):
    """A folder with a finished run, or one stopped after some seconds."""
    folder = tempfile.mkdtemp(prefix="fieldwork-fuzz-")
    with open(f"{folder}/study.yaml", "w", encoding="utf-8") as file:
        file.write(study)
    child = subprocess.Popen(
        [program, "run", "study.yaml", "-q", "--threads", "1"], cwd=folder, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE)
    if seconds:
        time.sleep(seconds)
        child.send_signal(signal.SIGINT)
    _, errors = child.communicate()
    if child.returncode != (130 if seconds else 0):
        raise SystemExit(f"the run to be damaged ended with {child.returncode}: {errors.decode()}")
    return folder


class Left:
    """Files of a run, damaged before it is resumed or reported."""

    def __init__(self, program, study, chosen, lines, seconds=None):
        self.folder = left(program, study, seconds)
        self.files = sorted(
            os.path.relpath(os.path.join(place, name), self.folder)
            for place, _, names in os.walk(self.folder) for name in names)
        self.files = [name for name in self.files if chosen(name)]
        if not self.files:
            raise SystemExit(f"there is nothing to damage in {os.listdir(self.folder + '/study-results')}")
        self.lines = lines

    def cases(self, first, count):
        for seed in range(first, first + count):

            def prepare(folder, seed=seed):
                chance = random.Random(seed)
                shutil.copytree(self.folder, folder, dirs_exist_ok=True)
                name = f"{folder}/{chance.choice(self.files)}"
                with open(name, "rb") as file:
                    data = file.read()
                with open(name, "wb") as file:
                    file.write(damaged(data, chance))
                return chance.choice(self.lines).split()

            yield str(seed), prepare


RESUME = "run study.yaml -q --threads 1 --resume"


def checkpoints(program):
    return Left(
        program, LONG, lambda name: "checkpoint" in name and not name.endswith("lock"),
        [RESUME + " --set sampling.networks=2000", RESUME + " --set sampling.networks=1000"], seconds=1.5)


def results(program):
    return Left(
        program, SMALL, lambda name: name.endswith("results.json"),
        ["report study-results", "report study-results --json", RESUME, RESUME + " --set sampling.networks=150"])


def data(program):
    return Left(
        program, SMALL, lambda name: name.endswith("data.h5"),
        ["report study-results", RESUME, RESUME + " --set sampling.networks=150"])
