"""How the right-hand side of a product is laid out for the tiles.

Its sizes alone say which way a product goes (`matmul.rows_product`), and each way reads its weights
in a layout of its own: so what decides is here too, for who packs and for who multiplies.
"""

from fastnn.compile import sums_order
from fastnn.compile.jit import helper
from fastnn.compile.late import cgutils, intrinsic, ir, types
from fastnn.compile.sums_order import SMALL
from fastnn.kernels.elements import get, is_of_type, put, wide_vectors

NARROW = 4  # outputs up to this width have their lanes along the inner axis
_MANY = 1 << 62
SHORT = 4  # inner sizes up to this need no tiles: (300, 2) by (2, 64) takes 5 us, with tiles 21


def runs_word(builder, k):
    """A word of the table in `sums_order.py`: run and unit of float32 sums, then of float64's; and
    what is small in float64.
    """
    word = ir.IntType(64)
    table = builder.module.globals.get(sums_order.TABLE) or cgutils.add_global_variable(
        builder.module, ir.ArrayType(word, sums_order.WORDS), sums_order.TABLE)
    return builder.load(cgutils.gep_inbounds(builder, table, 0, k))


@intrinsic
def _run_and_unit(typingctx, itemsize):
    def codegen(context, builder, signature, args):
        single = builder.icmp_signed("==", args[0], ir.Constant(args[0].type, 4))
        found = [builder.select(single, runs_word(builder, k), runs_word(builder, k + 2))
                 for k in range(2)]
        return context.make_tuple(builder, signature.return_type, found)
    return types.UniTuple(types.int64, 2)(itemsize), codegen


@intrinsic
def _small(typingctx):
    return types.int64(), lambda context, builder, signature, args: runs_word(builder, 4)


@helper(inline=True)
def is_small(size, itemsize):
    """As `sums_order.is_small`."""
    return size <= (SMALL if itemsize == 4 else _small())


@helper(inline=True)
def multiply_adds(n, K, O, turned):
    """Those of a product (n, K) by (K, O), or so many that it is not small where OpenBLAS never
    counts it as such. turned: the right side is a transpose.
    """
    if turned and K > 1 and (K < 32 or n * O > 1200):
        return _MANY
    return n * K * O


@helper(inline=True)
def is_added(n, K, O, turned, work):
    """Whether BLAS adds the sums of such a product to 0.0, so that none of them is -0.0: 1 or 0.

    (Kernels for small products leave a sum whose products underflow with its sign.)
    """
    if n * O * K == 1:  # two numbers
        return 0
    if K == 1 and work.itemsize == 4 or K > 1 and (n == 1 or O == 1):
        return 1
    return 0 if multiply_adds(n, K, O, turned) <= _small() else 1


@helper(inline=True)
def can_underflow(a, work):
    """Whether products of numbers of a, summed in the type of work, can underflow: 1 or 0.

    Known when compiled. Those of two float32 cannot in float64, where no sum is -0.0 then; that is
    so of an a of float32, as weights are float32 wherever products are rounded (`plan/types.py`).
    """
    return 1 if is_of_type(a, work) else 0


@helper(inline=True)
def nil_of(added, work):
    """0.0 in the type of work, or -0.0, which changes nothing that it is added to."""
    return work.dtype.type(0.0 if added else -0.0)


@helper(inline=True)
def run_of(work):
    """Terms in a run of sums in the type of work."""
    return _run_and_unit(work.itemsize)[0]


@helper(inline=True)
def terms_of(left, size, itemsize):
    """As `sums_order.terms_of`."""
    run, unit = _run_and_unit(itemsize)
    if is_small(size, itemsize) or left <= run:
        return left
    return run if left >= 2 * run else (left // 2 + unit - 1) // unit * unit


@helper(inline=True)
def run_at(position, total, size, itemsize):
    """Where the run that a term is in begins and ends, of `total` terms."""
    begin = 0
    while True:
        end = begin + terms_of(total - begin, size, itemsize)
        if position < end:
            return begin, end
        begin = end


@helper(inline=True)
def padded_to(n, lanes):
    """The next multiple of lanes from n on."""
    return (n + lanes - 1) // lanes * lanes


@helper(inline=True)
def lanes_of(work):
    """Elements in one 512-bit vector of the work's type."""
    return 64 // work.itemsize


@helper(inline=True)
def pack(b, transposed, n, work):
    """Copy b (K, O), or b.T where `transposed`, to the head of `work` in the work's type.

    For a product with n rows on the left.

    Wide: panels of one or two vectors of columns, K rows each, the last padded with zeros. Short:
    K rows, padded. Narrow: O rows of K, padded, and rows of zeros for the rest of NARROW.
    """
    wide_vectors()
    rows, columns = b.shape
    K, O = (columns, rows) if transposed else (rows, columns)
    lanes = lanes_of(work)
    if is_narrow(n, K, O, transposed, work):
        _pack_rows(b, O, K, not transposed, padded_to(K, lanes), work)
        for i in range(O * padded_to(K, lanes), NARROW * padded_to(K, lanes)):
            put(work, i, 0.0)
        return NARROW * padded_to(K, lanes)
    if K <= SHORT or is_one_row(n, O) and not transposed:
        _pack_rows(b, K, O, transposed, padded_to(O, lanes), work)
        return K * padded_to(O, lanes)
    panel = panel_of(O, lanes)
    across, along = (1, columns) if transposed else (columns, 1)  # from k to k + 1, from o to o + 1
    for o in range(0, O, panel):
        width = min(panel, O - o)
        for k in range(K):
            i, j = o * K + k * panel, k * across + o * along
            for c in range(width):
                put(work, i + c, get(b, j + c * along))
            for c in range(width, panel):
                put(work, i + c, 0.0)
    return (O + panel - 1) // panel * panel * K


@helper(inline=True)
def _pack_rows(b, length, width, across, padded, work):
    """`length` rows of b, or with `across` columns, each padded with zeros."""
    columns = b.shape[1]
    for i in range(length):
        if across:
            for j in range(width):
                put(work, i * padded + j, get(b, j * columns + i))
        else:
            for j in range(width):
                put(work, i * padded + j, get(b, i * columns + j))
        for j in range(width, padded):
            put(work, i * padded + j, 0.0)


@helper(inline=True)
def panel_of(O, lanes):
    """Columns of one panel of packed weights: one vector, or two where there are so many."""
    return lanes if O <= lanes else 2 * lanes


@helper(inline=True)
def is_narrow(n, K, O, turned, work):
    """Whether `rows_product` has its lanes along the inner axis, of which there are enough."""
    return (O <= NARROW and K > 2 * lanes_of(work)
            and is_small(multiply_adds(n, K, O, turned), work.itemsize))


@helper(inline=True)
def is_one_row(n, O):
    """Whether NumPy takes a product of one row for one of a vector and a matrix."""
    return n == 1 and O > NARROW


@helper(inline=True)
def panel_steps(K, O, work):
    """The steps of a packed b (K, O), see `rows_product`."""
    return K, panel_of(O, lanes_of(work))


def rows_sizes(k, o, lanes):
    """Elements that `pack` fills at most, and those of scratch for `rows_product`."""
    panel = lanes if o <= lanes or k <= SHORT else 2 * lanes
    packed = k * ((o + panel - 1) // panel * panel)
    narrow = NARROW * ((k + lanes - 1) // lanes * lanes)
    return max(packed, narrow) if o <= NARROW else packed, 16 * (max(k, o) + 32)
