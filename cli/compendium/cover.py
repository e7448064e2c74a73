"""The head of the compendium and the President's letter: as it was sent, or a draft of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from ...domain.acts import LetterSent
from ...domain.describe import vote_said
from ...domain.inert import inert
from ...domain.tally import tally
from ...domain.titles import failing_said
from ...ledger.projections.compendium import Annex, Compendium
from ..documents.blocks import Block, heading, items, masthead, text
from ..documents.letterhead import COUNCIL, COVER, Letterhead
from ..documents.papers import Papers
from ..language.english import ENGLISH, Language
from ..language.phrases import said_moment


class Cover:
    """Says the masthead, the heading and the covering letter of one compendium."""

    def __init__(self, made: Compendium, language: Language, letterhead: Letterhead) -> None:
        self.made, self.state, self.language, self.say = made, made.state, language, language.say
        self.letterhead = letterhead
        self.letter = made.letter.act if made.letter else None

    @property
    def symbol(self) -> str:
        """The document's own symbol; empty where none is on record."""
        return inert(self.letter.symbol) if self.letter and self.letter.symbol else ""

    def standing(self) -> str:
        """What this is, beside the document that is issued."""
        if self.symbol:
            return self.say("Made from the ledger. It is not the document {symbol} as issued.", symbol=self.symbol)
        if self.letter is not None:
            return self.say("Made from the ledger. Unofficial: no compendium letter with a symbol is on record.")
        return self.say("Draft, prepared with inblue. No compendium letter is on record.")

    def masthead(self) -> Block:
        """Body and symbol; series, day and languages as far as they are on record. No emblem."""
        letter = self.letter
        lines = [] if letter is None else self._masthead(letter.distribution, letter.distributed, letter.language)
        return self._headed(self.symbol, lines)

    def enclosure(self) -> Block:
        """The masthead of the draft."""
        draft, head = self.state.draft.act, self._of_masthead()
        lines = [head.say("Provisional")] if draft.provisional else []
        return self._headed(
            inert(str(vote_said(self.state))), [*lines, *self._masthead(None, draft.dated, draft.original)]
        )

    def _headed(self, symbol: str, lines: Sequence[str]) -> Block:
        of, body = self.letterhead.organization()
        return masthead(body, symbol, lines, of=of)

    def _of_masthead(self) -> Language:
        """The language of the small print: documents in Chinese have it in English, as S/2020/268 shows."""
        return ENGLISH if self.language.code == "zh" else self.language

    def _masthead(self, series: str | None, day: date | None, original: str | None) -> list[str]:
        head = self._of_masthead()
        lines = [head.say("Distr.: {series}", series=_series(series, head))] if series else []
        lines += [head.day_in_full(day)] if day else []
        if original:
            own = head.tongue(self.language.code)
            lines += [own[:1].upper() + own[1:]] if original != self.language.code else []
            lines.append(head.say("Original: {languages}", languages=head.tongue(original)))
        return lines

    def heading(self) -> str:
        """The heading of the letter."""
        letter, symbol = self.letter, vote_said(self.state)
        if letter is None:
            if self.state.procedure.body == COUNCIL:
                return self.letterhead.heading("letter", None, "president", None, COVER)
            return self.say("Draft of a letter on the written vote on {symbol}", symbol=symbol)
        if letter.offices:
            return self.letterhead.heading("letter", letter.dated, letter.offices[0], letter.sender, letter.addressees)
        day = said_moment(letter.dated, self.state, self.language)
        day = self.language.day_in_full(letter.dated) if letter.dated else day
        return self.say("Letter on the written vote on {symbol}, dated: {day}", symbol=symbol, day=day)

    def words(self, papers: Papers) -> Iterator[Block]:
        """The letter as it was sent, its heading included; where none is on record, a draft of one."""
        letter, title = self.letter, self.heading()
        if letter is None:
            yield heading(title, 1)
            yield from self._draft()
            return
        signed = self.letterhead.signed_letter(letter)
        known = known_of_letter(letter)
        yield from papers.headed(self.made.cover, "letter", title, signed, letter.signatory, known, level=1)
        if not signed:
            yield text(self.say("The signature of the President is not on record."), "small")

    # The draft of a letter

    def _draft(self) -> Iterator[Block]:
        yield from (text(each) for each in self._outcome())
        yield text(self.say("In accordance with that procedure, enclosed are copies of the following documents:"))
        yield items(self._enclosed())
        yield text(self.say("The present letter and its annexes will be issued as a document."))
        yield text(self.say("The signature of the President is not on record."), "small")

    def _outcome(self) -> Iterator[str]:
        assert self.state.result is not None  # noqa: S101 - a compendium has one
        act = self.state.result.act
        outcome, number = act.outcome or tally(self.state).outcome, act.resolution
        if outcome != "adopted" or failing_said(self.state.procedure, outcome) is not None or not number:
            yield outcome_said(self.made, self.language)
            return
        said = self.say("I refer to resolution {number}.", number=self.language.resolution(number))
        day, letter = self._day(act.announced_at), self.made.letter_of("procedure")
        if letter is None or not letter.symbol or not letter.dated:
            then = self.say("The resolution was adopted on {day}.", day=day)
        else:
            then = self.say(
                "The resolution was adopted on {day} in accordance with the voting procedure set out in the letter "
                "dated {dated} from the President of the Security Council ({symbol}).",
                day=day,
                dated=self.language.day_in_full(letter.dated),
                symbol=letter.symbol,
            )
        yield self.say("{first} {second}", first=said, second=then)

    def _day(self, moment: datetime | date | None) -> str:
        if isinstance(moment, datetime):
            moment = moment.astimezone(self.state.zone).date()
        return self.language.day_in_full(moment) if moment else self.say("not on record")

    def _enclosed(self) -> Iterator[str]:
        opening = self.state.opening
        if opening is not None and opening.act.dated:
            yield self.say(
                "My letter dated {day}, by which the draft {symbol} was put to the vote (see annex I and enclosure);",
                day=self.language.day_in_full(opening.act.dated),
                symbol=vote_said(self.state),
            )
        elif opening is not None:
            yield self.say(
                "My letter by which the draft {symbol} was put to the vote (see annex I and enclosure);",
                symbol=vote_said(self.state),
            )
        if replies := self.made.of("reply"):
            yield self.say(
                "Letters received in reply from members, which show their positions on the draft (see {annexes});",
                annexes=annexes_said(replies, self.language),
            )
        if statements := self.made.of("statement"):
            yield self.say(
                "Copies of statements of members that explain their votes (see {annexes}).",
                annexes=annexes_said(statements, self.language),
            )


