"""A vote told as a story: acts on a clock of its own, driven through the pure rules, with documents in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from inblue.domain.acts import Act, DraftCirculated, LetterSent, ReceiptAcknowledged, VoteCast
from inblue.domain.canonical import digest
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.finding import Finding
from inblue.domain.findings import findings
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure
from inblue.domain.recorded import Recorded
from inblue.domain.roster import Roster
from inblue.domain.snapshot import Snapshot
from inblue.domain.state import VoteState
from inblue.domain.tally import Tally, tally
from inblue.domain.verdict import Verdict, judge
from inblue.domain.vote import decide, evolve
from inblue.domain.window import Counted
from inblue.domain.zone import zone_file

OPENING = datetime(2020, 3, 27, 18, 0, tzinfo=UTC)
_OF_THE_REPLY = ("explanation", "says", "by", "answers", "reasons", "condition", "effective_at")


@dataclass
class Documents:
    """Procedures and snapshots by digest."""

    procedures: dict[str, Procedure] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    zones: dict[str, bytes] = field(default_factory=dict)

    def procedure(self, sha256: str) -> Procedure:
        return self.procedures[sha256]

    def snapshot(self, sha256: str) -> Snapshot:
        return self.snapshots[sha256]

    def zone(self, sha256: str) -> bytes:
        return self.zones[sha256]


class Story:
    """One vote. ``now`` is its clock; every act is decided, and folded as recorded then."""

    def __init__(
        self,
        procedure: Procedure,
        roster: Roster,
        times: str = "live",
        question: str = "substantive",
        replies: str | None = None,
    ) -> None:
        self.rules, self.roster, self.now = procedure, roster, OPENING - timedelta(hours=1)
        own_zone = zone_file(procedure.zone)
        self.documents = Documents({procedure.sha256: procedure}, zones={digest(own_zone): own_zone})
        self.recorded: list[Recorded[Act]] = []
        self.maybe: VoteState | None = None
        draft = {"symbol": "S/2020/1", "question": question, "times": times, "procedure": procedure.sha256}
        self.do(DraftCirculated.of({**draft, "sponsors": ["CHN"], "replies": replies}, where="draft"))

    @property
    def state(self) -> VoteState:
        assert self.maybe is not None
        return self.maybe

    def do(self, act: Act, office: str = "registrar") -> list[Act]:
        """Decide and record; return what was recorded."""
        decided = decide(self.maybe, act, now=self.now, office=office, documents=self.documents)
        for each in decided:
            self.force(each, office)
        return list(decided)

    def force(self, act: Act, office: str = "registrar") -> None:
        """Record without asking the rules, as a registrar with other software would."""
        each = Recorded(act, len(self.recorded), self.now, office)
        self.maybe = evolve(self.maybe, each, self.documents)
        self.recorded.append(each)

    def snapshot(self, president: str | None = None, counting: Counted | None = None) -> str:
        pinned = Snapshot.pinning(self.rules, self.roster, president=president, counting=counting)
        sha256 = digest(pinned.canonical())
        self.documents.snapshots[sha256] = pinned
        return sha256

    def opens(self, at: datetime = OPENING, **given: Any) -> Story:
        self.now = at
        pinned = self.snapshot(given.pop("president", None), given.get("counting"))
        self.do(LetterSent(kind="opening", opens_at=at, snapshot=pinned, **given))
        return self

    def at(self, **after: float) -> Story:
        """Set the clock to this long after the opening."""
        self.now = OPENING + timedelta(**after)
        return self

    def reply(self, member: str, position: str | None = "in_favour", **given: Any) -> list[Act]:
        if self.maybe and any(each.member == member for each in self.maybe.replies) and "received_at" not in given:
            self.now += timedelta(microseconds=1)  # else the order of the two would be unknown
        received_at = given.pop("received_at", self.now)
        cast = {name: given.pop(name) for name in _OF_THE_REPLY if name in given}
        paper = {"form": "letter", "office": "permanent_representative", "signed": True, "addressee": "president"}
        instrument = Instrument(**{**paper, **given})
        return self.do(
            VoteCast(member=member, position=position, received_at=received_at, instrument=instrument, **cast)
        )

    def acknowledge(self, member: str, reply: int = 1) -> None:
        self.do(ReceiptAcknowledged(member=member, reply=reply, acknowledged_at=self.now))

    def closes(self, **after: float) -> Story:
        self.at(**(after or {"hours": 24, "seconds": 1}))
        self.do(VotingClosed(closed_at=self.now))
        return self

    def announces(self, **given: Any) -> Story:
        self.do(ResultAnnounced(announced_at=self.now, **given))
        return self

    @property
    def tally(self) -> Tally:
        return tally(self.state)

    def verdict(self, number: int = -1) -> Verdict:
        return judge(self.state, self.state.replies[number])

    def raised(self, member: str | None = None) -> list[Finding]:
        return [finding for finding in findings(self.state) if member is None or finding.member == member]
