"""Findings that say one thing are said once, what bears on the outcome first, and none is lost on the way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.finding import Finding
from inblue.domain.finding_groups import bears_on_outcome, grouped, summary
from inblue.domain.phrase import Local, Member, Number, Said, Value, Word
from inblue.domain.zone import zone

COUNCIL = ("BEL", "CHN", "DOM")
NEW_YORK = zone("America/New_York")


def numbered(found: list[Finding]) -> list[tuple[str, Finding]]:
    return [(f"F{number}", finding) for number, finding in enumerate(found, start=1)]


def on(member: str, template: str, severity: Any = "flag", kind: str = "dated", **values: Value) -> Finding:
    return Finding(kind, kind, severity, Said.of(template, **values), member, 1)


def test_one_thing_of_several_replies_is_said_once_with_its_members() -> None:
    (group,) = grouped(numbered([on(member, "not signed") for member in COUNCIL]))
    assert (group.text, group.about, group.ids) == (
        "not signed",
        tuple((member, 1) for member in COUNCIL),
        ("F1", "F2", "F3"),
    )
    assert not group.named


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([timedelta(hours=35), timedelta(hours=1), timedelta(hours=3)], "1 h to 35 h late"),
        ([timedelta(hours=35)] * 3, "35 h late"),
        ([date(2020, 3, 30), date(2020, 3, 29), date(2020, 3, 30)], "2020-03-29 to 2020-03-30 late"),
        (
            [Local(datetime(2020, 3, 30, hour, tzinfo=UTC), NEW_YORK) for hour in (18, 17, 19)],
            "2020-03-30 13:00:00-04 to 2020-03-30 15:00:00-04 late",
        ),
        (
            [datetime(2020, 3, 30, hour, tzinfo=UTC) for hour in (18, 17, 19)],
            "2020-03-30T17:00:00Z to 2020-03-30T19:00:00Z late",
        ),
    ],
)
def test_days_instants_and_lengths_that_differ_are_said_from_least_to_most(values: list[Value], said: str) -> None:
    found = [on(member, "{by} late", by=value) for member, value in zip(COUNCIL, values, strict=True)]
    (group,) = grouped(numbered(found))
    assert group.text == said


@pytest.mark.parametrize("values", [[Word("letter"), Word("telegram")], [1, 2], [Number(1), Number(2)], ["x", "y"]])
def test_what_differs_in_another_value_is_another_thing(values: list[Value]) -> None:
    found = [on(member, "a {form}", form=value) for member, value in zip(COUNCIL, values, strict=False)]
    assert [group.text for group in grouped(numbered(found))] == [finding.text for finding in found]


def test_a_sentence_that_names_the_member_names_all_of_them_even_within_another() -> None:
    found = [
        on(member, "{offence}; all the same", offence=Said.of("a second reply of {member}", member=Member(member)))
        for member in COUNCIL
    ]
    (group,) = grouped(numbered(found))
    assert (group.text, group.named) == ("a second reply of BEL, CHN, DOM; all the same", True)


def test_a_member_whose_id_is_a_word_of_the_sentence_does_not_count_as_named() -> None:
    (group,) = grouped(numbered([on("A", "A letter")]))
    assert not group.named


def test_what_bears_on_the_outcome_is_first_then_by_severity_then_as_it_comes() -> None:
    found = [
        on("BEL", "one", "note"),
        on("CHN", "two", "flag"),
        on("DOM", "three", "reject", "late"),
        Finding("deadline_moved", "window", "note", Said.of("moved")),
        Finding("outcome_open", "majority", "flag", Said.of("open")),
        Finding("late", "late", "flag", Said.of("late"), "EST", 1, contested=True),
        Finding("deadline_printed", "window", "note", Said.of("agrees")),
        Finding("deadline_printed", "window", "flag", Said.of("disagrees")),
    ]
    groups = grouped(numbered(found))
    assert [group.text for group in groups] == ["open", "late", "disagrees", "moved", "three", "two", "one", "agrees"]
    assert [group.bears_on_outcome for group in groups] == [True] * 4 + [False] * 4
    assert groups[0].said == "open [bears on the outcome]"
    assert summary(groups) == "8 findings of 5 kinds; 4 bear on the outcome"


def test_the_heading_counts_what_is_listed() -> None:
    flags = [on(member, "not signed") for member in COUNCIL[:2]]
    one = Finding("outcome_open", "majority", "flag", Said.of("open"))
    assert summary(grouped(numbered(flags))) == "2 findings of 1 kind"
    assert summary(grouped(numbered([*flags, one]))) == "3 findings of 2 kinds; 1 bears on the outcome"


TEXTS = st.one_of(
    st.just(Said.of("not signed")),
    st.builds(lambda days: Said.of("dated {dated}", dated=date(2020, 3, days)), st.integers(1, 5)),
    st.builds(lambda hours: Said.of("{by} late", by=timedelta(hours=hours)), st.integers(1, 5)),
    st.builds(lambda number: Said.counted("{number} act", "{number} acts", number), st.integers(1, 3)),
)
FOUND = st.builds(
    Finding,
    st.sampled_from(["dated", "late", "outcome_open"]),
    st.sampled_from([None, "dated"]),
    st.sampled_from(["reject", "flag", "note"]),
    TEXTS,
    st.sampled_from([None, *COUNCIL]),
    st.sampled_from([1, 2]),
)


@given(st.lists(FOUND, max_size=20))
def test_every_finding_is_in_one_group_that_says_what_it_is(found: list[Finding]) -> None:
    by_id, groups = dict(numbered(found)), grouped(numbered(found))
    assert sorted(fid for group in groups for fid in group.ids) == sorted(by_id)
    for group in groups:
        of = [by_id[fid] for fid in group.ids]
        assert {(each.kind, each.clause, each.severity) for each in of} == {(group.kind, group.clause, group.severity)}
        assert {bears_on_outcome(each) for each in of} == {group.bears_on_outcome}
        assert [(each.member, each.reply) for each in of if each.member] == list(group.about)
        if len({each.text for each in of}) == 1:
            assert group.text == of[0].text
    assert [group.bears_on_outcome for group in groups] == sorted((g.bears_on_outcome for g in groups), reverse=True)
