"""Bundles made to harm their reader: refused in little time and memory, with one line."""

from __future__ import annotations

import json
import os
import resource
import struct
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import pytest
from ledgers import Members, members_of, rewrite
from paths import INBLUE
from signers import REGISTRAR
from tamper import Target

from inblue.domain.errors import Malformed
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import FORM, LOG
from inblue.ledger.evidence.bundle import CHECKPOINT, ENTRIES, FOLDER, LOG_JSON, RECORD, REGISTER
from inblue.ledger.evidence.container import Container, write_container
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.standards.dsse import seal

MEMORY, SECONDS = 700_000_000, 20


@pytest.fixture(scope="module")
def target() -> Target:
    return Target.make()


@pytest.fixture
def bundle(target: Target, tmp_path: Path) -> Path:
    path = tmp_path / "b.zip"
    path.write_bytes(target.raw)
    return path


def confined() -> None:
    """Little memory, and little time: what breaks out is killed, and the test fails."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def verified(path: Path) -> tuple[int, str]:
    """Exit status, and the one line: on standard error if it is refused, else the first problem."""
    command = [INBLUE, "verify", str(path), "--json"]
    env = {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, preexec_fn=confined)
    assert "Traceback" not in done.stderr
    if done.returncode < 2:
        return done.returncode, "".join(problem["text"] for problem in json.loads(done.stdout)["problems"][:1])
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    return done.returncode, done.stderr


# Zips


def _bomb(path: Path) -> None:
    """A thousand times smaller than what it would give."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(FOLDER + ENTRIES, "w") as member:
        for _ in range(300):
            member.write(bytes(1 << 20))


def _overlapping(path: Path) -> None:
    """Many members that are the same bytes, as in David Fifield's "A better zip bomb"."""
    with path.open("w+b") as out:
        write_container(out, [(FOLDER + "a", [bytes(1_000_000)])])
    raw = path.read_bytes()
    end = raw.rindex(b"PK\x05\x06")
    directory = raw[raw.rindex(b"PK\x01\x02") : end]
    start = end - len(directory)
    many = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 40_000, 40_000, 40_000 * len(directory), start, 0)
    path.write_bytes(raw[:start] + directory * 40_000 + many)


def _million_members(path: Path) -> None:
    """More than 65,535 members take zip64, which no bundle has."""
    head = struct.Struct("<4s6H3I5H2I")
    with path.open("wb") as out:
        for number in range(1_000_000):
            name = b"%07d" % number
            out.write(head.pack(b"PK\x01\x02", 20, 20, 0, 0, 0, 0x21, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0) + name)
        length = out.tell()
        out.write(struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1_000_000, 1_000_000, length, 0))
        out.write(struct.pack("<4sIQI", b"PK\x06\x07", 0, length, 1))
        out.write(struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


def _link(path: Path) -> None:
    info = zipfile.ZipInfo(FOLDER + "README.txt")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")


def _long_directory(path: Path) -> None:
    """A directory that claims to be larger than the file."""
    path.write_bytes(struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, 0xFFFFFFF0, 0, 0))


def _comment(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"x")
        archive.comment = b"PK\x05\x06" * 5_000


@pytest.mark.parametrize("make", [_bomb, _overlapping, _million_members, _link, _long_directory, _comment])
def test_a_zip_that_is_a_trap_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "trap.zip"
    make(path)
    status, line = verified(path)
    assert (status, line.startswith("inblue: ")) == (2, True)
    assert str(path) in line


