"""A file is written whole and on disk, or not at all: killed, raced, on a full disk, with every content and name."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inblue.ledger.durable import create, link, partial_name, replace, sync_folder

OLD, NEW = b"what was there\n", b"what is new\n" * 1000


def held(folder: Path) -> dict[str, bytes]:
    """Every file in the folder, hidden ones too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def python(script: str, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def said(child: subprocess.Popen[str]) -> str:
    """What a child printed that ended well."""
    out, err = child.communicate()
    assert (child.returncode, err) == (0, "")
    return out


# Content, names and permissions


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=5000), st.binary(max_size=5000))
def test_what_is_written_is_what_is_read(first: bytes, second: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "file"
        create(path, first)
        assert held(path.parent) == {"file": first}
        with pytest.raises(FileExistsError):
            create(path, second)
        assert held(path.parent) == {"file": first}
        replace(path, second)
        assert held(path.parent) == {"file": second}


@pytest.mark.parametrize("name", ["a", ".hidden", "a b\n", "né", "x" * 255, "\N{CJK UNIFIED IDEOGRAPH-6295}" * 85])
def test_every_name_that_the_file_system_takes_is_taken(tmp_path: Path, name: str) -> None:
    create(tmp_path / name, OLD)
    replace(tmp_path / name, NEW)
    assert held(tmp_path) == {name: NEW}


def test_replace_also_makes_a_file_that_is_not_there(tmp_path: Path) -> None:
    replace(tmp_path / "file", NEW)
    assert held(tmp_path) == {"file": NEW}


@pytest.mark.parametrize(
    ("mask", "mode", "wanted"), [(0, 0o666, 0o666), (0o027, 0o666, 0o640), (0, 0o600, 0o600), (0o077, 0o600, 0o600)]
)
def test_permissions_are_those_asked_for_without_the_umask(tmp_path: Path, mask: int, mode: int, wanted: int) -> None:
    (tmp_path / "b").write_bytes(OLD)
    (tmp_path / "b").chmod(0o644)
    with umask(mask):
        create(tmp_path / "a", NEW, mode=mode)
        replace(tmp_path / "b", NEW, mode=mode)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {wanted}
    assert {path.stat().st_nlink for path in tmp_path.iterdir()} == {1}


def test_without_a_mode_the_umask_decides(tmp_path: Path) -> None:
    with umask(0o022):
        create(tmp_path / "a", NEW)
        replace(tmp_path / "b", NEW)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o644}


def test_at_no_step_is_the_file_open_to_others_who_may_not_read_it(tmp_path: Path) -> None:
    said(python(STEPS, tmp_path, "create", "0o600"))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {0o600}


# Names that are taken


def test_create_takes_no_name_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(OLD)
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("file", "folder", "dangling"):
        with pytest.raises(FileExistsError):
            create(tmp_path / name, NEW)
        with pytest.raises(FileExistsError):
            link(tmp_path / "file", tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "file", "folder"]
    assert (tmp_path / "file").read_bytes() == OLD
    assert list((tmp_path / "folder").iterdir()) == []


def test_replace_takes_the_place_of_a_link_and_not_of_its_target_nor_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(OLD)
    (tmp_path / "pointer").symlink_to(tmp_path / "target")
    (tmp_path / "folder").mkdir()
    replace(tmp_path / "pointer", NEW)
    assert not (tmp_path / "pointer").is_symlink()
    with pytest.raises(IsADirectoryError):
        replace(tmp_path / "folder", NEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "pointer", "target"]
    assert ((tmp_path / "pointer").read_bytes(), (tmp_path / "target").read_bytes()) == (NEW, OLD)


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "file", tmp_path / "none" / "deep" / "file"):
        for write in (create, replace):
            with pytest.raises(FileNotFoundError):
                write(path, NEW)
    (tmp_path / "file").write_bytes(OLD)
    with pytest.raises(NotADirectoryError):
        create(tmp_path / "file" / "file", NEW)
    assert held(tmp_path) == {"file": OLD}


