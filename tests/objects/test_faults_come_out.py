"""A fault of our own comes out of every method, and never sends its call the careful way.

Only a kernel's refusal does that (`Kernel.refuses`). Here each function that a method enters
raises each exception that an odd argument can cause too; what is found nowhere else is looked for
in the text: a handler around more than reads, a kernel that is called without `refuses`.
"""

import ast
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np
import pytest

import fastnn
from fastnn import registry
from fastnn.compile.dispatcher import Kernel, NoMatch, refused
from fastnn.support import buffers, reprs

HOME = Path(fastnn.__file__).parent
FAULTS = (AttributeError, IndexError, KeyError, TypeError, ValueError)
N, C = 6, 4
MADE_OF = {"Layer_Dense": (C, C, 0.1, 0.1, 0.1, 0.1), "Layer_Dropout": (0.5,),
           "Layer_BatchNorm": (C,)}
RNG = np.random.default_rng(5)
SHARES = RNG.uniform(0.1, 0.9, (N, C)).astype("f4")
TARGETS = RNG.uniform(0.1, 0.9, (N, C)).astype("f4")
LABELS = RNG.integers(0, C, N)
FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "plain": np.array, "Fortran": np.asfortranarray, "float16": lambda a: a.astype("f2"),
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")), "list": np.ndarray.tolist}
Call = Callable[[], object]


def layer_calls(one: Any, a: Any) -> Iterator[tuple[str, Call, Call]]:
    """(name, what comes before, what is looked at) of the methods of a layer."""
    yield "forward", lambda: None, lambda: one.forward(a)
    yield "backward", lambda: one.forward(SHARES), lambda: one.backward(a)


def loss_calls(one: Any, a: Any) -> Iterator[tuple[str, Call, Call]]:
    """The same of a loss."""
    forward = one.forward if hasattr(one, "activation") else one.calculate
    for name, y in ("labels", LABELS), ("targets", TARGETS):
        if name == "targets" or "Categorical" in type(one).__name__:
            yield f"{forward.__name__}, {name}", lambda: None, lambda y=y: forward(a, y)
            yield f"backward, {name}", lambda: None, lambda y=y: one.backward(a, y)


def optimizer_calls(one: Any, a: Any) -> Iterator[tuple[str, Call, Call]]:
    """The same of an optimizer; the second step has a state."""
    layer = fastnn.Layer_Dense(N, C)
    for name in ("momentum", "plain") if hasattr(one, "momentum") else ("plain",):
        def before(name=name):
            if hasattr(one, "momentum"):
                one.momentum = 0.5 * (name == "momentum")
            layer.dweights, layer.dbiases = SHARES.copy(), SHARES[:1].copy()
            one.update_params(layer)
            layer.dweights = a
        yield name, before, lambda: one.update_params(layer)


class Place(NamedTuple):
    """Where a fault is: a function, or what it calls that is written in C."""

    code: CodeType
    inner: str = ""

    def __str__(self):
        return f"{Path(self.code.co_filename).name}: {self.code.co_name} {self.inner}"


def place_of(frame: FrameType, event: str, what: Any) -> Place | None:
    """The place that is entered at this event of a profile; None for what is not fastnn's.

    None in a repr as well: a message that names an object does so whether its repr works or not.
    """
    if event not in ("call", "c_call") or not frame.f_code.co_filename.startswith(str(HOME)):
        return None
    if event == "c_call" and what.__name__ in ("__exit__", "release"):
        return None  # what comes before a lock is given back would keep it for ever
    above: FrameType | None = frame
    while above:
        if above.f_code.co_filename == reprs.__file__:
            return None
        above = above.f_back
    return Place(frame.f_code, "" if event == "call" else what.__name__)


def met(call: Call) -> list[Place]:
    """The places that a call comes to, each once."""
    found: dict[Place, None] = {}

    def look(*event: Any) -> None:
        place = place_of(*event)
        if place:
            found[place] = None

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        call()
    finally:
        sys.setprofile(before)
    return list(found)


def hides(call: Call, place: Place, kind: type[Exception]) -> bool:
    """Whether a fault of this kind at this place does not come out as it is."""
    fault = kind("a fault of ours")

    def plant(*event: Any) -> None:
        if place_of(*event) == place:
            raise fault

    before = sys.getprofile()
    sys.setprofile(plant)
    try:
        call()
    except Exception as error:
        return error is not fault
    finally:
        sys.setprofile(before)
    return True


def hidden(methods: Callable[[], Iterator[tuple[str, Call, Call]]], inner: bool) -> list[str]:
    """Faults that do not come out of these methods; `inner`: also what C functions raise."""
    found = []
    for n, (name, before, call) in enumerate(methods()):
        before()
        call()  # loads kernels, fills caches
        before()
        buffers.clear()
        for place in met(call):
            if not inner and place.inner:
                continue
            for kind in FAULTS:
                if place.inner == "getattr" and kind is AttributeError:
                    continue  # what `getattr` is for
                _, before, call = list(methods())[n]  # of an object as it was
                before()
                buffers.clear()  # so that arrays are made anew, as they were before
                if hides(call, place, kind):
                    found.append(f"{name}: {kind.__name__} in {place}")
    return found


