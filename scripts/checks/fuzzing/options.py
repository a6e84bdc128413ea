"""Extreme values for the options of every command."""

import json
import random
import subprocess

NUMBERS = [
    "0", "1", "2", "3", "4", "5", "7", "10", "-1", "-2", "-0", "0.5", "-0.5", "1.5", "1e-3", "1e-12",
    "1e-30", "1e-160", "1e-320", "5e-324", "1e3", "1e6", "1e9", "1e15", "1e19", "1e30", "1e40", "1e155",
    "1e300", "1.7976931348623157e308", "-1e40", "-1e300", "1e999", "-1e999", "nan", "inf", "-inf", "infinity",
    "100", "1000", "10000", "60000", "65536", "1000000", "2147483647", "2147483648", "4294967295", "4294967296",
    "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809", "18446744073709551615", "18446744073709551616", "99999999999999999999999",
]
ODD = [
    "", " ", "-", "--", ",", "a", "é", "🙂", "\u0000".replace("\u0000", "\x01"), "0x10", "1_000", "1,5", "١",
    "1e", "e1", "+1", "--json", "[]", "{}", "null", "~", "x" * 5000, "\n", "1\n2", "'", '"', "$(id)", "%s%n%@",
    "../..", "/dev/null", "/dev/null/x", "nowhere/x", ".",
]
LISTS = [
    "[]", "[[]]", "[[[0]]]", "[0]", "[[0]]", "[1]", "[[1],[1]]", "[[1],[-1]]", "[[1,2]]", "[[1,2],[3]]", "[[.nan]]",
    "[.inf]", "[-.inf]", "[nan]", "[1e999]", "[1e40]", "[[1e300],[-1e300]]", "[1e-320, 1]", "[1e-300, 2e-300]",
    "[1e154, 1e155]", "[0, 1e-9, 1]", "[" * 200 + "]" * 200, "[" * 50 + "1" + "]" * 50, "[1, [2]]", "[a]", "[null]",
    "[[null]]", "[~]", "{}", "{a: 1}", "{grid: {from: 0, to: 1, count: 5}}", "a", "", "null", "[1", "1]", "1",
    "[0.1, 0.2, 0.3]", "[[0.1], [0.2], [0.3], [0.4], [0.5], [0.6]]", "[&a 1, *a]", "[!!int 1]",
    "[" + ", ".join(str(0.01 * k) for k in range(12)) + "]", "[" + ", ".join(str(0.01 * k) for k in range(70)) + "]",
    "[" + ", ".join(str(0.001 * k) for k in range(1200)) + "]", "[" + ", ".join(["0"] * 30000) + "]",
]
FORMULAS = [
    "x", "1/x", "exp(x)", "exp(exp(x))", "exp(x^2)", "exp(-x^2)", "x^2", "x^9", "x^100", "x^1e9", "x^(-1)", "x^x",
    "x^0.5", "sqrt(x)", "log(x)", "0", "1", "-1", "x/0", "0/0", "abs(x)", "1e308*x", "1e-320*x", "1e999", "nan",
    "tanh(1e300*x)", "sin(1e9*x)", "sin(1/x)", "step(x)", "sign(x)", "max(x,0)", "tan(x)", "x*tanh(x)", "", "(",
    ")", "(" * 3000, "(" * 3000 + "x" + ")" * 3000, "-" * 5000 + "x", "x" + "+x" * 3000, "x" + "^x" * 3000, "é", "y",
    "x x", "2x", "sin", "sin()", "sin(x,x)", "erf(x)", "sin(" * 900 + "x" + ")" * 900, "x^-", "..", "1..2", "1e",
]
COUPLINGS = [
    "u2=1", "u2=1,u4=1", "u2=-1,u4=1", "u2=1,u4=-1", "u2=0,u4=0", "u2=nan", "u2=inf", "u2=1e300,u4=1e300",
    "u2=1e-300,u4=1e-300", "u2=1e999", "u4=1e40", "u24=1", "u24=-1", "u26=1", "u1=1", "u0=1", "u-2=1", "u=1", "=1",
    "u2=", "u2", ",", ",,", "", "u2=1,u2=2", "u9223372036854775808=1", "u2=-1e-9,u4=1e9", "u2=-100,u4=1",
    "u2=1,u4=1,u6=-1", "u2=1;u4=2", "U2=1", "u2=1 ,u4=2", "u2=5,u4=2", "u2=-0.1,u4=2", "u2=2,u4=-42.7,u6=50",
]
WORDS = {
    "activation": ["relu", "erf", "tanh", "gauss", "cos", "sin", "linear", "leaky-relu", "Relu", "formula"],
    "parametrisation": ["standard", "mean-field", "ntk", "maximal-update", "Standard"],
    "vertex": ["weights", "full", "Full"], "term": ["lambda0", "lambda2", "lambda_nl", "lambda9"],
    "group": ["O", "SO", "SU", "U", "permutations", "translations", "reflections", "euclidean", "matrices", "Z2"],
    "side": ["output", "input", "both"], "kernel": ["deep-infrared", "full", "none"],
    "expansion": ["zero", "minimum", "middle"], "output": ["out", ".", "/dev/null", ""],
    "figures": ["out", "/dev/null/x"], "drawings": ["out", "/dev/null/x"], "data": ["data.csv", "nothing.csv", "."],
    "predict": ["study.yaml", "nothing.yaml"], "study": ["study.yaml"], "set": ["sampling.runs=4"],
}
BY_NAME = {
    "points": LISTS, "test-points": LISTS, "at": LISTS, "formula": FORMULAS, "from": COUPLINGS + NUMBERS,
    "kinks": ["0", "0,1", "1,0", "nan", "inf", "1e40", ",", "", "0,0,0", ",".join(str(k) for k in range(500))],
}

