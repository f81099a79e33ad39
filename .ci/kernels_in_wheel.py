"""Hatchling's hook: with FASTNN_KERNELS="x86-64-v3 x86-64-v4" the wheel brings compiled kernels."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KernelsInWheel(BuildHookInterface):
    """Compiles them, for the Python, the Numba and the kind of machine that it runs with."""

    def _kinds(self):
        return os.environ.get("FASTNN_KERNELS", "").replace(",", " ").split()

    def dependencies(self):
        """What a build in an environment of its own has to have for that."""
        return self.metadata.core.dependencies if self._kinds() else []

    def initialize(self, version, build_data):
        """Before the wheel is written."""
        if not self._kinds() or version != "standard":
            return
        self._work = tempfile.TemporaryDirectory()
        path = os.pathsep.join(filter(None, [self.root, os.environ.get("PYTHONPATH")]))
        subprocess.run([sys.executable, "-m", "fastnn.ahead", self._work.name, *self._kinds()],
                       check=True, env={**os.environ, "PYTHONPATH": path})
        for file in Path(self._work.name).rglob("*.nbc"):
            build_data["force_include"][str(file)] = (
                f"fastnn/_kernels/{file.parent.name}/{file.name}")
        build_data["pure_python"], build_data["infer_tag"] = False, True

    def finalize(self, version, build_data, artifact_path):
        """After that."""
        if self._kinds() and version == "standard":
            self._work.cleanup()
