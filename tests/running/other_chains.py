"""Lists of layers, or what looks like them, that a turn does not go through as it seems; and those
that change midway.
"""

from both_ways import changed
from chain_programs import (
    ABSTRACT,
    BACK,
    CHAINS,
    CLASSES,
    FORWARD,
    HANDED_ON,
    LAYERS,
    MARKED,
    STEP,
    TEST,
    UPDATE,
    WHOLE,
    WITH_MORE,
    chain,
    own,
)

CALLED = changed(FORWARD, (".forward", ""))
COUNTS = ("    trainable = False\n", "    trainable = False\n    calls = 0\n\n"
          "    def __call__(self, inputs):\n        Layer.calls += 1\n"
          "        return self.forward(inputs)\n")
LINE = "    if epoch % 40 == 0:\n"
OUT = "    output = X\n"


def _of(layers: str, before: str = "") -> str:
    """With another list, and lines before the loop."""
    return changed(chain(), (f"network = {LAYERS}\n", f"{before}network = {layers}\n"))


def _in_each(line: str) -> str:
    """With a line more in each turn."""
    return changed(chain(), (OUT, f"    {line}\n{OUT}"))


def _in_class(old: str, new: str, forward: str = FORWARD) -> str:
    return chain(forward, classes=changed(CLASSES, (old, new)))


def _midway(lines: str, program: str = "") -> str:
    """With something done once, in the turn of epoch 60."""
    return changed(program or chain(), (LINE, "    if epoch == 60:\n" + "".join(
        f"        {line}\n" for line in lines.splitlines()) + LINE))


IN_A_DICT = CHAINS["a dictionary"]

# name: (program, words of the sentence that says why)
OTHERS = {
    "a layer twice": (_of("[Dense(2, 16), ReLU(), again, again, Dense(16, 3)]",
                          "again = ReLU()\n"), "twice in each turn"),
    "a function among them": (
        changed(_of(f"{LAYERS[:-1]}, np.tanh]"),
                ("layer.forward(output)", "output if layer is np.tanh else layer.forward(output)"),
                ("layer.backward(grad)", "grad if layer is np.tanh else layer.backward(grad)")),
        "holds more than numbers, arrays and layers"),
    "a list of another class": (
        changed(_of(f"Twice({LAYERS})", "class Twice(list):\n    seen = 0\n\n"
                    "    def __iter__(self):\n        self.seen += 1\n"
                    "        return super().__iter__()\n\n\n")), "is no list of layers"),
    "an object that is gone through": (own(
        WHOLE, FORWARD, "    for layer in network.trained:\n        optimizer.update(layer)\n",
        WITH_MORE.replace("    def __call__(self, x):\n", "    def __iter__(self):\n"
                          "        return iter(self.layers)\n\n    def __call__(self, x):\n")),
        "is no list of layers"),
    "an iterator that is made anew": (
        changed(chain(), (OUT, f"    way = iter(network)\n{OUT}"), (
            "in network:\n        output", "in way:\n        output")), "it calls iter"),
    "an iterator that is at its end": (
        changed(chain(), (f"    for layer in {BACK}", f"    way = {BACK}\n    for layer in way")),
        "it calls reversed"),
    "reversed by each turn": (_in_each("network.reverse(); network.reverse()"),
                              "nothing is known of 'network.reverse'"),
    "another order by each turn": (_in_each("network = network[::-1][::-1]"),
                                   "network is read before it is set"),
    "one more by each turn": (_in_each("network.append(len(network)); network.pop()"),
                              "what fit does not record"),
    "set in its place": (_in_each("network[1] = network[1]"), "which may be seen"),
    "an order that is drawn": (
        changed(chain(), ("for layer in network:\n        output",
                          "for layer in np.random.permutation(network)[:0]:\n        pass\n"
                          "    for layer in network:\n        output")),
        "np.random.permutation"),
    "who says is told by forward": (
        chain(update=changed(UPDATE, (TEST, "layer.has_weights")), classes=changed(
            changed(CLASSES, *MARKED), ("        self.output = np.dot", "        self.has_weights ="
                                        " True\n        self.output = np.dot"))), "has_weights"),
    "chosen by what the loop changes": (
        own(WHOLE, "    output = network(X)\n", "    network.first = True\n"
            "    for layer in (one for one in network.layers if network.first):\n"
            "        optimizer.update(layer)\n        network.first = False\n"
            "    optimizer.update(network.layers[2])\n", changed(
                WITH_MORE, ("self.layers = layers", "self.layers, self.first = layers, True"))),
        "may ask for what the loop over it changes"),
    "chosen by a name that the loop sets": (
        chain(update="    first = True\n    for layer in (one for one in network if first):\n"
              "        first = False\n        optimizer.update(layer)\n"
              "    optimizer.update(network[2])\n"), "may ask for what the loop over it changes"),
    "forward on the way": (
        chain("    output = X\n    for output in (one.forward(output) for one in network):\n"
              "        pass\n"), "is not a plain computation"),
    "called, and counted": (chain(CALLED, classes=changed(CLASSES, COUNTS)), "changes Layer.calls"),
    "a property that counts": (
        own(WHOLE, classes=changed(WITH_MORE, (
            "        return [layer for", "        self.asked = self.asked + 1\n"
            "        return [layer for"), ("self.layers = layers",
                                           "self.layers, self.asked = layers, 0"))),
        "an attribute is read before it is set"),
    "a step that does more": (
        chain(update=changed(UPDATE, (TEST, "hasattr(layer, 'step')"), (
            "optimizer.update(layer)", "layer.step(0.5)")), classes=changed(
            CLASSES, ("        return self.dinputs\n\n\nclass ReLU", changed(
                STEP, ("* self.dbiases", "* self.dbiases * 2"))))),
        "each turn changes self.biases"),
    "a dictionary of another class": (
        changed(IN_A_DICT, ("network = {'d1'", "class Named(dict):\n    pass\n\n\n"
                            "network = Named({'d1'"), ("Dense(16, 3)}", "Dense(16, 3)})")),
        "not known to be the"),
    "a dictionary with one more by each turn": (
        changed(IN_A_DICT, (OUT, f"    network['d2'] = network.pop('d2')\n{OUT}")),
        "nothing is known of 'network.pop'"),
    "left before the last": (
        chain(update="    for layer in network:\n        optimizer.update(layer)\n        break\n"),
        "does not update each layer"),
}

