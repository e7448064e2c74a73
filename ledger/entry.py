"""An entry: one act as it is signed and stored.

The signed payload is the RFC 8785 form of one JSON object::

    {"act": {...},                                  the payload of the kind
     "actor": {"key": "<id>", "office": "registrar"},
     "format": "inblue-entry/1",
     "index": 4,                                    place in the stream, from 0
     "kind": "vote-cast@1",
     "recorded_at": "2020-03-27T18:00:00Z",         the recorder's clock
     "seen": {"root": "<base64>", "size": 17, "token": null},
     "stream": "vote:S/2020/240"}

Stream, index and kind stand inside, so that a row cannot be moved. ``seen`` is the log's latest checkpoint that the
recorder knew: the entry was made after it. ``token`` is the SHA-256 of the latest timestamp token known, or null.
What is stored is the DSSE envelope around these bytes (:mod:`.envelope`), and the leaf of the log is its hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from ..domain.canonical import canonical, parse_json
from ..domain.errors import MalformedError
from ..domain.instant import Instant
from ..domain.model import Digest, Line, Model, Name
from .envelope import MAX_ENTRY_BYTES, Envelope, open_envelope, seal
from .keys import Signer
from .note import decode_base64, encode_base64
from .registry import AnyAct, class_of

FORMAT = "inblue-entry/1"
REGISTER_STREAM = "register"
VOTE_PREFIX = "vote:"


def vote_stream(symbol: str) -> str:
    """The stream of the vote on the draft of that symbol."""
    return VOTE_PREFIX + symbol


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A row of the store: what eventsourcing keeps, under our names.

    ``originator_version`` is 1 for the first entry of a stream (the library's count); ``position`` is the cursor of
    the store's total order, meaningful only as an order, None before the row is stored.
    """

    originator_id: str
    originator_version: int
    kind: str
    envelope: bytes
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint the recorder had seen: size of the tree and its root, and the digest of a token, if any."""

    size: int
    root: bytes
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, opened. ``raw`` is what is stored; the signature is not checked by opening."""

    act: AnyAct
    key: str
    office: str
    stream: str
    index: int
    kind: str
    recorded_at: datetime
    seen: Seen
    envelope: Envelope
    raw: bytes


class _Actor(Model):
    key: Digest
    office: Name


class _SeenModel(Model):
    root: Annotated[str, Field(min_length=44, max_length=44)]
    size: Annotated[int, Field(ge=0)]
    token: Digest | None


class _Payload(Model):
    act: dict[str, Any]
    actor: _Actor
    format: Literal["inblue-entry/1"]
    index: Annotated[int, Field(ge=0)]
    kind: Line
    recorded_at: Instant
    seen: _SeenModel
    stream: Line


def write_entry(
    act: AnyAct, *, stream: str, index: int, signer: Signer, office: str, recorded_at: datetime, seen: Seen
) -> StoredEntry:
    """Compose, sign and envelope one entry.

    Raises:
        MalformedError: it would be larger than an entry of the log may be (65,535 bytes).
    """
    kind = type(act).kind_and_version()
    payload = _Payload(
        act=act.json_value(),
        actor=_Actor(key=signer.key_id, office=office),
        format="inblue-entry/1",
        index=index,
        kind=kind,
        recorded_at=recorded_at,
        seen=_SeenModel(root=encode_base64(seen.root), size=seen.size, token=seen.token),
        stream=stream,
    )
    raw = seal(payload.canonical(), signer)
    if len(raw) > MAX_ENTRY_BYTES:
        raise MalformedError(
            f"{act.act}: the entry would have {len(raw):,} bytes; at most {MAX_ENTRY_BYTES:,} fit. "
            "Attach long texts as a file"
        )
    return StoredEntry(stream, index + 1, kind, raw)


def read_entry(raw: bytes) -> Entry:
    """Open stored bytes: the envelope's one form, the payload's one form, a known kind, a well-formed act.

    Raises:
        MalformedError: anything else.
    """
    envelope = open_envelope(raw)
    value = parse_json(envelope.payload, where="payload", limit=MAX_ENTRY_BYTES)
    if canonical(value) != envelope.payload:
        raise MalformedError("payload: not in its canonical form (RFC 8785)")
    payload = _Payload.read(envelope.payload, where="payload")
    act = class_of(payload.kind).of(payload.act, where=f"act {payload.kind}")
    if payload.json_value() != value or act.json_value() != payload.act:
        raise MalformedError("payload: a value in it is not written in its one form")
    return Entry(
        act,
        payload.actor.key,
        payload.actor.office,
        payload.stream,
        payload.index,
        payload.kind,
        payload.recorded_at,
        Seen(payload.seen.size, _root(payload.seen.root), payload.seen.token),
        envelope,
        raw,
    )


def _root(text: str) -> bytes:
    root = decode_base64(text, where="payload: seen.root")
    if len(root) != 32:
        raise MalformedError("payload: seen.root is not a 32-byte hash")
    return root
