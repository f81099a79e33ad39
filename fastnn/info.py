"""What this machine has, where the compiled kernels are kept, and whether the digits are exact."""

from __future__ import annotations

import os
import platform
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.activations import Activation_Sigmoid, Activation_Tanh
from fastnn.compile import cache, dispatcher, jit, numpy_blas, numpy_loops, places
from fastnn.compile.policy import compile_policy, policy
from fastnn.kernels import losses, optimizers
from fastnn.layers import Layer_Dense
from fastnn.support import blas, numerics, proofs, threads
from fastnn.support.handlers import dropped

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Any, Literal

    from fastnn.support.annotations import Array


def info() -> dict[str, Any]:
    """Versions, BLAS, threads, cache and exactness, as a dict.

    "exact" says, for each kind of operation, whether it has NumPy's digits on this machine, tried
    on a fixed sample; "computed by" what computes it. There is a "hint" where BLAS's threads and a
    busy machine are in each other's way.
    """
    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "fastnn": _version("fastnn"),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in ("numpy", "numba", "llvmlite", "scipy",
                                                       "nnfs")},
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "blas": f"{found.get('name')} {found.get('version')}",
        "threads": _threads(),
        "dot precision": numerics.dot_precision(),
        "compile policy": _policy(),
        "cache": _cache(),
        "computed by": computed_by(),
        "exact": exactness(),
        **_hint(),
    }


_BUSY = 0.75  # load average from which on others are at work


def _hint() -> dict[str, str]:
    """What may be slow here, in a sentence; nothing where all is well."""
    load = 0.0
    with dropped(AttributeError, OSError):  # not on Windows
        load = os.getloadavg()[0]
    cores, many = os.cpu_count() or 1, blas.threads()
    if many < 2 or load < _BUSY or load + many <= cores + _BUSY:
        return {}
    return {"hint": f"the load average is {load:.1f} on {cores} cores, and NumPy's BLAS uses "
                    f"{many} threads, which wait for each other: if others make that load, "
                    "OPENBLAS_NUM_THREADS=1 in the environment may make NumPy many times as fast"}


def _policy() -> str:
    """What is in force, or what is wrong with it."""
    try:
        return policy()
    except ValueError as error:
        return str(error)


def describe() -> str:
    """`info()` as lines of text."""
    lines = []
    for name, value in info().items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {_yes(item)}" for key, item in value.items())
        lines.append(f"{name:14} {value}")
    return "\n".join(lines)


def _yes(value: Any) -> Any:
    return {True: "yes", False: "NO"}.get(value, value) if isinstance(value, bool) else value


def _version(name: str) -> str:
    from importlib import metadata  # 8 ms, with all of email

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _threads() -> str:
    """Threads of each BLAS in this process, or what the environment says of them; and ours."""
    try:
        ours = f"kernels {threads.count()}"
    except ValueError as error:  # a report dies of nothing that it is to tell of
        ours = str(error)
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        names = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
        found = [f"{name}={os.environ[name]}" for name in names if name in os.environ]
        return ", ".join([*(found or [f"BLAS default (up to {os.cpu_count()})"]), ours])
    pools = [f"{pool['internal_api']} {pool['num_threads']}" for pool in threadpool_info()]
    return ", ".join([*pools, ours])


def _cache() -> str:
    """Where the compiled kernels are, how many of all signatures are there, and their size."""
    if dispatcher.DISABLED:
        return "none: NUMBA_DISABLE_JIT is set, nothing is compiled"
    folder, files = cache.folder(), jit.files()
    if folder is None:
        return f"none: every process compiles what it uses of {len(files)} signatures"
    sizes = _sizes(files)
    return f"{folder}: {len(sizes)} of {len(files)} signatures, {sum(sizes) / 1e6:.1f} MB"


def _sizes(files: Iterable[Path]) -> list[int]:
    """Of those that are there: another process may remove them meanwhile."""
    found = []
    for file in files:
        with dropped(FileNotFoundError):
            found.append(file.stat().st_size)
    return found


def kept() -> str:
    """Which versions' kernels are kept on this machine, where, and when they were used last."""
    lines, mine = [], None if dispatcher.DISABLED else cache.folder()
    for place in places.places():
        lines.append(str(place.path))
        for folder in places.versions(place.path):
            sizes = _sizes(folder.glob("*.nbc"))
            used = time.strftime("%Y-%m-%d", time.localtime(folder.stat().st_mtime))
            whose = "this version" if folder == mine else f"last used {used}"
            lines.append(f"    {folder.name}  {len(sizes):4} kernels {sum(sizes) / 1e6:7.1f} MB  "
                         f"{whose}")
    return "\n".join([*lines, "python -m fastnn cache clear removes them; what nobody has used for "
                      "two months goes by itself"])


def clear() -> str:
    """Remove the kernels that are kept on this machine; what was removed."""
    found = [folder for place in places.places() for folder in places.versions(place.path)]
    size = sum(sum(_sizes(folder.glob("*.nbc"))) for folder in found)
    for folder in found:
        places.remove(folder)
    left = [str(folder) for folder in found if folder.exists()]
    return f"removed {size / 1e6:.1f} MB of compiled kernels" + (
        f"; these could not be removed whole: {', '.join(left)}" if left else "")


_ELEMENTWISE = "exp", "log", "tanh"
# Of layers (I, O) with N samples: where BLAS's kinds of processors differ, beside the book's own.
_SHAPES = ((300, 2, 64), (300, 64, 3), (52, 128, 1), (384, 96, 7), (767, 256, 2), (8, 127, 4),
           (301, 63, 4), (3, 64, 17), (1, 255, 30), (50, 10, 1))


