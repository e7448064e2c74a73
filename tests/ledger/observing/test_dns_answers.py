"""Answers of DNS that were asked for elsewhere, in a file as dig prints them."""

from __future__ import annotations

import pytest
from signed_mail import KEY_NAME, dkim_signed, observed, record_of_key

from inblue.domain.errors import Malformed
from inblue.ledger.observing.dns_answers import answers_of, read_dns_text


def dig(record: bytes) -> bytes:
    """As dig +noall +answer prints a TXT record, in strings of 255 characters."""
    text = record.decode()
    pieces = " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))
    return f"{KEY_NAME}.\t3600\tIN\tTXT\t{pieces}\n".encode()


def test_what_dig_printed_is_what_dns_answered() -> None:
    known = read_dns_text(b"; <<>> DiG 9.20\n\n" + dig(record_of_key()))
    assert known == {KEY_NAME: (record_of_key(),)}
    found = observed(dkim_signed(), answers=answers_of([KEY_NAME], known))
    assert (found.dkim[0].verdict, found.dns[0].status) == ("verified", "answered")


def test_a_name_that_the_file_does_not_have_was_not_asked_for() -> None:
    (found,) = answers_of([KEY_NAME], {})
    assert found.status == "not_answered"


def test_escapes_are_bytes() -> None:
    assert read_dns_text(b'a.example IN TXT "a\\"b\\\\c\\255" "d"')["a.example"] == (b'a"b\\c\xffd',)


@pytest.mark.parametrize(
    "text",
    [
        "a.example. IN A 192.0.2.1",
        "a.example IN TXT x",
        'a.example IN TXT "x',
        'a.example IN TXT "\\999"',
        '.. IN TXT "x"',
    ],
)
def test_another_line_is_refused_by_its_number(text: str) -> None:
    with pytest.raises(Malformed, match="line 2"):
        read_dns_text(b"\n" + text.encode())


def test_more_than_is_read_is_refused() -> None:
    for raw in (b"x" * 200_001, b'a.example IN TXT "x"\n' * 9, b'a.example IN TXT "' + b"x" * 6001 + b'"'):
        with pytest.raises(Malformed):
            read_dns_text(raw)
