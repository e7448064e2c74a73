"""Received lines: which of them the receiver's own hosts have added, and what can be read of each."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inblue.domain.errors import Malformed
from inblue.domain.mail_observation import Hop
from inblue.ledger.observing.header import Field
from inblue.ledger.observing.mail_date import read_date
from inblue.ledger.observing.received import arrived, own_hosts, read_hop, read_hops

AT = "Sun, 29 Nov 2026 07:59:30 +0000"


def line(text: str) -> Field:
    return Field(b"Received", f" {text}\r\n".encode())


def hops(*texts: str, own: tuple[str, ...] = ("mx.example.net",)) -> tuple[Hop, ...]:
    return read_hops([line(each) for each in texts], own_hosts(own))


def test_the_stamp_of_the_receiving_host_is_told_from_a_claim_below_it() -> None:
    found = hops(
        f"from a.example (a.example [192.0.2.1]) by MX.example.net. with ESMTPS id 1; {AT}",
        f"from b.example (b.example [192.0.2.2]) by out.example with ESMTP id 2; {AT}",
    )
    assert [hop.own for hop in found] == [True, False]
    assert arrived(found) == 0
    assert found[0] == Hop(
        own=True,
        by="mx.example.net",
        called="a.example",
        seen="192.0.2.1",
        protocol="ESMTPS",
        at=datetime(2026, 11, 29, 7, 59, 30, tzinfo=UTC),
    )


def test_a_chain_that_a_sender_forged_in_the_name_of_the_receiving_host_is_a_claim() -> None:
    true = f"from evil.example (evil.example [198.51.100.9]) by mx.example.net with ESMTP id 1; {AT}"
    forged = f"from a.example ([127.0.0.1]) by mx.example.net with ESMTP id 0; {AT}"
    assert [hop.own for hop in hops(true, forged)] == [True, False]
    called_own = true.replace("from evil.example", "from mx.example.net")
    assert [hop.own for hop in hops(called_own, forged)] == [True, False]


@pytest.mark.parametrize(
    "over",
    [
        f"from mx.example.net (localhost [127.0.0.1]) by mx.example.net with ESMTP id 2; {AT}",
        f"from mx.example.net by mx.example.net with LMTP id 2 (envelope-from <a@a.example>); {AT}",
        f"from mx2.example.net (unknown [IPv6:2001:db8::5]) by mx.example.net with ESMTP id 2; {AT}",
    ],
)
def test_a_run_goes_on_where_an_own_host_had_the_message_from_an_own_one(over: str) -> None:
    under = f"from a.example (a.example [192.0.2.1]) by mx.example.net with ESMTP id 1; {AT}"
    found = hops(over, under, under, own=("mx.example.net", "2001:db8:0::5"))
    assert [hop.own for hop in found] == [True, True, False]
    assert arrived(found) == 1


@pytest.mark.parametrize(
    "over",
    [
        f"from mx.example.net (mx.example.net [192.0.2.9]) by mx.example.net with ESMTP id 2; {AT}",
        f"from x ([192.0.2.9] helo=[127.0.0.1]) by mx.example.net with ESMTP id 2; {AT}",
        f"from x (a [127.0.0.1]) (b [192.0.2.9]) by mx.example.net with ESMTP id 2; {AT}",
        f"by mx.example.net (Postfix, from userid 33) id 2; {AT}",
        f"from a.example by mx.example.net with LMTP id 2; {AT}",
    ],
)
def test_a_name_that_a_sender_chose_does_not_make_the_run_go_on(over: str) -> None:
    under = f"from a.example (a.example [192.0.2.1]) by mx.example.net with ESMTP id 1; {AT}"
    assert [hop.own for hop in hops(over, under)] == [True, False]


def test_without_own_hosts_every_hop_is_a_claim() -> None:
    found = hops(f"from a.example (a [192.0.2.1]) by mx.example.net with ESMTP id 1; {AT}", own=())
    assert [hop.own for hop in found] == [False]
    assert arrived(found) is None


def test_a_hop_that_cannot_be_read_is_kept_as_it_is_and_ends_the_run() -> None:
    good = f"from a.example (a [192.0.2.1]) by mx.example.net with ESMTP id 1; {AT}"
    found = hops("by chance\x1b[2J", good)
    assert [hop.own for hop in found] == [False, False]
    assert found[0].not_read == "bytes that are not printable ASCII: by chance<U+001B>[2J"
    assert found[0].at is None


@pytest.mark.parametrize(
    "text",
    [
        f"from a by b by c; {AT}",
        f"from a from b by c; {AT}",
        f"from a (b by c; {AT}",
        f"from a) by c; {AT}",
        f'from "a by c; {AT}',
        f"from a by c; {AT}; {AT}",
        f"from a by c d; {AT}",
        f"from a by; {AT}",
        f"from a; {AT}",
        f"a by c; {AT}",
        "from a by c",
        "from a by c; yesterday",
        f"from a by {'(' * 9}{')' * 9} c; {AT}",
        f"from a by c id {'x' * 8000}; {AT}",
    ],
)
def test_what_is_not_of_the_form_is_not_read(text: str) -> None:
    with pytest.raises(Malformed):
        read_hop(line(text))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Sun, 29 Nov 2026 07:59:30 +0000", "2026-11-29T07:59:30+00:00"),
        ("29 Nov 2026 07:59 -0530", "2026-11-29T13:29:00+00:00"),
        ("1 Jan 2026 00:00:00 GMT", "2026-01-01T00:00:00+00:00"),
    ],
)
def test_an_hour_is_an_instant(text: str, instant: str) -> None:
    assert read_date(text) == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 29 Nov 2026 07:59:30 +0000",
        "29 Nov 26 07:59:30 +0000",
        "31 Nov 2026 07:59:30 +0000",
        "29 Nov 2026 07:59:60 +0000",
        "29 Nov 2026 24:00:00 +0000",
        "29 Nov 2026 07:59:30",
        "29 Nov 2026 07:59:30 EST",
        "29 Nov 2026 07:59:30 +2460",
        "29 Nov 1969 07:59:30 +0000",
    ],
)
def test_an_hour_in_another_form_is_none(text: str) -> None:
    with pytest.raises(Malformed):
        read_date(text)


@pytest.mark.parametrize("host", ["", "a b", "a..b", "[127.0.0.1", "1.2.3.4.5/8", "mx.example.net;"])
def test_an_own_host_is_a_name_or_an_address(host: str) -> None:
    with pytest.raises(Malformed):
        own_hosts([host])


@settings(max_examples=40)
@given(st.lists(st.text(alphabet='fromby;() []\\"127.0.1mx.example.net\t', max_size=60), max_size=6))
def test_whatever_is_below_a_hop_from_outside_no_line_of_it_is_an_own_one(texts: list[str]) -> None:
    top = f"from evil (evil [198.51.100.9]) by mx.example.net with ESMTP id 1; {AT}"
    assert [hop.own for hop in hops(top, *texts)] == [True, *[False] * len(texts)]
