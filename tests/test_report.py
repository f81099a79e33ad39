"""The report on made-up figures, in folders of its own: fill, check, compare, and its errors."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import report
import report_readme
import report_tables
from made_up_rows import everything, one, written
from rows import Row

ROOT = Path(report.__file__).parents[1]
BLOCKS = ("opening", "plot", "summary", "conditions", "slower", "everything", "scaling")
MARKED = "\n\n".join(["Before.", *(f"<!-- {name} -->\nold\n<!-- end of {name} -->"
                                  for name in BLOCKS), "After.\n"])


@pytest.fixture
def checkout(tmp_path):
    """A folder with a README of markers, and a file of all made-up rows."""
    (tmp_path / "README.md").write_text(MARKED)
    written(tmp_path / "out.json", everything())
    return tmp_path


def run(folder, *arguments):
    """The command line, on the folder's files."""
    return report.main([*(str(folder / a) if a.endswith(".json") else a for a in arguments),
                        "--into", str(folder)])


def readme(folder):
    return (folder / "README.md").read_text()


def changed(benchmarks, name, **extra):
    """The same benchmarks, with one row's values replaced."""
    made = json.loads(json.dumps(benchmarks))
    found = [b for b in made if b["name"] == name]
    assert len(found) == 1
    found[0]["extra_info"].update(extra)
    return made


# --------------------------------------------------------------------------------------- filling


def test_readme_is_filled_between_its_markers_alone(checkout):
    assert run(checkout, "out.json", "--no-plots") == 0
    text = readme(checkout)
    assert text.startswith("Before.\n\n<!-- opening -->\n") and text.endswith("\n\nAfter.\n")
    assert "old" not in text.split()
    assert "**4.73 times**" in text and "**17.8 times**" in text
    assert ("| spiral 2-64-3, nnfs.init(), equal in every bit | fastnn.fit against the book's loop "
            "| 17.8 | 23 us against 410 us an epoch |") in text
    assert "Some processor, 2 cores" in text and "NumPy 2.4.6" in text and "2026-11-22" in text


def test_filling_twice_changes_nothing(checkout):
    run(checkout, "out.json", "--no-plots")
    once = readme(checkout)
    run(checkout, "out.json", "--no-plots")
    assert readme(checkout) == once


def test_every_row_is_in_the_full_table_and_losses_stay(checkout, capsys):
    assert run(checkout, "out.json", "--no-plots") == 0
    printed = capsys.readouterr().out
    for made in everything():
        assert f"| {made['extra_info']['what']} | " in printed, made["name"]
    assert "| 0.03, slower | 14 s against 400 ms a process |" in readme(checkout)
    assert f"All {len(everything())} rows, 1 of them slower" in readme(checkout)
    assert "| 0.03 | 14 s against 400 ms a process |\n<!-- end of slower -->" in readme(checkout)


def test_goals_rates_and_threads_stand_beside_a_row(checkout):
    run(checkout, "out.json", "--no-plots")
    assert "17.8 (floor 9, aim 15)" in readme(checkout)
    assert "12.5 GFLOP/s, 12 % of sgemm" in readme(checkout)
    assert "46.7 GB/s, 467 % of a copy | 2, BLAS 1 |" in readme(checkout)


def test_missed_floor_is_said():
    row = {"median": 8.5, "floor": 9, "aim": 15}
    assert report_tables.goals(row) == " (floor 9 missed, aim 15 missed)"


def test_scaling_is_a_line_for_each_side_of_a_curve(checkout):
    run(checkout, "out.json", "--no-plots")
    assert ("| samples | time of one | 300 | 600 | 1,200 | last / first |\n"
            "| --- | --- | --- | --- | --- | --- |\n"
            "| fastnn.fit, nnfs.init() | sample and epoch | 120 ns | 112 ns | 104 ns | 0.87 |\n"
            "| the book's loop, nnfs.init() | sample and epoch | 2 us | 2 us | 2 us | 1.00 |\n"
            ) in readme(checkout)


def test_scaling_against_a_smaller_training_shows_the_base(checkout):
    row = Row("scaling", "16 layers against 1", "fastnn.fit, large", "fastnn.fit, small",
              "multiply-add", curve="layers: fit, native", x=16)
    written(checkout / "more.json", [one("layers", row, 50e-12, 40e-12)])
    run(checkout, "out.json", "more.json", "--no-plots")
    assert ("| layers | time of one | base | 16 | last / first |\n"
            "| --- | --- | --- | --- | --- |\n"
            "| fit, native | multiply-add | 40 ps | 50 ps | 1.25 |") in readme(checkout)


