"""Notes after a compendium: what the record says about it and each annex, and the document does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from ...domain.acts import LetterSent
from ...domain.findings import beside_the_outcome, moves_said
from ...domain.inert import inert
from ...domain.on_record import said_of_unknown
from ...domain.recorded import Reply
from ...ledger.projections.compendium import Annex, Compendium, Paper
from ..documents.blocks import Block, Row, Words, facts, heading, items, text
from ..documents.marked import words_of_runs
from ..documents.papers import Papers
from ..language.english import Language
from ..language.own_words import from_outside
from ..language.phrases import said_end, said_members, said_moment, said_position, said_span
from ..letters.outcome import annexes_said, outcome_said


class Notes:
    """Writes the notes on one compendium in one language."""

    def __init__(self, made: Compendium, language: Language, papers: Papers) -> None:
        self.made, self.state, self.language, self.say, self.papers = made, made.state, language, language.say, papers

    def blocks(self) -> Iterator[Block]:
        """Outcome, procedure, what is annexed and what else is on record; then a note on each paper."""
        yield heading(self.say("From the record"))
        yield text(self.say("What follows is not part of the document."), "small")
        yield text(self._outcome())
        yield from self.beside()
        yield text(self._procedure())
        yield text(self.say("Annexed are, as far as they are on record:"))
        yield items(self._contents())
        if also := self._also():
            yield heading(self.say("Also on record"), 3)
            yield items(also)
        if self.made.letter is not None:
            letter = self.made.letter.act
            yield from self._note(
                self.say("The letter"), [*self.on_letter(letter), *self.papers.known(self.made.cover)]
            )
        if self.made.letter is None or self.made.letter.act.language is None:
            yield text(self.say("Original language of annexes without a note on it: not on record."), "small")
        for annex in self.made.annexes:
            rows = self._opening() if annex.kind == "opening" else self._statement(annex)
            rows = rows if annex.reply is None else self._reply(annex.reply)
            title = self.say("Annex {number}", number=self.language.annex(annex.number))
            yield from self._note(title, [*rows, *self.papers.known(annex.paper)])
            if annex.kind == "opening":
                yield from self._note(self.say("Enclosure"), self._draft())

    def _outcome(self) -> str:
        said, result = outcome_said(self.state, self.language), self.state.result
        if result is None:
            when = self.say("The result of the vote is not announced yet.")
        else:
            when = self.say("The result was announced on: {day}.", day=self._moment(result.act.announced_at))
        return self.say("{first} {second}", first=said, second=when)

    def beside(self) -> Iterator[Block]:
        """What must be read beside the outcome."""
        unknown = said_of_unknown(self.state)
        for said in (*beside_the_outcome(self.state), *([unknown] if unknown else ()), *moves_said(self.state)):
            yield text(self.language.again(said), "strong")

    def _note(self, title: str, rows: list[Row]) -> Iterator[Block]:
        if rows:
            yield heading(title, 3)
            yield facts(rows, small=True)

    def on_letter(self, letter: LetterSent) -> list[Row]:
        """What is on record about a letter, and is not in its heading or text."""
        rows: list[Row] = [(self.say("sent by"), self._member(letter.sender))] if letter.sender else []
        if letter.agenda_item:
            rows.append((self.say("agenda item"), self._outside(letter.agenda_item)))
        return [*rows, *self._remarks(letter.remarks), *self._source(letter.source)]

    def _opening(self) -> list[Row]:
        assert self.state.opening is not None  # noqa: S101 - the annex is of it
        rows = self.on_letter(self.state.opening.act)
        rows.append((self.say("opens"), said_span(self.state.window.opens, self.state, self.language)))
        return [*rows, (self.say("closes"), said_end(self.state, self.language))]

    def _draft(self) -> list[Row]:
        draft = self.state.draft.act
        rows: list[Row] = [(self.say("subject"), self._outside(draft.title))] if draft.title else []
        if draft.languages:
            said = self.language.pair([self.language.tongue(code) for code in draft.languages])
            rows.append((self.say("languages"), said))
        rows += self._source(draft.source)
        return rows + [
            row for paper in self.made.enclosure or (Paper(None, None, None, None),) for row in self.papers.known(paper)
        ]

    def _reply(self, reply: Reply) -> list[Row]:
        rows: list[Row] = [self.position(reply)]
        if reply.act.instrument.signed is False:
            rows.append((self.say("signature"), self.say("none")))
        return [*rows, *self._remarks(reply.act.instrument.remarks), *self._source(reply.act.source)]

    def position(self, reply: Reply) -> Row:
        """The position that a reply takes."""
        act = reply.act
        taken = (act.position or act.says or act.by) is not None
        said = said_position(reply, self.state, self.language) if taken else self.say("none taken")
        return (self.say("position"), said)

    def _statement(self, annex: Annex) -> list[Row]:
        if annex.statement is None:
            return []
        act = annex.statement.act
        rows: list[Row] = [(self.say("filed"), self._moment(act.filed_at))]
        return [*rows, *self._remarks(act.remarks), *self._source(act.source)]

    def _remarks(self, remarks: tuple[str, ...]) -> list[Row]:
        return [(self.say("remark"), self._outside(each)) for each in remarks]

    def _source(self, source: str | None) -> list[Row]:
        return [(self.say("source"), inert(source))] if source else []

    def _procedure(self) -> str:
        letter, title = self.made.letter_of("procedure"), self.language.written(self.state.procedure.title)
        if letter is None or not letter.symbol:
            return self.say("Procedure: {title}. No letter that sets it out is on record.", title=title)
        values = {"title": title, "symbol": letter.symbol, "day": self._moment(letter.dated)}
        return self.say("Procedure: {title}, set out in the letter {symbol} (dated: {day}).", **values)

    def _contents(self) -> list[str]:
        found = []
        if self.made.annexes and self.made.annexes[0].kind == "opening":
            found.append(self.say("the letter that put the draft to the vote, with the draft (annex I and enclosure)"))
        else:
            found.append(self.say("no letter that put the draft to the vote"))
        replies, statements = self.made.of("reply"), self.made.of("statement")
        found.append(
            self.language.plural(
                "{number} reply of a member, stating its position ({annexes})",
                "{number} replies of members, stating their positions ({annexes})",
                len(replies),
                annexes=annexes_said(replies, self.language),
            )
            if replies
            else self.say("no reply of a member")
        )
        found.append(
            self.language.plural(
                "{number} statement filed ({annexes})",
                "{number} statements filed ({annexes})",
                len(statements),
                annexes=annexes_said(statements, self.language),
            )
            if statements
            else self.say("no statement")
        )
        return found

    def _also(self) -> list[str]:
        found = []
        outcome = self.made.letter_of("outcome")
        if outcome is not None and outcome.symbol:
            found.append(self.say("the letter on the outcome, {symbol}", symbol=outcome.symbol))
        for reply in self.made.outsiders:
            member = self._member(reply.member)
            found.append(
                self.say(
                    "a reply of {member}, which is not on the roster of this vote; it is not annexed", member=member
                )
            )
        for each in self.made.co_sponsorships:
            member, source = self._member(each.act.member), each.act.source
            found.append(
                self.say(
                    "{member} announced that it co-sponsors the text (source: {source})", member=member, source=source
                )
                if source
                else self.say("{member} announced that it co-sponsors the text", member=member)
            )
        return found

    def _outside(self, written: str) -> Words:
        return words_of_runs(from_outside(written, self.language))

    def _member(self, member: str) -> str:
        return said_members((member,), self.state, self.language)

    def _moment(self, moment: datetime | date | None) -> str:
        if isinstance(moment, date) and not isinstance(moment, datetime):
            return self.language.day_in_full(moment)
        return said_moment(moment, self.state, self.language)
