"""`fastnn.profile()`: its times are right, it changes nothing, and nothing is left of it."""

import json
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from nnfs.datasets import spiral_data
from processes import run_in_fresh_process
from programs import arrays_of, assert_same, series_a, series_d

import fastnn
from fastnn import reference, watching
from fastnn.kernels.jit import Kernel
from fastnn.profiling import plot, profiles, rates
from fastnn.profiling.instruments import _our_classes
from fastnn.profiling.tally import TRACED, parents

PHASES = ("forward", "loss", "backward", "optimizer")


def silent(line: str) -> None:
    pass


def seconds_of(found: dict, *phases: str) -> float:
    return sum(found["phases"].get(phase, 0.0) for phase in phases)


def row(found: dict, name: str, phase: str) -> dict:
    rows = [one for one in found["rows"] if one["name"].startswith(name) and one["phase"] == phase]
    assert len(rows) == 1, [(one["name"], one["phase"]) for one in found["rows"]]
    return rows[0]


@pytest.fixture(autouse=True)
def rates_of_no_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is measured for the tables: it takes a tenth of a second."""
    monkeypatch.setattr(rates, "product_rate", lambda: 1e11)
    monkeypatch.setattr(rates, "copy_rate", lambda: 1e10)
    yield
    assert profiles._recorder is None and watching.watcher() is None


def network(rng=0):
    np.random.seed(rng)
    layers = [fastnn.Layer_Dense(2, 16), fastnn.Activation_ReLU(), fastnn.Layer_Dense(16, 3)]
    return (layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
            fastnn.Optimizer_Adam(learning_rate=0.05))


def step(layers, loss, optimizer, X, y):
    output = X
    for layer in layers:
        layer.forward(output)
        output = layer.output
    loss.forward(output, y)
    loss.backward(loss.output, y)
    slope = loss.dinputs
    for layer in reversed(layers):
        layer.backward(slope)
        slope = layer.dinputs
    optimizer.pre_update_params()
    for layer in layers[::2]:
        optimizer.update_params(layer)
    optimizer.post_update_params()


# ------------------------------------------------------------------------------------ the times


def test_phases_add_up_to_the_time_that_passed(book_numpy):
    """Program A through the objects. What our calls took is also measured from outside."""
    series_a(fastnn, 2, silent)
    found = []
    for _ in range(5):  # another process may take the processor between two clocks
        with fastnn.profile() as p:
            begin = time.perf_counter()
            series_a(fastnn, 300, silent)
            wall = time.perf_counter() - begin
        told = p.to_dict()["phases"]
        assert set(PHASES) | {"python"} <= set(told)
        found.append(sum(told.values()) / wall)
    assert min(abs(ratio - 1) for ratio in found) <= 0.03, found


def test_times_are_those_of_a_stopwatch(book_numpy):
    """A layer that takes 4 ms forward and 2 ms backward, and 6 ms between, by the test's clock."""
    watch = dict.fromkeys(("forward", "backward", "python"), 0.0)

    def wait(phase, seconds):
        begin = time.perf_counter()
        while time.perf_counter() < begin + seconds:
            pass
        watch[phase] += time.perf_counter() - begin

    class Slow(fastnn.Activation_Linear):
        def forward(self, inputs, training=True):
            wait("forward", 0.004)

        def backward(self, dvalues):
            wait("backward", 0.002)

    x, slow, found = np.ones((5, 3), "f4"), Slow(), []
    for _ in range(5):
        watch.update(dict.fromkeys(watch, 0.0))
        with fastnn.profile() as p:
            for _ in range(5):
                slow.forward(x)
                wait("python", 0.006)
                slow.backward(x)
        got = p.to_dict()
        assert row(got, "Slow", "forward")["calls"] == row(got, "Slow", "backward")["calls"] == 5
        found.append(max(abs(got["phases"][phase] / watch[phase] - 1) for phase in watch))
    assert min(found) <= 0.03, found


