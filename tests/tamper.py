"""The tamper matrix: everything an adversary may do to a small bundle, and what verification says of each.

``make tamper`` runs all of it; ``make test`` runs a seeded sample. Each attack ends in one of three ways:

* detected: the bundle is refused, or a problem is named;
* weaker: it verifies, and says no more of any reply than the true bundle does;
* out of reach: it verifies and says something else, in a way that docs/threats.md owns up to.

An attack that ends in the third way without being listed as out of reach is a defect, and the run fails.
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
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

from adversary import LOG, OPENED, SIGNER, SMALL, Members, cast, members_of, past_the_rules, rebuild, small

from inblue.domain.acts import Act, LetterSent, VoteCast
from inblue.domain.errors import MalformedError
from inblue.domain.register import LogKeyAnnounced
from inblue.ledger.bundle import CHECKPOINT, ENTRIES, REGISTER, verify_bundle
from inblue.ledger.checkpoint import Checkpoint
from inblue.ledger.container import Container
from inblue.ledger.export import _Draft, export
from inblue.ledger.keys import Ed25519Signer
from inblue.ledger.ledger import Ledger
from inblue.ledger.note import NoteSigner
from inblue.ledger.trust import Trust

Outcome: TypeAlias = Literal["detected", "weaker", "out of reach"]
History: TypeAlias = list[tuple[float, Act]]
Change: TypeAlias = Callable[[History], History]

FRESH_SIGNER, FRESH_LOG = Ed25519Signer.from_seed(b"R" * 32), Ed25519Signer.from_seed(b"L" * 32)


@dataclass(frozen=True)
class Attack:
    """A changed bundle, what the reader knows from elsewhere, and whether it may go unnoticed."""

    group: str
    name: str
    build: Callable[[], bytes] = field(repr=False)
    trust: Trust = field(repr=False)
    may_pass: bool = False


# What happened otherwise, for an adversary who can sign


def in_time(history: History) -> History:
    """The late reply, as if it had come within the window."""
    return [(23.0, cast("EST", 23)) if getattr(act, "member", "") == "EST" else (at, act) for at, act in history]


def left_out(history: History) -> History:
    """A reply, and what followed from it, as if it had never come."""
    return [(at, act) for at, act in history if getattr(act, "member", "") != "CHN"]


def turned(history: History) -> History:
    """A position that was not taken."""
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
    """A true bundle, and what a careful reader knows of its log: who keeps it, and how it stood at the end."""

    ledger: Ledger
    raw: bytes
    members: Members
    known: Trust
    watched: Trust

    @classmethod
    def make(cls) -> Target:
        """The small vote."""
        ledger = small()
        head, founded = ledger.log.head(), ledger.register().founded
        assert head is not None
        assert founded is not None
        known = Trust(origin=founded.origin, log_key=founded.log_key, registrar=(SIGNER.key_id,))
        watched = known.model_copy(update={"checkpoints": (head.note.decode(),)})
        raw = exported(ledger)
        return cls(ledger, raw, _members(raw), known, watched)


def exported(ledger: Ledger) -> bytes:
    """The bundle of the small vote."""
    with tempfile.TemporaryDirectory() as folder:
        return export(ledger, Path(folder) / "b.zip", vote=SMALL, include_open=True).path.read_bytes()


# The attacks


def every_attack(target: Target) -> Iterator[Attack]:
    """The whole matrix, in order."""
    for attacks in (flips, cuts, zips, contents, lines, flipped_contents, recuts, resigned, grafts):
        yield from attacks(target)


def flips(target: Target) -> Iterator[Attack]:
    """Each byte of the file with one bit turned."""
    for at in range(len(target.raw)):
        yield Attack("flipped byte of the zip", str(at), partial(flip, target.raw, at), target.known)


def cuts(target: Target) -> Iterator[Attack]:
    """The file cut at each 16th byte, and with bytes in front or behind."""
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
    """Members removed, emptied, cut, lengthened, exchanged and added, with every manifest made anew."""
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
    """Entries left out, doubled, exchanged and cut off, with every manifest made anew."""
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
    """Each byte of each member with one bit turned, with every manifest and checksum made anew."""
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
    """Another history, signed throughout by whoever holds some of the keys."""
    for change in REWRITTEN:
        for held, signer, log in (
            ("no key, fresh ones", FRESH_SIGNER, FRESH_LOG),
            ("the registrar's key", SIGNER, FRESH_LOG),
            ("the log's key", FRESH_SIGNER, LOG),
            ("every key", SIGNER, LOG),
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
    """Verify the bundle and say how it ended; None if nothing was changed.

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
        if named := _named(path, attack.trust):
            assert all(text and "\n" not in text for text in named), where
            return "detected"
        if not _stronger(members_of(path), target.members):
            return "weaker"
        assert attack.may_pass, f"{where}: verifies, and says more than the true bundle"
        return "out of reach"


def _named(path: Path, trust: Trust) -> list[str]:
    """Why the bundle is refused, or what does not hold."""
    try:
        return [problem.text for problem in verify_bundle(path, trust).problems]
    except MalformedError as error:
        return [str(error)]


