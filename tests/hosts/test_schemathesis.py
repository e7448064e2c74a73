"""Schemathesis asks all that the OpenAPI document allows, and what it does not; every answer must be as it says.

``make test-hosts`` asks forty times as often (INBLUE_TEST_ASKED).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from asking import Asker, listening
from hypothesis import HealthCheck, given, settings
from ledgers import recorded
from many_votes import vote
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

import inblue

ASKED = int(os.environ.get("INBLUE_TEST_ASKED", "2"))
MEANT = [positive_data_acceptance]  # a day is in the calendar, a receipt of this log: no schema says so
VOTES = ("S/2020/240", "SIM/0", "SIM/1")
THERE = {"vote": "S/2020/240", "entry": 0, "first": 1}
"""What is there to be shown, by the parameter that asks for it."""


@pytest.fixture(scope="module")
def ask() -> Iterator[Asker]:
    ledger = recorded()
    vote(ledger, 0)
    app = inblue.web_app(ledger)
    app.state.service.horizon.look()
    vote(ledger, 1, until=9)
    with listening(app) as asker:
        yield asker


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_the_document_says(ask: Asker, mode: GenerationMode) -> None:
    told = json.loads(ask("/openapi.json").body)
    del told["paths"]["/events"]  # it goes on for as long as it may
    seen: dict[str, set[int]] = {}
    for found in schemathesis.openapi.from_dict(told).get_all_operations():
        operation: Any = cast("Any", found).ok()
        if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body):
            continue  # nothing of it can be wrong
        statuses = seen.setdefault(f"{operation.method} {operation.path}", set())

        if mode is GenerationMode.POSITIVE and operation.method == "get" and "{" not in operation.path:
            named = {each.name for each in operation.query}
            statuses.add(ask(operation.path, **{name: THERE[name] for name in named & THERE.keys()}).status)
        _ask_all(ask, operation.as_strategy(generation_mode=mode), statuses, valid=mode is GenerationMode.POSITIVE)
    assert len(seen) > 10
    if mode is GenerationMode.POSITIVE:
        assert all(200 in statuses for path, statuses in seen.items() if "{" not in path and "lookup" not in path), seen
    assert not [path for path, statuses in seen.items() if 500 in statuses]


def _ask_all(ask: Asker, cases: Any, statuses: set[int], *, valid: bool) -> None:
    @settings(max_examples=ASKED, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def asked(case: Any) -> None:
        if valid and "vote" in (case.query or {}):
            case.query["vote"] = VOTES[len(str(case.query)) % len(VOTES)]
        answered = case.call(base_url=ask.url)
        case.validate_response(answered, excluded_checks=MEANT)
        statuses.add(answered.status_code)

    asked()
