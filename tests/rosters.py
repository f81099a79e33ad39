"""What is to be tested: every class that is registered, and its plain NumPy twin."""

from fastnn import activations, losses, reference, registry

_PLAIN = {activations.Activation: reference.Activation,
          losses.PointwiseLoss: reference.PointwiseLoss}


def twin(kind):
    """The class in plain NumPy: the reference's, or one that does the formulas of this class."""
    found = getattr(reference, kind.__name__, None)
    if found is not None:
        return found
    base = next(plain for ours, plain in _PLAIN.items() if issubclass(kind, ours))
    names = ("formula", "slope", "__init__")
    return type(kind.__name__, (base,), {
        name: staticmethod(getattr(kind, name)) if name != "__init__" else kind.__init__
        for name in names})


def of_formulas():
    """The entries of all activations and losses that are formulas."""
    return [one for one in registry.entries() if hasattr(one.compiled, "forward")]
