"""The acts on one vote, by their names in procedures, and their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from ...domain.act import Says, Times
from ...domain.acts import (
    Act,
    ClericalErrorCorrected,
    CoSponsorshipAnnounced,
    DraftCirculated,
    DraftWithdrawn,
    EntryVoided,
    ExplanationFiled,
    LetterSent,
    ReceiptAcknowledged,
    ReplyRejected,
    VoteCast,
    WindowChanged,
)
from ...domain.ending_acts import ResultAnnounced, TallyCirculated, VoteAnnulled, VotingClosed
from ...domain.errors import Refused
from ...domain.instrument import Explanation, Instrument
from ...domain.naming import read_name
from ...domain.procedure import Procedure
from ...domain.procedure_rules import Question
from ...domain.recorded import Recorded, Reply
from ...domain.roster import Roster
from ...domain.state import VoteState
from ...domain.tally import tally
from ..edge.face import face_of
from .acting_by_option import OptionalActs
from .one_vote import When, the_first_answer

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Done:
    """The result of an act: ``recorded`` are the act and those that followed by the rules, ``state`` the vote
    afterwards.

    >>> done = ledger.at("S/2026/1", signer=registrar).reply("COL", "in_favour", letter)
    >>> done.reply, done.rejected, done.number
    (1, None, 2)
    """

    vote: str
    recorded: tuple[Recorded[Act], ...]
    state: VoteState

    @property
    def number(self) -> int:
        """The number of the act in its vote, from 0."""
        return self.recorded[0].number

    @property
    def entered(self) -> Reply | None:
        """The reply that was entered, as in the vote; None if none was."""
        replies = (self.state.reply_in(each.number) for each in self.recorded if isinstance(each.act, VoteCast))
        return next((each for each in replies if each is not None), None)

    @property
    def member(self) -> str | None:
        """The member whose reply was entered."""
        return self.entered.member if self.entered else None

    @property
    def reply(self) -> int | None:
        """Which reply of its member was entered, from 1; None if none was."""
        return self.entered.ordinal if self.entered else None

    @property
    def rejected(self) -> ReplyRejected | None:
        """The rejection that followed by the rules, with clause and reason; None if the reply counts."""
        return next((each.act for each in self.recorded if isinstance(each.act, ReplyRejected)), None)


@face_of
class Acts(OptionalActs[R]):
    """The acts of one vote. A ``key`` is an idempotency key: repeated, it returns the first answer again."""

    @the_first_answer
    def circulate(
        self,
        procedure: Procedure | str,
        *,
        question: Question = "substantive",
        times: Times = "live",
        title: str | None = None,
        sponsors: Sequence[str] = (),
        texts: Mapping[str, str] | None = None,
        circulated_at: When = "now",
        key: str | None = None,
    ) -> R:
        """Circulate the draft: the vote begins. ``procedure`` is one that the ledger has adopted, or its id or digest.

        ``texts`` has the digest returned by :meth:`.Ledger.attach`, by language.

        >>> text = ledger.attach(b"The Security Council, ...")
        >>> ledger.at("S/2026/9", signer=registrar).circulate("unsc-2020-253", texts={"en": text}).state.symbol
        'S/2026/9'
        """
        symbol, round_ = read_name(self.name)
        sha256 = procedure.sha256 if isinstance(procedure, Procedure) else self._adopted(procedure)
        act = DraftCirculated(
            symbol=symbol, round=round_, question=question, times=times, title=title, sponsors=tuple(sponsors),
            languages=tuple(texts or ()), texts=dict(texts or {}), circulated_at=self._at(circulated_at, key),
            procedure=sha256,
        )  # fmt: skip
        return self._record(act, key)

    @the_first_answer
    def open(
        self,
        roster: Roster,
        *,
        opens_at: When = "now",
        sent_at: When = "now",
        closes_at: datetime | None = None,
        programme_of_work: bool | None = None,
        letter: str | None = None,
        president: str | None = None,
        key: str | None = None,
    ) -> R:
        """Send the opening letter: the window opens, and the basis for judging the vote is pinned.

        Give ``closes_at`` only if the procedure leaves the deadline to the letter. ``letter`` is the digest of its
        bytes.

        >>> other = ledger.at("S/2026/9", signer=registrar)
        >>> done = other.circulate("unsc-2020-253")
        >>> opened = other.open(roster, programme_of_work=True)
        >>> opened.state.window.closes_at > now
        True
        """
        sent = self._at(sent_at, key)
        opens = sent if opens_at == sent_at == "now" else self._at(opens_at, key)
        act = LetterSent(
            kind="opening", opens_at=opens, sent_at=sent, closes_at=closes_at,
            programme_of_work=programme_of_work, sha256=letter,
        )  # fmt: skip
        return self._record(act, key, roster, president)

    @the_first_answer
    def reply(
        self,
        member: str,
        position: str | None,
        paper: Instrument,
        *,
        received_at: When = "now",
        sent_at: When = None,
        explanation: Explanation = "silent",
        says: Says | None = None,
        by: str | None = None,
        replaces: int | None = None,
        reasons: bool | None = None,
        condition: str | None = None,
        effective_at: datetime | None = None,
        message: int | None = None,
        part: str | None = None,
        key: str | None = None,
    ) -> R:
        """Enter a member's reply. A reply that offends a clause is recorded too, with its rejection.

        ``by`` is who cast it on behalf of the member; ``reasons`` says whether it gives reasons; ``condition`` is what
        its position depends on; ``effective_at`` is a later instant at which it takes effect. ``message`` is the number
        of the message that it came in (:meth:`.Ledger.receive_message`), whose recording is then the arrival, and
        ``part`` is the part of it that is the paper, such as ``2`` or ``1.2``; without it, the message itself is the
        paper.

        >>> vote.reply("COL", "in_favour", letter, key="mail-8f3a").rejected is None
        True
        >>> vote.reply("FIN", "in_favour", letter).rejected.clause  # which has no seat
        'roster'
        """
        came, named = self._at(received_at, key), None
        if message is not None:
            if received_at != "now":
                raise Refused(None, "received_at: what came in a message arrived when that was recorded; leave it out")
            named, (_, _, came), paper, _ = self._in_message(message, part, paper)
        act = VoteCast(
            member=member, position=position, instrument=paper, received_at=came, message=named,
            sent_at=self._at(sent_at, key), explanation=explanation, says=says, by=by, replaces=replaces,
            reasons=reasons, condition=condition, effective_at=effective_at,
        )  # fmt: skip
        return self._record(act, key)

    @the_first_answer
    def acknowledge(self, member: str, reply: int = 1, *, at: When = "now", key: str | None = None) -> R:
        """Acknowledge the receipt of a member's reply.

        >>> done = vote.reply("COL", "in_favour", letter)
        >>> vote.acknowledge(done.member, done.reply).state.reply("COL", 1).acknowledged is not None
        True
        """
        return self._record(ReceiptAcknowledged(member=member, reply=reply, acknowledged_at=self._at(at, key)), key)

    @the_first_answer
    def explain(
        self,
        member: str,
        *,
        statement: str | None = None,
        languages: Sequence[str] = (),
        at: When = "now",
        key: str | None = None,
    ) -> R:
        """File a written explanation of vote; ``statement`` is the digest of its bytes.

        >>> statement = ledger.attach(b"%PDF- a statement")
        >>> ended.explain("COL", statement=statement, languages=["es"]).recorded[0].act.act
        'explanation_filed'
        """
        act = ExplanationFiled(member=member, sha256=statement, languages=tuple(languages), filed_at=self._at(at, key))
        return self._record(act, key)

    @the_first_answer
    def co_sponsor(self, member: str, *, at: When = "now", key: str | None = None) -> R:
        """A member announces that it co-sponsors the text.

        >>> vote.co_sponsor("COL").recorded[0].act.member
        'COL'
        """
        return self._record(CoSponsorshipAnnounced(member=member, announced_at=self._at(at, key)), key)

    @the_first_answer
    def correct(
        self,
        member: str,
        field: str,
        now: str | bool | None,
        *,
        reply: int = 1,
        reason: str,
        at: When = "now",
        key: str | None = None,
    ) -> R:
        """Re-read the same paper: ``field`` of that reply is ``now``. The old value is taken from the record.

        >>> done = vote.reply("COL", "in_favour", letter)
        >>> done = vote.correct("COL", "explanation", "none_stated", reason="the letter says so")
        >>> done.state.reply("COL", 1).act.explanation
        'none_stated'
        """
        found = self._state().reply(member, reply)
        if found is None:
            raise Refused(None, f"no reply {reply} of {member} is on record")
        value: object = found.act
        for step in field.split("."):
            value = getattr(value, step, None)
        was = value if isinstance(value, bool) or value is None else str(value)
        if isinstance(before := self._before(key), ClericalErrorCorrected):
            was = before.was
        act = ClericalErrorCorrected(
            member=member, reply=reply, field=field, was=was, now=now, reason=reason, corrected_at=self._at(at, key)
        )
        return self._record(act, key)

    @the_first_answer
    def void(self, number: int, reason: str, *, at: When = "now", key: str | None = None) -> R:
        """Declare act ``number`` of this vote an entry made in error. It stays visible, without effect.

        >>> done = vote.reply("COL", "in_favour", letter)
        >>> vote.void(done.number, reason="it is of another vote").state.reply("COL", 1).voided is not None
        True
        """
        return self._record(EntryVoided(number=number, reason=reason, voided_at=self._at(at, key)), key)

    @the_first_answer
    def extend(self, closes_at: datetime, *, at: When = "now", key: str | None = None) -> R:
        """Move the deadline, if the procedure allows it.

        >>> vote.extend(now)  # this procedure has a fixed window
        Traceback (most recent call last):
        inblue.domain.errors.Refused: ...
        """
        return self._record(WindowChanged(closes_at=closes_at, changed_at=self._at(at, key)), key)

    @the_first_answer
    def close(self, *, at: When = "now", key: str | None = None) -> R:
        """Close the voting: the deadline has passed, or the procedure allows an early close or sets no deadline.

        If it sets no deadline, the window ends when this is recorded, and ``at`` is not given.

        >>> over.close().state.is_closed
        True
        >>> vote.close()
        Traceback (most recent call last):
        inblue.domain.errors.Refused: ...
        """
        state = self._state()
        chosen = at == "now" and state.procedure.window.fixed_by == "closing" and not state.documented
        return self._record(VotingClosed(closed_at=None if chosen else self._at(at, key)), key)

    @the_first_answer
    def tally(self, counts: Mapping[str, int] | None = None, *, at: When = "now", key: str | None = None) -> R:
        """Circulate the count; without ``counts``, the count by the rules.

        >>> done = over.close()
        >>> over.tally().recorded[0].act.counts["in_favour"]
        0
        """
        said = dict(counts) if counts is not None else dict(tally(self._state()).counts)
        if counts is None and isinstance(before := self._before(key), TallyCirculated):
            said = dict(before.counts)
        return self._record(TallyCirculated(counts=said, circulated_at=self._at(at, key)), key)

    @the_first_answer
    def announce(
        self,
        *,
        outcome: Literal["adopted", "not_adopted", "vetoed"] | None = None,
        resolution: str | None = None,
        corrects: int | None = None,
        at: When = "now",
        key: str | None = None,
    ) -> R:
        """Announce the result; ``corrects`` is the number of the announcement before, if that was wrong.

        >>> done = over.close()
        >>> over.announce(outcome="not_adopted").state.result.act.outcome
        'not_adopted'
        """
        act = ResultAnnounced(outcome=outcome, resolution=resolution, corrects=corrects, announced_at=self._at(at, key))
        return self._record(act, key)

    @the_first_answer
    def withdraw(self, *, at: When = "now", key: str | None = None) -> R:
        """Withdraw the draft for the sponsors, before voting is open.

        >>> other = ledger.at("S/2026/9", signer=registrar)
        >>> done = other.circulate("unsc-2020-253")
        >>> other.withdraw().state.withdrawn is not None
        True
        """
        return self._record(DraftWithdrawn(withdrawn_at=self._at(at, key)), key)

    @the_first_answer
    def annul(self, reason: str, *, paper: str | None = None, at: When = "now", key: str | None = None) -> R:
        """End an open vote without a result; ``paper`` is the digest of the paper that says so.

        >>> letter_of_the_sponsors = ledger.attach(b"%PDF- we ask for no vote")
        >>> vote.annul("the sponsors ask for no vote", paper=letter_of_the_sponsors).state.annulled is not None
        True
        """
        return self._record(VoteAnnulled(reason=reason, sha256=paper, annulled_at=self._at(at, key)), key)
