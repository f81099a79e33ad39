"""Machine code that was kept, put into this process, with LLVM's linker alone.

An object has one symbol that can be seen from outside (`compiler.py` sees to that), whose name says
what it is of: so all of them lie in one engine, but for somebody's second function of one name.
What they call outside is Python's and the C library's, and the tables that are announced here.

A kernel takes 0.5 ms; an engine for each would take 2.
"""

import ctypes
from functools import cache
from typing import Any, NamedTuple

from fastnn.compile.search_path import imported

# How an object begins: ELF's, Mach-O's, COFF's of x86 and of Arm.
_MAGIC = b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\x64\x86", b"\x64\xaa"

# A thread may be in compiled code when Python clears its modules, and its objects may outlive them.
_increase = ctypes.PYFUNCTYPE(None, ctypes.py_object)(("Py_IncRef", ctypes.pythonapi))


def forever(thing: Any) -> Any:
    """The thing, which is never freed: what compiled code reads has to be there to the very end."""
    _increase(thing)
    return thing


_provided: dict[str, int] = {}
_linked: dict[str, "_Linked"] = {}


class _Linked(NamedTuple):
    """Where a function lies, the object that it came in, and what keeps that."""

    address: int
    code: bytes
    engine: Any


def provide(name: str, table: Any, *kept: Any) -> None:
    """Have compiled code find a table of ctypes at this symbol. kept: what it points to."""
    forever((table, kept))
    _provided[name] = ctypes.addressof(table)


def announce() -> None:
    """Tell LLVM of all that is provided."""
    if _provided:
        llvm = imported("llvmlite.binding")
        while _provided:
            llvm.add_symbol(*_provided.popitem())


def linked(symbol: str, code: bytes) -> int:
    """Where the function of this name lies, once its object is in this process.

    Only within `undivided`. RuntimeError for what is no object, or has no such symbol.
    """
    if not code.startswith(_MAGIC):  # LLVM would end the process
        raise RuntimeError("this is no object of machine code")
    known = _linked.get(symbol)
    if known is not None and known.code == code:
        return known.address
    llvm, engine = _engine() if known is None else _engine.__wrapped__()
    announce()
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = engine.get_function_address(symbol)
    if not address:
        raise RuntimeError(f"there is no {symbol} in its object")
    _linked[symbol] = forever(_Linked(address, code, engine))
    return address


@cache
def _engine() -> tuple[Any, Any]:
    """(LLVM, the engine that keeps what is linked)"""
    llvm = imported("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(jit=True)
    return llvm, forever(llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine))
