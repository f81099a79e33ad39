"""The same program both ways, each in a fresh process, and whether all is equal.

    child.py       one of the processes: runs the program, keeps what it ends with
    clocks.py      a clock that runs fast, to find what is read from one
    values.py      the arrays and numbers that `__main__` reaches, by path
    comparing.py   lines and values held against each other
    verifying.py   the processes, the sentences, the exit status
"""
