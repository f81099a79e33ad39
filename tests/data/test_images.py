"""Folders and zips of images: what is read, in which order, and what is refused by name."""

import io
import os
import struct
import sys
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from files_of_data import pixels, write_fashion, write_idx, write_image, zipped

from fastnn import StorageError
from fastnn.data import create_data_mnist, load_image, load_images, load_mnist_dataset

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def fashion(tmp_path):
    root = tmp_path / "fashion_mnist_images"
    return root, write_fashion(root)


def assert_holds(got, expected):
    for one, other in zip(got, expected, strict=True):
        assert one.dtype == np.uint8 and np.array_equal(one, other)


def test_the_book_s_functions(fashion):
    root, held = fashion
    assert_holds(create_data_mnist(str(root)), (*held["train"], *held["test"]))
    assert_holds(load_mnist_dataset("test", root), held["test"])
    X, y = load_mnist_dataset("train", root)
    assert X.shape == (12, 5, 4) and list(y) == [0] * 3 + [1] * 3 + [2] * 3 + [10] * 3


@pytest.mark.parametrize("below", ["", "fashion_mnist_images/"])
def test_a_zip_is_read_as_it_is(fashion, below, tmp_path):
    root, held = fashion
    path = zipped(root, tmp_path / "images.zip", below)
    before = sorted(os.listdir(tmp_path))
    assert_holds(create_data_mnist(path), (*held["train"], *held["test"]))
    assert sorted(os.listdir(tmp_path)) == before
    with pytest.raises(FileNotFoundError, match=r"no such folder.*images.zip.*validation"):
        load_mnist_dataset("validation", path)


def test_a_zip_of_the_folder_train_alone(fashion, tmp_path):
    root, held = fashion
    path = zipped(root / "train", tmp_path / "images.zip", "train/")
    assert_holds(load_mnist_dataset("train", path), held["train"])
    assert_holds(load_images(path)[:1], held["train"][:1])  # its only folder is around them


def test_idx_files_under_their_published_names(tmp_path):
    X, y = pixels(1, (6, 3, 3)), np.arange(6, dtype="u1")
    for start, end in ("train", ""), ("t10k", ".gz"):
        for kind, array in ("images-idx3", X), ("labels-idx1", y):
            write_idx(tmp_path / f"{start}-{kind}-ubyte{end}", array, bool(end))
    assert_holds(create_data_mnist(tmp_path), (X, y, X, y))


def test_folders_of_any_names_are_numbered(tmp_path):
    for name in ("shoe", "bag", "coat"):
        write_image(tmp_path / name / "a.png", pixels(len(name)))
    X, y, names = load_images(tmp_path)
    assert names == ("bag", "coat", "shoe") and list(y) == [0, 1, 2] and X.shape == (3, 5, 4)
    assert np.array_equal(X[2], pixels(4))
    (tmp_path / "train").mkdir()
    os.rename(tmp_path / "shoe", tmp_path / "train" / "shoe")
    with pytest.raises(StorageError, match="a number from 0 to 255 in .*train', found 'shoe'"):
        load_mnist_dataset("train", tmp_path)


def test_hidden_files_are_passed_over(fashion):
    root, held = fashion
    for place in root, root / "train", root / "train" / "0":
        (place / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
        (place / "Thumbs.db").write_bytes(b"x")
        (place / "__MACOSX").mkdir()
    assert_holds(load_mnist_dataset("train", root), held["train"])
    path = zipped(root, root.parent / "images.zip")
    assert_holds(load_mnist_dataset("train", path), held["train"])


def rgb(path):
    write_image(path, pixels(0), "RGB")


def other_size(path):
    write_image(path, pixels(0, (4, 5)))


def bits16(path):
    Image.fromarray(np.arange(20, dtype="u2").reshape(5, 4)).save(path)


def text(path):
    path.write_text("label,pixel1")


def empty(path):
    path.write_bytes(b"")


def truncated(path):
    data = io.BytesIO()
    Image.fromarray(pixels(0)).save(data, "png")
    path.write_bytes(data.getvalue()[:-25])


def flipped(path):
    data = io.BytesIO()
    Image.fromarray(pixels(0)).save(data, "png")
    found = bytearray(data.getvalue())
    found[found.index(b"IDAT") + 8] ^= 0xFF
    path.write_bytes(found)


def huge(path, side=2**15):
    """60 bytes that claim to be a gigabyte of pixels."""
    def chunk(name, data):
        return (struct.pack(">I", len(data)) + name + data
                + struct.pack(">I", zlib.crc32(name + data)))
    head = struct.pack(">2I5B", side, side, 8, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
                     + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b""))


