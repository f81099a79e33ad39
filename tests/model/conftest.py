"""The file of a trained model, and models that must be compiled."""

import pytest
from both_models import refuse
from filed import trained

import fastnn
from fastnn import reference, registry
from fastnn.files import storage
from fastnn.model import again
from fastnn.model import runs as model_runs
from fastnn.support import watching


@pytest.fixture
def file(tmp_path):
    """(header, arrays) of a saved model, and a way to write them back."""
    trained().save(tmp_path / "model")
    header, arrays = storage.read(tmp_path / "model")

    def load(header, arrays, **options):
        storage.write(tmp_path / "changed", header, arrays)
        return fastnn.Model.load(tmp_path / "changed", **options)
    return header, arrays, load


@pytest.fixture
def at_once(monkeypatch):
    """The first prediction of few samples is known from then on."""
    monkeypatch.setattr(again, "_PATIENCE", 1)
    monkeypatch.setattr(again, "_SECONDS", -1)


@pytest.fixture
def planned(monkeypatch):
    """However little it is, it is compiled if it can be."""
    monkeypatch.setattr(model_runs, "_FEW", 0)


@pytest.fixture
def compiled(monkeypatch, planned):
    """And it can be: no batch goes through the objects. Lines show all digits, and types."""
    monkeypatch.setattr(watching, "stepwise", refuse)
    for method in ("_by_steps", "_copied"):
        monkeypatch.setattr(fastnn.Model, method, refuse)
    line = reference.Model._line

    def full_line(self, *values):
        return f"{line(self, *values)} {values!r}"
    monkeypatch.setattr(reference.Model, "_line", full_line)
    monkeypatch.setitem(registry._methods[fastnn.Model], "_line", full_line)