STUDY = """title: fuzz
ensemble: {hidden: [{activation: relu, width: 3}], weights: {sigma: 1}}
points: [[0.2], [0.6]]
sampling: {networks: 200, runs: 4, seed: 1}
measure: [correlators: {orders: [2, 4]}]
"""

# One short line of each command, to be mutated.
LINES = [
    "run study.yaml -q", "run study.yaml -q --json --threads 1 -o out", "check study.yaml", "report out", "new name",
    "new --list",
    "kernel --activation relu --points [[0.2],[0.6]]",
    "kernel --activation tanh --depth 3 --width 5 --ntk --vertex --shift --six-point --points [[0.2],[0.6]]",
    "kernel --formula x*tanh(x) --points [[0.2],[0.6]]",
    "kernel --activation leaky-relu --slope 0.1 --points [[0.2]]",
    "criticality --activation tanh --sigma-b 0.1", "criticality --activation relu",
    "criticality --activation tanh --figures out",
    "gp draw --activation erf --sigma-b 0.5 --count 2 --points [[0],[0.5]]",
    "gp regress --activation erf --sigma-b 0.5 --data data.csv --points [[0],[0.5]] --noise 0.1",
    "gp regress --activation erf --sigma-b 0.5 --data data.csv --points [[0]] --ntk --ridge 0.1",
    "diagrams --interaction 4 --legs 2 --order 1", "diagrams --interaction 4 6 --legs 4 --order 1 --dual",
    "diagrams --interaction 4 --legs 2 --order 1 --activation gauss --sigma-b 1 --points [0,0.1]",
    "diagrams --interaction 3 --legs 2 --order 2 --connected --labelled --drawings out",
    "couplings --activation erf --sigma-b 1 --width 5 --cutoff 10 --points [[0.2],[0.6]] --term lambda0 --kappa",
    "couplings --activation gauss --sigma-b 1 --width 5 --points [[0.01],[0.02]] --test-points [[0.015]]",
    "action --activation erf --sigma-b 1 --width 10 --points [[1]] --at [[0.5]]",
    "flow cutoff --activation relu --width 20 --points [0.2,0.6] --cutoff 10 100 1000",
    "flow active --width 3 --sigma-b 1 --sigma-w 1 2 5 --points [-0.01,0.01]",
    "flow passive --dimension 1 --from u2=2,u4=-42.7,u6=50 --to 100",
    "flow passive --dimension 3 --from u2=1,u4=2 --start 1 --to 0.01 --components 2",
    "flow passive --dimension 3 --from u2=1,u4=2 --to 1 --kernel full",
    "flow fixed-points --dimension 3 --order 6", "flow fixed-points --dimension 3 --expansion minimum --order 3",
    "flow fixed-points --dimension 3 --potential", "flow fixed-points --dimension 3 --expansion minimum --anomalous",
    "flow potential --dimension 3 --from u2=-0.1,u4=2 --start 1 --to 0.01 --range 1.5 --points 60",
    "flow potential --dimension 3 --from u2=1,u4=1 --abs 0.1 --start 1 --to 0.1 --range 1.5 --points 60",
    "symmetry --activation relu --width 5 --outputs 2 --group SO --points [[0.5],[1]] --networks 1000",
    "symmetry --predict study.yaml", "symmetry --activation relu --width 5 --side input --points [[1]] --networks 1000",
    "locality --activation cos --width 4 --points [[0]]",
    "locality --activation erf --sigma-b 0.5 --width 5 --points [[0]] --orders 2 --networks 1000 --to 5",
    "oscillator --coupling 6 --times 1 2", "oscillator --coupling 6 --spacing 0.5 --sites 20 --times 1",
    "lattice --dimension 2 --size 4 --coupling 1 --trajectories 100 --thermalisation 10 --chains 2",
    "lattice --dimension 1 --size 4 --coupling 1 --trajectories 100 --thermalisation 10 --chains 1 --fourier 1 --json",
    "lattice scan --sizes 3 4 --coupling 6 --from -1.4 --to -1.2 --count 3 --trajectories 100 --thermalisation 10",
    "help kernel", "help",
]


