"""A program and its modules, run in this process."""

import json
import linecache
import os
import sys

import pytest

from fastnn.running import loops, modules, programs
from fastnn.running.session import Session


@pytest.fixture(autouse=True)
def loaded():
    """Modules of the programs go again, and there are no loops of others."""
    before = set(sys.modules)
    loops.forget()
    yield
    for name in set(sys.modules) - before:
        if not name.startswith(("fastnn", "numpy", "matplotlib", "nnfs")):
            del sys.modules[name]
    linecache.clearcache()


def run(path, *arguments, **options) -> tuple[Session, dict, int]:
    session = Session(str(path), False, list(arguments), **options)
    with session.opened() as module:
        status = session.run(module)
    return session, vars(module), status


LAYERS = "class Dense:\n    pass\nclass Odd:\n    pass\n"


def test_classes_of_the_program_and_of_its_own_modules(tmp_path, asked, monkeypatch):
    away = tmp_path / "away"
    for folder, name in ((tmp_path, "layers"), (tmp_path / "pack", "__init__"),
                         (tmp_path / "pack", "inner"), (away, "elsewhere"),
                         (tmp_path / "before", "there_before")):
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text(LAYERS.replace("Dense", f"Of_{name.strip('_')}"))
    monkeypatch.setattr(sys, "path", [sys.path[0], str(tmp_path / "before"), *sys.path[1:]])
    (tmp_path / "program.py").write_text(
        f"import sys\nsys.path.append({str(away)!r})\nimport json\nimport layers, pack.inner\n"
        "import elsewhere, there_before\nclass Mine(layers.Of_layers):\n    pass\nmine = Mine()\n")
    session, names, status = run(tmp_path / "program.py")
    assert status == 0
    assert asked == [["Of_layers", "Odd"], ["Of_init", "Odd"], ["Of_inner", "Odd"],
                     ["Of_elsewhere", "Odd"], ["Mine"]]
    assert names["layers"].__file__ == str(tmp_path / "layers.py")
    kept = {one.parent.parent.name for one in tmp_path.rglob("*.pyc")}
    assert kept <= {"before"}, "no bytecode is kept with the places in it; of others' as ever"
    assert session.report().splitlines() == [
        "adopted: 5 classes", "  Of_layers: done", "  Of_init: done", "  Of_inner: done",
        "  Of_elsewhere: done", "  Mine: done", "left as they are:", "  Odd: it is odd"]
    assert not any("fastnn" in type(one).__module__ for one in sys.meta_path)


@pytest.mark.parametrize("way", ["as the path has it", "with a link", "and Python's own"])
def test_a_project_on_the_path_that_holds_the_program(tmp_path, asked, monkeypatch, way):
    """What PYTHONPATH=. does, and editors: an example imports the package beside its folder."""
    project = tmp_path / "project"
    for folder in (project / "network", project / "examples" / "small", tmp_path / "other"):
        folder.mkdir(parents=True)
    (project / "network" / "__init__.py").write_text("from network.layers import Dense\n")
    (project / "network" / "layers.py").write_text("class Dense:\n    pass\n")
    (tmp_path / "other" / "stranger.py").write_text("class Strange:\n    pass\n")
    program = project / "examples" / "small" / "first.py"
    program.write_text("import stranger\nfrom network import Dense\ndense = Dense()\n")
    if way == "with a link":
        (tmp_path / "link").symlink_to(project)
        project = tmp_path / "link"
    if way == "and Python's own":
        monkeypatch.setattr(modules, "_PYTHONS", {str(project)})
    monkeypatch.setattr(sys, "path", [
        sys.path[0], str(tmp_path / "other"), str(project), *sys.path[1:]])
    assert run(program)[2] == 0
    assert asked == ([] if way == "and Python's own" else [["Dense"]])


def test_installed_packages_are_nobodys_own(tmp_path, asked):
    there = tmp_path / "venv" / "lib" / "site-packages"
    there.mkdir(parents=True)
    (there / "installed.py").write_text(LAYERS)
    (tmp_path / "program.py").write_text(
        f"import sys\nsys.path.insert(0, {str(there)!r})\nimport installed\n")
    assert run(tmp_path / "program.py")[2] == 0 and asked == []


def test_a_module_that_fails_shows_no_frame_of_ours(tmp_path, asked, capsys):
    (tmp_path / "bad.py").write_text("x = 1\ny = x / 0\n")
    (tmp_path / "worse.py").write_text("x = = 1\n")
    for name, said in (("bad", "ZeroDivisionError"), ("worse", "SyntaxError")):
        (tmp_path / "program.py").write_text(f"import {name}\n")
        assert run(tmp_path / "program.py")[2] == 1
        error = capsys.readouterr().err
        assert said in error and f'{name}.py", line' in error and "fastnn" not in error


