"""The head of the compendium and the President's letter: as it was sent, or a draft of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from ...domain.acts import LetterSent
from ...domain.describe import vote_said
from ...domain.inert import inert
from ...ledger.projections.compendium import Compendium
from ..documents.blocks import Block, masthead, text
from ..documents.letterhead import Letterhead
from ..documents.papers import Papers
from ..language.english import ENGLISH, Language
from ..language.phrases import said_moment
from ..letters.letter import cover_of
from ..letters.words import Wanted, Words


class Cover:
    """Writes the masthead, the heading and the covering letter of one compendium."""

    def __init__(
        self, made: Compendium, language: Language, letterhead: Letterhead, templates: Path | None = None
    ) -> None:
        self.templates = templates
        self.made, self.state, self.language, self.say = made, made.state, language, language.say
        self.letterhead = letterhead
        self.letter = made.letter.act if made.letter else None

    @property
    def symbol(self) -> str:
        """The document's own symbol; empty where none is on record."""
        return inert(self.letter.symbol) if self.letter and self.letter.symbol else ""

    @property
    def mark(self) -> str | None:
        """Why this is a draft: the result is not announced, or no compendium letter is on record."""
        if self.letter is not None and self.state.result is not None:
            return None
        return Words(self.state, self.language, Wanted("compendium")).mark

    def standing(self) -> Iterator[str]:
        """How this relates to the document that is issued."""
        if self.mark is not None:
            yield self.mark
        if self.state.result is None:
            yield self.say("The result of the vote is not announced yet.")
        if self.letter is None:
            yield self.say("No compendium letter is on record.")
        elif self.symbol:
            yield self.say("Made from the ledger. It is not the document {symbol} as issued.", symbol=self.symbol)
        else:
            yield self.say("Made from the ledger. Unofficial: no compendium letter with a symbol is on record.")

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

    def _heading(self, letter: LetterSent) -> str:
        if letter.offices:
            return self.letterhead.heading("letter", letter.dated, letter.offices[0], letter.sender, letter.addressees)
        day = said_moment(letter.dated, self.state, self.language)
        day = self.language.day_in_full(letter.dated) if letter.dated else day
        symbol = vote_said(self.state)
        return self.say("Letter on the written vote on {symbol}, dated: {day}", symbol=symbol, day=day)

    def words(self, papers: Papers) -> Iterator[Block]:
        """The letter as it was sent, its heading included; where none is on record, the draft of one."""
        letter = self.letter
        if letter is None:  # whose notices are at the head of the document
            drafted = cover_of(self.made, self.language, self.templates).blocks
            yield from (block for block in drafted if block["kind"] != "banner")
            return
        title = self._heading(letter)
        signed = self.letterhead.signed_letter(letter)
        known = known_of_letter(letter)
        yield from papers.headed(self.made.cover, "letter", title, signed, letter.signatory, known, level=1)
        if not signed:
            yield text(self.say("The signature of the President is not on record."), "small")


def _series(series: str, head: Language) -> str:
    """The series that a document is issued in, by its English name."""
    return head.say("General") if series == "General" else head.written(series)


def known_of_letter(letter: LetterSent) -> dict[str, object]:
    """What the record has about the contents of a letter."""
    return {
        "form": "letter",
        "dated": letter.dated,
        "office": letter.offices[0] if letter.offices else None,
        "addressees": letter.addressees,
        "signatory": letter.signatory,
    }
