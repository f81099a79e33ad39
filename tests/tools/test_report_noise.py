"""The report marks what was measured on a busy machine, and keeps it out of the documents."""

import pytest
from checkouts import changed, everything, readme, results, run, untouched
from made_up_rows import written
from report_readme import FIT
from report_tables import noisy

WIDE = {"low": 1.0, "high": 30.0}
OFF = {"median": 185.0, "low": 180.0, "high": 190.0}  # of times that say 18
BUSY = {"taken": 0.4, "slowed": 1.5}
DENSE = "benchmarks/bench_kernels.py::dense"


@pytest.mark.parametrize(("found", "said"), [
    (WIDE, "1 of README.md's rows are noisy"), (OFF, "1 of README.md's rows are noisy"),
    (BUSY, "others were at work while 1 of ")])
def test_noise_in_a_row_of_the_readme_is_refused(checkout, capsys, found, said):
    written(checkout / "out.json", changed(everything(), "fit", **found))
    assert run(checkout, "--readme", "--no-plots", "out.json") == 2
    error = capsys.readouterr().err
    assert said in error and FIT in error and error.count("\n") == 1
    assert untouched(checkout)


def test_a_few_noisy_rows_are_taken_and_marked(checkout, capsys):
    written(checkout / "out.json", changed(everything(), "dense", **OFF))
    assert run(checkout, "--readme", "--no-plots", "out.json") == 0
    assert "| 185, noisy | 180 to 190 |" in results(checkout)
    assert "1 is noisy: the quartiles are" in results(checkout)


def test_many_noisy_rows_are_refused(checkout, capsys):
    made = everything()
    for name in ("dense", "adam", "few", "width-native-16", "width-native-64", "width-native-256",
                 "samples-native-1", "samples-native-2"):
        made = changed(made, name, **WIDE, median=10.0)
    written(checkout / "out.json", made)
    assert run(checkout, "--readme", "--no-plots", "out.json") == 2
    error = capsys.readouterr().err
    assert "7 of " in error and f"{DENSE} (wide: 1 to 30" in error  # of memory there is no noise
    assert untouched(checkout)


def test_who_insists_gets_marks(checkout, capsys):
    written(checkout / "out.json", changed(everything(), "fit", **BUSY))
    assert run(checkout, "--readme", "--no-plots", "--even-noisy", "out.json") == 0
    assert ", noisy | 23 us against 410 us" in readme(checkout)


def test_looking_at_a_noisy_file_is_no_error(checkout, capsys):
    written(checkout / "out.json", changed(everything(), "fit", **BUSY))
    assert run(checkout, "--no-plots", "out.json") == 0
    assert ", noisy (floor 9, aim 15) | " in capsys.readouterr().out


def test_a_sound_row_has_no_mark():
    for made in everything():
        assert noisy(made["extra_info"]) == "", made["name"]
