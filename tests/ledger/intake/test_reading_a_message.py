"""A message is read in a process that can do nothing else, whatever its bytes are; what cannot be read is a line."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import zipfile
from io import BytesIO

import pytest
from letters import DRAFT, Letter, docx, message, pdf
from message_kinds import KINDS, Made

from inblue.domain.message_contents import Contents
from inblue.ledger.intake import in_child, reading
from inblue.ledger.intake.mime import contents
from inblue.ledger.intake.reading import read_message

LETTER = Letter("GRC", "in_favour", "en")


def made(kind: str) -> Made:
    return KINDS[kind](random.Random(1), LETTER)


def here(raw: bytes) -> Contents:
    """As the child reads it, in this process."""
    return Contents.model_validate(contents(raw), strict=False)


def test_a_message_with_a_letter_as_pdf_is_read_with_its_pages_and_paths() -> None:
    raw = message("A letter.")
    content = pdf(LETTER.lines())
    raw.add_attachment(content, maintype="application", subtype="pdf", filename="Brief über.pdf")
    read = read_message(raw.as_bytes())
    assert (read.sender, read.subject, read.faults) == ("Registry <registry@example.org>", "Vote", ())
    cover, letter = read.parts
    assert (cover.path, cover.text, cover.read_as) == ("1", "A letter.\n", "plain")
    assert (letter.path, letter.name, letter.read_as, letter.pages) == ("2", "Brief über.pdf", "pdf", (0,))
    assert letter.sha256 == hashlib.sha256(content).hexdigest()
    assert DRAFT in (letter.text or "")


def test_parts_are_numbered_as_imap_does() -> None:
    inner = message("inner")
    inner.add_attachment(b"x", maintype="application", subtype="zip", filename="x.zip")
    outer = message("outer")
    outer.add_alternative("<p>outer</p>", subtype="html")
    outer.add_attachment(inner)
    read = here(outer.as_bytes())
    assert [(part.path, part.media_type, part.within) for part in read.parts] == [
        ("1.1", "text/plain", None),
        ("1.2", "text/html", None),
        ("2", "message/rfc822", None),
        ("2.1", "text/plain", "2"),
        ("2.2", "application/zip", "2"),
    ]


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("broken_pdf", "not read: it is broken"),
        ("encrypted_pdf", "not read: it is encrypted"),
        ("scanned", "not read: it has no text, as a scanned page has none"),
        ("bomb_in_docx", "not read: it unpacks to more than"),
    ],
)
def test_a_document_that_cannot_be_read_is_a_line_and_the_rest_is_read(kind: str, fault: str) -> None:
    cover, letter = here(made(kind).raw).parts
    assert cover.text
    assert letter.text is None
    assert letter.faults[0].startswith(fault)


@pytest.mark.parametrize(("kind", "fault"), [("deep", "more than 15 deep"), ("many", "more than 200 parts")])
def test_a_message_with_too_many_parts_is_not_read(kind: str, fault: str) -> None:
    read = here(made(kind).raw)
    assert read.parts == ()
    assert fault in read.faults[0]


def test_a_docx_that_lies_of_what_it_unpacks_to_is_not_read() -> None:
    content = bytearray(docx("x"))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        size = archive.getinfo("word/document.xml").file_size.to_bytes(4, "little")
    lying = bytes(content).replace(size, (7).to_bytes(4, "little"))
    raw = message("x")
    raw.add_attachment(lying, maintype="application", subtype="x", filename="x.docx")
    raw.replace_header("Subject", "x")
    assert here(raw.as_bytes()).parts[1].text is None


def test_tracked_changes_in_a_docx_are_said() -> None:
    content = docx("Greece votes\nin favour")
    changed = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "word/document.xml":
                data = data.replace(b"<w:r>", b'<w:ins w:id="1" w:author="x"><w:r>', 1).replace(
                    b"</w:r>", b"</w:r></w:ins>", 1
                )
            new.writestr(item, data)
    raw = message("x")
    subtype = "vnd.openxmlformats-officedocument.wordprocessingml.document"
    raw.add_attachment(changed.getvalue(), maintype="application", subtype=subtype, filename="x.docx")
    assert "tracked changes" in str(here(raw.as_bytes()).parts[1].faults)


def test_what_a_page_hides_is_not_read_and_is_said() -> None:
    raw = message(None)
    raw.set_content("<p>seen</p><p style='display: none'>unseen</p><script>code</script>", subtype="html")
    part = here(raw.as_bytes()).parts[0]
    assert (part.text, part.faults) == ("seen", ("it hides some of its text",))


@pytest.mark.parametrize("name", ["utf-8", "us-ascii", "rot13", "unicode_escape", "no-such", "utf-\0008", "\u00e9"])
def test_a_character_set_that_is_false_or_no_table_is_said(name: str) -> None:
    head = f"Content-Type: text/plain; charset={name}\nContent-Transfer-Encoding: 8bit\n\n".encode()
    part = here(head + b"caf\xe9\n").parts[0]
    assert part.faults
    assert part.text == "caf\ufffd\n"


def test_a_document_that_takes_the_child_with_it_is_left_out_at_a_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = message("A letter.")
    raw.add_attachment(pdf(LETTER.lines()), maintype="application", subtype="pdf", filename="x.pdf")
    true = reading._command
    monkeypatch.setattr(
        reading, "_command", lambda how, *rest: ["/bin/false"] if how == in_child.READ else true(how, *rest)
    )
    cover, letter = read_message(raw.as_bytes()).parts
    assert cover.text == "A letter.\n"
    assert letter.text is None


_TRIES = {
    "socket": "import socket; socket.socket()",
    "process": "import subprocess; subprocess.run(['true'])",
    "fork": "import os; os.fork()",
    "write": "open('/tmp/x', 'w')",
    "secrets": "open('/etc/passwd')",
    "environment": "import os; assert not os.environ, os.environ; raise PermissionError",
    "memory": "try:\n bytes(2 << 30)\nexcept MemoryError:\n raise PermissionError from None",
    "processor": "import resource; assert resource.getrlimit(resource.RLIMIT_CPU)[1] <= 30; raise PermissionError",
}


def test_the_child_can_do_nothing_but_read_and_answer() -> None:
    program = f"""
