"""Somebody without any key who hands a bundle on: what can be left out, and all that can be made again of the rest."""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledgers import Members, members_of, rebuild, write_members

from inblue.domain.canonical import canonical
from inblue.ledger.audit.bundle import _Bundle, derive
from inblue.ledger.audit.entry_checks import EntryChecks
from inblue.ledger.audit.message_checks import MessagesOf
from inblue.ledger.audit.shown_state import as_of
from inblue.ledger.evidence.attestations import COSIGNED, TIMESTAMPS
from inblue.ledger.evidence.bundle import (
    CHECKPOINT,
    CLAIMS,
    ENTRIES,
    FILE_PREFIX,
    LOG_JSON,
    REGISTER,
    BundleFiles,
    digested,
)
from inblue.ledger.evidence.container import Container
from inblue.ledger.standards.merkle import consistency_proof, leaf_hash

Keep = Callable[[int], bool]


@dataclass
class Courier:
    """A bundle that the courier changes. ``size`` is that of the log."""

    members: Members
    size: int
    part: dict[str, Any] = field(init=False)
    entries: list[bytes] = field(init=False)
    register: list[tuple[dict[str, Any], bytes]] = field(init=False)
    hashes: dict[tuple[int, int], bytes] = field(init=False, default_factory=dict)

    @classmethod
    def of(cls, bundle: Path) -> Courier:
        """The courier of a true bundle."""
        members = members_of(bundle)
        return cls(members, int(members[CHECKPOINT].split(b"\n")[1]))

    def __post_init__(self) -> None:
        self.part = json.loads(self.members[LOG_JSON])
        self.entries = self.members[ENTRIES].splitlines()
        self.register = list(zip(self.part["recalled"], self.members[REGISTER].splitlines(), strict=True))
        self.hash_again()

    def hash_again(self) -> None:
        """Make the hashes of the tree from the entries and what ``log.json`` gives beside them."""
        self._before, self._after = ([base64.b64decode(each) for each in self.part[n]] for n in ("before", "after"))
        self.hashes = {}
        self._hash(0, self.size)

    @property
    def start(self) -> int:
        """Where the range begins."""
        return int(self.part["start"])

    @property
    def end(self) -> int:
        """Where the range ends."""
        return int(self.part["end"])

    def keep_register(self, keep: Keep) -> None:
        """Leave out the lines of the register whose place in the log is not one to ``keep``."""
        self.register = [(placed, raw) for placed, raw in self.register if keep(placed["index"])]

    def keep_tokens(self, keep: Callable[[str], bool]) -> None:
        """Leave out the timestamps whose digest is not one to ``keep``."""
        lines = self.members[TIMESTAMPS].splitlines(keepends=True)
        self.members[TIMESTAMPS] = b"".join(line for line in lines if keep(token_of(line)))

    def cut(self, end: int, *, moving: bytes = b'"register"') -> None:
        """End the range before ``end``; entries in the rest, of streams so named, are put to those of the register."""
        tail = list(enumerate(self.entries[end - self.start :], start=end))
        moved = [({"index": n, "path": self._path(n)}, raw) for n, raw in tail if _stream(raw).startswith(moving)]
        self.register = sorted([*self.register, *moved], key=lambda each: each[0]["index"])
        self.entries = self.entries[: end - self.start]
        self.part["end"] = end
        for name in (TIMESTAMPS, COSIGNED):
            self.members[name] = b"".join(self._shown_earlier(self.members[name].splitlines(), end))

    def write(self, path: Path) -> Path:
        """Make everything again that anybody can make, and write the bundle."""
        self.part["recalled"] = [placed for placed, _ in self.register]
        self.part["after"] = [_text(each) for each in self._subtrees_after(0, self.size)]
        entries = b"".join(raw + b"\n" for raw in self.entries)
        self.members |= {
            LOG_JSON: canonical(self.part) + b"\n",
            ENTRIES: entries,
            REGISTER: b"".join(raw + b"\n" for _, raw in self.register),
        }
        rebuild(path, self.members)
        self._derive(path)
        return path

    def _derive(self, path: Path) -> None:
        """Make what is derived again, as far as it can be, and leave out files that no entry names."""
        with Container.open(path) as container:
            bundle = _Bundle(container)
            peaks = [base64.b64decode(each) for each in self.part["before"]]
            checks = EntryChecks.over(
                BundleFiles(container),
                start=self.start,
                peaks=peaks,
                messages=MessagesOf.SOME_VOTES,
                about=self.part["votes"],
            )
            last = bundle._read(checks)
            if last is None or checks.register.state.founded is None:
                return
            checkpoint = checks.register.log_keys.open(self.members[CHECKPOINT])
            for each in bundle._timestamps(checks, checkpoint):
                checks.proofs.stamped(each.stamp, each.stamp.size)
            votes = bundle._votes(checks)
            state = as_of(checks, checkpoint.size, last, votes)
            made = derive(bundle.part, checks, checkpoint, votes, last, bundle.claimed, state)
            assert made is not None
            derived = made.payload()
        self.members |= {**derived, CLAIMS: made.trust.raw + b"\n"}
        cited = {FILE_PREFIX + sha256 for sha256 in checks.files.cited}
        payload = sorted(
            name for name in self.members if name.startswith("data/") and (FILE_PREFIX not in name or name in cited)
        )
        tags = made.tags(digested(name, [self.members[name]]) for name in payload)
        write_members(path, {**{name: self.members[name] for name in payload}, **tags})

    def _hash(self, low: int, high: int) -> bytes:
        """The hash over the leaves ``low`` to ``high``, as docs/bundle.md folds them; each is kept."""
        if high <= self.start:
            made = self._before.pop(0)
        elif low >= self.end:
            made = self._after.pop(0)
        elif high - low == 1:
            made = leaf_hash(self.entries[low - self.start])
        else:
            middle = _split(low, high)
            left = self._hash(low, middle)
            made = hashlib.sha256(b"\1" + left + self._hash(middle, high)).digest()
        self.hashes[low, high] = made
        return made

    def _subtrees_after(self, low: int, high: int) -> Iterable[bytes]:
        if high <= max(self.start, low):
            return
        if low >= self.end:
            yield self.hashes[low, high]
        elif high - low > 1:
            middle = _split(low, high)
            yield from self._subtrees_after(low, middle)
            yield from self._subtrees_after(middle, high)

    def _path(self, index: int) -> list[str]:
        """The inclusion proof of an entry of the range."""
        path: list[bytes] = []
        low, high = 0, self.size
        while high - low > 1:
            middle = _split(low, high)
            path.append(self.hashes[(middle, high) if index < middle else (low, middle)])
            low, high = (low, middle) if index < middle else (middle, high)
        return [_text(each) for each in reversed(path)]

    def _shown_earlier(self, lines: Iterable[bytes], end: int) -> Iterable[bytes]:
        """Timestamps or cosigned checkpoints; of states not shown any more with a proof, or else left out."""
        for line in lines:
            value = json.loads(line)
            if value["size"] > end and not value["path"]:
                try:
                    path = consistency_proof(value["size"], self.size, self._node)
                except KeyError:
                    continue
                value["path"] = [_text(each) for each in path]
            yield canonical(value) + b"\n"

    def _node(self, node: tuple[int, int]) -> bytes:
        level, number = node
        low, high = number << level, (number + 1) << level
        if (low, high) in self.hashes:
            return self.hashes[low, high]
        if level == 0:
            raise KeyError(node)
        below = ((level - 1, 2 * number), (level - 1, 2 * number + 1))
        return hashlib.sha256(b"\1" + self._node(below[0]) + self._node(below[1])).digest()


def token_of(line: bytes) -> str:
    """The digest of the token in a line of ``timestamps.jsonl``."""
    return hashlib.sha256(base64.b64decode(json.loads(line)["token"])).hexdigest()


def written(courier: Courier) -> Path:
    """What the courier has made, in a file that lasts as long as the process."""
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as file:
        return courier.write(Path(file.name))


def _payload(raw: bytes) -> bytes:
    return base64.b64decode(json.loads(raw)["payload"])


def _stream(raw: bytes) -> bytes:
    return _payload(raw).rpartition(b'"stream":')[2]


def _split(low: int, high: int) -> int:
    return low + (1 << (high - low - 1).bit_length() - 1)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
