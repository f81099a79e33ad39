"""What compiled code an entry is (see `entries.py`), written in LLVM's language beside its kernel.

The kernel's own code is called as Numba's wrapper would call it; what is left out is what that
makes of the arguments first.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.compiler_machinery import register_pass
from numba.core.lowering import Lower
from numba.core.typed_passes import NativeLowering
from numba.np.arrayobj import make_array, populate_array

from fastnn.compile.entries import TABLE
from fastnn.compile.settings import SETTINGS

_SCALARS = {types.float64: float, types.int64: int, types.boolean: bool}
_OBJECT = types.voidptr  # any object, as it is: a kernel that takes one gives one, 0 for None
_CARRAY = 0x0001 | 0x0100 | 0x0400  # NumPy's flags: in C's order, aligned, writeable
# Elements of the first array from which a kernel that may run without the global lock does so: to
# let it go and take it back costs 0.1 us.
_MANY = 1 << 14


class Lowering(Lower):
    """Numba's, which writes an entry in the place of its own way in."""

    def create_cpython_wrapper(self, release_gil=False):
        """As Numba asks for its own way in."""
        library = self.library
        if not library.is_called:
            library.exported = self.fndesc.llvm_func_name
            return
        if not has_entry(self.fndesc):
            raise TypeError(f"{self.fndesc.qualname}: a kernel gives a status, and takes arrays in "
                            f"C's order and numbers; got {self.fndesc.argtypes}")
        library.exported = f"entry of {library.symbol}"
        module = self.context.create_module("entry")
        _Entry(self.context, module, self.fndesc, library.exported, library.lets_go).write()
        library.add_ir_module(module)


@register_pass(mutates_CFG=True, analysis_only=False)
class LoweringPass(NativeLowering):
    """The pass that uses it."""

    _name = "fastnn_lowering"
    lowering_class = property(lambda self: Lowering)


def has_entry(fndesc: Any) -> bool:
    """Whether a compiled signature can have an entry."""
    return types.unliteral(fndesc.restype) == types.int64 and all(
        kind in _SCALARS or kind == _OBJECT
        or isinstance(kind, types.Array) and kind.layout == "C" and kind.mutable
        for kind in fndesc.argtypes)