def test_of_two_files_the_later_has_the_last_word(checkout):
    written(checkout / "late.json", changed(everything(), "fit", median=20.0)[:1])
    assert run(checkout, "out.json", "late.json", "--no-plots") == 0
    assert "**20.0 times**" in readme(checkout)
    assert f"All {len(everything())} rows" in readme(checkout)
    assert run(checkout, "late.json", "out.json", "--no-plots") == 0
    assert "**17.8 times**" in readme(checkout)


# --------------------------------------------------------------------------------------- checking


def test_check_is_content_with_what_the_report_wrote(checkout, capsys):
    pytest.importorskip("matplotlib", reason="the plots need matplotlib")
    run(checkout, "out.json")
    capsys.readouterr()
    before = readme(checkout)
    assert run(checkout, "--check", "out.json") == 0
    assert capsys.readouterr().out == f"README and plots are those of {len(everything())} rows.\n"
    assert readme(checkout) == before


@pytest.mark.parametrize(("old", "new"), [("**17.8 times**", "**18.8 times**"),
                                          ("| 0.03, slower |", "| 3.00 |"), ("2.4.6", "2.4.7")])
def test_check_finds_an_edited_figure(checkout, capsys, old, new):
    run(checkout, "out.json", "--no-plots")
    text = readme(checkout)
    assert old in text
    (checkout / "README.md").write_text(text.replace(old, new, 1))
    capsys.readouterr()
    assert run(checkout, "--check", "out.json") == 1
    said = [line for line in capsys.readouterr().out.splitlines() if "README: " in line]
    assert len(said) == 2
    assert "only in the README: " in said[0] and new in said[0]
    assert "not in the README: " in said[1] and old in said[1]


def test_check_finds_a_row_that_was_left_out(checkout, capsys):
    run(checkout, "out.json", "--no-plots")
    lines = [line for line in readme(checkout).splitlines() if "slower |" not in line]
    (checkout / "README.md").write_text("\n".join(lines) + "\n")
    capsys.readouterr()
    assert run(checkout, "--check", "out.json") == 1
    assert "summary: not in the README: | a process of one epoch" in capsys.readouterr().out


def test_check_finds_plots_of_other_figures(checkout, capsys):
    pytest.importorskip("matplotlib", reason="the plots need matplotlib")
    run(checkout, "out.json")
    plots = sorted(path.name for path in (checkout / "benchmarks").iterdir())
    assert plots == ["figure_libraries.png", "figure_pair.png", "figure_sgemm.png",
                     "figure_width.png"]
    written(checkout / "new.json", changed(everything(), "JAX, scan", their_seconds=6e-5))
    run(checkout, "new.json", "--no-plots")
    (checkout / "benchmarks" / "figure_pair.png").unlink()
    capsys.readouterr()
    assert run(checkout, "--check", "new.json") == 1
    assert capsys.readouterr().out.splitlines() == [
        "figure_libraries.png: drawn from other figures", "figure_pair.png: missing"]


def test_plot_of_what_was_not_measured_goes(checkout):
    pytest.importorskip("matplotlib", reason="the plots need matplotlib")
    run(checkout, "out.json")
    some = [made for made in everything() if made["extra_info"]["table"] != "peers"]
    written(checkout / "some.json", some)
    assert run(checkout, "some.json") == 0
    assert not (checkout / "benchmarks" / "figure_libraries.png").exists()
    assert "figure_libraries" not in readme(checkout)
    assert run(checkout, "--check", "some.json") == 0


def test_order_of_rows_is_part_of_the_check():
    text = report_readme.filled(MARKED, {"summary": "a\nb"})
    assert report_readme.drift(text, {"summary": "a\nb"}) == []
    assert report_readme.drift(text, {"summary": "b\na"}) == [
        "summary: the lines are in another order"]


# -------------------------------------------------------------------------------------- comparing


def test_compare_prints_what_got_slower_worst_first(checkout, capsys):
    new = changed(everything(), "fit", median=8.9, low=8.5, high=9.2)
    new = changed(new, "dense", median=1.6, low=1.5, high=1.7)
    new = changed(new, "adam", median=9.0)  # faster: not said
    written(checkout / "new.json", new)
    assert run(checkout, "--compare", "out.json", "new.json") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:4] == [
        "| 0.50 | 17.8 | 8.90 | spiral 2-64-3, nnfs.init(), equal in every bit | "
        "fastnn.fit against the book's loop |",
        "| 0.80 | 2.00 | 1.60 | dense forward (300, 64) by (64, 3), float32 | "
        "fastnn against NumPy |"]
    assert lines[4].startswith(f"2 of {len(new)} rows got slower")
    assert len(lines) == 5


