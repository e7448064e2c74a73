"""The result of the checks: the problems, what was not checked, and the verification with its JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast

from ...domain.acts import Act
from ...domain.inert import inert
from ...domain.instant import format_instant
from ...domain.observed import Observations, nothing_observed
from ...domain.phrase import Said
from ...domain.recorded import Recorded
from ...domain.register import Register
from ...domain.state import VoteState
from ...domain.verdict import Bounds
from ..edge.face import face
from ..projections.as_of import AsOf, as_of_json
from ..projections.record import Record, record_of
from ..standards.checkpoint import Checkpoint
from ..standards.note import encode_base64
from .checks import LOG, NAMES
from .timeline import Dated

if TYPE_CHECKING:
    from ..edge.verify_json_types import VerifyJson

_MOST_LISTED = 100
_HOPELESS = 1_000


@dataclass(frozen=True, slots=True)
class Problem:
    """A failed check: its number, the entry's index in the log if it concerns one, and a text."""

    check: int
    entry: int | None
    text: str


class Witnessed(NamedTuple):
    """A witness in the policy: the largest size of the log that it cosigned, and when by its own clock.

    ``at`` is None if its time is outside the calendar.
    """

    name: str
    size: int
    at: datetime | None


Answer: TypeAlias = Literal["there", "missing", "another", "undecided"]
"""The state of evidence from outside: in the log; not in it; another is in its place; or unknown."""


class Compared(NamedTuple):
    """A receipt or a ballot that was compared with the log: whose, of which vote, and the result, with a text."""

    what: Literal["receipt", "ballot"]
    member: str
    vote: str
    found: Answer
    said: Said


@dataclass(frozen=True, slots=True)
class Verification:
    """What the checks found. ``problems`` are in the order of the log, the first one first."""

    entries: int
    votes: int
    checkpoint: Checkpoint | None
    uncovered: int
    problems: tuple[Problem, ...]
    not_proved: tuple[Said, ...]
    start: int = 0
    trusted: bool = False
    states: Mapping[str, VoteState] = field(default_factory=dict, repr=False)
    bounds: Mapping[str, Mapping[int, Bounds]] = field(default_factory=dict, repr=False)
    """By draft and number of the act: what timestamps prove about when a reply was entered."""
    witnesses: tuple[Witnessed, ...] = ()
    witnessed_size: int = 0
    """How many entries of the log were cosigned by as many witnesses as the reader's policy requires."""
    register: Register = field(default_factory=Register, repr=False)
    timestamps: tuple[Dated, ...] = field(default=(), repr=False)
    """Those of authorities that the reader trusts."""
    as_of: AsOf | None = None
    """The state of the log that the verdicts are of; None if no checkpoint shows it."""
    known_size: int = 0
    """The largest size of the log that the reader already knows, signed by its key."""
    aside: tuple[str, ...] = ()
    """Votes with entries but no verdicts in a bundle: it is not about them, or does not show their first entry."""

    against: tuple[Compared, ...] = ()
    """What was found about each receipt and ballot compared with the log, in the order given."""

    acts: Callable[[str], tuple[Recorded[Act], ...]] = field(default=lambda _: (), repr=False, compare=False)
    """The acts of a vote, by its name, as they were checked; raises Broken if the store now gives others."""

    observations: Observations = field(default=nothing_observed, repr=False, compare=False)
    """What was observed in the message that a reply came in, by the checked entries."""

    def record(self, name: str, *, state: VoteState | None = None) -> Record:
        """The record of a vote, with what timestamps prove and what was observed; of an earlier ``state`` if given."""
        return record_of(state or self.states[name], self.bounds.get(name), observations=self.observations)

    @property
    def all_there(self) -> bool:
        """Whether each of these is in the log, in its place."""
        return all(each.found == "there" for each in self.against)

    @property
    def witnessed(self) -> bool:
        """Whether enough witnesses cosigned every entry that was checked, and the register's entries after them."""
        behind = self.as_of.register if self.as_of is not None else 0
        return 0 < max(self.start + self.entries, behind) <= self.witnessed_size

    @property
    def current(self) -> bool:
        """Whether the verdicts are as of the checkpoint, and the reader knows no later one."""
        return self.as_of is not None and self.as_of.current and self.known_size <= self.as_of.of

    @property
    def holds(self) -> bool:
        """Whether no problem was found."""
        return not self.problems


@face
def verification_json(found: Verification) -> VerifyJson:
    """``inblue-verify/1``.

    >>> inblue.verification_json(ledger.verify())["holds"]
    True
    """
    checkpoint = found.checkpoint
    return cast(
        "VerifyJson",
        {
            "format": "inblue-verify/1",
            "as_of": as_of_json(found.as_of),
            "current": found.current,
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
            "against": [
                {"what": each.what, "member": each.member, "vote": each.vote, "found": each.found, "text": each.said}
                for each in found.against
            ],
            "not_proved": list(found.not_proved),
        },
    )


class Result:
    """Collects problems and what was not checked while an audit reads. Every check reports here."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._unchecked: list[Said] = []
        self._compared: list[Compared] = []
        self._said: set[int] = set()
        self.known_size = 0
        """The largest size of the log that the reader already knows, from a checkpoint signed by the log's key."""
        self.of_entries = 0
        """How many problems of single entries were reported, including those left out."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems, in the order in which they were found."""
        return tuple(self._problems)

    @property
    def holds(self) -> bool:
        """Whether no problem was found so far."""
        return not self._problems

    @property
    def hopeless(self) -> bool:
        """Whether there are so many problems that more would not help."""
        return len(self._problems) >= _HOPELESS

    @property
    def unchecked(self) -> tuple[Said, ...]:
        """What could not be checked."""
        return tuple(self._unchecked)

    def problem(self, check: int, entry: int | None, text: str) -> None:
        """Report a problem. After a thousand problems, those of single entries are left out."""
        if entry is not None:
            self.of_entries += 1
        if entry is None or not self.hopeless:
            self._problems.append(Problem(check, entry, inert(text.replace("\n", " "))))

    def withdraw(self, check: int, entry: int) -> None:
        """Withdraw the problem of that check and entry: the registrar has disowned the entry."""
        self._problems = [each for each in self._problems if (each.check, each.entry) != (check, entry)]

    def stop(self) -> None:
        """Note that reading stops here because there are too many problems."""
        self.problem(LOG, None, "so much does not hold that reading stopped")

    def known(self, size: int) -> None:
        """Note that the reader has a checkpoint of that size, signed by the log's key."""
        self.known_size = max(self.known_size, size)

    def once(self, check: int, entry: int | None, text: str) -> None:
        """The same as :meth:`problem`, but reports only the first of many problems with the same cause."""
        if check not in self._said:
            self._said.add(check)
            self.problem(check, entry, text)

    def not_checked(self, said: Said) -> None:
        """Report something that could not be checked."""
        self._unchecked.append(said)

    @property
    def against(self) -> tuple[Compared, ...]:
        """What was compared with the log, and what was found."""
        return tuple(self._compared)

    def compared(self, each: Compared) -> None:
        """Report the result of a comparison with the log."""
        self._compared.append(each)

    def listed(self) -> tuple[Problem, ...]:
        """The first hundred problems in the order of the log, then those of no single entry."""
        ordered = sorted(self._problems, key=lambda p: (inf if p.entry is None else p.entry, p.check))
        return tuple(ordered[:_MOST_LISTED])
