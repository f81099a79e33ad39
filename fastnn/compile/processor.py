"""Which processor kernels are compiled for, and whose kernels run on this one.

A kind is (triple, processor, features), as LLVM calls them: this machine's, or what NUMBA_CPU_NAME
and NUMBA_CPU_FEATURES say.
"""

from collections.abc import Iterator
from functools import cache

from fastnn.compile.search_path import imported
from fastnn.compile.settings import SETTINGS
from fastnn.compile.undivided import undivided

Kind = tuple[str, str, str]

_V3 = frozenset("avx avx2 bmi bmi2 f16c fma lzcnt movbe popcnt sse4.2".split())
LEVELS = {  # the best first, and what a processor has to have for each
    "x86-64-v4": _V3 | frozenset("avx512f avx512bw avx512cd avx512dq avx512vl".split()),
    "x86-64-v3": _V3}


def kind() -> Kind:
    """What kernels are compiled for in this process."""
    global _kind
    if _kind is None:
        with undivided():  # LLVM is imported: forks wait for that
            _kind = _found()
    return _kind


_kind: Kind | None = None


def _found() -> Kind:
    llvm = imported("llvmlite.binding")
    features = _features().items()
    return (llvm.get_process_triple(), SETTINGS.CPU_NAME or llvm.get_host_cpu_name(),
            ",".join(sorted(("+" if yes else "-") + name for name, yes in features))
            if SETTINGS.CPU_FEATURES is None else SETTINGS.CPU_FEATURES)


def kinds() -> Iterator[Kind]:
    """What kernels that run here may have been compiled for, the best first."""
    yield kind()
    if SETTINGS.CPU_NAME is None and SETTINGS.CPU_FEATURES is None:
        for level in levels():
            yield kind()[0], level, ""


@cache
def levels() -> tuple[str, ...]:
    """The levels that this processor has."""
    with undivided():
        has = {name for name, yes in _features().items() if yes}
    return tuple(level for level, wants in LEVELS.items() if wants <= has)


@cache
def _features() -> dict[str, bool]:
    """Those that LLVM finds; none where it cannot tell."""
    try:
        return dict(imported("llvmlite.binding").get_host_cpu_features())
    except RuntimeError:
        return {}