def larger(path):
    """So large that Pillow warns, and reads it."""
    huge(path, 10_000)


def large(path):
    huge(path, 5000)


def folder(path):
    path.mkdir()


WRONG = {rgb: "8-bit gray image, found one of Pillow's mode 'RGB'", bits16: "mode 'I;16'",
         other_size: r"of \(5, 4\) like .*0000.png', found \(4, 5\)", text: "found something else",
         empty: "found something else", truncated: "damaged one", flipped: "damaged one",
         larger: "of at most 16,777,216 pixels", huge: "of at most 16,777,216 pixels",
         large: "pixels, found one of 5,000 x 5,000",
         folder: "expected nothing but images in .*, found the folder"}


@pytest.mark.parametrize("inside", ["folder", "zip"])
@pytest.mark.parametrize("write", WRONG)
def test_what_is_no_such_image_is_named(write, inside, fashion):
    root, _ = fashion
    write(root / "train" / "1" / "a bad one.png")
    path = root if inside == "folder" else zipped(root, root.parent / "images.zip")
    if inside == "zip" and write is folder:
        pytest.skip("the same folder, empty in the zip")
    with pytest.raises(StorageError, match=WRONG[write]) as error:
        load_mnist_dataset("train", path)
    message = str(error.value)
    assert os.path.join(str(path), "train", "1") in message and "a bad one.png" in message
    assert "\n" not in message


