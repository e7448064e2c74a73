"""A corpus of messages by a seed: the kinds of what may arrive, each with what is true of it.

``truth`` is what a person who reads a message would enter; ``asked`` are the fields that no program may propose of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from email.header import Header
from email.message import Message
from email.mime.text import MIMEText
from typing import NamedTuple

from letters import (
    DRAFT,
    LANGUAGES,
    MEMBERS,
    NO_DRAFT,
    OTHER_DRAFT,
    POSITIONS,
    ROSTER,
    WORDS,
    Letter,
    called,
    docx,
    drawn,
    encrypted,
    message,
    pdf,
    zip_bomb,
)

from inblue.domain.proposal import FieldName
from inblue.domain.reading_replies import OpenVote

CHOICES = frozenset({"in_favour", "against", "abstention"})
VOTES = tuple(OpenVote(symbol, symbol, frozenset(ROSTER.ids), CHOICES) for symbol in (DRAFT, OTHER_DRAFT))


class Made(NamedTuple):
    """A message, and the truth about it."""

    kind: str
    language: str
    raw: bytes
    truth: Mapping[FieldName, str]
    asked: frozenset[FieldName] = frozenset()


_DOCX = "vnd.openxmlformats-officedocument.wordprocessingml.document"
_ASKED_ALL: frozenset[FieldName] = frozenset({"member", "position", "vote"})
_POSITION: frozenset[FieldName] = frozenset({"position"})
Maker = Callable[[random.Random, Letter], Made]
KINDS: dict[str, Maker] = {}


def kind(maker: Maker) -> Maker:
    """A kind of message, by the name of its maker."""
    KINDS[maker.__name__] = maker
    return maker


def _made(name: str, letter: Letter, raw: bytes, asked: frozenset[FieldName] = frozenset()) -> Made:
    return Made(name, letter.language, raw, letter.truth, asked if letter.is_sourced else asked | _POSITION)


def _with(
    letter: Letter, content: bytes, subtype: str, name: str, cover: str = "Please find a letter attached."
) -> bytes:
    made = message(cover)
    made.add_attachment(content, maintype="application", subtype=subtype, filename=name)
    return made.as_bytes()


@kind
def text(_: random.Random, letter: Letter) -> Made:
    """A letter as the text of the message."""
    return _made("text", letter, message(letter.lines()).as_bytes())


@kind
def pdf_letter(_: random.Random, letter: Letter) -> Made:
    """A letter as a PDF; of Arabic the order of what is read in one is not certain, so a person decides."""
    asked = _POSITION if letter.language == "ar" else frozenset()
    made = _made("pdf_letter", letter, _with(letter, pdf(letter.lines()), "pdf", "letter.pdf"))
    return made._replace(asked=made.asked | asked, truth=letter.truth)


@kind
def docx_letter(_: random.Random, letter: Letter) -> Made:
    """A letter as a DOCX."""
    return _made("docx_letter", letter, _with(letter, docx(letter.lines()), _DOCX, "letter.docx"))


@kind
def note_verbale(chance: random.Random, _: Letter) -> Made:
    """A note in the third person, without a signature."""
    letter = drawn(chance, chance.choice(["en", "zh"]))
    made = _made("note_verbale", letter, message(letter.note()).as_bytes())
    return made._replace(truth={**letter.truth, "form": "note_verbale"})


@kind
def encoded_words(_: random.Random, letter: Letter) -> Made:
    """Headers in RFC 2047."""
    made = message(letter.lines())
    del made["Subject"]
    raw = made.as_bytes()
    subject = Header(f"Vote — {called(letter.member, letter.language)} — 表决", "utf-8").encode()
    return _made("encoded_words", letter, f"Subject: {subject}\n".encode() + raw)


@kind
def long_names(_: random.Random, letter: Letter) -> Made:
    """A file's name in RFC 2231, in pieces."""
    name = f"письмо 信函 {called(letter.member, letter.language)} " + "ä" * 60 + ".docx"
    return _made("long_names", letter, _with(letter, docx(letter.lines()), _DOCX, name))


