"""Dropout that is not divided in training, as it was first published: right, if it is scaled later.
"""

import json

import pytest

from fastnn.checking import command

CLASS = """import numpy as np
class Dropout:
    def __init__(self, rate=0.5):
        self.rate = rate
        self.training = True
    def forward(self, x, training=True):
        if not training:
            return x * (1 - self.rate)
        self.mask = np.random.rand(*x.shape) >= self.rate
        return x * self.mask
    def backward(self, d):
        return d * self.mask
"""
SWITCH = CLASS.replace(", training=True", "").replace("not training", "not self.training")
METHOD = SWITCH.replace("""        if not self.training:
            return x * (1 - self.rate)
""", "") + """    def predict(self, x):
        return x * (1 - self.rate)
"""
RIGHT = {"an argument": CLASS, "a switch": SWITCH, "a method": METHOD}
MISTAKES = [
    ("x * (1 - self.rate)", "x", "scaling forgotten"),
    ("x * (1 - self.rate)", "x * self.rate", "wrong scaling without training"),
    (">= self.rate", ">= self.rate) / (1 - self.rate", "scaling twice"),
    ("d * self.mask", "d * self.mask / (1 - self.rate)", "wrong scaling"),
    ("d * self.mask", "d", "mask forgotten")]


def checked(tmp_path, capsys, text):
    path = tmp_path / "program.py"
    path.write_text(text)
    command.main([str(path), "--json"])
    return json.loads(capsys.readouterr().out)["classes"][0]


@pytest.mark.parametrize("how", RIGHT)
def test_what_is_scaled_without_training_is_right(tmp_path, capsys, how):
    one = checked(tmp_path, capsys, RIGHT[how])
    assert (one["verdict"], one["role"]) == ("right", "dropout")
    assert any("as it was first published" in words for words in one["remarks"])


@pytest.mark.parametrize(("old", "new", "mistake"), MISTAKES)
@pytest.mark.parametrize("how", ["an argument", "a switch"])
def test_its_mistakes_are_named(tmp_path, capsys, how, old, new, mistake):
    text = RIGHT[how].replace("np.random.rand(*x.shape) >= self.rate",
                              "(np.random.rand(*x.shape) >= self.rate)")
    assert old in text
    one = checked(tmp_path, capsys, text.replace(old, new))
    assert one["verdict"] == "differs"
    assert {row["mistake"] for row in one["differences"]} == {mistake}
