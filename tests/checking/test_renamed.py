"""Names are found by what they hold: with all of a program's names replaced, the same is found."""

import pytest
from corpus_files import files
from renamed import renamed

import fastnn

# Where a name is all there is, and what it says is lost:
NEED_NAMES = {
    "dropout_keep": "whether an argument is what is dropped or what is kept",
    "book_model": "which argument of `train` is the number of epochs",
    "model_without_post_update": "the same",
    "rms_and_ada": "'d' + name: the gradients' names are put together from the parameters'",
    "in_unusual_ways": "the same",
    "by_other_conventions": "which of the book's a class that computes otherwise is called like",
    "inputs_not_kept": "which method is backward, when none of its values is there",
    "inputs_left_none": "the same",
    "biases_not_updated": "which of the layer's arrays are the biases that nothing touches"}
FILES = [one for one in files() if one.name not in NEED_NAMES]


@pytest.mark.parametrize("file", FILES, ids=[one.name for one in FILES])
def test_names_say_nothing(file, tmp_path):
    path = tmp_path / "renamed.py"
    code, names = renamed(file.code, seed=len(file.code))
    path.write_text(code)
    report = fastnn.check(path)
    got = {name: report[names[name]] for name in file.roles}
    assert {name: one["role"] or one["verdict"] for name, one in got.items()} == file.roles
    assert {name: {row["mistake"] for row in one["differences"]}
            for name, one in got.items() if one["differences"]} == {
                name: {mistake} for name, mistake in file.mistakes.items()}


def test_most_of_the_corpus_takes_part():
    assert len(FILES) > 100 and len(NEED_NAMES) < 10
