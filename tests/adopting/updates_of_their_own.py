"""Optimizers as people write them, none of which is the book's: KEPT and MORE are what is kept,
SLOPE is the gradient, P the parameters, RATE the current rate, STEP its number.
"""

import re

from beside import HEAD

_MEANS = ("KEPT = self.m * KEPT + (1 - self.m) * SLOPE\n"
          "MORE = self.n * MORE + (1 - self.n) * SLOPE ** 2\n")
_DELTA = ("KEPT = self.m * KEPT + (1 - self.m) * SLOPE ** 2\n"
          "step = -np.sqrt(MORE + self.e) / np.sqrt(KEPT + self.e) * SLOPE\n"
          "MORE = self.m * MORE + (1 - self.m) * step ** 2\n")
UPDATES = {
    "momentum that the rate multiplies": "KEPT = self.m * KEPT + SLOPE\nP -= RATE * KEPT",
    "momentum in place": "KEPT *= self.m\nKEPT += SLOPE\nP -= RATE * KEPT",
    "parameters anew": "KEPT = self.m * KEPT + SLOPE\nP = P - RATE * KEPT",
    "weight decay in the gradient":
        "KEPT = self.m * KEPT + (SLOPE + 0.01 * P)\nP -= RATE * KEPT",
    "weight decay without momentum": "P -= RATE * (SLOPE + 0.01 * P)",
    "Nesterov as PyTorch has it":
        "KEPT = self.m * KEPT + SLOPE\nP -= RATE * (SLOPE + self.m * KEPT)",
    "Nesterov looks ahead":
        "KEPT = self.m * KEPT - RATE * SLOPE\nP += self.m * KEPT - RATE * SLOPE",
    "Nesterov by what was before":
        "before = KEPT\nKEPT = self.m * KEPT - RATE * SLOPE\n"
        "P += -self.m * before + (1 + self.m) * KEPT",
    "RMSprop and momentum":
        "KEPT = self.n * KEPT + (1 - self.n) * SLOPE ** 2\n"
        "MORE = self.m * MORE + RATE * SLOPE / (np.sqrt(KEPT) + self.e)\nP -= MORE",
    "Adam in other brackets":
        "KEPT = self.m * KEPT + (1 - self.m) * SLOPE\n"
        "MORE = self.n * MORE + (1 - self.n) * SLOPE * SLOPE\n"
        "mean, squares = KEPT / (1 - self.m ** STEP), MORE / (1 - self.n ** STEP)\n"
        "P -= RATE * (mean / (np.sqrt(squares) + self.e))",
    "Adam of numbers": "KEPT = 0.9 * KEPT + 0.1 * SLOPE\n"
                       "MORE = 0.999 * MORE + 0.001 * SLOPE ** 2\n"
                       "P -= RATE * (KEPT / (1 - 0.9 ** STEP)) / ("
                       "np.sqrt(MORE / (1 - 0.999 ** STEP)) + 1e-8)",
    "Adam and weight decay": _MEANS +
        "P -= RATE * 0.01 * P + RATE * (KEPT / (1 - self.m ** STEP)) / ("
        "np.sqrt(MORE / (1 - self.n ** STEP)) + self.e)",
    "Adam looks ahead": _MEANS +
        "ahead = (self.m * KEPT + (1 - self.m) * SLOPE) / (1 - self.m ** STEP)\n"
        "P -= RATE * ahead / (np.sqrt(MORE / (1 - self.n ** STEP)) + self.e)",
    "AdaMax": "KEPT = self.m * KEPT + (1 - self.m) * SLOPE\n"
              "MORE = np.maximum(self.n * MORE, np.abs(SLOPE))\n"
              "P -= RATE * (KEPT / (1 - self.m ** STEP)) / (MORE + self.e)",
    "AdaBelief": _MEANS.replace("SLOPE **", "(SLOPE - KEPT) **") +
        "P -= RATE * (KEPT / (1 - self.m ** STEP)) / ("
        "np.sqrt(MORE / (1 - self.n ** STEP)) + self.e)",
    "AdaDelta": _DELTA + "P += RATE * step",
    "AMSGrad": "KEPT = self.n * KEPT + (1 - self.n) * SLOPE ** 2\n"
               "MORE = np.maximum(MORE, KEPT)\nP -= RATE * SLOPE / (np.sqrt(MORE) + self.e)",
    "Lion": "P -= RATE * np.sign(self.m * KEPT + (1 - self.m) * SLOPE)\n"
            "KEPT = self.n * KEPT + (1 - self.n) * SLOPE",
    "signs": "P -= RATE * np.sign(SLOPE)",
    "clipped": "P -= RATE * np.clip(SLOPE, -0.5, 0.5)",
}
# What goes downhill, and is one of the book's with a mistake in it: the reason names that.
MISTAKEN = {
    "running mean": "KEPT = self.m * KEPT + (1 - self.m) * SLOPE\nP += -RATE * KEPT",
    "running mean, with": "KEPT = 0.9 * KEPT + 0.1 * SLOPE\nP += -RATE * KEPT",
    "within the root": "KEPT = self.m * KEPT + (1 - self.m) * SLOPE ** 2\n"
                       "P -= RATE * SLOPE / np.sqrt(KEPT + self.e)",
    "and should be outside":
        "KEPT = KEPT + SLOPE ** 2\nP -= RATE * SLOPE / (KEPT + self.e) ** 0.5",
    "without bias correction": _MEANS + "P -= RATE * KEPT / (np.sqrt(MORE) + self.e)",
    "momentum is used without bias": _MEANS +
        "P -= RATE * KEPT / (np.sqrt(MORE / (1 - self.n ** STEP)) + self.e)",
    "cache is used without bias": _MEANS +
        "P -= RATE * KEPT / (1 - self.m ** STEP) / (np.sqrt(MORE) + self.e)",
    "root of the cache is missing": "MORE = self.n * MORE + (1 - self.n) * SLOPE ** 2\n"
                                    "P -= RATE * SLOPE / (MORE + self.e)",
    "multiplied by 1 - rho": "MORE = self.n * MORE + SLOPE ** 2\n"
                             "P -= RATE * SLOPE / (np.sqrt(MORE) + self.e)",
    "are swapped": "MORE = (1 - self.n) * MORE + self.n * SLOPE ** 2\n"
                   "P -= RATE * SLOPE / (np.sqrt(MORE) + self.e)",
    "not squared": "KEPT = KEPT + SLOPE\nP -= RATE * SLOPE / (np.sqrt(KEPT) + self.e)",
    "parentheses are missing": "KEPT = KEPT + SLOPE ** 2\n"
                               "P += -RATE * SLOPE / np.sqrt(KEPT) + self.e",
    "uphill": "KEPT = self.m * KEPT + SLOPE\nP += RATE * KEPT",
    "which is uphill": _DELTA + "P -= RATE * step",
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
    def __init__(self, rate=0.1, decay=0.0{arguments}):
        self.rate = self.now = rate
        self.decay, self.count = decay, 0
        {kept}
'''
_DEFAULTS = {"m": 0.9, "n": 0.99, "e": 1e-7}


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
    used = [name for name in _DEFAULTS if re.search(rf"self\.{name}\b", update)]
    head = _CLASS.format(arguments="".join(f", {name}={_DEFAULTS[name]}" for name in used),
                         kept="; ".join(f"self.{name} = {name}" for name in used) or "pass")
    return (f"{head}    def before(self):\n        {RATES[rate]}\n"
            f"    def update(self, layer):\n{''.join(lines)}"
            "    def after(self):\n        self.count += 1\n")