class Options:
    """The options of every command, as the program itself lists them."""

    def __init__(self, program):
        text = subprocess.run([program, "--experimental-dump-help"], capture_output=True, check=True).stdout
        self.known = {}
        self._walk(json.loads(text)["command"], [])

    def _walk(self, command, path):
        self.known[" ".join(path)] = [
            ("--" + names[0], argument["kind"] == "flag", argument.get("isRepeating", False))
            for argument in command.get("arguments", [])
            if (names := [n["name"] for n in argument.get("names", []) if len(n["name"]) > 1])
        ]
        for child in command.get("subcommands", []):
            self._walk(child, path + [child["commandName"]])

    def of(self, words):
        """Those of the command that a line begins with."""
        if words[0] == "lattice" and (len(words) < 2 or words[1] != "scan"):
            return self.known["lattice run"]
        return self.known.get(" ".join(words[:2])) or self.known.get(words[0], [])

    def value(self, name, chance):
        """A value for an option: of its kind mostly, of any kind now and then."""
        bare = name.lstrip("-")
        draw = chance.random()
        if draw < 0.12:
            return chance.choice(ODD)
        if draw < 0.17:
            return chance.choice(NUMBERS + LISTS + FORMULAS + COUPLINGS)
        return chance.choice(BY_NAME.get(bare) or WORDS.get(bare) or NUMBERS)

    def mutation(self, seed):
        """A line with one to three options changed, added or taken away."""
        chance = random.Random(seed)
        words = chance.choice(LINES).split(" ")
        for _ in range(chance.choice([1, 1, 1, 2, 2, 3])):
            options = self.of(words)
            draw = chance.random()
            if draw < 0.05 and len(words) > 1:
                del words[chance.randrange(1, len(words))]
                continue
            if draw < 0.08 or not options:
                words[chance.randrange(1, len(words)) if len(words) > 1 else 0] = chance.choice(ODD)
                continue
            here = [o for o in options if o[0] in words and not o[1]]
            name, flag, repeating = chance.choice(here if here and chance.random() < 0.6 else options)
            if flag:
                if name not in ("--help", "--version"):
                    words.append(name)
                continue
            count = chance.choice([0, 1, 1, 2, 3, 40]) if repeating and name != "--set" else 1
            values = [self.value(name, chance) for _ in range(count)]
            if name == "--set":
                values = [chance.choice(["sampling.runs=2", "a=1", "=", "points=[]", "measure=[]", values[0]])]
            if name in words:
                at = words.index(name)
                end = at + 1
                while end < len(words) and not words[end].startswith("--"):
                    end += 1
                words[at:end] = [name, *values]
            elif len(values) == 1 and chance.random() < 0.5:
                words.append(f"{name}={values[0]}")
            else:
                words += [name, *values]
        return words

    def cases(self, first, count):
        """Cases for the runner."""
        for seed in range(first, first + count):
            words = self.mutation(seed)

            def prepare(folder, words=words):
                with open(f"{folder}/study.yaml", "w", encoding="utf-8") as file:
                    file.write(STUDY)
                with open(f"{folder}/data.csv", "w", encoding="utf-8") as file:
                    file.write("0,0.1\n0.5,-0.2\n1,0.3\n")
                return words

            yield str(seed), prepare
