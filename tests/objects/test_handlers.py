"""What a signal's handler raises comes out, wherever it strikes: nothing of ours drops it."""

import ast
import functools
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn.files import replacing
from fastnn.support import buffers, checks, handlers, numerics, proofs, proved, reprs
from fastnn.support.handlers import dropped, of_a_handler

HOME = Path(fastnn.__file__).parent


class TooLate(TimeoutError):  # an OSError
    pass


def late(number: int, frame: Any) -> None:
    raise TooLate


def late_with_arguments(*arguments: Any) -> None:
    raise TooLate


class Late:
    def __call__(self, number: int, frame: Any) -> None:
        self.deeper()

    def deeper(self) -> None:
        raise TooLate


HANDLERS = {"function": late, "arguments": late_with_arguments, "object": Late(),
            "method": Late().__call__, "partial": functools.partial(late)}


@pytest.fixture
def struck(no_collector_callbacks):
    """A function that sets this handler and lets the signal come."""
    before = signal.getsignal(signal.SIGINT)

    def strike(handler: Callable[..., None]) -> None:
        signal.signal(signal.SIGINT, handler)
        signal.raise_signal(signal.SIGINT)
    yield strike
    signal.signal(signal.SIGINT, before)


def struck_at(instruction: int, function: Callable[[], Any]) -> bool:
    """Call it, and raise at this instruction of it; whether it came so far."""
    left = iter(range(instruction))

    def trace(frame: Any, event: str, argument: Any) -> Any:
        frame.f_trace_opcodes = frame.f_code is function.__code__
        if event == "opcode" and next(left, None) is None:
            sys.settrace(None)
            raise TooLate
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    except TooLate:
        return True
    finally:
        sys.settrace(before)
    return False


def test_random_stream_is_found_wherever_a_handler_raised(monkeypatch):
    """Once it was taken for another generator's from then on, and dropout for uncompiled."""
    instruction = 0
    while True:
        monkeypatch.setattr(numerics, "_known", (None, None))
        reached = struck_at(instruction, numerics.legacy_stream)
        assert numerics.legacy_stream() is not None
        if not reached:
            break
        instruction += 1
    assert instruction > 20


@pytest.mark.parametrize("handler", HANDLERS.values(), ids=HANDLERS)
def test_what_a_handler_raises_is_told_from_all_else(struck, handler):
    with pytest.raises(TooLate) as caught:
        struck(handler)
    assert of_a_handler(caught.value)
    with pytest.raises(TooLate), dropped(OSError):
        struck(handler)
    with dropped(OSError):
        late(2, None)
    with dropped(OSError, ValueError):
        raise ValueError
    with pytest.raises(KeyError), dropped(OSError):
        raise KeyError


def struck_at_each(call: Callable[[], object], strike: Callable[..., None],
                   before: Callable[[], object] = lambda: None) -> list[str]:
    """The functions of fastnn in which a handler's exception is dropped: struck at each in turn."""
    met: dict[str, None] = {}
    at: list[str] = []

    def look(frame: Any, event: str, what: Any) -> None:
        code = frame.f_code
        if event not in ("call", "c_call") or not code.co_filename.startswith(str(HOME)) or (
                code.co_filename == handlers.__file__):
            return
        place = f"{code.co_filename}: {code.co_name} {getattr(what, '__name__', '')}"
        if not at:
            met[place] = None
        elif place == at[0]:
            sys.setprofile(None)
            at.append("struck")
            strike(late)

    def run() -> bool:
        before()
        sys.setprofile(look)
        try:
            call()
        except TooLate:
            return True
        finally:
            sys.setprofile(None)
        return False

    run()
    found = []
    for place in met:
        at[:] = [place]
        if not run() and len(at) > 1:
            found.append(place)
    assert len(met) > 3
    return found


class Odd:
    def __repr__(self) -> str:
        return "Odd"


