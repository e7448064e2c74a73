"""The tamper matrix: everything an adversary may do to a small bundle, and what verification says of each.

``make tamper`` runs all of it; ``make test`` runs a seeded sample. Each attack ends in one of three ways:

* detected: the bundle is refused, or a problem is named;
* weaker: it verifies, and says no more of any reply than the true bundle does;
* out of reach: it verifies and says something else, in a way that docs/threats.md owns up to.

An attack that ends in the third way without being listed as out of reach is a defect, and the run fails. Two bundles
are attacked: one of a ledger that nobody outside has seen, and one whose checkpoints an authority has stamped and a
witness cosigned, and whose first reply is a ballot that the member signed itself. Then evidence is left out of richer
ones, by the reducer (:mod:`reducer`).
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from inspect import unwrap
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, get_args
from typing import cast as cast_type

from authority import Tsa
from ledgers import OPENED, SMALL, Members, cast, members_of, past_the_rules, rebuild, sign_over, small, taken_over
from reducer import Ended, run_reductions, wholes
from signers import LOG, REGISTRAR

from inblue.domain.acts import Act, LetterSent, VoteCast
from inblue.domain.ballot import SignedBallot
from inblue.domain.canonical import canonical
from inblue.domain.ending_acts import ResultAnnounced
from inblue.domain.errors import Malformed
from inblue.domain.register_acts import KeyRevoked, LogKeyAnnounced
from inblue.domain.verdict import Strength, Verdict
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.receipt_checks import Surfaced
from inblue.ledger.audit.result import Verification
from inblue.ledger.entries.ballot import blank_of, sign
from inblue.ledger.entries.entry import REGISTER_STREAM, Seen, write_entry
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.evidence.attestations import COSIGNED, TIMESTAMPS
from inblue.ledger.evidence.bundle import CHECKPOINT, ENTRIES, README, REGISTER
from inblue.ledger.evidence.container import Container
from inblue.ledger.evidence.receipt import Receipt
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Stamp
from inblue.ledger.operations.export import _Draft, export, issue_receipt
from inblue.ledger.projections.record import record_of, short_of
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import EMPTY_ROOT
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.standards.timestamp import request, token_of
from inblue.ledger.stores.memory import MemoryLog

Outcome: TypeAlias = Literal["detected", "weaker", "out of reach"]
History: TypeAlias = list[tuple[float, Act]]
Change: TypeAlias = Callable[[History], History]

CHINA = Ed25519Signer.from_seed(b"c" * 32)
WITNESS = CosignatureSigner("one.example/witness", Ed25519Signer.from_seed(b"w" * 32))
FRESH_SIGNER, FRESH_LOG = Ed25519Signer.from_seed(b"R" * 32), Ed25519Signer.from_seed(b"L" * 32)


@dataclass(frozen=True)
class Attack:
    """A changed bundle, what the reader knows from elsewhere, and whether it may go unnoticed."""

    group: str
    name: str
    build: Callable[[], bytes] = field(repr=False)
    trust: Trust = field(repr=False)
    may_pass: bool = False
    require: tuple[str, ...] = ()
    receipts: tuple[Receipt, ...] = field(default=(), repr=False)


# What happened otherwise, for an adversary who can sign


def in_time(history: History) -> History:
    """The late reply, as if it had come within the window."""
    return [(23.0, cast("EST", 23)) if getattr(act, "member", "") == "EST" else (at, act) for at, act in history]


def left_out(history: History) -> History:
    """A reply, and what followed from it, as if it had never come."""
    return [(at, act) for at, act in history if getattr(act, "member", "") != "CHN"]


def turned(history: History) -> History:
    """A position that China did not state."""
    return [
        (at, cast("CHN", 2, "against")) if isinstance(act, VoteCast) and at == 2 else (at, act) for at, act in history
    ]


def invented(history: History) -> History:
    """A reply of the member that was silent."""
    return sorted([*history, (4.0, cast("VNM", 4))], key=lambda each: each[0])


def moved(history: History) -> History:
    """A window that opened two hours later."""
    later = LetterSent(kind="opening", opens_at=OPENED.replace(hour=OPENED.hour + 2))
    return [(2.0, later) if isinstance(act, LetterSent) else (at + 2 * (at > 0), act) for at, act in history]


def _first(keep: int, history: History) -> History:
    return history[:keep]


REWRITTEN: tuple[Change, ...] = (in_time, left_out, turned, invented, moved)


@dataclass(frozen=True)
class Target:
    """A true bundle, and what a careful reader knows of its log: who keeps it, and its state at the end."""

    ledger: Ledger
    raw: bytes
    members: Members
    known: Trust
    watched: Trust

    @cached_property
    def said(self) -> Said:
        """What the true bundle says to that reader."""
        return _said(verify_bundle_bytes(self.raw, self.known))

    @classmethod
    def make(cls) -> Target:
        """The small vote."""
        ledger = small()
        head, founded = ledger.log.head(), ledger.register().founded
        assert head is not None
        assert founded is not None
        known = Trust(origin=founded.origin, log_key=founded.log_key, registrar=(REGISTRAR.key_id,))
        watched = known.model_copy(update={"checkpoints": (head.note.decode(),)})
        raw = exported(ledger)
        return cls(ledger, raw, _members(raw), known, watched)


@dataclass(frozen=True)
class Proved(Target):
    """The small vote with a ballot, stamped by ``tsa`` and cosigned by a witness; ``receipt`` is that of the ballot."""

    tsa: Tsa
    receipt: Receipt

    @classmethod
    def prove(cls, folder: Path) -> Proved:
        """Make the authority in ``folder``, and play the vote under it."""
        tsa = Tsa.make(folder, "one")
        ledger = proved(tsa)
        head, founded = ledger.log.head(), ledger.register().founded
        assert head is not None
        assert founded is not None
        policy = f"witness one {WITNESS.verifier}\nquorum one\n"
        known = Trust(
            origin=founded.origin,
            log_key=founded.log_key,
            registrar=(REGISTRAR.key_id,),
            authorities=(tsa.authority,),
            policy=policy,
        )
        watched = known.model_copy(update={"checkpoints": (head.note.decode(),)})
        raw = exported(ledger)
        return cls(ledger, raw, _members(raw), known, watched, tsa, issue_receipt(ledger, SMALL, "CHN"))


def proved(tsa: Tsa, change: Change = list, at: float | None = None, signer: Ed25519Signer = CHINA) -> Ledger:
    """The small vote with China's ballot, cosigned throughout, and stamped at its own hours or all of it ``at`` one."""

    def prove(ledger: Ledger, now: datetime) -> None:
        if now < OPENED:
            return
        head = ledger.log.head()
        assert head is not None
        query = request(head.note, head.size)
        hour = now if at is None else OPENED + timedelta(hours=at)
        token = token_of(tsa.answer(query, hour + timedelta(seconds=2)), query)
        ledger.log.keep_stamp(Stamp(head.size, tsa.authority.canonical().decode(), head.note, query, token))
        line = WITNESS.line(head.note.decode().split("\n\n")[0] + "\n", int(now.timestamp()))
        ledger.log.keep_cosignature(head.size, head.note, line)

    return small(change=change, members={"CHN": signer}, after=prove)


