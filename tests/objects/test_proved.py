"""What was proved is kept for the next process: for this BLAS and this code, and read warily."""

import json
import platform

import pytest

# How many products are tried, and what is found.
ASK = """
    import os, sys
    import numpy as np
    from fastnn.support import proofs, proved
    tried, find = [], proofs._forward_is
    proofs._forward_is = lambda *asked: (tried.append(1), find(*asked))[1]
    f, d = np.dtype("f4"), np.dtype("f8")
    answers = [proofs.holds("forward", ((N, 5), (5, 3)), (f, f, d, f), True) for N in (7, 30)]
    print(len(tried), answers)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """With the kernel in it once the first has asked."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def ask(fresh_process, folder):
    def asked(**env):
        count, answers = fresh_process(
            ASK, env={"NUMBA_CACHE_DIR": str(folder), "FASTNN_COMPILE": "wait", **env}).split(
                maxsplit=1)
        return int(count), json.loads(answers)
    folder.chmod(0o700)
    for path in files(folder):
        path.unlink()
    return asked


def files(folder):
    return sorted(folder.rglob("proved-*.json"))


@pytest.fixture
def kept(ask, folder):
    """(the answers, the file that they are in); no test where this system does not say its BLAS."""
    count, answers = ask()
    assert count == 2
    if not files(folder):
        pytest.skip("what BLAS this is cannot be known here")
    return answers, *files(folder)


def test_the_next_process_does_not_try_again(ask, kept):
    answers, path = kept
    assert ask() == (0, answers)
    rows = json.loads(path.read_text())
    assert [row[-1] for row in rows if row[0] == "forward"] == answers
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="has other kinds")
def test_another_kind_of_processor_is_another_blas(ask, kept, folder):
    for core in "Haswell", "Prescott":
        ask(OPENBLAS_CORETYPE=core)
    assert len(files(folder)) >= 2  # one of them may be this machine's own


@pytest.mark.parametrize("content", [
    b"", b"[", b"3", b"[3]", b'["forward"]', b'[["forward", "", 2, 7, 5, 3]]', b"[" * 100_000,
    b'[["forward", "", 1, 7, 5, 3, true]]', b'[["forward", "", 1, 7, 5, 3, 7]]', b"\xff\xfe",
    b'[["forward", "", 1, 7, -5, 3, 1]]', b'[["forward", "", 1, 7, 5, 3.0, 1]]', b'{"a": 1}'])
def test_what_is_damaged_counts_for_nothing(ask, kept, content):
    answers, path = kept
    path.write_bytes(content)
    assert ask() == (2, answers)
    assert ask() == (0, answers)  # and is whole again


def test_an_unknown_product_is_passed_over(ask, kept):
    answers, path = kept
    path.write_text(json.dumps([["sideways", "", 1, 7, 5, 3, 1], *json.loads(path.read_text())]))
    assert ask() == (0, answers)


def test_a_file_that_others_can_write_to_counts_for_nothing(ask, kept):
    answers, path = kept
    path.chmod(0o666)
    assert ask() == (2, answers)


def test_it_goes_with_the_kernels(ask, kept, fresh_process, folder):
    fresh_process("from fastnn.info import clear; clear()", env={"NUMBA_CACHE_DIR": str(folder)})
    assert files(folder) == []
