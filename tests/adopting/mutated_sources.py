"""Sources with one small mistake each: what a hand that slips makes of a formula."""

import ast
import copy

_OTHERS = {ast.Add: (ast.Sub, ast.Mult), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add),
           ast.Div: (ast.Mult,)}
_CALLED = {"maximum": "minimum", "sqrt": "square", "sign": "abs", "abs": "sign"}
_ATTRIBUTES = {"m": "n", "n": "m", "e": "m", "now": "rate", "rate": "decay", "decay": "rate"}


def mutants(source):
    """The source with one thing changed, each in turn, and each but once."""
    seen = {ast.unparse(ast.parse(source))}
    for changed in _all(source):
        text = ast.unparse(ast.fix_missing_locations(changed))
        if text not in seen:
            seen.add(text)
            yield text


def _all(source):
    whole = ast.parse(source)
    for number, node in enumerate(ast.walk(whole)):
        for change in _changes(node):
            tree = copy.deepcopy(whole)
            change(_at(tree, number))
            yield tree
        for place in range(len(_expressions(node))):
            for made in _instead(_expressions(node)[place][2]):
                tree = copy.deepcopy(whole)
                there = _at(tree, number)
                _put(there, *_expressions(there)[place][:2], made)
                yield tree


def _at(tree, number):
    return list(ast.walk(tree))[number]


def _changes(node):
    """What changes a node: another operator, another order of statements, one of them less."""
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        for other in _OTHERS.get(type(node.op), ()):
            yield lambda one, other=other: setattr(one, "op", other())
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div, ast.Pow)):
        yield _exchange
    block = getattr(node, "body", None)
    for place in range(len(block) if isinstance(block, list) else 0):
        if len(block) > 1:
            yield lambda one, place=place: one.body.pop(place)
        if place:
            yield lambda one, place=place: one.body.insert(place - 1, one.body.pop(place))
    if isinstance(node, ast.AugAssign):
        yield lambda one: setattr(one, "value", ast.UnaryOp(ast.USub(), one.value))


def _exchange(node):
    node.left, node.right = node.right, node.left


def _expressions(node):
    """The places of a node where an expression is that is read."""
    found = []
    for name, value in ast.iter_fields(node):
        several = value if isinstance(value, list) else [value]
        found += [(name, place if isinstance(value, list) else None, one)
                  for place, one in enumerate(several) if isinstance(one, ast.expr)
                  and not isinstance(getattr(one, "ctx", None), ast.Store) and name != "func"]
    return found


def _put(node, name, place, made):
    if place is None:
        setattr(node, name, made)
    else:
        getattr(node, name)[place] = made


def _instead(node):
    """What may stand instead of an expression."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        for value in {node.value + 1, node.value * 2, 1 - node.value, -node.value} - {node.value}:
            yield ast.Constant(value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield node.args[0]
        if node.func.attr in _CALLED:
            yield ast.Call(ast.Attribute(node.func.value, _CALLED[node.func.attr], ast.Load()),
                           node.args, [])
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    if isinstance(node, ast.Attribute) and node.attr in _ATTRIBUTES:
        yield ast.Attribute(node.value, _ATTRIBUTES[node.attr], ast.Load())
    if isinstance(node, ast.Name) and node.id.isupper():
        yield from (ast.Name(other, ast.Load()) for other in ("SLOPE", "KEPT", "P")
                    if other != node.id)
        yield ast.UnaryOp(ast.USub(), node)
