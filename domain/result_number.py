"""The number of a text that passes, and its form."""

from __future__ import annotations

from .ending_acts import ResultAnnounced
from .errors import Refused
from .phrase import Said
from .procedure import Procedure, Procedure2
from .titles import outcome_code


def check_numbered(procedure: Procedure, act: ResultAnnounced) -> None:
    """Check that a number is announced only for a text that passes.

    Raises:
        Refused: the announced outcome is another.
    """
    if act.resolution is not None and act.outcome not in {None, procedure.decision.passing}:
        text = Said.of(
            "a text that is announced as {outcome} gets no number", outcome=outcome_code(procedure, act.outcome)
        )
        raise Refused(procedure.decision.clause, text)


def check_number(procedure: Procedure, act: ResultAnnounced) -> None:
    """Check the form of a number, if the procedure has one.

    Raises:
        Refused: it has another form.
    """
    rule = procedure.resolution if isinstance(procedure, Procedure2) else None
    if rule is not None and act.resolution is not None and not rule.fits(act.resolution):
        text = Said.of(
            "{resolution} is not the number of a resolution: {form}, such as {example}",
            resolution=act.resolution,
            form=rule.form,
            example=rule.example,
        )
        raise Refused(rule.clause, text)
