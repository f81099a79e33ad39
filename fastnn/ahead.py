"""python -m fastnn.ahead FOLDER KIND ...: compile all kernels ahead, for a wheel to bring along.

KIND is a level (x86-64-v3, x86-64-v4), or `host` for the processor that this runs on. The files go
into a folder in FOLDER that is named by the version, as `compile/store.py` looks for them.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fastnn.compile import processor
from fastnn.compile.digest import portable_digest
from fastnn.compile.search_path import search_path

# What such a process prints: the folder in which its kernels are.
_CODE = ("import sys; sys.path[:] = {path!r}; import fastnn; from fastnn.compile import cache; "
         "fastnn.warmup(); print(cache.folder())")


def build(folder: Path, kinds: list[str]) -> Path:
    """Put the kernels of these kinds into the folder, and give the one that they are in."""
    unknown = set(kinds) - {*processor.LEVELS, "host"}
    if unknown or not kinds:
        raise ValueError(f"expected some of {', '.join(processor.LEVELS)}, host; got {kinds}")
    version = portable_digest()
    if version is None:
        raise RuntimeError("the kernels' sources cannot be read here")
    place = folder / version
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        running = [_begun(kind, Path(work) / kind) for kind in kinds]
        for kind, process in zip(kinds, running):
            said, _ = process.communicate()
            if process.returncode:
                raise RuntimeError(f"the kernels for {kind} could not be compiled")
            for file in Path(said.splitlines()[-1]).glob("*.nbc"):
                shutil.copy(file, place)
                (place / file.name).chmod(0o644)
    return place


def _begun(kind: str, cache: Path) -> subprocess.Popen:
    cache.mkdir(mode=0o700)
    environment = {**os.environ, "FASTNN_COMPILE": "wait", "NUMBA_CACHE_DIR": str(cache)}
    if kind != "host":
        environment |= {"NUMBA_CPU_NAME": kind, "NUMBA_CPU_FEATURES": ""}
    return subprocess.Popen([sys.executable, "-c", _CODE.format(path=search_path())], text=True,
                            env=environment, stdout=subprocess.PIPE)


def main() -> None:
    """As the module says."""
    print(build(Path(sys.argv[1]), sys.argv[2:]))


if __name__ == "__main__":
    main()
