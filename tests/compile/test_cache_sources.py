"""The kernels' version is known, or they are not kept: in a zip, and without sources, too."""

import compileall
import shutil
import zipfile
from pathlib import Path

import pytest
from processes import run_in_fresh_process
from test_cache import SOURCE, only_own_place

SIGMOID_OF_ZERO = """
    import importlib.util
    import pkgutil
    import warnings
    import numba
    import scipy.linalg
    {first}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        import numpy as np
        from fastnn.compile import cache, digest
        from fastnn import Activation_Sigmoid
        sigmoid_forward = Activation_Sigmoid._compiled.forward.kernel
        from fastnn.compile.waiting import COMPILING
        {before}
        output = np.empty((1, 1), np.float32)
        sigmoid_forward(np.zeros((1, 1), np.float32), output)
    warned = [str(one.message)[:13] for one in caught]
    print(COMPILING.kernels, output[0, 0], digest.__file__, *warned)
"""


def run(site: Path, kept: Path, before: str = "pass", first: str = "pass") -> list[str]:
    """before: what to do before the kernel is wanted; first: before fastnn is imported."""
    env = only_own_place(site) | {"NUMBA_CACHE_DIR": str(kept)}
    return run_in_fresh_process(SIGMOID_OF_ZERO.format(before=before, first=first),
                                env=env).split()


def copy_of_package(folder: Path, changed: bool) -> Path:
    """The package in this folder; changed: e^0 is 3 in it."""
    package = shutil.copytree(SOURCE, folder / "fastnn",
                              ignore=shutil.ignore_patterns("__pycache__"))
    if changed:
        helper = package / "kernels" / "elementary.py"
        text = helper.read_text()
        assert text.count("9.999999999980870924916e-01, 7") == 1
        helper.write_text(text.replace("9.999999999980870924916e-01, 7",
                                       "3.000000000000000000000e-00, 7"))
    return package


def without_sources(folder: Path, changed: bool) -> Path:
    package = copy_of_package(folder, changed)
    assert compileall.compile_dir(package, quiet=1, legacy=True)
    for source in package.rglob("*.py"):
        source.unlink()
    return folder


def in_a_zip(folder: Path, changed: bool) -> Path:
    package = copy_of_package(folder, changed)
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for source in package.rglob("*.py"):
            archive.write(source, source.relative_to(folder))
    shutil.rmtree(package)
    return folder / "all.zip"


def as_it_is(folder: Path, changed: bool) -> Path:
    copy_of_package(folder, changed)
    return folder


@pytest.mark.parametrize("made, ends", [(as_it_is, ".py"), (without_sources, ".pyc"),
                                        (in_a_zip, ".py")])
def test_a_changed_kernel_never_runs_stale(tmp_path, made, ends):
    kept = tmp_path / "kept"
    old = made(tmp_path / "old", False)
    compiled, value, file, *warned = run(old, kept)
    assert (compiled, value, warned) == ("1", "0.5", []) and file.endswith(ends)
    assert run(old, kept)[:2] == ["0", "0.5"]
    new = made(tmp_path / "new", True)
    assert run(new, kept)[:2] == ["1", "0.25"]
    assert run(new, kept)[:2] == ["0", "0.25"]
    assert run(old, kept)[:2] == ["0", "0.5"]


NOT_TO_BE_HAD = {
    "loaders that say nothing": "digest.find_spec = lambda name: None",
    "loaders that raise": """
        class Loader:
            def get_source(self, name):
                raise ImportError
            get_code = get_source
        digest.find_spec = lambda name: type("Spec", (), {"loader": Loader()})""",
    "no list of modules": "digest.pkgutil.iter_modules = lambda path: iter(())",
    "a list that lacks one": """
        every = digest.pkgutil.iter_modules
        digest.pkgutil.iter_modules = lambda path: list(every(path))[1:]""",
}


@pytest.mark.parametrize("before", NOT_TO_BE_HAD.values(), ids=NOT_TO_BE_HAD)
def test_where_the_version_cannot_be_known_nothing_is_kept(tmp_path, before):
    kept = tmp_path / "kept"
    compiled, value, _, *warned = run(SOURCE.parent, kept, before)
    assert (compiled, value) == ("1", "0.5")
    assert " ".join(warned) == "fastnn cannot"
    assert not kept.exists()


# From the start what was imported and what is there now are the same: not known.
NEVER_TO_BE_HAD = {
    "loaders that say nothing": """
    find = importlib.util.find_spec
    importlib.util.find_spec = (
        lambda name, *more: None if name.startswith("fastnn") else find(name, *more))""",
    "no list of modules": """
    every = pkgutil.iter_modules
    pkgutil.iter_modules = lambda path: (
        one for one in every(path) if "fastnn" not in str(path))""",
    "a list that lacks one": """
    every = pkgutil.iter_modules
    pkgutil.iter_modules = lambda path: (
        one for one in every(path) if one.name != "elementary")""",
}


@pytest.mark.parametrize("first", NEVER_TO_BE_HAD.values(), ids=NEVER_TO_BE_HAD)
def test_where_the_version_was_never_known_nothing_is_kept(tmp_path, first):
    kept = tmp_path / "kept"
    compiled, value, _, *warned = run(SOURCE.parent, kept, first=first)
    assert (compiled, value) == ("1", "0.5")
    assert " ".join(warned) == "fastnn cannot"
    assert not kept.exists()


def installed_in(old: Path) -> str:
    """Code that makes this copy of the package a changed one, as `pip install -U` would."""
    helper = old / "fastnn" / "kernels" / "elementary.py"
    return f"""
        from pathlib import Path
        helper = Path({str(helper)!r})
        helper.write_text(helper.read_text().replace("9.999999999980870924916e-01, 7",
                                                     "3.000000000000000000000e-00, 7"))"""


def test_what_is_compiled_after_a_new_version_was_installed_is_not_kept(tmp_path):
    """Even where the folder was asked for before."""
    kept, old = tmp_path / "kept", as_it_is(tmp_path / "old", False)
    asked = """
        assert cache.folder() is not None"""
    compiled, value, _, *warned = run(old, kept, asked + installed_in(old))
    assert (compiled, value, warned) == ("1", "0.5", []) and list(kept.rglob("*.nbc")) == []


def test_kernels_of_a_version_that_is_installed_meanwhile_are_not_run_in_the_old_one(tmp_path):
    """The new one's are there already: another process has compiled them."""
    kept, old = tmp_path / "kept", as_it_is(tmp_path / "old", False)
    assert run(as_it_is(tmp_path / "new", True), kept)[:2] == ["1", "0.25"]
    assert run(old, kept, installed_in(old))[:2] == ["1", "0.5"]
    assert run(old, kept)[:2] == ["0", "0.25"]


def test_a_version_that_is_installed_meanwhile_is_not_given_the_old_kernels(tmp_path):
    """As `pip install -U` beside an open notebook does."""
    kept, old = tmp_path / "kept", as_it_is(tmp_path / "old", False)
    compiled, value, *_ = run(old, kept, installed_in(old))
    assert (compiled, value) == ("1", "0.5") and list(kept.rglob("*.nbc")) == []
    assert run(old, kept)[:2] == ["1", "0.25"]
