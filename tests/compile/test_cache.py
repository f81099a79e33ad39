"""The kernels' cache: never stale, never damaged, never in the way.

All of it runs in fresh processes, on copies of the package whose cache holds three quick kernels.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from kernel_cases import CASES
from processes import run_in_fresh_process

import fastnn.kernels
from fastnn.compile.jit import KERNELS

SOURCE = Path(fastnn.kernels.__file__).resolve().parents[1]

# Both signatures of relu_forward: how many were compiled, what was warned of, the cache's folder.
RELU = """
    import warnings
    import numpy as np
    from fastnn.compile import cache
    from fastnn import Activation_ReLU
    relu_forward = Activation_ReLU._compiled.forward.kernel
    from fastnn.compile.waiting import COMPILING

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for dtype in (np.float32, np.float64):
            x = np.array([[-1, 2, np.nan]], dtype)
            output = np.empty_like(x)
            assert relu_forward(x, output) == 0
            assert np.array_equal(output, np.maximum(0, x), equal_nan=True)
    print(COMPILING.kernels, *[one.category.__name__ for one in caught], cache.folder(), sep="|")
"""

SIGMOID_OF_ZERO = """
    import numpy as np
    from fastnn import Activation_Sigmoid
    sigmoid_forward = Activation_Sigmoid._compiled.forward.kernel
    from fastnn.compile.waiting import COMPILING
    output = np.empty((1, 1), np.float32)
    sigmoid_forward(np.zeros((1, 1), np.float32), output)
    print(COMPILING.kernels, output[0, 0])
"""

Relu = Callable[..., tuple[int, list[str], Path]]


def only_own_place(site: Path) -> dict[str, str]:
    """Environment of a child that imports fastnn from `site` and keeps its kernels beside it."""
    return {"PYTHONPATH": str(site), "NUMBA_CACHE_DIR": str(site / "cache"),
            "HOME": "", "XDG_CACHE_HOME": "",
            "NUMBA_BOUNDSCHECK": "", "NUMBA_OPT": "", "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of fastnn, which has compiled relu_forward and sigmoid_forward."""
    site = tmp_path_factory.mktemp("warm")
    shutil.copytree(SOURCE, site / "fastnn", ignore=shutil.ignore_patterns("__pycache__"))
    got = run_in_fresh_process(RELU, env=only_own_place(site))
    assert got.startswith("2|"), got
    run_in_fresh_process(SIGMOID_OF_ZERO, env=only_own_place(site))
    return site


@pytest.fixture
def package(warm: Path, tmp_path: Path) -> Path:
    """A copy of that copy, for one test."""
    return shutil.copytree(warm, tmp_path / "site") / "fastnn"


@pytest.fixture
def places(package: Path) -> dict[str, str]:
    return only_own_place(package.parent)


@pytest.fixture
def relu(places: dict[str, str]) -> Relu:
    """Call relu_forward in a child: (signatures compiled, warnings, cache folder)."""
    def call(**env: str) -> tuple[int, list[str], Path]:
        got = run_in_fresh_process(RELU, env=places | env).strip()
        compiled, *warned, folder = got.split("|")
        return int(compiled), warned, Path(folder)
    return call


def own_place(package: Path) -> Path:
    return package.parent / "cache" / "fastnn"


def block(path: Path) -> None:
    """Make `path` unusable as a folder, for root as well: a file stands there."""
    shutil.rmtree(path, ignore_errors=True)
    path.write_text("in the way")


def cache_files(folder: Path, name: str = "") -> list[Path]:
    return sorted(folder.rglob(f"{name}*.nbc"))


def assert_whole(path: Path) -> None:
    content = path.read_bytes()
    assert content[:32] == checksum(path.name, content[32:])


# ---------------------------------------------------------------------------------- use again


def test_second_process_compiles_nothing(relu: Relu, package: Path) -> None:
    compiled, warned, folder = relu()
    assert (compiled, warned) == (0, [])
    assert folder.parent == own_place(package)
    assert len(cache_files(folder, "Activation_ReLU_forward")) == 2


def flipped(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1:]


