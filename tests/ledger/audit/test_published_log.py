"""Auditing a published log: over HTTP, again and again, and from servers that lie, rewrite, dawdle and break."""

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from audits import audit, failed, names_of
from command_line import call
from ledgers import SMALL, sign_over, small
from many_votes import BEGAN, ORIGIN, finish, founded, vote, with_votes
from paths import INBLUE
from shelf import ShelfServer, serving
from signers import LOG, REGISTRAR, SECOND
from stamped import LOG as STAMPED_LOG
from stamped import Kept, stamped, trusted

from inblue.domain.acts import Act, ExplanationFiled
from inblue.domain.ending_acts import VotingClosed
from inblue.domain.errors import InblueError, Malformed
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, KeyRevoked
from inblue.domain.state import VoteState
from inblue.ledger.audit.checks import ACTS, NAMES
from inblue.ledger.audit.last_audit import Fork, claimed
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.audit.receipt_checks import read_surfaced
from inblue.ledger.entries.entry import Seen, write_entry
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.errors import Broken, Busy, NotFound, UnauthorisedError
from inblue.ledger.evidence.attestations import COSIGNED, TIMESTAMPS
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import issue_receipt
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.source import FolderSource
from inblue.ledger.standards.checkpoint import Checkpoint, open_checkpoint
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import verify_consistency
from inblue.ledger.standards.note import NoteSigner

KEY = NoteSigner(ORIGIN, LOG).verifier


def test_an_audit_over_http_finds_what_verification_of_the_ledger_finds(tmp_path: Path) -> None:
    ledger = with_votes(20)
    publish(ledger, tmp_path / "public")
    with serving(tmp_path / "public") as server:
        over_http = audit(server)
    assert over_http.holds
    assert replace(over_http, register=None) == replace(ledger.verify(), register=None)  # type: ignore[arg-type]
    assert over_http == verify_tiles(FolderSource(tmp_path / "public"))


def test_each_file_is_asked_for_once_and_only_by_names_of_ours(server: ShelfServer, public: Path) -> None:
    assert audit(server).holds
    there = {str(path.relative_to(public)) for path in public.rglob("*") if path.is_file()}
    assert sorted(server.asked) == sorted(there - {".publishing/lock"})


def test_the_next_audit_reads_only_what_is_new(tmp_path: Path) -> None:
    ledger, public, state = with_votes(30), tmp_path / "public", tmp_path / "state.json"
    publish(ledger, public)
    with serving(public) as server:
        first = audit(server, state)
        assert (first.holds, first.start, first.entries) == (True, 0, ledger.checkpoint().size)
        whole, server.asked = len(server.asked), []
        again = audit(server, state)
        assert (again.holds, again.start, again.entries) == (True, ledger.checkpoint().size, 0)
        assert sorted(server.asked) == ["checkpoint", COSIGNED, TIMESTAMPS]
        assert not any("may have been left out" in said for said in again.not_proved)
        server.asked = []
        vote(ledger, 30)
        publish(ledger, public)
        more = audit(server, state)
        assert (more.holds, more.entries, list(more.states)) == (True, 34, ["SIM/30"])
        tiles = {name for name in server.asked if name.startswith("tile/")}
        assert tiles == {"tile/entries/003", "tile/0/003", "tile/entries/004.p/32", "tile/0/004.p/32", "tile/1/000.p/4"}
        assert len(server.asked) < whole
        assert len(set(server.asked)) == len(server.asked)
        assert any("verified at an earlier audit" in said for said in more.not_proved)


