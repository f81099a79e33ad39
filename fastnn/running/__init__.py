"""Somebody's whole program or notebook, its own classes adopted: `python -m fastnn run`.

    programs.py     a program as Python runs it, in this process; notebooks.py a notebook as Jupyter
    ending.py       what it raises, and its exit status
    options.py      ours before the program, its own behind it
    placing.py      where in a program its classes are adopted
    adoptions.py    who adopts them, and what became of each
    modules.py      the same in the modules that a program brings along
    session.py      all of it around one program: what `run` and `profile` share
    command.py      python -m fastnn run
    extension.py    %load_ext fastnn
    verifying/      the same program both ways, compared: run --verify
"""
