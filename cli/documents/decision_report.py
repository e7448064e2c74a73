"""The plain report of a decision, of a body that publishes no compendium: in words, in one language, as blocks.

What was asked, who could reply, what each replied and when, what it came to and why, and what is not proved.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...domain.inert import inert
from ...domain.phrase import Said
from ...domain.procedure import Procedure
from ...domain.said_counts import said_counts
from ...domain.titles import question_put_said
from ...ledger.entries.files import Files
from ...ledger.errors import NotFound
from ...ledger.projections.as_of import AsOf
from ...ledger.projections.compendium import Paper
from ...ledger.projections.record import Record, ReplyRecord
from ..language.english import Language
from ..language.optional_said import alone, decided_said, numbered_answers, reply_rows, sections_of
from ..language.own_words import OwnWords
from ..language.phrases import kind_said, said_end, said_members, said_moment, said_position, said_span, said_vote
from .blocks import Block, Row, Words, banners, dated, facts, heading, items, masthead, table, text
from .marked import words_of_runs
from .papers import Papers

_LISTED = 60
"""The most members that are named as those who could reply; of more, only the number is given."""


class DecisionReport:
    """Writes the report of one vote that is over; ``as_of`` is the state that it was made from."""

    def __init__(self, record: Record, files: Files, language: Language, as_of: AsOf | None = None) -> None:
        self.record, self.state, self.files, self.as_of = record, record.state, files, as_of
        self.language, self.say = language, language.say
        self.own, self.papers = OwnWords(record.state.procedure, language), Papers(language)
        self.weights = tuple(dict.fromkeys(_weights(record.state.procedure)))

    @property
    def title(self) -> str:
        """What the document is called."""
        return self.say("Report of the decision on {symbol}", symbol=said_vote(self.state, self.language))

    @property
    def extent(self) -> str:
        """How much there is of it, to report after writing."""
        return f"a plain report of the decision: {self.state.procedure.id} knows no compendium"

    def pdf(self) -> bytes:
        """The archival PDF: PDF/A-2a, or PDF/A-3a with the text attached, and PDF/UA-1.

        Raises:
            PaperError: no typesetter here, or no font for the language or for a script in it.
        """
        from .typeset import typeset

        blocks = [{name: each for name, each in block.items() if name != "href"} for block in self.blocks()]
        data = {"title": self.title, "footer": said_vote(self.state, self.language), "blocks": blocks}
        return typeset("paper.typ", data, self.language, made_at=dated(self.state), attached=self.papers.attached)

    def blocks(self) -> list[Block]:
        """The report from its head to its end."""
        self.papers = Papers(self.language)
        return [
            *self._head(),
            *self._asked(),
            *self._electorate(),
            *self._replies(),
            *self._outcome(),
            *self._not_proved(),
        ]

    def _said(self, said: Said) -> Words:
        return words_of_runs(self.own.said(said))

    def _written(self, written: str) -> Words:
        return words_of_runs(self.own.written(written))

    def _head(self) -> Iterator[Block]:
        result = self.state.result
        announced = result.act.announced_at if result is not None else None
        lines = [said_moment(announced, self.state, self.language)] if announced is not None else []
        symbol = inert(said_vote(self.state, self.language))
        yield masthead(self._written(self.state.procedure.body), symbol, lines)
        yield heading(self.title, 1)
        yield text(
            self.say("Made from the ledger, in which each entry is signed. inblue report shows the evidence."), "banner"
        )
        yield from banners(self.state, self.language)
        if self.as_of is not None:
            yield text(self.language.again(self.as_of.said()))
        yield text(self._said(self.record.tally.reasons[-1]), "strong")
        for beside in self.record.beside_the_outcome:
            yield text(self._said(beside), "strong")

    def _asked(self) -> Iterator[Block]:
        draft, state = self.state.draft.act, self.state
        yield heading(self.say("What was asked"))
        rows: list[Row] = [(self.say("subject"), inert(draft.title))] if draft.title else []
        if (kind := kind_said(state)) is not None:
            rows.append((self.say("question"), self._written(str(kind.values["kind"]))))
        if draft.sponsors:
            rows.append((self.say("sponsors"), said_members(draft.sponsors, state, self.language)))
        rows.append((self.say("procedure"), self._written(state.procedure.title)))
        rows.append((self.say("source"), self._written(state.procedure.source)))
        rows.append((self.say("circulated"), said_moment(draft.circulated_at, state, self.language)))
        yield facts(rows)
        if state.procedure.asked:
            yield text(self.say("Put beside the draft:"))
            numbered = enumerate(state.procedure.asked, start=1)
            yield items(
                [
                    self._said(
                        Said.of(
                            "{number}: {question}", number=number, question=question_put_said(each.id, state.procedure)
                        )
                    )
                    for number, each in numbered
                ]
            )
        for language, sha256 in draft.texts.items():
            paper = Paper(sha256, None, language, self._kept(sha256))
            yield from self.papers.blocks(paper, "text")
            yield facts(self.papers.known(paper), small=True)

    def _kept(self, sha256: str) -> bytes | None:
        try:
            return self.files.get(sha256)
        except NotFound:
            return None

    def _electorate(self) -> Iterator[Block]:
        state, roster = self.state, self.state.roster
        yield heading(self.say("Who could reply"))
        if roster is None or state.opening is None:
            yield text(self.say("The window has not been opened; no roster is pinned yet."))
            return
        number = len(roster.members)
        if number > _LISTED:
            yield text(self.language.plural("{number} seat", "{number} seats", number))
        else:
            members = said_members(roster.ids, state, self.language)
            yield text(
                self.language.plural("{number} seat: {members}.", "{number} seats: {members}.", number, members=members)
            )
        rows: list[Row] = [
            (self.say("opens"), said_span(state.window.opens, state, self.language)),
            (self.say("closes"), said_end(state, self.language)),
        ]
        yield facts(rows)
        yield from (text(self.language.again(moved)) for moved in self.record.moves_said)
        yield from self._sections("seats")

    def _sections(self, *anchors: str) -> Iterator[Block]:
        for section in sections_of(self.state, self.record.tally):
            if section.anchor in anchors:
                yield heading(self.language.again(section.title), 3)
                yield facts([(self._said(name), self._said(said)) for name, said in section.rows])

    def _replies(self) -> Iterator[Block]:
        say = self.say
        yield heading(say("What each replied, and when"))
        if self.record.replies:
            head = [
                say("member"),
                *map(self.language.word, self.weights),
                say("position"),
                say("received"),
                say("counted"),
            ]
            rows = [self._reply(each) for each in self.record.replies]
            yield table(head, rows, (24, *(12 for _ in self.weights), 26, 26, 12))
        else:
            yield text(say("No reply is on record."))
        if self.record.silent:
            who = said_members(self.record.silent, self.state, self.language)
            means = self.language.word(self.state.procedure.silence.means)
            yield text(say("Silent, counted as {means}: {members}.", means=means, members=who))
        if self.record.not_on_record:
            number, who = (
                len(self.record.not_on_record),
                said_members(self.record.not_on_record, self.state, self.language),
            )
            yield text(say("position not on record ({number}): {members}.", number=number, members=who))
        if own := list(self._particulars()):
            yield items(own)

    def _particulars(self) -> Iterator[Words]:
        """What single replies have under optional rules."""
        for each in self.record.replies:
            found = () if each.reply.voided else reply_rows(self.state, each.reply, self.record.tally)
            said = tuple(Said.of("{name}: {value}", name=name, value=value) for name, value in found)
            if said:
                member = self.state.procedure.said(each.reply.member)
                yield self._said(Said.of("{name}: {value}", name=member, value=said))

    def _reply(self, each: ReplyRecord) -> list[Words]:
        reply, roster = each.reply, self.state.roster
        name = self.language.member(reply.member, self.state.procedure.names)
        seat = roster.seat(reply.member) if roster is not None else None
        weights = [str(seat.weights.get(weight, "")) if seat is not None else "" for weight in self.weights]
        return [
            name if reply.ordinal == 1 else f"{name} ({reply.ordinal})",
            *weights,
            numbered_answers(self.state, reply, said_position(reply, self.state, self.language), self.language),
            said_moment(reply.act.received_at, self.state, self.language),
            self.say("yes") if each.counted else self.say("no"),
        ]

    def _outcome(self) -> Iterator[Block]:
        state, counted = self.state, self.record.tally
        yield heading(self.say("What it came to, and why"))
        yield text(self._said(counted.reasons[-1]), "strong")
        yield text(self._said(alone(said_counts(counted.counts))))
        yield items([self._said(reason) for reason in counted.reasons[:-1]])
        rows: list[Row] = []
        if (decided := decided_said(state, counted)) is not None:
            rows.append((self.say("decided"), self._said(decided)))
        result = state.result
        said = (
            self.say("not announced yet")
            if result is None
            else said_moment(result.act.announced_at, state, self.language)
        )
        rows.append((self.say("announced"), said))
        yield facts(rows)
        yield from self._sections("questions", "facts")
        bearing = [group for group in self.record.groups if group.bears_on_outcome]
        if bearing:
            yield heading(self.say("Findings that bear on the outcome"), 3)
            yield items([self._said(group.text) for group in bearing])

    def _not_proved(self) -> Iterator[Block]:
        yield heading(self.say("What is not proved"))
        grouped: dict[Said, list[str]] = {}
        for each in self.record.replies:
            grouped.setdefault(each.verdict.not_proved, []).append(each.reply.member)
        for said, members in grouped.items():
            number = len(members)
            if number == len(self.record.replies):
                whose = self.say("every reply")
            elif number > _LISTED:
                whose = self.language.plural("{number} reply", "{number} replies", number)
            else:
                whose = said_members(members, self.state, self.language)
            yield text(self._said(Said.of("{name}: {value}", name=whose, value=said)))
        if self.record.silent:
            yield text(self._said(self.record.silence_not_proved))
        yield text(self.say("inblue verify says whose the keys are, and what timestamps and witnesses show."))


def _weights(procedure: Procedure) -> Iterator[str]:
    """The measures by which the decision weighs seats."""
    for condition in procedure.decision.conditions:
        yield from (each.weight for each in condition.any_of if each.weight is not None)
