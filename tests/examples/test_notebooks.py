"""Every notebook runs, says what is true, draws; is a valid notebook, and runs in a real kernel."""

import json

import pytest
from executing import execute
from processes import path_to_fastnn

from fastnn.examples.cells import notebook_of
from fastnn.examples.shelf import NAMES, every, example

every_name = pytest.mark.parametrize("name", NAMES)
PICTURES = {"dense": 1, "backprop": 1, "optimizers": 2, "regularization": 3, "binary": 2,
            "regression": 2, "fashion": 4, "profile": 1, "check": 0, "sweep": 2}
SAYS = {  # what the text around it promises
    "dense": ["equal in every bit: True"],
    "backprop": ["measured 12.000000", "times as long"],
    "optimizers": ["weights equal in every bit: True"],
    "regularization": ["stopped after epoch"],
    "binary": ["reg_loss"],
    "regression": ["scale 0.1"],
    "fashion": ["validation, acc", "equal in every bit: True"],
    "profile": ["hint: this loop can be one compiled call", "a run went step by step"],
    "check": ["dbiases   NOT equal", "Activation_Wrong", "weights equal in every bit: True"],
    "sweep": ["weights equal in every bit: True", "second call: Sweep of 4 trainings, 4 done"]}


@every_name
def test_it_runs_and_says_what_is_true(name, tmp_path):
    pytest.importorskip("matplotlib", reason="examples draw")
    if name == "fashion":
        pytest.importorskip("PIL", reason="Pillow draws and reads pictures")
    printed, pictures = execute(name, tmp_path)
    for words in SAYS[name]:
        assert words in printed
    assert "every bit: False" not in printed and "nan" not in printed
    assert len(pictures) == PICTURES[name] and all(spread > 10 for spread in pictures)


@every_name
def test_its_cells_are_few_and_told_of(name):
    cells = example(name).cells()
    code = [cell for cell in cells if cell.kind == "code"]
    assert 6 <= len(code) <= 9 and all(cell.source.strip() for cell in cells)
    for before, cell in zip(cells, cells[1:]):
        assert cell.kind != "code" or before.kind == "markdown"


@every_name
def test_what_it_says_of_itself_fits_a_table(name):
    found = example(name)
    assert found.part.startswith(("Chapter", "Beyond the book")) and len(found.part) < 20
    assert found.title and "\n" not in found.title and len(found.title) < 60


def test_every_part_is_there_once():
    assert [one.name for one in every()] == list(NAMES) == list(PICTURES) == list(SAYS)


@every_name
def test_the_notebook_is_valid_and_the_same_each_time(name):
    nbformat = pytest.importorskip("nbformat")
    text = notebook_of(name, example(name).cells())
    assert text == notebook_of(name, example(name).cells())
    whole = nbformat.reads(text, as_version=4)
    nbformat.validate(whole)
    assert (whole.nbformat, whole.nbformat_minor) == (4, 5)
    assert all(not cell.outputs for cell in whole.cells if cell.cell_type == "code")
    assert ["".join(cell["source"]) for cell in json.loads(text)["cells"]] == [
        cell.source for cell in example(name).cells()]


@pytest.mark.slow
@every_name
def test_it_runs_in_a_real_kernel(name, tmp_path, monkeypatch):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    monkeypatch.setenv("PYTHONPATH", path_to_fastnn())
    notebook = nbformat.reads(notebook_of(name, example(name).cells()), as_version=4)
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3",
                            resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [one for cell in notebook.cells if cell.cell_type == "code" for one in cell.outputs]
    assert sum("image/png" in one.get("data", {}) for one in outputs) == PICTURES[name]
    told = "".join(one.text for one in outputs if one.output_type == "stream")
    assert "Warning" not in told and "every bit: False" not in told
