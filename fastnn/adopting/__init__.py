"""Somebody's own classes, compiled: `fastnn.adopt(globals())`.

    nodes.py        what a method computes, as a tree; numpy_words.py  NumPy's calls as trees
    state.py        names and arrays at a line; reader.py  a method's source -> what it does
                    (statements.py, assigning.py, loops.py, expressions.py, calls.py,
                    python_words.py);
                    given_up.py  whether all that may raise is used; bounds.py  with an attribute as
                    the number or the name that it has to be; rounds.py  what it does for each
                    layer;
                    making.py, local_functions.py  functions that its constructor makes;
                    keyed.py, held.py  what dicts and lists hold under a key; axes.py  what has to
                    have two axes
    forms.py        our classes as they may be written, loss_forms.py, mean_forms.py  the losses
                    among them (form.py: what a form is); patterns.py, loss_patterns.py,
                    target_patterns.py, output_patterns.py, row_patterns.py, penalty_patterns.py
                    other ways to write them, together.py, targets.py  what does those;
                    stepping_patterns.py, stepping_forms.py  dense layers that make their own step;
                    uniform_dropout.py, uniform_forms.py  dropout by uniform numbers
    ours.py         of our forms only what one of theirs may be is read (looked_up.py), once:
                    kept_readings.py has it for the next process
    sources.py      the source of a function; syntax.py  its tree walked, copied, moved
    functions.py    functions that are losses or their slopes, for loops; own_slopes.py  any formula
    slope_patterns.py, slope_forms.py  losses with the slope of the softmax before them, or of a
                    difference that they keep
    within_layers.py  dense layers with their activation inside, by any such formula;
                    held_forms.py, held_patterns.py  with one that they are given, an object whose
                    methods they call (of_another.py)
    own_formulas.py activations by formulas of their own (formula_text.py), kept.py  what they keep;
                    value_and_slope.py  a function and its slope, which keep nothing
    made_text.py    text of ours, of what they compute, as classes and functions
    own_updates.py  optimizers by updates of their own (update_text.py, begun.py), powers.py  what
                    is asked of powers in them; sound_updates.py  whether one is meant
                    (known_updates.py), with its numbers (constructed.py) and what is done around
                    its loop (steps_around.py)
    trees.py        whether two trees are one, up to names.py; unify.py  whether two readings are,
                    by their effects.py; proof.py  which of ours a class is (found.py),
                    amiss.py  why not (swapped.py: whether a slope goes uphill)
    besides.py      what a method does with an argument for which nothing was proved
    slots.py        attributes in `__slots__`
    wrappers.py     our methods under their names: writing.py the text, conditions.py what is asked
                    (guarded.py: whether theirs would raise; narrowing.py: whether types may differ;
                    stepping.py: what a step changes;
                    guards.py, versions.py: whether classes
                    are what they were),
                    taking.py theirs as ours, giving.py ours as theirs, direct.py the short way;
                    merging.py puts it before their own lines, standing.py where those stand
    adoption.py     all of it, and the report
    mirrors.py      adopted objects as ours, for whole runs

A class is proved by reading its source: none of it runs. Nothing here is imported by
`import fastnn`.
"""

from typing import Any

from fastnn.adopting.adoption import Adoption, adopt_things
from fastnn.adopting.mirrors import Meaning, Mirror, meaning, mirror
from fastnn.support import watching

__all__ = ["Adoption", "Meaning", "Mirror", "adopt", "meaning", "mirror"]


def adopt(*things: Any) -> Adoption:
    """Have classes of your own computed by fastnn, under your own names.

        print(fastnn.adopt(globals()))

    A class whose source is proved to compute, bit for bit, what one of fastnn's does (up to the
    names of attributes, methods and arguments) gets compiled methods in place of its own. It stays
    the same class: objects that are there, `isinstance`, pickles and further methods are as they
    were. Other classes are left alone, and the report says why. `undo()` puts all back.

    Parameters
    ----------
    things : classes, modules, or a namespace such as globals()
        Of modules and namespaces the classes that are defined there.

    Returns
    -------
    Adoption
        `adopted` and `left`, by the classes' names; `print` it.
    """
    if not things:
        raise TypeError("adopt: classes, modules or a namespace (globals()) are expected, got "
                        "nothing")
    with watching.aside():  # the methods' own sources are read, not those of who times them
        return adopt_things(things)
