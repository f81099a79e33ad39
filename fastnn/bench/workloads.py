"""The networks that the benchmarks train, by name, and the work that is in them."""

from typing import NamedTuple


class Workload(NamedTuple):
    """One network, its data, and how fast training it in one call should be."""

    name: str
    problem: str  # whose samples these are, see `nets.py`
    samples: int
    widths: tuple[int, ...]  # of the inputs, and of each dense layer
    optimizer: tuple[str, dict[str, float]]
    batch_size: int | None = None  # None: all samples at once
    weight_scale: float = 0.01
    hidden: str = "ReLU"  # the activation behind each dense layer but the last
    book: bool = False  # products as under nnfs.init(), else native float32: the fast lane
    plain: bool = False  # NumPy as it is: float64
    threads: int = 1  # of BLAS
    our_threads: int = 1
    age: int = 1000  # epochs of training before anything is timed
    epochs: int = 5000  # of one timed call: many, since `fit` plans for 2 to 5 ms before it trains
    their_epochs: int = 500  # of the other side, in about the same time
    pairs: int = 15
    floor: float | None = None  # times as fast as the loop; below it something is wrong
    aim: float | None = None

    @property
    def exact(self) -> bool:
        """Whether all is equal in every bit."""
        return self.book or self.plain

    @property
    def multiply_adds(self) -> int:
        """Of all products of an epoch, without the first layer's dinputs, which nobody needs."""
        layers = [I * O for I, O in zip(self.widths, self.widths[1:], strict=False)]
        return self.samples * (3 * sum(layers) - layers[0])

    @property
    def middle_product(self) -> tuple[int, int, int]:
        """(N, I, O) of the forward product in the middle of the network."""
        middle = (len(self.widths) - 1) // 2
        return self.batch_size or self.samples, self.widths[middle], self.widths[middle + 1]

    @property
    def steps(self) -> int:
        """Updates in an epoch."""
        return -(-self.samples // (self.batch_size or self.samples))

    def short(self) -> "Workload":
        """The same network for a smoke test: few epochs, of one small batch and a part of one."""
        short = self._replace(age=3, epochs=3, their_epochs=1)
        return short if self.batch_size is None else short._replace(samples=40, batch_size=32)


ADAM = ("Optimizer_Adam", {"learning_rate": 0.05, "decay": 5e-7})
# One thread: where another process wants the second core, two take up to a hundred times as long
# for these products (the sine's loop 1.1 ms or 124 ms).
SPIRAL_64 = Workload("spiral-64", "spiral", 300, (2, 64, 3), ADAM)
SPIRAL_512 = Workload("spiral-512", "spiral", 300, (2, 512, 3), ADAM,
                      epochs=1000, their_epochs=150)
SINE = Workload("sine", "sine", 1000, (1, 64, 64, 1),
                ("Optimizer_Adam", {"learning_rate": 0.005, "decay": 1e-3}), weight_scale=0.1,
                epochs=1500, their_epochs=100)
FASHION = Workload("fashion", "noise", 6000, (784, 128, 128, 10),
                   ("Optimizer_Adam", {"decay": 1e-3}), batch_size=128,
                   age=2, epochs=8, their_epochs=2)
# Small networks, as SimpleChains.jl has them. "exponential" is its example, the exponential of a
# matrix of 2 by 2: its rate, about its weights (Glorot's), and its loss but for a factor, which
# Adam divides away. Its MNIST has convolutions; "mnist" is only as large. "xor" is next to no work:
# what is left are the calls.
EXPONENTIAL = Workload("exponential", "exponential", 10_000, (4, 32, 16, 4),
                       ("Optimizer_Adam", {"learning_rate": 0.001}), weight_scale=0.25,
                       hidden="Tanh", epochs=200, their_epochs=20)
MNIST = Workload("mnist", "noise", 6000, (784, 32, 10),
                 ("Optimizer_Adam", {"learning_rate": 3e-4}), batch_size=128,
                 age=5, epochs=30, their_epochs=6)
XOR = Workload("xor", "xor", 4, (2, 4, 1), ADAM, weight_scale=1.0, hidden="Tanh",
               epochs=100_000, their_epochs=1500)
# Which optimizer is nobody's wish here: plain SGD has the least work besides the products.
WIDE = Workload("wide", "noise", 2560, (1024, 1024, 1024, 10),
                ("Optimizer_SGD", {"learning_rate": 0.1}), batch_size=256, threads=2, our_threads=2,
                age=1, epochs=3, their_epochs=1, pairs=11)


def label(workload: Workload) -> str:
    """A name for a row: network and precision."""
    second = "-second-thread" if workload.our_threads > workload.threads else ""
    lane = "book" if workload.book else "plain" if workload.plain else "native"
    return f"{workload.name}-{lane}{second}"


def description(workload: Workload) -> str:
    """What a reader is told of it: "spiral 2-64-3, nnfs.init(), equal in every bit"."""
    batches = f", batches of {workload.batch_size}" if workload.batch_size else ""
    lane = "nnfs.init(), equal in every bit" if workload.book else (
        "float64 without nnfs.init(), equal in every bit" if workload.plain else "native float32")
    threads = (", two threads" if workload.threads == 2 else
               ", fastnn in two threads" if workload.our_threads == 2 else "")
    hidden = "" if workload.hidden == "ReLU" else f", {workload.hidden.lower()}"
    return (f"{workload.name.partition('-')[0]} {'-'.join(map(str, workload.widths))}{hidden}"
            f"{batches}, {lane}{threads}")
