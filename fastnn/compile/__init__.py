"""From a Python function to machine code, and where that is kept; what the code does is not known
here.

    jit         the decorators, and the lists of all that wears them
    dispatcher  closed lists of signatures, loaded or compiled as they are met
    arguments   which of them a call's arguments fit; instruction: what compiled code calls
    entries     the way into a kernel
    linking     kept machine code, put into this process
    cache       compiled kernels on disk
    places      where they may be kept, and who may write there
    processor   which processor they are for
    background  NumPy until the kernels are there, which a helper process compiles
    store       compiled kernels that came with the package
    waiting     the line for somebody who waits
    digest      which version of the kernels this is; settings: what Numba is told
    undivided   what no signal and no fork may cut in two
    late        Numba's decorators and modules, for kernels' modules to name

Numba is imported by the first compile, and by these alone:

    compiler    from a function to an object
    entry_code  what an entry compiles to
    passes      the passes that kernels go through
"""