from inblue.ledger.intake.in_child import confine
confine()
for name, tried in {_TRIES!r}.items():
    try:
        exec(tried)
    except PermissionError:
        print(name)
"""
    command = [sys.executable, "-I", "-c", program]
    done = subprocess.run(command, env={"INBLUE_PASSPHRASE": "secret"}, capture_output=True, text=True, check=False)
    assert done.stdout.split() == list(_TRIES), done.stderr


def test_an_answer_that_cannot_be_read_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_command", lambda *_: ["/bin/cat"])
    for raw in (b"{}x", b'{"format":"inblue-message-contents/2"}', b'{"parts":[{"path":"1"}]}'):
        assert read_message(raw).faults == ("not read: its reader gives no answer that can be read",)


def test_a_child_that_answers_too_much_or_never_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        "has more in it than is read" in reading.ask_child(message("x" * 500).as_bytes(), in_child.READ, most=100).why
    )
    monkeypatch.setattr(reading, "_SECONDS", 0.05)
    monkeypatch.setattr(reading, "_command", lambda *_: ["/bin/sleep", "60"])
    assert read_message(b"x").faults == ("not read: it takes longer than 0.05 s",)


@pytest.mark.parametrize("raw", [b"", b"\0" * 1000, os.urandom(2000), b"\n" * 5000, b"From: " + b"a" * 100_000])
def test_bytes_that_are_not_a_message_are_read_as_one_that_says_nothing(raw: bytes) -> None:
    read = here(raw)
    assert all(part.size <= len(raw) for part in read.parts)


def test_headers_and_names_are_read_as_people_see_them() -> None:
    raw = (
        b"Subject: =?utf-8?B?6KGo5Yaz?= =?x-unknown?Q?a?= =?utf-8?Q?broken\n"
        b"From: =?iso-8859-1?Q?Andr=E9?= <a@example.org>\nContent-Type: application/pdf;\n"
        b" name*0*=utf-8''%E8%A1%A8; name*1*=%E5%86%B3.pdf\n\nx"
    )
    read = here(raw)
    assert read.subject is not None
    assert read.subject.startswith("表决")
    assert read.sender == "André <a@example.org>"
    assert read.parts[0].name == "表决.pdf"