def exported(ledger: Ledger, vote: str | None = SMALL) -> bytes:
    """The bundle of the small vote, or of another."""
    with tempfile.TemporaryDirectory() as folder:
        write = unwrap(export)  # also of what replaces a ledger
        bundle: Path = write(ledger, Path(folder) / "b.zip", vote=vote, include_open=True).path
        return bundle.read_bytes()


# The attacks


def every_attack(target: Target) -> Iterator[Attack]:
    """The whole matrix, in order."""
    for attacks in (flips, cuts, zips, contents, lines, flipped_contents, recuts, resigned, grafts):
        yield from attacks(target)


def every_attack_on_proof(target: Proved) -> Iterator[Attack]:
    """Attacks on what third parties vouch for: the design's rows on time, witnesses, receipts and ballots."""
    for attacks in (flipped_proofs, proofs_moved, proofs_stripped, forged_times, rewritten_under_witness, foul_ballots):
        yield from attacks(target)


def flipped_proofs(target: Proved) -> Iterator[Attack]:
    """Each byte of the timestamps and cosignatures with one bit turned, with every manifest rewritten."""
    for name in (TIMESTAMPS, COSIGNED, CHECKPOINT):
        for at in range(len(target.members[name])):
            build = partial(_flipped_member, target, name, at)
            yield Attack("flipped byte of a proof", f"{name} {at}", build, target.known)


