"""One row for every kernel: its arguments, what it writes, and what plain NumPy says it must write.

`CASES` is the table. A row names each parameter with the axes of its shape (N samples, I inputs,
O outputs or classes, S words of random state, X, Y, Z scratch: see `SCRATCH`) and a mark:

    name:NO     read only          +name:NO    read and written
    >name:NO    written            ~name:NO    scratch: written, its content means nothing
    name        a scalar, from `settings`

and gives the expected arrays by running `fastnn.reference` on copies. The types come from the
kernel's own signatures, so one row serves all of them.
"""

import bisect
import contextlib
import importlib
import inspect
import math
import pkgutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from nnfs_context import nnfs_in_force
from rosters import of_formulas, twin, updates

import fastnn.kernels
from fastnn import reference
from fastnn.compile.jit import KERNELS
from fastnn.kernels.formula import named
from fastnn.kernels.layers import work_size
from fastnn.kernels.losses import crossentropy_work_size
from fastnn.kernels.softmax import softmax_work_size

for _module in pkgutil.iter_modules(fastnn.kernels.__path__):
    importlib.import_module(f"fastnn.kernels.{_module.name}")

# Axis letter -> elements of scratch for sizes N, I, O. More will do, fewer must be refused.
SCRATCH = {
    "X": work_size,
    "Y": lambda N, I, O: softmax_work_size(N, O),
    "Z": lambda N, I, O: crossentropy_work_size(N, O),
}

EXACT = "equal in every bit"
ANY_ZERO = "equal; which of 0 and -0 is the larger depends on NumPy's build for the processor"
FLIPS = "summed in float64, rounded once to float32: a last bit may differ, seldom"
BOUND = "summed in the arrays' own type, in any order: within the rounding of the sums"
C_LIBRARY = "float64 exp or log, the C library's: NumPy's own differ in the last bit"
C_LIBRARY_SUM = "the same, where 1 or the like is added to them: by the size of what is added"

GUARD = 256  # elements on either side of every array


@dataclass(frozen=True)
class Case:
    parameters: str
    expected: Callable[[SimpleNamespace], dict]
    settings: tuple[dict, ...] = ({},)
    draw: tuple = ()  # (parameter, how its values are drawn), where not by name
    agreement: Callable[[SimpleNamespace], str] = lambda a: EXACT
    magnitude: Callable[[SimpleNamespace], dict] | None = None  # for BOUND: (sum |a b|, terms)

    def axes(self):
        """{parameter: axes}, axes None for a scalar."""
        pairs = [word.lstrip("+>~").partition(":") for word in self.parameters.split()]
        return {name: axes if colon else None for name, colon, axes in pairs}

    def marked(self, marks):
        """Names of the parameters that carry one of these marks."""
        return [word[1:].partition(":")[0] for word in self.parameters.split() if word[0] in marks]


# ------------------------------------------------------------------------- NumPy, both ways


def book_numpy(book):
    """`nnfs.init()` in force inside the block, where `book`."""
    return nnfs_in_force(dot_precision_workaround=True) if book else contextlib.nullcontext()


