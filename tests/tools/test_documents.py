"""What the documents and the comments name is there."""

import ast
import re
from pathlib import Path

import pytest

import fastnn

ROOT = Path(fastnn.__file__).parent
PROJECT = Path(__file__).parents[2]
DOCUMENTS = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md",
             PROJECT / "benchmarks" / "RESULTS.md"]
# What they call a program of the reader's.
EXAMPLES = {"script.py", "SCRIPT.py", "this.py", "FILE.py", "PROGRAM.py", "program.py"}


@pytest.mark.parametrize("path", [*DOCUMENTS, *sorted(ROOT.rglob("*.py")),
                                  *sorted((PROJECT / "tests").rglob("*.py"))],
                         ids=lambda path: "/".join(path.parts[-2:]))
def test_files_that_are_named_are_there(path):
    """In what people read: one was cited long after it had gone."""
    here = {one.name for folder in ("fastnn", "tests", "benchmarks", ".ci")
            for one in (PROJECT / folder).rglob("*.py")}
    text = path.read_text()
    if path.suffix == ".py":
        text = "\n".join([ast.get_docstring(node) or "" for node in ast.walk(ast.parse(text))
                          if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)]
                         + re.findall(r"#.*", text))
    named = set(re.findall(r"(?<![\w*.<])(\w+\.py)\b", text))
    assert not named - here - EXAMPLES
