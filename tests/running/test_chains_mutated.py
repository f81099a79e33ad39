"""Programs with layers in lists, changed by chance, loops and methods: both ways leave the same."""

import ast
import contextlib
import copy
import io
import random
import warnings

import pytest
from adopted_ways import run_file
from chain_programs import CHAINS, CLASSES
from programs import assert_same

THEIRS = {node.name for node in ast.parse(CLASSES).body if isinstance(node, ast.ClassDef)}
CLASSES_END = "        layer.biases += -self.learning_rate * layer.dbiases\n\n\n"
TESTS = ("epoch % 7 == 0", "epoch > 60", "loss > 1.08", "layer is network", "True", "len(y) == 9")
LINES = ("continue", "break", "layer = network", "network = network[::-1]", "output = X",
         "grad = grad * 1", "network = list(network)", "return x", "return grad")


def mutant(source: str, seed: int) -> str:
    """The program after one to three changes outside of its layers' classes."""
    chance = random.Random(seed)
    tree = ast.parse(source)
    part = ast.Module([one for one in tree.body if not (
        isinstance(one, ast.ClassDef) and one.name in THEIRS)], [])
    for _ in range(chance.randint(1, 3)):
        chance.choice((_drop, _double, _move, _rename, _rename, _number, _guard, _line))(
            part, chance)
    rest = [one for one in part.body if not isinstance(one, ast.Import | ast.ImportFrom)]
    lines = ast.unparse(ast.fix_missing_locations(ast.Module(rest, [])))
    return f"{source[:source.index(CLASSES_END) + len(CLASSES_END)]}# ADOPT\n{lines}\n"


def _blocks(part: ast.Module) -> list[list[ast.stmt]]:
    """The bodies of loops and functions."""
    return [node.body for node in ast.walk(part)
            if isinstance(node, ast.For | ast.FunctionDef | ast.If) and node.body]


def _drop(part: ast.Module, chance: random.Random) -> None:
    block = chance.choice(_blocks(part))
    block[chance.randrange(len(block))] = ast.Pass()


def _double(part: ast.Module, chance: random.Random) -> None:
    block = chance.choice(_blocks(part))
    block.insert(chance.randrange(len(block) + 1), copy.deepcopy(chance.choice(block)))


def _move(part: ast.Module, chance: random.Random) -> None:
    block = chance.choice(_blocks(part))
    one = block.pop(chance.randrange(len(block)))
    block.insert(chance.randrange(len(block) + 1), one)


def _rename(part: ast.Module, chance: random.Random) -> None:
    names = [node for block in _blocks(part) for one in block for node in ast.walk(one)
             if isinstance(node, ast.Name)]
    there = sorted({node.id for node in names} - {"np", "print", "len", "range"})
    chance.choice(names).id = chance.choice(there)


def _number(part: ast.Module, chance: random.Random) -> None:
    numbers = [node for block in _blocks(part) for one in block for node in ast.walk(one)
               if isinstance(node, ast.Constant) and type(node.value) is int]
    if numbers:
        chance.choice(numbers).value = chance.choice((0, 1, 2, 3, -1, 40))


def _guard(part: ast.Module, chance: random.Random) -> None:
    """Put a line under a condition."""
    block = chance.choice(_blocks(part))
    at = chance.randrange(len(block))
    test = ast.parse(chance.choice(TESTS), mode="eval").body
    block[at] = ast.If(test, [block[at]], [])


def _line(part: ast.Module, chance: random.Random) -> None:
    """A line more."""
    block = chance.choice(_blocks(part))
    block.insert(chance.randrange(len(block) + 1), *ast.parse(chance.choice(LINES)).body)


def _ran(source: str, path, adopted: bool):
    try:
        with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            return run_file(source, path, adopted)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("first", range(0, 96, 16))
def test_a_changed_chain_leaves_what_it_would(first, tmp_path):
    names = sorted(CHAINS)
    for seed in range(first, first + 16):
        source = mutant(CHAINS[names[seed % len(names)]], seed).replace("range(121)", "range(81)")
        plain = _ran(source, tmp_path / "program.py", False)
        if isinstance(plain, str):
            continue
        adopted = _ran(source, tmp_path / "program.py", True)
        assert not isinstance(adopted, str), f"{seed}: {adopted}"
        assert adopted.lines == plain.lines, seed
        assert_same(adopted.left, plain.left)
