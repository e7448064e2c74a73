"""Ledgers and bundles to attack, and what an adversary without keys can do to a bundle."""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from paths import case_file
from plain_rules import plain
from signers import LOG, REGISTRAR

from inblue.domain.acts import Act, DraftCirculated, ExplanationFiled, LetterSent, VoteCast
from inblue.domain.ballot import SignedBallot
from inblue.domain.canonical import canonical
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, RegisterAct
from inblue.domain.roster import Roster, Seat
from inblue.ledger.entries import entry
from inblue.ledger.entries.ballot import blank_of
from inblue.ledger.entries.ballot import sign as sign_ballot
from inblue.ledger.entries.entry import REGISTER_STREAM, Seen, StoredEntry, write_entry
from inblue.ledger.entries.files import Files, MemoryFiles
from inblue.ledger.entries.kinds import AnyAct
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.errors import NotFound
from inblue.ledger.evidence.bundle import FOLDER
from inblue.ledger.evidence.container import Container, write_container
from inblue.ledger.hours import KnownHours
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.sequencer import advance, seen, tip_of
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.reading import KnownRegister
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import MlDsaVerifier, subtree_message
from inblue.ledger.standards.dsse import payload_of, seal
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import EMPTY_ROOT
from inblue.ledger.standards.note import NoteSigner, encode_base64

Members: TypeAlias = dict[str, bytes]


def recorded(signer: Ed25519Signer = REGISTRAR, log: Ed25519Signer = LOG) -> Ledger:
    """The real vote and the simulated silence procedure, in one ledger."""
    ledger = Ledger.create(None, signer=signer, log_signer=log, origin="example.org/votes")
    for name in ("s-2020-268", "unga-74-544"):
        play(ledger, read_case(case_file(name)), case_file(name).parent, signer=signer)
    return ledger


SMALL = "S/1"
OPENED = datetime(2026, 3, 27, 18, tzinfo=UTC)
HOSTILE = "</title></script><script>document.title='taken'</script><img src=x onerror=alert(1)>\"'&{{7*7}}"
ROSTER = Roster(name="three", members=(Seat(member="CHN", permanent=True), Seat(member="EST"), Seat(member="VNM")))
SEATLESS = Procedure.of(
    plain(built_in_procedure("unsc-2020-253")),
    where="the Council's, for however many seats",
)


def cast(member: str, hours: float, position: str = "in_favour", sha256: str | None = None) -> VoteCast:
    """A reply that arrives ``hours`` hours after the opening."""
    paper = Instrument(
        form="letter", office="permanent_representative", signed=True, addressee="president", sha256=sha256
    )
    arrived = OPENED + timedelta(hours=hours)
    return VoteCast(member=member, position=position, received_at=arrived, instrument=paper)


def small(
    signer: Ed25519Signer = REGISTRAR,
    log: Ed25519Signer = LOG,
    change: Callable[[list[tuple[float, Act]]], list[tuple[float, Act]]] = list,
    members: Mapping[str, Ed25519Signer] | None = None,
    after: Callable[[Ledger, datetime], None] = lambda _ledger, _now: None,
    before: Callable[[Ledger], None] = lambda _ledger: None,
) -> Ledger:
    """A vote of three members on a clock of its own: one in time with its letter, one late, one silent.

    ``change`` alters what happened, given as acts with their hours after the opening. ``members`` have keys, and sign
    their replies; ``after`` is called behind each act, ``before`` before the first one.
    """
    ticks = iter(range(1_000_000))
    now = OPENED - timedelta(hours=2)

    def clock() -> datetime:
        return now + timedelta(milliseconds=next(ticks))

    ledger = Ledger.create(None, signer=signer, log_signer=log, origin="example.org/small", clock=clock)
    procedure = ledger.adopt_procedure(SEATLESS, signer=signer)
    letter = ledger.attach(b"The delegation votes in favour.\n")
    history: list[tuple[float, Act]] = [
        (-1, DraftCirculated(symbol=SMALL, question="substantive", times="live", procedure=procedure)),
        (0, LetterSent(kind="opening", opens_at=OPENED)),
        (2, cast("CHN", 2, sha256=letter)),
        (3, ExplanationFiled(member="CHN", languages=("en",), sha256=letter)),
        (25, cast("EST", 25)),
        (26, VotingClosed(closed_at=OPENED + timedelta(hours=26))),
        (27, ResultAnnounced(announced_at=OPENED + timedelta(hours=27))),
    ]
    for member, key in (members or {}).items():
        grant = KeyGrant(
            key=key.key_id, public_key=key.public_key.hex(), office="permanent_representative", member=member
        )
        ledger.keep_register(KeyEnrolled(grant=grant), signer=signer)
    before(ledger)
    for hours, act in change(history):
        now = OPENED + timedelta(hours=hours)
        if isinstance(act, VoteCast) and act.member in (members or {}):
            ballot = blank_of(ledger.vote(SMALL), ledger.register()).ballot(act.member, str(act.position))
            signed = SignedBallot(envelope=sign_ballot(ballot, (members or {})[act.member]))
            ledger.perform(SMALL, act.model_copy(update={"ballot": signed}), signer=signer)
        else:
            ledger.perform(SMALL, act, signer=signer, roster=ROSTER)
        after(ledger, now)
    return ledger


