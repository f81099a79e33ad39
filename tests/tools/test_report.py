"""The report on made-up figures, in folders of its own: fill, check, compare, and its errors."""

import json
import re
import subprocess
import sys
from pathlib import Path

import made_up_rows
import pytest
import report
import report_files
import report_marks
import report_readme
import report_results
import report_tables
from made_up_rows import one, written
from rows import Row

ROOT = Path(report.__file__).parents[1]
README_BLOCKS = ("opening", "rows", "plot", "conditions", "losses", "links")
RESULTS_BLOCKS = ("plot", "summary", "conditions", "slower", "everything", "scaling")
STANDS_FOR = {"fit": report_readme.FIT, "steps": report_readme.LOOP, "cold": report_readme.COLD}
MOST_BYTES = 15_000  # of the README: what a person reads in five minutes


def marked(blocks):
    """A document with nothing but markers."""
    return "\n\n".join(["Before.", *(f"<!-- {name} -->\nold\n<!-- end of {name} -->"
                                     for name in blocks), "After.\n"])


def everything():
    """Made-up rows, those that the README shows among them under their own names."""
    made = made_up_rows.everything()
    for benchmark in made:
        benchmark["fullname"] = STANDS_FOR.get(benchmark["name"], benchmark["fullname"])
    for i, name in enumerate(report_readme.TEN):
        if name not in STANDS_FOR.values():
            row = Row("steps", f"row {i} of the README", "the objects", "NumPy", "step")
            made.append({**one(f"ten-{i}", row, 1e-5, 2e-5), "fullname": name})
    return made


@pytest.fixture
def checkout(tmp_path):
    """A folder with a README and a RESULTS of markers, and a file of all made-up rows."""
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "README.md").write_text(marked(README_BLOCKS))
    (tmp_path / "benchmarks" / "RESULTS.md").write_text(marked(RESULTS_BLOCKS))
    written(tmp_path / "out.json", everything())
    return tmp_path


def run(folder, *arguments):
    """The command line, on the folder's files."""
    return report.main([*(str(folder / a) if a.endswith(".json") else a for a in arguments),
                        "--into", str(folder)])


def readme(folder):
    return (folder / "README.md").read_text()


def results(folder):
    return (folder / "benchmarks" / "RESULTS.md").read_text()


def untouched(folder):
    """Whether both documents are as they were made."""
    return readme(folder) == marked(README_BLOCKS) and results(folder) == marked(RESULTS_BLOCKS)


def changed(benchmarks, name, **extra):
    """The same benchmarks, with one row's values replaced."""
    made = json.loads(json.dumps(benchmarks))
    found = [b for b in made if b["name"] == name]
    assert len(found) == 1
    found[0]["extra_info"].update(extra)
    return made


# --------------------------------------------------------------------------------------- filling


def test_documents_are_filled_between_their_markers_alone(checkout):
    assert run(checkout, "--readme", "out.json", "--no-plots") == 0
    for text in (readme(checkout), results(checkout)):
        assert text.startswith("Before.\n\n<!-- ") and text.endswith("\n\nAfter.\n")
        assert "old" not in text.split()
        assert ("| spiral 2-64-3, nnfs.init(), equal in every bit | fastnn.fit against the book's "
                "loop | 17.8 | 23 us against 410 us an epoch |") in text
        assert "Some processor, 2 cores" in text and "NumPy 2.4.6" in text and "2026-11-22" in text
    assert "**4.73 times**" in readme(checkout) and "**17.8 times**" in readme(checkout)
    assert "14 s instead of 400 ms, once" in readme(checkout).replace("\n", " ")


def test_filling_twice_changes_nothing(checkout):
    run(checkout, "--readme", "out.json", "--no-plots")
    once = readme(checkout), results(checkout)
    run(checkout, "--readme", "out.json", "--no-plots")
    assert (readme(checkout), results(checkout)) == once


