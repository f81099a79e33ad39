"""Whose arrays they are: what a user keeps, edits, brings along, copies or subclasses.

The programs run with fastnn's classes and with the reference's and must leave the same digits.
"""

import copy
import pickle
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from nnfs.datasets import spiral_data
from programs import arrays_of, assert_same
from rosters import PLAIN

import fastnn
from fastnn import reference

pytestmark = pytest.mark.usefixtures("book_numpy")

OPTIMIZERS = {
    "SGD": ("SGD", {"learning_rate": 0.1}),
    "SGD, momentum": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "decay": 1e-3}),
    "Adagrad": ("Adagrad", {"learning_rate": 0.05, "decay": 1e-3}),
    "RMSprop": ("RMSprop", {"decay": 1e-3}),
    "Adam": ("Adam", {"learning_rate": 0.02, "decay": 1e-3}),
    "AdamW": ("AdamW", {"learning_rate": 0.02, "decay": 1e-3, "weight_decay": 0.1}),
    "Nadam": ("Nadam", {"learning_rate": 0.02, "decay": 1e-3}),
}
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)
ENDS = ["combined", "crossentropy", "binary", "squared", "absolute", "huber"]


class Loop:
    """A hand-written training loop through every layer and activation, with one of five ends."""

    def __init__(self, nn: Any, optimizer: str = "Adam", end: str = "combined", size: int = 16):
        nn = PLAIN if nn is reference else nn
        np.random.seed(0)
        self.X, y = spiral_data(samples=12, classes=3)
        self.chain = [
            nn.Layer_Dense(2, size, weight_regularizer_l2=5e-4, bias_regularizer_l1=5e-4),
            nn.Activation_ReLU(), nn.Layer_Dense(size, 9, weight_scale=0.5), nn.Activation_Tanh(),
            nn.Layer_Dense(9, size), nn.Activation_LeakyReLU(0.1), nn.Layer_Dropout(0.2),
            nn.Layer_Dense(size, 3, weight_scale=0.5),
        ]
        self.y, onehot = y, np.eye(3)[y]
        if end == "combined":
            self.end = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
        elif end == "crossentropy":
            self.chain.append(nn.Activation_Softmax())
            self.end = nn.Loss_CategoricalCrossentropy()
        elif end == "binary":
            self.chain.append(nn.Activation_Sigmoid())
            self.end, self.y = nn.Loss_BinaryCrossentropy(), onehot
        else:
            self.chain.append(nn.Activation_Linear())
            name = {"squared": "MeanSquaredError", "absolute": "MeanAbsoluteError",
                    "huber": "Huber"}[end]
            self.end, self.y = getattr(nn, f"Loss_{name}")(), onehot
        kind, settings = OPTIMIZERS[optimizer]
        self.optimizer = getattr(nn, f"Optimizer_{kind}")(**settings)
        self.dense = [layer for layer in self.chain if hasattr(layer, "weights")]
        self.losses: list[Any] = []

    def forward(self) -> Any:
        output = self.X
        for one in self.chain:
            one.forward(output)
            output = one.output
        if hasattr(self.end, "activation"):
            self.losses.append(self.end.forward(output, self.y))
            return self.end.output
        self.losses.append(self.end.calculate(output, self.y))
        return output

    def backward(self, output: Any) -> None:
        self.end.backward(output, self.y)
        dvalues = self.end.dinputs
        for one in reversed(self.chain):
            one.backward(dvalues)
            dvalues = one.dinputs

    def update(self) -> None:
        self.optimizer.pre_update_params()
        for layer in self.dense:
            self.optimizer.update_params(layer)
        self.optimizer.post_update_params()

    def steps(self, count: int) -> "Loop":
        for _ in range(count):
            self.backward(self.forward())
            self.update()
        return self


def left(loop: Loop) -> dict[str, np.ndarray]:
    return arrays_of({"loop": loop})


# -------------------------------------------------------------------------------- arrays that stay

KEEPERS: dict[str, Callable[[np.ndarray], Any]] = {
    "itself": lambda a: a,
    "view": lambda a: a[...],
    "part": lambda a: a[:1],
    "view of a view": lambda a: a.T.reshape(-1)[::2] if a.T.flags.c_contiguous else a[::2][:, :1],
    "memoryview": memoryview,
    "buffer": lambda a: np.frombuffer(a, a.dtype) if a.flags.c_contiguous else a,
    "iterator": lambda a: a.flat,
    "container": lambda a: {"kept": [(a,)]},
    "object": lambda a: SimpleNamespace(kept=a),
    "closure": lambda a: lambda: a,
}


