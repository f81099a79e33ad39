"""Programs with a line or a name of their loop changed by chance: what is recognised of them, too,
has to leave what it would.
"""

import ast
import copy
import random

NAMES = ("X", "y", "dense1", "dense2", "activation1", "loss_activation", "optimizer", "loss",
         "predictions", "accuracy", "epoch")


def mutant(source: str, seed: int) -> str:
    """The program after one to three changes of its last training loop."""
    chance = random.Random(seed)
    tree = ast.parse(source)
    loop = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)
            and len(node.body) > 5][-1]
    for _ in range(chance.randint(1, 3)):
        chance.choice((_drop, _double, _move, _rename, _rename, _number, _guard, _unguard))(
            loop, chance)
    return ast.unparse(ast.fix_missing_locations(tree))


def _drop(loop: ast.For | ast.While, chance: random.Random) -> None:
    if len(loop.body) > 1:
        del loop.body[chance.randrange(len(loop.body))]


def _double(loop: ast.For | ast.While, chance: random.Random) -> None:
    one = copy.deepcopy(chance.choice(loop.body))
    loop.body.insert(chance.randrange(len(loop.body) + 1), one)


def _move(loop: ast.For | ast.While, chance: random.Random) -> None:
    one = loop.body.pop(chance.randrange(len(loop.body)))
    loop.body.insert(chance.randrange(len(loop.body) + 1), one)


def _rename(loop: ast.For | ast.While, chance: random.Random) -> None:
    names = [node for one in loop.body for node in ast.walk(one) if isinstance(node, ast.Name)]
    there = sorted({node.id for node in names} - {"np", "print", "len", "range"})
    if names and there:
        chance.choice(names).id = chance.choice([*there, *NAMES[:3]])


def _number(loop: ast.For | ast.While, chance: random.Random) -> None:
    numbers = [node for one in loop.body for node in ast.walk(one)
               if isinstance(node, ast.Constant) and type(node.value) is int]
    if numbers:
        chance.choice(numbers).value = chance.choice((0, 1, 2, 3, 40))


def _guard(loop: ast.For | ast.While, chance: random.Random) -> None:
    """Put a line under a condition of the loop's variable."""
    at = chance.randrange(len(loop.body))
    target = getattr(loop, "target", None)
    variable = target.id if isinstance(target, ast.Name) else "epoch"
    test = chance.choice((f"{variable} % 7 == 0", f"not {variable} % 50", f"{variable} > 60",
                          f"{variable} < 90", "loss > 1.09", "len(y.shape) == 1"))
    loop.body[at] = ast.If(ast.parse(test, mode="eval").body, [loop.body[at]], [])


def _unguard(loop: ast.For | ast.While, chance: random.Random) -> None:
    """Take the condition from a block."""
    blocks = [n for n, one in enumerate(loop.body) if isinstance(one, ast.If)]
    if blocks:
        at = chance.choice(blocks)
        loop.body[at:at + 1] = loop.body[at].body  # type: ignore[attr-defined]
