"""`fastnn.sweep`: what it is asked to train, what is refused, and what fails."""

import threading
import warnings

import numpy as np
import pytest
from swept import GRID, TARGETS, Noisy, X, Y, bits, foreign, model, plain

import fastnn
from fastnn.sweeps import grid, training

# ------------------------------------------------------------------------------- what is trained


def test_parameters_of_all_kinds():
    product = grid.combinations({"a": [1, 2], "b": ["x", "y"]})
    assert product == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"},
                       {"a": 2, "b": "y"}]
    assert grid.combinations(None) == [{}]
    assert grid.combinations({"a": np.arange(2), "b": range(1)}) == [
        {"a": 0, "b": 0}, {"a": 1, "b": 0}]
    assert grid.combinations([{"a": 1}, {"b": 2}]) == [{"a": 1}, {"b": 2}]


def test_scikit_learns_grids_and_samplers():
    selection = pytest.importorskip("sklearn.model_selection")
    assert len(fastnn.sweep(plain, selection.ParameterGrid(GRID), X, Y)) == 4
    sampler = selection.ParameterSampler(GRID, 3, random_state=1)
    assert fastnn.sweep(plain, sampler, X, Y).parameters == list(sampler)


def test_each_training_has_a_seed_of_its_own_that_stays():
    jobs = grid.jobs_of(GRID, 3, 7)
    assert len({job.seed for job in jobs}) == 12
    assert [job.seed for job in grid.jobs_of(None, 3, 7)] == [job.seed for job in jobs[:3]]
    assert grid.seed_of(0, 0) == 3757552657  # in no version another
    assert [(job.parameters["hidden"], job.repeat) for job in jobs[:4]] == [
        (5, 0), (5, 1), (5, 2), (5, 0)]


@pytest.mark.parametrize("parameters, said", [
    (3, "dict of lists or a list of dicts, got 3"),
    ("hidden", "dict of lists"),
    ({"hidden": 5}, r"parameters\['hidden'\] must be a list of values, got 5"),
    ({"hidden": "58"}, "must be a list of values"),
    ({"hidden": np.ones((2, 2))}, "must be a list of values"),
    ({"hidden": []}, "is empty"),
    ([], "are empty"),
    ([5], "got one with 5"),
    ({3: [5]}, "must be text"),
])
def test_parameters_that_are_none(parameters, said):
    with pytest.raises((TypeError, ValueError), match=f"sweep: .*{said}"):
        fastnn.sweep(plain, parameters, X, Y)


@pytest.mark.parametrize("options, said", [
    ({"builder": 5}, "builder must be a function"),
    ({"X": X[:5]}, "one row for each sample"),
    ({"X": []}, "empty"),
    ({"epochs": 0}, "epochs must be at least 1"),
    ({"epochs": 1.5}, "epochs must be a whole number"),
    ({"batch_size": 0}, "batch_size must be at least 1"),
    ({"repeats": 0}, "repeats must be at least 1"),
    ({"seed": -1}, "seed must be at least 0"),
    ({"shuffle": 1}, "shuffle must be True or False"),
    ({"seed": 0.5}, "seed must be a whole number"),
    ({"keep": "worst"}, 'keep must be "best", "all" or None'),
    ({"threads": 0}, "threads must be at least 1"),
    ({"monitor": "size"}, "monitor must be one of"),
    ({"monitor": "validation_loss"}, "validation_data"),
    ({"validation_data": 5}, "must be a pair"),
    ({"verbose": "yes"}, "verbose must be"),
    ({"client": 5}, "client must be a dask.distributed.Client"),
    ({"client": 5, "threads": 2}, "pass one of the two"),
])
def test_arguments_are_refused_before_anything_is_built(options, said, tmp_path):
    def builder():
        raise AssertionError("it was called")
    given = {"builder": builder, "parameters": None, "X": X, "y": Y,
             "folder": tmp_path / "folder"} | options
    with pytest.raises((TypeError, ValueError), match=said):
        fastnn.sweep(**given)
    assert not (tmp_path / "folder").exists()


# ---------------------------------------------------------------------------------- what fails


def refused(made, *, match):
    with pytest.raises(RuntimeError, match=match) as caught:
        fastnn.sweep(lambda: made() if callable(made) else made, None, X, Y, epochs=2, repeats=2)
    assert len(caught.value.sweep.errors) == 2 and caught.value.__cause__ is not None