def test_readme_shows_its_ten_rows_in_their_order(checkout):
    run(checkout, "--readme", "out.json", "--no-plots")
    text = readme(checkout)
    start, end = report_marks.place(text, "rows", "README.md")
    whats = [line.split(" | ")[0].strip("| ") for line in text[start:end].splitlines()
             if line.startswith("| ")][2:]
    named = {made["fullname"]: made["extra_info"]["what"] for made in everything()}
    assert whats == [named[name] for name in report_readme.TEN]
    assert len(set(report_readme.TEN)) == 10


def test_every_row_is_in_the_full_table_and_losses_stay(checkout, capsys):
    assert run(checkout, "out.json", "--no-plots") == 0
    printed = capsys.readouterr().out
    assert run(checkout, "--readme", "out.json", "--no-plots") == 0
    for made in everything():
        for text in (printed, results(checkout)):
            assert f"| {made['extra_info']['what']} | " in text, made["name"]
    for text in (readme(checkout), results(checkout)):
        assert "| 0.03, slower | 14 s against 400 ms a process |" in text
    assert f"All {len(everything())} rows, 1 of them slower" in results(checkout)
    assert f"1 of {len(everything())} rows are slower" in readme(checkout)
    assert "| 0.03 | 14 s against 400 ms a process |\n<!-- end of slower -->" in results(checkout)


def test_goals_rates_and_threads_stand_beside_a_row(checkout):
    run(checkout, "--readme", "out.json", "--no-plots")
    assert "17.8 (floor 9, aim 15)" in results(checkout)
    assert "12.5 GFLOP/s, 12 % of sgemm" in results(checkout)
    assert "46.7 GB/s, 467 % of a copy | 2, BLAS 1 |" in results(checkout)


def test_missed_floor_is_said():
    row = {"median": 8.5, "floor": 9, "aim": 15}
    assert report_tables.goals(row) == " (floor 9 missed, aim 15 missed)"


def test_scaling_is_a_line_for_each_side_of_a_curve(checkout):
    run(checkout, "--readme", "out.json", "--no-plots")
    assert ("| samples | time of one | 300 | 600 | 1,200 | last / first |\n"
            "| --- | --- | --- | --- | --- | --- |\n"
            "| fastnn.fit, nnfs.init() | sample and epoch | 120 ns | 112 ns | 104 ns | 0.87 |\n"
            "| the book's loop, nnfs.init() | sample and epoch | 2 us | 2 us | 2 us | 1.00 |\n"
            ) in results(checkout)


def test_scaling_against_a_smaller_training_shows_the_base(checkout):
    row = Row("scaling", "16 layers against 1", "fastnn.fit, large", "fastnn.fit, small",
              "multiply-add", curve="layers: fit, native", x=16)
    written(checkout / "more.json", [one("layers", row, 50e-12, 40e-12)])
    run(checkout, "--readme", "out.json", "more.json", "--no-plots")
    assert ("| layers | time of one | base | 16 | last / first |\n"
            "| --- | --- | --- | --- | --- |\n"
            "| fit, native | multiply-add | 40 ps | 50 ps | 1.25 |") in results(checkout)


def test_of_two_files_the_later_has_the_last_word(checkout):
    written(checkout / "late.json", changed(everything(), "fit", median=20.0)[:1])
    assert run(checkout, "--readme", "out.json", "late.json", "--no-plots") == 0
    assert "**20.0 times**" in readme(checkout)
    assert f"All {len(everything())} rows" in results(checkout)
    assert run(checkout, "--readme", "late.json", "out.json", "--no-plots") == 0
    assert "**17.8 times**" in readme(checkout)


