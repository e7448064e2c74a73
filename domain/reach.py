"""Bounds that cannot be reached, by any vote or by the seats that vote. No vote is opened under such a bound."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from .ballot import DRAFT
from .certainty import Known
from .errors import Refused
from .judged import Judged, judged
from .naming import check_names
from .phrase import Number, Said, Value, Word
from .procedure import Procedure, Procedure1, Procedure2
from .procedure_rules import Question
from .reasons import reason_of
from .roster import Roster
from .threshold import Threshold
from .threshold_arithmetic import compared
from .weighing import all_answers, question_of


class OutOfReach(NamedTuple):
    """A bound that cannot be reached: its clause, and what is wrong with it."""

    clause: str
    text: Said


def check_in_use(procedure: Procedure) -> None:
    """Check that votes may be opened under the procedure.

    Raises:
        Refused: it is of the first format, which is no longer used to open votes, or one of its bounds cannot be
        reached.
        Malformed: its body has a name that people may mistake for another.
    """
    check_names({"body": procedure.body})
    if isinstance(procedure, Procedure1):
        what = f"{procedure.id} is of the format {procedure.format}, under which no vote is opened any more"
        raise Refused(None, f"{what}; translate it: inblue procedure translate FILE")
    for clause, text in out_of_reach(procedure):
        raise Refused(clause, text)


def out_of_reach(procedure: Procedure) -> Iterator[OutOfReach]:
    """The bounds that cannot be reached, whoever votes."""
    number = procedure.seats.number if isinstance(procedure, Procedure2) and procedure.seats else None
    for condition in procedure.decision.conditions:
        for test in condition.any_of:
            if _more_than_the_whole(test, set(all_answers(procedure, question_of(condition)))):
                text = Said.of(
                    "{condition}: no part is {bound} of the whole that it is a part of",
                    condition=Word(condition.id),
                    bound=_bound(test, test.share or ""),
                )
                yield OutOfReach(condition.clause, text)
            elif test.number is not None and not _reached(test, test.number, number):
                text = Said.of(
                    "{condition}: nothing is {bound}, of whatever seats",
                    condition=Word(condition.id),
                    bound=_bound(test, Number(test.number)),
                )
                if test.number > 0 and number is not None:
                    text = Said.of(
                        "{condition}: {bound} seats are needed, and there are {number}",
                        condition=Word(condition.id),
                        bound=_bound(test, Number(test.number)),
                        number=Number(number),
                    )
                yield OutOfReach(condition.clause, text)


def out_of_reach_of(procedure: Procedure, roster: Roster) -> Iterator[OutOfReach]:
    """The parts of the decision that the seats of ``roster`` cannot meet, on any kind of question."""
    named: set[str] = set()
    for question in procedure.kinds_of_question:
        failing = _never_met(procedure, roster, question)
        if failing is not None and failing.condition.id not in named:
            named.add(failing.condition.id)
            reason = reason_of(failing, procedure, question)
            text = Said.of("no reply of the seats on the roster can meet the decision: {reason}", reason=reason)
            yield OutOfReach(failing.condition.clause, text)


def _never_met(procedure: Procedure, roster: Roster, question: Question) -> Judged | None:
    """The first condition that fails whatever the seats reply."""
    anything = dict.fromkeys(roster.ids, all_answers(procedure, DRAFT))
    answers = {each.id: dict.fromkeys(roster.ids, all_answers(procedure, each.id)) for each in procedure.asked}
    known = Known(procedure, roster, anything, answers=answers)
    return next((each for each in judged(known, question) if each.fails), None)


def _more_than_the_whole(test: Threshold, everything: set[str]) -> bool:
    """Whether it requires more than all of a base that includes what it counts."""
    if test.share is None or test.compare not in {"at_least", "more_than"}:
        return False
    share = Fraction(test.share)
    most = share > 1 or (share == 1 and test.compare == "more_than")
    return most and set(test.choices) <= set(test.base or everything)


def _bound(test: Threshold, bound: Value) -> Said:
    """The bound of a threshold, in words."""
    match test.compare:
        case "at_least":
            return Said.of("at least {bound}", bound=bound)
        case "more_than":
            return Said.of("more than {bound}", bound=bound)
        case "at_most":
            return Said.of("at most {bound}", bound=bound)
        case "fewer_than":
            return Said.of("fewer than {bound}", bound=bound)


def _reached(test: Threshold, bound: int, seats: int | None) -> bool:
    """Whether some number of votes, up to the number of seats if known, meets the test against ``bound``."""
    if test.compare in {"at_most", "fewer_than"}:
        return compared(test, 0, bound)
    return seats is None or test.weight is not None or compared(test, seats, bound)
