"""The acts of a written vote. Each is a frozen payload with a name and a version.

An act is proposed, judged by :func:`inblue.domain.vote.decide`, and recorded unchanged: nothing is ever edited.
``source`` says where an act taken from print is printed. Every act that happens at a time has one field for it, a
moment or null. The instant of recording belongs to the entry, not to the act.
"""

from typing import Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from .act import ActNumber, ListOfReplies, ReplyNumber, Says, Times, VoteAct
from .ballot import DRAFT, Answer, SignedBallot
from .ending_acts import ResultAnnounced, TallyCirculated, VoteAnnulled, VotingClosed
from .errors import Malformed
from .instant import Day, Instant, Moment
from .instrument import Explanation, Instrument
from .messages import NamedMessage, check_as_it_came
from .naming import MAX_ROUND, Named, name_of
from .optional_acts import OptionalAct
from .payload import Digest, Line, MemberId, Name, Since, Text
from .window import Counted


class DraftCirculated(VoteAct):
    """A draft is put in blue: the vote's first act. It names the governing procedure by digest.

    A draft can be put again, in another ``round``, when the vote on it is over. ``after`` is then the digest of the
    entry that ended the round before; the recorder adds it. It is null in round 1. ``replies`` says what the source of
    a documented history shows of the replies; null if nobody said. ``original`` is the language that the other versions
    are translated from; ``provisional`` says whether the text is so marked.
    """

    kind_name = "draft_circulated"
    since: ClassVar[Since] = Since({"round": 2, "after": 2, "replies": 3, "original": 3, "provisional": 3})
    named: ClassVar[tuple[str, ...]] = ("symbol", "languages", "texts", "original")
    when = "circulated_at"
    act: Literal["draft_circulated"] = "draft_circulated"
    symbol: Line
    title: Line | None = None
    dated: Day | None = None
    sponsors: tuple[MemberId, ...] = ()
    question: Name
    languages: tuple[Line, ...] = ()
    texts: dict[Line, Digest] = Field(default_factory=dict)
    circulated_at: Moment | None = None
    times: Times
    procedure: Digest
    round: Annotated[int, Field(ge=1, le=MAX_ROUND)] = 1
    after: Digest | None = None
    replies: ListOfReplies | None = None
    original: Line | None = None
    provisional: bool | None = None

    @model_validator(mode="after")
    def _from_a_source(self) -> Self:
        if self.replies is not None and self.times != "documented":
            raise Malformed("replies: only a documented history says what its source shows of the replies")
        return self

    @model_validator(mode="after")
    def _after_another(self) -> Self:
        if self.round > 1:
            name_of(self.symbol, self.round)
        elif self.after is not None:
            raise Malformed("after: nothing was before round 1")
        return self


class DraftWithdrawn(VoteAct):
    """The sponsors withdraw the draft; not possible once voting is open."""

    kind_name = "draft_withdrawn"
    when = "withdrawn_at"
    act: Literal["draft_withdrawn"] = "draft_withdrawn"
    withdrawn_at: Moment | None = None


_ON_A_LETTER = (
    *("signatory", "signatory_latin", "offices", "rank", "rank_in_english", "signed", "addressees", "language"),
    *("translation", "agenda_item", "distribution", "remarks"),
)


class LetterSent(VoteAct):
    """A letter of who presides, or of a secretariat. An opening letter opens the window and pins what judges the vote.

    ``snapshot`` is the digest of roster, keys, offices and presidency in force; the recorder adds it. An opening letter
    has ``closes_at`` only if the procedure leaves the deadline to the letter, or if the letter of a documented history
    prints it, and ``counting`` only if it says how the hours are counted.

    What is on the letter is as in an :class:`.Instrument`: ``signatory`` is the name as printed, and so on. ``offices``
    are those in which it is signed, in their order there. ``language`` is the original's. ``agenda_item`` is the one
    that the letter concerns, ``distribution`` the series that a document is issued in ("General")."""

    kind_name = "letter_sent"
    since: ClassVar[Since] = Since({"counting": 2, **dict.fromkeys(_ON_A_LETTER, 3)})
    named: ClassVar[tuple[str, ...]] = ("symbol", "language")
    when = "sent_at"
    act: Literal["letter_sent"] = "letter_sent"
    kind: Literal["procedure", "opening", "outcome", "compendium"]
    symbol: Line | None = None
    dated: Day | None = None
    sender: MemberId | None = None
    sent_at: Moment | None = None
    distributed: Day | None = None
    programme_of_work: bool | None = None
    opens_at: Moment | None = None
    closes_at: Instant | None = None
    counting: Counted | None = None
    snapshot: Digest | None = None
    sha256: Digest | None = None
    media_type: Line | None = None
    signatory: Line | None = None
    signatory_latin: Line | None = None
    offices: tuple[Name, ...] = ()
    rank: Line | None = None
    rank_in_english: Line | None = None
    signed: bool | None = None
    addressees: tuple[Name, ...] = ()
    language: Line | None = None
    translation: Line | None = None
    agenda_item: Line | None = None
    distribution: Line | None = None
    remarks: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _only_an_opening_opens(self) -> Self:
        if self.kind != "opening":
            for name in ("programme_of_work", "opens_at", "closes_at", "counting", "snapshot"):
                if getattr(self, name) is not None:
                    raise Malformed(f"{name} belongs to an opening letter only")
        return self


