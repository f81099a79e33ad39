"""One network with its data and its run, as plain values: its repr is a program again."""

import dataclasses
from typing import Any

import numpy as np
from networks import Net
from rosters import PLAIN, pointwise

from fastnn import reference

# Modes. Equal to NumPy's in every bit: "plain", NumPy as it is; "cast", float32 products; "book".
# To rounding: "native", the fast lane in float32; "double", in float64.
ROUNDED = ("native", "double")
Options = dict[str, Any]
_SHORT = {"squared": "MeanSquaredError", "absolute": "MeanAbsoluteError",
          "binary": "BinaryCrossentropy"}
REGRESSION = ["squared", "absolute", "absolute book",
              *(name for name in pointwise() if name not in _SHORT.values())]
LOSSES = ["combined", "softmax", "binary", *REGRESSION]


@dataclasses.dataclass(frozen=True)
class Program:
    """A network, its data, and how it is trained."""

    mode: str = "book"
    seed: int = 0
    samples: int = 5
    inputs: int = 2
    layers: tuple[tuple[str, Options], ...] = (("Dense", {"n_neurons": 3}),)
    loss: str = "combined"  # or another of LOSSES
    optimizer: tuple[str, Options] = ("SGD", {})
    accuracy: str | None = "categorical"  # "binary", "regression"
    x_type: str = "float32"
    x_spice: str = ""
    x_layout: str = "C"
    y_kind: str = "labels"  # "one-hot", "bits", "values"
    y_type: str = "int64"
    y_spice: str = ""
    y_layout: str = "C"
    weights_spice: str = ""
    epochs: int = 1
    batch_size: int | None = None
    log_every: int = 1
    validation: int = 0  # samples
    lines: str = "steps"  # of Model.train
    misfit: str = ""  # what is wrong with the data
    weights_type: str = ""  # other than as they come: "float64", "float64 biases", ...
    again: int = 0  # epochs of a second training of the same objects
    again_samples: int | None = None  # the first so many
    tested: int = 5  # samples that a trained Model predicts and evaluates
    tested_batch: int | None = None

    def but(self, **changes: Any) -> "Program":
        return dataclasses.replace(self, **changes)

    @property
    def trainings(self) -> list[tuple[int, int]]:
        """(samples, epochs) of each."""
        second = min(self.again_samples or self.samples, self.samples), self.again
        return [(self.samples, self.epochs), *([second] if self.again else [])]

    def steps_of(self, samples: int) -> int:
        """Of an epoch."""
        return -(-samples // (self.batch_size or samples))

    @property
    def steps(self) -> int:
        """Of all trainings."""
        return sum(epochs * self.steps_of(samples) for samples, epochs in self.trainings)

    @property
    def outputs(self) -> int:
        return [o["n_neurons"] for name, o in self.layers if name == "Dense"][-1]

    def __repr__(self) -> str:
        """Only what is not as usual."""
        said = [f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self)
                if getattr(self, field.name) != field.default]
        return f"Program({', '.join(said)})"


def stream(program: Program, what: int) -> np.random.RandomState:
    """A stream for each array, so that one may shrink without changing the others."""
    return np.random.RandomState([program.seed % 2**32, what])


def build(nn: Any, program: Program) -> Net:
    """The network of the classes in `nn`; the global random stream goes on behind it."""
    nn = PLAIN if nn is reference else nn
    np.random.seed(program.seed % 2**32)
    layers, width = [], program.inputs
    for name, options in program.layers:
        if name == "Dense":
            layers.append(nn.Layer_Dense(width, **options))
            width = options["n_neurons"]
        elif name == "Dropout":
            layers.append(nn.Layer_Dropout(**options))
        else:
            layers.append(getattr(nn, f"Activation_{name}")(**options))
    dense = [layer for layer in layers if hasattr(layer, "weights")]
    spice_weights(program, dense)
    cast_weights(program, dense)
    X, y = data(program, program.samples, 1)
    name, options = program.optimizer
    return Net(layers, make_loss(nn, program.loss), getattr(nn, f"Optimizer_{name}")(**options),
               make_accuracy(nn, program.accuracy, y), X, y)


def make_loss(nn: Any, name: str) -> Any:
    if name == "combined":
        return nn.Activation_Softmax_Loss_CategoricalCrossentropy()
    if name == "softmax":
        return nn.Loss_CategoricalCrossentropy()
    kind = name.removesuffix(" book")
    options = {"absolute book": {"book_gradient": True}, "Huber": {"delta": 0.7}}
    return getattr(nn, f"Loss_{_SHORT.get(kind, kind)}")(**options.get(name, {}))


def make_accuracy(nn: Any, name: str | None, y: np.ndarray) -> Any:
    if name == "regression":
        accuracy = nn.Accuracy_Regression()
        accuracy.init(y)
        return accuracy
    return None if name is None else nn.Accuracy_Categorical(binary=name == "binary")


# ---------------------------------------------------------------------------------------- data


