"""A small vote with timestamps and cosignatures, the same bytes each time, for the published bundles.

Tokens and ML-DSA-44 signatures are made with randomness. They are made once and kept, with the authorities they are
of, in ``vectors/tokens.json``; the rest follows from fixed seeds and a fixed clock. ``make_vectors.py --new-tokens``
makes new ones, which changes every bundle that holds one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from authority import Tsa
from ledgers import OPENED, SEATLESS, SMALL, MlDsaSigner
from paths import VECTORS
from signers import REGISTRAR

from inblue.domain.acts import DraftCirculated, LetterSent, VoteCast
from inblue.domain.ballot import OwnTimestamp, SignedBallot
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.instrument import Instrument
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.domain.roster import Roster, Seat
from inblue.ledger.entries.authorities import AuthorityDocument
from inblue.ledger.entries.ballot import blank_of, sign
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Stamp
from inblue.ledger.operations.authorities import adopt_authority
from inblue.ledger.standards.checkpoint import open_signed
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.standards.timestamp import Authority, request, token_of

KEPT = VECTORS / "tokens.json"
ORIGIN = "example.org/stamped"
LOG, MEMBER = (Ed25519Signer.from_seed(letter * 32) for letter in (b"S", b"v"))
WITNESS = CosignatureSigner("one.example/witness", Ed25519Signer.from_seed(b"w" * 32))
QUANTUM = MlDsaSigner(b"W" * 32, "two.example/witness")
NAMES = ("first", "second")
SIX = ("CHN", "EST", "FRA", "IDN", "TUN", "VNM")
ROSTER = Roster(name="six", members=tuple(Seat(member=each, permanent=each in {"CHN", "FRA"}) for each in SIX))


@dataclass
class Kept:
    """Authorities, tokens by what was asked and of whom, and ML-DSA-44 lines by what they are over."""

    authorities: dict[str, Authority]
    tokens: dict[str, str] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    makers: dict[str, Tsa] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path = KEPT) -> Kept:
        """The file."""
        value: dict[str, Any] = json.loads(path.read_bytes())
        authorities = {name: Authority.of(each, where=name) for name, each in value["authorities"].items()}
        return cls(authorities, value["tokens"], value["lines"])

    @classmethod
    def fresh(cls, folder: Path) -> Kept:
        """New authorities, and nothing made yet."""
        makers = {name: Tsa.make(folder / name, name) for name in NAMES}
        return cls({name: maker.authority for name, maker in makers.items()}, makers=makers)

    def write(self, path: Path = KEPT) -> None:
        """Write the file."""
        value = {
            "authorities": {name: each.json_value() for name, each in self.authorities.items()},
            "tokens": self.tokens,
            "lines": self.lines,
        }
        path.write_text(json.dumps(value, indent=1) + "\n")

    def token(self, message: bytes, name: str, at: datetime) -> tuple[bytes, bytes]:
        """Request and token over ``message``; the lines keep what was asked, of whom, and for what hour."""
        nonce = int.from_bytes(hashlib.sha256(message + name.encode()).digest()[:7], "big")
        query = request(message, nonce)
        place = f"{name} {at:%Y-%m-%dT%H:%M:%S} {hashlib.sha256(query).hexdigest()}"
        if name in self.makers and place not in self.tokens:
            token = token_of(self.makers[name].answer(query, at), query)
            self.tokens[place] = base64.b64encode(token).decode()
        return query, base64.b64decode(self.tokens[place])

    def line(self, text: str, timestamp: int) -> str:
        """The line of the ML-DSA-44 witness over a checkpoint's text."""
        place = f"{timestamp} {hashlib.sha256(text.encode()).hexdigest()}"
        if self.makers and place not in self.lines:
            self.lines[place] = QUANTUM.line(text, timestamp)
        return self.lines[place]