NAMES = [
    "../x",
    "/x",
    "x/../y",
    "./x",
    "x//y",
    "C:x",
    "C:\\x",
    "x\\y",
    "~x",
    "x\0y",
    "x\ny",
    "é",
    "x" * 300,
    ".x",
    "x/",
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_not_a_members_is_refused(bundle: Path, tmp_path: Path, name: str) -> None:
    """In a zip that is otherwise of the one form, byte for byte."""
    raw = bundle.read_bytes()
    first = next(iter(members_of(bundle)))
    old, new = (FOLDER + first).encode(), name.encode()
    new = new + b"A" * (len(old) - len(new)) if 0 < len(new) < len(old) else new
    bundle.write_bytes(raw.replace(old, new))
    with pytest.raises(Malformed) as refused:
        verify_bundle(bundle)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("order", [["a", "a"], ["b", "a"]])
def test_a_name_twice_or_out_of_order_is_refused(tmp_path: Path, order: list[str]) -> None:
    path = tmp_path / "x.zip"
    with path.open("w+b") as out:
        write_container(out, [(FOLDER + name, [b"x"]) for name in ("a", "b")])
    raw = path.read_bytes().replace(b"/a", b"/1").replace(b"/b", b"/2")
    path.write_bytes(raw.replace(b"/1", b"/" + order[0].encode()).replace(b"/2", b"/" + order[1].encode()))
    with pytest.raises(Malformed, match="twice"):
        verify_bundle(path)


# What is in them


ZEROS = bytes(1 << 24)


class Sparse:
    """A file in which ``ZEROS`` take no room."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out

    def write(self, piece: bytes) -> int:
        return self._out.seek(len(piece), 1) if piece == ZEROS else self._out.write(piece)

    def seek(self, at: int) -> int:
        return self._out.seek(at)

    def tell(self) -> int:
        return self._out.tell()


def filled(target: Target, path: Path, name: str, pieces: Iterator[bytes]) -> None:
    """The target with another content of one member."""
    names = sorted({*target.members, name})
    with path.open("w+b") as out:
        write_container(
            cast("IO[bytes]", Sparse(out)),
            ((FOLDER + each, pieces if each == name else [target.members[each]]) for each in names),
        )


@pytest.mark.long
@pytest.mark.parametrize("name", [ENTRIES, REGISTER, CHECKPOINT, LOG_JSON, RECORD, "README.txt", "manifest-sha256.txt"])
def test_a_member_larger_than_the_memory_is_not_taken_into_it(target: Target, tmp_path: Path, name: str) -> None:
    path = tmp_path / "large.zip"
    filled(target, path, name, (ZEROS for _ in range(MEMORY // len(ZEROS) + 2)))
    assert path.stat().st_size > MEMORY
    assert verified(path)[0] in {1, 2}


@pytest.mark.parametrize("line", [b"\n", b"{}\n"])
def test_a_million_lines_that_are_not_entries_are_not_read_to_the_end(
    target: Target, tmp_path: Path, line: bytes
) -> None:
    path = tmp_path / "lines.zip"
    log = {**json.loads(target.members[LOG_JSON]), "end": 5_000_000}
    raw = json.dumps(log, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    many = Target(target.ledger, target.raw, {**target.members, LOG_JSON: raw}, target.known, target.watched)
    filled(many, path, ENTRIES, (line * 100_000 for _ in range(10)))
    found = verify_bundle(path)
    assert not found.holds
    assert len(found.problems) == 100
    assert verified(path)[0] == 1


TRAPS: dict[str, bytes | None] = {
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "gigantic integer": b'{"end":' + b"9" * 1_000_000 + b"}",
    "large exponent": b'{"end":1e400}',
    "NaN": b'{"end":NaN}',
    "infinity": b'{"end":-Infinity}',
    "duplicate key": b'{"end":1,"end":2}',
    "lone surrogate": b'{"end":"\\ud800"}',
    "surrogate in UTF-8": b'{"end":"\xed\xa0\x80"}',
    "not UTF-8": b'{"end":"\xff"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "two values": b"{}{}",
    "nothing": b"",
    "a NUL": b"{\0}",
    "no object": b"[]",
    "a million keys": None,  # made where it is asked for: every worker collects this file
}


@pytest.mark.parametrize("trap", TRAPS)
def test_json_that_is_a_trap_is_refused_wherever_it_is(bundle: Path, tmp_path: Path, trap: str) -> None:
    given = TRAPS[trap]
    raw = given if given is not None else b"{" + b",".join(b'"%d":0' % n for n in range(1_000_000)) + b"}"

    def in_log_json(members: Members) -> None:
        members[LOG_JSON] = raw + b"\n"

    def in_an_entry(members: Members) -> None:
        lines = members[ENTRIES].splitlines(keepends=True)
        members[ENTRIES] = b"".join([*lines[:2], seal(raw[:40_000], REGISTRAR) + b"\n", *lines[3:]])

    def in_an_envelope(members: Members) -> None:
        lines = members[ENTRIES].splitlines(keepends=True)
        members[ENTRIES] = b"".join([*lines[:2], raw[:60_000].replace(b"\n", b"") + b"\n", *lines[3:]])

    with pytest.raises(Malformed) as refused:
        Trust.read(raw, where="trust.json", limit=1_000_000)
    assert "\n" not in str(refused.value)
    original = bundle.read_bytes()
    rewrite(bundle, in_log_json)
    with pytest.raises(Malformed) as refused:
        verify_bundle(bundle)
    assert "\n" not in str(refused.value)
    for change in (in_an_entry, in_an_envelope):
        bundle.write_bytes(original)
        rewrite(bundle, change)
        first = verify_bundle(bundle).problems[0]
        assert (first.check, first.entry, "\n" in first.text) == (FORM, 4, False)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n\n\n",
        b"example.org/small\n" + b"9" * 5_000 + b"\n\n",
        b"\xe2\x80\x94 x AAAA\n" * 3_000,
        b"x\n\n" + b"\xe2\x80\x94 x AAAAAAAA\n" * 101,
        b"\xff" * 1_000,
    ],
)
def test_a_checkpoint_that_is_a_trap_is_rejected(bundle: Path, note: bytes) -> None:
    rewrite(bundle, lambda members: members.update({CHECKPOINT: note}))
    found = verify_bundle(bundle)
    assert [(problem.check, "\n" in problem.text) for problem in found.problems] == [(LOG, False)]


@pytest.mark.long
@pytest.mark.parametrize("what", ["a folder", "an empty file", "no file", "an SQLite file", "a PDF"])
def test_what_is_not_a_bundle_at_all_is_refused_with_one_line(tmp_path: Path, what: str) -> None:
    path = tmp_path / "x.zip"
    if what == "a folder":
        path.mkdir()
    elif what != "no file":
        path.write_bytes({"an SQLite file": b"SQLite format 3\0" + bytes(84), "a PDF": b"%PDF-1.7\n"}.get(what, b""))
    status, line = verified(path)
    assert (status, str(path) in line) == (2, True)


def test_reading_a_bundle_leaves_nothing_on_disk(bundle: Path) -> None:
    """No path from an archive is ever made a file's."""
    before = sorted(bundle.parent.rglob("*"))
    assert verified(bundle)[0] == 0
    assert sorted(bundle.parent.rglob("*")) == before


def test_members_are_read_where_they_lie_whatever_is_read_in_between(bundle: Path) -> None:
    with Container.open(bundle) as container:
        whole = b"".join(container.chunks(FOLDER + ENTRIES))
        lines: list[Any] = []
        for line in container.lines(FOLDER + ENTRIES, limit=65_535):
            container.read(FOLDER + RECORD, limit=1_000_000)
            lines.append(line)
        assert b"\n".join([*lines, b""]) == whole