def hostile() -> Ledger:
    """A vote whose every text would like to be more than that."""
    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/votes")
    procedure = ledger.adopt_procedure(SEATLESS, signer=REGISTRAR)
    draft = DraftCirculated(
        symbol=SMALL, title=HOSTILE, source=HOSTILE, question="substantive", times="live", procedure=procedure
    )
    ledger.perform(SMALL, draft, signer=REGISTRAR)
    ledger.perform(SMALL, LetterSent(kind="opening", opens_at=ledger.clock()), signer=REGISTRAR, roster=ROSTER)
    paper = Instrument(
        form="letter",
        signatory=HOSTILE,
        remarks=(HOSTILE,),
        sha256=ledger.attach(b"<script>alert(1)</script>"),
        media_type="text/html",
    )
    act = cast("CHN", 0).model_copy(update={"received_at": ledger.clock(), "instrument": paper, "source": HOSTILE})
    ledger.perform(SMALL, act, signer=REGISTRAR)
    return ledger


def members_of(bundle: Path) -> Members:
    """Every member's bytes, by its name in the folder."""
    with Container.open(bundle) as container:
        return {name.removeprefix(FOLDER): b"".join(container.chunks(name)) for name in container.members}


def rebuild(bundle: Path, members: Members) -> None:
    """Write members as a bundle's zip, with every manifest rewritten."""
    payload = sorted(name for name in members if name.startswith("data/"))
    oxum = f"Payload-Oxum: {sum(len(members[name]) for name in payload)}.{len(payload)}\n".encode()
    members["bag-info.txt"] = re.sub(rb"Payload-Oxum: .*\n", oxum, members.get("bag-info.txt", b""))
    for kind in ("sha256", "sha512"):
        lines = (f"{hashlib.new(kind, members[name]).hexdigest()}  {name}\n" for name in payload)
        members[f"manifest-{kind}.txt"] = "".join(lines).encode()
    tags = sorted(n for n in members if not n.startswith("data/") and not n.startswith("tagmanifest"))
    listed: Iterable[str] = (f"{hashlib.sha256(members[name]).hexdigest()}  {name}\n" for name in tags)
    members["tagmanifest-sha256.txt"] = "".join(listed).encode()
    write_members(bundle, members)


def write_members(bundle: Path, members: Members) -> None:
    """Write members as a bundle's zip, whatever its manifests say."""
    with bundle.open("w+b") as out:
        write_container(out, ((FOLDER + name, [members[name]]) for name in sorted(members)))


def rewrite(bundle: Path, change: Callable[[Members], None]) -> None:
    """What an adversary without keys can do: change members, and rewrite every manifest."""
    members = members_of(bundle)
    change(members)
    rebuild(bundle, members)


def past_the_rules(ledger: Ledger, act: RegisterAct, index: int, signer: Ed25519Signer = REGISTRAR) -> None:
    """Put an act into the register with the registrar's key, whatever the rules say, and sign no checkpoint over it."""
    forged = write_entry(
        act,
        stream=REGISTER_STREAM,
        index=index,
        register=index,
        signer=signer,
        office="registrar",
        recorded_at=OPENED,
        seen=Seen(0, EMPTY_ROOT),
    )
    ledger.streams.append([forged])


def forced(ledger: Ledger, act: Act, name: str = SMALL, *, stream: str | None = None, of_old: bool = False) -> None:
    """Put an act into a vote with the registrar's key, whatever the rules say, and sign the log over it.

    ``stream`` is where, if not in that vote; ``of_old``: as the first version would have written it.
    """
    entry = write_entry(
        act,
        stream=stream or vote_stream(name),
        index=len(list(ledger.streams.stream(vote_stream(name)))) if stream is None else 0,
        register=ledger.register().version,
        signer=REGISTRAR,
        office="registrar",
        recorded_at=ledger.clock(),
        seen=Seen(0, EMPTY_ROOT),
    )
    ledger.streams.append([entry._replace(envelope=of_first_format(entry.envelope)) if of_old else entry])
    sign_over(ledger)


