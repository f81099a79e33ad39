"""No kernel runs that somebody else may have written: owners and modes of folders and files.

The attacker is the user NOBODY, who plants files with right checksums that run his code.
These tests need to be root, to become another user.
"""

import os
import stat
from pathlib import Path

import pytest
from processes import run_in_fresh_process
from test_cache import SOURCE, only_own_place

NOBODY = 12_345
pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0,
                                reason="only root can act as two users")

# A process of this user: relu's kernel; how many were compiled, where it is kept, what is warned.
RELU = """
    import os, warnings
    import numba
    import numpy as np
    from fastnn.compile import cache
    from fastnn import Activation_ReLU
    relu_forward = Activation_ReLU._compiled.forward.kernel
    from fastnn.compile.waiting import COMPILING
    os.umask({umask})
    if {user}:  # (who really is another user may not be able to read these modules)
        os.geteuid = lambda: {user}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        x, output = np.array([[-1.0, 2.0]]), np.empty((1, 2))
        assert relu_forward(x, output) == 0
    print(COMPILING.kernels, cache.folder(), len(caught), *[one.message for one in caught], sep="|")
"""

# Put a file in the place of the kernel's: right checksum, and who calls it leaves a mark.
PLANT = """
    import hashlib, os, sys
    from pathlib import Path
    import llvmlite.binding as llvm
    from fastnn import Activation_ReLU
    from fastnn.compile import cache

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    relu = Activation_ReLU._compiled.forward.kernel
    symbol = cache.symbol(relu, relu.parsed("f8:2 f8:2"))
    size = len("{mark}") + 1
    code = '''
        @mark = private constant [SIZE x i8] c"{mark}\\\\00"
        declare i32 @creat(i8*, i32)
        declare i8* @PyLong_FromLong(i64)
        define i8* @SYMBOL(i8* %self, i8** %arguments, i64 %n) {{
            %at = getelementptr [SIZE x i8], [SIZE x i8]* @mark, i64 0, i64 0
            %file = call i32 @creat(i8* %at, i32 384)
            %status = call i8* @PyLong_FromLong(i64 0)
            ret i8* %status
        }}'''.replace("SIZE", str(size)).replace("SYMBOL", symbol)
    machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(jit=True)
    payload = machine.emit_object(llvm.parse_assembly(code))
    for path in Path("{folder}").rglob("*.nbc"):
        path.unlink()
        name = path.name.encode() + b"\\0"
        path.write_bytes(hashlib.sha256(name + payload).digest() + payload)
        path.chmod({mode})
        os.chown(path, {owner}, {owner})
"""


def relu(cache_dir: Path | str = "", user: int = 0, umask: int = 0o022, **env: str):
    said = run_in_fresh_process(RELU.format(user=user, umask=umask), env=only_own_place(
        SOURCE.parent) | {"NUMBA_CACHE_DIR": str(cache_dir)} | env)
    compiled, folder, count, *messages = said.strip().split("|")
    assert len(messages) == int(count)
    return int(compiled), Path(folder), messages


@pytest.fixture
def shared_folder(tmp_path):
    """A folder of root's that all may go into."""
    for one in (tmp_path, *tmp_path.parents):
        if one != Path("/tmp") and one.owner() == "root" and len(one.parts) > 2:
            one.chmod(0o755)
    return tmp_path


@pytest.fixture
def home(shared_folder):
    """A place to go on to."""
    (shared_folder / "home").mkdir(mode=0o700)
    return {"HOME": str(shared_folder / "home"), "XDG_CACHE_HOME": ""}


def test_what_is_made_is_for_its_user_alone_whatever_the_umask(shared_folder):
    for umask in (0o000, 0o022, 0o077):
        kept = shared_folder / f"a{umask}" / "b"
        compiled, folder, warned = relu(kept, umask=umask)
        assert (compiled, warned) == (1, []) and folder.is_relative_to(kept)
        for one in (kept.parent, kept, *kept.rglob("*")):
            assert stat.S_IMODE(one.stat().st_mode) & 0o077 == 0, one
        assert relu(kept, umask=umask)[0] == 0


@pytest.mark.parametrize("owner, mode", [(NOBODY, 0o644), (NOBODY, 0o666), (0, 0o666),
                                         (0, 0o660), (0, 0o622)])
def test_planted_file_does_not_run(shared_folder, owner, mode):
    kept, mark = shared_folder / "kept", shared_folder / "mark"
    assert relu(kept)[0] == 1
    run_in_fresh_process(PLANT.format(folder=kept, mark=mark, owner=owner, mode=mode))
    compiled, _, warned = relu(kept)
    assert compiled == 1 and not mark.exists()
    assert relu(kept)[0] == 0  # a good one stands in its place


def test_the_planted_file_would_run_its_code(shared_folder):
    """Where root himself has put it: so the others do prove something."""
    kept, mark = shared_folder / "kept", shared_folder / "mark"
    relu(kept)
    run_in_fresh_process(PLANT.format(folder=kept, mark=mark, owner=0, mode=0o600))
    relu(kept)
    assert mark.exists()


