"""Whole training runs in one compiled call: a loop that follows a program of instructions.

A program is a table of int64, one row for each instruction. An instruction (`instructions_*.py`)
is a compiled function of pointers; the row holds its address and what it works on. So the loop
knows nothing of layers, and a network of another depth, width or mixture is another table, not
another compile. Calling one instruction costs 12 ns.

    row    ADDRESS, COUNT, WHEN, for each pointer BASE, STEP and DATA_STEP, and the numbers `d`

A pointer is BASE + first * STEP + start * DATA_STEP bytes, where `first` is the first row of the
block within its batch, and `start` the first row of the batch within the data. STEP is 0 for what
all blocks share. Before each call the loop writes the first numbers of `d`.

A step runs BEFORE once, BLOCK for each block of samples, AFTER once. Blocks are so small that what
a layer leaves for the next is still in the first-level cache.

A program may have more of BLOCK sections, all of as many rows, in OTHERS, each with memory of its
own for whatever its blocks do not share. Then the samples of a batch are divided into as many
shares, and other threads may do those behind the first (`assist`). The sums of all are added by
AFTER, one after another, so digits do not depend on who did what, nor on the number of threads.

WHEN is ALWAYS, LOGGED for what only a step with a value to be recorded needs, and `joint(share)`
for what only a step that has this share does.

The loop is compiled twice: `train_timed` reads a clock between instructions. The helpers take its
table as `times`, or None: Numba leaves out what None rules out, so `train` pays nothing.
"""

from fastnn.compile.jit import helper, kernel
from fastnn.compile.late import intrinsic, ir, types
from fastnn.kernels import clock, handshake
from fastnn.kernels.elements import get, pointer_to, put
from fastnn.kernels.flushing import floating_state, flushing, set_floating_state
from fastnn.kernels.handshake import await_done, finish, is_box, is_fresh, next_turn, offer, take
from fastnn.kernels.status import OK, SHAPE

ADDRESS, COUNT, WHEN, POINTERS = 0, 1, 2, 3
MOST_POINTERS = 9
NUMBERS = POINTERS + 3 * MOST_POINTERS  # where d begins
WORDS = 40  # in a row
# Of d: the rows of the block, the first of them within its share, the rows of the batch and of the
# share. An instruction's own numbers follow from OWN on.
ROWS, FIRST, TOTAL, SPAN, OWN = 0, 1, 2, 3, 4
ALWAYS, LOGGED = 0, 1
BEFORE, BLOCK, OTHERS, AFTER, END, SIZE = range(6)  # where sections begin; the samples of a block
N_SECTIONS = 6

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
def _run(code, begin, end, given, low, high, block, total, start, times):
    """Call the instructions of rows begin to end on each block of samples low to high of a batch.

    given: what this step has of LOGGED and shares.
    """
    if times is not None:
        group = get(times, begin * clock.N_TIMES + clock.GROUP)
    for first in range(low, high, block):
        for i in range(begin, end):
            at = i * WORDS
            if get(code, at + WHEN) & ~given:
                continue
            if times is not None and get(times, i * clock.N_TIMES + clock.GROUP) != group:
                clock.lap(times, group, given & LOGGED)
                group = get(times, i * clock.N_TIMES + clock.GROUP)
            d = at + NUMBERS
            put(code, d + ROWS, min(block, high - first))
            put(code, d + FIRST, first - low)
            put(code, d + TOTAL, total)
            put(code, d + SPAN, high - low)
            status = _call(pointer_to(code, at), first, start)
            if status != OK:
                return status
    if times is not None and begin < end:
        clock.lap(times, group, given & LOGGED)
    return OK


@kernel("i8:1 i8:1 i8:1 f8:1 f8:2 i8:1", nogil=True, overlap=True, alone=True)
def train(code, sections, counters, results, records, box):
    """Run counters[STEPS] steps of the program `code` (rows of WORDS, flat) from counters[STEP] on.

    sections (N_SECTIONS,): where they begin, where the last ends, and the samples in a block.
    counters (N_COUNTERS,) and results (N_RESULTS,) as named in this module. After the last step of
    a recorded epoch the results go to the next of records (M, N_RESULTS + 1), behind the epoch.
    Stops early where records are full. box (handshake.size_of(shares),): zeros, for the threads of
    `assist`, if there are any.
    counters[FLUSH]: subnormal numbers count as 0. Digits change by that, so only native products
    ask for it: the saturated outputs of a trained softmax make whole gradients of them (spiral-512
    took 250 us an epoch after 2,000 epochs, and 150 with this).

    Writes counters, results, records, box, and whatever the program's pointers point to.
    """
    return _checked(code, sections, counters, results, records, box, None)


@kernel("i8:1 i8:1 i8:1 f8:1 f8:2 i8:1 i8:2", nogil=True, overlap=True, alone=True)
def train_timed(code, sections, counters, results, records, box, times):
    """`train`, which also adds up where the time goes.

    times (rows of the program + N_TOTALS, N_TIMES): see `clock.py`. What another thread does of a
    step is not in it, but the wait for that is.
    """
    if sections.size != N_SECTIONS:
        return SHAPE
    if times.shape != (sections[END] + clock.N_TOTALS, clock.N_TIMES):
        return SHAPE
    return _checked(code, sections, counters, results, records, box, times)


