"""Names of votes: one for each symbol and round, and no two votes of one name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.errors import MalformedError
from inblue.domain.naming import MAX_ROUND, check_symbol, is_name, name_of, read_name
from inblue.ledger.entries.streams import name_in, round_before, vote_in, vote_stream

SYMBOLS = st.text(st.sampled_from("S/2#017 :é"), min_size=1, max_size=12)


def name(symbol: str, number: int) -> str | None:
    try:
        return name_of(symbol, number)
    except MalformedError:
        return None


@given(SYMBOLS, st.integers(-1, MAX_ROUND + 1))
def test_a_name_says_symbol_and_round_and_its_stream_the_name(symbol: str, number: int) -> None:
    made = name(symbol, number)
    if made is not None:
        assert read_name(made) == (symbol, number)
        assert vote_in(vote_stream(made)) == name_in(vote_stream(made)) == made


@given(SYMBOLS)
def test_a_text_is_a_name_only_in_its_one_form(text: str) -> None:
    assert not is_name(text) or name_of(*read_name(text)) == text


@given(st.text(st.sampled_from("vote#:12S"), max_size=12) | SYMBOLS.map("vote#2:{}".format))
def test_a_stream_has_a_name_only_in_its_one_form(stream: str) -> None:
    found = vote_in(stream)
    assert found is None or vote_stream(found) == stream
    assert name_in(stream) == (stream if found is None else found)


@pytest.mark.parametrize(
    ("called", "symbol", "number", "stream"),
    [
        ("S/1", "S/1", 1, "vote:S/1"),
        ("S/1#2", "S/1", 2, "vote#2:S/1"),
        ("S/1#12", "S/1", 12, "vote#12:S/1"),
        ("A#2#1", "A#2", 1, "vote:A#2"),
        ("A#007#1", "A#007", 1, "vote:A#007"),
        ("A#", "A#", 1, "vote:A#"),
        ("#2#1", "#2", 1, "vote:#2"),
        ("s" * 300, "s" * 300, 1, "vote:" + "s" * 300),
    ],
)
def test_names_and_streams(called: str, symbol: str, number: int, stream: str) -> None:
    assert (name_of(symbol, number), read_name(called), vote_stream(called)) == (called, (symbol, number), stream)


@pytest.mark.parametrize(
    "text", ["", "A#1", "A#0", "A#02", "A#2#2", "A#2#3", "A#10000", "#2", "s" * 299 + "#2", "s" * 301]
)
def test_what_is_no_name(text: str) -> None:
    assert not is_name(text)
    with pytest.raises(MalformedError):
        vote_stream(text)


@pytest.mark.parametrize(
    "stream", ["register", "vote:", "vote#1:A", "vote#02:A", "vote#0:A", "vote#2:", "vote#2:A#2", "Vote:A", "vote#:A"]
)
def test_what_is_no_stream_of_a_vote(stream: str) -> None:
    assert vote_in(stream) is None
    assert round_before(stream) is None


def test_the_stream_of_the_round_before() -> None:
    assert [round_before(stream) for stream in ("vote:A", "vote#2:A", "vote#3:A")] == [None, "vote:A", "vote#2:A"]


@pytest.mark.parametrize("symbol", ["S/1#2", "S/1#0", "#1", "A#007"])
def test_a_symbol_that_reads_as_a_later_round_is_refused(symbol: str) -> None:
    check_symbol(symbol.replace("#", "-"))
    with pytest.raises(MalformedError, match="how a later round is named"):
        check_symbol(symbol)