def seen(kept: Any) -> np.ndarray:
    """A copy of what one sees through the thing that was kept."""
    if isinstance(kept, dict):
        kept = kept["kept"][0][0]
    elif isinstance(kept, SimpleNamespace):
        kept = kept.kept
    elif callable(kept):
        kept = kept()
    elif isinstance(kept, np.flatiter):
        kept = kept.base
    return np.array(kept)


# What the book itself changes in place.
def in_place(name: str, optimizer: str) -> bool:
    return name in ("weights", "biases") or optimizer == "Adagrad" and name.endswith("_cache")


@every_optimizer
@pytest.mark.parametrize("keep", KEEPERS.values(), ids=KEEPERS)
@pytest.mark.parametrize("end", ENDS)
def test_kept_array_never_changes(optimizer, keep, end):
    loop = Loop(fastnn, optimizer, end).steps(2)
    kept = {}
    for number, one in enumerate([*loop.chain, loop.end, getattr(loop.end, "activation", loop)]):
        for name, value in vars(one).items():
            if isinstance(value, np.ndarray) and not in_place(name, optimizer):
                thing = keep(value)
                kept[f"{number}.{name}"] = thing, seen(thing)
    assert len(kept) > 20
    del value, thing
    for step in range(5):
        loop.steps(1)
        for name, (thing, before) in kept.items():
            np.testing.assert_array_equal(seen(thing), before, f"{name}, step {step + 1}")


@every_optimizer
def test_arrays_of_every_step_stay(optimizer):
    """A history, as a program that draws its training keeps it."""
    loop, history = Loop(fastnn, optimizer), []
    for _ in range(12):
        loop.steps(1)
        now = [getattr(one, name) for one in loop.chain for name in ("output", "dinputs")]
        history.append((now, [array.copy() for array in now]))
    for arrays, copies in history:
        for array, expected in zip(arrays, copies):
            np.testing.assert_array_equal(array, expected)


def test_outputs_of_two_calls_are_two_arrays():
    layer = fastnn.Layer_Dense(2, 3)
    outputs = []
    for number in range(4):
        layer.forward(np.full((5, 2), float(number)))
        outputs.append(layer.output)
    expected = [np.full((5, 2), float(number)) @ layer.weights for number in range(4)]
    np.testing.assert_allclose(outputs, expected, rtol=1e-6)


def test_returned_sample_losses_are_new_arrays():
    p, y = np.full((5, 3), 0.25, "f4"), np.array([0, 1, 2, 1, 0])
    loss = fastnn.Loss_CategoricalCrossentropy()
    first = loss.forward(p, y)
    kept = first.copy()
    for number in (0, 2, 3, 4):
        assert loss.calculate(p * np.float32(number), y) != kept.mean()
    np.testing.assert_array_equal(first, kept)


@every_optimizer
def test_one_array_in_two_places_counts_in_both(optimizer):
    """The kernels are compiled for arrays that do not overlap."""
    kind, settings = OPTIMIZERS[optimizer]
    made = []
    for nn in (fastnn, PLAIN):
        np.random.seed(3)
        layer, update = nn.Layer_Dense(6, 6), getattr(nn, f"Optimizer_{kind}")(**settings)
        relu, softmax = nn.Activation_ReLU(), nn.Activation_Softmax()
        sigmoid, loss = nn.Activation_Sigmoid(), nn.Loss_MeanSquaredError()
        layer.forward(layer.weights)
        for _ in range(3):
            layer.forward(layer.output)
            layer.backward(layer.output)
            layer.backward(layer.inputs)
            for one in (relu, softmax, sigmoid):
                one.forward(layer.output)
                one.backward(one.output)
                one.backward(one.inputs)
                one.backward(one.dinputs)
            layer.dweights = layer.weights
            update.update_params(layer)
            layer.dbiases = layer.biases
            update.update_params(layer)
            if hasattr(layer, "weight_cache") and hasattr(layer, "weight_momentums"):
                layer.weight_cache = layer.weight_momentums = np.abs(layer.weight_momentums)
            if hasattr(layer, "bias_momentums"):
                layer.weights = np.vstack([layer.bias_momentums] * 6)
                layer.bias_momentums = layer.weights[:1]
            update.update_params(layer)
        losses = [loss.forward(relu.inputs, other) for other in (relu.inputs, relu.output)]
        made.append(arrays_of({"all": [layer, relu, softmax, sigmoid, losses]}))
    assert_same(*made)


