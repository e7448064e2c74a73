"""For each rule of a procedure an act, or a vote, that offends it: what the clause cited then is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

from shipped_votes import START, circulated, clauses_raised, electorate, ended, least, opened, refusal
from stories import Story

from inblue.domain.acts import Act, ClericalErrorCorrected, DraftWithdrawn, ExplanationFiled, LetterSent, WindowChanged
from inblue.domain.ending_acts import ResultAnnounced, VoteAnnulled, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.example_votes import count_example
from inblue.domain.optional_acts import ElectorateChanged, FactRecorded
from inblue.domain.procedure import Procedure, Procedure2
from inblue.domain.procedure_rules import Rule

Offended: TypeAlias = Callable[[Procedure2, str], set[str | None]]
"""Offends the rule of that name, without its family, and gives the clauses that are cited for it."""
PAPER = "ab" * 32
MINUTE = timedelta(minutes=1)


def _first(story: Story) -> str:
    return story.roster.ids[0]


def _reply(story: Story, position: str | None = None, **given: Any) -> None:
    """A reply of the first seat a minute on, with the first choice and its reasons unless others are given."""
    story.now += MINUTE
    wanted = position or story.rules.choices[0]
    story.reply(_first(story), None if "says" in given or position == "" else wanted, **given)


def _replied(procedure: Procedure, position: str | None = None, **given: Any) -> Story:
    story = opened(procedure)
    _reply(story, position, **given)
    return story


def _closed(procedure: Procedure, question: str | None = None) -> Story:
    story = opened(procedure, question)
    story.now = ended(story)
    story.do(VotingClosed())
    return story


def _announced(procedure: Procedure) -> Story:
    story = _closed(procedure)
    story.do(ResultAnnounced(announced_at=story.now))
    return story


def _raised(story: Story) -> set[str | None]:
    return {*clauses_raised(story)}


def _withdrawal(procedure: Procedure2, _: str) -> set[str | None]:
    story = opened(procedure)
    return {refusal(story, DraftWithdrawn(withdrawn_at=story.now))}


def _annulment(procedure: Procedure2, _: str) -> set[str | None]:
    story = opened(procedure)
    story.do(VoteAnnulled(reason="a test", annulled_at=story.now, sha256=PAPER, media_type="text/plain"))
    return _raised(story)


def _opening(procedure: Procedure2, _: str) -> set[str | None]:
    story = opened(procedure)
    again = LetterSent(kind="opening", opens_at=story.now, snapshot=story.snapshot())
    return {refusal(story, again)}


def _validity(procedure: Procedure2, _: str) -> set[str | None]:
    return _raised(opened(procedure))  # long after any day that a source shows


def _presider(procedure: Procedure2, _: str) -> set[str | None]:
    return _raised(opened(procedure))  # nobody is named


def _window(procedure: Procedure2, _: str) -> set[str | None]:
    cited: set[str | None] = set()
    story = opened(procedure)
    acts: tuple[Act, ...] = (VotingClosed(), WindowChanged(closes_at=START, changed_at=START))
    for act in acts:
        try:
            story.do(act)
        except Refused as refused:
            cited.add(refused.clause)
    return cited


def _counting(procedure: Procedure2, _: str) -> set[str | None]:
    story = circulated(procedure)
    letter = LetterSent(kind="opening", opens_at=START, counting="calendar", snapshot=story.snapshot())
    return {refusal(story, letter)}


def _at_close(procedure: Procedure2, _: str) -> set[str | None]:
    story = opened(procedure)
    story.now = story.state.window.closes_at or START
    story.reply(_first(story), procedure.choices[0], reasons=True)
    return _raised(story)


def _extension(procedure: Procedure2, _: str) -> set[str | None]:
    story = opened(procedure)
    closes = story.state.window.closes_at
    assert closes is not None
    story.now = START + MINUTE
    story.do(WindowChanged(closes_at=closes + timedelta(days=1), changed_at=story.now))
    return _raised(story)


def _late(procedure: Procedure2, _: str) -> set[str | None]:
    story = _closed(procedure)
    _reply(story)
    return _raised(story)


def _early(procedure: Procedure2, _: str) -> set[str | None]:
    story = circulated(procedure)
    story.now = START - MINUTE
    story.reply(_first(story), procedure.choices[0], reasons=True)
    return _raised(story)


def _off_roster(procedure: Procedure2, _: str) -> set[str | None]:
    story = opened(procedure)
    known = procedure.known or {"X1": ""}
    stranger = next(member for member in reversed(known) if member not in story.roster.ids)
    story.reply(stranger, procedure.choices[0], reasons=True)
    return _raised(story)


def _seats(procedure: Procedure2, _: str) -> set[str | None]:
    story = circulated(procedure)
    story.roster = story.roster.model_copy(update={"members": story.roster.members[:-1]})
    closes_at = least(procedure, START) if procedure.window.fixed_by == "letter" else None
    return {refusal(story, LetterSent(kind="opening", opens_at=START, closes_at=closes_at, snapshot=story.snapshot()))}


def _choice(procedure: Procedure2, _: str) -> set[str | None]:
    return _raised(_replied(procedure, ""))


def _second_reply(procedure: Procedure2, _: str) -> set[str | None]:
    story = _replied(procedure)
    _reply(story, form="e_mail")
    if procedure.second_reply.stands == "last":  # no offence: by the clause it counts
        counted = story.state.replies[1]
        assert counted.act.member == _first(story)
        return {procedure.second_reply.clause}
    return _raised(story)


def _reply_withdrawal(procedure: Procedure2, _: str) -> set[str | None]:
    story = _replied(procedure)
    _reply(story, says="withdraws", form="e_mail")
    return _raised(story)


def _dissociation(procedure: Procedure2, _: str) -> set[str | None]:
    return _raised(_replied(procedure, says="dissociates"))


def _on_behalf(procedure: Procedure2, _: str) -> set[str | None]:
    return _raised(_replied(procedure, by=electorate(procedure).ids[1]))


def _recording(procedure: Procedure2, _: str) -> set[str | None]:
    story = opened(procedure)
    came = story.now + MINUTE
    story.now = came + timedelta(days=8)
    story.reply(_first(story), procedure.choices[0], received_at=came, reasons=True)
    return _raised(story)


def _after_announcement(procedure: Procedure2, _: str) -> set[str | None]:
    story = _announced(procedure)
    story.reply(_first(story), procedure.choices[0], received_at=START + MINUTE, reasons=True)
    return _raised(story)


def _of_paper(**paper: Any) -> Offended:
    def offended(procedure: Procedure2, _: str) -> set[str | None]:
        return _raised(_replied(procedure, **paper))

    return offended


def _of_the_end(procedure: Procedure2, _: str) -> set[str | None]:
    return _raised(_announced(procedure))


def _statements(procedure: Procedure2, _: str) -> set[str | None]:
    story = _announced(procedure)
    stranger = next(member for member in procedure.known if member not in story.roster.ids)
    story.now += timedelta(days=9)
    for member in (_first(story), stranger):
        story.do(ExplanationFiled(member=member, filed_at=story.now))
    return _raised(story)


def _announcement(procedure: Procedure2, _: str) -> set[str | None]:
    story = _announced(procedure)
    return {refusal(story, ResultAnnounced(announced_at=story.now))}


def _resolution(procedure: Procedure2, _: str) -> set[str | None]:
    story = opened(procedure)
    for member in story.roster.ids:
        story.reply(member, procedure.choices[0])
    story.now = ended(story)
    story.do(VotingClosed())
    return {refusal(story, ResultAnnounced(announced_at=story.now, resolution="No. 12"))}


def _corrections(procedure: Procedure2, _: str) -> set[str | None]:
    story = _replied(procedure)
    wrong = ClericalErrorCorrected(member=_first(story), field="by", was=None, now="x", reason="a test")
    return {refusal(story, wrong)}


def _recorders(procedure: Procedure2, _: str) -> set[str | None]:
    story = opened(procedure)
    return {refusal(story, VotingClosed(), "passer_by")}


def _decision(procedure: Procedure2, _: str) -> set[str | None]:
    story = _closed(procedure)
    wrong = next(each for each in procedure.decision.outcomes if each != story.tally.outcome)
    return {refusal(story, ResultAnnounced(announced_at=story.now, outcome=wrong))}


def _condition(procedure: Procedure2, name: str) -> set[str | None]:
    """The condition is the one that fails, in one example at least."""
    made = [count_example(procedure, example).conditions[-1] for example in procedure.examples]
    return {last.condition.clause for last in made if last.condition.id == name and last.met is False}


def _fact(procedure: Procedure2, name: str) -> set[str | None]:
    rule = next(each for each in procedure.facts if each.id == name)
    question = rule.questions[0] if rule.questions else None
    if rule.does == "forbids":
        story = circulated(procedure, question, facts=False)
        return {refusal(story, LetterSent(kind="opening", opens_at=START, snapshot=story.snapshot()))}
    story = _closed(procedure, question)
    story.do(ResultAnnounced(announced_at=story.now))
    story.do(FactRecorded(fact=name, status="missing", established_at=story.now))
    return _raised(story)


def _position(procedure: Procedure2, choice: str) -> set[str | None]:
    rule = next(each for each in procedure.positions if each.choice == choice)
    story = opened(procedure, rule.questions[0] if rule.questions else None)
    _reply(story, choice, reasons=False)
    return _raised(story)


def _seat_changes(procedure: Procedure2, _: str) -> set[str | None]:
    story = opened(procedure)
    story.now += MINUTE
    paper: dict[str, Any] = {"sha256": PAPER, "media_type": "text/plain"}
    story.do(ElectorateChanged(member=_first(story), change="ends", reason="a test", changed_at=story.now, **paper))
    return _raised(story)


def _kinds(procedure: Procedure2, name: str) -> set[str | None]:
    """A draft of a kind that there is not is refused, without a clause; one of this kind is circulated."""
    assert circulated(procedure, name).state.draft.act.question == name
    try:
        circulated(procedure, "another")
    except Malformed:
        return {each.clause for each in procedure.question_kinds if each.id == name}
    return set()


def _outcomes(procedure: Procedure2, name: str) -> set[str | None]:
    """The body's own word is that of an example."""
    made = {count_example(procedure, example).outcome for example in procedure.examples}
    return {each.clause for each in procedure.outcomes if each.id == name and name in made}


