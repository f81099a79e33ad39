"""How two threads share one step: who does the second half of its samples, and when it is done.

They talk through a box of int64, SIZE words. For each step the first thread writes the step's
numbers behind STEP and offers the half as the next turn. Whoever takes the turn first does the
half: the second thread, or the first one itself, where the other is not there or was held up
before it began. So the first thread waits only for work that is being done.
"""

import platform

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from fastnn.compile.jit import helper
from fastnn.kernels.simd import pointer_to

# Words that both threads write to lie 128 bytes apart: processors fetch lines of 64 in pairs.
TURN, TAKEN, DONE, STATUS, YIELD, STEP = 0, 16, 32, 33, 48, 49
SIZE = 64
END = -1  # the turn after the last
_SPINS = 2000  # of a few dozen ns each; then other threads may have the processor
_ARM = platform.machine() in ("arm64", "aarch64")
_X86 = platform.machine() in ("x86_64", "AMD64")


@intrinsic
def _load(typingctx, place):
    """The number at a place that another thread writes to, and all it wrote before that."""
    def codegen(context, builder, signature, args):
        return builder.load_atomic(args[0], "acquire", 8)
    return types.int64(types.CPointer(types.int64)), codegen


@intrinsic
def _store(typingctx, place, value):
    """Write a number for another thread, after all that was written before."""
    def codegen(context, builder, signature, args):
        builder.store_atomic(args[1], args[0], "release", 8)
        return context.get_dummy_value()
    return types.void(types.CPointer(types.int64), types.int64), codegen


@intrinsic
def _exchange(typingctx, place, old, new):
    """Write `new` where `old` is, and nowhere else; whether that was done."""
    def codegen(context, builder, signature, args):
        found = builder.cmpxchg(*args, "acq_rel", "acquire")
        return builder.extract_value(found, 1)
    return types.boolean(types.CPointer(types.int64), types.int64, types.int64), codegen


@intrinsic
def _pause(typingctx):
    """Tell the processor that this is a loop that waits."""
    def codegen(context, builder, signature, args):
        name, kinds = (("llvm.x86.sse2.pause", []) if _X86 else
                       ("llvm.aarch64.hint", [ir.IntType(32)]))
        if _X86 or _ARM:
            function = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(ir.VoidType(), kinds), name)
            builder.call(function, [ir.Constant(kind, 1) for kind in kinds])
        return context.get_dummy_value()
    return types.void(), codegen


@intrinsic
def _call(typingctx, address):
    """Call the C function without arguments at an address."""
    def codegen(context, builder, signature, args):
        kind = ir.FunctionType(ir.IntType(32), []).as_pointer()
        builder.call(builder.inttoptr(args[0], kind), [])
        return context.get_dummy_value()
    return types.void(types.int64), codegen


@helper()
def _rest(box, spins):
    if spins < _SPINS:
        _pause()
    elif box[YIELD]:
        _call(box[YIELD])


@helper()
def offer(box, turn):
    """Let the other thread know of a turn, or of the END."""
    _store(pointer_to(box, TURN), turn)


@helper()
def next_turn(box, last):
    """Wait for a turn after the last."""
    spins = 0
    while True:
        turn = _load(pointer_to(box, TURN))
        if turn != last:
            return turn
        spins += 1
        _rest(box, spins)


@helper()
def take(box, turn):
    """Whether the turn is ours: one of two threads is told so."""
    return _exchange(pointer_to(box, TAKEN), turn - 1, turn)


@helper()
def finish(box, turn, status):
    """Say that a turn that was taken is done."""
    box[STATUS] = status
    _store(pointer_to(box, DONE), turn)


@helper()
def await_done(box, turn):
    """Wait for the other thread to finish the turn that it took; its status."""
    spins = 0
    while _load(pointer_to(box, DONE)) != turn:
        spins += 1
        _rest(box, spins)
    return box[STATUS]
