"""Functions that only kernels call: typed and lowered once in a process, however many kernels and
helpers call them, and optimized where they end up alone.

Numba would optimize each one as a whole and make machine code of it, then link it into its callers
and optimize it there again: a helper so passed LLVM as often as there were helpers between it and a
kernel. Here only kernels go through the module's passes. What is small and `inline` LLVM is told to
copy into its caller: to have Numba copy it, before types are known, took 60 to 90 copies of its IR
for a dense kernel. (The two dense kernels of program A: 24.8 s of CPU before, 12.7 now.)
"""

from typing import Any

from numba.core import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase

from fastnn.compile.passes import passes
from fastnn.compile.unmade import Later


class Helper(Later):
    """A dispatcher for compiled callers: there is nothing that Python could call."""

    def add_overload(self, cres: Any) -> None:
        """Have compiled callers find it; Numba tells them apart by the entry point it lacks."""
        cres = cres._replace(entry_point=cres.fndesc.mangled_name)
        self.targetctx.insert_user_function(cres.entry_point, cres.fndesc, [cres.library])
        self.overloads[tuple(cres.signature.args)] = cres

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Compile for an int, not for 0 and again for 4: LLVM sees the number in the caller."""
        return super().get_call_template(
            tuple(map(types.unliteral, args)),
            {name: types.unliteral(kind) for name, kind in kws.items()})

    def _compile_for_args(self, *args: Any, **kws: Any) -> None:
        raise TypeError(f"{self.__name__} is for kernels to call")


class _Intermediate(JITCodeLibrary):
    """Code to be linked into others' and optimized there; none for the processor."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


def intermediate(noalias: bool) -> type[CompilerBase]:
    """Into code that is only for linking. noalias: as in `Pipeline`."""
    class HelperPipeline(CompilerBase):
        def define_pipelines(self) -> list[Any]:
            state = self.state
            state.flags.noalias, state.flags.no_compile = noalias, True
            state.library = _Intermediate(
                state.targetctx.codegen(), state.func_id.func_qualname)
            return passes(state)
    return HelperPipeline
