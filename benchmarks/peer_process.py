"""A peer in a process of its own, that trains when it is told to through a pipe.

So no library's threads, settings of the processor or replaced functions get in the way of
another's, and the peer's number of threads can be set before it is loaded. A message takes some
0.1 ms; what is timed takes a hundred milliseconds and more.
"""

import importlib
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from starts import State, Task

# Module and class, and its arguments after the task.
TRAININGS = {"torch eager": ("torch_loops", "EagerTraining", ()),
             "torch compiled": ("torch_loops", "CompiledTraining", ()),
             "jax step": ("jax_loops", "JaxTraining", (False,)),
             "jax scan": ("jax_loops", "JaxTraining", (True,)),
             "sklearn": ("sklearn_loops", "SklearnTraining", ())}
# NPROC is JAX's. Where these are not set, a library takes all cores.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")


class PeerError(Exception):
    """What went wrong in the peer's process; `where` is the module of the error's class."""

    def __init__(self, text: str, where: str = ""):
        super().__init__(text)
        self.where = where


class Peer:
    """One of TRAININGS; a context that ends its process."""

    def __init__(self, name: str, task: Task):
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, __file__, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._errors,
            env=os.environ | dict.fromkeys(THREADS, str(task.threads)))
        try:
            self._call(task)
        except PeerError:
            self.__exit__()
            raise

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def reset(self, state: State) -> None:
        """Go to this state."""
        self._call(("reset", state))

    def train(self, epochs: int) -> None:
        """Go on from where it is."""
        self._call(("train", epochs))

    def loss(self) -> float:
        """Of the first batch, with the parameters as they are."""
        return self._call(("loss",))

    def _call(self, message: Any) -> Any:
        try:
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()
            error, answer = pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError):
            self._process.wait()
            self._errors.seek(0)
            raise PeerError(self._errors.read().decode().strip()) from None
        if error:
            raise PeerError(*error)
        return answer


def serve(name: str) -> None:
    """Answer messages until there are no more: the task, then methods and their arguments."""
    messages, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    module, kind, arguments = TRAININGS[name]

    def make(task):
        nonlocal training
        training = getattr(importlib.import_module(module), kind)(task, *arguments)

    training = None
    while True:
        try:
            message = pickle.load(messages)
        except EOFError:
            return
        try:
            answer = (None, make(message) if training is None
                      else getattr(training, message[0])(*message[1:]))
        except Exception as error:
            answer = ((f"{type(error).__name__}: {error}", type(error).__module__), None)
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    serve(sys.argv[1])
