"""Values for every key of a study file, by --set."""

import random

from .options import FORMULAS, LISTS, NUMBERS, ODD

NET = """ensemble: {hidden: [{activation: %s, width: [2, 3]}], weights: {sigma: 1}, biases: {sigma: 0.5}}
points: [[0.2], [0.6]]
sampling: {estimator: %s, networks: 50, runs: 4, seed: 1}
measure: [%s]
"""
FREE = """theory: {free-scalar: {mass: 1, width: 4}}
points: [[0], [0.5]]
sampling: {estimator: outputs, networks: 50, runs: 4, seed: 1}
measure: [%s]
"""
TORUS = """theory:
  free-scalar: {dimension: 2, mass: 1, momenta: {lattice: 4}, width: 4}
  interaction: {phi4: 1, torus: 4, sampler: %s, thermalisation: 5, stride: 1}
points: [[0, 0], [1, 1]]
sampling: {estimator: outputs, networks: 50, runs: 4, seed: 1}
measure: [%s]
"""
STUDIES = (
    [NET % (unit, estimator, measure) for unit, estimator, measure in [
        ("relu", "outputs", "correlators: {orders: [2, 4]}"), ("erf", "conditional", "correlators: {orders: [2, 4]}"),
        ("tanh", "conditional", "kernel: {ntk: true, vertex: true, shift: true, sampled: true}"),
        ("erf", "exact", "generating-functional: {sources: [[1, 0]]}"), ("erf", "exact", "output-density"),
        ("erf", "exact", "couplings: {cutoffs: [10]}"), ("gauss", "neurons", "six-point"),
        ("erf", "exact", "action: {order: 1, at: [[0.5, 0.1]]}"), ("cos", "outputs", "independence"),
        ("relu", "exact", "cutoff-flow: {cutoffs: [10, 100]}"), ("gauss", "exact", "active-flow"),
        ("gauss", "exact", "passive-flow: {to: 10}"), ("gauss", "exact", "fixed-points: {orders: [4, 6]}"),
        ("gauss", "exact", "potential: {from: 1, to: 0.1, points: 40, couplings: {u2: 1, u4: 1}}"),
        ("relu", "outputs", "symmetry: [{group: O, side: output, orders: [2]}]"), ("cos", "exact", "locality"),
        ("relu", "outputs", "reflection-positivity"),
    ]]
    + [FREE % m for m in ["correlators: {orders: [2, 4]}", "identities", "locality", "reflection-positivity"]]
    + [TORUS % (sampler, m) for sampler in ["neuron-refresh", "hamiltonian", "mixture", "reweighting"]
       for m in ["correlators: {orders: [2]}", "observables: {lattice: 200}", "identities: {orders: [0, 2]}"]]
)
LAYER = ["width", "activation", "slope", "periodic", "activation.formula", "activation.kinks"]
DENSITY = [
    "sigma", "hidden_sigma", "output_sigma", "mean", "hidden_mean", "output_mean", "hidden", "output", "layers",
    "layers.0", "layers.0.density", "layers.0.dof", "layers.0.sigma", "layers.0.mean",
]
PATHS = (
    ["title", "ensemble", "theory", "points", "sampling", "measure", "measure.0", "points.0", "points.0.0", "a", "a.b", "",
     ".", "points.grid", "points.line", "points.file", "measure.0.a", "ensemble.inputs", "ensemble.outputs",
     "ensemble.complex", "ensemble.parametrisation", "ensemble.output_scales", "ensemble.correlation",
     "ensemble.correlation.quartic", "ensemble.correlation.shared_scale", "ensemble.correlation.law", "ensemble.kernel",
     "ensemble.hidden", "ensemble.hidden.0", "ensemble.hidden.1"]
    + [f"ensemble.hidden.0.{key}" for key in LAYER]
    + [f"ensemble.{part}.{key}" for part in ["weights", "biases"] for key in DENSITY]
    + [f"sampling.{key}" for key in [
        "estimator", "networks", "runs", "seed", "form", "tilt", "blocks", "save_outputs", "target_error", "outputs"]]
    + [f"theory.free-scalar.{key}" for key in [
        "dimension", "mass", "alpha", "cutoff", "amplitudes", "momenta", "momenta.box", "momenta.lattice", "width",
        "components"]]
    + [f"theory.interaction.{key}" for key in [
        "phi4", "phi1", "phi2", "phi3", "phi6", "phi12", "mass_squared", "formula", "nonlocal", "nonlocal.formula",
        "nonlocal.file", "torus", "box", "spacing", "sampler", "sampler.hamiltonian", "thermalisation", "stride"]]
)
# Options of measurements, put at measure.0.NAME.
OPTIONS = {
    "correlators": ["orders"], "generating-functional": ["sources"], "output-density": ["points"],
    "kernel": ["ntk", "vertex", "shift", "six_point", "sampled", "learning_rates", "learning_rates.biases"],
    "couplings": ["cutoffs", "vertex", "terms", "test_points"], "six-point": ["cutoffs", "vertex"],
    "action": ["order", "at", "expansion"], "independence": ["a"], "cutoff-flow": ["cutoffs", "vertex", "kappa"],
    "active-flow": ["kappa"], "passive-flow": ["to", "scales", "kernel", "normalisation", "u6"],
    "fixed-points": ["dimension", "orders", "components", "expansion", "anomalous", "potential"],
    "potential": ["from", "to", "range", "points", "couplings", "couplings.u2", "couplings.u12", "kink"],
    "symmetry.0": ["group", "side", "of", "orders", "elements", "procedure", "contractions", "level", "matrices",
                   "fixing", "range", "by", "weight"],
    "locality": ["orders", "channels", "direction", "distances", "distances.to", "distances.count", "move", "points"],
    "reflection-positivity": ["times", "fields", "axis"], "observables": ["times", "axis", "lattice"],
    "identities": ["orders", "level"],
}
WORDS = [
    "relu", "erf", "tanh", "gauss", "cos", "sin", "linear", "softplus", "gelu", "leaky-relu", "exact", "outputs", "neurons",
    "conditional", "file", "published", "standard", "mean-field", "student-t", "uniform", "laplace", "gaussian", "O", "SO",
    "U", "permutations", "translations", "dilatation", "reflections", "signs", "input", "output", "ntk", "zero", "minimum",
    "full", "all", "kinds", "both", "true", "false", "yes", "continuum", "hamiltonian", "mixture", "reweighting",
]
TREES = [
    "{from: 0, to: 1, count: 5}", "{from: 0, to: 1, count: 100000}", "{from: -1e300, to: 1e300, count: 3}",
    "{from: [0], to: [1], count: 0}", "{formula: x*tanh(x)}", "{formula: 1/x, kinks: [0]}", "{lattice: 100}", "{box: 1e300}",
    "{box: 1}", "{to: 1e300, count: 4}", "{to: 10, count: 200}", "{file: nowhere.csv}", "{activation: relu, width: 1e7}",
    "[{activation: relu, width: 2}, {activation: tanh, width: 3}]", "{quartic: 1e6}", "{shared_scale: 100, law: gamma}",
    "{biases: 1e300, weights: 1}", "{neuron-refresh: 1, hamiltonian: 1}", "{grid: {from: 0, to: 1, count: 3, dimensions: 64}}",
    "[[1, 0], [0, 1]]", "[[[1]]]", "[[[-1]]]", "[[0], [1]]", "[1, 1, 2]", "[0, 0]", "[2, 4, 6, 8]", "[1, 2, 3, 4, 5, 6, 7, 8]",
    "[0, 1, 2, 3]", "[lambda0, lambda2, lambda_nl]", "[inf]", "[1e12, 1e-12]", "[-1]", "[0.5, 1, 1e300]", "1%", "1e-300%",
    "[" + ", ".join(str(k) for k in range(1, 3000)) + "]", "&a [*a]", "!!binary x", "? a", "'", "- ", "{a: 1, a: 2}",
]


