"""How a model is saved, what a killed save leaves, and files that would take for ever."""

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from filed import doubled, trained
from processes import path_to_fastnn

import fastnn
from fastnn.files import pickles, storage


def test_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        trained().save(tmp_path / "no" / "model")
    assert "there is no folder" in str(caught.value) and str(tmp_path / "no" / "model") in str(
        caught.value) and ".tmp" not in str(caught.value)


def test_empty_path_is_named():
    with pytest.raises(FileNotFoundError, match="the path to save to is empty"):
        trained().save("")


def test_what_could_not_be_loaded_again_is_not_written(tmp_path):
    model = trained()
    model.lines = "pages"
    with pytest.raises(ValueError, match='Model.save: lines must be "steps" or "epochs"'):
        model.save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


SAVING = """
    import sys, time
    import numpy as np
    from fastnn.files import storage
    real = storage._write_npz

    def slow(stream, *arguments):
        real(stream, *arguments)
        print("writing", flush=True)
        time.sleep(float(sys.argv[2]))
    storage._write_npz = slow
    storage.write(sys.argv[1], {}, {"a": np.ones(1000)})
"""


def saver(path, seconds):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SAVING), str(path), str(seconds)],
        stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path_to_fastnn()})


@pytest.mark.skipif(os.name == "nt", reason="there, files are not locked")
def test_killed_saves_leave_nothing_behind_the_next_one_and_living_ones_are_left_alone(tmp_path):
    killed, living = (saver(tmp_path / name, seconds) for name, seconds in (("a", 60), ("b", 6)))
    for one in killed, living:
        assert one.stdout.readline() == b"writing\n"
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    others = [".fastnn-0123456789abcdef.tmpx", ".fastnn-0123.tmp", "fastnn-0123456789abcdef.tmp"]
    for name in others:
        (tmp_path / name).write_text("not ours")
    (tmp_path / ".fastnn-00000000000000ff.tmp").symlink_to(tmp_path / others[0])
    temporary = [name for name in os.listdir(tmp_path)
                 if name.startswith(".fastnn") and len(name) == 28]
    assert len(temporary) == 3
    storage.write(tmp_path / "c", {}, {"a": np.ones(3)})
    left = [name for name in temporary if (tmp_path / name).is_symlink()
            or (tmp_path / name).exists()]
    assert len(left) == 2  # that of the living one, and the link
    assert living.wait(timeout=60) == 0
    for one in killed, living:
        one.stdout.close()
    assert storage.read(tmp_path / "b")[1]["a"].size == 1000
    assert set(os.listdir(tmp_path)) == {"b", "c", *others, ".fastnn-00000000000000ff.tmp"}


@pytest.mark.clock
@pytest.mark.parametrize("deep", [
    b"]" * 5000 + b"a" * 4999, b"(" * 5000 + b"t" * 5000, b")" + b"\x85" * 5000,
    b"}" + b"}K\x01s" * 3000, b"]\x94" + b"h\x00\x85" * 1 + b"\x85" * 5000,
    b"".join(b"]q" + bytes([n % 250]) for n in range(5000)) + b"a" * 4999])
def test_pickles_nested_deep_are_refused_at_once(tmp_path, deep):
    (tmp_path / "deep").write_bytes(b"\x80\x04" + deep + b".")
    start = time.perf_counter()
    with pytest.raises(fastnn.StorageError):
        pickles.read(tmp_path / "deep")
    assert time.perf_counter() - start < 0.5


def same_hash():
    return {n * (2**61 - 1): 0 for n in range(30_000)}


HOSTILE = {
    "a key of shared tuples": lambda: {doubled(60): 1}, "a set of them": lambda: {doubled(60)},
    "many keys of one hash": same_hash,
    "lists for weights": lambda: [(doubled(28, (1.0,)), [1.0])] * 2,
    "a million lists": lambda: [[] for _ in range(1_000_000)],
}


@pytest.mark.clock
@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_parameters_that_would_take_for_ever_are_refused_at_once(tmp_path, make):
    model, path = trained(), tmp_path / "parameters"
    if make is HOSTILE["a key of shared tuples"]:
        path.write_bytes(b"\x80\x04})" + b"".join(b"2\x86" for _ in range(60)) + b"K\x01s.")
    elif make is HOSTILE["a set of them"]:
        path.write_bytes(b"\x80\x04\x8f()" + b"".join(b"2\x86" for _ in range(60)) + b"\x90.")
    else:
        path.write_bytes(pickle.dumps(make(), 4))
    start = time.perf_counter()
    with pytest.raises((fastnn.StorageError, ValueError)):
        model.load_parameters(path)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("depth, loads", [(150, True), (250, False)])
def test_depth_is_counted(tmp_path, depth, loads):
    for wrap in (lambda x: [x], lambda x: (x,), lambda x: {"a": x}, lambda x: [x, x]):
        value = 1.0
        for _ in range(depth):
            value = wrap(value)
        for protocol in range(6):
            (tmp_path / "a").write_bytes(pickle.dumps(value, protocol))
            if loads:
                assert type(pickles.read(tmp_path / "a")) is type(value)
            else:
                with pytest.raises(fastnn.StorageError, match="deep"):
                    pickles.read(tmp_path / "a")
