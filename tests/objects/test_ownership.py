"""Whose arrays they are: what a user keeps, and what he edits between the calls.

The programs run with fastnn's classes and with the reference's and must leave the same digits.
"""

import weakref
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from programs import arrays_of, assert_same
from rosters import PLAIN
from whole_loop import ENDS, OPTIMIZERS, Loop, every_optimizer, left

import fastnn
from fastnn import reference
from fastnn.support import buffers

pytestmark = pytest.mark.usefixtures("book_numpy")


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


# ------------------------------------------------------------------- arrays that nobody looks at


@pytest.mark.parametrize("rows", [0, 1])
def test_arrays_of_many_shapes_take_no_more_than_the_pool_may(monkeypatch, rows):
    """Those of no bytes have a place in it too."""
    monkeypatch.setattr(buffers, "_MOST", 1 << 17)
    buffers.clear()
    for columns in range(1, 1000):
        buffers.empty((rows, columns), np.dtype("f4"))
        assert len(buffers._rings32) <= 110
    buffers.clear()  # larger ones, which are kept themselves
    for columns in range(buffers.SMALL // 4, buffers.SMALL // 4 + 40):
        buffers.empty((1, columns), np.dtype("f4"))
        assert len(buffers._rings32) <= 7


def test_what_is_only_referred_to_weakly_does_not_change():
    """The memory of an array is not another's while somebody may still ask for it."""
    relu, kept = fastnn.Activation_ReLU(), weakref.WeakValueDictionary()
    for step in range(6):
        relu.forward(np.full((80, 60), step + 1, np.float32))  # not a small one
        kept[step] = relu.output
    assert {step: array[0, 0] for step, array in kept.items()} == {
        step: step + 1 for step in kept}
