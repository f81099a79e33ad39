"""Elements of arrays, and pointers to them, as kernels write them: unchecked, so that loops
vectorise. Callers have checked.
"""

from fastnn.compile.late import intrinsic, types


def _data(context, builder, array_type, array):
    return context.make_array(array_type)(context, builder, array).data


@intrinsic
def get(typingctx, a, position):
    """a.flat[position] of a C-contiguous array, without bounds or wrapping: so loops vectorise."""
    def codegen(context, builder, signature, args):
        pointer = _data(context, builder, signature.args[0], args[0])
        return builder.load(builder.gep(pointer, [args[1]]))
    return a.dtype(a, types.int64), codegen


@intrinsic
def put(typingctx, a, position, value):
    """a.flat[position] = value, converted to the array's type; as `get`."""
    def codegen(context, builder, signature, args):
        pointer = _data(context, builder, signature.args[0], args[0])
        value = context.cast(builder, args[2], signature.args[2], signature.args[0].dtype)
        builder.store(value, builder.gep(pointer, [args[1]]))
        return context.get_dummy_value()
    return types.void(a, types.int64, value), codegen


@intrinsic
def pointer_to(typingctx, a, position):
    """The address of a.flat[position] of a C-contiguous array, as a pointer to its elements.

    Or that of a[position] where a is a pointer; None where it is None.
    """
    if a == types.none:
        return a(a, types.int64), lambda context, builder, signature, args: args[0]

    def codegen(context, builder, signature, args):
        pointer = (args[0] if isinstance(a, types.CPointer)
                   else _data(context, builder, signature.args[0], args[0]))
        return builder.gep(pointer, [args[1]])
    return types.CPointer(a.dtype)(a, types.int64), codegen


@intrinsic
def pointer_as(typingctx, work, a, position):
    """The same, taken for a pointer to elements of the type that `work` has."""
    kind = types.CPointer(work.dtype)

    def codegen(context, builder, signature, args):
        pointer = _data(context, builder, signature.args[1], args[1])
        return builder.bitcast(builder.gep(pointer, [args[2]]), context.get_data_type(kind))
    return kind(work, a, types.int64), codegen


@intrinsic
def is_of_type(typingctx, a, work):
    """Whether the elements of a have the type that those of `work` have: LLVM knows it."""
    same = a.dtype == work.dtype

    def codegen(context, builder, signature, args):
        return context.get_constant(types.boolean, same)
    return types.boolean(a, work), codegen


@intrinsic
def wide_vectors(typingctx):
    """Said in a kernel or helper: its loops may use 512-bit vectors where the processor has them.

    LLVM keeps to 256 bits on Intel's server processors unless told.
    """
    def codegen(context, builder, signature, args):
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()
    return types.void(), codegen
