"""How fast fastnn is on a machine: `python -m fastnn bench`, and what the benchmarks share with it.

    workloads.py, nets.py   the networks that are trained, as numbers and as objects
    loops.py                the ways to train them
    sides.py                single methods, ready to be called
    lanes.py                NumPy as nnfs.init() leaves it, for a while
    comparing.py, agreement.py   what must hold before anything is timed
    pairs.py                two sides timed in turn      machine.py where a figure comes from
    noise.py                whether the machine was idle, and which figures to doubt
"""
