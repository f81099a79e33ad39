"""NumPy whose new arrays lie between guard values, for modules that feed compiled code."""

import numpy as np

GUARD = 16_384  # bytes on either side
PATTERN = 0xFF  # as numbers: NaN, or -1


class GuardedNumpy:
    """Stands in for the module `np`; `intact` says whether all guards are as they were."""

    def __init__(self):
        self._buffers = []

    def __getattr__(self, name):
        return getattr(np, name)

    def empty(self, shape, dtype=float):
        """An array full of NaN, or -1."""
        dtype = np.dtype(dtype)
        size = int(np.prod(shape)) * dtype.itemsize
        buffer = np.full(size + 2 * GUARD + 64, PATTERN, np.uint8)
        start = GUARD + -(buffer.ctypes.data + GUARD) % 64  # from a multiple of 64 bytes on
        self._buffers.append((buffer, start, start + size))
        return buffer[start:start + size].view(dtype).reshape(shape)

    def zeros(self, shape, dtype=float):
        made = self.empty(shape, dtype)
        made[...] = 0
        return made

    def empty_like(self, a):
        return self.empty(a.shape, a.dtype)

    def copy_of(self, a):
        made = self.empty(a.shape, a.dtype)
        made[...] = a
        return made

    @property
    def arrays(self):
        """How many arrays there are."""
        return len(self._buffers)

    @property
    def intact(self):
        return all((buffer[:start] == PATTERN).all() and (buffer[end:] == PATTERN).all()
                   for buffer, start, end in self._buffers)
