"""What is there before a program begins is left alone by the collector; what the program makes is
not.
"""

import gc

from running_programs import RUN, both, ended

from fastnn.running.session import Session

GARBAGE = '''\
import gc
import weakref


class Held:
    def __init__(self, name):
        self.name, self.itself = name, self

    def __del__(self):
        print("gone", self.name)


class Plain:
    pass


Held("first")
gc.collect()
one = Plain()
one.itself = one
weakref.finalize(one, print, "finalized")
del one
gc.collect()
gc.disable()
Held("last")
print("the end")
'''


def test_garbage_of_the_program_is_collected_as_ever(tmp_path):
    (tmp_path / "program.py").write_text(GARBAGE)
    plain, ran = both(tmp_path, "program.py")
    assert ran == plain
    assert plain[1].splitlines() == ["gone first", "finalized", "the end", "gone last"]


def test_what_adopts_is_imported_before_a_program_that_has_classes(tmp_path):
    """Then nothing of the program's folder can be taken for what it needs."""
    asks = "import gc, sys\nprint('fastnn.adopting' in sys.modules, gc.get_freeze_count() > 1000)\n"
    (tmp_path / "none.py").write_text(asks)
    (tmp_path / "some.py").write_text(f"{asks}class A:\n    def f(self):\n        return 1\n")
    assert ended([*RUN, "none.py"], tmp_path) == (0, "False True\n", "")
    assert ended([*RUN, "some.py"], tmp_path) == (0, "True True\n", "")


def test_in_a_process_of_somebodys_nothing_is_frozen(tmp_path):
    (tmp_path / "program.py").write_text("x = 1\n")
    before = gc.get_freeze_count()
    session = Session(str(tmp_path / "program.py"), False, [])
    with session.opened() as module:
        assert session.run(module) == 0
    assert gc.get_freeze_count() == before
