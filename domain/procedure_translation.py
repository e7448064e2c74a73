"""From ``inblue-procedure/1`` to the ``inblue-procedure/2`` that means the same, as a file that people read."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .canonical import Json, parse_json
from .errors import Malformed
from .procedure import Procedure, Procedure1, Procedure2
from .threshold import Threshold


def translated(procedure: Procedure) -> bytes:
    """The file of the procedure in the second format: with its id, clauses and rules, in the order of the first.

    It means the same but where a share is of an empty base (:func:`empty_bases`): that has a meaning of its own now;
    and in a documented history that does not say whether all replies are in it, where a missing one means nothing now.

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
    raw = f"{_laid_out({**document, 'format': 'inblue-procedure/2', 'window': window})}\n".encode()
    return Procedure2.read(raw, where=procedure.id).raw


def empty_bases(procedure: Procedure) -> tuple[str, ...]:
    """The conditions in which a share may be of nothing: of votes that nobody cast, or of weights that are all 0."""

    def may_be_empty(threshold: Threshold) -> bool:
        narrowed = threshold.base is not None or threshold.weight is not None or threshold.among != "all"
        return threshold.share is not None and narrowed

    conditions = procedure.decision.conditions
    return tuple(condition.id for condition in conditions if any(map(may_be_empty, condition.any_of)))


def _laid_out(value: Json, depth: int = 0) -> str:
    """JSON with one field a line, or one object of a list; what has no such list in it stands in one line."""
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
