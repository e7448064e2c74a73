"""A log written byte by byte, whatever the rules say, and bundles of it: for vectors that break one thing each."""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import ledgers
from courier import Courier
from ledgers import OPENED, SEATLESS, SMALL, Members, rebuild, small
from signers import LOG, REGISTRAR

from inblue.domain.canonical import canonical, digest
from inblue.domain.instant import format_instant
from inblue.domain.procedure import Procedure
from inblue.domain.register_acts import LogKeySucceeded
from inblue.ledger.entries.kinds import AnyAct
from inblue.ledger.evidence.attestations import COSIGNED, TIMESTAMPS
from inblue.ledger.evidence.bundle import CHECKPOINT, CLAIMS, ENTRIES, FILE_PREFIX, LOG_JSON, RECORD, REGISTER
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.dsse import PAYLOAD_TYPE, pae, seal
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.note import NoteSigner, split_note

ORIGIN = "example.org/small"
VOTE = f"vote:{SMALL}"
EMPTY = hashlib.sha256(b"").digest()

Payload = dict[str, Any]
Change = Callable[[Payload], object]


def text64(raw: bytes) -> str:
    """Base64."""
    return base64.b64encode(raw).decode()


def slim() -> Procedure:
    """The Council's procedure with next to no text, so that a hundred bundles stay small."""
    value = SEATLESS.json_value()
    clauses: Any = value["clauses"]
    return Procedure.of({**value, "clauses": [{**c, "text": "-", "source": "-"} for c in clauses]}, where="slim")


@cache
def base(acts: int, before: Callable[[Ledger], None] = lambda _: None) -> tuple[tuple[bytes, ...], Mapping[str, bytes]]:
    """The entries of the small vote up to its first ``acts`` acts, and the files that they name.

    ``before`` is called before the first act of the vote.
    """
    with patch.object(ledgers, "SEATLESS", slim()):
        ledger = small(change=lambda history: history[:acts], before=before)
    stored = [each.envelope for each in ledger.streams.page(0, 100)]
    files: dict[str, bytes] = {}
    for raw in stored:
        for found in _digests(json.loads(base64.b64decode(json.loads(raw)["payload"]))):
            _keep(ledger, found, files)
    return tuple(stored), files


def _keep(ledger: Any, sha256: str, files: dict[str, bytes]) -> None:
    try:
        content = ledger.files.get(sha256)
    except Exception:  # noqa: BLE001 - a digest of something else
        return
    files[sha256] = content
    if content.startswith(b"{"):
        for found in _digests(json.loads(content)):
            if found not in files:
                _keep(ledger, found, files)


