"""How a thread's vector unit takes subnormal numbers: as they are, or for 0.

Each operation with one takes some processors 100 times as long. The state is the thread's own, and
whoever changes it for a run puts it back: what else computes in this thread wants NumPy's digits.
"""

import platform

from fastnn.compile.late import cgutils, intrinsic, ir, types

_MXCSR_FLUSH = 0x8040  # results below the normal numbers become 0, and so do such operands
_X86 = platform.machine() in ("x86_64", "AMD64")


@intrinsic
def floating_state(typingctx):
    """How this thread's vector unit rounds and traps, as a number (0 where we cannot know)."""
    def codegen(context, builder, signature, args):
        if not _X86:
            return ir.Constant(ir.IntType(32), 0)
        return _floating_state(builder)
    return types.int32(), codegen


@intrinsic
def set_floating_state(typingctx, state):
    """Put a number of `floating_state` back."""
    def codegen(context, builder, signature, args):
        if _X86:
            place = cgutils.alloca_once_value(builder, args[0])
            builder.call(_mxcsr(builder, "ldmxcsr"), [_bytes(builder, place)])
        return context.get_dummy_value()
    return types.void(types.int32), codegen


@intrinsic
def flushing(typingctx, state):
    """The same state, but with subnormal numbers taken for 0."""
    def codegen(context, builder, signature, args):
        return builder.or_(args[0], ir.Constant(ir.IntType(32), _MXCSR_FLUSH))
    return types.int32(types.int32), codegen


def _floating_state(builder):
    place = cgutils.alloca_once(builder, ir.IntType(32))
    builder.call(_mxcsr(builder, "stmxcsr"), [_bytes(builder, place)])
    return builder.load(place)


def _bytes(builder, place):
    return builder.bitcast(place, ir.IntType(8).as_pointer())


def _mxcsr(builder, name):
    kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer()])
    return cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}")
