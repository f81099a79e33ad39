"""What must hold before two ways to train are timed: that they come to the same."""

import numpy as np

from fastnn import reference
from fastnn.bench.comparing import arrays_of, assert_same, require
from fastnn.bench.loops import Training, fit, loop, recorded
from fastnn.bench.nets import Network


def assert_bit_identical(ours: Network, theirs: Network, epochs: int, train: Training = fit
                         ) -> None:
    """Train both, ours by `train`; losses, arrays and numbers on the objects must be equal."""
    got, expected = train(ours, epochs), loop(theirs, epochs)
    require(got == expected, f"the two differ in their losses, {got} and {expected}")
    assert_same(_everything(ours, train), _everything(theirs, train))


def _everything(network, train):
    objects = {"layers": network.layers, "optimizer": network.optimizer}
    if train in (fit, recorded, loop):  # a Model has a loss of its own
        objects["loss"] = network.loss
    return arrays_of(objects)


def assert_close(ours: Network, theirs: Network, epochs: int, train: Training = fit) -> None:
    """Train both, a step and then some epochs; gradients and losses must be equal to rounding.

    Gradients within one part in 100,000 of their length; found were 6e-7 at most. A neuron that
    rounding puts on the other side of zero gives or takes a whole sample's share: one in 100,000
    may, and the tolerance is a thousand times wider then. Adam makes steps of one length out of
    gradients of any size, so weights whose gradient is all rounding differ: they are not compared.
    """
    train(ours.first_batch(), 1)
    loop(theirs.first_batch(), 1)
    tolerance = 1e-2 if _any_turned(ours, theirs) else 1e-5
    for a, b in zip(ours.dense, theirs.dense, strict=True):
        for name in ("dweights", "dbiases"):
            got, expected = vars(a)[name], vars(b)[name]
            require(got.dtype == expected.dtype == np.float32, f"the two differ in {name}: "
                    f"{got.dtype}, {expected.dtype}")
            require(np.linalg.norm(got - expected) <= tolerance * np.linalg.norm(expected),
                    f"the two differ in {name}")
    # Adam's steps widen what rounding began: 1.1e-5 after 141 of them.
    wider = 10 if len(ours.X) > ours.batch_size else 1
    for more, bound in ((1, tolerance), (epochs - 1, wider * tolerance)):
        got, expected = train(ours, more), loop(theirs, more)
        require(abs(got - expected) <= bound * expected,
                f"the two differ in their losses, {got} and {expected}")


def _any_turned(ours, theirs):
    """Whether a neuron fires on one side only; more than one in 100,000 is an error."""
    pairs = [(a.output > 0, b.output > 0) for a, b in zip(ours.layers, theirs.layers, strict=True)
             if isinstance(b, reference.Activation_ReLU)]
    turned = sum(np.count_nonzero(a != b) for a, b in pairs)
    require(turned <= 1e-5 * sum(a.size for a, _ in pairs), f"the two differ in {turned} neurons")
    return turned > 0


def loss_now(network: Network) -> float:
    """Data loss of the first batch, with the parameters as they are."""
    batch = network.first_batch()
    output = batch.X
    for layer in batch.layers:
        layer.forward(output)
        output = layer.output
    loss = batch.loss.calculate if batch.regression else batch.loss.forward
    return float(loss(output, batch.y))
