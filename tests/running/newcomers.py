"""Programs as somebody writes them who has read the book and spells all of it in an own way."""

SPIRAL = '''\
import numpy as np
rng = np.random.RandomState(4)
X, y = rng.randn(60, 2), rng.randint(0, 3, 60)

class Affine:
    def __init__(self, fan_in, fan_out):
        self.w = 0.3 * np.random.randn(fan_in, fan_out)
        self.c = np.zeros((1, fan_out))
    def forward(self, z):
        self.z = z
        self.a = np.dot(z, self.w) + self.c
        return self.a
    def backward(self, g):
        self.gw = np.dot(self.z.T, g)
        self.gc = np.sum(g, axis=0, keepdims=True)
        self.gz = np.dot(g, self.w.T)
        return self.gz

class Ramp:
    def forward(self, z):
        self.z = z
        self.a = np.maximum(0, z)
        return self.a
    def backward(self, g):
        self.gz = g.copy()
        self.gz[self.z <= 0] = 0
        return self.gz

class Head:
    def forward(self, z, t):
        powers = np.exp(z - np.max(z, axis=1, keepdims=True))
        self.shares = powers / np.sum(powers, axis=1, keepdims=True)
        p = np.clip(self.shares, 1e-7, 1 - 1e-7)
        self.t = t
        return np.mean(-np.log(p[range(len(z)), t]))
    def backward(self):
        self.gz = self.shares.copy()
        many = len(self.gz)
        self.gz[range(many), self.t] -= 1
        self.gz = self.gz / many
        return self.gz

class Moments:
    def __init__(self, rate=0.001, decay=0., tiny=1e-7, one=0.9, two=0.999):
        self.rate = rate; self.now = rate; self.decay = decay
        self.n = 0; self.tiny = tiny; self.one = one; self.two = two
    def before(self):
        if self.decay:
            self.now = self.rate * (1. / (1. + self.decay * self.n))
    def change(self, layer):
        if not hasattr(layer, 'mw'):
            layer.mw = np.zeros_like(layer.w); layer.sw = np.zeros_like(layer.w)
            layer.mc = np.zeros_like(layer.c); layer.sc = np.zeros_like(layer.c)
        layer.mw = self.one * layer.mw + (1 - self.one) * layer.gw
        layer.mc = self.one * layer.mc + (1 - self.one) * layer.gc
        mw = layer.mw / (1 - self.one ** (self.n + 1))
        mc = layer.mc / (1 - self.one ** (self.n + 1))
        layer.sw = self.two * layer.sw + (1 - self.two) * layer.gw**2
        layer.sc = self.two * layer.sc + (1 - self.two) * layer.gc**2
        sw = layer.sw / (1 - self.two ** (self.n + 1))
        sc = layer.sc / (1 - self.two ** (self.n + 1))
        layer.w += -self.now * mw / (np.sqrt(sw) + self.tiny)
        layer.c += -self.now * mc / (np.sqrt(sc) + self.tiny)
    def after(self):
        self.n += 1
# ADOPT
one, ramp, two, head = Affine(2, 8), Ramp(), Affine(8, 3), Head()
rule = Moments(rate=0.02, decay=1e-4)
for turn in range(301):
    h = ramp.forward(one.forward(X))
    loss = head.forward(two.forward(h), y)
    if turn % 50 == 0:
        right = np.mean(np.argmax(head.shares, axis=1) == y)
        print(f"{turn}: {loss!r} {right} {h.sum()!r} {head.t.sum()} {rule.now!r}")
    one.backward(ramp.backward(two.backward(head.backward())))
    rule.before(); rule.change(one); rule.change(two); rule.after()
'''

