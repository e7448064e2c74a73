"""A registrar's answer to a delegation, in one file: that its key is enrolled, the proof, and what it needs to know.

``inblue-delegation-welcome/1`` is a JSON file: the digest of the request that it answers, the log's name and key, a
signed checkpoint, and the entries of the register that lead from the founding to the delegation's own key, each with
its inclusion proof under that checkpoint. A welcome for another request, log, member or key is refused. It also has the
documents of the adopted authorities, as claims: the delegation decides whom to trust.

A welcome cannot show that the founder is the registrar: compare the founder's key with what the registrar publishes
elsewhere. Nor can it show that the key was not revoked afterwards: that is in the register.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from ...domain.errors import InblueError, Malformed, Refused
from ...domain.payload import Digest, Line, Model, SignedNote, Vkey
from ...domain.register import Register, evolve_register
from ...domain.register_acts import (
    REGISTRAR,
    KeyEnrolled,
    KeyGrant,
    LedgerFounded,
    LogKeyAnnounced,
    LogKeySucceeded,
)
from ..entries.enrolment import check_grant, check_keeper
from ..entries.entry import REGISTER_STREAM, Entry, read_entry
from ..errors import Broken, NotFound
from ..evidence.attestations import Hash
from ..evidence.trust import Trust
from ..log.key_terms import LogKeys
from ..log.log import cosigned_head
from ..operations.authorities import adopted_authorities
from ..operations.export import placed_entries
from ..standards.checkpoint import Checkpoint, open_checkpoint
from ..standards.ed25519 import key_id
from ..standards.merkle import inclusion_proof, leaf_hash, verify_inclusion
from ..standards.note import decode_base64, encode_base64
from ..standards.timestamp import Authority

if TYPE_CHECKING:
    from ..ledger import Ledger
    from .request import DelegationRequest

MAX_WELCOME_BYTES = 2_000_000
"""The most bytes of a welcome."""
_MOST_ENTRIES = 1_000
_KINDS = (LedgerFounded, KeyEnrolled, LogKeyAnnounced, LogKeySucceeded)


class ShownEntry(Model):
    """An entry of the register: its place in the log, its inclusion proof, and its bytes."""

    index: Annotated[int, Field(ge=0, lt=2**53)]
    path: tuple[Hash, ...] = Field(max_length=64)
    entry: Annotated[str, StringConstraints(max_length=65_535)]


class Welcome(Model):
    """A welcome. :func:`check_welcome` says whether it is one for a request."""

    format: Literal["inblue-delegation-welcome/1"] = "inblue-delegation-welcome/1"
    request: Digest
    log: Line
    log_key: Vkey
    checkpoint: SignedNote
    entries: tuple[ShownEntry, ...] = Field(min_length=2, max_length=_MOST_ENTRIES)
    authorities: tuple[Authority, ...] = Field(default=(), max_length=20)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a welcome shows: the grant, when its entry was recorded, by which founder's key, under which checkpoint."""

    grant: KeyGrant
    recorded_at: datetime
    founder: str
    founder_public_key: str
    checkpoint: Checkpoint

    def trust(self, welcome: Welcome) -> Trust:
        """The trust file for a reader who believes that this founder is the registrar."""
        given = {"origin": welcome.log, "log_key": welcome.log_key, "registrar": [self.founder]}
        return Trust.of({"format": "inblue-trust/2", **given, "checkpoints": [welcome.checkpoint]}, where="trust")


def read_welcome(raw: bytes, *, where: str) -> Welcome:
    """Read a welcome without checking it.

    Raises:
        Malformed: it is none.
    """
    return Welcome.read(raw, where=where, limit=MAX_WELCOME_BYTES)


def check_welcome(welcome: Welcome, request: DelegationRequest) -> Enrolled:
    """Check that a welcome answers this request, and that its log has the key enrolled.

    Raises:
        Refused: it answers another request, or is of another log.
        Malformed, Broken: an entry, a signature or a proof in it is not valid.
    """
    if welcome.request != request.sha256:
        raise Refused(None, "the welcome answers another request than the one of this folder")
    if welcome.log != request.log:
        raise Refused(None, f"the welcome is of the log {welcome.log}; the request was for {request.log}")
    register, keys, found = Register(), LogKeys(), list[tuple[Entry, KeyGrant]]()
    before = -1
    for shown in welcome.entries:
        entry = _opened(shown, register, after=before)
        before = shown.index
        act = entry.act
        match act:
            case LedgerFounded():
                keys.found(act, shown.index)
            case LogKeyAnnounced():
                keys.announce(act, shown.index)
            case LogKeySucceeded():
                keys.succeed(act, shown.index)
            case KeyEnrolled() if act.grant.public_key == request.public_key:
                found.append((entry, act.grant))
        assert isinstance(act, _KINDS)  # noqa: S101 - _opened accepts no other
        register = evolve_register(register, act)
    founded = register.founded
    if founded is None or founded.origin != welcome.log:
        raise Broken("the welcome does not begin with the founding of that log")
    if register.log_keys[-1] != welcome.log_key:
        raise Broken("the log's key in the welcome is not the one that its entries name")
    checkpoint = keys.open(welcome.checkpoint.encode())
    for shown in welcome.entries:
        path = [decode_base64(each, where="welcome") for each in shown.path]
        if not verify_inclusion(leaf_hash(shown.entry.encode()), shown.index, checkpoint.size, path, checkpoint.root):
            raise Broken(f"the welcome does not prove that its entry {shown.index} is in the log")
    if not found:
        raise Broken("the welcome does not show that this delegation's key is enrolled")
    entry, grant = found[-1]
    if (grant.member, grant.office) != (request.member, request.office):
        whose = f"{grant.office} of {grant.member or 'nobody in particular'}"
        raise Broken(f"the key is enrolled as {whose}; the request was for {request.office} of {request.member}")
    return Enrolled(grant, entry.recorded_at, founded.registrar.key, founded.registrar.public_key, checkpoint)


