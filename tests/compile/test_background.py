"""NumPy until the kernels are there: every bit as the reference, whenever they come.

Here the helper process is played: each kernel's file "appears" at a moment that is drawn. What the
real one does is in `test_helper.py`.
"""

import os
from types import SimpleNamespace

import pytest
from processes import run_in_fresh_process

from fastnn.compile import background, policy

# A kernel is there once it was looked for so many times; what was found stays.
PLAYED = """
    import random
    from fastnn.compile import background, policy
    draw, wanted = random.Random(SEED), {}

    def is_there(request):
        left = wanted.setdefault(request, draw.randrange(MOST))
        wanted[request] = max(0, left - 1)
        return not left

    background._LOOK = 0
    background.Request.is_there = is_there
    background._send = lambda requests: True
    background._is_helped = lambda: True
    policy.compile_policy("background")
    assert background.moment_is_free()
"""

PROGRAM = """
    import sys
    import numpy as np, nnfs
    nnfs.init()
    import fastnn
    from fastnn import reference
    from networks import Case, Net, build, fit, state, train_by_hand
    from programs import assert_same
    PLAYED
    case = Case(loss=LOSS, optimizer=OPTIMIZER, dropout=DROPOUT, regularized=True, batch=16)
    for way in (train_by_hand, fit):
        for log_every in (1, 3):
            nets = [build(nn, case) for nn in (fastnn, reference)]
            np.random.seed(5)
            rows = way(nets[0], epochs=12, batch_size=16, log_every=log_every)
            np.random.seed(5)
            expected = train_by_hand(nets[1], epochs=12, batch_size=16, log_every=log_every)
            assert np.array_equal([*map(tuple, rows)], [*map(tuple, expected)], equal_nan=True)
            assert_same(*map(state, nets))
    print(sum(not left for left in wanted.values()), len(wanted))
"""

MODEL = """
    import contextlib, io
    import numpy as np, nnfs
    nnfs.init()
    import fastnn
    from fastnn import reference
    from programs import arrays_of, assert_same
    PLAYED

    def trained(nn):
        np.random.seed(3)
        model = nn.Model(lines=LINES)
        model.add(nn.Layer_Dense(4, 9, weight_regularizer_l2=5e-4))
        model.add(nn.Activation_ReLU())
        model.add(nn.Layer_Dropout(0.1))
        model.add(nn.Layer_Dense(9, 3))
        model.add(nn.Activation_Softmax())
        model.set(loss=nn.Loss_CategoricalCrossentropy(), optimizer=nn.Optimizer_Adam(decay=1e-3),
                  accuracy=nn.Accuracy_Categorical())
        model.finalize()
        X, y = np.random.randn(40, 4), np.random.randint(0, 3, 40)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            model.train(X, y, epochs=25, batch_size=16, print_every=2, validation_data=(X, y))
        return printed.getvalue(), {name: value for name, value in arrays_of({"m": model}).items()}

    ours, theirs = trained(fastnn), trained(reference)
    assert ours[0] == theirs[0], (ours[0], theirs[0])
    assert_same(ours[1], theirs[1])
    print(sum(not left for left in wanted.values()), len(wanted))
"""


def played(code: str, seed: int, most: int, **words: object) -> tuple[int, int]:
    """(kernels that came, kernels that were asked for) of a program that was right."""
    code = code.replace("PLAYED", PLAYED.strip())
    for name, value in {"SEED": seed, "MOST": most, **words}.items():
        code = code.replace(name, repr(value))
    came, asked = map(int, run_in_fresh_process(code, timeout=300).split())
    return came, asked


OPTIMIZERS = ["SGD", "momentum", "Adagrad", "RMSprop", "Adam", "AdamW", "Nadam"]
LOSSES = ["combined", "softmax", "binary 3", "squared 3"]


@pytest.mark.parametrize("most", [2, 12, 40])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_programs_are_the_references_whenever_kernels_come(optimizer, most):
    n = OPTIMIZERS.index(optimizer)
    came, asked = played(PROGRAM, 10 * most + n, most, LOSS=LOSSES[n % 4], OPTIMIZER=optimizer,
                         DROPOUT=n % 2 == 1)
    assert asked > 10 and came > 0


@pytest.mark.parametrize("most", [3, 9, 25])
@pytest.mark.parametrize("lines", ["steps", "epochs"])
def test_a_models_training_goes_on_compiled_from_any_epoch(lines, most):
    assert played(MODEL, most, most, LINES=lines)[1] > 10


def test_never_means_never():
    came, asked = played(PROGRAM.replace("PLAYED", PLAYED.strip() + """
    policy.compile_policy("never")
    from fastnn.compile import dispatcher
    dispatcher.Kernel._compile_anew = None
    """), 1, 10**9, LOSS="combined", OPTIMIZER="Adam", DROPOUT=True)
    assert came == 0


