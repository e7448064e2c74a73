"""The reducer: leaves out evidence of true bundles, every way there is, and compares what is left with law 1.

Of what a bundle hands over, each item is left out, each kind, each pair of items, and seeded sets of any size; all that
is derived is made again, as a courier would (:mod:`courier`). What is left must then be refused, or be a verdict that
the ledger itself gave when it was as long as the verdict says (``as of entry N``), with all of the true evidence: never
a stronger one, nor one by which another reply counts, another outcome follows or a ``--require`` is satisfied. What the
log commits to is missed.
"""

from __future__ import annotations

import base64
import json
import multiprocessing
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from courier import Courier, token_of
from eventful import AGAIN, contested, eventful, forward, unfinished
from ledgers import SMALL, taken_over
from mailed import SECOND, mailed
from stamped import Desk, Kept, trusted

from inblue.domain.canonical import canonical
from inblue.domain.clocks import BY_TIMESTAMPS
from inblue.domain.errors import InblueError, Malformed
from inblue.domain.observed import observed_json
from inblue.domain.verdict import Strength
from inblue.ledger.audit.attestation_checks import Cosigned, Stamped
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.entry_checks import EntryChecks
from inblue.ledger.audit.finish import Finish, Reader
from inblue.ledger.audit.result import Verification
from inblue.ledger.entries.messages import SALT_BYTES
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.evidence.attestations import COSIGNED, TIMESTAMPS
from inblue.ledger.evidence.bundle import CHECKPOINT, FILE_PREFIX
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.operations.export import export
from inblue.ledger.projections.as_of import AsOf
from inblue.ledger.projections.record import Record, clocks_short_of, record_of, short_of
from inblue.ledger.projections.record_facts import record_bytes
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.merkle import EMPTY_ROOT

STRENGTHS = get_args(Strength)  # the strongest first
MARK = "\N{EM DASH} "


class Item(NamedTuple):
    """Something that can be left out: of what kind, and which."""

    kind: str
    which: str | int

    def __str__(self) -> str:
        return f"{self.kind} {str(self.which)[:24]}"


Reduction: TypeAlias = frozenset[Item]
Ended: TypeAlias = Literal["detected", "older", "weaker", "the same", "said to be missing"]


@dataclass
class Told:
    """A true ledger, and what readers know of it. ``entries`` are its envelopes, in order."""

    name: str
    desk: Desk
    readers: Mapping[str, Trust | None]

    @cached_property
    def entries(self) -> list[bytes]:
        """The envelopes, in the order of the log."""
        return [row.envelope for row in self.desk.ledger.streams.page(0, 10_000)]

    @cached_property
    def _verdicts(self) -> dict[tuple[int, str], Said]:
        return {}

    def at(self, size: int, reader: str) -> Said:
        """The verdicts that the ledger gave to a reader when it had ``size`` entries, with every token there is."""
        if (size, reader) not in self._verdicts:
            trust = self.readers[reader]
            checks = EntryChecks.over(self.desk.ledger.files, trust=trust)
            for raw in self.entries[:size]:
                checks.add(raw)
            finish = Finish(checks, Reader(trust))
            log = self.desk.ledger.log
            later = lambda _: True  # noqa: E731 - a state after the replay, of the same log
            finish.attested(
                (Stamped(each, later if each.size > size else None) for each in log.stamps()),
                (Cosigned(n, note, later if n > size else None) for n, note in log.cosigned()),
            )
            root = checks.roots.root_at(size) or EMPTY_ROOT
            found = finish.finished(Checkpoint(self.desk.ledger.checkpoint().origin, size, root), None)
            assert found.holds, [str(each) for each in found.problems]
            self._verdicts[size, reader] = Said.of(found)
        return self._verdicts[size, reader]


@dataclass
class Said:
    """What a verification comes to: the facts of each vote, the strengths, and which requirements are satisfied.

    ``observed`` is what was observed in the message of each reply, which no verdict rests on.
    """

    facts: dict[str, dict[str, Any]]
    strengths: dict[tuple[str, int], Strength]
    margins: dict[tuple[str, int], Any]
    satisfied: set[tuple[str, str]]
    observed: dict[tuple[str, int], set[str]]

    @classmethod
    def of(cls, found: Verification) -> Said:
        """What ``found`` says."""
        said = cls({}, {}, {}, set(), {})
        for name, state in found.states.items():
            bounds = found.bounds.get(name, {})
            record = record_of(state, bounds, observations=found.observations)
            said.facts[name] = _facts(record, bounds)
            for each in record.replies:
                place = name, each.reply.entered.number
                said.strengths[place] = each.verdict.strength
                said.observed[place] = {json.dumps(observed_json(one)) for one in each.observed}
                if each.verdict.margin is not None and each.verdict.strength == "proven":
                    said.margins[place] = each.verdict.margin
            asked: tuple[Strength, ...] = ("proven", "attested", "documented")
            said.satisfied |= {(name, wanted) for wanted in asked if not falls_short(record, wanted)}
            if record.settled:
                said.satisfied.add((name, "settled"))
        if found.witnessed:
            said.satisfied.add(("", "witnessed"))
        return said


