"""What this machine has, where the compiled kernels are kept, and whether the digits are exact."""

from __future__ import annotations

import os
import platform
import time
from importlib import metadata
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.activations import Activation_Sigmoid
from fastnn.compile import cache, dispatcher, jit, places
from fastnn.compile.background import compile_policy, policy
from fastnn.kernels import layers, losses, optimizers
from fastnn.kernels.layers import work_size
from fastnn.support import numerics, threads
from fastnn.support.handlers import dropped
from fastnn.support.numerics import FLOAT32, FLOAT64

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Any

    from fastnn.support.annotations import Array


def info() -> dict[str, Any]:
    """Versions, BLAS, threads, cache and exactness, as a dict.

    "exact" says, for each kind of operation, whether the kernels give NumPy's digits on this
    machine, tried on a fixed sample. Where one does not, expect one part in a million a step.
    """
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "fastnn": _version("fastnn"),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in ("numpy", "numba", "llvmlite", "scipy",
                                                       "nnfs")},
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "blas": f"{blas.get('name')} {blas.get('version')}",
        "threads": _threads(),
        "dot precision": numerics.dot_precision(),
        "compile policy": _policy(),
        "cache": _cache(),
        "exact": exactness(),
    }


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


def exactness() -> dict[str, bool]:
    """Name of an operation -> whether its kernel equals NumPy in every bit, on a fixed sample.

    Under NUMBA_DISABLE_JIT NumPy itself computes.
    """
    if dispatcher.DISABLED:
        return dict.fromkeys(("exp", "log", "sums", "products", "updates"), True)
    generator = np.random.Generator(np.random.PCG64(7))
    x = generator.standard_normal((64, 96)).astype(np.float32)
    with compile_policy("wait"):
        return {"exp": _exp(x), "log": _log(x), "sums": _sums(x), "products": _products(x),
                "updates": _updates(x)}


def _exp(x: Array) -> bool:
    got = np.empty_like(x)
    Activation_Sigmoid._compiled.forward.kernel(x, got)
    return bool(np.array_equal(got, 1 / (1 + np.exp(-x))))


def _log(x: Array) -> bool:
    p = np.abs(x[:, :10]) / 5 + np.float32(1e-3)
    got, labels = np.empty(len(p), np.float32), np.arange(len(p)) % 10
    losses.categorical_crossentropy_forward_sparse(p, labels, got)
    return bool(np.array_equal(got, reference.Loss_CategoricalCrossentropy().forward(p, labels)))


def _sums(x: Array) -> bool:
    got = np.empty(2, np.float32)
    losses.mean_and_sum(x.reshape(-1), got)
    return bool(got[0] == np.mean(x) and got[1] == np.sum(x))


def _products(x: Array) -> bool:
    w = np.ascontiguousarray(x.T[:, :40])
    got, zero = np.empty((64, 40), np.float32), np.zeros((1, 40), dtype=FLOAT32)
    layers.dense_forward(x, w, zero, np.empty(work_size(64, 96, 40), FLOAT64), got)
    expected = numerics.plain_dot(x.astype(FLOAT64), w.astype(FLOAT64)).astype(FLOAT32)
    return bool(np.array_equal(got, expected))


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