@every_optimizer
def test_parameters_change_in_place(optimizer):
    loop = Loop(fastnn, optimizer).steps(1)
    kept = [(layer, layer.weights, layer.biases) for layer in loop.dense]
    before = [weights.copy() for _, weights, _ in kept]
    loop.steps(1)
    for (layer, weights, biases), old in zip(kept, before):
        assert layer.weights is weights
        assert layer.biases is biases
        assert np.any(weights != old)


# ------------------------------------------------------------------------- edits in between

def _edit(name: str, change: Callable[[np.ndarray], Any], rebind: bool) -> Callable[[Loop], None]:
    def edit(loop):
        layer = loop.dense[1]
        new = change(getattr(layer, name))
        if rebind:
            setattr(layer, name, new)
    return edit


def halve(a: np.ndarray) -> None:
    a *= 0.5


def set_row(a: np.ndarray) -> None:
    a[0] = 0.25


CHANGES: dict[str, tuple[Callable[[np.ndarray], Any], bool]] = {
    "halved in place": (halve, False),
    "a row set": (set_row, False),
    "rebound": (lambda a: a * np.float32(0.5), True),
    "rebound, columns first": (lambda a: np.asfortranarray(a * np.float32(0.5)), True),
    "rebound, a view": (lambda a: np.repeat(a, 2, axis=1)[:, ::2], True),
    "rebound, float64": (lambda a: a * 0.5 + np.float64(0), True),
    "rebound to float64 for good": (lambda a: a.astype("f8"), True),
}
NAMES = ["weights", "biases", "output", "dinputs", "dweights", "dbiases", "weight_momentums",
         "bias_cache"]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("name", NAMES)
def test_edited_array_counts(name, change):
    """An edit after the forward pass, after the backward pass and after the update."""
    trained = []
    for nn in (fastnn, reference):
        loop, edit = Loop(nn).steps(2), _edit(name, *change)
        for after in (0, 1, 2):
            output = loop.forward()
            if after == 0:
                edit(loop)
            loop.backward(output)
            if after == 1:
                edit(loop)
            loop.update()
            if after == 2:
                edit(loop)
            loop.steps(2)
        trained.append(left(loop))
    assert_same(*trained)


def _clip(loop: Loop) -> None:
    for layer in loop.dense:
        np.clip(layer.dweights, -1e-3, 1e-3, out=layer.dweights)


def _forget(loop: Loop) -> None:
    for layer in loop.dense:
        del layer.weight_momentums, layer.bias_momentums, layer.weight_cache, layer.bias_cache


def _swap(loop: Loop) -> None:
    first, *_, last = loop.dense
    first.set_parameters(*(p * np.float32(2) for p in first.get_parameters()))
    last.weights = last.weights[::-1]


def _settings(loop: Loop) -> None:
    loop.optimizer.learning_rate = loop.optimizer.current_learning_rate = 0.5
    loop.optimizer.iterations, loop.optimizer.decay = 0, 0
    loop.dense[0].weight_regularizer_l1 = 0.01
    loop.chain[5].alpha, loop.chain[6].rate = 0.3, 0.5


def _inputs(loop: Loop) -> None:
    loop.X *= 0.5  # the layer holds the very array


@pytest.mark.parametrize("edit", [_clip, _forget, _swap, _settings, _inputs])
def test_edits_of_a_program_count(edit):
    trained = []
    for nn in (fastnn, reference):
        loop = Loop(nn)
        for _ in range(4):
            output = loop.forward()
            if edit is _inputs:
                edit(loop)
            loop.backward(output)
            if edit is not _forget:
                edit(loop)
            loop.update()
            if edit is _forget:
                edit(loop)
        trained.append(left(loop))
    assert_same(*trained)


def test_output_assigned_by_hand_is_what_backward_uses():
    made = []
    for nn in (fastnn, reference):
        softmax = nn.Activation_Softmax()
        softmax.output = np.array([[0.7, 0.1, 0.2], [0.1, 0.5, 0.4]])
        softmax.backward(np.array([[1.0, 0, 0], [0, 1, 0]]))
        made.append(arrays_of({"softmax": softmax}))
    assert_same(*made)


# --------------------------------------------------------------------------- foreign and mixed

