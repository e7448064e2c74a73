"""The checks, numbered. Documentation, messages and JSON use the same numbers (docs/verifying.md).

1. founded    the log begins with the founding of a ledger, by a key that signs it
2. form       each entry is in its one form: envelope, payload, known kind, well-formed act
3. signature  each entry is signed by the key it names, and each ballot in one by a key of its member
4. place      stream, index and kind inside an entry are where it stands; no stream has a gap
5. log        the entries hash to the root that the log's key signed; none is missing, none stands elsewhere
6. seen       the checkpoint an entry says its recorder had seen is a true earlier state of this log
7. authority  the key held the office at that instant, and the office may record that act
8. pins       procedures and snapshots are those the register and the opening name, by digest
9. files      every digest named is kept, with those bytes
10. acts      each stream can be read as a vote, act by act

Of a bundle, also:

11. container every member is one that a bundle has, and is read to its end
12. derived   what is rendered or listed (record, README, manifests, claims) is what the entries give, byte for byte

With a trust file, also:

13. trust     origin, log key, founder and earlier checkpoints are those that the reader knows from elsewhere

Where there are timestamps, also:

14. stamps    what a timestamp is over is an earlier state of this log, signed by its key

Against receipts, also:

15. receipt   an entry that a member's receipt shows in the log stands here, in its place

Where witnesses have cosigned, also:

16. witness   what is cosigned is an earlier state of this log; the line of a witness that the policy names holds

What they cannot see: a whole older copy of a ledger is a true state of it. Whoever holds a later checkpoint can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias, get_args

from ..domain.acts import Act, DraftCirculated, LetterSent, VoteCast
from ..domain.ballot import SignedBallot
from ..domain.errors import InblueError, MalformedError, Refusal
from ..domain.instant import format_instant
from ..domain.register import (
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
from ..domain.state import Recorded, VoteState
from ..domain.verdict import Bounds
from ..domain.vote import evolve
from ..domain.wording import count
from .ballot import check_ballot, own_tokens, signing_key
from .checkpoint import Checkpoint
from .cosignature import cosigners
from .entry import REGISTER_STREAM, VOTE_PREFIX, Entry, StoredEntry, read_entry
from .errors import LedgerError
from .files import Files, StoredDocuments
from .keys import check_public_key, key_id
from .log import EntryStore, LogStore, Stamp
from .logkeys import LogKeys
from .merkle import Frontier, leaf_hash, root
from .note import encode_base64
from .policy import parse_policy
from .timeline import Dated, Timeline
from .timestamp import Authority, Timestamp, verify_token
from .trust import Trust

NAMES = (
    "founded",
    "form",
    "signature",
    "place",
    "log",
    "seen",
    "authority",
    "pins",
    "files",
    "acts",
    "container",
    "derived",
    "trust",
    "stamps",
    "receipt",
    "witness",
)
FOUNDED, FORM, SIGNATURE, PLACE, LOG, SEEN, AUTHORITY, PINS = range(1, 9)
FILES, ACTS, CONTAINER, DERIVED, TRUST, STAMPS, RECEIPT, WITNESS = range(9, 17)

_KEYS_CARRIED = "The keys are those it carries itself: that they are the registrar's must be known from elsewhere."
_KEYS_TRUSTED = "The keys are those of the trust file; whose they are rests on where that file came from."
_OLDER_COPY = (
    "A whole older copy is a true state of the ledger too; only a later checkpoint held elsewhere tells them apart."
)
_BEHIND_BUNDLE = (
    "What the log holds before and behind these entries is not shown, only that nothing between is missing."
)
_REWRITTEN_UNHEARD = "There are cosignatures, and no trust file says which witnesses count: nothing rests on them."
_REWRITTEN = "No third party that counts has witnessed the log: whoever holds all of its keys could have rewritten it."

_WITNESSED = "Only together with {} could the log have been rewritten{}."
_TOO_FEW = "Witnessed by {} only, which the policy does not take as enough: the log could have been rewritten."

STOPPED = "so much does not hold that reading stopped"

Progress: TypeAlias = Callable[[int, int], None]

_PAGE = 500
_YEAR_9999 = 253_370_764_800
_MOST_PROBLEMS = 100
_HOPELESS = 1_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold: the number of the check, the entry's index in the log if it is one's, and what."""

    check: int
    entry: int | None
    text: str


