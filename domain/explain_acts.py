"""Sentences on what comes before and after a vote: opening, withdrawal, letters, statements, announcement."""

from __future__ import annotations

from .phrase import Hours, Said
from .procedure import Procedure2
from .sentence import Telling


def tell_before(telling: Telling) -> None:
    """What the procedure requires of the draft and the opening."""
    procedure = telling.procedure
    text = Said.of("A draft may be withdrawn until voting is open; later that is refused.")
    telling.tell("withdrawal", text, procedure.withdrawal)
    text = Said.of("Voting on a draft is opened once; a second opening is refused.")
    telling.tell("opening", text, procedure.opening)
    text = Said.of("The opening is announced in the programme of work too; otherwise there is a finding.")
    telling.tell_if("notice", procedure.notice, text)
    if not isinstance(procedure, Procedure2):
        return
    _tell_validity(telling, procedure)
    text = Said.of("The member that presides sends the opening letter and announces the result.")
    telling.tell_if("presider", procedure.presider, text)
    text = Said.of("An open vote may be annulled before the close, by a paper that says so.")
    telling.tell_if("annulment", procedure.annulment, text)


def _tell_validity(telling: Telling, procedure: Procedure2) -> None:
    rule = procedure.validity
    if rule is None:
        return
    text = Said.of("There is a finding where a vote is opened on a day on which the procedure is not in force.")
    telling.tell("validity", text, rule)
    if rule.since is not None:
        telling.tell("validity.from", Said.of("It is in force from {day} on.", day=rule.since), rule)
    if rule.until is not None:
        telling.tell("validity.until", Said.of("It is in force no more from {day} on.", day=rule.until), rule)
    if rule.known_until is not None:
        text = Said.of("The last day on which it is known to be in use is {day}.", day=rule.known_until)
        telling.tell("validity.known_until", text, rule)


def tell_after(telling: Telling) -> None:
    """What is due once voting is closed."""
    procedure = telling.procedure
    if procedure.statements is not None:
        text = Said.of("Statements are due within {hours} of the close.", hours=Hours(procedure.statements.hours))
        telling.tell("statements", text, procedure.statements)
    text = Said.of("The tally is circulated; otherwise there is a finding.")
    telling.tell_if("tally_circulation", procedure.tally_circulation, text)
    if procedure.announcement is not None:
        hours = Hours(procedure.announcement.hours)
        text = Said.of("The result is announced within {hours} of the close.", hours=hours)
        telling.tell("announcement", text, procedure.announcement)
    if not isinstance(procedure, Procedure2):
        return
    text = Said.of("A statement of somebody without a seat is a finding.")
    telling.tell_if("statements_of_others", procedure.statements_of_others, text)
    if procedure.resolution is not None:
        form, example = procedure.resolution.form, procedure.resolution.example
        text = Said.of(
            "What is adopted has a number of the form {form}, such as {example}.", form=form, example=example
        )
        telling.tell("resolution", text, procedure.resolution)
    text = Said.of("A letter on the outcome is sent; otherwise there is a finding.")
    telling.tell_if("outcome_letter", procedure.outcome_letter, text)
    text = Said.of("A compendium is sent; otherwise there is a finding.")
    telling.tell_if("compendium_letter", procedure.compendium_letter, text)
