"""A fault in a document that a person wrote is named by its line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.place import line_of, placed

DOCUMENT = """{
  "roster": [
    {"member": "ANNA"},
    {"member": "BEN",
     "permanent": true}
  ],
  "a \\"b\\": {": "]",
  "draft": {"symbol": "x"}
}
"""


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("roster.1.permanent: no", "case.json, line 5 (roster.1.permanent): no"),
        ("roster: 1: member: no member: BEN", "case.json, line 4 (roster.1.member): no member: BEN"),
        ("roster.2: no", "case.json: roster.2: no"),
        ("draft: title: this field is missing", "case.json, line 8 (draft): title: this field is missing"),
        ("draft: symbol.deeper: no", "case.json, line 8 (draft): symbol.deeper: no"),
        ("the vote is over: no", "case.json: the vote is over: no"),
        ("no", "case.json: no"),
    ],
)
def test_a_message_is_placed_as_far_as_the_document_has_what_it_names(message: str, says: str) -> None:
    assert placed("case.json", DOCUMENT, message) == says


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 0, 2]))
def test_every_value_is_found_on_its_line(value: Any, indent: int | None) -> None:
    document = json.dumps(value, indent=indent)

    def check(inner: Any, way: list[str]) -> None:
        found = line_of(document, way)
        assert found is not None
        if indent is not None and way and not isinstance(inner, (dict, list)):
            assert document.splitlines()[found - 1].strip().rstrip(",").endswith(json.dumps(inner))
        steps = inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
        for step, each in steps:
            check(each, [*way, str(step)])

    check(value, [])
    assert line_of(document, ["no such key", "0"]) is None