def _stronger(changed: Members, true: Members) -> bool:
    """Whether the record says of any reply, or of the outcome, what the true record does not."""
    now, before = (json.loads(each["data/record.json"])["votes"][0] for each in (changed, true))
    said = {(reply["member"], reply["reply"]): _verdict(reply) for reply in before["replies"]}
    if any(said.get((reply["member"], reply["reply"])) != _verdict(reply) for reply in now["replies"]):
        return True
    opened = now["window"]["opens_at"] is not None
    if now["announced"] not in (None, before["announced"]) or (opened and now["window"] != before["window"]):
        return True
    return now["announced"] is not None and len(now["replies"]) != len(said)


def _verdict(reply: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(reply[key] for key in ("position", "placement", "strength", "counted", "margin_seconds"))


def run(attacks: Sequence[Attack], target: Target) -> Counter[tuple[str, Outcome]]:
    """Judge every attack on every core; counts by group and outcome."""

    def judge(number: int) -> Outcome | None:
        return outcome(attacks[number], target)

    global _judge  # noqa: PLW0603 - what forked workers inherit, as attacks are made in them and not sent to them
    _judge = judge
    counts: Counter[tuple[str, Outcome]] = Counter()
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("fork")) as pool:
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


def _history(change: Change, signer: Ed25519Signer = SIGNER, log: Ed25519Signer = LOG) -> bytes:
    return exported(small(signer, log, change))


def _changed(target: Target, group: str, name: str, given: Mapping[str, bytes | None]) -> Attack:
    return Attack(group, name, partial(rebuilt, target, given), target.known)


def rebuilt(target: Target, given: Mapping[str, bytes | None]) -> bytes:
    """The target with other members (None: without them), and every manifest made anew."""
    members = {name: content for name, content in {**target.members, **given}.items() if content is not None}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.zip"
        rebuild(path, members)
        return path.read_bytes()


def _flipped_member(target: Target, name: str, at: int) -> bytes:
    return rebuilt(target, {name: flip(target.members[name], at)})


def _grafted(target: Target, change: Change, names: Iterable[str]) -> bytes:
    other = _members(_history(change, SIGNER, FRESH_LOG))
    return rebuilt(target, {name: other[name] for name in names})


def usurped(announced: bool) -> bytes:
    """The registrar gives the log a key of its own choice, without the log's key, and goes on otherwise."""
    ledger = small(change=lambda history: history[:3])
    if announced:
        vkey = str(NoteSigner(ledger.log_keys()[0].name, FRESH_LOG).verifier)
        past_the_rules(ledger, LogKeyAnnounced(log_key=vkey), 2)
    ledger.replace_log_key(FRESH_LOG, cause="rotation" if announced else "loss", signer=SIGNER)
    ledger.perform(SMALL, cast("VNM", 2), signer=SIGNER)
    return exported(ledger)


def _members(raw: bytes) -> Members:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.zip"
        path.write_bytes(raw)
        return members_of(path)


def _spans(raw: bytes) -> list[tuple[int, int]]:
    """Where each member with its header lies in the zip."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.zip"
        path.write_bytes(raw)
        with Container.open(path) as container:
            ends = [member.offset + member.size for member in container.members.values()]
    return list(zip([0, *ends[:-1]], ends, strict=True))


def shorter(ledger: Ledger, end: int) -> bytes:
    """A bundle of the vote that ends before ``end``, which anybody can cut out of the true one."""
    head = ledger.log.head()
    assert head is not None
    register = [(n, stored.envelope) for n, stored in enumerate(ledger.streams.page(0, 2))]
    with tempfile.TemporaryDirectory() as folder:
        draft = _Draft(ledger, Path(folder), head.note, 2, end, head.size, register)
        checks = draft.collect()
        about = {symbol: state for symbol, state in checks.votes.items() if state is not None}
        return draft.write(checks, ledger.checkpoint(), about).read_bytes()


def main() -> int:
    """Run the whole matrix and print the counts."""
    target = Target.make()
    counts = run(list(every_attack(target)), target)
    groups = sorted({group for group, _ in counts})
    ways: tuple[Outcome, ...] = ("detected", "weaker", "out of reach")
    print(f"{'':52}" + "".join(f"{way:>14}" for way in ways))
    for group in groups:
        print(f"{group:52}" + "".join(f"{counts[group, way]:14,}" for way in ways))
    print(f"{'all':52}" + "".join(f"{sum(counts[group, way] for group in groups):14,}" for way in ways))
    return 0


def sample(target: Target, number: int, seed: int) -> list[Attack]:
    """Some attacks of each group, the same ones for the same seed."""
    chance = random.Random(seed)
    by_group: dict[str, list[Attack]] = {}
    for attack in every_attack(target):
        by_group.setdefault(attack.group, []).append(attack)
    return [each for attacks in by_group.values() for each in chance.sample(attacks, min(number, len(attacks)))]


if __name__ == "__main__":
    sys.exit(main())
