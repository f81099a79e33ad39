"""What holds a report to its figures: check, compact files, compare."""

import json

import pytest
import report_files
import report_marks
import report_readme
from checkouts import (
    README_BLOCKS,
    RESULTS_BLOCKS,
    changed,
    everything,
    marked,
    readme,
    results,
    run,
)
from made_up_rows import one, written
from rows import Row

# --------------------------------------------------------------------------------------- checking


def test_check_is_content_with_what_the_report_wrote(checkout, capsys):
    pytest.importorskip("matplotlib", reason="the plots need matplotlib")
    run(checkout, "--readme", "out.json")
    capsys.readouterr()
    before = readme(checkout), results(checkout)
    assert run(checkout, "--check", "out.json") == 0
    assert capsys.readouterr().out == (
        f"README, RESULTS and plots are those of {len(everything())} rows.\n")
    assert (readme(checkout), results(checkout)) == before


@pytest.mark.parametrize(("name", "old", "new"), [
    ("README.md", "**17.8 times**", "**18.8 times**"), ("README.md", "2.4.6", "2.4.7"),
    ("README.md", "| 0.03, slower |", "| 3.00 |"),
    ("benchmarks/RESULTS.md", "| 17.8 |", "| 18.8 |"),
    ("benchmarks/RESULTS.md", "| 0.03, slower |", "| 3.00 |"),
    ("benchmarks/RESULTS.md", "2.4.6", "2.4.7")])
def test_check_finds_an_edited_figure(checkout, capsys, name, old, new):
    run(checkout, "--readme", "out.json", "--no-plots")
    text = (checkout / name).read_text()
    assert old in text
    (checkout / name).write_text(text.replace(old, new, 1))
    capsys.readouterr()
    assert run(checkout, "--check", "out.json") == 1
    document = name.rpartition("/")[2]
    said = [line for line in capsys.readouterr().out.splitlines() if f"{document}: " in line]
    assert len(said) == 2
    assert f"only in {document}: " in said[0] and new in said[0]
    assert f"not in {document}: " in said[1] and old in said[1]


def test_check_finds_a_row_that_was_left_out(checkout, capsys):
    run(checkout, "--readme", "out.json", "--no-plots")
    for path in (checkout / "README.md", checkout / "benchmarks" / "RESULTS.md"):
        lines = [line for line in path.read_text().splitlines() if "slower |" not in line]
        path.write_text("\n".join(lines) + "\n")
    capsys.readouterr()
    assert run(checkout, "--check", "out.json") == 1
    said = capsys.readouterr().out
    assert "rows: not in README.md: | a process of one epoch" in said
    assert "summary: not in RESULTS.md: | a process of one epoch" in said
    assert "everything: not in RESULTS.md: | a process of one epoch" in said


def test_check_finds_plots_of_other_figures(checkout, capsys):
    pytest.importorskip("matplotlib", reason="the plots need matplotlib")
    run(checkout, "--readme", "out.json")
    plots = sorted(path.name for path in (checkout / "benchmarks").glob("*.png"))
    assert plots == ["figure_libraries.png", "figure_pair.png", "figure_sgemm.png",
                     "figure_width.png"]
    written(checkout / "new.json", changed(everything(), "JAX, scan", their_seconds=6e-5))
    run(checkout, "--readme", "new.json", "--no-plots")
    (checkout / "benchmarks" / "figure_pair.png").unlink()
    capsys.readouterr()
    assert run(checkout, "--check", "new.json") == 1
    assert capsys.readouterr().out.splitlines() == [
        "figure_libraries.png: drawn from other figures", "figure_pair.png: missing"]


def test_plot_of_what_is_not_measured_any_more_goes(checkout):
    """Whoever takes the rows out of RESULTS.md says that their benchmark has gone."""
    pytest.importorskip("matplotlib", reason="the plots need matplotlib")
    run(checkout, "--readme", "out.json")
    path = checkout / "benchmarks" / "RESULTS.md"
    path.write_text("\n".join(line for line in results(checkout).splitlines()
                              if "combined against separate" not in line) + "\n")
    some = [made for made in everything() if made["extra_info"]["table"] != "softmax pair"]
    written(checkout / "some.json", some)
    assert run(checkout, "--readme", "some.json") == 0
    assert not (checkout / "benchmarks" / "figure_pair.png").exists()
    assert "figure_pair" not in results(checkout)
    assert run(checkout, "--check", "some.json") == 0


def test_order_of_rows_is_part_of_the_check():
    text = report_marks.filled(marked(RESULTS_BLOCKS), {"summary": "a\nb"}, "RESULTS.md")
    assert report_marks.drift(text, {"summary": "a\nb"}, "RESULTS.md") == []
    assert report_marks.drift(text, {"summary": "b\na"}, "RESULTS.md") == [
        "summary: the lines are in another order"]