# What keys take, so that most mutations are nearly right.
SANE = ["0", "1", "2", "3", "4", "6", "8", "10", "0.5", "0.1", "1.5", "2.5", "20", "50", "100", "1e-3", "200", "-1", "-0.5"]
FLAGS = ["true", "false", "yes", "no", "on", "True", "FALSE", "1", "maybe"]
WORDY = {
    "activation": WORDS[:10], "estimator": ["outputs", "conditional", "neurons", "exact", "file", "best"],
    "form": ["unbiased", "published", "x"], "parametrisation": ["standard", "ntk", "mean-field", "x"],
    "law": ["gamma", "log-normal", "x"], "density": ["gaussian", "uniform", "laplace", "student-t", "x"],
    "amplitudes": ["constant", "gaussian", "x"], "sampler": [
        "neuron-refresh", "hamiltonian", "mixture", "reweighting", "{neuron-refresh: 1000, hamiltonian: 1000}"],
    "group": ["O", "SO", "U", "SU", "permutations", "signs", "translations", "reflections", "dilatation", "matrices"],
    "side": ["input", "output"], "of": ["output", "ntk"], "procedure": ["paired", "published"], "move": ["one", "both"],
    "channels": ["all", "kinds", "[[0]]", "[[0, 1]]", "[[5]]", "[[0, 0]]"], "vertex": ["weights", "full", "true", "false"],
    "terms": ["[lambda0]", "[lambda0, lambda2, lambda_nl, kappa]", "[]"], "expansion": ["zero", "minimum"],
    "kernel": ["deep-infrared", "full"], "normalisation": ["consistent", "published"],
    "momenta": ["continuum", "{box: 10}", "{lattice: 4}", "{lattice: 2}", "{box: 1e-300}"],
    **{key: FLAGS for key in [
        "complex", "periodic", "tilt", "save_outputs", "ntk", "shift", "six_point", "sampled", "kappa", "anomalous",
        "potential", "output"]},
    "target_error": ["1%", "50%", "0.01", "1e-9", "0", "-1%", "100%", "nan%", "1e-300"],
}
LISTED = {
    "orders", "sources", "cutoffs", "scales", "times", "fields", "direction", "distances", "fixing", "output_scales", "kinks",
    "points", "at", "mean", "output_mean", "test_points", "width",
}
STRUCTURES = {
    "title", "ensemble", "theory", "sampling", "measure", "hidden", "layers", "grid", "line", "correlation", "nonlocal",
    "matrices", "by", "couplings", "learning_rates", "free-scalar", "interaction",
}


