"""A delegation's witness in the registrar's policy: one line more, and the quorum as it was."""

from __future__ import annotations

import pytest
from delegations import LATVIA, asked
from signers import REGISTRAR

from inblue.domain.errors import Malformed, Refused
from inblue.ledger.delegation.policy import with_witness
from inblue.ledger.standards.cosignature import CosignatureVerifier
from inblue.ledger.standards.witness_policy import parse_policy

WITNESS = asked().witness
OTHER = CosignatureVerifier("other.example", REGISTRAR.public_key)
BEFORE = f"# who watches us\nwitness other.example {OTHER} https://other.example\nquorum other.example\n\n# end\n"


def test_the_line_comes_before_the_quorum_which_stays() -> None:
    after = with_witness(BEFORE, WITNESS)
    policy = parse_policy(after)
    assert [each.name for each in policy.witnesses] == ["other.example", "delegation.example"]
    assert policy.quorum == "other.example"
    assert after.replace(f"witness delegation.example {WITNESS.vkey}\n", "") == BEFORE
    assert with_witness(after, WITNESS) == after


def test_where_a_policy_is_missing_one_begins() -> None:
    assert parse_policy(with_witness("", WITNESS)).quorum is None


def test_a_name_that_is_taken_or_a_key_that_is_there_is_refused() -> None:
    after = with_witness(BEFORE, WITNESS)
    with pytest.raises(Refused, match=r"delegation.example cannot be added"):
        with_witness(after, asked(witness=LATVIA).witness)
    with pytest.raises(Malformed):
        with_witness("quorum\n", WITNESS)
