"""Every fuzz target over its seeds and some seeded mutations of them; and a fault that is planted is caught."""

from __future__ import annotations

import random

import pytest

from fuzz import targets
from fuzz.mutate import mutate
from fuzz.oracle import written, zipped
from fuzz.seeds import seeds_of, signed
from fuzz.targets import TARGETS
from inblue.domain.errors import Malformed
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import PLACE, SIGNATURE
from inblue.ledger.evidence.bundle import FOLDER

SLOW = {
    "bundle": 60,
    "bundle_lines": 30,
    "bundle_member": 60,
    "bundle_signed": 60,
    "policy": 100,
    "witness": 60,
    "handover": 100,
}
SLOW |= {
    "letter_pdf": 20,
    "letter_docx": 30,
    "mail_parts": 40,
    "mail_documents": 10,
    "mail_answer": 60,
    "letter_text": 40,
    "typed_field": 60,
}
SLOW |= {"published": 60, "remembered": 60, "toml": 100, "ballots": 200, "mail": 60, "printed_compendium": 100}
SLOW |= {"delegation_request": 100, "delegation_welcome": 40}


@pytest.mark.long
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found_in_true_inputs_and_in_mutations_of_them(name: str) -> None:
    seeds, chance = list(seeds_of(name).values()), random.Random(249)
    for seed in seeds:
        TARGETS[name](seed)
    for _ in range(SLOW.get(name, 400)):
        data = mutate(chance.choice(seeds), chance)
        try:
            TARGETS[name](data)
        except Exception as error:
            error.add_note(f"{name}: {data!r}")
            raise


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff" * 100, b"[" * 5000, b"{}\n" * 50])
def test_nothing_is_found_in_what_is_not_input_at_all(data: bytes) -> None:
    for target in TARGETS.values():
        target(data)


def test_a_second_spelling_that_is_read_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "decode_base64", lambda *_, **__: b"\0")
    with pytest.raises(AssertionError):
        TARGETS["base64"](b"AB==")


def test_an_exception_of_another_kind_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def indexes(_: bytes) -> None:
        raise IndexError

    monkeypatch.setattr(targets, "parse_public_pem", indexes)
    with pytest.raises(IndexError):
        TARGETS["pem"](b"")


def test_a_message_that_steers_the_terminal_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def quotes(data: bytes) -> None:
        raise Malformed(f"not a key: {data.decode()}")

    monkeypatch.setattr(targets, "parse_public_pem", quotes)
    TARGETS["pem"](b"x")
    with pytest.raises(AssertionError, match="printable"):
        TARGETS["pem"](b"\x1b[2J")


def test_other_bytes_that_hold_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    true = seeds_of("bundle")["small"]
    monkeypatch.setattr("fuzz.seeds.small_bundle", lambda: true + b"\0")
    with pytest.raises(AssertionError, match="other bytes hold"):
        TARGETS["bundle"](true)


@pytest.mark.parametrize(
    ("true", "changed"),
    [
        (b'"stream":"vote:S/1"', b'"stream":"vote:S/1\\u001b[2J"'),
        (b'"received_at":"2026', b'"received_at":"1026'),
    ],
)
def test_an_auditor_gets_an_answer_that_can_be_shown(true: bytes, changed: bytes) -> None:
    small = seeds_of("bundle_signed")["small"]
    assert true in small
    TARGETS["bundle_signed"](small.replace(true, changed, 1))


@pytest.mark.parametrize(
    "changed",
    [(b'{\\"payload\\":\\"', b'{\\"payload\\":\\"!'), (b"payloadType", b"payload"), (b"vote:S/1", b"vote:S/2")],
)
def test_a_ballot_that_is_none_or_of_another_stream_is_a_problem_and_no_crash(changed: tuple[bytes, bytes]) -> None:
    text = seeds_of("bundle_signed")["ballot"]
    assert changed[0] in text
    members, readable = signed(text.replace(*changed))
    assert readable
    found = verify_bundle(written(zipped({FOLDER + name: content for name, content in members.items()})))
    assert {problem.check for problem in found.problems} & {SIGNATURE, PLACE}


@pytest.mark.parametrize(("zone", "day"), [("America/St_Johns", b"2010-11-06"), ("Pacific/Apia", b"2011-12-30")])
def test_a_day_is_the_whole_of_it_where_clocks_change_over_midnight(
    monkeypatch: pytest.MonkeyPatch, zone: str, day: bytes
) -> None:
    monkeypatch.setattr(targets, "ZONES", (zone,))
    TARGETS["moment"](day)