@pytest.mark.long
def test_an_audit_that_goes_on_finds_in_each_vote_what_a_whole_one_finds(tmp_path: Path) -> None:
    ledger, public, state = with_votes(9), tmp_path / "public", tmp_path / "state.json"
    chance, number, opened, before = random.Random(3), 9, dict[int, int](), dict[str, VoteState]()
    for _ in range(8):
        for open_vote, done in list(opened.items()):
            finish(ledger, open_vote, done)
            del opened[open_vote]
        for _ in range(chance.randint(0, 9)):
            until = chance.choice([34, 34, chance.randint(1, 33)])
            vote(ledger, number, until=until)
            if until < 34:
                opened[number] = until
            number += 1
        if chance.random() < 0.5:  # long after the vote was over
            symbol = f"SIM/{chance.randrange(9)}"
            late = ExplanationFiled(member="BEL", languages=("en",))
            ledger.record_all([(symbol, [(late, BEGAN)])], signer=REGISTRAR, office="registrar")
        publish(ledger, public, include_open=True)
        going_on = verify_tiles(FolderSource(public), state=state)
        whole = verify_tiles(FolderSource(public))
        assert (going_on.holds, whole.holds) == (True, True)
        assert going_on.checkpoint == whole.checkpoint
        assert going_on.register == whole.register
        touched = {symbol: state for symbol, state in whole.states.items() if state != before.get(symbol)}
        assert going_on.states == touched
        before = dict(whole.states)


def crafted(ledger: Ledger, act: Act, symbol: str, index: int, seen: Seen | None = None) -> None:
    """Record whatever the holder of the keys likes, and sign the log over it."""
    head = ledger.checkpoint()
    entry = write_entry(
        act,
        stream=vote_stream(symbol),
        index=index,
        register=ledger.register().version,
        signer=REGISTRAR,
        office="registrar",
        recorded_at=BEGAN,
        seen=seen or Seen(head.size, head.root),
    )
    ledger.streams.append([entry])
    sign_over(ledger)


@pytest.mark.parametrize("begun", [True, False])
def test_an_audit_that_goes_on_knows_that_a_vote_begins_once_and_with_a_circulation(
    tmp_path: Path, begun: bool
) -> None:
    """A second draft after a vote that was verified before; and a vote that begins with an explanation."""
    ledger, public, state = with_votes(3), tmp_path / "public", tmp_path / "state.json"
    publish(ledger, public)
    assert verify_tiles(FolderSource(public), state=state).holds
    if begun:
        crafted(ledger, ledger.vote("SIM/1").draft.act, "SIM/1", ledger.vote("SIM/1").version)
    else:
        crafted(ledger, ExplanationFiled(member="BEL", languages=("en",)), "SIM/9", 0)
    size = open_checkpoint(ledger.log.head().note, KEY).size  # type: ignore[union-attr]
    publish(ledger, public, include_open=True)
    going_on, whole = verify_tiles(FolderSource(public), state=state), verify_tiles(FolderSource(public))
    assert going_on.start > 0
    for found in (going_on, whole):
        assert [(each.check, each.entry) for each in found.problems] == [(ACTS, size - 1)]


@pytest.mark.parametrize(
    ("symbol", "index", "seen", "check"),
    [
        ("SIM/99", 0, None, "acts"),  # of a vote without a draft
        ("SIM/99", 3, None, "place"),  # as if three were before it
        ("SIM/3", 40, None, "place"),  # after a gap in an earlier vote
        ("SIM/3", 34, Seen(70, bytes(32)), "seen"),  # its recorder saw another log than was audited
    ],
)
def test_an_audit_that_goes_on_finds_what_is_wrong_in_the_new_part(
    tmp_path: Path, symbol: str, index: int, seen: Seen | None, check: str
) -> None:
    ledger, public, state = with_votes(10), tmp_path / "public", tmp_path / "state.json"
    publish(ledger, public)
    assert verify_tiles(FolderSource(public), state=state).holds
    before = state.read_bytes()
    crafted(ledger, VotingClosed(closed_at=BEGAN), symbol, index, seen)
    publish(ledger, public, include_open=True)
    found = verify_tiles(FolderSource(public), state=state)
    assert check in failed(found)
    assert failed(found) == failed(verify_tiles(FolderSource(public)))
    assert state.read_bytes() == before


