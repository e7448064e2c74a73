"""What would be recorded if acts were performed now, and their effect under the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..domain.acts import Act
from ..domain.finding import Finding
from ..domain.findings import findings
from ..domain.procedure import Procedure
from ..domain.recorded import Recorded
from ..domain.register import Register, evolve_register
from ..domain.register_acts import ProcedureAdopted
from ..domain.roster import Roster
from ..domain.state import VoteState
from ..domain.vote import evolve
from .entries.files import Files, FilesOnTrial, StoredDocuments
from .judging import Judge, Opening, Vote
from .reading import Messages


class Consideration(NamedTuple):
    """``acts`` would be recorded: those considered, and those that follow from them by the rules.

    ``before`` is the current vote, None if its first act is considered; ``after`` is the vote as it would be.
    """

    acts: tuple[Recorded[Act], ...]
    before: VoteState | None
    after: VoteState

    @property
    def raised(self) -> tuple[Finding, ...]:
        """The findings that would be new."""
        known = {_told(each) for each in findings(self.before)} if self.before else set()
        return tuple(each for each in findings(self.after) if _told(each) not in known)


def _told(finding: Finding) -> tuple[str, str | None, int | None, str]:
    return finding.kind, finding.member, finding.reply, finding.text


class Trial(NamedTuple):
    """The inputs of a consideration: current files, register and messages, the time, and a getter of votes."""

    files: Files
    register: Register
    now: datetime
    vote: Vote
    messages: Messages

    def consider(
        self,
        name: str,
        acts: Sequence[Act],
        key: str,
        office: str | None,
        opening: tuple[Roster | None, str | None],
        procedure: Procedure | None,
    ) -> Consideration:
        """What would be recorded in the vote of that name. ``opening`` has roster and president, if an opening is sent;
        ``procedure`` is treated as adopted.

        Raises:
            Refused, Malformed: as :meth:`.ledger.Ledger.perform`.
        """
        files, register, before = FilesOnTrial(self.files), self.register, self.vote(name)
        if procedure is not None:
            adopted = ProcedureAdopted(id=procedure.id, sha256=files.put(procedure.raw))
            register = evolve_register(register, adopted, None)
        judge = Judge.of(register, StoredDocuments(files), self.messages, key, office)
        pin = Opening(files, lambda: register, *opening).keep
        decided = judge.decide_together(name, before, acts, self.now, pin, self.vote)
        recorded: list[Recorded[Act]] = []
        after = before
        for act in decided:
            recorded.append(Recorded(act, after.version if after else 0, self.now, judge.office))
            after = evolve(after, recorded[-1], judge.documents)
        assert after is not None  # noqa: S101 - at least one act was decided, or refused
        return Consideration(tuple(recorded), before, after)
