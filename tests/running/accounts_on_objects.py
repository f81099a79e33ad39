"""Models of one's own that keep account of their training on themselves, do a step in a method, or
call objects.
"""

from both_ways import changed
from epoch_programs import NETWORK

_PRINT = "            if not epoch % print_every:\n"
_BEGIN = "        steps = 1\n"
_STEP = NETWORK[NETWORK.index("                output = self.forward(xs"):NETWORK.index(_PRINT)]
_METHOD = "    def train(self, X, y, epochs=1"
WHOLE = changed(NETWORK, ("batch_size=10", "batch_size=None"))


def model(*lines: str, before: str = "", of: str = WHOLE) -> str:
    """The network with these lines in each turn, and others before the loop."""
    return changed(of, (_PRINT, "".join(f"            {one}\n" for one in lines) + _PRINT), (
        _BEGIN, "".join(f"        {one}\n" for one in before.splitlines()) + _BEGIN))


def in_a_method(of: str) -> str:
    """The step is a method of its own."""
    body = "".join(f"{line[8:]}\n" for line in _STEP.splitlines())
    return changed(of, (_STEP, "                loss, accuracy = self.one_step(xs, ys)\n"), (
        _METHOD, f"    def one_step(self, xs, ys):\n{body}        return loss, accuracy\n\n"
        + _METHOD))


def called(of: str) -> str:
    """Layers and the network are called, where they had a method for it."""
    return changed(of.replace(
        "def forward(self, inputs, training=True):", "def __call__(self, inputs, training=True):"),
        ("            layer.forward(found, training)", "            layer(found, training)"),
        ("    def forward(self, X, training):", "    def __call__(self, X, training):"),
        ("output = self.forward(xs, training=True)", "output = self(xs, training=True)"),
        ("network.forward(X, False)", "network(X, False)"))


BEST = "self.best, self.waited, self.kept, self.losses = 9.0, 0, None, []"
TRAINED = {
    "the best loss": model("if loss < self.best:", "    self.best = loss", before=BEST),
    "the best loss and its weights": model(
        "if loss < self.best:", "    self.best = loss",
        "    self.kept = self.layers[0].weights.copy()", before=BEST),
    "waits": model("if loss < self.best - 1e-3:", "    self.best, self.waited = loss, 0", "else:",
                   "    self.waited += 1", "    if self.waited > 4:", "        print(epoch)",
                   "        break", before=BEST),
    "the least": model("self.best = min(self.best, loss)", before=BEST),
    "counts": model("self.waited += 1", "self.losses.append(self.waited)", before=BEST),
    "a list": model("self.losses.append(loss)", before=BEST),
    "the last loss": model("self.best = loss", "self.losses.append(self.best)", before=BEST),
    "a step in a method": in_a_method(WHOLE),
    "a step in a method, by batches": in_a_method(NETWORK),
    "a step in a method, and the best": in_a_method(model(
        "if loss < self.best:", "    self.best = loss", before=BEST)),
    "called": called(WHOLE),
    "called, by batches": called(NETWORK),
    "another object midway": model(
        "if epoch == 20:", "    other = Network()", "    other.best, self_one = 5.0, other",
        "if loss < self_one.best:", "    self_one.best = loss", before=BEST + "\nself_one = self"),
}
_FORWARD = "        found = X\n"
# Each by one thing more.
LEFT = {
    "a property": changed(model("if loss < self.least:", "    self.least = loss", before=(
        "self.best = 9.0")), ("    def add(self", (
            "    @property\n    def least(self):\n        return self.best\n\n"
            "    @least.setter\n    def least(self, value):\n        print(value)\n"
            "        self.best = value\n\n    def add(self"))),
    "a class that sees what is set": changed(
        model("if loss < self.best:", "    self.best = loss", before=BEST), ("    def add(self", (
            "    def __setattr__(self, name, value):\n        print(name)\n"
            "        object.__setattr__(self, name, value)\n\n    def add(self"))),
    "the same object by another name": model(
        "if loss < self.best:", "    self.best = loss", "me.best += 1",
        before=BEST + "\nme = self"),
    "read by another name": model(
        "if loss < self.best:", "    self.best = loss", "self.losses.append(me.best)",
        before=BEST + "\nme = self"),
    "read in a method": changed(
        model("self.best = min(self.best, loss)", before=BEST), (_FORWARD, (
            "        self.seen = self.best\n" + _FORWARD)), ("        self.layers = []\n", (
                "        self.layers = []\n        self.best = self.seen = 0\n"))),
    "set in a method": changed(
        model("self.waited += 1", before=BEST), (_FORWARD, (
            "        self.waited = 3\n" + _FORWARD)), ("        self.layers = []\n", (
                "        self.layers = []\n        self.waited = 0\n"))),
    "called, and says so": changed(called(WHOLE), ("        found = X\n", (
        "        print('called')\n        found = X\n"))),
    "called by what is on the object": changed(called(WHOLE), (
        "output = self(xs, training=True)", "output = self.run(xs, training=True)"), (
        "        self.layers = []\n", "        self.layers, self.run = [], self.__call__\n")),
    "a number of the optimizer": model("self.optimizer.lr *= 0.99"),
    "a number of an optimizer with a name": model(
        "optimizer.current *= 0.99", before="optimizer = self.optimizer"),
}
