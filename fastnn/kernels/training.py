"""Whole training runs in one compiled call: a loop that follows a program of instructions.

A program is a table of int64, one row for each instruction. An instruction (`instructions_*.py`)
is a compiled function of pointers; the row holds its address and what it works on. So the loop
knows nothing of layers, and a network of another depth, width or mixture is another table, not
another compile. Calling one instruction costs 12 ns.

    row    ADDRESS, COUNT, WHEN, for each pointer BASE, STEP and DATA_STEP, and the numbers `d`

A pointer is BASE + first * STEP + start * DATA_STEP bytes, where `first` is the first row of the
block within its batch, and `start` the first row of the batch within the data. STEP is 0 for what
all blocks share. Before each call the loop writes d[ROWS], d[FIRST], d[TOTAL].

A step runs BEFORE once, BLOCK for each block of samples, AFTER once. Blocks are so small that what
a layer leaves for the next is still in the first-level cache.

WHEN is ALWAYS, or LOGGED for what only a step with a value to be recorded needs.
"""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from fastnn.kernels.jit import helper, kernel
from fastnn.kernels.simd import floating_state, flushing, get, pointer_to, put, set_floating_state
from fastnn.kernels.status import OK, SHAPE

ADDRESS, COUNT, WHEN, POINTERS = 0, 1, 2, 3
MOST_POINTERS = 8
NUMBERS = POINTERS + 3 * MOST_POINTERS  # where d begins
WORDS = 40  # in a row
ROWS, FIRST, TOTAL, OWN = 0, 1, 2, 3  # of d; an instruction's own numbers follow from OWN on
ALWAYS, LOGGED = 0, 1
BEFORE, BLOCK, AFTER = 0, 1, 2  # sections

# The counters, which the loop moves on.
STEP, STEPS, STEPS_PER_EPOCH, EPOCHS, LOG_EVERY, N_SAMPLES, BATCH, RECORDED, FLUSH = range(9)
N_COUNTERS = 9
# The results of the running epoch, and a record of it.
LOSS_SUM, LOSS_COUNT, RIGHT_SUM, RIGHT_COUNT, LOSS, PENALTY, RIGHT, RATE = range(8)
N_RESULTS = 8


@intrinsic
def _call(typingctx, row, first, start):
    """Call the instruction of a row of the program, from its first word on; its status.

    One version for each number of pointers. (Counting and placing them in Numba took 50 ns a call.)
    """
    number = types.CPointer(types.int64)

    def codegen(context, builder, signature, args):
        row, first, start = args
        word = ir.IntType(64)

        def at(position):
            return builder.gep(row, [ir.Constant(word, position)])

        def invoke(count):
            kinds = [number] * (count + 1)
            convention = context.call_conv
            function = builder.inttoptr(
                builder.load(at(ADDRESS)),
                convention.get_function_type(types.int64, kinds).as_pointer())
            places = []
            for i in range(count):
                base, step, data_step = (builder.load(at(POINTERS + 3 * i + k)) for k in range(3))
                place = builder.add(builder.add(base, builder.mul(first, step)),
                                    builder.mul(start, data_step))
                places.append(builder.inttoptr(place, word.as_pointer()))
            _, result = convention.call_function(builder, function, types.int64, kinds,
                                                 [*places, at(NUMBERS)])
            return result

        counts = range(1, MOST_POINTERS + 1)
        after = builder.append_basic_block("called")
        switch = builder.switch(builder.load(at(COUNT)), after)
        before, results = builder.block, []
        for count in counts:
            block = builder.append_basic_block(f"pointers{count}")
            switch.add_case(ir.Constant(word, count), block)
            builder.position_at_end(block)
            results.append((invoke(count), builder.block))
            builder.branch(after)
        builder.position_at_end(after)
        status = builder.phi(word)
        status.add_incoming(ir.Constant(word, SHAPE), before)
        for result, block in results:
            status.add_incoming(result, block)
        return status
    return types.int64(number, types.int64, types.int64), codegen


@helper()
def _run(code, begin, end, logged, rows, first, total, start):
    """Call the instructions of rows begin to end on samples first to first + rows of a batch."""
    for i in range(begin, end):
        at = i * WORDS
        if get(code, at + WHEN) == LOGGED and not logged:
            continue
        put(code, at + NUMBERS + ROWS, rows)
        put(code, at + NUMBERS + FIRST, first)
        put(code, at + NUMBERS + TOTAL, total)
        status = _call(pointer_to(code, at), first, start)
        if status != OK:
            return status
    return OK


@kernel("i8:1 i8:1 i8:1 f8:1 f8:2", nogil=True, overlap=True)
def train(code, sections, counters, results, records):
    """Run counters[STEPS] steps of the program `code` (rows of WORDS, flat) from counters[STEP] on.

    sections (5,): where BEFORE, BLOCK and AFTER begin, where AFTER ends, and the samples in a
    block. counters (N_COUNTERS,) and results (N_RESULTS,) as named in this module. After the last
    step of a recorded epoch the results go to the next of records (M, N_RESULTS + 1), behind the
    epoch. Stops early where records are full.
    counters[FLUSH]: subnormal numbers count as 0. Digits change by that, so only native products
    ask for it: the saturated outputs of a trained softmax make whole gradients of them (spiral-512
    took 250 us an epoch after 2,000 epochs, and 150 with this).

    Writes counters, results, records, and whatever the program's pointers point to.
    """
    if sections.size != 5 or code.size < sections[3] * WORDS or sections[4] < 1:
        return SHAPE
    if counters.size != N_COUNTERS:
        return SHAPE
    if results.size != N_RESULTS or records.shape[1] != N_RESULTS + 1:
        return SHAPE
    if counters[STEPS_PER_EPOCH] < 1 or counters[BATCH] < 1 or counters[LOG_EVERY] < 1:
        return SHAPE
    state = floating_state()
    if counters[FLUSH]:
        set_floating_state(flushing(state))
    status = _train(code, sections, counters, results, records)
    if counters[FLUSH]:
        set_floating_state(state)
    return status


@helper(overlap=True)
def _train(code, sections, counters, results, records):
    per_epoch, batch = counters[STEPS_PER_EPOCH], counters[BATCH]
    for _ in range(counters[STEPS]):
        step = counters[STEP]
        epoch, turn = step // per_epoch, step % per_epoch
        logged = epoch % counters[LOG_EVERY] == 0 or epoch == counters[EPOCHS] - 1
        last = turn == per_epoch - 1
        if logged and last and counters[RECORDED] == records.shape[0]:
            return OK
        if turn == 0:
            for i in range(N_RESULTS):
                results[i] = 0.0
        start = turn * batch
        total = min(batch, counters[N_SAMPLES] - start)
        status = _step(code, sections, logged, total, start)
        if status != OK:
            return status
        counters[STEP] = step + 1
        counters[STEPS] -= 1
        if logged and last:
            record = counters[RECORDED]
            records[record, 0] = epoch
            for i in range(N_RESULTS):
                records[record, 1 + i] = results[i]
            counters[RECORDED] = record + 1
    return OK


@helper()
def _step(code, sections, logged, total, start):
    """One batch: BEFORE, the blocks, AFTER."""
    before, block, after = sections[BEFORE], sections[BLOCK], sections[AFTER]
    size = sections[4]
    status = _run(code, before, block, logged, total, 0, total, start)
    if status != OK:
        return status
    for first in range(0, total, size):
        rows = min(size, total - first)
        status = _run(code, block, after, logged, rows, first, total, start)
        if status != OK:
            return status
    return _run(code, after, sections[3], logged, total, 0, total, start)