def test_of_many_that_create_at_once_one_succeeds(tmp_path: Path) -> None:
    contents = [bytes([number]) * 100_000 for number in range(16)]
    made: list[bytes] = []
    refused: list[bytes] = []

    def make(content: bytes) -> None:
        try:
            create(tmp_path / "file", content)
            made.append(content)
        except FileExistsError:
            refused.append(content)

    threads = [threading.Thread(target=make, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 15)
    assert held(tmp_path) == {"file": made[0]}


def test_of_many_that_replace_at_once_the_last_is_there_whole(tmp_path: Path) -> None:
    contents = [bytes([number]) * 100_000 for number in range(16)]
    threads = [threading.Thread(target=replace, args=(tmp_path / "file", content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(held(tmp_path)) == ["file"]
    assert (tmp_path / "file").read_bytes() in contents


# Files that somebody else wrote, and temporary names of the caller's


def test_a_file_that_is_written_already_gets_a_second_name(tmp_path: Path) -> None:
    (tmp_path / "written").write_bytes(NEW)
    link(tmp_path / "written", tmp_path / "file")
    assert held(tmp_path) == {"written": NEW, "file": NEW}
    assert (tmp_path / "written").samefile(tmp_path / "file")
    with pytest.raises(FileNotFoundError):
        link(tmp_path / "none", tmp_path / "other")
    assert sorted(held(tmp_path)) == ["file", "written"]


def test_what_was_left_under_the_callers_temporary_name_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "working").mkdir()
    partial = tmp_path / "working" / "partial"
    partial.write_bytes(NEW * 3)
    replace(tmp_path / "file", OLD, partial=partial, sync_name=False)
    sync_folder(tmp_path)
    assert (tmp_path / "file").read_bytes() == OLD
    assert list(partial.parent.iterdir()) == []


def test_temporary_names_are_hidden_short_and_differ(tmp_path: Path) -> None:
    names = {partial_name(tmp_path / ("x" * 255)) for _ in range(100)}
    assert len(names) == 100
    assert all(path.parent == tmp_path and path.name.startswith(".xxx") and len(path.name) < 64 for path in names)


# Disks that are full, and folders that cannot be synced


FULL = """
import errno, resource, sys
from pathlib import Path
from inblue.ledger import durable
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
for write in (durable.create, durable.replace):
    try:
        write(Path(sys.argv[1]) / write.__name__, bytes(int(sys.argv[2])))
        print("written")
    except OSError as error:
        print(errno.errorcode[error.errno])
"""


@pytest.mark.parametrize("size", [5001, 1_000_000])
def test_a_file_that_does_not_fit_on_the_disk_leaves_the_old_one(tmp_path: Path, size: int) -> None:
    (tmp_path / "replace").write_bytes(OLD)
    assert said(python(FULL, tmp_path, size)) == "EFBIG\nEFBIG\n"
    assert held(tmp_path) == {"replace": OLD}
    assert said(python(FULL, tmp_path, 5000)) == "written\nwritten\n"
    assert held(tmp_path) == {"create": bytes(5000), "replace": bytes(5000)}


@pytest.mark.parametrize("content", [b"x", NEW * 10])
def test_a_full_disk_leaves_what_was(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(OLD)
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device") as caught:
        replace(tmp_path / "file", content, partial=full)
    assert caught.value.errno == errno.ENOSPC
    assert held(tmp_path) == {"file": OLD}
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


LETTERBOX = """
import os, sys
os.chdir(sys.argv[1])
from pathlib import Path
from inblue.ledger import durable
if not os.getuid():
    os.setgid(65534)
    os.setuid(65534)
durable.create(Path("new"), b"in")
durable.replace(Path("old"), b"in")
try:
    os.listdir(".")
except PermissionError:
    print("not readable")
"""


def test_a_folder_that_may_be_written_and_not_read_takes_files(tmp_path: Path) -> None:
    folder = tmp_path / "letterbox"
    folder.mkdir()
    folder.chmod(0o333)
    assert said(python(LETTERBOX, folder)) == "not readable\n"
    folder.chmod(0o777)
    assert held(folder) == {"new": b"in", "old": b"in"}


def test_only_a_folder_that_cannot_be_synced_is_left_to_the_system(tmp_path: Path) -> None:
    sync_folder(Path("/proc/self"))  # a file system without that call
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "none")


# Killed


STEPS = """
import os, signal, sys
from itertools import count
from pathlib import Path
from inblue.ledger import durable
os.umask(0)
folder, how, mode = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3], 8)
OLD, NEW = b"what was there\\n", b"what is new\\n" * 1000
def die_at(step):
    seen = 0
    def trace(frame, event, argument):
        nonlocal seen
        if frame.f_code.co_filename != durable.__file__:
            return None
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace
    sys.settrace(trace)
for step in count(1):
    here = folder / str(step)
    here.mkdir()
    if how != "create":
        durable.create(here / ("file" if how == "replace" else "written"), OLD, mode=mode)
    child = os.fork()
    if not child:
        die_at(step)
        if how == "link":
            durable.link(here / "written", here / "file")
        else:
            getattr(durable, how)(here / "file", NEW, mode=mode)
        os._exit(0)
    if not os.waitpid(child, 0)[1]:
        break
print(step)
"""


@pytest.mark.parametrize(
    ("how", "before", "after"), [("create", None, NEW), ("replace", OLD, NEW), ("link", None, OLD)]
)
def test_killed_at_any_step_there_is_the_old_or_the_new(
    tmp_path: Path, how: str, before: bytes | None, after: bytes
) -> None:
    steps = int(said(python(STEPS, tmp_path, how, "0o666")))
    assert steps > 10
    found: list[bytes | None] = []
    for step in range(1, steps + 1):
        files = held(tmp_path / str(step))
        assert files.pop("written", OLD) == OLD
        found.append(files.pop("file", None))
        assert len(files) <= (step < steps), "only who is killed leaves a temporary file, and one"
        assert all(name.startswith(".file.") for name in files)
    change = found.index(after)
    assert found == [before] * change + [after] * (steps - change)
    assert 0 < change < steps - 1


LOOP = """
import sys
from itertools import count
from pathlib import Path
from inblue.ledger import durable
print("ready", flush=True)
for number in count():
    content = bytes([number % 256]) * 2_000_000
    if sys.argv[2] == "create":
        durable.create(Path(sys.argv[1]) / str(number), content)
    else:
        durable.replace(Path(sys.argv[1]) / "file", content)
"""


@pytest.mark.parametrize("how", ["create", "replace"])
def test_killed_at_any_instant_every_file_is_whole(tmp_path: Path, how: str) -> None:
    chance, written, left = random.Random(how), 0, 0
    for turn in range(10):
        folder = tmp_path / str(turn)
        folder.mkdir()
        with python(LOOP, folder, how) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(chance.random() * 0.1)
            child.send_signal(signal.SIGKILL)
        assert child.returncode == -signal.SIGKILL
        for path in folder.iterdir():
            if path.name.startswith("."):
                left += 1
                continue
            content = path.read_bytes()
            assert content == content[:1] * 2_000_000
            written += 1
    assert written
    assert left <= 10
