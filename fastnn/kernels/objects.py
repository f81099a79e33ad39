"""Python's objects, as compiled code looks at them: the fields of arrays where `compile/entries.py`
found them, and Python's own C functions.

An object is its address here, a whole number. Whoever asks holds the global lock.
"""

from fastnn.compile.late import cgutils, intrinsic, ir, types

# Fields of an array, in bytes from where the fields begin.
DATA, AXES, SHAPE, STRIDES, BASE, DTYPE, FLAGS, WEAK = range(0, 64, 8)
READABLE = 0x0001 | 0x0100  # NumPy's flags: in C's order, aligned
WRITABLE = READABLE | 0x0400
PLACES = 24  # words that `places` has room for
COUNT = -8  # where the references to an object are counted, from where its class stands


@intrinsic
def word(typingctx, address, offset):
    """The word so many bytes behind an address."""
    def codegen(context, builder, signature, args):
        place = builder.add(*args)
        return builder.load(builder.inttoptr(place, ir.IntType(64).as_pointer()))
    return types.int64(types.int64, types.int64), codegen


@intrinsic
def number(typingctx, address, offset):
    """The C int so many bytes behind an address."""
    def codegen(context, builder, signature, args):
        pointer = builder.inttoptr(builder.add(*args), ir.IntType(32).as_pointer())
        return builder.sext(builder.load(pointer), ir.IntType(64))
    return types.int64(types.int64, types.int64), codegen


@intrinsic
def copy(typingctx, to, source, count):
    """Copy so many bytes from address to address."""
    def codegen(context, builder, signature, args):
        byte = ir.IntType(8).as_pointer()
        cgutils.raw_memcpy(builder, builder.inttoptr(args[0], byte),
                           builder.inttoptr(args[1], byte), args[2], 1)
        return context.get_dummy_value()
    return types.void(types.int64, types.int64, types.int64), codegen


def of_python(name, gives=64, fixed=None):
    """One of Python's C functions, of a tuple of words. gives: bits of its result, or 0.
    fixed: how many arguments come before those that may be any number, where there are such.

    Where pointers have types (Numba before 0.62's LLVM), a module knows a function by one type
    alone, and what writes the kernel's entry may have named it with another: hence the cast.
    """
    @intrinsic
    def call(typingctx, arguments):
        def codegen(context, builder, signature, args):
            words = cgutils.unpack_tuple(builder, args[0]) if len(arguments) else []
            result = ir.IntType(gives) if gives else ir.VoidType()
            kind = ir.FunctionType(result, [ir.IntType(64)] * (len(words) if fixed is None
                                                               else fixed),
                                   var_arg=fixed is not None)
            known = cgutils.get_or_insert_function(builder.module, kind, name)
            found = builder.call(builder.bitcast(known, kind.as_pointer()), words)
            return builder.sext(found, ir.IntType(64)) if gives == 32 else (
                found if gives else ir.Constant(ir.IntType(64), 0))
        return types.int64(arguments), codegen
    return call


generic_dict = of_python("PyObject_GenericGetDict")
item = of_python("PyDict_GetItemWithError")
set_item = of_python("PyDict_SetItem", 32)
size = of_python("PyDict_Size")
attribute = of_python("PyObject_GetAttr")
length = of_python("PyList_Size")
position = of_python("PyList_GetItem")
tuple_size = of_python("PyTuple_Size")
tuple_item = of_python("PyTuple_GetItem")
let_go = of_python("Py_DecRef", 0)
clear = of_python("PyErr_Clear", 0)
hold = of_python("Py_IncRef", 0)
call = of_python("PyObject_Vectorcall")  # (callable, where its arguments stand, how many, 0)
pack = of_python("PyTuple_Pack", fixed=1)  # (how many, ...)


@intrinsic
def places(typingctx):
    """Where so many words may stand, until the function that asks returns."""
    def codegen(context, builder, signature, args):
        words = cgutils.alloca_once(builder, ir.ArrayType(ir.IntType(64), PLACES))
        return builder.ptrtoint(words, ir.IntType(64))
    return types.int64(), codegen


@intrinsic
def put_word(typingctx, value, address):
    """Write a word at an address."""
    def codegen(context, builder, signature, args):
        builder.store(args[0], builder.inttoptr(args[1], ir.IntType(64).as_pointer()))
        return context.get_dummy_value()
    return types.void(types.int64, types.int64), codegen


@intrinsic
def address(typingctx, given):
    """Where an object lies that Python has given ("o" in the kernel's signature)."""
    def codegen(context, builder, signature, args):
        return builder.ptrtoint(args[0], ir.IntType(64))
    return types.int64(types.voidptr), codegen


@intrinsic
def answer(typingctx, function):
    """What the C function at an address gives, an int of no arguments."""
    def codegen(context, builder, signature, args):
        kind = ir.FunctionType(ir.IntType(32), []).as_pointer()
        return builder.sext(builder.call(builder.inttoptr(args[0], kind), []), ir.IntType(64))
    return types.int64(types.int64), codegen
