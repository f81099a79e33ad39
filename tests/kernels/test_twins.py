"""The twins of kernels in plain NumPy: every bit of what NumPy writes, the kernels' refusals."""

import numpy as np
import pytest
import test_kernel_refusals
import test_kernels
from calling import generator
from kernel_calls import Guarded, arguments, calls, name_of
from kernel_cases import CASES

from fastnn.compile.jit import KERNELS
from fastnn.kernels.status import SHAPE

# Those of the loops that most people write have one. Callers of the others do as with all that a
# kernel refuses; four of the last are called by runs alone, which begin step by step.
WITHOUT = {"batch_norm_forward", "batch_norm_backward", "train", "train_timed", "assist",
           "predict_again", "call_repeated", "call_update"}


def test_every_kernel_has_one_or_is_told_to_have_none():
    ours = {kernel.__name__ for kernel in KERNELS if kernel.is_imported and kernel.twin is None}
    assert ours == WITHOUT


@pytest.mark.parametrize("empty", [(0, 2, 3), (2, 0, 3), (2, 3, 0)])
def test_of_nothing_the_twin_says_what_its_kernel_says(empty):
    for kernel, types in CALLS:
        made = arguments(kernel, types, empty, generator(name_of(kernel, types), "empty"))
        said = Guarded(made).call(kernel), Guarded(made).call(Twin(kernel))
        assert said[0] == said[1], (name_of(kernel, types), said)


class Twin:
    """In the place of its kernel."""

    def __init__(self, kernel):
        self.__name__, self.py_func, self._twin = kernel.__name__, kernel.py_func, kernel.twin

    def refuses(self, *arguments):
        with np.errstate(all="ignore"):
            return self._twin(*arguments)


# That of dropout draws from NumPy's generator itself: see `tests/compile/test_background.py`.
CALLS = [call for call in calls() if call[0].twin and call[0].__name__ != "dropout_forward"]
with_twin = pytest.mark.parametrize(("kernel", "types"), CALLS, ids=[name_of(*c) for c in CALLS])


@with_twin
def test_twin_equals_numpy(kernel, types):
    test_kernels.test_kernel_equals_numpy(Twin(kernel), types)


@with_twin
def test_twin_carries_nan_and_infinity(kernel, types):
    test_kernels.test_nan_and_infinity_travel_as_in_numpy(Twin(kernel), types)


@with_twin
def test_wrong_label_is_refused_before_anything_is_written(kernel, types):
    test_kernel_refusals.test_wrong_label_is_refused_before_anything_is_written(Twin(kernel), types)


@with_twin
def test_wrong_shape_is_refused_before_anything_is_written(kernel, types):
    """But of scratch, which a twin has no use for."""
    axes, twin = CASES[kernel.__name__].axes(), Twin(kernel)
    made = arguments(kernel, types, (6, 5, 7), generator(name_of(kernel, types), "shapes"))
    refused = 0
    for name in set(made) - set(CASES[kernel.__name__].marked("~")) - {"work", "state"}:
        for shape in test_kernel_refusals.wrong_shapes(axes, name, np.shape(made[name])) \
                if axes[name] else ():
            other = np.resize(made[name], shape).astype(made[name].dtype)
            guarded = Guarded(made | {name: other})
            assert guarded.call(twin) == SHAPE, f"{name} {shape}"
            assert guarded.changed() == [], f"{name} {shape}"
            refused += 1
    assert refused >= 4
