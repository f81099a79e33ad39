"""What Numba is told by the environment that concerns kernels, known without importing it.

Where nothing but a place for its cache, a number of threads or a processor is said, its defaults
hold for the rest (to import Numba takes 0.25 s). Where more is said, by another variable, by a file
of settings in the working folder, or by a program that has Numba imported already and may have
changed them, Numba itself is asked. All is as it was when fastnn was imported.
"""

import os
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fastnn.compile.search_path import imported, places_of

_HARMLESS = {"NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS", "NUMBA_THREADING_LAYER",
             "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"}  # Numba takes the last two as they are
_FILE = ".numba_config.yaml"


class Settings(NamedTuple):
    """Under the names that they have in `numba.core.config`."""

    DISABLE_JIT: bool = False
    BOUNDSCHECK: bool = False
    OPT: str = "3"
    CPU_NAME: str | None = None
    CPU_FEATURES: str | None = None
    CACHE_DIR: str = ""


def numbas() -> Settings:
    """As Numba has them now."""
    config = imported("numba.core.config")
    level = getattr(config.OPT, "_raw_value", config.OPT)
    return Settings(bool(getattr(config, "DISABLE_JIT", 0)), bool(config.BOUNDSCHECK), str(level),
                    config.CPU_NAME, config.CPU_FEATURES, str(config.CACHE_DIR or ""))


def _found() -> Settings:
    if ("numba.core.config" in sys.modules or os.path.exists(_FILE)
            or any(name.startswith("NUMBA_") and name not in _HARMLESS for name in os.environ)):
        return numbas()
    say = os.environ.get
    name = say("NUMBA_CPU_NAME")
    none = "" if str(name).lower() == "generic" else None
    return Settings(CPU_NAME=name, CPU_FEATURES=say("NUMBA_CPU_FEATURES", none),
                    CACHE_DIR=say("NUMBA_CACHE_DIR", ""))


SETTINGS = _found()


def is_compiled_so() -> bool:
    """Whether Numba, which may have been imported since, would compile as they say."""
    return numbas()._replace(CACHE_DIR="") == SETTINGS._replace(CACHE_DIR="")


@cache
def numba_version() -> str:
    """Numba's version, as its own file says it; where there is no such file Numba is asked."""
    for folder in places_of("numba"):
        with suppress(OSError):
            text = Path(folder, "_version.py").read_text(encoding="utf-8")
            said: Any = re.search(r'"version": "([^"]+)"', text)
            if said:
                return said[1]
    return str(imported("numba").__version__)
