"""Ledgers of the Council and of the Assembly give the record that they gave before other bodies' rules came in.

The digests are of what the revision before (cb913d3) wrote. A change of the record's derivation gives new ones; nothing
else does.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from paths import case_file
from signers import LOG, REGISTRAR

import inblue
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play_all
from inblue.ledger.projections.as_of import AsOf
from inblue.ledger.projections.record import record_of
from inblue.ledger.projections.record_facts import record_bytes

BEFORE = {
    "s-2020-268": "655f230fac1c1e7c92526540139850a6c7cbfba5d96b30d896a87124ac69cfc9",
    "unga-74-544": "4f6a479408c10cdec385a763a41dc1efb611e3cb55d8e3a6db32c8b8a4ecc296",
    "simulated": "30ad50dda9a11d0ea933cf6e025a9068cefb0f026d7b4ad211fecfda9f27fef6",
}


@pytest.mark.parametrize("name", BEFORE)
def test_a_record_is_the_same_byte_for_byte(name: str) -> None:
    case = inblue.read_case(case_file(name))
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/same", clock=lambda: now) as ledger:
        play_all(ledger, [(case, case_file(name).parent)], signer=REGISTRAR, at_once=True)
        (vote,) = (ledger.vote(each) for each in ledger.votes())
    raw = record_bytes([(record_of(vote), {})], AsOf(1, 1, 1))
    assert hashlib.sha256(raw).hexdigest() == BEFORE[name]
