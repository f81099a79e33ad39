"""What the report refuses, and the documents of this repository."""

import re
import subprocess
import sys

import pytest
import report
import report_files
import report_marks
import report_readme
import report_tables
from checkouts import (
    MOST_BYTES,
    README_BLOCKS,
    RESULTS_BLOCKS,
    ROOT,
    everything,
    marked,
    readme,
    results,
    run,
    untouched,
)
from made_up_rows import written

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


def test_readme_is_read_in_six_minutes():
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
    lines = sum(path.read_text().count("\n") for path in files)  # about one a row
    assert sum(path.stat().st_size for path in files) <= 435 * lines
    for path in files:
        assert report_files.compact(path) == path.read_text(), f"{path.name} is not compact"
    status = report.main(["--check", *map(str, files)])
    assert status == 0, capsys.readouterr()
