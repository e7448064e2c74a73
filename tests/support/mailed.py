"""A vote whose replies came in messages, stamped and cosigned: what tokens over the entries of messages prove.

Told with what is kept in ``vectors/tokens-of-messages.json`` it has the same bytes each time, like :mod:`stamped`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from ledgers import OPENED, SMALL
from paths import VECTORS
from signers import REGISTRAR
from stamped import ROSTER, Desk, Kept

from inblue.domain.acts import DraftCirculated, LetterSent, VoteCast
from inblue.domain.canonical import digest
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.instrument import Instrument
from inblue.domain.mail_observation import CheckedBy, Hop, MailObservation
from inblue.domain.messages import MessageObserved, MessageReceived
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.ledger.standards.ed25519 import Ed25519Signer

INTAKE = Ed25519Signer.from_seed(b"i" * 32)
TOKENS = VECTORS / "tokens-of-messages.json"
SECOND = "S/2"


def mail(member: str, letter: bytes | None = None) -> bytes:
    """A message with a letter in it, the part 2; without one the message is the letter."""
    head = f"From: mission-of-{member.lower()}@example.org\n".encode()
    if letter is None:
        return head + b"\nThe delegation votes in favour.\n"
    parts = (b"\n\nPlease find the letter.\n", b"\nContent-Type: application/pdf\n\n" + letter + b"\n", b"--\n")
    return head + b"Content-Type: multipart/mixed; boundary=_\n\n--_" + b"--_".join(parts)


def observation(raw: bytes, at: Any, host: str = "mx.example.net") -> bytes:
    """An observation of a message that no program made, so that it has the same bytes in every year."""
    seen = MailObservation(
        message=digest(raw),
        size=len(raw),
        checked_at=at,
        checked_by=CheckedBy(office="intake", key=INTAKE.key_id),
        tools={"by_hand": "1"},
        own_hosts=(host,),
        roots=(),
        dns=(),
        sender="mission@example.org",
        hops=(Hop(own=True, by=host, at=at),),
        arrived=0,
    )
    return seen.canonical()


class MailDesk(Desk):
    """A desk with a key of the office ``intake``. Salts are the numbers of acts, not random."""

    def receive(self, raw: bytes) -> int:
        """A message arrives; its number."""
        return self._keep(raw, lambda sha256: MessageReceived(digest=sha256))

    def observe(self, number: int, document: bytes | None = None) -> int:
        """Something is seen in a message, or what ``document`` says."""
        document = document or observation(self.ledger.message_bytes(number), self.now)
        return self._keep(document, lambda sha256: MessageObserved(message=number, observation=sha256))

    def _keep(self, content: bytes, act: Any) -> int:
        number = len(list(self.ledger.streams.stream("intake")))
        sha256 = self.ledger.files.put(bytes([number + 1]) * 32 + content)
        kept = self.ledger._keep_message(act(sha256), INTAKE, number)
        assert kept is not None
        return kept[0]

    def reply(self, member: str, number: int, part: str | None = "2", vote: str = SMALL) -> None:
        """A reply that came in that message is entered."""
        letter = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
        found = self.ledger.in_message(number, part, letter)
        if found.content is not None:
            self.ledger.attach(found.content)
        act = VoteCast(
            member=member,
            position="in_favour",
            received_at=found.received.recorded_at,
            instrument=found.paper,
            message=found.named,
        )
        self.ledger.perform(vote, act, signer=REGISTRAR)

    def enrolled(self) -> MailDesk:
        """The key that records messages."""
        grant = KeyGrant(key=INTAKE.key_id, public_key=INTAKE.public_key.hex(), office="intake")
        self.ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
        return self


def mailed(kept: Kept) -> MailDesk:
    """Replies in messages: proven, by one authority alone, attested, documented, late; and one to a second vote.

    The message of the reply to the second vote came before that began, and something was seen in it before, and after
    the vote. Of two messages, one of which something was seen, no reply is.
    """
    desk = MailDesk(kept)
    desk.opened()
    desk.at(0.2)
    desk.enrolled()
    desk.at(0.5)
    desk.observe(desk.receive(mail("RUS")))
    desk.at(1)
    earlier = desk.receive(mail("EST", b"A letter on the second text"))
    desk.observe(earlier)
    desk.stamp()
    second = DraftCirculated(
        symbol=SECOND,
        question="substantive",
        times="simulated",
        procedure=next(iter(desk.ledger.register().procedures.values())),
    )
    desk.ledger.perform(SECOND, second, signer=REGISTRAR)
    desk.ledger.perform(SECOND, LetterSent(kind="opening", opens_at=desk.now), signer=REGISTRAR, roster=ROSTER)
    desk.at(2)
    proven = desk.receive(mail("CHN", b"China votes in favour"))
    desk.stamp()
    desk.cosign()
    desk.at(2.2)
    desk.observe(proven)
    desk.reply("CHN", proven)
    desk.observe(proven, observation(mail("CHN", b"China votes in favour"), OPENED, "mx.example.com"))
    desk.observe(proven, b"{}")
    desk.stamp()
    desk.at(3)
    alone = desk.receive(mail("FRA"))
    desk.receive(mail("GBR"))
    desk.at(3.1)
    desk.reply("FRA", alone, None)
    desk.reply("EST", earlier, vote=SECOND)
    desk.stamp("first")
    desk.at(23.9)
    entered_later = desk.receive(mail("TUN", b"Tunisia votes in favour"))
    attested = desk.receive(mail("EST", b"Estonia votes in favour"))
    desk.at(23.95)
    desk.reply("EST", attested)
    desk.at(25)
    desk.stamp()
    late = desk.receive(mail("IDN", b"Indonesia votes in favour"))
    desk.reply("IDN", late)
    desk.stamp()
    desk.at(48)
    desk.reply("TUN", entered_later)
    desk.at(50)
    for vote in (SECOND, SMALL):
        desk.ledger.perform(vote, VotingClosed(closed_at=desk.now), signer=REGISTRAR)
        desk.ledger.perform(vote, ResultAnnounced(announced_at=desk.now), signer=REGISTRAR)
    desk.stamp()
    desk.cosign()
    desk.at(55)
    for number in (earlier, proven):
        desk.observe(number)
    desk.stamp()
    desk.cosign()
    return desk


def make_tokens() -> None:
    """Make authorities, tokens and lines, and keep them."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept.fresh(Path(folder))
        mailed(kept)
        kept.write(TOKENS)


if __name__ == "__main__":
    make_tokens()
