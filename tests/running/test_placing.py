"""Where in a program its classes are adopted."""

import ast
import builtins
import inspect
import linecache
import traceback

import pytest

from fastnn.running.placing import CALLED, Places


def calls(*cells: str, end: bool = False) -> list[list[str]]:
    """What is called when these cells run one after the other, with what they note in between."""
    noted: list[list[str]] = []
    places = Places()
    names = {"note": lambda *words: noted.append(list(words)), "__name__": "__main__"}
    setattr(builtins, CALLED, lambda *kinds: noted.append([f"+{name}" for name in kinds]))
    try:
        for cell in cells:
            tree = ast.parse(cell)
            exec(compile((places.ended if end else places.placed)(tree), "cell", "exec"), names)
    finally:
        delattr(builtins, CALLED)
    return noted


@pytest.mark.parametrize("program, expected", [
    ("class A: pass\nclass B(A): pass\nnote('here')\nB()", [["here"], ["+A", "+B"]]),
    ("class A: pass\nA()\nclass B: pass\nB()\nA()", [["+A"], ["+B"]]),
    ("class A: pass", []),
    ("note('no class')", [["no class"]]),
    # what a class needs may stand behind it
    ("class A: pass\nx = note('data')\ndef helper(): pass\na = A()", [["data"], ["+A"]]),
    # a function that names it, and one that names that function
    ("class A: pass\ndef f():\n    return A()\ndef g():\n    return f()\nnote('on')\ng()",
     [["on"], ["+A"]]),
    ("class A: pass\nclass Net:\n    def __init__(self):\n        self.a = A()\nNet()",
     [["+A", "+Net"]]),
    ("class A: pass\nf = lambda: A()\nnote('on')\nf()", [["on"], ["+A"]]),
    # what gives names is no use
    ("class A: pass\nB = A\ndef f(self): pass\nA.f = f\nA.n = 3\nnote('on')\nA()",
     [["on"], ["+A"]]),
    ("class A: pass\nnote('on')\nglobals()['A']()", [["on"], ["+A"]]),
    # in blocks
    ("class A: pass\nif __name__ == '__main__':\n    note('in')\n    A()", [["+A"], ["in"]]),
    ("if True:\n    class A: pass\nelse:\n    class A: pass\nA()", [["+A"]]),
    ("if note('test'):\n    pass\nelse:\n    class A: pass\n    A()", [["test"], ["+A"]]),
    ("try:\n    class A: pass\nexcept OSError:\n    pass\nelse:\n    A()", [["+A"]]),
    ("for i in range(2):\n    class A: pass\n    A()", [["+A"], ["+A"]]),
    ("with open('/dev/null'):\n    class A: pass\nwhile A():\n    break", [["+A"]]),
    ("match 1:\n    case 1:\n        class A: pass\n        A()", [["+A"]]),
    # within a function nobody knows when its classes are used
    ("def f():\n    class A: pass\n    return A()\nf()", []),
    ("class A: pass\n[A() for _ in range(2)]\nclass A: pass\nA()", [["+A"], ["+A"]]),
])
def test_before_the_first_statement_that_could_use_it(program, expected):
    assert calls(program) == expected


def test_of_a_recursive_function_there_is_an_end():
    assert calls("def f(n):\n    return g(n)\ndef g(n):\n    return n and f(n - 1)\n"
                 "class A: pass\nf(3)\nA()") == [["+A"]]


def test_a_cell_uses_what_another_has_defined():
    assert calls("class A: pass", "def make(): return A()", "note('on')", "make()", "class B: pass",
                 "A(), B()") == [["on"], ["+A"], ["+B"]]


def test_what_nobody_used_comes_at_the_end_of_a_module():
    assert calls("class A: pass\nclass B: pass", end=True) == [["+A", "+B"]]
    assert calls("class A: pass\nA()", end=True) == [["+A"]]
    assert calls('"""A docstring."""', end=True) == []


PROGRAM = '''"""What it is for."""
from __future__ import annotations

class A:
    """A class."""

    def fails(self, x: Unknown):
        return 1 / x

def called():
    A().fails(
        0)

called()
'''


def test_lines_sources_and_docstrings_are_the_programs(tmp_path):
    name = str(tmp_path / "program.py")
    (tmp_path / "program.py").write_text(PROGRAM)
    setattr(builtins, CALLED, lambda *kinds: None)
    shown = []
    try:
        for rewrite in (lambda tree: tree, Places().ended):
            names: dict = {"__name__": "elsewhere"}
            code = compile(rewrite(ast.parse(PROGRAM)), name, "exec", dont_inherit=True)
            try:
                exec(code, names)
            except ZeroDivisionError:
                shown.append(traceback.format_exc().partition("program.py")[2])
            assert names["__doc__"] == "What it is for."
            assert inspect.getsource(names["A"].fails) == (
                "    def fails(self, x: Unknown):\n        return 1 / x\n")
            assert names["A"].fails.__annotations__ == {"x": "Unknown"}
    finally:
        delattr(builtins, CALLED)
        linecache.clearcache()
    assert len(shown) == 2 and shown[0] == shown[1]


def test_without_classes_the_code_is_the_very_same():
    text = "import os\nx = [i for i in range(3)]\ndef f():\n    return x\nprint(f())\n"
    assert compile(Places().ended(ast.parse(text)), "x", "exec") == compile(text, "x", "exec")
