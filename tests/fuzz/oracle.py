"""What the fuzz targets share: how a refusal may look, and the true bundle's entries, checked."""

from __future__ import annotations

import atexit
import binascii
import hashlib
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from inblue.domain.canonical import Json, parse_json
from inblue.domain.errors import InblueError, Malformed
from inblue.domain.instant import format_instant, parse_instant
from inblue.domain.payload import Model
from inblue.ledger.audit.entry_checks import EntryChecks
from inblue.ledger.audit.result import Problem
from inblue.ledger.entries.entry import read_entry
from inblue.ledger.entries.files import MemoryFiles
from inblue.ledger.evidence.container import write_container
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.dsse import MAX_ENTRY_BYTES

from . import seeds

Read = TypeVar("Read")

_NEVER = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def accepted(kind: type[InblueError], read: Callable[[], Read]) -> list[Read]:
    """What ``read`` gives, once; nothing if it is refused as ``kind``, in one line that a terminal can show."""
    try:
        return [read()]
    except kind as error:
        text = str(error)
    assert is_line(text), f"not one printable line: {text!r}"
    return []


def printable(problems: Iterable[Problem]) -> None:
    """Every problem is told in one line that a terminal can show."""
    for problem in problems:
        assert is_line(problem.text), f"not one printable line: {problem.text!r}"


def is_line(text: str) -> bool:
    """Whether a terminal can show it in one line, by the measure of :data:`inblue.domain.payload.Text`."""
    strange = {char for char in text if not char.isprintable()}
    return bool(text) and not any(unicodedata.category(char) in _NEVER or char in _BIDI for char in strange)


def same(read: Model, data: bytes) -> None:
    """The two readers of JSON, ours and pydantic's, saw one value; and the canonical form is read as the same.

    An instant may be written by another offset: it is the same one.
    """
    assert _in_utc(read.model_dump(mode="json", exclude_unset=True)) == _in_utc(parse_json(data))
    again = type(read).read(read.canonical(), where="again")
    assert again == read
    assert again.canonical() == read.canonical()


def _in_utc(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {name: _in_utc(each) for name, each in value.items()}
    if isinstance(value, str):
        return next(map(format_instant, accepted(Malformed, lambda: parse_instant(value))), value)
    return value if value is None or isinstance(value, int) else [_in_utc(each) for each in value]


def base64_of(raw: bytes) -> str:
    """By a hand other than ours."""
    return binascii.b2a_base64(raw, newline=False).decode()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """The zip of these members."""
    with tempfile.TemporaryFile(dir=_SHARED) as out:
        write_container(out, ((name, [members[name]]) for name in sorted(members)))
        out.seek(0)
        return out.read()


_SHARED = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - memory, where there is some


def written(data: bytes) -> Path:
    """A file with these bytes; the next call overwrites it."""
    path = folder() / "input.zip"
    path.write_bytes(data)
    return path


@cache
def folder() -> Path:
    """A folder in memory, for as long as the process lives."""
    made = tempfile.TemporaryDirectory(dir=_SHARED, prefix="inblue-fuzz-")
    atexit.register(made.cleanup)
    return Path(made.name)


@cache
def checked() -> EntryChecks:
    """The small bundle's entries, checked."""
    members = seeds.small_members()
    files = MemoryFiles()
    for name, content in members.items():
        if name.startswith("data/files/"):
            assert hashlib.sha256(content).hexdigest() == files.put(content)
    lines = [line for name in ("data/register.jsonl", "data/entries.jsonl") for line in members[name].splitlines()]
    checks = EntryChecks.over(files, places=[(each.stream, each.index) for each in map(read_entry, lines)])
    for line in lines:
        assert len(line) <= MAX_ENTRY_BYTES
        checks.add(line)
    assert checks.result.holds
    return checks


@cache
def head() -> Checkpoint:
    """The small bundle's checkpoint."""
    return checked().register.log_keys.open(seeds.small_members()["data/checkpoint.txt"])
