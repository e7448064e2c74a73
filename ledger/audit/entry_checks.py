"""Checks 1 to 4 and 6 to 10, entry by entry (:mod:`.checks` has the list), and what all checks came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from ...domain.acts import Act, DraftCirculated, LetterSent, VoteCast
from ...domain.errors import InblueError, MalformedError, Refusal
from ...domain.instrument import Instrument
from ...domain.register import (
    KeyEnrolled,
    KeyGrant,
    LedgerFounded,
    LogKeyAnnounced,
    LogKeySucceeded,
    ProcedureAdopted,
    Register,
    RegisterAct,
    RosterAdopted,
    decide_register,
    evolve_register,
)
from ...domain.said import Said
from ...domain.state import Recorded, VoteState
from ...domain.vote import evolve
from ..entries.ballot import check_ballot
from ..entries.entry import REGISTER_STREAM, VOTE_PREFIX, Entry, StoredEntry
from ..entries.files import Files, StoredDocuments
from ..entries.kinds import AnyAct, is_register_act, is_vote_act
from ..errors import LedgerError, VerificationError
from ..log.key_terms import LogKeys
from ..standards.checkpoint import Checkpoint
from ..standards.ed25519 import check_public_key, key_id
from ..standards.merkle import Again, Tree
from ..standards.timestamp import Authority
from .checks import (
    ACTS,
    AUTHORITY,
    FILES,
    FORM,
    FOUNDED,
    LOG,
    PINS,
    PLACE,
    SEEN,
    SIGNATURE,
    Problem,
    Verification,
    Witnessed,
)
from .opened import Opened, open_entries
from .reply_bounds import Proofs
from .vote_cache import FoldedVotes, Reread, symbol_of

_KEYS_CARRIED = Said.of(
    "The keys are those it carries itself: that they are the registrar's must be known from elsewhere."
)
_KEYS_TRUSTED = Said.of("The keys are those of the trust file; whose they are rests on where that file came from.")
_OLDER_COPY = Said.of(
    "A whole older copy is a true state of the ledger too; only a later checkpoint held elsewhere tells them apart."
)
_BEHIND_BUNDLE = Said.of(
    "What the log holds before and behind these entries is not shown, only that nothing between is missing."
)
_UNHEARD = Said.of("There are cosignatures, and no trust file says which witnesses count: nothing rests on them.")
_REWRITTEN = Said.of(
    "No third party that counts has witnessed the log: whoever holds all of its keys could have rewritten it."
)

STOPPED = "so much does not hold that reading stopped"

_FOUND = 1_000
_MOST_PROBLEMS = 100
_HOPELESS = 1_000


class EntryChecks:
    """Checks 1 to 4 and 6 to 10, entry by entry in the order of the log, and the Merkle tree over what was added.

    A part of a log that does not begin at entry 0 (``start`` > 0) is checked from what is known of the part before it:
    the ``peaks`` of the tree there, and the register's entries, given to :meth:`recall`. Votes that began before it
    are not folded. ``authorities`` are those whose timestamps are believed. ``handovers`` are checkpoints from before
    it that entries carry, by entry: that the log is still true to them the caller has to show.

    With ``reread``, which gives a stream's entries once more, memory does not grow with the votes, and what files the
    entries cite is not collected. With ``leaves``, which gives leaf hashes once more, it does not grow with the tree.
    """

    def __init__(
        self,
        files: Files,
        *,
        start: int = 0,
        peaks: Sequence[bytes] = (),
        authorities: Sequence[Authority] = (),
        reread: Reread | None = None,
        leaves: Again | None = None,
    ) -> None:
        self.files = files
        self.documents = StoredDocuments(files)
        self.start = start
        self.whole = start == 0
        self.tree = Tree(start, peaks, leaves)
        self.problems: list[Problem] = []
        self.register = Register()
        self.log_keys = LogKeys()
        self.handovers: list[tuple[int, Checkpoint]] = []
        self.votes = FoldedVotes(self.documents, reread)
        self.cited: set[str] = set()
        self.unchecked: list[Said] = []
        self.proofs = Proofs(authorities, reread, self.leaf_at)
        self.cosigned: list[tuple[int, bytes]] = []
        self.witnesses: tuple[Witnessed, ...] = ()
        self.witnessed_size = 0
        self.heard = False
        self.publics: dict[str, bytes] = {}
        self._large = reread is not None
        self._found: dict[str, None] = {}
        self._streams: tuple[str, ...] = ()
        self._versions: dict[str, int] = {}
        self._said: set[int] = set()

    @property
    def size(self) -> int:
        """The size of the log up to and with the last entry added."""
        return self.tree.size

    def root_at(self, size: int) -> bytes | None:
        """The root when the log had ``size`` entries, or None if that was before ``start`` or is not reached."""
        try:
            return self.tree.root(size)
        except (MalformedError, VerificationError) as error:
            self._once(LOG, None, f"what was read cannot be read again: {error}")
            return None

    def leaf_at(self, index: int) -> bytes | None:
        """The leaf hash of the entry at that index of the log, or None if it is not among those added."""
        try:
            return self.tree.leaf(index)
        except (MalformedError, VerificationError) as error:
            self._once(LOG, None, f"what was read cannot be read again: {error}")
            return None

    def add(self, raw: bytes, row: StoredEntry | None = None) -> None:
        """Check the next entry, and the row it was found in, if it was in one."""
        self.take(open_entries([raw])[0], row)

    def take(self, opened: Opened, row: StoredEntry | None = None) -> None:
        """As :meth:`add`, of one that was opened already."""
        self.entry(self.size, opened, row)
        self.tree.add(opened.leaf)

    def recall(self, index: int, raw: bytes) -> None:
        """Check an entry of the register from outside the part; that it stands at ``index`` the caller has to show."""
        self.entry(index, open_entries([raw])[0], None)

    def problem(self, check: int, entry: int | None, text: str) -> None:
        """Note that something does not hold. Behind a thousand problems, those of single entries are left out."""
        if entry is not None:
            for stream in self._streams:
                self.votes.pin(symbol_of(stream))
        if entry is None or not self.hopeless:
            shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
            self.problems.append(Problem(check, entry, shown))

    @property
    def hopeless(self) -> bool:
        """Whether so much does not hold that nobody needs to know of more."""
        return len(self.problems) >= _HOPELESS

    def found(self, checkpoint: Checkpoint | None, *, trusted: bool = False, bundle: bool = False) -> Verification:
        """What the checks came to; ``trusted``: held against a trust file."""
        ordered = sorted(self.problems, key=lambda p: (p.entry is None, p.entry or 0, p.check))
        uncovered = max(0, self.size - checkpoint.size) if checkpoint else self.size
        states = self.votes.whole()
        problems = tuple(ordered[:_MOST_PROBLEMS])
        changes = [said for term in self.log_keys.terms if (said := term.not_proved())]
        changes += self.proofs.compromises(self.register.revoked)
        keys = _KEYS_TRUSTED if trusted else _KEYS_CARRIED
        not_proved = [keys, self._rewritten(), *changes, *self.unchecked]
        not_proved.insert(1, _BEHIND_BUNDLE if bundle else _OLDER_COPY)
        if undated := self.proofs.undated:
            text = Said.counted(
                "{number} timestamp of authorities that no trust file names: nothing rests on them.",
                "{number} timestamps of authorities that no trust file names: nothing rests on them.",
                undated,
            )
            not_proved.append(text)
        return Verification(
            self.size - self.start,
            len(states),
            checkpoint,
            uncovered,
            problems,
            tuple(not_proved),
            self.start,
            trusted,
            states,
            self.proofs.bounds(self.register.revoked),
            self.witnesses,
            self.witnessed_size,
            self.register,
            tuple(self.proofs.dated),
        )

    def _rewritten(self) -> Said:
        """What stands in the way of whoever holds every key of the log."""
        names = tuple(
            Said.of("{witness} (size {size})", witness=witness.name, size=witness.size) for witness in self.witnesses
        )
        if self.witnessed_size >= self.size > 0:
            return Said.of("Only together with {witnesses} could the log have been rewritten.", witnesses=names)
        if self.witnessed_size:
            return Said.of(
                "Only together with {witnesses} could the log have been rewritten before entry {entry}.",
                witnesses=names,
                entry=self.witnessed_size,
            )
        if names:
            return Said.of(
                "Witnessed by {witnesses} only, which the policy does not take as enough: the log could have been "
                "rewritten.",
                witnesses=names,
            )
        if self.cosigned and not self.heard:
            return Said.of("{first} {second}", first=_UNHEARD, second=_REWRITTEN)
        return _REWRITTEN

    def entry(self, index: int, opened: Opened, row: StoredEntry | None) -> None:
        """Check the entry at ``index`` of the log. Nothing is added to the tree."""
        entry = opened.entry
        self._streams = tuple(each for each in (row and row.originator_id, entry and entry.stream) if each)
        if entry is None:
            self.problem(FORM, index, opened.fault)
            if row is not None:
                self._versions[row.originator_id] = row.originator_version
            return
        self._place(index, entry, row)
        public = self._founder(index, entry) if index == 0 else self.publics.get(entry.key)
        if not self._signed(index, opened, entry, public):
            return
        self.seen(index, entry)
        self.proofs.entry(index, entry.key, entry.seen.tokens)
        if isinstance(entry.act, VoteCast):
            self.proofs.reply(entry.stream, entry.index, index, entry.key)
        if is_register_act(entry.act):
            self._register_act(index, entry, entry.act)
        elif is_vote_act(entry.act):
            self._vote_act(index, opened.leaf, entry, entry.act)

    def _founder(self, index: int, entry: Entry) -> bytes | None:
        if not isinstance(entry.act, LedgerFounded):
            self.problem(FOUNDED, index, f"the log begins with {entry.kind}, not with the founding of a ledger")
            return None
        return bytes.fromhex(entry.act.registrar.public_key)

    def _signed(self, index: int, opened: Opened, entry: Entry, public: bytes | None) -> bool:
        if entry.envelope.key_id != entry.key:
            self.problem(SIGNATURE, index, "the key that signs is not the key that the entry names as its actor")
            return False
        if public is None:
            self.problem(AUTHORITY, index, f"the key {entry.key[:16]} is not enrolled")
            return False
        if not opened.is_signed_by(public):
            self.problem(SIGNATURE, index, f"the signature of the key {entry.key[:16]} does not hold")
            return False
        return True

    def _place(self, index: int, entry: Entry, row: StoredEntry | None) -> None:
        stream, version = entry.stream, entry.index + 1
        if row is not None:
            stream, version = row.originator_id, row.originator_version
            if (entry.stream, entry.kind) != (stream, row.kind):
                what = f"signed as {entry.kind} of {entry.stream}, found as {row.kind} of {stream}"
                self.problem(PLACE, index, what)
            if entry.index + 1 != version:
                self.problem(PLACE, index, f"signed as act {entry.index} of {entry.stream}, found at {version - 1}")
        whole = self.whole or stream == REGISTER_STREAM
        before = self._versions.get(stream, 0 if whole else version - 1)  # of a part, where a vote was is not known
        if version != before + 1:
            self.problem(PLACE, index, f"{stream}: act {version - 1} stands where act {before} should")
        self._versions[stream] = version

    def seen(self, index: int, entry: Entry) -> None:
        """Check 6."""
        if entry.seen.size > index:
            self._once(SEEN, index, f"says its recorder had seen {entry.seen.size} entries, more than stand before it")
        elif self.root_at(entry.seen.size) not in {None, entry.seen.root}:
            what = f"its recorder had seen other entries before it: the first {entry.seen.size} hash to another root"
            self._once(SEEN, index, what)

    def _register_act(self, index: int, entry: Entry, act: RegisterAct) -> None:
        if entry.stream != REGISTER_STREAM:
            self.problem(PLACE, index, f"{entry.kind} does not belong in {entry.stream}")
            return
        try:
            if index > 0:
                self.register.authority(entry.key, entry.office, entry.recorded_at)
            decide_register(self.register, act, office=entry.office)
            if isinstance(act, LedgerFounded):
                _check_key(act.registrar)
                self.log_keys.found(act, index)
            if isinstance(act, LogKeyAnnounced):
                self.log_keys.announce(act, index)
            if isinstance(act, KeyEnrolled):
                _check_key(act.grant)
        except InblueError as refusal:
            self.problem(AUTHORITY, index, str(refusal))
        if isinstance(act, LogKeySucceeded):
            self._succeeded(index, act)
        if isinstance(act, (ProcedureAdopted, RosterAdopted)):
            self._kept(index, act.sha256)
        self.register = evolve_register(self.register, act)
        if isinstance(act, LedgerFounded):
            self.publics.clear()
        if isinstance(act, (LedgerFounded, KeyEnrolled)):
            grant = self.register.grants[-1]
            self.publics.setdefault(grant.key, bytes.fromhex(grant.public_key))

    def _succeeded(self, index: int, act: LogKeySucceeded) -> None:
        try:
            handover = self.log_keys.succeed(act, index)
        except InblueError as error:
            self.problem(LOG, index, f"what the key before handed over does not hold: {error}")
            return
        held = self.root_at(handover.size)
        if held is None:
            self.handovers.append((index, handover))
        elif held != handover.root:
            self.problem(LOG, index, f"the first {handover.size} entries are not those that the key before signed")

    def _vote_act(self, index: int, leaf: bytes, entry: Entry, act: Act) -> None:
        stream = entry.stream
        if not stream.startswith(VOTE_PREFIX):
            self.problem(PLACE, index, f"{entry.kind} does not belong in {stream}")
            return
        symbol = symbol_of(stream)
        try:
            member = getattr(act, "member") if _has_member(type(act)) else None  # noqa: B009 - not every act has one
            self.register.authority(entry.key, entry.office, entry.recorded_at, member=member)
        except Refusal as refusal:
            self.problem(AUTHORITY, index, str(refusal))
        if isinstance(act, DraftCirculated) and act.symbol != symbol:
            self.problem(PLACE, index, f"the draft {act.symbol} was circulated in the vote on {symbol}")
        for sha256 in digests_of(act):
            self._kept(index, sha256)
        state = self.votes.get(symbol)
        if not self.whole and symbol not in self.votes and not isinstance(act, DraftCirculated):
            self.votes.put(symbol, None, index, leaf)
        if symbol in self.votes and state is None:
            return  # it began before this part, or broke earlier and was named there
        if isinstance(act, DraftCirculated) and act.procedure not in self.register.procedures.values():
            self.problem(PINS, index, f"the procedure {act.procedure[:16]} was never adopted in this ledger")
        if isinstance(act, VoteCast) and state is not None:
            self._ballot(index, entry, act, state)
        try:
            state = evolve(state, Recorded(act, entry.index, entry.recorded_at, entry.office), self.documents)
        except LedgerError as error:
            self.problem(PINS, index, str(error))
            state = None
        except InblueError as error:
            self.problem(ACTS, index, str(error))
            state = None
        self.votes.put(symbol, state, index, leaf)
        if state is None:
            return
        recorders = state.procedure.recorders
        if not recorders.may_record(act.kind_name, entry.office):
            self.problem(AUTHORITY, index, f"the office {entry.office} may not record {act.kind_name}")
        if isinstance(act, LetterSent) and state.opening is not None and state.opening.number == entry.index:
            self._pinned(index, state)

    def _ballot(self, index: int, entry: Entry, act: VoteCast, state: VoteState) -> None:
        try:
            check_ballot(act, state, self.register, entry.recorded_at)
        except InblueError as error:
            self.problem(SIGNATURE, index, str(error))
        else:
            if act.ballot is not None:
                misplaced = len(set(self._streams)) > 1
                self.proofs.ballot(entry.stream, entry.index, act.ballot, misplaced=misplaced)

    def _pinned(self, index: int, state: VoteState) -> None:
        snapshot = state.snapshot
        if snapshot is None:
            return
        if snapshot.procedure != state.procedure.sha256:
            self.problem(PINS, index, "the opening pins another procedure than the draft was circulated under")
        if snapshot.keys != self.register.in_force():
            self.problem(PINS, index, "the opening pins other keys than the register held in force")

    def _kept(self, index: int, sha256: str) -> None:
        if not self._large:
            self.cited.add(sha256)
        if sha256 in self._found:
            return
        try:
            self.files.get(sha256)
        except InblueError as error:
            self._lacking(index, error)
            return
        self._found[sha256] = None
        if len(self._found) > _FOUND:
            del self._found[next(iter(self._found))]

    def _lacking(self, index: int, error: InblueError) -> None:
        self.problem(FILES, index, str(error))

    def _once(self, check: int, entry: int | None, text: str) -> None:
        """Name only the first of what follows from one cause all the way down the log."""
        if check not in self._said:
            self._said.add(check)
            self.problem(check, entry, text)


def digests_of(act: AnyAct) -> Iterator[str]:
    """Every file digest that an act names, procedure and snapshot included."""
    for name in _naming_files(type(act)):
        found = getattr(act, name)
        if isinstance(found, Instrument):
            found = found.sha256
        if isinstance(found, str):
            yield found
    if isinstance(act, DraftCirculated):
        yield from act.texts.values()


@cache
def _has_member(kind: type[Act]) -> bool:
    return "member" in kind.model_fields


@cache
def _naming_files(kind: type[Act]) -> tuple[str, ...]:
    """The fields of a kind of act that name a file; an act is not asked for those it has not, which takes long."""
    return tuple(name for name in ("procedure", "snapshot", "sha256", "instrument") if name in kind.model_fields)


def _check_key(grant: KeyGrant) -> None:
    public = bytes.fromhex(grant.public_key)
    check_public_key(public)
    if key_id(public) != grant.key:
        raise MalformedError("the id of the key is not that of the public key")
