"""An entry: one act, signed and stored.

The signed payload is the RFC 8785 form of one JSON object::

    {"act": {...},                                  the payload of the kind
     "actor": {"key": "<id>", "office": "registrar"},
     "format": "inblue-entry/2",
     "idempotency_key": "letter-17",                the host's own name for the act, if it gave one
     "index": 4,                                    place in the stream, from 0
     "kind": "vote-cast@1",
     "recorded_at": "2020-03-27T18:00:00Z",         the recorder's clock
     "register": 5,                                 entries of the register before this one in the log
     "seen": {"root": "<base64>", "size": 17, "tokens": []},
     "stream": "vote:S/2020/240"}

Stream, index and kind are inside, so that a row cannot be moved. ``seen`` is the latest checkpoint of the log known to
the recorder: the entry was made after it. ``tokens`` are the SHA-256 digests of the latest known timestamp token of
each authority, in rising order. The stored form is the DSSE envelope around these bytes (:mod:`..standards.dsse`), and
the leaf of the log is its hash. ``inblue-entry/1``, which is still read, has neither ``register`` nor
``idempotency_key``.
"""

from __future__ import annotations

import json
from binascii import a2b_base64
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

from ...domain.acts import Act
from ...domain.canonical import Json, canonical, parse_json, reencode
from ...domain.errors import Malformed
from ...domain.instant import format_instant, parse_instant
from ...domain.recorded import Recorded
from ..standards.dsse import MAX_ENTRY_BYTES, Envelope, envelope_size, open_envelope, payload_of, seal
from ..standards.ed25519 import Signer
from ..standards.merkle import leaf_hash
from ..standards.note import encode_base64
from ..standards.signing import checked
from .frame import ACTOR, AFTER_ACT, FORMAT, SEEN, check_frame, fields, payload_fields, read_root, read_tokens
from .kinds import AnyAct, class_of, is_vote_act

REGISTER_STREAM = "register"

A = TypeVar("A", bound=Act)


def entry_digest(raw: bytes) -> str:
    """The digest that identifies a stored entry: its leaf hash in the log, 64 hex digits."""
    return leaf_hash(raw).hex()


class StoredEntry(NamedTuple):
    """A row of the store: eventsourcing's fields under our names.

    ``originator_version`` is 1 for the first entry of a stream (the library's count); ``position`` is the cursor of
    the store's total order, meaningful only as an order, None before the row is stored.
    """

    originator_id: str
    originator_version: int
    kind: str
    envelope: bytes
    position: int | None = None

    @property
    def cursor(self) -> int:
        """The position of a row read from a store."""
        assert self.position is not None, "it is not stored yet"  # noqa: S101 - every row from a store has one
        return self.position


class Seen(NamedTuple):
    """A checkpoint that the recorder had seen: size and root of the tree, and token digests in rising order."""

    size: int
    root: bytes
    tokens: tuple[str, ...] = ()


class Entry(NamedTuple):
    """An entry, opened. ``raw`` is what is stored; the signature is not checked by opening.

    ``register`` is the stated number of the register's entries before it in the log; None in ``inblue-entry/1``.
    """

    act: AnyAct
    key: str
    office: str
    stream: str
    index: int  # type: ignore[assignment] # in place of tuple.index
    kind: str
    recorded_at: datetime
    seen: Seen
    envelope: Envelope
    raw: bytes
    register: int | None = None
    idempotency_key: str | None = None

    def recorded(self, act: A, leaf: bytes | None = None) -> Recorded[A]:
        """``act``, known to be the one in this entry, as a recorded act; ``leaf`` is the entry's, if known."""
        digest = entry_digest(self.raw) if leaf is None else leaf.hex()
        return Recorded(act, self.index, self.recorded_at, self.office, self.idempotency_key, digest)


class Draft(NamedTuple):
    """An entry that is not signed yet: its future place, and the canonical bytes of its payload."""

    stream: str
    version: int
    kind: str
    payload: bytes


