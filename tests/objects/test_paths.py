"""Which path ran: whatever NumPy's classes take is compiled, save where its digits need NumPy."""

import pickle
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from programs import arrays_of, assert_same
from rosters import PLAIN, names_of

import fastnn
from fastnn import reference
from fastnn.compile import dispatcher
from fastnn.layers import products
from fastnn.losses import crossentropy
from fastnn.support import arrays, numerics

N, I = 20, 3  # noqa: E741  samples, inputs
RNG = np.random.default_rng(11)
ELEMENTWISE = ["ReLU", "LeakyReLU", "Sigmoid", "Tanh"]
CCE = "Loss_CategoricalCrossentropy"
COMBINED = "Activation_Softmax_Loss_CategoricalCrossentropy"

_RELU = fastnn.Activation_ReLU._forward_kernel


class Call(NamedTuple):
    """One array argument of one method, `at` its place among all arguments."""

    name: str
    method: str
    arguments: tuple[np.ndarray, ...]
    at: int
    setup: tuple[Any, ...] = ()  # of the constructor
    before: np.ndarray | None = None  # a pass forward

    def outcome(self, nn: Any, value: Any) -> dict[str, np.ndarray]:
        """What it gives back and leaves, from the same random numbers."""
        np.random.seed(9)
        one = getattr(nn, self.name)(*self.setup)
        if self.before is not None:
            one.forward(self.before)
        arguments = [*self.arguments]
        arguments[self.at] = value
        result = getattr(one, self.method)(*arguments)
        return arrays_of({"object": one, "result": result})


def calls(C: int) -> Iterator[Call]:
    """Every method that has a kernel, with C outputs."""
    X = RNG.normal(size=(N, I)).astype("f4")
    Z = RNG.normal(size=(N, C)).astype("f4")
    P = RNG.uniform(0.1, 0.9, (N, C)).astype("f4")
    T = RNG.uniform(0.1, 0.9, (N, C)).astype("f4")
    Y = RNG.integers(0, C, N)
    onehot = np.eye(C, dtype="f4")[Y]
    yield Call("Layer_Dense", "forward", (X,), 0, (I, C))
    yield Call("Layer_Dense", "backward", (Z,), 0, (I, C), X)
    yield Call("Layer_Dropout", "forward", (Z,), 0, (0.3,))
    yield Call("Layer_Dropout", "backward", (Z,), 0, (0.3,), Z)
    for name in ("Softmax", *ELEMENTWISE):
        if name != "Tanh":  # NumPy's is vector code in one pass
            yield Call(f"Activation_{name}", "forward", (Z,), 0)
        yield Call(f"Activation_{name}", "backward", (Z,), 0, (), Z)
    for at in (0, 1):
        for method in ("forward", "backward"):
            for name in ("BinaryCrossentropy", "MeanSquaredError", "MeanAbsoluteError"):
                yield Call(f"Loss_{name}", method, (P, T), at)
            for name in (CCE, COMBINED):
                yield Call(name, method, (P, Y), at)
            yield Call(CCE, method, (P, onehot), at)
        yield Call(COMBINED, "backward", (P, onehot), at)


def read_only(a: np.ndarray) -> np.ndarray:
    """A copy nobody may write to."""
    made = a.copy()
    made.flags.writeable = False
    return made


class Named(np.ndarray):
    """A subclass that computes as np.ndarray does."""


FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "plain": lambda a: a,
    "read-only": read_only,
    "Fortran": np.asfortranarray,
    "Fortran, read-only": lambda a: read_only(a.T).T,
    "strided": lambda a: np.repeat(a, 2, axis=0)[::2],
    "columns of a wider one": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "strided columns": lambda a: np.asfortranarray(np.repeat(a, 2, axis=0))[::2],
    "negative strides": lambda a: np.flip(np.flip(a).copy()),
    "one row for all": lambda a: np.broadcast_to(a[:1], a.shape),
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "unaligned": lambda a: np.frombuffer(b"." + a.tobytes(), a.dtype, offset=1).reshape(a.shape),
    "unpickled": lambda a: pickle.loads(pickle.dumps(a)),
    "subclass": lambda a: a.view(Named),
    "record array": lambda a: a.view(np.recarray),
    "pandas": lambda a: pd.DataFrame(a) if a.ndim == 2 else pd.Series(a),
    "pandas, to_numpy": lambda a: (pd.DataFrame(a) if a.ndim == 2 else pd.Series(a)).to_numpy(),
    "buffer": memoryview,
    "list": lambda a: [[np.float32(x) for x in row] for row in a] if a.ndim == 2 else a.tolist(),
    "with __array__": lambda a: With_array(a),
}
LABELS = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i4", ">u2", "?"]


