"""Networks of every kind, and the loop that people write by hand: what `fastnn.fit` must equal.

A `Case` names one network with its data; `build` makes it of any module that holds the book's
classes, always with the same numbers. `train_by_hand` is the oracle: it knows only the objects.
"""

import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from programs import assert_same, walk
from rosters import PLAIN, names_of, pointwise

import fastnn
from fastnn import reference


class Case(NamedTuple):
    """One network and its data."""

    loss: str = "combined"
    optimizer: str = "Adam"
    activation: str = "ReLU"
    hidden: tuple[int, ...] = (16,)
    batch: int | None = None
    regularized: bool = False
    dropout: bool = False
    data: str = "float32"


class Net(NamedTuple):
    """The objects of a network, and its data."""

    layers: list[Any]
    loss: Any
    optimizer: Any
    accuracy: Any
    X: np.ndarray
    y: np.ndarray

    def objects(self) -> dict[str, Any]:
        return {"layers": self.layers, "loss": self.loss, "optimizer": self.optimizer,
                "accuracy": self.accuracy}


SHORT = {"binary": "BinaryCrossentropy", "squared": "MeanSquaredError",
         "absolute": "MeanAbsoluteError"}
REGRESSION = ("squared", "absolute", *(name for name in pointwise() if name not in SHORT.values()))
LOSSES = ["combined", "combined one-hot", "softmax", "softmax one-hot", "binary 1", "binary 3",
          "squared 1", "squared 3", "absolute 3", "absolute 3 book",
          *(f"{name} 3" for name in REGRESSION[2:])]
OPTIMIZERS = ["momentum", *names_of("optimizer", "Optimizer_")]
ACTIVATIONS = names_of("layer", "Activation_")
HIDDEN = [(3,), (7, 16), (33, 7, 3), (1, 16), (65,), (16, 1, 33), (3, 65, 7)]
N = 49  # samples
BATCHES = [None, 7, 16]  # of 49: all, a divisor, and one that leaves a last batch of 1
DATA = ["float32", "float64", "int16", "uint8"]


def matrix() -> Iterator[Case]:
    """Every mixture; the hidden layers go round meanwhile, and each of them meets each."""
    hidden = itertools.cycle(HIDDEN)
    for loss, optimizer, activation, batch, regularized, dropout, data in itertools.product(
            LOSSES, OPTIMIZERS, ACTIVATIONS, BATCHES, (False, True), (False, True), DATA):
        yield Case(loss, optimizer, activation, next(hidden), batch, regularized, dropout, data)


def name_of(case):
    """For test ids: softmax-Adam-ReLU-7.16-batch16-l1l2-dropout-uint8"""
    return "-".join([
        case.loss.replace(" ", "_"), case.optimizer, case.activation,
        ".".join(map(str, case.hidden)), f"batch{case.batch}", *["l1l2"] * case.regularized,
        *["dropout"] * case.dropout, case.data])


def sample(cases: int, seed: int = 0) -> list[Case]:
    """So many of the matrix, the same in every run."""
    everything = list(matrix())
    chosen = np.random.default_rng(seed).choice(len(everything), cases, replace=False)
    return [everything[i] for i in chosen]


PENALTIES = {"weight_regularizer_l1": 1e-3, "weight_regularizer_l2": 2e-3,
             "bias_regularizer_l1": 1e-3, "bias_regularizer_l2": 5e-4}


def build(nn: Any, case: Case, samples: int = N, inputs: int = 5) -> Net:
    """The network of the classes in `nn`, untrained; the random stream goes on behind it."""
    nn = PLAIN if nn is reference else nn
    np.random.seed(3)
    X = _data(case, samples, inputs)
    layers: list[Any] = []
    width = inputs
    for n, neurons in enumerate(case.hidden):
        # the first layer has all penalties, the second one of them
        penalties = [PENALTIES, {"weight_regularizer_l2": 1e-2}, {}][n] if case.regularized else {}
        layers += [nn.Layer_Dense(width, neurons, **penalties, weight_scale=0.3),
                   getattr(nn, f"Activation_{case.activation}")()]
        if case.dropout:
            layers.append(nn.Layer_Dropout(0.2))
        width = neurons
    outputs = 1 if "1" in case.loss else 3
    layers.append(nn.Layer_Dense(width, outputs, weight_scale=0.3))
    layers += {"softmax": [nn.Activation_Softmax], "binary": [nn.Activation_Sigmoid],
               "combined": []}.get(case.loss.split()[0], [nn.Activation_Linear])
    layers = [one() if isinstance(one, type) else one for one in layers]
    y = _targets(case, samples, outputs)
    accuracy = nn.Accuracy_Categorical(binary=case.loss.startswith("binary"))
    if case.loss.startswith(REGRESSION):
        accuracy = nn.Accuracy_Regression()
        accuracy.init(y)
    return Net(layers, _loss(nn, case), _optimizer(nn, case), accuracy, X, y)


