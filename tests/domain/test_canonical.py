"""Strict JSON in, RFC 8785 out."""

from __future__ import annotations

import json
import time

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.canonical import MAX_BYTES, MAX_DEPTH, MAX_INTEGER, Json, canonical, digest, parse_json
from inblue.domain.errors import Malformed

KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_the_canonical_form_is_that_of_rfc8785(value: Json) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(VALUES)
def test_round_trip(value: Json) -> None:
    assert parse_json(canonical(value)) == value


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_any_spelling_has_one_canonical_form(value: Json, indent: int | None, escape: bool) -> None:
    spelt = json.dumps(value, indent=indent, ensure_ascii=escape).encode()
    assert canonical(parse_json(spelt)) == canonical(value)


@given(st.binary(max_size=60) | st.text(st.sampled_from('{}[]",:0123456789-.eE tfn\\u'), max_size=30).map(str.encode))
def test_any_bytes_give_a_value_or_our_error(raw: bytes) -> None:
    try:
        value = parse_json(raw)
    except Malformed as error:
        assert str(error).startswith("JSON: ")  # noqa: PT017 - only when it is refused
        return
    assert parse_json(canonical(value)) == value


def test_strings_are_escaped_as_the_rfc_says() -> None:
    assert canonical('\b\t\n\f\r"\\/\x00\x1f\x7f\u2028é€😀') == (
        '"\\b\\t\\n\\f\\r\\"\\\\/\\u0000\\u001f\x7f\u2028é€😀"'.encode()
    )


def test_keys_are_sorted_at_every_level() -> None:
    assert canonical({"b": {"z": 1, "a": [{"y": 0, "x": 0}]}, "B": 2, "": 3, "a b": 4}) == (
        b'{"":3,"B":2,"a b":4,"b":{"a":[{"x":0,"y":0}],"z":1}}'
    )


def test_unicode_is_not_normalised() -> None:
    assert canonical("e\u0301") != canonical("\u00e9")


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":1}',
        b'{"b":{"a":1,"c":{"a":1,"x":2,"a":3}}}',
        b'[{"a":1},{"a":1,"a":1}]',
    ],
)
def test_a_key_that_is_there_twice_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="the key 'a' stands twice"):
        parse_json(raw)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1.0", "1e2", "1E+2", "0.5", "-0.0", "1e400", "-1e-400", "0e0"]
)
def test_numbers_that_are_not_integers_are_refused(number: str) -> None:
    for raw in (number, f"[{number}]", f'{{"a":{number}}}'):
        with pytest.raises(Malformed, match="is not an integer"):
            parse_json(raw.encode())


@pytest.mark.parametrize("number", ["01", "+1", ".5", "1.", "0x1", "1_0", "--1", "nan", "-", "٣"])
def test_numbers_that_json_does_not_know_are_refused(number: str) -> None:
    with pytest.raises(Malformed, match="not JSON"):
        parse_json(number.encode())


def test_minus_zero_is_refused() -> None:
    for raw in (b"-0", b"[-0]", b'{"a":-0}'):
        with pytest.raises(Malformed, match="-0"):
            parse_json(raw)


@pytest.mark.parametrize("number", [MAX_INTEGER + 1, -MAX_INTEGER - 1, 10**16, 10**17, -(10**17), 10**4000])
def test_integers_that_a_double_cannot_hold_are_refused(number: int) -> None:
    with pytest.raises(Malformed, match="out of range"):
        parse_json(str(number).encode())
    with pytest.raises(Malformed, match="out of range"):
        canonical([number])


@pytest.mark.parametrize("digits", [17, 18, 4_300, 4_301, 1_000_000])
def test_no_count_of_digits_is_too_much_to_refuse(digits: int) -> None:
    for sign in ("", "-"):
        with pytest.raises(Malformed, match="out of range"):
            parse_json((sign + "9" * digits).encode())


