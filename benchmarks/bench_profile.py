"""What a profile costs: trainings with and without one, the same network and the same digits.

The ratio is below 1: how fast the training is under a profile. Opening and closing count too.
"""

import pytest
from rates import limited
from rows import Row

import fastnn
from fastnn.bench.loops import Training, fit, loop
from fastnn.bench.nets import Network
from fastnn.bench.pairs import nothing
from fastnn.bench.workloads import SPIRAL_64, SPIRAL_512, Workload, description, label

BOOK_64, BOOK_512 = (one._replace(book=True) for one in (SPIRAL_64, SPIRAL_512))
CASES = [(BOOK_64, fit, 15_000, 0.95), (SPIRAL_64, fit, 30_000, 0.95), (BOOK_512, fit, 2000, None),
         (BOOK_64, loop, 10_001, 0.9), (BOOK_512, loop, 800, None)]


@pytest.mark.parametrize("workload, train, epochs, floor", CASES,
                         ids=lambda one: label(one) if isinstance(one, Workload)
                         else getattr(one, "__name__", ""))
def test_training_under_a_profile(workload, train: Training, epochs, floor, numpy_for, compare,
                                  smoke):
    epochs = 2 if smoke else epochs
    way = "fastnn.fit" if train is fit else "the loop with fastnn"
    row = Row("profile", description(workload), f"{way}, profiled", way, unit="epoch", floor=floor)
    with numpy_for(workload), limited(1, 1):
        network = Network(workload, fastnn)
        born = network.state()

        def profiled():
            with fastnn.profile():
                return train(network, epochs)
        losses = []
        for run in (profiled, lambda: train(network, epochs)):
            network.restore(born)
            losses.append(run())
        assert losses[0] == losses[1], "a profile changes the digits"

        compare(profiled, lambda: train(network, epochs), row=row, units=(epochs, epochs),
                before=nothing if smoke else lambda: network.restore(born), pairs=9)
