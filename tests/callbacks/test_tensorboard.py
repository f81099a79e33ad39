"""The events that TensorBoard reads: read back here from the bytes of the file."""

import logging
import os
import pickle
import struct
import sys

import numpy as np
import pytest
from trained import assert_equal, data, left, parts

import fastnn
from fastnn.callbacks import TensorBoard

pytest.importorskip("tensorboardX")
X, y = data()


def fit(callback, epochs=7, dropout=0.0, **options):
    layers, loss, optimizer = parts(dropout=dropout, norm=True)
    with np.errstate(all="ignore"):
        history = fastnn.fit(layers, loss, optimizer, X, y, epochs=epochs, callback=callback,
                             **options)
    return layers, optimizer, history


def events(folder):
    """All events of a folder, file by file, read as TFRecord says."""
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.record_writer import masked_crc32c
    found = []
    for name in sorted(os.listdir(folder)):
        assert name.startswith("events.out.tfevents.")
        content = (folder / name).read_bytes()
        while content:
            length, check = struct.unpack("<QI", content[:12])
            event, (end,) = content[12:12 + length], struct.unpack("<I", content[12 + length:][:4])
            assert masked_crc32c(content[:8]) == check and masked_crc32c(event) == end
            found.append(Event.FromString(event))
            content = content[16 + length:]
    return found


def curves(folder):
    found = {}
    for event in events(folder):
        for value in event.summary.value:
            if value.HasField("simple_value"):
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def test_every_value_is_in_the_file(tmp_path):
    _, _, history = fit(TensorBoard(tmp_path / "a" / "b"), validation_data=(X, y), log_every=2)
    got = curves(tmp_path / "a" / "b")
    assert set(got) == {"training/loss", "training/data_loss", "training/regularization_loss",
                        "training/accuracy", "training/learning_rate", "validation/loss",
                        "validation/accuracy"}
    for tag, points in got.items():
        name = tag.replace("training/", "").replace("/", "_")
        assert [step for step, _ in points] == list(history.epoch)
        assert np.array_equal([value for _, value in points],
                              getattr(history, name).astype("f4")), tag
    assert not any(value.HasField("histo") for event in events(tmp_path / "a" / "b")
                   for value in event.summary.value)


def test_what_is_not_taken_has_no_point(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        fit(TensorBoard(tmp_path))
    assert not any(tag.startswith("validation") for tag in curves(tmp_path)) and not caplog.records


def test_histograms_of_all_parameters(tmp_path):
    layers, _, _ = fit(TensorBoard(str(tmp_path), histograms=3), epochs=7)
    steps = {}
    for event in events(tmp_path):
        for value in event.summary.value:
            if value.HasField("histo"):
                steps.setdefault(value.tag, []).append((event.step, value.histo))
    assert set(steps) == {"dense1/weights", "dense1/biases", "dense2/weights", "dense2/biases",
                          "batchnorm1/weights", "batchnorm1/biases", "batchnorm1/running_mean",
                          "batchnorm1/running_variance"}
    assert [step for step, _ in steps["dense1/weights"]] == [0, 3, 6]
    last, weights = steps["dense2/weights"][-1][1], layers[3].weights.astype(float)
    assert last.num == weights.size and last.min == weights.min() and last.max == weights.max()
    assert sum(last.bucket) == weights.size and last.sum == pytest.approx(weights.sum())


def test_parameters_that_are_not_finite_have_no_histogram(tmp_path):
    callback = TensorBoard(tmp_path, histograms=1)

    def spoil(row):
        layers[0].weights[0, 0] = np.nan

    layers, loss, optimizer = parts()
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="the loss is"):
        fastnn.fit(layers, loss, optimizer, X, y, epochs=3, callback=[spoil, callback])
    tags = {value.tag for event in events(tmp_path) for value in event.summary.value
            if value.HasField("histo")}
    assert "dense1/weights" not in tags


def test_the_training_is_the_same_with_it(tmp_path):
    np.random.seed(0)
    first = left(*fit(TensorBoard(tmp_path, histograms=1), dropout=0.2)[:2])
    np.random.seed(0)
    assert_equal(first, left(*fit(lambda row: None, dropout=0.2)[:2]))


def test_each_training_adds_a_file(tmp_path):
    callback = TensorBoard(tmp_path)
    fit(callback)
    fit(callback)
    fit(pickle.loads(pickle.dumps(callback)))
    assert len(os.listdir(tmp_path)) == 3
    assert len(curves(tmp_path)["training/loss"]) == 21


def test_the_file_is_whole_whatever_ends_the_training(tmp_path):
    def fails(row):
        if row.epoch == 4:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fit([TensorBoard(tmp_path), fails])
    assert [step for step, _ in curves(tmp_path)["training/loss"]] == [0, 1, 2, 3, 4]


def test_the_file_is_brought_up_to_date_meanwhile(tmp_path):
    seen = []
    fit([TensorBoard(tmp_path, flush_seconds=0),
         lambda row: seen.append(len(curves(tmp_path)["training/loss"]))], epochs=3)
    assert seen == [1, 2, 3]


def test_what_is_wrong_is_said_before_the_training(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    layers, loss, optimizer = parts()
    before = left(layers, optimizer)
    with pytest.raises(OSError, match="file"):
        fastnn.fit(layers, loss, optimizer, X, y, callback=TensorBoard(tmp_path / "file"))
    assert_equal(before, left(layers, optimizer))
    with pytest.raises(ValueError, match="TensorBoard: log_dir must be the name of a folder"):
        TensorBoard("")
    with pytest.raises(TypeError, match="TensorBoard: histograms must be a whole number"):
        TensorBoard(tmp_path, histograms=1.5)
    with pytest.raises(ValueError, match="TensorBoard: flush_seconds must be at least 0"):
        TensorBoard(tmp_path, flush_seconds=-1)
    with pytest.raises(RuntimeError, match="TensorBoard: fit has not called begin"):
        TensorBoard(tmp_path)(fastnn.History())
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match="^TensorBoard writes with tensorboardX, which is not "
                                          "installed: pip install tensorboardX$"):
        TensorBoard(tmp_path)
