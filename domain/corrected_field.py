"""A field of a proposal as a person types it, with the same checks as in the act."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .errors import Malformed
from .instant import parse_day
from .member_search import nearest_members
from .payload import one_line
from .proposal import FieldName

_NAMES: frozenset[FieldName] = frozenset({"position", "form", "office", "addressee", "explanation"})
_EXPLANATIONS = ("silent", "none_stated", "enclosed", "announced")
_NONE = "none"


def corrected(
    field: FieldName, text: str, *, members: Mapping[str, str], choices: frozenset[str], votes: frozenset[str]
) -> str | None:
    """The value of ``field`` that ``text`` means; None if it is "none", for a value that is not known.

    Raises:
        Malformed: it is not a value of that field; the message says what is.
    """
    text = " ".join(text.split())
    if not text or text == _NONE:
        return None
    match field:
        case "member":
            return _member(text, members)
        case "dated":
            return parse_day(text).isoformat()
        case "vote":
            return _one_of(text, sorted(votes), "vote")
        case "signed":
            return _one_of(text.casefold(), ["yes", "no"], "signed")
        case _ if field in _NAMES:
            name = re.sub(r"[\s-]+", "_", text.casefold())
            if field == "position":
                return _one_of(name, sorted(choices), "position")
            if field == "explanation":
                return _one_of(name, _EXPLANATIONS, "explanation")
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
                raise Malformed(f"{field}: {text[:40]!r} is not a name such as permanent_representative")
            return name
        case _:
            return one_line(text[:300])


def _member(text: str, members: Mapping[str, str]) -> str:
    if text.upper() in members:
        return text.upper()
    if text in members:
        return text
    near = nearest_members(text, members)
    if len(near) == 1 and text.casefold() in members[near[0]].casefold():
        return near[0]
    meant = " or ".join(f"{each} ({members[each]})" if members[each] else each for each in near)
    raise Malformed(f"member: {text[:40]!r} is not one" + (f"; did you mean {meant}?" if meant else ""))


def _one_of(text: str, known: list[str] | tuple[str, ...], what: str) -> str:
    if text in known:
        return text
    raise Malformed(f"{what}: {text[:40]!r} is not one of {', '.join(known)}")
