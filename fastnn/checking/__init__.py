"""Is my class right? `fastnn.check(cls)`, and `python -m fastnn check FILE.py`.

    checker.py      classes, modules and files; command.py  the command line
    source.py       a file's definitions, without what it runs
    isolation.py    a child process for each class; watching.py  an end for each call,
                    traces.py  no changed file
    examine.py      which role a class has: layers.py, activations.py, dropout.py, losses.py,
                    combined.py, accuracies.py, optimizers.py try theirs; functions.py; models.py,
                    model_loops.py, model_steps.py
    layer_slopes.py, loss_methods.py   which method computes what
    layer_writing.py, loss_writing.py  what is written of that
    roles.py        what each role computes: the reference's values, formulas, chapters
    mistakes.py, mistaken_losses.py    typical mistakes, as formulas beside the right ones
    penalties.py, penalty_loss.py      regularizers, in gradients and in losses
    steps.py        the optimizers' formulas and mistakes; running.py  all ways to call one,
                    naming.py  which argument is which, stubs.py  layers for it to change
    known_optimizers.py, scheduled.py  optimizers that the book has not, and any rates;
                    called.py  such as are called otherwise than they are
    each_sample.py  losses that leave the mean to who uses them; dropout_later.py  dropout that
                    scales without training
    columns.py      samples in columns; frame.py  how such classes are used as if they had rows
    pairs.py        what is right beside each other alone; through.py  what layers are made with
    accumulating.py gradients added up until zero_grad(); within.py  activations within layers
    cases.py        the inputs;  probing.py, using.py  objects made, called and looked at
    matching.py     which value seen is which; values.py  how far two are from each other
    raising.py      what is said of a class that raises; raised.py  what was raised, and where,
                    written.py  which names its file sets; order.py  predictions before targets?
    central.py      backward against central differences of forward; own_slopes.py,
                    own_activations.py, own_losses.py  of what the book does not have
    findings.py, report.py    what is answered

Names are found by what they hold. Nothing here is imported by `import fastnn`.
"""

from typing import Any

from fastnn.checking.checker import SECONDS, check_things
from fastnn.checking.report import Report

__all__ = ["Report", "check"]


def check(*things: Any, seconds: float = SECONDS) -> Report:
    """Hold classes that follow the book against the book's own.

        print(fastnn.check(Layer_Dense, MyAdam))

    Each is used in fresh objects, in a child process: its role and its names are found by what it
    computes, then compared with `fastnn.reference` over shapes, types, both kinds of targets and
    several steps, and with central differences. Two values agree when they differ by no more than
    1e-9 of the largest element (float32: 5e-6); whether all bits are equal is said.

    Parameters
    ----------
    things : classes, functions, modules, or paths of .py and .ipynb files
        Of a module, what it defines.
    seconds : float
        What each class may take. A module, a file, and a class with those beside it, may take
        400 s in all, or `seconds` where that is more; what is not looked at until then "did not
        end", and the report says so.

    Returns
    -------
    Report
        One finding for each class; `print` it, or see `to_dict`, which is what `--json` prints:

        {"format": 1, "file": ..., "right": false, "remarks": [...],
         "error": "",       of a file that cannot be read, or has none: why; `classes` is [] then
         "classes": [{
           "name": "Dense", "line": 3,             of a notebook: of its code cells, joined
           "verdict": "right", "differs", "raises", "base class", "not recognised" or
                      "did not end",
           "role": "dense layer", "book": "Layer_Dense", "why": "",     where it is not recognised
           "same_bits": false, "score": 1.0,       how well the role fits, 0 to 1
           "gradients": "agree", "differ" or "",   backward against central differences
           "vocabulary": {"weights": "W", ...}, "defaults": {"learning_rate": 0.001},
           "remarks": [...], "differences": [{
              "method": "backprop", "attribute": "dW", "case": "5 samples, 3 inputs, 4 outputs",
              "element": [0, 0], "got": 0.695, "expected": 1.39, "by": 0.695,
              "at_most": 0.9, "differing": 12, "of": 12,    of a number "element" is []
                  these seven, or "raised" and "at" ("line 7: x = 1"), or "got_shape" and
                  "expected_shape", or "missing": true, or none of them, where the sentence says
                  what is amiss
              "formula": ..., "chapter": ..., "mistake": "L2 without the 2", "sentence": ...}]}]}

        A mistake without a name is "". NaN and infinities are "nan", "inf" and "-inf". `check` of
        such a file raises `fastnn.checking.source.CannotRead`, a ValueError; the command writes
        the error, and its exit status is 2.
    """
    if not things:
        raise TypeError("check: a class, a function, a module or a file is expected, got nothing")
    return check_things(things, seconds)
