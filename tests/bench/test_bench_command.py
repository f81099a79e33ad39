"""`python -m fastnn bench`: what it prints, what it writes, and how it ends."""

import json
import os

import pytest
from made_up_run import found, row

from fastnn.bench import command, files, suite
from fastnn.bench import run as running
from fastnn.bench.several import Several
from fastnn.compile import dispatcher


@pytest.fixture
def measured(monkeypatch):
    """What a run gives: nothing is timed."""
    made = found()

    def run(cases, quick, say, told):
        made["names"] = [case.name for case in cases]
        for one in [*made["rows"], *made["differ"]]:
            told(one)
        return made
    monkeypatch.setattr(running, "run", run)
    monkeypatch.setattr(dispatcher, "DISABLED", False)
    return made


def test_without_files_it_only_prints(measured, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command.main(["--quick"]) == 0
    said = capsys.readouterr().out
    assert "what fit is, fastnn.fit: 6.00 (5.70 to 6.30), 100 us against 600 us an epoch" in said
    assert "what tanh is, fastnn.fit: 0.60, slower" in said
    assert "1 of 2 rows is slower than NumPy: what tanh is, fastnn.fit, 0.60." in said
    assert "NOISY" not in said and "Compiling" not in said
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_measured_where_nothing_is_compiled(measured, capsys, monkeypatch):
    monkeypatch.setattr(dispatcher, "DISABLED", True)
    assert command.main(["--quick"]) == 2 and "names" not in measured
    assert "NUMBA_DISABLE_JIT is set" in capsys.readouterr().err


def test_quick_and_only_choose(measured, capsys):
    command.main(["--quick"])
    assert measured["names"] == [case.name for case in suite.cases() if case.quick]
    command.main([])
    assert len(measured["names"]) == len(suite.cases())
    command.main(["--only", "SOFTMAX"])
    assert measured["names"] and all("softmax" in name for name in measured["names"])
    assert command.main(["--only", "nothing\x1b"]) == 2
    assert r"no row has 'nothing\x1b' in its name; see --list" in capsys.readouterr().err
    assert command.main(["--list", "--quick"]) == 0
    assert "fit spiral-64-book\n" in capsys.readouterr().out


def test_files_are_written_where_asked(measured, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command.main(["--html", "page.html", "--json", "data.json"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.json", "page.html"]
    assert files.read("page.html") == files.read("data.json")
    assert files.read("data.json")["rows"][0]["name"] == "fit"
    assert f"written: {tmp_path / 'page.html'}" in capsys.readouterr().out


@pytest.mark.parametrize(("more", "status", "said"), [
    ({"differ": [{"name": "a", "what": "b", "why": "the two differ in\nx"}]}, 1,
     "b (a): NOT TIMED, the two differ in x\n"),
    ({"rows": [row("fit", blas_threads=None)]}, 0, "NumPy's BLAS could not be told"),
    ({"partial": True}, 130, "The run was stopped before its end."),
    ({"rows": [row("fit", low=1.0)]}, 0, "NOISY: wide: 1 to 6.3"),
    ({"rows": [row("fit", taken=0.4)]}, 0, "1 of 1 row"),
    ({"load": [{"taken": 0.4, "slowed": 1.0, "average": None}]}, 0,
     "The machine was busy: others had up to 40 % of its cores."),
    ({"compiling": 61.2}, 0, "Compiling took 61 s"), ({"rows": []}, 0, "None of 0 rows")])
def test_how_a_run_ends(measured, capsys, more, status, said):
    measured.update(more)
    assert command.main([]) == status
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "said"), [
    (["--html", "none/page.html"], "none/page.html: expected a file to write"),
    (["--json", "."], ".: expected a file to write"), (["--json", ""], "expected a file to write"),
    (["--compare", "a.json", "b.json"], "a.json: expected a file, there is none"),
    (["--merge", "a.json"], "a.json: expected a file, there is none")])
def test_what_cannot_be_is_one_sentence(measured, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert command.main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert "names" not in measured and list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are others there")
def test_a_folder_that_fills_up_or_goes_is_said(measured, tmp_path, capsys, monkeypatch):
    def full(path, text):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(files, "write", full)
    assert command.main(["--json", str(tmp_path / "a.json")]) == 1
    assert "a.json cannot be written: No space left" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [
    ["--compare", "a"], ["--compare", "a", "b", "--quick"], ["--merge", "a", "--only", "x"],
    ["--merge", "a", "--compare", "a", "b"], ["--compare", "a", "b", "--json", "c"], ["file"],
    ["--ht", "x"]])
def test_options_that_do_not_go_together(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(arguments)
    assert stop.value.code == 2


# ----------------------------------------------------------------------------------- several


@pytest.fixture
def written(tmp_path):
    """Files of runs, by name."""
    def write(**runs):
        for name, made in runs.items():
            files.write(tmp_path / name, files.as_json(made))
        return [str(tmp_path / name) for name in runs]
    return write


def test_two_runs_are_compared(written, capsys):
    old = found(row("fit", 6.0), row("relu", 4.0), row("tanh", 2.0), row("gone"),
                row("wild", 6.0))
    new = found(row("fit", 4.0), row("relu", 3.8), row("tanh", 3.0), row("new"),
                row("wild", 2.0, high=9.0))
    new["machine"]["numpy"] = "3.0"
    paths = written(old=old, new=new)
    assert command.main(["--compare", *paths]) == 1
    said = capsys.readouterr().out
    assert "0.67: 6.00, then 4.00: what fit is" in said
    assert "1 of 4 rows got slower" in said and "1 are noisy" in said
    assert "Not the same numpy: 2.4.6, then 3.0." in said
    assert "Only in the first: what gone is." in said
    assert "Only in the second: what new is." in said
    assert command.main(["--compare", paths[0], paths[0]]) == 0
    assert "0 of 5 rows got slower" in capsys.readouterr().out


def test_machines_stand_beside_each_other(written, tmp_path, capsys):
    paths = written(ann=found(row("fit", 6.0), row("tanh", 0.5)),
                    bob=found(row("fit", 2.0, low=0.1), row("tanh", 0.8), row("more", 3.0)),
                    cem=found(row("fit", 4.0), row("tanh", 1.5)))
    assert command.main(["--merge", *paths, "--html", str(tmp_path / "class.html")]) == 0
    said = capsys.readouterr().out
    assert f"{'ann':>8}{'bob':>8}{'cem':>8}{'median':>8}" in said
    assert f"{'6.00':>8}{'2.00*':>8}{'4.00':>8}{'4.00':>8}  what fit is" in said
    assert f"{'':>8}{'3.00':>8}{'':>8}{'3.00':>8}  what more is" in said
    assert ("3 machines; of 3 rows that are sound on some of them 2 are faster than NumPy on each "
            "of these, 0 on none.") in said
    page = (tmp_path / "class.html").read_text()
    assert all(f"<h2>{name}</h2>" in page for name in ("ann", "bob", "cem")) and "2.00*" in page


def test_files_of_one_name_are_told_apart():
    assert Several([found()] * 3, ["a", "b", "a"]).labels == ["a 1", "b", "a 3"]
    assert Several([found()], ["a\x1b[31m"]).labels == ["a?[31m"]


def test_a_page_stands_for_its_data(measured, tmp_path, capsys):
    html, data = str(tmp_path / "a.html"), str(tmp_path / "b.json")
    assert command.main(["--html", html, "--json", data]) == 0
    assert command.main(["--compare", html, data]) == 0
    assert json.loads((tmp_path / "b.json").read_text())["format"] == "fastnn bench"


@pytest.mark.slow
def test_the_command_as_it_stands(fresh_process, tmp_path):
    got = fresh_process(f"""
        import subprocess, sys
        print(subprocess.run([sys.executable, "-m", "fastnn", "bench", "--quick", "--only", "tanh",
                              "--html", {str(tmp_path / 'a.html')!r}], capture_output=True,
                             text=True, check=True).stdout)
    """)
    assert "tanh, (300, 64), float32" in got or "tanh forward" in got
    assert [one["name"] for one in files.read(tmp_path / "a.html")["rows"]] == [
        "tanh forward (300, 64)"]
