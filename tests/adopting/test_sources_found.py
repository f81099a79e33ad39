"""The source of a method is found by its indentation, where what runs says that it is all of it;
trees are walked, copied and moved as `ast` does it.
"""

import ast
import copy
import inspect
import textwrap
from types import FunctionType

import programs_of_classes
import pytest

import fastnn.adopting
from fastnn import reference
from fastnn.adopting import patterns, sources, syntax
from fastnn.adopting.nodes import Unread

PROGRAM = '''\
import abc

import numpy as np


class Odd(abc.ABC):
    def at_the_margin(self, x):
        """A text
that goes on at the margin
        """
        text = """
and one more
"""
        self.text = text
        return x + 1

    def in_brackets(
        self,
        x,
    ):
        return (x +
1)
    def behind_no_line(self, x):
# a comment at the margin
        if x:
            y = 1 + \\
2
            return y
        # one behind it
    @abc.abstractmethod
    def decorated(self, x):
        return np.exp(x)

    def short(self, x): return x

    def with_dead_lines(self, x):
        return x
        if x:
            y = 1

    one_more = 1

    def last(self, x):
        def inner(y):
            return y + x
        return inner(x)
'''


@pytest.fixture(scope="module")
def odd():
    return programs_of_classes.load(PROGRAM).Odd


def _functions(kind):
    return [one for one in vars(kind).values() if type(one) is FunctionType]


def _dumped(node):
    return ast.dump(node, include_attributes=True)


def _by_the_library(function):
    tree = ast.parse("if True:\n" + inspect.getsource(function))
    return ast.increment_lineno(tree.body[0].body[0], 1 - tree.body[0].body[0].lineno)


def test_every_method_is_what_the_library_finds(odd):
    names = [one.__name__ for one in _functions(odd)]
    assert len(names) == 7
    for function in _functions(odd):
        assert _dumped(sources.source_of(function)) == _dumped(_by_the_library(function))


@pytest.mark.parametrize("module", [reference, patterns], ids=lambda one: one.__name__)
def test_every_method_of_ours_is_what_the_library_finds(module):
    kinds = [one for one in vars(module).values() if isinstance(one, type)
             and one.__module__ == module.__name__]
    assert len(kinds) > 5
    for function in (one for kind in kinds for one in _functions(kind)):
        try:
            found = sources.source_of(function)
        except Unread:
            continue
        assert _dumped(found) == _dumped(_by_the_library(function)), function


def test_a_file_that_was_changed_meanwhile_has_no_source(tmp_path):
    path = tmp_path / "theirs.py"
    path.write_text("class A:\n    def forward(self, x):\n        self.output = x\n")
    space = {"__name__": "theirs"}
    exec(compile(path.read_text(), str(path), "exec"), space)
    path.write_text("class A:\n    def forward(self, x):\n        self.output = x + 1\n")
    with pytest.raises(Unread, match="is not what runs"):
        sources.source_of(space["A"].forward)
    path.write_text("\n")
    with pytest.raises(Unread, match="is not to be had"):
        sources.source_of(space["A"].forward)


def test_trees_are_walked_copied_and_moved_as_the_library_does_it():
    text = textwrap.dedent(inspect.getsource(fastnn.adopting.adopt)) + PROGRAM
    tree = ast.parse(text)
    before = _dumped(tree)
    assert [type(one) for one in syntax.walk(tree)] == [type(one) for one in ast.walk(tree)]
    lower = syntax.copied(tree, 7)
    assert _dumped(lower) == _dumped(ast.increment_lineno(copy.deepcopy(tree), 7))
    assert _dumped(tree) == before
    assert _dumped(syntax.copied(tree)) == before
    assert _dumped(syntax.moved(lower, -7)) == before


def test_what_others_put_into_nodes_is_not_copied():
    """`executing`, which IPython shows errors with, tells each node its parent, and words that all
    trees share the last one.
    """
    tree = ast.parse("a < b\n")
    words = tree.body[0].value.ops[0], tree.body[0].value.left.ctx
    for node in [tree, *words]:
        node.parent = tree
    try:
        made = syntax.copied(tree)
        assert not hasattr(made, "parent") and _dumped(made) == _dumped(tree)
    finally:
        for node in words:
            del node.parent


def test_a_tree_of_our_own_is_placed_whole():
    made = ast.Expr(ast.Call(ast.Name("f", ast.Load()), [ast.Constant(1)], []))
    compile(ast.Module([syntax.placed(made, 12)], []), "<ours>", "exec")
    assert {one.lineno for one in ast.walk(made) if "lineno" in one._attributes} == {12}
