"""Classes as people write them: all right ones right, every mistake found and named."""

import json
from collections import Counter

import pytest
from corpus_files import files

from fastnn.checking import command
from fastnn.checking.report import lines

FILES = files()
# What a grader finds of each difference, and of one in numbers, as `help(fastnn.check)` says.
WORDS = {"method", "attribute", "case", "formula", "chapter", "mistake", "sentence"}
NUMBERS = {"element", "got", "expected", "by", "at_most", "differing", "of"}
SHAPES = {"got_shape", "expected_shape"}
in_turn = pytest.mark.parametrize("file", FILES, ids=[one.name for one in FILES])


def test_the_corpus_is_what_was_promised():
    assert len(FILES) >= 60
    assert len([one for one in FILES if one.mistakes]) >= 20
    assert max(Counter(one.name for one in FILES).values()) == 1
    assert all(len(one.mistakes) <= 1 and set(one.mistakes) <= set(one.roles) for one in FILES)


@in_turn
def test_every_class_is_judged(file, tmp_path, capsys):
    path = tmp_path / f"{file.name}.py"
    path.write_text(file.code)
    status = command.main([str(path), "--json"])
    report = json.loads(capsys.readouterr().out)
    got = {one["name"]: one for one in report["classes"]}
    assert {name: one["role"] or one["verdict"] for name, one in got.items()
            if name in file.roles} == file.roles
    for name in file.roles:
        verdict = got[name]["verdict"]
        named = {row["mistake"] for row in got[name]["differences"]}
        if name in file.mistakes:
            assert verdict == "differs"
            assert named == {file.mistakes[name]}
            first = got[name]["differences"][0]
            assert first["method"] and first["attribute"] and first["formula"]
            assert first["sentence"]
            for row in got[name]["differences"]:
                assert row.keys() - WORDS in (NUMBERS, {"raised", "at"}, SHAPES, {"missing"}, set())
            assert all("  is " not in line for line in lines(got[name]))
        else:
            assert verdict in ("right", "base class", "not recognised"), got[name]["differences"]
    assert status == (0 if report["right"] else 1)
    assert report["right"] == (not file.mistakes and "right" in {
        one["verdict"] for one in report["classes"]})
