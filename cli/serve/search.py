"""Pages for people: the votes, and whether an entry, paper or receipt is in the log; and the same answer as JSON."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from markupsafe import Markup

from ...domain.canonical import parse_json
from ...domain.errors import InblueError, Malformed
from ...domain.instant import Span
from ...domain.phrase import Said
from ...domain.titles import outcome_said
from ...domain.zone import zone
from ...ledger.evidence.receipt import MAX_RECEIPT_BYTES
from ...ledger.projections.record import record_of
from ...ledger.projections.roll_call import roll_call
from ...ledger.projections.summary import summary_of
from ...ledger.showing.lookup import Found, digest_found, found_json, receipt_found
from ..documents.html import templates
from ..documents.marked import html_of_runs
from ..language.choose import language
from ..language.english import Language
from ..language.optional_said import alone
from ..language.own_words import OwnWords
from ..language.phrases import said_vote
from .answers import HTML, Answer, json_answer
from .parameters import MOST_VOTES
from .service import Shown

MOST_FORM = 3 * MAX_RECEIPT_BYTES + 1_000
_STYLES = Path(__file__).parents[1] / "documents" / "templates"


def lookup(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """Whether a digest is that of an entry, or of a file that an entry names."""
    return _as_json(digest_found(shown.horizon, shown.book, given["digest"], shown.size))


def lookup_receipt(shown: Shown, body: bytes) -> Answer:
    """Whether a receipt is of this log, and its entry in its place."""
    return _as_json(receipt_found(shown.horizon, shown.book, body))


def _as_json(found: Found) -> Answer:
    return json_answer({"format": "inblue-lookup/1", **found_json(found)})


def front(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """The page of the votes, the last ones first."""
    lang, start = language(given["lang"]), given["start"]
    names = shown.horizon.votes()[::-1]
    votes = [_of(shown, name, lang) for name in names[start : start + MOST_VOTES]]
    open_ = [(name, closes) for name, closes in shown.horizon.open_votes()]
    more = start + MOST_VOTES if start + MOST_VOTES < len(names) else None
    return _page(shown, lang, kind="votes", votes=votes, open=open_[:100], more=more, start=start, of=len(names))


def _of(shown: Shown, name: str, lang: Language) -> dict[str, Any]:
    state = shown.vote(name)
    summary = summary_of(record_of(state))
    call = roll_call(state, state.last_recorded_at or state.draft.recorded_at)
    tally = summary.record.tally
    result = state.result.act if state.result is not None else None
    own, rtl = OwnWords(state.procedure, lang), lang.direction == "rtl"
    named = outcome_said(state.procedure, tally.outcome)
    outcome = named if isinstance(named, Said) else alone(named)
    counts = ", ".join(
        f"{lang.number(number)} {lang.word(choice)}" for choice, number in tally.counts.items() if number
    )
    return {
        "name": name,
        "called": said_vote(state, lang),
        "title": state.draft.act.title,
        "body": html_of_runs(own.written(state.procedure.body), marked=rtl),
        "times": state.draft.act.times,
        "held": _days(summary.held, state.zone, lang),
        "phase": lang.again(call.phase_said),
        "outcome": html_of_runs(own.said(outcome), marked=rtl) if state.is_closed else None,
        "counts": counts,
        "resolution": result.resolution if result is not None else None,
        "beside": [lang.again(each) for each in summary.record.beside_the_outcome],
        "provable": shown.whole or shown.horizon.covers(name),
    }


def _days(held: Span, clock: ZoneInfo, lang: Language) -> str:
    """The days on which a vote was held, by its zone."""
    days = [each.astimezone(clock).date() for each in (held.earliest, held.latest) if each is not None]
    return " \u2013 ".join(dict.fromkeys(map(lang.day, days))) or lang.say("not known")


def search(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """The page where a digest or a receipt is pasted, and its answer."""
    lang = language(given["lang"])
    return _answered(shown, lang, given["q"]) if given["q"] else _page(shown, lang, kind="search", asked="")


def search_form(shown: Shown, given: Mapping[str, Any], body: bytes) -> Answer:
    """The same for what is too long for an address: sent as a form, and not kept."""
    try:
        fields = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=4, errors="strict"))
    except ValueError:
        raise Malformed("not a form as a browser sends it") from None
    return _answered(shown, language(given["lang"]), fields.get("q", ""))


def _answered(shown: Shown, lang: Language, asked: str) -> Answer:
    text = asked.strip()
    fault, found = None, None
    try:
        if len(text) == 64 and all(each in "0123456789abcdefABCDEF" for each in text):
            found = digest_found(shown.horizon, shown.book, text.lower(), shown.size)
        elif text.startswith("{"):
            parse_json(text.encode(), where="the receipt", limit=MAX_RECEIPT_BYTES)
            found = receipt_found(shown.horizon, shown.book, text.encode())
        else:
            raise Malformed("a digest has 64 hex digits, and a receipt is the whole file, from { to }")
    except (Malformed, InblueError) as error:
        if not isinstance(error, Malformed):
            raise
        fault = str(error)
    return _page(shown, lang, kind="search", asked=text[:4_000], found=found, fault=fault)


def _page(shown: Shown, lang: Language, **more: Any) -> Answer:
    style = _style()
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    head = shown.book.log.head()
    html = (
        templates(lang.direction == "rtl")
        .get_template("serve.html")
        .render(
            {"found": None, "fault": None, "more": None, "start": 0, **more},
            lang=lang,
            say=lang.say,
            plural=lang.plural,
            again=lang.again,
            when=lambda at: _when(at, lang),
            with_files=shown.service.with_files,
            size=shown.size,
            signed=head.size if head is not None else None,
            origin=shown.book.log_keys()[0].name,
            style=Markup(style),  # noqa: S704 - our own
        )
    )
    policy = (
        f"default-src 'none'; style-src 'sha256-{allowed}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return Answer(html.encode(), HTML, policy=policy)


def _when(at: datetime | None, lang: Language) -> str:
    return lang.say("not known") if at is None else lang.instant(at, zone("UTC"))


@cache
def _style() -> str:
    return "".join((_STYLES / name).read_text(encoding="utf-8") for name in ("page.css", "serve.css"))
