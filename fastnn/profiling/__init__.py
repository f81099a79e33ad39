"""Where a training loop's time goes: `with fastnn.profile() as p: ...; print(p)`.

    recorder.py     events of all open profiles, and the wrappers that write them
    instruments.py  which methods are wrapped; foreign.py  of others' classes
    tally.py        events added up      work.py    names, operations and bytes
    report.py       the result as rows   rates.py   what the machine can do
    table.py, trace.py, plot.py, hints.py, notebook.py   the result for people and programs
    profiles.py     the context manager  script.py  python -m fastnn profile (running/ has what runs
                                     a program)
"""

from typing import TYPE_CHECKING

from fastnn.compile.undivided import undivided

if TYPE_CHECKING:
    from fastnn.profiling.profiles import Profile


def profile() -> "Profile":
    """A context manager that finds out where a program's time goes.

        with fastnn.profile() as p:
            for epoch in range(1000):
                dense1.forward(X)
                ...
        print(p)                        a table, widest share first, with hints
        p.to_dict(); p.to_json(path)    the same for programs
        p.to_chrome_trace(path)         for Perfetto and chrome://tracing
        p.plot()                        one bar a phase (matplotlib)

    For each object and phase (forward, loss, backward, optimizer, metrics, data): calls, own time,
    rate. Inside `fit` and `Model.train` the compiled loop is read phase by phase. Results are the
    same with and without it; it may be nested and used from threads, and nothing is left of it
    after the block. Until then the profile holds on to the objects it has seen.
    """
    with undivided():  # a child forked during an import would wait for it for ever
        from fastnn.profiling.profiles import Profile
    return Profile()