REGRESSION = '''\
import numpy as np
X = np.linspace(-1, 1, 50).reshape(-1, 1)
y = np.cos(3 * X)

class Sheet:
    def __init__(self, n_in, n_out):
        self.weights = 0.5 * np.random.randn(n_in, n_out)
        self.biases = np.zeros((1, n_out))
    def forward(self, inputs):
        self.inputs = inputs
        self.outputs = inputs @ self.weights + self.biases
    def backward(self, dvalues):
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = dvalues.sum(axis=0, keepdims=True)
        self.dinputs = dvalues @ self.weights.T

class Gate:
    def forward(self, inputs):
        self.inputs = inputs
        self.outputs = np.maximum(0, inputs)
    def backward(self, dvalues):
        self.dinputs = dvalues * (self.inputs > 0)

class Squares:
    def forward(self, guess, truth):
        return np.mean((truth - guess) ** 2)
    def backward(self, guess, truth):
        many = guess.shape[0]
        self.dinputs = -2 * (truth - guess) / guess.shape[1] / many

class Descent:
    def __init__(self, rate=0.1, momentum=0.9):
        self.rate = rate
        self.momentum = momentum
    def update(self, layer):
        if not hasattr(layer, 'vw'):
            layer.vw = np.zeros_like(layer.weights)
            layer.vb = np.zeros_like(layer.biases)
        layer.vw = self.momentum * layer.vw - self.rate * layer.dweights
        layer.vb = self.momentum * layer.vb - self.rate * layer.dbiases
        layer.weights += layer.vw
        layer.biases += layer.vb
# ADOPT
d1, r1, d2, r2, d3 = Sheet(1, 8), Gate(), Sheet(8, 8), Gate(), Sheet(8, 1)
cost, rule = Squares(), Descent(0.02, 0.8)
losses = []
for turn in range(301):
    out = X
    for layer in (d1, r1, d2, r2, d3):
        layer.forward(out)
        out = layer.outputs
    loss = cost.forward(out, y)
    losses.append(loss)
    if turn % 50 == 0:
        print(turn, repr(loss), repr(out.sum()))
    cost.backward(out, y)
    grad = cost.dinputs
    for layer in (d3, r2, d2, r1, d1):
        layer.backward(grad)
        grad = layer.dinputs
    for layer in (d1, d2, d3):
        rule.update(layer)
print('final', losses[-1])
'''

BINARY = '''\
import numpy as np
rng = np.random.RandomState(2)
X = rng.randn(70, 2)
Y = (X[:, :1] * X[:, 1:] > 0) * 1.0

class Linear:
    def __init__(self, fan_in, fan_out, l2=0.0):
        self.w = np.random.randn(fan_in, fan_out) * np.sqrt(2 / fan_in)
        self.b = np.zeros((1, fan_out))
        self.l2 = l2
    def forward(self, z):
        self.z = z
        self.a = z.dot(self.w) + self.b
    def backward(self, g):
        self.gw = self.z.T.dot(g)
        self.gb = g.sum(axis=0, keepdims=True)
        if self.l2 > 0:
            self.gw += 2 * self.l2 * self.w
        self.gz = g.dot(self.w.T)

class Hinge:
    def forward(self, z):
        self.z = z
        self.a = np.where(z > 0, z, 0)
    def backward(self, g):
        self.gz = np.where(self.z > 0, g, 0)

class Squash:
    def forward(self, z):
        self.z = z
        self.a = 1 / (1 + np.exp(-z))
    def backward(self, g):
        self.gz = g * (1 - self.a) * self.a

class Logistic:
    def calculate(self, p, y):
        p = np.clip(p, 1e-7, 1 - 1e-7)
        s = -(y * np.log(p) + (1 - y) * np.log(1 - p))
        return np.mean(np.mean(s, axis=-1))
    def backward(self, p, y):
        p = np.clip(p, 1e-7, 1 - 1e-7)
        self.gz = -(y / p - (1 - y) / (1 - p)) / p.shape[1] / len(p)

class Roots:
    def __init__(self, rate=0.001, keep=0.9, tiny=1e-7):
        self.rate, self.keep, self.tiny = rate, keep, tiny
    def step(self, layers):
        for one in layers:
            if not hasattr(one, 'cw'):
                one.cw = np.zeros_like(one.w)
                one.cb = np.zeros_like(one.b)
            one.cw = self.keep * one.cw + (1 - self.keep) * one.gw ** 2
            one.cb = self.keep * one.cb + (1 - self.keep) * one.gb ** 2
            one.w -= self.rate * one.gw / (np.sqrt(one.cw) + self.tiny)
            one.b -= self.rate * one.gb / (np.sqrt(one.cb) + self.tiny)
# ADOPT
def main():
    a, b, c, d = Linear(2, 9, l2=1e-3), Hinge(), Linear(9, 1), Squash()
    cost, rule = Logistic(), Roots(rate=0.004)
    for turn in range(301):
        a.forward(X); b.forward(a.a); c.forward(b.a); d.forward(c.a)
        loss = cost.calculate(d.a, Y)
        right = ((d.a > .5) == Y).mean()
        if turn % 50 == 0:
            print('turn %d %r %r' % (turn, loss, right))
        cost.backward(d.a, Y)
        d.backward(cost.gz); c.backward(d.gz); b.backward(c.gz); a.backward(b.gz)
        rule.step([a, c])
    print('done', right)
    return a, b, c, d, cost, rule
a, b, c, d, cost, rule = main()
'''
