"""`info()`: it reads the machine, and tries each kind of operation."""

import platform

import pytest

import fastnn
from fastnn.support import threads


def test_info_knows_the_digits_of_this_machine():
    """Where NumPy's exp is the C library's, as on x86 with fused multiply-add, all are exact."""
    found = fastnn.info()
    assert found["python"] == platform.python_version()
    assert found["fastnn"] in (fastnn.__version__, "not installed")
    assert set(found["exact"]) == {"exp", "log", "sums", "products", "updates"}
    assert all(type(answer) is bool for answer in found["exact"].values())
    assert found["exact"]["sums"] and found["exact"]["updates"]


@pytest.mark.parametrize("many", [1, 2, 7])
def test_info_knows_of_other_threads(monkeypatch, many):
    monkeypatch.setattr(threads, "count", lambda: many)
    assert fastnn.info()["threads"].endswith(f"kernels {many}")
