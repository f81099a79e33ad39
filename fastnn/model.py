"""Model: layers in a chain, trained, evaluated, saved and loaded."""

import numpy as np

from fastnn import checks, pickles, reference, storage, watching
from fastnn.architecture import describe, rebuild
from fastnn.engine.interrupts import Interrupts
from fastnn.engine.parts import kind_of
from fastnn.engine.program import Unfit
from fastnn.losses import Activation_Softmax_Loss_CategoricalCrossentropy
from fastnn.model_runs import Evaluation, Prediction, Training, worth_planning
from fastnn.storage import StorageError

LINES = ("steps", "epochs")
# Who overrides one of these wants it to be called: then nothing is compiled.
_FORWARD = ("forward",)
_OWN = (*_FORWARD, "backward", "evaluate", "_step", "_line", "_train_full_batch")


class Model(reference.Model):
    """A network of layers, a loss, an optimizer and an accuracy.

        model = Model()
        model.add(Layer_Dense(2, 64)); model.add(Activation_ReLU()); ...
        model.set(loss=..., optimizer=..., accuracy=...)
        model.finalize()
        model.train(X, y, epochs=10, batch_size=128, validation_data=(X_val, y_val))

    Parameters
    ----------
    lines : "steps" or "epochs", keyword only
        What `train` prints: "steps" is chapter 19's form (each epoch's steps and its sum),
        "epochs" chapter 18's (full batches, one line every `print_every` epochs).

    Attributes: layers, loss, optimizer, accuracy; after finalize also input_layer,
    trainable_layers, output_layer_activation, softmax_classifier_output.

    Any object with `forward` and `backward` can be a layer. Where all parts are fastnn's own,
    `train`, `evaluate` and `predict` go through many batches in one compiled call.
    Source: book ch. 18 to 22.
    Differs: `lines`; files are `.npz`, not pickles (see `save`), and the book's pickles of
    parameters can be loaded; what lines="epochs" leaves in the sums of loss and accuracy.
    """

    combined = Activation_Softmax_Loss_CategoricalCrossentropy

    def __init__(self, *, lines="steps"):
        if lines not in LINES:
            raise ValueError(f'Model: lines must be "steps" or "epochs", got {lines!r}')
        super().__init__(lines=lines)

    def add(self, layer):
        """Append a layer or an activation."""
        if not callable(getattr(layer, "forward", None)) or not callable(
                getattr(layer, "backward", None)):
            raise TypeError(f"Model.add: a layer must have forward and backward, got {layer!r}")
        super().add(layer)

    def finalize(self):
        """Link the layers to a chain. To be called once they and the loss are known."""
        if not self.layers:
            raise RuntimeError("Model.finalize: there are no layers, call add first")
        self._need("finalize", "loss")
        super().finalize()

    def _need(self, method, *names):
        for name in names:
            if getattr(self, name, None) is None:
                raise RuntimeError(f"Model.{method}: there is no {name}, "
                                   f"call set({name}=...) first")

    def _ready(self, method, *names):
        self._need(method, "loss", *names)
        if not hasattr(self, "input_layer"):
            raise RuntimeError(f"Model.{method}: the layers are not linked, call finalize first")

    def train(self, X, y, *, epochs=1, batch_size=None, print_every=1, validation_data=None):
        """Train on samples X (N, I) and targets y, and print the book's lines.

        Each epoch goes through the samples in order, `batch_size` at a time (None: all at once),
        and then through `validation_data` (X_val, y_val). `print_every` counts steps, or with
        lines="epochs" epochs. Ctrl-C stops after the running step; the objects are whole then.

        Differs: with lines="epochs" and no validation_data a compiled training leaves the sums of
        the last epoch in loss and accuracy; the book adds up all epochs since `new_pass`.
        """
        self._ready("train", "optimizer", "accuracy")
        X, y = checks.samples(X, y, "Model.train")
        checks.whole(epochs, "Model.train", "epochs")
        checks.whole(print_every, "Model.train", "print_every")
        _check_batch_size(batch_size, "Model.train")
        if validation_data is not None:
            try:
                X_val, y_val = validation_data
            except (TypeError, ValueError):
                raise ValueError("Model.train: validation_data must be a pair (X, y)") from None
            validation_data = checks.samples(X_val, y_val, "Model.train, validation_data")
        options = {"epochs": epochs, "batch_size": batch_size, "print_every": print_every,
                   "validation_data": validation_data}
        training = None
        if worth_planning(self, X, batch_size, epochs):
            training = self._compiled(Training, _OWN, X, y, **options)
        if training is None:
            super().train(X, y, **options)
            return
        with Interrupts() as interrupted:
            for line in training.lines(interrupted):
                print(line)

    def _compiled(self, make, methods, *arguments, **options):
        """A run of `model_runs`, or None where the objects have to do it themselves."""
        try:
            kind_of(self, (Model,), methods)
            return make(self, *arguments, **options)
        except Unfit as reason:
            parts = (getattr(self, name, None) for name in ("loss", "optimizer", "accuracy"))
            watching.stepwise(str(reason), [*self.layers, *filter(None, parts)])
            return None

    def evaluate(self, X_val, y_val, *, batch_size=None):
        """Print accuracy and loss on these samples (or one, (I,) with y (1,)), without training."""
        self._ready("evaluate", "accuracy")
        _check_batch_size(batch_size, "Model.evaluate")
        X_val, y_val = checks.samples(X_val, y_val, "Model.evaluate", self._n_inputs())
        evaluation = None
        if worth_planning(self, X_val, batch_size):
            evaluation = self._compiled(Evaluation, _FORWARD, X_val, y_val, batch_size)
        if evaluation is None:
            super().evaluate(X_val, y_val, batch_size=batch_size)
        else:
            print(evaluation.line())

    def predict(self, X, *, batch_size=None):
        """The network's outputs (N, O) for samples X (N, I), or (1, O) for one, (I,)."""
        self._ready("predict")
        _check_batch_size(batch_size, "Model.predict")
        X = checks.any_batch(X, "Model.predict", "X")
        if X.ndim == 0:
            raise ValueError(f"Model.predict: X must be a batch, got the number {X}")
        X = checks.one_as_batch(X, self._n_inputs())
        prediction = None
        if worth_planning(self, X, batch_size):
            prediction = self._compiled(Prediction, _FORWARD, X, batch_size)
        if prediction is None:
            return super().predict(X, batch_size=batch_size)
        return prediction.outputs()

    def _n_inputs(self):
        """I, where the first layer has weights; else None: then (I,) is no sample."""
        weights = getattr(self.layers[0], "weights", ()) if self.layers else ()
        return np.shape(weights)[0] if np.ndim(weights) == 2 else None

    # ------------------------------------------------------------------------- parameters

    def set_parameters(self, parameters):
        """Give each trainable layer its pair (weights, biases), as `get_parameters` lists them."""
        self._ready("set_parameters")
        pairs = [_pair(pair, n, "Model.set_parameters") for n, pair in enumerate(parameters)]
        layers = self.trainable_layers
        if len(pairs) != len(layers):
            raise ValueError(f"Model.set_parameters: expected {len(layers)} pairs of weights and "
                             f"biases, one for each trainable layer, got {len(pairs)}")
        for n, (pair, layer) in enumerate(zip(pairs, layers)):
            for name, new in zip(("weights", "biases"), pair):
                wanted = np.shape(getattr(layer, name))
                if np.shape(new) != wanted:
                    raise ValueError(f"Model.set_parameters: {name} of trainable layer {n} must "
                                     f"be {wanted}, got {np.shape(new)}")
        super().set_parameters(pairs)

    def save_parameters(self, path):
        """Write weights and biases of the trainable layers to one `.npz` file.

        The file appears whole or not at all: a save that is killed leaves the old one.
        """
        self._ready("save_parameters")
        pairs = self.get_parameters()
        arrays = {f"{n}.{name}": np.asarray(value) for n, pair in enumerate(pairs)
                  for name, value in zip(("weights", "biases"), pair)}
        storage.write(path, {"content": "parameters", "layers": len(pairs)}, arrays)

    def load_parameters(self, path):
        """Read what `save_parameters` wrote, or the book's pickle of it.

        Raises StorageError for a damaged or foreign file, ValueError for parameters of another
        network; nothing is changed then.
        """
        self._ready("load_parameters")
        if storage.kind(path) == "pickle":
            parameters = pickles.read(path)
            if not isinstance(parameters, list | tuple):
                raise StorageError(f"{path}: expected a list of (weights, biases) pairs, got a "
                                   f"{type(parameters).__name__}")
        else:
            header, arrays = storage.read(path)
            _expect(header, "parameters", path)
            try:
                parameters = [(arrays[f"{n}.weights"], arrays[f"{n}.biases"])
                              for n in range(header["layers"])]
            except (KeyError, TypeError):
                raise StorageError(f"{path}: the file does not hold the layers that its header "
                                   "names") from None
        self.set_parameters(parameters)

    # ------------------------------------------------------------------------- whole model

    def save(self, path):
        """Write layers, loss, optimizer and accuracy with all their state to one `.npz` file.

        What a step leaves behind (inputs, outputs, gradients) is left out. The file appears whole
        or not at all. Raises TypeError for a layer whose class is not this library's.
        """
        arrays = {}
        header = {"content": "model", "lines": self.lines,
                  "finalized": hasattr(self, "input_layer"),
                  "layers": [describe(layer, f"layers.{n}", arrays)
                             for n, layer in enumerate(self.layers)]}
        for name in ("loss", "optimizer", "accuracy"):
            thing = getattr(self, name, None)
            header[name] = None if thing is None else describe(thing, name, arrays)
        storage.write(path, header, arrays)

    @staticmethod
    def load(path):
        """The model that `save` wrote. Raises StorageError for a damaged or foreign file."""
        if storage.kind(path) == "pickle":
            raise StorageError(f"{path}: a pickled model would run its own code when loaded; save "
                               "it with fastnn's Model.save, or its parameters with "
                               "save_parameters")
        header, arrays = storage.read(path)
        _expect(header, "model", path)
        try:
            model = Model(lines=header["lines"])
            for n, description in enumerate(header["layers"]):
                model.add(rebuild(description, f"layers.{n}", arrays))
            parts = {name: rebuild(header[name], name, arrays)
                     for name in ("loss", "optimizer", "accuracy") if header[name] is not None}
            model.set(**parts)
            if header["finalized"]:
                model.finalize()
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            if isinstance(error, StorageError):
                raise StorageError(f"{path}: {error}") from None
            raise StorageError(f"{path}: the header does not describe a model ({error})") from None
        return model


def _check_batch_size(batch_size, who):
    if batch_size is not None:
        checks.whole(batch_size, who, "batch_size")


def _pair(pair, n, who):
    try:
        weights, biases = pair
    except (TypeError, ValueError):
        raise ValueError(f"{who}: parameters of trainable layer {n} must be a pair "
                         "(weights, biases)") from None
    return (checks.array(weights, who, f"weights of trainable layer {n}"),
            checks.array(biases, who, f"biases of trainable layer {n}"))


def _expect(header, content, path):
    found = header.get("content")
    if found != content:
        raise StorageError(f"{path}: expected a file of a fastnn {content}, found one of "
                           f"{found or 'something else'}")