class Settings:
    """--set of one to three keys of small studies; one in six is run, the others are checked."""

    def __init__(self, program):
        del program

    def value(self, path, chance):
        draw = chance.random()
        if draw < 0.06:
            return chance.choice(ODD)
        if "formula" in path and draw < 0.7:
            return chance.choice(FORMULAS)
        key = path.rsplit(".", 1)[-1]
        if draw < 0.15:
            return chance.choice(chance.choice([NUMBERS, LISTS, WORDS, TREES]))
        if key in WORDY:
            return chance.choice(WORDY[key])
        if key in LISTED:
            size = chance.choice([0, 1, 2, 2, 3, 5])
            numbers = [chance.choice(NUMBERS if chance.random() < 0.4 else SANE) for _ in range(size)]
            return f"[{', '.join(numbers)}]" if chance.random() < 0.8 else chance.choice(TREES)
        if key in STRUCTURES:
            return chance.choice(TREES + LISTS)
        return chance.choice(NUMBERS if chance.random() < 0.6 else SANE)

    def mutation(self, seed):
        chance = random.Random(seed)
        study = chance.choice(STUDIES)
        settings = []
        for _ in range(chance.choice([1, 1, 1, 1, 2, 3])):
            section = "theory" if study.startswith("theory") else "ensemble"
            if chance.random() < 0.4:
                name = study.split("measure: [")[1].split(":")[0].rstrip("]\n")
                name = next(k for k in OPTIONS if k.split(".")[0] == name)
                if chance.random() < 0.1:
                    name = chance.choice(list(OPTIONS))
                path = f"measure.0.{name}.{chance.choice(OPTIONS[name])}"
                if study.rstrip().endswith(f"{name}]"):
                    path = f"measure.0={{{name}: {{{path.rsplit('.', 1)[1]}: {self.value(path, chance)}}}}}"
                    settings.append(path)
                    continue
            else:
                other = "ensemble" if section == "theory" else "theory"
                path = chance.choice([p for p in PATHS if not p.startswith(f"{other}.")])
            settings.append(f"{path}={self.value(path, chance)}")
        return study, settings, chance.random() < 1 / 6

    def cases(self, first, count):
        for seed in range(first, first + count):
            study, settings, runs = self.mutation(seed)

            def prepare(folder, study=study, settings=settings, runs=runs):
                with open(f"{folder}/study.yaml", "w", encoding="utf-8") as file:
                    file.write(study)
                line = ["run", "study.yaml", "-q", "--threads", "1"] if runs else ["check", "study.yaml"]
                for setting in settings:
                    line += ["--set", setting]
                # What is run stays small, unless it is the size that is tried.
                if runs and not any(s.startswith("sampling") for s in settings):
                    line += ["--set", "sampling.networks=20"]
                return line

            yield str(seed), prepare
