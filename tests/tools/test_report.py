"""The report on made-up figures, in folders of its own: what it fills, and what it leaves."""

import csv
import re

import pytest
import report
import report_files
import report_marks
import report_readme
import report_results
import report_tables
from checkouts import changed, everything, readme, results, run, untouched
from made_up_rows import one, written
from rows import Row

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
    assert "14 s instead of 400 ms." in readme(checkout).replace("\n", " ")


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


def test_memory_is_told_in_megabytes_and_is_never_slow(checkout):
    run(checkout, "--readme", "out.json", "--no-plots")
    text = results(checkout)
    assert "| what | who against whom | times as little | quartiles | least | peak | " in text
    assert "| 2.86 | 2.71 to 3.00 | 2.57 | 346 MB against 988 MB a process | " in text
    assert "| 0.62, more | " in text and "| 5.5 MB against 3.4 MB a process | " in text


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


def test_more_threads_are_told_by_a_model(checkout):
    """1.6 times as fast in two: three quarters of a step are shared."""
    row = Row("scaling", "sine", "fastnn.fit, two threads", "fastnn.fit, one thread", "epoch")
    rows = [one(f"second[{shares}]", row, 1e-4, 1.6e-4) for shares in (2, 4, 16)]
    for made, shares in zip(rows, (2, 4, 16), strict=True):
        made["extra_info"]["shares"] = shares
    written(checkout / "more.json", rows)
    run(checkout, "--readme", "out.json", "more.json", "--no-plots")
    assert ("| what | shares | two threads | 4, by the model | 8, by the model |\n"
            "| --- | --- | --- | --- | --- |\n"
            "| sine | 2 | 1.60 | 1.60 | 1.60 |\n"
            "| sine | 4 | 1.60 | 2.29 | 2.29 |\n"
            "| sine | 16 | 1.60 | 2.29 | 2.91 |") in results(checkout)


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
                    "figure_width.png", "report.csv", "report.md"]
    text = (checkout / "out-report" / "report.md").read_text()
    assert all(f"]({name})" in text for name in made[:-2])
    assert all(block in text for block in
               report_results.blocks(report_files.rows_of([checkout / "out.json"])).values())


def test_a_table_for_other_programs_has_all_rows_as_they_were_measured(checkout):
    """Also those whose names have commas, and with the reason why one is not to be trusted."""
    rows = everything()
    rows[3]["extra_info"] |= {"taken": 0.5, "floor": None}
    written(checkout / "out.json", rows)
    assert run(checkout, "out.json", "--no-plots") == 0
    with open(checkout / "out-report" / "report.csv", encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    expected = report_files.rows_of([checkout / "out.json"])
    assert len(found) == len(expected) == len(rows)
    for line, row in zip(found, expected):
        assert None not in line and all(
            line[name] == row[name] for name in ("name", "what", "ours"))
        assert float(line["median"]) == row["median"]
        assert float(line["our_seconds"]) == row["our_seconds"]
        assert line["floor"] == ("" if row["floor"] is None else str(row["floor"]))
        assert line["cpu"] == row["machine"]["cpu"]
    assert "others had 50 % of the cores" in found[3]["doubts"] and found[3]["floor"] == ""
    assert any("," in line["what"] for line in found)


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


def test_rows_of_other_processors_stand_beside_those_from_here(checkout, capsys):
    here = everything()
    there = changed(here[:2], here[0]["name"], median=3.25, our_seconds=2e-3, their_seconds=6.5e-3)
    written(checkout / "there.json", there)
    run(checkout, "--compact", "there.json", "benchmarks/elsewhere_other_as_avx2.json")
    run(checkout, "--readme", "out.json", "--no-plots")
    text = results(checkout)
    start, end = report_marks.place(text, "elsewhere", "RESULTS.md")
    lines = [line for line in text[start:end].splitlines() if line.startswith("| ")]
    assert len(lines) == 4 and "| 3.25 (2 ms against 6.5 ms a" in lines[2]
    assert lines[2].split(" | ")[2] != lines[2].split(" | ")[3]
    assert "held to AVX2" in text[start:end]
    capsys.readouterr()
    assert run(checkout, "--check", "out.json") in (0, 1)
    assert "elsewhere" not in capsys.readouterr().out