def proofs_moved(target: Proved) -> Iterator[Attack]:
    """Tokens and cosignatures put over other checkpoints than their own, doubled, or in another order."""
    movable = {TIMESTAMPS: ("token", "query", "note", "path", "size"), COSIGNED: ("note", "path", "size")}
    for name, fields in movable.items():
        rows = [json.loads(line) for line in target.members[name].splitlines()]
        for one, two in pairwise(range(len(rows))):
            for moved_field in fields:
                changed = [dict(row) for row in rows]
                changed[one][moved_field], changed[two][moved_field] = rows[two][moved_field], rows[one][moved_field]
                yield _changed(target, "proofs exchanged", f"{name} {one} {moved_field}", {name: _lines(changed)})
            for kind, other in (("doubled", [*rows, rows[one]]), ("out of order", rows[::-1])):
                yield _changed(target, f"proofs {kind}", f"{name} {one}", {name: _lines(other)})


def proofs_stripped(target: Proved) -> Iterator[Attack]:
    """The true log, without some tokens or cosignatures, and with the rest derived again."""
    stamps, cosigned = target.ledger.log.stamps(), target.ledger.log.cosigned()
    for kept in range(len(stamps)):
        for left in (stamps[:kept], stamps[kept + 1 :]):
            yield Attack("timestamps stripped", str(kept), partial(_stripped, target, left, cosigned), target.known)
        required = partial(_stripped, target, stamps[:kept], cosigned)
        if kept < 2:
            yield Attack("timestamps stripped, proof required", str(kept), required, target.known, require=("proven",))
    for kept in range(len(cosigned)):
        build = partial(_stripped, target, stamps, cosigned[:kept])
        yield Attack("cosignatures stripped", str(kept), build, target.known)
        yield Attack(
            "cosignatures stripped, witnesses required", str(kept), build, target.known, require=("witnessed",)
        )


def forged_times(target: Proved) -> Iterator[Attack]:
    """A late reply entered as if in time, with tokens of an attacker's authority, of the true one, or of none."""
    evil = Tsa.make(target.tsa.folder.parent / "evil", "one")
    for name, tsa, at in (("an attacker's authority", evil, None), ("the true authority, now", target.tsa, 30.0)):
        build = partial(_forged, tsa, at)
        yield Attack("backdated by every key", name, build, target.known, require=("proven",))
        yield Attack("backdated by every key, a checkpoint known", name, build, target.watched)


def rewritten_under_witness(target: Proved) -> Iterator[Attack]:
    """Another history by a holder of every key of the ledger, but of no witness, and not the members' receipts."""
    for change in REWRITTEN:
        build = partial(_rewritten, target.tsa, change)
        yield Attack("rewritten with every key", change.__name__, build, target.known, may_pass=True)
        group = "rewritten with every key, witnesses required"
        yield Attack(group, change.__name__, build, target.known, require=("witnessed",))
        group = "rewritten with every key, a receipt held"
        yield Attack(group, change.__name__, build, target.known, receipts=(target.receipt,))


def foul_ballots(target: Proved) -> Iterator[Attack]:
    """Ballots that the registrar embeds, of another key, another vote, twice, changed, or of a revoked key."""
    for how in ("another key", "twice", "another position", "revoked", "unsigned", *BOUND_ELSEWHERE):
        yield Attack("ballot embedded that is none", how, partial(_foul, target.tsa, how), target.known)


def flips(target: Target) -> Iterator[Attack]:
    """Each byte of the file with one bit turned."""
    for at in range(len(target.raw)):
        yield Attack("flipped byte of the zip", str(at), partial(flip, target.raw, at), target.known)


def cuts(target: Target) -> Iterator[Attack]:
    """The file cut at each 16th byte, and with bytes before or after."""
    for at in range(0, len(target.raw), 16):
        yield Attack("truncated zip", str(at), partial(bytes, target.raw[:at]), target.known)
    for extra in (b"\0", b"\n", b"PK\x05\x06", target.raw):
        yield Attack("bytes in front", repr(extra[:4]), partial(bytes, extra + target.raw), target.known)
        yield Attack("bytes behind", repr(extra[:4]), partial(bytes, target.raw + extra), target.known)


def zips(target: Target) -> Iterator[Attack]:
    """Members twice, in another order, under another name."""
    spans = _spans(target.raw)
    for number, (low, high) in enumerate(spans):
        doubled = target.raw[:high] + target.raw[low:high] + target.raw[high:]
        yield Attack("member twice", str(number), partial(bytes, doubled), target.known)
        if number:
            before, mine = target.raw[spans[number - 1][0] : low], target.raw[low:high]
            swapped = target.raw[: spans[number - 1][0]] + mine + before + target.raw[high:]
            yield Attack("members in another order", str(number), partial(bytes, swapped), target.known)


