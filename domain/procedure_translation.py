"""Converts ``inblue-procedure/1`` to the ``inblue-procedure/2`` with the same meaning, as a file for people."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .canonical import Json, parse_json
from .errors import Malformed
from .procedure import Procedure, Procedure1, Procedure2
from .rules_of import early_close
from .threshold import Threshold


def translated(procedure: Procedure) -> bytes:
    """The file of the procedure in the second format: with its id, clauses and rules, in the order of the first.

    The meaning is the same with three exceptions: a share of an empty base (:func:`empty_bases`), which the second
    format defines; a documented history that does not say whether it has all replies, in which a missing one now means
    nothing; and an early close: the outcome is now decided when it is reached (:func:`decided_when_reached`), and later
    replies do not change it.

    Raises:
        Malformed: it is not of the first format.
    """
    if not isinstance(procedure, Procedure1):
        raise Malformed(f"{procedure.id} is of the format {procedure.format}; only inblue-procedure/1 is translated")
    document = parse_json(procedure.raw)
    assert isinstance(document, dict)  # noqa: S101 - a procedure was read from it
    window = {
        "countings" if name == "counted" else name: [value] if name == "counted" else value
        for name, value in document["window"].items()
    }
    document = {**document, "format": "inblue-procedure/2", "window": window}
    if document.get("early_close") is not None:
        document |= _decided(document, procedure, document.pop("early_close"))
    return Procedure2.read(f"{_laid_out(document)}\n".encode(), where=procedure.id).raw


def decided_when_reached(procedure: Procedure) -> tuple[str, ...]:
    """The outcomes that allowed an early close under the first format; under the second they are decided then."""
    rule = early_close(procedure)
    return () if rule is None else tuple(dict.fromkeys(rule.on))


def _decided(document: Mapping[str, Json], procedure: Procedure1, rule: Json) -> dict[str, Json]:
    """The decision that replaces an early close, and its clause, which perhaps no rule names any more."""
    decision, clauses = document["decision"], document["clauses"]
    assert isinstance(decision, dict)  # noqa: S101 - a procedure was read from it
    assert isinstance(clauses, list)  # noqa: S101
    assert isinstance(rule, dict)  # noqa: S101
    known = procedure.decision.outcomes
    decided: dict[str, Json] = {each: "when_reached" for each in decided_when_reached(procedure) if each in known}
    named = {each.clause for name, each in procedure.rules() if name != "early_close"}
    unjudged = {"unjudged": "it says when the vote is decided: decision.decided"}
    return {
        "decision": {**decision, **({"decided": decided} if decided else {})},
        "clauses": [
            {**each, **unjudged} if isinstance(each, dict) and each["id"] == rule["clause"] not in named else each
            for each in clauses
        ],
    }


def empty_bases(procedure: Procedure) -> tuple[str, ...]:
    """The conditions in which a base may be empty: no votes cast, or weights that are all 0."""

    def may_be_empty(threshold: Threshold) -> bool:
        narrowed = threshold.base is not None or threshold.weight is not None or threshold.among != "all"
        return threshold.share is not None and narrowed

    conditions = procedure.decision.conditions
    return tuple(condition.id for condition in conditions if any(map(may_be_empty, condition.any_of)))


def _laid_out(value: Json, depth: int = 0) -> str:
    """JSON with one field or list item per line; a value without a list of objects is on one line."""
    pad = "  " * depth
    if isinstance(value, Mapping) and (not depth or any(map(_has_objects, value.values()))):
        lines = [f"{pad}  {_in_one_line(name)}: {_laid_out(each, depth + 1)}" for name, each in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{pad}}}"
    if _has_objects(value) and isinstance(value, list):
        return "[\n" + ",\n".join(f"{pad}  {_in_one_line(each)}" for each in value) + f"\n{pad}]"
    return _in_one_line(value)


def _has_objects(value: Json) -> bool:
    return isinstance(value, list) and any(isinstance(each, Mapping) for each in value)


def _in_one_line(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
