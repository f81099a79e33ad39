"""IPython's own lines in a notebook's cells."""

import json

import pytest

from fastnn.support.notebooks import NotANotebook, code_cells, without_magics


@pytest.mark.parametrize("cell, text, dropped", [
    ("x = 1\n", "x = 1\n", []),
    ("%matplotlib inline\nx = 1", "\nx = 1", ["%matplotlib inline"]),
    ("if x:\n    !pip install nnfs\ny = 2", "if x:\n    pass\ny = 2", ["!pip install nnfs"]),
    ("!pip install \\\n    nnfs \\\n    more\ny", "\n\n\ny", ["!pip install \\"]),
    ("%time x = f()\nx", "x = f()\nx", []),
    ("%time f(1,\n        2)", "f(1,\n        2)", []),
    ("%timeit f()\nx", "\nx", ["%timeit f()"]),
    ("np.dot?\n?np.dot\nnp.dot??", "\n\n", ["np.dot?", "?np.dot", "np.dot??"]),
    ("%%time\nx = 1\n%pylab", "\nx = 1\n", ["%%time", "%pylab"]),
    ("\n%%capture out\nx = 1", "\n\nx = 1", ["%%capture out"]),
    ("%%timeit\nf()", "", ["%%timeit and its cell"]),
    ("%%bash\nls", "", ["%%bash and its cell"]),
    # what is Python stays: a remainder, a format, a text
    ("x = (7\n     % 3)", "x = (7\n     % 3)", []),
    ("x = (7\n  % 3)\n%pylab", "x = (7\n  % 3)\n", ["%pylab"]),
    ("x = '''\n%pylab\n'''\n%pylab", "x = '''\n%pylab\n'''\n", ["%pylab"]),
    ("x = 7 \\\n  % 3\n!ls", "x = 7 \\\n  % 3\n", ["!ls"]),
    ("# really?\n!ls", "# really?\n", ["!ls"]),
    ("", "", []), ("\n\n", "\n\n", []),
    ("this is no Python", "this is no Python", []),
])
def test_they_are_taken_out_and_lines_stay(cell, text, dropped):
    assert without_magics(cell) == (text, dropped)


def test_cells_of_both_formats():
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "x"]},
                                     {"cell_type": "markdown", "source": "text"}]}]}
    new = {"cells": [{"cell_type": "markdown", "source": ["text"]},
                     {"cell_type": "code", "source": "x = 1\nx"}]}
    for book in (old, new):
        assert code_cells(json.dumps(book)) == [(1, "x = 1\nx", [])]
    for text in ("{}", "[1]", "no JSON", '{"cells": [{"cell_type": "code"}]}', '{"cells": 3}'):
        with pytest.raises(NotANotebook):
            code_cells(text)
