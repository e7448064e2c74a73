"""Checks 1 to 4, 6 to 10 and 18, entry by entry in the order of the log (:mod:`.checks` has the list).

What an act may do is for :mod:`.register_checks` and :mod:`.vote_checks`; here is what every entry has to fulfil.
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
"""Checks, or keeps to be checked, what the recorder of the entry at an index had seen of the log (check 6)."""

Place: TypeAlias = tuple[str, int]
"""A stream, and the number of an act in it."""

Earlier: TypeAlias = Callable[[str, int], int]
"""Of a stream that is met for the first time, in an entry of the given version: how many acts of it came before."""


class EntryChecks:
    """The checks of entries, made of one part for each thing that is checked; all report to one ``result``.

    ``tree`` grows with the entries; ``register``, ``votes`` and ``files`` have what was read of each kind of act;
    ``proofs`` what is to be dated; ``count`` says how many entries the register has by now, ``roots`` what the log was
    earlier, also where the tree cannot. ``found`` has, of the places that were asked for, each entry that is there: its
    index in the log and its leaf hash.
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
    ) -> None:
        documents = StoredDocuments(files.store)
        self.result = result
        self.tree = tree
        self.roots = roots
        self.files = files
        self.proofs = proofs
        self.register = RegisterChecks(result, roots, files)
        self.count = RegisterCount(result, 0 if whole else tree.start)
        states = FoldedVotes(documents, reread)
        self.messages = MessageChecks(result, files, whole=whole, kept=messages, about=about)
        self.votes = VoteChecks(result, self.register, files, states, documents, proofs, self.messages, whole=whole)
        self.disowned = DisownedChecks(result)
        self._seen = seen or self._seen_before
        self._earlier = earlier
        self._versions: dict[str, int] = {}
        self._begins: dict[str, int] = {}
        self._in_part = False
        self._whole = whole
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
    ) -> Self:
        """The checks over a log, or over a part of one that does not begin at entry 0 (``start`` > 0).

        A part is checked from what is known of the part before it: the ``peaks`` of the tree there, and the register's
        entries, given to :meth:`recall`. Votes that began before it are not folded. ``trust`` names the authorities
        whose timestamps are believed.

        With ``reread``, which gives a stream's entries once more, memory does not grow with the votes, and what files
        the entries cite is not collected. With ``leaves``, which gives leaf hashes once more, it does not grow with
        the tree. Without ``every_vote`` some votes are checked elsewhere. ``places`` are asked for in the end.
        ``messages`` says which of them have to be kept; where it is those of some votes, they are ``about`` these.
        """
        result = Result()
        tree = CheckedTree(result, start, peaks, leaves)
        kept = KeptFiles(files, result, collect=reread is None)
        proofs = Proofs(trust, reread, tree.leaf_at)
        whole = start == 0
        earlier = _none_before if whole else _unknown_before
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
        )

    @property
    def start(self) -> int:
        """The index of the first entry of the part."""
        return self.tree.start

    @property
    def size(self) -> int:
        """The size of the log up to and with the last entry added."""
        return self.tree.size

    def add(self, raw: bytes, row: StoredEntry | None = None) -> None:
        """Check the next entry, and the row it was found in, if it was in one."""
        self.take(open_entries([raw])[0], row)

    def take(self, opened: Opened, row: StoredEntry | None = None) -> bool:
        """As :meth:`add`, of one that was opened already; gives what :meth:`entry` gives."""
        taken = self.entry(self.size, opened, row)
        self.tree.add(opened.leaf)
        return taken

    def recall(self, index: int, raw: bytes, *, verified: bool = False) -> bool:
        """Check an entry of the register from outside the part; that it is at ``index`` the caller has to show.

        ``verified``: an earlier audit has looked up what it rests on. Gives what :meth:`entry` gives.
        """
        return self.entry(index, open_entries([raw])[0], None, verified=verified)

    def entry(self, index: int, opened: Opened, row: StoredEntry | None, *, verified: bool = False) -> bool:
        """Check the entry at ``index`` of the log; nothing is added to the tree.

        Gives whether it is well-formed and signed by the key that it names, so that its act was looked at.
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
        """Take in what an earlier audit knows of the round before the one that ``act`` begins."""
        stream = vote_stream(name_of(act.symbol, act.round - 1))
        if stream not in self._versions and (known := self._earlier(stream, 1)):
            self._versions[stream] = known

    def _pin(self, entry: Entry | None, row: StoredEntry | None) -> None:
        """Hold the votes in which something is wrong: folded again, they could be others."""
        for stream in (row.originator_id if row else None, entry.stream if entry else None):
            if stream:
                self.votes.states.pin(name_in(stream))

    def _refused(self, index: int, opened: Opened, entry: Entry) -> tuple[int, str] | None:
        """Which check says that no key in authority has signed the entry at ``index``, and what; None if one has."""
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
        if not verified or within:  # else an earlier audit has found what it names
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
        """Whether of a stream, that of messages, only some entries are shown between the last one met and ``index``."""
        if stream != INTAKE or self._whole:
            return False
        going_on = self._in_part
        self._in_part = going_on or self.start <= index == self.size
        return not going_on or index != self.size

    def elsewhere(self, stream: str, version: int) -> None:
        """An entry of a vote that is checked in another process, of which it is known here only that it is there."""
        self._versions[stream] = version

    def _stated(self, index: int, act: RegisterStated) -> None:
        """Check 10: each vote has the acts that the entry at ``index`` says, as far as they are shown."""
        for stream, acts in ((each.stream, each.acts) for each in act.votes):
            if stream not in self._versions and not self._every_vote:
                continue  # it is not shown here
            if stream not in self._versions:
                self._versions[stream] = self._earlier(stream, 0)
            shown = self._versions[stream]
            if shown > acts or (shown < acts and index <= self.size):  # what is between a part and this is not shown
                self.result.problem(ACTS, index, f"says that {stream} had {count(acts, 'act')}; it had {shown:,}")

    def _seen_before(self, index: int, entry: Entry) -> None:
        claimed_too_many(self.result, index, entry)
        if entry.seen.size <= index and self.roots.root_at(entry.seen.size) not in {None, entry.seen.root}:
            what = f"its recorder had seen other entries before it: the first {entry.seen.size} hash to another root"
            self.result.once(SEEN, index, what)


def claimed_too_many(result: Result, index: int, entry: Entry) -> None:
    """Check 6, as far as the entry alone shows it: nobody has seen more than comes before it, or a root of no entry."""
    if entry.seen.size > index:
        what = f"says its recorder had seen {entry.seen.size} entries, more than stand before it"
        result.once(SEEN, index, what)
    elif entry.seen.size == 0 and entry.seen.root != EMPTY_ROOT:
        result.once(SEEN, index, "says its recorder had seen no entry, and a root that is not the empty tree's")


def _none_before(_stream: str, _version: int) -> int:
    """In a whole log every stream begins."""
    return 0


def _unknown_before(stream: str, version: int) -> int:
    """In a part the register is recalled from its first act; where a vote was before the part is not known."""
    return 0 if stream == REGISTER_STREAM else version - 1
