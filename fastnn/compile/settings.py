"""What Numba is told by the environment that concerns kernels, known without importing it.

Where nothing but a place for its cache or a number of threads is said, its defaults hold. Where
more is said, by a variable, by a file of settings in the working folder, or by a program that has
Numba imported already and may have changed them, Numba itself is asked.
"""

import os
import re
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

_HARMLESS = {"NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS", "NUMBA_THREADING_LAYER"}
_FILE = ".numba_config.yaml"


class Settings(NamedTuple):
    """Under the names that they have in `numba.core.config`."""

    DISABLE_JIT: bool = False
    BOUNDSCHECK: bool = False
    OPT: str = "3"
    CPU_NAME: str | None = None
    CPU_FEATURES: str | None = None
    CACHE_DIR: str = ""


def settings() -> Settings:
    """As they are now."""
    if _is_to_be_asked():
        return _of(import_module("numba.core.config"))
    return Settings(CACHE_DIR=os.environ.get("NUMBA_CACHE_DIR", ""))


def _is_to_be_asked() -> bool:
    return ("numba.core.config" in sys.modules or os.path.exists(_FILE)
            or any(name.startswith("NUMBA_") and name not in _HARMLESS for name in os.environ))


def _of(config: Any) -> Settings:
    level = getattr(config.OPT, "_raw_value", config.OPT)
    return Settings(bool(getattr(config, "DISABLE_JIT", 0)), bool(config.BOUNDSCHECK), str(level),
                    config.CPU_NAME, config.CPU_FEATURES, str(config.CACHE_DIR or ""))


@cache
def numba_version() -> str:
    """Numba's version, as its own file says it; where there is no such file Numba is asked."""
    spec = find_spec("numba")
    for folder in spec and spec.submodule_search_locations or ():
        with suppress(OSError):
            text = Path(folder, "_version.py").read_text(encoding="utf-8")
            said = re.search(r'"version": "([^"]+)"', text)
            if said:
                return said[1]
    return str(import_module("numba").__version__)
