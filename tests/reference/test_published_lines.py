"""The programs on the reference print the published lines; types and seeds are the book's."""

import math
import platform
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from programs import PROGRAMS, arrays_of, assert_same, chapter_9, published
from worked import equal

from fastnn import reference as nn

# Other machines round exp and the products differently, and a long training run shows it.
printed_here = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="the series were printed on x86-64")


# ------------------------------------------------------------------------- published lines


@pytest.fixture
def lines_of(fresh_process: Callable[..., str]) -> Callable[..., list[str]]:
    """A function that runs one program as its author did and returns the lines."""

    def run(name: str, epochs: int) -> list[str]:
        code = f"""
            import sys
            sys.path.append({str(Path(__file__).parents[1])!r})
            import nnfs
            nnfs.init()
            from fastnn import reference
            from programs import PROGRAMS
            PROGRAMS[{name!r}](reference, {epochs})
        """
        # BLAS threads wait by spinning: beside another busy process C took 98 s, with one thread 8
        one_thread = {f"{blas}_NUM_THREADS": "1" for blas in ("OPENBLAS", "MKL", "OMP")}
        return fresh_process(code, env=one_thread, timeout=1200).splitlines()

    return run


def columns(lines: list[str], names: str) -> list[list[str]]:
    return [re.findall(rf"\b(?:{names}): [^,]+", line) for line in lines]


@printed_here
@pytest.mark.parametrize("name", ["A", "C"])
def test_series_starts_as_published(name, lines_of):
    got = lines_of(name, epochs=2000)
    expected = published(name)[:20]
    assert got == expected


@pytest.mark.slow
@printed_here
@pytest.mark.parametrize("name", ["A", "C"])
def test_series_prints_every_published_line(name, lines_of):
    got = lines_of(name, epochs=10001)
    expected = published(name)
    assert len(expected) == 101
    assert got == expected


@printed_here
@pytest.mark.parametrize(
    "epochs", [2000, pytest.param(10001, marks=pytest.mark.slow)])
def test_series_a2_prints_the_published_accuracy_and_data_loss(epochs, lines_of):
    # the author's reg_loss, and so his loss, is 1.7 times the book's
    got = columns(lines_of("A2", epochs), "acc|data_loss|lr")
    expected = columns(published("A2"), "acc|data_loss|lr")[:len(got)]
    assert len(got) == math.ceil(epochs / 100)
    assert {len(row) for row in got} == {3}
    assert got == expected


@pytest.mark.slow
@printed_here
def test_series_d_starts_as_published(lines_of):
    *got, validation = lines_of("D", epochs=1000)
    expected = published("D")[:10]
    assert got == expected
    assert re.fullmatch(r"validation, acc: \d\.\d{3}, loss: \d+\.\d{3}", validation)


CHAPTER_9 = [
    "loss: 1.0986104, acc: 0.34",
    "[[ 1.5766357e-04 7.8368583e-05 4.7324400e-05]"
    " [ 1.8161038e-04 1.1045573e-05 -3.3096312e-05]]",
    "[[-3.60553473e-04 9.66117223e-05 -1.03671395e-04]]",
    "[[ 5.44109462e-05 1.07411419e-04 -1.61822361e-04]"
    " [-4.07913431e-05 -7.16780924e-05 1.12469446e-04]"
    " [-5.30112993e-05 8.58172934e-05 -3.28059905e-05]]",
    "[[-1.0729185e-05 -9.4610732e-06 2.0027859e-05]]",
]


def test_chapter_9_prints_the_published_gradients(book_numpy):
    got: list[str] = []
    chapter_9(nn, say=got.append)
    assert got == CHAPTER_9


def test_chapter_9_prints_the_same_in_a_fresh_process(lines_of):
    got = lines_of("chapter 9", epochs=1)
    assert got == CHAPTER_9


# -------------------------------------------------------------------------- types and seeds


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_repeats_itself(name, book_numpy):
    got, expected = (arrays_of(PROGRAMS[name](nn, 2, lambda line: None)) for _ in range(2))
    assert len(got) > 30
    assert_same(got, expected)


def types_of(name: str) -> tuple[set[str], set[str]]:
    """The arrays of a program that are float32, and those that are float64."""
    arrays = arrays_of(PROGRAMS[name](nn, 2, lambda line: None))
    kinds: dict[np.dtype, set[str]] = {np.dtype("f4"): set(), np.dtype("f8"): set()}
    for path, array in arrays.items():
        if array.ndim:
            kinds[array.dtype].add(path)
    return kinds[np.dtype("f4")], kinds[np.dtype("f8")]


def test_classification_is_float32_throughout(book_numpy):
    _, got = types_of("A2")
    assert got == set()


def test_regression_is_float64_where_the_targets_leak_in(book_numpy):
    _, got = types_of("C")
    expected = {"dense1.inputs", "loss.dinputs", "activation3.dinputs"} | {
        f"dense3.{name}" for name in ("dbiases", "bias_momentums", "bias_cache")}
    assert got == expected


def test_model_is_float64_where_the_dropout_mask_leaks_in(book_numpy):
    _, got = types_of("D")
    layers = ["[1].dinputs", "[2].binary_mask", "[2].dinputs",
              "[0].dbiases", "[0].bias_momentums", "[0].bias_cache"]
    # the outputs are those of the validation, where dropout copies its float32 inputs
    expected = {f"model.layers{name}" for name in layers}
    assert got == expected


def dense_output_and_products() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A dense output, the product in float64 rounded once, and that in float32.

    nnfs leaves @ alone.
    """
    layer = nn.Layer_Dense(64, 3)
    inputs = np.random.randn(300, 64)
    layer.forward(inputs)
    assert inputs.dtype == layer.weights.dtype == layer.output.dtype == np.float32
    once = inputs.astype(np.float64) @ layer.weights.astype(np.float64)
    return layer.output, once.astype(np.float32), inputs @ layer.weights


def test_book_numpy_multiplies_in_float64(book_numpy):
    got, expected, other = dense_output_and_products()
    equal(got, expected)
    assert not np.array_equal(got, other)


def test_native_numpy_multiplies_in_float32(native_numpy):
    got, other, expected = dense_output_and_products()
    equal(got, expected)
    assert not np.array_equal(got, other)


@pytest.fixture
def restored() -> Iterator[None]:
    """Asked for before the fixture under test, so that this ends after it."""
    before = np.dot, np.zeros, np.eye, np.random.randn
    state = np.random.get_state(legacy=False)["state"]
    yield
    assert (np.dot, np.zeros, np.eye, np.random.randn) == before
    got = np.random.get_state(legacy=False)["state"]
    assert got["pos"] == state["pos"]
    equal(got["key"], state["key"])


def test_fresh_process_reports_what_went_wrong(fresh_process):
    with pytest.raises(pytest.fail.Exception, match="ZeroDivisionError"):
        fresh_process("1 / 0")
    code = """
        import os
        print(os.environ["WORD"])
    """
    assert fresh_process(code, env={"WORD": "yes"}) == "yes\n"


@pytest.mark.parametrize("fixture", ["book_numpy", "native_numpy"])
def test_nnfs_is_taken_back(fixture, restored, request):
    request.getfixturevalue(fixture)
    assert np.zeros(1).dtype == np.float32
    got = np.random.randn(1)
    equal(got, np.array([1.7640524], dtype=np.float32))  # seed 0
