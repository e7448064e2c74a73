"""Re-checks an observation: whether the message and what was kept with it give the same results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ...domain.canonical import Json, digest
from ...domain.mail_observation import MailObservation
from .look import Given, Looks

_NOT_COMPARED = frozenset({"tools"})  # the programs used: others must give the same result
_DEPENDS = frozenset({"not_installed", "too_costly"})  # depends on the machine, not on the message
_ABOUT = {"received": ("hops", "hops_left_out", "arrived"), "dkim": ("dkim", "dkim_left_out")}
_INSIDE = ("signatures", "signatures_left_out")

Comes: TypeAlias = "Differs | NotCompared"


class Differs(NamedTuple):
    """A difference: where it is, what the observation says, and the new result."""

    where: str
    said: str
    found: str


class NotCompared(NamedTuple):
    """A part of an observation that was not compared, since it was not checked then or could not be now."""

    where: str


def look_again(raw: bytes, seen: MailObservation, looks: Looks) -> tuple[Comes, ...]:
    """The differences of an observation, and the parts that were not compared; empty if everything agrees.

    It uses no network and no clock: names, roots and answers are those of the observation.
    """
    if digest(raw) != seen.message:
        return (Differs("message", seen.message, digest(raw)),)
    now = looks(raw, Given(seen.checked_at, seen.checked_by, seen.own_hosts, seen.roots, seen.dns))
    unfit = _unfit(seen) | _unfit(now)
    found: list[Comes] = [NotCompared(name) for name in sorted(unfit)]
    before, after = seen.json_value(), now.json_value()
    for name, value in before.items():
        if name not in _NOT_COMPARED | unfit | {"not_checked"}:
            found += _differences(name, value, after[name])
    return tuple(found)


def _unfit(seen: MailObservation) -> frozenset[str]:
    """The fields that may differ on another machine."""
    names: list[str] = []
    for each in seen.not_checked:
        if each.why in _DEPENDS:
            names += _ABOUT.get(each.what, _INSIDE)
    return frozenset(names)


def _differences(where: str, said: Json, found: Json) -> Iterator[Differs]:
    if isinstance(said, Mapping) and isinstance(found, Mapping):
        for name in dict.fromkeys([*said, *found]):
            yield from _differences(f"{where}.{name}", said.get(name), found.get(name))
    elif isinstance(said, Sequence) and isinstance(found, Sequence) and not isinstance(said, str):
        if len(said) != len(found):
            yield Differs(where, f"{len(said)} of them", f"{len(found)} of them")
        for number, (one, other) in enumerate(zip(said, found, strict=False)):
            yield from _differences(f"{where}[{number}]", one, other)
    elif said != found:
        yield Differs(where, _short(said), _short(found))


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else "nothing" if value is None else str(value)
    return text[:80]
