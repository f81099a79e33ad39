"""From a Python function to machine code, and where that is kept; what the code does is not known
here.

    jit         the decorators, and the lists of all that wears them
    dispatcher  closed lists of signatures, loaded or compiled as they are met
    helpers     functions that only kernels call
    unmade      dispatchers that are made at their first use
    cache       compiled kernels on disk
    places      where they may be kept, and who may write there
    background  NumPy until the kernels are there, which a helper process compiles
    store       compiled kernels that came with the package
    waiting     the line for somebody who waits
    digest      which version of the kernels this is
    undivided   what no signal and no fork may cut in two
"""
