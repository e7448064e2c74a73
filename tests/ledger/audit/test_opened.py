"""The fast ways give the same results: reading an entry by its template, checking a signature with libsodium."""

from __future__ import annotations

import gc
import json
import random
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

import pytest
from fuzz.mutate import mutate
from ledgers import first_format
from paths import VECTORS, case_file
from signers import LOG, REGISTRAR

from inblue.domain.canonical import canonical
from inblue.domain.errors import Malformed
from inblue.ledger.audit.opened import collecting_rarely, open_entries
from inblue.ledger.entries.entry import Entry, Seen, read_again, read_as_written, read_strictly, write_entry
from inblue.ledger.entries.kinds import KINDS, is_vote_act
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.standards.dsse import open_envelope, seal
from inblue.ledger.standards.ed25519 import verify, verify_among_many
from inblue.ledger.standards.merkle import EMPTY_ROOT

WYCHEPROOF = VECTORS / "published" / "wycheproof-ed25519.json"
TOKENS = ("0" * 64, "1f" * 32)


@pytest.fixture(scope="module")
def entries() -> list[bytes]:
    """Entries of the real case and the simulated one, and of each some with tokens and letters of other scripts."""
    with Ledger.create(None, signer=REGISTRAR, log_signer=LOG) as ledger:
        for name in ("s-2020-268", "simulated"):
            play(ledger, read_case(case_file(name)), case_file(name).parent, signer=REGISTRAR)
        found = [row.envelope for row in ledger.streams.page(0, 500)]
    at = datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC)
    for tokens in ((), TOKENS[:1], TOKENS):
        acts = [read_strictly(open_envelope(raw), raw).act for raw in found[::9]]
        common: dict[str, Any] = {"signer": REGISTRAR, "office": "registrar", "recorded_at": at, "register": 5}
        found += [
            write_entry(
                act, stream="vote:S/1", index=7, seen=Seen(9, EMPTY_ROOT, tokens), idempotency_key=key, **common
            ).envelope
            for act, key in zip(acts, cycle((None, "letter-17", "A.b_c:d" * 9)), strict=False)
        ]
    with first_format():
        first = [
            write_entry(act, stream="vote:S/1", index=7, seen=Seen(9, EMPTY_ROOT, TOKENS), **common).envelope
            for act in acts
        ]
    return [*first, *found]


def strictly(raw: bytes) -> Entry | None:
    try:
        return read_strictly(open_envelope(raw), raw)
    except Malformed:
        return None


def test_what_is_written_here_is_read_by_its_template(entries: list[bytes]) -> None:
    read = [read_as_written(open_envelope(raw), raw) for raw in entries]
    assert None not in read
    assert read == [strictly(raw) for raw in entries]
    assert {(each.register is None, each.idempotency_key is None) for each in read if each} == {
        (True, True),
        (False, True),
        (False, False),
    }


def test_what_is_read_again_is_what_was_read(entries: list[bytes]) -> None:
    for raw in entries:
        entry = read_strictly(open_envelope(raw), raw)
        if is_vote_act(entry.act):
            assert read_again(raw) == entry.recorded(entry.act)


def test_the_template_takes_nothing_that_strict_reading_does_not_take(entries: list[bytes]) -> None:
    chance = random.Random(13)
    for _ in range(4_000):
        payload = open_envelope(chance.choice(entries)).payload
        for _ in range(chance.randrange(1, 3)):
            payload = mutate(payload, chance)
        try:
            raw = seal(payload, REGISTRAR)
        except Malformed:
            continue
        read = read_as_written(open_envelope(raw), raw)
        assert read is None or read == strictly(raw), payload


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"index":7', b'"index":07'),
        (b'"register":5', b'"register":05'),
        (b'"register":5', b'"register":-5'),
        (b'"register":5', b'"register":null'),
        (b'"register":5,', b""),
        (b"inblue-entry/2", b"inblue-entry/1"),
        (b"inblue-entry/2", b"inblue-entry/3"),
        (b'"idempotency_key":"letter-17"', b'"idempotency_key":"letter 17"'),
        (b'"idempotency_key":"letter-17"', b'"idempotency_key":""'),
        (b'"idempotency_key":"letter-17"', b'"idempotency_key":"' + b"x" * 65 + b'"'),
        (b'"idempotency_key":"letter-17"', b'"idempotency_key":null'),
        (b'"index":7', b'"index":-7'),
        (b'"index":7', b'"index":7.0'),
        (b'"size":9', b'"size":true'),
        (b".250000Z", b".000000Z"),
        (b".250000Z", b".25Z"),
        (b"T12:00:00", b"T24:00:00"),
        (b"2026-03-01T", b"2026-02-30T"),
        (b'"stream":"vote', b'"stream":" vote'),
        (b'"' + TOKENS[0].encode() + b'",', b'"' + TOKENS[1].encode() + b'",'),
        (b'{"act":', b'{"act": '),
        (b'"source":null', b'"source":"\\u007f"'),
        (b'"source":null', b'"source":"\\ud800"'),
        (b'"source":null', b'"source":null,"source":null'),
    ],
)
def test_what_differs_from_the_template_by_a_little_is_looked_into(
    entries: list[bytes], old: bytes, new: bytes
) -> None:
    payload = next(
        payload
        for raw in reversed(entries)
        if b"letter-17" in (payload := open_envelope(raw).payload) and TOKENS[0].encode() in payload and old in payload
    )
    raw = seal(payload.replace(old, new), REGISTRAR)
    assert read_as_written(open_envelope(raw), raw) is None
    assert strictly(raw) is None