def unsafe(folder: Path, kind: str) -> Path:
    """A folder that others can get at, to be named by NUMBA_CACHE_DIR."""
    kept = folder / "chosen"
    above = kept if kind.startswith("above") else None
    if above:
        above.mkdir()
        kept = above / "inner"
    if "link" in kind:
        target = folder / "elsewhere"
        target.mkdir()
        kept.symlink_to(target)
        os.chown(target, NOBODY, NOBODY)
        return kept
    kept.mkdir()
    changed = above or kept
    changed.chmod(0o777 if "everybody" in kind else 0o775 if "group" in kind else 0o755)
    if "foreign" in kind:
        os.chown(changed, NOBODY, NOBODY)
    elif "group" in kind:
        os.chown(changed, 0, NOBODY)
    return kept


def test_a_link_of_somebody_else_is_not_followed(shared_folder, home):
    """Into a folder of our own: he could lead us to another tomorrow."""
    (shared_folder / "mine").mkdir(mode=0o700)
    (shared_folder / "link").symlink_to(shared_folder / "mine")
    os.chown(shared_folder / "link", NOBODY, NOBODY, follow_symlinks=False)
    compiled, folder, [text] = relu(shared_folder / "link" / "deeper", **home)
    assert "link" in text and "belongs to another user" in text
    (shared_folder / "round").symlink_to(shared_folder / "round")
    assert relu(shared_folder / "round", **home)[1].is_relative_to(home["HOME"])


def test_roots_group_is_nobodys_own(shared_folder, home):
    kept = shared_folder / "kept"
    kept.mkdir()
    kept.chmod(0o775)
    assert "by its group" in relu(kept, **home)[2][0]


KINDS = ["everybody", "group", "foreign", "above everybody", "above group", "above foreign",
         "link to a foreign one"]


@pytest.mark.parametrize("kind", KINDS)
def test_folder_that_others_can_get_at_is_not_used(shared_folder, home, kind):
    kept = unsafe(shared_folder, kind)
    compiled, folder, warned = relu(kept, **home)
    assert compiled == 1 and folder.is_relative_to(home["HOME"])
    assert list(kept.rglob("*.nbc")) == []
    [text] = warned
    assert "NUMBA_CACHE_DIR names" in text and "not used" in text and str(folder) in text


@pytest.mark.parametrize("kind", ["everybody", "above group", "link to a foreign one"])
def test_the_users_own_place_is_judged_alike(shared_folder, kind):
    kept = unsafe(shared_folder, kind)
    (shared_folder / "file").write_text("no folder")
    compiled, folder, warned = relu(shared_folder / "file" / "no", XDG_CACHE_HOME=str(kept))
    assert compiled == 1 and folder == Path("None") and list(kept.rglob("*.nbc")) == []
    [text] = warned
    assert "XDG_CACHE_HOME names" in text and "every process compiles" in text


def test_folder_with_a_sticky_bit_above_is_fine(shared_folder):
    everybodys = shared_folder / "everybodys"
    everybodys.mkdir()
    everybodys.chmod(0o1777)
    compiled, folder, warned = relu(everybodys / "mine")
    assert (compiled, warned) == (1, []) and folder.is_relative_to(everybodys)
    # but not where somebody was there before
    theirs = everybodys / "theirs"
    theirs.mkdir()
    os.chown(theirs, NOBODY, NOBODY)
    assert "belongs to another user" in relu(theirs)[2][0]


def test_root_does_not_use_the_home_of_another_user(shared_folder, home):
    """As sudo may leave it."""
    os.chown(home["HOME"], NOBODY, NOBODY)
    (shared_folder / "file").write_text("no folder")
    compiled, folder, _ = relu(shared_folder / "file" / "no", **home)
    assert compiled == 1 and folder == Path("None")
    assert list(Path(home["HOME"]).rglob("*")) == []


def test_another_user_keeps_his_own(shared_folder):
    theirs = shared_folder / "theirs"
    theirs.mkdir()
    os.chown(theirs, NOBODY, NOBODY)
    compiled, folder, warned = relu(theirs, user=NOBODY)
    assert (compiled, warned) == (1, []) and folder.is_relative_to(theirs)
    assert relu(theirs, user=NOBODY)[0] == 0


@pytest.mark.parametrize("thing", ["pipe", "link", "folder", "large"])
def test_what_is_no_ordinary_file_does_not_hold_us_up(shared_folder, thing):
    kept, mark = shared_folder / "kept", shared_folder / "mark"
    relu(kept)
    [path] = kept.rglob("*.nbc")
    content = path.read_bytes()
    path.unlink()
    if thing == "pipe":
        os.mkfifo(path, 0o600)
    elif thing == "link":
        (shared_folder / "real").write_bytes(content)
        path.symlink_to(shared_folder / "real")
    elif thing == "folder":
        path.mkdir()
    else:
        with open(path, "wb") as file:
            file.truncate(1 << 40)
        path.chmod(0o600)
    assert relu(kept)[0] == 1 and not mark.exists()


def test_unfinished_files_of_killed_processes_go(shared_folder):
    kept = shared_folder / "kept"
    folder = relu(kept)[1]
    old, new, other = (folder / name for name in ("writing-old", "writing-new", "other"))
    for one in (old, new, other):
        one.write_text("x")
    os.utime(old, (1, 1))
    os.utime(other, (1, 1))
    relu(kept)
    assert [one.exists() for one in (old, new, other)] == [False, True, True]
