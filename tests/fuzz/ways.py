"""One program trained by hand, with fastnn.fit or with Model.train; all that it leaves."""

import contextlib
import io
import warnings
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from networks import Net, fit, shared, state, train_by_hand
from nnfs_context import fast_lane, nnfs_in_force
from programs import arrays_of

import fastnn
from fastnn import reference
from fastnn.engine import runs
from fastnn.support import proofs

from .program import REGRESSION, Program, build, data

WAYS = ["hand", "fit", "model"]
PREDICTED, EVALUATED = "predicted.", "evaluated."  # before the names of what a pass leaves


def oracle_of(way: str) -> str:
    """The way of the reference that it is compared with."""
    return "model" if way == "model" else "hand"


class Left(NamedTuple):
    """What a run leaves: arrays and numbers by name, printed lines; or the error it raised."""

    arrays: dict[str, np.ndarray]
    names: set[frozenset[str]]  # those that are one array
    lines: list[str]
    error: Exception | None = None


@contextlib.contextmanager
def numpy_of(mode: str) -> Iterator[None]:
    """NumPy as the mode has it; no warnings, and the random stream from before afterwards."""
    before, patience = np.random.get_state(), (proofs.MEETINGS, runs._LONG)
    proofs.MEETINGS = runs._LONG = 1  # products are tried at once
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            with {"plain": contextlib.nullcontext, "native": fast_lane,
                  "double": partial(fastnn.set_dot_precision, "fast"),
                  "cast": partial(nnfs_in_force, False), "book": partial(nnfs_in_force, True),
                  }[mode]():
                yield
        finally:
            np.random.set_state(before)
            proofs.MEETINGS, runs._LONG = patience


def run(program: Program, way: str, ours: bool, steps: int | None = None,
        disturbed: float = 0.0, draw: int = 1, tested: int | None = None) -> Left:
    """The program trained that way, with our classes or the reference's, for so many steps.

    Without `steps` a Model predicts and evaluates then, of the samples for it the first `tested`.
    `disturbed`, `draw`: by how much and which way, see `disturb`.
    """
    nn = fastnn if ours else reference
    try:
        net = build(nn, program)
        if disturbed:
            disturb(net.layers, program.mode, disturbed, draw)
        if way == "model":
            left = with_model(nn, net, program, steps, tested)
        else:
            left = with_loop(net, program, way if ours else "hand", steps)
    except Exception as error:
        return Left({}, set(), [], error)
    _, words, position, *_ = np.random.get_state()
    left.arrays["random.words"] = np.array(words)
    left.arrays["random.position"] = np.array(position)
    return left


def disturb(layers: Iterable[Any], mode: str, share: float, draw: int) -> None:
    """Change each weight by up to this share of itself. A native tanh is off by up to 4e-7."""
    for layer in layers:
        if hasattr(layer, "weights"):
            noise = np.random.RandomState(draw).uniform(-1, 1, layer.weights.shape)
            layer.weights *= (1 + share * noise).astype(layer.weights.dtype)
        elif mode == "native" and type(layer).__name__ == "Activation_Tanh":
            layer.forward = partial(_tanh_off, layer, np.random.RandomState(draw))


def _tanh_off(layer: Any, random: np.random.RandomState, inputs: Any, *training: Any) -> None:
    type(layer).forward(layer, inputs, *training)
    if layer.output.dtype == np.float32:
        noise = 4e-7 * random.uniform(-1, 1, layer.output.shape)
        layer.output = np.clip(layer.output * (1 + noise), -1, 1).astype(np.float32)


def calls(program: Program, net: Net, steps: int | None) -> Iterator[tuple[Any, Any, int]]:
    """(X, y, epochs) of the calls that make so many steps: whole epochs, then part of one."""
    left = program.steps if steps is None else steps
    for samples, epochs in program.trainings:
        X, y = (net.X, net.y) if samples == program.samples else (net.X[:samples], net.y[:samples])
        of_epoch = program.steps_of(samples)
        whole, rest = divmod(min(left, epochs * of_epoch), of_epoch)
        left -= whole * of_epoch + rest
        if whole:
            yield X, y, whole
        if rest:
            samples = rest * (program.batch_size or program.samples)
            yield X[:samples], y[:samples], 1