def write_entry(
    act: AnyAct,
    *,
    stream: str,
    index: int,
    register: int,
    signer: Signer,
    office: str,
    recorded_at: datetime,
    seen: Seen,
    idempotency_key: str | None = None,
) -> StoredEntry:
    """Compose, sign and envelope one entry; ``register`` is the number of the register's entries before it in the log.

    Raises:
        Malformed: it would be larger than an entry of the log may be (65,535 bytes), or could not be read again.
        SignerFailed: the signer gave no signature that holds.
    """
    pen = checked(signer)
    draft = draft_entry(
        act,
        stream=stream,
        index=index,
        register=register,
        key=pen.key_id,
        office=office,
        recorded_at=recorded_at,
        seen=seen,
        idempotency_key=idempotency_key,
    )
    return sign_entry(draft, pen)


def draft_entry(
    act: AnyAct,
    *,
    stream: str,
    index: int,
    register: int,
    key: str,
    office: str,
    recorded_at: datetime,
    seen: Seen,
    idempotency_key: str | None = None,
) -> Draft:
    """Compose an entry that ``key`` will sign.

    Raises:
        Malformed: as :func:`write_entry`.
    """
    kind = act.kind_and_version()
    body, at = canonical(act.json_value()), format_instant(recorded_at)
    before, after = _frame(key, office, seen, stream, register, idempotency_key)
    signed = b'{"act":%b%b%d,"kind":"%b","recorded_at":"%b"%b'
    payload = signed % (body, before, index, kind.encode(), at.encode(), after)
    size = envelope_size(len(payload))
    if size > MAX_ENTRY_BYTES:
        raise Malformed(
            f"{act.act}: the entry would have {size:,} bytes; at most {MAX_ENTRY_BYTES:,} fit. "
            "Attach long texts as a file"
        )
    _check_readable(act, kind, body)
    parse_instant(at)
    return Draft(stream, index + 1, kind, payload)


def sign_entry(draft: Draft, signer: Signer) -> StoredEntry:
    """Sign a draft. Compose many before signing any: alternating takes a tenth longer.

    Raises:
        SignerFailed: the signer gave no signature that holds.
    """
    return StoredEntry(draft.stream, draft.version, draft.kind, seal(draft.payload, signer))


@lru_cache(64)
def _frame(
    key: str, office: str, seen: Seen, stream: str, register: int, idempotency_key: str | None
) -> tuple[bytes, bytes]:
    """The parts of an entry's payload that are often the same: before its index, and after its instant."""
    check_frame(key, office, stream, register, idempotency_key)
    if read_tokens(list(seen.tokens)) != seen.tokens:
        raise Malformed("payload: the tokens are not canonical")
    before: dict[str, Json] = {"actor": {"key": key, "office": office}, "format": FORMAT, "index": 0}
    if idempotency_key is not None:
        before["idempotency_key"] = idempotency_key
    listed: list[Json] = list(seen.tokens)
    after: dict[str, Json] = {
        "register": register,
        "seen": {"root": encode_base64(seen.root), "size": seen.size, "tokens": listed},
        "stream": stream,
    }
    return b"," + canonical(before)[1:-2], b"," + canonical(after)[1:]


def _check_readable(act: AnyAct, kind: str, body: bytes) -> None:
    """Make sure that an act can be read back unchanged; a copy with changed fields was never validated."""
    try:
        plain = class_of(kind).reread(body) == act
    except ValueError:
        plain = False
    if not plain and class_of(kind).of(parse_json(body), where=f"act {kind}").canonical() != body:
        raise Malformed(f"act {kind}: a value in it is not what would be read again")


def read_entry(raw: bytes) -> Entry:
    """Open stored bytes: a canonical envelope, a canonical payload, a known kind, a well-formed act.

    Raises:
        Malformed: anything else.
    """
    envelope = open_envelope(raw)
    return read_as_written(envelope, raw) or read_strictly(envelope, raw)