class Witnessed(NamedTuple):
    """A witness that the policy names: the largest size of the log that it has cosigned, and when by its own clock.

    ``at`` is None where it gives no time that a calendar has.
    """

    name: str
    size: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Verification:
    """What the checks found. ``problems`` come in the order of the log, the first thing that does not hold first."""

    entries: int
    votes: int
    checkpoint: Checkpoint | None
    uncovered: int
    problems: tuple[Problem, ...]
    not_proved: tuple[str, ...]
    start: int = 0
    trusted: bool = False
    states: Mapping[str, VoteState] = field(default_factory=dict, repr=False)
    bounds: Mapping[str, Mapping[int, Bounds]] = field(default_factory=dict, repr=False)
    """By draft and number of the act: what timestamps prove of when a reply was entered."""
    witnesses: tuple[Witnessed, ...] = ()
    witnessed_size: int = 0
    """How many entries of the log as many witnesses have cosigned as the reader's policy asks for."""

    @property
    def witnessed(self) -> bool:
        """Whether enough witnesses stand behind every entry that was checked."""
        return 0 < self.start + self.entries <= self.witnessed_size

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.problems


def verify(
    entries: EntryStore,
    log: LogStore,
    files: Files,
    *,
    trust: Trust | None = None,
    against: Callable[[EntryChecks, int], None] | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Run every check over a ledger, reading each entry once; ``progress`` is told how many are done, of how many.

    ``against`` is given the checks and the size of the log when all is read: to hold receipts against it, say.
    """
    checks = EntryChecks(files, authorities=trust.authorities if trust else ())
    head = log.head()
    leaves = _leaves(log)
    differing: int | None = None
    covered_position: int | None = None
    try:
        for stored in _stored(entries):
            expected = next(leaves, None)
            if differing is None and expected is not None and expected != leaf_hash(stored.envelope):
                differing = checks.size
            checks.add(stored.envelope, stored)
            if progress is not None and checks.size % 50 == 0:
                progress(checks.size, max(checks.size, head.size if head else 0))
            if head is not None and checks.size == head.size:
                covered_position = stored.position
            if checks.hopeless:
                checks.problem(LOG, None, STOPPED)
                return checks.found(None)
    except Exception as error:  # noqa: BLE001 - a database that breaks while it is read is a finding, whatever it raises
        checks.problem(FOUNDED, checks.size, f"the store cannot be read on from here: {error}")
        return checks.found(None)
    if checks.size == 0:
        checks.problem(FOUNDED, None, "the log is empty")
    if head is None:
        checks.problem(LOG, None, "there is no signed head; nothing shows whether entries are missing")
        return checks.found(None)
    checkpoint = signed_by_log(checks, head.note)
    if checkpoint is not None:
        _against_head(checks, checkpoint, log, differing)
        if not checks.problems and (head.size, head.position) != (checkpoint.size, covered_position):
            checks.problem(LOG, None, "the head's size or cursor beside the signed note is not the note's")
    if trust is not None:
        hold_against(checks, checkpoint, trust)
    for stamp in log.stamps():
        check_stamp(checks, stamp)
    for size, note in log.cosigned():
        check_cosigned(checks, size, note)
    if trust is not None and trust.policy is not None:
        hear_witnesses(checks, trust.policy)
    if against is not None:
        against(checks, max(checks.size, checkpoint.size if checkpoint else 0))
    return checks.found(checkpoint, trusted=trust is not None)


def check_stamp(checks: EntryChecks, stamp: Stamp, is_earlier: Callable[[Checkpoint], bool] | None = None) -> None:
    """Check 14, and take the token into the timeline if an authority that the reader trusts has signed it.

    ``is_earlier`` says whether a checkpoint is an earlier state of the log; by default the entries at hand say it.
    """
    try:
        stamped = checks.log_keys.open(stamp.note)
    except InblueError as error:
        checks.problem(STAMPS, None, f"what was timestamped is no checkpoint of this log: {error}")
        return
    holds = is_earlier(stamped) if is_earlier else checks.root_at(stamped.size) == stamped.root
    if stamped.size != stamp.size or not holds:
        checks.problem(STAMPS, None, f"the timestamped checkpoint of size {stamp.size} is no state of this log")
        return
    found = checks.believed(stamp.token, stamp.note, stamp.query)
    if found is None:
        checks.undated += 1
    else:
        checks.dated.append(Dated(stamped.size, stamp.sha256, found))


def check_cosigned(
    checks: EntryChecks, size: int, note: bytes, is_earlier: Callable[[Checkpoint], bool] | None = None
) -> None:
    """Check 16, of a checkpoint with the lines of witnesses; who they are is asked later (:func:`hear_witnesses`).

    ``is_earlier`` is as in :func:`check_stamp`.
    """
    try:
        cosigned = checks.log_keys.open(note)
    except InblueError as error:
        checks.problem(WITNESS, None, f"what was cosigned is no checkpoint of this log: {error}")
        return
    holds = is_earlier(cosigned) if is_earlier else checks.root_at(cosigned.size) == cosigned.root
    if cosigned.size != size or not holds:
        checks.problem(WITNESS, None, f"the cosigned checkpoint of size {size} is no state of this log")
        return
    checks.cosigned.append((size, note))


def hear_witnesses(checks: EntryChecks, text: str) -> None:
    """Check 16, of the witnesses' lines: which of those that the policy names have cosigned, and up to which size."""
    policy = parse_policy(text)
    terms = {str(term.key) for term in checks.log_keys.terms}
    if policy.logs and terms.isdisjoint(str(key) for key in policy.logs):
        checks.problem(TRUST, None, "the policy does not name this log's key")
        return
    named = {witness.key: witness.name for witness in policy.witnesses}
    latest: dict[str, Witnessed] = {}
    for size, note in sorted(checks.cosigned):
        try:
            times = cosigners(note, named)
        except InblueError as error:
            checks.problem(WITNESS, None, f"at size {size}: {error}")
            continue
        for key, at in times.items():
            latest[named[key]] = Witnessed(named[key], size, _calendar(at))
        if policy.quorum is not None and policy.met([named[key] for key in times]):
            checks.witnessed_size = size
    checks.witnesses = tuple(latest[witness.name] for witness in policy.witnesses if witness.name in latest)
    checks.heard = True


def _calendar(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _YEAR_9999 else None


def hold_against(checks: EntryChecks, checkpoint: Checkpoint | None, trust: Trust) -> None:
    """Check 13: hold what was checked against what the reader knows."""
    founded = checks.register.founded
    if founded is None or checkpoint is None:
        return
    if trust.origin is not None and trust.origin != founded.origin:
        checks.problem(TRUST, None, f"this is the log {founded.origin}, not {trust.origin}")
    if trust.log_key is not None:
        _hold_against_key(checks, trust.log_key)
    if trust.registrar and founded.registrar.key not in trust.registrar:
        checks.problem(TRUST, None, "the key that founded the ledger is not one the trust file names")
    for note in trust.checkpoints:
        _hold_against_checkpoint(checks, checkpoint, note)


def _hold_against_key(checks: EntryChecks, vkey: str) -> None:
    terms = checks.log_keys.terms
    known = next((number for number, term in enumerate(terms) if str(term.key) == vkey), None)
    if known is None:
        checks.problem(TRUST, None, "the log never had the key that the trust file names")
        return
    for term in terms[known + 1 :]:
        if not term.handed_over:
            what = "this entry gives the log another key, which the one of the trust file does not vouch for"
            checks.problem(TRUST, term.entry, what)
            return


def _hold_against_checkpoint(checks: EntryChecks, checkpoint: Checkpoint, note: str) -> None:
    known = signed_by_log(checks, note.encode(), check=TRUST)
    if known is None:
        return
    held = checkpoint.root if known.size == checkpoint.size else checks.root_at(known.size)
    covered = max(checks.size, checkpoint.size)
    if held is None and known.size > covered:
        checks.problem(TRUST, None, f"the log had {known.size} entries already; this is a state of {covered}")
    elif held is None:
        checks.unchecked.append(f"The trusted checkpoint of size {known.size} lies outside these entries.")
    elif held != known.root:
        checks.problem(TRUST, None, f"the first {known.size} entries are not those of the trusted checkpoint")


def signed_by_log(checks: EntryChecks, note: bytes, *, check: int = LOG) -> Checkpoint | None:
    """The checkpoint in ``note``, if it is signed by the key that the log had at that size; else a problem."""
    if not checks.log_keys.terms:
        return None
    try:
        return checks.log_keys.open(note)
    except InblueError as error:
        checks.problem(check, None, f"the checkpoint is not signed by the log's key: {error}")
        return None


def _against_head(checks: EntryChecks, checkpoint: Checkpoint, log: LogStore, differing: int | None) -> None:
    indexed = _index_holds(log, checkpoint)
    if checkpoint.size > checks.size:
        first = differing if indexed and differing is not None else checks.size
        what = f"the signed head covers {count(checkpoint.size, 'entry', 'entries')}, and {checks.size:,} are stored"
        checks.problem(LOG, first, f"an entry is missing here: {what}")
    elif checks.root_at(checkpoint.size) != checkpoint.root:
        if indexed and differing is not None:
            checks.problem(LOG, differing, "not the entry that stood here when the log was signed")
        else:
            checks.problem(LOG, None, "the entries do not hash to the signed head, and the index cannot say which")
    elif not indexed or differing is not None:
        checks.problem(LOG, differing, "the entries hold, but the log's index beside them is damaged")


def _index_holds(log: LogStore, checkpoint: Checkpoint) -> bool:
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
        "start": found.start,
        "trusted": found.trusted,
        "witnesses": [
            {"name": w.name, "size": w.size, "at": format_instant(w.at) if w.at else None} for w in found.witnesses
        ],
        "witnessed_size": found.witnessed_size,
        "witnessed": found.witnessed,
        "not_proved": list(found.not_proved),
    }


class EntryChecks:
    """Checks 1 to 4 and 6 to 10, entry by entry in the order of the log, and the Merkle tree over what was added.

    A part of a log that does not begin at entry 0 (``start`` > 0) is checked from what is known of the part before it:
    the ``peaks`` of the tree there, and the register's entries, given to :meth:`recall`. Votes that began before it
    are not folded. ``authorities`` are those whose timestamps are believed. ``handovers`` are checkpoints from before
    it that entries carry, by entry: that the log is still true to them the caller has to show.
    """

    def __init__(
        self, files: Files, *, start: int = 0, peaks: Sequence[bytes] = (), authorities: Sequence[Authority] = ()
    ) -> None:
        self.files = files
        self.authorities = authorities
        self.documents = StoredDocuments(files)
        self.start = start
        self.tree = Frontier.resumed(start, peaks)
        self.problems: list[Problem] = []
        self.register = Register()
        self.log_keys = LogKeys()
        self.handovers: list[tuple[int, Checkpoint]] = []
        self.votes: dict[str, VoteState | None] = {}
        self.cited: set[str] = set()
        self.unchecked: list[str] = []
        self.dated: list[Dated] = []
        self.undated = 0
        self.cosigned: list[tuple[int, bytes]] = []
        self.witnesses: tuple[Witnessed, ...] = ()
        self.witnessed_size = 0
        self.heard = False
        self._named: dict[int, str] = {}
        self._signed_with: dict[str, list[tuple[int, SignedBallot | None]]] = {}
        self._recorders: dict[int, str] = {}
        self._replies: dict[str, dict[int, tuple[int, SignedBallot | None]]] = {}
        self._roots = [self.tree.root()]
        self._leaves: list[bytes] = []
        self._versions: dict[str, int] = {}
        self._said: set[int] = set()

    @property
    def named(self) -> frozenset[str]:
        """The tokens that entries name, by digest."""
        return frozenset(self._named.values())

    @property
    def size(self) -> int:
        """The size of the log up to and with the last entry added."""
        return self.tree.size

    def root_at(self, size: int) -> bytes | None:
        """The root when the log had ``size`` entries, or None if that was before ``start`` or is not reached."""
        at = size - self.start
        return self._roots[at] if 0 <= at < len(self._roots) else None

    def leaf_at(self, index: int) -> bytes | None:
        """The leaf hash of the entry at that index of the log, or None if it is not among those added."""
        at = index - self.start
        return self._leaves[at] if 0 <= at < len(self._leaves) else None

    def add(self, raw: bytes, row: StoredEntry | None = None) -> None:
        """Check the next entry, and the row it was found in, if it was in one."""
        self._entry(self.size, raw, row)
        self._leaves.append(leaf_hash(raw))
        self.tree.add(self._leaves[-1])
        self._roots.append(self.tree.root())

    def recall(self, index: int, raw: bytes) -> None:
        """Check an entry of the register from outside the part; that it stands at ``index`` the caller has to show."""
        self._entry(index, raw, None)

    def problem(self, check: int, entry: int | None, text: str) -> None:
        """Note that something does not hold. Behind a thousand problems, those of single entries are left out."""
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
        states = {symbol: state for symbol, state in self.votes.items() if state is not None}
        problems = tuple(ordered[:_MOST_PROBLEMS])
        changes = [said for term in self.log_keys.terms if (said := term.not_proved())]
        changes += self._compromises()
        keys = _KEYS_TRUSTED if trusted else _KEYS_CARRIED
        not_proved = [keys, self._rewritten(), *changes, *self.unchecked]
        not_proved.insert(1, _BEHIND_BUNDLE if bundle else _OLDER_COPY)
        if self.undated:
            not_proved.append(
                f"{count(self.undated, 'timestamp')} of authorities that no trust file names: nothing rests on them."
            )
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
            self.bounds(),
            self.witnesses,
            self.witnessed_size,
        )

    def _rewritten(self) -> str:
        """What stands in the way of whoever holds every key of the log."""
        names = ", ".join(f"{witness.name} (size {witness.size:,})" for witness in self.witnesses)
        if self.witnessed_size:
            behind = "" if self.witnessed_size >= self.size else f" before entry {self.witnessed_size:,}"
            return _WITNESSED.format(names, behind)
        if names:
            return _TOO_FEW.format(names)
        if self.cosigned and not self.heard:
            return f"{_REWRITTEN_UNHEARD} {_REWRITTEN}"
        return _REWRITTEN

    def believed(self, token: bytes, message: bytes, query: bytes) -> Timestamp | None:
        """The timestamp in ``token`` over ``message``, if one of the authorities has made it."""
        for authority in self.authorities:
            try:
                return verify_token(token, message, authority, query=query)
            except InblueError:
                continue
        return None

    def bounds(self) -> Mapping[str, Mapping[int, Bounds]]:
        """What trusted timestamps prove of each reply's entry, by draft and number of the act; and what is void."""
        timeline = Timeline(self.dated, self._named)
        found: dict[str, dict[int, Bounds]] = {}
        for stream, replies in self._replies.items():
            symbol = stream.removeprefix(VOTE_PREFIX)
            for number, (index, ballot) in replies.items():
                bounds, own = timeline.bounds(index), list(self._own_timestamps(ballot))
                void = self._void(self._recorders[index], bounds, [])
                ballot_void = self._void(signing_key(ballot), bounds, own) if ballot else None
                if bounds is not None or own or void or ballot_void:
                    bounds = bounds or Bounds(None, None, ())
                    found.setdefault(symbol, {})[number] = bounds._replace(
                        grounds=bounds.grounds + tuple(_own_ground(each) for each in own),
                        ballot_void=ballot_void,
                        entry_void=void,
                    )
        return found

    def _void(self, key: str, bounds: Bounds | None, own: Sequence[Timestamp]) -> str | None:
        """Why what ``key`` signed may be somebody else's, unless a timestamp shows it to be older than that."""
        revoked = self.register.revoked.get(key)
        since = revoked.compromised_since if revoked else None
        if since is None or _existed_by(bounds, since) or any(each.not_after <= since for each in own):
            return None
        return f"The key {key[:16]} may have been in other hands since {format_instant(since)}."

    def _compromises(self) -> Iterator[str]:
        """What a key in other hands puts in doubt, and what timestamps show to be from before."""
        timeline = Timeline(self.dated, self._named)
        for key, revoked in self.register.revoked.items():
            since = revoked.compromised_since
            if since is None:
                continue
            signed = self._signed_with.get(key, [])
            doubtful = [
                index
                for index, ballot in signed
                if self._void(key, timeline.bounds(index), list(self._own_timestamps(ballot)))
            ]
            some = ", ".join(str(index) for index in doubtful[:10]) + (", ..." if len(doubtful) > 10 else "")
            older = len(signed) - len(doubtful)
            yield (
                f"The key {key[:16]} may have been in other hands since {format_instant(since)}. Of its entries here "
                f"timestamps show {older:,} to be from before" + (f", and not entries {some}." if doubtful else ".")
            )

    def _own_timestamps(self, ballot: SignedBallot | None) -> Iterator[Timestamp]:
        """The member's own timestamps that hold: they show that its ballot existed, not that it had arrived."""
        for token, query in own_tokens(ballot) if ballot else ():
            found = self.believed(token, ballot.envelope.encode(), query) if ballot else None
            if found is not None:
                yield found

    def _entry(self, index: int, raw: bytes, row: StoredEntry | None) -> None:
        try:
            entry = read_entry(raw)
        except InblueError as error:
            self.problem(FORM, index, str(error))
            if row is not None:
                self._versions[row.originator_id] = row.originator_version
            return
        self._place(index, entry, row)
        grant = self._founder(index, entry) if index == 0 else self._grant(entry)
        if not self._signed(index, entry, grant):
            return
        self._seen(index, entry)
        self._signed_with.setdefault(entry.key, []).append((index, None))
        if entry.seen.token is not None:
            self._named[index] = entry.seen.token
        if isinstance(entry.act, VoteCast):
            self._recorders[index] = entry.key
            self._replies.setdefault(entry.stream, {})[entry.index] = (index, None)  # until its ballot is checked
        if isinstance(entry.act, get_args(RegisterAct)):
            self._register_act(index, entry, entry.act)
        else:
            self._vote_act(index, entry)

    def _founder(self, index: int, entry: Entry) -> KeyGrant | None:
        if not isinstance(entry.act, LedgerFounded):
            self.problem(FOUNDED, index, f"the log begins with {entry.kind}, not with the founding of a ledger")
            return None
        return entry.act.registrar

    def _grant(self, entry: Entry) -> KeyGrant | None:
        return next((grant for grant in self.register.grants if grant.key == entry.key), None)

    def _signed(self, index: int, entry: Entry, grant: KeyGrant | None) -> bool:
        if entry.envelope.key_id != entry.key:
            self.problem(SIGNATURE, index, "the key that signs is not the key that the entry names as its actor")
            return False
        if grant is None:
            self.problem(AUTHORITY, index, f"the key {entry.key[:16]} is not enrolled")
            return False
        if not entry.envelope.verify(bytes.fromhex(grant.public_key)):
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
        whole = self.start == 0 or stream == REGISTER_STREAM
        before = self._versions.get(stream, 0 if whole else version - 1)  # of a part, where a vote was is not known
        if version != before + 1:
            self.problem(PLACE, index, f"{stream}: act {version - 1} stands where act {before} should")
        self._versions[stream] = version

    def _seen(self, index: int, entry: Entry) -> None:
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

    def _vote_act(self, index: int, entry: Entry) -> None:
        act, stream = entry.act, entry.stream
        assert isinstance(act, get_args(Act))  # noqa: S101 - the registry knows acts of the register and of votes only
        if not stream.startswith(VOTE_PREFIX):
            self.problem(PLACE, index, f"{entry.kind} does not belong in {stream}")
            return
        symbol = stream.removeprefix(VOTE_PREFIX)
        try:
            member = getattr(act, "member", None)
            self.register.authority(entry.key, entry.office, entry.recorded_at, member=member)
        except Refusal as refusal:
            self.problem(AUTHORITY, index, str(refusal))
        if isinstance(act, DraftCirculated) and act.symbol != symbol:
            self.problem(PLACE, index, f"the draft {act.symbol} was circulated in the vote on {symbol}")
        for sha256 in digests_of(act):
            self._kept(index, sha256)
        state = self.votes.get(symbol)
        if self.start and symbol not in self.votes and not isinstance(act, DraftCirculated):
            self.votes[symbol] = None
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
        self.votes[symbol] = state
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
            self._replies[entry.stream][entry.index] = (index, act.ballot)
            if act.ballot is not None:
                self._signed_with.setdefault(signing_key(act.ballot), []).append((index, act.ballot))

    def _pinned(self, index: int, state: VoteState) -> None:
        snapshot = state.snapshot
        if snapshot is None:
            return
        if snapshot.procedure != state.procedure.sha256:
            self.problem(PINS, index, "the opening pins another procedure than the draft was circulated under")
        if snapshot.keys != self.register.in_force():
            self.problem(PINS, index, "the opening pins other keys than the register held in force")

    def _kept(self, index: int, sha256: str) -> None:
        self.cited.add(sha256)
        try:
            self.files.get(sha256)
        except InblueError as error:
            self.problem(FILES, index, str(error))

    def _once(self, check: int, entry: int, text: str) -> None:
        """Name only the first of what follows from one cause all the way down the log."""
        if check not in self._said:
            self._said.add(check)
            self.problem(check, entry, text)


def _own_ground(found: Timestamp) -> str:
    when = format_instant(found.not_after)
    return f"the ballot itself existed by {when}: the member's own timestamp of {found.authority}"


def _existed_by(bounds: Bounds | None, instant: datetime) -> bool:
    if bounds is None or bounds.not_after is None or bounds.contradiction is not None:
        return False
    return bounds.not_after <= instant


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