def sign_over(ledger: Ledger, log: Ed25519Signer = LOG) -> None:
    """Sign the log over whatever is in the store: a holder of the log's key can, and the ledger does not."""
    *former, present = ledger.log_keys()
    advance(ledger.log, ledger.streams, ledger.streams.look, NoteSigner(present.name, log), former)


@contextmanager
def clock_unchecked() -> Iterator[None]:
    """Meanwhile acts are recorded by any clock, as by a recorder that does not ask."""
    with patch.object(KnownHours, "check", lambda *_: None):
        yield


@contextmanager
def register_unchecked() -> Iterator[None]:
    """Meanwhile a register is read that its own rules forbid, as by other software."""
    with patch.object(KnownRegister, "_check_rules", lambda *_: None):
        yield


def taken_over(*ledgers: Ledger) -> None:
    """Let ledgers in memory be used in a forked child, which shares nothing with its parent and holds no lock."""
    for ledger in ledgers:
        ledger.streams._process = ledger._recorder.turn._process = os.getpid()


def recorded_anyhow(
    ledger: Ledger,
    act: AnyAct,
    stream: str,
    signer: Ed25519Signer = REGISTRAR,
    office: str = "registrar",
    *,
    miscount: int = 0,
    had_seen: Seen | None = None,
    log: Ed25519Signer = LOG,
) -> StoredEntry:
    """Record an act whatever the rules say, as other software would, and sign the log over it.

    ``miscount`` is by how much it counts the register wrongly, ``had_seen`` what its recorder says it had seen.
    """
    head = ledger.checkpoint()
    index, register = (len(list(ledger.streams.stream(each))) for each in (stream, REGISTER_STREAM))
    entry = write_entry(
        act,
        stream=stream,
        index=index,
        register=register + miscount,
        signer=signer,
        office=office,
        recorded_at=ledger.clock(),
        seen=had_seen or Seen(head.size, head.root),
    )
    ledger.streams.append([entry])
    sign_over(ledger, log)
    return entry


def cut_off(ledger: Ledger, symbol: str = "A", signer: Ed25519Signer = REGISTRAR) -> None:
    """Record a draft as a process would that is killed before any head covers it."""
    draft = DraftCirculated(
        symbol=symbol, question="substantive", times="live", procedure=built_in_procedure("unsc-2020-253").sha256
    )
    left = write_entry(
        draft,
        stream=vote_stream(symbol),
        index=0,
        register=ledger.register().version,
        signer=signer,
        office="registrar",
        recorded_at=ledger.clock(),
        seen=seen(tip_of(ledger.streams.look({}, None).edge, ledger.log_keys(), ledger.log.nodes)),
    )
    ledger.streams.append([left])


def of_first_format(raw: bytes, signer: Ed25519Signer = REGISTRAR) -> bytes:
    """An entry as the first version would have written it: ``inblue-entry/1``, signed again."""
    value = json.loads(payload_of(raw))
    kept = {name: value[name] for name in value if name not in {"register", "idempotency_key"}}
    return seal(canonical({**kept, "format": "inblue-entry/1"}), signer)


@contextmanager
def first_format() -> Iterator[None]:
    """Meanwhile entries are written as the first version wrote them, as ``inblue-entry/1``."""
    frame = entry._frame

    def first(*given: Any) -> tuple[bytes, bytes]:
        before, after = frame(*given[:4], register := given[4], None)
        return before.replace(b"inblue-entry/2", b"inblue-entry/1"), after.replace(b'"register":%d,' % register, b"", 1)

    with patch.object(entry, "_frame", first):
        yield


class MlDsaSigner:
    """A log that signs with ML-DSA-44, as C2SP advises; :class:`NoteSigner` cannot."""

    def __init__(self, seed: bytes, name: str) -> None:
        self.name = name
        self._private = MLDSA44PrivateKey.from_seed_bytes(seed)
        self.verifier = MlDsaVerifier(name, self._private.public_key().public_bytes_raw())

    def line(self, text: str, timestamp: int = 0) -> str:
        """A signature line over a checkpoint."""
        message = subtree_message(self.name, timestamp, Checkpoint.parse(text))
        blob = self.verifier.note_id + struct.pack(">Q", timestamp) + self.sign(message)
        return f"\N{EM DASH} {self.name} {encode_base64(blob)}\n"

    def sign(self, message: bytes) -> bytes:
        """A signature over any bytes."""
        return self._private.sign(message)


class GoneSince(MemoryFiles):
    """The files of a ledger, of which one is there so many times, and then no more."""

    def __init__(self, files: Files, gone: str, times: int) -> None:
        super().__init__()
        self._files, self._gone, self.left = files, gone, times

    def get(self, sha256: str) -> bytes:
        if sha256 == self._gone and self.left == 0:
            raise NotFound("it is not kept any more")
        self.left -= sha256 == self._gone
        return self._files.get(sha256)