@pytest.mark.parametrize("number", [0, -1, MAX_INTEGER, -MAX_INTEGER])
def test_integers_to_the_edge_are_taken(number: int) -> None:
    assert parse_json(canonical(number)) == number


@pytest.mark.parametrize("raw", [rb'"\ud800"', rb'"\udc00\ud800"', rb'{"a":["\udfff"]}', rb'"x\ud83d"'])
def test_lone_surrogates_are_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="lone surrogate"):
        parse_json(raw)


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse_json(rb'"\ud83d\ude00"') == "😀"
    with pytest.raises(Malformed, match="lone surrogate"):
        canonical({"a": ["\ud83d"]})


@pytest.mark.parametrize("key", ["é", "\x00", "\n", "\x7f", "\u2028", "😀", "\ud800"])
def test_keys_outside_printable_ascii_are_refused(key: str) -> None:
    with pytest.raises(Malformed, match="is not printable ASCII"):
        canonical({key: 1})
    with pytest.raises(Malformed, match="is not printable ASCII"):
        parse_json(json.dumps([{key: 1}]).encode())


@pytest.mark.parametrize("value", [1.0, float("nan"), {1: 2}, {None: 1}, b"x", {1, 2}, object(), [(), {"a": 1.5}]])
def test_values_without_a_canonical_form_are_refused(value: object) -> None:
    with pytest.raises(Malformed, match="no canonical form"):
        canonical(value)  # type: ignore[arg-type]


def test_depth_is_limited_both_ways() -> None:
    def nested(depth: int) -> Json:
        value: Json = 0
        for level in range(depth - 1):
            value = [value] if level % 2 else {"a": value}
        return value

    assert parse_json(canonical(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    with pytest.raises(Malformed, match="nested deeper than 32"):
        canonical(nested(MAX_DEPTH + 1))
    with pytest.raises(Malformed, match="nested deeper than 32"):
        parse_json(json.dumps(nested(MAX_DEPTH + 1)).encode())


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_deep_nesting_is_refused_fast_and_without_a_crash(opening: bytes) -> None:
    for size in (1_000, 100_000, 50_000_000):
        raw = (opening * (size // len(opening)))[:size]
        begun = time.perf_counter()
        with pytest.raises(Malformed):
            parse_json(raw, limit=size)
        assert time.perf_counter() - begun < 2
        with pytest.raises(Malformed):
            parse_json(raw + b"]" * 1000, limit=2 * size + 1000)


def test_input_over_the_limit_is_not_read() -> None:
    assert parse_json(b" " * (MAX_BYTES - 1) + b"0") == 0
    with pytest.raises(Malformed, match="letter: 4,194,305 bytes; at most 4,194,304 are read"):
        parse_json(b" " * MAX_BYTES + b"0", where="letter")
    with pytest.raises(Malformed, match="3 bytes; at most 2"):
        parse_json(b"123", limit=2)


@pytest.mark.parametrize(
    "raw", [b"", b" ", b"{", b'{"a"}', b"[1,]", b"1 2", b"{}x", b"'a'", b'"\n"', b'"\x00"', b"\xef\xbb\xbf1", b"//\n1"]
)
def test_what_is_not_json_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="act 7: not JSON at line"):
        parse_json(raw, where="act 7")


@pytest.mark.parametrize("raw", [b"\xff", b'"\xc3"', b'"\xed\xa0\x80"', b'"\xc0\x80"', "1".encode("utf-16")])
def test_what_is_not_utf8_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="not UTF-8 at byte"):
        parse_json(raw)


def test_messages_are_one_short_line() -> None:
    for raw in (b'{"%s":1,"%s":1}' % (b"k" * 9999, b"k" * 9999), b"1" * 9999, b"1." + b"1" * 9999, b'{"\\n\\u202e":1}'):
        with pytest.raises(Malformed) as caught:
            parse_json(raw)
        assert len(str(caught.value)) < 120
        assert str(caught.value).isprintable()


def test_digest_is_sha256_in_hex() -> None:
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