def falls_short(record: Record, wanted: Strength) -> bool:
    """Whether a vote is evidenced less strongly, by a reply or by a clock."""
    return bool(short_of(record, wanted) or clocks_short_of(record, wanted))


def _facts(record: Record, bounds: Mapping[int, Any]) -> dict[str, Any]:
    """The record without what evidence of third parties and compromised keys decide."""
    value = json.loads(record_bytes([(record, bounds)], AsOf(0, 0, 0)))["votes"][0]
    for each in value["replies"]:
        for weighed in ("strength", "placement", "margin_microseconds", "doubts", "findings"):
            del each[weighed]
        each.pop("observations", None)  # beside the verdict, and not in it
    # what times against each other show, is by tokens
    value["findings"] = [each for each in value["findings"] if each["kind"] not in BY_TIMESTAMPS]
    for each in value["findings"]:
        del each["id"]
    return dict(value)


@dataclass
class Whole:
    """A true bundle of a ledger, to be reduced."""

    told: Told
    path: Path
    votes: tuple[str, ...]

    @cached_property
    def named(self) -> dict[str, int]:
        """By which entry first each token is named."""
        first: dict[str, int] = {}
        for index, tokens in enumerate(self.naming):
            for token in tokens:
                first.setdefault(token, index)
        return first

    @cached_property
    def naming(self) -> list[list[str]]:
        """The tokens that each entry names."""
        payloads = (json.loads(base64.b64decode(json.loads(raw)["payload"])) for raw in self.told.entries)
        return [list(each["seen"]["tokens"]) for each in payloads]

    @cached_property
    def items(self) -> list[Item]:
        """All that can be left out, alone."""
        courier = Courier.of(self.path)
        found = [Item("token", token_of(line)) for line in courier.members[TIMESTAMPS].splitlines()]
        for line in courier.members[COSIGNED].splitlines():
            value = json.loads(line)
            found.append(Item("cosigned", value["size"]))
            found += [Item("line", f"{value['size']} {n}") for n in range(_lines_of(value["note"]))]
        found += [Item("line", f"head {n}") for n in range(_lines_of(courier.members[CHECKPOINT].decode()))]
        found += [Item("file", name) for name in sorted(courier.members) if name.startswith(FILE_PREFIX)]
        found += [Item("salt", name) for name in sorted(courier.members) if name in self._salted]
        found += [Item("register", placed["index"]) for placed, _ in courier.register]
        found += [Item("entry", index) for index in range(courier.start, courier.end)]
        found += [Item("end", index) for index in range(courier.start + 1, courier.end)]
        found += [Item("register from", placed["index"]) for placed, _ in courier.register]
        found += [Item("tokens from", n) for n in range(len(courier.members[TIMESTAMPS].splitlines()))]
        found += [Item("cosigned from", n) for n in range(len(courier.members[COSIGNED].splitlines()))]
        found += [Item("vote", name) for name in self.votes]
        if courier.start == 0:
            sizes = {s.size for s in self.told.desk.ledger.log.stamps()}
            found += [Item("log from", size) for size in sorted(sizes) if 1 < size < courier.size]
        return found

    @cached_property
    def _salted(self) -> dict[str, str]:
        """The files of messages and observations, by their names: of which of the two."""
        acts = (json.loads(base64.b64decode(json.loads(raw)["payload"]))["act"] for raw in self.told.entries)
        found: dict[str, str] = {}
        for act in acts:
            if act["act"] == "message_received":
                found[FILE_PREFIX + act["digest"]] = "messages"
            if act["act"] == "message_observed":
                found[FILE_PREFIX + act["observation"]] = "observations"
        return found

    @cached_property
    def kinds(self) -> list[Reduction]:
        """Whole kinds of things: all of one sort, all of one authority, of one witness, all but one sort."""
        by_kind: dict[str, set[Item]] = {}
        for item in self.items:
            by_kind.setdefault(item.kind, set()).add(item)
            if item.kind == "line":
                by_kind.setdefault(f"line {str(item.which).rpartition(' ')[2]}", set()).add(item)
            if item.kind == "token":
                named = "named" if item.which in self.named else "not named"
                for group in (f"of {self._authority[str(item.which)]}", named, *self._over_message(str(item.which))):
                    by_kind.setdefault(group, set()).add(item)
            if item.which in self._salted:
                by_kind.setdefault(f"{item.kind} of {self._salted[str(item.which)]}", set()).add(item)
            if item.kind == "register" and b'"intake"' in _stream(self.told.entries[int(item.which)]):
                by_kind.setdefault("register of messages", set()).add(item)
        alone = {"token", "cosigned", "line", "file", "salt", "register"}
        kinds = [frozenset(items) for kind, items in by_kind.items() if kind in alone or " " in kind or kind == "named"]
        return [*kinds, *(one | other for one, other in combinations(kinds, 2))]

    @cached_property
    def _authority(self) -> dict[str, str]:
        lines = Courier.of(self.path).members[TIMESTAMPS].splitlines()
        return {token_of(line): json.loads(line)["authority"]["name"] for line in lines}

    def _over_message(self, token: str) -> tuple[str, ...]:
        """Whether the last entry that a token is over has received a message, or says what was observed in one."""
        last = self.told.entries[self._sizes[token] - 1]
        return ("over a message",) if b'"intake"' in _stream(last) else ()

    @cached_property
    def _sizes(self) -> dict[str, int]:
        lines = Courier.of(self.path).members[TIMESTAMPS].splitlines()
        return {token_of(line): json.loads(line)["size"] for line in lines}

    def pairs(self) -> Iterator[Reduction]:
        """Each two items, but of entries of the range, of which one is missed already, and tails of single members."""
        alone = (item for item in self.items if item.kind != "entry" and not item.kind.endswith(" from"))
        return (frozenset(pair) for pair in combinations(alone, 2))

    def sets(self, number: int, seed: int) -> Iterator[Reduction]:
        """``number`` seeded sets: small and large, of all and of one or two kinds, few that break the range at once."""
        chance = random.Random(f"{seed} {self.path.name}")
        harmless = [item for item in self.items if item.kind not in {"entry", "file", "salt"}]
        kinds = sorted({item.kind for item in harmless})
        for _ in range(number):
            items = self.items if chance.random() < 0.1 else harmless
            if chance.random() < 0.6:
                chosen = set(chance.sample(kinds, chance.randint(1, 2)))
                items = [item for item in items if item.kind in chosen] or items
            few = chance.random() < 0.5
            size = min(len(items), chance.randint(1, 4)) if few else chance.randint(1, len(items))
            yield frozenset(chance.sample(items, size))

    def reduced(self, left_out: Reduction, path: Path) -> Courier:
        """Write the bundle without these."""
        courier = Courier.of(self.path)
        by_kind: dict[str, list[Any]] = {}
        for kind, which in left_out:
            by_kind.setdefault(kind, []).append(which)
        if "log from" in by_kind:
            self._age(courier, min(by_kind["log from"]))
        ends = [end for end in by_kind.get("end", ()) if courier.start < end < courier.end]
        if ends:
            courier.cut(min(ends))
            _only_begun(courier)
        gone, since = set(by_kind.get("register", ())), min(by_kind.get("register from", ()), default=courier.size)
        courier.keep_register(lambda index: index not in gone and index < since)
        tokens, first = set(by_kind.get("token", ())), min(by_kind.get("tokens from", ()), default=None)
        shown = [token_of(line) for line in courier.members[TIMESTAMPS].splitlines()]
        kept = set(shown[:first]) - tokens
        courier.keep_tokens(lambda token: token in kept)
        self._cosigned(courier, by_kind)
        for name in by_kind.get("salt", ()):
            courier.members[name] = courier.members[name][SALT_BYTES:]
        for name in by_kind.get("file", ()):
            del courier.members[name]
        courier.part["votes"] = [name for name in courier.part["votes"] if name not in by_kind.get("vote", ())]
        for index in sorted(by_kind.get("entry", ()), reverse=True):
            if index - courier.start < len(courier.entries):
                del courier.entries[index - courier.start]
        try:
            courier.write(path)
        except (InblueError, AssertionError, IndexError, KeyError):
            assert path.exists(), "not even written"  # nothing can be derived of it; it is handed over as it is
        return courier

    def _age(self, courier: Courier, size: int) -> None:
        """The whole log as it was at ``size``, under the checkpoint that was timestamped then."""
        note = next(each.note for each in self.told.desk.ledger.log.stamps() if each.size == size)
        courier.size, courier.entries, courier.part["end"] = size, courier.entries[:size], size
        courier.members[CHECKPOINT] = note
        courier.hash_again()
        for name in (TIMESTAMPS, COSIGNED):
            most = size + (name == TIMESTAMPS)
            lines = courier.members[name].splitlines(keepends=True)
            courier.members[name] = b"".join(line for line in lines if json.loads(line)["size"] < most)
        _only_begun(courier)

    def _cosigned(self, courier: Courier, by_kind: Mapping[str, list[Any]]) -> None:
        first = min(by_kind.get("cosigned from", ()), default=None)
        lines: list[bytes] = []
        for raw in courier.members[COSIGNED].splitlines()[:first]:
            value = json.loads(raw)
            if value["size"] in by_kind.get("cosigned", ()):
                continue
            value["note"] = _without(value["note"], _numbers(by_kind, str(value["size"])))
            lines.append(canonical(value) + b"\n")
        courier.members[COSIGNED] = b"".join(lines)
        note = courier.members[CHECKPOINT].decode()
        courier.members[CHECKPOINT] = _without(note, _numbers(by_kind, "head")).encode()


