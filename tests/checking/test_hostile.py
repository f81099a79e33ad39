"""Classes that print, count, draw, change what they are given, or never end: nothing is changed."""

import sys
import threading
import time
import types

import numpy as np
import pytest

import fastnn
from fastnn.checking import checker, isolation


class Counting:
    """A right dense layer with a hand in everything."""

    made = 0
    log: list = []

    def __init__(self, n_inputs, n_neurons):
        Counting.made += 1
        self.log.append("made")
        print("made")
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        np.random.seed(len(inputs))
        globals()["SEEN"] = inputs
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Endless:
    def forward(self, inputs):
        while True:
            pass

    def backward(self, dvalues):
        return dvalues


class Stubborn:
    """It catches what would end it."""

    def forward(self, inputs):
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass


class HalfEndless:
    """One method never ends; the others are a right ReLU."""

    def wait(self):
        while True:
            pass

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues * (self.inputs > 0)

    def spin(self, inputs):
        while True:
            pass


class Leaving:
    def __init__(self):
        raise SystemExit(3)

    def forward(self, inputs):
        return inputs


class Killing:
    def forward(self, inputs):
        import os

        os._exit(1)


class Forking:
    def __init__(self):
        import os

        os.fork()

    def forward(self, inputs):
        return inputs * (inputs > 0)


SLOPE = 0.0


class ReadsGlobals:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.where(inputs > 0, inputs, SLOPE)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, SLOPE)


def test_nothing_of_the_programs_state_is_changed(capfd):
    np.random.seed(5)
    before = np.random.get_state()[1].tolist()
    report = fastnn.check(Counting)
    assert report["Counting"]["verdict"] == "right"
    assert np.random.get_state()[1].tolist() == before
    assert Counting.made == 0 and Counting.log == []
    assert "SEEN" not in globals()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", [Endless, Stubborn])
def test_what_never_ends_is_ended(kind):
    begin = time.monotonic()
    report = fastnn.check(kind, seconds=4)
    assert time.monotonic() - begin < 15
    one = report[kind.__name__]
    assert one["verdict"] == "did not end" and not report.right
    assert "forward" in one["why"]  # which of its methods


def many(tmp_path, monkeypatch):
    """A module and its file: a right class, and more that never end than there is time for."""
    code = "import numpy as np\nclass ReLU:\n    def forward(self, x):\n" \
        "        self.output = np.maximum(0, x)\n" + "".join(
            f"class Endless{which}:\n    def forward(self, x):\n        while True:\n"
            f"            pass\n" for which in range(40))
    (tmp_path / "many.py").write_text(code)
    module = types.ModuleType("many_endless")
    module.__file__ = str(tmp_path / "many.py")
    monkeypatch.setitem(sys.modules, "many_endless", module)
    exec(compile(code, module.__file__, "exec"), vars(module))
    return module


@pytest.mark.parametrize("of", ["the module many_endless", "the file"])
def test_a_whole_module_has_an_end_too(of, tmp_path, monkeypatch):
    module = many(tmp_path, monkeypatch)
    monkeypatch.setattr(checker, "_FAR", 5.0)
    begin = time.monotonic()
    report = fastnn.check(module if of.startswith("the module") else module.__file__, seconds=3)
    assert time.monotonic() - begin < 12
    assert report["ReLU"]["verdict"] == "right" and not report.right
    assert report["Endless39"]["verdict"] == "did not end"
    assert report["Endless39"]["why"] == f"{of} took more than 5 s"
    assert str(report).splitlines()[-1] == (
        f"{of} took more than 5 s: what did not end until then was not looked at")


def test_what_a_class_alone_is_given_is_not_less_than_was_asked_for(monkeypatch):
    monkeypatch.setattr(checker, "_FAR", 0.0)
    assert fastnn.check(HalfRelu).right


def test_one_endless_method_spoils_no_other():
    one = fastnn.check(HalfEndless)["HalfEndless"]
    assert (one["verdict"], one["role"]) == ("right", "relu")


@pytest.mark.parametrize("kind", [Leaving, Killing, Forking])
def test_what_leaves_is_answered(kind):
    assert fastnn.check(kind)[kind.__name__]["verdict"] in ("did not end", "not recognised")


def test_globals_are_read_as_they_are(monkeypatch):
    assert fastnn.check(ReadsGlobals).right
    monkeypatch.setitem(globals(), "SLOPE", 0.25)
    assert not fastnn.check(ReadsGlobals).right


def test_a_class_defined_in_a_function_and_a_thread_of_ours():
    class ReLU:
        def forward(self, inputs):
            self.inputs = inputs
            return np.maximum(inputs, 0)

        def backward(self, dvalues):
            return dvalues * (self.inputs > 0)

    found = []
    worker = threading.Thread(target=lambda: found.append(fastnn.check(ReLU)))
    worker.start()
    worker.join()
    assert found[0]["ReLU"]["role"] == "relu" and found[0].right


def test_the_child_says_what_it_died_of():
    with pytest.raises(isolation.Died, match="ZeroDivisionError"):
        isolation.isolated(lambda: 1 // 0, 5)
    with pytest.raises(isolation.TooLong):
        isolation.isolated(lambda: time.sleep(60), 0.3)
    assert isolation.isolated(lambda: {"a": [1, 2.5, None]}, 5) == {"a": [1, 2.5, None]}


def test_without_fork_a_thread_does_it(monkeypatch, capsys):
    monkeypatch.delattr(isolation.os, "fork")
    np.random.seed(5)
    before = np.random.get_state()[1].tolist()
    assert fastnn.check(HalfRelu).right
    assert np.random.get_state()[1].tolist() == before
    assert capsys.readouterr().out == ""
    with pytest.raises(isolation.TooLong):
        isolation.isolated(lambda: time.sleep(2), 0.1)
    with pytest.raises(isolation.Died, match="ZeroDivisionError"):
        isolation.isolated(lambda: 1 // 0, 5)


class HalfRelu:
    def forward(self, inputs):
        print("forward")
        self.output = inputs * (inputs > 0)


@pytest.mark.parametrize("thing, words", [
    (3, "a class, a function, a module or a file is expected, got int"),
    (HalfRelu(), "got HalfRelu; pass its class"), ({}, "got dict; pass its classes")])
def test_what_is_no_class_is_refused(thing, words):
    with pytest.raises(TypeError, match=words):
        fastnn.check(thing)
    with pytest.raises(TypeError, match="got nothing"):
        fastnn.check()
