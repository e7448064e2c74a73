"""A draft that is put again: in a round of its own, after the one before is over, and bound to how that ended."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ledgers import ROSTER, SEATLESS, SMALL, cast, forced, small
from signers import LOG, REGISTRAR

from inblue.domain.acts import Act, DraftCirculated, DraftWithdrawn, LetterSent, ReceiptAcknowledged
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.payload import Digest
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import ACTS, PLACE
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.audit.receipt_checks import Surfaced
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.since import verify_since
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.audit.workers import process_of
from inblue.ledger.entries.entry import entry_digest
from inblue.ledger.entries.streams import vote_in, vote_stream
from inblue.ledger.evidence.bundle import read_part
from inblue.ledger.evidence.container import Container
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export, issue_receipt
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.source import FolderSource

SECOND = f"{SMALL}#2"
PROCEDURE = SEATLESS.sha256


def draft(number: int = 2, symbol: str = SMALL, after: Digest | None = None) -> DraftCirculated:
    return DraftCirculated(
        symbol=symbol, question="substantive", times="live", procedure=PROCEDURE, round=number, after=after
    )


def digest_of(ledger: Ledger, name: str, kind: str) -> str:
    """The digest of the entry of that kind in a vote."""
    (found,) = (row.envelope for row in ledger.streams.stream(vote_stream(name)) if row.kind == kind)
    return entry_digest(found)


def put_again(ledger: Ledger, number: int = 2) -> str:
    """Another round, from its circulation to its announcement; returns its name."""
    name, now = f"{SMALL}#{number}", ledger.clock()
    ledger.perform(name, draft(number), signer=REGISTRAR)
    opening = LetterSent(kind="opening", opens_at=now - timedelta(hours=25), sha256=ledger.attach(b"The letter.\n"))
    ledger.perform(name, opening, signer=REGISTRAR, roster=ROSTER)
    ledger.perform(name, cast("EST", 1, "against"), signer=REGISTRAR)
    ledger.perform(name, VotingClosed(closed_at=now), signer=REGISTRAR)
    ledger.perform(name, ResultAnnounced(announced_at=now), signer=REGISTRAR)
    return name


def past(ledger: Ledger, act: Act, name: str, stream: str | None = None) -> Verification:
    """Put an act into the log with the registrar's key, whatever the rules say, and verify."""
    forced(ledger, act, name, stream=stream)
    return ledger.verify()


def test_a_draft_is_put_again_when_its_result_is_announced() -> None:
    ledger = small()
    assert put_again(ledger) == SECOND
    first, second = ledger.vote(SMALL), ledger.vote(SECOND)
    assert ledger.votes() == (SMALL, SECOND)
    assert (second.symbol, second.round, second.name) == (SMALL, 2, SECOND)
    assert second.draft.act.after == digest_of(ledger, SMALL, "result-announced@1") == first.ended.entry  # type: ignore[union-attr]
    assert [reply.member for reply in second.replies] == ["EST"]
    assert [reply.member for reply in first.replies] == ["CHN", "EST"]
    assert ledger.verify().holds
    put_again(ledger, 3)
    assert ledger.vote(f"{SMALL}#3").draft.act.after == digest_of(ledger, SECOND, "result-announced@1")
    assert ledger.verify().holds


def test_a_draft_is_put_again_when_it_was_withdrawn() -> None:
    ledger = small(change=lambda history: [*history[:1], (0, DraftWithdrawn())])
    ledger.perform(SECOND, draft(), signer=REGISTRAR)
    assert ledger.vote(SECOND).draft.act.after == digest_of(ledger, SMALL, "draft-withdrawn@1")
    assert ledger.verify().holds


def test_what_is_recorded_in_the_first_round_is_written_as_it_always_was() -> None:
    ledger = small()
    put_again(ledger)
    kinds = [next(iter(ledger.streams.stream(vote_stream(name)))).kind for name in (SMALL, SECOND)]
    assert kinds == ["draft-circulated@1", "draft-circulated@2"]
    assert b"round" not in ledger.vote(SMALL).draft.act.canonical()


@pytest.mark.parametrize("upto", range(1, 7), ids=["circulated", "opened", "cast", "explained", "cast-late", "closed"])
def test_no_round_begins_before_the_one_before_it_is_over(upto: int) -> None:
    ledger = small(change=lambda history: history[:upto])
    with pytest.raises(Refused, match="round 1 of S/1 is not over") as refused:
        ledger.perform(SECOND, draft(), signer=REGISTRAR)
    assert refused.value.clause is None
    assert not ledger.has_vote(SECOND)


