"""`info()`: it reads the machine, and tries each kind of operation."""

import os
import platform
import sys

import numpy as np
import pytest

import fastnn
from fastnn.support import blas, numerics, threads

module = sys.modules["fastnn.info"]


def test_info_knows_the_digits_of_this_machine():
    found = fastnn.info()
    assert found["python"] == platform.python_version()
    assert found["fastnn"] in (fastnn.__version__, "not installed")
    assert all(type(answer) is bool for answer in found["exact"].values())
    assert all(found["exact"].values())
    assert "products under nnfs.init()" in found["exact"]
    assert {name for name in found["exact"] if name.endswith(("exp", "log", "tanh"))} <= set(
        found["computed by"])


def test_info_finds_what_is_not_exact(monkeypatch):
    plain = numerics.plain_dot

    def off(a, b):
        return plain(a, b) * (1 + 1e-15)

    def exact():
        return fastnn.info()["exact"]
    assert exact()["float64 products"]
    monkeypatch.setattr(np, "dot", off)
    monkeypatch.setattr(numerics, "plain_dot", off)
    monkeypatch.setattr(numerics, "_seen", off)
    monkeypatch.setattr(numerics, "_seen_types", numerics._NATIVE)
    assert not exact()["float64 products"]
    monkeypatch.undo()
    monkeypatch.setattr(np, "tanh", lambda x: np.arctan(x))
    assert not exact()["float64 tanh"]


@pytest.mark.parametrize("many", [1, 2, 7])
def test_info_knows_of_other_threads(monkeypatch, many):
    monkeypatch.setattr(threads, "count", lambda: many)
    assert fastnn.info()["threads"].endswith(f"kernels {many}")


@pytest.mark.parametrize(("load", "many", "cores", "told"), [
    (1.8, 2, 2, True), (1.0, 2, 2, True), (0.1, 2, 2, False), (1.8, 1, 2, False),
    (1.5, 2, 8, False), (7.9, 4, 8, True), (None, 2, 2, False)])
def test_info_has_a_hint_where_threads_of_blas_meet_others(monkeypatch, load, many, cores, told):
    def averages():
        if load is None:
            raise OSError
        return load, load, load
    monkeypatch.setattr(os, "getloadavg", averages, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(blas, "threads", lambda: many)
    found = module._hint()
    assert bool(found) == told
    text = f"{load} on {cores} cores, and NumPy's BLAS uses {many} threads"
    assert not told or text in found["hint"]
