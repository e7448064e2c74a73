"""Sentences that keep their template and values, and are plain text to everybody else."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, date, datetime, timedelta

import pytest

from inblue.domain.phrase import AnyOf, Code, Hours, Local, Member, Number, Said, Value, Word
from inblue.domain.zone import zone

AT = datetime(2020, 3, 27, 18, 0, 0, 5, tzinfo=UTC)


def test_a_sentence_is_its_english_text_and_keeps_what_it_was_made_from() -> None:
    said = Said.of("entered {late} after it arrived", late=timedelta(minutes=7))
    assert said == "entered 7 min after it arrived"
    assert (said.template, dict(said.values)) == ("entered {late} after it arrived", {"late": timedelta(minutes=7)})
    assert json.dumps({"text": said}) == '{"text": "entered 7 min after it arrived"}'


@pytest.mark.parametrize(
    ("value", "english"),
    [
        ("S/2020/240", "S/2020/240"),
        (1024, "1024"),
        (Number(1024), "1,024"),
        (Hours(24), "24 hours"),
        (date(2020, 3, 27), "2020-03-27"),
        (AT, "2020-03-27T18:00:00.000005Z"),
        (Local(AT, zone("America/New_York")), "2020-03-27 14:00:00-04"),
        (Word("charge_d_affaires"), "chargé d'affaires"),
        (Code("not_adopted"), "not_adopted"),
        (Member("BEL"), "BEL"),
        ((Member("BEL"), "x"), "BEL, x"),
        (AnyOf((Word("letter"), Word("note_verbale"))), "letter or note verbale"),
        (Said.of("a {thing}", thing=Word("late")), "a late"),
    ],
)
def test_each_kind_of_value_is_in_english_as_records_have_it(value: Value, english: str) -> None:
    assert Said.of("{value}", value=value) == english


@pytest.mark.parametrize(("number", "english"), [(0, "0 entries"), (1, "1 entry"), (2000, "2,000 entries")])
def test_a_sentence_that_turns_on_a_number_takes_the_form_of_that_number(number: int, english: str) -> None:
    said = Said.counted("{number} entry", "{number} entries", number)
    assert said == english
    assert (said.template, said.many) == ("{number} entry", "{number} entries")


def test_a_text_without_values_is_used_as_it_is_braces_and_all() -> None:
    assert Said.of("a clause with {braces}") == "a clause with {braces}"
    assert Said.of("{a}", a="{b} %s") == "{b} %s"


def test_a_copy_sent_elsewhere_is_the_text_alone() -> None:
    said = Said.of("{a}", a=Word("late"))
    for copied in (pickle.loads(pickle.dumps(said)), copy.deepcopy(said), str(said)):  # noqa: S301 - our own
        assert (copied, type(copied)) == ("late", str)