def test_rounds_follow_each_other() -> None:
    ledger = small()
    with pytest.raises(Refused, match="round 3 of S/1 follows round 2, and there was none"):
        ledger.perform(f"{SMALL}#3", draft(3), signer=REGISTRAR)
    with pytest.raises(Refused, match="round 2 of S/2 follows round 1, and there was none"):
        ledger.perform("S/2#2", draft(symbol="S/2"), signer=REGISTRAR)
    for name, act in ((SMALL, draft()), (SECOND, draft(1)), (SECOND, draft(3))):
        with pytest.raises(Malformed, match="cannot be circulated in the vote on"):
            ledger.perform(name, act, signer=REGISTRAR)
    with pytest.raises(Refused, match="was not ended by the entry"):
        ledger.perform(SECOND, draft(after="ab" * 32), signer=REGISTRAR)
    put_again(ledger)
    with pytest.raises(Refused, match="the draft S/1#2 is circulated already"):
        ledger.perform(SECOND, draft(), signer=REGISTRAR)


@pytest.mark.parametrize("times", ["live", "simulated", "documented"])
def test_a_symbol_that_reads_as_a_later_round_is_not_circulated(times: str) -> None:
    act = DraftCirculated.of({**draft(1, "S/1#2").json_value(), "times": times}, where="draft")
    with pytest.raises(Malformed, match="how a later round is named"):
        small().perform("S/1#2#1", act, signer=REGISTRAR)


def test_an_act_without_a_round_before_it_names_none() -> None:
    with pytest.raises(Malformed, match="nothing was before round 1"):
        DraftCirculated.of({**draft(1).json_value(), "after": "ab" * 32}, where="draft")


def test_all_of_a_later_round_can_be_recorded_at_once_but_not_with_the_one_before() -> None:
    ledger = small()
    now = ledger.clock()
    with pytest.raises(Refused, match="round 2 of S/2 is recorded after the one before it"):
        ledger.record_all(
            [
                ("S/2", [(draft(1, "S/2"), now), (DraftWithdrawn(), now)]),
                ("S/2#2", [(draft(2, "S/2"), now)]),
            ],
            signer=REGISTRAR,
            office="registrar",
        )
    ledger.record_all(
        [("S/2", [(draft(1, "S/2"), now), (DraftWithdrawn(), now)])], signer=REGISTRAR, office="registrar"
    )
    ledger.record_all(
        [("S/2#2", [(draft(2, "S/2"), now), (DraftWithdrawn(), now)])], signer=REGISTRAR, office="registrar"
    )
    assert ledger.vote("S/2#2").draft.act.after == digest_of(ledger, "S/2", "draft-withdrawn@1")
    assert ledger.verify().holds


def test_what_is_kept_in_memory_is_what_is_read_again() -> None:
    ledger = small()
    put_again(ledger)
    ledger.record_all(
        [(SECOND, [(ReceiptAcknowledged(member="EST"), ledger.clock())])], signer=REGISTRAR, office="registrar"
    )
    again = Ledger(ledger.streams, ledger.files, clock=ledger.clock, log_signer=LOG)
    for name in (SMALL, SECOND):
        assert again.vote(name) == ledger.vote(name)
        assert tuple(again.acts(name))[-1].entry is not None


# A registrar who goes past the rules


def test_a_round_that_begins_too_early_is_found() -> None:
    ledger = small(change=lambda history: history[:4])
    ended = entry_digest(list(ledger.streams.stream(vote_stream(SMALL)))[-1].envelope)
    (problem,) = past(ledger, draft(after=ended), SECOND).problems
    assert (problem.check, problem.text) == (
        ACTS, "round 1 of S/1 is not over; the draft cannot be put again before",
    )  # fmt: skip


@pytest.mark.parametrize("times", ["simulated", "documented"])
def test_a_rehearsal_and_the_vote_itself_are_not_rounds_of_one_draft(times: Literal["simulated", "documented"]) -> None:
    ledger, other = small(), draft().model_copy(update={"times": times})
    with pytest.raises(Refused, match=f"round 2 of S/1 is {times}, and round 1 is live"):
        ledger.perform(SECOND, other, signer=REGISTRAR)
    after = digest_of(ledger, SMALL, "result-announced@1")
    (problem,) = past(ledger, other.model_copy(update={"after": after}), SECOND).problems
    assert (problem.check, "all rounds of a draft are of one kind" in problem.text) == (ACTS, True)


def test_a_round_after_none_is_found() -> None:
    (problem,) = past(small(), draft(3, after="ab" * 32), f"{SMALL}#3").problems
    assert (problem.check, problem.text) == (ACTS, "round 3 of S/1 follows round 2, and there was none")


@pytest.mark.parametrize("kind", ["voting-closed@1", "draft-circulated@1", None])
def test_a_round_that_names_another_entry_as_the_end_is_found(kind: str | None) -> None:
    ledger = small()
    after = digest_of(ledger, SMALL, kind) if kind else "ab" * 32
    (problem,) = past(ledger, draft(after=after), SECOND).problems
    assert (problem.check, problem.text) == (ACTS, "round 1 of S/1 was not ended by the entry that this one names")