@pytest.mark.parametrize("word", ["", "always", None, 1])
def test_another_word_is_refused(word):
    before = policy.policy()
    with pytest.raises(ValueError, match='expected "background", "wait" or "never", got'):
        policy.compile_policy(word)
    assert policy.policy() == before


def test_the_environments_word_is_refused(fresh_process):
    said = fresh_process("""
        import numpy as np, fastnn, nnfs
        nnfs.init()
        try:
            fastnn.Activation_ReLU().forward(np.zeros((5, 2)))
        except ValueError as error:
            print(error)
    """, {"FASTNN_COMPILE": "Never"})
    assert said == "FASTNN_COMPILE: expected one of background, wait, never, got 'Never'\n"


def test_a_policy_holds_for_its_block_each_time():
    before = policy.policy()
    never = policy.compile_policy("never")
    with policy.compile_policy("wait"):
        assert policy.policy() == "wait"
        with never:
            assert policy.policy() == "never"
    policy.compile_policy(before)
    assert policy.policy() == before


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_where_digits_depend_on_the_moment_it_waits(precision):
    init = "nnfs.init(dot_precision_workaround=False)" if precision == "float32" else "pass"
    said = run_in_fresh_process(f"""
        import numpy as np, nnfs
        {init}
        import fastnn
        from fastnn.compile import background, policy
        background._send = None  # nobody is asked
        policy.compile_policy("background")
        fastnn.set_dot_precision("fast")
        assert not background.moment_is_free()
        layer = fastnn.Layer_Dense(2, 3)
        layer.forward(np.zeros((5, 2)))
        print(len(fastnn.kernels.layers.dense_forward.overloads))
    """)
    assert said == "1\n"


@pytest.mark.parametrize("init", ["nnfs.init(dot_precision_workaround=False)", "pass"])
def test_without_nnfs_nobody_waits(init, tmp_path):
    said = run_in_fresh_process(f"""
        import numpy as np, nnfs
        {init}
        import fastnn
        from fastnn.compile import background, policy
        asked = []
        background._send = lambda requests: [asked.append(one.name) for one in requests] or True
        policy.compile_policy("background")
        assert background.moment_is_free()
        layer, relu = fastnn.Layer_Dense(2, 3), fastnn.Activation_ReLU()
        for _ in range(30):
            layer.forward(np.ones((5, 2), layer.weights.dtype))
            relu.forward(layer.output)
            layer.backward(np.ones((5, 3), layer.weights.dtype))
        assert not fastnn.kernels.layers.dense_forward.overloads
        print(*sorted(set(asked)))
    """, env={"NUMBA_CACHE_DIR": str(tmp_path)})
    assert "dense_forward" in said.split() and "dense_backward" in said.split()


def test_a_profile_times_kernels(fresh_process):
    said = fresh_process("""
        import numpy as np, nnfs
        nnfs.init()
        import fastnn
        from fastnn.compile import background, policy
        background._send = None
        policy.compile_policy("background")
        with fastnn.profile():
            print(policy.policy())
        print(policy.policy())
    """)
    assert said == "wait\nbackground\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_has_no_helper(fresh_process):
    said = fresh_process("""
        import os
        from fastnn.compile import background, policy
        assert background._can_help()
        child = os.fork()
        if not child:
            os._exit(background._can_help())
        print(os.waitpid(child, 0)[1])
    """)
    assert said == "0\n"


def test_what_is_asked_again_and_again_is_told_once(monkeypatch, tmp_path):
    """At each call it was told anew, until the pipe was full: then the helper counted as failed."""
    pipes = []

    def begun(*asked):
        reader, writer = os.pipe()
        pipes.append(reader)
        return SimpleNamespace(stdin=os.fdopen(writer, "wb"), poll=lambda: None, returncode=None,
                               kill=lambda: None, wait=lambda seconds: None)

    def told():
        return [len(os.read(pipe, 1 << 20).splitlines()) for pipe in pipes]
    requests = [background.Request(tmp_path / name, "module", name, "f4:2", True)
                for name in ("one", "other")]
    monkeypatch.setattr(policy._chosen, "word", "background")
    monkeypatch.setattr(background, "_state", background._State())
    monkeypatch.setattr(background, "_begun", begun)
    monkeypatch.setattr(background, "_cores", lambda: 2)
    for _ in range(3000):
        assert all(map(background.wished, requests))
    assert background._state.failures == 0
    assert told() == [2]
    background._state.process.poll = lambda: 1  # it has ended: another is told of all
    background._state.process.returncode = 0
    background._state.began = -100.0
    assert background.wished(requests[0])
    background._state.process.stdin.flush()
    assert len(pipes) == 2
    assert len(os.read(pipes[1], 1 << 20).splitlines()) == 2
    for pipe in pipes:
        os.close(pipe)
    background._end_helper()
