"""Vectors of messages, and of replies that name them, with one fault or none: :mod:`single_faults` gives them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from forge import VOTE, Forge
from ledgers import Members

from inblue.domain.acts import ExplanationFiled, VoteCast
from inblue.domain.canonical import digest
from inblue.domain.instant import format_instant
from inblue.domain.instrument import Instrument
from inblue.domain.messages import MessageObserved, MessageReceived, NamedMessage
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.ledger.evidence.bundle import FILE_PREFIX
from inblue.ledger.standards.ed25519 import Ed25519Signer

Body = dict[str, Any]
Found = tuple[str, str, str, bytes, list[int]]

INTAKE, OTHER = Ed25519Signer.from_seed(b"i" * 32), Ed25519Signer.from_seed(b"o" * 32)
LETTER = b"The delegation votes in favour.\n"
MAIL = b"""From: mission@example.org
Content-Type: multipart/mixed; boundary="=_1"

--=_1
Content-Type: text/plain

Please find attached the letter.
--=_1
Content-Type: application/pdf; name="letter.pdf"
Content-Transfer-Encoding: base64

VGhlIGRlbGVnYXRpb24gdm90ZXMgaW4gZmF2b3VyLgo=
--=_1--
"""


def enrolled(signer: Ed25519Signer, office: str, member: str | None = None) -> KeyEnrolled:
    grant = KeyGrant(key=signer.key_id, public_key=signer.public_key.hex(), office=office, member=member)
    return KeyEnrolled(grant=grant)


class Came:
    """The small vote, a key of intake, and a message that has come, which a reply may name."""

    def __init__(self, mail: bytes = MAIL, letter: bytes = LETTER, forge: Forge | None = None) -> None:
        self.forge = (forge or Forge.of()).register(enrolled(INTAKE, "intake"))
        self.sha256 = self.forge.file(b"\1" * 32 + mail)
        self.letter = self.forge.file(letter)
        self.at = self.forge.now
        self.receive()

    def receive(self, sha256: str | None = None, **given: Any) -> Came:
        act = MessageReceived(digest=sha256 or self.sha256)
        self.forge.add(act, **{"stream": "intake", "office": "intake", "signer": INTAKE, **given})
        return self

    def observe(self, number: int, observation: str | None = None) -> Came:
        act = MessageObserved(message=number, observation=observation or self.forge.file(b"\2" * 32 + b"{}"))
        self.forge.add(act, stream="intake", office="intake", signer=INTAKE)
        return self

    def reply(self, part: str | None = "2", **message: Any) -> Came:
        self.forge.add(self.body(part, **message))
        return self

    def body(self, part: str | None = "2", **message: Any) -> VoteCast:
        named = NamedMessage.of({"received": 0, "digest": self.sha256, "part": part, **message}, where="message")
        given: Body = {"form": "letter", "office": "permanent_representative", "signed": True, "addressee": "president"}
        paper = Instrument(**given, sha256=None if part is None else self.letter)
        return VoteCast(member="VNM", position="in_favour", received_at=self.at, instrument=paper, message=named)

    def bundle(self, *, derived: bool = False, without: bool = False) -> bytes:
        """``without`` the file of the message, which no reply rightly names."""

        def left_out(members: Members) -> None:
            if without:
                members.pop(FILE_PREFIX + self.sha256)

        return self.forge.bundle(derived=derived, members=left_out)


def messages_with_a_fault() -> Iterator[Found]:
    """Name, what, the sentence of docs/spec, the bundle, and the checks that fail."""
    whole = Came().reply().bundle(derived=True)
    yield "message-part", "a reply names the part of a message that is its paper", "ENT-84", whole, []
    itself = Came().reply(None).observe(0).bundle(derived=True)
    yield "message-itself", "a reply is a message, of which something was found", "ENT-82", itself, []
    unseen = Came().reply(None).observe(0, "cd" * 32).bundle()
    yield "observation-lost", "what was observed in the message of a reply is not handed over", "BUN-14", unseen, [9]
    before = Came().observe(0, "cd" * 32).reply(None).bundle()
    yield "observation-lost-before", "so it is, and it was observed before the reply", "BUN-14", before, [9]
    quoted = MAIL.replace(b"base64", b"Quoted-Printable").replace(
        b"VGhlIGRlbGVnYXRpb24gdm90ZXMgaW4gZmF2b3VyLgo=", b"The =64elegation= \t\n votes  "
    )
    printable = Came(quoted, b"The delegation votes").reply().bundle(derived=True)
    yield "part-quoted", "a part in quoted-printable", "ENT-98", printable, []
    yield from _named_wrongly()
    yield from _parts()
    yield from _of_others()
    yield from _malformed()


def _named_wrongly() -> Iterator[Found]:
    def raw(came: Came) -> bytes:
        return came.bundle(without=True)

    yield "message-unknown", "a reply names a message that never came", "ENT-83", raw(Came().reply(received=7)), [19]
    yield "message-other", "a message of another digest", "ENT-83", raw(Came().reply(digest="ab" * 32)), [19]
    later = Came()
    later.forge.add(later.body(received=1, digest=later.letter))
    later.receive(later.letter)
    yield "message-later", "a message that came after the reply", "ENT-83", later.bundle(without=True), [19]
    hour = Came()
    hour.at = hour.forge.now
    yield "message-hour", "a reply came when its message did not", "ENT-83", raw(hour.reply()), [19]
    paper = Came()
    paper.letter = paper.forge.file(b"Another letter.\n")
    yield "message-paper", "the paper is not the part", "ENT-84", paper.reply().bundle(), [19]
    yield "message-no-part", "a part that the message has not", "ENT-84", Came().reply("3").bundle(), [19]
    twice = Came().receive()
    yield "message-twice", "a message is received twice", "ENT-80", twice.bundle(without=True), [19]
    unknown = Came().observe(3, "cd" * 32)
    yield (
        "message-observed",
        "what was found of a message that never came",
        "ENT-81",
        unknown.bundle(without=True),
        [19],
    )
    lost = Came().reply()
    yield "message-lost", "the message of a reply is not handed over", "BUN-14", lost.bundle(without=True), [9]
    yield "message-more", "a message that no reply names is handed over", "BUN-14", Came().bundle(), [11]


def _parts() -> Iterator[Found]:
    def with_mail(change: Callable[[bytes], bytes]) -> bytes:
        return Came(change(MAIL)).reply().bundle()

    spare = with_mail(lambda mail: mail.replace(b"Lgo=", b"Lgp="))
    yield "part-spare-bits", "base64 with bits that mean nothing", "ENT-97", spare, [19]
    open_ = with_mail(lambda mail: mail.replace(b"--=_1--\n", b""))
    yield "part-open", "a multipart without its last delimiter", "ENT-94", open_, [19]
    types = with_mail(lambda mail: b"Content-Type: text/plain\n" + mail)
    yield "part-two-types", "a header with two types", "ENT-91", types, [19]
    boundaries = with_mail(lambda mail: mail.replace(b'"=_1"', b'"=_1"; boundary=x'))
    yield "part-two-boundaries", "a multipart with two boundaries", "ENT-93", boundaries, [19]
    ends = Came(MAIL.replace(b"\n", b"\r\n")).reply().bundle(derived=True)
    yield "part-crlf", "a message whose lines end with CRLF", "ENT-90", ends, []
    blanks = Came(MAIL.replace(b"--=_1\n", b"--=_1 \t\n").replace(b"=_1--\n", b"=_1-- \nafter\n"))
    yield "part-blanks", "delimiters with blanks after them", "ENT-94", blanks.reply().bundle(derived=True), []
    mbox = with_mail(lambda mail: b"From a@example.org Mon Mar  2 15:00:00 2026\n" + mail)
    yield "part-mbox", "a message that begins with the line of an mbox", "ENT-90", mbox, [19]
    goes_on = with_mail(lambda mail: b" of nothing\n" + mail)
    yield "part-goes-on", "a message whose first line goes on no field", "ENT-90", goes_on, [19]
    second = with_mail(lambda mail: mail.replace(b"Content-Type: app", b"\t;\nContent-Type: app"))
    yield "part-goes-on-within", "a part whose first line does", "ENT-90", second, [19]
    bare = Came(b"\n" + MAIL, MAIL).reply("1").bundle(derived=True)
    yield "part-no-header", "a message that begins with an empty line: its header is empty", "ENT-90", bare, []
    alone = Came(b"A: b\n\r", b"").reply("1").bundle()
    yield "part-cr", "a header that ends with a CR and no LF", "ENT-90", alone, [19]
    yield (
        "part-unlike",
        "a delimiter with more than blanks after it",
        "ENT-94",
        Came(MAIL.replace(b"--=_1--\n", b"--=_1-- x\n")).reply().bundle(),
        [19],
    )


def _of_others() -> Iterator[Found]:
    registrar = Came()
    registrar.forge.add(MessageReceived(digest=registrar.letter), stream="intake")
    yield "message-by-registrar", "the registrar receives a message", "REG-11", registrar.bundle(without=True), [7]
    vote = Came()
    explains = ExplanationFiled(member="CHN", languages=("fr",))
    vote.forge.add(explains, signer=INTAKE, office="intake")
    yield "message-key-votes", "the office of intake records an act of a vote", "REG-11", vote.bundle(without=True), [7]
    two = Came()
    two.forge.register(enrolled(INTAKE, "president"))
    yield "message-key-two", "a key of intake is enrolled for another office", "REG-27", two.bundle(without=True), [7]
    member = Came()
    member.forge.register(enrolled(OTHER, "intake", "CHN"))
    yield "message-key-member", "a key of intake acts for a member", "REG-27", member.bundle(without=True), [7]
    moved = Came().receive(digest(b"x"), stream=VOTE)
    yield "message-in-vote", "a message is received in the stream of a vote", "ENT-42", moved.bundle(without=True), [4]
    gap = Came()
    gap.forge.add(
        MessageObserved(message=0, observation="cd" * 32),
        stream="intake", office="intake", signer=INTAKE, change=lambda payload: payload.update(index=2),
    )  # fmt: skip
    yield "message-gap", "an act of the messages is missing", "ENT-40", gap.bundle(without=True), [4]


def _malformed() -> Iterator[Found]:
    def changed(change: Callable[[Body], object], kind: str = "vote-cast@4") -> bytes:
        came = Came()
        body = came.body().json_value()
        change(body)

        def name(payload: Body) -> None:
            payload["kind"] = kind

        came.forge.add(body, change=name)
        return came.forge.bundle(members=lambda members: members.pop(FILE_PREFIX + came.sha256, None))

    def paperless(body: Body) -> None:
        body["instrument"]["sha256"] = None

    def unknown(body: Body) -> None:
        body["received_at"] = None

    def zero(body: Body) -> None:
        body["message"]["part"] = "0.1"

    yield "message-paperless", "a part is named, and no paper", "ENT-82", changed(paperless), [2]
    yield "message-timeless", "a reply in a message at no hour", "ENT-82", changed(unknown), [2]
    yield "message-path", "a part with the number 0", "ENT-33", changed(zero), [2]
    yield "message-version", "a message in version 3 of the kind", "ENT-20", changed(dict, "vote-cast@3"), [2]
    disowned = Came()
    body = {"act": "clock_disowned", "index": 0, "reason": "false", "recorded_at": format_instant(disowned.at)}
    disowned.forge.register({**body, "stream": "intake"})
    yield (
        "message-disowned",
        "version 1 of what disowns the hour of a message",
        "ENT-33",
        disowned.bundle(without=True),
        [2],
    )