def _data(case: Case, samples: int, inputs: int) -> np.ndarray:
    if case.data == "uint8":
        return np.random.randint(0, 5, (samples, inputs)).astype("uint8")
    X = np.random.normal(size=(samples, inputs))
    return (4 * X if case.data == "int16" else X).astype(case.data)


def _targets(case: Case, samples: int, outputs: int) -> np.ndarray:
    labels = np.random.randint(0, 3, samples)
    if case.loss.startswith("binary"):
        # whole numbers for one output, as the book's y.reshape(-1, 1), floats for three
        y = np.random.randint(0, 2, (samples, outputs))
        return y if outputs == 1 else y.astype("float32")
    if case.loss.endswith("one-hot"):
        return np.eye(3, dtype="float32")[labels]
    if case.loss.startswith(REGRESSION):
        # float64 for one output, as the book's sine_data
        return np.random.normal(size=(samples, outputs)).astype(
            "float64" if outputs == 1 else "float32")
    return labels.astype("uint8") if case.loss == "softmax" else labels


def _loss(nn: Any, case: Case) -> Any:
    name = case.loss.split()[0]
    if name == "combined":
        return nn.Activation_Softmax_Loss_CategoricalCrossentropy()
    if name == "softmax":
        return nn.Loss_CategoricalCrossentropy()
    options = {"absolute": {"book_gradient": case.loss.endswith("book")}, "Huber": {"delta": 0.8}}
    return getattr(nn, f"Loss_{SHORT.get(name, name)}")(**options.get(name, {}))


def _optimizer(nn: Any, case: Case) -> Any:
    if case.optimizer == "momentum":
        return nn.Optimizer_SGD(0.1, 0.0, 0.9)
    settings: dict[str, Any] = {"SGD": (0.1, 1e-2), "Adagrad": (0.1, 1e-3),
                                "RMSprop": (0.01, 1e-3), "AdamW": (0.05, 5e-7),
                                "Adam": (0.05, 5e-7)}
    options = {"AdamW": {"weight_decay": 0.1}}.get(case.optimizer, {})
    kind = getattr(nn, f"Optimizer_{case.optimizer}")
    return kind(*settings.get(case.optimizer, (0.02,)), **options)


class Doubling:
    """A layer of somebody's own: no `training`, no `inputs`."""

    def forward(self, inputs: np.ndarray) -> None:
        self.output = 2 * inputs

    def backward(self, dvalues: np.ndarray) -> None:
        self.dinputs = 2 * dvalues


def fit(net: Net, **options: Any) -> Any:
    """The History of `fastnn.fit` for this network."""
    options = {"accuracy": net.accuracy} | options
    return fastnn.fit(net.layers, net.loss, net.optimizer, net.X, net.y, **options)


# ------------------------------------------------------------------------- the loop by hand


Row = tuple[float, ...]


def model_of(nn: Any, net: Net, lines: str) -> Any:
    """A finalized Model of a network's objects."""
    model = nn.Model(lines=lines)
    for layer in net.layers:
        model.add(layer)
    model.set(loss=net.loss, optimizer=net.optimizer, accuracy=net.accuracy)
    model.finalize()
    return model


def train_by_hand(net: Net, *, epochs: int, batch_size: int | None = None, log_every: int = 1,
                  validation_data: Any = None, callback: Callable[[Row], object] | None = None,
                  steps: int | None = None) -> list[Row]:
    """The book's loop; the rows that a History of it has. It ends after so many `steps`, if given.

    Each row: epoch, loss, data loss, penalty, accuracy, rate, loss and accuracy of the validation.
    """
    layers, loss, optimizer, accuracy, X, y = net
    rows: list[Row] = []
    size = batch_size or len(X)
    sums = loss.loss if hasattr(loss, "activation") else loss
    done = 0
    for epoch in range(epochs):
        if done == steps:
            return rows
        new_pass(sums, accuracy)
        for start in range(0, len(X), size):
            if done == steps:
                return rows
            # all samples at once are X itself, not a view of it
            batch = (X, y) if size >= len(X) else (X[start:start + size], y[start:start + size])
            output, data_loss, share = forward(net, *batch, training=True)
            penalty = sum(sums.regularization_loss(one) for one in layers
                          if hasattr(one, "weights"))
            loss.backward(output, batch[1])
            slope = loss.dinputs
            for layer in reversed(layers):
                layer.backward(slope)
                slope = layer.dinputs
            rate = optimizer_step(optimizer, layers)
            done += 1
        if epoch % log_every and epoch != epochs - 1:
            continue
        if size < len(X):
            data_loss, share = sums.calculate_accumulated(), share_of_pass(accuracy, net.y)
        found = (np.nan, np.nan)
        if validation_data is not None:
            found = evaluate(net, *validation_data, batch_size)
        rows.append(tuple(map(float, (epoch, data_loss + penalty, data_loss, penalty, share, rate,
                                      *found))))
        if callback is not None and callback(rows[-1]) is True:
            break
    return rows


