"""The checks, numbered. Documentation, messages and JSON use the same numbers (docs/verifying.md).

1. founded    the log begins with the founding of a ledger, by a key that signs it
2. form       each entry is in its one form: envelope, payload, known kind, well-formed act
3. signature  each entry is signed by the key it names
4. place      stream, index and kind inside an entry are where it stands; no stream has a gap
5. log        the entries hash to the root that the log's key signed; none is missing, none stands elsewhere
6. seen       the checkpoint an entry says its recorder had seen is a true earlier state of this log
7. authority  the key held the office at that instant, and the office may record that act
8. pins       procedures and snapshots are those the register and the opening name, by digest
9. files      every digest named is kept, with those bytes
10. acts      each stream can be read as a vote, act by act

What they cannot see: a whole older copy of a ledger is a true state of it. Whoever holds a later checkpoint can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias, get_args

from ..domain.acts import Act, DraftCirculated, LetterSent
from ..domain.errors import InblueError, MalformedError, Refusal
from ..domain.register import (
    KeyEnrolled,
    KeyGrant,
    LedgerFounded,
    ProcedureAdopted,
    Register,
    RegisterAct,
    RosterAdopted,
    decide_register,
    evolve_register,
)
from ..domain.state import Recorded, VoteState
from ..domain.vote import evolve
from ..domain.wording import count
from .checkpoint import Checkpoint, open_checkpoint
from .entry import REGISTER_STREAM, VOTE_PREFIX, Entry, StoredEntry, read_entry
from .errors import LedgerError
from .files import Files, StoredDocuments
from .keys import check_public_key, key_id
from .log import EntryStore, Head, LogStore
from .merkle import Frontier, leaf_hash, root
from .note import Verifier, encode_base64

FOUNDED, FORM, SIGNATURE, PLACE, LOG, SEEN, AUTHORITY, PINS, FILES, ACTS = range(1, 11)
NAMES = ("founded", "form", "signature", "place", "log", "seen", "authority", "pins", "files", "acts")

NOT_PROVED = (
    "The keys are those the ledger itself carries: that they are the registrar's must be known from elsewhere.",
    "A whole older copy of a ledger is a true state of it; only a later checkpoint held elsewhere tells them apart.",
    "No third party has witnessed or timestamped this log: whoever holds all of its keys could have rewritten it.",
)
"""What verification of a ledger by itself does not prove."""

Progress: TypeAlias = Callable[[int, int], None]

_PAGE = 500
_MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold: the number of the check, the entry's index in the log if it is one's, and what."""

    check: int
    entry: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What the checks found. ``problems`` come in the order of the log, the first thing that does not hold first."""

    entries: int
    votes: int
    checkpoint: Checkpoint | None
    uncovered: int
    problems: tuple[Problem, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.problems


def verify(entries: EntryStore, log: LogStore, files: Files, *, progress: Progress | None = None) -> Verification:
    """Run every check over a ledger, reading each entry once; ``progress`` is told how many are done, of how many."""
    return _Checks(files, progress).run(entries, log)


def verification_json(found: Verification) -> dict[str, Any]:
    """``inblue-verify/1``."""
    checkpoint = found.checkpoint
    return {
        "format": "inblue-verify/1",
        "holds": found.holds,
        "entries": found.entries,
        "votes": found.votes,
        "uncovered": found.uncovered,
        "checkpoint": None
        if checkpoint is None
        else {"origin": checkpoint.origin, "size": checkpoint.size, "root": encode_base64(checkpoint.root)},
        "problems": [
            {"check": p.check, "name": NAMES[p.check - 1], "entry": p.entry, "text": p.text} for p in found.problems
        ],
        "not_proved": list(NOT_PROVED),
    }


@dataclass
class _Checks:
    files: Files
    progress: Progress | None = None
    problems: list[Problem] = field(default_factory=list)
    register: Register = field(default_factory=Register)
    votes: dict[str, VoteState | None] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    roots: list[bytes] = field(default_factory=list)
    said: set[tuple[int, str]] = field(default_factory=set)

    def run(self, entries: EntryStore, log: LogStore) -> Verification:
        self.documents = StoredDocuments(self.files)
        frontier = Frontier()
        self.roots.append(frontier.root())
        head = log.head()
        leaves = _leaves(log)
        differing: int | None = None
        last: dict[int, int] = {}
        try:
            for stored in _stored(entries):
                index = frontier.size
                leaf = leaf_hash(stored.envelope)
                expected = next(leaves, None)
                if differing is None and expected is not None and expected != leaf:
                    differing = index
                self._entry(index, stored)
                frontier.add(leaf)
                self.roots.append(frontier.root())
                if self.progress is not None and frontier.size % 50 == 0:
                    self.progress(frontier.size, max(frontier.size, head.size if head else 0))
                if head is not None and frontier.size == head.size:
                    last[head.size] = stored.position or 0
        except Exception as error:  # noqa: BLE001 - a database that breaks while it is read is a finding, whatever it raises
            self._problem(FOUNDED, frontier.size, f"the store cannot be read on from here: {error}")
        size = frontier.size
        if size == 0:
            self._problem(FOUNDED, None, "the log is empty")
        checkpoint = self._log(size, head, log, differing, next(leaves, None), last)
        problems = sorted(self.problems, key=lambda p: (p.entry is None, p.entry or 0, p.check))
        uncovered = max(0, size - checkpoint.size) if checkpoint else size
        return Verification(size, len(self.votes), checkpoint, uncovered, tuple(problems[:_MOST_PROBLEMS]))

    def _entry(self, index: int, stored: StoredEntry) -> None:
        try:
            entry = read_entry(stored.envelope)
        except InblueError as error:
            self._problem(FORM, index, str(error))
            self.versions[stored.originator_id] = stored.originator_version
            return
        self._place(index, stored, entry)
        grant = self._founder(index, entry) if index == 0 else self._grant(entry)
        if not self._signed(index, entry, grant):
            return
        self._seen(index, entry)
        if isinstance(entry.act, get_args(RegisterAct)):
            self._register_act(index, entry, entry.act)
        else:
            self._vote_act(index, entry)

    def _founder(self, index: int, entry: Entry) -> KeyGrant | None:
        if not isinstance(entry.act, LedgerFounded):
            self._problem(FOUNDED, index, f"the log begins with {entry.kind}, not with the founding of a ledger")
            return None
        return entry.act.registrar

    def _grant(self, entry: Entry) -> KeyGrant | None:
        return next((grant for grant in self.register.grants if grant.key == entry.key), None)

    def _signed(self, index: int, entry: Entry, grant: KeyGrant | None) -> bool:
        if entry.envelope.key_id != entry.key:
            self._problem(SIGNATURE, index, "the key that signs is not the key that the entry names as its actor")
            return False
        if grant is None:
            self._problem(AUTHORITY, index, f"the key {entry.key[:16]} is not enrolled")
            return False
        if not entry.envelope.verify(bytes.fromhex(grant.public_key)):
            self._problem(SIGNATURE, index, f"the signature of the key {entry.key[:16]} does not hold")
            return False
        return True

    def _place(self, index: int, stored: StoredEntry, entry: Entry) -> None:
        if (entry.stream, entry.kind) != (stored.originator_id, stored.kind):
            self._problem(
                PLACE,
                index,
                f"signed as {entry.kind} of {entry.stream}, found as {stored.kind} of {stored.originator_id}",
            )
        if entry.index + 1 != stored.originator_version:
            self._problem(
                PLACE, index, f"signed as act {entry.index} of {entry.stream}, found at {stored.originator_version - 1}"
            )
        before = self.versions.get(stored.originator_id, 0)
        if stored.originator_version != before + 1:
            what = f"{stored.originator_id}: act {stored.originator_version - 1} stands where act {before} should"
            self._problem(PLACE, index, what)
        self.versions[stored.originator_id] = stored.originator_version

    def _seen(self, index: int, entry: Entry) -> None:
        if entry.seen.size > index:
            self._once(SEEN, index, f"says its recorder had seen {entry.seen.size} entries, more than stand before it")
        elif self.roots[entry.seen.size] != entry.seen.root:
            what = f"its recorder had seen other entries before it: the first {entry.seen.size} hash to another root"
            self._once(SEEN, index, what)

    def _register_act(self, index: int, entry: Entry, act: RegisterAct) -> None:
        if entry.stream != REGISTER_STREAM:
            self._problem(PLACE, index, f"{entry.kind} does not belong in {entry.stream}")
            return
        try:
            if index > 0:
                self.register.authority(entry.key, entry.office, entry.recorded_at)
            decide_register(self.register, act, office=entry.office)
            if isinstance(act, LedgerFounded):
                _check_key(act.registrar)
                if Verifier.parse(act.log_key).name != act.origin:
                    raise MalformedError("the log's key has another name than the origin")
            if isinstance(act, KeyEnrolled):
                _check_key(act.grant)
        except InblueError as refusal:
            self._problem(AUTHORITY, index, str(refusal))
        if isinstance(act, (ProcedureAdopted, RosterAdopted)):
            self._kept(index, act.sha256)
        self.register = evolve_register(self.register, act)

    def _vote_act(self, index: int, entry: Entry) -> None:
        act, stream = entry.act, entry.stream
        assert isinstance(act, get_args(Act))  # noqa: S101 - the registry knows acts of the register and of votes only
        if not stream.startswith(VOTE_PREFIX):
            self._problem(PLACE, index, f"{entry.kind} does not belong in {stream}")
            return
        symbol = stream.removeprefix(VOTE_PREFIX)
        try:
            self.register.authority(entry.key, entry.office, entry.recorded_at)
        except Refusal as refusal:
            self._problem(AUTHORITY, index, str(refusal))
        if isinstance(act, DraftCirculated) and act.symbol != symbol:
            self._problem(PLACE, index, f"the draft {act.symbol} was circulated in the vote on {symbol}")
        for sha256 in digests_of(act):
            self._kept(index, sha256)
        state = self.votes.get(symbol)
        if symbol in self.votes and state is None:
            return  # this stream broke earlier, and was named there
        if isinstance(act, DraftCirculated) and act.procedure not in self.register.procedures.values():
            self._problem(PINS, index, f"the procedure {act.procedure[:16]} was never adopted in this ledger")
        try:
            state = evolve(state, Recorded(act, entry.index, entry.recorded_at, entry.office), self.documents)
        except LedgerError as error:
            self._problem(PINS, index, str(error))
            state = None
        except InblueError as error:
            self._problem(ACTS, index, str(error))
            state = None
        self.votes[symbol] = state
        if state is None:
            return
        recorders = state.procedure.recorders
        if not recorders.may_record(act.kind_name, entry.office):
            self._problem(AUTHORITY, index, f"the office {entry.office} may not record {act.kind_name}")
        if isinstance(act, LetterSent) and state.opening is not None and state.opening.number == entry.index:
            self._pinned(index, state)

    def _pinned(self, index: int, state: VoteState) -> None:
        snapshot = state.snapshot
        if snapshot is None:
            return
        if snapshot.procedure != state.procedure.sha256:
            self._problem(PINS, index, "the opening pins another procedure than the draft was circulated under")
        if snapshot.keys != self.register.in_force():
            self._problem(PINS, index, "the opening pins other keys than the register held in force")

    def _kept(self, index: int, sha256: str) -> None:
        try:
            self.files.get(sha256)
        except InblueError as error:
            self._problem(FILES, index, str(error))

    def _log(
        self,
        size: int,
        head: Head | None,
        log: LogStore,
        differing: int | None,
        surplus: bytes | None,
        last: dict[int, int],
    ) -> Checkpoint | None:
        if head is None:
            self._problem(LOG, None, "there is no signed head; nothing shows whether entries are missing")
            return None
        if self.register.founded is None:
            return None
        try:
            checkpoint = open_checkpoint(head.note, Verifier.parse(self.register.founded.log_key))
        except InblueError as error:
            self._problem(LOG, None, f"the head is not signed by the log's key: {error}")
            return None
        indexed = self._index_holds(log, checkpoint)
        if checkpoint.size > size:
            first = differing if indexed and differing is not None else size
            what = f"the signed head covers {count(checkpoint.size, 'entry', 'entries')}, and {size:,} are stored"
            self._problem(LOG, first, f"an entry is missing here: {what}")
        elif self.roots[checkpoint.size] != checkpoint.root:
            if indexed and differing is not None:
                self._problem(LOG, differing, "not the entry that stood here when the log was signed")
            else:
                self._problem(LOG, None, "the entries do not hash to the signed head, and the index cannot say which")
        elif not indexed or differing is not None or (surplus is not None and size >= checkpoint.size):
            self._problem(LOG, differing, "the entries hold, but the log's index beside them is damaged")
        elif head.size != checkpoint.size or last.get(head.size) != head.position:
            self._problem(LOG, None, "the head's size or cursor beside the signed note is not the note's")
        return checkpoint

    def _index_holds(self, log: LogStore, checkpoint: Checkpoint) -> bool:
        """Whether the stored leaf hashes are the ones that were signed, so that they can name what differs."""
        frontier = Frontier()
        try:
            for leaf in _leaves(log):
                if frontier.size == checkpoint.size:
                    break
                frontier.add(leaf)
            return frontier.root() == checkpoint.root and root(checkpoint.size, log.node) == checkpoint.root
        except Exception:  # noqa: BLE001 - whatever is wrong with the index, it is not what was signed
            return False

    def _problem(self, check: int, entry: int | None, text: str) -> None:
        self.problems.append(Problem(check, entry, text))

    def _once(self, check: int, entry: int, text: str) -> None:
        """Name only the first of what follows from one cause all the way down the log."""
        if (check, "") not in self.said:
            self.said.add((check, ""))
            self._problem(check, entry, text)


def digests_of(act: Act) -> Iterator[str]:
    """Every file digest that an act names, procedure and snapshot included."""
    for name in ("procedure", "snapshot", "sha256"):
        found = getattr(act, name, None)
        if isinstance(found, str):
            yield found
    instrument = getattr(act, "instrument", None)
    if instrument is not None and instrument.sha256 is not None:
        yield instrument.sha256
    if isinstance(act, DraftCirculated):
        yield from act.texts.values()


def _check_key(grant: KeyGrant) -> None:
    public = bytes.fromhex(grant.public_key)
    check_public_key(public)
    if key_id(public) != grant.key:
        raise MalformedError("the id of the key is not that of the public key")


def _stored(entries: EntryStore) -> Iterator[StoredEntry]:
    after = 0
    while page := entries.page(after, _PAGE):
        yield from page
        after = page[-1].position or 0


def _leaves(log: LogStore) -> Iterator[bytes]:
    start = 0
    while page := log.leaves(start, _PAGE):
        yield from page
        start += len(page)