def test_each_object_has_its_rows_and_calls(book_numpy):
    X, y = spiral_data(samples=20, classes=3)
    layers, loss, optimizer = network()
    with fastnn.profile() as p:
        for _ in range(7):
            step(layers, loss, optimizer, X, y)
    found = p.to_dict()
    for phase in ("forward", "backward"):
        assert row(found, "Layer_Dense 1 (2, 16)", phase)["calls"] == 7
        assert row(found, "Layer_Dense 2 (16, 3)", phase)["calls"] == 7
        assert row(found, "Activation_ReLU", phase)["calls"] == 7
    name = "Activation_Softmax_Loss_CategoricalCrossentropy"
    assert row(found, name, "loss")["calls"] == row(found, name, "backward")["calls"] == 7
    assert row(found, "Optimizer_Adam", "optimizer")["calls"] == 14
    shares = [one["share"] for one in found["rows"]]
    assert shares == sorted(shares, reverse=True) and sum(shares) == pytest.approx(1)
    dense = row(found, "Layer_Dense 1", "forward")  # 2 operations a multiply-add
    assert dense["gflops"] * dense["seconds"] * 1e9 == pytest.approx(7 * 2 * 60 * 2 * 16)
    assert dense["percent_of_machine"] == pytest.approx(dense["gflops"])
    relu = row(found, "Activation_ReLU", "forward")  # reads and writes float32
    assert relu["gbytes"] * relu["seconds"] * 1e9 == pytest.approx(7 * 2 * 60 * 16 * 4)


def test_a_call_inside_a_call_is_counted_once(book_numpy):
    """`calculate` calls `forward` of the same loss; the reference's classes stand beneath."""
    X = np.abs(np.random.randn(20, 3)).astype("f4")
    loss = fastnn.Loss_MeanSquaredError()
    with fastnn.profile() as p:
        for _ in range(5):
            loss.calculate(X, X)
            loss.calculate(X.astype("i4"), X)  # goes the careful way, through the reference
    found = p.to_dict()
    assert row(found, "Loss_MeanSquaredError", "loss")["calls"] == 10
    assert sum(found["phases"].values()) == pytest.approx(found["wall"])


def test_parents_of_spans():
    begin, end = np.array([(0, 9), (1, 4), (2, 3), (4, 5), (9, 12), (10, 11), (11, 12)], float).T
    assert parents(begin, end).tolist() == [-1, 0, 1, 0, -1, 4, 4]
    assert parents(begin[:0], end[:0]).tolist() == []


def test_more_calls_than_the_lists_hold(monkeypatch):
    monkeypatch.setattr("fastnn.profiling.recorder._BLOCKS", 50)
    relu, x = fastnn.Activation_ReLU(), np.ones((2, 2), "f4")
    relu.forward(x)
    with fastnn.profile() as p:
        for _ in range(20_000):
            relu.forward(x)
    found = p.to_dict()
    assert row(found, "Activation_ReLU", "forward")["calls"] == 20_000
    assert seconds_of(found, "profile") > 0
    assert sum(found["phases"].values()) == pytest.approx(found["wall"])


# -------------------------------------------------------------------------- nothing is changed


@pytest.mark.parametrize("program", [series_a, series_d], ids=["A", "D"])
def test_results_are_equal_in_every_bit(book_numpy, program):
    expected = arrays_of(program(fastnn, 12, silent))
    with fastnn.profile():
        got = arrays_of(program(fastnn, 12, silent))
    assert_same(got, expected)


def test_fit_is_compiled_under_a_profile_too(book_numpy, stepwise_runs):
    X, y = spiral_data(samples=20, classes=3)
    results = []
    for profiled in (False, True):
        layers, loss, optimizer = network()
        if profiled:
            with fastnn.profile() as p:
                history = fastnn.fit(layers, loss, optimizer, X, y, epochs=30)
        else:
            history = fastnn.fit(layers, loss, optimizer, X, y, epochs=30)
        results.append(arrays_of({"layers": layers, "loss": history.loss}))
    assert_same(*results)
    assert not stepwise_runs
    found = p.to_dict()
    assert row(found, "fit", "engine")["calls"] == 1
    assert sum(found["phases"].values()) == pytest.approx(found["wall"], rel=0.03)


def everything() -> dict:
    return {cls: dict(vars(cls)) for cls in (*_our_classes(), Kernel)}


