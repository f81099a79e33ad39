"""`python -m fastnn`: its commands, with old ways to call it, and what it imports for them."""

import re

import pytest

import fastnn
from fastnn import __main__ as command
from fastnn import demo
from fastnn.compile.waiting import COMPILING


@pytest.fixture
def asked(monkeypatch):
    """What the demonstration was asked for: it is not run."""
    calls = []
    monkeypatch.setattr(demo, "run", lambda *chosen, say: calls.append(chosen) or True)
    return calls


USUAL = ("adam", 64, 10001, True)


@pytest.mark.parametrize(("arguments", "expected"), [
    ([], USUAL), (["demo"], USUAL), (["--epochs", "7"], ("adam", 64, 7, True)),
    (["demo", "--epochs=7", "--hidden", "9"], ("adam", 9, 7, True)),
    (["--optimizer", "sgd", "--no-compare", "demo"], ("sgd", 64, 10001, False))])
def test_the_demonstration_needs_no_word(asked, arguments, expected):
    assert command.main(arguments) == 0
    assert asked == [expected]


def test_its_status_says_whether_all_was_equal(monkeypatch):
    monkeypatch.setattr(demo, "run", lambda *chosen, say: False)
    assert command.main(["--epochs", "3"]) == 1


@pytest.mark.parametrize(("arguments", "said"), [
    (["train"], "invalid choice: 'train'"), (["--epochs", "0"], "must be at least 1, got 0"),
    (["--epochs", "many"], "invalid number value: 'many'"), (["cache", "clean"], "'clean'"),
    (["demo", "--optimizer", "adamw"], "'adamw'"), (["info", "--epochs", "3"], "--epochs 3"),
    (["--wrong"], "unrecognized arguments: --wrong"), ([""], "invalid choice: ''")])
def test_what_is_not_understood_is_status_2(asked, capsys, arguments, said):
    with pytest.raises(SystemExit) as stop:
        command.main(arguments)
    assert stop.value.code == 2 and not asked
    assert said in capsys.readouterr().err


def test_version_and_help(capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(["--version"])
    assert stop.value.code == 0 and capsys.readouterr().out == f"fastnn {fastnn.__version__}\n"
    with pytest.raises(SystemExit):
        command.main(["--help"])
    said = capsys.readouterr().out
    for name in ("demo", "info", "cache", "warmup", "profile", "bench"):
        assert re.search(rf"^ +{name} ", said, re.MULTILINE), name


@pytest.mark.parametrize("arguments", [
    ["bench", "--list"], ["info"],
    ["sweep", "--seeds", "2", "--epochs", "2", "--hidden", "3", "--compare", "0"]])
def test_who_reads_may_leave_before_the_end(arguments, fresh_process):
    got = fresh_process(f"""
        import os, subprocess, sys
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([sys.executable, "-m", "fastnn", *{arguments!r}], stdout=writer,
                              stderr=subprocess.PIPE)
        told = done.stderr.decode()  # on a cold cache, that it compiles
        print(done.returncode, "Traceback" in told or "BrokenPipe" in told or "ignored" in told)
    """)
    assert got.split() == ["1", "False"]


def test_the_optimizers_are_those_of_the_demonstration():
    assert list(command._OPTIMIZERS) == sorted(demo.OPTIMIZERS)


def test_what_a_command_does_not_need_is_not_imported(fresh_process):
    got = fresh_process("""
        import runpy, sys
        sys.argv = ["fastnn", "--version"]
        try:
            runpy.run_module("fastnn", run_name="__main__")
        except SystemExit:
            print([name for name in ("fastnn.demo", "fastnn.bench", "fastnn.profiling.profiles",
                                     "fastnn.profiling.script", "cpuinfo", "matplotlib")
                   if name in sys.modules])
    """)
    assert got.splitlines() == [f"fastnn {fastnn.__version__}", "[]"]


# ------------------------------------------------------------------------------ the demonstration


def shown(monkeypatch, kernels, seconds, compare=True):
    monkeypatch.setattr(COMPILING, "kernels", kernels)
    monkeypatch.setattr(COMPILING, "seconds", seconds)
    monkeypatch.setattr(demo, "_timed", lambda nn, *chosen: ([], 1.0 if nn is fastnn else 3.0, 0.0))
    monkeypatch.setattr(demo, "train_spiral", lambda *chosen: [])
    monkeypatch.setattr("nnfs.init", lambda: None)
    lines = []
    assert demo.run("adam", 4, 10, compare, lines.append)
    return "\n".join(lines)


def test_the_demonstration_tells_compiling_apart(monkeypatch):
    said = shown(monkeypatch, 7, 11.0)
    assert "fastnn 1.00 s, plain NumPy 3.00 s: 3.0 times as fast" in said
    assert ("7 kernels were compiled before, in 11.0 s: with that it is 12.0 s, 0.2 times as fast"
            in said)
    assert "compiled" not in shown(monkeypatch, 0, 0.0)
    assert "with that it is 12.0 s; they" in shown(monkeypatch, 7, 11.0, compare=False)


def test_what_compiles_while_it_is_timed_is_not_in_its_time(monkeypatch):
    monkeypatch.setattr(COMPILING, "seconds", 5.0)

    def training(nn, optimizer, hidden, epochs, say):
        COMPILING.seconds += 100.0
        return []
    monkeypatch.setattr(demo, "train_spiral", training)
    _, seconds, compiling = demo._timed(fastnn, "adam", 4, 10, print)
    assert compiling == 100.0 and 0 <= seconds < 50
