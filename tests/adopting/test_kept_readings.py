"""The readings of our own forms that are kept on disk are those that would be read."""

import dataclasses
import os
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from processes import path_to_fastnn

from fastnn.adopting import kept_readings
from fastnn.adopting.forms import forms
from fastnn.adopting.reader import in_all_ways
from fastnn.adopting.state import Cell, Items
from fastnn.compile import cache

BOOK = """
    import sys, time
    from pathlib import Path
    import numpy as np, nnfs
    from fastnn import reference
    import fastnn.adopting
    from fastnn.adopting import ours
    read = []
    plain = ours._read
    ours._read = lambda function, form: (read.append(function), plain(function, form))[1]
    source = Path(reference.__file__).read_text()
    Path("book.py").write_text(source)
    sys.path.insert(0, ".")
    import book
    said = fastnn.adopting.adopt(vars(book))
    print(len(read), sorted(said.adopted.items()))
"""


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """A function that begins anew as a process does; the file of its own is not there yet."""
    monkeypatch.setattr(kept_readings, "_path", lambda: tmp_path / "readings-0.pickle")

    def begin_anew():
        monkeypatch.setattr(kept_readings, "_kept", kept_readings._Kept())

    begin_anew()
    return begin_anew


def shape(reading):
    """All that counts of a reading: cells by the place where each was met first."""
    seen = {}

    def plain(value):
        if isinstance(value, Cell):
            where = seen.setdefault(value.number, len(seen))
            return ("cell", where, sorted(seen.setdefault(one, len(seen)) for one in value.parts),
                    *(getattr(value, one.name) for one in dataclasses.fields(value)
                      if one.name not in ("number", "parts")))
        if isinstance(value, Items):
            return ("items", value.kind, [plain(one) for one in value.values])
        if isinstance(value, dict):
            return [(key, plain(one)) for key, one in value.items()]
        return value
    return {one.name: plain(getattr(reading, one.name)) for one in dataclasses.fields(reading)
            if one.name not in ("premises", "followed", "made_of")}


def methods():
    return [(number, form, name) for number, form in enumerate(forms()) for name in form.methods]


def test_all_are_given_back_as_they_were_read(begin):
    read = {}
    for number, form, name in methods():
        read[number, name] = in_all_ways(getattr(form.pattern, name), form.pattern, form.inner)[0]
        kept_readings.keep(number, name, read[number, name])
    kept_readings.write()
    begin()
    again = {key: kept_readings.kept(*key) for key in read}
    assert sum(map(bool, again.values())) > 100
    for key, found in again.items():
        if read[key]:
            assert [shape(one) for one in found] == [shape(one) for one in read[key]], key
        else:
            assert found is None  # what failed is not kept: it may be what was changed meanwhile


def some_kept():
    number, form, name = methods()[0]
    found = in_all_ways(getattr(form.pattern, name), form.pattern, form.inner)[0]
    kept_readings.keep(number, name, found)
    kept_readings.write()
    return number, name


@pytest.mark.parametrize("harm", ["cut", "a bit", "another name", "another version", "empty"])
def test_what_is_damaged_or_old_is_read_anew(begin, tmp_path, monkeypatch, harm):
    key = some_kept()
    file = tmp_path / "readings-0.pickle"
    content = file.read_bytes()
    if harm == "another version":
        monkeypatch.setattr(kept_readings, "_IMPORTED", b"other")
    elif harm == "another name":
        file.rename(tmp_path / "readings-1.pickle")
        monkeypatch.setattr(kept_readings, "_path", lambda: tmp_path / "readings-1.pickle")
    else:
        file.write_bytes({"cut": content[:-9], "empty": b"",
                          "a bit": content[:-5] + bytes([content[-5] ^ 4]) + content[-4:]}[harm])
    begin()
    assert kept_readings.kept(*key) is None


def test_nothing_but_readings_is_ever_made(begin, tmp_path):
    """A file with the right checksum, of somebody who could write there."""
    key = some_kept()
    file = tmp_path / "readings-0.pickle"

    class Harmful:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "made"),)

    for value in ((kept_readings._IMPORTED, Harmful()), (kept_readings._IMPORTED, {
            key: pickle.dumps([Harmful()])})):
        file.write_bytes(cache.sealed(file, pickle.dumps(value)))
        begin()
        with pytest.raises(pickle.UnpicklingError, match="is no part of a reading"):
            kept_readings.kept(*key)
    assert not (tmp_path / "made").exists()


def test_a_function_of_numpy_that_was_replaced_is_asked_for_at_each_use(begin, monkeypatch):
    number, name = next((number, name) for number, form, name in methods() if any(
        "exp" in one.of_numpy for one in in_all_ways(
            getattr(form.pattern, name), form.pattern, form.inner)[0]))
    form = forms()[number]
    kept_readings.keep(number, name, in_all_ways(
        getattr(form.pattern, name), form.pattern, form.inner)[0])
    kept_readings.write()
    begin()
    assert kept_readings.kept(number, name)
    monkeypatch.setattr(np, "exp", lambda x: x)
    assert not kept_readings.kept(number, name)


def test_what_a_program_has_put_into_our_classes_is_not_kept(begin, monkeypatch, tmp_path):
    def forward(self, inputs):
        self.output = inputs

    form = forms()[0]
    monkeypatch.setattr(form.pattern, "forward", forward)
    kept_readings.keep(0, "forward", in_all_ways(forward, form.pattern, form.inner)[0])
    kept_readings.write()
    assert not list(tmp_path.iterdir())


def test_the_next_process_reads_none_and_adopts_the_same(tmp_path):
    (tmp_path / "cache").mkdir(mode=0o700)
    said = [subprocess.run(
        [sys.executable, "-c", textwrap.dedent(BOOK)], cwd=tmp_path, text=True, timeout=120,
        capture_output=True, check=True, env={
            **os.environ, "PYTHONPATH": path_to_fastnn(), "FASTNN_COMPILE": "wait",
            "NUMBA_CACHE_DIR": str(tmp_path / "cache")}).stdout.split(" ", 1) for _ in range(2)]
    assert said[0][1] == said[1][1] and said[0][1].count("Layer_Dense") > 1
    first, second = int(said[0][0]), int(said[1][0])
    assert first > 50 and second < 0.3 * first  # what cannot be read is tried each time
