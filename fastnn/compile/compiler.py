"""From a kernel's function to machine code: all that needs Numba, imported by the first compile.

What comes out is an object with one symbol that can be seen from outside: the entry of a kernel
(`entry_code.py`), or the code of an instruction. All that it calls is in it, and is nobody else's:
so objects that were compiled in different processes, where Numba gives different functions the same
names, lie in one engine together (`linking.py`).
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import CPUDispatcher, cpu_target
from numba.core.runtime import rtsys
from numba.core.typing.templates import BaseRegistryLoader
from numba.extending import intrinsic, overload

from fastnn.compile import late, linking
from fastnn.compile.passes import passes
from fastnn.compile.settings import is_compiled_so

# No kernel makes an array, so none is counted either (`_nrt`).
OPTIONS = {"nopython": True, "error_model": "numpy", "boundscheck": None, "_nrt": False}
_TYPES = {"f4": types.float32, "f8": types.float64, "i8": types.int64, "u1": types.uint8,
          "u4": types.uint32, "b1": types.boolean, "o": types.voidptr}


class _Emitted(JITCodeLibrary):
    """A kernel with all that it calls, as machine code; nothing of it is put into this process.

    symbol: the name of what can be seen from outside. is_called: by an entry. lets_go: of Python's
    lock, "" (never), "if large", "always".
    """

    symbol = lets_go = ""
    is_called = False
    exported = ""  # how what can be seen is called until now
    code = b""

    def _optimize_final_module(self) -> None:
        module = self._final_module
        for one in [*module.functions, *module.global_variables]:
            if not one.is_declaration and not one.name.startswith("llvm."):
                one.linkage = "external" if one.name == self.exported else "internal"
        module.get_function(self.exported).name = self.symbol
        super()._optimize_final_module()

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self.code = self._codegen._tm.emit_object(self._final_module)
        self._finalized = True


class _Intermediate(JITCodeLibrary):
    """Code to be linked into others' and optimized there; none for the processor."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


def _pipeline(kind: type, overlap: bool, **said: Any) -> type[CompilerBase]:
    """Into code that is in a library of this kind, which is told the rest.

    overlap: whether arrays may be written through other pointers meanwhile. Where they may not LLVM
    is told so: else it guards each loop with overlap checks, and gives up where there are many.
    """
    class Pipeline(CompilerBase):
        def define_pipelines(self) -> list[Any]:
            state = self.state
            state.flags.noalias, state.flags.no_compile = not overlap, True
            state.library = kind(state.targetctx.codegen(), state.func_id.func_qualname)
            vars(state.library).update(said)
            return passes(state)
    return Pipeline


class HelperDispatcher(CPUDispatcher):
    """A helper, as compiled callers find it: typed and lowered once in a process.

    Numba would optimize each one as a whole and make machine code of it, then link it into its
    callers and optimize it there again: a helper so passed LLVM as often as there were helpers
    between it and a kernel. Here only kernels go through the module's passes. What is small and
    `inline` LLVM is told to copy into its caller: to have Numba copy it, before types are known,
    took 60 to 90 copies of its IR for a dense kernel. (The two dense kernels of program A: 24.8 s
    of CPU before, 12.7 now.)
    """

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


def helper_of(py_func: Any, fastmath: bool, inline: bool, overlap: bool) -> HelperDispatcher:
    """Numba's part of a helper."""
    options = OPTIONS | {"fastmath": fastmath, "forceinline": inline, "no_cpython_wrapper": True,
                         "no_cfunc_wrapper": True}
    return HelperDispatcher(py_func, targetoptions=options,
                            pipeline_class=_pipeline(_Intermediate, overlap))


def intrinsic_of(define: Any, prefer_literal: bool) -> Any:
    """Numba's part of an intrinsic."""
    return intrinsic(prefer_literal=prefer_literal)(define)


def type_of(made: Any) -> Any:
    """How compiled code sees what Numba has made of an intrinsic."""
    context = cpu_target.typing_context
    context.refresh()
    return context.resolve_value_type(made)


def compiled(py_func: Any, words: tuple[str, ...], symbol: str, **how: Any) -> tuple[bytes, bool]:
    """(the object of a signature, whether another process may use it)

    how: is_called, lets_go, as `_Emitted` has them; overlap.
    """
    dispatcher = CPUDispatcher(
        py_func, targetoptions=OPTIONS | {"no_cfunc_wrapper": True},
        pipeline_class=_pipeline(_Emitted, how.pop("overlap"), symbol=symbol, **how))
    found = dispatcher._compiler.compile(tuple(map(_type_of, words)), None)
    found.library.finalize()
    return found.library.code, is_compiled_so() and not found.library.has_dynamic_globals


def _type_of(word: str) -> Any:
    """Numba's type for a word of a signature."""
    name, _, axes = word.rstrip("*").partition(":")
    kind = types.Array(_TYPES[name], int(axes), "C") if axes else _TYPES[name]
    return types.CPointer(kind) if word.endswith("*") else kind


def provide_runtime() -> None:
    """Have compiled code find what it raises errors with, where bounds are checked."""
    context = cpu_target.target_context
    rtsys.initialize(context)
    context.codegen()


# ------------------------------------------------------------------------------------ errors

# What another error than a signal's has interrupted (no memory, a failing import) is done again by
# the next compile: registrations count as installed only when they are. Numba's contexts install
# what was registered since the last time, and what they have asked for is gone when an error ends
# the loop: here it is kept until they come back for the next.
_opened: list[tuple[BaseRegistryLoader, str, deque]] = []


@contextmanager
def alone_with_numba() -> Iterator[None]:
    """No other thread compiles meanwhile. Only within `undivided`."""
    inside = global_compiler_lock.is_locked()  # by this thread
    with global_compiler_lock:
        if not inside:
            _take_up_what_was_left()
        for function, define in late.overloads():
            overload(function)(define)
        yield


def _new_registrations(self: Any, name: str) -> Iterator[Any]:
    batch = deque(vars(self).setdefault("_left_over", {}).pop(name, ()))
    entry = self, name, batch
    _opened.append(entry)
    batch.extend(next(self._registrations[name]))
    while batch:
        yield batch[0]
        batch.popleft()
    _opened.remove(entry)


def _take_up_what_was_left() -> None:
    """Have what an error left uninstalled installed by the next refresh. Where none is under way.

    (A refresh may cause another, within: that one must not meet what the outer one is at.)
    """
    for loader, name, batch in _opened:
        if batch:
            vars(loader).setdefault("_left_over", {}).setdefault(name, []).extend(batch)
    _opened.clear()


BaseRegistryLoader.new_registrations = _new_registrations  # type: ignore[method-assign]
linking.announce()  # Numba's engine, too, may get what calls helpers of ours
for _function, _define in late.overloads():
    overload(_function)(_define)
