"""A witness follows a log to the next key that it announced; to no other, and back to none."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ledgers import SMALL, cast, small
from signers import LOG, REGISTRAR, SECOND
from tamper import turned
from witnesses import NOW, ORIGIN, SIGNS, asked, killed_at, policy_of, served, watching

from inblue.domain.instant import parse_instant
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.ledger.entries.entry import REGISTER_STREAM, Seen, draft_entry, sign_entry
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.key_terms import succession
from inblue.ledger.operations.cosign import cosign_head, request_for
from inblue.ledger.operations.handover import NotFollowed
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import NodeId, append, consistency_proof, inclusion_proof, leaf_hash, root
from inblue.ledger.standards.note import NoteSigner, encode_base64
from inblue.ledger.witness.handover import Handover, Shown, Step, write_handover
from inblue.ledger.witness.request import write_request
from inblue.ledger.witness.witness import WitnessState

SIZE = 8
THIRD = Ed25519Signer.from_seed(b"3" * 32)


def vkey(key: Ed25519Signer) -> str:
    return str(NoteSigner(ORIGIN, key).verifier)


@pytest.fixture
def state(tmp_path: Path) -> WitnessState:
    """One that has cosigned what the log was before its key changed."""
    witness = watching(tmp_path / "w")
    assert witness.add_checkpoint(asked(small(), 0, SIZE), SIGNS, NOW).status == 200
    return witness


def rotated(*keys: Ed25519Signer, announced: bool = True) -> Ledger:
    ledger = small()
    for key in keys or (SECOND,):
        if announced:
            ledger.announce_log_key(key.public_key, signer=REGISTRAR)
        ledger.replace_log_key(key, cause="rotation" if announced else "loss", signer=REGISTRAR)
    return ledger


def keys_in(state: WitnessState) -> list[str]:
    return list(state.configuration.logs[0].keys)


def test_over_http_a_log_is_followed_and_its_former_key_gets_nothing_any_more(state: WitnessState) -> None:
    ledger, thief = rotated(), small()
    thief.perform(SMALL, cast("VNM", 27), signer=REGISTRAR)
    with served(state) as url:
        policy = policy_of(url)
        assert [each.fault for each in cosign_head(ledger, policy)] == [None]
        assert keys_in(state) == [vkey(LOG), vkey(SECOND)]
        ledger.perform(SMALL, cast("VNM", 27), signer=REGISTRAR)
        assert [each.fault for each in cosign_head(ledger, policy)] == [None]
        (refused,) = cosign_head(thief, policy)
    assert "it answers 403: note: not signed by any known key" in (refused.fault or "")
    for old in (SIZE, 12, 13):
        for size in (12, 13, 14):
            if old <= size <= thief.checkpoint().size:
                assert state.add_checkpoint(asked(thief, old, size), SIGNS, NOW).status == 403
    assert state.add_checkpoint(asked(ledger, 14, 14, SECOND), SIGNS, int(time.time())).status == 200


def test_a_witness_that_knows_no_cosigned_size_is_asked_once_more(tmp_path: Path) -> None:
    witness = watching(tmp_path / "w")
    with served(witness) as url:
        assert [each.fault for each in cosign_head(rotated(), policy_of(url))] == [None]
    assert keys_in(witness) == [vkey(LOG), vkey(SECOND)]


def test_several_changes_are_followed_at_once(state: WitnessState) -> None:
    keys = [Ed25519Signer.from_seed(bytes([n]) * 32) for n in range(1, 7)]
    with pytest.raises(NotFollowed, match="has changed 6 times since; a witness follows 5 at once"):
        request_for(rotated(*keys), SIZE)
    ledger = rotated(*keys[:5])
    assert state.follow(request_for(ledger, SIZE), SIGNS, NOW).status == 200
    assert keys_in(state) == [vkey(LOG), *map(vkey, keys[:5])]


def test_a_key_that_was_not_announced_is_for_the_operator_to_judge(state: WitnessState) -> None:
    ledger = rotated(announced=False)
    with served(state) as url:
        (refused,) = cosign_head(ledger, policy_of(url))
        assert "the key before it did not announce it" in (refused.fault or "")
        assert "inblue witness watch" in (refused.fault or "")
        assert keys_in(state) == [vkey(LOG)]
        state.watch(vkey(SECOND))
        assert [each.fault for each in cosign_head(ledger, policy_of(url))] == [None]
    with pytest.raises(NotFollowed, match="did not announce it"):
        request_for(ledger, SIZE)
    assert request_for(ledger, SIZE, handover=False).startswith(b"old 8\n")


def test_a_handover_to_a_key_added_by_hand_is_not_a_fault(state: WitnessState) -> None:
    state.watch(vkey(SECOND))
    assert state.follow(request_for(rotated(), SIZE), SIGNS, NOW).status == 200
    assert keys_in(state) == [vkey(LOG), vkey(SECOND)]


def test_the_last_announcement_counts(state: WitnessState) -> None:
    ledger = small()
    for key in (SECOND, THIRD):
        ledger.announce_log_key(key.public_key, signer=REGISTRAR)
    ledger.replace_log_key(SECOND, cause="loss", signer=REGISTRAR)
    with pytest.raises(NotFollowed, match="did not announce it"):
        request_for(ledger, SIZE)


def test_another_registrar_may_not_finish_what_one_announced(state: WitnessState) -> None:
    ledger = small()
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    grant = KeyGrant(key=THIRD.key_id, public_key=THIRD.public_key.hex(), office="registrar")
    ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    ledger.replace_log_key(SECOND, cause="loss", signer=THIRD)
    with pytest.raises(NotFollowed, match="another officer's key announced it"):
        request_for(ledger, SIZE)


def forged(
    officer: Ed25519Signer,
    successor: Ed25519Signer,
    shown: Ed25519Signer = REGISTRAR,
    named: Ed25519Signer | None = None,
    announced: Ed25519Signer | None = None,
) -> bytes:
    """A handover to a key by who has that key and, as registrar, ``officer``; its entry names the officer ``named``."""
    true = small()
    true.announce_log_key((announced or successor).public_key, signer=REGISTRAR)
    head = true.log.head()
    assert head is not None
    register = list(true.streams.stream(REGISTER_STREAM))
    announcement = register[-1].envelope
    act = succession(vkey(successor), "rotation", head.note, None)
    draft = draft_entry(
        act,
        stream=REGISTER_STREAM,
        index=len(register),
        register=len(register),
        key=(named or officer).key_id,
        office="registrar",
        recorded_at=parse_instant("2026-03-29T18:00:00Z"),
        seen=Seen(head.size, true.checkpoint().root),
    )
    entry = sign_entry(draft, officer).envelope
    nodes: dict[NodeId, bytes] = {}
    for number, leaf in enumerate([*true.log.leaves(0, head.size), leaf_hash(entry)]):
        nodes.update(append(number, leaf, nodes.__getitem__))
    index, size, read = head.size - 1, head.size + 1, nodes.__getitem__

    def path(hashes: list[bytes]) -> tuple[str, ...]:
        return tuple(encode_base64(each) for each in hashes)

    step = Step(
        announcement=Shown(
            entry=announcement.decode(), index=index, path=path(inclusion_proof(index, head.size, read))
        ),
        succession=Shown(entry=entry.decode(), index=head.size, path=path(inclusion_proof(head.size, size, read))),
        officer=shown.public_key.hex(),
        consistency=path(consistency_proof(head.size, size, read)),
    )
    note = Checkpoint(ORIGIN, size, root(size, read)).sign(NoteSigner(ORIGIN, successor))
    request = write_request(SIZE, tuple(consistency_proof(SIZE, size, read)), note)
    return write_handover(Handover(steps=(step,)), request)


def test_who_has_only_the_announced_key_cannot_begin_its_term(state: WitnessState) -> None:
    for officer in (SECOND, THIRD):
        for shown, named in ((officer, None), (REGISTRAR, None), (REGISTRAR, REGISTRAR), (officer, REGISTRAR)):
            answer = state.follow(forged(officer, SECOND, shown, named), SIGNS, NOW)
            assert (answer.status, answer.body) == (403, "handover: one officer's key did not sign both entries\n")
    other = state.follow(forged(REGISTRAR, SECOND, announced=THIRD), SIGNS, NOW)
    assert (other.status, other.body) == (403, "handover: another key was announced\n")
    assert keys_in(state) == [vkey(LOG)]
    assert state.follow(forged(REGISTRAR, SECOND), SIGNS, NOW).status == 200


def test_a_handover_to_a_fork_is_not_followed(state: WitnessState) -> None:
    fork = small(change=turned)
    fork.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    fork.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
    assert state.follow(request_for(fork, SIZE), SIGNS, NOW).status == 422
    assert keys_in(state) == [vkey(LOG)]
    assert state.follow(request_for(rotated(), SIZE), SIGNS, NOW).status == 200


def test_an_old_handover_again_changes_nothing(state: WitnessState) -> None:
    once = request_for(rotated(), SIZE)
    assert state.follow(once, SIGNS, NOW).status == 200
    assert state.follow(once, SIGNS, NOW).body == "12\n"
    assert state.follow(request_for(rotated(THIRD), SIZE), SIGNS, NOW).status == 403
    assert state.follow(request_for(rotated(SECOND, THIRD), SIZE), SIGNS, NOW).body == "12\n"
    assert keys_in(state) == [vkey(LOG), vkey(SECOND)]
    assert state.follow(request_for(rotated(SECOND, THIRD), 12), SIGNS, NOW).status == 200
    assert keys_in(state) == [vkey(LOG), vkey(SECOND), vkey(THIRD)]


def other(text: str) -> str:
    return ("B" if text[0] != "B" else "C") + text[1:]


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no step": lambda value: value.update(steps=[]),
    "a step twice": lambda value: value.update(steps=value["steps"] * 2),
    "another index of the announcement": lambda value: value["steps"][0]["announcement"].update(index=3),
    "another index of the succession": lambda value: value["steps"][0]["succession"].update(index=10),
    "another hash": lambda value: value["steps"][0]["succession"]["path"].__setitem__(
        0, other(value["steps"][0]["succession"]["path"][0])
    ),
    "another hash of consistency": lambda value: value["steps"][0]["consistency"].__setitem__(
        0, other(value["steps"][0]["consistency"][0])
    ),
    "a hash of 33 bytes": lambda value: value["steps"][0]["consistency"].__setitem__(0, "A" * 44),
    "no consistency": lambda value: value["steps"][0].update(consistency=[]),
    "the entries exchanged": lambda value: value["steps"][0].update(
        announcement=value["steps"][0]["succession"], succession=value["steps"][0]["announcement"]
    ),
    "a malformed entry": lambda value: value["steps"][0]["announcement"].update(entry="{}"),
    "another officer": lambda value: value["steps"][0].update(officer=SECOND.public_key.hex()),
    "a weak officer's key": lambda value: value["steps"][0].update(officer="01" + "00" * 31),
    "another format": lambda value: value.update(format="inblue-log-handover/2"),
    "a field more": lambda value: value.update(more=1),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_not_shown_is_not_followed(state: WitnessState, change: Callable[[dict[str, Any]], object]) -> None:
    document, _, request = request_for(rotated(), SIZE).partition(b"\n")
    value = json.loads(document)
    change(value)
    answer = state.follow(json.dumps(value).encode() + b"\n" + request, SIGNS, NOW)
    assert answer.status in {400, 403}
    assert answer.body.count("\n") == 1
    assert keys_in(state) == [vkey(LOG)]


def test_what_is_not_a_handover_is_refused(state: WitnessState) -> None:
    for raw in (b"", b"{}", b"{}\n", b"x" * 800_000, request_for(small(), SIZE), b"[" * 5000 + b"\n"):
        assert state.follow(raw, SIGNS, NOW).status == 400
    state.unwatch(ORIGIN)
    assert state.follow(request_for(rotated(), SIZE), SIGNS, NOW).status == 404


@pytest.mark.long
def test_killed_before_any_step_of_following_it_locks_nobody_out_but_the_former_key(tmp_path: Path) -> None:
    request, step, alive = request_for(rotated(), SIZE), 0, True  # a child may not use the ledger of its parent
    while alive:
        witness = watching(tmp_path / str(step))
        assert witness.add_checkpoint(asked(small(), 0, SIZE), SIGNS, NOW).status == 200
        alive = killed_at(step, lambda: witness.follow(request, SIGNS, NOW))  # noqa: B023
        again = WitnessState(witness.folder)
        plain = request.partition(b"\n")[2]
        answers = [again.add_checkpoint(plain, SIGNS, NOW).status, again.follow(request, SIGNS, NOW).status]
        if keys_in(again)[1:]:
            assert again.add_checkpoint(asked(small(), SIZE), SIGNS, NOW).status == 403
        size = again.stored(again.configuration.logs[0], SIGNS.verifier)
        assert size is not None
        assert size.checkpoint.size == 12, (step, answers)
        step += 1
    assert step > 15


def test_a_handover_is_checked_against_the_key_that_is_present_when_it_is_decided(state: WitnessState) -> None:
    """The operator may have told another one while the request was read."""

    class Slow(WitnessState):
        @contextmanager
        def _lock(self, origin: str) -> Iterator[None]:
            state.watch(vkey(THIRD))
            with super()._lock(origin):
                yield

    assert Slow(state.folder).follow(request_for(rotated(), SIZE), SIGNS, NOW).status == 403
    assert keys_in(state) == [vkey(LOG), vkey(THIRD)]
