"""What pip gets: one version, the Numbas that were tried, types, and a complete archive."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import numba
import pytest

import fastnn

PROJECT = Path(__file__).parents[2]
PYPROJECT = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
WORKFLOW = (PROJECT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
MINORS = re.search(r'"numba>=(\d+)\.(\d+),<(\d+)\.(\d+)"', PYPROJECT)


def listed(key: str) -> list[str]:
    """The values of one line of the workflow's matrix."""
    found = re.search(rf"^ +{key}: \[(.*?)\]", WORKFLOW, re.MULTILINE)
    assert found, f"the workflow has no {key}"
    return [value.strip().strip('"') for value in found[1].split(",")]


# ------------------------------------------------------------------------------------- versions


def test_version_stands_in_one_place():
    assert 'dynamic = ["version"]' in PYPROJECT and "\nversion = \"" not in PYPROJECT
    changes = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changes, re.MULTILINE)
    assert newest and newest[1] == fastnn.__version__


def test_version_is_the_installed_one():
    try:
        installed = metadata.version("fastnn")
    except metadata.PackageNotFoundError:
        pytest.skip("fastnn is not installed here")
    assert installed == fastnn.__version__


def test_numba_is_one_of_those_that_are_allowed():
    assert MINORS, "numba has no lower or no upper limit"
    oldest, next_minor = (tuple(map(int, MINORS.groups()[at:at + 2])) for at in (0, 2))
    assert oldest <= tuple(map(int, numba.__version__.split(".")[:2])) < next_minor


def test_workflow_tries_what_is_allowed():
    assert MINORS
    major, oldest, same, beyond = map(int, MINORS.groups())
    assert major == same and listed("numba") == [f"{major}.{oldest}.0", f"{major}.{beyond - 1}.*"]
    pythons = listed("python")
    assert f'requires-python = ">={pythons[0]}"' in PYPROJECT
    assert pythons == [f"3.{minor}" for minor in range(10, 10 + len(pythons))]
    script = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    for python in pythons:
        assert f"python{python} " in script
    assert "bash .ci/run" in WORKFLOW


def test_bash_takes_the_script_as_it_is():
    script = (PROJECT / ".ci" / "run").read_bytes()
    assert script.startswith(b"#!/usr/bin/env bash\n") and b"\r" not in script


# ---------------------------------------------------------------------------------- the archives


def test_package_says_that_it_has_types():
    assert (Path(fastnn.__file__).parent / "py.typed").read_bytes() == b""


def in_project(*patterns: str) -> set[str]:
    return {path.relative_to(PROJECT).as_posix() for pattern in patterns
            for path in PROJECT.glob(pattern)
            if path.is_file() and "__pycache__" not in path.parts}


def run(*command: str, cwd: Path, **environment: str) -> str:
    got = subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert got.returncode == 0, got.stdout
    return got.stdout


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hatchling that pyproject.toml asks for."""
    required = re.search(r'requires = \["(hatchling[^"]+)"\]', PYPROJECT)
    assert required
    folder = tmp_path_factory.mktemp("backend")
    got = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", str(folder),
                          required[1]], capture_output=True, text=True)
    if got.returncode:
        pytest.skip(f"pip cannot install {required[1]}: {got.stderr[-200:]}")
    return folder


@pytest.fixture(scope="module")
def unpacked(backend: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive, made of a copy of what is here, and unpacked."""
    folder = tmp_path_factory.mktemp("archive")
    # A copy: what other tests write beside the sources meanwhile is none of it.
    files = in_project("*", ".ci/*", ".github/**/*", "fastnn/**/*", "tests/**/*", "benchmarks/**/*")
    for name in files:
        copy = folder / "copy" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((PROJECT / name).read_bytes())
    build("sdist", folder / "copy", folder, backend)
    archive, = folder.glob("*.tar.gz")
    assert archive.name == f"fastnn-{fastnn.__version__}.tar.gz"
    with tarfile.open(archive) as opened:
        if hasattr(tarfile, "data_filter"):
            opened.extractall(folder, filter="data")
        else:
            opened.extractall(folder)
    return folder / f"fastnn-{fastnn.__version__}"


def build(what: str, source: Path, target: Path, backend: Path) -> None:
    run(sys.executable, "-c",
        f"from hatchling import build; build.build_{what}({str(target)!r})",
        cwd=source, PYTHONPATH=str(backend))


@pytest.mark.slow
def test_source_archive_is_complete(unpacked):
    expected = in_project("fastnn/**/*", "tests/**/*", "benchmarks/**/*") | {
        ".ci/run", ".ci/kernels_in_wheel.py", ".github/workflows/ci.yml", ".gitignore",
        "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml"}
    held = {path.relative_to(unpacked).as_posix()
            for path in unpacked.rglob("*") if path.is_file()}
    assert held == expected | {"PKG-INFO"}


@pytest.mark.slow
def test_wheel_of_the_archive_has_all_modules_and_no_more(unpacked, backend, tmp_path):
    build("wheel", unpacked, tmp_path, backend)
    wheel, = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if ".dist-info/" not in name}
    assert held == in_project("fastnn/**/*.py") | {"fastnn/py.typed"}


@pytest.mark.slow
def test_tests_run_from_the_unpacked_archive(unpacked):
    """With the fastnn of the archive, whatever else is installed."""
    said = run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
               "tests/reference/test_reference.py", "tests/tools/test_house.py",
               "tests/tools/test_packaging.py",
               cwd=unpacked, PYTHONPATH=str(unpacked))
    assert " passed" in said and "failed" not in said


def test_the_typed_program_uses_all_that_is_public():
    """What checkers see of it is tried with the slow tests; that it is all there, with each run."""
    program = Path(__file__).with_name("typed_program.py").read_text(encoding="utf-8")
    assert sorted(set(fastnn.__all__) - set(re.findall(r"\w+", program))) == []
