"""Findings on a vote's sources: papers used for several replies, withdrawn replies, positions that no source gives."""

from __future__ import annotations

from collections.abc import Iterator

from .certainty import known_of, possible_outcomes
from .finding import Fact, Finding
from .on_record import not_on_record, positions_of, said_of_unknown, voided_after_close
from .phrase import AnyOf, Code, Said, Word
from .procedure import Procedure2
from .procedure_rules import Effect
from .recorded import Reply
from .rules_of import withdrawal_rule
from .said_counts import said_counts
from .state import VoteState
from .tally import counts_of
from .titles import outcome_code
from .validity import standings, withdrawals


def on_sources(state: VoteState) -> Iterator[Finding]:
    """What the papers and the source of a vote show, or fail to show."""
    yield from _on_withdrawals(state)
    yield from _on_the_papers(state)
    yield from _on_what_is_unknown(state)


def _on_the_papers(state: VoteState) -> Iterator[Finding]:
    """A finding if one paper, by its bytes, is the reply of several members or takes several positions."""
    papers: dict[str, list[Reply]] = {}
    for reply in state.replies:
        if reply.voided is None and reply.act.instrument.sha256 is not None:
            papers.setdefault(reply.act.instrument.sha256, []).append(reply)
    rule = state.procedure.on_behalf if isinstance(state.procedure, Procedure2) else None
    clause = rule.clause if rule else None
    given: dict[str, Fact]
    for sha256, replies in papers.items():
        members = tuple(dict.fromkeys(reply.member for reply in replies))
        said = tuple(state.procedure.said(member) for member in members)
        if len(members) > 1:
            senders = {reply.act.by or reply.member for reply in replies}
            text = Said.of("one paper is entered as the reply of {members}", members=said)
            if len(senders) == 1:
                text = Said.of(
                    "one paper of {by} speaks for {members}", by=state.procedure.said(*senders), members=said
                )
            severity: Effect = "note" if len(senders) == 1 else "flag"
            given = {"members": members, "sha256": sha256}
            yield Finding("one_paper", clause, severity, text, given=given)
        positions = tuple(dict.fromkeys(reply.act.position for reply in replies if reply.act.position))
        if len(positions) > 1:
            taken = tuple(map(Word, positions))
            text = Said.of(
                "one paper is entered with several positions: {positions} ({members})", positions=taken, members=said
            )
            yield Finding("one_paper_two_positions", clause, "flag", text, given={"positions": taken, "sha256": sha256})


def _on_what_is_unknown(state: VoteState) -> Iterator[Finding]:
    if (text := said_of_unknown(state)) is not None:
        members, voided = not_on_record(positions_of(state)), tuple(sorted(voided_after_close(state)))
        if voided:
            yield Finding("seat_voided", state.procedure.corrections.clause, "flag", text, given={"members": voided})
            return
        yield Finding("not_on_record", state.procedure.silence.clause, "note", text, given={"members": members})


def on_printed_counts(state: VoteState) -> Iterator[Finding]:
    """A finding if the replies on record, which are incomplete, contradict the source's counts."""
    circulated, known = state.tally_circulated, known_of(state)
    if circulated is None or known is None or known.unnamed is not None:
        return
    counted, rule = circulated.act.counts, state.procedure.tally_circulation or state.procedure.decision
    text = Said.of("the circulated tally, {counts}, contradicts the replies on record", counts=said_counts(counted))
    given: dict[str, Fact] = {"act": circulated.number, "circulated": counted, "counts": counts_of(state)}
    yield Finding("tally_differs", rule.clause, "flag", text, given=given)


def _on_withdrawals(state: VoteState) -> Iterator[Finding]:
    """The replies that were withdrawn."""
    rule = withdrawal_rule(state.procedure) or state.procedure.second_reply
    for member, taken_back in withdrawals(state).items():
        for ordinal, by in taken_back.items():
            text = Said.of("withdrawn by reply {reply}", reply=by.ordinal)
            yield Finding("withdrawn", rule.clause, "note", text, member, ordinal)
    for member, seat in standings(state).items():
        if seat.perhaps_none:
            text = Said.of("whether it was withdrawn is not certain: what withdraws it may have arrived before it")
            clause = state.procedure.second_reply.clause
            yield Finding("order_undetermined", clause, "flag", text, member, seat.reply.ordinal)


def on_a_vote_on_behalf(state: VoteState, reply: Reply) -> Iterator[Finding]:
    """A finding for each reply that another member cast, if the procedure has no rule on that."""
    act, procedure = reply.act, state.procedure
    if act.by is not None and (not isinstance(procedure, Procedure2) or procedure.on_behalf is None):
        by = procedure.said(act.by)
        text = Said.of("cast by {by}, on behalf of the member: the procedure has no rule on that", by=by)
        yield Finding("on_behalf", None, "flag", text, reply.member, reply.ordinal)


def on_another_announcement(state: VoteState, announced: str | None) -> Iterator[Finding]:
    """A finding if the ``announced`` outcome contradicts the record, though the record is incomplete."""
    possible = possible_outcomes(state)
    if announced is not None and announced not in possible:
        allowed = AnyOf(tuple(outcome_code(state.procedure, each) for each in sorted(possible)))
        text = Said.of(
            "announced as {announced}; by what is on record it can only be {outcomes}",
            announced=outcome_code(state.procedure, announced),
            outcomes=allowed,
        )
        given: dict[str, Fact] = {"announced": announced, "outcomes": AnyOf(tuple(map(Code, sorted(possible))))}
        yield Finding("announcement_overtaken", state.procedure.decision.clause, "flag", text, given=given)
