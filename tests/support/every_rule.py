"""Made-up procedures that have between them every field of the model, and each of them with one value changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, cast

from inblue.domain.errors import Malformed
from inblue.domain.procedure import Procedure, Procedure2

Way = tuple[str | int, ...]


class Changed(NamedTuple):
    """A procedure in which the value at ``way`` is another."""

    way: Way
    procedure: Procedure


_ON: tuple[str, ...] = ("opening", "window", "counting", "last", "moving", "holding", "late")
_ON += ("seats", "choice", "change", "entering", "clerk", "silence", "quorum")


def _clauses() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"id": f"on_{name}", "text": f"{name}.", "source": f"On {name}"} for name in _ON]
    found[0] |= {"basis": "practice", "effect": "flag"}
    return [
        *found,
        {"id": "old", "text": "Ceremony.", "source": "Rule 0", "basis": "not_found", "unjudged": "it is old"},
    ]


_CHANGES: tuple[str, ...] = (
    "annulment",
    "notice",
    "signature",
    "dated",
    "acknowledgement",
    "dissociation",
    "presider",
    "outcome_letter",
)
_CHANGES += ("tally_circulation", "compendium_letter", "statements_of_others")

FULL: dict[str, Any] = {
    "format": "inblue-procedure/2",
    "id": "every-rule",
    "title": "Every rule there is",
    "body": "Committee",
    "source": "made up",
    "zone": "Europe/Zurich",
    "language": "de",
    "members": ["ANNA", "BEN", "CHLOE"],
    "choices": ["yes", "no", "hold"],
    "clauses": _clauses(),
    **{name: {"clause": "on_opening"} for name in ("withdrawal", "opening", "after_announcement", *_CHANGES)},
    "late": {"clause": "on_late"},
    "early": {"clause": "on_late"},
    "off_roster": {"clause": "on_seats"},
    "choice": {"clause": "on_choice"},
    "validity": {"clause": "on_opening", "from": "2020-01-01", "until": "2030-01-01"},
    "seats": {"clause": "on_seats", "number": 3, "permanent": ["ANNA"]},
    "electorate": {"clause": "on_seats", "fixed": "close", "former": "stands", "changes": "on_change"},
    "on_behalf": {"clause": "on_seats", "by": "alternates"},
    "groups": [{"id": "chairs", "title": "Vorsitz", "clause": "on_seats"}, {"id": "others", "title": "Andere"}],
    "question_kinds": [{"id": "plain", "title": "Einfach", "clause": "on_choice"}, {"id": "grave", "title": "Schwer"}],
    "questions_put": [
        {"id": "urgent", "title": "Dringend?", "clause": "on_choice", "choices": ["ja", "nein"], "silence": "leer"}
    ],
    "outcomes": [{"id": "passed", "title": "Angenommen", "clause": "on_quorum"}, {"id": "lapsed", "title": "Erledigt"}],
    "positions": [
        {"choice": "no", "clause": "on_choice", "reasons": True, "questions": ["grave"]},
        {"choice": "yes", "clause": "on_choice", "later": True},
        {
            "choice": "hold",
            "clause": "on_holding",
            "lapses": {
                "after": {"number": 5, "unit": "working_days", "first_day": "counted", "ends": "17:00"},
                "to": "yes",
            },
        },
    ],
    "facts": [
        {"id": "asked", "title": "gefragt", "clause": "on_opening", "due": "opening", "does": "forbids"},
        {
            "id": "agreed",
            "title": "vereinbart",
            "clause": "on_opening",
            "due": "close",
            "does": "decides",
            "if_it_is": "missing",
            "outcome": "lapsed",
            "questions": ["grave"],
        },
        {
            "id": "overruled",
            "title": "überstimmt",
            "clause": "on_opening",
            "due": "announcement",
            "does": "overrides",
            "conditions": ["second"],
        },
        {"id": "noted", "title": "notiert", "clause": "on_opening", "due": "after", "does": "flags"},
    ],
    "second_reply": {"clause": "on_change", "stands": "last"},
    "reply_withdrawal": {"clause": "on_change", "allowed": True},
    "recording": {"clause": "on_entering", "lag_seconds": 3600},
    "transmission": {"clause": "on_clerk", "to": "the clerk"},
    "form": {"clause": "on_clerk", "allowed": ["letter", "e_mail"]},
    "office": {"clause": "on_clerk", "allowed": ["chair"]},
    "addressee": {"clause": "on_clerk", "allowed": ["clerk"]},
    "silence": {"clause": "on_silence", "means": "silent"},
    "statements": {"clause": "on_clerk", "hours": 3},
    "announcement": {"clause": "on_clerk", "hours": 12},
    "formulas": {"clause": "on_clerk", "not_adopted": "durchgefallen", "vetoed": "verhindert"},
    "resolution": {"clause": "on_clerk", "form": "NN/YYYY", "example": "12/2020"},
    "corrections": {"clause": "on_clerk", "fields": ["explanation", "instrument.dated"], "until": "announcement"},
    "recorders": {"clause": "on_clerk", "offices": {"*": ["registrar"], "letter_sent": ["registrar", "president"]}},
    "readings": [{"clause": "on_counting", "choices": ["hold"], "among": "chairs", "questions": ["grave"]}],
    "window": {
        "clause": "on_window",
        "fixed_by": "procedure",
        "starts": "first_reply",
        "length": {"number": 5, "unit": "working_days", "first_day": "counted", "ends": "17:00"},
        "weekend": ["friday", "saturday"],
        "holidays": ["2026-05-01"],
        "extendable": True,
        "at_close": "late",
        "counting_clause": "on_counting",
        "at_close_clause": "on_last",
        "extension_clause": "on_moving",
        "suspension_clause": "on_holding",
    },
    "decision": {
        "clause": "on_quorum",
        "passing": "passed",
        "decided": {"passed": "when_reached", "lapsed": "when_certain"},
        "unanimous": ["yes"],
        "conditions": [
            {
                "id": "first",
                "clause": "on_quorum",
                "failing": "lapsed",
                "tie": {"clause": "on_counting", "casting": "chairs"},
                "questions": ["plain"],
                "any_of": [
                    {
                        "choices": ["yes"],
                        "weight": "shares",
                        "compare": "more_than",
                        "share": "1/2",
                        "base": ["yes", "no"],
                    },
                    {"choices": ["yes"], "among": "chairs", "compare": "at_least", "number": 1},
                ],
            },
            {
                "id": "second",
                "clause": "on_quorum",
                "failing": "lapsed",
                "put": "urgent",
                "any_of": [{"choices": ["ja"], "compare": "at_least", "share": "1/3"}],
            },
        ],
    },
    "examples": [
        {
            "title": "a listed one",
            "seats": [
                {"member": "A", "permanent": True, "weights": {"shares": 2}, "groups": ["chairs"], "advisory": False},
                {"member": "B", "advisory": True},
            ],
            "question": "grave",
            "positions": {"A": "yes"},
            "answers": {"urgent": {"A": "ja"}},
            "facts": {"asked": "present", "agreed": "present"},
            "outcome": "passed",
            "note": "counted by hand",
        },
        {"title": "a counted one", "seats": 3, "counts": {"yes": 2}, "outcome": "passed"},
    ],
}
"""A procedure with every field but those of another kind of window, and of another list of members."""

_HOURS = {
    "clause": "on_window",
    "fixed_by": "letter",
    "hours": 48,
    "countings": ["elapsed", "working_days"],
    "extendable": False,
}
_MONTHS = {
    "clause": "on_window",
    "fixed_by": "closing",
    "length": {"number": 2, "unit": "months", "ends": "end_of_day"},
}

_PLAIN = {name: each for name, each in FULL["decision"].items() if name != "decided"}

DOCUMENTS: tuple[dict[str, Any], ...] = (
    FULL,
    {**FULL, "window": _HOURS, "members": "un-member-states", "seats": {"clause": "on_seats", "number": 3}},
    {
        **FULL,
        "window": _MONTHS,
        "members": None,
        "validity": {"clause": "on_opening", "known_until": "2025-01-01"},
        "second_reply": {"clause": "on_change", "stands": "first"},
        "decision": _PLAIN,
    },
)
"""The full one, one with hours by a letter and a list that is shipped, one whose window is not fixed."""

_OTHERS: tuple[Any, ...] = (
    *(
        "2029-05-06",
        "2019-02-03",
        "18:30",
        "end_of_day",
        "same_time",
        "2/3",
        "un-member-states",
        "Europe/Paris",
        "nine",
    ),
    *("NNN/YYYY", "34/2021", "Another text.", True, False, 1, 2, 4, 7, None),
)


def read(document: Mapping[str, Any]) -> Procedure:
    """A document as a procedure."""
    return Procedure.read(json.dumps(document).encode(), where="procedure")


def leaves(value: Any, way: Way = ()) -> Iterator[tuple[Way, Any]]:
    """Every value that holds no others that are objects, with the way to it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if _of_objects(value) else ()
    found = [leaf for name, each in items for leaf in leaves(each, (*way, name))]
    yield from found or [(way, value)]


