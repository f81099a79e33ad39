"""Words of Keras, PyTorch, scikit-learn and other notebooks that no spelling leads to ours from.

Each name in here is one that there is: `tests/objects/test_words.py` looks.
"""

_L2 = "weight_regularizer_l2"
_VALIDATION = ("validation_data=(X, y)",)

# A word for an argument: what there is for it. Of those the callable is asked which it has; several
# are told with "or" between, "a and b" is one hint of two arguments.
OTHERS: dict[str, tuple[str, ...]] = {
    # layers
    "units": ("n_neurons",), "out_features": ("n_neurons",), "output_size": ("n_neurons",),
    "output_dim": ("n_neurons",), "n_outputs": ("n_neurons",), "n_out": ("n_neurons",),
    "n_nodes": ("n_neurons",), "nodes": ("n_neurons",), "fan_out": ("n_neurons",),
    "outputs": ("n_neurons",),
    "input_dim": ("n_inputs",), "in_features": ("n_inputs",), "input_shape": ("n_inputs",),
    "input_size": ("n_inputs",), "n_features": ("n_inputs",), "fan_in": ("n_inputs",),
    "num_features": ("n_inputs",), "n_in": ("n_inputs",),
    "kernel_regularizer": ("weight_regularizer_l1", _L2),
    "bias_regularizer": ("bias_regularizer_l1", "bias_regularizer_l2"),
    "kernel_initializer": ("weight_scale",), "init": ("weight_scale",), "scale": ("weight_scale",),
    "l1": ("weight_regularizer_l1",), "l2": (_L2,), "reg": (_L2,), "lambd": (_L2,),
    "p": ("rate",), "drop_prob": ("rate",), "probability": ("rate",),
    "keep_prob": ("rate = 1 - keep_prob",), "keep_rate": ("rate = 1 - keep_rate",),
    "negative_slope": ("alpha",), "slope": ("alpha",),
    # optimizers, and what has an option of another library's optimizer
    "lr": ("learning_rate",), "eta": ("learning_rate",), "step_size": ("learning_rate",),
    "alpha": ("learning_rate", "rho"), "betas": ("beta_1 and beta_2",), "b1": ("beta_1",),
    "b2": ("beta_2",), "momentum": ("beta_1",), "momentum_ratio": ("momentum",),
    "lr_decay": ("decay",), "learning_rate_decay": ("decay",), "decay_rate": ("decay", "rho"),
    "weight_decay": (_L2,), "eps": ("epsilon",),
    # losses
    "beta": ("delta",), "threshold": ("delta",), "smoothing": ("label_smoothing",),
    # trainings and models
    "validation_split": _VALIDATION, "test_data": _VALIDATION, "val_data": _VALIDATION,
    "validation": _VALIDATION, "eval_set": _VALIDATION, "x_val": _VALIDATION,
    "y_val": _VALIDATION, "x_test": _VALIDATION, "y_test": _VALIDATION,
    "n_epochs": ("epochs",), "n_iter": ("epochs",), "max_iter": ("epochs",),
    "iterations": ("epochs",), "print_frequency": ("print_every", "log_every"),
    "print_every": ("log_every",), "log_every": ("print_every",),
    "criterion": ("loss",), "loss_function": ("loss",), "optim": ("optimizer",),
    "metrics": ("accuracy",), "metric": ("accuracy",), "callbacks": ("callback",),
    # callbacks and sweeps
    "filepath": ("path",), "filename": ("path",), "file": ("path",), "save_best_only": ("monitor",),
    "save_freq": ("every",), "period": ("every",), "schedule": ("rate",), "scheduler": ("rate",),
    "tol": ("min_delta",), "n_iter_no_change": ("patience",), "histogram_freq": ("histograms",),
    "logdir": ("log_dir",), "fps": ("frames_per_second",), "interval": ("seconds",),
    "param_grid": ("parameters",), "grid": ("parameters",), "model": ("builder",),
    "build_fn": ("builder",), "estimator": ("builder",), "n_jobs": ("threads",),
    "workers": ("threads",), "random_state": ("seed",), "scoring": ("monitor",),
}

_SIZES, _RATE, _EPOCHS = ("hidden_layer_sizes",), ("learning_rate_init",), ("max_iter",)
_ASIDE = ("validation_fraction",)

# The same for scikit-learn's estimators, who say much otherwise.
OF_ESTIMATOR: dict[str, tuple[str, ...]] = {
    "epochs": _EPOCHS, "n_epochs": _EPOCHS, "num_epochs": _EPOCHS, "n_iter": _EPOCHS,
    "iterations": _EPOCHS, "n_iterations": _EPOCHS,
    "lr": _RATE, "learning_rate": _RATE, "eta": _RATE, "eta0": _RATE, "step_size": _RATE,
    "hidden": _SIZES, "hidden_sizes": _SIZES, "hidden_units": _SIZES, "n_hidden": _SIZES,
    "layers": _SIZES, "units": _SIZES, "n_neurons": _SIZES, "neurons": _SIZES, "sizes": _SIZES,
    "batch": ("batch_size",), "activation_function": ("activation",), "act": ("activation",),
    "optim": ("solver", "optimizer"), "criterion": ("loss",), "loss_function": ("loss",),
    "l2": ("alpha",), "weight_decay": ("alpha",), _L2: ("alpha",), "reg": ("alpha",),
    "weight_regularizer_l1": ("l1",), "lr_decay": ("decay",), "learning_rate_decay": ("decay",),
    "seed": ("random_state",), "random_seed": ("random_state",),
    "rate": ("dropout",), "dropout_rate": ("dropout",), "p": ("dropout",),
    "patience": ("n_iter_no_change",), "min_delta": ("tol",), "precision": ("dot_precision",),
    "validation_split": _ASIDE, "validation_size": _ASIDE, "weights": ("class_weight",),
    "class_weights": ("class_weight",), "eps": ("epsilon",), "beta1": ("beta_1",),
}

