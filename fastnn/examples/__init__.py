"""Notebooks, one for each part of the book: python -m fastnn examples.

    notebooks/   the notebooks as plain Python in the percent format (`# %%` begins a cell)
    shelf.py     which there are, in the book's order, and what each says of itself
    cells.py     percent format -> cells -> a notebook (.ipynb)
    pictures.py  small pictures of clothes, where the book's Fashion images are not at hand
    command.py   python -m fastnn examples

They are kept as Python, and become .ipynb when they are copied: so they are linted, read in a diff
and run by tests like all other code, and hold no stored outputs. Importing one would run it.
"""
