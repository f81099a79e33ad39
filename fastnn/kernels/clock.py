"""The processor's own clock, for compiled loops that say where their time goes.

Reading it takes 10 to 20 ns. It ticks at a rate of its own: who wants seconds reads it together
with another clock. Processors we know no such clock of give 0, always.
"""

import platform

from fastnn.compile.jit import helper
from fastnn.compile.late import cgutils, intrinsic, ir, types
from fastnn.kernels.elements import get, put

# On these it is a counter that any program may read; elsewhere that may stop the program, and the
# steady counter is one, or 0.
_READABLE = ("x86_64", "AMD64", "aarch64", "arm64", "ARM64")
_COUNTER = ("llvm.readcyclecounter" if platform.machine() in _READABLE
            else "llvm.readsteadycounter")

# A table of times has a row for each of a program's, then N_TOTALS more. Rows of one owner and
# phase are a group: the clock is read where another group begins, and the ticks are added up in the
# group's own row, apart for steps that are LOGGED.
GROUP, TICKS = 0, 1  # columns: the group's row; ticks of plain steps, of LOGGED ones
# Rows behind the program's: of plain steps, of LOGGED ones; and the TICKS of whole steps, and of
# waits for the other thread's half.
WHOLE, WAIT = 2, 3
N_TOTALS = 4
STEPS, BLOCKS, SAMPLES, CLOCKED = 0, 1, 2, 3  # columns of these; CLOCKED: samples of clocked steps
N_TIMES = 4
LAST = N_TIMES - 1  # the end of the last lap: a place in the first row that is not used otherwise
_MANY = 32  # steps from which on one in four is clocked


@intrinsic
def ticks(typingctx):
    """The clock's count."""
    def codegen(context, builder, signature, args):
        read = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.IntType(64), []), _COUNTER)
        return builder.call(read, [])
    return types.int64(), codegen


@helper(overlap=True)
def start_laps(times):
    """The first lap begins; when."""
    now = ticks()
    put(times, LAST, now)
    return now


@helper(overlap=True)
def lap(times, group, logged):
    """Give a group the time since the last lap: nothing between two laps is lost."""
    put(times, LAST, add_since(get(times, LAST), times, group, logged))


@helper(overlap=True)
def add_since(before, times, group, logged):
    """Give a group the time since `before`; the time it is now."""
    now, at = ticks(), group * N_TIMES + TICKS + (1 if logged else 0)
    put(times, at, get(times, at) + now - before)
    return now


@helper(overlap=True)
def clocked(times, row, blocks, samples):
    """Count a step in this row of the table; whether its instructions are to be clocked.

    Reading the clock costs 35 ns among instructions, and the steps of small networks take 14 us. So
    of many steps one in four is clocked, in an order that no cycle of batches falls in with.
    """
    at = row * N_TIMES
    step = get(times, at + STEPS)
    chosen = step < _MANY or (step * 2654435769 >> 30) & 3 == 0
    put(times, at + STEPS, step + 1)
    put(times, at + BLOCKS, get(times, at + BLOCKS) + blocks)
    put(times, at + SAMPLES, get(times, at + SAMPLES) + samples)
    if chosen:
        put(times, at + CLOCKED, get(times, at + CLOCKED) + samples)
    return chosen
