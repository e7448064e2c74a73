"""How a witness follows a log to its next key, without its operator.

An entry announces the successor while the current key signs; a later entry puts the successor in place, and carries the
last checkpoint of the old key (:mod:`..log.key_terms`). A witness does not read entries, so both are sent to it, each
with its inclusion proof: the announcement under that last checkpoint, the succession under the checkpoint to cosign,
which the new key signs.

The old key has signed over the announcement. That alone would let a thief of an announced key begin its term, so both
entries must be signed by one officer's key, which the thief would also need. If another key signed the succession, or
without an announcement, the operator decides (``inblue witness watch``).

A request is one line of JSON, :class:`Handover`, followed by the add-checkpoint request.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import Field, StringConstraints

from ...domain.errors import Malformed
from ...domain.payload import Model
from ...domain.register_acts import LogKeyAnnounced, LogKeySucceeded
from ..entries.entry import REGISTER_STREAM, Entry, read_entry
from ..errors import Broken
from ..standards.checkpoint import Checkpoint, open_checkpoint
from ..standards.cosignature import log_key
from ..standards.ed25519 import check_public_key, key_id
from ..standards.merkle import leaf_hash, verify_consistency, verify_inclusion
from ..standards.note import decode_base64

MAX_HANDOVER = 720_000
"""The most bytes, including the request: five changes of the key, each with two entries of the largest size."""

A = TypeVar("A", LogKeyAnnounced, LogKeySucceeded)

MAX_STEPS = 5

_Hash = Annotated[str, StringConstraints(min_length=44, max_length=44)]
_Path = Annotated[tuple[_Hash, ...], Field(max_length=64)]


class Shown(Model):
    """A stored entry, its index in the log, and its inclusion path (base64)."""

    entry: Annotated[str, StringConstraints(min_length=1, max_length=65_535)]
    index: int = Field(ge=0, lt=2**63)
    path: _Path


class Step(Model):
    """One change of the key.

    ``officer`` is the public key (hex) that signed both entries; ``consistency`` is the proof from the last checkpoint
    of the old key to the one to cosign.
    """

    announcement: Shown
    succession: Shown
    officer: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    consistency: _Path


class Handover(Model):
    """Every change of the key since the one that the witness knows, in order; earlier changes are allowed too."""

    format: Literal["inblue-log-handover/1"] = "inblue-log-handover/1"
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MAX_STEPS)


def write_handover(handover: Handover, request: bytes) -> bytes:
    """The body of a request to follow the log's key, and to cosign as asked in ``request`` (add-checkpoint)."""
    return handover.canonical() + b"\n" + request


def read_handover(raw: bytes) -> tuple[Handover, bytes]:
    """Read what :func:`write_handover` writes; the request after it is not parsed.

    Raises:
        Malformed: anything else.
    """
    if len(raw) > MAX_HANDOVER:
        raise Malformed(f"handover: more than {MAX_HANDOVER:,} bytes")
    line, gap, request = raw.partition(b"\n")
    if not gap:
        raise Malformed("handover: no request behind it")
    return Handover.read(line, where="handover", limit=MAX_HANDOVER), request


def followed(handover: Handover, known: str, note: bytes) -> tuple[str, ...]:
    """The keys (vkeys) that the log has had since ``known``, in order; the last one signs the checkpoint in ``note``.

    Steps up to ``known`` are skipped: the witness or its operator has already accepted them.

    Raises:
        Malformed, Broken: it is not proved; the one-line message says what is not.
    """
    successions = [_act(step.succession, LogKeySucceeded) for step in handover.steps]
    keys = tuple(act.log_key for _, act in successions)
    start = keys.index(known) + 1 if known in keys else 0
    last = open_checkpoint(note, log_key(keys[-1]))
    before = known
    for step, (entry, act) in list(zip(handover.steps, successions, strict=True))[start:]:
        _follow(step, before, entry, act, last)
        before = act.log_key
    return keys[start:]


def _follow(step: Step, known: str, entry: Entry, act: LogKeySucceeded, last: Checkpoint) -> None:
    key = log_key(known)
    if log_key(act.log_key).name != key.name:
        raise Broken("handover: the next key is of another log")
    announced, announcement = _act(step.announcement, LogKeyAnnounced)
    officer = bytes.fromhex(step.officer)
    check_public_key(officer)
    for each in (announced, entry):
        if each.key != key_id(officer) or not each.envelope.verify(officer):
            raise Broken("handover: one officer's key did not sign both entries")
    if announcement.log_key != act.log_key:
        raise Broken("handover: another key was announced")
    end = open_checkpoint(act.handover.encode(), key)
    if not end.size <= step.succession.index < last.size:
        raise Broken("handover: the entries are not in the order of a handover")
    _check_in(step.announcement, end)
    _check_in(step.succession, last)
    if not verify_consistency(end.size, last.size, end.root, last.root, _hashes(step.consistency)):
        raise Broken("handover: the last checkpoint of the key before is no earlier state of the log")


def _act(shown: Shown, kind: type[A]) -> tuple[Entry, A]:
    entry = read_entry(shown.entry.encode())
    if not isinstance(entry.act, kind) or entry.stream != REGISTER_STREAM:
        raise Broken(f"handover: an entry is not {kind.kinds()[0]} of the register")
    return entry, entry.act


def _check_in(shown: Shown, tree: Checkpoint) -> None:
    leaf = leaf_hash(shown.entry.encode())
    if not verify_inclusion(leaf, shown.index, tree.size, _hashes(shown.path), tree.root):
        raise Broken(f"handover: an entry is not in the log of {tree.size:,} entries")


def _hashes(path: tuple[str, ...]) -> list[bytes]:
    return [decode_base64(each, where="handover: a hash") for each in path]