def read_as_written(envelope: Envelope, raw: bytes) -> Entry | None:
    """The entry in ``envelope`` if it is exactly what :func:`write_entry` writes; None if it needs a closer look.

    It accepts nothing that :func:`read_strictly` would not accept, and is twice as fast: the act is read, written again
    and compared, and the rest is matched with a pattern, so that no byte can differ.
    """
    payload = envelope.payload
    end = payload.rfind(b',"actor":{"key":"')
    if end < 0 or not payload.startswith(b'{"act":'):
        return None
    try:
        found = AFTER_ACT.fullmatch(payload[end:].decode("ascii"))
        if found is None:
            return None
        key, office, _, idempotency_key, index, kind, at, register, root, size, tokens, stream = found.groups()
        body = payload[7:end]
        act = class_of(kind).reread(body)
        recorded_at = parse_instant(at)
        if not act.is_written(kind, body):
            return None
        seen = Seen(int(size), a2b_base64(root), read_tokens(json.loads(f"[{tokens}]")) if tokens else ())
        if tokens and _listed(seen.tokens) != tokens:
            return None
        return Entry(
            act,
            key,
            office,
            stream,
            int(index),
            kind,
            recorded_at,
            seen,
            envelope,
            raw,
            None if register is None else int(register),
            idempotency_key,
        )
    except ValueError:
        return None


def read_again(raw: bytes) -> Recorded[Act]:
    """The act of a vote in bytes that :func:`read_entry` accepted before, as a leaf hash shows: they are not checked
    again.

    Raises:
        Malformed: they were never an entry of a vote.
    """
    payload = payload_of(raw)
    end = payload.rfind(b',"actor":{"key":"')
    found = AFTER_ACT.fullmatch(payload[end:].decode("latin-1"))
    if found is None:
        entry = read_entry(raw)
        act, number, at, office, key = entry.act, entry.index, entry.recorded_at, entry.office, entry.idempotency_key
    else:
        office, key, index, kind, instant = found.group(2, 4, 5, 6, 7)
        act, number, at = class_of(kind).reread(payload[7:end]), int(index), parse_instant(instant)
    if not is_vote_act(act):
        raise Malformed(f"{act.act} is not an act of a vote")
    return Recorded(act, number, at, office, key, entry_digest(raw))


def _listed(tokens: tuple[str, ...]) -> str:
    return ",".join(f'"{token}"' for token in tokens)


def read_strictly(envelope: Envelope, raw: bytes) -> Entry:
    """The entry in ``envelope``, field by field.

    Raises:
        Malformed: it is not an entry; the message says what is wrong.
    """
    value = parse_json(envelope.payload, where="payload", limit=MAX_ENTRY_BYTES)
    if reencode(value) != envelope.payload:
        raise Malformed("payload: not in its canonical form (RFC 8785)")
    payload = fields(value, "payload", payload_fields(value))
    actor, seen = fields(payload["actor"], "actor", ACTOR), fields(payload["seen"], "seen", SEEN)
    kind, body = payload["kind"], payload["act"]
    act = class_of(kind).of(body, where=f"act {kind}")
    if act.kind_and_version() != kind:
        raise Malformed(f"payload: the kind is {kind}; this act is written as {act.kind_and_version()}")
    recorded_at = parse_instant(payload["recorded_at"])
    if act.json_value() != body or format_instant(recorded_at) != payload["recorded_at"]:
        raise Malformed("payload: a value in it is not written in its one form")
    if payload["index"] < 0 or seen["size"] < 0:
        raise Malformed("payload: a negative index or size")
    register, idempotency_key = payload.get("register"), payload.get("idempotency_key")
    check_frame(actor["key"], actor["office"], payload["stream"], register or 0, idempotency_key)
    return Entry(
        act,
        actor["key"],
        actor["office"],
        payload["stream"],
        payload["index"],
        kind,
        recorded_at,
        Seen(seen["size"], read_root(seen["root"]), read_tokens(seen["tokens"])),
        envelope,
        raw,
        register,
        idempotency_key,
    )
