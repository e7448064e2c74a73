"""One message of each kind: kept whole, and what it proposes is right or asked for. ``make corpus`` has many."""

from __future__ import annotations

import pytest
from corpus import in_this_process, kept_whole, outcome
from mails import MailDesk
from message_kinds import KINDS, SLOW, Made, messages

QUICK = [name for name in KINDS if name not in SLOW]
MADE = list(messages(11, len(QUICK), besides=SLOW))


@pytest.fixture(scope="module")
def desk() -> MailDesk:
    return MailDesk()


@pytest.mark.parametrize("made", MADE, ids=[each.kind for each in MADE])
def test_each_kind_is_kept_and_proposes_what_is_so_or_asks(desk: MailDesk, made: Made) -> None:
    assert kept_whole(desk, made)
    came = outcome(made, in_this_process)
    assert came.wrong == (), (came.proposal.fields, made.truth)
    assert all(came.proposal.value(field) is None for field in made.asked)
    if not came.is_proposed:
        assert came.proposal.reasons


def test_every_kind_is_among_them() -> None:
    assert {each.kind for each in MADE} | SLOW == set(KINDS)
