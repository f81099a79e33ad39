"""Numba, and what it makes of kernels, helpers and formulas, comes with the first compile."""

import inspect
import threading

import numpy as np
import own_formulas
import pytest
from numba import njit
from rosters import of_formulas

import fastnn
from fastnn import formulas
from fastnn.activations.formula import Elementwise
from fastnn.compile import late
from fastnn.compile.dispatcher import Kernel
from fastnn.compile.instruction import Instruction
from fastnn.compile.jit import helper
from fastnn.losses.weighted import _WeightedCrossentropy

TRAINS = """
    import sys
    import numpy as np
    import fastnn
    layers = [fastnn.Layer_Dense(2, 8), fastnn.Activation_ReLU(), fastnn.Layer_Dense(8, 3)]
    both = fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()
    X, y = np.random.rand(20, 2), np.arange(20) % 3
    fastnn.fit(layers, both, fastnn.Optimizer_Adam(), X, y, epochs=5)
    adam = fastnn.Optimizer_Adam()
    for _ in range(3):
        value = X
        for layer in layers:
            layer.forward(value)
            value = layer.output
        both.forward(value, y)
        both.backward(both.output, y)
        slope = both.dinputs
        for layer in layers[::-1]:
            layer.backward(slope)
            slope = layer.dinputs
        adam.pre_update_params()
        adam.update_params(layers[0])
        adam.post_update_params()
    found = fastnn.compile.waiting.COMPILING.kernels
    print(found, sorted({name.partition(".")[0] for name in sys.modules} & {"numba", "yaml"}))
"""


def test_what_is_kept_runs_without_numba(fresh_process, tmp_path):
    """Half of a short program's start: also with what it asks NumPy's products to be tried with."""
    cold, warm = (fresh_process(TRAINS, env={"NUMBA_CACHE_DIR": str(tmp_path)}, timeout=300)
                  for _ in range(2))
    assert int(cold.split()[0]) > 5 and "numba" in cold
    assert warm == "0 []\n"


def test_an_import_takes_neither_numba_nor_llvm_and_traces_no_formula(fresh_process):
    got = fresh_process("""
        import sys
        from fastnn.kernels import trace
        def traced(*given): raise AssertionError("traced")
        trace.traced = traced
        import fastnn, fastnn.model, fastnn.adopting, fastnn.running
        from fastnn.compile.jit import INSTRUCTIONS, KERNELS
        print(len([*KERNELS, *INSTRUCTIONS]) > 100)
        print({name.partition(".")[0] for name in sys.modules} & {"numba", "llvmlite", "scipy"})
        print("numpy.ma" in sys.modules)
    """)
    assert got == "True\nset()\nFalse\n"


@pytest.mark.parametrize("told", [
    {}, {"CPU_NAME": "generic"}, {"CPU_NAME": "Generic", "CPU_FEATURES": "+sse2"},
    {"CPU_NAME": "x86-64-v3", "CPU_FEATURES": ""}, {"CPU_FEATURES": "-fma"}, {"CPU_NAME": ""},
    {"OPT": "1"}, {"BOUNDSCHECK": "1"}, {"DISABLE_JIT": "1"}, {"CACHE_DIR": "", "CPU_NAME": "x"}],
    ids=str)
def test_what_the_environment_says_is_read_as_numba_reads_it(fresh_process, told):
    """Of a processor, too, for which Numba is not imported."""
    got = fresh_process("""
        import sys
        from fastnn.compile import settings
        print("numba" in sys.modules, settings.SETTINGS == settings.numbas(), settings.SETTINGS)
    """, env={f"NUMBA_{name}": value for name, value in told.items()})
    asks = any(name in told for name in ("OPT", "BOUNDSCHECK", "DISABLE_JIT"))
    assert got.startswith(f"{asks} True "), got


@pytest.mark.parametrize("name", ["numba", "llvmlite", "yaml", "colorama", "signal"])
def test_no_module_of_that_name_comes_into_its_place(fresh_process, tmp_path, name):
    """A program that went into a folder with a file of that name, after it had imported fastnn.

    Numba does without yaml and colorama where they are not installed.
    """
    ran = tmp_path / "ran"
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / f"{name}.py").write_text(f"open({str(ran)!r}, 'w').close()\n")
    said = fresh_process(f"""
        import os, sys
        sys.path.insert(0, "")
        import fastnn
        os.chdir({str(tmp_path / "folder")!r})
        sys.path.insert(0, os.getcwd())
        before = sys.path[:]
        relu = fastnn.Activation_ReLU()
        relu.forward(__import__("numpy").ones((2, 3)))
        print(len(relu._forward_kernel.overloads), "numba" in sys.modules, sys.path == before)
    """, env={"NUMBA_CACHE_DIR": str(tmp_path / "kernels")})
    assert said == "1 True True\n" and not ran.exists()