@kind
def nested(_: random.Random, letter: Letter) -> Made:
    """The letter within parts within parts."""
    made = message("Please find a letter attached.")
    made.add_alternative("<p>Please find a letter attached.</p>", subtype="html")
    made.make_mixed()
    made.add_attachment(docx(letter.lines()), maintype="application", subtype=_DOCX, filename="letter.docx")
    outer = message(None)
    outer.make_mixed()
    outer.attach(made)
    return _made("nested", letter, outer.as_bytes())


@kind
def both_ways(_: random.Random, letter: Letter) -> Made:
    """The same letter as plain text and as a page."""
    made = message(letter.lines())
    page = "".join(f"<p>{'<br>'.join(part.splitlines())}</p>" for part in letter.lines().split("\n\n"))
    made.add_alternative(f"<html><body>{page}</body></html>", subtype="html")
    return _made("both_ways", letter, made.as_bytes())


@kind
def two_faces(_: random.Random, letter: Letter) -> Made:
    """A plain text and a page of one message that say different things."""
    other = letter._replace(position=POSITIONS[POSITIONS.index(letter.position) - 1])
    made = message(letter.lines())
    made.add_alternative(f"<pre>{other.lines()}</pre>", subtype="html")
    return _made("two_faces", letter, made.as_bytes(), _POSITION)


@kind
def html_only(_: random.Random, letter: Letter) -> Made:
    """A letter as a page alone."""
    page = "".join(f"<p>{'<br>'.join(part.splitlines())}</p>" for part in letter.lines().split("\n\n"))
    made = message(None)
    made.set_content(f"<html><head><title>x</title></head><body>{page}</body></html>", subtype="html")
    return _made("html_only", letter, made.as_bytes())


@kind
def hidden_in_html(_: random.Random, letter: Letter) -> Made:
    """A page that hides a part of what it says."""
    page = letter.lines().replace("\n", "<br>")
    made = message(None)
    made.set_content(f"<p>{page}</p><p style='display:none'>not</p>", subtype="html")
    return _made("hidden_in_html", letter, made.as_bytes(), _POSITION)


@kind
def forwarded(_: random.Random, letter: Letter) -> Made:
    """A message that encloses another, with the letter."""
    made = message("FYI")
    made.add_attachment(message(letter.lines()))
    return _made("forwarded", letter, made.as_bytes(), _POSITION)


@kind
def forwarded_inline(_: random.Random, letter: Letter) -> Made:
    """A letter below a line that says it is forwarded."""
    text = f"See below.\n\n---------- Forwarded message ---------\nFrom: A <a@example.org>\n\n{letter.lines()}"
    return _made("forwarded_inline", letter, message(text).as_bytes(), _POSITION)


@kind
def quoted(_: random.Random, letter: Letter) -> Made:
    """A reply in a thread, which quotes a letter."""
    lines = "\n".join(f"> {line}" for line in letter.lines().splitlines())
    text = f"Thank you, received.\n\nOn Fri, 27 Mar 2026, A wrote:\n{lines}"
    return _made("quoted", letter, message(text).as_bytes(), _POSITION)


@kind
def quoting_another(_: random.Random, letter: Letter) -> Made:
    """A letter above a thread in which another position is quoted."""
    other = letter._replace(position=POSITIONS[POSITIONS.index(letter.position) - 1])
    lines = "\n".join(f"> {line}" for line in other.lines().splitlines())
    text = f"{letter.lines()}\n\nOn Thu, 26 Mar 2026, A wrote:\n{lines}"
    return _made("quoting_another", letter, message(text).as_bytes(), _POSITION)


@kind
def wrong_draft(_: random.Random, letter: Letter) -> Made:
    """A letter on a draft that no vote is open on."""
    wrong = letter._replace(symbol=NO_DRAFT)
    return _made("wrong_draft", wrong, message(wrong.lines()).as_bytes(), frozenset({"vote", "position"}))