def test_links_are_addresses_once_the_project_has_one(checkout, monkeypatch):
    run(checkout, "--readme", "out.json", "--no-plots")
    assert "](benchmarks/figure_width.png)" in readme(checkout)
    monkeypatch.setattr(report_readme, "PROJECT", "https://example.org/us/it")
    run(checkout, "--readme", "out.json", "--no-plots")
    targets = re.findall(r"\]\(([^)]*)\)", readme(checkout))
    assert "https://example.org/us/it/raw/main/benchmarks/figure_width.png" in targets
    assert "https://example.org/us/it/blob/main/CONTRIBUTING.md" in targets
    assert all(target.startswith("https://example.org/us/it/") for target in targets)


# ----------------------------------------------------------------- a folder of its own, by default


def test_without_being_asked_no_document_changes(checkout, capsys):
    pytest.importorskip("matplotlib", reason="the plots need matplotlib")
    assert run(checkout, "out.json") == 0
    assert "| what | who against whom |" in capsys.readouterr().out
    assert untouched(checkout)
    assert [path.name for path in (checkout / "benchmarks").iterdir()] == ["RESULTS.md"]
    made = sorted(path.name for path in (checkout / "out-report").iterdir())
    assert made == ["figure_libraries.png", "figure_pair.png", "figure_sgemm.png",
                    "figure_width.png", "report.md"]
    text = (checkout / "out-report" / "report.md").read_text()
    assert all(f"]({name})" in text for name in made[:-1])
    assert all(block in text for block in
               report_results.blocks(report_files.rows_of([checkout / "out.json"])).values())


def test_some_rows_make_a_report_and_no_readme(checkout, capsys):
    written(checkout / "part.json", everything()[2:-1])
    assert run(checkout, "part.json", "--no-plots") == 0
    assert (checkout / "part-report" / "report.md").exists()
    capsys.readouterr()
    assert run(checkout, "--readme", "part.json", "--no-plots") == 2
    said = capsys.readouterr().err
    assert "3 are missing: " in said and report_readme.LOOP in said and said.count("\n") == 1
    assert untouched(checkout)


def test_rows_that_results_has_must_all_be_measured(checkout, capsys):
    """Or a short measurement takes the long one's place; some of the missing are named."""
    run(checkout, "--readme", "out.json", "--no-plots")
    before = readme(checkout), results(checkout)
    some = [made for made in everything() if made["extra_info"]["table"] != "softmax pair"]
    written(checkout / "some.json", some)
    capsys.readouterr()
    assert run(checkout, "--readme", "some.json", "--no-plots") == 2
    said = capsys.readouterr().err
    count = len(everything()) - len(some)
    assert f"{count} are missing: (3, 3), NumPy, nnfs.init(), combined against separate" in said
    assert f"; and {count - report.NAMED} more. " in said
    assert (readme(checkout), results(checkout)) == before


def test_after_how_many_epochs_it_pays_off_is_no_name(checkout):
    run(checkout, "--readme", "out.json", "--no-plots")
    for pays in ("pays off after 90 epochs", "never pays off"):
        written(checkout / "new.json", changed(
            everything(), "cold", what=f"a process of one epoch, nothing compiled: {pays}"))
        assert run(checkout, "--readme", "new.json", "--no-plots") == 0
        assert pays in results(checkout)


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
    assert lines[-2:] == [f"Only in the old: {report_readme.FIT}",
                          "Only in the new: benchmarks/bench_kernels.py::fresh"]


# ----------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(("content", "said"), [
    (None, "expected a file, there is none."),
    ("not JSON", "expected pytest-benchmark's JSON, cannot read it"),
    ('{"rows": [{}], "common": {}}', "expected the JSON of pytest --benchmark-json, got another."),
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
    for options in ([], ["--check"], ["--readme"]):
        assert run(checkout, *options, "out.json") == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1 and str(checkout / "out.json") in error
    assert untouched(checkout)


MARKED = marked(RESULTS_BLOCKS)