@helper(inline=True, overlap=True)
def _checked(code, sections, counters, results, records, box, times):
    if not _fits(code, sections, box) or counters.size != N_COUNTERS:
        return SHAPE
    if not is_fresh(box):
        return SHAPE
    if results.size != N_RESULTS or records.shape[1] != N_RESULTS + 1:
        return SHAPE
    if counters[STEPS_PER_EPOCH] < 1 or counters[BATCH] < 1 or counters[LOG_EVERY] < 1:
        return SHAPE
    state = floating_state()
    if counters[FLUSH]:
        set_floating_state(flushing(state))
    status = _train(code, sections, counters, results, records, box, times)
    if counters[FLUSH]:
        set_floating_state(state)
    return status


@kernel("i8:1 i8:1 i8:1 i8:1 i8", nogil=True, overlap=True, alone=True)
def assist(code, sections, counters, box, rank):
    """Do shares of `train`'s steps, in another thread, until the turn in the box is END.

    The arguments are those of the `train` that runs meanwhile. rank: of this thread, from 1 on; it
    begins with shares that are nobody else's first, and most often the same. Writes box, and what
    the pointers of OTHERS point to.
    """
    if not _fits(code, sections, box) or counters.size != N_COUNTERS:
        return SHAPE
    shares = _shares_of(sections)
    begin = max(0, rank) * shares // max(1, box[handshake.THREADS])
    state = floating_state()
    if counters[FLUSH]:
        set_floating_state(flushing(state))
    turn = 0
    while True:
        turn = next_turn(box, turn)
        if turn == handshake.END:
            break
        for i in range(shares):
            share = (begin + i) % shares
            if share > 0 and take(box, share, turn):
                finish(box, share, turn, _share(code, sections, box, share, None))
    if counters[FLUSH]:
        set_floating_state(state)
    return OK


@helper()
def _fits(code, sections, box):
    return (sections.size == N_SECTIONS and code.size >= sections[END] * WORDS
            and sections[SIZE] >= 1 and is_box(box, _shares_of(sections)))


@helper()
def _shares_of(sections):
    """How many shares a batch is divided into."""
    others, rows = sections[AFTER] - sections[OTHERS], sections[OTHERS] - sections[BLOCK]
    return 1 + (others // rows if rows > 0 else 0)


@helper(overlap=True)
def _train(code, sections, counters, results, records, box, times):
    per_epoch, batch = counters[STEPS_PER_EPOCH], counters[BATCH]
    turn = 0
    for _ in range(counters[STEPS]):
        step = counters[STEP]
        epoch, position = step // per_epoch, step % per_epoch
        logged = epoch % counters[LOG_EVERY] == 0 or epoch == counters[EPOCHS] - 1
        last = position == per_epoch - 1
        if logged and last and counters[RECORDED] == records.shape[0]:
            return OK
        if position == 0:
            for i in range(N_RESULTS):
                results[i] = 0.0
        start = position * batch
        total = min(batch, counters[N_SAMPLES] - start)
        share = _share_size_of(total, _shares_of(sections))
        given = LOGGED if logged else ALWAYS
        turn += 1 if share < total else 0  # those that are offered are counted
        if times is not None and clock.clocked(times, sections[END] + (given & LOGGED),
                                               -(-total // sections[SIZE]), total):
            before = clock.start_laps(times)
            status = run_step(code, sections, given, share, total, start, box, turn, times)
            clock.add_since(before, times, sections[END] + clock.WHOLE, given & LOGGED)
        else:
            status = run_step(code, sections, given, share, total, start, box, turn, None)
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


def joint(share):
    """WHEN of what only a step does that has this share, from 1 on."""
    return 1 << share


def share_size(total, shares):
    """Samples of each share of a batch, in whole tiles of 8; the last has fewer, or none."""
    return min(total, ((total + shares - 1) // shares + 7) // 8 * 8)


_share_size_of = helper(inline=True)(share_size)


@helper()
def run_step(code, sections, given, share, total, start, box, turn, times):
    """One batch, in shares of so many samples: BEFORE, the blocks, AFTER."""
    status = _run(code, sections[BEFORE], sections[BLOCK], given, 0, total, total, total, start,
                  times)
    if status != OK:
        return status
    if share < total:
        step = handshake.STEP
        box[step], box[step + 1], box[step + 2], box[step + 3] = given, share, total, start
        offer(box, turn)
        _shared(times, sections, given)
    status = _run(code, sections[BLOCK], sections[OTHERS], given, 0, share, sections[SIZE], total,
                  start, times)
    if share < total:
        status = max(status, _others(code, sections, box, turn, times))
        for other in range(1, -(-total // share)):
            given |= 1 << other
    if status != OK:
        return status
    return _run(code, sections[AFTER], sections[END], given, 0, total, total, total, start, times)


@helper()
def _others(code, sections, box, turn, times):
    """See that the shares behind the first are done."""
    given, status = box[handshake.STEP], OK
    for share in range(1, _shares_of(sections)):
        if take(box, share, turn):
            _shared(times, sections, given)
            finish(box, share, turn, _share(code, sections, box, share, times))
    for share in range(1, _shares_of(sections)):
        status = max(status, await_done(box, share, turn))
    _shared(times, sections, given)
    return status


@helper()
def _shared(times, sections, given):
    """What came since the last lap was for the shares of other threads."""
    if times is not None:
        clock.lap(times, sections[END] + clock.WAIT, given & LOGGED)


@helper()
def _share(code, sections, box, share, times):
    """A share, from 1 on, of the samples of the step in the box."""
    given, size = box[handshake.STEP], box[handshake.STEP + 1]
    total, start = box[handshake.STEP + 2], box[handshake.STEP + 3]
    rows = sections[OTHERS] - sections[BLOCK]
    begin = sections[BLOCK] + share * rows
    return _run(code, begin, begin + rows, given, min(total, share * size),
                min(total, (share + 1) * size), sections[SIZE], total, start, times)
