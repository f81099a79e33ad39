"""All of fastnn's classes, which answer to other common names of methods, attributes, arguments.

    from fastnn.dialects.synonyms import *

    dense = Layer_Dense(2, neurons=64, weight_L2=5e-4)
    dense.outputs  dense.input  dense.dinput  dense.d_weights  dense.weight_L2  dense.backprop(...)
    optimizer = Optimizer_Adam(lr=0.02, beta1=0.9)      optimizer.update_param(dense)
    model.finalise()   model.train(X, y, test_data=(X_test, y_test))

Each word means the same on every class; the tables below have them all. Our own names stay, and so
does what is computed: it is the book's. What is stored has our names (`vars(dense)`).

Differs: there are more names. Where a notebook's word means something else, as `update_param` that
counts each call, that notebook's dialect has it.
"""

from __future__ import annotations

from typing import Any

from fastnn import accuracy, activations, layers, losses, optimizers
from fastnn.dialects._parts import spoken, taking, vocabulary
from fastnn.model import model
from fastnn.support import spelling

__all__ = [
    "Accuracy", "Accuracy_Categorical", "Accuracy_Regression",
    "Activation_ELU", "Activation_GELU", "Activation_LeakyReLU", "Activation_Linear",
    "Activation_ReLU", "Activation_Sigmoid", "Activation_Softmax",
    "Activation_Softmax_Loss_CategoricalCrossentropy", "Activation_Swish", "Activation_Tanh",
    "Layer_BatchNorm", "Layer_Dense", "Layer_Dropout", "Layer_Input",
    "Loss", "Loss_BinaryCrossentropy", "Loss_CategoricalCrossentropy", "Loss_Huber",
    "Loss_MeanAbsoluteError", "Loss_MeanSquaredError",
    "Model",
    "Optimizer_Adagrad", "Optimizer_Adam", "Optimizer_AdamW", "Optimizer_Nadam",
    "Optimizer_RMSprop", "Optimizer_SGD",
]

# Our name: the others. Of layers and activations, then of those with parameters alone.
_PASSES = {
    "inputs": "input", "output": "outputs",
    "dinputs": "dinput d_inputs d_input dvalues",
    "forward": "forward_pass feedforward", "backward": "backprop backward_pass backpropagate",
}
_STRENGTHS = {
    f"{side}_regularizer_l{n}": f"{side}_L{n} {side}_l{n} {side}_reg_l{n} {side}_regularizer_L{n} "
                                f"{side}_regulariser_l{n} {side}_lambda_l{n}"
    for side in ("weight", "bias") for n in (1, 2)
}
_PARAMETERS = _STRENGTHS | {
    "weights": "weight w W", "biases": "bias b",
    "dweights": "dweight d_weights d_weight dw dW", "dbiases": "dbias d_biases d_bias db",
    "weight_momentums": "weight_momentum w_momentums", "weight_cache": "w_cache",
    "bias_momentums": "bias_momentum b_momentums", "bias_cache": "b_cache",
}
_RATES = {
    "learning_rate": "lr initial_rate initial_learning_rate init_learning_rate",
    "current_learning_rate": "current_lr current_rate",
    "decay": "lr_decay", "iterations": "iteration",
}
_NUMBERS = {"epsilon": "eps", "beta_1": "beta1", "beta_2": "beta2",
            "momentum": "momentum_ratio momentum_rate"}
_UPDATES = {
    "update_params": "update_param update_parameters update_layer step",
    "pre_update_params": "pre_update_param pre_update_parameters pre_update",
    "post_update_params": "post_update_param post_update_parameters post_update",
}
_SIZES = {
    "n_inputs": "inputs n_input input_size input_dim in_features",
    "n_neurons": "neurons n_nodes n_outputs outputs output_size units out_features",
}
_VALIDATION = {"validation_data": "test_data val_data"}

_layer: Any = vocabulary(**_PASSES)
_dense: Any = vocabulary(**_PASSES, **_PARAMETERS)
_dropout: Any = vocabulary(binary_mask="mask", **_PASSES)
_loss: Any = vocabulary(**_PASSES, calculate="calc compute calculate_loss",
                   regularization_loss="regularisation_loss reg_loss")
