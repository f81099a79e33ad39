"""python -m fastnn sweep."""

import re

import pytest

from fastnn.sweeps import command

RUN = """
    import sys
    from fastnn.sweeps.command import main
    print(main({}))
"""


def test_the_demonstration(fresh_process, tmp_path):
    arguments = ["--seeds", "10", "--hidden", "9", "--epochs", "40", "--compare", "2",
                 "--folder", str(tmp_path / "kept"), "--threads", "2"]
    said = fresh_process(RUN.format(arguments)).splitlines()
    assert said[0] == "fastnn: 10 spirals, 2-9-3, 40 epochs each, 2 threads"
    losses = [float(line.split()[2]) for line in said[2:10]]
    assert losses == sorted(losses) and said[10] == "  ... 2 more"
    assert re.fullmatch(r"plain NumPy, the book's loop, 2 of them: \d+\.\d\d s each, so \d+\.\d "
                        "times as long", said[12])
    assert said[13:] == ["their weights and biases equal, bit for bit: yes", "0"]
    again = fresh_process(RUN.format(arguments)).splitlines()
    assert again[1:11] == said[1:11] and again[13:] == said[13:]
    assert "not done before" in again[11] and "times" not in again[12]  # nothing to compare


@pytest.mark.parametrize("arguments", [["--seeds", "0"], ["--seeds", "x"], ["--size", "3"]])
def test_arguments_that_are_none(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(arguments)
    assert caught.value.code == 2 and "usage: python -m fastnn sweep" in capsys.readouterr().err


def test_a_folder_that_is_none_is_one_sentence(tmp_path, fresh_process):
    (tmp_path / "file").write_text("")
    said = fresh_process(f"""
        import sys
        from fastnn.sweeps.command import main
        sys.stderr = sys.stdout
        few = ["--epochs", "2", "--hidden", "3", "--compare", "0", "--folder"]
        print(main(["--seeds", "1", *few, {str(tmp_path / "kept")!r}]))
        print(main(["--seeds", "2", *few, {str(tmp_path / "kept")!r}]))
        print(main(["--seeds", "1", *few, {str(tmp_path / "file")!r}]))
    """).splitlines()
    told = [line for line in said if line.startswith("python -m fastnn sweep: ")]
    assert "holds another sweep: repeats was 1 there and is 2 here" in told[0]
    assert "File exists" in told[1] and len(told) == 2
    assert [line for line in said if len(line) == 1] == ["0", "2", "2"]


def test_help(capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(["--help"])
    assert caught.value.code == 0 and "--seeds" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--seeds", "--hidden", "--epochs", "--threads"])
@pytest.mark.parametrize("number", ["0", "-3", "9999999999999999999999"])
def test_numbers_of_no_sense_are_refused(option, number, capsys):
    """Each training is listed before the first begins: so many would fill the memory."""
    with pytest.raises(SystemExit) as caught:
        command.main([option, number])
    assert caught.value.code == 2
    assert f"must be from 1 to 10,000,000, got {number}" in capsys.readouterr().err