class VoteCast(VoteAct):
    """A member's reply arrives.

    ``position`` is null for a reply that takes none; ``says`` is what such a reply does instead, if anything.
    ``ballot`` is present if the member signed one itself; ``by`` is who cast it on behalf of ``member``, if another
    member did. ``sent_at`` is when it says that it was sent, which shows nothing of its arrival. ``replaces`` is the
    act, voided since, by which the same paper was entered before. ``answers`` are the answers to the questions put
    beside the draft. ``reasons`` says whether the reply gives reasons; ``condition`` is what its position depends on,
    in its own words; ``effective_at`` is the later instant at which it takes effect. ``message`` is the message that it
    came in, if that is on record by itself; ``received_at`` is then the time at which the message was recorded.
    """

    kind_name = "vote_cast"
    since: ClassVar[Since] = Since(
        {
            **dict.fromkeys(("says", "by", "sent_at", "replaces"), 2),
            **dict.fromkeys(("instrument.rank_in_english", "instrument.translation"), 2),
            **dict.fromkeys(("answers", "reasons", "condition", "effective_at"), 3),
            "message": 4,
        }
    )
    named: ClassVar[tuple[str, ...]] = ("instrument.language",)
    when = "received_at"
    act: Literal["vote_cast"] = "vote_cast"
    member: MemberId
    position: Name | None
    received_at: Moment | None = None
    instrument: Instrument
    explanation: Explanation = "silent"
    ballot: SignedBallot | None = None
    says: Says | None = None
    by: MemberId | None = None
    sent_at: Moment | None = None
    replaces: ActNumber | None = None
    answers: tuple[Answer, ...] = Field(default=(), max_length=19)
    reasons: bool | None = None
    condition: Text | None = None
    effective_at: Instant | None = None
    message: NamedMessage | None = None

    @property
    def replies(self) -> tuple[Answer, ...]:
        """What it says on each question: on the draft, then on those put beside it, as a ballot does."""
        on_draft = () if self.position is None else (Answer(question=DRAFT, position=self.position),)
        return (*on_draft, *self.answers)

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if len({DRAFT, *(answer.question for answer in self.answers)}) != len(self.answers) + 1:
            raise Malformed("answers: a question is answered once, and the draft by the position")
        if self.says is not None and (self.position is not None or self.ballot is not None or self.answers):
            raise Malformed(f"says: a reply that says {self.says} has neither a position nor a ballot")
        if self.by == self.member:
            raise Malformed("by: another member than the one that votes is meant")
        if self.replaces is not None and self.ballot is not None:
            raise Malformed("replaces: a ballot is what the member signed, and replaces nothing that was typed")
        if self.by is not None and self.ballot is not None:
            raise Malformed("by: a member signs its ballot itself; nobody else casts it")
        if self.message is not None:
            check_as_it_came(self.message, self.received_at, self.instrument)
        return self


class ReplyRejected(VoteAct):
    """A reply is kept and not counted, for the clause it offends. The recorder derives it from the rules."""

    kind_name = "reply_rejected"
    when = "rejected_at"
    act: Literal["reply_rejected"] = "reply_rejected"
    member: MemberId
    reply: ReplyNumber = 1
    clause: Name
    reason: Text
    rejected_at: Moment | None = None