def checksum(name: str, payload: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\0" + payload).digest()


@pytest.mark.parametrize("damage", [
    (lambda content: b"", lambda content: content[:-100]),
    (lambda content: flipped(content, len(content) // 2), lambda content: flipped(content, 0)),
    (lambda content: content[:32], lambda content: content[:16]),
    # Whole and of no use, as another build of LLVM might have written.
    (b"", b"no object of machine code"),
], ids=["empty-truncated", "bits-flipped", "header-only", "foreign"])
def test_damaged_file_is_replaced(
    relu: Relu, package: Path, damage: tuple[Callable[[bytes], bytes], ...] | tuple[bytes, ...]
) -> None:
    files = cache_files(own_place(package), "Activation_ReLU_forward")
    for path, spoil in zip(files, damage, strict=True):
        path.write_bytes(spoil(path.read_bytes()) if callable(spoil)
                         else checksum(path.name, spoil) + spoil)
    compiled, warned, _ = relu()
    assert (compiled, warned) == (2, [])
    assert cache_files(own_place(package), "Activation_ReLU_forward") == files
    for path in files:
        assert_whole(path)
        assert path.stat().st_size > 1000


def test_damaged_file_that_cannot_be_replaced_does_no_harm(relu: Relu, package: Path) -> None:
    """A folder stands where the file should be: it can be neither read, deleted nor replaced."""
    one, _ = cache_files(own_place(package), "Activation_ReLU_forward")
    one.unlink()
    (one / "inside").mkdir(parents=True)
    compiled, warned, folder = relu()
    assert (compiled, warned) == (1, [])
    assert {path.suffix for path in folder.iterdir()} == {".nbc"}  # no temporary file is left


# ------------------------------------------------------------------------------- never stale


@pytest.mark.parametrize("keep_mtime", [True, False], ids=["same-mtime", "new-mtime"])
def test_edited_helper_in_another_file_never_runs_stale(
    package: Path, places: dict[str, str], keep_mtime: bool
) -> None:
    helper = package / "kernels" / "elementary.py"
    before, times = helper.read_text(), helper.stat()
    # e^0 becomes 3, in a text of the same length.
    after = before.replace("9.999999999980870924916e-01, 7", "3.000000000000000000000e-00, 7")
    assert after != before and len(after) == len(before)
    helper.write_text(after)
    if keep_mtime:
        os.utime(helper, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert run_in_fresh_process(SIGMOID_OF_ZERO, env=places).split() == ["1", "0.25"]
    helper.write_text(before)
    assert run_in_fresh_process(SIGMOID_OF_ZERO, env=places).split() == ["0", "0.5"]


@pytest.mark.parametrize("switch", ["NUMBA_BOUNDSCHECK", "NUMBA_OPT"])
def test_other_way_of_compiling_has_a_folder_of_its_own(
    relu: Relu, package: Path, switch: str
) -> None:
    [ordinary] = own_place(package).iterdir()
    before = [path.read_bytes() for path in cache_files(ordinary)]
    compiled, warned, folder = relu(**{switch: "1"})
    assert (compiled, warned) == (2, [])
    assert folder != ordinary and len(cache_files(folder)) == 2
    assert [path.read_bytes() for path in cache_files(ordinary)] == before


# ------------------------------------------------------------------------- where files are put


def test_numba_cache_dir_wins(relu: Relu, package: Path, tmp_path: Path) -> None:
    shutil.rmtree(own_place(package))
    env = {"NUMBA_CACHE_DIR": str(tmp_path / "chosen"), "HOME": str(tmp_path / "home")}
    compiled, warned, folder = relu(**env)
    assert (compiled, warned) == (2, [])
    assert folder.is_relative_to(tmp_path / "chosen") and len(cache_files(folder)) == 2
    assert not own_place(package).exists() and not (tmp_path / "home").exists()
    assert relu(**env) == (0, [], folder)


@pytest.mark.skipif(os.name == "nt", reason="Windows has LOCALAPPDATA")
@pytest.mark.parametrize(("variables", "place"), [
    (["HOME"], "HOME/.cache/fastnn"), (["HOME", "XDG_CACHE_HOME"], "XDG_CACHE_HOME/fastnn")])
def test_the_users_own_place_is_used_where_none_is_named(
    relu: Relu, package: Path, tmp_path: Path, variables: list[str], place: str
) -> None:
    env = {variable: str(tmp_path / variable) for variable in variables} | {"NUMBA_CACHE_DIR": ""}
    compiled, warned, folder = relu(**env)
    assert (compiled, warned) == (2, [])
    assert folder.parent == tmp_path / place
    assert relu(**env) == (0, [], folder)
    assert not [*package.rglob("*.nbc"), *package.rglob("__pycache__")]  # nothing stays behind


def test_copies_with_the_same_sources_share_their_kernels(
    relu: Relu, package: Path, tmp_path: Path
) -> None:
    shutil.copytree(package, tmp_path / "another" / "fastnn")
    assert relu(PYTHONPATH=str(tmp_path / "another"))[:2] == (0, [])


@pytest.mark.parametrize("home", ["", "file/home"], ids=["home-unset", "home-unwritable"])
def test_unwritable_places_give_one_warning_and_right_results(
    relu: Relu, package: Path, tmp_path: Path, home: str
) -> None:
    shutil.rmtree(own_place(package))
    block(tmp_path / "file")
    user = home and str(tmp_path / home)
    got = relu(NUMBA_CACHE_DIR="", HOME=user, LOCALAPPDATA=user)
    assert got == (2, ["RuntimeWarning"], Path("None"))
    assert cache_files(tmp_path) == []


def test_unwritable_numba_cache_dir_gives_one_warning(relu: Relu, tmp_path: Path) -> None:
    block(tmp_path / "file")
    got = relu(NUMBA_CACHE_DIR=str(tmp_path / "file" / "cache"))
    assert got == (2, ["RuntimeWarning"], Path("None"))


# ------------------------------------------------------------------------- shown and cleared


def version(place: Path, name: str, days: float = 0.0) -> Path:
    """A folder as another version leaves it, last used so long ago."""
    folder = place / name
    folder.mkdir()
    for file in ("dense_forward-0123.nbc", "writing-x"):
        (folder / file).write_bytes(b"." * 1000)
    used = time.time() - days * 86400
    os.utime(folder, (used, used))
    return folder


def test_versions_that_nobody_uses_go(relu: Relu, package: Path) -> None:
    place = own_place(package)
    old, new = version(place, "0" * 20, 61), version(place, "1" * 20, 59)
    held = version(place, "2" * 20, 61)
    (held / "somebody's").touch()
    os.utime(held, (1, 1))
    others = [version(place, "not a version", 1000), version(place, "a" * 21, 1000)]
    [mine] = {*place.iterdir()} - {old, new, held, *others}
    os.utime(mine, (1, 1))
    compiled, warned, folder = relu()
    assert (compiled, warned, folder) == (0, [], mine)
    assert not old.exists() and new.exists() and all(other.exists() for other in others)
    assert [file.name for file in held.iterdir()] == ["somebody's"]
    assert time.time() - mine.stat().st_mtime < 60


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_what_a_link_leads_to_is_nobodys_version(relu: Relu, package: Path, tmp_path: Path) -> None:
    elsewhere = version(tmp_path, "3" * 20, 1000)
    (own_place(package) / elsewhere.name).symlink_to(elsewhere)
    assert relu()[0] == 0 and len([*elsewhere.iterdir()]) == 2


def command(places: dict[str, str], *arguments: str) -> str:
    return subprocess.run([sys.executable, "-m", "fastnn", *arguments], check=True, text=True,
                          capture_output=True, env=os.environ | places).stdout


def test_the_command_shows_and_clears(relu: Relu, package: Path, places: dict[str, str]) -> None:
    place = own_place(package)
    version(place, "1" * 20, 3)
    folder = relu()[2]
    said = command(places, "cache")
    assert said.splitlines()[0] == str(place)
    assert f"{folder.name}     3 kernels" in said and "this version" in said
    assert f"{'1' * 20}     1 kernels     0.0 MB  last used 20" in said
    (place / "mine").mkdir()
    assert "removed 0." in command(places, "cache", "clear")
    assert {file.name for file in place.iterdir()} <= {"mine", folder.name}  # made anew to look
    assert cache_files(place) == []
    assert relu()[:2] == (2, [])


# ---------------------------------------------------------------------------- many at a time

ONE_SIGNATURE = """
    import numpy as np
    from fastnn import Activation_ReLU
    relu_backward = Activation_ReLU._compiled.backward.kernel
    from fastnn.compile.waiting import COMPILING
    for a, b in {signatures}:
        inputs = np.array([[-1, 2, np.nan, 0]], a)
        dinputs = np.empty((1, 4), b)
        assert relu_backward(np.array([[5, 6, 7, 8]], b), inputs, dinputs) == 0
        assert dinputs.tolist() == [[0, 6, 7, 0]]
    print(COMPILING.kernels)
"""


def test_processes_that_start_cold_together_do_no_harm(
    package: Path, places: dict[str, str]
) -> None:
    """Four signatures of one kernel in four processes, and a fifth with one of these again."""
    shutil.rmtree(own_place(package))
    signatures = [(a, b) for a in ("f4", "f8") for b in ("f4", "f8")]

    def run(chosen: list[tuple[str, str]]) -> int:
        return int(run_in_fresh_process(ONE_SIGNATURE.format(signatures=chosen), env=places))

    together = [[signature] for signature in [*signatures, signatures[0]]]
    with ThreadPoolExecutor(len(together)) as pool:
        compiled = list(pool.map(run, together))
    assert compiled[1:4] == [1, 1, 1] and compiled[0] + compiled[4] in (1, 2)
    [folder] = own_place(package).iterdir()
    files = cache_files(folder, "Activation_ReLU_backward")
    assert sorted(folder.iterdir()) == files and len(files) == 4  # and no temporary file
    for path in files:
        assert_whole(path)
    assert run(signatures) == 0


# ---------------------------------------------------------------------- loaded, not compiled


def names_used(kernel: object) -> set[str]:
    """Names of the compiled functions that a kernel's Python code calls, at any depth."""
    found: set[str] = set()
    waiting = [kernel]
    while waiting:
        function = getattr(waiting.pop(), "py_func", None)
        if function is not None and function.__name__ not in found:
            found.add(function.__name__)
            waiting += [function.__globals__.get(name) for name in function.__code__.co_names]
    return found


SUMMING = {kernel.__name__ for kernel in KERNELS if "pairwise_sum" in names_used(kernel)}

LOADED = """
    import numpy as np
    from fastnn.compile.waiting import COMPILING
    from kernel_calls import Tally, arguments, calls, run
    tally = Tally()
    rng = np.random.default_rng(3)
    for kernel, types in calls():
        if kernel.__name__ in {names} and types in (
                kernel.argument_types[0], kernel.argument_types[-1]):
            for sizes in [(1, 1, 1), (2, 3, 1000), (1000, 3, 1), (130, 2, 257)]:
                made = arguments(kernel, types, sizes, rng)
                status, after = run(kernel, made)
                assert status == 0
                tally.compare(kernel, made, after)
    tally.assert_flips_are_rare()
    print(COMPILING.kernels, tally.elements)
"""


def test_summing_kernels_are_right_when_loaded() -> None:
    """A kernel that called itself crashed when loaded, and only then. Uses the ordinary cache."""
    assert {"mean_and_sum", "softmax_forward", "dense_backward",
            "categorical_crossentropy_forward_onehot"} <= SUMMING <= set(CASES)
    code = LOADED.format(names=SUMMING)
    env = {"PYTHONPATH": os.pathsep.join([str(SOURCE.parent), str(Path(__file__).parents[1])])}
    _, elements = run_in_fresh_process(code, env=env, timeout=300).split()
    assert int(elements) > 10**4
    assert run_in_fresh_process(code, env=env).split() == ["0", elements]


def test_flushed_kernel_is_compiled_again(relu: Relu, places: dict[str, str],
                                          package: Path) -> None:
    flush = "import fastnn; fastnn.compile.cache.flush(fastnn.Activation_ReLU._forward_kernel)"
    place = own_place(package)
    others = set(cache_files(place)) - set(cache_files(place, "Activation_ReLU_forward"))
    run_in_fresh_process(flush, env=places)
    assert set(cache_files(place)) == others
    assert relu()[0] == 2
