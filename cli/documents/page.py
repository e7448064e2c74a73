"""The page: one HTML file of one vote, from a bundle and from nothing else.

It needs no network and no script but the one that checks it. Every text that comes from a ledger is escaped, and a
Content-Security-Policy lets nothing run or load but what the page was made with. Its content comes from the record and
the verification; its layout is in ``templates/``.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from ...domain.acts import DraftCirculated
from ...domain.errors import InblueError
from ...domain.finding import Finding
from ...domain.finding_groups import Group, summary
from ...domain.inert import inert
from ...domain.instant import Span
from ...domain.phrase import Said
from ...domain.said_counts import said_number_of
from ...domain.state import VoteState
from ...domain.titles import failing_said, outcome_title
from ...domain.validity import rejections
from ...domain.zone import zone
from ...ledger.audit.bundle import verify_bundle
from ...ledger.audit.result import Verification
from ...ledger.entries.entry import read_entry
from ...ledger.evidence.bundle import CHECKPOINT, ENTRIES, FILE_PREFIX, FOLDER, LOG_JSON, REGISTER, BundleFiles, LogPart
from ...ledger.evidence.container import Container
from ...ledger.evidence.trust import Trust
from ...ledger.outside import open_outside
from ...ledger.projections.record import Record, ReplyRecord
from ...ledger.projections.roll_call import RollCall, SeatLine, roll_call
from ...ledger.standards.dsse import MAX_ENTRY_BYTES
from ..charts.chart_screen import chart_of, whose
from ..language.english import Language
from ..language.optional_said import answer_rows, answers_said, decided_said, reply_rows, sections_of
from ..language.own_words import OwnWords, from_outside
from ..language.phrases import kind_said, said_about, said_position, said_reason, said_voided, said_vote
from .html import in_script, page_policy, templates, unbroken
from .marked import html_of_runs
from .page_words import checks_explained, words_of_the_check

_CARRIED = {"entries": ENTRIES, "register": REGISTER, "log": LOG_JSON, "checkpoint": CHECKPOINT}
_MOST_CARRIED = 200_000_000
_LARGEST_ATTACHED, _MOST_ATTACHED = 16_384, 65_536
_MANY = 40
"""A roll call of more members lists the silent ones in a paragraph."""
_GROUPED = 250
"""A larger roll call is shown by position, and this many replies only when they are opened."""

_EXTENSIONS = {"application/pdf": "pdf", "message/rfc822": "eml", "text/plain": "txt", "image/png": "png"}


class Page(NamedTuple):
    """A page, and what verification found of its source."""

    html: str
    verification: Verification


class Attached(NamedTuple):
    """An instrument that the page carries itself: the data URI that saves it, and the name it is saved under."""

    uri: Markup
    name: str


class Vote(NamedTuple):
    """The contents of the page on a vote that can be read."""

    record: Record
    call: RollCall
    seats: tuple[SeatLine, ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    quiet: tuple[SeatLine, ...]
    unknown: tuple[SeatLine, ...]
    attached: Mapping[str, Attached]

    @property
    def state(self) -> VoteState:
        """The vote."""
        return self.record.state


def votes_in(path: Path) -> tuple[str, ...]:
    """The symbols of the votes that a bundle is about; nothing is verified.

    Raises:
        Malformed: not a bundle.
    """
    with Container.open(path) as container:
        raw = container.read(FOLDER + LOG_JSON, limit=_MOST_CARRIED)
    return LogPart.read(raw, where=LOG_JSON, limit=_MOST_CARRIED).votes


def build_page(path: Path, symbol: str | None, trust: Trust | None, lang: Language, *, attach: bool = True) -> Page:
    """The page on the vote called ``symbol`` in the bundle at ``path``; None where nothing can be read of any vote.

    With ``attach``, it includes the papers that are small enough.

    Raises:
        Malformed: not a bundle.
    """
    found = verify_bundle(path, trust)
    with Container.open(path) as container:
        carried: dict[str, Any] = {name: _member(container, member) for name, member in _CARRIED.items()}
        carried["documents"] = dict(_procedures(container))
        state = found.states.get(symbol or "")
        vote = None if state is None else _vote(state, found, BundleFiles(container) if attach else None, lang)
    with open_outside(path) as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    called = symbol if state is None else said_vote(state, lang)
    html = _render(lang, vote=vote, symbol=called, found=found, carried=carried, sha256=sha256)
    return Page(html, found)


def _vote(state: VoteState, found: Verification, files: BundleFiles | None, lang: Language) -> Vote:
    record = found.record(state.name, state=state)
    call = roll_call(state, state.last_recorded_at or state.draft.recorded_at)
    named = bool(state.procedure.names)  # others are listed as their roster lists them
    seats = sorted(call.seats, key=lambda seat: _alphabetical(seat.name)) if named else list(call.seats)
    large = len(seats) > _MANY
    groups = _by_position(call, lang) if len(seats) > _GROUPED else ()
    shown = tuple(seat for seat in seats if seat.replies or not large)
    unheard = [seat for seat in seats if large and not seat.replies]
    quiet, unknown = (tuple(seat for seat in unheard if seat.known is known) for known in (True, False))
    attached = {} if files is None else dict(_attached(record.replies, files))
    return Vote(record, call, shown, groups, quiet, unknown, attached)


def _by_position(call: RollCall, lang: Language) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The members of each position, the largest group first; silence is worded as in the roll call."""
    own, silence = OwnWords(call.state.procedure, lang), call.state.procedure.silence.means
    found: dict[str, list[str]] = {}
    for seat in call.seats:
        found.setdefault(seat.position or silence, []).append(seat.member)
    listed = sorted(found.items(), key=lambda each: -len(each[1]))
    unheard = not call.state.is_closed
    return tuple(
        (
            lang.say("no reply yet")
            if unheard and name == silence
            else html_of_runs(own.word(name), marked=lang.direction == "rtl"),
            tuple(members),
        )
        for name, members in listed
    )


