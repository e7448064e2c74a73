"""Which witnesses count, in the format of C2SP tlog-policy (June 2026).

One statement per line, with fields separated by blanks or tabs; a line that begins with ``#`` is a comment::

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <member> ...
    quorum <name>|none

Only names of earlier lines may be used, each in at most one group and once; there is exactly one quorum. No public key
is in two lines, whatever its name and type, so a log's own key cannot be a witness. C2SP allows any bytes; here the
text must be UTF-8. Two more rules are stricter here: ``all`` and ``any``, like ``none``, are not names, and no
statement may hold an invisible character or one that acts on a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...domain.errors import Malformed
from ...domain.naming import check_names
from ..outside import read_outside
from .cosignature import log_key, witness_key
from .note import NoteKey, read_vkey

MAX_BYTES = 150_000
"""32 logs, 32 witnesses and 32 groups, the minimum that C2SP requires, take 120,000 if all keys are ML-DSA-44."""
_MAX_LINES = 1_000
_NOBODY = "none"
_RESERVED = frozenset({"none", "all", "any"})
# Controls, what Unicode calls Default_Ignorable_Code_Point, and what breaks a line or changes its direction. The list
# is fixed here: with Python's own, one version could accept a policy that another refuses.
_UNSEEN = re.compile(
    "[\x80-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_COUNT = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: its name in the policy, its key, and its address, if given."""

    name: str
    key: NoteKey
    url: str | None


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs to believe, witnesses to ask, and how many of them must have cosigned."""

    logs: tuple[NoteKey, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str | None = None
    """A witness or group; None if none is needed."""

    def met(self, cosigned: Collection[str]) -> bool:
        """Whether the witnesses with these names are enough."""
        counted = {witness.name for witness in self.witnesses} & set(cosigned)
        for name, (needed, members) in self.groups.items():  # a group's members come from earlier lines
            if len(counted.intersection(members)) >= needed:
                counted.add(name)
        return self.quorum is None or self.quorum in counted


def parse_policy(text: str) -> Policy:
    """Read a policy.

    Raises:
        Malformed: anything that the text above does not allow; the message names the line.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES or text.count("\n") > _MAX_LINES:
        raise Malformed(f"policy: more than {MAX_BYTES:,} bytes or {_MAX_LINES:,} lines")
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            reading.line(line)
        except Malformed as error:
            raise Malformed(f"policy, line {number}: {error}") from None
    if not reading.has_quorum:
        raise Malformed("policy: there is no quorum line")
    return Policy(tuple(reading.logs), tuple(reading.witnesses), reading.groups, reading.quorum)


def read_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        Malformed: it cannot be read, or is not one.
    """
    try:
        raw = read_outside(path, MAX_BYTES)
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}") from None
    try:
        if len(raw) > MAX_BYTES:
            raise Malformed(f"more than {MAX_BYTES:,} bytes")
        return parse_policy(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise Malformed(f"{path}: not UTF-8") from None
    except Malformed as error:
        raise Malformed(f"{path}: {error}") from None


class _Reading:
    def __init__(self) -> None:
        self.logs: list[NoteKey] = []
        self.witnesses: list[Witness] = []
        self.groups: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.quorum: str | None = None
        self.has_quorum = False
        self._keys: set[bytes] = set()
        self._grouped: set[str] = set()

    def line(self, line: str) -> None:
        if any(not (char == "\t" or " " <= char <= "~" or char >= "\x80") for char in line):
            raise Malformed("a character that cannot stand here")
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if not words or words[0].startswith("#"):
            return
        statements: dict[str, Callable[..., None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        if words[0] not in statements:
            raise Malformed(f"there is no statement {words[0][:40]!a}")
        statements[words[0]](words[1:])
        if _UNSEEN.search(line):
            raise Malformed("a character that is not seen, or that turns or breaks a line")

    def _log(self, words: list[str]) -> None:
        if not 1 <= len(words) <= 2:
            raise Malformed("log <vkey> [<url>]")
        self._new_key(words[0])
        self.logs.append(log_key(words[0]))

    def _witness(self, words: list[str]) -> None:
        if not 2 <= len(words) <= 3:
            raise Malformed("witness <name> <vkey> [<url>]")
        self._new_name(words[0])
        key = witness_key(words[1])
        self._new_key(words[1])
        self.witnesses.append(Witness(words[0], key, words[2] if len(words) == 3 else None))

    def _group(self, words: list[str]) -> None:
        if len(words) < 3:
            raise Malformed("group <name> all|any|<k> <member> ...")
        name, how, *members = words
        self._new_name(name)
        for member in members:
            if not self._is_known(member):
                raise Malformed(f"{member[:80]!a} is no earlier witness or group")
            if member in self._grouped or members.count(member) > 1:
                raise Malformed(f"{member[:80]!a} is a member of a group already")
        needed = {"all": len(members), "any": 1}.get(how) or (int(how) if _COUNT.fullmatch(how) else 0)
        if not 1 <= needed <= len(members):
            raise Malformed(f"{how[:40]!a} of {len(members)} members cannot be asked for")
        self._grouped.update(members)
        self.groups[name] = (needed, tuple(members))

    def _quorum(self, words: list[str]) -> None:
        if self.has_quorum or len(words) != 1:
            raise Malformed("exactly one line says quorum <name>|none")
        if words[0] != _NOBODY and not self._is_known(words[0]):
            raise Malformed(f"{words[0][:80]!a} is no earlier witness or group")
        self.has_quorum = True
        self.quorum = None if words[0] == _NOBODY else words[0]

    def _is_known(self, name: str) -> bool:
        return name in self.groups or any(witness.name == name for witness in self.witnesses)

    def _new_name(self, name: str) -> None:
        if name in _RESERVED or self._is_known(name):
            raise Malformed(f"the name {name[:80]!a} is reserved, or taken")
        check_names({"name": name})

    def _new_key(self, vkey: str) -> None:
        """A key counts once, under any name and as any type."""
        public = read_vkey(vkey)[1][1:]
        if public in self._keys:
            raise Malformed("this key stands in an earlier line")
        self._keys.add(public)