@pytest.mark.parametrize("spoiled", [
    MARKED.replace("<!-- summary -->", ""), MARKED.replace("<!-- end of summary -->", ""),
    MARKED + "<!-- summary -->",
    MARKED.replace("<!-- summary -->", "<!-- end of summary -->", 1).replace(
        "<!-- end of summary -->", "<!-- summary -->", 2).replace(
        "<!-- summary -->", "<!-- end of summary -->", 1)])
def test_markers_that_are_not_there_once(checkout, capsys, spoiled):
    (checkout / "benchmarks" / "RESULTS.md").write_text(spoiled)
    for option in ("--readme", "--check"):
        assert run(checkout, option, "out.json") == 2
        assert ("RESULTS.md must have <!-- summary --> and after it <!-- end of summary -->, once "
                "each" in capsys.readouterr().err)
    assert results(checkout) == spoiled and readme(checkout) == marked(README_BLOCKS)
    assert not list((checkout / "benchmarks").glob("*.png"))


def test_no_document_no_file_and_no_row_of_the_readme(checkout, capsys):
    assert report.main(["--into", str(checkout)]) == 2
    assert "Expected a file of pytest --benchmark-json, got none" in capsys.readouterr().err
    written(checkout / "part.json", everything()[2:])
    assert run(checkout, "--check", "part.json") == 2
    assert "README.md needs benchmarks/bench_objects.py::" in capsys.readouterr().err
    (checkout / "benchmarks" / "RESULTS.md").unlink()
    assert run(checkout, "--readme", "out.json", "--no-plots") == 2
    assert "expected RESULTS.md, cannot read it" in capsys.readouterr().err
    assert readme(checkout) == marked(README_BLOCKS)
    (checkout / "README.md").unlink()
    assert run(checkout, "--readme", "out.json") == 2
    assert "expected README.md, cannot read it" in capsys.readouterr().err


def test_command_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "benchmarks.report", "none.json"], cwd=ROOT,
                          capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "none.json: expected a file, there is none.\n"


# -------------------------------------------------------------------------------- this repository


@pytest.mark.parametrize(("path", "blocks"), [("README.md", README_BLOCKS),
                                              ("benchmarks/RESULTS.md", RESULTS_BLOCKS)])
def test_documents_of_this_checkout_have_every_marker(path, blocks):
    text = (ROOT / path).read_text()
    for name in blocks:
        start, end = report_marks.place(text, name, path)
        assert text[start:end].strip(), f"nothing stands in {name}"


def test_readme_is_read_in_five_minutes():
    assert len((ROOT / "README.md").read_bytes()) <= MOST_BYTES


@pytest.mark.parametrize("path", ["README.md", "benchmarks/RESULTS.md"])
def test_links_of_the_documents_lead_somewhere(path):
    """Those to files of this repository; addresses once PROJECT is set."""
    home = re.escape(report_readme.PROJECT) + "/(?:blob|raw)/[^/]+/"
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / path).read_text()):
        folder = (ROOT / path).parent
        if report_readme.PROJECT and path == "README.md":
            assert re.match(home, target), target
            target, folder = re.sub(home, "", target), ROOT
        assert (folder / target).exists(), target


@pytest.mark.parametrize(("seconds", "said"), [
    (0.99999e-6, "1 us"), (123.4e-9, "123 ns"), (1.2545e-3, "1.25 ms"), (61.5, "61.5 s"),
    (999.6e-6, "1 ms"), (12e-12, "12 ps"), (99.97e-6, "100 us")])
def test_durations_have_three_digits(seconds, said):
    assert report_tables.duration(seconds) == said


# ----------------------------------------------------------------------------------- our own files


def test_readme_and_results_say_what_was_measured(capsys):
    files = sorted((ROOT / "benchmarks").glob("measured*.json"))
    assert files
    assert sum(path.stat().st_size for path in files) <= 150_000
    for path in files:
        assert report_files.compact(path) == path.read_text(), f"{path.name} is not compact"
    status = report.main(["--check", *map(str, files)])
    assert status == 0, capsys.readouterr()