def with_loop(net: Net, program: Program, way: str, steps: int | None) -> Left:
    validation = None
    if program.validation and steps is None:
        validation = data(program, program.validation, 2)
    rows: list[Any] = []
    for X, y, epochs in calls(program, net, steps):
        call = fit if way == "fit" else train_by_hand
        if call is train_by_hand and net.accuracy is None and program.loss in (
                "combined", "softmax"):  # as fit does; its sums are nobody's
            accuracy = reference.Accuracy_Categorical()
        else:
            accuracy = net.accuracy
        rows += call(net._replace(X=X, y=y, accuracy=accuracy), epochs=epochs,
                     batch_size=program.batch_size, log_every=program.log_every,
                     validation_data=validation)
    arrays = state(net)
    names = ["epoch", "loss", "data_loss", "regularization_loss", "accuracy", "learning_rate",
             "validation_loss", "validation_accuracy"]
    for at, row in enumerate(rows):
        for name, value in zip(names, tuple(row)):
            arrays[f"rows[{at}].{name}"] = np.array(value, float)
    return Left(arrays, shared(net), [])


def with_model(nn: Any, net: Net, program: Program, steps: int | None, tested: int | None
               ) -> Left:
    model = nn.Model(lines=program.lines)
    for layer in net.layers:
        model.add(layer)
    loss = net.loss
    if program.loss == "combined":  # as the book has it: the Model finds the two by itself
        model.add(nn.Activation_Softmax())
        loss = nn.Loss_CategoricalCrossentropy()
    elif not hasattr(net.layers[-1], "predictions"):  # the book's Model asks its last layer
        model.add(nn.Activation_Linear())
    accuracy = net.accuracy
    if accuracy is None:
        accuracy = nn.Accuracy_Regression() if program.loss in REGRESSION else (
            nn.Accuracy_Categorical(binary=program.loss == "binary"))
    model.set(loss=loss, optimizer=net.optimizer, accuracy=accuracy)
    model.finalize()
    validation = None
    if program.validation and steps is None:
        validation = data(program, program.validation, 2)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for X, y, epochs in calls(program, net, steps):
            model.train(X, y, epochs=epochs, batch_size=program.batch_size,
                        print_every=program.log_every, validation_data=validation)
        arrays = state_of(model)
        if program.tested and steps is None:
            arrays |= predicted(model, program, tested)
        if program.lines == "epochs" and validation is None:  # documented in Model.train
            arrays = {name: value for name, value in arrays.items() if ".accumulated_" not in name}
        if program.tested and steps is None:
            arrays |= evaluated(model, program, tested)
    return Left(arrays, set(), printed.getvalue().splitlines())


def state_of(model: Any, prefix: str = "") -> dict[str, np.ndarray]:
    return {prefix + name.removeprefix("model."): value
            for name, value in arrays_of({"model": model}).items()}


def predicted(model: Any, program: Program, tested: int | None) -> dict[str, np.ndarray]:
    """What predict gives, and what it leaves on the objects."""
    X, _ = data(program, program.tested, 3)
    outputs = model.predict(X[:tested], batch_size=program.tested_batch)
    return {f"{PREDICTED}outputs": np.array(outputs)} | state_of(model, PREDICTED)


def evaluated(model: Any, program: Program, tested: int | None) -> dict[str, np.ndarray]:
    """What evaluate leaves on the objects; its line is with the lines."""
    X, y = data(program, program.tested, 3)
    model.evaluate(X[:tested], y[:tested], batch_size=program.tested_batch)
    return state_of(model, EVALUATED)


def within(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): value for name, value in arrays.items()
            if name.startswith(prefix)}


def stepwise(program: Program, way: str) -> Program:
    """The program whose steps the way makes: chapter 18's Model has batches for validation only."""
    whole = way == "model" and program.lines == "epochs"
    return program.but(batch_size=None) if whole else program
