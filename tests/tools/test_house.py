"""The architecture as a test: who imports whom, what is public, what compiles, in which order."""

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from nnfs_context import nnfs_in_force
from rosters import of_formulas, updates

import fastnn
from fastnn import reference, registry
from fastnn.compile import digest
from fastnn.compile.jit import INSTRUCTIONS, KERNELS
from fastnn.kernels.training import MOST_POINTERS
from fastnn.layers.by_columns import OfColumns
from fastnn.losses.categorical import SMOOTHED_SLOPE

ROOT = Path(fastnn.__file__).parent


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or "fastnn"


MODULES = {_name(path): path for path in sorted(ROOT.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}
every_module = pytest.mark.parametrize("name", MODULES)
every_kernel_module = pytest.mark.parametrize(
    "name", [name for name in MODULES if f"fastnn.{name}".startswith(digest.FOLDERS)])
OBJECTS = ["layers", "activations", "losses", "optimizers", "accuracy"]

# A module imports from its own floor and from those below.
FLOORS = [
    ["compile"], ["kernels"], ["support"],
    ["formulas", "reference", "registry"],
    OBJECTS,
    ["files", "plots", "data"],
    [f"engine.{name}" for name in ("kinds", "parts", "program", "reach", "work")],
    ["engine.plan"],
    ["engine"],
    ["callbacks", "model", "exports", "checking", "adopting"],
    ["running"],
    ["info", "demo", "bench", "examples", "mpi", "profiling", "sklearn", "sweeps", "dialects",
     "worker", "ahead", "__main__", "fastnn"],
]


def floor(name: str) -> int:
    """The floor a module stands on."""
    places = [(len(place), level) for level, names in enumerate(FLOORS) for place in names
              if f"{name}.".startswith(f"{place}.")]
    assert places, f"{name} has no place in FLOORS: give it one"
    return max(places)[1]  # of the place that says most


def imported(name: str) -> Iterator[str]:
    """What a module imports: fastnn's modules as in MODULES, others by their full names."""
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _ours(alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                above = package.split(".")[:len(package.split(".")) - node.level + 1]
                module = ".".join(["fastnn", *above, module]).strip(".")
            for alias in node.names:
                whole = _ours(f"{module}.{alias.name}")
                yield whole if whole in MODULES else _ours(module)


def _ours(name: str) -> str:
    inside = name.removeprefix("fastnn.")
    return inside if name == "fastnn" or name.startswith("fastnn.") else name


# -------------------------------------------------------------------------------------- imports


@every_module
def test_numba_is_imported_by_the_compiler_alone(name):
    found = {one.partition(".")[0] for one in imported(name)} & {"numba", "llvmlite"}
    assert not found or name.removeprefix("compile.") in ("compiler", "entry_code", "passes")


@every_module
def test_imports_run_downwards(name):
    for one in imported(name):
        if one in MODULES:
            assert floor(one) <= floor(name), f"{name} imports {one} from a floor above"


@every_kernel_module
def test_compiled_code_comes_from_the_folders_of_the_digest(name):
    """Or a kernel on disk would run stale when what it calls has changed."""
    for one in imported(name):
        if one in MODULES:
            assert f"fastnn.{one}".startswith(digest.FOLDERS), f"{name} imports {one}"


@every_module
def test_what_makes_kernels_is_used_in_the_folders_of_the_digest_alone(name):
    found = {"kernel", "helper", "instruction", "body"} & {
        alias.name for node in ast.walk(TREES[name]) if isinstance(node, ast.ImportFrom)
        and node.module == "fastnn.compile.jit" for alias in node.names}
    assert not found or f"fastnn.{name}".startswith(digest.FOLDERS), f"{name} makes {found}"


@every_module
def test_nothing_imports_the_dialects(name):
    found = [one for one in imported(name) if one.partition(".")[0] == "dialects"]
    assert not found or name.startswith("dialects"), f"{name} imports {found}"


def test_imports_make_no_circle():
    state: dict[str, str] = {}

    def visit(name, path):
        assert state.get(name) != "open", f"a circle: {' -> '.join([*path, name])}"
        if name not in state:
            state[name] = "open"
            for one in imported(name):
                if one in MODULES and one != name:
                    visit(one, [*path, name])
            state[name] = "done"

    for name in MODULES:
        visit(name, [])
    assert len(state) == len(MODULES)


# -------------------------------------------------------------------------------- printing, names


@every_module
def test_only_the_model_and_the_leaves_print(name):
    calls = [node for node in ast.walk(TREES[name]) if isinstance(node, ast.Call)
             and isinstance(node.func, ast.Name) and node.func.id == "print"]
    if name == "compile.waiting":  # the line that explains a long wait
        files = [word.value for call in calls for word in call.keywords if word.arg == "file"]
        assert [ast.unparse(file) for file in files] == ["sys.stderr"] * len(calls)
    elif not (name.startswith("examples.") or name.endswith(("command", "demo", "script")) or name
              in ("model.model", "reference", "ahead", "running.ending", "__main__")):
        assert not calls, f"{name} prints in line {calls[0].lineno}"


def test_all_is_what_the_package_offers():
    offered = {name for name, value in vars(fastnn).items()
               if not name.startswith("_") and not isinstance(value, ModuleType)}
    assert sorted(fastnn.__all__) == sorted(offered)


def test_all_holds_every_class_of_the_reference_and_of_the_objects():
    classes = {name for name, value in vars(reference).items()
               if isinstance(value, type) and not name.startswith("_")}
    classes |= {node.name for node in TREES["accuracy"].body
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_")}
    classes |= registry.public().keys() | registry.bases().keys()
    assert classes - {"UpdateOptimizer", "Layer_Input"} <= set(fastnn.__all__)


def test_star_import_brings_no_more_than_all():
    names: dict[str, object] = {}
    exec("from fastnn import *", names)
    assert set(names) - {"__builtins__"} == set(fastnn.__all__)


# ------------------------------------------------------------------------------------ docstrings


def public(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Classes, functions and methods without an underscore, by qualified name."""
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_"):
            yield node.name, node
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if (isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_")
                        and not any(isinstance(word, ast.Attribute) and word.attr == "setter"
                                    for word in inner.decorator_list)):
                    yield f"{node.name}.{inner.name}", inner


@every_module
def test_what_is_public_has_a_docstring(name):
    assert ast.get_docstring(TREES[name]), f"{name} has none"
    if name == "reference" or name.startswith("adopting.") and name.endswith("patterns"):
        return  # read, not called for help: their classes say it
    for qualified, node in public(TREES[name]):
        assert ast.get_docstring(node), f"{name}.{qualified} has none"


def classes() -> list[type]:
    return [value for value in map(vars(fastnn).get, fastnn.__all__) if isinstance(value, type)]


def test_every_method_can_be_asked_for_help():
    silent = [f"{one.__name__}.{name}" for one in classes() for name, value in vars_of(one)
              if callable(value) and not name.startswith("_") and not inspect.getdoc(value)]
    assert not silent


def vars_of(one: type) -> Iterator[tuple[str, object]]:
    for base in one.__mro__[:-1]:
        if base.__module__.startswith("fastnn"):
            yield from vars(base).items()


def test_every_class_says_source_and_difference():
    found = [one for one in classes() if any(f"{one.__module__}.".startswith(f"fastnn.{folder}.")
                                             for folder in [*OBJECTS, "model.model"])]
    assert len(found) > 25
    for one in found:
        said = [str(one.__doc__).count(word) for word in ("Source: ", "Differs: ")]
        assert said[1] == 1, f"{one.__name__} has {said[1]} Differs:"
        bases = ("Activation", "PointwiseLoss", "Optimizer")  # which no book or paper has
        assert said[0] == (one.__name__ not in bases), f"{one.__name__} has {said[0]} Source:"


# --------------------------------------------------------------------------------------- kernels

# nnfs.init() replaces them; a kernel that names one compiles or not with the order of imports.
REPLACED = {"dot", "zeros", "eye", "random"}


@every_kernel_module
def test_kernels_name_nothing_that_nnfs_replaces(name):
    if name == "kernels.twins":
        return  # it is not compiled, and draws from the generator that a program has seeded
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert not (node.value.id in ("np", "numpy") and node.attr in REPLACED), (
                f"{name} names np.{node.attr} in line {node.lineno}")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("numpy"):
            assert not REPLACED & {alias.name for alias in node.names}, name


def use_everything(kinds: list[str], orders: list[str]) -> None:
    """Every class on arrays of these types and layouts, whether a kernel takes them or not."""
    rng = np.random.default_rng(0)

    def arrays(*shape):
        for kind in kinds:
            made = (3 * rng.normal(size=shape)).astype(kind)
            for order in orders:
                yield made[:, ::-1] if order == "reversed" else np.array(made, order=order)

    for z in arrays(6, 4):
        layers = [fastnn.Layer_Dense(4, 4, 0.1, 0.1), fastnn.Layer_Dropout(0.5),
                  *(getattr(fastnn, name)() for name in fastnn.__all__
                    if name.startswith("Activation_") and "Loss" not in name)]
        for layer in layers:
            layer.forward(z)
            for dvalues in arrays(6, 4):
                layer.backward(dvalues)
        optimizers = [getattr(fastnn, name) for name in fastnn.__all__ if "Optimizer_" in name]
        for optimizer in [*(make() for make in optimizers), fastnn.Optimizer_SGD(momentum=0.5)]:
            layers[0] = fastnn.Layer_Dense(4, 4)
            layers[0].forward(z)
            for lr in (0.5, 1, np.float64(0.5)):
                optimizer.current_learning_rate = lr
                layers[0].backward(z)
                optimizer.update_params(layers[0])
        for name in (name for name in fastnn.__all__ if name.startswith("Loss_")):
            loss = getattr(fastnn, name)()
            for y in arrays(6, 4):
                loss.calculate(np.abs(z), np.abs(y))
                loss.backward(np.abs(z) + 1, np.abs(y))
        combined = fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()
        for kind in ("u1", "i8", "i4", "f8"):
            combined.forward(z, np.zeros(6, kind))
            combined.backward(combined.output, np.zeros(6, kind))
            loss = fastnn.Loss_CategoricalCrossentropy()
            loss.calculate(combined.output, np.zeros(6, kind))
            loss.backward(combined.output, np.zeros(6, kind))


@pytest.mark.parametrize("book", [True, False], ids=["nnfs", "plain"])
def test_mixed_use_compiles_no_more_than_declared(book):
    with np.errstate(all="ignore"):
        if book:
            with nnfs_in_force(dot_precision_workaround=True):
                use_everything(["f4", "f8", "i8"], ["C", "F"])
        else:
            use_everything(["f4", "f8", "f2"], ["C", "reversed"])
    for kernel in [*KERNELS, *INSTRUCTIONS]:
        assert set(kernel.overloads) <= set(kernel.argument_types), kernel.__name__
        assert len(kernel.overloads) <= len(kernel.declared), kernel.__name__
        assert len(set(kernel.argument_types)) == len(kernel.declared), kernel.__name__


def test_every_instruction_is_found_by_its_own_name():
    """`jit.INSTRUCTIONS` holds them all, each the one that its module has under that name, or that
    is written from a formula of a registered class.
    """
    written = [one for entry in of_formulas() for part in entry.compiled
               for one in (part.instruction, part.native) if one]
    written += [part.instruction for entry in registry.entries("layer")
                if isinstance(entry.compiled, OfColumns) for part in entry.compiled]
    written += [SMOOTHED_SLOPE.instruction, *(made.instruction for _, made in updates())]
    for one in INSTRUCTIONS:
        assert one.__doc__, f"{one.__module__}.{one.__name__} has no docstring"
        if one not in written:
            assert vars(sys.modules[one.__module__])[one.__name__] is one
    names = [(one.__module__, one.__name__) for one in INSTRUCTIONS]
    assert len(set(names)) == len(names)
    decorated = [node for name, tree in TREES.items() if name.startswith("kernels.")
                 for node in tree.body if isinstance(node, ast.FunctionDef)
                 and any("instruction(" in ast.unparse(word) for word in node.decorator_list)]
    assert len(decorated) + len(written) == len(INSTRUCTIONS) > len(written) > 0


def test_every_instruction_takes_its_pointers_and_its_numbers():
    """What the loop hands over: as many pointers as each signature has, at most 9, and `d`."""
    for one in INSTRUCTIONS:
        parameters = list(inspect.signature(one.py_func).parameters)
        assert parameters[-1] == "d", one.__name__
        assert len(parameters) - 1 <= MOST_POINTERS, one.__name__
        for argument_types in one.argument_types:
            assert len(argument_types) == len(parameters), one.__name__


# --------------------------------------------------------------------------------- import orders

ORDERS = {
    "fastnn first": "import fastnn; import nnfs; nnfs.init()",
    "nnfs first": "import nnfs; nnfs.init(); import fastnn",
    "nnfs between numba and fastnn": "import numba; import nnfs; nnfs.init(); import fastnn",
    "a call before nnfs": "import fastnn; fastnn.Activation_ReLU().forward(__import__('numpy')"
                          ".ones((4, 2))); import nnfs; nnfs.init()",
}
TINY = """
import numpy as np
from nnfs.datasets import spiral_data
X, y = spiral_data(samples=5, classes=3)
dense = fastnn.Layer_Dense(2, 3)
relu = fastnn.Activation_ReLU()
optimizer = fastnn.Optimizer_SGD()
for _ in range(12):  # a product is tried when it comes again and again
    dense.forward(X)
    relu.forward(dense.output)
    relu.backward(relu.output)
    dense.dweights, dense.dbiases = np.dot(X.T, relu.dinputs), relu.dinputs[:1]
    optimizer.update_params(dense)
from fastnn.compile import digest
from fastnn.compile.waiting import COMPILING
print(dense.weights.tobytes().hex(), relu.dinputs.dtype, float(relu.output.sum()))
print("compiled" if COMPILING.kernels else "loaded")
"""


@pytest.mark.slow
def test_order_of_imports_makes_no_difference(fresh_process, tmp_path):
    """All of them with a warm cache; the first two also in a folder of their own, cold."""
    printed, modes = [], []
    for folder, names in (("one", list(ORDERS)), ("two", ["nnfs first", "fastnn first"])):
        for name in names:
            digits, mode = fresh_process(
                ORDERS[name] + TINY, env={"NUMBA_CACHE_DIR": str(tmp_path / folder)}).splitlines()
            printed.append(digits)
            modes.append(mode)
    assert len(set(printed)) == 1
    # The last of the first folder calls a kernel for float64, before nnfs.init().
    assert modes == ["compiled", "loaded", "loaded", "compiled", "compiled", "loaded"]


def test_import_compiles_nothing_and_needs_no_other_library(fresh_process):
    got = fresh_process("""
        import sys
        import fastnn
        from fastnn.compile.jit import KERNELS
        from fastnn.compile.waiting import COMPILING
        print(COMPILING.kernels, sum(len(kernel.overloads) for kernel in KERNELS))
        print(sorted({"torch", "jax", "sklearn", "pandas", "matplotlib", "cv2"} & set(sys.modules)))
    """)
    assert got == "0 0\n[]\n"


# ------------------------------------------------------------------------------------- the tests

TESTS = Path(__file__).parents[1]


def test_tests_lie_in_folders_and_no_two_share_a_name():
    """Beside the folders lies what several of them share; all are modules without a package."""
    assert [path.name for path in TESTS.glob("test_*.py")] == []
    names = [path.stem for path in TESTS.rglob("*.py") if path.parent != TESTS / "fuzz"]
    names = [name for name in names if name != "conftest"]
    assert sorted(names) == sorted(set(names))


def test_no_file_of_the_tests_is_long():
    assert {path.name: lines for path in TESTS.rglob("*.py")
            if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400} == {}
