"""Messages for tests, made and not received; a ledger that has a key of the office ``intake``, and its clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from signers import LOG, REGISTRAR

from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.domain.roster import built_in_roster
from inblue.ledger.host.votes import OnVote
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.stores.address import Address

INTAKE = Ed25519Signer.from_seed(b"i" * 32)
LETTER = b"%PDF-1.7 The delegation votes in favour.\n"
PAPER = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
SYMBOL = "S/2026/1"


def mail(letter: bytes = LETTER, text: str = "Please find attached the letter.\n") -> bytes:
    """A message with a text and a letter attached: parts 1 and 2."""
    made = EmailMessage()
    made["From"] = "mission@example.org"
    made["Subject"] = "Vote"
    made.set_content(text)
    made.add_attachment(letter, maintype="application", subtype="pdf", filename="letter.pdf")
    made.set_boundary("=_parts")
    return bytes(made)


class MailDesk:
    """A ledger with one open vote of 2026, whose clock is set by hand."""

    def __init__(self, place: Address | None = None, *, procedure: str = "unsc-2020-253") -> None:
        self.now = datetime(2026, 3, 2, 15, tzinfo=UTC)
        clock: Callable[[], datetime] = lambda: self.now  # noqa: E731
        self.ledger = Ledger.create(place, signer=REGISTRAR, log_signer=LOG, origin="example.org/mail", clock=clock)
        self.ledger.adopt_procedure(built_in_procedure(procedure), signer=REGISTRAR)
        self.enrol(INTAKE, "intake")
        self.vote = self.circulated(SYMBOL, procedure)

    def circulated(self, symbol: str, procedure: str = "unsc-2020-253") -> OnVote:
        """Another vote that is open."""
        vote = self.ledger.at(symbol, signer=REGISTRAR)
        vote.circulate(procedure)
        vote.open(built_in_roster("unsc-2026"), programme_of_work=True)
        return vote

    def enrol(self, key: Ed25519Signer, office: str, member: str | None = None) -> None:
        """Have a key act for an office."""
        grant = KeyGrant(key=key.key_id, public_key=key.public_key.hex(), office=office, member=member)
        self.ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)

    def later(self, **by: float) -> MailDesk:
        """The clock goes on."""
        self.now += timedelta(**by)
        return self

    def receive(self, raw: bytes | None = None) -> int:
        """A message arrives; its number."""
        return self.ledger.receive_message(mail() if raw is None else raw, signer=INTAKE).message.number
