"""Parts of a message are read as Python's own package reads them, or not at all; each in one way only."""

from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage, Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.errors import Malformed
from inblue.ledger.standards.mime import part_of


def of(*lines: str, end: str = "\r\n") -> bytes:
    return end.join((*lines, "")).encode()


TWO = of(
    'Content-Type: multipart/mixed; charset="x"; Boundary="a b"', "", "before", "--a b", "", "text", "", "--a b  ",
    "Content-Type: application/PDF; name=x", "Content-Transfer-Encoding: BASE64", "", "QSBs", "ZXR0ZXIu", "--a b--",
    "after",
)  # fmt: skip


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_part_is_named_by_its_section_number(end: str) -> None:
    raw = TWO.replace(b"\r\n", end.encode())
    assert part_of(raw, "1") == (b"text" + end.encode(), "text/plain")
    assert part_of(raw, "2") == (b"A letter.", "application/pdf")


def test_a_message_without_parts_is_part_1_and_one_within_goes_on_its_number() -> None:
    inner = of("Subject: x", "", "body")
    assert part_of(inner, "1").content == b"body\r\n"
    outer = of("Content-Type: multipart/digest; boundary=d", "", "--d", "") + inner + of("--d", "", "", "last", "--d--")
    assert part_of(outer, "1") == (inner.removesuffix(b"\r\n"), "message/rfc822")
    assert part_of(outer, "1.1") == (b"body", "text/plain")
    with pytest.raises(Malformed, match=r"no part 1\.2"):
        part_of(outer, "1.2")


def test_quoted_printable_is_what_its_lines_say() -> None:
    raw = of("Content-Transfer-Encoding: quoted-printable", "", "=C3=A9 =  ", "x=3d \t", "last=")
    assert part_of(raw, "1").content == "é x=\r\nlast".encode()


def test_a_header_may_be_empty() -> None:
    assert part_of(b"\n" + TWO, "1") == (TWO, "text/plain")
    assert part_of(b"\r\n", "1") == (b"", "text/plain")


WITHIN = of("Content-Type: multipart/mixed; boundary=o", "", "--o", *TWO.decode().split("\r\n")[:-1], "--o--")
REFUSED = {
    "no such part": (TWO, "3"),
    "a part of a part that has none": (TWO, "1.1"),
    "the multipart itself": (WITHIN, "1"),
    "not ended": (TWO.replace(b"--a b--", b"--a b"), "1"),
    "two boundaries": (TWO.replace(b"Boundary=", b"boundary=q; Boundary="), "1"),
    "two types": (b"Content-Type: text/plain\r\n" + TWO, "1"),
    "a comment in the type": (TWO.replace(b"multipart/mixed;", b"multipart/mixed (x);"), "1"),
    "an escape in the boundary": (TWO.replace(b'"a b"', b'"a\\ b"'), "1"),
    "no field": (b"From a to b\r\n" + TWO, "1"),
    "a line that goes on before any field": (b" x\r\n" + TWO, "1"),
    "the line of an mbox": (b"From a@example.org Mon Mar  2 15:00:00 2026\r\n" + TWO, "1"),
    "a part that begins so": (TWO.replace(b"Content-Type: application", b" x\r\nContent-Type: application"), "2"),
    "a CR without an LF at the end": (b"Content-Type: text/plain\r", "1"),
    "a CR for an empty line": (b"A: b\n\r", "1"),
    "an encoding that is not known": (TWO.replace(b"BASE64", b"x-uuencode"), "2"),
    "base64 that is not": (TWO.replace(b"QSBs", b"QS*s"), "2"),
    "base64 with bits that mean nothing": (TWO.replace(b"ZXR0ZXIu", b"QR=="), "2"),
    "base64 with more behind its end": (TWO.replace(b"QSBs", b"QQ=="), "2"),
    "an encoded multipart": (b"Content-Transfer-Encoding: base64\r\n" + TWO, "1"),
    "an escape that is none": (of("Content-Transfer-Encoding: quoted-printable", "", "=G1"), "1"),
    "a header without end": (b"A: " + b"x" * 300_000, "1"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_could_be_read_in_another_way_is_refused(what: str) -> None:
    with pytest.raises(Malformed):
        part_of(*REFUSED[what])


leaf = st.tuples(st.binary(max_size=60), st.sampled_from(["base64", "quoted-printable", "8bit"]))


def message(tree: object, depth: int = 0) -> EmailMessage:
    made = EmailMessage(policy=policy.SMTP)
    if isinstance(tree, tuple):
        content, encoding = tree
        if encoding == "8bit":
            made.set_content(content.hex())
        else:
            made.set_content(content, "application", "pdf", cte=encoding)
        return made
    made.make_mixed(boundary=f"=_{depth}")
    for each in tree:  # type: ignore[attr-defined]
        made.attach(message(each, depth + 1))
    return made


def leaves(found: Message, path: str = "") -> list[tuple[str, bytes]]:
    if not found.is_multipart():
        payload = found.get_payload(decode=True)
        assert isinstance(payload, bytes)
        return [(path or "1", payload)]
    parts = found.get_payload()
    assert isinstance(parts, list)
    return [
        leaf
        for number, each in enumerate(parts, start=1)
        if isinstance(each, Message)
        for leaf in leaves(each, f"{path}.{number}" if path else str(number))
    ]


@given(st.recursive(leaf, lambda deeper: st.lists(deeper, min_size=1, max_size=3), max_leaves=6))
def test_every_part_is_what_the_standard_library_reads(tree: object) -> None:
    raw = bytes(message(tree))
    for path, content in leaves(email.message_from_bytes(raw)):
        assert part_of(raw, path).content == content


@given(st.binary(max_size=200), st.sampled_from(["1", "2", "1.1"]))
def test_whatever_comes_is_read_or_refused(raw: bytes, path: str) -> None:
    try:
        part_of(raw, path)
    except Malformed:
        return


def test_what_is_made_to_cost_much_is_read_to_its_end() -> None:
    blanks = of("Content-Transfer-Encoding: quoted-printable", "") + b" " * 3_000_000 + b"x"
    assert len(part_of(blanks, "1").content) == 3_000_001
    for raw in (
        of("Content-Type: multipart/mixed; boundary=-", "") + b"-" * 3_000_000,
        of("Content-Type: multipart/mixed; boundary=-", "") + b"--\n" * 1_000_000,
        of("A: x") + b" \r\n" * 1_000_000,
        of("Content-Type: multipart/mixed; " + "a=b;" * 60_000, "") + b"x",
    ):
        with pytest.raises(Malformed):
            part_of(raw, "1")
