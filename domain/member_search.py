"""Finds a member by id, by a name in one of the six languages, by initials, by part of a name, or by a near miss.

Case, accents and punctuation do not matter. ``members`` maps ids to English names, empty if a member has none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping

from .roster import built_in_names

_LONGEST = 100  # characters of a text that are examined; no name is longer
_NEAR = 0.75
_SEVERAL = 3


def find_members(text: str, members: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of members whose id or name contains ``text``, or whose initials begin with it; in their order.

    An empty text finds all members.
    """
    wanted = _squeezed(text)
    return tuple(
        id_
        for id_, name in members.items()
        if any(wanted in _squeezed(each) for each in names_of(id_, name)) or _begins(wanted, name)
    )


def nearest_members(text: str, members: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of the members most likely meant by ``text``, at most three; empty if none is near."""
    text = text[:_LONGEST]
    if not (wanted := _squeezed(text)):
        return ()
    likely: tuple[Callable[[str, str], bool], ...] = (
        lambda id_, name: any(wanted == _squeezed(each) for each in names_of(id_, name)),
        lambda _, name: _begins(wanted, name),
        lambda id_, name: len(wanted) > 2 and any(each.startswith(wanted) for each in _words(names_of(id_, name))),
        lambda id_, name: len(wanted) > 2 and any(wanted in _squeezed(each) for each in names_of(id_, name)),
        lambda id_, _: sorted(wanted) == sorted(_squeezed(id_)),
    )
    for way in likely:
        if found := [id_ for id_, name in members.items() if way(id_, name)]:
            return tuple(found[:_SEVERAL])
    if len(wanted) < 3:  # too short to resemble one name more than another
        return ()
    near = {id_: max(_likeness(wanted, each) for each in (id_, name)) for id_, name in members.items()}
    found = sorted((id_ for id_ in near if near[id_] >= _NEAR), key=lambda id_: -near[id_])
    return tuple(found[:_SEVERAL])


def names_of(id_: str, name: str) -> Iterator[str]:
    """The id, and the member's names, if the list of names has that English name."""
    yield id_
    if name:
        yield name
        yield from built_in_names("un-member-states").get(id_, {}).values()


def _squeezed(text: str) -> str:
    """The letters and digits of a text, without case and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if char.isalnum())


def _words(names: Iterable[str]) -> Iterator[str]:
    return (_squeezed(word) for name in names for word in re.split(r"[\s()'’-]+", name))


def _begins(wanted: str, name: str) -> bool:
    """Whether two or more letters begin the initials of an English name, of all words or of capitalized words."""
    words = [word for word in re.split(r"[\s()'’,-]+", name) if word]
    of_all, of_capitals = (word[0] for word in words), (word[0] for word in words if word[0].isupper())
    return len(wanted) > 1 and any("".join(each).casefold().startswith(wanted) for each in (of_all, of_capitals))


def _likeness(wanted: str, name: str) -> float:
    from difflib import SequenceMatcher  # late: few searches come here

    compared = SequenceMatcher(None, _squeezed(name), wanted)
    return compared.ratio() if compared.quick_ratio() >= _NEAR else 0.0