def test_a_zip_whose_member_is_damaged_or_claims_too_much(fashion):
    root, _ = fashion
    path = zipped(root, root.parent / "images.zip")
    data = bytearray(path.read_bytes())
    data[data.index(b"IHDR") + 3] ^= 1  # of the first image, in train/0 or test/0
    path.write_bytes(data)
    with pytest.raises(StorageError, match="0000.png.*damaged or foreign"):
        create_data_mnist(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train/0/a.png", bytes(2**26 + 1))
    with pytest.raises(StorageError, match="a.png.*one of 67,108,865 bytes, more than 67,108"):
        load_mnist_dataset("train", path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("train/0/a.png", bytes(100))
    with pytest.raises(StorageError, match="a.png.*found one compressed by method 12"):
        load_mnist_dataset("train", path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_flip_in_a_small_zip_is_told_or_does_nothing(compression, tmp_path):
    path, expected = tmp_path / "f.zip", pixels(0)
    image = write_image(tmp_path / "a.png", expected).read_bytes()
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("train/0/a.png", image)
    whole = path.read_bytes()
    for place in range(len(whole)):
        for flip in 0x01, 0xFF:
            path.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1:])
            try:
                X, y = load_mnist_dataset("train", path)
            except (StorageError, FileNotFoundError) as error:
                assert str(path) in str(error) and "\n" not in str(error)
            else:
                assert np.array_equal(X, expected[None]) and len(y) == 1


def test_names_in_a_zip_lead_nowhere(fashion):
    root, held = fashion
    path = zipped(root, root.parent / "images.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../escaped.png", b"x")
        archive.writestr("/etc/escaped.png", b"x")
        archive.writestr("train/../../escaped.png", b"x")
    assert_holds(load_mnist_dataset("train", path), held["train"])
    assert not list(root.parent.rglob("*escaped*"))


def test_a_name_of_many_folders_in_a_zip_takes_no_room(fashion):
    root, held = fashion
    path = zipped(root, root.parent / "images.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("a/" * 3000 + "deep.png", b"x")  # each noted with all above it: 36 MB
        archive.writestr("b/" * 20, b"")
    tracemalloc.start()
    try:
        assert_holds(load_mnist_dataset("train", path), held["train"])
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    with pytest.raises(StorageError, match="expected nothing but images"):
        load_images(path)  # the folder in a folder


def test_what_is_missing_or_empty(fashion, tmp_path):
    root, _ = fashion
    with pytest.raises(FileNotFoundError, match="no folder and no zip"):
        create_data_mnist(tmp_path / "missing")
    with pytest.raises(FileNotFoundError, match="validation"):
        load_mnist_dataset("validation", root)
    (root / "train" / "3").mkdir()
    with pytest.raises(StorageError, match="expected images in .*train/3', found none"):
        load_mnist_dataset("train", root)
    (tmp_path / "empty" / "train").mkdir(parents=True)
    with pytest.raises(StorageError, match="a folder for each class in .*, found none"):
        load_mnist_dataset("train", tmp_path / "empty")
    (root / "train" / "labels.csv").write_text("0")
    with pytest.raises(StorageError, match="found the file 'labels.csv'"):
        load_mnist_dataset("train", root)
    (tmp_path / "file").write_text("text")
    with pytest.raises(StorageError, match="file': expected a folder or a zip, found a dam"):
        load_images(tmp_path / "file")


@pytest.mark.parametrize("wrong", ["", "..", "a/b", "..\\x", 3, None])
def test_a_part_is_the_name_of_a_folder(wrong, fashion):
    with pytest.raises(ValueError, match="dataset must be the name of a folder"):
        load_mnist_dataset(wrong, fashion[0])


def test_a_forbidden_folder_is_the_disk_s_own_error(fashion):
    root, _ = fashion
    os.chmod(root / "train" / "0", 0)
    try:
        if os.access(root / "train" / "0", os.R_OK):
            pytest.skip("root reads everything")
        with pytest.raises(PermissionError, match="train/0"):
            load_mnist_dataset("train", root)
    finally:
        os.chmod(root / "train" / "0", 0o700)


# -------------------------------------------------------------------------------- one image


def test_one_image_of_any_colours(tmp_path):
    gray = write_image(tmp_path / "gray.png", pixels(0))
    assert np.array_equal(load_image(gray), pixels(0))
    coloured = write_image(tmp_path / "c.png", np.full((40, 40, 3), 200, "u1"))
    got = load_image(coloured, (28, 20))
    assert got.shape == (28, 20) and got.dtype == np.uint8 and (got == 200).all()
    clear = write_image(tmp_path / "clear.png", np.zeros((4, 4, 4), "u1"))
    assert (load_image(clear) == 255).all()
    with pytest.raises(StorageError, match="8 bits a colour"):
        bits16(tmp_path / "deep.png")
        load_image(tmp_path / "deep.png")


@pytest.mark.parametrize("size, error", [(28, TypeError), ((28,), TypeError), ((0, 3), ValueError),
                                         ((2.5, 3), TypeError)])
def test_a_size_is_two_whole_numbers(size, error, tmp_path):
    with pytest.raises(error, match="load_image: size must be"):
        load_image(tmp_path / "none.png", size)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_are_not_waited_for(fashion, tmp_path):
    root, _ = fashion
    os.mkfifo(root / "train" / "1" / "pipe.png")
    with pytest.raises(StorageError, match="pipe.png.*not a regular file"):
        load_mnist_dataset("train", root)
    with pytest.raises(StorageError, match="not a regular file"):
        load_images(root / "train" / "1" / "pipe.png")


def test_one_image_that_is_none(tmp_path):
    for write in text, truncated, huge:
        write(tmp_path / "bad.png")
        with pytest.raises(StorageError, match=r"bad\.png"):
            load_image(tmp_path / "bad.png")
    with pytest.raises(StorageError, match="found a directory"):
        load_image(tmp_path)
    with pytest.raises(FileNotFoundError):
        load_image(tmp_path / "missing.png")


def test_without_pillow_there_is_one_sentence(monkeypatch, fashion):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match="^load_mnist_dataset reads images with Pillow, which is "
                                          "not installed: pip install pillow$"):
        load_mnist_dataset("train", fashion[0])
