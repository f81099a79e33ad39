"""Two runs held against each other: lines, values, and what differs by itself."""

import types

import numpy as np
import pytest

from fastnn.running.verifying.comparing import Result, alike, compare
from fastnn.running.verifying.values import collected


def result(lines=(), ended=(), status=0, **names) -> Result:
    return Result(list(lines), collected(names, "/nowhere"), list(ended), status, 1.0, 1.0)


NAN = np.float64("nan")


def test_equal_is_equal_in_every_bit():
    names = {"a": np.arange(6.0).reshape(2, 3), "b": np.array([np.nan, -0.0], "f4"), "n": 3,
             "f": 0.1, "s": "text", "many": [float(i) for i in range(100)], "g": np.float32(2)}
    found = compare(result(["x", "y 1.5"], **names), result(["x", "y 1.5"], **names))
    assert (found.differences, found.by_itself) == ([], 0)
    assert (found.lines, found.arrays) == (2, 3) and found.numbers >= 4


@pytest.mark.parametrize("one, other, said", [
    (np.array([1.0, 2.0]), np.array([1.0, np.nextafter(2.0, 3.0)]),
     "a: 1 of 2 elements (ndarray of <f8) differ, by at most 4.44e-16"),
    (np.array([0.0]), np.array([-0.0]), "1 of 1 elements (ndarray of <f8) differ, by at most 0"),
    (np.array([1.0]), np.array([np.nan]), "1 of 1 elements"),
    (np.zeros(2), np.zeros(2, "f4"), "kind ndarray of <f8 in plain, ndarray of <f4 in adopted"),
    (np.zeros(2), np.zeros((1, 2)), "shape [2] in plain, [1, 2] in adopted"),
    (np.array([True]), np.array([False]), "ndarray of |b1 [1] differs"),
    (np.zeros(20000), np.ones(20000), "ndarray of <f8 [20000] differs"),
    (0.1, 0.1 + 2**-56, "0.1 in plain, 0.10000000000000002 in adopted"),
    (0.1, np.float64(0.1), "kind float in plain, float64 of <f8 in adopted"),
    (1, True, "kind int in plain, bool in adopted"), ("a", "b", "'a' in plain, 'b' in adopted"),
    ([0.0] * 20, [0.0] * 19 + [-0.0], "list of 20  differs"),
    (3, None, "kind int in plain, NoneType in adopted"),
])
def test_whatever_differs_is_told(one, other, said):
    found = compare(result(a=one), result(a=other))
    assert len(found.differences) == 1 and said in found.differences[0]


def test_a_value_of_one_run_alone():
    assert compare(result(a=1, b=2), result(a=1)).differences == ["b: only in the plain run"]
    assert compare(result(a=1), result(a=1, b=2)).differences == ["b: only in the adopted run"]


def test_nan_is_nan_whatever_its_bits():
    odd = np.array([0x7FF8000000000001, 0xFFF8000000000000], "u8").view("f8")
    assert not compare(result(a=odd), result(a=np.array([np.nan, np.nan]))).differences


def test_lines_and_ends():
    found = compare(result(["a", "b"]), result(["a", "c", "d"]))
    assert found.differences == ["line 2: plain 'b', adopted 'c'",
                                 "line 3 is printed in the adopted run alone: 'd'"]
    found = compare(result(ended=["ValueError: no"], status=1), result())
    assert found.differences == ["plain ends with ValueError: no, adopted with exit status 0"]
    assert not compare(result(["<A object at 0x7f>"]), result(["<A object at 0x8e>"])).differences


def test_what_differs_between_plain_runs_is_not_compared():
    plain = result(["t 1.5 s, loss 0.25", "x"], t=1.5, w=np.ones(2), v=np.ones(2))
    again = result(["t 33.25 s, loss 0.25", "x"], t=33.25, w=np.ones(2), v=np.zeros(2))
    good = result(["t 0.1 s, loss 0.25", "x"], t=0.1, w=np.ones(2), v=np.ones(2) + 3)
    found = compare(plain, good, again)
    assert (found.differences, found.by_itself, found.arrays_by_itself) == ([], 3, 1)
    assert (found.lines, found.arrays) == (1, 1)
    bad = result(["t 0.1 s, loss 0.26", "x"], t=0.1, w=np.zeros(2), v=np.ones(2))
    assert [text.partition(":")[0] for text in compare(plain, bad, again).differences] == [
        "line 1", "w"]
    other = result(["t 33 s"], w=np.ones(2))  # another number of lines: none can be compared
    assert compare(plain, good, other).lines == 0


@pytest.mark.parametrize("one, other, twin, expected", [
    ("t 1.5", "t 1.25", "t 9", True), ("t 1.5", "u 1.25", "t 9", False),
    ("t 1.5 l 2", "t 7 l 3", "t 9 l 2", False), ("t  1.5", "t 11.5", "t111.5", True),
    ("t 1e-5", "t 2", "t 3", True), ("a b", "a c", "x y", True),
    ("t 1", "t 1, 2", "t 2", False)])
def test_lines_but_for_their_own_numbers(one, other, twin, expected):
    assert alike(one, other, twin) is expected


# ----------------------------------------------------------------------------------- what is kept


class Thing:
    kind = 3

    def __init__(self, **names):
        vars(self).update(names)


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 5


Thing.__module__ = Slotted.__module__ = "__main__"


def test_values_are_found_by_their_shortest_path():
    thing = Thing(weights=np.ones(2), _private=1, other=None)
    thing.other = Thing(me=thing)
    objects = np.array([None, Thing(x=1)], object)
    found = collected({"thing": thing, "layers": [thing, Thing(y=2)], "d": {"k": (1, [2.0])},
                       "Thing": Thing, "slotted": Slotted(), "__name__": "__main__", "f": len,
                       "np": np, "o": objects}, "/nowhere")
    paths = [path for path in found if not path.endswith("'s state")]
    assert sorted(paths) == [
        "Thing.kind", "d['k'][0]", "d['k'][1][0]", "layers[1].y", "o.flat[0]", "o.flat[1].x",
        "slotted.a", "thing._private", "thing.weights"]


def test_modules_of_the_programs_folder_are_looked_into(tmp_path, monkeypatch):
    import sys

    made = types.ModuleType("of_the_program")
    made.__file__ = str(tmp_path / "of_the_program.py")
    made.count = 7
    monkeypatch.setitem(sys.modules, "of_the_program", made)
    assert "m.count" in collected({"m": made}, str(tmp_path))
    assert "m.count" not in collected({"m": made}, str(tmp_path / "elsewhere"))


def test_how_many_random_numbers_were_drawn_is_a_value():
    def state():
        return collected({}, "/nowhere")["np.random's state"]["digest"]

    before = state()
    assert state() == before
    np.random.rand()
    assert state() != before
