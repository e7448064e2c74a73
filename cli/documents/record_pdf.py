"""The record on paper: what was voted, the outcome and why, a verdict per reply, findings, keys, how to verify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ...domain.acts import ReplyRejected
from ...domain.finding import Finding
from ...domain.finding_groups import Group, summary
from ...domain.inert import inert
from ...domain.phrase import Said, Word
from ...domain.state import VoteState
from ...domain.validity import rejections
from ...ledger.audit.checks import NAMES
from ...ledger.audit.result import Verification
from ...ledger.projections.as_of import AsOf
from ...ledger.projections.record import Record, ReplyRecord
from ...ledger.standards.note import encode_base64
from ..charts.chart_print import picture_of
from ..language.english import Language
from ..language.optional_said import answer_rows, decided_said, reply_rows, sections_of
from ..language.own_words import OwnWords, Run, from_outside
from ..language.phrases import (
    kind_said,
    said_about,
    said_end,
    said_ids,
    said_members,
    said_moment,
    said_position,
    said_reason,
    said_span,
    said_voided,
    said_vote,
)
from .blocks import Block, Row, Words, banners, dated, facts, heading, items, page_break, table, text
from .marked import words_of_runs
from .typeset import typeset

if TYPE_CHECKING:
    import typst

_ROWS = 45
"""The height of the picture on one page."""


def record_pdf(
    records: Sequence[Record], verification: Verification, language: Language, *, fonts: typst.Fonts | None = None
) -> bytes:
    """The archival PDF of ``records`` (PDF/A-2a, PDF/UA-1), as verified. The same record gives the same bytes.

    ``fonts`` are those of the machine unless given.

    Raises:
        PaperError: no typesetter here, or no font for the language or for a script in the record.
    """
    page = _Page(language, verification.as_of)
    symbols = language.join(said_vote(record.state, language) for record in records)
    title = language.say("Record of {votes}", votes=symbols) if records else language.say("Record of no vote")
    blocks = [block for record in records for block in page.record(record)] or [heading(title, 1)]
    blocks += page.verification(verification)
    data = {"title": title, "footer": symbols, "blocks": blocks}
    made_at = max((dated(record.state) for record in records), default=datetime(1970, 1, 1, tzinfo=UTC))
    return typeset("paper.typ", data, language, made_at=made_at, fonts=fonts)


class _Page:
    """Writes the parts of a record in one language."""

    def __init__(self, language: Language, as_of: AsOf | None) -> None:
        self.language = language
        self.say = language.say
        self.as_of = as_of

    def record(self, record: Record) -> list[Block]:
        state, draft = record.state, record.state.draft.act
        self.own = OwnWords(state.procedure, self.language)
        called = said_vote(state, self.language)
        title: Words = called
        if draft.title:
            runs = (Run(f"{called}{self.language.colon}"), *from_outside(draft.title, self.language))
            title = words_of_runs(runs)
        return [
            page_break(),
            heading(title, 1),
            *banners(state, self.language),
            *([text(self.language.again(self.as_of.said()))] if self.as_of else ()),
            facts(self._about(state)),
            heading(self.say("Outcome")),
            text(self._said(record.tally.reasons[-1]), "strong"),
            *(text(self._said(beside), "strong") for beside in record.beside_the_outcome),
            *(text(self._said(reason)) for reason in record.tally.reasons[:-1]),
            *self._optional(record),
            heading(self.say("Roll call"), 3),
            facts(self._roll_call(record)),
            heading(self.say("Window")),
            *self._window(record),
            heading(self.say("Replies")),
            *self._replies(record),
            *self._silence(record),
            heading(self.say("From received to counted")),
            facts(self._funnel(record)),
            *self._findings(record),
            *self._clauses(record),
            *self._keys(state),
        ]

    def _said(self, said: Said) -> Words:
        return words_of_runs(self.own.said(said))

    def _written(self, written: str) -> Words:
        return words_of_runs(self.own.written(written))

    def _optional(self, record: Record) -> Iterator[Block]:
        """What the vote has under optional rules of its procedure."""
        if (decided := decided_said(record.state, record.tally)) is not None:
            yield facts([(self.say("decided"), self._said(decided))])
        for section in sections_of(record.state, record.tally):
            yield heading(self.language.again(section.title), 3)
            yield facts([(self._said(title), self._said(said)) for title, said in section.rows])

    def _about(self, state: VoteState) -> list[Row]:
        draft, result = state.draft.act, state.result
        kind = kind_said(state)
        question = (
            self.language.word(draft.question)
            if kind is None
            else words_of_runs(self.own.written(str(kind.values["kind"])))
        )
        rows: list[Row] = [
            (self.say("procedure"), self._written(state.procedure.title)),
            (self.say("question"), question),
        ]
        if draft.sponsors:
            rows.append((self.say("sponsors"), said_members(draft.sponsors, state, self.language)))
        if result is not None:
            when = said_moment(result.act.announced_at, state, self.language)
            number = result.act.resolution
            rows.append((self.say("announced"), when))
            if number:
                rows.append((self.say("resolution"), number))
        rows += [
            (self.say("text ({language})", language=self.language.tongue(code)), sha256, "fixed")
            for code, sha256 in draft.texts.items()
        ]
        return rows

    def _roll_call(self, record: Record) -> list[Row]:
        """A line per position, with its number and the members that took it."""
        state, positions = record.state, record.tally.positions
        rows: list[Row] = []
        for name, number in record.tally.counts.items():
            silent = name == state.procedure.silence.means
            who = [m for m, position in positions.items() if (position or state.procedure.silence.means) == name]
            called = self.language.word(name) if state.is_closed or not silent else self.say("no reply yet")
            names = said_members(who, state, self.language) if who else self.say("none")
            rows.append((self._named(called, self.language.number(number)), names))
        return rows

    def _window(self, record: Record) -> list[Block]:
        state = record.state
        if state.opening is None:
            return [text(self.say("No opening letter is on record."))]
        rows: list[Row] = [
            (self.say("opens"), said_span(state.window.opens, state, self.language)),
            (self.say("closes"), said_end(state, self.language)),
        ]
        blocks = [facts(rows), *(text(self.language.again(moved)) for moved in record.moves_said)]
        picture = picture_of(record, self.language)
        if picture is not None:
            for start in range(0, len(picture.rows), _ROWS):
                rows_here = picture.rows[start : start + _ROWS]
                blocks.append({"kind": "picture", **asdict(replace(picture, rows=rows_here))})
            legend = self.say(
                "A dot is an arrival at a known instant, hollow where it does not count; a dashed bar is a span "
                "within which it lies, as wide as what is unknown; a line below a dot is what timestamps prove. "
                "Grey is the time that may have been within the window; the upright line is the deadline."
            )
            blocks.append(text(legend, "small"))
        return blocks

    def _replies(self, record: Record) -> list[Block]:
        if not record.replies:
            return [text(self.say("No reply is on record."))]
        state = record.state
        say = self.say
        head = [say("member"), say("position"), say("counted"), say("received"), say("placement"), say("strength")]
        rows = [
            [
                self._whose(state, each),
                self._position(state, each),
                self.say("yes") if each.counted else self.say("no"),
                said_moment(each.reply.act.received_at, state, self.language),
                self.language.word(each.verdict.placement),
                self.language.word(each.verdict.strength),
                "" if each.verdict.margin is None else self.language.margin(each.verdict.margin),
            ]
            for each in record.replies
        ]
        found = [block for each in record.replies for block in self._reply(record, each)]
        return [table([*head, say("margin")], rows, (26, 16, 12, 24, 16, 16, 16)), *found]

    def _reply(self, record: Record, each: ReplyRecord) -> list[Block]:
        state, act, paper, verdict = record.state, each.reply.act, each.reply.act.instrument, each.verdict
        rows: list[Row] = [
            (
                self.say("verdict"),
                self.language.join((self.language.word(verdict.placement), self.language.word(verdict.strength))),
            )
        ]
        if verdict.margin is not None:
            rows.append((self.say("margin"), self._margin(each)))
        rows += [(self.say("evidence"), self.language.again(evidence.text)) for evidence in verdict.evidence]
        rows.append((self.say("not proved"), self.language.again(verdict.not_proved)))
        own = (*answer_rows(state, each.reply), *reply_rows(state, each.reply, record.tally))
        rows += [(self._said(name), self._said(said)) for name, said in own]
        rows += [(fid, self._finding(finding)) for fid, finding in record.findings if fid in each.findings]
        rows += [
            (self.say("rejected"), self._rejection(record, rejection.act))
            for rejection in rejections(state, each.reply)
        ]
        if (voided := said_voided(each.reply)) is not None:
            rows.append((self.say("voided"), self.language.again(voided)))
        if paper.signatory:
            latin = f" ({paper.signatory_latin})" if paper.signatory_latin else ""
            rows.append((self.say("signatory"), inert(paper.signatory + latin)))
        if paper.office:
            rows.append((self.say("office"), self.language.word(paper.office)))
        if paper.sha256:
            rows.append((self.say("instrument, SHA-256"), paper.sha256, "fixed"))
        if act.source:
            rows.append((self.say("source"), inert(act.source)))
        return [heading(self._named(self._whose(state, each), self._position(state, each)), 3), facts(rows)]

    def _silence(self, record: Record) -> list[Block]:
        state = record.state
        if record.not_on_record:
            number, who = len(record.not_on_record), said_members(record.not_on_record, state, self.language)
            said = self.say("position not on record ({number}): {members}.", number=number, members=who)
            return [text(said), *self._silent(record)]
        return self._silent(record)

    def _silent(self, record: Record) -> list[Block]:
        if not record.silent:
            return []
        state = record.state
        who = said_members(record.silent, state, self.language)
        if not state.is_closed:
            return [text(self.say("No reply yet: {members}.", members=who))]
        means = self.language.word(state.procedure.silence.means)
        said = self.say("Silent, counted as {means}: {members}.", means=means, members=who)
        return [text(said), text(self.language.again(record.silence_not_proved))]

    def _funnel(self, record: Record) -> list[Row]:
        number = self.language.number
        voided = sum(each.reply.voided is not None for each in record.replies)
        clauses = Counter(
            r.act.clause
            for each in record.replies
            for r in rejections(record.state, each.reply)[:1]
            if not each.reply.voided
        )
        rejected = [
            (self.say("rejected"), self.say("{number} (clause {clause})", number=number(n), clause=clause))
            for clause, n in clauses.items()
        ]
        counted = sum(each.counted for each in record.replies)
        acknowledged = sum(each.reply.acknowledged is not None for each in record.replies)
        return [
            (self.say("received"), number(len(record.replies))),
            *([(self.say("voided"), number(voided))] if voided else []),
            *(rejected or [(self.say("rejected"), number(0))]),
            (self.say("counted"), number(counted)),
            (self.say("acknowledged"), number(acknowledged)),
        ]

    def _findings(self, record: Record) -> list[Block]:
        """The findings in groups, those that bear on the outcome first; each reply lists its own too."""
        groups = record.groups
        if not groups:
            return []
        rows: list[list[Words]] = [
            [said_ids(g.ids), self.language.word(g.severity), self._group(record, g)] for g in groups
        ]
        head = [self.say("finding"), self.say("severity"), self.say("what it says")]
        counted = text(self.language.again(summary(groups)), "strong")
        return [heading(self.say("Findings")), counted, table(head, rows, (14, 12, 74))]

    def _group(self, record: Record, group: Group) -> Words:
        said = _by_clause(group.clause, group.said)
        if group.about and not group.named:
            about = said_about(group.about, record.state.procedure.names, self.language)
            said = Said.of("{name}: {value}", name=about, value=said)
        return self._said(said)

    def _clauses(self, record: Record) -> list[Block]:
        """The clauses that findings and outcome cite, with their sources."""
        rules = record.state.procedure
        cited = {finding.clause for _, finding in record.findings}
        cited |= {condition.clause for condition in rules.decision.conditions}
        rows = [[c.id, self._written(c.text), self._written(c.source)] for c in rules.clauses if c.id in cited]
        head = [self.say("clause"), self.say("what it says"), self.say("source")]
        return [
            heading(self.say("Clauses cited")),
            table(head, rows, (18, 44, 38)),
            facts([(self.say("procedure, SHA-256"), rules.sha256, "fixed")]),
        ]

    def _keys(self, state: VoteState) -> list[Block]:
        if state.snapshot is None:
            return []
        rows = [
            [self.language.word(grant.office), grant.member or "", inert(grant.holder or ""), grant.key[:16]]
            for grant in state.snapshot.keys
        ]
        key = self.say("key (first 16 digits of its id)")
        head = [self.say("office"), self.say("member"), self.say("holder"), key]
        return [heading(self.say("Keys and offices at the opening")), table(head, rows, (26, 14, 34, 26))]

    def verification(self, found: Verification) -> list[Block]:
        """Whether what the record rests on holds, and how to check that oneself."""
        held = (
            self.say("Every check passed.")
            if found.holds
            else self.say("IT DOES NOT HOLD. The first fault comes first.")
        )
        blocks = [heading(self.say("Verification")), text(held, "text" if found.holds else "banner")]
        if found.problems:
            rows = [
                [
                    f"{p.check} {self.language.word(NAMES[p.check - 1])}",
                    "" if p.entry is None else str(p.entry),
                    self.language.written(p.text),
                ]
                for p in found.problems
            ]
            blocks.append(table([self.say("check"), self.say("entry"), self.say("what it says")], rows, (18, 10, 72)))
        if found.checkpoint is not None:
            checkpoint = found.checkpoint
            rows_of_head: list[Row] = [
                (self.say("log"), checkpoint.origin),
                (self.say("checkpoint"), self.language.plural("{number} entry", "{number} entries", checkpoint.size)),
                (self.say("root"), encode_base64(checkpoint.root), "fixed"),
            ]
            blocks.append(facts(rows_of_head))
        blocks.append(items(self.language.again(each) for each in found.not_proved))
        how = self.say(
            "This paper cannot vouch for itself. Ask the registrar for the evidence bundle of this vote, and run "
            "inblue verify on it with a trust file that you have from somebody else; or check signatures, root and "
            "digests with other tools, as its README says. The root above is the one to compare with a checkpoint "
            "that somebody else has kept."
        )
        return [*blocks, heading(self.say("How to verify this yourself"), 3), text(how)]

    def _finding(self, finding: Finding) -> Words:
        said = Said.of("{name}: {value}", name=Word(finding.severity), value=finding.text)
        return self._said(_by_clause(finding.clause, said))

    def _named(self, name: str, value: str) -> str:
        return self.say("{name}: {value}", name=name, value=value)

    def _rejection(self, record: Record, act: ReplyRejected) -> str:
        reason = said_reason(act.reason, (finding for _, finding in record.findings), self.language)
        return self.say("{text} (clause {clause})", text=reason, clause=act.clause)

    def _whose(self, state: VoteState, each: ReplyRecord) -> str:
        name = self.language.member(each.reply.member, state.procedure.names)
        return name if each.reply.ordinal == 1 else f"{name} ({each.reply.ordinal})"

    def _position(self, state: VoteState, each: ReplyRecord) -> str:
        return said_position(each.reply, state, self.language)

    def _margin(self, each: ReplyRecord) -> str:
        margin = each.verdict.margin
        if margin is None:
            return ""
        length = self.language.duration(abs(margin))
        if margin.total_seconds() < 0:
            return self.say("{length} after the close", length=length)
        return self.say("{length} before the close", length=length)


def _by_clause(clause: str | None, said: Said) -> Said:
    return said if clause is None else Said.of("{text} (clause {clause})", text=said, clause=clause)
