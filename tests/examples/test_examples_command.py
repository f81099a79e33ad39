"""python -m fastnn examples: lists, prints, copies, and refuses with one sentence."""

import json
import os
import subprocess
import sys

import pytest
from processes import path_to_fastnn

from fastnn.examples import pictures
from fastnn.examples.cells import Cell, cells_of
from fastnn.examples.command import main
from fastnn.examples.shelf import NAMES


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    """Commands write where they are called."""
    monkeypatch.chdir(tmp_path)


def error_of(capsys, *arguments):
    """The one line that a refused command says."""
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert err.startswith("python -m fastnn examples: ") and err.count("\n") == 1
    return out, err


def test_it_lists_all_in_the_books_order(capsys):
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:len(NAMES) + 1]] == list(NAMES)
    assert max(map(len, lines)) < 90


def test_it_prints_python_that_compiles(capsys):
    assert main(["dense", "sweep", "dense"]) == 0
    printed = capsys.readouterr().out
    compile(printed, "printed", "exec")
    assert printed.count("# Neurons, layers and a loss") == 1 and "def builder" in printed


def test_it_copies_all_here(capsys, tmp_path):
    assert main(["--copy"]) == 0
    assert capsys.readouterr().out.split() == [f"{name}.ipynb" for name in NAMES]
    assert sorted(os.listdir()) == sorted(f"{name}.ipynb" for name in NAMES)
    assert json.loads((tmp_path / "dense.ipynb").read_text(encoding="utf-8"))["nbformat"] == 4


def test_it_copies_some_into_a_new_folder(capsys):
    assert main(["--copy", "dense.ipynb", "check", "--to", "a/b"]) == 0
    assert sorted(os.listdir("a/b")) == ["check.ipynb", "dense.ipynb"]


def test_it_writes_over_nothing_unless_forced(capsys, tmp_path):
    (tmp_path / "check.ipynb").write_text("mine")
    out, err = error_of(capsys, "--copy", "dense", "check")
    assert not out and "already 'check.ipynb'; --force" in err
    assert os.listdir() == ["check.ipynb"] and (tmp_path / "check.ipynb").read_text() == "mine"
    assert main(["--copy", "check", "--force"]) == 0
    assert json.loads((tmp_path / "check.ipynb").read_text(encoding="utf-8"))["cells"]
    main(["--copy", "dense"])
    assert ", and 1 more" in error_of(capsys, "--copy", "dense", "check")[1]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_a_link_into_nowhere_is_a_file_that_is_there(capsys, tmp_path):
    os.symlink(tmp_path / "gone", tmp_path / "dense.ipynb")
    assert "already" in error_of(capsys, "--copy", "dense")[1]
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(("name", "hint"), [
    ("optimisers", "did you mean 'optimizers'?"), ("reg", "did you mean 'regularization'?"),
    ("exs", "there are dense, backprop, "), ("Dense", "did you mean 'dense'?"),
    ("mnist-gan", "there are dense, backprop"), ("", "there are dense"),
    ("../shelf", "there are dense")])
def test_a_name_that_is_none_is_refused_with_the_nearest(capsys, name, hint):
    for arguments in ([name], ["--copy", "check", name]):
        out, err = error_of(capsys, *arguments)
        assert f"there is no example {name!r}" in err and hint in err and not out
    assert os.listdir() == []


@pytest.mark.parametrize("arguments", [["--to", "x"], ["dense", "--force"]])
def test_where_to_belongs_to_copy(capsys, arguments):
    assert "belong to --copy" in error_of(capsys, *arguments)[1]


def test_a_folder_that_is_a_file_is_refused(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    for folder in "file", "file/below":
        assert f"cannot write into {folder!r}" in error_of(capsys, "--copy", "--to", folder)[1]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_is_read_only_is_refused(capsys, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    assert "cannot write into 'closed'" in error_of(capsys, "--copy", "--to", "closed")[1]


def test_who_reads_no_further_is_no_error():
    code = "import sys; from fastnn.examples.command import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *NAMES * 40], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path_to_fastnn()})
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait() == 0


# ------------------------------------------------------------------------------ cells, pictures


def test_cells_are_cut_at_their_marks():
    script = '# %% [markdown]\n"""# A\n\nb"""\n\n# %%\nx = 1\n\n\n# %% [markdown]\n# c\n#\n# d\n'
    assert cells_of(script) == [Cell("markdown", "# A\n\nb"), Cell("code", "x = 1"),
                                Cell("markdown", "c\n\nd")]
    with pytest.raises(ValueError, match="before all else, found 'x = 1' in line 2"):
        cells_of("\nx = 1\n# %%\n")


def test_pictures_lie_as_the_book_has_them(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    pictures.write_pictures(tmp_path / "images", train=2, test=1)
    found = sorted(path.relative_to(tmp_path / "images").as_posix()
                   for path in (tmp_path / "images").rglob("*.png"))
    assert len(found) == 30 and found[0] == "test/0/0000.png" and found[-1] == "train/9/0001.png"
    with Image.open(tmp_path / "images" / "train" / "9" / "0001.png") as image:
        assert (image.mode, image.size) == ("L", (28, 28))
    with pytest.raises(FileExistsError):
        pictures.write_pictures(tmp_path / "images")
    for wrong in {"train": 0}, {"test": 1.5}, {"seed": -1}:
        with pytest.raises((TypeError, ValueError), match="write_pictures: "):
            pictures.write_pictures(tmp_path / "other", **wrong)
    assert not (tmp_path / "other").exists()
