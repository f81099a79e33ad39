"""A class that is changed after `adopt`, and has as many names as before."""

import pytest
from beside import ADAGRAD, COMBINED, DENSE, LABELS, SGD, Layer, assert_same_beside, numbers
from programs_of_classes import load

from fastnn.adopting import adopt, versions
from fastnn.adopting.guards import Unchanged, fits

SPARE = DENSE.replace("class Dense:", "class Dense:\n    spare = 1")
IN_BASE = DENSE.replace("class Dense:", "class Base:\n    spare = 1\nclass Dense(Base):")
WITH_ONE = DENSE.replace("class Dense:", "class Dense:\n    output = None")


@pytest.fixture(params=["by version", "by names"], autouse=True)
def both_ways(request, monkeypatch):
    """As here, and in a Python whose classes have no number that is found."""
    if request.param == "by names":
        monkeypatch.setattr(versions, "_place", lambda: None)


def seen(name):
    """A property that tells who sets it."""
    def put(self, value):
        vars(self)[name] = value
        vars(self).setdefault("seen", []).append(name)
    return property(lambda self: vars(self)[name], put)


def counted(self, name, value):
    """A `__setattr__` that counts."""
    vars(self)[name] = value
    vars(self)["count"] = vars(self).get("count", 0) + 1


def exchanged(kind, name, value):
    del kind.spare
    setattr(kind, name, value)


@pytest.mark.parametrize(("name", "value"), [
    *((name, seen(name)) for name in ("output", "inputs", "weights", "dinputs")),
    ("__setattr__", counted), ("__getattr__", lambda self, name: 3.0)])
@pytest.mark.parametrize("code", [SPARE, IN_BASE], ids=["itself", "its base"])
def test_a_name_exchanged_for_another(code, name, value):
    def program(module):
        dense = module.Dense(3, 4)
        dense.forward(numbers(5, 3))
        exchanged(module.Base if code is IN_BASE else module.Dense, name, value)
        for _ in range(2):
            dense.forward(numbers(5, 3))
            dense.backward(numbers(5, 4))
        return dense
    assert_same_beside(code, program, adopted=["Dense"])


def test_a_property_where_the_class_had_a_value(request):
    if "by names" in request.node.name:
        pytest.skip("the names are those that they were")

    def program(module):
        dense = module.Dense(3, 4)
        dense.forward(numbers(5, 3))
        module.Dense.output = seen("output")
        dense.forward(numbers(5, 3))
        return dense
    assert_same_beside(WITH_ONE, program, adopted=["Dense"])


def test_a_property_of_what_the_object_holds():
    def program(module):
        both = module.Both()
        both.forward(numbers(5, 3), LABELS)
        module.Softmax.output = seen("output")
        both.forward(numbers(5, 3), LABELS)
        return both
    assert_same_beside(COMBINED, program, adopted=["Both"])


@pytest.mark.parametrize("code", [SGD, ADAGRAD], ids=["SGD", "Adagrad"])
@pytest.mark.parametrize(("name", "value"), [("weights", seen("weights")), (
    "__setattr__", counted), ("dweights", seen("dweights"))])
def test_a_layer_whose_class_changes(code, name, value):
    def program(module):
        kind = type("Own", (Layer,), {"spare": 1})
        optimizer, layer = next(one for one in vars(module).values() if isinstance(one, type))(), (
            kind())
        optimizer.update_params(layer)
        exchanged(kind, name, value)
        for _ in range(2):
            optimizer.update_params(layer)
        return layer
    assert_same_beside(code, program)


def test_a_number_of_the_class_that_changes_leaves_ours():
    """As where a class counts its objects."""
    module = load(SPARE)
    adopt(module)
    stands = Unchanged(module.Dense, frozenset(("output",)))
    stands.settle()
    module.Dense.spare = 7
    assert stands.again() and stands.version[0] == stands.now[0]
    module.Dense.other = 1
    assert not stands.again()


def test_what_is_adopted_again_is_looked_at_again():
    """Whether a class has properties was kept from before."""
    module = load(DENSE)
    adopt(module).undo()
    module.Dense.output = seen("output")
    report = adopt(module)
    assert "Dense" in report.left


def test_a_layer_s_class_is_asked_again():
    asked = fits(frozenset(("weights",)), frozenset(("momentum",)))
    kind = type("Own", (Layer,), {"spare": 1})
    assert asked(kind) and asked(kind)
    exchanged(kind, "momentum", 1)
    assert not asked(kind) and not asked(kind)
    del kind.momentum
    kind.spare = 1
    assert asked(kind)


def test_classes_are_looked_at_without_a_line_of_theirs():
    """Not one of a descriptor, nor of the class's own class."""
    ran = []

    class Told:
        def __get__(self, thing, kind):
            ran.append(kind)

    class Meta(type):
        def __getattribute__(cls, name):
            ran.append(name)
            return super().__getattribute__(name)

        def __hash__(cls):
            ran.append("hash")
            return 1
    asked = fits(frozenset(("weights",)))
    kind = type("Own", (Layer,), {"__init__": Told(), "__doc__": Told(), "spare": 1})
    stands = Unchanged(kind, frozenset(("weights",)))
    stands.settle()
    assert asked(kind) and stands.holds() and not ran
    odd = Meta("Odd", (Layer,), {})
    ran.clear()
    assert not asked(odd) and not ran


def test_a_version_is_another_after_each_change():
    base = type("Base", (), {})
    kind = type("Derived", (base,), {"value": 0})
    version = versions.version_of(kind)
    found = [versions.version_now(version, kind)]
    assert found[0] == version[0] == versions.version_now(version, kind)
    for owner, name in ((kind, "one"), (base, "two"), (base, "three")):
        setattr(owner, name, 1)
        assert version[0] != found[-1]
        found.append(versions.version_now(version, kind))
    assert len(set(found)) == 4 and -1 not in found
