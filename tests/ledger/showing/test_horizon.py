"""How far everybody may see: never as far as an open vote, whatever votes go on beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many_votes import acts_of, founded, vote
from signers import LOG, REGISTRAR

from inblue.domain.acts import Act, DraftWithdrawn
from inblue.domain.ending_acts import ResultAnnounced
from inblue.domain.errors import Refused
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.errors import NotFound
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.publish import publish
from inblue.ledger.showing.horizon import Horizon
from inblue.ledger.showing.shelf import signed_state
from inblue.ledger.stores.address import Address


def record(ledger: Ledger, number: int, start: int, end: int) -> list[Act]:
    symbol, acts = acts_of(ledger, number)
    ledger.record_all([(symbol, acts[start:end])], signer=REGISTRAR, office="registrar")
    return [act for act, _ in acts[start:end]]


def firsts(ledger: Ledger) -> dict[str, int]:
    """The index of the first entry of each vote that is not over, read by hand."""
    leaves = [leaf.hex() for leaf in ledger.log.leaves(0, 10_000)]
    found = {}
    for name in ledger.votes():
        if ledger.vote(name).ended is None:
            draft = ledger.vote(name).draft
            found[name] = leaves.index(draft.entry or "")
    return found


@settings(max_examples=12)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 34)), min_size=1, max_size=7))
def test_what_is_shown_ends_before_the_first_entry_of_an_open_vote(steps: list[tuple[int, int]]) -> None:
    ledger = founded()
    horizon, done = Horizon(ledger), {0: 0, 1: 0, 2: 0}
    for number, more in steps:
        record(ledger, number, done[number], done[number] + more)
        done[number] = min(34, done[number] + more)
        for each in (horizon, Horizon(ledger)):  # one that has looked all along, and one that is new
            each.look()
            going_on = firsts(ledger)
            size = ledger.checkpoint().size
            assert each.size == min(going_on.values(), default=size)
            assert {one.name for one in each.open_votes()} == set(going_on)
            shown = list(each.view.streams.page(0, 10_000))
            assert len(shown) == each.size
            assert not {row.originator_id for row in shown} & {vote_stream(name) for name in going_on}
            head = each.view.log.head()
            assert head is None or head.size <= each.size
            assert set(each.view.votes()).isdisjoint(going_on)


def test_the_checkpoint_from_before_a_vote_opened_is_shown_while_it_is_open() -> None:
    ledger = founded()
    horizon = Horizon(ledger)
    vote(ledger, 0)
    horizon.look()
    note = ledger.checkpoint()
    vote(ledger, 1, until=9)
    horizon.look()
    assert signed_state(horizon.view)[1] == note
    assert ledger.checkpoint().size > note.size
    late = Horizon(ledger)
    late.look()
    with pytest.raises(NotFound, match="no checkpoint can be shown"):
        signed_state(late.view)
    assert late.size == note.size


def test_a_head_that_was_cosigned_is_known_to_who_comes_later() -> None:
    ledger = founded()
    vote(ledger, 0)
    head = ledger.log.head()
    assert head is not None
    ledger.log.keep_cosignature(head.size, head.note, "— example.org/witness AAAAAAAA\n")
    vote(ledger, 1, until=9)
    late = Horizon(ledger)
    late.look()
    assert signed_state(late.view)[1].size == head.size == late.size


def test_it_is_the_rule_of_publishing(tmp_path: Path) -> None:
    ledger = founded()
    for number, until in ((0, 34), (1, 5)):
        vote(ledger, number, until=until)
    horizon = Horizon(ledger)
    horizon.look()
    with pytest.raises(Refused, match="SIM/1 is not over"):
        publish(ledger, tmp_path / "public")
    record(ledger, 1, 5, 34)
    horizon.look()
    publish(ledger, tmp_path / "public")
    assert horizon.size == ledger.checkpoint().size
    assert horizon.open_votes() == ()


def test_a_vote_that_is_announced_while_another_is_open_is_read_from_the_whole_ledger_and_no_other() -> None:
    ledger = founded()
    horizon = Horizon(ledger)
    vote(ledger, 0)
    vote(ledger, 1, until=9)
    vote(ledger, 2)
    horizon.look()
    assert horizon.votes() == ("SIM/0", "SIM/2")
    assert horizon.book("SIM/0") is horizon.view
    assert horizon.book("SIM/2") is ledger
    assert horizon.book("SIM/1") is horizon.book("SIM/9") is None
    with pytest.raises(NotFound):
        horizon.view.vote("SIM/2")


def test_a_draft_that_is_withdrawn_is_open_no_more() -> None:
    ledger = founded()
    record(ledger, 0, 0, 1)
    horizon = Horizon(ledger)
    horizon.look()
    assert [each.name for each in horizon.open_votes()] == ["SIM/0"]
    withdrawn = DraftWithdrawn(withdrawn_at=ledger.vote("SIM/0").draft.recorded_at)
    ledger.record_all(
        [("SIM/0", [(withdrawn, ledger.vote("SIM/0").draft.recorded_at)])], signer=REGISTRAR, office="registrar"
    )
    horizon.look()
    assert horizon.open_votes() == ()
    assert horizon.size == ledger.checkpoint().size


@pytest.fixture
def kept(place: Address | None) -> Iterator[Ledger]:
    with Ledger.create(place, signer=REGISTRAR, log_signer=LOG) as made:
        made.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
        yield made


def test_it_is_so_on_every_store(kept: Ledger) -> None:
    horizon = Horizon(kept)
    vote(kept, 0)
    horizon.look()
    vote(kept, 1, until=7)
    horizon.look()
    assert horizon.size == signed_state(horizon.view)[1].size == kept.checkpoint().size - 7
    assert horizon.view.votes() == ("SIM/0",)
    assert horizon.view.vote("SIM/0").result is not None
    assert isinstance(horizon.view.vote("SIM/0").result.act, ResultAnnounced)  # type: ignore[union-attr]
