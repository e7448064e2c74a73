"""Findings on entries that were wrong and were taken back or corrected."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from .acts import ClericalErrorCorrected
from .describe import describe, entry_said
from .finding import Fact, Finding
from .phrase import Said, Value, Word
from .rules_of import annulment
from .state import VoteState
from .voiding import successor
from .wording import words


def on_what_was_taken_back(state: VoteState) -> Iterator[Finding]:
    """Every entry that was voided, every correction of the draft or of an announcement, and an annulment."""
    rule, since = state.procedure.corrections, state.at_close.version if state.at_close else None
    for entry, by in state.voided:
        reply = state.reply_in(entry.number)
        again = successor(state, reply) if reply else None
        what, number = entry_said(entry, state), entry.number
        text = Said.of(
            "act {number} ({what}) was voided by act {by}: {reason}",
            number=number,
            what=what,
            by=by.number,
            reason=by.act.reason,
        )
        if again is not None:
            text = Said.of("{finding}; entered again as act {number}", finding=text, number=again.entered.number)
        severity = state.procedure.effect(rule) if since is None or by.number < since else "flag"
        member, ordinal = (reply.member, reply.ordinal) if reply else (None, None)
        given: dict[str, Fact] = {"act": number, "by": by.number, "again": again.entered.number if again else None}
        yield Finding("voided", rule.clause, severity, text, member, ordinal, given)
    for number in state.disowned:
        text = Said.of("act {number} was signed by no key in authority, and has no effect", number=number)
        yield Finding("disowned", None, "note", text, given={"act": number})
    for each in state.draft_corrections:
        was, now = _particulars(each.act.was), _particulars(each.act.now)
        text = Said.of(
            "draft: {field} corrected from {was} to {now}: {reason}",
            field=each.act.field,
            was=was,
            now=now,
            reason=each.act.reason,
        )
        given = {"act": each.number, "field": each.act.field, "was": was, "now": now}
        yield Finding("draft_corrected", rule.clause, "note", text, given=given)
    for before, after in pairwise((*state.corrected_results, state.result)):
        if before is not None and after is not None:
            text = Said.of(
                "the announcement of act {number} ({was}) was corrected by act {by} ({now})",
                number=before.number,
                was=describe(before.act, state),
                by=after.number,
                now=describe(after.act, state),
            )
            clause = (state.procedure.announcement or state.procedure.window).clause
            yield Finding("announcement_corrected", clause, "flag", text)
    yield from on_the_annulment(state)


def on_the_annulment(state: VoteState) -> Iterator[Finding]:
    """That the vote was annulled."""
    if (annulled := state.annulled) is not None and (rule := annulment(state.procedure)) is not None:
        text = Said.of(
            "the vote was annulled by act {number}: {reason}", number=annulled.number, reason=annulled.act.reason
        )
        yield Finding("annulled", rule.clause, state.procedure.effect(rule), text, given={"act": annulled.number})


def _particulars(value: str | tuple[str, ...] | dict[str, str] | None) -> Value:
    """One of a draft's particulars for a sentence: texts by language, each with the start of its digest."""
    if isinstance(value, dict):
        value = tuple(f"{language} {digest[:8]}" for language, digest in value.items())
    if isinstance(value, tuple):
        return tuple(value) or Said.of("nothing")
    return Said.of("nothing") if value is None else words(value) if "_" in value else value


def correction_said(correction: ClericalErrorCorrected) -> Said:
    """What a correction of a reply did, and why."""
    field = correction.field
    return Said.of(
        "{field} corrected from {was} to {now}: {reason}",
        field=field,
        was=_shown(field, correction.was),
        now=_shown(field, correction.now),
        reason=correction.reason,
    )


_NAMED = ("position", "explanation", "form", "office", "office_in_heading", "addressee")


def _shown(field: str, value: bool | str | None) -> Value:
    if isinstance(value, str):
        return Word(value) if field.rpartition(".")[2] in _NAMED else words(value)
    return Said.of("nothing") if value is None else Said.of("true") if value else Said.of("false")
