"""Findings as people read them: grouped by what they say, those that bear on the outcome first.

Every output for people takes its order and groups from here. A finding keeps its number; data output lists each one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from .finding import Finding
from .phrase import Local, Member, Said, Value
from .procedure_rules import Effect

_BEARING = frozenset(
    {
        "announcement_corrected",
        "announcement_overtaken",
        "annulled",
        "clock_disproved",
        "closed_undecided",
        "counted_otherwise",
        "deadline_moved",
        "end_matters",
        "entered_after_close",
        "forbidden_act",
        "groundless_rejection",
        "lapse_undetermined",
        "no_opening",
        "opened_before_circulation",
        "order_undetermined",
        "outcome_open",
        "outcome_rests_on_seats",
        "roster_contradicts",
        "seat_undetermined",
        "seat_voided",
        "tally_differs",
        "tally_overtaken",
    }
)
_BEARING_IF_FLAGGED = frozenset({"deadline_printed", "voided"})
_GRADES: tuple[Effect, ...] = ("reject", "flag", "note")


class Group(NamedTuple):
    """Findings of one kind that say the same: their members, replies and ids.

    ``text`` says it once; if they differ in a day, an instant or a length of time, it gives the least and the most.
    ``named``: the text names the members itself.
    """

    kind: str
    clause: str | None
    severity: Effect
    bears_on_outcome: bool
    text: Said
    about: tuple[tuple[str, int], ...]
    named: bool
    ids: tuple[str, ...]

    @property
    def said(self) -> Said:
        """What they say, and whether the outcome depends on it."""
        return Said.of("{finding} [bears on the outcome]", finding=self.text) if self.bears_on_outcome else self.text


def bears_on_outcome(finding: Finding) -> bool:
    """Whether the outcome depends on what was found, or could be another because of it."""
    flagged = finding.severity != "note"
    return finding.contested or finding.kind in _BEARING or (flagged and finding.kind in _BEARING_IF_FLAGGED)


def grouped(found: Iterable[tuple[str, Finding]]) -> tuple[Group, ...]:
    """The findings with their ids, in groups: those that bear on the outcome, then by severity, then in order."""
    alike: dict[Hashable, list[tuple[str, Finding]]] = {}
    for fid, finding in found:
        what = (finding.kind, finding.clause, finding.severity, bears_on_outcome(finding), finding.member is None)
        alike.setdefault((*what, _shape(finding.text, finding.member)), []).append((fid, finding))
    groups = (_group(each) for each in alike.values())
    return tuple(sorted(groups, key=lambda group: (not group.bears_on_outcome, _GRADES.index(group.severity))))


def summary(groups: Sequence[Group]) -> Said:
    """How many findings there are, of how many kinds, and how many of them bear on the outcome."""
    bearing = sum(len(group.ids) for group in groups if group.bears_on_outcome)
    findings = Said.counted("{number} finding", "{number} findings", sum(len(group.ids) for group in groups))
    kinds = Said.counted("of {number} kind", "of {number} kinds", len({group.kind for group in groups}))
    if not bearing:
        return Said.of("{findings} {kinds}", findings=findings, kinds=kinds)
    bears = Said.counted("{number} bears on the outcome", "{number} bear on the outcome", bearing)
    return Said.of("{findings} {kinds}; {bearing}", findings=findings, kinds=kinds, bearing=bears)


def _group(alike: Sequence[tuple[str, Finding]]) -> Group:
    _, first = alike[0]
    members = [finding.member for _, finding in alike]
    said = _together([finding.text for _, finding in alike], members)
    return Group(
        first.kind,
        first.clause,
        first.severity,
        bears_on_outcome(first),
        said if isinstance(said, Said) else first.text,
        tuple((finding.member, finding.reply or 1) for _, finding in alike if finding.member is not None),
        any(_is_member(value, first.member) for value in first.text.all_values().values()),
        tuple(fid for fid, _ in alike),
    )


def _is_member(value: Value, member: str | None) -> bool:
    if isinstance(value, tuple):
        return any(_is_member(each, member) for each in value)
    return member is not None and value in {member, Member(member)}


def _shape(value: Value, member: str | None) -> Hashable:
    """The common form of two values, if one sentence can say both."""
    match value:
        case Said():
            return (value.template, value.many, *((name, _shape(each, member)) for name, each in value.values.items()))
        case timedelta():
            return timedelta
        case datetime():
            return datetime
        case date():
            return date
        case Local():
            return (Local, value.zone.key)
        case str() | Member() if _is_member(value, member):
            return Member
        case _:
            return value


def _together(values: Sequence[Value], members: Sequence[str | None]) -> Value:
    """One value for several of the same form."""
    first = values[0]
    if isinstance(first, Said):
        said = [value for value in values if isinstance(value, Said)]
        filled = {name: _together([each.values[name] for each in said], members) for name in first.values}
        return first.refilled(filled)
    different = tuple(dict.fromkeys(values))
    if len(different) == 1:
        return first
    if all(_is_member(value, member) for value, member in zip(values, members, strict=True)):
        return different
    return Said.of("{least} to {most}", least=min(different, key=_place), most=max(different, key=_place))


def _place(value: Value) -> timedelta:
    match value:
        case timedelta():
            return value
        case Local():
            return value.at - _EPOCH
        case datetime():
            return value - _EPOCH
        case date():
            return value - _EPOCH.date()
        case _:
            return timedelta(0)


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