def _of_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


_NAMED_ELSEWHERE = {"id", "choice", "format"}
_BY_OTHERS: set[Way] = {
    ("window", "fixed_by"),
    ("window", "length", "unit"),
    *(("facts", number, "does") for number in (1, 2, 3)),
    *(("decision", "conditions", 1, name) for name in ("put", "failing")),
    *(("decision", "passing"), ("decision", "conditions", 0, "failing")),
}


def ways(document: dict[str, Any]) -> list[Way]:
    """The ways to values that can be changed alone: no other rule names them, or needs them."""
    return [way for way, _ in leaves(document) if way[-1] not in _NAMED_ELSEWHERE and way not in _BY_OTHERS]


def changed(document: dict[str, Any], ways: Iterable[Way], most: int) -> Iterator[Changed]:
    """The document with the value at each way in turn replaced by up to ``most`` others that are allowed there."""
    known, base = dict(leaves(document)), read(document).json_value()
    for way in ways:
        found = 0
        for other in _others(document, way, known[way]):
            try:
                made = read(_with(document, way, other))
            except Malformed:
                continue
            if made.json_value() == base:
                continue
            yield Changed(way, made)
            found += 1
            if found == most:
                break


def renamed(document: dict[str, Any], was: str, now: str) -> Procedure:
    """The document in which a name is another, wherever it is used."""
    return read(cast("dict[str, Any]", _renamed(document, was, now)))