_optimizer: Any = vocabulary(**_RATES, **_NUMBERS, **_UPDATES)
_accuracy: Any = vocabulary(calculate="calc compute calculate_accuracy")
_model: Any = vocabulary(finalize="finalise", add="add_layer", evaluate="test validate")


class Layer_Dense(_dense, layers.Layer_Dense):
    """The book's."""

    __init__ = taking(**_SIZES, **_STRENGTHS)(layers.Layer_Dense.__init__)


class Layer_BatchNorm(_dense, layers.Layer_BatchNorm):
    """fastnn's."""

    __init__ = taking(n_inputs=_SIZES["n_inputs"], epsilon=_NUMBERS["epsilon"])(
        layers.Layer_BatchNorm.__init__)


class Layer_Dropout(_dropout, layers.Layer_Dropout):
    """The book's."""

    __init__ = taking(rate="dropout_rate drop_rate p")(layers.Layer_Dropout.__init__)


Layer_Input = spoken(layers.Layer_Input, _layer, __name__)
Activation_ELU = spoken(activations.Activation_ELU, _layer, __name__)
Activation_GELU = spoken(activations.Activation_GELU, _layer, __name__)
Activation_LeakyReLU = spoken(activations.Activation_LeakyReLU, _layer, __name__)
Activation_Linear = spoken(activations.Activation_Linear, _layer, __name__)
Activation_ReLU = spoken(activations.Activation_ReLU, _layer, __name__)
Activation_Sigmoid = spoken(activations.Activation_Sigmoid, _layer, __name__)
Activation_Softmax = spoken(activations.Activation_Softmax, _layer, __name__)
Activation_Swish = spoken(activations.Activation_Swish, _layer, __name__)
Activation_Tanh = spoken(activations.Activation_Tanh, _layer, __name__)

Loss = spoken(losses.Loss, _loss, __name__)
Loss_BinaryCrossentropy = spoken(losses.Loss_BinaryCrossentropy, _loss, __name__)
Loss_CategoricalCrossentropy = spoken(losses.Loss_CategoricalCrossentropy, _loss, __name__)
Loss_Huber = spoken(losses.Loss_Huber, _loss, __name__)
Loss_MeanAbsoluteError = spoken(losses.Loss_MeanAbsoluteError, _loss, __name__)
Loss_MeanSquaredError = spoken(losses.Loss_MeanSquaredError, _loss, __name__)


class Activation_Softmax_Loss_CategoricalCrossentropy(
        _layer, losses.Activation_Softmax_Loss_CategoricalCrossentropy):
    """The book's, with this module's softmax and loss."""

    def __init__(self, *, label_smoothing: float = 0.0) -> None:
        super().__init__(label_smoothing=label_smoothing)
        self.activation = Activation_Softmax()
        self.loss = Loss_CategoricalCrossentropy(label_smoothing=label_smoothing)


Accuracy = spoken(accuracy.Accuracy, _accuracy, __name__)
Accuracy_Categorical = spoken(accuracy.Accuracy_Categorical, _accuracy, __name__)
Accuracy_Regression = spoken(accuracy.Accuracy_Regression, _accuracy, __name__)


def _updating(kind: type) -> Any:
    made, words = spoken(kind, _optimizer, __name__), _RATES | _NUMBERS
    taken = {name: words[name] for name in ("learning_rate", "decay", *_NUMBERS)}
    made.__init__ = taking(**taken)(kind.__init__)  # type: ignore[misc]
    return made


Optimizer_Adagrad = _updating(optimizers.Optimizer_Adagrad)
Optimizer_Adam = _updating(optimizers.Optimizer_Adam)
Optimizer_AdamW = _updating(optimizers.Optimizer_AdamW)
Optimizer_Nadam = _updating(optimizers.Optimizer_Nadam)
Optimizer_RMSprop = _updating(optimizers.Optimizer_RMSprop)
Optimizer_SGD = _updating(optimizers.Optimizer_SGD)


class Model(_model, model.Model):
    """The book's."""

    train = taking(**_VALIDATION)(model.Model.train)
    fit = taking(**_VALIDATION)(model.Model.fit)


def __getattr__(name: str) -> Any:
    """These classes in other spellings, as `fastnn` has them: Act_ReLU, Loss_CCE."""
    return spelling.find(name, globals())
