"""Vectors of messages from outside the range of a bundle, and of what was observed in messages: one fault or none."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from faults_of_messages import INTAKE, LETTER, MAIL, Came, Found, enrolled
from forge import Forge
from ledgers import OPENED, Members, rewrite
from mailed import observation
from signers import REGISTRAR

from inblue.domain.canonical import canonical
from inblue.ledger.evidence.bundle import FILE_PREFIX, RECORD
from inblue.ledger.ledger import Ledger

OTHER = b"From: other@example.org\n\nAnother message.\n"
SEEN = observation(MAIL, OPENED)


def _registered(ledger: Ledger) -> None:
    ledger.keep_register(enrolled(INTAKE, "intake"), signer=REGISTRAR)


class CameBefore(Came):
    """The small vote, before which two messages came, one of which a reply names."""

    document = ""

    def __init__(self) -> None:
        self.forge = Forge.with_before(_registered, self._before)
        self.letter = self.forge.file(LETTER)

    def _before(self, forge: Forge) -> None:
        self.forge = forge
        self.at = OPENED - timedelta(hours=1, minutes=30)
        self.sha256, self.other = (forge.file(b"\1" * 32 + each) for each in (MAIL, OTHER))
        for sha256 in (self.sha256, self.other):
            self.receive(sha256, at=self.at)

    def seen(self, number: int = 0) -> CameBefore:
        """Something is observed in one of them."""
        self.document = self.forge.file(b"\2" * 32 + SEEN)
        self.observe(number, self.document)
        return self

    def shown(self, *messages: int, end: int = 0, derived: bool = False, without: str = "") -> bytes:
        """The bundle, with these acts of the stream of messages from outside the range; that ends ``end`` before."""
        places = [n for n, each in enumerate(self.forge.payloads()) if each["stream"] == "intake"]

        def left_out(members: Members) -> None:
            members.pop(FILE_PREFIX + without, None)

        return self.forge.bundle(
            end=len(self.forge.entries) - end,
            recalled=lambda outside: sorted([*outside, *(places[number] for number in messages)]),
            derived=derived,
            members=left_out,
        )


def observations_and_recalled() -> Iterator[Found]:
    """Name, what, the sentence of docs/spec, the bundle, and the checks that fail."""
    yield from _recalled()
    yield from _observed()


def _recalled() -> Iterator[Found]:
    before = CameBefore()
    before.reply()
    yield (
        "message-recalled",
        "a reply names a message from before the range",
        "BUN-11",
        before.shown(0, derived=True),
        [],
    )
    shown = before.shown(without=before.sha256)
    yield "message-not-recalled", "the same, and the entry of the message is left out", "ENT-83", shown, [19]
    other = before.shown(0, 1, without=before.other)
    yield "message-recalled-other", "the entry of a message that no reply names is shown", "BUN-11", other, [11]
    seen = CameBefore()
    seen.reply()
    seen.seen()
    whole = seen.shown(0, 2, end=1, derived=True)
    yield "observation-recalled", "what was observed in the message after the range is shown", "BUN-11", whole, []
    within = CameBefore()
    within.seen()
    within.reply()
    in_range = within.shown(0, derived=True)
    yield "observation-of-recalled", "what was observed within the range in a message before it", "ENT-81", in_range, []
    lost = seen.shown(0, 2, end=1, without=seen.document)
    yield "observation-recalled-lost", "the same, and the document is not handed over", "BUN-14", lost, [9]
    unnamed = CameBefore()
    unnamed.reply()
    unnamed.seen(1)
    of_other = unnamed.shown(0, 2, end=1, without=unnamed.document)
    yield "observation-recalled-other", "what was observed in a message that no reply names", "BUN-11", of_other, [11]


def _observed() -> Iterator[Found]:
    def came(document: bytes) -> Came:
        given = Came()
        return given.reply().observe(0, given.forge.file(b"\2" * 32 + document))

    good = came(SEEN).bundle(derived=True)
    yield "observation", "an observation, with its document", "ENT-86", good, []
    about = came(observation(OTHER, OPENED)).bundle(derived=True)
    yield "observation-other", "the document is about another message, and says nothing", "ENT-86", about, []
    blank = came(SEEN.replace(b",", b", ", 1)).bundle(derived=True)
    yield "observation-form", "the document is not canonical, and says nothing", "ENT-86", blank, []
    changed = came(SEEN)
    name = FILE_PREFIX + changed.forge.payloads()[-1]["act"]["observation"]

    def other_bytes(members: Members) -> None:
        members[name] = members[name].replace(b"mx.", b"mz.")

    raw = changed.forge.bundle(members=other_bytes)
    yield "observation-changed", "the document has other bytes", "BUN-13", raw, [9]
    yield (
        "observation-claimed",
        "the record says that another host has stamped the message",
        "BUN-30",
        _claimed(good),
        [12],
    )


def _claimed(good: bytes) -> bytes:
    """A bundle whose record says something of an observation that its document does not."""

    def change(members: Members) -> None:
        record = json.loads(members[RECORD])
        (seen,) = (
            one for vote in record["votes"] for reply in vote["replies"] for one in reply.get("observations", ())
        )
        seen["arrived_by"] = "mx.example.com"
        members[RECORD] = canonical(record) + b"\n"

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.zip"
        path.write_bytes(good)
        rewrite(path, change)
        return path.read_bytes()
