"""Sentences about what is well known to be slow."""

from collections.abc import Iterable, Iterator

import numpy as np

from fastnn import reference
from fastnn.compile.cache import folder
from fastnn.engine.parts import Parts, check
from fastnn.engine.program import Unfit
from fastnn.layers.products import LARGE
from fastnn.profiling import rates
from fastnn.profiling.instruments import Combined, is_loss
from fastnn.profiling.recorder import Cell
from fastnn.profiling.tally import Sums
from fastnn.support import blas

_MUCH = 0.05  # shares below are not worth a sentence
_LITTLE = 0.01  # of what one line before the loop saves
_MANY = 100  # calls of a layer: a training, no experiment


# -------------------------------------------------------- while the objects are still known


def of_objects(found: list[tuple[Cell, Sums]], called: dict[int, str],
               running: float) -> Iterator[str]:
    """What the objects say."""
    by_object: dict[int, float] = {}
    for cell, sums in found:
        by_object[id(cell.owner)] = by_object.get(id(cell.owner), 0.0) + sums.seconds
    cells = [cell for cell, _ in found]
    dropout = any(isinstance(cell.owner, reference.Layer_Dropout) for cell in cells)
    for layer in _of(cells, reference.Layer_Dense):
        if by_object[id(layer)] >= _MUCH * running:
            yield from _float64(layer, called[id(layer)], dropout)
    if _of(cells, reference.Activation_Softmax, "backward") and _of(
            cells, reference.Loss_CategoricalCrossentropy, "backward"):
        yield ("softmax and cross-entropy go backward one after the other: "
               "Activation_Softmax_Loss_CategoricalCrossentropy has the short gradient of both")
    yield from _by_hand(found, called)


def _of(cells: Iterable[Cell], kind: type, phase: str = "") -> list:
    """The objects of this class, in order of appearance, each once."""
    return list({id(cell.owner): cell.owner for cell in cells if isinstance(cell.owner, kind)
                 and phase in ("", cell.phase)}.values())


def _float64(layer, name, dropout):
    def wide(attribute):
        return str(getattr(getattr(layer, attribute, None), "dtype", "")) == "float64"
    if wide("weights"):
        yield (f"{name} has float64 weights: nnfs.init() makes them float32, half the memory and "
               "twice as many in a vector")
    elif wide("inputs"):
        yield (f"{name} is given float64 inputs for its float32 weights"
               + (", as dropout makes them" if dropout else ": X.astype(np.float32) is faster"))
    elif wide("dbiases") and not dropout:
        yield (f"{name} gets float64 gradients for its float32 weights, mostly because the targets "
               "are float64: y.astype(np.float32) is faster, with other last digits")


def _by_hand(found, called):
    """Whether a loop through the objects could be one call of `fit`."""
    cells = [cell for cell, _ in found]
    called_directly = [cell for cell, sums in found if sums.size and sums.calls >= _MANY]
    layers = [layer for layer in _of((c for c in called_directly if c.phase == "forward"), object)
              if not isinstance(layer, reference.Layer_Input)]
    losses = [loss for loss in _of((c for c in cells if c.phase == "backward"), object)
              if is_loss(type(loss))]
    optimizers = _of(called_directly, reference.Optimizer)
    engine = any(cell.phase == "engine" for cell in cells)
    if engine or not layers or len(losses) != 1 or len(optimizers) != 1:
        return
    loss, optimizer = losses[0], optimizers[0]
    parts = Parts(layers, loss, loss if isinstance(loss, Combined) else None, optimizer, None,
                  [], True)
    try:
        check(parts)
    except Unfit as reason:
        yield f"fit could not compile this loop: {reason}"
        return
    words = [called[id(thing)].split(" (")[0] for thing in (*layers, loss, optimizer)]
    *chain, last, step = words if all(map(str.isidentifier, words)) else (
        "layers ...", "loss", "optimizer")
    yield ("this loop can be one compiled call, with the same digits: "
           f"fit([{', '.join(chain)}], {last}, {step}, X, y, epochs=...)")


_CURES = {"DataFrame": "its .to_numpy()", "Series": "its .to_numpy()",
          "array of objects": "its .astype(np.float64)"}


def of_conversions(converted: dict[tuple[str, str, str], list], running: float) -> Iterator[str]:
    """What came again and again as something that is no array."""
    for (who, name, kind), (calls, seconds) in converted.items():
        if calls >= _MANY and seconds >= _LITTLE * running:
            yield (f"{name} of {who} comes as a {kind} each time: "
                   f"{_CURES.get(kind, 'np.array(...) of it')} once before the loop saves "
                   f"{1e6 * seconds / calls:.0f} us a call")


def largest_product(cells: Iterable[Cell]) -> tuple[int, int, int] | None:
    """(N, I, O) of the largest product of a layer that goes to BLAS."""
    found = []
    for layer in _of(cells, reference.Layer_Dense):
        inputs, weights = np.shape(getattr(layer, "inputs", ())), np.shape(layer.weights)
        if len(inputs) == len(weights) == 2:
            found.append((inputs[0], *weights))
    large = max(found, key=lambda shape: shape[0] * shape[1] * shape[2], default=None)
    return large if large and large[0] * large[1] * large[2] > LARGE else None


# ------------------------------------------------------------------------ from the finished rows


def hints(report) -> list[str]:
    """All sentences for this report."""
    kernels = sum(row.seconds for row in report.kernels)
    running = report.wall - kernels
    found = [f"a run went step by step, not compiled: {reason}" for reason in report.stepwise]
    found += report.of_objects
    by_phase = {phase: sum(row.seconds for row in report.rows if row.phase == phase)
                for phase in ("forward", "loss", "backward", "optimizer")}
    if report.before_backward > 2 * _MUCH * running:
        text = (f"{100 * report.before_backward / running:.0f} % of the time passes between a loss "
                "and its backward, where programs take the accuracy with NumPy")
        if report.before_backward > by_phase["forward"]:
            text += ": more than the layers' forward"
        found.append(text + "; take it only in the epochs that print it")
    if any(row.phase == "compiling" for row in report.kernels) and kernels > 0.3 * report.wall:
        found.append("the kernels compiled here are kept: the next run will not wait for them"
                     if folder() else "there is no writable place for compiled kernels: each run "
                     "compiles them anew; set NUMBA_CACHE_DIR")
    if report.product is not None:
        found += _threads(report.product)
    return found


def _threads(product: tuple[int, int, int]) -> Iterator[str]:
    """Whether one thread of BLAS would be faster than all: tried with the product."""
    threads = blas.threads()
    if threads < 2:
        return
    all_of_them = rates.product_seconds(*product, threads)
    alone = rates.product_seconds(*product, 1)
    if all_of_them and alone and alone < 0.9 * all_of_them:
        N, I, O = product
        yield (f"({N}, {I}) @ ({I}, {O}) takes {1e3 * all_of_them:.2g} ms in {threads} threads of "
               f"BLAS and {1e3 * alone:.2g} ms in one: set OPENBLAS_NUM_THREADS=1")
