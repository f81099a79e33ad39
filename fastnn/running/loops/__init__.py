"""Training loops of a program, handed to fit's engine between the turns whose values are wanted.

`rewrite` has each loop that looks like a training ask `epochs` for its turns:

    for epoch in range(10001):      ->      for epoch in epochs(range(10001), ...):

which gives those that have to run as they are: the first, the last, and each in which a block under
a condition like `not epoch % 100` runs, with the one before. Between them it trains, on the same objects, if what the
body does is proved to be one step of `fit` and nothing else that anybody could see.

    rewriting   the one change to the program        sites      the loops, and what became of each
    turns       which turns run, and the training of the others
    reading     the body, statement by statement: events, computations, guarded blocks
    expressions what an expression stands for        counting   numbers that the variable decides
    symbols     what that may be                     pure       functions that only compute
    steps       whether the events are one step: the proof
    batches     which rows each turn takes           roles, names   the program's objects and names
    looprun     a compiled run that goes on between turns
    quiet       whether anybody else could look
"""

from fastnn.running.loops.rewriting import rewrite
from fastnn.running.loops.sites import forget, report
from fastnn.running.loops.turns import epochs

__all__ = ["epochs", "forget", "report", "rewrite"]