class With_array:
    """What NumPy can ask for an array."""

    def __init__(self, a: np.ndarray):
        self.a = a

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.a


@pytest.fixture
def by_numpy(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was left to NumPy, as it comes."""
    left: list[str] = []

    def noted(place: Any, name: str) -> None:
        function = getattr(place, name)

        def method(*arguments: Any, **options: Any) -> Any:
            left.append(f"{place.__name__}.{name}")
            return function(*arguments, **options)
        monkeypatch.setattr(place, name, method)

    for cls in vars(reference).values():
        for name in ("forward", "backward", "update_params"):
            # The combined class passes one-hot targets on to its parts, which are compiled.
            if isinstance(cls, type) and name in vars(cls):
                noted(cls, name)
    noted(numerics, "dot")
    return left


ROWS = [pytest.param(call, form, id=f"{call.name}.{call.method} {call.at} "
                     f"{' '.join(str(a.shape) for a in call.arguments)}, {form}")
        for C in (4, 12) for call in calls(C) for form in FORMS]


@pytest.mark.parametrize(("call", "form"), ROWS)
def test_every_form_is_compiled_with_the_digits_of_numpy(book_numpy, by_numpy, call, form):
    value = call.arguments[call.at]
    formed = FORMS[form](value)
    plain = np.asarray(formed)  # NumPy's classes want an array, in this order in memory
    expected = call.outcome(reference, plain)
    by_numpy.clear()
    got = call.outcome(fastnn, formed)
    passed = by_numpy[:]
    if call.before is not None:
        call.outcome(fastnn, value)  # the pass forward may be NumPy's
        plainly = by_numpy[len(passed):]
    else:
        plainly = []
    for name in [name for name in expected if name.endswith(".inputs")]:
        assert np.array_equal(got.pop(name), expected.pop(name))  # of whatever byte order
    assert_same(got, expected)
    for name, a in expected.items():
        if a.ndim == 2:
            assert got[name].flags.c_contiguous == a.flags.c_contiguous, name
    # Rows that lie column by column are added column by column; over seven, that shows.
    in_columns = not np.empty_like(plain).flags.c_contiguous
    by_columns = plain.ndim == 2 and plain.shape[1] > 7 and not plain.flags.c_contiguous and (
        0 < abs(plain.strides[0]) < abs(plain.strides[1]))
    if by_columns and (call.name, call.method) in (("Activation_Softmax", "forward"),
                                                   (COMBINED, "forward")):
        assert passed, "column by column NumPy adds in another order"
    elif not (in_columns and (call.name, call.method) == ("Layer_Dense", "backward")):
        assert passed == plainly  # (There it may: whether it does is tried.)


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("name", [CCE, COMBINED])
@pytest.mark.parametrize("method", ["forward", "backward"])
def test_labels_of_every_type_are_compiled(book_numpy, by_numpy, name, method, kind):
    P = RNG.uniform(0.1, 0.9, (N, 4)).astype("f4")
    y = RNG.integers(0, 2, N).astype(kind)
    call = Call(name, method, (P, y), 1)
    expected = call.outcome(reference, y.astype(int))
    by_numpy.clear()
    assert_same(call.outcome(fastnn, y), expected)
    assert not by_numpy


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("compute", [
    crossentropy.tidy_crossentropies, crossentropy.tidy_crossentropy_slopes,
    crossentropy.tidy_softmax_and_loss, crossentropy.tidy_softmax_slopes],
    ids=lambda one: one.__name__)
def test_kernels_take_tidy_labels_of_every_type_before_any_check(compute, kind):
    P = RNG.uniform(0.1, 0.9, (N, 4)).astype("f4")
    y = np.repeat(RNG.integers(0, 2, N).astype(kind), 2)[::2]
    found = compute(P, y)
    assert found is not None
    got, expected = (one[0] if isinstance(one, tuple) else one
                     for one in (found, compute(P, y.astype(np.int64))))
    assert np.array_equal(got, expected)
    assert arrays.tidy(y).dtype == (np.uint8 if kind == "u1" else np.int64)


@pytest.mark.parametrize("kind", ["f2", "f8", "g", "i1", "i4", "i8", "u1", "u8", "?", ">f8"])
@pytest.mark.parametrize("row", range(4))
def test_products_and_masks_of_every_type_are_compiled(book_numpy, by_numpy, row, kind):
    call = list(calls(4))[row]
    if (call.name, kind) == ("Layer_Dropout", "g"):
        return  # NumPy computes in long doubles
    value = np.round(call.arguments[0] * 3).astype(kind)
    expected = call.outcome(reference, value)
    by_numpy.clear()
    got = call.outcome(fastnn, value)
    assert np.array_equal(got.pop("object.inputs"), expected.pop("object.inputs"))
    assert_same(got, expected)
    assert not by_numpy


@pytest.mark.parametrize("kind", ["f8", "f2", "i1", "i8", "u1"])
@pytest.mark.parametrize("method", ["forward", "backward"])
@pytest.mark.parametrize("name", ["MeanSquaredError", "MeanAbsoluteError", "BinaryCrossentropy"])
def test_targets_of_every_type_are_compiled(book_numpy, by_numpy, name, method, kind):
    P = RNG.uniform(0.1, 0.9, (N, 4)).astype("f4")
    y = RNG.integers(0, 2, (N, 4)).astype(kind)
    call = Call(f"Loss_{name}", method, (P, y), 1)
    expected = call.outcome(reference, y)
    by_numpy.clear()
    assert_same(call.outcome(fastnn, y), expected)
    assert not by_numpy


def test_binary_crossentropy_takes_1_minus_y_in_the_type_of_y(book_numpy):
    """Left to NumPy where it shows: halves between 0 and 1, and what wraps around."""
    P = RNG.uniform(0.1, 0.9, (N, 4)).astype("f4")
    for y in (RNG.uniform(0, 1, (N, 4)).astype("f2"), np.full((N, 4), 2, "u1"),
              np.full((N, 4), -128, "i1")):
        for method in ("forward", "backward"):
            call = Call("Loss_BinaryCrossentropy", method, (P, y), 1)
            with np.errstate(all="ignore"):
                assert_same(call.outcome(fastnn, y), call.outcome(reference, y))


# ----------------------------------------------------------------------------------------- updates

OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    **{name: lambda nn, name=name: getattr(nn, f"Optimizer_{name}")(0.05)
       for name in names_of("optimizer", "Optimizer_")},
    "SGD": lambda nn: nn.Optimizer_SGD(0.5),
    "momentum": lambda nn: nn.Optimizer_SGD(0.5, momentum=0.9),
    "Adagrad": lambda nn: nn.Optimizer_Adagrad(0.5),
}
UPDATE_FORMS = ["read-only", "Fortran", "strided", "columns of a wider one", "negative strides",
                "big-endian", "unpickled", "subclass", "record array"]
ATTRIBUTES = ["weights", "biases", "dweights", "dbiases", "weight_momentums", "bias_momentums",
              "weight_cache", "bias_cache"]


@pytest.mark.parametrize("form", UPDATE_FORMS)
@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_updates_of_every_form_are_compiled(book_numpy, by_numpy, optimizer, attribute, form):
    X, Z = (RNG.normal(size=(N, k)).astype("f4") for k in (I, 4))
    found = []
    for nn in (PLAIN, fastnn):
        np.random.seed(3)
        layer, one = nn.Layer_Dense(I, 4), OPTIMIZERS[optimizer](nn)
        layer.forward(X)
        layer.backward(Z)
        one.update_params(layer)
        if not hasattr(layer, attribute):
            return
        value = FORMS[form](getattr(layer, attribute))
        if form == "read-only" and not attribute.startswith("d") and not (
                "momentums" in attribute or ("cache" in attribute and optimizer != "Adagrad")):
            return  # written in place: test_border
        setattr(layer, attribute, value)
        by_numpy.clear()
        one.update_params(layer)
        if nn is fastnn:
            assert not by_numpy
        if attribute in ("weights", "biases"):
            assert getattr(layer, attribute) is value  # changed in place
        found.append({name: np.array(getattr(layer, name), "f4") for name in ATTRIBUTES
                      if hasattr(layer, name)})
    assert_same(found[1], found[0])


# -------------------------------------------------------------------------------------- whole runs

RUN_FORMS = [form for form in FORMS if form not in ("one row for all", "list", "with __array__")]


def _run(X: Any, y: Any, nn: Any = fastnn) -> list[Any]:
    np.random.seed(2)
    layers = [nn.Layer_Dense(I, 5), nn.Activation_ReLU(), nn.Layer_Dense(5, 4)]
    loss, optimizer = getattr(nn, COMBINED)(), nn.Optimizer_Adam(0.05)
    fastnn.fit(layers, loss, optimizer, X, y, epochs=3, batch_size=8, validation_data=(X, y))
    return [np.array(a) for layer in layers[::2] for a in (layer.weights, layer.biases)]


@pytest.mark.parametrize("form", RUN_FORMS)
@pytest.mark.parametrize("targets", ["labels", "one-hot"])
def test_fit_compiles_every_form(book_numpy, stepwise_runs, targets, form):
    X = RNG.normal(size=(N, I)).astype("f4")
    y = RNG.integers(0, 4, N)
    y = y if targets == "labels" else np.eye(4, dtype="f4")[y]
    expected = _run(X, y)
    for got in (_run(FORMS[form](X), y), _run(X, FORMS[form](y))):
        assert all(map(np.array_equal, got, expected))
    assert not stepwise_runs


@pytest.mark.parametrize("kind", ["f2", "f8", "g", "i1", "i4", "i8", "u1", "u8", "?", ">f8", ">i2"])
def test_fit_compiles_every_type(book_numpy, stepwise_runs, kind):
    X = np.round(RNG.normal(size=(N, I)) * 3).astype(kind)
    y = RNG.integers(0, 2, N)
    expected = _run(X.astype("f8"), y)
    for got in (_run(X, y), _run(X.astype("f8"), y.astype(kind))):
        assert all(map(np.array_equal, got, expected))
    assert not stepwise_runs


# -------------------------------------------------------------------------------------------- hints

@pytest.mark.parametrize(("change", "kind", "cure"), [
    (pd.DataFrame, "DataFrame", "its .to_numpy()"),
    (lambda a: a.astype(object), "array of objects", "its .astype(np.float64)"),
    (np.ndarray.tolist, "list", "np.array(...) of it")])
def test_profile_says_what_to_convert_before_the_loop(book_numpy, change, kind, cure):
    X = RNG.normal(size=(300, I)).astype("f4")
    hints = {}
    for name, value in (("plain", X), ("strange", change(X))):
        layer = fastnn.Layer_Dense(I, 4)
        layer.forward(X)
        with fastnn.profile() as report:
            for _ in range(150):
                layer.forward(value)
        hints[name] = [hint for hint in report.hints() if "once before the loop" in hint]
    assert not hints["plain"]
    assert len(hints["strange"]) == 1
    start = (f"inputs of Layer_Dense(3, 4).forward comes as a {kind} each time: {cure} once before "
             "the loop saves ")
    assert hints["strange"][0].startswith(start)


def test_what_fits_no_signature_is_looked_for_once(monkeypatch):
    looked = []
    fits = dispatcher.fits
    monkeypatch.setattr(dispatcher, "fits", lambda *types: looked.append(types) or fits(*types))
    inputs, output = np.zeros((3, 2), "f2"), np.zeros((3, 2), "f4")
    _RELU._unfit.clear()
    for _ in range(3):
        with pytest.raises(dispatcher.NoMatch):
            _RELU(inputs, output)
    assert len(looked) == len(_RELU.argument_types)
    assert _RELU(output, output.copy()) == 0


def test_scratch_is_never_much_larger_than_what_is_multiplied():
    """A row by a column of millions, and shapes that do not fit, took 4 GB or 17 TB of it."""
    for shapes in ((1, 12_000_000), (12_000_000, 1)), ((1, 1), (1, 12_000_000)), (
            (0, 12_000_000), (3, 100_000)), ((1, 12_000_000), (3, 1)):
        assert products._room(*shapes) is None
    for n, k, o in (300, 2, 64), (1, 64, 64), (128, 784, 96), (1, 1, 1):
        assert products._room((n, k), (k, o)) == max(products.work_size(n, k, o),
                                                     products.blas_work_size(n, k, o))