def _series(series: str, head: Language) -> str:
    """The series that a document is issued in, by its English name."""
    return head.say("General") if series == "General" else head.written(series)


def outcome_said(made: Compendium, language: Language) -> str:
    """What came of the draft, and when that was announced."""
    state, say = made.state, language.say
    assert state.result is not None  # noqa: S101 - a compendium has one
    act = state.result.act
    at = act.announced_at
    whole_day = isinstance(at, date) and not isinstance(at, datetime)
    day = language.day_in_full(at) if whole_day and at else said_moment(at, state, language)
    symbol, outcome = vote_said(state), act.outcome or tally(state).outcome
    if outcome == "open":
        first = say("The result of the vote on {symbol} was announced: {day}.", symbol=symbol, day=day)
        return say("{first} {second}", first=first, second=say("What it was is not on record."))
    if formula := failing_said(state.procedure, outcome):
        return say(
            "The draft {symbol}: {outcome}. The result was announced: {day}.",
            symbol=symbol,
            outcome=language.again(formula),
            day=day,
        )
    if outcome != "adopted":
        return say("The draft {symbol} was not adopted. The result was announced: {day}.", symbol=symbol, day=day)
    if act.resolution:
        return say(
            "The draft {symbol} was adopted as resolution {number}. The result was announced: {day}.",
            symbol=symbol,
            number=language.resolution(act.resolution),
            day=day,
        )
    return say("The draft {symbol} was adopted. The result was announced: {day}.", symbol=symbol, day=day)


def annexes_said(annexes: Sequence[Annex], language: Language) -> str:
    """Annexes by their numbers, from the first to the last."""
    first, last = annexes[0].number, annexes[-1].number
    if first == last:
        return language.say("annex {number}", number=language.annex(first))
    return language.annexes(first, last)


def known_of_letter(letter: LetterSent) -> dict[str, object]:
    """What the record has of what is on a letter."""
    return {
        "form": "letter",
        "dated": letter.dated,
        "office": letter.offices[0] if letter.offices else None,
        "addressees": letter.addressees,
        "signatory": letter.signatory,
    }