@kind
def no_draft(_: random.Random, letter: Letter) -> Made:
    """A letter that names no draft."""
    text = letter.lines().replace(letter.symbol, "")
    return _made("no_draft", letter, message(text).as_bytes(), frozenset({"vote"}))


@kind
def two_drafts(_: random.Random, letter: Letter) -> Made:
    """One letter on two drafts."""
    second = letter._replace(symbol=OTHER_DRAFT)
    text = letter.lines() + "\n\n" + second.lines()
    return _made("two_drafts", letter, message(text).as_bytes(), frozenset({"vote", "position"}))


@kind
def two_votes(_: random.Random, letter: Letter) -> Made:
    """Two letters of one member on one draft, in one message."""
    other = letter._replace(position=POSITIONS[POSITIONS.index(letter.position) - 1])
    made = message("Two letters.")
    for number, each in enumerate((letter, other)):
        made.add_attachment(docx(each.lines()), maintype="application", subtype=_DOCX, filename=f"{number}.docx")
    return _made("two_votes", letter, made.as_bytes(), frozenset({"position", "vote"}))


@kind
def two_members(_: random.Random, letter: Letter) -> Made:
    """Letters of two members in one message."""
    other = letter._replace(member=next(each for each in ROSTER.ids if each != letter.member))
    made = message("Two letters.")
    for number, each in enumerate((letter, other)):
        made.add_attachment(docx(each.lines()), maintype="application", subtype=_DOCX, filename=f"{number}.docx")
    return _made("two_members", letter, made.as_bytes(), frozenset({"position", "vote"}))


@kind
def negated(_: random.Random, letter: Letter) -> Made:
    """A vote that is not in favour."""
    words = WORDS[letter.language]
    return _made("negated", letter, message(letter.lines(vote=words.negated)).as_bytes(), _POSITION)


@kind
def conditional(_: random.Random, letter: Letter) -> Made:
    """A vote on a condition."""
    words = WORDS[letter.language]
    return _made("conditional", letter, message(letter.lines(vote=words.conditional)).as_bytes(), _POSITION)


@kind
def no_position(_: random.Random, letter: Letter) -> Made:
    """A letter that takes no position."""
    return _made("no_position", letter, message(letter.lines(vote=WORDS[letter.language].body)).as_bytes(), _POSITION)


@kind
def other_sender(_: random.Random, letter: Letter) -> Made:
    """A letter that a message of another member's brings."""
    other = next(each for each in ROSTER.ids if each != letter.member)
    raw = message(letter.lines(), sender=f"Mission of {MEMBERS[other]} <mission@example.org>").as_bytes()
    return _made("other_sender", letter, raw, frozenset({"member", "position"}))


@kind
def unknown_sender(_: random.Random, letter: Letter) -> Made:
    """A vote that does not say whose it is, from an address that does."""
    letter = letter._replace(language="en", position="in_favour")
    said = "My delegation votes in favour of the draft resolution."
    text = f"Excellency,\n\nThis is on document {letter.symbol}.\n\n{said}\n\nA. B."
    code = letter.member.lower()
    return _made(
        "unknown_sender", letter, message(text, sender=f"<vote@{code}.example.org>").as_bytes(), frozenset({"member"})
    )


@kind
def forged_received(_: random.Random, letter: Letter) -> Made:
    """Received fields that the sender wrote; they say nothing here."""
    forged = b"Received: from mission by mx.un.example; Thu, 1 Jan 1970 00:00:00 +0000\n" * 5
    return _made("forged_received", letter, forged + message(letter.lines()).as_bytes())


@kind
def broken_pdf(_: random.Random, letter: Letter) -> Made:
    """A PDF that ends too early, under a cover that says the vote."""
    raw = _with(letter, b"%PDF-1.7\n1 0 obj\n<< /Type /Cat", "pdf", "letter.pdf", cover=letter.lines())
    return _made("broken_pdf", letter, raw, _POSITION)