# name: (program, turns that are trained at once at least)
MIDWAY = {
    "a layer replaced": (_midway("network[2] = Dense(16, 3)"), 100),
    "a layer put in": (_midway("network.insert(1, ReLU())"), 100),
    "a layer taken out": (_midway("del network[1]"), 100),
    "another list": (_midway("network = [*network[:2], Dense(16, 8), Dense(8, 3)]"), 100),
    "a layer twice": (_midway("network.insert(1, network[1])"), 50),
    "a layer in an inner list": (_midway("network.layers[0].layers[0] = Dense(2, 16)", changed(own(
        "Network(Network(Dense(2, 16), ReLU()), Dense(16, 3))", update=(
            "    network.layers[0].update(optimizer)\n    optimizer.update(network.layers[1])\n")),
        ("self.layers = layers", "self.layers = list(layers)"))), 100),
    "a layer of a dictionary": (_midway("network['d2'] = Dense(16, 3)", IN_A_DICT), 100),
    "a dictionary with one more": (
        _midway("network['d2'] = network.pop('d2')\nlast = network.pop('d2')\n"
                "network |= {'more': Dense(16, 8), 'last': Dense(8, 3)}", IN_A_DICT), 100),
    "a dictionary in another order": (
        _midway("network['relu'] = network.pop('relu')", IN_A_DICT), 100),
    "what an abstract class counts as its own": (
        _midway("Dense.register(ReLU)", chain(update=(
            "    for layer in network[::2]:\n        if not isinstance(network[1], Dense):\n"
            "            optimizer.update(layer)\n"), classes=ABSTRACT)), 50),
    "what the class says": (_midway("Dense.trainable = False", chain(
        update=changed(UPDATE, (TEST, "layer.trainable")))), 50),
    "what an object says": (_midway("network[2].trainable = False", chain(
        update=changed(UPDATE, (TEST, "layer.trainable")))), 50),
    "who is marked": (_midway("network[0].has_weights = False", chain(
        update=changed(UPDATE, (TEST, "layer.has_weights")), classes=changed(
            CLASSES, *MARKED))), 50),
    "how it is called": (_midway("Layer.__call__ = lambda self, x: print('!') or self.forward(x)",
                                 chain(CALLED, classes=changed(CLASSES, HANDED_ON))), 50),
    "what a network does": (_midway("Network.forward = lambda self, x: print('!') or X[:, [0] * 3]",
                                    own(WHOLE, "    output = network(X)\n")), 50),
    "a property": (_midway("Network.trained = property(lambda self: self.layers[:1])",
                           own(WHOLE)), 50),
    "a word in the class": (_midway("Block.kind = 'other'", own(
        "Network(Block(2, 16), Block(16, 3))", update=(
            "    for one in network.layers:\n        if one.kind == 'block':\n"
            "            optimizer.update(one.dense)\n"))), 50),
    "what it has": (_midway("network.layers[0].frozen = True", own(
        "Network(Block(2, 16), Block(16, 3))", update=(
            "    for one in network.layers:\n        if not hasattr(one, 'frozen'):\n"
            "            optimizer.update(one.dense)\n"))), 50),
}
