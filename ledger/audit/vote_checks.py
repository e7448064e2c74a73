"""Checks 3, 4 and 7 to 10 for the acts of votes, and the votes after each act."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ...domain.acts import Act, DraftCirculated, LetterSent, VoteCast
from ...domain.errors import InblueError, Refused
from ...domain.naming import name_of, read_name
from ...domain.phrase import Said
from ...domain.pins import known_zone, unfit_pins
from ...domain.recorded import Documents, Recorded
from ...domain.rules import check_round
from ...domain.snapshot import Snapshot
from ...domain.state import VoteState
from ...domain.vote import MAX_ACTS, evolve, evolve_with_gaps, passed_over
from ..entries.ballot import check_ballot, check_deadline, check_new_ballot
from ..entries.entry import Entry
from ..entries.streams import vote_in
from ..errors import NotFound
from .checks import ACTS, PINS, PLACE, SIGNATURE
from .kept_files import KeptFiles, digests_of, pinned_by
from .message_checks import MessageChecks
from .register_checks import RegisterChecks
from .reply_bounds import Proofs
from .result import Result
from .vote_cache import FoldedVotes

_ONCE = "a vote begins once, with the circulation of its draft as act 0"


class VoteChecks:
    """The acts of votes in the order of the log. ``states`` are the votes after the last one.

    ``whole``: every vote begins in the part shown. Otherwise one that began earlier cannot be folded.
    """

    def __init__(
        self,
        result: Result,
        register: RegisterChecks,
        files: KeptFiles,
        states: FoldedVotes,
        documents: Documents,
        proofs: Proofs,
        messages: MessageChecks,
        *,
        whole: bool,
    ) -> None:
        self.states = states
        self.documents = documents
        self._result = result
        self._register = register
        self._files = files
        self._proofs = proofs
        self._messages = messages
        self._whole = whole
        self._unfolded: dict[str, dict[str, int]] = {}
        self._longer: set[str] = set()
        self._leading: dict[str, tuple[int, ...]] = {}
        self._pinned_keys: tuple[str | None, object, object] | None = None

    def check(self, index: int, leaf: bytes, entry: Entry, act: Act, *, misplaced: bool) -> None:
        """Check the act in the entry at ``index``; ``misplaced``: it was found in another stream than it names."""
        name = vote_in(entry.stream)
        if name is None:
            self._result.problem(PLACE, index, f"{entry.kind} does not belong in {entry.stream}")
            return
        if isinstance(act, DraftCirculated) and (act.symbol, act.round) != read_name(name):
            which = f"the draft {act.symbol}" + (f", round {act.round}," if act.round > 1 else "")
            self._result.problem(PLACE, index, f"{which} was circulated in the vote on {name}")
        for sha256 in digests_of(act):
            self._files.named(index, sha256)
        if isinstance(act, LetterSent):
            for sha256 in self._pinned_by(act):
                self._files.named(index, sha256)
        if isinstance(act, VoteCast):
            self._messages.named(index, name, act)
        state = self.states.known(name)
        keys = state.keys if state is not None else self._unfolded.get(name, {})
        self._keyed(index, entry, keys)
        if entry.index >= MAX_ACTS:
            self._too_long(name, index)
            return
        first = len(self._leading.get(name, ()))
        if not self._whole and name not in self.states and entry.index > first:
            self.states.put(name, None, index, leaf)
        if state is None and name in self.states:
            if isinstance(act, DraftCirculated) and entry.index > first:  # what begins here is not a separate vote
                self._result.problem(ACTS, index, f"{_ONCE}; this is act {entry.index}")
            self._keep_key(name, keys, entry)
            return  # it began before this part, or failed earlier and was reported there
        if isinstance(act, DraftCirculated):
            self._circulated(index, act, first=state is None)
        if isinstance(act, VoteCast) and state is not None:
            self._ballot(index, entry, act, state, misplaced=misplaced)
        recorded = entry.recorded(act, leaf)
        if state is None:
            recorded = recorded._replace(passed=self._leading.get(name, ()))
        state = self._folded(index, recorded, state)
        self.states.put(name, state, index, leaf, recorded)
        if state is None:
            self._keep_key(name, keys, entry)
        else:
            self._recorded(index, entry, act, state)

    def recall(self, name: str, index: int, leaf: bytes, entry: Entry, act: Act) -> None:
        """Fold an act of a vote that an earlier audit checked; the entry is still at that ``index``.

        Raises:
            Malformed: another act comes next.
        """
        state = self.states.known(name)
        recorded = entry.recorded(act, leaf)
        if state is None:
            recorded = recorded._replace(passed=self._leading.get(name, ()))
        self.states.put(name, evolve(state, recorded, self.documents), index, leaf)

    def _too_long(self, name: str, index: int) -> None:
        """Report once that a vote has more acts than allowed; they are not folded."""
        if name not in self._longer:
            self._longer.add(name)
            self._result.problem(ACTS, index, f"the vote on {name} has more than {MAX_ACTS:,} acts, the most of a vote")

    def _keyed(self, index: int, entry: Entry, keys: Mapping[str, int]) -> None:
        key = entry.idempotency_key
        if key is not None and key in keys:
            what = f"has the idempotency key {key}, as act {keys[key]} of {entry.stream} has"
            self._result.problem(PLACE, index, what)

    def _keep_key(self, name: str, keys: Mapping[str, int], entry: Entry) -> None:
        """Keep the idempotency keys of a vote without a state; ``keys`` are those before the entry."""
        if name not in self._unfolded:
            self._unfolded[name] = dict(keys)
        if entry.idempotency_key is not None:
            self._unfolded[name].setdefault(entry.idempotency_key, entry.index)

    def _pinned_by(self, act: Act) -> tuple[str, ...]:
        try:
            return pinned_by(act, self.documents.snapshot)
        except InblueError:  # not kept, or not a snapshot: reported separately, and when the vote is folded
            return ()

    def check_recorder(self, entry: Entry, act: Act) -> None:
        """Check whether the key that the entry names held its office then, and whether that office may record the act.

        Raises:
            Refused: not so.
        """
        member = getattr(act, "member") if _has_member(type(act)) else None  # noqa: B009 - not every act has one
        self._register.state.authority(entry.key, entry.office, entry.recorded_at, member=member)
        name = vote_in(entry.stream)
        state = self.states.known(name) if name else None
        try:
            circulated = self.documents.procedure(act.procedure) if isinstance(act, DraftCirculated) else None
        except InblueError:  # not kept, or not one: reported separately
            circulated = None
        procedure = state.procedure if state is not None else circulated
        if procedure is not None and not procedure.recorders.may_record(act.kind_name, entry.office):
            raise Refused(None, f"the office {entry.office} may not record {act.kind_name}")

    def pass_over(self, entry: Entry) -> None:
        """Note an act that has its place in a vote but no effect, since no key in authority has signed it."""
        name = vote_in(entry.stream)
        if name is None:
            return
        state = self.states.get(name)
        if state is not None:
            self.states.change(name, passed_over(state, entry.index))
        elif name not in self.states and len(self._leading.get(name, ())) == entry.index:
            self._leading[name] = tuple(range(entry.index + 1))

    def _circulated(self, index: int, act: DraftCirculated, *, first: bool) -> None:
        if act.procedure not in self._register.procedures:
            what = f"the procedure {act.procedure[:16]} was never adopted in this ledger"
            self._result.problem(PINS, index, what)
        if not first or act.round == 1:
            return
        name = name_of(act.symbol, act.round - 1)
        before = self.states.get(name)
        if before is None and (name in self.states or not self._whole):
            text = Said.of(
                "The vote on {name} is not shown from its beginning: it was not checked that it was over when "
                "the draft was put again, in round {round}.",
                name=name,
                round=act.round,
            )
            self._result.not_checked(text)
            return
        try:
            check_round(act, before)
        except Refused as refusal:
            self._result.problem(ACTS, index, str(refusal))

    def _folded(self, index: int, recorded: Recorded[Act], state: VoteState | None) -> VoteState | None:
        try:
            return evolve_with_gaps(state, recorded, self.documents)
        except NotFound as error:
            self._result.problem(PINS, index, str(error))
        except InblueError as error:
            self._result.problem(ACTS, index, str(error))
        return None

    def _recorded(self, index: int, entry: Entry, act: Act, state: VoteState) -> None:
        if isinstance(act, LetterSent) and state.opening is not None and state.opening.number == entry.index:
            self._pinned(index, state, state.opening)

    def _ballot(self, index: int, entry: Entry, act: VoteCast, state: VoteState, *, misplaced: bool) -> None:
        ballot = act.ballot
        if ballot is None:
            return
        try:
            if entry.register is not None:  # the current format, with current ballots
                check_new_ballot(ballot)
            check_ballot(act, state, self._register.state, entry.recorded_at)
        except InblueError as error:
            self._result.problem(SIGNATURE, index, str(error))
            return
        try:
            check_deadline(ballot, state)
        except InblueError as error:
            self._result.problem(PINS, index, str(error))
            return
        self._proofs.ballot(entry.stream, entry.index, ballot, misplaced=misplaced)

    def _pinned(self, index: int, state: VoteState, opening: Recorded[LetterSent]) -> None:
        snapshot = state.snapshot
        if snapshot is None:
            return
        for what in unfit_pins(state, opening.act):
            self._result.problem(PINS, index, what)
        if not self._pins_keys(opening.act.snapshot, snapshot):
            self._result.problem(PINS, index, "the opening pins other keys than the register held in force")
        if snapshot.authorities != tuple(self._register.state.authorities.values()):
            what = "the opening pins other timestamp authorities than the register had adopted"
            self._result.problem(PINS, index, what)
        known = self._proofs.trust.zone(state.procedure.zone)
        if snapshot.zone is not None and known is not None:
            pinned = self.documents.zone(snapshot.zone.sha256)
            if not known_zone(state, opening, pinned, known):
                what = f"the opening pins the zone {snapshot.zone.name} with another time than the bytes known of it"
                self._result.problem(PINS, index, what)

    def _pins_keys(self, sha256: str | None, snapshot: Snapshot) -> bool:
        """Whether a snapshot pins the keys in force; cached until keys change, since many openings name one."""
        now = self._register.state
        pinned = (sha256, now.grants, now.revoked)
        if pinned == self._pinned_keys:
            return True
        if snapshot.keys != now.in_force():
            return False
        self._pinned_keys = pinned
        return True


@cache
def _has_member(kind: type[Act]) -> bool:
    return "member" in kind.model_fields