def test_nothing_is_left(book_numpy):
    before = everything()
    with fastnn.profile():
        assert vars(fastnn.Layer_Dense)["forward"] is not before[fastnn.Layer_Dense]["forward"]
        series_a(fastnn, 3, silent)
    after = everything()
    assert list(after) == list(before)
    for cls in before:
        assert list(after[cls].items()) == list(before[cls].items()), cls


def test_objects_are_let_go():
    from weakref import ref
    layer = fastnn.Layer_Dense(2, 3)
    alive = ref(layer)
    with fastnn.profile() as p:
        layer.forward(np.ones((4, 2), "f4"))
    del layer
    assert alive() is None and "Layer_Dense" in str(p)


def test_methods_look_as_they_did():
    from inspect import signature
    before = {name: signature(vars(fastnn.Layer_Dense)[name]) for name in ("forward", "backward")}
    with fastnn.profile():
        for name, one in before.items():
            assert signature(vars(fastnn.Layer_Dense)[name]) == one
            assert fastnn.Layer_Dense.forward.__doc__
        layer = fastnn.Layer_Dense(2, 3)
        layer.forward(inputs=np.ones((4, 2), "f4"), training=False)
        with pytest.raises(TypeError, match="forward"):
            layer.forward()


# ------------------------------------------------------------ nesting, threads, exceptions


def test_profiles_nest(book_numpy):
    X, y = spiral_data(samples=20, classes=3)
    parts = network()
    with fastnn.profile() as outer:
        step(*parts, X, y)
        with fastnn.profile() as inner:
            step(*parts, X, y)
            step(*parts, X, y)
        assert vars(fastnn.Layer_Dense)["forward"].__wrapped__  # still open
        step(*parts, X, y)
    assert row(inner.to_dict(), "Activation_ReLU", "forward")["calls"] == 2
    assert row(outer.to_dict(), "Activation_ReLU", "forward")["calls"] == 4
    assert outer.to_dict()["wall"] > inner.to_dict()["wall"]


def test_a_profile_can_be_read_while_it_is_open(book_numpy):
    X, y = spiral_data(samples=20, classes=3)
    parts = network()
    seen = []
    with fastnn.profile() as p:
        fastnn.fit(*parts, X, y, epochs=3, callback=lambda row: seen.append(p.to_dict()))
    assert [row(one, "fit", "engine")["calls"] for one in seen] == [1, 1, 1]
    walls = [one["wall"] for one in seen]
    assert walls == sorted(walls) and walls[-1] < p.to_dict()["wall"]
    for one in seen:
        assert sum(one["phases"].values()) == pytest.approx(one["wall"], rel=0.03)


def test_a_profile_inside_a_callback_sees_what_comes_after(book_numpy):
    X, y = spiral_data(samples=20, classes=3)
    found = []

    def callback(row):
        with fastnn.profile() as p:
            fastnn.Activation_ReLU().forward(X)
        found.append(p.to_dict())
    with fastnn.profile() as outer:
        fastnn.fit(*network(), X, y, epochs=2, callback=callback)
    for one in found:
        assert row(one, "Activation_ReLU", "forward")["calls"] == 1
        assert all(part["seconds"] >= 0 for part in one["rows"])
    assert outer.to_dict()["wall"] > sum(one["wall"] for one in found)


def test_every_thread_is_seen_and_told_apart(book_numpy, tmp_path):
    X, y = spiral_data(samples=20, classes=3)

    together = threading.Barrier(3)  # one that is over leaves its number to the next

    def work(n):
        parts = network(n)
        for _ in range(50):
            step(*parts, X, y)
        together.wait(60)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    with fastnn.profile() as p:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = p.to_dict()
    assert found["threads"] == 4
    relus = [one for one in found["rows"] if one["name"].startswith("Activation_ReLU")]
    assert [one["calls"] for one in relus] == [50] * 6  # three objects, forward and backward
    p.to_chrome_trace(tmp_path / "trace.json")
    events = check_trace(tmp_path / "trace.json")
    assert len({event["tid"] for event in events}) == 3


def test_profiles_in_threads(book_numpy):
    """Each sees all threads while it is open; the methods come back with the last."""
    before = everything()
    X = np.ones((4, 2), "f4")
    found = []

    def work():
        for _ in range(20):
            with fastnn.profile() as p:
                fastnn.Layer_Dense(2, 3).forward(X)
            found.append(p.to_dict())
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert all(seconds_of(one, "forward") > 0 for one in found)
    assert everything() == before