def new_pass(*things: Any) -> None:
    for thing in things:
        if hasattr(thing, "new_pass"):
            thing.new_pass()


def forward(net: Net, X: np.ndarray, y: np.ndarray, training: bool) -> tuple[Any, Any, Any]:
    """(output, mean loss, share of right predictions) of a batch."""
    output: Any = X
    for layer in net.layers:
        if training or not hasattr(layer, "rate"):  # dropout alone asks
            layer.forward(output)
        else:
            layer.forward(output, False)
        output = layer.output
    last = net.layers[-1]
    if hasattr(net.loss, "activation"):
        data_loss = net.loss.forward(output, y)
        last, output = net.loss.activation, net.loss.output
    else:
        data_loss = net.loss.calculate(output, y)
    share = np.nan
    if net.accuracy is not None:
        predictions = last.predictions(output) if hasattr(last, "predictions") else output
        share = net.accuracy.calculate(predictions, y)
    return output, data_loss, share


def optimizer_step(optimizer: Any, layers: list[Any]) -> float:
    """The update; the learning rate before it."""
    rate = optimizer.current_learning_rate
    optimizer.pre_update_params()
    for layer in layers:
        if hasattr(layer, "weights"):
            optimizer.update_params(layer)
    optimizer.post_update_params()
    return rate


def evaluate(net: Net, X: np.ndarray, y: np.ndarray, batch_size: int | None) -> tuple[Any, Any]:
    """(mean loss, share of right predictions), without training."""
    sums = net.loss.loss if hasattr(net.loss, "activation") else net.loss
    new_pass(sums, net.accuracy)
    size = batch_size or len(X)
    for start in range(0, len(X), size):
        batch = (X, y) if size >= len(X) else (X[start:start + size], y[start:start + size])
        forward(net, *batch, training=False)
    return sums.calculate_accumulated(), share_of_pass(net.accuracy, y)


def share_of_pass(accuracy: Any, y: np.ndarray) -> float:
    """Share of right predictions since `new_pass`; a sample has as many as it has targets.

    (One-hot targets are one; the book's `calculate_accumulated` counts samples in any case.)
    """
    if accuracy is None:
        return np.nan
    each = y[0].size if hasattr(accuracy, "precision") or accuracy.binary else 1
    return accuracy.accumulated_sum / (accuracy.accumulated_count * each)


# ------------------------------------------------------------------------------ comparison


def assert_fit_is_the_loop(case: Case, *, make: Callable[..., Net] = build,
                           callback: Callable[[Net], Any] | None = None, sharing: bool = True,
                           **options: Any) -> None:
    """`fit` and the loop over the reference leave the same objects, rows and random stream.

    `callback` makes, of a network, the callback for it.
    """
    options = {"batch_size": case.batch} | options
    left = []
    for nn in (fastnn, reference):
        net = make(nn, case)
        if callback is not None:
            options["callback"] = callback(net)
        # a probability may become 0, and the loss infinite
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "fit: the loss is")
            rows = (fit if nn is fastnn else train_by_hand)(net, **options)
        left.append((net, rows, np.random.get_state()[1:3]))
    (got, history, stream), (expected, rows, right) = left
    assert_same_net(got, expected, sharing)
    assert_same_rows(history, rows)
    assert np.array_equal(stream[0], right[0]) and stream[1] == right[1]


def assert_same_net(got: Net, expected: Net, sharing: bool = True) -> None:
    """Every array and number on the objects, its type; and which names share one array."""
    assert_same(state(got), state(expected))
    if sharing:
        assert shared(got) == shared(expected)


def state(net: Net) -> dict[str, np.ndarray]:
    """A copy of every array and number on the objects."""
    return {path: value for name, item in net.objects().items() for path, value in walk(name, item)}


def shared(net: Net) -> set[frozenset[str]]:
    """Groups of names for one and the same array, as `layers[1].inputs` and `layers[0].output`."""
    names: dict[int, list[str]] = {id(net.X): ["X"]}
    parts = {f"layers[{n}]": layer for n, layer in enumerate(net.layers)} | {"loss": net.loss}
    if hasattr(net.loss, "activation"):
        parts |= {"activation": net.loss.activation}
    for path, thing in parts.items():
        for name, value in vars(thing).items():
            if isinstance(value, np.ndarray):
                names.setdefault(id(value), []).append(f"{path}.{name}")
    return {frozenset(group) for group in names.values() if len(group) > 1}


def assert_same_rows(history: Any, rows: list[Row]) -> None:
    """Every number of the History is the loop's."""
    got, expected = np.array([tuple(row) for row in history]), np.array(rows)
    assert got.shape == expected.shape
    assert np.array_equal(got, expected, equal_nan=True), f"{got}\n{expected}"
