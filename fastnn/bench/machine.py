"""Where a figure comes from: processor, versions, BLAS, date."""

import functools
import os
import platform
import subprocess
from datetime import date
from importlib import metadata

import numpy as np

LIBRARIES = ("numpy", "numba", "scipy", "nnfs", "fastnn")
PEERS = ("torch", "jax", "scikit-learn")


@functools.cache
def machine() -> dict[str, object]:
    """What must stand beside each figure; of peers the versions of those that are installed."""
    versions = {name: version(name) for name in (*LIBRARIES, *PEERS)}
    return {"cpu": cpu(), "cores": os.cpu_count(), "os": f"{platform.system()} "
            f"{platform.machine()}", "python": platform.python_version(), "blas": blas(),
            **{name: found for name, found in versions.items() if found or name in LIBRARIES},
            "date": date.today().isoformat()}


def version(name: str) -> str | None:
    """Of an installed library; fastnn may run from its checkout."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        if name != "fastnn":
            return None
        import fastnn
        return fastnn.__version__


def cpu() -> str:
    """The processor's name, and the widest vectors that NumPy found on it."""
    vectors = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    return ", ".join([_name() or platform.processor() or platform.machine(), *vectors[-1:]])


def _name():
    try:
        if platform.system() == "Darwin":
            return subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], text=True,
                                  capture_output=True, check=True).stdout.strip()
        with open("/proc/cpuinfo") as lines:
            return next((line.partition(":")[2].strip() for line in lines
                         if line.startswith("model name")), "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def blas() -> str:
    """NumPy's BLAS and its version."""
    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{found.get('name')} {found.get('version')}"
