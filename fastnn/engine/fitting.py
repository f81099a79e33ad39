"""fit: the book's hand-written training loop as one call, compiled where it can be.

`why_not` says whether a network can be compiled. What cannot runs step by step through the
objects' own methods (`stepwise.py`), with the same results.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np

from fastnn.accuracy import Accuracy_Categorical
from fastnn.engine import sound
from fastnn.engine.called import Called, Training
from fastnn.engine.halting import hand_over, trained
from fastnn.engine.history import History
from fastnn.engine.lent import Lent
from fastnn.engine.memory import Memory
from fastnn.engine.order import Order, order_of
from fastnn.engine.parts import Parts, check, first_dense, is_dense, loss_of
from fastnn.engine.plan.step import plan_step
from fastnn.engine.program import Unfit, by_data
from fastnn.engine.progress import Progress
from fastnn.engine.ranks.ranks import ranks_of
from fastnn.engine.ranks.team import Team
from fastnn.engine.resuming import read, take_up, warn_of_others
from fastnn.engine.targets import targets
from fastnn.losses import (
    Activation_Softmax_Loss_CategoricalCrossentropy,
    Loss_CategoricalCrossentropy,
)
from fastnn.support import checks, watching
from fastnn.support.hints import hinting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from fastnn.engine.history import Row
    from fastnn.support.annotations import (
        AccuracyLike,
        Array,
        ArrayLike,
        FilePath,
        Layer,
        LossLike,
        OptimizerLike,
    )


@hinting
def fit(layers: Sequence[Layer], loss: LossLike, optimizer: OptimizerLike, X: ArrayLike,
        y: ArrayLike, *, epochs: int = 1, batch_size: int | None = None,
        accuracy: AccuracyLike | None = None,
        validation_data: tuple[ArrayLike, ArrayLike] | None = None, log_every: int = 1,
        callback: Callable[[Row], object] | Sequence[Callable[[Row], object]] | None = None,
        resume: FilePath | None = None, verbose: bool | None = None,
        shuffle: bool | int | np.random.Generator = False, comm: Any = None,
        parts: int | None = None) -> History:
    """Train as the book's loop does, and leave every object as that loop would.

        for epoch in range(epochs):
            for each batch of X, y, in order:
                forward through the layers and the loss, backward through both,
                optimizer.pre_update_params(), update_params(layer) ..., post_update_params()

    Parameters
    ----------
    layers : list of the book's objects in order, [dense1, activation1, dense2]
    loss : a loss, or Activation_Softmax_Loss_CategoricalCrossentropy
    optimizer : an optimizer
    X : array or memory map (N, I)
    y : array (N,) of class indices, or (N, O)
    epochs : int
    batch_size : int or None; None takes all samples at once. The last batch may be shorter.
    accuracy : Accuracy_Categorical, Accuracy_Regression or None
        None: categorical for categorical losses, else no accuracy is taken.
    validation_data : pair (X, y) or None; evaluated after each recorded epoch
    log_every : int; epochs divisible by it are recorded, and the last
    callback : function of a Row, list of such, or None
        Called after each recorded epoch, when the objects are as the loop would have left them.
        What it changes on them counts. Training stops when one returns True. `fastnn.callbacks` has
        EarlyStopping, Checkpoint, LearningRateSchedule, CSVLogger, TensorBoard, LivePlot.
    resume : path of a file that `fastnn.callbacks.Checkpoint` wrote, or None
        Go on from there: the objects and NumPy's random state become what they were then, and the
        History has the rows from before too. With the same data the rest is, bit for bit, what the
        training would have been without a break (in the fast lane to rounding: a halt more or less
        adds terms in another order). epochs: of the whole training.
    verbose : bool or None
        A line on standard error that tells how far it came (tqdm draws it). None: where that is a
        terminal or a notebook, tqdm is installed and it takes more than a second.
    shuffle : bool, seed or np.random.Generator
        Whether each epoch takes the samples in another order, of epoch e:
        np.random.default_rng([seed, e]).permutation(len(X)). True takes a seed that nobody knows,
        a Generator gives one. Batches are then np.take(X, order[...], axis=0). NumPy's global
        stream is not touched. Resumed, True takes the seed of the file.
    comm : a communicator of mpi4py (MPI.COMM_WORLD), or None
        All its ranks call `fit` alike, each with samples of its own (`fastnn.mpi.scatter` divides
        them), and leave with equal weights: to rounding those of one process that has them all.
        A batch, of batch_size samples in all, is that of rank 0, that of rank 1 and so on, one
        behind the other; each step adds up all ranks' gradients. Rank 0 has the say: its weights
        are everybody's to begin with, its callbacks are called and what they change is changed
        everywhere, it reads `resume`. Of validation_data each rank has some, too; with `shuffle`
        each shuffles its own, and Layer_Dropout draws from each rank's own np.random (which
        `resume` puts back on rank 0 alone). Where one rank raises, all do.
    parts : int or None
        A power of two that the ranks divide among them. Each batch is cut evenly into so many
        parts, whose gradients are added in a fixed tree: then the digits do not depend on the
        number of ranks, nor on whether there is a `comm`. (As with `comm` all is compiled first,
        whatever `compile_policy` says: there is no other way to compute it.)

    Returns a History. One RuntimeWarning says where the loss became NaN or infinite. Raises
    ValueError, TypeError for what does not fit together, nothing is changed then; and after a
    callback left such a thing, when all is as that callback left it.

    Ctrl-C stops after the running step, with whole objects: `fit` gives back the History of the
    whole epochs so far, whose `interrupted` is True. A second Ctrl-C within a second raises
    KeyboardInterrupt, and so does one in the callback. What is raised on the way, by whomever, has
    that History as its attribute `history`.

    Source: book ch. 10 to 19.
    Differs: the sums in the loss and the accuracy are of the last epoch (`new_pass` before each;
    where Ctrl-C ends one that would not have been recorded, of one before it);
    the loop under Ctrl-C, and with `np.errstate(all="raise")`, raises in the middle of a step;
    `layer.trainable = False` freezes a layer; what a callback makes of the list `layers` is not
    seen (what it makes of the layers is).
    """
    with watching.within("fit"):
        try:
            ranks = ranks_of(comm, parts, "fit")
            with nullcontext() if ranks is None else ranks:
                return _checked_fit(
                    layers, loss, optimizer, accuracy, X, y, epochs=epochs, batch_size=batch_size,
                    validation_data=validation_data, log_every=log_every, callback=callback,
                    resume=resume, verbose=verbose, shuffle=shuffle, ranks=ranks, parted=parts)
        except KeyboardInterrupt as error:
            if not hasattr(error, "history"):  # it came before the first step was planned
                hand_over(error, History(interrupted=True))
            raise


def _checked_fit(layers: Any, loss: Any, optimizer: Any, accuracy: Any, X: Any, y: Any,
                 **options: Any) -> History:
    layers = list(layers) if hasattr(layers, "__iter__") else layers
    lent = Lent([*layers, loss, optimizer, accuracy] if isinstance(layers, list) else [], optimizer,
                predicts=options["validation_data"] is not None)
    if lent:
        layers = [lent.ours(layer) for layer in layers]
        loss, optimizer, accuracy = map(lent.ours, (loss, optimizer, accuracy))
    layers = sound.objects(layers, loss, optimizer, accuracy, "fit")
    try:
        history = train_parts(parts_of(layers, loss, optimizer, accuracy), X, y, "fit", lent=lent,
                              **options)
    finally:
        lent.agree()
    if lent and len(history) and options["shuffle"] is False:
        lent.finish(layers, loss, y, options["batch_size"])
    return history


def train_parts(parts: Parts, X: Any, y: Any, who: str, *, epochs: int, batch_size: int | None,
                validation_data: Any, log_every: int, callback: Any, resume: Any, verbose: Any,
                shuffle: Any, ranks: Any = None, parted: int | None = None,
                lent: Lent | None = None) -> History:
    """`fit` of parts that are known, for `who`. ranks, parted: what `comm` and `parts` mean."""
    X, y = checks.samples(X, y, who)
    epochs = checks.whole(epochs, who, "epochs", 0)
    log_every = checks.whole(log_every, who, "log_every")
    if batch_size is not None:
        batch_size = checks.whole(batch_size, who, "batch_size")
    if validation_data is not None:
        validation_data = checks.samples(*checks.pair(validation_data, who),
                                         f"{who}, validation_data")
    progress = Progress(verbose, epochs, who)
    called = Called(callback, who, progress.stopped)
    if lent:
        called = lent.called(called)
    order = order_of(shuffle, len(X), who)
    samples = len(X) * (ranks.size if ranks else 1)
    steps = epochs * -(-samples // (batch_size or samples))
    sound.check(parts, who, steps)
    sound.check_data(parts, X, y, who)
    if validation_data is not None:
        X_val, y_val = validation_data
        sound.check_data(parts, X_val, y_val, f"{who}, validation_data")
    team = None
    if ranks is not None:
        team = Team(ranks, parts, parted, X, y, validation_data, {
            "epochs": epochs, "batch_size": batch_size, "log_every": log_every,
            "shuffle": order is not None})
        called = team.called(called)
        if not ranks.first:
            progress = Progress(False, epochs, who)
    if not epochs:  # as the loop: nothing
        return History()
    history, give = History(), None
    batches: dict[str, int | None] = {
        "samples": samples, "batch_size": min(batch_size or samples, samples),
        "seed": None if order is None else order.seed}
    if resume is not None and (ranks is None or ranks.first):
        history, give, before = read(resume, parts, epochs, who)
        if shuffle is True and ranks is None and before.get("seed") is not None:
            order = Order(before["seed"], len(X))
            batches["seed"] = order.seed
        warn_of_others(resume, before, batches, who)
    training = Training(parts.layers, parts.loss, parts.optimizer, parts.accuracy, epochs,
                        validation_data is not None, history, batches)
    called.check(training)
    if give is not None:
        take_up(give, parts, steps, who)
    if team is not None:
        team.share(history)
    if len(history) and history[-1].epoch == epochs - 1:  # it was over
        return history
    return trained(parts, X, y, who, epochs, batch_size, validation_data, log_every, called,
                   progress, training, order, team)


def why_not(layers: Sequence[Layer], loss: LossLike, optimizer: OptimizerLike) -> str | None:
    """Why `fit` would run these step by step, in one sentence; None where it compiles them."""
    lent = Lent([*layers, loss, optimizer], optimizer, predicts=False)
    parts = parts_of([lent.ours(layer) for layer in layers], lent.ours(loss), lent.ours(optimizer),
                     None)
    try:
        check(parts)
        first = first_dense(parts)
        X = np.zeros((1, len(first.weights)), first.weights.dtype)
        y = _any_targets(parts)
        plan_step(parts, by_data(X), targets(parts, y, 1), 1, Memory(parts.optimizer), keep=False,
                  often=False)
    except Unfit as reason:
        return str(reason)
    return None


def _any_targets(parts: Parts) -> Array:
    """Targets of one sample, of a shape that fits the network."""
    last = [layer for layer in parts.layers if is_dense(layer)][-1]
    if isinstance(loss_of(parts), Loss_CategoricalCrossentropy):
        return np.zeros(1, np.int64)
    return np.zeros((1, last.weights.shape[1]), last.weights.dtype)


def parts_of(layers: list[Any], loss: Any, optimizer: Any, accuracy: Any) -> Parts:
    """The parts of a training, as `fit` was given them."""
    combined = isinstance(loss, Activation_Softmax_Loss_CategoricalCrossentropy)
    if accuracy is None and (combined or isinstance(loss, Loss_CategoricalCrossentropy)):
        accuracy = Accuracy_Categorical()
    trainable = [layer for layer in layers if hasattr(layer, "weights")]
    return Parts(layers, loss, loss if combined else None, optimizer, accuracy, trainable, True)