def _only_begun(courier: Courier) -> None:
    """Name only votes that still have entries."""
    begun = {json.loads(_stream(raw).removesuffix(b"}")) for raw in courier.entries}
    courier.part["votes"] = [name for name in courier.part["votes"] if vote_stream(name) in begun]


def _lines_of(note: str) -> int:
    """How many witnesses have a line in it; the first line of all is the log's."""
    return note.count("\n" + MARK) - 1


def _numbers(by_kind: Mapping[str, list[Any]], where: str) -> set[int]:
    return {int(which.split()[1]) for which in by_kind.get("line", ()) if which.split()[0] == where}


def _without(note: str, numbers: set[int]) -> str:
    text, _, signatures = note.partition("\n\n")
    log, *others = signatures.splitlines(keepends=True)
    return text + "\n\n" + log + "".join(line for n, line in enumerate(others) if n not in numbers)


@dataclass
class Judge:
    """Judges reductions of a bundle for one reader."""

    whole: Whole
    reader: str
    true: Verification = field(init=False)

    def __post_init__(self) -> None:
        self.true = verify_bundle(self.whole.path, self.whole.told.readers[self.reader])
        assert self.true.holds
        assert self.true.as_of is not None

    @property
    def said(self) -> Said:
        """What the true bundle says to the reader."""
        return Said.of(self.true)

    def ended(self, left_out: Reduction) -> Ended:
        """How a reduction ends.

        Raises:
            AssertionError: it says more than law 1 allows.
        """
        where = f"{self.whole.told.name}, {self.reader}: " + ", ".join(map(str, sorted(left_out, key=str)))
        with tempfile.NamedTemporaryFile(suffix=".zip") as file:
            path = Path(file.name)
            self.whole.reduced(left_out, path)
            try:
                found = verify_bundle(path, self.whole.told.readers[self.reader])
            except Malformed:
                return "detected"
            if not found.holds:
                assert all(each.text and "\n" not in each.text for each in found.problems), where
                return "detected"
            return self._allowed(left_out, found, Courier.of(path), where)

    def _allowed(self, left_out: Reduction, found: Verification, shown: Courier, where: str) -> Ended:
        true, told = self.true.as_of, self.whole.told
        assert true is not None
        as_of = found.as_of
        assert as_of is not None, where
        assert as_of.entry <= as_of.of <= true.of, where
        assert as_of.register <= as_of.of, where
        older_log = as_of.of < true.of
        assert older_log == any(item.kind == "log from" for item in left_out), where
        if not found.current:
            assert as_of.entry < as_of.of or as_of.register < as_of.of or found.known_size > as_of.of, where
        now, then = Said.of(found), told.at(as_of.entry, self.reader)
        for name, facts in now.facts.items():
            assert facts == then.facts.get(name), f"{where}: {name} is not as it was at entry {as_of.entry}"
        for place, strength in now.strengths.items():
            assert STRENGTHS.index(strength) >= STRENGTHS.index(then.strengths[place]), f"{where}: {place} is stronger"
            if place in now.margins:
                assert now.margins[place] <= then.margins[place], f"{where}: {place} has more margin"
        seen = told.at(len(told.entries), self.reader).observed
        for place, observed in now.observed.items():
            assert observed <= seen[place], f"{where}: {place} has other observations than the ledger"
        more = now.satisfied - then.satisfied
        assert not more, f"{where}: satisfies {more}"
        self._committed(found, shown, where)
        if as_of != true:
            return "older"
        if found.not_proved != self.true.not_proved and _tokens_missed(found):
            return "said to be missing"
        same = now == self.said
        return "the same" if same else "weaker"

    def _committed(self, found: Verification, shown: Courier, where: str) -> None:
        """What the log commits to is there as far as the verdict says, or is reported missing."""
        as_of = found.as_of
        assert as_of is not None
        told = self.whole.told
        there = {placed["index"] for placed, _ in shown.register} | set(range(shown.start, shown.end))
        register = {n for n, raw in enumerate(told.entries) if b'"register"' in _stream(raw)}
        missing = {n for n in register if n < as_of.register} - there
        assert not missing, f"{where}: entries {missing} of the register are missed by nothing"
        handed = {token_of(line) for line in shown.members[TIMESTAMPS].splitlines()}
        first: dict[str, int] = {}
        for n in sorted(there):  # of messages before the range only some are there
            for token in self.whole.naming[n]:
                first.setdefault(token, n)
        gone = {token for token, n in first.items() if n >= shown.start and token not in handed}
        assert bool(gone) == _tokens_missed(found), f"{where}: {len(gone)} tokens that entries name"