def test_compare_takes_noise_for_noise(checkout, capsys):
    written(checkout / "new.json", changed(everything(), "fit", median=15.0, low=14.0, high=18.0))
    assert run(checkout, "--compare", "out.json", "new.json") == 0
    assert capsys.readouterr().out.startswith("0 of ")


def test_compare_names_rows_of_one_file_alone_and_other_machines(checkout, capsys):
    new = [one("fresh", Row("kernels", "new"), 1.0, 2.0), *everything()[1:]]
    new[0]["extra_info"]["machine"] = {**new[0]["extra_info"]["machine"], "numpy": "2.5.0"}
    written(checkout / "new.json", new)
    assert run(checkout, "--compare", "out.json", "new.json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Not the same numpy: 2.4.6; then 2.4.6, 2.5.0."
    assert lines[-2:] == ["Only in the old: benchmarks/bench_training.py::fit",
                          "Only in the new: benchmarks/bench_kernels.py::fresh"]


# ----------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(("content", "said"), [
    (None, "expected a file, there is none."),
    ("not JSON", "expected pytest-benchmark's JSON, cannot read it"),
    ('{"rows": []}', "expected the JSON of pytest --benchmark-json, got another."),
    ("[1, 2]", "expected the JSON of pytest --benchmark-json, got another."),
    ('{"benchmarks": []}', "got none; was it measured, with pytest benchmarks --benchmark-only?"),
    ('{"benchmarks": [{"fullname": "a", "extra_info": {}}]}', "got none; was it measured"),
    ('{"benchmarks": [{"fullname": "a", "extra_info": {"table": "steps"}}]}', "a has no what, "),
])
def test_file_that_is_none_of_ours(checkout, capsys, content, said):
    if content is None:
        (checkout / "out.json").unlink()
    else:
        (checkout / "out.json").write_text(content)
    for options in ([], ["--check"]):
        assert run(checkout, *options, "out.json") == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1 and str(checkout / "out.json") in error
    assert readme(checkout) == MARKED


@pytest.mark.parametrize("spoiled", [
    MARKED.replace("<!-- summary -->", ""), MARKED.replace("<!-- end of summary -->", ""),
    MARKED + "<!-- summary -->",
    MARKED.replace("<!-- summary -->", "<!-- end of summary -->", 1).replace(
        "<!-- end of summary -->", "<!-- summary -->", 2).replace(
        "<!-- summary -->", "<!-- end of summary -->", 1)])
def test_markers_that_are_not_there_once(checkout, capsys, spoiled):
    (checkout / "README.md").write_text(spoiled)
    assert run(checkout, "out.json") == 2
    assert ("must have <!-- summary --> and after it <!-- end of summary -->, once each"
            in capsys.readouterr().err)
    assert readme(checkout) == spoiled
    assert not (checkout / "benchmarks").exists()


def test_no_readme_no_file_and_no_headline(checkout, capsys):
    assert report.main(["--into", str(checkout)]) == 2
    assert "Expected a file of pytest --benchmark-json, got none" in capsys.readouterr().err
    written(checkout / "part.json", everything()[2:])
    assert run(checkout, "part.json") == 2
    assert "headline of the table 'steps'" in capsys.readouterr().err
    (checkout / "README.md").unlink()
    assert run(checkout, "out.json") == 2
    assert "expected the README, cannot read it" in capsys.readouterr().err


def test_command_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "benchmarks.report", "none.json"], cwd=ROOT,
                          capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "none.json: expected a file, there is none.\n"


# -------------------------------------------------------------------------------- this repository


def test_readme_of_this_checkout_has_every_marker():
    text = (ROOT / "README.md").read_text()
    for name in BLOCKS:
        start, end = report_readme.place(text, name)
        assert text[start:end].strip(), f"nothing stands in {name}"


@pytest.mark.parametrize(("seconds", "said"), [
    (0.99999e-6, "1 us"), (123.4e-9, "123 ns"), (1.2545e-3, "1.25 ms"), (61.5, "61.5 s"),
    (999.6e-6, "1 ms"), (12e-12, "12 ps"), (99.97e-6, "100 us")])
def test_durations_have_three_digits(seconds, said):
    assert report_tables.duration(seconds) == said


# ----------------------------------------------------------------------------------- our own files


def test_the_readme_says_what_was_measured(capsys):
    files = sorted((ROOT / "benchmarks").glob("measured*.json"))
    assert files
    status = report.main(["--check", *map(str, files)])
    assert status == 0, capsys.readouterr()
