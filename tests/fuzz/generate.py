"""Random programs; the same seed gives the same one."""

from inspect import signature
from random import Random
from typing import Any

from rosters import names_of

import fastnn

from .program import LOSSES, MISFITS, ROUNDED, Program

WIDTHS = [1, 2, 3, 4, 5, 9, 10, 11, 12, 16, 17, 32, 48, 300]
SAMPLES = [1, 2, 3, 7, 8, 9, 64, 65, 300]
ACTIVATIONS = ["ReLU"] * 4 + [name for name in names_of("layer", "Activation_") if name != "ReLU"]
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
LAYOUTS = ["C"] * 12 + ["F", "strided", "reversed", "swapped", "read-only"]
WEIGHTS = ["float64", "float64", "float64 weights", "float64 biases"]
MODES = ["book", "native", "double", "plain", "cast"]
WORK = 1.5e7  # samples times weights times epochs


def generate(seed: int, mode: str) -> Program:
    random = Random(f"{seed} {mode}")
    while True:
        program = one(random, seed, mode)
        if work(program) < WORK:
            return program


def work(program: Program) -> float:
    width, weights, slow = program.inputs, 0, 1
    for name, options in program.layers:
        if name == "Dense":
            weights, width = weights + width * options["n_neurons"], options["n_neurons"]
        slow += 300 + width**2 if name == "Softmax" else 0  # a loop in Python
    validating = -(-program.validation // (program.batch_size or 10**6))
    steps = program.steps_of(program.samples) + validating
    epochs = program.epochs + program.again
    cost = epochs * (program.samples + program.validation) * (weights + slow)
    cost += program.tested * (weights + slow)
    return cost + epochs * steps * 20_000 * len(program.layers)


def one(random: Random, seed: int, mode: str) -> Program:
    exact = mode not in ROUNDED
    loss = random.choice(LOSSES)
    outputs = width(random) if loss not in ("combined", "softmax") else max(2, width(random))
    samples = random.choice(SAMPLES) if random.random() < 0.8 else random.randint(1, 3000)
    if random.random() < 0.02:  # many blocks of samples; the cost keeps the widths small
        samples = random.randint(4_097, 100_000)
    kind, y_type = targets(random, loss, mode)
    batch_size = None
    if random.random() < 0.5:
        batch_size = random.choice([1, 3, 5, 7, 16, 31, 64, samples, samples + 1, 10 * samples])
        if samples / batch_size > 40:
            batch_size = -(-samples // random.randint(2, 40))
    validation = random.choice([0, 0, 1, 5, 33])
    if batch_size is None and random.random() < 0.9:
        validation = min(validation, samples)
    return Program(
        mode=mode, seed=seed, samples=samples, inputs=width(random),
        layers=layers(random, loss, outputs), loss=loss, optimizer=optimizer(random, exact),
        accuracy=accuracy(random, loss),
        x_type=random.choice(["float32"] * 5 + ["float64"] * 3 + ["bool", *INTEGERS]),
        x_spice=spice(random, exact, 0.35), x_layout=random.choice(LAYOUTS),
        y_kind=kind, y_type=y_type, y_layout=random.choice(LAYOUTS),
        y_spice=spice(random, exact, 0.15) if kind == "values" and (
            exact or loss == "squared") else "",  # an output may equal a target of 0
        weights_spice=random.choice(["dead", "half dead", "biases"])
        if random.random() < 0.3 else spice(random, exact, 0.15),
        epochs=epochs(random, exact), batch_size=batch_size,
        log_every=random.choice([1, 1, 2, 3, 100]),
        validation=validation, lines=random.choice(["steps", "epochs"]),
        misfit=random.choice(MISFITS) if random.random() < 0.06 else "",
        **afterwards(random, samples))


def afterwards(random: Random, samples: int) -> dict[str, Any]:
    """Of what type the weights are, and what is done with the objects after a training."""
    tested = random.choice([1, 2, 5, 9, 33, 65, 300])
    again = random.random() < 0.25
    return {
        "weights_type": random.choice(WEIGHTS) if random.random() < 0.2 else "",
        "again": random.choice([1, 2, 17]) if again else 0,
        "again_samples": random.choice([None, 1, random.randint(1, samples)]) if again else None,
        "tested": tested,
        "tested_batch": random.choice([None, 1, 3, 16, tested]) if tested < 65 else random.choice(
            [None, 16, 64, tested])}


def epochs(random: Random, exact: bool) -> int:
    if exact and random.random() < 0.15:
        return random.choice([16, 17, 40])  # a Model compiles from 16 steps on
    return random.randint(1, 4 if exact else 3)


def width(random: Random) -> int:
    return random.choice(WIDTHS) if random.random() < 0.75 else random.randint(1, 300)


def spice(random: Random, exact: bool, share: float) -> str:
    if random.random() > share:
        return ""
    mild = ["zeros", "-0", "constant", "column", "rows", "negative"]
    return random.choice(mild * 2 + ["nan", "inf", "-inf", "denormal", "huge", "tiny"]
                         if exact else mild)


def layers(random: Random, loss: str, outputs: int) -> tuple[tuple[str, dict[str, Any]], ...]:
    made: list[tuple[str, dict[str, Any]]] = []
    if random.random() < 0.05:
        made.append(random.choice([("Dropout", {"rate": 0.2}), ("Tanh", {}), ("ReLU", {}),
                                   ("Linear", {})]))
    for _ in range(random.choice([0, 0, 1, 1, 2, 3, 4])):
        made.append(("Dense", dense(random, width(random))))
        if random.random() < 0.9:
            made.append(activation(random))
        if random.random() < 0.2:
            made.append(("Dropout", {"rate": random.choice([0.0, 0.1, 0.5, 0.9])}))
        if random.random() < 0.05:
            made.append(activation(random))
    made.append(("Dense", dense(random, outputs)))
    usual = {"softmax": "Softmax", "binary": "Sigmoid"}.get(loss, "Linear")
    if loss == "softmax" or loss == "binary" and random.random() < 0.9:
        made.append((usual, {}))
    elif random.random() < (0.1 if loss == "combined" else 0.6):
        made.append((usual, {}) if random.random() < 0.6 else activation(random))
    return tuple(made)


def activation(random: Random) -> tuple[str, dict[str, Any]]:
    name = random.choice(ACTIVATIONS)
    if name in ("LeakyReLU", "ELU") and random.random() < 0.5:
        return name, {"alpha": random.choice([0.0, 0.3, 1.0, -0.5, 2])}
    return name, {}


def dense(random: Random, neurons: int) -> dict[str, Any]:
    options: dict[str, Any] = {"n_neurons": neurons}
    if random.random() < 0.35:
        names = ["weight_regularizer_l1", "weight_regularizer_l2", "bias_regularizer_l1",
                 "bias_regularizer_l2"]
        for name in random.sample(names, random.randint(1, 4)):
            options[name] = random.choice([1e-3, 5e-4, 0.1, 1, 1e-7])
    if random.random() < 0.7:
        options["weight_scale"] = random.choice([0.1, 0.3, 1.0, 1])
    return options


def optimizer(random: Random, exact: bool) -> tuple[str, dict[str, Any]]:
    name = random.choice(["SGD", *names_of("optimizer", "Optimizer_")])
    takes = signature(getattr(fastnn, f"Optimizer_{name}")).parameters
    options: dict[str, Any] = {}
    if random.random() < 0.8 or not exact:
        options["learning_rate"] = random.choice([1, 0.5, 0.1, 0.05, 1e-3] if exact
                                                 else [0.01, 1e-3])
    if random.random() < 0.5:
        options["decay"] = random.choice([1e-3, 5e-7, 0.1, 1])
    if "momentum" in takes and random.random() < 0.5:
        options["momentum"] = random.choice([0.9, 0.5, 1.0])
    if "epsilon" in takes and (not exact or random.random() < 0.3):
        options["epsilon"] = random.choice([1e-7, 1e-3, 1e-10] if exact else [0.1, 1e-2])
    if "rho" in takes and random.random() < 0.3:
        options["rho"] = random.choice([0.999, 0.5, 0.0])
    if "weight_decay" in takes and random.random() < 0.5:
        options["weight_decay"] = random.choice([0.0, 0.1, 1])
    if {"beta_1", "beta_2"} <= takes.keys() and random.random() < 0.3:
        options |= {"beta_1": random.choice([0.5, 0.0, 0.9]), "beta_2": random.choice([0.9, 0.99])}
    return name, options


def targets(random: Random, loss: str, mode: str) -> tuple[str, str]:
    numbers = ["float32"] * 4 + ["float64"] * 4 + ["bool", *INTEGERS]
    if loss in ("combined", "softmax"):
        if random.random() < 0.6:
            return "labels", random.choice(INTEGERS)
        return "one-hot", random.choice(numbers)
    if loss == "binary":
        return "bits", random.choice(numbers)
    if mode in ROUNDED and loss.startswith("absolute"):  # an output may equal a whole target
        return "values", random.choice(numbers[:-9])
    return "values", random.choice(numbers[:-9] if random.random() < 0.8 else numbers)


def accuracy(random: Random, loss: str) -> str | None:
    if loss in ("combined", "softmax"):
        return random.choice(["categorical"] * 4 + [None])
    if loss == "binary":
        return random.choice(["binary"] * 4 + ["regression", None])
    return random.choice(["regression"] * 4 + [None])
