"""What would be recorded if acts were performed now, and what the rules would make of it."""

from __future__ import annotations

from typing import NamedTuple

from ..domain.acts import Act
from ..domain.finding import Finding
from ..domain.findings import findings
from ..domain.state import Recorded, VoteState


class Consideration(NamedTuple):
    """``acts`` would be recorded: those considered, and what follows from them by the rules.

    ``before`` is the vote as it stands, None where its first act is considered; ``after`` is what it would be.
    """

    acts: tuple[Recorded[Act], ...]
    before: VoteState | None
    after: VoteState

    @property
    def raised(self) -> tuple[Finding, ...]:
        """What would be found then and is not found now."""
        known = {_told(each) for each in findings(self.before)} if self.before else set()
        return tuple(each for each in findings(self.after) if _told(each) not in known)


def _told(finding: Finding) -> tuple[str, str | None, int | None, str]:
    return finding.kind, finding.member, finding.reply, finding.text
