"""The way back through a dense layer with a thin side, for `layers.dense_backward`.

The tiles of `thin.py` without the ReLU. Each sum over samples has the order of `columns.py` for two
to four thin columns: `is_thin` says which.

Medians of both ways in turn, 300 samples, AVX-512, book and native, on a busy machine, of what the
products of `columns.py` and `matmul.py` take: 64 by 3 0.6 and 0.7, 512 by 3 0.8 and 0.9 (in blocks
of rows; without them 1 and 1.1), 2 by 64 0.8 and 0.75, 3 by 64 0.55 and 0.45, 2 by 512 0.65. Four
vectors at once instead of two: in native 64 by 3 from 4.7 us to 3.4, 2 by 64 from 3.7 to 3.3 (whole
rows are read in their order), in the book's from 5.9 to 5.6 and 5.7 to 5.9.
"""

from fastnn.compile.jit import helper
from fastnn.kernels.elements import get, pointer_to, put, wide_vectors
from fastnn.kernels.packing import can_underflow, is_added, lanes_of, nil_of, run_at
from fastnn.kernels.thin import MOST, copy_four, thin_backward_tile

# Elements of a block of rows: what tiles read again and again stays in the cache; what they read
# once, in its neighbourhood.
_NEAR, _FAR = 8192, 262_144


@helper(inline=True)
def is_thin(rows, thin, wide, work):
    """Whether sums over `rows` samples, thin by wide, may be taken by the functions here.

    Those of a single column have an order of their own, which counts but in native float32.
    """
    least = 1 if work.itemsize == 4 else 2
    return rows > 1 and least <= thin <= MOST and wide >= 2 * lanes_of(work)


@helper(inline=True)
def run_of_rows(n, first, rows, total, elements, work):
    """Of the run of terms that row n of some rows is in, which begin with row `first` of `total`:
    how many of them are in it; whether it begins with n; 1 where it is the first run and ends in
    them, 2 where another does, 0 where none does or there is but one; and where its sums are, 0
    where there is but one run, else 1.

    elements: of the product whose sums these are. Sums lie in `elements` numbers where they are
    wanted, and in as many behind those for the run.
    """
    begin, stop = run_at(first + n, total, total * elements, work.itemsize)
    some = min(rows - n, stop - first - n)
    several = begin > 0 or stop < total
    ends = 0
    if several and first + n + some == stop:
        ends = 1 if begin == 0 else 2
    return some, begin == first + n, ends, 1 if several else 0


@helper(inline=True)
def add_run(sums, elements, ends):
    """Add the sums of a run, which lie behind, to those of the runs before it."""
    for i in range(elements):
        put(sums, i, get(sums, elements + i) if ends == 1
            else get(sums, i) + get(sums, elements + i))


@helper()
def thin_side(source, rows, columns, work, start):
    """Copy (rows, columns) to rows of MOST in the type of work. What fills the rows is anything.

    MOST elements at a time, as far as there are so many: (300, 2) takes 0.09 us instead of 0.24
    one by one.
    """
    fours = max(0, (rows * columns - MOST) // columns + 1)
    for n in range(fours):
        copy_four(pointer_to(source, n * columns), pointer_to(work, start + n * MOST))
    for n in range(fours, rows):
        i, j = start + n * MOST, n * columns
        put(work, i, get(source, j))
        if columns > 1:
            put(work, i + 1, get(source, j + 1))
        if columns > 2:
            put(work, i + 2, get(source, j + 2))
        if columns > 3:
            put(work, i + 3, get(source, j + 3))


@helper()
def thin_outputs_backward(inputs, weights, dvalues, work, dweights, dinputs):
    """dweights = inputs.T @ dvalues and dinputs = dvalues @ weights.T, in one pass.

    inputs (N, I) and dinputs, of one type; dvalues (N, O), O thin.
    """
    wide_vectors()
    N, I = inputs.shape
    O, pair = weights.shape[1], 2 * lanes_of(work)
    four = I - I % (2 * pair)
    turned = N * MOST  # weights (O, I) from here on in work, then sums (O, stride)
    sums, stride = turned + O * I, I + pair
    thin_side(dvalues, N, O, work, 0)
    for o in range(O):
        for i in range(I):
            put(work, turned + o * I + i, get(weights, i * O + o))
    # The last columns, where they fill no pair, are some again, with sums of their own behind.
    whole = I - I % pair
    step = max(16, _NEAR // I)
    total = work[sums:]
    nil = nil_of(is_added(I, N, O, False, work), work)
    added = max(can_underflow(dvalues, work), can_underflow(weights, work))
    n = 0
    while n < N:
        some, fresh, end, start = run_of_rows(n, 0, min(N, n + step), N, O * I, work)
        wide = pointer_to(inputs, n * I), None, pointer_to(dinputs, n * I), I
        behind = pointer_to(work, n * MOST), pointer_to(work, turned), I, added
        size, begin, run = (some, O, 0), (fresh, 0), sums + start * O * stride
        for at in range(0, four, 2 * pair):
            thin_backward_tile(4, wide, None, behind, None, (pointer_to(work, run), None, None,
                                                             stride), at, size, begin)
        for at in range(four, I, pair):
            w = min(at, I - pair)
            thin_backward_tile(2, wide, None, behind, None, (
                pointer_to(work, run + at - w), None, None, stride), w, size, begin)
        n += some
        if end:
            add_run(total, O * stride, end)
    last = whole - (I - pair) if whole < I else 0
    for o in range(O):
        for i in range(whole):
            put(dweights, i * O + o, get(total, o * stride + i) + nil)
        for i in range(whole, I):
            put(dweights, i * O + o, get(total, last + o * stride + i) + nil)


@helper()
def thin_inputs_backward(inputs, dvalues, work, dweights, dbiases):
    """dweights = inputs.T @ dvalues and dbiases = column sums, in one pass.

    inputs (N, I), I thin; dvalues (N, O) and dbiases, of one type.
    """
    wide_vectors()
    N, O = dvalues.shape
    pair = 2 * lanes_of(work)
    thin_side(inputs, N, inputs.shape[1], work, 0)
    if O % pair:  # the last columns, some of which the others then do again, from the beginning
        _columns(dvalues, work, O - pair, O, dweights, dbiases)
    _columns(dvalues, work, 0, O - O % pair, dweights, dbiases)


@helper()
def _columns(dvalues, work, begin, end, dweights, dbiases):
    """Those from `begin` to `end`, whole pairs of vectors, of both; inputs lie in work by now."""
    wide_vectors()
    (N, O), I = dvalues.shape, dweights.shape[0]
    width, pair, step = end - begin, 2 * lanes_of(work), max(16, _FAR // O)
    four = width - width % (2 * pair)
    total = work[N * MOST:]
    n = 0
    while n < N:
        some, fresh, ends, start = run_of_rows(n, 0, min(N, n + step), N, I * O, work)
        wide = None, pointer_to(dvalues, n * O + begin), None, O
        ahead = pointer_to(work, n * MOST)
        found = None, pointer_to(dbiases, begin), pointer_to(total, start * I * width), width
        size, anew = (some, 0, I), (fresh, n == 0)
        for at in range(0, four, 2 * pair):
            thin_backward_tile(4, wide, None, None, ahead, found, at, size, anew)
        for at in range(four, width, pair):
            thin_backward_tile(2, wide, None, None, ahead, found, at, size, anew)
        n += some
        if ends:
            add_run(total, I * width, ends)
    nil = nil_of(is_added(I, N, O, False, work), work)
    for i in range(I):
        for w in range(width):
            put(dweights, i * O + begin + w, get(total, i * width + w) + nil)
