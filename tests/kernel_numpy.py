"""What plain NumPy says that kernels must write, how closely, and values to give them."""

import bisect
import contextlib
import math
import warnings

import numpy as np
from nnfs_context import nnfs_in_force

from fastnn import reference

EXACT = "equal in every bit"
ANY_ZERO = "equal; which of 0 and -0 is the larger depends on NumPy's build for the processor"
FLIPS = "summed in float64, rounded once to float32: a last bit may differ, seldom"
BOUND = "summed in the arrays' own type, in any order: within the rounding of the sums"


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


def changed(made, **attributes):
    vars(made).update(attributes)
    return made


def activation_forward(name, **options):
    def expected(a):
        given = {key: vars(a)[key] for key in options}
        activation = getattr(reference, name)(**given)
        activation.forward(a.inputs)
        return {"output": activation.output}
    return expected


def _activation_backward(name, kept, **options):
    def expected(a):
        given = {key: vars(a)[key] for key in options}
        activation = changed(getattr(reference, name)(**given), **{kept: vars(a)[kept]})
        activation.backward(a.dvalues)
        return {"dinputs": activation.dinputs}
    return expected


def softmax_backward(a):
    single = a.output.dtype == a.dvalues.dtype == np.float32
    with book_numpy(a.work.dtype == np.float64 and (a.book or single)):
        return _activation_backward("Activation_Softmax", "output")(a)


def _dense(a):
    layer = reference.Layer_Dense.__new__(reference.Layer_Dense)
    return changed(layer, weights=a.weights, weight_regularizer_l1=0, weight_regularizer_l2=0,
                   bias_regularizer_l1=0, bias_regularizer_l2=0)


def _is_book(a):
    return a.work.dtype == np.float64 and a.weights.dtype == np.float32


def dense_forward(a):
    layer = changed(_dense(a), biases=a.biases)
    with book_numpy(_is_book(a)):
        layer.forward(a.inputs)
    return {"output": layer.output}


def dense_backward(a):
    layer = changed(_dense(a), inputs=a.inputs)
    with book_numpy(_is_book(a)):
        layer.backward(a.dvalues)
    return {"dweights": layer.dweights, "dbiases": layer.dbiases, "dinputs": layer.dinputs}


def penalty_backward(a):
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


def dropout_forward(a):
    layer = changed(reference.Layer_Dropout(0), rate=a.keep)
    before = np.random.get_state()
    try:
        np.random.set_state(("MT19937", a.state[:-1], a.state[-1]))
        layer.forward(a.inputs)
        _, words, position, *_ = np.random.get_state()
    finally:
        np.random.set_state(before)
    state = np.append(words, np.uint32(position))
    return {"state": state, "mask": layer.binary_mask, "output": layer.output}


def dropout_backward(a):
    layer = changed(reference.Layer_Dropout(0), binary_mask=a.mask)
    layer.backward(a.dvalues)
    return {"dinputs": layer.dinputs}


def mean_and_sum(a):
    return {"result": np.array([np.mean(a.losses), np.sum(a.losses)])}


def loss_forward(name, true="y_true"):
    def expected(a):
        return {"losses": getattr(reference, name)().forward(a.y_pred, vars(a)[true])}
    return expected


def loss_backward(name, true="y_true", **options):
    def expected(a):
        given = {key: vars(a)[value] for key, value in options.items()}
        loss = getattr(reference, name)(**given)
        # np.eye is float32 under nnfs.init(): that is where a float32 gradient comes from.
        with book_numpy(a.dinputs.dtype == np.float32):
            loss.backward(a.dvalues, vars(a)[true])
        return {"dinputs": loss.dinputs}
    return expected


def softmax_crossentropy_forward(a):
    both = reference.Activation_Softmax_Loss_CategoricalCrossentropy()
    mean = both.forward(a.inputs, a.labels)
    losses = both.loss.forward(both.output, a.labels)
    head = np.array([mean, both.loss.accumulated_sum])
    return {"output": both.output, "work": np.concatenate([head, losses])}


ADAM_STEPS = {1 - 0.999**step: step for step in (1, 2, 10, 777, 10001)}
_STATE = ("weights", "biases", "weight_momentums", "bias_momentums", "weight_cache", "bias_cache")


def updated(name, *options):
    def expected(a):
        given = {option: vars(a)[option] for option in options}
        optimizer = getattr(reference, name)(learning_rate=a.lr, **given)
        if hasattr(a, "correct_2"):
            optimizer.iterations = ADAM_STEPS[a.correct_2] - 1
        optimizer.update_params(a)
        return {key: vars(a)[key] for key in _STATE if hasattr(a, key)}
    return expected


# ----------------------------------------------------------------- how closely they must agree


def dense_agreement(a):
    return FLIPS if _is_book(a) else BOUND


def dense_magnitude(a):
    sizes = {name: np.abs(vars(a)[name]).astype(np.float64)
             for name in ("inputs", "weights", "biases", "dvalues") if hasattr(a, name)}
    N, I, O = *a.inputs.shape, a.weights.shape[1]
    if hasattr(a, "biases"):
        return {"output": (sizes["inputs"] @ sizes["weights"] + sizes["biases"], I + 1)}
    return {"dweights": (sizes["inputs"].T @ sizes["dvalues"], N),
            "dinputs": (sizes["dvalues"] @ sizes["weights"].T, O)}


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