def test_a_kernel_that_was_met_is_called_by_its_entry():
    """With nothing of Python's between."""
    relu = fastnn.Activation_ReLU()
    relu.forward(np.ones((2, 3), np.float32))
    assert type(relu._forward_kernel.refuses).__name__ == "builtin_function_or_method"
    assert type(relu)._is_settled


def half(x):
    """A half."""
    for i in range(x.size):
        x[i] = x[i] / 2
    return 0


def test_what_is_promised_is_written_once_and_looks_the_same():
    written = []

    def write():
        written.append(half)
        return half, ["f8:1"], {}

    one = Kernel.promised("half", __name__, "A half.", write)
    assert (one.__name__, one.__module__, inspect.getdoc(one)) == ("half", __name__, "A half.")
    assert staticmethod(one).__name__ == "half" and not written
    x = np.array([3.0, 5.0])
    one(x)
    one(x)
    assert x.tolist() == [0.75, 1.25] and len(written) == 1
    assert (one.__name__, one.__module__, inspect.getdoc(one)) == ("half", __name__, "A half.")


def test_what_fails_to_be_written_is_written_by_the_next_who_asks():
    answers = [MemoryError()]

    def write():
        if answers:
            raise answers.pop()
        return half, ["f8:1"], {}

    one = Kernel.promised("half", __name__, "", write)
    with pytest.raises(MemoryError):
        one(np.ones(1))
    assert one(np.ones(1)) == 0


def test_what_an_instruction_is_told_is_known_once_it_is_written():
    def write():
        return (lambda a, out, d: 0), ["f4 f4"], {
            "numbers": "width _", "reach": lambda rows, width: (rows * width, 1), "writes": "out",
            "multiply_adds": lambda width: 2 * width}

    one = Instruction.promised("one", __name__, "", write)
    assert one.numbers == ("width", "_") and one.named == {"width"} and one.written == (1,)
    assert one.operands == ("a", "out") and one.has("f4 f4") and not one.has("f8 f8")
    assert one.reach({"rows": 3, "width": 2, "total": 5}) == (6, 1)
    assert one.multiply_adds({"width": 2, "_": 0}) == 4
    with pytest.raises(AttributeError, match="'Instruction' object has no attribute 'width'"):
        one.width  # noqa: B018


@pytest.mark.parametrize("make", [
    lambda: helper()(lambda x: x + x),
    lambda: late.Intrinsic(lambda typingctx, x: (x(x), lambda c, build, s, args: build.fadd(
        args[0], args[0])), False)], ids=["helper", "intrinsic"])
def test_threads_that_come_at_once_find_one(make):
    gate, parts, results = threading.Barrier(8), [], []
    one = make()

    @njit
    def twice(x):
        return one(x)

    def ask():
        gate.wait()
        results.append(twice(1.5))
        parts.append(one.part())
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [3.0] * 8 and len(set(map(id, parts))) == 1


def test_what_an_error_has_cut_short_is_made_by_the_next_who_asks(monkeypatch):
    errors, compiler = [MemoryError()], late.compiler()
    made = compiler.helper_of

    def fails_once(*said):
        found = made(*said)
        if errors:
            raise errors.pop()
        return found
    monkeypatch.setattr(compiler, "helper_of", fails_once)
    one = helper()(lambda x: x + x)
    with pytest.raises(MemoryError):
        one.part()
    assert njit(lambda x: one(x))(1.5) == 3.0


# That of weighted classes is by what the softmax is given; tests/sklearn_estimators looks at it.
BY_THEMSELVES = [one for one in of_formulas() if one.kind is not _WeightedCrossentropy]


@pytest.mark.parametrize("entry", BY_THEMSELVES, ids=lambda entry: entry.kind.__name__)
def test_slopes_of_our_own_formulas_are_sound(entry):
    """Which is looked at when anybody else's class is made."""
    if isinstance(entry.compiled, Elementwise):
        formulas.activation_is_sound(entry.kind, entry.compiled.backward.arrays[1:])
    else:
        formulas.loss_is_sound(entry.kind)


def test_a_formula_of_ours_in_another_class_is_looked_at():
    with own_formulas.forgotten(), pytest.raises(ValueError, match="slope is"):
        class Activation_Mixed(fastnn.Activation):
            formula = fastnn.Activation_GELU.formula
            slope = fastnn.Activation_Swish.slope
