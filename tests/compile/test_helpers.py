"""Helpers are compiled once, and into their callers alone; how many signatures there are."""

import numpy as np
import pytest
from numba.core.codegen import JITCodeLibrary

from fastnn.compile import jit


def test_helpers_are_compiled_once_and_optimized_in_kernels_alone(monkeypatch):
    emitted = []
    plain = JITCodeLibrary._finalize_specific
    monkeypatch.setattr(JITCodeLibrary, "_finalize_specific",
                        lambda library: (emitted.append(library.name), plain(library)))
    monkeypatch.setattr(jit, "KERNELS", [])

    @jit.helper()
    def power(x, n):
        total = 1.0
        for _ in range(n):
            total *= x
        return total

    @jit.helper(inline=True)
    def two_powers(x, n):
        return power(x, 2) + power(x, n)

    @jit.kernel("f8:1 i8", "f8:1 f8")
    def changed(x, n):
        for i in range(x.size):
            x[i] = two_powers(x[i], 3) + power(x[i], np.int64(n))

    x = np.array([0.0, 1.0, 2.0])
    for n, signature in (4, "f8:1 i8"), (4.0, "f8:1 f8"):
        changed.add_overload(changed._compile_anew(changed.parsed(signature)))  # from no cache
        y = x.copy()
        changed(y, n)
        assert np.array_equal(y, x ** 2 + x ** 3 + x ** 4)
    emitted = [name.rpartition(".")[2] for name in emitted if name != "nrt"]  # Numba's own, once
    assert emitted == ["changed", "changed"]  # one for each of its signatures
    assert [len(helper.overloads) for helper in (power, two_powers)] == [1, 1]


def test_python_cannot_call_a_helper():
    @jit.helper()
    def doubled(x):
        return 2 * x

    with pytest.raises(TypeError, match="doubled is for kernels to call"):
        doubled(1.0)


@pytest.mark.parametrize("name", ["pack_weights", "categorical_losses_sparse",
                                  "Activation_ReLU_forward_step", "penalty_backward"])
def test_references_to_arrays_are_not_counted(name):
    """Nothing that is compiled makes an array. (Each count is a call, in the middle of a loop.)"""
    made = next(one for one in [*jit.KERNELS, *jit.INSTRUCTIONS] if one.__name__ == name)
    library = made._compile_anew(made.argument_types[0]).library
    assert "call void @NRT_" not in library.get_llvm_str()


def test_signatures_grow_no_more():
    """Each takes 0.2 to 6 s to compile. (A formula may have more, and needs no line here.)

    Of these `predict_again` is for who predicts a hundred times, 24 for products that are
    NumPy's own, 3 for thin layers in the order of sums of processors without AVX-512, and 4
    for shuffled samples.
    """
    by_hand = [function for function in [*jit.KERNELS, *jit.INSTRUCTIONS]
               if not function.__module__.startswith("fastnn.kernels.formula")]
    assert sum(len(function.declared) for function in by_hand) <= 230