def test_a_key_that_is_revoked_between_two_audits_signs_nothing_after_it(tmp_path: Path) -> None:
    ledger, public, state = with_votes(2), tmp_path / "public", tmp_path / "state.json"
    publish(ledger, public)
    assert verify_tiles(FolderSource(public), state=state).holds
    grant = KeyGrant(key=SECOND.key_id, public_key=SECOND.public_key.hex(), office="registrar", holder=None)
    ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    ledger.keep_register(KeyRevoked(key=REGISTRAR.key_id, reason="lost"), signer=SECOND)
    publish(ledger, public)
    assert verify_tiles(FolderSource(public), state=state).holds
    crafted(ledger, ExplanationFiled(member="BEL", languages=("en",)), "SIM/0", 34)
    with pytest.raises(UnauthorisedError, match="is revoked"):
        publish(ledger, public)
    publish(ledger, public, include_open=True)  # as who signed over it would
    found = verify_tiles(FolderSource(public), state=state)
    assert failed(found) == {"authority"}


def test_the_log_that_changed_its_key_is_gone_on_with_under_the_new_one(tmp_path: Path) -> None:
    ledger, public, state = with_votes(2), tmp_path / "public", tmp_path / "state.json"
    publish(ledger, public)
    assert verify_tiles(FolderSource(public), state=state).holds
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
    vote(ledger, 2)
    publish(ledger, public)
    assert verify_tiles(FolderSource(public), state=state).holds
    vote(ledger, 3)
    publish(ledger, public)
    assert verify_tiles(FolderSource(public), state=state).holds
    assert verify_tiles(FolderSource(public)).holds


def test_a_receipt_is_checked_against_the_part_that_was_audited_before_too(tmp_path: Path) -> None:
    ledger, public, state = with_votes(10), tmp_path / "public", tmp_path / "state.json"
    publish(ledger, public)
    good, other = tmp_path / "good.json", tmp_path / "other.json"
    good.write_bytes(issue_receipt(ledger, "SIM/2", "BEL").canonical())
    other.write_bytes(issue_receipt(with_votes(10, position="against"), "SIM/2", "BEL").canonical())
    assert verify_tiles(FolderSource(public), state=state).holds
    vote(ledger, 10)
    publish(ledger, public)
    for number, path, holds in ((11, good, True), (12, other, False)):
        against = read_surfaced((path,))
        found = verify_tiles(FolderSource(public), state=state, against=against)
        assert (found.start > 0, found.holds) == (True, holds)
        vote(ledger, number)
        publish(ledger, public)
    assert failed(found) == {"receipt"}


def test_of_a_tile_that_is_gone_since_it_was_audited_it_is_said_where_a_receipt_needs_it(tmp_path: Path) -> None:
    ledger, public, state = with_votes(20), tmp_path / "public", tmp_path / "state.json"
    publish(ledger, public)
    path = tmp_path / "receipt.json"
    path.write_bytes(issue_receipt(ledger, "SIM/2", "BEL").canonical())
    assert verify_tiles(FolderSource(public), state=state).holds
    vote(ledger, 20)
    publish(ledger, public)
    (public / "tile/0/000").unlink()
    assert verify_tiles(FolderSource(public), state=state, remember=False).holds
    found = verify_tiles(FolderSource(public), state=state, against=read_surfaced((path,)), remember=False)
    assert "tile/0/000: not there" in {problem.text for problem in found.problems}
    assert [each.found for each in found.against] == ["undecided"]


def test_timestamps_and_witnesses_count_as_in_a_bundle_also_when_an_audit_goes_on(tmp_path: Path) -> None:
    kept, public, state = Kept.read(), tmp_path / "public", tmp_path / "state.json"
    ledger, trust = stamped(kept).ledger, trusted(kept)
    publish(ledger, public)
    first = verify_tiles(FolderSource(public), trust, state=state)
    assert (first.holds, first.witnessed, bool(first.bounds)) == (True, True, True)
    again = verify_tiles(FolderSource(public), trust, state=state)
    assert (again.holds, again.witnessed, again.witnesses) == (True, True, first.witnesses)
    assert not again.bounds, "of older timestamps nothing was read, and nothing is said"
    ledger.perform(SMALL, ExplanationFiled(member="CHN", languages=("en",)), signer=REGISTRAR)
    publish(ledger, public)
    more = verify_tiles(FolderSource(public), trust, state=state)
    assert (more.holds, more.start, more.witnesses) == (True, first.entries, first.witnesses)
    assert (more.witnessed, more.witnessed_size) == (False, first.witnessed_size)