def data(program: Program, samples: int, which: int) -> tuple[np.ndarray, np.ndarray]:
    """X and y; `which` is 1 for training, 2 for validation, 3 for the trained."""
    random = stream(program, 10 * which)
    X = random.normal(size=(samples, program.inputs))
    kind = np.dtype(program.x_type).kind
    if kind in "iu":
        X = np.abs(4 * X) if kind == "u" else 4 * X
    elif kind == "b":
        X = X > 0
    X = spiced(X.astype(program.x_type), program.x_spice, stream(program, 10 * which + 1))
    y = targets(program, samples, stream(program, 10 * which + 2))
    y = spiced(y, program.y_spice, stream(program, 10 * which + 3))
    X, y = misfitted(X, y, program.misfit)
    return laid_out(X, program.x_layout), laid_out(y, program.y_layout)


MISFITS = ["half a label", "float labels", "label -1", "label too large", "column", "flat", "short",
           "wide X", "narrow X", "flat X", "wide y", "objects", "complex X"]


def misfitted(X: np.ndarray, y: np.ndarray, misfit: str) -> tuple[np.ndarray, np.ndarray]:
    """Data that do not fit the network; as they are where the misfit is none for them."""
    labels = y.ndim == 1
    changed = {
        "half a label": lambda: (X, y + 0.5) if labels else (X, y),
        "float labels": lambda: (X, y.astype("float64")) if labels else (X, y),
        "label -1": lambda: (X, y.astype("int64") - 1) if labels else (X, y),
        "label too large": lambda: (X, y.astype("int64") + 300) if labels else (X, y),
        "column": lambda: (X, y.reshape(-1, 1)) if labels else (X, y[:, :1]),
        "flat": lambda: (X, y) if labels else (X, y[:, 0].copy()),
        "short": lambda: (X, y[:-1]),
        "wide X": lambda: (np.repeat(X, 2, axis=1), y),
        "narrow X": lambda: (X[:, :-1], y),
        "flat X": lambda: (X[:, 0].copy(), y),
        "wide y": lambda: (X, y) if labels else (X, np.repeat(y, 2, axis=1)),
        "objects": lambda: (X, y.astype(object)),
        "complex X": lambda: (X.astype(complex), y)}.get(misfit)
    return (X, y) if changed is None else changed()


def targets(program: Program, N: int, random: np.random.RandomState) -> np.ndarray:
    O, dtype = program.outputs, np.dtype(program.y_type)
    if program.y_kind in ("labels", "one-hot"):
        most = min(O, np.iinfo(dtype).max + 1) if dtype.kind in "iu" else O
        labels = random.randint(0, most, N)
        return labels.astype(dtype) if program.y_kind == "labels" else np.eye(O)[labels].astype(
            dtype)
    if program.y_kind == "bits":
        return random.randint(0, 2, (N, O)).astype(dtype)
    y = random.normal(size=(N, O))
    return (np.abs(3 * y) if dtype.kind == "u" else 3 * y if dtype.kind == "i" else y).astype(dtype)


SPICES = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf, "denormal": 1e-41, "huge": 1e38,
          "-0": -0.0, "zeros": 0.0, "tiny": 1e-30}


def spiced(values: np.ndarray, spice: str, random: np.random.RandomState) -> np.ndarray:
    """The array with some elements, columns or everything replaced."""
    if spice == "constant":
        return np.full_like(values, values.flat[0])
    if spice == "column" and values.ndim == 2:
        values[:, 0] = 0
        return values
    if spice == "rows" and values.ndim == 2:  # all the same
        values[:] = values[0]
        return values
    if spice == "negative":
        return -np.abs(values) if values.dtype.kind in "fi" else values
    if spice in SPICES and values.dtype.kind == "f":
        share = 0.02 if spice in ("nan", "inf", "-inf", "huge") else 0.3
        hit = random.uniform(size=values.shape) < share
        hit.flat[0] = True
        value = SPICES[spice] * (10.0**267 if values.dtype == np.float64 and spice == "huge" else 1)
        values[hit] = value
        if spice == "denormal":
            values[hit] *= random.uniform(-1, 1, np.count_nonzero(hit))
    return values


def spice_weights(program: Program, layers: list[Any]) -> None:
    random = stream(program, 3)
    for layer in layers:
        if program.weights_spice == "dead":
            layer.biases[:] = -3
        elif program.weights_spice == "half dead":
            layer.biases[:, ::2] = -3
        elif program.weights_spice == "biases":
            layer.biases[:] = random.normal(size=layer.biases.shape)
        else:
            layer.weights[:] = spiced(layer.weights.copy(), program.weights_spice, random)


def cast_weights(program: Program, layers: list[Any]) -> None:
    dtype, _, which = program.weights_type.partition(" ")
    for layer in layers if dtype else []:
        for name in [which] if which else ["weights", "biases"]:
            setattr(layer, name, getattr(layer, name).astype(dtype))


def laid_out(values: np.ndarray, layout: str) -> np.ndarray:
    if layout == "F":
        return np.asfortranarray(values)
    if layout == "strided":
        wide = np.repeat(values, 2, axis=-1)
        return wide[..., ::2]
    if layout == "reversed":
        return values[::-1].copy()[::-1]
    if layout == "swapped":
        return values.astype(values.dtype.newbyteorder())
    if layout == "read-only":
        values.flags.writeable = False
    return values