def contents(target: Target) -> Iterator[Attack]:
    """Members removed, emptied, cut, lengthened, exchanged and added, with every manifest rewritten."""
    names = sorted(target.members)
    for name in names:
        content = target.members[name]
        yield _changed(target, "member removed", name, {name: None})
        yield _changed(target, "member emptied", name, {name: b""})
        yield _changed(target, "member cut", name, {name: content[:-1]})
        yield _changed(target, "member lengthened", name, {name: content + b"\n"})
        yield _changed(target, "member doubled", name, {name: content * 2})
        for other in names:
            if name < other:
                exchanged = {name: target.members[other], other: content}
                yield _changed(target, "members exchanged", f"{name} and {other}", exchanged)
    for name in ("data/files/" + "ab" * 32, "data/note.txt", "fetch.txt", "zzz"):
        yield _changed(target, "member added", name, {name: b"a letter"})


def lines(target: Target) -> Iterator[Attack]:
    """Entries left out, doubled, exchanged and cut off, with every manifest rewritten."""
    for name in (ENTRIES, REGISTER):
        entries = target.members[name].splitlines(keepends=True)
        for at, entry in enumerate(entries):
            for kind, changed in (
                ("left out", [*entries[:at], *entries[at + 1 :]]),
                ("doubled", [*entries[: at + 1], *entries[at:]]),
                ("cut off behind", entries[:at]),
                ("exchanged", [*entries[: at - 1], entry, entries[at - 1], *entries[at + 1 :]] if at else []),
            ):
                yield _changed(target, f"entry {kind}", f"{name} {at}", {name: b"".join(changed)})


def flipped_contents(target: Target) -> Iterator[Attack]:
    """Each byte of each member with one bit turned, with every manifest and checksum rewritten."""
    for name, content in target.members.items():
        for at in range(len(content)):
            build = partial(_flipped_member, target, name, at)
            yield Attack("flipped byte of a member", f"{name} {at}", build, target.known)


def recuts(target: Target) -> Iterator[Attack]:
    """Older copies, and shorter ranges of the same log: all of it true, and less."""
    acts = target.ledger.vote(SMALL).version
    for keep in range(2, acts):
        older = partial(_history, partial(_first, keep))
        yield Attack("older copy", str(keep), older, target.known)
        yield Attack("older copy, a later checkpoint known", str(keep), older, target.watched)
    for end in range(3, acts + 2):
        yield Attack("shorter range", str(end), partial(shorter, target.ledger, end), target.watched)


def resigned(target: Target) -> Iterator[Attack]:
    """Another history, signed throughout by a holder of some of the keys."""
    for change in REWRITTEN:
        for held, signer, log in (
            ("no key, fresh ones", FRESH_SIGNER, FRESH_LOG),
            ("the registrar's key", REGISTRAR, FRESH_LOG),
            ("the log's key", FRESH_SIGNER, LOG),
            ("every key", REGISTRAR, LOG),
        ):
            group, build = f"rewritten with {held}", partial(_history, change, signer, log)
            yield Attack(group, change.__name__, build, target.known, may_pass=held == "every key")
            yield Attack(f"{group}, a checkpoint known", change.__name__, build, target.watched)


def grafts(target: Target) -> Iterator[Attack]:
    """True parts of one bundle in another, checkpoints of other keys, and the log's key replaced by the registrar."""
    for change in REWRITTEN:
        for names in ((ENTRIES,), (ENTRIES, REGISTER), (CHECKPOINT,), (CHECKPOINT, REGISTER)):
            build = partial(_grafted, target, change, names)
            yield Attack("parts of another history", f"{change.__name__} {names}", build, target.known)
    head = target.ledger.checkpoint()
    for size in range(1, head.size + 2):
        for root in (head.root, bytes(32)):
            note = Checkpoint(head.origin, size, root).sign(NoteSigner(head.origin, FRESH_LOG))
            yield _changed(target, "checkpoint of another key", str(size), {CHECKPOINT: note})
    for announced in (False, True):
        name = "announced behind the last checkpoint" if announced else "not announced"
        build = partial(usurped, announced)
        yield Attack("the log's key replaced by the registrar", name, build, target.known)


# How it ends