class Desk:
    """A ledger on a clock of its own, stamped and cosigned from what is kept."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.now = OPENED - timedelta(hours=2)
        self.ledger = Ledger.create(
            None, signer=REGISTRAR, log_signer=LOG, origin=ORIGIN, clock=lambda: self.now.replace(microsecond=0)
        )

    def at(self, hours: float) -> Desk:
        """Set the clock to this long after the opening."""
        self.now = OPENED + timedelta(hours=hours)
        return self

    def perform(self, act: Any, **opening: Any) -> None:
        """Record an act of the vote."""
        self.ledger.perform(SMALL, act, signer=REGISTRAR, **opening)

    def cast(self, member: str, file: bytes | None = None, received: float | None = None, **given: Any) -> None:
        """Register a reply; ``received`` hours after the opening, if it is not entered at once."""
        sha256 = self.ledger.attach(file) if file else None
        paper = Instrument(
            form="letter", office="permanent_representative", signed=True, addressee="president", sha256=sha256
        )
        arrived = self.now if received is None else OPENED + timedelta(hours=received)
        self.perform(VoteCast(member=member, position="in_favour", received_at=arrived, instrument=paper, **given))

    def stamp(self, *names: str, hours: float | None = None) -> None:
        """Have the head timestamped at this hour, or at another that the authority pretends it is."""
        head = self.ledger.log.head()
        assert head is not None
        at = self.now if hours is None else OPENED + timedelta(hours=hours)
        for name in names or NAMES:
            query, token = self.kept.token(head.note, name, at)
            claim = self.kept.authorities[name].canonical().decode()
            self.ledger.log.keep_stamp(Stamp(head.size, claim, head.note, query, token))

    def cosign(self) -> None:
        """Have the head cosigned by both witnesses."""
        head = self.ledger.log.head()
        assert head is not None
        text = open_signed(head.note, self.ledger.log_keys())[0].text()
        seconds = int(self.now.timestamp())
        for line in (WITNESS.line(text, seconds), self.kept.line(text, seconds)):
            self.ledger.log.keep_cosignature(head.size, head.note, line)

    def opened(self) -> Desk:
        """The member's key, the authorities, draft, opening, and the first timestamps."""
        procedure = self.ledger.adopt_procedure(SEATLESS, signer=REGISTRAR)
        key = {"key": MEMBER.key_id, "public_key": MEMBER.public_key.hex()}
        grant = KeyGrant.of({**key, "office": "permanent_representative", "member": "VNM"}, where="grant")
        self.ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
        for each in self.kept.authorities.values():
            document = AuthorityDocument.of({**each.json_value(), "format": "inblue-authority/1"}, where="authority")
            adopt_authority(self.ledger, document, signer=REGISTRAR)
        draft = DraftCirculated(symbol=SMALL, question="substantive", times="simulated", procedure=procedure)
        self.at(-1).perform(draft)
        self.at(0).perform(LetterSent(kind="opening", opens_at=OPENED), roster=ROSTER)
        self.at(0.1).stamp()
        return self

    def ended(self) -> Desk:
        """Close, result, and the last timestamps."""
        self.at(50).perform(VotingClosed(closed_at=self.now))
        self.perform(ResultAnnounced(announced_at=self.now))
        self.stamp()
        return self


def stamped(kept: Kept, *, turned: bool = False) -> Desk:
    """Two replies that are proven, and one each that is attested, documented, late and missing.

    ``turned``: another history under the same keys, in which the first reply says something else.
    """
    desk = Desk(kept).opened()
    desk.at(2).cast("CHN", b"China votes in favour.\n" if not turned else b"China votes against.\n")
    desk.stamp()
    desk.cosign()
    if turned:
        return desk
    desk.at(3).cast("VNM", ballot=own_ballot(desk))
    desk.stamp()
    desk.at(23.9).cast("FRA", b"France votes in favour.\n")
    desk.at(25).stamp()
    desk.cast("EST", b"Estonia votes in favour.\n")
    desk.at(48).cast("IDN", b"Indonesia votes in favour.\n", received=4)
    desk.ended().cosign()
    return desk


def backdated(kept: Kept) -> Desk:
    """One authority stamps at 25 hours and says 23; an entry under it names what the other stamped at 24.5."""
    desk = Desk(kept).opened()
    desk.at(24.5).stamp("second")
    desk.at(25).cast("CHN", b"China votes in favour.\n", received=23)
    desk.stamp("first", hours=23)
    return desk.ended()


def trusted(kept: Kept, *names: str) -> Trust:
    """The trust of a reader who believes these authorities and asks for both witnesses."""
    log_key = str(NoteSigner(ORIGIN, LOG).verifier)
    witnesses = f"witness one {WITNESS.verifier}\nwitness two {QUANTUM.verifier}\n"
    return Trust(
        origin=ORIGIN,
        log_key=log_key,
        registrar=(REGISTRAR.key_id,),
        authorities=tuple(kept.authorities[name] for name in names or NAMES),
        policy=f"log {log_key}\n{witnesses}group both all one two\nquorum both\n",
    )


def make_kept() -> None:
    """Make authorities, tokens and lines, and keep them."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept.fresh(Path(folder))
        for tell in (stamped, backdated):
            tell(kept)
        stamped(kept, turned=True)
        kept.write()


def own_ballot(desk: Desk) -> SignedBallot:
    """The member's ballot, with a timestamp of its own from an hour before."""
    blank = blank_of(desk.ledger.vote(SMALL), desk.ledger.register())
    envelope = sign(blank.ballot("VNM", "in_favour").model_copy(update={"nonce": "5e" * 16}), MEMBER)
    query, token = desk.kept.token(envelope.encode(), "first", desk.now - timedelta(hours=0.5))
    own = OwnTimestamp(query=base64.b64encode(query).decode(), token=base64.b64encode(token).decode())
    return SignedBallot(envelope=envelope, timestamps=(own,))
