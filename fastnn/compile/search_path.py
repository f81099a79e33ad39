"""Where a process of ours looks for what it imports: nowhere that this program would not have.

A folder that came into sys.path after fastnn, or the one that "" happens to stand for now, may have
a module named signal: a helper that began there would run it. So the standard library comes
first, then the folders that the packages were really taken from, then what else was there when
fastnn was imported.
"""

import os
import sys
import sysconfig

_AT_IMPORT = [os.path.abspath(place) for place in sys.path if isinstance(place, str) and place]
_NEEDED = ("numpy", "llvmlite", "numba", "scipy", "platformdirs", "nnfs")


def search_path() -> list[str]:
    """What sys.path is to be there."""
    stdlib = [os.path.abspath(sysconfig.get_paths()[name]) for name in ("stdlib", "platstdlib")]
    zipped = [place for place in _AT_IMPORT if place.endswith(".zip")]
    dynamic = [place for place in _AT_IMPORT if os.path.basename(place) in ("lib-dynload", "DLLs")]
    taken = [_folder_of(name) for name in (__name__.partition(".")[0], *_NEEDED)]
    every = [*stdlib, *dynamic, *filter(None, taken), *zipped, *_AT_IMPORT]
    return list(dict.fromkeys(every))


def _folder_of(name: str) -> str | None:
    """That this package lies in, if it was imported."""
    origin = getattr(getattr(sys.modules.get(name), "__spec__", None), "origin", None)
    return os.path.dirname(os.path.dirname(os.path.abspath(origin))) if origin else None
