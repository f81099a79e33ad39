"""Who checks a file only looks: what its classes would do to the machine is refused."""

import os

import pytest

import fastnn
from fastnn.checking import checker

DENSE = '''
import os, pathlib, shutil, socket, subprocess, tempfile
import numpy as np

HERE = {here!r}

class Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs):
        {does}
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)

def softmax(x):
    {does}
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)

def keep(x):
    {does}
'''
TRACES = [
    "open(HERE + '/new', 'w').close()", "open('new', 'a').close()",
    "np.save(HERE + '/new', inputs)", "np.zeros(3).tofile(HERE + '/new')",
    "os.remove(HERE + '/old')", "os.rename(HERE + '/old', 'x')",
    "os.mkdir(HERE + '/new')", "shutil.rmtree(HERE)", "os.system('touch ' + HERE + '/new')",
    "subprocess.run(['touch', HERE + '/new'])", "os.truncate(HERE + '/old', 0)",
    "pathlib.Path(HERE, 'old').write_text('')", "os.kill(os.getppid(), 0)",
    "tempfile.NamedTemporaryFile(delete=False)", "os.symlink(HERE + '/old', HERE + '/new')",
    "np.memmap(HERE + '/old', mode='r+')[:] = 0", "socket.create_connection(('127.0.0.1', 9))"]
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="classes are checked in a thread")


@needs_fork
@pytest.mark.parametrize("does", TRACES)
def test_nothing_is_left(does, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    (here / "old").write_text("as it was")
    monkeypatch.chdir(here)
    file = tmp_path / "classes.py"
    does = does.replace("inputs", "np.zeros(3)")
    file.write_text(DENSE.format(here=str(here), does=does))
    report = fastnn.check(file)
    assert {one.name: one.read_text() for one in here.iterdir()} == {"old": "as it was"}
    (dense,) = [one for one in report.to_dict()["classes"] if one["name"] == "Dense"]
    assert dense["verdict"] == "raises" and "PermissionError" in str(dense)


@needs_fork
@pytest.mark.parametrize("does", [
    "open(os.devnull, 'w').write('x')", "open(HERE + '/old').read()", "os.getcwd(); os.listdir()",
    "print('words')", "os.stat(HERE)"])
def test_what_only_looks_is_let(does, tmp_path, monkeypatch):
    (tmp_path / "old").write_text("as it was")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "classes.py"
    file.write_text(DENSE.format(here=str(tmp_path), does=does))
    found = {one["name"]: one["verdict"] for one in fastnn.check(file).to_dict()["classes"]}
    assert found["Dense"] == "right" and found.get("softmax", "right") == "right"


@needs_fork
def test_the_process_that_asks_is_as_free_as_before(tmp_path):
    checker.check_things((fastnn.reference.Layer_Dense,), 30.0)
    (tmp_path / "new").write_text("free")
    assert (tmp_path / "new").read_text() == "free"
