"""Names of members in printed documents, in Chinese and English; each name has one member or none."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ...domain.roster import built_in_members, built_in_names
from .place import plain

_FORMAL = {
    "zh": {
        "中华人民共和国": "CHN",
        "德意志联邦共和国": "DEU",
        "大不列颠及北爱尔兰联合王国": "GBR",
        "联合王国": "GBR",
    },
    "en": {
        "People's Republic of China": "CHN",
        "Federal Republic of Germany": "DEU",
        "French Republic": "FRA",
        "United Kingdom": "GBR",
        "United States": "USA",
    },
}
"""Names besides those in the United Nations' list; the Chinese ones as printed in S/2020/268."""

_REPUBLIC = {"zh": ("", "共和国"), "en": ("Republic of ", "")}


@cache
def members_by_name(language: str) -> Mapping[str, str]:
    """Members by name: the name in the list, one of the formal names, or "X共和国" for X."""
    listed = {
        name if language == "en" else built_in_names("un-member-states")[member][language]: member
        for member, name in built_in_members("un-member-states").items()
    }
    found = {plain(name): member for name, member in listed.items()}
    before, after = _REPUBLIC[language]
    for name, member in list(found.items()):
        found.setdefault(f"{before}{name}{after}", member)
    for name, member in _FORMAL[language].items():
        found.setdefault(name, member)
    return found


def member_called(name: str, language: str) -> str | None:
    """The member with that name, or None; in English with or without an article."""
    known = members_by_name(language)
    name = plain(name).strip()
    if language == "en" and name[:4].casefold() == "the ":
        name = name[4:]
    return known.get(name)