def test_with_another_trust_file_all_is_read_again(tmp_path: Path) -> None:
    ledger, public, state = with_votes(3), tmp_path / "public", tmp_path / "state.json"
    publish(ledger, public)
    trust = Trust(origin=ORIGIN, log_key=str(KEY))
    assert verify_tiles(FolderSource(public), state=state).start == 0
    assert verify_tiles(FolderSource(public), trust, state=state).start == 0
    assert verify_tiles(FolderSource(public), trust, state=state).start > 0
    assert verify_tiles(FolderSource(public), trust, state=state, whole=True).start == 0
    wrong = Trust(log_key=str(NoteSigner(ORIGIN, STAMPED_LOG).verifier))
    assert failed(verify_tiles(FolderSource(public), wrong, state=state)) == {"trust"}


# A server that rewrites


def forks(tmp_path: Path) -> list[Fork]:
    return [Fork.read(path.read_bytes(), where="fork") for path in tmp_path.glob("state.fork-*.json")]


def rewritten(votes: int, at: int) -> Ledger:
    """As :func:`with_votes`, with other positions in one vote, signed by the same keys."""
    ledger = founded()
    for number in range(votes):
        vote(ledger, number, position="against" if number == at else "in_favour")
    return ledger


@pytest.mark.long
@pytest.mark.parametrize(("votes", "at"), [(10, 0), (10, 9), (11, 3), (30, 9), (40, 0)])
def test_a_server_that_rewrites_is_caught_and_shown_to_have_signed_both(tmp_path: Path, votes: int, at: int) -> None:
    public, state = tmp_path / "public", tmp_path / "state.json"
    publish(with_votes(10), public)
    assert verify_tiles(FolderSource(public), state=state).holds
    before = state.read_bytes()
    other = tmp_path / "other"
    publish(rewritten(votes, at), other)
    assert verify_tiles(FolderSource(other)).holds, "by itself it is a true log"
    with serving(other) as server:
        found = audit(server, state)
        assert failed(found) == {"remembered"}
        few = len(server.asked)
        assert few <= 8
        assert failed(audit(server, state, whole=True)) == {"remembered"}
    assert state.read_bytes() == before
    fork = forks(tmp_path)[0]
    old, new = (open_checkpoint(note.encode(), KEY) for note in (fork.remembered, fork.served))
    if fork.root is not None:
        had, path = base64.b64decode(fork.root), [base64.b64decode(each) for each in fork.path]
        assert had != old.root
        assert verify_consistency(old.size, new.size, had, new.root, path)


def test_a_server_that_rewrites_and_hides_the_older_tiles_is_caught_too(tmp_path: Path) -> None:
    public, state, other = tmp_path / "public", tmp_path / "state.json", tmp_path / "other"
    publish(with_votes(10), public)
    assert verify_tiles(FolderSource(public), state=state).holds
    publish(rewritten(20, 0), other)
    (other / "tile/0/000").unlink()
    assert failed(verify_tiles(FolderSource(other), state=state)) == {"remembered"}, "the tiles above still show it"
    (other / "tile/1/000.p/2").unlink()
    found = verify_tiles(FolderSource(other), state=state)
    assert failed(found) == {"log"}
    assert "what the checkpoint covers is missing" in found.problems[0].text


def test_a_server_that_shows_the_true_older_tiles_under_a_rewritten_checkpoint_is_caught(tmp_path: Path) -> None:
    public, state, other = tmp_path / "public", tmp_path / "state.json", tmp_path / "other"
    ledger = with_votes(10)
    publish(ledger, public)
    assert verify_tiles(FolderSource(public), state=state).holds
    vote(ledger, 10)
    publish(ledger, public)
    publish(rewritten(11, 0), other)
    shutil.copy(other / "checkpoint", public / "checkpoint")
    found = verify_tiles(FolderSource(public), state=state)
    assert failed(found) == {"log", "remembered"}
    assert len(forks(tmp_path)) == 1


