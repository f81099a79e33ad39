"""What a kernel answers. Anything but OK means that nothing was written; Python then says why."""

OK = 0
SHAPE = 1  # the arrays' shapes do not belong together
LABEL = 2  # a class index outside 0 .. C - 1