def test_an_exception_passes_and_leaves_a_profile(book_numpy):
    before = everything()
    layer = fastnn.Layer_Dense(2, 3)
    with pytest.raises(ValueError, match="n_inputs"), fastnn.profile() as p:
        layer.forward(np.ones((4, 2), "f4"))
        layer.forward(np.ones((4, 5), "f4"))
    assert row(p.to_dict(), "Layer_Dense", "forward")["calls"] == 2
    assert everything() == before


def test_a_profile_is_opened_once():
    with fastnn.profile() as p:
        pass
    with pytest.raises(RuntimeError, match="opened once"):
        p.__enter__()
    with pytest.raises(RuntimeError, match="nothing is profiled yet"):
        fastnn.profile().to_dict()
    assert repr(fastnn.profile()) == "<fastnn profile, not opened>"


# ------------------------------------------------------------------- everybody's own classes


class Halved(fastnn.Activation_Linear):
    """A subclass with a method of its own."""

    def forward(self, inputs, training=True):
        super().forward(inputs, training)
        self.output = self.output / 2


class Foreign:
    """A layer of somebody's."""

    def forward(self, inputs):
        self.output = inputs * 1

    def backward(self, dvalues):
        self.dinputs = dvalues * 1


@pytest.mark.parametrize("cls", [Halved, Foreign])
def test_layers_of_other_classes_have_rows_in_fit(book_numpy, cls):
    X, y = spiral_data(samples=20, classes=3)
    layers, loss, optimizer = network()
    before = dict(vars(cls))
    with fastnn.profile() as p:
        fastnn.fit([*layers[:2], cls(), layers[2]], loss, optimizer, X, y, epochs=4)
    assert dict(vars(cls)) == before
    found = p.to_dict()
    assert row(found, cls.__name__, "forward")["calls"] == 4
    assert row(found, cls.__name__, "backward")["calls"] == 4
    assert any("went step by step, not compiled: " + cls.__name__ in hint
               for hint in found["hints"]), found["hints"]


def test_the_reference_can_be_profiled(book_numpy):
    with fastnn.profile() as p:
        series_a(reference, 2, silent)
    assert row(p.to_dict(), "Activation_ReLU", "forward")["calls"] == 2


def test_a_model_through_its_objects(book_numpy, capsys):
    X, y = spiral_data(samples=20, classes=3)
    model = fastnn.Model()
    for layer in (fastnn.Layer_Dense(2, 8), fastnn.Activation_ReLU(), Foreign(),
                  fastnn.Layer_Dense(8, 3), fastnn.Activation_Softmax()):
        if isinstance(layer, Foreign):
            layer.forward = lambda inputs, training, layer=layer: setattr(layer, "output", inputs)
        model.add(layer)
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_Adam(),
              accuracy=fastnn.Accuracy_Categorical())
    model.finalize()
    with fastnn.profile() as p:
        model.train(X, y, epochs=20)
    found = p.to_dict()
    assert row(found, "Model", "engine")["calls"] == 1  # train, which calls the others
    assert row(found, "Activation_ReLU", "forward")["calls"] == 20
    assert row(found, "Accuracy_Categorical", "metrics")["calls"] >= 20
    assert sum(found["phases"].values()) == pytest.approx(found["wall"])


# -------------------------------------------------------------- compiled calls, as told by a run


def test_parts_of_a_compiled_call_are_laid_out_inside_it(tmp_path):
    layer = fastnn.Layer_Dense(2, 3)
    with fastnn.profile() as p:
        told = watching.watcher()
        begin = time.perf_counter()
        told.fused(begin, begin + 1e-3, [
            watching.Part(layer, "forward", 5, 6e-4, flops=6e5),
            watching.Part(layer, "backward", 5, 3e-4),
            watching.Part(layer, "forward", 2, 5e-5, flops=5e4)])
        while time.perf_counter() < begin + 2e-3:
            pass
    found = p.to_dict()
    forward = row(found, "Layer_Dense", "forward")
    assert forward["calls"] == 7 and forward["seconds"] == pytest.approx(6.5e-4)
    assert forward["gflops"] == pytest.approx(1.0)
    assert row(found, "the compiled loop", "loop")["seconds"] == pytest.approx(5e-5)
    assert sum(found["phases"].values()) == pytest.approx(found["wall"])
    p.to_chrome_trace(tmp_path / "t.json")
    events = check_trace(tmp_path / "t.json")
    assert [event["name"].rpartition(", ")[2] for event in events] == [
        "loop", "forward", "backward", "forward"]
    assert all("summed" in event["args"]["order"] for event in events[1:])


