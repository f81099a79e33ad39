"""How tiles are cut so that their sums stay in the registers of the processor.

It is asked of Numba's target while a tile is written; digits do not depend on it.
"""

_FEW_SUMS = 6  # vectors of LANES that leave room for operands in 16 registers of AVX2, 32 of NEON


def many_registers(context):
    """Whether there are 32 registers of a whole vector: AVX-512's."""
    _, processor, features = context.codegen().magic_tuple()
    return "+avx512f" in features.split(",") or not features and processor == "x86-64-v4"


def rows_of_tile(context):
    """Rows of the largest tiles.

    AVX-512: 16 sums in registers, of 8 rows by 2 vectors, need 10 loads for 16 multiply-adds. AVX2,
    whose registers hold half a vector: 12 sums, of 6 rows by 1, need 8 loads for 12 multiply-adds.
    3 rows by 2 leave no register free, and LLVM spills some: 55 GFLOP/s instead of 83.
    """
    return 8 if many_registers(context) else 6


def parts_of_tile(context):
    """The two vectors of such a tile's columns: those that are done together."""
    return [(0, 1)] if many_registers(context) else [(0,), (1,)]


def portions(context, rows, vectors):
    """(first row, rows) of the parts of a tile, so that the sums of each stay in registers.

    Each sum has the same terms in the same order in any part.
    """
    if many_registers(context):
        return [(0, rows)]
    parts = -(-rows // max(1, _FEW_SUMS // vectors))
    ends = [rows * part // parts for part in range(parts + 1)]
    return [(begin, end - begin) for begin, end in zip(ends, ends[1:])]


def pieces(context, lanes):
    """(first lane, lanes) of what a register holds of LANES, for loops that need many of them."""
    if many_registers(context):
        return [(0, lanes)]
    return [(0, lanes // 2), (lanes // 2, lanes // 2)]
