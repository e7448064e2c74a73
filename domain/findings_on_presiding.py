"""Findings on who presided: letters, or the announcement, of a member in another member's month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from .describe import letter_said
from .finding import Finding
from .phrase import Said
from .rules_of import presiding
from .state import VoteState


def on_who_presided(state: VoteState) -> Iterator[Finding]:
    """Letters, and the announcement, of a member in a month in which another member presided."""
    procedure, result = state.procedure, state.result
    if state.snapshot is None or state.snapshot.format == "inblue-snapshot/1":
        return
    sent: list[tuple[int, str | None, date | None, str, Said]] = []
    for letter in state.letters:
        act, clause = letter.act, presiding(procedure, procedure.opening).clause
        undated = None if state.documented or act.kind != "opening" else letter.recorded_at  # as its recorder judged it
        sent.append((letter.number, act.sender, act.dated or act.sent_at or undated, clause, letter_said(act.kind)))
    if result is not None:
        clause = presiding(procedure, procedure.announcement or procedure.window).clause
        at = result.act.announced_at or (None if state.documented else result.recorded_at)
        sent.append((result.number, result.act.by, at, clause, Said.of("announcement")))
    for number, member, moment, clause, what in sent:
        presided = state.president_in(state.span(moment))
        if member is not None and presided is not None and member != presided:
            text = Said.of(
                "{what} by {member}; {president} presided then",
                what=what,
                member=procedure.said(member),
                president=procedure.said(presided),
            )
            yield Finding("presider_other", clause, "flag", text, member, given={"act": number, "president": presided})
