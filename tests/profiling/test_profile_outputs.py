"""What a profile gives: a trace, JSON, the table, a plot."""

import json
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from nnfs.datasets import spiral_data
from profiled import PHASES, Foreign, check_trace, network, row, silent
from programs import series_a

import fastnn
from fastnn.profiling import plot
from fastnn.profiling.report import Row
from fastnn.profiling.tally import TRACED


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


def test_making_kernels_ready_has_no_bar(book_numpy, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    with fastnn.profile() as p:
        series_a(fastnn, 3, silent)
    found = p._now()
    loaded = Row("some_kernel", "compiling", 1, 100.0, 0.0, 0.0)
    more = found._replace(wall=found.wall + 100.0, rows=[loaded, *found.rows], kernels=[loaded])
    axes = plot.draw(more)
    assert "kernels" not in [text.get_text() for text in axes.get_yticklabels()]
    assert axes.get_title().endswith("100 s making kernels ready")
    assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(100, abs=0.5)
    pyplot.close(axes.figure)


def test_a_notebook_shows_the_table(book_numpy):
    assert fastnn.profile()._repr_html_() == "&lt;fastnn profile, not opened&gt;"
    with fastnn.profile() as p:
        assert "fastnn profile" in p._repr_html_()
        series_a(fastnn, 3, silent)
    shown = p._repr_html_()
    ElementTree.fromstring(shown)
    assert "Layer_Dense 1 (2, 64)" in shown and "optimizer" in shown
    text = str(p)
    for one in p.to_dict()["rows"][:3]:
        assert one["name"] in shown and one["name"] in text


def test_what_a_notebook_shows_is_escaped():
    class Mine(fastnn.Activation_ReLU):
        pass
    Mine.__name__ = "<script>&"
    with fastnn.profile() as p:
        for _ in range(50):
            Mine().forward(np.ones((300, 64), "f4"))
    shown = p._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;&amp;" in shown


def test_plot_without_matplotlib_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with fastnn.profile() as p:
        pass
    with pytest.raises(ImportError, match="pip install matplotlib"):
        plot.draw(p._now())
