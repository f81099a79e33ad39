"""How threads divide one step: who does which share of its samples, and when that is done.

They talk through a box of int64, `size_of(shares)` words. For each step the first thread writes the
step's numbers behind STEP and offers its shares as the next turn. Each share but the first is done
by who takes it first in this turn: another thread, or the first one itself, where no other is there
or all were held up before they began. So the first thread waits only for work that is being done.
"""

import platform

from fastnn.compile.jit import helper
from fastnn.compile.late import cgutils, intrinsic, ir, types
from fastnn.kernels.elements import pointer_to

# What several threads write to lies 128 bytes apart: processors fetch lines of 64 in pairs.
TURN, YIELD, THREADS, STEP = 0, 16, 17, 18
_SHARES = 32  # from here on for each share: the turn in which it was last taken, and last done
_TAKEN, _DONE, _STATUS, _WORDS = 0, 16, 17, 32
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


def size_of(shares):
    """Words of a box for so many shares."""
    return _SHARES + _WORDS * shares


_size_of = helper(inline=True)(size_of)


@helper()
def is_box(box, shares):
    """Whether it has room for so many."""
    return box.size == _size_of(shares)


@helper()
def is_fresh(box):
    """Whether nothing has been offered or taken."""
    fresh = box[TURN] == 0
    for at in range(_SHARES, box.size):
        fresh &= box[at] == 0
    return fresh


@helper(inline=True)
def _word(share, word):
    return _SHARES + _WORDS * share + word


@helper()
def take(box, share, turn):
    """Whether a share of this turn is ours: one of all threads is told so.

    Every share is taken in every turn. So one who comes when the turn is over comes too late.
    """
    return _exchange(pointer_to(box, _word(share, _TAKEN)), turn - 1, turn)


@helper()
def finish(box, share, turn, status):
    """Say that a share that was taken is done."""
    box[_word(share, _STATUS)] = status
    _store(pointer_to(box, _word(share, _DONE)), turn)


@helper()
def await_done(box, share, turn):
    """Wait for whoever took a share to finish it; its status."""
    spins = 0
    while _load(pointer_to(box, _word(share, _DONE))) != turn:
        spins += 1
        _rest(box, spins)
    return box[_word(share, _STATUS)]
