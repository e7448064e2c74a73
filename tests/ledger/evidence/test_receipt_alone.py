"""A receipt by itself: each of its five questions has an answer of its own, in Python and under Node alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ledgers import SMALL, small
from node import ask
from signers import REGISTRAR, SECOND

from inblue.domain.canonical import canonical
from inblue.domain.errors import Malformed
from inblue.ledger.errors import Broken
from inblue.ledger.evidence.receipt import Receipt, read_receipt
from inblue.ledger.evidence.receipt_alone import KnownKeys, check_alone
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.operations.export import issue_receipt
from inblue.ledger.standards.ed25519 import Ed25519Signer

CHINA = Ed25519Signer.from_seed(b"c" * 32)
ON_PAPER = small(change=lambda history: history[:4])
BY_BALLOT = small(change=lambda history: history[:4], members={"CHN": CHINA})
PAPER, BALLOT = (issue_receipt(ledger, SMALL, "CHN") for ledger in (ON_PAPER, BY_BALLOT))
KEYS = KnownKeys.of_register(BY_BALLOT.register())
ALL = {"reply": "holds", "signature": "holds", "ballot": "holds", "inclusion": "holds", "checkpoint": "holds"}


def found(receipt: Receipt, keys: KnownKeys) -> dict[str, str]:
    return {each.name: each.found for each in check_alone(receipt, keys).checks}


def on_the_page(receipt: Receipt, keys: KnownKeys) -> list[Any]:
    """A question for the page's check."""
    evidence = {
        "receipt": receipt.canonical().decode("latin-1"),
        "log_keys": list(keys.log_keys),
        "officers": dict(keys.officers),
        "members": dict(keys.members),
    }
    return ["checkReceipt", evidence]


def _as_another_act(value: dict[str, Any]) -> None:
    value["act"] += 1


def _of_another_member(value: dict[str, Any]) -> None:
    value["member"] = "EST"


def _elsewhere_in_the_log(value: dict[str, Any]) -> None:
    value["proof"] = value["proof"].replace("\nindex 5\n", "\nindex 4\n")


def _under_another_root(value: dict[str, Any]) -> None:
    other = issue_receipt(ON_PAPER, SMALL, "CHN").proof
    value["proof"] = value["proof"][: value["proof"].index("\n\n")] + other[other.index("\n\n") :]


def _signed_by_nobody(value: dict[str, Any]) -> None:
    head, _, last = value["proof"].removesuffix("\n").rpartition(" ")
    value["proof"] = (
        f"{head} {last[:-8]}AAAAAA=={''}\n" if last.endswith("==") else f"{head} {last[:10]}AAAA{last[14:]}\n"
    )


CHANGES: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (_as_another_act, "reply"),
    (_of_another_member, "reply"),
    (_elsewhere_in_the_log, "inclusion"),
    (_under_another_root, "inclusion"),
    (_signed_by_nobody, "checkpoint"),
]


def changed(change: Callable[[dict[str, Any]], None]) -> Receipt:
    value: dict[str, Any] = json.loads(BALLOT.canonical())
    before = json.dumps(value)
    change(value)
    assert json.dumps(value) != before
    return read_receipt(canonical(value), where="r")


def test_what_holds_is_said_of_each_question_apart() -> None:
    assert found(BALLOT, KEYS) == ALL
    assert found(PAPER, KEYS) == {name: answer for name, answer in ALL.items() if name != "ballot"}


def test_without_a_key_no_signature_is_said_to_hold() -> None:
    for keys in (KnownKeys(), KEYS._replace(log_keys=()), KEYS._replace(officers={}), KEYS._replace(members={})):
        alone = check_alone(BALLOT, keys)
        assert (alone.holds, alone.whole) == (True, False)
    assert found(BALLOT, KnownKeys())["checkpoint"] == "unknown"


@pytest.mark.parametrize(("change", "broken"), CHANGES)
def test_a_receipt_that_was_edited_does_not_hold(change: Callable[[dict[str, Any]], None], broken: str) -> None:
    assert found(changed(change), KEYS)[broken] == "broken"


def test_another_logs_key_has_not_signed_it() -> None:
    other = Trust(origin="example.org/small", log_key=str(_vkey(SECOND)))
    assert found(BALLOT, KEYS.believing(other))["checkpoint"] == "broken"


def _vkey(signer: Ed25519Signer) -> object:
    from inblue.ledger.standards.note import Verifier

    return Verifier("example.org/small", signer.public_key)


def test_a_ballot_by_a_key_of_another_member_does_not_hold() -> None:
    stolen = {CHINA.key_id: ("EST", CHINA.public_key.hex())}
    assert found(BALLOT, KEYS._replace(members=stolen))["ballot"] == "broken"


def test_an_entry_whose_bytes_were_edited_cannot_be_read_or_is_not_signed() -> None:
    value: dict[str, Any] = json.loads(BALLOT.canonical())
    with pytest.raises(Broken, match="cannot be read"):
        check_alone(Receipt.of(value | {"entry": value["entry"].replace('"sig":"', '"sig": "')}, where="r"), KEYS)
    with pytest.raises(Malformed):
        read_receipt(canonical({name: each for name, each in value.items() if name != "digest"}), where="r")
    wrong = {REGISTRAR.key_id: SECOND.public_key.hex()}
    assert found(BALLOT, KEYS._replace(officers=wrong))["signature"] == "broken"


def test_the_page_answers_as_the_program_does() -> None:
    asked = [(BALLOT, KEYS), (PAPER, KEYS), (BALLOT, KnownKeys()), (BALLOT, KEYS._replace(officers={}))]
    asked += [(changed(change), KEYS) for change, _ in CHANGES]
    asked += [(BALLOT, KEYS._replace(members={CHINA.key_id: ("EST", CHINA.public_key.hex())}))]
    asked += [(BALLOT, KEYS.believing(Trust(log_key=str(_vkey(SECOND)))))]
    assert ask(on_the_page(*each) for each in asked) == [found(*each) for each in asked]