def test_plainly_nothing_is_adopted_and_nothing_said(tmp_path, asked):
    (tmp_path / "program.py").write_text(LAYERS + "dense = Dense()\n")
    _, names, status = run(tmp_path / "program.py", plain=True)
    assert (status, asked) == (0, []) and type(names["dense"]) is names["Dense"]


def test_classes_that_no_statement_used_are_named(tmp_path, asked):
    (tmp_path / "program.py").write_text("class Dense:\n    pass\nraise SystemExit(3)\n")
    session, _, status = run(tmp_path / "program.py")
    assert status == 3 and asked == []
    assert "used by no statement that ran: Dense" in session.report()


def test_a_fault_of_ours_ends_no_program(tmp_path, asked, monkeypatch):
    adopt = sys.modules["fastnn.adopting"].adopt

    def fails(*kinds):
        if any(kind.__name__ == "Dense" for kind in kinds):
            raise TypeError("no")
        return adopt(*kinds)

    monkeypatch.setattr(sys.modules["fastnn.adopting"], "adopt", fails)
    (tmp_path / "program.py").write_text(
        "class Dense:\n    pass\nclass Other:\n    pass\nDense()\nOther()\n")
    session, _, status = run(tmp_path / "program.py")
    assert (status, asked) == (0, [["Other"]])
    assert "Dense: a fault of fastnn's, please report it: TypeError: no" in session.report()


# ------------------------------------------------------------------------------------- notebooks


def notebook(*cells: str) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"cell_type": "code", "source": cell.splitlines(keepends=True), "metadata": {},
         "outputs": [], "execution_count": None} for cell in cells]})


def test_a_notebook_runs_cell_by_cell_and_shows_last_expressions(tmp_path, asked, capsys):
    (tmp_path / "data.txt").write_text("data")
    (tmp_path / "book.ipynb").write_text(notebook(
        "%matplotlib inline\nfrom __future__ import annotations\nimport os, sys", LAYERS,
        "dense = Dense()\ntype(dense).__name__", "3;", "None", "4 # four;", "display('é', 5)",
        "import pathlib\nprint(pathlib.Path('data.txt').read_text(), sys.argv[1:])",
        "'__file__' in globals()",
        "def f(x: Unknown): pass\nf.__annotations__", "x = 'é'; x ; # no", "%timeit dense.none()"))
    before = os.getcwd()
    session, names, status = run(tmp_path / "book.ipynb", "a", "-v")
    assert (status, os.getcwd()) == (0, before)
    assert capsys.readouterr().out.splitlines() == [
        "'Dense'", "4", "'é'", "5", "data ['a', '-v']", "False", "{'x': 'Unknown'}"]
    assert asked == [["Dense", "Odd"]]
    assert session.report().splitlines()[:2] == [
        "cell 1: %matplotlib inline is IPython's own, and was left out",
        "cell 12: %timeit dense.none() is IPython's own, and was left out"]


def test_a_notebook_ends_where_a_cell_fails(tmp_path, asked, capsys):
    (tmp_path / "book.ipynb").write_text(notebook(
        "print('one')\ndef f():\n    return 1 / 0", "print('two')\nf()", "print('three')"))
    assert run(tmp_path / "book.ipynb")[2] == 1
    out, error = capsys.readouterr()
    assert out == "one\ntwo\n"
    assert [line for line in error.splitlines() if "^" not in line and "~" not in line] == [
        "Traceback (most recent call last):", '  File "book.ipynb, cell 2", line 2, in <module>',
        "    f()", '  File "book.ipynb, cell 1", line 3, in f', "    return 1 / 0",
        "ZeroDivisionError: division by zero"]


def test_a_cell_that_is_no_python_fails_when_it_is_its_turn(tmp_path, asked, capsys):
    (tmp_path / "book.ipynb").write_text(notebook("print('one')", "x = !ls"))
    assert run(tmp_path / "book.ipynb")[2] == 1
    out, error = capsys.readouterr()
    assert out == "one\n" and "SyntaxError" in error and "fastnn" not in error


def test_plots_wait_for_nobody(tmp_path, asked, monkeypatch, recwarn):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    (tmp_path / "book.ipynb").write_text(notebook(
        "import os\nos.environ['MPLBACKEND']",
        "import matplotlib.pyplot as plt\nplt.switch_backend('agg')\nplt.plot([1, 2]);\nplt.show()"
        "\nplt.close('all')"))
    assert run(tmp_path / "book.ipynb")[2] == 0
    assert not [one for one in recwarn if "non-interactive" in str(one.message)]


@pytest.mark.parametrize("name, text, said", [
    ("none.ipynb", None, "cannot be read: No such file"), ("bad.ipynb", "{", "is no notebook"),
    ("none.py", None, "cannot be read: No such file")])
def test_what_is_no_program(tmp_path, name, text, said):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(programs.NoProgramError, match=said):
        Session(str(tmp_path / name), False, [])