def _tokens_missed(found: Verification) -> bool:
    """Whether it is said that tokens which entries name are missing; of messages the like is said."""
    return any("timestamp" in said and "not handed over" in said for said in found.not_proved)


def _stream(raw: bytes) -> bytes:
    return base64.b64decode(json.loads(raw)["payload"]).rpartition(b'"stream":')[2]


def wholes(folder: Path) -> list[Whole]:
    """The bundles to be reduced, made in ``folder``."""
    kept = Kept.fresh(folder / "authorities")
    found: list[Whole] = []
    for tell, votes in (
        (mailed, (SMALL, SECOND, None)),
        (eventful, (SMALL, AGAIN, None)),
        (contested, (SMALL, None)),
        (forward, (SMALL,)),
        (unfinished, (SMALL,)),
    ):
        desk = tell(kept)
        both = trusted(kept)
        readers = {
            "both authorities": both,
            "one of two": both.model_copy(update={"at_least": 1}),
            "the first alone": trusted(kept, "first"),
            "the second alone": trusted(kept, "second"),
            "no trust file": None,
        }
        told = Told(tell.__name__, desk, readers)
        for vote in votes:
            path = folder / f"{tell.__name__}-{len(found)}.zip"
            made = export(desk.ledger, path, vote=vote, include_open=True)
            found.append(Whole(told, path, made.about))
    return found


