"""Other spellings of class names."""

from typing import Any

import pytest

import fastnn
from fastnn.support import spelling

SPELLINGS = {
    "Layer_Dense": "Layer_Dense LayerDense Dense DenseLayer Dense_Layer Dense_layer layer_dense",
    "Layer_Dropout": "Layer_Dropout Dropout DropoutLayer LayerDropOut",
    "Layer_Input": "Layer_Input LayerInput Input",
    "Activation_ReLU": "Activation_ReLU ReLU ActivationReLU Activation_ReLu Activation_Relu "
                       "ActivationRelu Relu ReLU_Activation RELU Act_ReLU ActReLU",
    "Activation_Softmax": "Activation_Softmax Softmax ActivationSoftmax SoftMax "
                          "Activation_SoftMax",
    "Activation_Sigmoid": "Activation_Sigmoid Sigmoid ActivationSigmoid",
    "Activation_Linear": "Activation_Linear Linear",
    "Activation_Tanh": "Activation_Tanh Tanh TanH Activation_TanH",
    "Activation_LeakyReLU": "Activation_LeakyReLU LeakyReLU Leaky_ReLU Activation_Leaky_Relu",
    "Loss_CategoricalCrossentropy":
        "Loss_CategoricalCrossentropy Loss_CategoricalCrossEntropy CategoricalCrossEntropy "
        "LossCategoricalCrossEntropy CrossEntropyLoss CrossEntropy Loss_Categorical_Crossentropy "
        "Loss_CCE LossCCE CCE CCELoss",
    "Activation_Softmax_Loss_CategoricalCrossentropy":
        "Activation_Softmax_Loss_CategoricalCrossentropy "
        "ActivationSoftmaxLossCategoricalCrossentropy "
        "ActivationSoftmaxLossCategoricalCrossEntropy "
        "Activation_Softmax_Loss_CategoricalCrossEntropy SoftmaxCrossEntropy "
        "Loss_CategoricalCrossentropy_Activation_Softmax CategoricalCrossEntropy_Softmax "
        "Activation_Softmax_Loss_CCE Act_Softmax_Loss_CCE Loss_CCE_Act_Softmax SoftmaxCCE "
        "SoftmaxWithCrossEntropy Loss_Softmax_CrossEntropy",
    "Loss_BinaryCrossentropy": "Loss_BinaryCrossentropy Loss_BinaryCrossEntropy "
                               "BinaryCrossEntropy BCE BCELoss",
    "Loss_MeanSquaredError": "Loss_MeanSquaredError MeanSquaredError MSE Loss_MSE MSELoss",
    "Loss_MeanAbsoluteError": "Loss_MeanAbsoluteError LossMeanAbsoluteError MAE",
    "Optimizer_SGD": "Optimizer_SGD SGD OptimizerSGD Optimiser_SGD SGD_Optimizer Opt_SGD Optim_SGD",
    "Optimizer_Adagrad": "Optimizer_Adagrad AdaGrad Adagrad Optimizer_AdaGrad OptimizerAdaGrad",
    "Optimizer_RMSprop": "Optimizer_RMSprop RMSProp RMSprop Optimizer_RMSProp Optimizer_RMS_Prop",
    "Optimizer_Adam": "Optimizer_Adam Adam OptimizerAdam Optimiser_Adam AdamOptimizer",
    "Accuracy_Categorical": "Accuracy_Categorical AccuracyCategorical CategoricalAccuracy "
                            "Acc_Categorical",
    "Accuracy_Regression": "Accuracy_Regression Regression_Accuracy",
    "Model": "Model MODEL",
}


@pytest.mark.parametrize(("name", "written"), [
    (name, written) for name, all_written in SPELLINGS.items() for written in all_written.split()])
def test_spelling_finds_the_class(name: str, written: str) -> None:
    assert spelling.find(written, vars(fastnn)) is getattr(fastnn, name)


@pytest.mark.parametrize(("written", "hint"), [
    ("Layer_Dens", "'Layer_Dense'"),
    ("Layer", "'Layer_Dense'"),  # which of the layers?
    ("Optimizer_Adamax", "'Optimizer_Adam'"),
    ("Categorical", "'Accuracy_Categorical'"),  # an accuracy or a loss?
    ("Loss_Softmax", ""),  # softmax is no loss
    ("Softmax_Softmax_CCE", ""),
    ("Act_CCE", ""),
    ("Layer_ReLU", ""),
    ("warmpu", "'warmup'"),
])
def test_spelling_refuses_other_names_with_a_hint(written: str, hint: str) -> None:
    with pytest.raises(AttributeError) as caught:
        spelling.find(written, vars(fastnn))
    message = str(caught.value)
    assert message.startswith(f"module 'fastnn' has no attribute {written!r}")
    assert hint in message


@pytest.mark.parametrize("written", ["Convolution", "_Layer_Dense", "__wrapped__", "__path__x",
                                     "__Model__"])
def test_spelling_gives_no_hint_where_nothing_is_near(written: str) -> None:
    with pytest.raises(AttributeError) as caught:
        spelling.find(written, vars(fastnn))
    assert str(caught.value) == f"module 'fastnn' has no attribute {written!r}"


@pytest.mark.parametrize("written", ["dense", "softmax", "adam", "loss"])
def test_spelling_takes_a_small_word_for_no_class(written: str) -> None:
    """`from package import loss` must go on to look for a module of that name."""
    with pytest.raises(AttributeError):
        spelling.find(written, vars(fastnn))


def test_spelling_prefers_the_exact_name() -> None:
    namespace = {"__name__": "mine", "Dense": 1, "Layer_Dense": fastnn.Layer_Dense}
    assert spelling.find("Dense", namespace) == 1


def test_spelling_refuses_what_two_classes_share() -> None:
    namespace = {"__name__": "mine", "Layer_Linear": type("A", (), {}),
                 "Activation_Linear": type("B", (), {})}
    assert spelling.find("LayerLinear", namespace) is namespace["Layer_Linear"]
    with pytest.raises(AttributeError, match="module 'mine' has no attribute 'Linear'"):
        spelling.find("Linear", namespace)


def test_spelling_serves_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """As PEP 562 asks for: attribute access, `from ... import` and hasattr."""
    monkeypatch.setattr(fastnn, "__getattr__", lambda name: spelling.find(name, vars(fastnn)),
                        raising=False)
    namespace: dict[str, Any] = {}
    exec("from fastnn import DenseLayer, Optimiser_SGD", namespace)
    assert namespace["DenseLayer"] is fastnn.Layer_Dense
    assert namespace["Optimiser_SGD"] is fastnn.Optimizer_SGD
    assert not hasattr(fastnn, "Convolution")
    with pytest.raises(ImportError):
        exec("from fastnn import Optimizer_Foo", {})
