"""A training over several processes, the ranks of an MPI program: `fit(..., comm=)`.

    ranks       what the ranks tell each other, and how all end where one fails
    geometry    which samples of a batch are whose, and in which parts they are summed
    state       what all ranks must have alike, and what the first one gives to the others
    flat        all gradients of a step side by side, in one array
    run         the compiled run: gradients of a rank's samples, their sum, the update
    validation  the same for the values of a validation
    called      callbacks and Ctrl-C, on one rank for all

mpi4py is never imported here: a communicator is whatever has the methods that are called.
"""
