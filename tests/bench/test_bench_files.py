"""What a run leaves is read again, from JSON and from a page; nothing else is."""

import json
import os
import re
from html.parser import HTMLParser

import made_up_run
import pytest
from made_up_run import found, row

from fastnn.bench import files
from fastnn.bench.files import BenchFileError, as_json, read, write
from fastnn.bench.page import page, together
from fastnn.bench.several import Several


@pytest.mark.parametrize("text_of", [as_json, page], ids=["json", "page"])
def test_what_was_written_is_read(tmp_path, text_of):
    run = found(row("a"), row("b", 0.5, bytes=None, taken=0.3),
                differ=[{"name": "c", "what": "d", "why": "the two differ in\nit"}], partial=True)
    write(tmp_path / "file", text_of(run))
    got = read(tmp_path / "file")
    for made in run["rows"]:
        for name in ("our_minimum", "their_minimum"):
            del made[name]
    assert got == run
    assert read_again(tmp_path, got, text_of) == got


def read_again(tmp_path, run, text_of):
    write(tmp_path / "again", text_of(run))
    return read(tmp_path / "again")


EVIL = '</script><script>alert(1)</script><!-- "\' & \x1b[31m ]]>'


def evil():
    """A run with markup and control characters in every text."""
    run = found(row("fit"), row("tanh", 0.5, flops=None))
    for made in run["rows"]:
        made |= {name: EVIL for name in ("name", "what", "ours", "theirs", "unit")}
    run["machine"] = dict.fromkeys(run["machine"], EVIL) | {EVIL: EVIL}
    run["details"], run["date"] = {EVIL: EVIL}, EVIL
    run["differ"] = [dict.fromkeys(("name", "what", "why"), EVIL)]
    return run


class Page(HTMLParser):
    """Which elements a page has, which are still open, and what they refer to."""

    EMPTY = {"meta", "circle", "line", "polyline", "br"}

    def __init__(self, text):
        super().__init__()
        self.open, self.met, self.addresses = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.met.append(tag)
        self.addresses += [value for name, value in attributes
                           if name in ("src", "href", "data", "action") or name.startswith("on")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.EMPTY:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("make", [
    page, lambda run: together(Several([run, run, found()], [EVIL, "a", "b"]), EVIL),
    lambda run: together(Several([run, found()], [EVIL, EVIL], True), EVIL)],
    ids=["one", "merged", "compared"])
@pytest.mark.parametrize("run", [found(), evil(), found(rows=[]), found(rates={})],
                         ids=["usual", "evil", "empty", "no rates"])
def test_a_page_is_whole_and_refers_to_nothing(run, make):
    text = make(run)
    got = Page(text)
    assert got.addresses == [] and got.met.count("script") <= 1
    assert "alert(1)</script" not in text and "http:" not in text and "https:" not in text
    assert not re.search(r"url\(|@import|<link|<img|<iframe", text)


def test_names_from_a_file_cannot_leave_their_place(tmp_path):
    write(tmp_path / "evil.html", page(evil()))
    got = read(tmp_path / "evil.html")
    assert got["rows"][0]["name"] == EVIL.replace("\x1b", "?")
    assert "\x1b" not in Several([got, got], ["a", "b"]).text()


def spoiled(**more):
    return json.dumps({**found(), **more})


def with_row(**more):
    return json.dumps(found(row("fit", **more)))


@pytest.mark.parametrize(("text", "said"), [
    ("", "got another file"), ("{", "got another file"), ("<html></html>", "got another file"),
    ("[" * 100_000, "got another file"), ("[]", "it says nothing of the kind"),
    ('{"benchmarks": []}', "it says nothing of the kind"),
    (spoiled(format_version=2), "format version 1, got 2"),
    (spoiled(format_version={"a": "b" * 100}), "format version 1, got {'a': 'bbb"),
    (spoiled(rows=None), "its rows are no list"), (spoiled(rows=[1]), "its row is no table"),
    (spoiled(machine=[]), "its machine is no table"),
    (spoiled(machine={"cpu": "x"}), "its machine has no cores"),
    (spoiled(machine={**made_up_run.MACHINE, "cpu": [1]}), "'cpu' must be a text, got [1]"),
    (spoiled(machine={**made_up_run.MACHINE, "cores": True}), "must be a text, got True"),
    (spoiled(date=5), "'date' must be a text, got 5"),
    (spoiled(rates={"copy": 0}), "the rate 'copy' must be above 0, got 0"),
    (spoiled(load=[{}]), "taken must be a number from 0 on, got None"),
    (with_row(median=-1.0), "median of 'fit' must be a number from 0 on, got -1.0"),
    (with_row(median="6"), "median of 'fit' must be a number from 0 on, got '6'"),
    (with_row(our_seconds=0), "our_seconds of 'fit' must be above 0"),
    (with_row(median=True), "median of 'fit' must be a number"),
    (with_row(median=1e400).replace("Infinity", "1e400"), "median of 'fit' must be a number"),
    (with_row(median=float("nan")), "got another file"),
    (with_row(median=10**400), "must be a number from 0 on"),
    (with_row(low=7.0), "the quartiles of 'fit' are in no order"),
    (with_row(pairs=0), "pairs of 'fit' must be a whole number, got 0"),
    (with_row(pairs=1.5), "pairs of 'fit' must be a whole number, got 1.5"),
    (with_row(what="x" * 3000), "'what' must be a text, got 'xxx"),
    (with_row(flops="many"), "flops of 'fit' must be a number"),
    (spoiled(differ=[{"name": 1}]), "'name' must be a text, got 1"),
    (f"{files._OPEN}{{</script>", "got another file")])
def test_another_file_is_one_sentence(tmp_path, text, said):
    path = tmp_path / "file.json"
    path.write_text(text)
    with pytest.raises(BenchFileError) as error:
        read(path)
    assert str(error.value).startswith(f"{path}: expected ") and said in str(error.value)
    assert "\n" not in str(error.value) and len(str(error.value)) < 300 + len(str(path))


def test_no_file_a_folder_bytes_and_too_much(tmp_path, monkeypatch):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for name, said in (("none", "there is none"), (".", "got a directory"),
                       ("bytes", "cannot read"), (os.devnull, "not a regular file")):
        with pytest.raises(BenchFileError, match=said):  # a device may never end
            read(tmp_path / name)
    monkeypatch.setattr(files, "_MOST_BYTES", 10)
    (tmp_path / "large").write_text("x" * 11)
    with pytest.raises(BenchFileError, match="got one of 0 MB"):
        read(tmp_path / "large")
