"""From a Python function to machine code, and where that is kept; what the code does is not known
here.

    jit         the decorators: closed lists of signatures, compiled as they are met
    unmade      dispatchers that are made at their first use
    cache       compiled kernels on disk
    places      where they may be kept, and who may write there
    digest      which version of the kernels this is
    undivided   what no signal and no fork may cut in two
"""