def test_a_round_that_names_no_entry_cannot_be_read() -> None:
    assert {problem.check for problem in past(small(), draft(), SECOND).problems} == {ACTS}


@pytest.mark.parametrize("stream", ["vote#1:S/2", "vote#02:S/2", "vote#2:", "vote:", "vote#2:S/2#2"])
def test_what_is_not_a_stream_of_a_vote_is_found(stream: str) -> None:
    (problem,) = past(small(), draft(1, "S/2"), "S/2", stream=stream).problems
    assert (problem.check, problem.text) == (PLACE, f"draft-circulated@1 does not belong in {stream}")


@pytest.mark.parametrize(("name", "number"), [(SECOND, 1), (SECOND, 3), ("S/2", 2)])
def test_a_draft_in_the_stream_of_another_round_is_found(name: str, number: int) -> None:
    ledger = small()
    after = digest_of(ledger, SMALL, "result-announced@1") if number > 1 else None
    assert PLACE in {problem.check for problem in past(ledger, draft(number, after=after), name).problems}


# In part


def test_a_bundle_of_a_round_says_that_how_the_one_before_ended_is_not_checked(tmp_path: Path) -> None:
    ledger = small()
    put_again(ledger)
    alone = verify_bundle(export(ledger, tmp_path / "second.zip", vote=SECOND).path)
    assert alone.holds
    assert [
        said
        for said in alone.not_proved
        if "it was not checked that it was over when the draft was put again, in round 2." in said
    ]
    with Container.open(tmp_path / "second.zip") as container:
        assert read_part(container).votes == (SECOND,)
    both = verify_bundle(export(ledger, tmp_path / "both.zip").path)
    assert (both.holds, tuple(both.states)) == (True, (SMALL, SECOND))
    assert not [said for said in both.not_proved if "put again" in said]


def test_a_receipt_is_of_one_round(tmp_path: Path) -> None:
    ledger = small()
    put_again(ledger)
    receipts = tuple(issue_receipt(ledger, name, "EST") for name in (SMALL, SECOND))
    assert [receipt.stream for receipt in receipts] == [vote_stream(SMALL), vote_stream(SECOND)]
    against = Surfaced(receipts)
    assert verify(ledger.streams, ledger.log, ledger.files, against=against).holds
    crossed = receipts[0].model_copy(update={"stream": vote_stream(SECOND)})
    with pytest.raises(Malformed, match="its entry is of another reply"):
        verify(ledger.streams, ledger.log, ledger.files, against=Surfaced((crossed,)))


@pytest.mark.parametrize("known", range(1, 9))
def test_what_is_new_since_a_checkpoint_is_checked_with_the_round_before(known: int) -> None:
    """Also where all of that round is older than the checkpoint; and a wrong end is found then."""
    notes: list[bytes] = []
    ledger = small(after=lambda each, _now: notes.append(each.log.head().note))  # type: ignore[union-attr]
    put_again(ledger)
    notes.append(ledger.log.head().note)  # type: ignore[union-attr]
    found = verify_since(notes[known - 1], ledger.streams, ledger.log, ledger.files)
    assert found.holds
    assert not [said for said in found.not_proved if "put again" in said]
    wrong = small(after=lambda each, _now: notes.append(each.log.head().note))  # type: ignore[union-attr]
    past(wrong, draft(after="ab" * 32), SECOND)
    found = verify_since(notes[-1], wrong.streams, wrong.log, wrong.files)
    assert [problem.check for problem in found.problems] == [ACTS]


@pytest.mark.parametrize("wrong", [False, True])
def test_an_audit_that_goes_on_knows_the_round_before(tmp_path: Path, wrong: bool) -> None:
    ledger, public, state = small(), tmp_path / "public", tmp_path / "state.json"
    publish(ledger, public)
    assert verify_tiles(FolderSource(public), state=state).holds
    if wrong:
        past(ledger, draft(after="ab" * 32), SECOND)
    else:
        put_again(ledger)
    publish(ledger, public, include_open=True)
    going_on, whole = (verify_tiles(FolderSource(public), state=each) for each in (state, None))
    assert {problem.check for problem in going_on.problems} == ({ACTS} if wrong else set())
    assert going_on.problems == whole.problems
    assert going_on.states[SECOND] == whole.states[SECOND]
    assert not [said for said in going_on.not_proved if "put again" in said]


@given(st.integers(2, 9), st.text("S/1#", min_size=1, max_size=6), st.integers(2, 99))
def test_one_process_checks_all_rounds_of_a_draft(jobs: int, symbol: str, number: int) -> None:
    later = vote_in(f"vote#{number}:{symbol}")
    assume(later is not None)
    assert process_of(f"vote:{symbol}", jobs) == process_of(f"vote#{number}:{symbol}", jobs)
