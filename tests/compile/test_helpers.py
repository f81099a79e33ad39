"""Helpers are compiled once, and into their callers alone; how many signatures there are."""

import numpy as np
import pytest
from numba.core.codegen import JITCodeLibrary

from fastnn.compile import compiler, jit


def test_helpers_are_compiled_once_and_optimized_in_kernels_alone(monkeypatch):
    optimized = []
    plain = JITCodeLibrary._optimize_final_module
    monkeypatch.setattr(JITCodeLibrary, "_optimize_final_module",
                        lambda library: (optimized.append(library.name), plain(library)))
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
        return 0

    x = np.array([0.0, 1.0, 2.0])
    for n, signature in (4, "f8:1 i8"), (4.0, "f8:1 f8"):
        types = changed.parsed(signature)
        changed._take(types, changed._compile_anew(types)[0])  # from no cache
        y = x.copy()
        changed(y, n)
        assert np.array_equal(y, x ** 2 + x ** 3 + x ** 4)
    # Numba compiles its own runtime, once.
    optimized = [name.rpartition(".")[2] for name in optimized if name != "nrt"]
    assert optimized == ["changed", "changed"]  # one for each of its signatures
    assert [len(helper.part().overloads) for helper in (power, two_powers)] == [1, 1]


def test_python_cannot_call_a_helper():
    @jit.helper()
    def doubled(x):
        return 2 * x

    with pytest.raises(TypeError, match="doubled is for kernels to call"):
        doubled(1.0)


@pytest.mark.parametrize("name", ["pack_weights", "categorical_losses_sparse",
                                  "Activation_ReLU_forward_step", "penalty_backward"])
def test_references_to_arrays_are_not_counted(monkeypatch, name):
    """Nothing that is compiled makes an array. (Each count is a call, in the middle of a loop.)"""
    made = next(one for one in [*jit.KERNELS, *jit.INSTRUCTIONS] if one.__name__ == name)
    code, finalize = [], compiler._Emitted._finalize_final_module
    monkeypatch.setattr(compiler._Emitted, "_finalize_final_module", lambda library: (
        finalize(library), code.append(str(library._final_module))))
    made._compile_anew(made.argument_types[0])
    assert len(code) == 1 and "call" in code[0] and "NRT_" not in code[0]


def test_signatures_grow_no_more():
    """Each takes 0.2 to 6 s to compile. (A formula may have more, and needs no line here.)

    Of these `predict_again` is for who predicts a hundred times, `call_repeated` and `call_update`
    for who calls a method ten times, 24 for products that are NumPy's own, 3 for thin layers in
    the order of sums of processors without AVX-512, and 4 for shuffled samples.
    """
    by_hand = [function for function in [*jit.KERNELS, *jit.INSTRUCTIONS]
               if not function.__module__.startswith("fastnn.kernels.formula")]
    assert sum(len(function.declared) for function in by_hand) <= 232