def test_parts_that_say_too_much_are_shrunk_to_the_call():
    with fastnn.profile() as p:
        begin = time.perf_counter()
        while time.perf_counter() < begin + 1e-3:
            pass
        watching.watcher().fused(begin, begin + 1e-3, [
            watching.Part(None, "data", 1, 1e-3), watching.Part(None, "metrics", 1, 3e-3)])
    found = p.to_dict()
    assert row(found, "data", "data")["seconds"] == pytest.approx(2.5e-4)
    assert row(found, "metrics", "metrics")["seconds"] == pytest.approx(7.5e-4)
    assert sum(found["phases"].values()) == pytest.approx(found["wall"])


# --------------------------------------------------------------------------------- the outputs


def check_trace(path) -> list[dict]:
    """The complete events of a Chrome trace, in the file's order, once its format is right."""
    content = json.loads(path.read_text())
    assert content["displayTimeUnit"] == "ms" and content["otherData"]["profiled_seconds"] > 0
    for event in content["traceEvents"]:
        assert event["ph"] in ("X", "M")
        assert isinstance(event["name"], str) and event["name"]
        assert isinstance(event["pid"], int) and isinstance(event["tid"], int)
        assert event["ts"] >= 0 and event["dur"] >= 0
    events = [event for event in content["traceEvents"] if event["ph"] == "X"]
    for tid in {event["tid"] for event in events}:
        stack: list[float] = []  # ends of the open spans, in whole nanoseconds
        spans = [(round(1000 * event["ts"]), round(1000 * event["dur"])) for event in events
                 if event["tid"] == tid]
        for begin, length in sorted(spans, key=lambda span: (span[0], -span[1])):
            while stack and stack[-1] <= begin:
                stack.pop()
            assert not stack or begin + length <= stack[-1], "two spans overlap"
            stack.append(begin + length)
    return events


def test_chrome_trace_of_a_training(book_numpy, tmp_path):
    X, y = spiral_data(samples=20, classes=3)
    with fastnn.profile() as p:
        layers, loss, optimizer = network()
        fastnn.fit([*layers[:2], Foreign(), layers[2]], loss, optimizer, X, y, epochs=5)
    p.to_chrome_trace(tmp_path / "trace.json")
    events = check_trace(tmp_path / "trace.json")
    assert sum(event["name"] == "Activation_ReLU, forward" for event in events) == 5
    whole, = (event for event in events if event["name"].startswith("fit"))
    for event in events:
        if event["cat"] in PHASES:
            assert whole["ts"] <= event["ts"] < event["ts"] + event["dur"] <= (
                whole["ts"] + whole["dur"])


def test_a_trace_is_bounded_and_says_so(monkeypatch, tmp_path):
    assert TRACED == 100_000
    monkeypatch.setattr("fastnn.profiling.tally.TRACED", 50)
    relu, x = fastnn.Activation_ReLU(), np.ones((2, 2), "f4")
    with fastnn.profile() as p:
        for _ in range(80):
            relu.forward(x)
    p.to_chrome_trace(tmp_path / "trace.json")
    assert len(check_trace(tmp_path / "trace.json")) == 50
    told = json.loads((tmp_path / "trace.json").read_text())["otherData"]
    assert told["events_left_out"] >= 30 and "the table alone" in told["note"]
    assert row(p.to_dict(), "Activation_ReLU", "forward")["calls"] == 80


def test_json_holds_the_dict(book_numpy, tmp_path):
    with fastnn.profile() as p:
        series_a(fastnn, 2, silent)
    p.to_json(tmp_path / "profile.json")
    assert json.loads((tmp_path / "profile.json").read_text()) == p.to_dict()


