"""Names of votes: one for each symbol and round, and no two votes of one name."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.errors import Malformed
from inblue.domain.naming import MAX_ROUND, check_names, check_symbol, fault_of, is_name, name_of, read_name
from inblue.domain.scripts import UNICODE, scripts_of
from inblue.ledger.entries.streams import name_in, round_before, vote_in, vote_stream

SYMBOLS = st.text(st.sampled_from("S/2#017 :é"), min_size=1, max_size=12)


def name(symbol: str, number: int) -> str | None:
    try:
        return name_of(symbol, number)
    except Malformed:
        return None


@given(SYMBOLS, st.integers(-1, MAX_ROUND + 1))
def test_a_name_says_symbol_and_round_and_its_stream_the_name(symbol: str, number: int) -> None:
    made = name(symbol, number)
    if made is not None:
        assert read_name(made) == (symbol, number)
        assert vote_in(vote_stream(made)) == name_in(vote_stream(made)) == made


@given(SYMBOLS)
def test_a_text_is_a_name_only_if_it_is_canonical(text: str) -> None:
    assert not is_name(text) or name_of(*read_name(text)) == text


@given(st.text(st.sampled_from("vote#:12S"), max_size=12) | SYMBOLS.map("vote#2:{}".format))
def test_a_stream_has_only_its_canonical_name(stream: str) -> None:
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
def test_what_is_not_a_name(text: str) -> None:
    assert not is_name(text)
    with pytest.raises(Malformed):
        vote_stream(text)


@pytest.mark.parametrize(
    "stream", ["register", "vote:", "vote#1:A", "vote#02:A", "vote#0:A", "vote#2:", "vote#2:A#2", "Vote:A", "vote#:A"]
)
def test_what_is_not_a_stream_of_a_vote(stream: str) -> None:
    assert vote_in(stream) is None
    assert round_before(stream) is None


def test_the_stream_of_the_round_before() -> None:
    assert [round_before(stream) for stream in ("vote:A", "vote#2:A", "vote#3:A")] == [None, "vote:A", "vote#2:A"]


@pytest.mark.parametrize("symbol", ["S/1#2", "S/1#0", "#1", "A#007"])
def test_a_symbol_that_reads_as_a_later_round_is_refused(symbol: str) -> None:
    check_symbol(symbol.replace("#", "-"))
    with pytest.raises(Malformed, match="how a later round is named"):
        check_symbol(symbol)


ALIKE = [
    ("S/2026/900\u200b", "U+200B"),
    ("S/2026/900\u2060", "U+2060"),
    ("S/2026\u00ad/900", "U+00AD"),
    ("S/2026/900\ufe0f", "U+FE0F"),
    ("S/2026/900\U000e0031", "U+E0031"),
    ("S\u2215" + "2026/900", "U+2215"),
    ("S/2026/９00", "U+FF19"),
    ("S/2026/90\u0660", "U+0660"),
    ("DRAFT \u0410/1", "U+0410"),
    ("\u0410\u0411 A", "U+0041"),
    ("\u03b1b", "U+0062"),
    ("Re\u0301solution 1", "U+0065"),
    ("S/\ue000", "U+E000"),
    ("S/\U0001fae8", "U+1FAE8"),  # assigned by Unicode 15.0, which not every Python knows
    ("S\u00a01", "U+00A0"),
    ("a" + "\u0328" * 5, "U+0328"),
    ("\u65e5\u0416", "U+0416"),
]


@pytest.mark.parametrize(("taken", "point"), ALIKE)
def test_a_name_that_may_be_taken_for_another_has_a_fault_at_that_code_point(taken: str, point: str) -> None:
    fault = fault_of(taken)
    assert fault is not None
    assert fault.point.partition(" ")[0] == point
    with pytest.raises(Malformed, match=f"symbol: {re.escape(fault.point)}"):
        check_names({"symbol": ["S/1", taken]})


@pytest.mark.parametrize(
    "name",
    [
        *("S/2026/900", "A/RES/76/L.1 (rev. 2)", "АО/12", "№ 5", "Résolution 1", "Conseil de l’Union", "مجلس الأمن ١٢"),
        *("安理会〔2026〕5号", "安理会ABC", "ABC日本のカタ", "ABC 한국어", "Ωμέγα 1", "हिन्दी १", "x" * 300),
    ],
)
def test_names_as_people_write_them_have_no_fault(name: str) -> None:
    assert fault_of(name) is None
    check_names({"symbol": name, "languages": (), "original": None})


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8))
def test_what_has_no_fault_is_in_normal_form_and_seen(name: str) -> None:
    if fault_of(name) is None:
        assert unicodedata.normalize("NFC", name) == name
        assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cn", "Co", "Zl", "Zp"} for char in name)


def test_the_table_is_of_code_points_that_the_oldest_python_knows() -> None:
    assert tuple(map(int, unicodedata.unidata_version.split("."))) >= tuple(map(int, UNICODE.split(".")))
    for char in map(chr, range(0x80, 0x32000)):
        if scripts_of(char) is not None:
            assert unicodedata.category(char) not in {"Cn", "Cc", "Cf", "Co", "Cs", "Zs", "Zl", "Zp"}, ascii(char)