class Sign:
    """An optimizer of the user's."""

    def __init__(self):
        self.current_learning_rate = 0.01

    def pre_update_params(self):
        self.current_learning_rate *= 0.9

    def update_params(self, layer):
        layer.weights -= self.current_learning_rate * np.sign(layer.dweights)
        layer.biases = layer.biases - self.current_learning_rate * np.sign(layer.dbiases)

    def post_update_params(self):
        pass


class Scale:
    """A trainable layer of the user's: every column by a factor of its own. No `__dict__`."""

    __slots__ = ("weights", "biases", "dweights", "dbiases", "inputs", "output", "dinputs",
                 "weight_momentums", "bias_momentums", "weight_cache", "bias_cache",
                 "prev", "next")

    def __init__(self, columns):
        self.weights = np.ones((1, columns), "f4")
        self.biases = np.zeros((1, columns))

    def forward(self, inputs, training=True):
        self.inputs = inputs
        self.output = inputs * self.weights + self.biases

    def backward(self, dvalues):
        self.dweights = np.sum(dvalues * self.inputs, axis=0, keepdims=True)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = dvalues * self.weights

    def get_parameters(self):
        return self.weights, self.biases


class Transposed:
    """An activation of the user's that leaves arrays with columns first."""

    def forward(self, inputs, training=True):
        self.output = np.tanh(inputs.T).T

    def backward(self, dvalues):
        self.dinputs = (dvalues.T * (1 - self.output.T**2)).T

    def predictions(self, outputs):
        return outputs


FOREIGN = {"optimizer": ("optimizer",), "layer": ("layer",), "activation": ("activation",),
           "all": ("optimizer", "layer", "activation")}


@pytest.mark.parametrize("own", FOREIGN.values(), ids=FOREIGN)
@every_optimizer
def test_loop_takes_classes_of_the_user(own, optimizer):
    trained = []
    for nn in (fastnn, reference):
        loop = Loop(nn, optimizer)
        if "optimizer" in own:
            loop.optimizer = Sign()
        if "activation" in own:
            loop.chain.insert(2, Transposed())
        if "layer" in own:
            loop.chain.insert(2, Scale(loop.dense[0].weights.shape[1]))
            loop.dense.append(loop.chain[2])
        loop.steps(6)
        slots = [] if "layer" not in own else [
            getattr(loop.dense[-1], name) for name in ("weights", "biases", "dinputs")]
        trained.append(left(loop) | arrays_of({"scale": slots}))
    assert_same(*trained)


def mixture(seed: int) -> SimpleNamespace:
    """The book's names, each from fastnn or from the reference."""
    pick = np.random.Generator(np.random.PCG64(seed)).integers(0, 2, 100).tolist()
    return SimpleNamespace(**{
        name: getattr((fastnn, PLAIN)[side], name)
        for name, side in zip(sorted(vars(PLAIN)), pick) if "_" in name and name[0].isupper()})


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("seed", range(6))
def test_loop_takes_classes_of_both(seed, end):
    got = left(Loop(mixture(seed), "Adam", end).steps(6))
    assert_same(got, left(Loop(reference, "Adam", end).steps(6)))


def model(nn: Any, model_of: Any, own: tuple[str, ...] = (), lines: str = "steps") -> Any:
    """The loop's network as a Model, perhaps with classes of the user's."""
    loop, made = Loop(nn, "Adam", "crossentropy"), model_of.Model(lines=lines)
    if "activation" in own:
        loop.chain.insert(2, Transposed())
    if "layer" in own:
        loop.chain.insert(2, Scale(loop.dense[0].weights.shape[1]))
    for one in loop.chain:
        made.add(one)
    made.set(loss=loop.end, accuracy=nn.Accuracy_Categorical(),
             optimizer=Sign() if "optimizer" in own else loop.optimizer)
    made.finalize()
    np.random.seed(1)
    made.train(loop.X, loop.y, epochs=3, batch_size=10, validation_data=(loop.X, loop.y))
    return made


@pytest.mark.parametrize("model_of", [fastnn, reference], ids=["our Model", "reference.Model"])
@pytest.mark.parametrize("seed", range(4))
def test_model_takes_classes_of_both(capsys, seed, model_of):
    got = arrays_of({"model": model(mixture(seed), model_of)})
    printed = capsys.readouterr().out
    assert_same(got, arrays_of({"model": model(reference, reference)}))
    assert printed == capsys.readouterr().out