def test_the_table_is_widest_share_first(book_numpy):
    with fastnn.profile() as p:
        series_a(fastnn, 30, silent)
    lines = str(p).splitlines()
    assert lines[0].startswith("fastnn profile: ")
    shares = [float(line.split(" %")[0].split()[-1]) for line in lines[2:]
              if " %" in line and not line.startswith(("by phase", "hint", "of machine"))]
    rows = shares[:-1] if "smaller" in str(p) else shares
    assert len(rows) >= 8 and rows == sorted(rows, reverse=True)
    assert sum(shares) == pytest.approx(100, abs=1)
    assert any(line.startswith("by phase: ") for line in lines)


def test_compiling_stands_apart_by_kernel(fresh_process, tmp_path):
    code = """
        import json, numpy as np, fastnn
        with fastnn.profile() as p:
            fastnn.Activation_ReLU().forward(np.ones((2, 2), "f4"))
        found = p.to_dict()
        print(json.dumps([sorted((one["name"], one["phase"]) for one in found["kernels"]),
              found["running"] < 0.5 * found["wall"], "compiled" in str(p),
              sum(one["share"] for one in found["rows"])]))
    """
    first, second = (json.loads(fresh_process(code, env={"NUMBA_CACHE_DIR": str(tmp_path)}))
                     for _ in range(2))
    name = "Activation_ReLU_forward"
    assert first[0] == [[name, "compiling"], [name, "loading"]]
    assert second[0] == [[name, "loading"]]
    assert first[1:3] == [True, True] and second[2] is False
    assert first[3] == pytest.approx(1) and second[3] == pytest.approx(1)


def test_plot_has_a_bar_for_each_phase(book_numpy):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    with fastnn.profile() as p:
        series_a(fastnn, 3, silent)
    axes = p.plot()
    names = [text.get_text() for text in axes.get_yticklabels()]
    assert set(PHASES) | {"Python between our calls"} <= set(names)
    widths = sum(bar.get_width() for bar in axes.patches)
    assert widths == pytest.approx(100, abs=0.5)
    pyplot.close(axes.figure)


def test_plot_without_matplotlib_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with fastnn.profile() as p:
        pass
    with pytest.raises(ImportError, match="pip install matplotlib"):
        plot.draw(p._now())


# ------------------------------------------------------------------------------------- hints


def hints(work) -> str:
    with fastnn.profile() as p:
        work()
    return "\n".join(p.hints())


def test_hint_at_float64():
    x = np.ones((50, 40))
    layer = fastnn.Layer_Dense(40, 30)
    for kind in ("f8", "f4"):  # makes the kernels ready
        layer.weights, layer.biases = layer.weights.astype(kind), layer.biases.astype(kind)
        layer.forward(x.astype(kind))
        layer.backward(np.ones((50, 30), kind))
    layer.weights, layer.biases = layer.weights.astype("f8"), layer.biases.astype("f8")
    assert "Layer_Dense (40, 30) has float64 weights" in hints(lambda: layer.forward(x))
    layer.weights, layer.biases = layer.weights.astype("f4"), layer.biases.astype("f4")
    assert "is given float64 inputs" in hints(lambda: layer.forward(x))
    assert hints(lambda: layer.forward(x.astype("f4"))) == ""
    assert "gets float64 gradients" in hints(lambda: layer.backward(np.ones((50, 30))))


def test_hint_at_fit_and_at_what_keeps_from_it(book_numpy):
    X, y = spiral_data(samples=5, classes=3)

    def loop(layers, loss, optimizer, epochs=100):
        for _ in range(epochs):
            step(layers, loss, optimizer, X, y)
    assert "fit([layers ...], loss, optimizer, X, y, epochs=...)" in hints(
        lambda: loop(*network()))
    assert "fit(" not in hints(lambda: loop(*network(), epochs=20))
    parts = network()
    parts[2].learning_rate = np.float64(0.05)
    assert "learning_rate is not a plain Python number" in hints(lambda: loop(*parts))


