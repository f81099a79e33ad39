"""Arrays at the pointers that an instruction is given: whose memory it is nobody counts.

Numba's own `carray` wants that counted. That took calls in the middle of loops, and a compile for
each type of shape. (No kernel makes an array: where there is none to count, Numba is told so.)
"""

from fastnn.compile.late import arrayobj, cgutils, intrinsic, ir, types
from fastnn.kernels.training import OWN, ROWS


def _array(context, builder, array_type, pointer, lengths):
    itemsize = context.get_constant(
        types.intp, context.get_abi_sizeof(context.get_data_type(array_type.dtype)))
    strides = [itemsize]
    for length in lengths[:0:-1]:
        strides.insert(0, builder.mul(strides[0], length))
    made = context.make_array(array_type)(context, builder)
    arrayobj.populate_array(made, pointer, lengths, strides, itemsize, None)
    return made._getvalue()


@intrinsic
def carray(typingctx, pointer, shape):
    """The C-contiguous array at a pointer, of this length or shape."""
    kinds = list(shape) if isinstance(shape, types.BaseTuple) else [shape]
    array_type = types.Array(pointer.dtype, len(kinds), "C")

    def codegen(context, builder, signature, args):
        parts = (cgutils.unpack_tuple(builder, args[1]) if isinstance(shape, types.BaseTuple)
                 else args[1:])
        lengths = [context.cast(builder, part, kind, types.intp)
                   for part, kind in zip(parts, kinds)]
        return _array(context, builder, array_type, args[0], lengths)
    return array_type(pointer, shape), codegen


@intrinsic
def block(typingctx, pointer, d):
    """The rows of this block as an array (d[ROWS], d[OWN])."""
    array_type = types.Array(pointer.dtype, 2, "C")

    def codegen(context, builder, signature, args):
        lengths = [builder.load(builder.gep(args[1], [ir.Constant(ir.IntType(64), place)]))
                   for place in (ROWS, OWN)]
        return _array(context, builder, array_type, args[0], lengths)
    return array_type(pointer, d), codegen
