"""The votes: their list, a roll call at any moment, the acts, the record as JSON, page and paper, and the deadline."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...domain.errors import Refused
from ...domain.instant import format_instant
from ...domain.naming import read_name
from ...domain.state import VoteState
from ...domain.window_said import end_said
from ...ledger.audit.bundle import verify_bundle
from ...ledger.errors import NotFound
from ...ledger.ledger import Ledger
from ...ledger.operations.export import export
from ...ledger.projections.as_of import as_of_json
from ...ledger.projections.record import Record, audit_json, record_of
from ...ledger.projections.replay import Replay, replay_json
from ...ledger.projections.roll_call import roll_call, status_json
from ...ledger.projections.summary import summary_json, summary_of
from ..desk import documents
from ..documents.page import build_page
from ..language.choose import language
from ..letters.calendar import calendar_of
from .answers import HTML, Answer, UnavailableError, bounded, json_answer
from .service import Shown

_POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')


def votes(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """A page of summaries of the votes that are over; and of open votes, symbol and deadline."""
    start, limit = given["start"], given["limit"]
    names = shown.horizon.votes()
    listed = [_listed(shown, name) for name in names[start : start + limit]]
    open_ = [open_json(name, closes) for name, closes in shown.horizon.open_votes()]
    following = start + len(listed)
    return json_answer(
        {
            "format": "inblue-served-votes/1",
            "entries": shown.size,
            "votes": listed,
            "of": len(names),
            "next": following if following < len(names) else None,
            "open": open_[:1000],
        }
    )


def open_json(name: str, closes: Any) -> dict[str, Any]:
    """What is shown of an open vote."""
    symbol, round_ = read_name(name)
    return {"draft": symbol, "round": round_, "closes_at": None if closes is None else format_instant(closes)}


def _listed(shown: Shown, name: str) -> dict[str, Any]:
    state = shown.vote(name)
    call = roll_call(state, _now(shown, state))
    return {**summary_json(summary_of(record_of(state))), "phase": call.phase}


def status(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """The roll call, now or at a moment."""
    book = shown.of(given["vote"])
    state = book.vote(given["vote"])
    if given["at"] is None:
        call = roll_call(state, _now(shown, state))
    else:
        told = Replay(book.acts(given["vote"]), book.documents).at(given["at"], given["as"])
        if told is None:
            raise NotFound(f"nothing of the vote on {given['vote']} was on record at that moment")
        call = told
    return json_answer({"format": "inblue-status/1", "as_of": _as_of(shown, book), "votes": [status_json(call)]})


def replay(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """The vote act by act."""
    book = shown.of(given["vote"])
    told = Replay(book.acts(given["vote"]), book.documents)
    steps = replay_json(told, given["as"] or "known")
    return json_answer({"format": "inblue-replay/1", "as_of": _as_of(shown, book), "votes": [steps]})


def audit(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """The record of a vote, as ``inblue audit --json`` prints it."""
    name = given["vote"]
    return shown.service.kept(shown.key("audit", name), lambda: _audit(shown, name))


def _audit(shown: Shown, name: str) -> Answer:
    book = shown.of(name)
    as_of, trusted = None, False
    record = record_of(book.vote(name), observations=lambda message: book.observations(message.received))
    if book is shown.service.ledger or shown.horizon.covers(name):
        record, as_of, trusted = _verified(book, shown, name)
    return json_answer(
        {
            "format": "inblue-audit/1",
            "as_of": as_of,
            "trusted": trusted,
            "votes": [audit_json(record)],
            "shared_papers": [],
        }
    )


def _verified(book: Ledger, shown: Shown, name: str) -> tuple[Record, dict[str, int] | None, bool]:
    """The record with what timestamps prove. The bundle that shows it is not served: it contains other votes."""
    with tempfile.TemporaryDirectory(prefix="inblue-") as folder:
        path = export(book, Path(folder) / "vote.zip", vote=name, include_open=True).path
        found = verify_bundle(path, shown.service.trust)
    as_of = as_of_json(found.as_of) if book is shown.book else None
    return found.record(name), as_of, found.trusted


def page(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """The record as a page that checks itself."""
    name, lang = given["vote"], given["lang"]

    def made() -> Answer:
        book = _provable(shown, name)
        with tempfile.TemporaryDirectory(prefix="inblue-") as folder:
            path = export(book, Path(folder) / "vote.zip", vote=name, include_open=True).path
            told = build_page(path, name, shown.service.trust, language(lang), attach=shown.service.with_files)
        policy = _POLICY.search(told.html)
        held = f"{policy[1] if policy else ''}; frame-ancestors 'none'"
        return bounded(Answer(told.html.encode(), HTML, policy=held))

    return shown.service.kept(shown.key("page", name, lang), made)


def paper(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """The record on paper."""
    name, lang = given["vote"], given["lang"]

    def made() -> Answer:
        book = _provable(shown, name)
        try:
            content = documents.pdf(book, name, trust=shown.service.trust, lang=lang)
        except NotFound as error:  # the vote exists: a typesetter or a font is missing
            raise UnavailableError(None, f"no paper can be made here: {error}") from None
        return bounded(Answer(content, "application/pdf", named="record.pdf"))

    return shown.service.kept(shown.key("paper", name, lang), made)


def _provable(shown: Shown, name: str) -> Ledger:
    """The ledger for a page, which also has entries of other votes in the same range of the log.

    Raises:
        Refused: one of those is open, or no checkpoint that can be shown covers the vote.
    """
    book = shown.of(name)
    if not shown.whole and not shown.horizon.covers(name):
        waits = ", ".join(each.name for each in shown.horizon.open_votes()[:3])
        said = f"the record of {name} is proved together with entries of open votes; it waits for {waits}"
        raise Refused(None, said)
    return book


def calendar(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """The deadline of a vote, open or not, for a calendar (RFC 5545)."""
    name = given["vote"]
    open_ = shown.horizon.open_vote(name)
    closes = open_.closes_at if open_ is not None else shown.vote(name).window.closes_at
    if closes is None:
        end = end_said(shown.service.ledger.vote(name))
        raise NotFound(f"no deadline of the vote on {name} is known" + (f": {end}" if end is not None else ""))
    state = shown.service.ledger.vote(name)
    moves = len(state.moves) + len(state.suspensions)
    body = calendar_of(name, closes, shown.service.ledger.log_keys()[0].name, moves)
    return Answer(body, "text/calendar; charset=utf-8", named="deadline.ics")


def _as_of(shown: Shown, book: Ledger) -> dict[str, int] | None:
    return as_of_json(shown.as_of(book))


def _now(shown: Shown, state: VoteState) -> Any:
    simulated = state.draft.act.times == "simulated"
    return state.last_recorded_at if simulated and state.last_recorded_at else shown.service.ledger.clock()