def test_every_class_of_the_registry_is_looked_at():
    assert {one.role for one in registry.entries()} == {*CALLS, "accuracy"}


CALLS = {"layer": layer_calls, "loss": loss_calls, "optimizer": optimizer_calls}
ROWS = [pytest.param(kind, role, form, id=f"{name}, {form}") for role in CALLS
        for name, kind in registry.public().items() if name != "Layer_Input"
        and registry.entry_of(kind, role)
        for form in FORMS if (role, form) != ("optimizer", "list")]  # refused in words


@pytest.mark.parametrize(("kind", "role", "form"), ROWS)
def test_faults_come_out(book_numpy, kind, role, form):
    def methods():
        yield from CALLS[role](kind(*MADE_OF.get(kind.__name__, ())), FORMS[form](SHARES))

    assert not hidden(methods, inner=form == "plain")
    lock = np.random.get_bit_generator().lock  # or every other thread waits, tests later
    with ThreadPoolExecutor(1) as another:
        assert another.submit(lambda: lock.acquire(timeout=5) and not lock.release()).result()


def test_a_handler_that_hides_a_fault_is_found():
    class Pasted(fastnn.Activation_ReLU):
        def _compute(self, inputs):
            try:
                return super()._compute(inputs)
            except (NoMatch, AttributeError):
                return None

    def methods():
        yield from layer_calls(Pasted(), SHARES)

    found = hidden(methods, inner=True)
    assert any("AttributeError in formula.py: _compute" in one for one in found)
    assert all("AttributeError" in one for one in found)


@pytest.mark.parametrize("kind", [*FAULTS, OverflowError, MemoryError])
def test_refused_catches_a_mismatch_alone(kind):
    def kernel(error):
        raise error

    assert refused(kernel, NoMatch("these types")) is True
    with pytest.raises(kind):
        refused(kernel, kind("a fault"))
    assert [refused(int, 0), refused(int, 3)] == [0, 3]


# ----------------------------------------------------------------------------------- in the text

OBJECTS = ("layers", "activations", "losses", "optimizers", "accuracy", "products")
MODULES = {path.relative_to(HOME).with_suffix("").as_posix().replace("/", "."): path.read_text()
           for path in sorted(HOME.rglob("*.py"))}
of_objects = pytest.mark.parametrize("name", [
    name for name in MODULES if name.partition(".")[0] in OBJECTS])


@pytest.mark.parametrize("name", MODULES)
def test_only_refused_catches_a_mismatch(name):
    if f"fastnn.{name}" != NoMatch.__module__:
        assert NoMatch.__name__ not in MODULES[name]
        return
    at = inspect.getsource(refused)
    assert at.count("except NoMatch:") == MODULES[name].count("except NoMatch") == 1


def broad(text: str) -> list[str]:
    """Handlers around more than reads. `arrays.NotTaken` has one source, which says what came."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Try):
            caught = [one.type and ast.unparse(one.type) for one in node.handlers]
            calls = any(isinstance(one, ast.Call) for line in node.body for one in ast.walk(line))
            if calls and any(one != "arrays.NotTaken" for one in caught):
                found.append(f"line {node.lineno}: except {caught}")
        elif isinstance(node, ast.Attribute | ast.Name) and "suppress" in ast.unparse(node):
            found.append(f"line {node.lineno}: suppress")
    return found


@of_objects
def test_handlers_of_the_objects_are_around_reads_alone(name):
    assert not broad(MODULES[name])


def bare(text: str, names: dict[str, Any]) -> list[str]:
    """Calls of kernels without `refuses`; `names` has what the text's names are."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            head, *path = called.split(".")
            thing = names.get(head)
            for one in path:
                thing = getattr(thing, one, None)
            if isinstance(thing, Kernel) or called.endswith("kernel"):
                found.append(f"line {node.lineno}: {called}")
    return found


@of_objects
def test_objects_call_kernels_by_refuses_alone(name):
    module = importlib.import_module(f"fastnn.{name}".removesuffix(".__init__"))
    assert not bare(MODULES[name], vars(module))


def test_what_the_text_must_not_have_is_found():
    assert broad("try:\n    f(a)\nexcept (NoMatch, KeyError):\n    pass")
    assert broad("with contextlib.suppress(TypeError):\n    f(a)")
    assert not broad("try:\n    a = b.c\nexcept AttributeError:\n    pass")
    assert not broad("try:\n    a = arrays.taken(b)\nexcept arrays.NotTaken:\n    pass")
    names = {"_kernels": importlib.import_module("fastnn.kernels.layers")}
    assert bare("_kernels.dense_forward(a)", names) and bare("self._kernel(a)", names)
    assert not bare("_kernels.dense_forward.refuses(a)", names)