class ReceiptAcknowledged(VoteAct):
    """The registrar acknowledges a member's reply; ``reply`` counts that member's replies from 1.

    ``sha256`` is the digest of the acknowledgement as it was sent."""

    kind_name = "receipt_acknowledged"
    since: ClassVar[Since] = Since({"sha256": 2, "media_type": 2})
    when = "acknowledged_at"
    act: Literal["receipt_acknowledged"] = "receipt_acknowledged"
    member: MemberId
    reply: ReplyNumber = 1
    acknowledged_at: Moment | None = None
    sha256: Digest | None = None
    media_type: Line | None = None


class ExplanationFiled(VoteAct):
    """A written statement explaining a vote is filed.

    ``speaker`` is the name as printed, ``form_of_address`` the title before it ("Mr."), ``office`` the speaker's.
    ``translation`` is as in an :class:`.Instrument`.
    """

    kind_name = "explanation_filed"
    since: ClassVar[Since] = Since(
        dict.fromkeys(("speaker", "speaker_latin", "form_of_address", "office", "translation"), 2)
    )
    named: ClassVar[tuple[str, ...]] = ("languages",)
    when = "filed_at"
    act: Literal["explanation_filed"] = "explanation_filed"
    member: MemberId
    filed_at: Moment | None = None
    languages: tuple[Line, ...] = ()
    remarks: tuple[Text, ...] = ()
    sha256: Digest | None = None
    media_type: Line | None = None
    speaker: Line | None = None
    speaker_latin: Line | None = None
    form_of_address: Line | None = None
    office: Name | None = None
    translation: Line | None = None


class CoSponsorshipAnnounced(VoteAct):
    """A member announces that it co-sponsors the text."""

    kind_name = "co_sponsorship_announced"
    when = "announced_at"
    act: Literal["co_sponsorship_announced"] = "co_sponsorship_announced"
    member: MemberId
    announced_at: Moment | None = None


class WindowChanged(VoteAct):
    """The deadline is moved, where the procedure allows it."""

    kind_name = "window_changed"
    when = "changed_at"
    act: Literal["window_changed"] = "window_changed"
    closes_at: Instant
    changed_at: Moment | None = None


class ClericalErrorCorrected(VoteAct):
    """A field of a reply was entered wrongly, and the same paper is read again. The old value stays visible.

    ``sha256`` is the digest of that paper, without which the position of a live vote is not corrected. Another paper is
    another reply.
    """

    kind_name = "clerical_error_corrected"
    when = "corrected_at"
    act: Literal["clerical_error_corrected"] = "clerical_error_corrected"
    member: MemberId
    reply: ReplyNumber = 1
    field: Line
    was: bool | Line | None
    now: bool | Line | None
    reason: Text
    corrected_at: Moment | None = None
    sha256: Digest | None = None
    media_type: Line | None = None

    def names(self) -> dict[str, Named]:
        """As :meth:`.Payload.names`: the new value, where that is one."""
        return {"now": str(self.now)} if self.field in VoteCast.named and self.now else {}


class DraftCorrected(VoteAct):
    """One of a draft's particulars was entered wrongly; this is possible until voting is open. The old value stays
    visible.

    ``was`` and ``now`` have the type that the field has in the circulation.
    """

    kind_name = "draft_corrected"
    when = "corrected_at"
    act: Literal["draft_corrected"] = "draft_corrected"
    field: Literal["title", "dated", "sponsors", "question", "languages", "texts"]
    was: Line | tuple[Line, ...] | dict[Line, Digest] | None
    now: Line | tuple[Line, ...] | dict[Line, Digest] | None
    reason: Text
    corrected_at: Moment | None = None

    def names(self) -> dict[str, Named]:
        """As :meth:`.Payload.names`: the new value, where that is one or has some."""
        return {"now": self.now} if self.field in DraftCirculated.named else {}


class EntryVoided(VoteAct):
    """An entry of the registrar's own in this vote is declared wrong: ``number`` is that of its act.

    It stays visible and has no effect, and what it blocked is possible again."""

    kind_name = "entry_voided"
    when = "voided_at"
    act: Literal["entry_voided"] = "entry_voided"
    number: ActNumber
    reason: Text
    voided_at: Moment | None = None


Act: TypeAlias = (
    DraftCirculated
    | DraftWithdrawn
    | LetterSent
    | VoteCast
    | ReplyRejected
    | ReceiptAcknowledged
    | ExplanationFiled
    | CoSponsorshipAnnounced
    | WindowChanged
    | VotingClosed
    | TallyCirculated
    | ResultAnnounced
    | ClericalErrorCorrected
    | DraftCorrected
    | EntryVoided
    | VoteAnnulled
    | OptionalAct
)
"""Any act of a vote."""