def _opened(shown: ShownEntry, register: Register, *, after: int) -> Entry:
    """An entry of a welcome, if a key in authority signed it, by the entries before it."""
    where = f"the welcome's entry {shown.index}"
    try:
        entry = read_entry(shown.entry.encode())
    except ValueError as error:
        raise Malformed(f"{where}: {error}") from None
    act = entry.act
    if shown.index <= after or entry.stream != REGISTER_STREAM or not isinstance(act, _KINDS):
        raise Malformed(f"{where} is out of order, or not one that belongs there")
    if isinstance(act, LedgerFounded) != (shown.index == 0) or (register.founded is None) != (shown.index == 0):
        raise Malformed(f"{where}: a log begins with its founding, once")
    grant = act.registrar if isinstance(act, LedgerFounded) else act.grant if isinstance(act, KeyEnrolled) else None
    try:
        if grant is not None:
            check_grant(grant, where="the key's id")
        check_keeper(register, entry)
    except InblueError as error:
        raise Broken(f"{where}: {error}") from None
    known = act.registrar if isinstance(act, LedgerFounded) else register.by_key[entry.key][0]
    if entry.envelope.key_id != entry.key or not entry.envelope.verify(bytes.fromhex(known.public_key)):
        raise Broken(f"{where}: its signature does not hold")
    return entry


def welcome_for(ledger: Ledger, request: DelegationRequest) -> Welcome:
    """The answer to a request whose key is enrolled in the register, under the log's latest checkpoint.

    Raises:
        NotFound: it is not enrolled, or the checkpoint does not cover the enrolment yet.
        Broken: no key in authority signed an entry that leads to it; see inblue verify.
        Malformed: too many keys lead to it for a welcome.
    """
    head = ledger.log.head()
    if head is None:
        raise NotFound("the ledger has no checkpoint yet")
    size = open_checkpoint(head.note, *ledger.log_keys()).size
    placed = [(index, read_entry(raw)) for index, raw in placed_entries(ledger, head, REGISTER_STREAM, size)]
    needed = sorted(_leading_to(request, placed))
    if len(needed) > _MOST_ENTRIES:
        raise Malformed(f"{len(needed):,} entries of the register lead to this key; a welcome has {_MOST_ENTRIES:,}")
    entries = dict(placed)
    welcome = Welcome(
        request=request.sha256,
        log=request.log,
        log_key=ledger.register().log_keys[-1],
        checkpoint=cosigned_head(ledger.log, head).decode(),
        entries=tuple(
            ShownEntry(
                index=index,
                path=tuple(encode_base64(each) for each in inclusion_proof(index, size, ledger.log.node)),
                entry=entries[index].raw.decode(),
            )
            for index in needed
        ),
        authorities=tuple(_claims(ledger)),
    )
    check_welcome(welcome, request)  # as the delegation will
    return welcome


def _leading_to(request: DelegationRequest, placed: list[tuple[int, Entry]]) -> set[int]:
    """The places of the entries from the founding to the enrolment: keys of the log, and who enrolled whom."""
    own = key_id(bytes.fromhex(request.public_key))
    by_key: dict[str, int] = {}
    needed: set[int] = set()
    mine = None
    for index, entry in placed:
        act = entry.act
        if isinstance(act, (LedgerFounded, LogKeyAnnounced, LogKeySucceeded)):
            needed.add(index)
        if isinstance(act, KeyEnrolled):
            if (act.grant.key, act.grant.member, act.grant.office) == (own, request.member, request.office):
                mine = index
            elif act.grant.office == REGISTRAR:
                by_key.setdefault(act.grant.key, index)
    if mine is None:
        raise NotFound("the key of this request is not enrolled, or the log's checkpoint does not cover it yet")
    entries = dict(placed)
    asked = [*needed, mine]
    while asked:
        index = asked.pop()
        needed.add(index)
        led = by_key.get(entries[index].key)
        if led is not None and led not in needed:
            asked.append(led)
    return needed


def _claims(ledger: Ledger) -> Iterator[Authority]:
    for document in adopted_authorities(ledger):
        yield Authority.of({k: v for k, v in document.json_value().items() if k != "format"}, where=document.name)