def _alphabetical(name: str) -> str:
    """English order, ignoring accents and capitals."""
    return "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char)).casefold()


def _attached(replies: Iterable[ReplyRecord], files: BundleFiles) -> Iterable[tuple[str, Attached]]:
    """The instruments that are small enough to travel in the page, by digest."""
    room, done = _MOST_ATTACHED, set[str]()
    for each in replies:
        paper = each.reply.act.instrument
        if paper.sha256 is None or paper.sha256 in done:
            continue
        try:
            content = files.get(paper.sha256)
        except InblueError:
            continue  # missing, or another file: verification reports that
        if len(content) > min(room, _LARGEST_ATTACHED):
            continue
        room -= len(content)
        done.add(paper.sha256)
        extension = _EXTENSIONS.get(paper.media_type or "", "bin")
        # Whatever type it claims, it is saved and never opened here.
        uri = Markup("data:application/octet-stream;base64," + base64.b64encode(content).decode())  # noqa: S704
        yield paper.sha256, Attached(uri, f"{each.reply.member}-{paper.sha256[:16]}.{extension}")


def _procedures(container: Container) -> Iterable[tuple[str, str]]:
    """The procedures of the votes that begin in the range: by digest, a character for each byte."""
    named, files = set[str](), BundleFiles(container)
    for raw in container.lines(FOLDER + ENTRIES, limit=MAX_ENTRY_BYTES):
        try:
            act = read_entry(raw).act
            if not isinstance(act, DraftCirculated) or act.procedure in named:
                continue
            named.add(act.procedure)
            yield act.procedure, files.get(act.procedure).decode("latin-1")
        except InblueError:
            continue  # no entry, or the file is missing or another one: verification reports that


def _member(container: Container, name: str) -> str:
    """A member of a bundle, a character for each byte."""
    return container.read(FOLDER + name, limit=_MOST_CARRIED).decode("latin-1")


@cache
def _templates(marked: bool) -> Environment:
    """The templates; ``marked`` as :func:`.templates` has it."""
    environment = templates(marked, trim_blocks=False)
    environment.filters["say_member"] = _say_member
    environment.filters["groupby_clause"] = _by_clause
    return environment


@pass_context
def _say_member(context: Context, member: str) -> str:
    """The name of a member on the page being rendered."""
    said: str = context["name"](member)
    return said


def _render(lang: Language, **shown: Any) -> str:
    environment = _templates(lang.direction == "rtl")
    style, script = (environment.loader.get_source(environment, name)[0] for name in ("page.css", "check.js"))  # type: ignore[union-attr]
    policy = page_policy(style, script)
    vote: Vote | None = shown["vote"]
    names = vote.state.procedure.names if vote else {}
    clock = vote.state.zone if vote else zone("UTC")
    own = OwnWords(vote.state.procedure if vote else None, lang)
    found: Verification = shown["found"]
    witnesses = getattr(found, "witnesses", ())  # each with a name, a size, and an instant by its own clock, or None

    def when(moment: datetime | date | None) -> str:
        if moment is None:
            return lang.say("not known")
        return lang.instant(moment, clock) if isinstance(moment, datetime) else lang.day(moment)

    html = environment.get_template("page.html").render(
        **shown,
        **vote._asdict() if vote else {},
        state=vote.state if vote else None,
        lang=lang,
        inert=inert,
        say=lang.say,
        plural=lang.plural,
        again=lang.again,
        written=lang.written,
        word=lang.word,
        name=lambda member: lang.member(member, names),
        **_optional(vote, own),
        whose=lambda reply: whose(reply, names, lang),
        position=lambda reply: said_position(reply, vote.state, lang) if vote else "",
        when=when,
        span=lambda span: lang.span(span, clock),
        proved=lambda each: Span(each.verdict.not_before, each.verdict.not_after),
        stamped=lambda stamp: Span(stamp.timestamp.not_before, stamp.timestamp.not_after),
        joined=lang.join,
        zone=clock.key,
        chart=chart_of(_drawn(vote.record), found.timestamps, witnesses, lang) if vote else None,
        about=lambda replies: said_about(replies, names, lang),
        because=lambda record, each: _because(record, each, lang),
        summary=lambda groups: lang.again(summary(groups)),
        checks=checks_explained(lang),
        failing={problem.check for problem in found.problems},
        witnesses=witnesses,
        folder=FOLDER + FILE_PREFIX,
        checkpoint_note=shown["carried"]["checkpoint"].encode("latin-1").decode("utf-8", "replace"),
        style=Markup(style),  # noqa: S704 - our own
        script=Markup(script),  # noqa: S704
        policy=Markup(policy),  # noqa: S704
        evidence=in_script(shown["carried"]),
        words=in_script(words_of_the_check(lang)),
    )
    return unbroken(html)


