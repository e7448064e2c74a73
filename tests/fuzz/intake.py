"""What is fuzzed of messages that arrive: their parts, the texts in them, what is proposed. See :mod:`.targets`."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping

from letters import LANGUAGES, MEMBERS, Letter, docx, message, pdf
from message_kinds import KINDS, VOTES

from inblue.domain.corrected_field import corrected
from inblue.domain.errors import Malformed
from inblue.domain.folded_text import fold
from inblue.domain.message_contents import Contents, Part
from inblue.domain.proposal import FIELDS
from inblue.domain.reading_replies import propose
from inblue.ledger.intake.document_texts import text_of
from inblue.ledger.intake.mime import contents
from inblue.ledger.intake.places import messages_in
from inblue.ledger.intake.proposing import IntakeRule
from inblue.ledger.intake.tray import PutAside
from inblue.ledger.standards.mime import part_of

from .oracle import accepted, same, written
from .seeds import Seeds, numbered

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LETTERS = [Letter("GRC", "in_favour", language) for language in LANGUAGES]


def mail_parts(data: bytes) -> None:
    """Any bytes are read as some message, of the form that the parent asks for; and it proposes what may be."""
    read = Contents.model_validate(contents(data, documents=False), strict=False)
    assert Contents.read(read.canonical(), where="contents") == read
    assert len({part.path for part in read.parts}) == len(read.parts)
    assert sum(part.size for part in read.parts if part.within is None) <= 4 * len(data) + 16
    _check(read)


def mail_documents(data: bytes) -> None:
    """The same of what the child does with documents in it, here and not in a process of its own."""
    value = contents(data)
    read = Contents.read(json.dumps(value).encode("ascii"), where="the answer of the child")
    assert contents(data) == value
    _check(read)


def mail_answer(data: bytes) -> None:
    """Every answer of a child is refused or makes an allowed proposal; it need not fit the message."""
    for read in accepted(Malformed, lambda: Contents.read(data, where="the answer of the child")):
        same(read, data)
        _check(read)


def mail_part(data: bytes) -> None:
    """A part that is named is read in one way, with CRLF as with LF. Its path is in the first line."""
    path, _, raw = data.partition(b"\n")
    if not re.fullmatch(rb"[1-9][0-9]{0,3}(\.[1-9][0-9]{0,3}){0,15}", path):
        return
    for found in accepted(Malformed, lambda: part_of(raw, path.decode())):
        assert found.media_type == found.media_type.lower()
        assert len(found.content) <= len(raw)
        assert not raw.startswith((b"From ", b" ", b"\t"))
        if not any(each in raw.lower() for each in (b"\r", b"base64", b"quoted-printable")):
            for other in accepted(Malformed, lambda: part_of(raw.replace(b"\n", b"\r\n"), path.decode())):
                assert other.content.replace(b"\r\n", b"\n") == found.content


def letter_text(data: bytes) -> None:
    """For any text: a proposal is a value of its field, and each place that it names is in the text."""
    text = data.decode("utf-8", "replace")[:20_000]
    part = Part(path="1", media_type="text/plain", size=len(data), sha256="0" * 64, read_as="plain", text=text)
    _check(Contents(parts=(part,)))
    folded = fold(text)
    assert len(folded.at) == len(folded.text) + 1
    assert list(folded.at) == sorted(folded.at)


def letter_page(data: bytes) -> None:
    """A page gives a text or a line that says why not."""
    _document(data, "text/html", data.decode("utf-8", "replace"))


def letter_pdf(data: bytes) -> None:
    """So does a PDF."""
    _document(data, "application/pdf", "")


def letter_docx(data: bytes) -> None:
    """And a DOCX."""
    _document(data, _DOCX, "")


def mbox(data: bytes) -> None:
    """The messages of an mbox are stretches of it, in their order."""
    place = 0
    for found in messages_in(written(data)):
        assert found.raw is not None
        place = data.index(found.raw, place) + len(found.raw)


def intake_rule(data: bytes) -> None:
    """A rule, and what was put aside, say what their JSON says."""
    for rule in accepted(Malformed, lambda: IntakeRule.read(data, where="rule")):
        same(rule, data)
        assert rule.against(propose(Contents(), MEMBERS, VOTES)) is not None
    for aside in accepted(Malformed, lambda: PutAside.read(data, where="aside")):
        same(aside, data)


def typed_field(data: bytes) -> None:
    """A typed field is a value of it, the same when it is typed again; or it is refused."""
    field = FIELDS[data[0] % len(FIELDS)] if data else "member"
    text = data[1:].decode("utf-8", "replace")
    votes, choices = frozenset(vote.name for vote in VOTES), VOTES[0].choices

    def typed(what: str) -> str | None:
        return corrected(field, what, members=MEMBERS, choices=choices, votes=votes)

    for value in accepted(Malformed, lambda: typed(text)):
        assert value is None or typed(value) == value


def _check(read: Contents) -> None:
    proposal = propose(read, MEMBERS, VOTES)
    texts = {part.path: part.text or "" for part in read.parts}
    for each in proposal.fields.values():
        for passage in each.read_in:
            if passage.start is not None and passage.end is not None:
                assert 0 <= passage.start <= passage.end <= len(texts[passage.part])
    assert proposal.value("member") in {None, *MEMBERS}
    assert proposal.value("position") in {None, *VOTES[0].choices}
    assert proposal.value("vote") in {None, *(vote.name for vote in VOTES)}


def _document(data: bytes, media_type: str, text: str) -> None:
    read = text_of(data, media_type, None, lambda: (text, []), True)
    assert read.text is not None or read.faults
    assert read.text is None or all(0 <= page <= len(read.text) for page in read.pages)


def _mails() -> Seeds:
    kinds = ("text", "encoded_words", "long_names", "both_ways", "forwarded", "quoted", "two_members", "wrong_charset")
    return {name: KINDS[name](random.Random(1), _LETTERS[0]).raw for name in kinds}


def _mbox() -> Seeds:
    begin = b"From a@example.org Fri Mar 27 12:00:00 2026\n"
    raw = message(_LETTERS[0].lines()).as_bytes()
    return numbered([begin + raw + b"\n" + begin + raw + b"\n", begin, raw])


def _rules() -> Seeds:
    aside = b'{"at":"2026-03-27T12:00:00Z","decided":"no_reply","digest":"%s","format":"inblue-put-aside/1",' % (
        b"ab" * 32
    )
    return numbered(
        [
            b'{"format":"inblue-intake-rule/1","read_as":["pdf","docx"],"usage":true}',
            aside + b'"message":3,"reason":null}',
        ]
    )


def _pages() -> Seeds:
    plain = [each.lines().replace("\n", "<br>") for each in _LETTERS]
    return numbered(
        [f"<html><body><p hidden>x</p>{each}<blockquote>y</blockquote></body></html>".encode() for each in plain]
    )


def _with_documents() -> Seeds:
    kinds = ("pdf_letter", "docx_letter", "html_only", "nested")
    made = {name: KINDS[name](random.Random(2), _LETTERS[0]).raw for name in kinds}
    return {**_mails(), **made}


def _answers() -> Seeds:
    return numbered([json.dumps(contents(each)).encode() for each in _with_documents().values()])


def _parts() -> Seeds:
    return numbered([b"%d\n" % n + each.replace(b"\r\n", b"\n") for each in _with_documents().values() for n in (1, 2)])


SEEDS: Mapping[str, Callable[[], Seeds]] = {
    "mail_parts": _mails,
    "mail_documents": _with_documents,
    "mail_answer": _answers,
    "mail_part": _parts,
    "letter_text": lambda: numbered([each.lines().encode() for each in _LETTERS]),
    "letter_page": _pages,
    "letter_pdf": lambda: numbered([pdf(_LETTERS[0].lines())]),
    "letter_docx": lambda: numbered([docx(_LETTERS[0].lines())]),
    "mbox": _mbox,
    "intake_rule": _rules,
    "typed_field": lambda: numbered(
        [b"\x00S/2026/301", b"\x01Greece", b"\x02in favour", b"\x042026-03-27", b"\x06yes"]
    ),
}
TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "mail_parts": mail_parts,
    "mail_documents": mail_documents,
    "mail_answer": mail_answer,
    "mail_part": mail_part,
    "letter_text": letter_text,
    "letter_page": letter_page,
    "letter_pdf": letter_pdf,
    "letter_docx": letter_docx,
    "mbox": mbox,
    "intake_rule": intake_rule,
    "typed_field": typed_field,
}