def outcome(attack: Attack, target: Target) -> Outcome | None:
    """Verify the bundle and say how it ended; None if nothing was changed, or only the README, which is not evidence.

    Raises:
        AssertionError: in a way that nothing accounts for.
    """
    where = f"{attack.group}: {attack.name}"
    raw = attack.build()
    if raw == target.raw:
        return None
    with tempfile.NamedTemporaryFile() as file:
        path = Path(file.name)
        path.write_bytes(raw)
        found = _found(path, attack)
        if isinstance(found, list):
            assert found, where
            assert all(text and "\n" not in text for text in found), where
            return "detected"
        if _but_for_the_readme(members_of(path)) == _but_for_the_readme(_members(target.raw)):
            return None
        if not _stronger(_said(found), target.said):
            return "weaker"
        assert attack.may_pass, f"{where}: verifies, and says more than the true bundle"
        return "out of reach"


def _but_for_the_readme(members: Members) -> Members:
    return {name: content for name, content in members.items() if name not in {README, "tagmanifest-sha256.txt"}}


def _found(path: Path, attack: Attack) -> Verification | list[str]:
    """What verification found, or why the bundle is refused, what does not hold, or what is less than was required."""
    against = Surfaced(attack.receipts) if attack.receipts else None
    try:
        found = verify_bundle(path, attack.trust, against=against)
    except Malformed as error:
        return [str(error)]
    named = [problem.text for problem in found.problems]
    if "witnessed" in attack.require and not found.witnessed:
        named.append("too few witnesses")
    if "proven" in attack.require:
        records = [record_of(state, found.bounds.get(symbol)) for symbol, state in found.states.items()]
        named += [f"{each.reply.member} is not proven" for record in records for each in short_of(record, "proven")]
    return named or found


class Said(NamedTuple):
    """What a bundle says of each reply, of the window, and of the outcome."""

    replies: Mapping[tuple[str, int], Verdict]
    positions: Mapping[tuple[str, int], tuple[str | None, bool]]
    opens_at: datetime | None
    announced: ResultAnnounced | None


def _said(found: Verification) -> Said:
    record = record_of(found.states[SMALL], found.bounds.get(SMALL)) if SMALL in found.states else None
    if record is None:
        return Said({}, {}, None, None)
    named = {(each.reply.member, each.reply.ordinal): each for each in record.replies}
    return Said(
        {key: each.verdict for key, each in named.items()},
        {key: (each.reply.act.position, each.counted) for key, each in named.items()},
        record.state.window.opens_at,
        record.state.result.act if record.state.result else None,
    )


def verify_bundle_bytes(raw: bytes, trust: Trust) -> Verification:
    """Verify a bundle that is not in a file yet."""
    with tempfile.NamedTemporaryFile() as file:
        path = Path(file.name)
        path.write_bytes(raw)
        return verify_bundle(path, trust)


def _stronger(now: Said, true: Said) -> bool:
    """Whether it says of any reply, or of the outcome, what the true record does not."""
    order = get_args(Strength)  # the strongest first
    for key, verdict in now.replies.items():
        before = true.replies.get(key)
        if before is None or now.positions[key] != true.positions[key] or verdict.placement != before.placement:
            return True
        if order.index(verdict.strength) < order.index(before.strength):
            return True
        if verdict.strength == before.strength and verdict.margin is not None and before.margin is not None:
            less = verdict.margin <= before.margin if verdict.strength == "proven" else verdict.margin == before.margin
            if not less:
                return True
    if now.announced not in (None, true.announced) or (now.opens_at is not None and now.opens_at != true.opens_at):
        return True
    return now.announced is not None and len(now.replies) != len(true.replies)


def run(attacks: Sequence[Attack], target: Target) -> Counter[tuple[str, Outcome]]:
    """Judge every attack on every core; counts by group and outcome."""

    def judge(number: int) -> Outcome | None:
        return outcome(attacks[number], target)

    global _judge  # noqa: PLW0603 - what forked workers inherit, as attacks are made in them and not sent to them
    _judge = judge
    counts: Counter[tuple[str, Outcome]] = Counter()
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(mp_context=forked, initializer=taken_over, initargs=(target.ledger,)) as pool:
        for attack, ended in zip(attacks, pool.map(_judged, range(len(attacks)), chunksize=64), strict=True):
            if ended is not None:
                counts[attack.group, ended] += 1
    return counts


_judge: Callable[[int], Outcome | None]


