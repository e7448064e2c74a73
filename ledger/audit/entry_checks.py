"""Checks 1 to 4, 6 to 10 and 18, entry by entry in the order of the log (:mod:`.checks` has the list).

:mod:`.register_checks` and :mod:`.vote_checks` check what an act may do; here are the requirements of every entry.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Self, TypeAlias

from ...domain.acts import DraftCirculated, VoteCast
from ...domain.errors import Refused
from ...domain.messages import INTAKE, MessageReceived
from ...domain.naming import name_of
from ...domain.register_acts import EntryDisowned, LedgerFounded, RegisterStated
from ...domain.wording import count
from ..entries.enrolment import check_intake, check_keeper
from ..entries.entry import REGISTER_STREAM, Entry, StoredEntry
from ..entries.files import Files, StoredDocuments
from ..entries.kinds import is_intake_act, is_register_act, is_vote_act
from ..entries.streams import name_in, vote_stream
from ..evidence.trust import Trust
from ..standards.merkle import EMPTY_ROOT, Again
from .checked_tree import CheckedTree, Roots
from .checks import ACTS, AUTHORITY, FORM, FOUNDED, PLACE, SEEN, SIGNATURE
from .disowned_checks import DisownedChecks
from .kept_files import KeptFiles
from .message_bounds import EntryOfMessage
from .message_checks import MessageChecks, MessagesOf
from .opened import Opened, open_entries
from .register_checks import RegisterChecks
from .register_count import RegisterCount
from .reply_bounds import Proofs
from .result import Result
from .vote_cache import FoldedVotes, Reread
from .vote_checks import VoteChecks

Seen: TypeAlias = Callable[[int, Entry], None]
"""Checks, now or later, what the recorder of the entry at an index had seen of the log (check 6)."""

Place: TypeAlias = tuple[str, int]
"""A stream, and the number of an act in it."""

Earlier: TypeAlias = Callable[[str, int], int]
"""For a stream that is read for the first time, in an entry of the given version: how many of its acts came before."""


class EntryChecks:
    """The checks of entries, with one part for each subject; all report to one ``result``.

    ``tree`` grows with the entries; ``register``, ``votes`` and ``files`` hold what was read of each kind of act;
    ``proofs`` holds what needs dating; ``count`` says how many entries the register has so far, ``roots`` gives earlier
    roots that the tree cannot. ``found`` maps the requested places to the entries found there: the index in the log and
    the leaf hash.
    """

    def __init__(
        self,
        result: Result,
        tree: CheckedTree,
        roots: Roots,
        files: KeptFiles,
        proofs: Proofs,
        *,
        earlier: Earlier,
        reread: Reread | None = None,
        whole: bool = True,
        seen: Seen | None = None,
        places: Collection[Place] = (),
        every_vote: bool = True,
        messages: MessagesOf = MessagesOf.EVERY,
        about: Collection[str] = (),
        every_message: bool | None = None,
    ) -> None:
        every_message = whole if every_message is None else every_message
        documents = StoredDocuments(files.store)
        self.result = result
        self.tree = tree
        self.roots = roots
        self.files = files
        self.proofs = proofs
        self.register = RegisterChecks(result, roots, files)
        self.count = RegisterCount(result, 0 if whole else tree.start)
        states = FoldedVotes(documents, reread)
        self.messages = MessageChecks(result, files, whole=every_message, kept=messages, about=about)
        self.votes = VoteChecks(result, self.register, files, states, documents, proofs, self.messages, whole=whole)
        self.disowned = DisownedChecks(result)
        self._seen = seen or self._seen_before
        self._earlier = earlier
        self._versions: dict[str, int] = {}
        self._begins: dict[str, int] = {}
        self._in_part = False
        self._whole = whole
        self._every_message = every_message
        self._places = frozenset(places)
        self.found: dict[Place, tuple[int, bytes]] = {}
        self._every_vote = whole and every_vote

    @classmethod
    def over(
        cls,
        files: Files,
        *,
        start: int = 0,
        peaks: Sequence[bytes] = (),
        trust: Trust | None = None,
        reread: Reread | None = None,
        leaves: Again | None = None,
        seen: Seen | None = None,
        places: Collection[Place] = (),
        every_vote: bool = True,
        messages: MessagesOf = MessagesOf.EVERY,
        about: Collection[str] = (),
        every_message: bool = False,
    ) -> Self:
        """The checks over a log, or over a part of one that begins after entry 0 (``start`` > 0).

        A part is checked from what is known of the log before it: the ``peaks`` of the tree there, and the register's
        entries, given to :meth:`recall`. Votes that began before it are not folded. ``trust`` names the authorities
        whose timestamps are believed.

        With ``reread``, which re-reads a stream's entries, memory does not grow with the votes, and the cited files are
        not collected. With ``leaves``, which re-reads leaf hashes, memory does not grow with the tree. Without
        ``every_vote`` some votes are checked elsewhere. ``places`` are those needed at the end. ``messages`` says which
        messages must be stored; if only those of some votes, they are ``about`` these. ``every_message``: all entries
        of their stream before the part are also given to :meth:`recall`.
        """
        result = Result()
        tree = CheckedTree(result, start, peaks, leaves)
        kept = KeptFiles(files, result, collect=reread is None)
        proofs = Proofs(trust, reread, tree.leaf_at)
        whole = start == 0
        every_message = every_message or whole
        earlier = _none_before if whole else _every_known_before if every_message else _unknown_before
        return cls(
            result,
            tree,
            tree,
            kept,
            proofs,
            earlier=earlier,
            reread=reread,
            whole=whole,
            seen=seen,
            places=places,
            every_vote=every_vote,
            messages=messages,
            about=about,
            every_message=every_message,
        )

    @property
    def start(self) -> int:
        """The index of the first entry of the part."""
        return self.tree.start

    @property
    def size(self) -> int:
        """The size of the log up to and including the last entry added."""
        return self.tree.size

    def add(self, raw: bytes, row: StoredEntry | None = None) -> None:
        """Check the next entry, and its row, if it has one."""
        self.take(open_entries([raw])[0], row)

    def take(self, opened: Opened, row: StoredEntry | None = None) -> bool:
        """The same as :meth:`add` for an opened entry; returns what :meth:`entry` returns."""
        taken = self.entry(self.size, opened, row)
        self.tree.add(opened.leaf)
        return taken

    def recall(self, index: int, raw: bytes, *, verified: bool = False) -> bool:
        """Check an entry of the register outside the part; the caller must show that it is at ``index``.

        ``verified``: an earlier audit has checked what it depends on. Returns what :meth:`entry` returns.
        """
        return self.entry(index, open_entries([raw])[0], None, verified=verified)

    def entry(self, index: int, opened: Opened, row: StoredEntry | None, *, verified: bool = False) -> bool:
        """Check the entry at ``index`` of the log; nothing is added to the tree.

        Returns whether it is well-formed and signed by the key that it names, so that its act was examined.
        """
        before = self.result.of_entries
        signed = self._taken(index, opened, row, verified=verified)
        self.count.passed(index, row.originator_id if row else opened.entry.stream if opened.entry else "")
        if self.result.of_entries != before:
            self._pin(opened.entry, row)
        return signed

    def at(self, stream: str, number: int, index: int, leaf: bytes) -> None:
        """The entry at ``index`` is act ``number`` of ``stream``."""
        if self._places and (stream, number) in self._places:
            self.found.setdefault((stream, number), (index, leaf))

    def _taken(self, index: int, opened: Opened, row: StoredEntry | None, *, verified: bool) -> bool:
        entry = opened.entry
        if entry is None:
            self.result.problem(FORM, index, opened.fault)
            if row is not None:
                self._versions[row.originator_id] = row.originator_version
            return False
        self._place(index, entry, row)
        self.at(entry.stream, entry.index, index, opened.leaf)
        if index == 0 and not isinstance(entry.act, LedgerFounded):
            self.result.problem(FOUNDED, index, f"the log begins with {entry.kind}, not with the founding of a ledger")
            return False
        if (refused := self._refused(index, opened, entry)) is not None:
            self.disowned.refused(index, opened.leaf, entry, *refused)
            self._pass_over(index, entry)
            return False
        if verified:
            claimed_too_many(self.result, index, entry)
        else:
            self._seen(index, entry)
        self.count.check(index, entry)
        self.proofs.entry(index, entry.key, entry.seen.tokens)
        act = entry.act
        if is_vote_act(act):
            if isinstance(act, VoteCast):
                named = act.message.received if act.message is not None else None
                self.proofs.reply(entry.stream, entry.index, index, entry.key, entry.recorded_at, named)
            else:
                self.proofs.other(entry.stream, entry.index, index, entry.recorded_at)
            if isinstance(act, DraftCirculated) and act.round > 1:
                self._round_before(act)
            misplaced = row is not None and row.originator_id != entry.stream
            self.votes.check(index, opened.leaf, entry, act, misplaced=misplaced)
        elif is_register_act(act):
            self.register.check(index, entry, act, verified=verified)
            if isinstance(act, RegisterStated) and not verified:
                self._stated(index, act)
            if isinstance(act, EntryDisowned):
                self._disowned(index, act, verified=verified)
        elif is_intake_act(act):
            if isinstance(act, MessageReceived):
                self.proofs.messages[entry.index] = EntryOfMessage(index, entry.key, entry.recorded_at)
            self.messages.check(index, entry, act, recalled=verified or index < self.start)
        return True

    def _round_before(self, act: DraftCirculated) -> None:
        """Load what an earlier audit knows of the round before the one that ``act`` begins."""
        stream = vote_stream(name_of(act.symbol, act.round - 1))
        if stream not in self._versions and (known := self._earlier(stream, 1)):
            self._versions[stream] = known

    def _pin(self, entry: Entry | None, row: StoredEntry | None) -> None:
        """Keep the votes with problems in memory: folded again, they could differ."""
        for stream in (row.originator_id if row else None, entry.stream if entry else None):
            if stream:
                self.votes.states.pin(name_in(stream))

    def _refused(self, index: int, opened: Opened, entry: Entry) -> tuple[int, str] | None:
        """The check by which no key in authority signed the entry at ``index``, and its text; None if one did."""
        founding = entry.act.registrar if index == 0 and isinstance(entry.act, LedgerFounded) else None
        public = bytes.fromhex(founding.public_key) if founding else self.register.publics.get(entry.key)
        if entry.envelope.key_id != entry.key:
            return SIGNATURE, "the key that signs is not the key that the entry names as its actor"
        if public is None:
            return AUTHORITY, f"the key {entry.key[:16]} is not enrolled"
        if not opened.is_signed_by(public):
            return SIGNATURE, f"the signature of the key {entry.key[:16]} does not hold"
        try:
            if is_vote_act(entry.act):
                self.votes.check_recorder(entry, entry.act)
            elif is_intake_act(entry.act):
                check_intake(self.register.state, entry)
            elif index > 0:
                check_keeper(self.register.state, entry)
        except Refused as refusal:
            return AUTHORITY, str(refusal)
        return None

    def _disowned(self, index: int, act: EntryDisowned, *, verified: bool) -> None:
        first = self._begins.get(act.stream)
        within = first is not None and first <= act.index + 1 <= self._versions[act.stream]
        if not verified or within:  # otherwise an earlier audit has found what it names
            self.disowned.disown(index, act, shown=within or self._whole)

    def _pass_over(self, index: int, entry: Entry) -> None:
        if entry.stream == REGISTER_STREAM:
            self.register.pass_over(index)
        elif entry.stream != INTAKE:
            self.votes.pass_over(entry)

    def _place(self, index: int, entry: Entry, row: StoredEntry | None) -> None:
        stream, version = entry.stream, entry.index + 1
        if row is not None:
            stream, version = row.originator_id, row.originator_version
            if (entry.stream, entry.kind) != (stream, row.kind):
                what = f"signed as {entry.kind} of {entry.stream}, found as {row.kind} of {stream}"
                self.result.problem(PLACE, index, what)
            if entry.index + 1 != version:
                what = f"signed as act {entry.index} of {entry.stream}, found at {version - 1}"
                self.result.problem(PLACE, index, what)
        known = self._versions.get(stream)
        before = self._earlier(stream, version) if known is None else known
        if known is None:
            self._begins[stream] = version
        if version <= before if self._some_are_shown(stream, index) else version != before + 1:
            self.result.problem(PLACE, index, f"{stream}: act {version - 1} stands where act {before} should")
        self._versions[stream] = version

    def _some_are_shown(self, stream: str, index: int) -> bool:
        """Whether the stream is that of messages and only some of its entries up to ``index`` are shown."""
        if stream != INTAKE or self._every_message:
            return False
        going_on = self._in_part
        self._in_part = going_on or self.start <= index == self.size
        return not going_on or index != self.size

    def elsewhere(self, stream: str, version: int) -> None:
        """An entry of a vote that another process checks; here only its place is noted."""
        self._versions[stream] = version

    def _stated(self, index: int, act: RegisterStated) -> None:
        """Check 10: each vote has the number of acts that the entry at ``index`` says, as far as they are shown."""
        for stream, acts in ((each.stream, each.acts) for each in act.votes):
            if stream not in self._versions and not self._every_vote:
                continue  # it is not shown here
            if stream not in self._versions:
                self._versions[stream] = self._earlier(stream, 0)
            shown = self._versions[stream]
            # The entries between a part and this one are not shown.
            if shown > acts or (shown < acts and index <= self.size):
                self.result.problem(ACTS, index, f"says that {stream} had {count(acts, 'act')}; it had {shown:,}")

    def _seen_before(self, index: int, entry: Entry) -> None:
        claimed_too_many(self.result, index, entry)
        if entry.seen.size <= index and self.roots.root_at(entry.seen.size) not in {None, entry.seen.root}:
            what = f"its recorder had seen other entries before it: the first {entry.seen.size} hash to another root"
            self.result.once(SEEN, index, what)


def claimed_too_many(result: Result, index: int, entry: Entry) -> None:
    """Check 6, as far as the entry alone shows it: nobody has seen more than comes before it, or an empty log."""
    if entry.seen.size > index:
        what = f"says its recorder had seen {entry.seen.size} entries, more than stand before it"
        result.once(SEEN, index, what)
    elif entry.seen.size == 0 and entry.seen.root != EMPTY_ROOT:
        result.once(SEEN, index, "says its recorder had seen no entry, and a root that is not the empty tree's")


def _none_before(_stream: str, _version: int) -> int:
    """In a whole log every stream begins."""
    return 0


def _every_known_before(stream: str, version: int) -> int:
    """In a part for which the messages too are recalled from the first."""
    return 0 if stream == INTAKE else _unknown_before(stream, version)


def _unknown_before(stream: str, version: int) -> int:
    """In a part, the register is recalled from its first act; the earlier place of a vote is not known."""
    return 0 if stream == REGISTER_STREAM else version - 1
