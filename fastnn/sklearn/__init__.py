"""Networks as estimators of scikit-learn: for pipelines, searches, calibration, ensembles.

    from fastnn.sklearn import FastnnClassifier, FastnnRegressor
    GridSearchCV(FastnnClassifier(max_iter=100), {"alpha": [1e-4, 1e-2]}).fit(X, y)

    classifier.py, regressor.py     the two
    estimator.py    what both are
    settings.py     their parameters, looked at before anything is done
    network.py      layers, losses and optimizers by their names
    samples.py      samples as they are trained with: weights, and equal ones put together
    training.py     epochs, shuffled, until nothing gets better
    outputs.py      what a trained network says

Nothing here is imported by `import fastnn`, and scikit-learn only here.
"""

try:
    import sklearn as _sklearn  # noqa: F401
except ImportError:
    raise ImportError("fastnn.sklearn needs scikit-learn, which is not installed: "
                      'pip install "fastnn[sklearn]"') from None

from fastnn.sklearn.classifier import FastnnClassifier
from fastnn.sklearn.regressor import FastnnRegressor

__all__ = ["FastnnClassifier", "FastnnRegressor"]