@contextlib.contextmanager
def quiet():
    """NaN, infinities and means of nothing pass without NumPy's warnings."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


# ------------------------------------------------------------------------- expected arrays


def _with(made, **attributes):
    vars(made).update(attributes)
    return made


def _activation_forward(name, **options):
    def expected(a):
        given = {key: vars(a)[key] for key in options}
        activation = getattr(reference, name)(**given)
        activation.forward(a.inputs)
        return {"output": activation.output}
    return expected


def _activation_backward(name, kept, **options):
    def expected(a):
        given = {key: vars(a)[key] for key in options}
        activation = _with(getattr(reference, name)(**given), **{kept: vars(a)[kept]})
        activation.backward(a.dvalues)
        return {"dinputs": activation.dinputs}
    return expected


def _softmax_backward(a):
    with book_numpy(a.book):
        return _activation_backward("Activation_Softmax", "output")(a)


def _dense(a):
    layer = reference.Layer_Dense.__new__(reference.Layer_Dense)
    return _with(layer, weights=a.weights, weight_regularizer_l1=0, weight_regularizer_l2=0,
                 bias_regularizer_l1=0, bias_regularizer_l2=0)


def _is_book(a):
    return a.work.dtype == np.float64 and a.weights.dtype == np.float32


def _dense_forward(a):
    layer = _with(_dense(a), biases=a.biases)
    with book_numpy(_is_book(a)):
        layer.forward(a.inputs)
    return {"output": layer.output}


def _dense_backward(a):
    layer = _with(_dense(a), inputs=a.inputs)
    with book_numpy(_is_book(a)):
        layer.backward(a.dvalues)
    return {"dweights": layer.dweights, "dbiases": layer.dbiases, "dinputs": layer.dinputs}


def _penalty_backward(a):
    gradient = a.gradient
    if a.l1 > 0:
        gradient += a.l1 * reference.sign_of_weight(a.parameters)
    if a.l2 > 0:
        gradient += 2 * a.l2 * a.parameters
    return {"gradient": gradient}


def inversion(keep):
    """Where NumPy's binomial(1, keep) turns, in draws u of 53 bits.

    With p <= 0.5 the rarer of keep and drop, u <= 1 - p is 0; u - (1 - p) <= p is 1; what rounding
    leaves beyond that is drawn again.
    """
    p = min(keep, 1 - keep)
    q = math.exp(math.log(1 - p))
    draws = range(2**53)
    miss = bisect.bisect_left(draws, True, key=lambda u: u / 2**53 > q)
    limit = bisect.bisect_left(draws, True, lo=miss, key=lambda u: u / 2**53 - q > p * q / (1 - p))
    return {"miss": miss, "limit": limit}


def _dropout_forward(a):
    layer = _with(reference.Layer_Dropout(0), rate=a.keep)
    before = np.random.get_state()
    try:
        np.random.set_state(("MT19937", a.state[:-1], a.state[-1]))
        layer.forward(a.inputs)
        _, words, position, *_ = np.random.get_state()
    finally:
        np.random.set_state(before)
    state = np.append(words, np.uint32(position))
    return {"state": state, "mask": layer.binary_mask, "output": layer.output}


def _dropout_backward(a):
    layer = _with(reference.Layer_Dropout(0), binary_mask=a.mask)
    layer.backward(a.dvalues)
    return {"dinputs": layer.dinputs}


def _mean_and_sum(a):
    return {"result": np.array([np.mean(a.losses), np.sum(a.losses)])}


def _loss_forward(name, true="y_true"):
    def expected(a):
        return {"losses": getattr(reference, name)().forward(a.y_pred, vars(a)[true])}
    return expected


def _loss_backward(name, true="y_true", **options):
    def expected(a):
        given = {key: vars(a)[value] for key, value in options.items()}
        loss = getattr(reference, name)(**given)
        # np.eye is float32 under nnfs.init(): that is where a float32 gradient comes from.
        with book_numpy(a.dinputs.dtype == np.float32):
            loss.backward(a.dvalues, vars(a)[true])
        return {"dinputs": loss.dinputs}
    return expected


def _softmax_crossentropy_forward(a):
    both = reference.Activation_Softmax_Loss_CategoricalCrossentropy()
    mean = both.forward(a.inputs, a.labels)
    losses = both.loss.forward(both.output, a.labels)
    head = np.array([mean, both.loss.accumulated_sum])
    return {"output": both.output, "work": np.concatenate([head, losses])}


_STATE = ("weights", "biases", "weight_momentums", "bias_momentums", "weight_cache", "bias_cache")


def _update(name, *options):
    def expected(a):
        given = {option: vars(a)[option] for option in options}
        optimizer = getattr(reference, name)(learning_rate=a.lr, **given)
        if hasattr(a, "correct_2"):
            optimizer.iterations = _ADAM_STEPS[a.correct_2] - 1
        optimizer.update_params(a)
        return {key: vars(a)[key] for key in _STATE if hasattr(a, key)}
    return expected


# ----------------------------------------------------------------- how closely they must agree


def _c_library(*names):
    """The C library computes where all of these arrays are float64."""
    def agreement(a):
        wide = all(vars(a)[name].dtype == np.float64 for name in names)
        return C_LIBRARY if wide else EXACT
    return agreement


def _sums_of_c_library(*names):
    plain = _c_library(*names)
    return lambda a: C_LIBRARY_SUM if plain(a) is C_LIBRARY else EXACT


def _dense_agreement(a):
    return FLIPS if _is_book(a) else BOUND


def _dense_magnitude(a):
    sizes = {name: np.abs(vars(a)[name]).astype(np.float64)
             for name in ("inputs", "weights", "biases", "dvalues") if hasattr(a, name)}
    N, I, O = *a.inputs.shape, a.weights.shape[1]
    if hasattr(a, "biases"):
        return {"output": (sizes["inputs"] @ sizes["weights"] + sizes["biases"], I + 1)}
    return {"dweights": (sizes["inputs"].T @ sizes["dvalues"], N),
            "dinputs": (sizes["dvalues"] @ sizes["weights"].T, O)}


def _softmax_agreement(a):
    if a.book or (a.output.dtype == np.float64 and a.dinputs.dtype == np.float32):
        return FLIPS
    return BOUND


def _softmax_magnitude(a):
    s, d = np.abs(a.output).astype(np.float64), np.abs(a.dvalues).astype(np.float64)
    return {"dinputs": (s * d + s * np.sum(s * d, axis=1, keepdims=True), s.shape[1])}


# --------------------------------------------------------------------------- drawing values


def normal(rng, shape, a):
    return rng.standard_normal(shape)


def probability(rng, shape, a):
    return rng.random(shape)


def positive(rng, shape, a):
    return rng.random(shape) + 1e-3


def zero_or_one(rng, shape, a):
    return rng.integers(0, 2, shape)


def one_hot(rng, shape, a):
    hot = np.zeros(shape)
    if shape[1]:
        hot[np.arange(shape[0]), rng.integers(0, shape[1], shape[0])] = 1
    return hot


def random_state(rng, shape, a):
    """The words of a Mersenne Twister in the midst of its stream, and the position in them."""
    generator = np.random.RandomState(rng.integers(2**31))
    return np.append(generator.get_state()[1], rng.integers(0, 625))


def class_index(rng, shape, a):
    return rng.integers(0, min(max(a["O"], 1), 256), shape)


DRAWN = {"labels": class_index, "y_pred": probability, "weight_cache": positive,
         "bias_cache": positive, "state": random_state}


# -------------------------------------------------------------------------------- the table

_ELEMENTS = "y_pred:NO y_true:NO ~work:NO >losses:N"
_SLOPES = "dvalues:NO y_true:NO >dinputs:NO"
_PENALTIES = tuple({"l1": l1, "l2": l2} for l1 in (0.0, 5e-4) for l2 in (0.0, 3e-3))
_BOOK = ({"book": True}, {"book": False})
_KEEP = tuple({"keep": keep, **inversion(keep)} for keep in (0.9, 0.5, 0.1, 1 - 0.9, 1 / 3, 1.0))
_ADAM_STEPS = {1 - 0.999**step: step for step in (1, 2, 10, 777, 10001)}
_RATES = ({"lr": 0.05}, {"lr": 1.0})

CASES = {
    "softmax_forward": Case(
        "inputs:NO ~work:Y >output:NO", _activation_forward("Activation_Softmax"),
        agreement=_c_library("inputs")),
    "softmax_backward": Case(
        "output:NO dvalues:NO book >dinputs:NO", _softmax_backward, settings=_BOOK,
        draw=(("output", probability),), agreement=_softmax_agreement,
        magnitude=_softmax_magnitude),
    "dense_forward": Case(
        "inputs:NI weights:IO biases:1O ~work:X >output:NO", _dense_forward,
        agreement=_dense_agreement, magnitude=_dense_magnitude),
    "dense_backward": Case(
        "inputs:NI weights:IO dvalues:NO ~work:X >dweights:IO >dbiases:1O >dinputs:NI",
        _dense_backward, agreement=_dense_agreement, magnitude=_dense_magnitude),
    "penalty_backward": Case(
        "parameters:IO l1 l2 +gradient:IO", _penalty_backward, settings=_PENALTIES),
    "mean_and_sum": Case("losses:N >result:2", _mean_and_sum),
    "categorical_crossentropy_forward_sparse": Case(
        "y_pred:NO labels:N >losses:N", _loss_forward("Loss_CategoricalCrossentropy", "labels"),
        agreement=_c_library("y_pred")),
    "categorical_crossentropy_forward_onehot": Case(
        _ELEMENTS, _loss_forward("Loss_CategoricalCrossentropy"), draw=(("y_true", one_hot),),
        agreement=_c_library("y_true")),
    "categorical_crossentropy_backward_sparse": Case(
        "dvalues:NO labels:N >dinputs:NO",
        _loss_backward("Loss_CategoricalCrossentropy", "labels"), draw=(("dvalues", positive),)),
    "categorical_crossentropy_backward_onehot": Case(
        _SLOPES, _loss_backward("Loss_CategoricalCrossentropy"),
        draw=(("dvalues", positive), ("y_true", one_hot))),
    "softmax_crossentropy_forward": Case(
        "inputs:NO labels:N >output:NO >work:Z", _softmax_crossentropy_forward,
        agreement=_c_library("inputs")),
    "softmax_crossentropy_backward": Case(
        "dvalues:NO labels:N >dinputs:NO",
        _loss_backward("Activation_Softmax_Loss_CategoricalCrossentropy", "labels"),
        draw=(("dvalues", probability),)),
    "sgd_update": Case(
        "+weights:IO dweights:IO +biases:1O dbiases:1O lr", _update("Optimizer_SGD"),
        settings=_RATES),
    "momentum_update": Case(
        "+weights:IO dweights:IO +weight_momentums:IO +biases:1O dbiases:1O +bias_momentums:1O "
        "lr momentum", _update("Optimizer_SGD", "momentum"),
        settings=({"lr": 0.05, "momentum": 0.9}, {"lr": 1.0, "momentum": 0.1})),
    "adagrad_update": Case(
        "+weights:IO dweights:IO +weight_cache:IO +biases:1O dbiases:1O +bias_cache:1O "
        "lr epsilon", _update("Optimizer_Adagrad", "epsilon"),
        settings=({"lr": 0.05, "epsilon": 1e-7}, {"lr": 1.0, "epsilon": 0.1})),
    "rmsprop_update": Case(
        "+weights:IO dweights:IO +weight_cache:IO +biases:1O dbiases:1O +bias_cache:1O "
        "lr epsilon rho", _update("Optimizer_RMSprop", "epsilon", "rho"),
        settings=({"lr": 0.05, "epsilon": 1e-7, "rho": 0.999},
                  {"lr": 1.0, "epsilon": 0.1, "rho": 0.9})),
    "adam_update": Case(
        "+weights:IO dweights:IO +weight_momentums:IO +weight_cache:IO "
        "+biases:1O dbiases:1O +bias_momentums:1O +bias_cache:1O "
        "lr epsilon beta_1 beta_2 correct_1 correct_2",
        _update("Optimizer_Adam", "epsilon", "beta_1", "beta_2"),
        settings=tuple({"lr": 0.05, "epsilon": 1e-7, "beta_1": 0.9, "beta_2": 0.999,
                        "correct_1": 1 - 0.9**step, "correct_2": second}
                       for second, step in _ADAM_STEPS.items())),
    "dropout_forward": Case(
        "inputs:NO +state:S keep miss limit >mask:NO >output:NO", _dropout_forward, settings=_KEEP),
    "dropout_backward": Case("dvalues:NO mask:NO >dinputs:NO", _dropout_backward),
}


def _smoothed_slope(a):
    return {"dinputs": (a.y_pred - a.y_true) / len(a.y_pred)}


def _normalized(a, **held):
    return _with(reference.Layer_BatchNorm(1), weights=a.weights, **held)


def _batch_norm_forward(a):
    layer = _normalized(a, biases=a.biases, running_mean=a.mean, running_variance=a.variance,
                        epsilon=a.epsilon, momentum=a.momentum)
    layer.forward(a.inputs)
    return {"mean": layer.running_mean, "variance": layer.running_variance,
            "normalized": layer.normalized, "deviation": layer.deviation, "output": layer.output}


def _batch_norm_backward(a):
    layer = _normalized(a, normalized=a.normalized, deviation=a.deviation)
    layer.backward(a.dvalues)
    return {name: vars(layer)[name] for name in ("dweights", "dbiases", "dinputs")}


CASES |= {
    "smoothed_softmax_slope": Case(_SLOPES.replace("dvalues", "y_pred"), _smoothed_slope),
    "batch_norm_forward": Case(
        "inputs:NO epsilon momentum +mean:1O +variance:1O weights:1O biases:1O >normalized:NO "
        ">deviation:1O >output:NO", _batch_norm_forward, draw=(("variance", positive),),
        settings=({"epsilon": 1e-5, "momentum": 0.9}, {"epsilon": 0.1, "momentum": 0.25})),
    "batch_norm_backward": Case(
        "dvalues:NO normalized:NO weights:1O deviation:1O ~work:2O >dweights:1O >dbiases:1O "
        ">dinputs:NO", _batch_norm_backward, draw=(("deviation", positive),)),
}


# -------------------------------------------------------- rows of the classes that are formulas

_VALUES = {"alpha": (0.01, -0.3), "book_gradient": (False, True), "delta": (1.0, 0.4)}
# exp(x) - 1, 1 - tanh^2: there a last bit of exp or tanh may be many of the result.
_CANCELLING = {"Activation_ELU", "Activation_GELU", "Activation_Swish"}
_TARGETS = {"Loss_BinaryCrossentropy": zero_or_one, "_Smoothed": probability}


def _formula_settings(made):
    """Two values of each option."""
    return tuple({f"own_{name}": _VALUES[name][n] for name in made.options} for n in range(2))


def _given(a, names):
    """The values of these arrays and options."""
    return {name: vars(a).get(name, vars(a).get(f"own_{name}")) for name in names}


def _activation_case(kind, made, result):
    def expected(a):
        thing = twin(kind)()
        vars(thing).update(_given(a, (*made.arrays, *made.options)))
        thing.forward(a.inputs) if result == "output" else thing.backward(a.dvalues)
        return {result: vars(thing)[result]}

    return Case(" ".join([*(f"{one}:NO" for one in made.arrays), *named(made.options),
                          f">{result}:NO"]), expected, settings=_formula_settings(made),
                agreement=_sums_of_c_library(*made.under)
                if made.uses and kind.__name__ in _CANCELLING
                else _c_library(*made.under) if made.uses else lambda a: ANY_ZERO
                if kind.__name__ == "Activation_ReLU" else EXACT)


def _losses_case(kind, made, backward):
    def expected(a):
        thing = twin(kind)()
        vars(thing).update(_given(a, made.options))
        if not backward:
            return {"losses": thing.forward(a.y_pred, a.y_true)}
        thing.backward(a.y_pred, a.y_true)
        return {"dinputs": thing.dinputs}

    last = ">dinputs:NO" if backward else "~work:NO >losses:N"
    return Case(" ".join(["y_pred:NO y_true:NO", *named(made.options), last]), expected,
                settings=_formula_settings(made),
                draw=(("y_true", _TARGETS.get(kind.__name__, normal)),),
                agreement=_c_library("y_pred") if made.uses else lambda a: EXACT)


_STEPS = tuple({"lr": lr, "t": t} for lr, t in ((0.05, 1), (1.0, 2), (0.05, 777)))
_OWN = {"epsilon": (1e-7, 0.1, 1e-3), "beta_1": (0.9, 0.5, 0.0), "beta_2": (0.999, 0.9, 0.99),
        "weight_decay": (0.01, 0.0, 0.3)}


def _update_case(kind, made):
    """The update of weights and biases by a formula; the twin has it all on a layer."""
    def expected(a):
        optimizer = twin(kind)()
        vars(optimizer).update(_given(a, made.numbers), iterations=a.t - 1,
                               current_learning_rate=a.lr)
        layer = SimpleNamespace(weights=a.weight_parameters, biases=a.bias_parameters,
                                dweights=a.dweight, dbiases=a.dbias)
        names = [f"{side}_{state}" for side in ("weight", "bias") for state in made.states]
        vars(layer).update(_given(a, names))
        optimizer.update_params(layer)
        return {"weight_parameters": layer.weights, "bias_parameters": layer.biases,
                **{name: vars(layer)[name] for name in names}}

    sides = [f"+{side}_parameters:{axes} d{side}:{axes} " + " ".join(
        f"+{side}_{state}:{axes}" for state in made.states)
        for side, axes in (("weight", "IO"), ("bias", "1O"))]
    return Case(" ".join([*sides, "lr t", *named(made.numbers)]), expected, settings=tuple(
        {**step, **{f"own_{name}": _OWN[name][n] for name in made.numbers}}
        for n, step in enumerate(_STEPS)))


for _kind, _made in updates():
    CASES[_made.kernel.__name__] = _update_case(_kind, _made)
for _one in of_formulas():
    _there, _back = _one.compiled
    if _one.role == "layer":
        CASES[_there.kernel.__name__] = _activation_case(_one.kind, _there, "output")
        CASES[_back.kernel.__name__] = _activation_case(_one.kind, _back, "dinputs")
    else:
        CASES[_there.kernel.__name__] = _losses_case(_one.kind, _there, False)
        CASES[_back.kernel.__name__] = _losses_case(_one.kind, _back, True)


# Kernels that no row describes, and where they are tested instead.
ELSEWHERE = {
    "train": "follows a program of addresses: test_kernels.py has its refusals, test_engine.py "
             "its programs, between guards too",
    "assist": "does parts of such a program: test_halves.py",
    "train_timed": "train with a clock: test_clock.py",
}


# ------------------------------------------------------------------------ arguments and calls


def calls():
    """Every (kernel, declared signature) that the table knows."""
    return [(kernel, types) for kernel in KERNELS if kernel.__name__ in CASES
            for types in kernel.argument_types]


def name_of(kernel, types):
    """For test ids: relu_forward-f4.f4"""
    short = {"float": "f", "int": "i", "uint": "u", "bool": "b"}

    def word(one):
        dtype = np.dtype(str(getattr(one, "dtype", one)))
        return short[dtype.name.rstrip("0123456789")] + str(dtype.itemsize)
    return f"{kernel.__name__}-{'.'.join(map(word, types))}"


def shape_of(axes, sizes):
    return tuple(int(letter) if letter.isdigit() else sizes[letter] for letter in axes)


def arguments(kernel, types, sizes, rng, setting=0):
    """{parameter: valid argument} for (N, I, O) = sizes. What is only written holds NaN."""
    case = CASES[kernel.__name__]
    N, I, O = sizes
    known = {"N": N, "I": I, "O": O, "S": 625}
    known |= {letter: size(N, I, O) for letter, size in SCRATCH.items()}
    draw = DRAWN | dict(case.draw)
    blank = case.marked(">~")
    made = {}
    for (name, axes), type_ in zip(case.axes().items(), types, strict=True):
        if axes is None:
            made[name] = case.settings[setting % len(case.settings)][name]
            continue
        shape = shape_of(axes, known)
        values = np.full(shape, np.nan) if name in blank else draw.get(name, normal)(
            rng, shape, known)
        made[name] = np.asarray(values).astype(str(type_.dtype))
    return made


class Guarded:
    """Arguments whose arrays each lie between two strips of guard values in a larger buffer.

    Read as numbers the guards are NaN (or negative, or huge), with other bits for every array: one
    that is read shows in a result, and one that is copied shows in the guards of the other array.
    """

    def __init__(self, given):
        self.buffers, self.arguments = {}, dict(given)
        for tag, (name, value) in enumerate(given.items(), start=1):
            if isinstance(value, np.ndarray):
                size = value.nbytes + 2 * GUARD * value.itemsize
                words = np.full(-(-size // 4), 0xFFFF0000 + 0x0101 * tag, np.uint32)
                buffer = words.view(np.uint8)[:size].view(value.dtype)
                inside = buffer[GUARD:GUARD + value.size].reshape(value.shape)
                inside[...] = value
                self.buffers[name], self.arguments[name] = buffer, inside
        self.before = {name: buffer.tobytes() for name, buffer in self.buffers.items()}

    def call(self, kernel):
        return kernel(*self.arguments.values())

    def changed(self):
        """Names of the arrays that differ from before, guards included."""
        return [name for name, buffer in self.buffers.items()
                if buffer.tobytes() != self.before[name]]

    def assert_guards_intact(self):
        for name, buffer in self.buffers.items():
            now, before, strip = buffer.tobytes(), self.before[name], GUARD * buffer.itemsize
            assert now[:strip] == before[:strip], f"written before {name}"
            assert now[-strip:] == before[-strip:], f"written behind {name}"

    def assert_wrote_only(self, names):
        self.assert_guards_intact()
        assert set(self.changed()) <= set(names)


def run(kernel, given):
    """Call on guarded copies. (status, the arguments afterwards); the inputs are unchanged."""
    guarded = Guarded(given)
    status = guarded.call(kernel)
    guarded.assert_wrote_only(CASES[kernel.__name__].marked("+>~"))
    return status, guarded.arguments


def expected(kernel, given):
    """{written parameter: array} by plain NumPy, from copies of the arguments."""
    copies = {name: value.copy() if isinstance(value, np.ndarray) else value
              for name, value in given.items()}
    with quiet():
        return CASES[kernel.__name__].expected(SimpleNamespace(**copies))


# ---------------------------------------------------------------------------------- comparing


def ulps(got, expected):
    """Distance in units of the last place; NaN equals NaN, and zeros of either sign are equal."""
    integer = {4: np.int32, 8: np.int64}[got.itemsize]

    def ordered(a):
        bits = np.ascontiguousarray(a).view(integer).astype(np.float64 if got.itemsize == 4
                                                            else np.longdouble)
        return np.where(bits < 0, -(bits - np.iinfo(integer).min), bits)
    distance = np.abs(ordered(got) - ordered(expected))
    nan = np.isnan(got), np.isnan(expected)
    return np.where(nan[0] & nan[1], 0, np.where(nan[0] ^ nan[1], np.inf, distance))


def same(got, expected):
    """Equal in type, shape and every bit, the sign of zero included. NaN is NaN."""
    nan = np.isnan(got)
    return (got.dtype == expected.dtype and got.shape == expected.shape
            and np.array_equal(nan, np.isnan(expected))
            and np.where(nan, 0, got).tobytes() == np.where(nan, 0, expected).tobytes())


class Tally:
    """How many elements were compared, and how many differed in their last bit."""

    def __init__(self):
        self.elements = self.flips = 0

    def compare(self, kernel, given, after):
        """Hold what the kernel wrote against NumPy, as closely as the row of the table asks."""
        case = CASES[kernel.__name__]
        space = SimpleNamespace(**given)
        agreement = case.agreement(space)
        for name, right in expected(kernel, given).items():
            got = after[name]
            if case.axes()[name] in SCRATCH:
                got = got[:right.size]  # results at the head, scratch behind
            assert got.dtype == right.dtype and got.shape == right.shape, name
            bounded = agreement is BOUND and name in _magnitude(case, space)
            if agreement is FLIPS:
                self._seldom(name, got, right)
            elif bounded:
                self._within(name, got, right, *_magnitude(case, space)[name])
            elif agreement is C_LIBRARY:
                # A few rounding errors of 1.1e-16 from exp and log, and those of a sum of them.
                assert np.array_equal(np.isfinite(got), np.isfinite(right)), name
                np.testing.assert_allclose(got, right, rtol=2e-15, atol=1e-323, err_msg=name)
            elif agreement is C_LIBRARY_SUM:
                finite = np.isfinite(right)
                with quiet():
                    sizes = [1 + np.abs(value) for value in given.values()
                             if not isinstance(value, np.ndarray) or value is not given[name]]
                    near = np.abs(got - right) <= 2e-15 * math.prod(sizes)
                assert np.all(near | ~finite), name
                assert same(np.where(finite, 0, got), np.where(finite, 0, right)), name
            elif agreement is ANY_ZERO:
                assert np.array_equal(got, right, equal_nan=True), name
            else:
                assert same(got, right), name
            self.elements += got.size

    def _seldom(self, name, got, right):
        if same(got, right):
            return
        # Where a float64 array holds a product of `nnfs.init()`, its values are float32.
        distance = ulps(got.astype(np.float32), right.astype(np.float32))
        assert np.max(distance) <= 1, f"{name}: {np.max(distance)} units in the last place"
        self.flips += int(np.sum(distance))

    def _within(self, name, got, right, magnitude, terms):
        # A sum of K products, in any order, is off by at most K u sum |a b| to first order in the
        # unit roundoff u (Higham 2002, section 3.1); so two of them differ by twice that. The
        # factor 2 + 1/8 and two roundings more cover the higher orders and the Jacobian's entries.
        u = np.finfo(got.dtype).eps / 2
        finite = np.isfinite(right)
        assert same(np.where(finite, 0, got), np.where(finite, 0, right)), name
        with quiet():
            error = np.abs(got.astype(np.float64) - right)
            tiny = np.finfo(got.dtype).smallest_subnormal * (terms + 2)
            bound = 2.125 * (terms + 2) * u * magnitude + tiny
        assert np.all((error <= bound) | ~finite), name

    def assert_flips_are_rare(self):
        """One in ten million, and one for luck."""
        assert self.flips <= 1 + self.elements // 10**7, f"{self.flips} of {self.elements}"


def _magnitude(case, space):
    with quiet():
        return case.magnitude(space) if case.magnitude else {}


def parameter_names(kernel):
    return list(inspect.signature(kernel.py_func).parameters)