def test_a_server_that_goes_back_is_caught(tmp_path: Path) -> None:
    ledger, public, state = with_votes(10), tmp_path / "public", tmp_path / "state.json"
    publish(ledger, tmp_path / "older")
    vote(ledger, 10)
    publish(ledger, public)
    assert verify_tiles(FolderSource(public), state=state).holds
    for whole in (False, True):
        found = verify_tiles(FolderSource(tmp_path / "older"), state=state, whole=whole)
        assert failed(found) == {"remembered"}
        assert "the log had 376 entries at the last audit; what is served is a state of 342" in found.problems[0].text
    assert forks(tmp_path)


def test_another_log_in_the_place_of_the_one_that_was_audited_is_caught(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    publish(with_votes(1), tmp_path / "one")
    publish(small(), tmp_path / "two")
    assert verify_tiles(FolderSource(tmp_path / "one"), state=state).holds
    for whole in (False, True):
        found = verify_tiles(FolderSource(tmp_path / "two"), state=state, whole=whole)
        assert "remembered" in failed(found)


def test_a_checkpoint_that_the_log_has_not_signed_is_not_a_fork_made_by_the_log(tmp_path: Path) -> None:
    public, state = tmp_path / "public", tmp_path / "state.json"
    publish(with_votes(3), public)
    assert verify_tiles(FolderSource(public), state=state).holds
    stranger = NoteSigner(ORIGIN, Ed25519Signer.from_seed(b"z" * 32))
    (public / "checkpoint").write_bytes(Checkpoint(ORIGIN, 104, bytes(32)).sign(stranger))
    found = verify_tiles(FolderSource(public), state=state)
    assert failed(found) == {"log", "remembered"}
    assert any("not signed by the log's key" in problem.text for problem in found.problems)


# What is served is false


def holds(public: Path, state: Path | None = None) -> bool:
    try:
        return verify_tiles(FolderSource(public), state=state).holds
    except (Broken, Busy, Malformed, NotFound):
        return False


@pytest.mark.long
def test_no_byte_of_it_can_be_changed_nor_any_file_cut_or_missing(public: Path, tmp_path: Path) -> None:
    chance = random.Random(268)
    for name in names_of(public):
        place = public / name
        true = place.read_bytes()
        if name in {COSIGNED, TIMESTAMPS}:
            assert true == b""
            continue
        at = chance.randrange(len(true))
        flipped = true[:at] + bytes([true[at] ^ (1 << chance.randrange(8))]) + true[at + 1 :]
        for other in (flipped, true[:at], true + b"\x00", b""):
            place.write_bytes(other)
            assert not holds(public), f"{name} with other bytes"
        place.unlink()
        assert not holds(public), f"without {name}"
        place.write_bytes(true)
    assert holds(public)


@pytest.mark.long
def test_lines_of_timestamps_and_witnesses_can_be_left_out_but_not_changed(tmp_path: Path) -> None:
    kept, public, chance = Kept.read(), tmp_path / "public", random.Random(4)
    publish(stamped(kept).ledger, public)
    trust = trusted(kept)
    known = verify_tiles(FolderSource(public), trust)
    for name, check in ((TIMESTAMPS, "stamps"), (COSIGNED, "witness")):
        true = (public / name).read_bytes()
        lines = true.splitlines(keepends=True)
        (public / name).unlink()
        assert verify_tiles(FolderSource(public), trust).holds
        for other in (
            true[:-1],
            true + lines[-1],
            b"".join(reversed([*lines, lines[0]])),
            true.replace(b"example.org/stamped", b"example.org/stamqed", 1),
            true.replace(b'"path":[]', b'"path":["' + base64.b64encode(bytes(32)) + b'"]', 1),  # tiles need no proof
            b"{}\n",
            b"x" * 600_000 + b"\n",
        ):
            (public / name).write_bytes(other)
            found = verify_tiles(FolderSource(public), trust)
            assert failed(found) == {check}, other[:100]
        for _ in range(20):
            at = chance.randrange(len(true))
            (public / name).write_bytes(true[:at] + bytes([true[at] ^ 1]) + true[at + 1 :])
            found = verify_tiles(FolderSource(public), trust)
            assert set(found.timestamps) <= set(known.timestamps)
            assert found.witnessed_size <= known.witnessed_size
        (public / name).write_bytes(true)
    assert verify_tiles(FolderSource(public), trust).holds


def test_bundles_of_another_width_entries_exchanged_and_tiles_of_another_tree_are_refused(public: Path) -> None:
    entries, hashes = public / "tile/entries/001", public / "tile/0/001"
    whole, tile = entries.read_bytes(), hashes.read_bytes()
    first = 2 + int.from_bytes(whole[:2], "big")
    for content in (whole[first:], whole + whole[:first], whole[first:] + whole[:first], b"\x00\x00" * 256):
        entries.write_bytes(content)
        assert not holds(public)
    entries.write_bytes(whole)
    for content in (tile[32:] + tile[:32], bytes(8192), tile[:-32], tile + bytes(32)):
        hashes.write_bytes(content)
        assert failed(verify_tiles(FolderSource(public))) & {"log", "container"}
    hashes.write_bytes(tile)
    assert holds(public)


def test_a_tile_above_the_entries_that_is_gone_or_damaged_is_missed_where_the_log_ends(tmp_path: Path) -> None:
    ledger = with_votes(10)
    publish(ledger, tmp_path / "public")
    tile = tmp_path / "public/tile/1/000.p/1"
    tile.write_bytes(bytes(31))
    (damaged,) = verify_tiles(FolderSource(tmp_path / "public")).problems
    assert (NAMES[damaged.check - 1], damaged.entry) == ("container", ledger.checkpoint().size - 1)
    tile.unlink()
    (problem,) = verify_tiles(FolderSource(tmp_path / "public")).problems
    assert (problem.entry, "tile/1/000.p/1: not there" in problem.text) == (ledger.checkpoint().size - 1, True)


def test_a_folder_or_pipe_where_a_file_should_be_is_refused(public: Path) -> None:
    import os

    (public / "tile/0/002").unlink()
    (public / "tile/0/002").mkdir()
    assert not holds(public)
    (public / "tile/0/002").rmdir()
    os.mkfifo(public / "tile/0/002")
    assert not holds(public)


def test_a_reader_with_an_older_checkpoint_holds_while_the_log_goes_on(tmp_path: Path) -> None:
    ledger, public = with_votes(10), tmp_path / "public"
    publish(ledger, public)
    older = (public / "checkpoint").read_bytes()
    for number in range(10, 20):
        vote(ledger, number)
    publish(ledger, public)
    assert not (public / "tile/entries/001.p/86").exists()
    with serving(public) as server:
        server.otherwise["checkpoint"] = lambda handler: handler.give(older)
        found = audit(server)
        assert (found.holds, found.entries) == (True, claimed(older).size)


def test_a_server_that_does_not_give_a_file_just_now_says_nothing_of_the_log(public: Path) -> None:
    with serving(public) as server:
        assert audit(server).holds
        file = next(name for name in server.asked if "files/" in name)
        server.otherwise[file] = lambda handler: handler.say(503)
        with pytest.raises(Busy, match=f"{file}: answers with status 503"):
            audit(server)
        server.otherwise[file] = lambda handler: handler.say(404)
        assert "files" in failed(audit(server))


# The state


def test_a_state_that_is_damaged_or_something_else_is_refused_and_said(public: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    assert verify_tiles(FolderSource(public), state=state).holds
    true = json.loads(state.read_bytes())
    changes: tuple[dict[str, object], ...] = (
        {"peaks": []},
        {"peaks": true["peaks"][::-1]},
        {"checkpoint": "x"},
        {"format": "inblue-audited/2"},
        {"more": 1},
        {"votes": [{"draft": "x"}]},
    )
    for change in changes:
        state.write_text(json.dumps({**true, **change}))
        with pytest.raises(Malformed, match="the whole log is audited again"):
            verify_tiles(FolderSource(public), state=state)
    state.write_bytes(b"\x00" * 100)
    with pytest.raises(Malformed):
        verify_tiles(FolderSource(public), state=state)
    with pytest.raises(Broken):
        verify_tiles(FolderSource(public), state=tmp_path)


def test_a_state_that_cannot_be_written_is_said(public: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((Broken, InblueError)):
        verify_tiles(FolderSource(public), state=tmp_path / "file" / "state.json")


def test_what_witnesses_said_is_remembered_where_a_server_leaves_it_out_later(tmp_path: Path) -> None:
    ledger, public, state = small(), tmp_path / "public", tmp_path / "state.json"
    head, witness = ledger.checkpoint(), CosignatureSigner("one.", Ed25519Signer.from_seed(b"w" * 32))
    signed = ledger.log.head()
    assert signed is not None
    ledger.log.keep_cosignature(head.size, signed.note, witness.line(head.text(), 1_774_800_000))
    publish(ledger, public)
    trust = Trust(policy=f"witness one {witness.verifier}\nquorum one\n")
    for _ in range(2):
        found = verify_tiles(FolderSource(public), trust=trust, state=state)
        assert (found.problems, found.witnessed_size) == ((), head.size)
        assert [(each.name, each.size) for each in found.witnesses] == [("one", head.size)]
        (public / COSIGNED).unlink(missing_ok=True)
        (public / "checkpoint").write_bytes(signed.note)


def test_nothing_is_remembered_of_what_does_not_hold(public: Path, tmp_path: Path) -> None:
    (public / "tile/0/001").write_bytes(bytes(8192))
    assert not verify_tiles(FolderSource(public), state=tmp_path / "state.json").holds
    assert not (tmp_path / "state.json").exists()


# The command


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(folder / "state")}
    return call([INBLUE, *map(str, words)], env=env)


def test_the_commands_publish_and_audit_and_remember(tmp_path: Path) -> None:
    path, public = tmp_path / "ledger.db", tmp_path / "public"
    with with_votes(2, path) as ledger:
        done = run(tmp_path, "publish", public, "--ledger", path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"published in {public}: 70 entries more, 70 in all; 8 files written\n"
        with serving(public) as server:
            for source, start in ((server.address, 0), (public, 0), (server.address + "/", 70)):
                done = run(tmp_path, "verify", source, "--json")
                assert (done.returncode, done.stderr) == (0, "")
                assert json.loads(done.stdout)["start"] == start
            done = run(tmp_path, "verify", server.address)
            assert f"holds: {server.address}, nothing new since entry 70: every check passed" in done.stdout
            vote(ledger, 2, until=5)
            done = run(tmp_path, "publish", public, "--ledger", path)
            assert (done.returncode, done.stdout) == (2, "")
            assert "SIM/2 is not over" in done.stderr
            publish(ledger, public, include_open=True)
            done = run(tmp_path, "verify", server.address)
            assert "5 entries, 1 vote: every check passed" in done.stdout
            done = run(tmp_path, "verify", server.address, "--whole")
            assert "75 entries, 3 votes: every check passed" in done.stdout
            done = run(tmp_path, "verify", server.address, "--require", "attested", "--json")
            assert json.loads(done.stdout)["start"] == 0
            publish(rewritten(4, 1), tmp_path / "other")
            server.folder = tmp_path / "other"
            done = run(tmp_path, "verify", server.address)
            assert done.returncode == 1
            assert "check 17 remembered" in done.stdout
            assert list((tmp_path / "state/inblue/audits").glob("*.fork-*.json"))


def test_the_options_of_an_audit_are_for_published_logs_only(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with_votes(1, path).close()
    for words in (("--whole",), ("--state", tmp_path / "s.json")):
        done = run(tmp_path, "verify", path, *words)
        assert done.returncode == 2
        assert "published log" in done.stderr
    for source in ("http://127.0.0.1:9/x", tmp_path, "https://", "gopher://x"):
        done = run(tmp_path, "verify", source)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), source