def _drawn(record: Record) -> Record:
    """The record to draw: if there are very many replies, none has a row of its own."""
    return replace(record, replies=()) if len(record.replies) > _GROUPED else record


def _count(choice: str, number: int, own: OwnWords) -> Markup | str:
    """How many took a position, in words that agree with the number; a position of the body's own keeps its name."""
    said, figures = said_number_of(number, (choice,)), escape(own.language.number(number))
    if said is None:
        return Markup("<b>{}</b> {}").format(
            figures, html_of_runs(own.word(choice), marked=own.language.direction == "rtl")
        )
    text = escape(inert(own.language.again(said), marked=own.language.direction == "rtl"))
    return text.replace(figures, Markup("<b>{}</b>").format(figures))


def _optional(vote: Vote | None, own: OwnWords) -> dict[str, Any]:
    """What a page says under optional rules, and how it marks the body's own words."""
    rtl = own.language.direction == "rtl"
    shown: dict[str, Any] = {
        "own": lambda text: html_of_runs(own.written(text), marked=rtl),
        "own_word": lambda identifier: html_of_runs(own.word(identifier), marked=rtl),
        "count": lambda choice, number: _count(choice, number, own),
        "outside": lambda written: html_of_runs(from_outside(written, own.language), marked=rtl),
        "marked": lambda said: html_of_runs(own.said(said), marked=rtl),
        "sections": (),
    }
    if vote is None:
        return shown
    state, counted = vote.state, vote.record.tally
    decided = decided_said(state, counted)

    def has_words(outcome: str) -> bool:
        return failing_said(state.procedure, outcome) is not None or outcome_title(state.procedure, outcome) is not None

    def answers(member: str) -> tuple[Said, ...]:
        return answers_said(state, {each.question: each.answers.get(member) for each in counted.questions})

    def marked_about(group: Group) -> str:
        about = said_about(group.about, state.procedure.names, own.language)
        return html_of_runs(own.said(Said.of("{name}: {value}", name=about, value=group.said)), marked=rtl)

    return {
        **shown,
        "sections": sections_of(state, counted),
        "kind": kind_said(state),
        "decided": None if decided is None else own.language.again(decided),
        "has_words": has_words,
        "answers": answers,
        "optional_rows": lambda reply: (*answer_rows(state, reply), *reply_rows(state, reply, counted)),
        "marked_about": marked_about,
        "many": len(vote.record.replies) > _GROUPED,
    }


def _because(record: Record, each: ReplyRecord, lang: Language) -> str:
    """Why a reply does not count: the recorded reasons, or else the findings, each with its clause."""
    found, state = dict(record.findings), record.state
    if (voided := said_voided(each.reply)) is not None:
        return lang.again(voided)
    said = [(r.act.clause, said_reason(r.act.reason, found.values(), lang)) for r in rejections(state, each.reply)]
    if not said:
        raised = [found[fid] for fid in each.findings if found[fid].severity == "reject"]
        said = [(finding.clause or "", lang.again(finding.text)) for finding in raised]
    if not said and (taken_back := [f for f in found.values() if f.kind == "withdrawn" and _is_on(f, each)]):
        return lang.again(taken_back[0].text)
    if not said and each.reply.act.says is not None:
        return lang.say("it takes no position")
    if not said:
        return lang.say("another reply of this member stands")
    return " · ".join(
        lang.say("{text} (clause {clause})", text=text, clause=lang.word(clause)) if clause else text
        for clause, text in said
    )


def _is_on(finding: Finding, each: ReplyRecord) -> bool:
    return (finding.member, finding.reply) == (each.reply.member, each.reply.ordinal)


def _by_clause(groups: Iterable[Group]) -> list[tuple[str | None, list[Group]]]:
    """Groups of findings by clause: the clause of the first finding first, findings without a clause last."""
    found: dict[str | None, list[Group]] = {}
    for group in groups:
        found.setdefault(group.clause, []).append(group)
    return sorted(found.items(), key=lambda each: each[0] is None)
