"""The checks of single entries: their places in a stream, and what becomes of a vote with a problem."""

from __future__ import annotations

from ledgers import SMALL, small
from signers import REGISTRAR

from inblue.domain.acts import DraftCirculated
from inblue.ledger.audit.entry_checks import EntryChecks
from inblue.ledger.audit.vote_cache import HELD
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.standards.merkle import leaf_hash


def test_an_entry_that_was_moved_is_said_to_be_of_its_place_and_found_in_the_other() -> None:
    ledger = small()
    checks = EntryChecks.over(ledger.files)
    for stored in ledger.streams.page(0, 5):
        checks.add(stored.envelope, stored)
    stored = ledger.streams.page(0, 6)[5]
    act = stored.originator_version - 1
    checks.add(stored.envelope, stored._replace(originator_version=act + 4))
    moved, skipped = (problem.text for problem in checks.result.listed())
    assert moved == f"signed as act {act} of {stored.originator_id}, found at {act + 3}"
    assert skipped == f"{stored.originator_id}: act {act + 3} stands where act {act} should"


def test_a_vote_with_a_problem_stays_as_it_was_checked_however_many_follow() -> None:
    """Read again from the store, its entries would make another vote: one of them is not shown here."""
    ledger = small()
    procedure = ledger.vote(SMALL).draft.act.procedure
    for number in range(HELD + 1):
        draft = DraftCirculated(symbol=f"S/M/{number}", question="substantive", times="live", procedure=procedure)
        ledger.perform(f"S/M/{number}", draft, signer=REGISTRAR)
    checks = EntryChecks.over(ledger.files, reread=ledger.streams.stream)
    for stored in ledger.streams.page(0, 1000):
        if (stored.originator_id, stored.originator_version) == (vote_stream(SMALL), 3):
            checks.tree.add(leaf_hash(stored.envelope))
        else:
            checks.add(stored.envelope, stored)
    (problem,) = checks.result.listed()
    assert problem.text == f"{vote_stream(SMALL)}: act 3 stands where act 2 should"
    shown = checks.votes.states[SMALL]
    assert shown is not None
    assert [reply.member for reply in shown.replies] == [
        reply.member for reply in ledger.vote(SMALL).replies if reply.entered.number != 2
    ]
