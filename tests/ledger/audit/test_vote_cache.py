"""Of the votes of a log, only a few are in memory, and what is shown is what was checked."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import pytest
from ledgers import SMALL, small
from signers import REGISTRAR

from inblue.domain.acts import DraftCirculated
from inblue.ledger.audit.vote_cache import FoldedVotes
from inblue.ledger.entries.entry import StoredEntry, read_again
from inblue.ledger.entries.files import StoredDocuments
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.errors import Broken
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.merkle import leaf_hash

OTHER = "S/M/1"


class Rereading:
    """The streams of a ledger as they are read again: which, and from which act on."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.again, self.first = ledger, list[str](), 0

    def __call__(self, stream: str) -> Iterable[StoredEntry]:
        self.again.append(stream)
        return islice(self.ledger.streams.stream(stream), self.first, None)


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    ledger = small()
    procedure = ledger.vote(SMALL).draft.act.procedure
    draft = DraftCirculated(symbol=OTHER, question="substantive", times="live", procedure=procedure)
    ledger.perform(OTHER, draft, signer=REGISTRAR)
    return ledger


def folded(ledger: Ledger, *symbols: str, held: int) -> tuple[FoldedVotes, Rereading]:
    """The votes, put in one after the other."""
    rereading = Rereading(ledger)
    votes = FoldedVotes(StoredDocuments(ledger.files), rereading, held)
    for symbol in symbols:
        for index, row in enumerate(ledger.streams.stream(vote_stream(symbol))):
            votes.put(symbol, ledger.vote(symbol), index, leaf_hash(row.envelope), read_again(row.envelope))
    return votes, rereading


def test_a_vote_that_is_not_in_memory_any_more_is_read_again_and_is_the_same(ledger: Ledger) -> None:
    votes, rereading = folded(ledger, SMALL, OTHER, held=1)
    assert votes[SMALL] == ledger.vote(SMALL)
    assert rereading.again == [vote_stream(SMALL)]
    assert votes[OTHER] == ledger.vote(OTHER)
    assert rereading.again == [vote_stream(SMALL), vote_stream(OTHER)]


def test_as_many_as_asked_for_are_in_memory(ledger: Ledger) -> None:
    votes, rereading = folded(ledger, SMALL, OTHER, held=2)
    assert (votes[SMALL], votes[OTHER]) == (ledger.vote(SMALL), ledger.vote(OTHER))
    assert rereading.again == []


def test_one_with_a_problem_stays_in_memory_as_it_was_found(ledger: Ledger) -> None:
    votes, rereading = folded(ledger, SMALL, held=1)
    as_found = ledger.vote(OTHER)
    votes.change(SMALL, as_found)
    for row in ledger.streams.stream(vote_stream(OTHER)):
        votes.put(OTHER, ledger.vote(OTHER), 0, leaf_hash(row.envelope))
    assert votes[SMALL] == as_found
    assert votes.known(SMALL) == as_found
    assert rereading.again == []


def test_what_the_store_gives_the_second_time_must_be_what_was_checked(ledger: Ledger) -> None:
    votes, rereading = folded(ledger, SMALL, OTHER, held=1)
    assert [each.act for each in votes.acts(SMALL)] == [each.act for each in ledger.acts(SMALL)]
    votes, rereading = folded(ledger, SMALL, OTHER, held=1)
    rereading.first = 1
    with pytest.raises(Broken, match="the store gives other entries than when they were checked"):
        votes[SMALL]
    assert votes[OTHER] == ledger.vote(OTHER)
    with pytest.raises(Broken, match="the store gives other entries than when they were checked"):
        votes.acts(OTHER)