def _silence(procedure: Procedure2, _: str) -> set[str | None]:
    """Somebody was silent, and is counted so."""
    counts = _closed(procedure).tally.counts
    return {procedure.silence.clause} if counts[procedure.silence.means] else set()


def _groups(procedure: Procedure2, name: str) -> set[str | None]:
    """A threshold counts among the group."""
    among = {test.among for each in procedure.decision.conditions for test in each.any_of}
    return {each.clause for each in procedure.groups if each.id == name and name in among}


OFFENDED: dict[str, Offended] = {
    "withdrawal": _withdrawal,
    "annulment": _annulment,
    "opening": _opening,
    "validity": _validity,
    "presider": _presider,
    "notice": _validity,
    "window": _window,
    "window.counting": _counting,
    "window.at_close": _at_close,
    "window.extension": _extension,
    "late": _late,
    "early": _early,
    "off_roster": _off_roster,
    "electorate": _off_roster,
    "electorate.changes": _seat_changes,
    "seats": _seats,
    "choice": _choice,
    "second_reply": _second_reply,
    "reply_withdrawal": _reply_withdrawal,
    "dissociation": _dissociation,
    "on_behalf": _on_behalf,
    "recording": _recording,
    "after_announcement": _after_announcement,
    "form": _of_paper(form="semaphore"),
    "signature": _of_paper(signed=False),
    "office": _of_paper(office="passer_by"),
    "addressee": _of_paper(addressee="passer_by"),
    "dated": _of_paper(dated=START.date() - timedelta(days=9)),
    "acknowledgement": _of_paper(),
    "statements": _statements,
    "statements_of_others": _statements,
    "tally_circulation": _of_the_end,
    "outcome_letter": _of_the_end,
    "compendium_letter": _of_the_end,
    "announcement": _announcement,
    "resolution": _resolution,
    "corrections": _corrections,
    "recorders": _recorders,
    "decision": _decision,
    "decision.": _condition,
    "facts.": _fact,
    "positions.": _position,
    "question_kinds.": _kinds,
    "groups.": _groups,
    "outcomes.": _outcomes,
    "silence": _silence,
}
"""By the name of the rule, or by the family that it begins with."""

KEPT = frozenset({"transmission", "formulas", "readings.abstention", "readings.absence"})
"""Rules that no act of these offends: where replies go is for the reader; of the others other tests tell."""


def cited(procedure: Procedure2, name: str, rule: Rule) -> set[str | None]:
    """The clauses that are cited once the rule is offended, which should be its own among them."""
    family, _, rest = name.partition(".")
    offended = OFFENDED.get(name) or OFFENDED[f"{family}."]
    assert rule.clause
    return offended(procedure, rest)