@pytest.mark.parametrize("own", FOREIGN.values(), ids=FOREIGN)
def test_model_takes_classes_of_the_user(capsys, own):
    got = arrays_of({"model": model(fastnn, fastnn, own)})
    printed = capsys.readouterr().out
    assert_same(got, arrays_of({"model": model(reference, reference, own)}))
    assert printed == capsys.readouterr().out


class Doubled:
    """Mixed in before a class: what goes into `forward` is doubled first."""

    calls = 0

    def forward(self, inputs, training=True):
        self.calls += 1
        super().forward(inputs * 2, training)


class Logged:
    """Mixed in before an optimizer or a layer: counts what it is asked for."""

    calls = 0

    def update_params(self, layer):
        self.calls += 1
        super().update_params(layer)

    def backward(self, dvalues):
        self.calls += 1
        super().backward(dvalues)


@pytest.mark.parametrize("extra", [Doubled, Logged])
def test_subclasses_override(extra):
    trained = []
    for nn in (fastnn, reference):
        space = SimpleNamespace(**{
            name: type(name, (extra, value), {})
            for name, value in vars(nn).items()
            if name.startswith(("Layer_", "Activation_", "Optimizer_"))
            and not name.startswith("Activation_Softmax_Loss")})
        space.Loss_CategoricalCrossentropy = nn.Loss_CategoricalCrossentropy
        loop = Loop(space, "RMSprop", "crossentropy").steps(5)
        assert all(one.calls == 5 for one in loop.chain)
        trained.append(left(loop))
    assert_same(*trained)


def test_loss_of_the_user_has_the_rest_from_ours():
    made = []
    for nn in (fastnn, reference):
        class Squares(nn.Loss):
            def forward(self, y_pred, y_true):
                return np.sum((y_pred - y_true) ** 2, axis=1)

        loss = Squares()
        loss.remember_trainable_layers([nn.Layer_Dense(2, 3, weight_regularizer_l1=0.1)])
        loss.trainable_layers[0].weights = np.ones((2, 3), "f4")
        rng = np.random.default_rng(2)
        values = [loss.calculate(rng.normal(size=(7, 3)).astype(kind), rng.normal(size=(7, 3)),
                                 include_regularization=True) for kind in ("f4", "f8")]
        made.append(arrays_of({"loss": loss, "values": values,
                               "pass": loss.calculate_accumulated(include_regularization=True)}))
    assert_same(*made)


# ------------------------------------------------------------------------------- copies and names

