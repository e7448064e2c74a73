"""A seeded sample of the tamper matrix; ``make tamper`` runs all of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ledgers import small
from tamper import (
    FRESH_LOG,
    FRESH_SIGNER,
    Attack,
    Proved,
    Target,
    every_attack,
    every_attack_on_proof,
    exported,
    in_time,
    outcome,
    sample,
)


@pytest.fixture(scope="module")
def target() -> Target:
    return Target.make()


def test_a_sample_of_every_kind_of_attack_is_detected_or_accounted_for(target: Target) -> None:
    ended = {(attack.group, outcome(attack, target)) for attack in sample(every_attack(target), 12, seed=2020)}
    passed = {group for group, how in ended if how not in {"detected", None}}
    assert passed == {"older copy", "shorter range", "rewritten with every key"}
    assert ("rewritten with every key", "out of reach") in ended
    assert ("older copy", "weaker") in ended
    assert ("older copy, a later checkpoint known", "detected") in ended
    assert len({group for group, _ in ended}) == len({attack.group for attack in every_attack(target)})


def test_a_sample_of_every_attack_on_what_third_parties_vouch_for(tmp_path: Path) -> None:
    target = Proved.prove(tmp_path / "one")
    assert {key: verdict.strength for key, verdict in target.said.replies.items()} == {
        ("CHN", 1): "proven",
        ("EST", 1): "documented",
    }
    attacks = list(every_attack_on_proof(target))
    ended = {(attack.group, outcome(attack, target)) for attack in sample(attacks, 8, seed=2020)}
    passed = {group for group, how in ended if how not in {"detected", None}}
    weaker = {"timestamps stripped", "cosignatures stripped", "flipped byte of a proof", "proofs exchanged"}
    assert passed <= {*weaker, "rewritten with every key"}
    assert ("rewritten with every key", "out of reach") in ended
    assert ("timestamps stripped", "weaker") in ended
    assert ("cosignatures stripped", "weaker") in ended
    assert {group for group, _ in ended} == {attack.group for attack in attacks}


def test_an_attack_that_nothing_accounts_for_fails_the_run(target: Target) -> None:
    forged = exported(small(FRESH_SIGNER, FRESH_LOG, in_time))
    unseen = Attack("fresh keys and no trust file", "in_time", lambda: forged, replace(target).known.model_copy())
    assert outcome(unseen, target) == "detected"
    blind = Attack("fresh keys and no trust file", "in_time", lambda: forged, type(target.known)())
    with pytest.raises(AssertionError, match="says more than the true bundle"):
        outcome(blind, target)