def test_what_a_builder_must_not_give():
    refused(None, match="TypeError: sweep: the builder must give .*, got None")
    refused((1, 2), match=r"got \(1, 2\)")
    refused({"layers": []}, match="got one without 'loss'")
    refused(lambda: dict(zip(("layers", "loss", "optimizer"), plain())) | {"lr": 1},
            match="got one with 'lr'")
    refused(lambda: (5, *plain()[1:]), match="layers that are 5")
    refused(lambda: (plain()[0][2:], *plain()[1:]), match="run 0, {}: ValueError")
    refused(fastnn.Model, match="RuntimeError: Model.finalize")


@pytest.mark.parametrize("shared", ["optimizer", "layer", "array"])
def test_networks_that_share_what_is_trained_are_refused(shared):
    layers, loss, optimizer = plain()

    def builder():
        made, its_loss, its_optimizer = plain()
        if shared == "layer":
            made[0] = layers[0]
        elif shared == "array":
            made[0].weights = layers[0].weights[:]
        return made, its_loss, optimizer if shared == "optimizer" else its_optimizer
    with pytest.warns(RuntimeWarning, match="gave two networks the same"):
        found = fastnn.sweep(builder, None, X, Y, repeats=3, threads=1)
    assert found.done() == 1 and list(found.errors) == [1, 2]


def test_one_that_fails_leaves_the_others_alone():
    def builder(hidden):
        if hidden == 5:
            raise KeyError("no five")
        return plain(hidden)
    with pytest.warns(RuntimeWarning, match=r"1 of 3 trainings failed, .* run 1, .*no five"
                      ) as told:
        found = fastnn.sweep(builder, {"hidden": [4, 5, 6]}, X, Y, epochs=3)
    assert [one.filename for one in told] == [__file__]  # where it was called, nothing of ours
    assert found.done() == 2 and isinstance(found.errors[1], KeyError)
    assert bits(found)[::2] == bits(fastnn.sweep(plain, {"hidden": [4, 5, 6]}, X, Y,
                                                 epochs=3))[::2]
    table = found.to_dict()
    assert table["error"] == ["", "KeyError: 'no five'", ""] and np.isnan(table["loss"][1])
    with pytest.raises(ValueError, match="run 1 failed or was not done"):
        found[1].last()


def test_a_loss_that_becomes_nan_is_no_best():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "fit: the loss is")
        with np.errstate(all="ignore"):
            found = fastnn.sweep(plain, {"rate": [float("inf"), 0.01]}, X, Y, epochs=5)
    assert np.isnan(found[0].history.loss[-1]) and found.best().number == 1
    assert found.ranked()[-1].number == 0


def test_what_ends_the_program_ends_the_sweep():
    def builder(hidden):
        if hidden == 6:
            raise SystemExit(3)
        return plain(hidden)
    with pytest.raises(SystemExit) as caught:
        fastnn.sweep(builder, {"hidden": [5, 6, 7]}, X, Y, threads=1)
    assert caught.value.sweep[0].history is not None


def test_a_sweep_within_a_sweep_is_refused():
    def builder():
        fastnn.sweep(plain, None, X, Y)
    with pytest.raises(RuntimeError, match="would wait for each other"):
        fastnn.sweep(builder, None, X, Y)


def test_sweeps_in_several_threads():
    found = {}

    def one(seed):
        found[seed] = bits(fastnn.sweep(foreign, GRID, X, Y, epochs=3, seed=seed, threads=2))
    threads = [threading.Thread(target=one, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for seed in (1, 2):
        assert found[seed] == bits(fastnn.sweep(foreign, GRID, X, Y, epochs=3, seed=seed))


def test_a_thread_of_a_sweep_asks_for_no_others():
    seen = []

    class Looking(Noisy):
        def forward(self, inputs):
            seen.append(fastnn.support.threads.count())
            super().forward(inputs)

    def builder():
        layers, *others = plain()
        return [Looking(), *layers], *others
    fastnn.sweep(builder, None, X, Y, threads=2)
    assert set(seen) == {1} and not training.is_within()


def test_a_model_of_somebodys_own_class_is_refused():
    class Own(fastnn.Model):
        def forward(self, X, training=True):
            return super().forward(X, training)
    refused(lambda: model(kind=Own), match="Model.fit: .*forward.*, which fit would not call")


def test_validation_targets_of_another_kind_are_told():
    with pytest.raises(RuntimeError, match="2 of 2 trainings failed"):
        fastnn.sweep(plain, None, X, TARGETS, repeats=2)
