"""The book's classes under other people's names, one module for each way of writing them.

    from fastnn.dialects.flat_biases import *       instead of that notebook's class definitions

    flat_biases   Loss_CategoricalCrossEntropy, Optimizer_RMSProp, biases' gradients of shape (O,)
    backprop      Dense_layer, backprop, Softmax_loss, update_param
    chapter9      the book's chapter 9, with the attribute `inpus`
    short_names   Dense, ReLU, CrossEntropyLoss, GradientDescent, update_parameters
    drafts        the drafts of 2020: dvalues for dinputs, a compounding decay
    synonyms      all classes, with the common other words: outputs, dinput, weight_L2, finalise
    divided       the same, with a decay that is one division: lr / (1 + decay * iterations)
    chapter17     the book, with first weights 0.1 * randn
    chapter18     the book, with a Model that prints one line an epoch

Where only a class's name differs, it is the same class; all of them run on the same kernels. Each
has a table of its words (`_parts.py`), and code where it computes otherwise.
"""