def _judged(number: int) -> Outcome | None:
    return _judge(number)


# Making them


def flip(raw: bytes, at: int) -> bytes:
    """With one bit of one byte turned."""
    return raw[:at] + bytes([raw[at] ^ (1 << (at * 7 % 8))]) + raw[at + 1 :]


def _history(change: Change, signer: Ed25519Signer = REGISTRAR, log: Ed25519Signer = LOG) -> bytes:
    return exported(small(signer, log, change))


def _changed(target: Target, group: str, name: str, given: Mapping[str, bytes | None]) -> Attack:
    return Attack(group, name, partial(rebuilt, target, given), target.known)


def rebuilt(target: Target, given: Mapping[str, bytes | None]) -> bytes:
    """The target with other members (None: without them), and every manifest rewritten."""
    members = {name: content for name, content in {**target.members, **given}.items() if content is not None}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.zip"
        rebuild(path, members)
        return path.read_bytes()


def _flipped_member(target: Target, name: str, at: int) -> bytes:
    return rebuilt(target, {name: flip(target.members[name], at)})


def _grafted(target: Target, change: Change, names: Iterable[str]) -> bytes:
    other = _members(_history(change, REGISTRAR, FRESH_LOG))
    return rebuilt(target, {name: other[name] for name in names})


def usurped(announced: bool) -> bytes:
    """The registrar gives the log a key of its own choice, without the log's key, and goes on with another history."""
    ledger = small(change=lambda history: history[:3])
    if announced:
        vkey = str(NoteSigner(ledger.log_keys()[0].name, FRESH_LOG).verifier)
        past_the_rules(ledger, LogKeyAnnounced(log_key=vkey), 2)
    ledger.replace_log_key(FRESH_LOG, cause="rotation" if announced else "loss", signer=REGISTRAR)
    ledger.perform(SMALL, cast("VNM", 2), signer=REGISTRAR)
    return exported(ledger)


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(canonical(row) + b"\n" for row in rows)


class _Hidden:
    """A ledger whose log shows only some of what third parties put on it."""

    def __init__(self, ledger: Ledger, stamps: Sequence[Stamp], cosigned: Sequence[tuple[int, bytes]]) -> None:
        self._ledger, self.log = ledger, copy(ledger.log)
        assert isinstance(self.log, MemoryLog)
        sizes = {size for size, _ in cosigned}
        self.log._stamps = list(stamps)
        self.log._cosignatures = {each: note for each, note in self.log._cosignatures.items() if each[0] in sizes}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


def _stripped(target: Proved, stamps: Sequence[Stamp], cosigned: Sequence[tuple[int, bytes]]) -> bytes:
    return exported(cast_type("Ledger", _Hidden(target.ledger, stamps, cosigned)))


def _forged(tsa: Tsa, at: float | None) -> bytes:
    return exported(proved(tsa, in_time, at))


def _rewritten(tsa: Tsa, change: Change) -> bytes:
    ledger = proved(tsa, change, at=30)
    return exported(cast_type("Ledger", _Hidden(ledger, ledger.log.stamps(), ())))


BOUND_ELSEWHERE: dict[str, dict[str, Any]] = {
    "another log": {"log": "example.org/rehearsals"},
    "another draft": {"draft": "S/2"},
    "another round": {"round": 2},
    "another text": {"texts": {"en": "ab" * 32}},
    "another opening": {"opening": "ab" * 32},
    "another deadline": {"closes_at": OPENED},
    "a rehearsal": {"rehearsal": True},
}
"""What else a ballot may be bound to than the vote it is found in."""


def _foul(tsa: Tsa, how: str) -> bytes:
    """A vote whose registrar has put a ballot past the rules that no member would stand by."""
    ledger = proved(tsa, lambda history: history[:3])
    state = ledger.vote(SMALL)
    blank = blank_of(state, ledger.register())
    blank = blank.model_copy(update=BOUND_ELSEWHERE.get(how, {}))
    signed = SignedBallot(envelope=sign(blank.ballot("CHN", "in_favour"), REGISTRAR if how == "another key" else CHINA))
    if how == "twice":
        (signed,) = [reply.act.ballot for reply in state.replies if reply.act.ballot is not None]
    if how == "unsigned":
        spoilt = signed.envelope[:-10] + ("A" if signed.envelope[-10] != "A" else "B") + signed.envelope[-9:]
        signed = SignedBallot(envelope=spoilt)
    if how == "revoked":
        ledger.keep_register(KeyRevoked(key=CHINA.key_id, reason="stolen"), signer=REGISTRAR)
    reply = cast("CHN", 2, "against" if how == "another position" else "in_favour").model_copy(
        update={"ballot": signed}
    )
    entry = write_entry(
        reply,
        stream=vote_stream(SMALL),
        index=state.version,
        register=ledger.register().version,
        signer=REGISTRAR,
        office="registrar",
        recorded_at=OPENED + timedelta(hours=2),
        seen=Seen(0, EMPTY_ROOT),
    )
    ledger.streams.append([entry])
    sign_over(ledger)
    return part(ledger, ledger.checkpoint().size)


