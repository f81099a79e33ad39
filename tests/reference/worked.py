"""What the tests of the reference share: exact comparison, and cases worked by hand."""

import numpy as np

from fastnn import reference as nn


def equal(got, expected):
    np.testing.assert_array_equal(got, np.array(expected))



def worked_dense(**regularizers):
    layer = nn.Layer_Dense(2, 2, **regularizers)
    layer.weights = np.array([[1, -1], [0.5, 2]])
    layer.biases = np.array([[0.25, -0.5]])
    layer.forward(np.array([[1.0, 2], [3, 4]]))
    return layer


LABELS = [np.array([0, 2]), np.array([[1, 0, 0], [0, 0, 1]])]
PROBABILITIES = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]])



def undecided_model(**options):
    """A classifier with zero weights that learns nothing: class 0 for all, the loss ln 2."""
    model = nn.Model(**options)
    model.add(nn.Layer_Dense(1, 2))
    model.add(nn.Activation_Softmax())
    model.set(loss=nn.Loss_CategoricalCrossentropy(), optimizer=nn.Optimizer_SGD(0.0),
              accuracy=nn.Accuracy_Categorical())
    model.finalize()
    model.set_parameters([(np.zeros((1, 2)), np.zeros((1, 2)))])
    return model
