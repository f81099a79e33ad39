"""Programs that fork while another thread works, for the tests of forks."""

import textwrap

WORK = """
    import os, random, signal, sys, threading, time
    import numpy as np
    import fastnn

    def network():
        random = np.random.RandomState(1)  # not the global stream: the threads share that
        dense = fastnn.Layer_Dense(2, 5), fastnn.Layer_Dense(5, 3)
        for layer in dense:
            layer.weights = 0.1 * random.randn(*layer.weights.shape)
        X, y = random.randn(60, 2), np.arange(60) % 3
        return dense, X, y

    def fit(dropout=False, epochs=20):
        (first, second), X, y = network()
        layers = [first, fastnn.Activation_ReLU(), second]
        if dropout:
            layers.insert(2, fastnn.Layer_Dropout(0.2))
        fastnn.fit(layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                   fastnn.Optimizer_SGD(0.1), X, y, epochs=epochs)
        return first.weights.tobytes()

    def objects():
        (first, second), X, y = network()
        loss, optimizer = (fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                           fastnn.Optimizer_SGD(0.1))
        for _ in range(5):
            first.forward(X)
            second.forward(first.output)
            loss.forward(second.output, y)
            loss.backward(loss.output, y)
            second.backward(loss.dinputs)
            first.backward(second.dinputs)
            for layer in first, second:
                optimizer.update_params(layer)
        return first.weights.tobytes()

    def large():  # an update that a second thread shares
        layer = fastnn.Layer_Dense(1000, 900)
        layer.weights = np.ones((1000, 900))
        layer.dweights, layer.dbiases = np.ones((1000, 900)), np.ones((1, 900))
        fastnn.Optimizer_Adam(0.1).update_params(layer)
        return layer.weights.tobytes()

    def dropped():
        np.random.seed(1)
        return fit(dropout=True)

    def predicted():
        (first, second), X, y = network()
        model = fastnn.Model()
        for layer in first, fastnn.Activation_ReLU(), second, fastnn.Activation_Softmax():
            model.add(layer)
        model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_SGD(0.1),
                  accuracy=fastnn.Accuracy_Categorical())
        model.finalize()
        model.train(X, y, epochs=3, print_every=10)
        return model.predict(X).tobytes()

    def profiled():
        with fastnn.profile() as p:
            made = fit() + objects()
        assert "fit" in str(p)
        return made

    def answer(work):  # in a child; 0 where it is right
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LIMIT)
        status = 1
        try:
            status = 0 if work() == RIGHT[work.__name__] else 2
        finally:
            os._exit(status)

    def fork(work):
        child = os.fork()
        if not child:
            answer(work)
        return os.waitpid(child, 0)[1]

    def the_compiler_is_kept():
        # By a thread that gives it back at the end; forks have little patience.
        from fastnn.compile import undivided
        undivided._PATIENCE = 0.2

        def keep():
            with undivided._lock:
                taken.set()
                end.wait()
        taken, end = threading.Event(), threading.Event()
        thread = threading.Thread(target=keep)
        thread.start()
        taken.wait()
        return thread, end
"""


def script(body, limit=60):
    return textwrap.dedent(WORK) + f"\nLIMIT = {limit}\n" + textwrap.dedent(body)