def _renamed(value: Any, was: str, now: str) -> Any:
    if isinstance(value, dict):
        return {(now if name == was else name): _renamed(each, was, now) for name, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, was, now) for each in value]
    return now if value == was else value


def _others(document: Mapping[str, Any], way: Way, value: Any) -> Iterator[Any]:
    """Values that may be allowed in place of ``value``: of the same document, of the model, and a few more."""
    every = dict(leaves(document))
    alike = [each for other, each in every.items() if other[-1] == way[-1] and type(each) is type(value)]
    names = [each for each in every.values() if isinstance(each, str) and len(each) < 20]
    names += [name for each in every.values() if isinstance(each, list) for name in each]
    if isinstance(value, list):
        yield from ([each for each in value if each != left] for left in value)
        yield from alike
        yield from ([*value, name] for name in dict.fromkeys((*names, *_constants(), *_OTHERS)) if name not in value)
        return
    others = dict.fromkeys((*alike, *_OTHERS, *_constants(), *names))
    yield from (each for each in others if each != value and type(each) is type(value))
    yield None


def _with(value: Any, way: Way, other: Any) -> Any:
    """A copy with another value at ``way``; the rest is shared."""
    if not way:
        return other
    made = value.copy()
    made[way[0]] = _with(value[way[0]], way[1:], other)
    return made


@cache
def _constants() -> list[str]:
    """The words that the model has for values."""
    found: list[str] = []

    def look(schema: Any) -> None:
        if isinstance(schema, dict):
            found.extend(each for each in (*schema.get("enum", ()), schema.get("const")) if isinstance(each, str))
            for each in schema.values():
                look(each)
        elif isinstance(schema, Sequence) and not isinstance(schema, str):
            for each in schema:
                look(each)

    look(Procedure2.model_json_schema())
    return list(dict.fromkeys(found))
