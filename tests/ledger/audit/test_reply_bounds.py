"""What is kept of entries that are to be dated, and what follows: of a whole log, and of one that several have read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import SMALL, small
from tamper import turned

from inblue.domain.acts import VoteCast
from inblue.domain.ballot import SignedBallot
from inblue.domain.register_acts import KeyRevoked
from inblue.ledger.audit.reply_bounds import Proofs
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.ballot import signing_key
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.errors import Broken
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Ed25519Signer

LONG_AGO, NOW = datetime(2000, 1, 1, tzinfo=UTC), datetime(2026, 3, 27, tzinfo=UTC)
MEMBERS = {name: Ed25519Signer.from_seed(name[:1].encode() * 32) for name in ("CHN", "EST")}
KEYS = [letter * 64 for letter in "abc"]
VOTES = ["A", "B", "C"]


class Kept(NamedTuple):
    """An entry: of the register where it has no vote; a reply, with a member's ballot or without; another act."""

    vote: str | None
    key: str
    reply: bool
    member: str | None
    tokens: tuple[str, ...]

    @property
    def ballot(self) -> SignedBallot | None:
        return ballots()[self.member] if self.vote and self.reply and self.member else None

    @property
    def keys(self) -> list[str]:
        """Who has signed it."""
        return [self.key, *([signing_key(self.ballot)] if self.ballot else ())]


@cache
def ballots() -> Mapping[str, SignedBallot]:
    """A ballot of each member."""
    replies = [each.act for each in small(members=MEMBERS).acts(SMALL) if isinstance(each.act, VoteCast)]
    return {act.member: act.ballot for act in replies if act.ballot is not None}


def kept(log: Sequence[Kept], votes: Sequence[str] = VOTES) -> Proofs:
    """What a reader of the register and these votes keeps of a log."""
    proofs, numbers = Proofs(), dict.fromkeys(votes, 0)
    for index, each in enumerate(log):
        if each.vote is not None and each.vote not in numbers:
            continue
        proofs.entry(index, each.key, each.tokens)
        if each.vote is None:
            continue
        stream, number = vote_stream(each.vote), numbers[each.vote]
        numbers[each.vote] += 1
        if not each.reply:
            proofs.other(stream, number, index, NOW)
            continue
        proofs.reply(stream, number, index, each.key, NOW)
        if each.ballot is not None:
            proofs.ballot(stream, number, each.ballot)
    return proofs


def revoked(keys: Sequence[str]) -> Mapping[str, KeyRevoked]:
    return {key: KeyRevoked(key=key, reason="in other hands", compromised_since=LONG_AGO) for key in keys}


def in_doubt(proofs: Proofs, key: str) -> dict[str, dict[int, tuple[bool, bool]]]:
    """The replies whose entry, and those whose ballot, may be somebody else's if that key is compromised."""
    found: dict[str, dict[int, tuple[bool, bool]]] = {}
    for vote, bounds in proofs.bounds(revoked([key])).items():
        for number, each in bounds.items():
            if each.entry_void or each.ballot_void:
                found.setdefault(vote, {})[number] = each.entry_void is not None, each.ballot_void is not None
    return found


def compromised(proofs: Proofs, key: str) -> str:
    (said,) = proofs.compromises(revoked([key]))
    return str(said).partition(". ")[2]


def in_words(entries: Sequence[int]) -> str:
    shown = "Timestamps show that 0 of its entries here are older"
    some = ", ".join(map(str, entries[:10])) + (", ..." if len(entries) > 10 else "")
    return f"{shown}, but not entries {some}." if entries else f"{shown}."


def expected(log: Sequence[Kept], key: str) -> dict[str, dict[int, tuple[bool, bool]]]:
    found: dict[str, dict[int, tuple[bool, bool]]] = {}
    for vote in VOTES:
        for number, each in enumerate(each for each in log if each.vote == vote):
            void = each.key == key, each.ballot is not None and signing_key(each.ballot) == key
            if each.reply and any(void):
                found.setdefault(vote, {})[number] = void
    return found


TOKENS = st.lists(st.sampled_from("123"), max_size=2, unique=True).map(tuple)


def logs(tokens: st.SearchStrategy[tuple[str, ...]]) -> st.SearchStrategy[list[Kept]]:
    members = st.sampled_from([None, *MEMBERS])
    entries = st.builds(Kept, st.sampled_from([None, *VOTES]), st.sampled_from(KEYS), st.booleans(), members, tokens)
    return st.lists(entries, max_size=30)


def together(log: Sequence[Kept]) -> Iterator[Proofs]:
    """What a reader of the whole log keeps, and two readers of some of the votes each."""
    yield kept(log)
    for parts in (([], VOTES), (VOTES[:1], VOTES[1:]), (VOTES[2:], VOTES[:2])):
        one, other = (kept(log, part) for part in parts)
        one.take(other.handed_over())
        yield one


@given(logs(st.just(())))
def test_whose_key_has_signed_what_is_known_also_where_several_have_read(log: list[Kept]) -> None:
    members = [signing_key(ballot) for ballot in ballots().values()]
    for proofs in together(log):
        assert set(proofs.streams) == {vote_stream(each.vote) for each in log if each.vote is not None}
        for key in [*KEYS, *members, "d" * 64]:
            assert in_doubt(proofs, key) == expected(log, key)
            signed = [index for index, each in enumerate(log) for by in each.keys if by == key]
            assert compromised(proofs, key) == in_words(signed)


@pytest.mark.parametrize("number", range(9, 13))
def test_of_the_entries_in_doubt_the_first_ten_are_said(number: int) -> None:
    proofs = kept([Kept(None, KEYS[0], reply=False, member=None, tokens=())] * number)
    assert compromised(proofs, KEYS[0]) == in_words(list(range(number)))


@given(logs(TOKENS))
def test_from_which_entry_on_a_token_is_named_is_known_also_where_several_have_read(log: list[Kept]) -> None:
    first = {token: index for index, each in reversed(list(enumerate(log))) for token in each.tokens}
    for proofs in together(log):
        assert proofs.named == first.keys()
        for start in range(len(log) + 1):
            assert proofs.named_from(start) == {token for token, index in first.items() if index >= start}
            missing = sorted((index, token) for token, index in first.items() if index >= start)
            assert proofs.missing(start) == missing


class Changing:
    """Entries that are other ones when a vote is read once more."""

    def __init__(self, first: Ledger, then: Ledger) -> None:
        self.page, self.position, self.last_position = (
            first.streams.page,
            first.streams.position,
            first.streams.last_position,
        )
        self.stream = then.streams.stream


def test_a_ballot_that_is_another_when_it_is_read_again_is_none_that_was_checked() -> None:
    china = Ed25519Signer.from_seed(b"c" * 32)
    one, other = (small(members={"CHN": china}, change=change) for change in (list, turned))
    assert verify(Changing(one, one), one.log, one.files).holds
    for first, then in ((one, other), (other, one)):
        with pytest.raises(Broken, match="entry 5: the store gives another than when it was checked"):
            dict(verify(Changing(first, then), first.log, first.files).bounds)
