"""Numba's passes over a function, without those that find nothing in ours: each walks through every
variable of every helper all the same (a twelfth of what compiling a dense kernel took).

A kernel with a comprehension or with arithmetic of whole arrays does not compile, so nobody is
misled by what is missing here.
"""

from typing import Any

from numba.core.compiler import DefaultPassBuilder
from numba.core.compiler_machinery import PassManager
from numba.core.typed_passes import NativeLowering

from fastnn.compile.entry_code import LoweringPass

_IDLE = {
    "InlineClosureLikes",  # comprehensions
    "InlineInlinables", "InlineOverloads",  # `inline="always"`: LLVM copies what we have copied
    "NopythonRewrites",  # arithmetic of whole arrays, in one loop
    "DumpParforDiagnostics",
}


def passes(state: Any) -> list[Any]:
    """As a compiler class of Numba's is asked for them."""
    manager = PassManager("fastnn")
    for one, description in DefaultPassBuilder.define_nopython_pipeline(state).passes:
        if one.__name__ not in _IDLE:
            manager.add_pass(LoweringPass if one is NativeLowering else one, description)
    manager.finalize()
    return [manager]
