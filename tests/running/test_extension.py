"""`%load_ext fastnn` in a notebook."""

import builtins
import sys

import pytest
from programs_of_readers import SPIRAL, are_adopted
from running_programs import ended

from fastnn.running.placing import CALLED

interactiveshell = pytest.importorskip("IPython.core.interactiveshell")


@pytest.fixture
def shell(monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", "/nonexistent")
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    made = interactiveshell.InteractiveShell(config=config)
    yield made
    if CALLED in vars(builtins):
        made.run_cell("%unload_ext fastnn")


def run(shell, *cells: str) -> None:
    for cell in cells:
        shell.run_cell(cell).raise_error()


def test_cells_are_adopted_from_then_on(shell, asked, capsys):
    run(shell, "class Before:\n    pass", "%load_ext fastnn")
    assert asked == [["Before"]]
    run(shell, "class Dense:\n    pass\nclass Odd:\n    pass", "def make():\n    return Dense()")
    assert asked == [["Before"]]
    run(shell, "x = make()\nx", "%time y = make()", "class Dense:\n    pass\nDense()")
    assert asked == [["Before"], ["Dense", "Odd"], ["Dense"]]
    capsys.readouterr()
    run(shell, "class Late:\n    pass", "%fastnn")
    assert capsys.readouterr().out.splitlines() == [
        "adopted: 3 classes", "  Before: done", "  Dense: done", "  Late: done",
        "left as they are:", "  Odd: it is odd"]
    assert CALLED not in shell.user_ns and CALLED in vars(builtins)


def test_the_magic_takes_no_arguments(shell, asked):
    run(shell, "%load_ext fastnn")
    with pytest.raises(TypeError, match="%fastnn takes no arguments, got 'check'"):
        run(shell, "%fastnn check")


def test_unloading_undoes_all_of_it(shell, asked):
    run(shell, "%load_ext fastnn", "%load_ext fastnn", "class A:\n    pass\nA()",
        "%unload_ext fastnn", "class B:\n    pass\nB()")
    assert asked == [["A"], ["undone", "A"]]
    assert CALLED not in vars(builtins) and not shell.ast_transformers
    assert shell.find_magic("fastnn") is None
    run(shell, "%load_ext fastnn")
    assert asked[2:] == [["A", "B"]]


def test_in_a_kernel(tmp_path):
    """The whole way, with the real adopting."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    classes, _, rest = SPIRAL.partition("nnfs.init()")
    cells = ["%load_ext fastnn", classes, "nnfs.init()" + rest, "%fastnn", "%unload_ext fastnn"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(book, timeout=300, kernel_name="python3",
                            resources={"metadata": {"path": str(tmp_path)}}).execute()
    status, printed, _ = ended([sys.executable, "-c", SPIRAL], tmp_path)
    shown = "".join(one["text"] for one in book.cells[2].outputs if one.get("name") == "stdout")
    assert status == 0 and shown == printed  # in one piece or in several
    assert are_adopted(book.cells[3].outputs[0]["text"])
