"""A folder with the documents that a report fills, and made-up figures to fill them with."""

import json
from pathlib import Path

import made_up_rows
import report
import report_readme
from made_up_rows import one
from rows import Row

ROOT = Path(report.__file__).parents[1]
README_BLOCKS = ("opening", "rows", "plot", "conditions", "losses", "links")
RESULTS_BLOCKS = ("plot", "summary", "conditions", "slower", "elsewhere", "everything", "scaling")
STANDS_FOR = {"fit": report_readme.FIT, "steps": report_readme.LOOP, "cold": report_readme.COLD}
MOST_BYTES = 18_500  # of the README: what a person reads in six minutes


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
