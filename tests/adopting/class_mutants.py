"""Classes with something of their methods changed by chance: what is adopted of them, too, has to
do what they do.
"""

import ast
import copy
import random
from collections.abc import Callable

_OTHERS = {"max": "min", "min": "max", "sum": "mean", "mean": "sum", "maximum": "minimum",
           "exp": "expm1", "log": "log2", "zeros_like": "ones_like", "sqrt": "square",
           "dot": "matmul", "copy": "view", "argmax": "argmin", "tanh": "sinh", "abs": "square",
           "sign": "abs", "square": "abs", "clip": "maximum", "eye": "ones"}
# Lines that people put into methods; @ is an argument, . an attribute of the object.
_LINES = """\
if @.ndim != 2: raise ValueError(1)
assert @.shape[0] > 3
assert isinstance(@, np.ndarray)
if hasattr(self, '.'): raise KeyError(2)
if not hasattr(self, '.'): raise KeyError(2)
if @ is None: return None
if len(@) == 2: return
assert @.dtype == np.float64
assert @.shape[1] == 3
assert @.size
if self.. is None: raise ValueError(3)
if getattr(self, '.', None) is None: self.. = @
@ = @.copy()
@ = np.asarray(@)
@ = np.array(@, copy=True)
@ = np.atleast_2d(@)
@ = @ * 1
@ += 0
@ = @.astype(float)
@ = @.reshape(@.shape)
if @.ndim == 1: @ = @.reshape(1, -1)
self.. = @
self.. = @.shape
self.. = len(@)
self.. = @.T
self.last = @
self.last = @.copy()
self.calls = 1
""".splitlines()


def mutant(code: str, name: str, seed: int) -> str:
    """The source after one to three changes of this class."""
    chance = random.Random(seed)
    tree = ast.parse(code)
    kind = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3))):
        chance.choice(_CHANGES)(kind, chance)
    return ast.unparse(ast.fix_missing_locations(tree))


def _methods(kind: ast.ClassDef) -> list[ast.FunctionDef]:
    return [node for node in kind.body if isinstance(node, ast.FunctionDef)]


def _one(kind: ast.ClassDef, chance: random.Random, wanted: type | tuple[type, ...],
         holds: Callable[[ast.AST], bool] = bool) -> ast.AST:
    """A node of such a kind; of a class that has none a new one, which is nowhere."""
    found = [node for method in _methods(kind) for node in ast.walk(method)
             if isinstance(node, wanted) and holds(node)]
    return chance.choice(found) if found else ast.parse("(a + b < f(1, c=2)).max", "", "eval").body


def _block(kind: ast.ClassDef, chance: random.Random) -> list[ast.stmt]:
    return chance.choice([block for method in _methods(kind) for node in ast.walk(method)
                          if isinstance(block := getattr(node, "body", None), list) and block])


def _operator(kind: ast.ClassDef, chance: random.Random) -> None:
    _one(kind, chance, (ast.BinOp, ast.AugAssign)).op = chance.choice(
        (ast.Add, ast.Sub, ast.Mult, ast.Div))()


def _sides(kind: ast.ClassDef, chance: random.Random) -> None:
    node = _one(kind, chance, ast.BinOp)
    if isinstance(node, ast.BinOp):
        node.left, node.right = node.right, node.left


def _constant(kind: ast.ClassDef, chance: random.Random) -> None:
    node = _one(kind, chance, ast.Constant, lambda one: not isinstance(one.value, str))
    node.value = chance.choice((0, 1, 2, -1, 0.0, 1.0, 1e-7, 0.5, True, False, None, -0.0))


def _drop(kind: ast.ClassDef, chance: random.Random) -> None:
    block = _block(kind, chance)
    if len(block) > 1:
        del block[chance.randrange(len(block))]


def _double(kind: ast.ClassDef, chance: random.Random) -> None:
    block = _block(kind, chance)
    block.insert(chance.randrange(len(block) + 1), copy.deepcopy(chance.choice(block)))


def _move(kind: ast.ClassDef, chance: random.Random) -> None:
    block = _block(kind, chance)
    one = block.pop(chance.randrange(len(block)))
    block.insert(chance.randrange(len(block) + 1), one)


def _rename(kind: ast.ClassDef, chance: random.Random) -> None:
    """A name of a method's, or an attribute, for another."""
    method = chance.choice(_methods(kind))
    wanted, word = chance.choice(((ast.Name, "id"), (ast.Attribute, "attr")))
    found = [node for node in ast.walk(method) if isinstance(node, wanted)]
    if found:
        setattr(chance.choice(found), word, getattr(chance.choice(found), word))


def _function(kind: ast.ClassDef, chance: random.Random) -> None:
    node = _one(kind, chance, ast.Attribute, lambda one: one.attr in _OTHERS)
    if isinstance(node, ast.Attribute):
        node.attr = _OTHERS[node.attr]


def _comparison(kind: ast.ClassDef, chance: random.Random) -> None:
    node = _one(kind, chance, ast.Compare)
    if isinstance(node, ast.Compare):
        node.ops[0] = chance.choice((ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq))()


def _in_place(kind: ast.ClassDef, chance: random.Random) -> None:
    """`a += b` for `a = a + b`, and the other way round."""
    block = _block(kind, chance)
    place = chance.randrange(len(block))
    line = block[place]
    if isinstance(line, ast.AugAssign):
        before = ast.parse(ast.unparse(line.target), mode="eval").body
        block[place] = ast.Assign([line.target], ast.BinOp(before, line.op, line.value))
    elif isinstance(line, ast.Assign) and isinstance(line.value, ast.BinOp) and (
            ast.unparse(line.targets[0]) == ast.unparse(line.value.left)):
        block[place] = ast.AugAssign(line.targets[0], line.value.op, line.value.right)


def _arguments(kind: ast.ClassDef, chance: random.Random) -> None:
    node = _one(kind, chance, ast.Call, lambda one: one.keywords or len(one.args) > 1)
    if isinstance(node, ast.Call) and node.keywords:
        del node.keywords[chance.randrange(len(node.keywords))]
    elif isinstance(node, ast.Call):
        node.args.reverse()


def _line(kind: ast.ClassDef, chance: random.Random) -> None:
    method = chance.choice(_methods(kind))
    names = [one.arg for one in method.args.args[1:]]
    if names:
        text = chance.choice(_LINES).replace("@", chance.choice(names))
        text = text.replace("self..", f"self.{_field(kind, chance)}").replace(
            "'.'", f"'{_field(kind, chance)}'")
        place = chance.randrange(len(method.body) + 1)
        method.body[place:place] = ast.parse(text).body


def _field(kind: ast.ClassDef, chance: random.Random) -> str:
    return chance.choice(sorted({
        node.attr for method in _methods(kind) for node in ast.walk(method)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self"} or {"a"}))


def _of_class(kind: ast.ClassDef, chance: random.Random) -> None:
    value = chance.choice(("None", "0", "1.0", "()"))
    kind.body[:0] = ast.parse(f"{_field(kind, chance)} = {value}").body


def _result(kind: ast.ClassDef, chance: random.Random) -> None:
    chance.choice(_methods(kind)).body += ast.parse(f"return self.{_field(kind, chance)}").body


_CHANGES = (_operator, _sides, _constant, _constant, _drop, _double, _move, _rename, _rename,
            _function, _comparison, _in_place, _arguments, _line, _line, _line, _line, _of_class,
            _result)
