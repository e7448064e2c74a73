"""A corpus of messages, each kept and read by the child process as at a desk; the counts by kind are printed."""

from __future__ import annotations

import os

import pytest
from corpus import kept_whole, outcome, table
from mails import MailDesk
from message_kinds import KINDS, messages

NUMBER = int(os.environ.get("INBLUE_TEST_MESSAGES", "222"))


def test_every_message_is_kept_and_every_proposal_is_right_or_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    desk, outcomes = MailDesk(), []
    for made in messages(2020, NUMBER):
        assert kept_whole(desk, made), made.kind
        outcomes.append(outcome(made))
    with capsys.disabled():
        print(f"\n{table(outcomes)}")  # noqa: T201 - the counts
    assert [(each.made.kind, each.wrong) for each in outcomes if each.wrong] == []
    assert {each.made.kind for each in outcomes} == set(KINDS)
    assert any(each.is_proposed for each in outcomes)
