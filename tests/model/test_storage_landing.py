"""Where and how a file lands: modes, links, saves that fail or are killed."""

import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stored import assert_same_arrays, refusal, small_arrays

from fastnn.files import storage

pytestmark = pytest.mark.filterwarnings("error")


# ---- where and how the file lands


@pytest.mark.parametrize("as_text", [True, False])
def test_path_is_used_exactly_as_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_text: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    path = "~model" if as_text else Path("~model")
    storage.write(path, {}, small_arrays())
    assert os.listdir(tmp_path) == ["~model"]
    assert_same_arrays(storage.read(path)[1], small_arrays())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.name == "nt", reason="Unix permissions")
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_mode_of_a_new_file_is_that_of_a_plain_open(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        storage.write(tmp_path / "a", {}, {})
        with open(tmp_path / "plain", "wb"):
            pass
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == mode(tmp_path / "plain") == 0o666 & ~umask


@pytest.mark.skipif(os.name == "nt", reason="Unix permissions")
@pytest.mark.parametrize("expected", [0o600, 0o664, 0o755])
def test_mode_of_an_old_file_is_kept(tmp_path: Path, expected: int) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "a").chmod(expected)
    storage.write(tmp_path / "a", {}, small_arrays())
    assert mode(tmp_path / "a") == expected


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_owner_of_an_old_file_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    os.chown(tmp_path / "a", 65534, 65534)
    storage.write(tmp_path / "a", {}, {})
    got = (tmp_path / "a").stat()
    assert (got.st_uid, got.st_gid) == (65534, 65534)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="Unix permissions")
def test_write_protected_old_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"kept")
    (tmp_path / "a").chmod(0o444)
    root = os.geteuid() == 0
    if root:  # root may write anything: become somebody who may not
        os.chown(tmp_path, 65534, -1)
    here = os.open(tmp_path, os.O_RDONLY)
    before = os.getcwd()
    try:
        os.fchdir(here)
        if root:
            os.seteuid(65534)
        with pytest.raises(PermissionError, match=r"Permission denied: 'a'"):
            storage.write("a", {}, {})
    finally:
        if root:
            os.seteuid(0)
        os.chdir(before)
        os.close(here)
    assert (tmp_path / "a").read_bytes() == b"kept"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.skipif(os.name == "nt", reason="symbolic links")
@pytest.mark.parametrize("exists", [True, False])
def test_symlink_stays_and_its_file_is_written(tmp_path: Path, exists: bool) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "file"
    if exists:
        real.write_bytes(b"old")
    (tmp_path / "second").symlink_to("real/file")
    (tmp_path / "link").symlink_to(tmp_path / "second")
    storage.write(tmp_path / "link", {}, small_arrays())
    assert (tmp_path / "link").is_symlink() and (tmp_path / "second").is_symlink()
    assert_same_arrays(storage.read(real)[1], small_arrays())
    assert os.listdir(tmp_path / "real") == ["file"]


def test_write_over_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    with pytest.raises(IsADirectoryError, match="cannot save over what is not a regular file"):
        storage.write(tmp_path / "d", {}, {})
    assert os.listdir(tmp_path) == ["d"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes")
def test_pipe_is_neither_replaced_nor_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="cannot save over what is not a regular file"):
        storage.write(pipe, {}, {})
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert storage.kind(pipe) == "unknown"
    assert "found something not a regular file" in refusal(storage.read, pipe)


def test_write_into_a_missing_folder_is_file_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        storage.write(tmp_path / "missing" / "a", {}, {})
    assert os.listdir(tmp_path) == []


# ---- saves that fail or are killed


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod", "writestr"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    path = tmp_path / "a"
    storage.write(path, {"version": "old"}, small_arrays())
    expected = path.read_bytes()

    def fail(*_: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile if step == "writestr" else os, step, fail)
        with pytest.raises(type(error)) as caught:
            storage.write(path, {"version": "new"}, small_arrays())
    assert caught.value is error
    assert path.read_bytes() == expected
    assert os.listdir(tmp_path) == ["a"]


def test_folder_that_cannot_be_synced_does_not_fail_the_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "open", fail)
    storage.write(tmp_path / "a", {}, small_arrays())
    assert_same_arrays(storage.read(tmp_path / "a")[1], small_arrays())


CHILD = """
import os, signal, sys, zipfile
import numpy as np
from fastnn.files import storage
owner, step, calls = {"os": os, "zip": zipfile.ZipFile}[sys.argv[2]], sys.argv[3], int(sys.argv[4])
real, seen = getattr(owner, step), 0
def killed(*args):
    global seen
    seen += 1
    if seen == calls:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args)
setattr(owner, step, killed)
storage.write(sys.argv[1], {"version": "new"}, {name: np.ones(50_000) for name in "xyz"})
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(
    ("owner", "step", "calls", "expected"),
    [
        ("zip", "writestr", 2, "old"),
        ("zip", "close", 1, "old"),
        ("os", "fsync", 1, "old"),
        ("os", "replace", 1, "old"),
        ("os", "fsync", 2, "new"),
    ],
)
def test_save_killed_midway_leaves_a_whole_file(
    tmp_path: Path, owner: str, step: str, calls: int, expected: str
) -> None:
    path = tmp_path / "a"
    storage.write(path, {"version": "old"}, {name: np.zeros(3) for name in "xyz"})
    arguments = [str(path), owner, step, str(calls)]
    child = subprocess.run([sys.executable, "-c", CHILD, *arguments], timeout=60)
    assert child.returncode == -9
    header, arrays = storage.read(path)
    assert header["version"] == expected
    assert all((array == (expected == "new")).all() for array in arrays.values())


def test_file_read_while_it_is_replaced_is_always_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    storage.write(path, {"n": 0}, {"x": np.full(10, 0)})
    with open(path, "rb") as before:
        storage.write(path, {"n": 1}, {"x": np.full(10, 1)})
        (tmp_path / "b").write_bytes(before.read())
    assert storage.read(tmp_path / "b")[0]["n"] == 0
    assert storage.read(path)[0]["n"] == 1
