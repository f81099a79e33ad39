"""Functions of the program that a loop calls: they are read where they are called."""

from textwrap import indent

import pytest
from adopted_ways import same_adopted, with_own_classes
from both_ways import changed
from loop_programs import SPIRAL

from fastnn.running import loops

SHARE = """    if len(y.shape) == 2:
        y = np.argmax(y, axis=1)
    accuracy = np.mean(predictions == y)
"""
FORWARD = """    dense1.forward(X)
    activation1.forward(dense1.output)
    dense2.forward(activation1.output)
"""
UPDATE = SPIRAL[SPIRAL.index("    optimizer.pre_update_params()"):]
BACKWARD = SPIRAL[SPIRAL.index("    loss_activation.backward("):SPIRAL.index("\n" + UPDATE)]
CALLED = ("    predictions = np.argmax(loss_activation.output, axis=1)\n" + SHARE,
          "    accuracy = share_of(loss_activation.output, y)\n")
SHARE_OF = '''def share_of(outputs, y_true):
    """The accuracy."""
    predicted = np.argmax(outputs, axis=1)
    if len(y_true.shape) == 2:
        y_true = np.argmax(y_true, axis=1)
    return np.mean(predicted == y_true)

'''


def _with(functions: str, *pairs: tuple[str, str]) -> str:
    """The spiral with these changes, and functions before it."""
    return changed(changed(SPIRAL, *pairs), ("X, y = spiral", functions + "X, y = spiral"))


def _share(old: str, new: str, *pairs: tuple[str, str]) -> str:
    """The accuracy in a function, with this changed there."""
    return _with(changed(SHARE_OF, (old, new)), CALLED, *pairs)


TRAINED = {
    "the accuracy": _with(SHARE_OF, CALLED),
    "the accuracy, kept": _with(SHARE_OF, CALLED, (
        "for epoch", "kept = []\nfor epoch"), ("    if not epoch", "    kept.append(accuracy)\n"
                                               "    if not epoch")),
    "the accuracy, with a default": _share("y_true):", "y_true, axis=1):"),
    "by its arguments' names": _with(SHARE_OF, (CALLED[0], "    accuracy = share_of("
                                                "y_true=y, outputs=loss_activation.output)\n")),
    "forward": _with("def forward(x):\n" + FORWARD.replace("(X)", "(x)") + "    return dense2\n\n",
                     (FORWARD, "    last = forward(X)\n")),
    "updates": _with("def update():\n" + UPDATE + "\n", (UPDATE, "    update()\n")),
    "one in another": _with(
        "def update_all(*, layers):\n    for layer in layers:\n        update_one(layer)\n\n"
        "def update_one(layer):\n    optimizer.update_params(layer)\n\n", (
            "    optimizer.update_params(dense1)\n    optimizer.update_params(dense2)\n",
            "    update_all(layers=[dense1, dense2])\n")),
    "nothing but functions": _with(
        "def forward(x):\n" + FORWARD.replace("(X)", "(x)")
        + "    return loss_activation.forward(dense2.output, y)\n\ndef update():\n" + UPDATE
        + "\ndef backward():\n" + BACKWARD + "\n",
        (FORWARD + "    loss = loss_activation.forward(dense2.output, y)\n",
         "    loss = forward(X)\n"), (UPDATE, "    update()\n"), (BACKWARD, "    backward()\n")),
}
# name: (program, words of the sentence that says why)
LEFT = {
    "it prints": (_share("    return", "    print(y_true.shape)\n    return"),
                  "which may do more than to compute (in share_of, called in line"),
    "it counts": (_share("    return", "    global calls\n    calls += 1\n    return", (
        "for epoch", "calls = 0\nfor epoch")), "global calls"),
    "it counts in an attribute of its own": (
        _share("    return", "    share_of.calls += 1\n    return", (
            "for epoch", "share_of.calls = 0\nfor epoch")), "changes share_of.calls"),
    "it changes what it is given": (
        _share("    return", "    outputs[0, 0] = 0.5\n    return"), "sets outputs[0, 0]"),
    "it keeps what nobody records": (
        _share("    return", "    kept.append(predicted)\n    return", (
            "for epoch", "kept = []\nfor epoch")), "does not record"),
    "it reads what the loop has just set": (
        _share("np.argmax(outputs, axis=1)", "predictions", (
            "    accuracy = share", "    predictions = np.argmax(loss_activation.output, axis=1)\n"
            "    accuracy = share"), ("for epoch", "predictions = y\nfor epoch")),
        "predictions is read before it is set"),
    "it reads the loop's variable": (
        _share("    return", "    if epoch < 2:\n        y_true = y_true * 1\n    return", (
            "for epoch", "epoch = 0\nfor epoch")), "epoch is read before it is set"),
    "it draws": (_share("    return", "    np.random.random()\n    return"), "np.random.random"),
    "it is decorated": (_with("def twice(f):\n    def again(*given):\n        print('asked')\n"
                              "        return f(*given)\n    return again\n\n@twice\n" + SHARE_OF,
                              CALLED), "share_of"),
    "it gives values one by one": (
        _share("    return np", "    yield np", ("{accuracy:.9f}", "{next(accuracy):.9f}")),
        "it calls share_of in each turn"),
    "it has names of a function around": (
        _with("def made():\n    said = []\n" + "".join(
            f"    {line}\n" for line in changed(SHARE_OF, ("    return", "    said.append(1)\n"
                                                           "    return")).splitlines())
              + "    return share_of\nshare_of = made()\n", CALLED), "is not known"),
    "it calls itself": (_with(
        "def update(deep):\n    if deep > 20:\n        return\n    update(deep + 1)\n\n", (
            "    optimizer.pre", "    update(0)\n    optimizer.pre")), "where it is not read"),
}
THEN = "        if epoch == 150:\n"
MIDWAY = {
    "another function": "share_of = len_of",
    "another code": "share_of.__code__ = len_of.__code__",
    "another default": "share_of.__defaults__ = (2,)",
    "another name that it reads": "np.mean = lambda *given: (say(), mean(*given))[1]",
}