def every_reduction(whole: Whole, sets: int, seed: int = 2020) -> Iterator[tuple[str, str, Reduction]]:
    """Group, reader and reduction: each item and kind for every reader, each pair and ``sets`` sets for one each."""
    readers = list(whole.told.readers)
    for reader in readers:
        for item in whole.items:
            yield "each item", reader, frozenset({item})
        for kind in whole.kinds:
            yield "each kind, and two", reader, kind
    chance = random.Random(f"{seed} readers {whole.path.name}")
    for pair in whole.pairs():
        yield "each pair", chance.choice(readers), pair
    for left_out in whole.sets(sets, seed):
        yield "seeded sets", chance.choice(readers), left_out


def run_reductions(every: Sequence[Whole], number: int, sample: float = 1.0) -> Counter[tuple[str, Ended]]:
    """Judge every reduction of these bundles on every core, with ``number`` sets in all; counts by group and end.

    With ``sample`` only such a part of each group, the same one each time.
    """
    global _judges, _cases  # noqa: PLW0603 - what forked workers inherit, which could not be sent to them
    cases = [(at, *case) for at, whole in enumerate(every) for case in every_reduction(whole, number // len(every))]
    chance = random.Random(2020)
    _cases = [case for case in cases if sample == 1 or chance.random() < sample]
    _judges = {(at, reader): Judge(whole, reader) for at, whole in enumerate(every) for reader in whole.told.readers}
    counts: Counter[tuple[str, Ended]] = Counter()
    ledgers = tuple(whole.told.desk.ledger for whole in every)
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(mp_context=forked, initializer=taken_over, initargs=ledgers) as pool:
        for case, ended in zip(_cases, pool.map(_ended, range(len(_cases)), chunksize=32), strict=True):
            counts[case[1], ended] += 1
    return counts


_judges: dict[tuple[int, str], Judge] = {}
_cases: list[tuple[int, str, str, Reduction]] = []


def _ended(number: int) -> Ended:
    at, _, reader, left_out = _cases[number]
    return _judges[at, reader].ended(left_out)
