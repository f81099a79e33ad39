"""Where a figure comes from: processor, versions, BLAS, date."""

import functools
import os
import platform
import subprocess
from datetime import date
from importlib import metadata

import numpy as np

from fastnn.support.handlers import of_a_handler

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


def _name() -> str:
    if brand := details().get("brand"):
        return str(brand)
    try:
        if platform.system() == "Darwin":
            return subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], text=True,
                                  capture_output=True, check=True).stdout.strip()
        with open("/proc/cpuinfo") as lines:
            return next((line.partition(":")[2].strip() for line in lines
                         if line.startswith("model name")), "")
    except (OSError, subprocess.CalledProcessError) as error:
        if of_a_handler(error):
            raise
        return ""


# Of py-cpuinfo's names, which pytest-benchmark keeps too.
_DETAILS = {"brand": "brand_raw", "architecture": "arch", "vendor": "vendor_id_raw",
            "family": "family", "model": "model", "stepping": "stepping",
            "clock": "hz_actual_friendly", "level 1 cache": "l1_data_cache_size",
            "level 2 cache": "l2_cache_size", "level 3 cache": "l3_cache_size"}


@functools.cache
def details() -> dict[str, str | int]:
    """What py-cpuinfo knows of the processor, where it is installed; it takes a second."""
    try:
        import cpuinfo
        found = cpuinfo.get_cpu_info() or {}
    except Exception as error:  # it is missing, or fails on a machine that it does not know
        if of_a_handler(error):
            raise
        return {}
    return {name: found[key] for name, key in _DETAILS.items()
            if isinstance(found.get(key), (str, int)) and found[key] != ""}


def blas() -> str:
    """NumPy's BLAS and its version."""
    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{found.get('name')} {found.get('version')}"