def _members(raw: bytes) -> Members:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.zip"
        path.write_bytes(raw)
        return members_of(path)


def _spans(raw: bytes) -> list[tuple[int, int]]:
    """Where each member with its header is in the zip."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.zip"
        path.write_bytes(raw)
        with Container.open(path) as container:
            ends = [member.offset + member.size for member in container.members.values()]
    return list(zip([0, *ends[:-1]], ends, strict=True))


def shorter(ledger: Ledger, end: int) -> bytes:
    """A bundle of the vote that ends before ``end``, which anybody can cut out of the true one."""
    return part(ledger, end)


def part(
    ledger: Ledger,
    end: int,
    change: Callable[[list[tuple[int, bytes]]], list[tuple[int, bytes]]] = list,
    vote: str = SMALL,
    start: int | None = None,
) -> bytes:
    """A bundle of the vote up to ``end``, whether it holds or not; ``start`` is where the vote begins, or as given.

    ``change`` is done to the entries of the register outside the range, each with its index; all is derived from what
    is left.
    """
    head = ledger.log.head()
    assert head is not None
    stored = list(ledger.streams.page(0, 100))
    if start is None:
        start = next(n for n, each in enumerate(stored) if each.originator_id == vote_stream(vote))
    outside = [n for n in range(len(stored)) if not start <= n < end and stored[n].originator_id == REGISTER_STREAM]
    register = [(n, stored[n].envelope) for n in outside]
    with tempfile.TemporaryDirectory() as folder:
        draft = _Draft(ledger, Path(folder), head.note, start, end, head.size, change(register))
        checks = draft.collect()
        about = {symbol: state for symbol, state in checks.votes.states.items() if state is not None}
        return draft.write(checks, ledger.checkpoint(), about).read_bytes()


_MOST = 8_000
"""Attacks of one group at most, chosen by a seed: only of single bytes there are more."""
_SETS = 10_000


def main() -> int:
    """Run the whole matrix on every core and print the counts."""
    with tempfile.TemporaryDirectory() as folder:
        target, proved_target = Target.make(), Proved.prove(Path(folder) / "one")
        print("a ledger that nobody outside has seen")
        _print(run(sample(every_attack(target), _MOST, 2020), target), get_args(Outcome))
        print("\na ledger that is stamped and witnessed", flush=True)
        _print(run(sample(every_attack_on_proof(proved_target), _MOST, 2020), proved_target), get_args(Outcome))
        print("\nevidence left out", flush=True)
        _print(run_reductions(wholes(Path(folder)), _SETS), get_args(Ended))
    return 0


def _print(counts: Counter[tuple[str, Any]], ways: Sequence[str]) -> None:
    groups = sorted({group for group, _ in counts})
    wide = [max(len(way) + 2, 14) for way in ways]
    print(f"{'':52}" + "".join(f"{way:>{width}}" for way, width in zip(ways, wide, strict=True)))
    for group in groups:
        print(f"{group:52}" + "".join(f"{counts[group, way]:{width},}" for way, width in zip(ways, wide, strict=True)))
    totals = (sum(counts[group, way] for group in groups) for way in ways)
    print(f"{'all':52}" + "".join(f"{total:{width},}" for total, width in zip(totals, wide, strict=True)))


def sample(attacks_on: Iterable[Attack], number: int, seed: int) -> list[Attack]:
    """Some attacks of each group, the same ones for the same seed."""
    chance = random.Random(seed)
    by_group: dict[str, list[Attack]] = {}
    for attack in attacks_on:
        by_group.setdefault(attack.group, []).append(attack)
    return [each for attacks in by_group.values() for each in chance.sample(attacks, min(number, len(attacks)))]


if __name__ == "__main__":
    sys.exit(main())