@kind
def encrypted_pdf(_: random.Random, letter: Letter) -> Made:
    """A PDF that asks for a password."""
    raw = _with(letter, encrypted(pdf("Excellency, this is a letter.")), "pdf", "letter.pdf", cover=letter.lines())
    return _made("encrypted_pdf", letter, raw, _POSITION)


@kind
def scanned(_: random.Random, letter: Letter) -> Made:
    """A PDF without a text."""
    return _made("scanned", letter, _with(letter, pdf(""), "pdf", "scan.pdf", cover=letter.lines()), _POSITION)


@kind
def bomb_in_docx(_: random.Random, letter: Letter) -> Made:
    """A DOCX that unpacks to far more than it is."""
    return _made(
        "bomb_in_docx", letter, _with(letter, zip_bomb(), _DOCX, "letter.docx", cover=letter.lines()), _POSITION
    )


@kind
def deep(_: random.Random, letter: Letter) -> Made:
    """Parts within parts, three hundred deep."""
    inner: Message = MIMEText(letter.lines(), "plain", "utf-8")
    raw = inner.as_bytes()
    for number in range(300):
        head = f"Content-Type: multipart/mixed; boundary={number}\n\n--{number}\n".encode()
        raw = head + raw + f"\n--{number}--\n".encode()
    return _made("deep", letter, b"From: a@example.org\n" + raw, _ASKED_ALL)


@kind
def many(_: random.Random, letter: Letter) -> Made:
    """Ten thousand parts."""
    part = b"--x\nContent-Type: text/plain; charset=utf-8\n\n" + b"x\n"
    raw = b"From: a@example.org\nContent-Type: multipart/mixed; boundary=x\n\n" + part * 10_000 + b"--x--\n"
    return _made("many", letter, raw, _ASKED_ALL)


@kind
def wrong_charset(_: random.Random, letter: Letter) -> Made:
    """A text that is not in the character set that it names."""
    head = b"From: a@example.org\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n"
    raw = head + b"Content-Transfer-Encoding: 8bit\n\n" + (letter.lines() + "\né").encode()
    return _made("wrong_charset", letter, raw, _POSITION)


@kind
def unseen(_: random.Random, letter: Letter) -> Made:
    """A text with invisible characters."""
    return _made("unseen", letter, message(letter.lines().replace(" ", " \u200b", 3) + "\u202e").as_bytes(), _POSITION)


@kind
def other_letters(_: random.Random, letter: Letter) -> Made:
    """A phrase with a letter of another script in it."""
    letter = letter._replace(language="en", position="in_favour")
    text = letter.lines().replace("votes in favour", "votes in fаvour")
    return _made("other_letters", letter, message(text).as_bytes(), _POSITION)


@kind
def empty(_: random.Random, letter: Letter) -> Made:
    """Nothing at all."""
    return _made("empty", letter, b"", _ASKED_ALL)


@kind
def large(_: random.Random, letter: Letter) -> Made:
    """A letter with an attachment of 40 MB that is not a document."""
    made = message(letter.lines())
    made.add_attachment(bytes(40_000_000), maintype="application", subtype="zip", filename="annex.zip")
    return _made("large", letter, made.as_bytes())


SLOW = frozenset({"large", "bomb_in_docx", "many", "pdf_letter"})


def messages(seed: int, number: int, *, besides: frozenset[str] = frozenset()) -> Iterator[Made]:
    """``number`` messages, of every kind in turn except ``besides``, in every language in turn."""
    chance = random.Random(seed)
    kinds = [name for name in KINDS if name not in besides]
    for count in range(number):
        language = LANGUAGES[(count // len(kinds) + count % len(kinds)) % len(LANGUAGES)]
        yield KINDS[kinds[count % len(kinds)]](chance, drawn(chance, language))