def test_hint_at_accuracy_in_numpy(book_numpy):
    X, y = spiral_data(samples=5, classes=3)
    layers, loss, optimizer = network()

    def work(seconds):
        for _ in range(5):
            loss.forward(np.ones((15, 3), "f4"), y)
            time.sleep(seconds)
            loss.backward(loss.output, y)
            layers[0].forward(X)
            time.sleep(0.01 - seconds)
    work(0.0)
    text = "passes between a loss and its backward"
    assert text in hints(lambda: work(0.01))
    assert text not in hints(lambda: work(0.0))


def test_hint_at_threads_of_blas(monkeypatch):
    from fastnn.engine import blas
    layer = fastnn.Layer_Dense(3000, 80)
    x = np.ones((60, 3000), "f4")
    monkeypatch.setattr(blas, "threads", lambda: 2)
    monkeypatch.setattr(rates, "product_seconds", lambda N, I, O, threads: 1e-3 * threads)
    expected = "(60, 3000) @ (3000, 80) takes 2 ms in 2 threads of BLAS and 1 ms in one"
    assert expected in hints(lambda: layer.forward(x))
    assert "BLAS" not in hints(lambda: fastnn.Layer_Dense(2, 3).forward(np.ones((4, 2), "f4")))
    monkeypatch.setattr(rates, "product_seconds", lambda N, I, O, threads: 1e-3 / threads)
    assert "BLAS" not in hints(lambda: layer.forward(x))


def test_rates_are_measured_and_threads_given_back(monkeypatch):
    monkeypatch.undo()
    from fastnn.engine import blas
    assert 1e8 < rates.product_rate() < 1e14 and 1e8 < rates.copy_rate() < 1e13
    before = blas.threads()
    seconds = rates.product_seconds(50, 50, 50, 1)
    assert blas.threads() == before and (seconds is None or 0 < seconds < 1)


# ---------------------------------------------------------------------- python -m fastnn profile

COMMAND = """
import subprocess, sys
got = subprocess.run([sys.executable, "-m", "fastnn", "profile", *{arguments}],
                     capture_output=True, text=True)
print(got.returncode, got.stdout, "STDERR", got.stderr)
"""


def command(*arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    text = run_in_fresh_process(COMMAND.format(arguments=list(map(str, arguments))))
    status, _, rest = text.partition(" ")
    return int(status), *rest.split("STDERR")


SCRIPT = """
import sys
import numpy as np
import neighbour
from fastnn import *
dense1 = Layer_Dense(2, 3)
if __name__ == "__main__":
    dense1.forward(np.ones((4, 2)))
    print("arguments", sys.argv[1:], sys.modules["__main__"].dense1 is dense1)
"""


def test_a_script_is_profiled_with_its_variables_names(tmp_path):
    (tmp_path / "neighbour.py").write_text("")
    (tmp_path / "script.py").write_text(SCRIPT)
    status, output, error = command(tmp_path / "script.py", "a", "--b")
    assert (status, error.strip()) == (0, "")
    assert "arguments ['a', '--b'] True" in output
    assert "dense1 (2, 3)" in output and "fastnn profile: " in output


@pytest.mark.parametrize(("end", "status", "said"), [
    ("raise ValueError('no')", 1, "ValueError: no"), ("sys.exit(3)", 3, ""),
    ("sys.exit('enough')", 1, "enough"), ("sys.exit()", 0, ""), ("1 +", 1, "SyntaxError")])
def test_however_a_script_ends_the_table_is_printed(tmp_path, end, status, said):
    (tmp_path / "script.py").write_text(f"import sys\n{end}\n")
    got, output, error = command(tmp_path / "script.py")
    assert got == status and "fastnn profile: " in output
    assert said in error and "script.py\", line" not in error.split(said or "x")[-1]
    assert "profiling" not in error, "the traceback shows the profiler"


def test_no_such_script_is_one_sentence(tmp_path):
    status, output, error = command(tmp_path / "none.py")
    assert status == 2 and output.strip() == ""
    assert error.strip() == (f"python -m fastnn profile: {tmp_path / 'none.py'} cannot be read: "
                             "No such file or directory")


def test_the_demonstration_is_profiled():
    status, output, error = command()
    assert (status, error.strip()) == (0, "")
    assert "epoch: 2000" in output and "Layer_Dense 1 (2, 64)" in output and "hint: " in output
