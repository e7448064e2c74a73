"""A letter as an e-mail: 7-bit lines, plain headers, its parts; and nothing that an outsider wrote acts in it."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import small

from inblue.cli.language.choose import language
from inblue.cli.language.english import LANGUAGES
from inblue.cli.letters.calendar import calendar_of
from inblue.cli.letters.letter import Letter, drafted
from inblue.cli.letters.mail import Part, address, eml_of, named, text_of_draft
from inblue.cli.letters.recognised import recognised
from inblue.cli.letters.words import Wanted
from inblue.domain.errors import Malformed
from inblue.domain.state import VoteState

BOOK = small()
(VOTE,) = BOOK.votes()


def state_titled(title: str) -> VoteState:
    state = BOOK.vote(VOTE)
    act = state.draft.act.model_copy(update={"title": title})
    return state.after({"draft": state.draft._replace(act=act)})


def letter_in(code: str, title: str = "A text") -> Letter:
    return drafted(state_titled(title), language(code), Wanted("opening", reply_to="r@example.org"), BOOK.files)


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_parser_reads_the_letter_out_of_it_again(code: str) -> None:
    letter = letter_in(code)
    parts = [Part("deadline.ics", b"BEGIN:VCALENDAR\r\n", "text/calendar", {"method": "PUBLISH", "charset": "utf-8"})]
    raw = eml_of(letter, to=("a@example.org", "b@example.org"), sender="r@example.org", parts=parts)
    assert raw == eml_of(letter, to=("a@example.org", "b@example.org"), sender="r@example.org", parts=parts)
    assert raw.isascii()
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
    assert b"\n\n" not in raw
    message = read(raw)
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == letter.text()
    assert message["X-Unsent"] == "1"
    assert message["Bcc"] is None
    assert message["Date"] is None
    assert message["To"] == "a@example.org, b@example.org"
    assert message["Content-Language"] == code
    assert VOTE in str(message["Subject"])
    (calendar,) = message.iter_attachments()
    assert (calendar.get_filename(), calendar.get_content_type()) == ("deadline.ics", "text/calendar")


@pytest.mark.long
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_title_begins_a_header_a_block_or_a_line_of_a_calendar(title: str) -> None:
    hostile = f"x\r\nBcc: all@example.org\r\n\r\n! Adopted {title}"
    letter = letter_in("en", hostile)
    message = read(eml_of(letter))
    assert message["Bcc"] is None
    assert message.keys().count("Subject") == 1
    assert sum(block["kind"] == "banner" for block in letter.blocks) == sum(
        block["kind"] == "banner" for block in letter_in("en").blocks
    )
    assert not any(line.startswith(("Bcc:", "*** Adopted")) for line in letter.text().splitlines())
    closes = state_titled(title).window.closes_at
    assert closes is not None
    event = calendar_of("S/1", closes, "o", 0, summary=hostile, description=hostile).decode()
    unfolded = event.replace("\r\n ", "")
    assert [line.partition(":")[0] for line in unfolded.splitlines()].count("SUMMARY") == 1
    assert all(len(line.encode()) <= 75 for line in event.split("\r\n"))
    assert "\nBcc" not in unfolded


@pytest.mark.parametrize("wrong", ["a@b\r\nBcc: c@d", "A <a@b>", "a", "a@", "a b@c", "ä@b", "a@b, c@d", "a..b@c", ""])
def test_an_address_is_a_plain_one(wrong: str) -> None:
    with pytest.raises(Malformed, match="is not a mail address"):
        address(wrong)


def test_names_of_files_say_nothing_to_a_shell_or_a_header() -> None:
    assert named('S/2026/1"; rm -rf /\r\n') == "S-2026-1-rm-rf"
    assert named("../..") == "vote"
    assert text_of_draft("S/1", "en", b"%PDF-1.7").name == "S-1.en.pdf"
    assert text_of_draft("S/1", "../x", b"\xff\x00").name == "S-1.x.bin"


@pytest.mark.parametrize("code", ["en", "ar"])
def test_what_was_sent_unchanged_is_recognised_and_nothing_else_is(code: str, tmp_path: Path) -> None:
    state, wanted = BOOK.vote(VOTE), Wanted("opening")
    letter = drafted(state, language(code), wanted, BOOK.files)
    text = letter.text()
    for sent in (text.encode(), text.partition("\n\n")[2].encode(), eml_of(letter), letter.pdf()):
        assert recognised(sent, state, wanted, BOOK.files) == code
    changed = text.replace("24", "25")
    for other in (
        changed.encode(),
        eml_of(letter).replace(b"X-Unsent", b"Content-Type: x/y\r\nX"),
        b"",
        b"\xff",
        b"%PDF-",
    ):
        assert recognised(other, state, wanted, BOOK.files) is None


def test_a_mail_program_that_sends_it_may_add_its_headers() -> None:
    state, wanted = BOOK.vote(VOTE), Wanted("opening")
    message = message_from_bytes(eml_of(drafted(state, language("fr"), wanted, BOOK.files)), policy=SMTP)
    message["Date"] = "Mon, 30 Nov 2026 10:00:00 -0500"
    message["Message-ID"] = "<1@example.org>"
    assert recognised(message.as_bytes(), state, wanted, BOOK.files) == "fr"
    assert json.loads(json.dumps(str(message["Subject"])))
