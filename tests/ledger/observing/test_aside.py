"""A mail is looked at in the child that reads mails; what takes it down is not checked, and that is said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from signed_mail import BY, HOP, OWN, Mission, dkim_signed, dns, empty_pdf, record_of_key, with_pdf

from inblue.domain.mail_observation import MailObservation
from inblue.ledger.intake.reading import Answer, ask_child
from inblue.ledger.observing import aside
from inblue.ledger.observing.aside import HEADER, WHOLE, look_aside
from inblue.ledger.observing.look import Given, given, look


def rests_on(mission: Mission) -> Given:
    now = datetime.now(UTC).replace(microsecond=0)
    return given(now, BY, hosts=(OWN,), roots=mission.roots, dns=dns(record_of_key()))


def test_the_child_sees_what_is_seen_here() -> None:
    mission = Mission()
    raw, known = HOP + with_pdf(mission.sign_pdf(empty_pdf())), rests_on(mission)
    seen = look_aside(raw, known)
    assert seen == look(raw, known)
    assert (seen.signatures[0].verdict, seen.signatures[0].chain, seen.arrived) == ("verified", "leads_to_root", 0)


def test_what_takes_the_child_with_it_is_not_checked_and_the_header_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_parts(raw: bytes, how: str, **given: object) -> Answer:
        return Answer(-9, b"", "killed") if how == WHOLE else ask_child(raw, how, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(aside, "ask_child", without_parts)
    seen = look_aside(HOP + dkim_signed(), rests_on(Mission()))
    assert {(each.what, each.why) for each in seen.not_checked} == {("smime", "too_costly"), ("pdf", "too_costly")}
    assert seen.dkim[0].verdict == "verified"


@pytest.mark.parametrize("lie", ["nothing", "another message", "not an observation"])
def test_a_child_that_is_led_to_say_something_else_is_not_believed(monkeypatch: pytest.MonkeyPatch, lie: str) -> None:
    known = rests_on(Mission())
    said = {
        "nothing": b"",
        "another message": look(b"Subject: another\n", known).canonical(),
        "not an observation": b"{}",
    }[lie]
    asked: list[str] = []

    def lies(_: bytes, how: str, **given: object) -> Answer:
        asked.append(how)
        return Answer(0, said, "")

    monkeypatch.setattr(aside, "ask_child", lies)
    seen: MailObservation = look_aside(HOP + dkim_signed(), known)
    assert asked == [WHOLE, HEADER]
    assert {each.what for each in seen.not_checked} == {"received", "dkim", "smime", "pdf"}
    assert (seen.hops, seen.dkim) == ((), ())