class _Entry:
    """LLVM's code of one entry: PyObject *(PyObject *self, PyObject **arguments, Py_ssize_t n)"""

    def __init__(self, context: Any, module: Any, fndesc: Any, name: str, lets_go: str) -> None:
        self._context, self._fndesc, self._lets_go = context, fndesc, lets_go
        self._kernel = ir.Function(module, context.call_conv.get_function_type(
            fndesc.restype, fndesc.argtypes), fndesc.llvm_func_name)
        self._word = word = context.get_value_type(types.intp)
        self._object = object_ = context.get_argument_type(types.pyobject)
        kind = ir.FunctionType(object_, [object_, object_.as_pointer(), word])
        self._function = ir.Function(module, kind, name)
        self._builder = ir.IRBuilder(self._function.append_basic_block("entry"))
        self._otherwise = self._function.append_basic_block("otherwise")

    def write(self) -> None:
        """All of it."""
        build, (own, arguments, n) = self._builder, self._function.args
        null = ir.Constant(self._object, None)
        table = build.bitcast(self._c("PyCapsule_GetPointer", self._object, own, null),
                              self._word.as_pointer())
        self._told = {name: build.load(build.gep(table, [self._word(i)]))
                      for i, name in enumerate(TABLE)}
        count = len(self._fndesc.argtypes)
        self._require(build.icmp_signed("==", n, self._word(count)))
        objects = [build.load(build.gep(arguments, [self._word(i)])) for i in range(count)]
        values = [self._value(one, kind) for one, kind in zip(objects, self._fndesc.argtypes)]
        self._call(values)
        build.position_at_end(self._otherwise)
        build.ret(self._called_otherwise(arguments, n))

    def _c(self, name: str, gives: Any, *arguments: Any) -> Any:
        """A call of Python's C interface."""
        kind = ir.FunctionType(gives, [argument.type for argument in arguments])
        return self._builder.call(
            cgutils.get_or_insert_function(self._builder.module, kind, name), arguments)

    def _require(self, holds: Any) -> None:
        """Go on only where this holds."""
        following = self._function.append_basic_block()
        self._builder.cbranch(holds, following, self._otherwise)
        self._builder.position_at_end(following)

    def _read(self, start: Any, words: int = 0, kind: Any = None) -> Any:
        """What lies so many words behind an address."""
        at = self._builder.add(start, self._word(words * self._word.width // 8))
        return self._builder.load(self._builder.inttoptr(at, (kind or self._word).as_pointer()))

    def _is(self, one: Any, other: Any) -> None:
        self._require(self._builder.icmp_signed("==", one, other))

    def _value(self, one: Any, kind: Any) -> Any:
        """An argument, as compiled code takes it."""
        if kind == _OBJECT:
            return self._builder.bitcast(one, self._context.get_argument_type(kind))
        return (self._array if isinstance(kind, types.Array) else self._scalar)(one, kind)

    def _array(self, one: Any, kind: Any) -> Any:
        """The array in an object, as compiled code takes it."""
        build, told, word = self._builder, self._told, self._word
        address = build.ptrtoint(one, word)
        self._is(self._read(build.add(address, told["class"])), told["ndarray"])
        fields = build.add(address, told["header"])
        data, axes, shape, strides, _, dtype = (self._read(fields, i) for i in range(6))
        int_ = ir.IntType(32)
        self._is(build.trunc(axes, int_), int_(kind.ndim))
        self._is(dtype, told[_dtype(kind.dtype).str])
        flags = build.and_(self._read(fields, 6, int_), int_(_CARRAY))
        self._is(flags, int_(_CARRAY))
        array = make_array(kind)(self._context, build)
        populate_array(
            array, build.inttoptr(data, array.data.type),
            [self._read(shape, i) for i in range(kind.ndim)],
            [self._read(strides, i) for i in range(kind.ndim)],
            word(_dtype(kind.dtype).itemsize), None)
        return array._getvalue()

    def _scalar(self, one: Any, kind: Any) -> Any:
        """The number in an object of Python's own classes."""
        build, told, word = self._builder, self._told, self._word
        address = build.ptrtoint(one, word)
        if kind == types.boolean:
            is_true = build.icmp_signed("==", address, told["true"])
            self._require(build.or_(is_true, build.icmp_signed("==", address, told["false"])))
            return is_true
        self._is(self._read(build.add(address, told["class"])), told[_SCALARS[kind].__name__])
        if kind == types.float64:
            return self._read(build.add(address, told["header"]), 0, ir.DoubleType())
        beyond = cgutils.alloca_once_value(build, ir.IntType(32)(0))
        number = self._c("PyLong_AsLongLongAndOverflow", ir.IntType(64), one, beyond)
        self._is(build.load(beyond), ir.IntType(32)(0))
        return number

    def _call(self, values: list[Any]) -> None:
        """Call the kernel and give its status back, or its object."""
        build, fndesc = self._builder, self._fndesc
        api = self._context.get_python_api(build)
        always = ir.Constant(ir.IntType(1), 1)
        lets_go = always if self._lets_go == "always" else self._lets_go and self._is_large(values)
        state = self._saved_state(api, lets_go) if self._lets_go else None
        status, found = self._context.call_conv.call_function(
            build, self._kernel, fndesc.restype, fndesc.argtypes, values, attrs=("noinline",))
        if self._lets_go:
            with build.if_then(lets_go):
                api.restore_thread(build.load(state))
        with build.if_then(status.is_ok, likely=True):
            if _OBJECT in fndesc.argtypes:
                self._give(api, found)
            else:
                build.ret(self._c("PyLong_FromLongLong", self._object, found))
        if SETTINGS.BOUNDSCHECK:
            self._context.call_conv.raise_error(build, api, status)
        else:
            api.err_set_string("PyExc_RuntimeError", "fastnn: a kernel failed")
        build.ret(ir.Constant(self._object, None))

    def _give(self, api: Any, found: Any) -> None:
        """Give an object back; for 0 None, or what was raised."""
        build = self._builder
        none = build.icmp_signed("==", found, ir.Constant(found.type, 0))
        with build.if_then(none, likely=False):
            raised = cgutils.is_not_null(build, api.err_occurred())
            with build.if_then(raised, likely=False):
                build.ret(ir.Constant(self._object, None))
            build.ret(api.make_none())
        build.ret(build.inttoptr(found, self._object))

    def _is_large(self, values: list[Any]) -> Any:
        first = make_array(self._fndesc.argtypes[0])(self._context, self._builder, values[0])
        return self._builder.icmp_signed(">", first.nitems, self._word(_MANY))

    def _saved_state(self, api: Any, lets_go: Any) -> Any:
        state = cgutils.alloca_once(self._builder, ir.IntType(8).as_pointer())
        with self._builder.if_then(lets_go):
            saved = api.save_thread()
            self._builder.store(saved, state)
        return state

    def _called_otherwise(self, arguments: Any, n: Any) -> Any:
        """otherwise(*arguments)"""
        build, object_, word = self._builder, self._object, self._word
        count = len(self._fndesc.argtypes)
        callable_ = build.inttoptr(self._told["otherwise"], object_)
        null = ir.Constant(object_, None)
        with build.if_then(build.icmp_signed("!=", n, word(count))):
            build.ret(self._c("PyObject_CallObject", object_, callable_, null))  # it will refuse
        pack = ir.FunctionType(object_, [word], var_arg=True)
        objects = [build.load(build.gep(arguments, [word(i)])) for i in range(count)]
        packed = build.call(cgutils.get_or_insert_function(build.module, pack, "PyTuple_Pack"),
                            [word(count), *objects])
        with build.if_then(cgutils.is_null(build, packed)):
            build.ret(null)
        found = self._c("PyObject_CallObject", object_, callable_, packed)
        self._c("Py_DecRef", ir.VoidType(), packed)
        return found


def _dtype(kind: Any) -> np.dtype:
    return np.dtype(bool if kind == types.boolean else str(kind))
