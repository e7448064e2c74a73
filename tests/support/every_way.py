"""The log that a bundle shows whole, in the other forms in which it is verified: published, and in a store."""

from __future__ import annotations

import base64
import json
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signers import LOG, SECOND
from single_faults import members_in
from stamped import LOG as STAMPED

from inblue.domain.canonical import canonical
from inblue.domain.errors import InblueError
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import CONTAINER, DERIVED, FILES, MESSAGES, REMEMBERED
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.since import verify_since
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.entry import StoredEntry
from inblue.ledger.entries.files import MemoryFiles
from inblue.ledger.evidence.attestations import COSIGNED, TIMESTAMPS, CosignedLine, StampLine
from inblue.ledger.evidence.bundle import CHECKPOINT, ENTRIES, FILE_PREFIX, LOG_JSON, REGISTER
from inblue.ledger.log.log import Head, LogStore
from inblue.ledger.published.source import FolderSource
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.merkle import NodeId, append, leaf_hash, root
from inblue.ledger.standards.note import NoteSigner, sign, split_note
from inblue.ledger.stores.streams import Streams, memory_streams

OF_BUNDLES = {CONTAINER, DERIVED}

OTHERWISE = {
    "acts-stated": "of votes that do not go on, verifying since a checkpoint reads nothing",
    "envelope": "the rows of a store are made of what the entries say of themselves",
    "handover-unshown": "a published log shows what a bundle has to prove",
    "log-path": "a published log has no paths",
    "seen-before": "a published log shows what is before a range",
    "stamps-reordered": "a store keeps timestamps in no order of their own",
}
"""Vectors of which another form of the log shows more or less than a bundle, and why."""


@dataclass(frozen=True)
class Shown:
    """The entries of a log from the first on, its checkpoint, its files, and what others have signed."""

    entries: list[bytes]
    note: bytes
    files: dict[str, bytes]
    outside: dict[str, list[bytes]]

    @classmethod
    def of(cls, raw: bytes) -> Shown | None:
        """What a bundle shows; None where that is not the whole log, under a checkpoint of its size."""
        members = members_in(raw)
        try:
            about = json.loads(members[LOG_JSON])
            recalled = [each["index"] for each in about["recalled"]]
            entries = [*members[REGISTER].splitlines(), *members[ENTRIES].splitlines()]
            size = Checkpoint.parse(split_note(members[CHECKPOINT])[0]).size
        except (KeyError, ValueError, InblueError):
            return None
        if [*recalled, *range(about["start"], about["end"])] != list(range(size)) or len(entries) != size:
            return None
        if any(each["index"] >= about["start"] for each in about["recalled"]) or not 0 < size < 256:
            return None
        files = {
            name.removeprefix(FILE_PREFIX): content for name, content in members.items() if name.startswith(FILE_PREFIX)
        }
        outside = {name: members.get(name, b"").splitlines() for name in (TIMESTAMPS, COSIGNED)}
        return cls(entries, members[CHECKPOINT], files, outside)

    def nodes(self, size: int) -> dict[NodeId, bytes]:
        """The complete nodes of the tree of ``size`` entries."""
        found: dict[NodeId, bytes] = {}
        for index, entry in enumerate(self.entries[:size]):
            found.update(append(index, leaf_hash(entry), found.__getitem__))
        return found

    def earlier(self, origin: str, size: int) -> bytes:
        """The checkpoint of ``size`` entries, signed by every key that a log of the vectors has at any time."""
        checkpoint = Checkpoint(origin, size, root(size, self.nodes(size).__getitem__))
        return sign(checkpoint.text(), *(NoteSigner(origin, key) for key in (LOG, SECOND, STAMPED)))

    def publish(self, folder: Path, size: int, note: bytes) -> None:
        """Write the log of ``size`` entries as C2SP tlog-tiles has it, and the files beside it."""
        entries, width = self.entries[:size], f".p/{size}"
        bundle = b"".join(struct.pack(">H", len(each)) + each for each in entries)
        tiles = {
            f"tile/entries/000{width}": bundle,
            f"tile/0/000{width}": b"".join(map(leaf_hash, entries)),
            "checkpoint": note,
            **{f"{FILE_PREFIX}{name}": content for name, content in self.files.items()},
            **{name: b"".join(map(_without_path, lines)) for name, lines in self.outside.items()},
        }
        for name, content in tiles.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

    def not_shown(self, way: str) -> set[int]:
        """The checks of which a form with messages shows more or less: a ledger has to keep the message of every act
        that received one, a bundle only those that its replies name, and a published log has none.
        """
        if not any(b'"stream":"intake"' in _payload(entry) for entry in self.entries):
            return set()
        return {FILES, MESSAGES} if way.startswith("published") else {FILES}

    def stored(self) -> tuple[Streams, LogStore, MemoryFiles] | None:
        """The log in a store; None where an entry does not name a place of its own."""
        rows, numbers = [], Counter[str]()
        for entry in self.entries:
            try:
                payload = json.loads(base64.b64decode(json.loads(entry)["payload"]))
                stream, kind = str(payload["stream"]), str(payload["kind"])
            except (ValueError, KeyError, TypeError):
                return None
            numbers[stream] += 1
            rows.append(StoredEntry(stream, numbers[stream], kind, entry))
        streams, files = memory_streams(), MemoryFiles()
        try:
            streams.append(rows)
        except InblueError:  # of a kind that nobody knows
            return None
        for content in self.files.values():
            files.put(content)
        log = streams.construct_log()
        last = list(streams.page(0, 1_000))[-1].position or 0
        log.advance(self.nodes(len(rows)), Head(len(rows), last, self.note))
        try:
            for line in self.outside[TIMESTAMPS]:
                log.keep_stamp(StampLine.read(line, where="timestamp").stamp())
            for line in self.outside[COSIGNED]:
                cosigned = CosignedLine.read(line, where="cosigned")
                text, _, lines = cosigned.note.rpartition("\n\n")
                by_log, *witnesses = lines.splitlines(keepends=True)
                for each in witnesses:
                    log.keep_cosignature(cosigned.size, f"{text}\n\n{by_log}".encode(), each)
        except InblueError:
            return None
        return streams, log, files


