"""A delegation's request: its two proofs are for one log, one member, one office, one purpose, and for nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from delegations import ASKING, LATVIA, WITNESS, asked, enrolled, founded
from signers import LOG, REGISTRAR

from inblue.domain.canonical import canonical
from inblue.domain.errors import InblueError, Malformed, Refused
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, KeyRevoked
from inblue.ledger.delegation.request import (
    MAX_REQUEST_BYTES,
    OF_THE_MEMBER,
    OF_THE_WITNESS,
    check_asked,
    read_request,
)
from inblue.ledger.errors import Broken
from inblue.ledger.standards.dsse import BALLOT_TYPE, PAYLOAD_TYPE


def test_a_request_is_read_as_it_was_made() -> None:
    request = asked()
    assert read_request(request.canonical(), where="r") == request
    assert check_asked(request, founded().register()) is None
    assert check_asked(request, enrolled(request).register()) == request.grant()


@pytest.mark.parametrize("field", ["log", "member", "office", "holder", "public_key", "made_at", "nonce"])
def test_a_request_of_which_anything_is_changed_is_refused(field: str) -> None:
    others = {
        "log": "example.org/other",
        "member": "EST",
        "office": "deputy_permanent_representative",
        "holder": "Somebody",
        "public_key": WITNESS.public_key.hex(),
        "made_at": "2026-11-28T09:00:01Z",
        "nonce": "0" * 32,
    }
    value = asked().json_value() | {field: others[field]}
    with pytest.raises(InblueError, match=r"has not signed this request|cannot be the member's too"):
        read_request(canonical(value), where="r")


def test_a_request_to_another_ledger_is_refused_there() -> None:
    with pytest.raises(Refused, match=r"is for the log example.org/votes, and this is example.org/other"):
        check_asked(asked(), founded("example.org/other").register())


def test_a_proof_is_for_no_other_object_that_is_signed() -> None:
    assert len({OF_THE_MEMBER, OF_THE_WITNESS, PAYLOAD_TYPE, BALLOT_TYPE}) == 4
    value = asked().json_value()
    value["proof"], value["witness_proof"] = value["witness_proof"], value["proof"]
    with pytest.raises(Broken, match="the member's key has not signed"):
        read_request(canonical(value), where="r")
    value = asked().json_value() | {"witness_proof": asked(witness=LATVIA).witness_proof}
    with pytest.raises(Broken, match="the witness's key has not signed"):
        read_request(canonical(value), where="r")


def test_one_key_is_not_both_the_members_and_the_witnesss() -> None:
    with pytest.raises(Malformed, match="cannot be the member's too"):
        read_request(asked(witness=LATVIA).canonical(), where="r")


def test_a_key_of_the_log_asks_for_nothing() -> None:
    for request in (asked(own=LOG), asked(witness=LOG)):
        with pytest.raises(Malformed, match="the log's key signs checkpoints only"):
            check_asked(request, founded().register())


def test_no_delegation_becomes_the_registrar() -> None:
    from dataclasses import replace

    with pytest.raises(Refused, match="not a delegation's"):
        check_asked(asked(replace(ASKING, office="registrar")), founded().register())


def test_a_key_of_another_member_or_a_revoked_one_is_refused() -> None:
    ledger = founded()
    grant = KeyGrant(
        key=LATVIA.key_id, public_key=LATVIA.public_key.hex(), office="permanent_representative", member="EST"
    )
    ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    with pytest.raises(Refused, match="is one of EST"):
        check_asked(asked(), ledger.register())
    ledger.keep_register(KeyRevoked(key=LATVIA.key_id, reason="lost"), signer=REGISTRAR)
    with pytest.raises(Refused, match="was revoked"):
        check_asked(asked(), ledger.register())


def _without_a_proof(value: dict[str, Any]) -> None:
    del value["witness_proof"]


def _with_more(value: dict[str, Any]) -> None:
    value["admin"] = True


def _of_another_purpose(value: dict[str, Any]) -> None:
    value["purpose"] = "sign_anything"


def _with_a_strange_address(value: dict[str, Any]) -> None:
    value["witness"]["url"] = "https://example.org/ quorum none"


@pytest.mark.parametrize("change", [_without_a_proof, _with_more, _of_another_purpose, _with_a_strange_address])
def test_a_malformed_request_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    value: dict[str, Any] = json.loads(asked().canonical())
    change(value)
    with pytest.raises(Malformed, match=r"^r: "):
        read_request(canonical(value), where="r")


def test_a_request_is_no_longer_than_it_needs_to_be() -> None:
    with pytest.raises(Malformed):
        read_request(asked().canonical() + b" " * MAX_REQUEST_BYTES, where="r")