@pytest.mark.parametrize("added", [{"register": 5}, {"idempotency_key": "letter-17"}, {"format": "inblue-entry/2"}])
def test_the_first_format_has_no_field_of_the_second(entries: list[bytes], added: dict[str, Any]) -> None:
    payload = json.loads(open_envelope(entries[0]).payload)
    raw = seal(canonical({**payload, **added}), REGISTRAR)
    assert read_as_written(open_envelope(raw), raw) is None
    assert strictly(raw) is None


def test_no_act_holds_an_integer_that_has_no_exact_form() -> None:
    """The template does not look at integers in an act: each is bounded by the act itself."""

    def bounded(schema: Any) -> bool:
        if isinstance(schema, list):
            return all(map(bounded, schema))
        if not isinstance(schema, dict):
            return True
        if schema.get("type") in {"integer", "number"} and not schema.get("maximum", 2**53) < 2**53:
            return False
        return all(map(bounded, schema.values()))

    assert [kind for kind, cls in KINDS.items() if not bounded(cls.model_json_schema())] == []


def test_both_libraries_take_the_same_signatures() -> None:
    chance, message = random.Random(7), b"in blue"
    cases = [(REGISTRAR.public_key, REGISTRAR.sign(message), message)]
    for group in json.loads(WYCHEPROOF.read_text())["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            cases.append((public, bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])))
            if test["result"] != "acceptable":  # of keys that are not enrolled
                assert verify(*cases[-1]) == (test["result"] == "valid"), test["tcId"]
    identity = (1).to_bytes(32, "little")  # of small order: with it one signature fits every message
    cases += [(identity, identity + bytes(32), bytes([n])) for n in range(20)]
    for _ in range(500):
        public, signature = REGISTRAR.public_key, bytearray(REGISTRAR.sign(message))
        signature[chance.randrange(64)] ^= 1 << chance.randrange(8)
        cases.append((public, bytes(signature[: chance.choice((63, 64, 64, 64))]), message))
    assert not any(verify(*case) for case in cases[-520:-500])
    for case in cases:
        assert verify_among_many(*case) == verify(*case), case


def test_a_signature_that_was_checked_ahead_counts_for_its_key_alone(entries: list[bytes]) -> None:
    (opened,) = open_entries(entries[:1], {REGISTRAR.key_id: REGISTRAR.public_key})
    assert opened.signed_by == REGISTRAR.public_key
    assert opened.is_signed_by(REGISTRAR.public_key)
    assert not opened.is_signed_by(LOG.public_key)
    (unknown,) = open_entries(entries[:1])
    assert unknown.signed_by is None
    assert unknown.is_signed_by(REGISTRAR.public_key)


@pytest.mark.parametrize("before", [(700, 10, 10), (0, 10, 10), (90_000, 5, 5)])
def test_garbage_is_looked_for_rarely_meanwhile_and_not_where_the_caller_has_turned_it_off(
    before: tuple[int, int, int],
) -> None:
    ours = gc.get_threshold()
    gc.set_threshold(*before)
    try:
        with collecting_rarely():
            assert gc.get_threshold()[0] == (max(before[0], 50_000) if before[0] else 0)
        assert gc.get_threshold() == before
    finally:
        gc.set_threshold(*ours)
