"""Looks up the rule of a procedure on one matter, in either format, and checks the ids that it knows."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import Malformed
from .optional_rules import Electorate, OnBehalf, PositionRule
from .procedure import Procedure, Procedure1, Procedure2
from .procedure_rules import EarlyClose, Question, ReplyWithdrawal, Rule


def early_close(procedure: Procedure) -> EarlyClose | None:
    """The rule of the first format by which voting may close before the deadline, if the procedure has one."""
    return procedure.early_close if isinstance(procedure, Procedure1) else None


def decided_early(procedure: Procedure) -> bool:
    """Whether an outcome may be decided before the close of the window."""
    return any(when != "at_close" for when in procedure.decision.decided.values())


def may_close_early(procedure: Procedure) -> bool:
    """Whether voting may ever be closed before the deadline."""
    return early_close(procedure) is not None or decided_early(procedure)


def annulment(procedure: Procedure) -> Rule | None:
    """The rule by which a vote may be annulled, if the procedure has one."""
    return procedure.annulment if isinstance(procedure, Procedure2) else None


def electorate(procedure: Procedure) -> Electorate | None:
    """The rule on which seats vote if they begin and end, if the procedure has one."""
    return procedure.electorate if isinstance(procedure, Procedure2) else None


def on_behalf(procedure: Procedure) -> OnBehalf | None:
    """The rule on replies that another cast for the member, if the procedure has one."""
    return procedure.on_behalf if isinstance(procedure, Procedure2) else None


def position_rule(procedure: Procedure, question: Question, position: str | None) -> PositionRule | None:
    """What a position on that kind of question requires or becomes, if the procedure says."""
    if not isinstance(procedure, Procedure2):
        return None
    rule = procedure.by_position.get(position or "")
    return rule if rule is not None and rule.applies_to(question) else None


def withdrawal_rule(procedure: Procedure) -> ReplyWithdrawal | None:
    """The procedure's rule on withdrawing a reply, if it has one."""
    return procedure.reply_withdrawal if isinstance(procedure, Procedure2) else None


def may_be_withdrawn(procedure: Procedure) -> bool:
    """Whether a member may withdraw its reply. Without a rule on it, a reply that may be changed may be withdrawn."""
    rule = withdrawal_rule(procedure)
    return procedure.second_reply.stands == "last" if rule is None else rule.allowed


def presiding(procedure: Procedure, otherwise: Rule) -> Rule:
    """The procedure's clause on who presides; without its own, ``otherwise``."""
    return (procedure.presider if isinstance(procedure, Procedure2) else None) or otherwise


def counting_rule(procedure: Procedure) -> Rule:
    """The procedure's clause on how hours are counted; without its own, the window's."""
    clause = procedure.window.counting_clause if isinstance(procedure, Procedure2) else None
    return procedure.window if clause is None else Rule(clause=clause)


def extension_rule(procedure: Procedure) -> Rule:
    """The procedure's clause on moving the deadline; without its own, the window's."""
    clause = procedure.window.extension_clause if isinstance(procedure, Procedure2) else None
    return procedure.window if clause is None else Rule(clause=clause)


def known_member(procedure: Procedure, member: str) -> None:
    """Check a member id against the ids that the procedure knows.

    Raises:
        Malformed: no such member can exist under this procedure.
    """
    if not procedure.knows(member):
        raise Malformed(f"member: {procedure.unknown(member)}")


def choice_named(procedure: Procedure, text: str) -> str:
    """The choice that a text names, as written in the procedure or as printed: ``In favour``.

    Raises:
        Malformed: it names none; the message lists the choices.
    """
    said = text.casefold().replace("-", "_").replace(" ", "_")
    if said not in procedure.choices:
        raise Malformed(f"position: {procedure.id} has no choice {text!r}; they are {', '.join(procedure.choices)}")
    return said


def known_question(procedure: Procedure, question: str) -> None:
    """Check a kind of question against those of the procedure.

    Raises:
        Malformed: it has no such kind.
    """
    kinds = procedure.kinds_of_question
    if question not in kinds:
        raise Malformed(f"question: {procedure.id} knows no question of the kind {question!r}, only {', '.join(kinds)}")


def by_choice(procedure: Procedure, counts: Mapping[str, int]) -> dict[str, int]:
    """Counts in the order of the procedure's choices, then silence, then anything else."""
    order = [name for name in (*procedure.choices, procedure.silence.means) if name in counts]
    return {name: counts[name] for name in dict.fromkeys((*order, *sorted(counts)))}
