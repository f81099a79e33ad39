"""What the classes, runs and files all need, and what knows none of them: one thing a file.

    arrays      what is taken for an array       checks     every error message of the classes
    rules       what attributes may hold         numerics   what the caller's NumPy would do
    room        memory                           buffers    result arrays, used again
    threads     a second thread                  watching   who is told where time goes
    blas        where NumPy's products are
    reprs       what a notebook shows            spelling   class names in other spellings
    hints       which argument was meant         words      what other libraries call things
    aliases     a second name for an attribute
    handlers    errors dropped, but for what a signal's handler raises
"""
