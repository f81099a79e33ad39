"""Training loops of a program, handed to fit's engine between the turns whose values are wanted.

`rewrite` has each loop that looks like a training ask `epochs` for its turns:

    for epoch in range(10001):      ->      for epoch in epochs(range(10001), ...):

which gives those that have to run as they are: the first, the last, and each in which a block under
a condition like `not epoch % 100` runs, with the one before. Between them it trains, on the same
objects, if what the body does is proved to be one step of `fit`, or one epoch, and nothing else
that anybody could see, but for names and lists that are then set to what the turns would have left.

    rewriting   the one change to the program        sites      the loops, and what became of each
    turns       which turns run as they are          plan       how the others are trained
    whiles      the same of `while`                  worth      whether it pays, by the clock
    looprun     a compiled run that goes on between turns
    quiet       whether anybody else could look      held       Ctrl-C until a turn is whole

    reading     the body, statement by statement     branches   blocks under conditions
    inner       the loop over batches in each turn of one over epochs
    generators  what makes such batches          validating  what stands behind them in each turn
    expressions what an expression stands for
    lookups     what a name or an attribute does     calls      what a call does
    methods     those of a Model of one's own        texts      their sources
    chains      lists that a turn goes through       members    what else classes have
    objects     calls of layers, losses, optimizers  symbols    what all that may be
    counting    numbers that the variable decides
    names, roles the program's names and objects     adopted    those of classes that were adopted
    pure, questions functions and methods that only compute
    events      what a turn does to objects          steps      whether that is one step: the proof
    given       what methods of adopted classes are given
    aside       what goes forward beside the step    waiting    blocks that wait for a loss
    books       what a program keeps account of      asking     texts of its numbers
    attributes  the same on objects of its own       filling    elements that turns set
    trying      what only some turns compute         frames     names, set from outside
    updating    the same of the optimizer
    batches     which rows each turn takes       drawing    orders of samples that turns draw, read
    parts       batches that lie in a list
    orders      the draws themselves             moving     samples that are left in such an order
    values      what `fit` records of it             keeping    lists that get that in each turn
"""

from fastnn.running.loops.quiet import begins
from fastnn.running.loops.rewriting import rewrite
from fastnn.running.loops.sites import forget, report
from fastnn.running.loops.turns import epochs
from fastnn.running.loops.whiles import whiles

__all__ = ["begins", "epochs", "forget", "report", "rewrite", "whiles"]