def exactness() -> dict[str, bool]:
    """Name of an operation -> whether it equals NumPy's in every bit, on a fixed sample:
    elementwise functions, sums, updates, and products of terms that cancel, in the arrays' own type
    and under `nnfs.init()`.

    Under NUMBA_DISABLE_JIT NumPy itself computes.
    """
    names = [f"{kind} {name}" for kind in _KINDS for name in _ELEMENTWISE]
    names += ["sums", "updates", *(f"{kind} products" for kind in _KINDS),
              "products under nnfs.init()"]
    if dispatcher.DISABLED:
        return dict.fromkeys(names, True)
    generator = np.random.Generator(np.random.PCG64(7))
    x = generator.standard_normal((64, 96)).astype(np.float32)
    with compile_policy("wait"):
        found = [is_same(x.astype(kind)) for kind in _KINDS for is_same in (_exp, _log, _tanh)]
        found += [_sums(x), _updates(x), *(_products(kind, "auto") for kind in _KINDS),
                  _products("float32", "book")]
    return dict(zip(names, found, strict=True))


_KINDS = "float32", "float64"


def computed_by() -> dict[str, str]:
    """Name of an operation -> what computes it in compiled code, but in the fast lane."""
    if dispatcher.DISABLED:
        return {"all": "NumPy"}
    loops = {f"float32 {name}": "our kernels" if numpy_loops.is_ours(name) else "NumPy's loop"
             for name in _ELEMENTWISE}
    loops |= {f"float64 {name}": "NumPy's loop" for name in _ELEMENTWISE}
    routines = "NumPy's BLAS" if numpy_blas.IS_NUMPYS else "NumPy, called from compiled code"
    return {**loops, "products": f"{routines}, and our kernels where they gave the same bits"}


def _exp(x: Array) -> bool:
    got = np.empty_like(x)
    Activation_Sigmoid._compiled.forward.kernel(x, got)
    return bool(np.array_equal(got, 1 / (1 + np.exp(-x))))


def _tanh(x: Array) -> bool:
    got = np.empty_like(x)
    Activation_Tanh._compiled.forward.kernel(x, got)
    return bool(np.array_equal(got, np.tanh(x)))


def _log(x: Array) -> bool:
    p = np.abs(x[:, :10]) / 5 + x.dtype.type(1e-3)
    got, labels = np.empty(len(p), x.dtype), np.arange(len(p)) % 10
    losses.categorical_crossentropy_forward_sparse(p, labels, got)
    return bool(np.array_equal(got, reference.Loss_CategoricalCrossentropy().forward(p, labels)))


def _sums(x: Array) -> bool:
    got = np.empty(2, np.float32)
    losses.mean_and_sum(x.reshape(-1), got)
    return bool(got[0] == np.mean(x) and got[1] == np.sum(x))


def _products(kind: str, precision: Literal["auto", "book"]) -> bool:
    """Whether layers of these shapes give NumPy's products."""
    generator = np.random.Generator(np.random.PCG64(8))
    with numerics.set_dot_precision(precision):
        return all(_products_of(layer, *arrays) for shape in _SHAPES
                   for layer, *arrays in [_cancelling(generator, np.dtype(kind), *shape)])


def _products_of(layer: Any, inputs: Array, dvalues: Array) -> bool:
    for _ in range(proofs.MEETINGS):  # until our kernels are tried, and taken where they may be
        layer.forward(inputs)
        layer.backward(dvalues)
    dot = numerics.dot
    return all(map(proofs.same, (layer.output, layer.dweights, layer.dinputs), (
        dot(inputs, layer.weights) + layer.biases, dot(inputs.T, dvalues),
        dot(dvalues, layer.weights.T))))


def _cancelling(generator: Any, kind: Any, N: int, I: int, O: int) -> tuple[Any, Array, Array]:
    """A layer, inputs and dvalues whose products are sums of numbers and of their negatives, in any
    order: what comes out is what was lost by rounding, and that depends on the order.
    """
    def mirrored(rows: int, columns: int, signs: Any) -> Array:
        part = proofs.cancelling(generator, (-(-rows // 2), -(-columns // 2)), kind)
        return np.kron(np.array(signs, kind), part)[:rows, :columns]

    n, i, o = (generator.permutation(size) for size in (N, I, O))
    layer = Layer_Dense(I, O)
    layer.weights = np.ascontiguousarray(mirrored(I, O, [[1, 1], [-1, -1]])[i][:, o])
    layer.biases = np.full((1, O), 0, kind)
    return (layer, np.ascontiguousarray(mirrored(N, I, [[1, 1], [1, 1]])[n][:, i]),
            np.ascontiguousarray(mirrored(N, O, [[1, -1], [-1, 1]])[n][:, o]))


def _updates(x: Array) -> bool:
    layer = SimpleNamespace(weights=x[:32].copy(), dweights=x[32:].copy(),
                            biases=x[:1].copy(), dbiases=x[1:2].copy())
    optimizer = reference.Optimizer_Adam(learning_rate=0.02)
    got = [layer.weights.copy(), layer.biases.copy()]
    state = [np.zeros_like(a) for a in (layer.weights, layer.weights, layer.biases, layer.biases)]
    optimizers.adam_update(got[0], layer.dweights, *state[:2], got[1], layer.dbiases, *state[2:],
                           0.02, 1e-7, 0.9, 0.999, 1 - 0.9, 1 - 0.999)
    optimizer.update_params(layer)
    return bool(np.array_equal(got[0], layer.weights) and np.array_equal(got[1], layer.biases))
