"""Looking again: what an observation says comes out of what was kept, and of nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from signed_mail import HOP, KEY_NAME, Mission, dkim_signed, dns, observed, record_of_key

from inblue.domain.errors import Malformed
from inblue.domain.mail_observation import DnsAnswer, MailObservation
from inblue.ledger.observing.again import Differs, NotCompared, look_again
from inblue.ledger.observing.look import given, look


def altered(seen: MailObservation, **changed: Any) -> MailObservation:
    return MailObservation(**{name: getattr(seen, name) for name in MailObservation.model_fields} | changed)


def test_what_was_seen_is_seen_again_from_the_document_as_it_is_kept() -> None:
    for raw in (HOP + dkim_signed(), Mission().smime()):
        seen = MailObservation.read(observed(raw).raw, where="observation")
        assert look_again(raw, seen, look) == ()
        older = altered(seen, tools={"inblue": "0.0.1"})
        assert look_again(raw, older, look) == ()


def test_what_comes_out_otherwise_is_named() -> None:
    raw = HOP + dkim_signed()
    seen = observed(raw)
    better = seen.dkim[0].model_copy(update={"domain": "example.com"})
    assert look_again(raw, altered(seen, dkim=(better,)), look) == (
        Differs("dkim[0].domain", "example.com", "mission.example.org"),
    )
    later = seen.hops[0].model_copy(update={"at": seen.checked_at})
    (found,) = look_again(raw, altered(seen, hops=(later,)), look)
    assert isinstance(found, Differs)
    assert (found.where, found.found) == ("hops[0].at", "2026-11-29T07:59:30Z")
    assert look_again(raw, altered(seen, dkim=()), look) == (Differs("dkim", "0 of them", "1 of them"),)


def test_another_message_is_another() -> None:
    raw = HOP + dkim_signed()
    (found,) = look_again(raw + b"x", observed(raw), look)
    assert isinstance(found, Differs)
    assert found.where == "message"


def test_an_answer_of_dns_that_somebody_else_gave_is_the_one_that_counts_and_is_kept() -> None:
    raw = dkim_signed()
    attacked = observed(raw, answers=dns(record_of_key(3072)))
    assert (attacked.dkim[0].verdict, attacked.dns[0].name) == ("failed", KEY_NAME)
    assert look_again(raw, attacked, look) == ()
    true = altered(attacked, dns=dns(record_of_key()))
    assert {each.where for each in look_again(raw, true, look)} >= {"dkim[0].verdict", "dkim[0].why"}


def test_what_was_not_checked_for_want_of_a_program_is_not_compared() -> None:
    raw = Mission().smime()
    without = look(raw, given(observed(raw).checked_at, observed(raw).checked_by), parts="not_installed")
    assert {(each.what, each.why) for each in without.not_checked} == {
        ("smime", "not_installed"),
        ("pdf", "not_installed"),
    }
    assert look_again(raw, without, look) == (NotCompared("signatures"), NotCompared("signatures_left_out"))
    seen = observed(raw)
    now = lambda raw, rests_on: look(raw, rests_on, parts="too_costly")  # noqa: E731
    assert look_again(raw, seen, now) == (NotCompared("signatures"), NotCompared("signatures_left_out"))


@pytest.mark.parametrize(
    "changed",
    [
        {"arrived": None},
        {"arrived": 1},
        {"dns": (DnsAnswer(name="a.example", status="no_record"),) * 2},
        {"hops_left_out": -1},
    ],
)
def test_an_observation_that_contradicts_itself_is_none(changed: dict[str, Any]) -> None:
    seen = observed(HOP + dkim_signed())
    assert seen.arrived == 0
    with pytest.raises(Malformed):
        altered(seen, **changed)


def test_an_arrival_is_the_stamp_of_an_own_host_and_no_claim() -> None:
    seen = observed(HOP + HOP + dkim_signed())
    assert seen.arrival == seen.hops[0]
    assert observed(HOP + dkim_signed(), hosts=()).arrival is None
