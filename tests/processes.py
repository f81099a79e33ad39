"""Code in fresh interpreters that find the fastnn under test."""

import os
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

import pytest


def run_in_fresh_process(
    code: str, env: dict[str, str] | None = None, timeout: float = 120
) -> str:
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": path_to_fastnn(), **(env or {})},
        cwd=Path(__file__).parent,  # not where an uninstalled fastnn lies
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    if process.returncode:
        pytest.fail(f"exit code {process.returncode}, standard error:\n{process.stderr}")
    return process.stdout


def path_to_fastnn() -> str:
    """PYTHONPATH for the child: the fastnn of this process first, unless it is installed."""
    inherited = os.environ.get("PYTHONPATH", "")
    spec = find_spec("fastnn")
    assert spec and spec.origin, "fastnn cannot be imported"
    folder = Path(spec.origin).resolve().parents[1]
    if folder.name in ("site-packages", "dist-packages"):
        return inherited
    return os.pathsep.join(filter(None, [str(folder), inherited]))
