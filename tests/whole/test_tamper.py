"""A seeded sample of the tamper matrix and of the reducer; ``make tamper`` runs all of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from ledgers import small
from reducer import Ended, Item, Judge, Whole, every_reduction, run_reductions, wholes
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
    run,
    sample,
)

from inblue.domain import verdict
from inblue.ledger.audit import result, timeline

pytestmark = pytest.mark.long


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


def test_attacks_are_judged_on_every_core_alike(target: Target) -> None:
    attacks = [*sample(every_attack(target), 1, seed=2020)]
    alone = Counter((each.group, ended) for each in attacks if (ended := outcome(each, target)) is not None)
    assert run(attacks, target) == alone


def test_an_attack_that_nothing_accounts_for_fails_the_run(target: Target) -> None:
    forged = exported(small(FRESH_SIGNER, FRESH_LOG, in_time))
    unseen = Attack("fresh keys and no trust file", "in_time", lambda: forged, replace(target).known.model_copy())
    assert outcome(unseen, target) == "detected"
    blind = Attack("fresh keys and no trust file", "in_time", lambda: forged, type(target.known)())
    with pytest.raises(AssertionError, match="says more than the true bundle"):
        outcome(blind, target)


# What is left out (laws.md, 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Whole]:
    return wholes(tmp_path_factory.mktemp("reduced"))


def test_whatever_is_left_out_never_makes_a_verdict_stronger(made: list[Whole]) -> None:
    """A seeded sample of each item, each kind, each pair and sets, of every bundle, for every reader."""
    chance = random.Random(2026)
    ended: Counter[str] = Counter()
    for whole in made:
        by_group: dict[str, list[tuple[str, frozenset[Item]]]] = {}
        for group, reader, left_out in every_reduction(whole, 50):
            by_group.setdefault(group, []).append((reader, left_out))
        judges = {reader: Judge(whole, reader) for reader in whole.told.readers}
        for cases in by_group.values():
            ended.update(judges[reader].ended(left_out) for reader, left_out in chance.sample(cases, 6))
    assert set(ended) == {"detected", "older", "weaker", "the same", "said to be missing"}


def test_what_is_left_out_is_judged_on_every_core(made: list[Whole]) -> None:
    ended = run_reductions(made, 700, sample=0.005)
    assert {how for _, how in ended} <= set(get_args(Ended))
    assert sum(ended.values()) > 50


def test_the_ledgers_that_are_reduced_have_all_that_can_be_left_out(made: list[Whole]) -> None:
    kinds = {item.kind for whole in made for item in whole.items}
    tails = {"register from", "tokens from", "cosigned from", "log from", "end"}
    assert kinds == {"token", "cosigned", "line", "file", "salt", "register", "entry", "vote", *tails}
    strengths = [set(Judge(whole, "both authorities").said.strengths.values()) for whole in made]
    assert {"proven", "attested", "documented"} in strengths
    assert any(whole.named and len(whole.named) > 10 for whole in made)


def no_token_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline.Timeline, "_awaited", lambda *_: None)
    monkeypatch.setattr(timeline.Timeline, "_could_cover", lambda *_: None)


def no_hour_is_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline.Timeline, "missing", lambda *_: None)


def who_is_absent_is_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline.Needed, "weakest", lambda _, best_first: best_first[-1] if best_first else None)


def a_range_alone_is_witnessed(monkeypatch: pytest.MonkeyPatch) -> None:
    of_range = property(lambda found: 0 < found.start + found.entries <= found.witnessed_size)
    monkeypatch.setattr(result.Verification, "witnessed", of_range)


def a_doubt_does_not_weigh(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = verdict.judge
    blind = lambda state, reply, bounds=None: judge(state, reply, bounds and bounds._replace(doubt=None))  # noqa: E731
    monkeypatch.setattr("inblue.ledger.projections.record.judge", blind)


@pytest.mark.parametrize(
    ("broken", "left_out"),
    [
        (no_token_is_awaited, "token"),
        (who_is_absent_is_no_matter, "token"),
        (a_range_alone_is_witnessed, "line"),
        (a_doubt_does_not_weigh, "token"),
        (no_hour_is_unchecked, "token"),
    ],
)
def test_the_reducer_notices_when_a_rule_is_taken_away(
    made: list[Whole], monkeypatch: pytest.MonkeyPatch, broken: Callable[[pytest.MonkeyPatch], None], left_out: str
) -> None:
    judges = [Judge(whole, reader) for whole in reversed(made) for reader in ("both authorities", "the first alone")]
    reductions = [(judge, frozenset({item})) for judge in judges for item in judge.whole.items if item.kind == left_out]
    broken(monkeypatch)
    with pytest.raises(AssertionError, match=r"mailed|eventful|contested|forward|unfinished"):
        _judge_all(reductions)


def _judge_all(reductions: list[tuple[Judge, frozenset[Item]]]) -> None:
    for judge, left_out in reductions:
        judge.ended(left_out)
