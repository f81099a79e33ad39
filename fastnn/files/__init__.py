"""Files of a network: what stands in them, and how they come and go whole.

    storage       one file of arrays and a header
    replacing     a file put in the place of another in one step
    architecture  objects <-> a description and named arrays; made_of and plain say what is allowed
    names         names for the layers of a network
    pickles       reads the book's parameters, and runs nothing that is in them
"""