COPIES: dict[str, Callable[[Any], Any]] = {
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": lambda a, p=protocol: pickle.loads(pickle.dumps(a, p))
       for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("end", ENDS)
@every_optimizer
def test_copy_goes_on_training_alike(optimizer, copied, end):
    loop = Loop(fastnn, optimizer, end).steps(3)
    before, state = left(loop), np.random.get_state()
    other = copied(loop)
    assert_same(left(other), before)
    expected = left(loop.steps(3))
    assert_same(left(other), before)
    np.random.set_state(state)
    assert_same(left(other.steps(3)), expected)
    assert_same(left(loop), expected)


def test_model_is_copied(capsys):
    trained = model(fastnn, fastnn)
    X = np.random.randn(5, 2)
    for copied in COPIES.values():
        other = copied(trained)
        assert other.layers[0] is not trained.layers[0]
        assert other.layers[0].next is other.layers[1]
        np.testing.assert_array_equal(other.predict(X), trained.predict(X))


PASSED = {"inputs", "output", "dinputs"}
LINKS = {"prev", "next"}
BOOK_NAMES = {
    "Layer_Dense": PASSED | LINKS | {
        "weights", "biases", "weight_regularizer_l1", "weight_regularizer_l2",
        "bias_regularizer_l1", "bias_regularizer_l2", "dweights", "dbiases",
        "weight_momentums", "bias_momentums", "weight_cache", "bias_cache"},
    "Layer_Dropout": PASSED | LINKS | {"rate", "binary_mask"},
    "Activation_ReLU": PASSED | LINKS,
    "Activation_LeakyReLU": PASSED | LINKS | {"alpha"},
    "Activation_Tanh": PASSED | LINKS,
    "Activation_Softmax": PASSED | LINKS,
    "Loss_CategoricalCrossentropy": {
        "trainable_layers", "accumulated_sum", "accumulated_count"},
    "Optimizer_Adam": {"learning_rate", "current_learning_rate", "decay", "iterations", "epsilon",
                       "beta_1", "beta_2"},
    "Accuracy_Categorical": {"binary", "accumulated_sum", "accumulated_count"},
    "Model": {"layers", "softmax_classifier_output", "loss", "optimizer", "accuracy",
              "input_layer", "output_layer_activation", "trainable_layers", "lines"},
    "Activation_Softmax_Loss_CategoricalCrossentropy": {"activation", "loss", "dinputs"},
}


def test_objects_hold_the_names_of_the_book_only(capsys):
    trained = model(fastnn, fastnn)
    for layer in trained.layers:
        vars(layer).pop("weight_scale", None)  # ours, and only where it was given
    for one in [trained, *trained.layers, trained.loss, trained.optimizer, trained.accuracy,
                trained.softmax_classifier_output]:
        names = {name for name in vars(one) if not name.startswith("_")}
        assert names == BOOK_NAMES[type(one).__name__], type(one).__name__


# ----------------------------------------------------------------------------------------- threads

def together(*tasks: Callable[[], Any]) -> None:
    """Run each task in a thread of its own, with as many changes between them as can be."""
    start, interval = threading.Barrier(len(tasks)), sys.getswitchinterval()

    def run(task):
        start.wait()
        task()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("end", ["combined", "crossentropy", "squared"])
@pytest.mark.parametrize("sizes", [(16, 16), (16, 5)], ids=["same shapes", "other shapes"])
def test_two_threads_train_two_networks(sizes, end):
    """The pool of buffers serves both; nothing of one network may appear in the other."""
    def loops():
        made = [Loop(fastnn, optimizer, end, size)
                for optimizer, size in zip(("Adam", "RMSprop"), sizes)]
        for loop in made:
            loop.chain = [one for one in loop.chain if not hasattr(one, "rate")]  # one stream
            loop.steps(1)
        return made

    def trained(loop):  # the losses are the next test's
        return {name: value for name, value in left(loop).items()
                if "losses" not in name and "accumulated" not in name}

    expected = [trained(loop.steps(500)) for loop in loops()]
    threaded = loops()
    together(*(partial(loop.steps, 500) for loop in threaded))
    for loop, wanted in zip(threaded, expected):
        assert_same(trained(loop), wanted)


@pytest.mark.parametrize("name", [
    "Activation_Softmax_Loss_CategoricalCrossentropy",
    "Loss_CategoricalCrossentropy", "Loss_MeanSquaredError"])
def test_two_threads_see_their_own_losses(name):
    wrong = []

    def calls(seed, count):
        one, p = getattr(fastnn, name)(), np.random.default_rng(seed).random((30, 3), "f4")
        y = np.arange(30) % 3 if "Categorical" in name else np.eye(3, dtype="f4")[[0] * 30]
        call = one.forward if hasattr(one, "activation") else one.calculate
        expected = call(p, y)
        wrong.extend(loss for loss in (call(p, y) for _ in range(count)) if loss != expected)

    calls(0, 1)  # compiles
    together(partial(calls, 1, 20_000), partial(calls, 2, 20_000))
    assert not wrong, f"{len(wrong)} losses are not those of these probabilities"


def test_two_threads_make_the_first_calls(fresh_process):
    """Each kernel is loaded, or compiled, by whoever calls it first, while the other waits."""
    got = fresh_process("""
        import sys, threading
        import numpy as np
        import fastnn as nn

        sys.setswitchinterval(1e-6)
        start, values = threading.Barrier(2), np.full((5, 3), 0.5)
        ones = [[getattr(nn, name)() for name in nn.__all__ if name.startswith("Activation_")
                 and "Loss" not in name] for _ in range(2)]
        losses = [[getattr(nn, name)() for name in nn.__all__ if name.startswith("Loss_")]
                  for _ in range(2)]

        def run(ones, losses):
            calls = [(one.forward, (a,)) for a in (values, values.astype("f4")) for one in ones]
            calls += [(one.backward, (a,)) for a in (values, values.astype("f4")) for one in ones]
            calls += [(one.calculate, (values, values)) for one in losses]
            calls += [(one.backward, (values, values)) for one in losses]
            for call, arguments in calls:
                start.wait()
                try:
                    call(*arguments)
                except Exception as error:
                    print(repr(error), flush=True)

        threads = [threading.Thread(target=run, args=mine) for mine in zip(ones, losses)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """)
    assert got == ""