def _digests(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _digests(each)
    elif isinstance(value, list):
        for each in value:
            yield from _digests(each)
    elif isinstance(value, str) and len(value) == 64:
        yield value


@dataclass
class Forge:
    """A log in the making. ``entries`` are its envelopes; ``logs`` the keys of the log, the last one signs."""

    entries: list[bytes] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    logs: list[Ed25519Signer] = field(default_factory=lambda: [LOG])

    @classmethod
    def of(cls, acts: int = 7) -> Forge:
        """The small vote up to its first ``acts`` acts."""
        entries, files = base(acts)
        return cls(list(entries), dict(files))

    @classmethod
    def with_before(cls, registered: Callable[[Ledger], None], begin: Callable[[Forge], object]) -> Forge:
        """The small vote, with entries that ``begin`` puts before it, after what was ``registered``."""
        entries, files = base(7, registered)
        payloads = cls(list(entries)).payloads()
        start = next(number for number, each in enumerate(payloads) if each["stream"] == VOTE)
        forge = cls(list(entries[:start]), dict(files))
        begin(forge)
        for payload in payloads[start:]:
            seen = {"root": text64(EMPTY), "size": 0, "tokens": []}
            made = {**payload, "register": forge.next_of("register"), "seen": seen}
            forge.entries.append(seal(canonical(made), REGISTRAR))
        return forge

    @property
    def now(self) -> datetime:
        """The hour of the next entry: each a minute after the one before, well after the vote."""
        return OPENED + timedelta(hours=30, minutes=len(self.entries))

    def payloads(self) -> list[Payload]:
        """Those of the entries, as far as they are JSON."""
        found = []
        for raw in self.entries:
            try:
                found.append(json.loads(base64.b64decode(json.loads(raw)["payload"])))
            except ValueError:
                found.append({})
        return found

    def next_of(self, stream: str) -> int:
        """The number of the next act of a stream."""
        return sum(each.get("stream") == stream for each in self.payloads())

    def payload(
        self, act: AnyAct | Payload, *, stream: str, office: str, signer: Ed25519Signer, at: datetime | None
    ) -> Payload:
        """The payload of an entry as it would be written here."""
        body: Payload = act if isinstance(act, dict) else dict(act.json_value())
        kind = f"{body['act'].replace('_', '-')}@1" if isinstance(act, dict) else act.kind_and_version()
        return {
            "act": deepcopy(dict(body)),
            "actor": {"key": signer.key_id, "office": office},
            "format": "inblue-entry/2",
            "index": self.next_of(stream),
            "kind": kind,
            "recorded_at": format_instant(at or self.now),
            "register": self.next_of("register"),
            "seen": {"root": text64(EMPTY), "size": 0, "tokens": []},
            "stream": stream,
        }

    def add(
        self,
        act: AnyAct | Payload,
        *,
        stream: str = VOTE,
        office: str = "registrar",
        signer: Ed25519Signer = REGISTRAR,
        at: datetime | None = None,
        change: Change = lambda _: None,
        raw: Callable[[bytes], bytes] = lambda payload: payload,
        sealed: Callable[[bytes, Ed25519Signer], bytes] | None = None,
    ) -> Forge:
        """One entry more. ``change`` alters its payload, ``raw`` the bytes of that, ``sealed`` makes the envelope."""
        payload = self.payload(act, stream=stream, office=office, signer=signer, at=at)
        change(payload)
        content = raw(canonical(payload))
        self.entries.append((sealed or seal)(content, signer))
        return self

    def register(self, act: AnyAct | Payload, **given: Any) -> Forge:
        """One entry more in the register."""
        return self.add(act, stream="register", **given)

    def file(self, content: bytes) -> str:
        """Keep a file; return its digest."""
        self.files[digest(content)] = content
        return digest(content)

    # The tree, as RFC 9162 says it

    def leaf(self, index: int) -> bytes:
        """The hash of an entry."""
        return hashlib.sha256(b"\0" + self.entries[index]).digest()

    def root(self, low: int = 0, high: int | None = None) -> bytes:
        """The hash over some entries."""
        high = len(self.entries) if high is None else high
        if low == high:
            return EMPTY
        if high - low == 1:
            return self.leaf(low)
        middle = low + _split(high - low)
        return hashlib.sha256(b"\1" + self.root(low, middle) + self.root(middle, high)).digest()

    def path(self, index: int, low: int = 0, high: int | None = None) -> list[bytes]:
        """The inclusion path of an entry."""
        high = len(self.entries) if high is None else high
        if high - low == 1:
            return []
        middle = low + _split(high - low)
        if index < middle:
            return [*self.path(index, low, middle), self.root(middle, high)]
        return [*self.path(index, middle, high), self.root(low, middle)]

    def consistency(self, size: int, low: int = 0, high: int | None = None, whole: bool = True) -> list[bytes]:
        """The consistency path from a size to the whole log."""
        high = len(self.entries) if high is None else high
        if size == high:
            return [] if whole else [self.root(low, high)]
        middle = low + _split(high - low)
        if size <= middle:
            return [*self.consistency(size, low, middle, whole), self.root(middle, high)]
        return [*self.consistency(size, middle, high, False), self.root(low, middle)]

    def _around(self, start: int, end: int) -> tuple[list[bytes], list[bytes]]:
        before: list[bytes] = []
        after: list[bytes] = []

        def walk(low: int, high: int) -> None:
            if high <= start:
                before.append(self.root(low, high))
            elif low >= end:
                after.append(self.root(low, high))
            elif high - low > 1:
                middle = low + _split(high - low)
                walk(low, middle)
                walk(middle, high)

        walk(0, len(self.entries))
        return before, after

    # What is handed over

    def note(self, size: int | None = None, signer: Ed25519Signer | None = None) -> bytes:
        """The checkpoint of a size, signed by the log's last key or by another one."""
        size = len(self.entries) if size is None else size
        checkpoint = Checkpoint(ORIGIN, size, self.root(0, size))
        return checkpoint.sign(NoteSigner(ORIGIN, signer or self.logs[-1]))

    def bundle(
        self,
        start: int | None = None,
        end: int | None = None,
        *,
        votes: tuple[str, ...] = (SMALL,),
        recalled: Callable[[list[int]], list[int]] = list,
        members: Callable[[Members], object] = lambda _: None,
        log: Change = lambda _: None,
        handovers: bool = True,
        derived: bool = False,
    ) -> bytes:
        """The bundle of a range, by default from the vote's first entry to the log's end.

        ``recalled`` alters which entries are shown from outside it, ``members`` what is in it, ``log`` what is in its
        log.json. With ``derived`` record, claims and manifests are what a verifier derives; otherwise they are of the
        form, and empty.
        """
        payloads = self.payloads()
        if start is None:
            start = next(number for number, each in enumerate(payloads) if each.get("stream") == VOTE)
        end = len(self.entries) if end is None else end
        before, after = self._around(start, end)
        outside = [n for n, each in enumerate(payloads) if each.get("stream") == "register" and not start <= n < end]
        shown = recalled(outside)
        part: Payload = {
            "format": "inblue-bundle/2",
            "start": start,
            "end": end,
            "before": [text64(each) for each in before],
            "after": [text64(each) for each in after],
            "recalled": [{"index": n, "path": [text64(each) for each in self.path(n)]} for n in shown],
            "handovers": list(self._handovers(payloads, start, end)) if handovers else [],
            "votes": list(votes),
        }
        log(part)
        made: Members = {
            CHECKPOINT: self.note(),
            CLAIMS: b"{}\n",
            COSIGNED: b"",
            ENTRIES: b"".join(raw + b"\n" for raw in self.entries[start:end]),
            LOG_JSON: canonical(part) + b"\n",
            RECORD: b"{}\n",
            REGISTER: b"".join(self.entries[n] + b"\n" for n in shown),
            TIMESTAMPS: b"",
            "README.txt": b"A bundle that was made by hand.\n",
            "bag-info.txt": b"",
            "bagit.txt": b"",
        }
        named = {found for each in self._named(start, end, shown) for found in _digests(each)}
        for sha256, content in self.files.items():
            if sha256 in named or any(sha256 in _digests_in(self.files, each) for each in named):
                made[FILE_PREFIX + sha256] = content
        members(made)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "b.zip"
            rebuild(path, made)
            if derived:
                Courier.of(path).write(path)
            return path.read_bytes()

    def _named(self, start: int, end: int, shown: list[int]) -> Iterable[Payload]:
        payloads = self.payloads()
        return [payloads[n].get("act", {}) for n in (*shown, *range(start, end))]

    def _handovers(self, payloads: list[Payload], start: int, end: int) -> Iterable[Payload]:
        for number, each in enumerate(payloads):
            if each.get("kind") == "log-key-succeeded@1":
                try:
                    size = int(split_note(each["act"]["handover"].encode())[0].split("\n")[1])
                except ValueError:
                    continue
                if not start <= size <= end and 0 < size <= number:
                    yield {"entry": number, "path": [text64(each) for each in self.consistency(size)]}

    def succeed(
        self, signer: Ed25519Signer, *, cause: str = "loss", handover: bytes | None = None, **given: Any
    ) -> Forge:
        """The log's next key."""
        act = LogKeySucceeded.of(
            {
                "log_key": str(NoteSigner(ORIGIN, signer).verifier),
                "cause": cause,
                "handover": (handover or self.note()).decode(),
            },
            where="succession",
        )
        self.register(act, **given)
        self.logs.append(signer)
        return self


def _digests_in(files: Mapping[str, bytes], sha256: str) -> set[str]:
    content = files.get(sha256, b"")
    return set(_digests(json.loads(content))) if content.startswith(b"{") else set()


def envelope(payload: bytes, key: str, signature: bytes, kind: str = PAYLOAD_TYPE) -> bytes:
    """An envelope of any parts."""
    return (
        f'{{"payload":"{text64(payload)}","payloadType":"{kind}",'
        f'"signatures":[{{"keyid":"{key}","sig":"{text64(signature)}"}}]}}'
    ).encode()


def signed_as(kind: str) -> Callable[[bytes, Ed25519Signer], bytes]:
    """Sealed as an entry, and signed as something else."""
    return lambda payload, signer: envelope(payload, signer.key_id, signer.sign(pae(kind, payload)))


def _split(width: int) -> int:
    return 1 << (width - 1).bit_length() - 1
