"""The values that templates of letters insert: every fact of a letter, from the record of its vote, in one language.

All facts in any letter are made here, once, from one state. What is not on record becomes a blank that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ...domain.acts import LetterSent
from ...domain.describe import vote_said
from ...domain.findings import beside_the_outcome, findings, moves_said
from ...domain.inert import MARKS, one_line
from ...domain.instant import Span
from ...domain.phrase import Said
from ...domain.recorded import Reply
from ...domain.state import VoteState
from ...domain.tally import tally
from ...domain.validity import rejections
from ...domain.window_said import end_said
from ...ledger.projections.compendium import Annex, Compendium
from ...ledger.projections.letters import LetterKind, kept_and_not_counted, letter_on_record, reply_of
from ..documents.letterhead import COVER, Letterhead
from ..language.english import Language
from ..language.phrases import said_members, said_position, said_reason, said_vote
from .markup import Sentence
from .outcome import annexes_said, missing, outcome_said

_COUNCIL = "United Nations Security Council"
_WITH_SECONDS = "%H:%M:%S"


class Wanted(NamedTuple):
    """What letter to write: its kind, and what no record says about it.

    ``planned`` is a letter that is not sent yet; ``resolution`` and ``dated`` are those of an announcement that nobody
    has made. ``zones`` are time zones in which the deadline is given too. ``receipt`` says that one is attached, and
    ``as_of`` of which state of a log the letter is, where that need not be the last.
    """

    kind: LetterKind
    member: str = ""
    reply: int = 1
    planned: LetterSent | None = None
    resolution: str | None = None
    dated: date | None = None
    zones: tuple[ZoneInfo, ...] = ()
    reply_to: str | None = None
    receipt: bool = False
    as_of: Said | None = None


class Words:
    """The facts of letters on one vote, in ``language``."""

    def __init__(self, state: VoteState, language: Language, wanted: Wanted, made: Compendium | None = None) -> None:
        self.state, self.language, self.say, self.wanted, self.made = state, language, language.say, wanted, made
        self.head = Letterhead(state, language)
        self.is_council = state.procedure.body == _COUNCIL
        on_record = letter_on_record(state, wanted.kind)
        self.letter: LetterSent | None = on_record.act if on_record is not None else wanted.planned

    def all(self) -> dict[str, Any]:
        """Every name that a template of this kind may use."""
        own = {
            "opening": self._opening,
            "acknowledgement": self._acknowledgement,
            "votes": self._votes,
            "announcement": self._result,
            "outcome": self._result,
            "compendium": self._compendium,
        }[self.wanted.kind]()
        return {**self._common(), **own}

    @property
    def title(self) -> str:
        """What the letter is about, on one line: the subject of an e-mail, and the title of a paper."""
        symbol = vote_said(self.state)
        match self.wanted.kind:
            case "opening":
                said = self.say("Opening of the written vote on {symbol}", symbol=symbol)
            case "acknowledgement":
                member = self._member(self.wanted.member)
                said = self.say(
                    "Written vote on {symbol}: receipt acknowledged, {member}", symbol=symbol, member=member
                )
            case "votes":
                said = self.say("List of votes on {symbol}", symbol=symbol)
            case "announcement":
                said = self.say("Announcement of the result of the written vote on {symbol}", symbol=symbol)
            case "outcome":
                said = self.say("Outcome of the written vote on {symbol}", symbol=symbol)
            case _:
                said = self.say("Compendium of the written vote on {symbol}", symbol=symbol)
        if self.state.draft.act.times == "simulated":
            return self.say("SIMULATED: {title}", title=said)
        return said

    @property
    def deadline(self) -> str:
        """The title of an event in a calendar."""
        said = self.say("Deadline of the written vote on {symbol}", symbol=vote_said(self.state))
        return self.say("SIMULATED: {title}", title=said) if self.state.draft.act.times == "simulated" else said

    @property
    def mark(self) -> str | None:
        """The mark of a draft: always on what only the body can issue, otherwise until the announcement."""
        if self.state.result is not None and self.wanted.kind in {"acknowledgement", "votes"}:
            return None
        return self.say(
            "DRAFT, prepared with inblue; not issued by: {body}", body=self._written(self.state.procedure.body)
        )

    # What every letter may say

    def _common(self) -> dict[str, Any]:
        state, draft = self.state, self.state.draft.act
        opening = state.opening.act if state.opening is not None else None
        procedure = letter_on_record(state, "procedure") if self.is_council else None
        return {
            "mark": self.mark and Sentence(self.mark),
            "as_of": Sentence(self.language.again(self.wanted.as_of)) if self.wanted.as_of is not None else None,
            "simulated": self._simulated(),
            "council": self.is_council,
            "title": Sentence(self.title),
            "heading": Sentence(self._heading()),
            "signature": [Sentence(line) for line in self._signature()],
            "body": self._written(state.procedure.body),
            "procedure": self._written(state.procedure.title),
            "procedure_letter": (procedure and one_line(procedure.act.symbol or "")) or None,
            "procedure_day": self._day(procedure.act.dated) if procedure and procedure.act.dated else None,
            "symbol": said_vote(state, self.language),
            "subject": one_line(draft.title) if draft.title else None,
            "sponsors": self._members(draft.sponsors) if draft.sponsors else None,
            "opening_day": self._day(opening.dated if opening else None),
            "opens": self._hour(state.window.opens, self.say("hour of opening")),
            "closes": self._end(),
            "closes_utc": None if state.window.closes_at is None else self.utc(state.window.closes_at),
        }

    def _simulated(self) -> str | None:
        if self.state.draft.act.times == "simulated":
            return Sentence(self.say("SIMULATED: the times, persons and letters of this vote are made up"))
        return None

    def _heading(self) -> str:
        letter, kind = self.letter, self.wanted.kind
        if kind not in {"opening", "outcome", "compendium"} or not self._has_president:
            return self.title
        to = {
            "opening": ("permanent_representatives_of_members",),
            "compendium": COVER,
        }.get(kind, ())
        given = letter.addressees if letter is not None and letter.addressees else to
        sender = letter.sender if letter is not None else None
        return self.head.heading("letter", letter.dated if letter else None, "president", sender, given)

    @property
    def _has_president(self) -> bool:
        return self.state.procedure.body in {_COUNCIL, "United Nations General Assembly"}

    def _signature(self) -> list[str]:
        letter, kind = self.letter, self.wanted.kind
        name = self.head.name(letter.signatory, letter.signatory_latin) if letter is not None else None
        if kind in {"acknowledgement", "votes"}:
            office = self._written(self.state.procedure.transmission.to)
            return self._ordered(self._missing(self.say("name of the signatory")), [office])
        if letter is not None and letter.signed is not None:
            rank = self.head.rank(letter.rank, letter.rank_in_english)
            offices = letter.offices or (("president",) if self._has_president else ())
            return self.head.signature(name, rank, offices, letter.sender, signed=letter.signed)
        offices_of = letter.offices if letter is not None and letter.offices else ()
        sender = letter.sender if letter is not None else None
        if not offices_of and self._has_president:
            offices_of = ("president",)
        held = [self.head.office(each, sender) for each in offices_of]
        if not held and sender is not None:
            held = [self._member(sender)]
        return self._ordered(name or self._missing(self.say("name of the signatory")), held)

    def _ordered(self, name: str, offices: Sequence[str]) -> list[str]:
        return [*offices, name] if self.language.code == "zh" else [name, *offices]

    # The kinds

    def _opening(self) -> dict[str, Any]:
        rules = self.state.procedure
        clause = {each.id: each.text for each in rules.clauses}
        reply_to = self.wanted.reply_to
        cited = [rules.window.clause, rules.choice.clause, rules.silence.clause]
        return {
            "hours": self.language.plural("{number} hour", "{number} hours", rules.window.hours)
            if rules.window.hours
            else None,
            "transmission": self._written(rules.transmission.to),
            "address": one_line(reply_to) if reply_to else self._missing(self.say("address for replies")),
            "enclosed": bool(self.state.draft.act.texts),
            "zones": [self.hour(self.state.window.closes_at, zone) for zone in self._zones()],
            "clauses": [Sentence(self._written(clause[each])) for each in dict.fromkeys(cited) if each in clause],
            "silence": Sentence(self._written(clause.get(rules.silence.clause, ""))) or None,
        }

    def _zones(self) -> tuple[ZoneInfo, ...]:
        return self.wanted.zones if self.state.window.closes_at is not None else ()

    def _acknowledgement(self) -> dict[str, Any]:
        reply = reply_of(self.state, self.wanted.member, self.wanted.reply)
        sheet, act = reply.act.instrument, reply.act
        raised = findings(self.state)
        return {
            "member": self._member(act.member),
            "number": str(reply.ordinal) if reply.ordinal > 1 else None,
            "form": self.language.word(sheet.form),
            "dated": self._day(sheet.dated),
            "received": self._hour(self.state.span(act.received_at), self.say("hour of arrival")),
            "entered": self._at(reply.entered.recorded_at),
            "position": said_position(reply, self.state, self.language),
            "kept": [
                self.say(
                    "{text} (clause {clause})",
                    text=said_reason(each.act.reason, raised, self.language),
                    clause=each.act.clause,
                )
                for each in rejections(self.state, reply)
            ],
            "sha256": sheet.sha256,
            "receipt": self.wanted.receipt,
        }

    def _votes(self) -> dict[str, Any]:
        count, silence = tally(self.state), self.state.procedure.silence.means
        return {
            "seats": [
                {"member": self._member(member), "position": self.language.word(position or silence)}
                for member, position in count.positions.items()
            ],
            "counts": self._counts(),
            "kept": [self._kept(reply) for reply in kept_and_not_counted(self.state)],
            "amended": [Sentence(self.language.again(each)) for each in self._amendments()],
        }

    def _kept(self, reply: Reply) -> dict[str, str]:
        why = next(iter(rejections(self.state, reply)))
        member = self._member(reply.member)
        reason = said_reason(why.act.reason, findings(self.state), self.language)
        named = reason.lstrip("".join(MARKS)).startswith(member)
        return {"line": Sentence(reason if named else self.say("{name}: {value}", name=member, value=reason))}

    def _amendments(self) -> tuple[Any, ...]:
        return (*beside_the_outcome(self.state), *moves_said(self.state))

    def _counts(self) -> list[dict[str, str]]:
        counts = tally(self.state).counts
        return [{"choice": self.language.word(each), "number": self.language.number(n)} for each, n in counts.items()]

    def _result(self) -> dict[str, Any]:
        return {
            "counts": self._counts(),
            "outcome": Sentence(outcome_said(self.state, self.language, self.wanted.resolution)),
            "day": self._announced(),
            "amended": [Sentence(self.language.again(each)) for each in self._amendments()],
        }

    def _announced(self) -> str:
        result = self.state.result
        moment = result.act.announced_at if result is not None else self.wanted.dated
        return self._day(day_of(moment, self.state.zone))

    def _compendium(self) -> dict[str, Any]:
        made = self.made
        assert made is not None  # noqa: S101 - whoever asks for this letter has made it
        item = self.letter.agenda_item if self.letter else None
        replies, statements = made.of("reply"), made.of("statement")
        opening = made.annexes[:1] if made.annexes and made.annexes[0].kind == "opening" else ()
        outcome = letter_on_record(self.state, "outcome")
        return {
            **self._result(),
            "item": one_line(item) if item else self._missing(self.say("agenda item")),
            "letter_annex": self._range(opening),
            "reply_annexes": self._range(replies),
            "statement_annexes": self._range(statements),
            "outcome_letter": one_line(outcome.act.symbol) if outcome and outcome.act.symbol else None,
        }

    def _range(self, annexes: Sequence[Annex]) -> str | None:
        return annexes_said(annexes, self.language) if annexes else None

    # Words

    def _missing(self, what: str) -> str:
        return missing(what, self.language)

    def _written(self, text: str) -> str:
        return self.language.written(" ".join(text.split()))

    def _member(self, member: str) -> str:
        return said_members((member,), self.state, self.language)

    def _members(self, members: Sequence[str]) -> str:
        return said_members(members, self.state, self.language)

    def _day(self, day: date | None) -> str:
        return self._missing(self.say("date")) if day is None else self.language.day_in_full(day)

    def _at(self, at: datetime) -> str:
        return self.hour(at, self.state.zone)

    def _hour(self, span: Span, what: str) -> str:
        """An instant in the procedure's time zone; a blank if no time is on record."""
        if span.instant is not None:
            return self._at(span.instant)
        blank = self._missing(what)
        if span.earliest is None or span.latest is None:
            return blank
        first, last = (each.astimezone(self.state.zone).date() for each in (span.earliest, span.latest))
        if first != last:
            return blank
        return self.say("{day}, {hour}", day=self.language.day_in_full(first), hour=blank)

    def _end(self) -> str:
        end = end_said(self.state)
        if end is not None:
            return self.language.again(end)
        return self._hour(self.state.window.closes, self.say("deadline"))

    def hour(self, at: datetime | None, zone: ZoneInfo) -> str:
        """An instant in the time of a zone, with the month in letters, and seconds only if they are not zero."""
        assert at is not None  # noqa: S101 - asked of what is known
        local = at.astimezone(zone)
        day, time = self.language.day_in_full(local.date()), _clock(local)
        place = self.language.place_of(zone)
        return self.say(
            "{day}, {time}, {place} time ({offset})", day=day, time=time, place=place, offset=_offset(local)
        )

    def utc(self, at: datetime) -> str:
        """An instant in UTC."""
        local = at.astimezone(UTC)
        return self.say("{day}, {time} UTC", day=self.language.day_in_full(local.date()), time=_clock(local))


def day_of(moment: datetime | date | None, zone: ZoneInfo) -> date | None:
    """The day of a moment, in the time of a zone."""
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment


def _clock(local: datetime) -> str:
    if local.microsecond:
        return local.strftime(f"{_WITH_SECONDS}.%f")
    return local.strftime(_WITH_SECONDS if local.second else "%H:%M")


def _offset(local: datetime) -> str:
    said = local.strftime("%z")  # of a time long past also with seconds
    sign = "\N{MINUS SIGN}" if said.startswith("-") else "+"
    return f"UTC{sign}{':'.join(said[at : at + 2] for at in range(1, len(said), 2))}"
