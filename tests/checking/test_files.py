"""Files and notebooks: their definitions alone run; the command's answers and exit status."""

import json

import pytest

import fastnn
from fastnn.__main__ import main
from fastnn.checking import command, source

RELU = """
import numpy as np
class ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(LOW, inputs)
    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, LOW)
"""


def notebook(*cells):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"cell_type": "markdown", "source": ["class Text:\n"], "metadata": {}},
        *({"cell_type": "code", "source": cell.splitlines(keepends=True), "metadata": {},
           "outputs": [], "execution_count": None} for cell in cells)]})


def test_only_definitions_imports_and_constants_run(tmp_path, capfd):
    path = tmp_path / "program.py"
    path.write_text(f"""
from __future__ import annotations
import nnfs, matplotlib.pyplot as plt
from nowhere_at_all import anything
try:
    import cupy as xp
except ImportError:
    import numpy as xp
LOW = 0.0
SIZES = [2, 64, 3]
nnfs.init()
open({str(tmp_path / "ran")!r}, "w").write("ran")
{RELU}
    print("in the class")
    other = anything
relu = ReLU()
for epoch in range(10 ** 12):
    relu.forward(xp.ones((2, 2)))
while True:
    pass
if __name__ == "__main__":
    raise SystemExit(1)
""")
    assert command.main([str(path)]) == 0
    assert not (tmp_path / "ran").exists()
    out, err = capfd.readouterr()
    assert out == "ReLU, relu: right, the same bits as the book's\n" and err == ""


def test_functions_of_the_file_are_not_called_for_a_constant(tmp_path, capsys):
    """Though they are called as those of NumPy are that only make a value."""
    path = tmp_path / "program.py"
    path.write_text(f"""
import numpy as np
class Log:
    def array(text):
        if isinstance(text, str):
            open({str(tmp_path / "ran")!r}, "w").write(text)
def log(text):
    Log.array(text)
LOW = np.log(1.0)
FIRST, SECOND = log("first"), [Log.array("second")]
{RELU}""")
    assert command.main([str(path), "--json"]) == 0
    assert not (tmp_path / "ran").exists()
    assert any(one["role"] == "relu" for one in json.loads(capsys.readouterr().out)["classes"])


def test_notebooks_are_one_program_without_their_magics(tmp_path, capsys):
    path = tmp_path / "book.ipynb"
    path.write_text(notebook("%matplotlib inline\n!pip install nnfs\nLOW = 0\nplt.plot?\n",
                             "%%time\n" + RELU, "this is no Python\n", "%%html\n<b>class</b>",
                             RELU.replace("> 0", ">= 0")))
    assert command.main([str(path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (one,) = report["classes"]
    assert one["role"] == "relu" and "exactly 0" in one["remarks"][0]
    assert any("cell 3 is no Python" in remark for remark in report["remarks"])


def test_the_json_of_graders(tmp_path, capsys):
    path = tmp_path / "two.py"
    path.write_text("LOW = 0\n" + RELU + RELU.replace("ReLU", "Wrong").replace(
        "> 0, dvalues", "> 0, 1.0"))
    assert command.main([str(path), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report == fastnn.check(path).to_dict()
    assert (report["format"], report["file"], report["right"]) == (1, str(path), False)
    assert report["error"] == ""
    right, wrong = report["classes"]
    assert set(right) == set(wrong) == {
        "name", "line", "verdict", "role", "book", "same_bits", "gradients", "vocabulary",
        "differences", "remarks", "why", "score", "defaults"}
    assert (right["verdict"], right["line"], right["same_bits"]) == ("right", 4, True)
    assert right["vocabulary"] == {"forward": "forward", "output": "output",
                                   "backward": "backward", "dinputs": "dinputs"}
    (row,) = wrong["differences"]
    assert row["mistake"] == "chain rule forgotten" and row["chapter"] == "chapter 9"
    assert row["method"] == "backward" and row["attribute"] == "dinputs"
    assert row["by"] == pytest.approx(abs(row["got"] - row["expected"]))
    assert wrong["gradients"] == "differ"


@pytest.mark.parametrize("name, text, words", [
    ("none.py", None, "cannot be read: No such file"),
    ("bad.py", "class :", "bad.py is no Python: invalid syntax, line 1"),
    ("empty.py", "x = 1", "defines no class and no function: there is nothing to check"),
    ("nul.py", "a\0b", "is no Python"),
    ("nothing.py", "", "defines no class and no function"),
    ("notes.txt", "Not a program at all.", "notes.txt is no Python"),
    ("deep.py", "x = " + "-" * 200_000 + "1", "is no Python"),
    ("magics.ipynb", notebook("%matplotlib inline\n", "!ls\n"), "defines no class"),
    ("bad.ipynb", "{}", "is no notebook"),
    ("list.ipynb", "[1]", "is no notebook")])
def test_what_cannot_be_read(tmp_path, capsys, name, text, words):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    assert command.main([str(path)]) == 2
    out, err = capsys.readouterr()
    assert words in err and out == "" and err.count("\n") <= 2
    assert command.main([str(path), "--json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert words in report["error"] and report["file"] == str(path) and not report["right"]
    assert (report["format"], report["classes"], report["remarks"]) == (1, [], [])
    with pytest.raises(source.CannotRead, match=words):
        fastnn.check(path)


def test_a_folder_bytes_and_wrong_words(tmp_path, capsys):
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe\x00")
    assert command.main([str(tmp_path / "bytes.py")]) == 2
    assert command.main([str(tmp_path)]) == 2
    capsys.readouterr()
    assert command.main([str(tmp_path), "--json"]) == 2
    assert "cannot be read" in json.loads(capsys.readouterr().out)["error"]
    assert command.main([]) == 2
    assert command.main(["x.py", "--seconds", "-1"]) == 2
    assert command.main(["--help"]) == 0
    assert "exit status" in capsys.readouterr().out


def test_a_class_that_cannot_be_defined(tmp_path, capsys):
    path = tmp_path / "odd.py"
    path.write_text("LOW = 0\n" + RELU + "class Other(Missing):\n    pass\n")
    assert command.main([str(path)]) == 0
    assert "Other: not recognised (it cannot be defined: NameError" in capsys.readouterr().out


def test_the_command_of_the_package(tmp_path, capsys):
    path = tmp_path / "relu.py"
    path.write_text("LOW = 0\n" + RELU)
    assert main(["check", str(path)]) == 0
    assert "relu: right" in capsys.readouterr().out


def test_a_report_for_people_and_notebooks():
    from fastnn import reference

    report = fastnn.check(reference.Activation_ReLU, reference.Layer_Dense)
    assert report.right and len(report) == 2
    assert [one["name"] for one in report] == ["Activation_ReLU", "Layer_Dense"]
    assert "<b>Activation_ReLU, relu: right" in report._repr_html_()
    assert repr(report) == str(report)
    with pytest.raises(KeyError, match="no class 'Other' was checked"):
        report["Other"]


def test_a_file_of_functions_that_nobody_knows_says_so(tmp_path, capsys):
    file = tmp_path / "functions.py"
    file.write_text("def half(x):\n    return x / 2\ndef third(x):\n    return x / 3\n", "utf-8")
    assert main(["check", str(file)]) == 1
    assert "none of its functions is recognised" in capsys.readouterr().out