def a_model() -> fastnn.Model:
    model = fastnn.Model()
    for layer in (fastnn.Layer_Dense(2, 3), fastnn.Activation_Softmax()):
        model.add(layer)
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_Adam(),
              accuracy=fastnn.Accuracy_Categorical())
    model.finalize()
    return model


SHOWN = {"dense": lambda: repr(fastnn.Layer_Dense(2, 3)), "Adam": lambda: repr(
    fastnn.Optimizer_Adam()), "dropout": lambda: repr(fastnn.Layer_Dropout(0.1)),
    "model": lambda: repr(a_model()), "what came": lambda: checks.shown(Odd()),
    "a value": lambda: reprs.short(10**3)}


@pytest.mark.parametrize("look", SHOWN.values(), ids=SHOWN)
def test_a_text_drops_no_time_out(struck, look):
    assert not struck_at_each(look, struck)


def test_a_careful_step_drops_no_time_out(struck, book_numpy):
    layer, x = fastnn.Layer_Dense(2, 3), np.ones((4, 2), "f4")
    layer.biases = layer.biases.astype("f8")
    layer.forward(x)
    layer.backward(layer.output)

    def step():
        layer.forward(x)
        layer.backward(layer.output)
    assert not struck_at_each(step, struck, buffers.clear)


def test_a_trial_drops_no_time_out(struck):
    single, double = np.dtype("f4"), np.dtype("f8")
    types = single, single, double, single
    kernel, signature = proofs._tried("forward", types)
    kernel.ready(signature)

    def forget():
        kept = proved._path(kernel, signature)
        if kept is not None:
            kept.unlink(missing_ok=True)
        proofs._known.clear()
        for cached in (proofs._recall, proved._path, proved._blas):
            cached.cache_clear()
    signal.signal(signal.SIGINT, late)  # before, so that it waits while files are read and written
    assert not struck_at_each(lambda: proofs.holds("forward", ((7, 5), (5, 3)), types, True),
                              lambda handler: signal.raise_signal(signal.SIGINT), forget)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # files left open
def test_a_save_drops_no_time_out(struck, tmp_path):
    model = a_model()
    stale = tmp_path / f".fastnn-{'0' * 16}.tmp"
    assert not struck_at_each(lambda: model.save(tmp_path / "model.fastnn"), struck, stale.touch)


def swallowing(text: str) -> list[str]:
    """Handlers of errors that a time-out may be, which neither raise nor hand on (a future's)."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "BaseException"
            raises = any(isinstance(one, ast.Raise) or getattr(one, "attr", "") == "set_exception"
                         for one in ast.walk(node))
            if not raises and any(kind in caught for kind in ("OSError", "Exception")):
                found.append(f"line {node.lineno}: except {caught}")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            words = [ast.unparse(one) for one in node.args]
            if {"OSError", "Exception"} & set(words):
                found.append(f"line {node.lineno}: suppress {words}")
    return found


# Where no handler runs (compile, see `undivided`; the helper), or the program ends with a line; a
# child for somebody's class, whose time-outs are its own; and a step of ranks, which tells the
# others and then raises.
EXCEPT = ("compile/", "worker.py", "profiling/script.py", "running/ending.py", "checking/",
          "engine/ranks/run.py")


@pytest.mark.parametrize("path", [path.relative_to(HOME).as_posix() for path in sorted(
    HOME.rglob("*.py")) if not path.relative_to(HOME).as_posix().startswith(EXCEPT)])
def test_nothing_else_drops_what_a_time_out_may_be(path):
    assert not swallowing((HOME / path).read_text())


def test_what_drops_them_is_found():
    assert swallowing("try:\n    f()\nexcept Exception:\n    pass")
    assert swallowing("try:\n    f()\nexcept (OSError, KeyError) as e:\n    print(e)")
    assert swallowing("with contextlib.suppress(OSError):\n    f()")
    assert not swallowing("try:\n    f()\nexcept OSError:\n    raise ValueError from None")
    assert not swallowing("with dropped(OSError):\n    f()")
    assert not [name for name in vars(replacing) if "suppress" in name]
