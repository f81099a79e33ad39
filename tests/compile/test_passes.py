"""Which of Numba's passes our kernels go through."""

import pytest
from numba.core.compiler import DefaultPassBuilder
from numba.core.errors import NumbaError

from fastnn.compile import compiler, jit, passes


def compiled(function, signature):
    made = jit.kernel(signature)(function)
    jit.KERNELS.remove(made)
    return made._compile_anew(made.parsed(signature))


def test_what_is_left_out_is_there_in_numba(monkeypatch):
    """Else a name of another version of Numba's is left out of nothing."""
    def names(state):
        manager = DefaultPassBuilder.define_nopython_pipeline(state)
        return {one.__name__ for one, _ in manager.passes}

    seen = []
    plain = passes.passes

    def spy(state):
        ours = plain(state)
        seen.append((names(state), {one.__name__ for one, _ in ours[0].passes}))
        return ours
    monkeypatch.setattr(compiler, "passes", spy)

    def doubled(x):
        x[0] *= 2
        return 0
    compiled(doubled, "f8:1")
    (every, ours), = seen
    assert every - ours == passes._IDLE | {"NativeLowering"}
    assert ours - every == {"LoweringPass"}


def comprehension(x):
    x[0] = len([value for value in range(3)])
    return 0


def whole_arrays(x):
    x[:] = x + x
    return 0


@pytest.mark.parametrize("function", [comprehension, whole_arrays])
def test_what_they_are_for_does_not_compile(function):
    with pytest.raises((NumbaError, SyntaxError)):  # which, Numba says
        compiled(function, "f8:1")
