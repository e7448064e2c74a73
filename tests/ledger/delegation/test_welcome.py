"""A registrar's welcome: it answers one request, and shows that the log has the key; what is forged is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from delegations import ASKING, LATVIA, WITNESS, asked, enrolled, founded
from hypothesis import given
from hypothesis import strategies as st
from signers import REGISTRAR, SECOND

from inblue.domain.canonical import canonical
from inblue.domain.errors import InblueError, Refused
from inblue.domain.register_acts import KeyEnrolled
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.delegation.request import enrolment_of
from inblue.ledger.delegation.welcome import Welcome, check_welcome, read_welcome, welcome_for
from inblue.ledger.errors import Broken, NotFound
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.standards.ed25519 import Ed25519Signer

REQUEST = asked()
LEDGER = enrolled(REQUEST, by_a_clerk=True)
WELCOME = welcome_for(LEDGER, REQUEST)
WRITTEN: dict[str, Any] = json.loads(WELCOME.canonical())


def read_again(value: Any) -> Welcome:
    return read_welcome(canonical(value), where="w")


def test_a_welcome_shows_that_the_key_is_enrolled_and_by_whom() -> None:
    found = check_welcome(read_again(WRITTEN), REQUEST)
    assert (found.grant, found.founder) == (REQUEST.grant(), REGISTRAR.key_id)
    assert [each.index for each in WELCOME.entries] == [0, 1, 2]  # the founding, the clerk, the delegation
    trust = found.trust(WELCOME)
    assert trust.names_a_key
    known = Trust.read(trust.canonical(), where="t")
    assert verify(LEDGER.streams, LEDGER.log, LEDGER.files, trust=known).trusted


def test_of_a_register_only_what_leads_to_the_key_is_shown() -> None:
    ledger = founded()
    for seed in b"xyz":
        other = asked(replace(ASKING, member="EST"), own=Ed25519Signer.from_seed(bytes([seed]) * 32))
        ledger.keep_register(enrolment_of(other), signer=REGISTRAR)
    ledger.keep_register(enrolment_of(REQUEST), signer=REGISTRAR)
    assert [each.index for each in welcome_for(ledger, REQUEST).entries] == [0, 4]


def test_it_follows_the_log_to_its_next_key() -> None:
    ledger = enrolled(REQUEST)
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
    welcome = welcome_for(ledger, REQUEST)
    check_welcome(welcome, REQUEST)
    value: dict[str, Any] = json.loads(welcome.canonical())
    with pytest.raises(InblueError):
        check_welcome(read_again(value | {"log_key": WRITTEN["log_key"]}), REQUEST)


def test_nobody_is_welcomed_who_is_not_enrolled() -> None:
    with pytest.raises(NotFound, match="not enrolled"):
        welcome_for(founded(), REQUEST)


def test_the_welcome_of_another_request_is_refused() -> None:
    again = asked()  # the same, but for its nonce
    with pytest.raises(Refused, match="another request"):
        check_welcome(WELCOME, again)


def test_the_welcome_of_another_ledger_is_refused() -> None:
    elsewhere = asked(replace(ASKING, log="example.org/other"))
    forged = json.loads(welcome_for(enrolled(elsewhere, "example.org/other"), elsewhere).canonical())
    with pytest.raises(Refused, match=r"the request was for example.org/votes"):
        check_welcome(read_again(forged | {"request": REQUEST.sha256}), REQUEST)
    with pytest.raises(Broken, match="founding of that log"):
        check_welcome(read_again(forged | {"request": REQUEST.sha256, "log": REQUEST.log}), REQUEST)


def test_a_welcome_that_enrols_the_key_for_something_else_is_refused() -> None:
    ledger = founded()
    grant = REQUEST.grant().model_copy(update={"office": "charge_d_affaires"})
    ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    mine = json.loads(welcome_for(ledger, asked(replace(ASKING, office="charge_d_affaires"))).canonical())
    with pytest.raises(Broken, match="is enrolled as charge_d_affaires of LVA"):
        check_welcome(read_again(mine | {"request": REQUEST.sha256}), REQUEST)


def test_a_welcome_for_another_key_does_not_show_that_this_one_is_enrolled() -> None:
    theirs = asked(own=WITNESS, witness=LATVIA)
    value = json.loads(welcome_for(enrolled(theirs), theirs).canonical())
    with pytest.raises(Broken, match="does not show that this delegation's key is enrolled"):
        check_welcome(read_again(value | {"request": REQUEST.sha256}), REQUEST)


def _left_out(value: dict[str, Any]) -> None:
    del value["entries"][1]


def _turned_around(value: dict[str, Any]) -> None:
    value["entries"].reverse()


def _elsewhere(value: dict[str, Any]) -> None:
    value["entries"][2]["index"] = 7


def _unproved(value: dict[str, Any]) -> None:
    value["entries"][2]["path"] = value["entries"][2]["path"][:-1]


def _under_an_older_head(value: dict[str, Any]) -> None:
    head = founded().log.head()
    assert head is not None
    value["checkpoint"] = head.note.decode()


def _resigned(value: dict[str, Any]) -> None:
    value["checkpoint"] = value["checkpoint"].replace("\n3\n", "\n4\n")


@pytest.mark.parametrize("change", [_left_out, _turned_around, _elsewhere, _unproved, _under_an_older_head, _resigned])
def test_a_forged_welcome_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    value: dict[str, Any] = json.loads(WELCOME.canonical())
    change(value)
    with pytest.raises(InblueError):
        check_welcome(read_again(value), REQUEST)


@given(st.integers(0, len(WELCOME.canonical()) - 1), st.integers(1, 255))
def test_whatever_byte_of_a_welcome_is_changed_it_is_refused_or_says_the_same(at: int, by: int) -> None:
    raw = bytearray(WELCOME.canonical())
    raw[at] ^= by
    try:
        found = check_welcome(read_welcome(bytes(raw), where="w"), REQUEST)
    except InblueError:
        return
    assert (found.grant, found.founder) == (REQUEST.grant(), REGISTRAR.key_id)