# -------------------------------------------------------------------------------------- compacting


def long_figures():
    """Made-up rows whose ratios and times have as many digits as measured ones."""
    made = everything()
    for i, benchmark in enumerate(made):
        extra = benchmark["extra_info"]
        for name in ("median", "low", "high", "least", "our_seconds", "their_seconds"):
            extra[name] *= 1 + 1e-3 / (3 + i)
    return made


def test_a_compact_file_gives_the_same_report(checkout):
    pytest.importorskip("matplotlib", reason="the plots need matplotlib")
    written(checkout / "out.json", long_figures())
    run(checkout, "--readme", "out.json")
    full = {path.name: path.read_bytes() for path in checkout.rglob("*.*")
            if path.suffix in (".md", ".png")}
    assert len(full) == 6
    assert run(checkout, "--compact", "out.json", "small.json") == 0
    (checkout / "README.md").write_text(marked(README_BLOCKS))
    (checkout / "benchmarks" / "RESULTS.md").write_text(marked(RESULTS_BLOCKS))
    assert run(checkout, "--readme", "small.json") == 0
    assert {path.name: path.read_bytes() for path in checkout.rglob("*.*")
            if path.suffix in (".md", ".png")} == full
    assert run(checkout, "--compare", "out.json", "small.json") == 0


def test_a_compact_file_keeps_every_value_of_a_row(checkout):
    written(checkout / "out.json", long_figures())
    run(checkout, "--compact", "out.json", "small.json")
    big, small = (report_files.rows_of([checkout / name]) for name in ("out.json", "small.json"))
    assert big == small
    for row, made in zip(small, long_figures(), strict=True):
        assert set(row) == {"name", *made["extra_info"]}
        assert row["median"] == pytest.approx(made["extra_info"]["median"], rel=1e-6)
    assert (checkout / "small.json").stat().st_size < (checkout / "out.json").stat().st_size / 2


def test_a_row_of_another_machine_says_only_what_is_other_there(checkout):
    made = everything()
    plain, other = made[0]["extra_info"], made[1]["extra_info"]
    alike = {name: value for name, value in plain["machine"].items() if name != "cores"}
    other["machine"] = {"jax": "0.1"} | alike | {"date": "1999-12-31"}
    written(checkout / "out.json", made)
    run(checkout, "--compact", "out.json", "small.json")
    big, small = (report_files.rows_of([checkout / name]) for name in ("out.json", "small.json"))
    assert big == small and "cores" not in small[1]["machine"]
    rows = json.loads((checkout / "small.json").read_text())["rows"]
    assert rows[1]["machine"] == {"cores": None, "date": "1999-12-31", "jax": "0.1"}
    once = (checkout / "small.json").read_text()
    run(checkout, "--compact", "small.json", "small.json")
    assert (checkout / "small.json").read_text() == once


def test_compacting_twice_changes_nothing(checkout):
    made = json.loads((checkout / "out.json").read_text())
    (checkout / "out.json").write_text(json.dumps(
        {**made, "datetime": "2026-11-22T01:02:03", "commit_info": {"id": "abc"}}))
    run(checkout, "--compact", "out.json", "small.json")
    text = (checkout / "small.json").read_text()
    assert '"2026-11-22T01:02:03"' in text and '"abc"' in text
    run(checkout, "--compact", "small.json", "small.json")
    assert (checkout / "small.json").read_text() == text


def test_one_row_can_be_compacted(checkout):
    written(checkout / "one.json", everything()[:1])
    assert run(checkout, "--compact", "one.json", "small.json") == 0
    assert report_files.rows_of([checkout / "small.json"]) == report_files.rows_of(
        [checkout / "one.json"])


def test_what_cannot_be_read_is_not_compacted(checkout, capsys):
    (checkout / "out.json").write_text('{"common": {}, "rows": []}')
    assert run(checkout, "--compact", "out.json", "small.json") == 2
    assert "got none; was it measured" in capsys.readouterr().err
    assert not (checkout / "small.json").exists()


# -------------------------------------------------------------------------------------- comparing


def test_compare_prints_what_got_slower_worst_first(checkout, capsys):
    new = changed(everything(), "fit", median=8.9, low=8.5, high=9.2, their_seconds=8.9e-5,
                  our_seconds=1e-5)
    new = changed(new, "dense", median=1.6, low=1.5, high=1.7, their_seconds=1.6e-5,
                  our_seconds=1e-5)
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
    assert lines[-2:] == [f"Only in the old: {report_readme.FIT}",
                          "Only in the new: benchmarks/bench_kernels.py::fresh"]