_SMOOTHED = ("Loss_CategoricalCrossentropy(label_smoothing=) and "
             "Activation_Softmax_Loss_CategoricalCrossentropy(label_smoothing=) have it")
_LOGITS = ("logits go into Activation_Softmax_Loss_CategoricalCrossentropy, the other losses take "
           "what an activation gives")
_MEAN = "Loss.calculate gives the mean over the samples, and forward each sample's loss"
_CLIPPED = ("nothing clips gradients here: in a loop of your own change Layer_Dense.dweights and "
            "Layer_Dense.dbiases before Optimizer.update_params")
_FIT = "Model.fit({}=) has it"
_ALPHA = "Activation_LeakyReLU(alpha=) and Activation_ELU(alpha=) have it"

# A word for what no argument of that callable is: where there is such a thing, or what to do.
ELSEWHERE: dict[str, str] = {
    "activation": "an activation is an object of its own behind the layer, as Activation_ReLU()",
    "use_bias": "Layer_Dense.biases are always there",
    "bias": "Layer_Dense.biases are always there, and start with 0",
    "weights": "Layer_Dense.set_parameters gives a layer its weights and biases",
    "weight_decay": f"Optimizer_AdamW(weight_decay=) has it, and Layer_Dense({_L2}=) is a penalty",
    "nesterov": "Optimizer_Nadam has Nesterov's look ahead",
    "clipnorm": _CLIPPED, "clipvalue": _CLIPPED, "clip_norm": _CLIPPED, "clip_value": _CLIPPED,
    "clip": _CLIPPED, "global_clipnorm": _CLIPPED,
    "params": "Optimizer.update_params is given each layer, the constructor none",
    "parameters": "Optimizer.update_params is given each layer, the constructor none",
    "from_logits": _LOGITS, "logits": _LOGITS, "reduction": _MEAN, "size_average": _MEAN,
    "label_smoothing": _SMOOTHED, "smoothing": _SMOOTHED,
    "alpha": _ALPHA, "negative_slope": _ALPHA,
    "callback": _FIT.format("callback"), "callbacks": _FIT.format("callback"),
    "shuffle": _FIT.format("shuffle"), "resume": _FIT.format("resume"),
    "layers": "Model.add appends a layer", "learning_rate": "an optimizer has it, as "
    "Optimizer_SGD(learning_rate=)", "lr": "an optimizer has it, as Optimizer_SGD(learning_rate=)",
}

_SET = "Model.set chooses loss, optimizer and accuracy, Model.finalize links the layers"
_GET = "Model.get_parameters gives a pair (weights, biases) of each layer"
_LOAD = "Model.set_parameters takes the pairs that Model.get_parameters gives"
_STEP = "Model.train and Model.fit go through all steps of a training"
_MODES = "Model.train trains, Model.predict and Model.evaluate do not: there are no modes to set"
_TYPE = "parameters are NumPy arrays on this machine, of the type that Layer_Dense.weights has"

# What people call on a Model: what there is for it.
OF_MODEL: dict[str, str] = {
    "compile": _SET, "build": _SET, "configure": _SET, "finalise": "there is finalize",
    "add_layer": "there is add", "append": "there is add", "pop": "Model.layers is a list",
    "get_weights": _GET, "parameters": _GET, "named_parameters": _GET, "weights": _GET,
    "trainable_variables": _GET, "trainable_weights": _GET, "set_weights": _LOAD,
    "state_dict": f"{_GET}, and Model.save writes the whole model",
    "load_state_dict": f"{_LOAD}, and Model.load reads a whole model",
    "save_weights": "there is save_parameters", "load_weights": "there is load_parameters",
    "train_step": _STEP, "train_on_batch": _STEP, "fit_generator": _STEP, "zero_grad": _STEP,
    "eval": _MODES, "to": _TYPE, "cuda": _TYPE, "cpu": _TYPE,
    "predict_proba": "Model.predict gives the probabilities of a softmax", "score":
    "Model.evaluate gives loss and accuracy", "test": "there is evaluate", "print_summary":
    "there is summary", "history": "Model.train and Model.fit give back a History",
    "metrics": "Model.accuracy is the one there is", "criterion": "there is loss",
}

# What people ask a History for: what there is for it.
OF_HISTORY: dict[str, str] = {
    "val_loss": "there is validation_loss", "val_accuracy": "there is validation_accuracy",
    "val_acc": "there is validation_accuracy", "acc": "there is accuracy",
    "accuracies": "there is accuracy", "losses": "there is loss", "epochs": "there is epoch",
    "lr": "there is learning_rate",
    "history": "History.loss, History.accuracy and the others are its arrays",
}
