"""Optimizers as people write them, none of which is the book's: KEPT and MORE are what is kept,
SLOPE is the gradient, P the parameters, RATE the current rate, STEP its number.
"""

import re

from beside import HEAD

UPDATES = {
    "momentum that the rate multiplies": "KEPT = self.m * KEPT + SLOPE\nP -= RATE * KEPT",
    "momentum in place": "KEPT *= self.m\nKEPT += SLOPE\nP -= RATE * KEPT",
    "parameters anew": "KEPT = self.m * KEPT + SLOPE\nP = P - RATE * KEPT",
    "a mean of gradients": "KEPT = self.m * KEPT + (1 - self.m) * SLOPE\nP += -RATE * KEPT",
    "weight decay in the gradient":
        "KEPT = self.m * KEPT + (SLOPE + 0.01 * P)\nP -= RATE * KEPT",
    "weight decay without momentum": "P -= RATE * (SLOPE + self.m * P)",
    "Nesterov looks ahead":
        "KEPT = self.m * KEPT - RATE * SLOPE\nP += self.m * KEPT - RATE * SLOPE",
    "Nesterov by what was before":
        "before = KEPT\nKEPT = self.m * KEPT - RATE * SLOPE\n"
        "P += -self.m * before + (1 + self.m) * KEPT",
    "the root of all": "KEPT = self.m * KEPT + (1 - self.m) * SLOPE ** 2\n"
                       "P -= RATE * SLOPE / np.sqrt(KEPT + self.e)",
    "a power for the root": "KEPT = KEPT + SLOPE ** 2\nP -= RATE * SLOPE / (KEPT + self.e) ** 0.5",
    "Adam uncorrected": "KEPT = self.m * KEPT + (1 - self.m) * SLOPE\n"
                        "MORE = self.n * MORE + (1 - self.n) * SLOPE ** 2\n"
                        "P -= RATE * KEPT / (np.sqrt(MORE) + self.e)",
    "Adam in other brackets":
        "KEPT = self.m * KEPT + (1 - self.m) * SLOPE\n"
        "MORE = self.n * MORE + (1 - self.n) * SLOPE * SLOPE\n"
        "mean, squares = KEPT / (1 - self.m ** STEP), MORE / (1 - self.n ** STEP)\n"
        "P -= RATE * (mean / (np.sqrt(squares) + self.e))",
    "Adam and weight decay":
        "KEPT = self.m * KEPT + (1 - self.m) * SLOPE\n"
        "MORE = self.n * MORE + (1 - self.n) * np.square(SLOPE)\n"
        "P -= RATE * 0.01 * P\nP -= RATE * (KEPT / (1 - 0.9 ** STEP)) / (np.sqrt(MORE) + self.e)",
    "AdaDelta": "KEPT = self.m * KEPT + (1 - self.m) * SLOPE ** 2\n"
                "step = -np.sqrt(MORE + self.e) / np.sqrt(KEPT + self.e) * SLOPE\n"
                "MORE = self.m * MORE + (1 - self.m) * step ** 2\nP += step",
    "AMSGrad": "KEPT = self.n * KEPT + (1 - self.n) * SLOPE ** 2\n"
               "MORE = np.maximum(MORE, KEPT)\nP -= RATE * SLOPE / (np.sqrt(MORE) + self.e)",
    "signs": "P -= RATE * np.sign(SLOPE)",
    "clipped": "P -= RATE * np.clip(SLOPE, -0.5, 0.5)",
}
RATES = {
    "as in the book": "if self.decay: self.now = self.rate * (1. / (1. + self.decay * self.count))",
    "always": "self.now = self.rate * (1. / (1. + self.decay * self.count))",
    "a quotient": "self.now = self.rate / (1. + self.decay * self.count)",
}
BEGUN = ("if not hasattr(layer, 'kept_weights'):\n"
         "    layer.kept_weights = np.zeros_like(layer.weights)\n"
         "    layer.kept_biases = np.zeros_like(layer.biases)\n"
         "    layer.more_weights = np.zeros_like(layer.weights)\n"
         "    layer.more_biases = np.zeros_like(layer.biases)")
_CLASS = HEAD + '''
class Optimizer:
    def __init__(self, rate=0.1, decay=0.0, m=0.9, n=0.99, e=1e-7):
        self.rate = self.now = rate
        self.decay, self.m, self.n, self.e, self.count = decay, m, n, e, 0
'''


def class_of(update, rate="as in the book", begun=BEGUN, sides=("weights", "biases")):
    """The source of the class with this update, a rate that decays and counted steps."""
    lines = (begun if "MORE" in update else "\n".join(
        line for line in begun.splitlines() if "more" not in line)) if "KEPT" in update else ""
    lines = [f"        {line}\n" for line in lines.splitlines()]
    for side in sides:
        words = {"RATE": "self.now", "STEP": "(self.count + 1)", "KEPT": f"layer.kept_{side}",
                 "MORE": f"layer.more_{side}", "SLOPE": f"layer.d{side}", "P": f"layer.{side}"}
        text = re.sub(r"\b[A-Z]+\b", lambda found, words=words: words[found[0]], update)
        lines += [f"        {line}\n" for line in text.splitlines()]
    return (f"{_CLASS}    def before(self):\n        {RATES[rate]}\n"
            f"    def update(self, layer):\n{''.join(lines)}"
            "    def after(self):\n        self.count += 1\n")