def _payload(entry: bytes) -> bytes:
    try:
        return base64.b64decode(json.loads(entry)["payload"])
    except (ValueError, KeyError, TypeError):
        return b""


def _without_path(line: bytes) -> bytes:
    """A line of a bundle as a published log has it: its tiles show what a path does."""
    try:
        return canonical({**json.loads(line), "path": []}) + b"\n"
    except ValueError:
        return line + b"\n"


def showing_whole_logs(cases: Iterable[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Those of the vectors in a folder that show a whole log, but for those of ``OTHERWISE``."""
    asked = (case for case in cases if case["alone"] is not None and case["name"] not in OTHERWISE)
    return [case for case in asked if Shown.of((folder / case["bundle"]).read_bytes()) is not None]


def failing(found: Verification) -> set[int]:
    """The checks that fail, but for those of bundles alone; a changed log also differs from the last audit's."""
    return {problem.check for problem in found.problems} - OF_BUNDLES - {REMEMBERED}


def differing(bundle: Path, folder: Path) -> str | None:
    """In which way another thing is found of the log that a bundle shows than of the bundle; None where in none."""
    shown, found = Shown.of(bundle.read_bytes()), verify_bundle(bundle)
    assert shown is not None, "the bundle does not show a whole log"
    for way, other in every_way(shown, folder, Checkpoint.parse(split_note(shown.note)[0]).origin):
        if failing(other) - shown.not_shown(way) != failing(found) - shown.not_shown(way):
            return f"{way}: {sorted(failing(other))}, and of the bundle {sorted(failing(found))}"
        if not failing(other) and other.register != found.register:
            return f"{way}: another register"
        if any(state != found.states.get(name, state) for name, state in other.states.items()):
            return f"{way}: other votes"
        shared = {name: acts for name, acts in other.bounds.items() if name in found.bounds}
        if not failing(other) and shared != {name: found.bounds[name] for name in shared}:
            return f"{way}: other bounds"
        if not failing(other) and any(other.acts(name) != found.acts(name) for name in shared_votes(other, found)):
            return f"{way}: other acts"
    return None


def shared_votes(other: Verification, found: Verification) -> list[str]:
    """The votes that both give."""
    return [name for name in other.states if name in found.states]


def every_way(shown: Shown, folder: Path, origin: str) -> Iterator[tuple[str, Verification]]:
    """Verify the log published and stored: whole, and going on from two earlier states of it."""
    size = len(shown.entries)
    shown.publish(folder / "whole", size, shown.note)
    yield "published", verify_tiles(FolderSource(folder / "whole"))
    stored = shown.stored()
    if stored is not None:
        yield "stored", verify(*stored)
    for before in {size // 2, size - 1} - {0}:
        part, state = folder / f"part-{before}", folder / f"state-{before}.json"
        note = shown.earlier(origin, before)
        shown.publish(part, before, note)
        if not verify_tiles(FolderSource(part), state=state).holds:
            continue
        yield f"published, from {before}", verify_tiles(FolderSource(folder / "whole"), state=state)
        if stored is not None:
            yield f"stored, since {before}", verify_since(note, *stored)