def _midway(statement: str) -> str:
    functions = changed(SHARE_OF, ("y_true):", "y_true, times=1):"), ("    return np.mean(predicted"
                        " == y_true)", "    return np.mean(predicted == y_true) * times"))
    functions += ("mean = np.mean\ndef say():\n    if epoch > 297:\n        print('asked')\n\n"
                  "def len_of(outputs, y_true, times=1):\n    say()\n    return len(y_true)\n\n")
    return _with(functions, CALLED, (
        "        print(", f"{THEN}            {statement}\n        print(")) + "np.mean = mean\n"


@pytest.mark.parametrize("name", TRAINED)
def test_a_function_that_is_part_of_a_training(name, tmp_path):
    assert same_adopted(TRAINED[name], tmp_path) > 280, loops.report()


@pytest.mark.parametrize("name", LEFT)
def test_a_function_that_does_more(name, tmp_path):
    source, words = LEFT[name]
    assert same_adopted(source, tmp_path) == 0, loops.report()
    assert words in "\n".join(loops.report())


@pytest.mark.parametrize("name", MIDWAY)
def test_what_is_changed_midway_is_noticed(name, tmp_path):
    trained = same_adopted(_midway(MIDWAY[name]), tmp_path)
    assert 140 < trained < 150 or name == "another default" and trained > 280, loops.report()


def test_a_training_loop_in_what_a_loop_calls_is_said_to_be_that(tmp_path):
    """It was rewritten, so what runs is not what stands there; that is nobody's fault."""
    head, loop, body = with_own_classes(SPIRAL).partition("for epoch")
    source = (f"{head}class Trainer:\n    def train(self, y):\n{indent(loop + body, ' ' * 8)}\n"
              "    def say(self):\n        pass\n\ntrainer = Trainer()\nfor turn in range(20):\n"
              "    trainer.say()\n    trainer.say()\n    trainer.train(y)\n")
    assert same_adopted(source.replace("range(301)", "range(40)"), tmp_path) > 0
    assert ("nothing is known of 'trainer.train': train has a training loop, which is looked at by "
            "itself") in "\n".join(loops.report())
