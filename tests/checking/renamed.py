"""A program with all its own names replaced by meaningless ones."""

import ast
import random

_KEPT = {"self", "training", "train"}


def renamed(code: str, seed: int) -> tuple[str, dict[str, str]]:
    """The program, and what each class, method, argument and attribute is called in it."""
    tree = ast.parse(code)
    rng = random.Random(seed)
    names: dict[str, str] = {}
    for name in _own(tree):
        if not name.startswith("__") and name not in _KEPT and name not in names:
            names[name] = "".join(rng.choice("qzxjkvwy") for _ in range(8))
    return ast.unparse(ast.fix_missing_locations(_Renamer(names).visit(tree))), names


def _own(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
            for one in node.body:
                if isinstance(one, ast.AnnAssign):
                    yield one.target.id
                elif isinstance(one, ast.Assign):
                    yield from (target.id for target in one.targets)
        elif isinstance(node, ast.FunctionDef):
            yield node.name
            yield from (one.arg for one in [*node.args.args, *node.args.kwonlyargs])
        elif (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
              and isinstance(node.ctx, ast.Store)):
            yield node.attr


class _Renamer(ast.NodeTransformer):
    def __init__(self, names):
        self.names = names

    def generic_visit(self, node):
        super().generic_visit(node)
        library = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (
            node.value.id in ("np", "random"))
        for field in ("name", "arg", "id", "attr", "value"):
            value = getattr(node, field, None)
            if isinstance(value, str) and not library and not isinstance(node, ast.alias):
                setattr(node, field, self.names.get(value, value))
        return node
