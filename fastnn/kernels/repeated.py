"""A kernel called once more with arrays of the kinds that it was called with before.

Whoever trains by the objects makes the same calls thousands of times. To ask in Python which types
the product has, whether its kernel has NumPy's digits, for scratch and for arrays that nobody looks
at any more took 1.5 to 2.5 us a call, beside kernels of 3 to 5. All of that is known after the
first calls (`support/repeated.py` writes it down); compiled code looks in 0.1 us whether it still
holds, and calls the kernel by its own entry, which checks each array once more.

It holds the global lock, but for what the kernel does.
"""

from fastnn.compile.jit import helper, kernel
from fastnn.kernels import objects as o
from fastnn.kernels.elements import get

# A row: the kernel's entry; how many arrays are given; of each its dtype, axes, rows and columns
# (of one axis -1); which have to lie apart; scratch, or 0; how many arrays the kernel writes, and
# for each of these three that it may be.
ENTRY, GIVEN, KINDS, APART, WORK, OUTPUTS, CHOICES = 0, 1, 2, 14, 15, 16, 17
KIND_WORDS, SAME = 4, 3  # SAME: arrays to choose from
ROW_WORDS = CHOICES + 3 * SAME
FIRST_AND_THIRD, SECOND_AND_THIRD = 1, 2  # bits of APART

# What it is told: where the fields and the class of an object lie, NumPy's class of arrays; two
# dicts, each with a name and what it has to hold; the C function that counts BLAS's threads, or 0,
# and how many there are; the status 0 as an object; who refers to memory of ours that is free.
(FIELDS, CLASS_AT, NDARRAY, NUMPY, DOT_NAME, DOT, NUMERICS, FORCED_NAME, FORCED, COUNTING, THREADS,
 DONE, HOLDERS) = range(13)
TOLD_WORDS = 13


@kernel("i8:2 i8:1 o o o", overlap=True, alone=True)
def call_repeated(rows, told, first, second, third):
    """What the kernel writes for the given arrays, an array or a tuple of them; None where this is
    no call that was made before, where something is not as it was, or where the kernel refuses.

    rows (R, ROW_WORDS), told (TOLD_WORDS,): the words above, whose objects are kept alive.
    """
    if rows.shape[1] != ROW_WORDS or told.size != TOLD_WORDS:
        return 0
    one, two, three = o.address(first), o.address(second), o.address(third)
    at = 0
    while at < rows.size and not _is_such(one, two, three, rows, at, told):
        at += ROW_WORDS
    if at == rows.size or not (
            _is_as_it_was(told) and _lie_apart(one, two, three, rows, at, told)):
        return 0
    arguments, n = o.places(), get(rows, at + GIVEN)
    o.put_word(one, arguments)
    o.put_word(two, arguments + 8)
    o.put_word(three, arguments + 16)
    work = get(rows, at + WORK)
    if work:
        o.put_word(work, arguments + 8 * n)
        n += 1
    outputs = arguments + 8 * n
    count, taken = get(rows, at + OUTPUTS), 0
    while taken < count and _take(rows, at + CHOICES + SAME * taken, told, outputs + 8 * taken):
        taken += 1
    found = 0
    if taken == count:
        found = _called(get(rows, at + ENTRY), arguments, n + count, outputs, count, told)
    for i in range(taken):
        o.let_go((o.word(outputs, 8 * i),))
    return found


@helper(overlap=True)
def _called(entry, arguments, n, outputs, count, told):
    """The arrays that the kernel has written, one or a tuple; 0 where it refused."""
    status = o.call((entry, arguments, n, 0))
    if status:
        o.let_go((status,))
    if status != told[DONE]:
        return 0
    one = o.word(outputs, 0)
    if count == 1:
        o.hold((one,))
        return one
    if count == 2:
        return o.pack((2, one, o.word(outputs, 8)))
    return o.pack((3, one, o.word(outputs, 8), o.word(outputs, 16)))


@helper(overlap=True)
def _is_such(one, two, three, rows, at, told):
    """Whether the given arrays are of the kinds in the row."""
    given, kinds = get(rows, at + GIVEN), at + KINDS
    return (_is_of_kind(one, rows, kinds, told)
            and (given < 2 or _is_of_kind(two, rows, kinds + KIND_WORDS, told))
            and (given < 3 or _is_of_kind(three, rows, kinds + 2 * KIND_WORDS, told)))


@helper(overlap=True)
def _is_of_kind(array, rows, at, told):
    if o.word(array, told[CLASS_AT]) != told[NDARRAY]:
        return False
    fields, axes = array + told[FIELDS], get(rows, at + 1)
    if o.word(fields, o.DTYPE) != get(rows, at) or o.number(fields, o.AXES) != axes:
        return False
    if o.number(fields, o.FLAGS) & o.WRITABLE != o.WRITABLE:
        return False
    shape = o.word(fields, o.SHAPE)
    return o.word(shape, 0) == get(rows, at + 2) and (
        axes == 1 or o.word(shape, 8) == get(rows, at + 3))


@helper(overlap=True)
def _is_as_it_was(told):
    """Whether NumPy's product, our precision and BLAS's threads are those that were met."""
    return (o.item((told[NUMPY], told[DOT_NAME])) == told[DOT]
            and o.item((told[NUMERICS], told[FORCED_NAME])) == told[FORCED]
            and (told[COUNTING] == 0 or o.answer(told[COUNTING]) == told[THREADS]))


@helper(overlap=True)
def _lie_apart(one, two, three, rows, at, told):
    """Whether those do that have to: a product of a matrix and its own transpose is another."""
    apart, fields = get(rows, at + APART), told[FIELDS]
    return (not (apart & FIRST_AND_THIRD and _meet(one + fields, three + fields))
            and not (apart & SECOND_AND_THIRD and _meet(two + fields, three + fields)))


@helper()
def _meet(one, other):
    """Whether two arrays of two axes, given by their fields, have bytes in common."""
    begin, begin_of_other = o.word(one, o.DATA), o.word(other, o.DATA)
    return begin < begin_of_other + _bytes(other) and begin_of_other < begin + _bytes(one)


@helper()
def _bytes(fields):
    """Of an array in C's order: rows by the bytes from one to the next."""
    return o.word(o.word(fields, o.SHAPE), 0) * o.word(o.word(fields, o.STRIDES), 0)


@helper(overlap=True)
def _take(rows, at, told, place):
    """Put an array that nobody looks at at a place, and hold it; whether there is one."""
    for i in range(SAME):
        array = get(rows, at + i)
        fields = array + told[FIELDS]
        if o.number(array, told[CLASS_AT] + o.COUNT) == 1 and o.word(fields, o.WEAK) == 0:
            base = o.word(fields, o.BASE)
            if base == 0 or o.number(base, told[CLASS_AT] + o.COUNT) == told[HOLDERS]:
                o.hold((array,))
                o.put_word(array, place)
                return True
    return False
