"""A small body with rules of its own, told as a story: what a test wants beside the usual ones is given."""

from __future__ import annotations

import json
from typing import Any

from stories import OPENING, Story

from inblue.domain.acts import VoteCast
from inblue.domain.instrument import Instrument
from inblue.domain.optional_acts import ElectorateChanged, FactRecorded
from inblue.domain.procedure import Procedure
from inblue.domain.roster import Roster

SHA = "ab" * 32


def clause(name: str, effect: str | None = None) -> dict[str, Any]:
    return {"id": name, "text": f"On {name}.", "source": "made up", **({"effect": effect} if effect else {})}


CLAUSES = (
    *(clause("opening"), clause("window", "flag"), clause("outside", "reject"), clause("members", "reject")),
    *(clause("choices", "reject"), clause("second"), clause("after", "reject"), clause("clerk"), clause("silence")),
    *(
        clause("majority"),
        clause("seats", "note"),
        clause("changes"),
        clause("reasons", "reject"),
        clause("later", "reject"),
    ),
    *(clause("holds", "note"), clause("fact", "flag"), clause("behalf", "flag")),
)
MAJORITY = [
    {
        "id": "majority",
        "clause": "majority",
        "any_of": [{"choices": ["yes"], "compare": "more_than", "share": "1/2"}],
    }
]


def body_json(conditions: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """The document of a procedure: a committee decides by a majority of its seats, within three days."""
    decision = {"clause": "majority", "conditions": conditions or MAJORITY, "unanimous": ["yes"]}
    return {
        "format": "inblue-procedure/2",
        "id": "committee",
        "title": "A committee",
        "body": "The committee",
        "source": "made up",
        "zone": "UTC",
        "members": None,
        "choices": ["yes", "no", "abstain"],
        "clauses": list(CLAUSES),
        "withdrawal": {"clause": "opening"},
        "opening": {"clause": "opening"},
        "window": {"clause": "window", "fixed_by": "procedure", "hours": 72, "extendable": True},
        "late": {"clause": "outside"},
        "early": {"clause": "outside"},
        "off_roster": {"clause": "members"},
        "choice": {"clause": "choices"},
        "second_reply": {"clause": "second", "stands": "last"},
        "recording": {"clause": "clerk", "lag_seconds": 3600},
        "after_announcement": {"clause": "after"},
        "transmission": {"clause": "clerk", "to": "the clerk"},
        "silence": {"clause": "silence", "means": "no_vote"},
        "corrections": {"clause": "clerk", "fields": ["position", "reasons"], "until": "announcement"},
        "recorders": {"clause": "clerk", "offices": {"*": ["registrar"]}},
        "decision": decision,
        **more,
    }


def body(conditions: list[dict[str, Any]] | None = None, **more: Any) -> Procedure:
    """That procedure, read."""
    return Procedure.read(json.dumps(body_json(conditions, **more)).encode(), where="committee")


def seats(*members: str | dict[str, Any]) -> Roster:
    """A roster of those seats, as a file lists them."""
    listed = [{"member": each} if isinstance(each, str) else each for each in members]
    return Roster.read(json.dumps({"name": "seats", "members": listed}).encode(), where="seats")


class Committee(Story):
    """A vote of the committee, opened at ``OPENING`` unless it is told not to be."""

    def __init__(self, rules: Procedure, roster: Roster, times: str = "live", *, opened: bool = True) -> None:
        super().__init__(rules, roster, times, question=rules.kinds_of_question[0])
        if opened:
            self.opens(OPENING)

    def cast(self, member: str, position: str | None = "yes", **given: Any) -> Committee:
        """A reply arrives now."""
        came = given.pop("received_at", self.now)
        paper = Instrument(form="e_mail", signed=True, remarks=(f"letter {len(self.recorded)}",))
        self.do(VoteCast(member=member, position=position, received_at=came, instrument=paper, **given))
        return self

    def at(self, **after: float) -> Committee:
        """Set the clock to this long after the opening."""
        super().at(**after)
        return self

    def change(self, member: str, change: str, **given: Any) -> Committee:
        """A seat begins or ends now, with its paper."""
        given = {"reason": "as the paper says", "changed_at": self.now, "sha256": SHA, **given}
        self.do(ElectorateChanged.of({"member": member, "change": change, **_plain(given)}, where="change"))
        return self

    def fact(self, fact: str, status: str = "present", **given: Any) -> Committee:
        """A fact is recorded now."""
        given = {"established_at": self.now, **given}
        self.do(FactRecorded.of({"fact": fact, "status": status, **_plain(given)}, where="fact"))
        return self

    def over(self) -> Committee:
        """The window closes."""
        self.closes(hours=72, seconds=1)
        return self

    def kinds(self) -> list[str]:
        """What an auditor would raise, in kinds."""
        return [finding.kind for finding in self.raised()]


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    return {name: each.isoformat() if hasattr(each, "isoformat") else each for name, each in given.items()}
