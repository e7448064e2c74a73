"""The acts of the register: keys and offices, log keys, procedures, rosters, presidencies, authorities."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from .errors import Malformed
from .instant import Instant
from .messages import INTAKE
from .payload import (
    Digest,
    InOrder,
    Line,
    MemberId,
    Name,
    Payload,
    SignedNote,
    Since,
    Text,
    Vkey,
    one_line,
)

MAX_GRANTS = 10_000
MAX_LOG_KEYS = 100
"""More than any ledger needs; it bounds the cost of reading a hostile one."""
MAX_CLOCKS_DISOWNED = 1_000
MAX_STATED = 1_000
"""The most votes whose acts one entry counts."""

StreamName: TypeAlias = Annotated[
    str,
    StringConstraints(min_length=1, max_length=320, pattern=r"^vote(#[1-9][0-9]{0,3})?:"),
    AfterValidator(one_line),
]
"""The stream of a vote."""
MAX_AUTHORITIES = 20
"""As many as the tokens that an entry can name."""

Month: TypeAlias = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
"""A calendar month."""

REGISTRAR = "registrar"
PERMANENT_REPRESENTATIVE = "permanent_representative"
PRESIDENT = "president"


class KeyGrant(InOrder):
    """A public key (Ed25519, 64 hex digits), the office it acts for, and from when until when.

    If ``valid_from`` is null, it is valid from its enrolment; if ``valid_until`` is null, until it is revoked. ``key``
    is its id: SHA-256 of its SubjectPublicKeyInfo in DER.
    """

    key: Digest
    public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    office: Name
    member: MemberId | None = None
    holder: Line | None = None
    valid_from: Instant | None = None
    valid_until: Instant | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise Malformed("valid_until must lie after valid_from")
        return self

    def acts_for(self, member: str | None) -> bool:
        """Whether a key of this grant may record acts of ``member``; a delegation's key acts only for its member."""
        return self.member is None or member is None or self.member == member

    def covers(self, at: datetime) -> bool:
        """Whether the grant is in force at ``at``; the interval is half-open."""
        return not ((self.valid_from and at < self.valid_from) or (self.valid_until and at >= self.valid_until))


class LedgerFounded(Payload):
    """A ledger begins: its origin, the key that signs its checkpoints (a C2SP vkey), and the registrar's key."""

    kind_name = "ledger_founded"
    named: ClassVar[tuple[str, ...]] = ("origin",)
    act: Literal["ledger_founded"] = "ledger_founded"
    origin: Line
    log_key: Vkey
    registrar: KeyGrant

    @model_validator(mode="after")
    def _by_the_registrar(self) -> Self:
        if self.registrar.office != REGISTRAR:
            raise Malformed(f"a ledger is founded by its {REGISTRAR}")
        return self


class KeyEnrolled(Payload):
    """A key may act for an office from now on. ``replaces`` names the key it takes over from, in a rotation."""

    kind_name = "key_enrolled"
    act: Literal["key_enrolled"] = "key_enrolled"
    grant: KeyGrant
    replaces: Digest | None = None


class KeyRevoked(Payload):
    """A key may no longer act. ``compromised_since`` says since when it may have been compromised, if known."""

    kind_name = "key_revoked"
    act: Literal["key_revoked"] = "key_revoked"
    key: Digest
    reason: Text
    compromised_since: Instant | None = None


class LogKeyAnnounced(Payload):
    """The log's next key (a C2SP vkey), named while the current one still signs; a later announcement replaces it.

    A reader who trusts the current key can then follow the log to the next one without asking the registrar.
    """

    kind_name = "log_key_announced"
    act: Literal["log_key_announced"] = "log_key_announced"
    log_key: Vkey


class LogKeySucceeded(Payload):
    """From this entry on the log's checkpoints are signed by ``log_key``.

    ``handover`` is the last checkpoint signed by the key before it, word for word. If it covers the announcement of
    ``log_key``, the old key vouches for the new one; if not, only the registrar does.
    """

    kind_name = "log_key_succeeded"
    act: Literal["log_key_succeeded"] = "log_key_succeeded"
    log_key: Vkey
    cause: Literal["rotation", "loss", "compromise"]
    handover: SignedNote
    compromised_since: Instant | None = None

    @model_validator(mode="after")
    def _since_a_compromise(self) -> Self:
        if self.compromised_since is not None and self.cause != "compromise":
            raise Malformed("compromised_since is said of a compromise only")
        return self


class ProcedureAdopted(Payload):
    """A procedure may govern votes in this ledger; its document is in the file store under its digest."""

    kind_name = "procedure_adopted"
    named: ClassVar[tuple[str, ...]] = ("id",)
    act: Literal["procedure_adopted"] = "procedure_adopted"
    id: Line
    sha256: Digest


class RosterAdopted(Payload):
    """A roster may be used; its document is in the file store under its digest."""

    kind_name = "roster_adopted"
    named: ClassVar[tuple[str, ...]] = ("name",)
    act: Literal["roster_adopted"] = "roster_adopted"
    name: Line
    sha256: Digest


class PresidencyAssigned(Payload):
    """A member holds the presidency for a calendar month (``YYYY-MM``, in the zone of the procedure).

    ``reason`` says why, where another one was assigned to the month before.
    """

    kind_name = "presidency_assigned"
    named: ClassVar[tuple[str, ...]] = ("body", "month")
    since: ClassVar[Since] = Since({"reason": 2})
    act: Literal["presidency_assigned"] = "presidency_assigned"
    body: Line
    member: MemberId
    month: Month
    reason: Text | None = None


class StreamStated(InOrder):
    """How many acts the stream of a vote has."""

    stream: StreamName
    acts: Annotated[int, Field(ge=1, le=1_000_000)]


class RegisterStated(Payload):
    """How many acts each of some votes has here in the log, by order of their streams.

    If this is the log's last entry, a reader who has it and those acts has the complete votes.
    """

    kind_name = "register_stated"
    act: Literal["register_stated"] = "register_stated"
    votes: tuple[StreamStated, ...] = Field(min_length=1, max_length=MAX_STATED)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        streams = [each.stream for each in self.votes]
        if streams != sorted(set(streams)):
            raise Malformed("votes: streams out of order, or one named twice")
        return self


class AuthorityAdopted(Payload):
    """A timestamp authority is one whose tokens verdicts need; its document is in the file store under its digest.

    It takes the place of another document of that name.
    """

    kind_name = "authority_adopted"
    act: Literal["authority_adopted"] = "authority_adopted"
    name: Name
    sha256: Digest


class AuthorityRetired(Payload):
    """A timestamp authority is no longer one that votes opened from now on need."""

    kind_name = "authority_retired"
    act: Literal["authority_retired"] = "authority_retired"
    name: Name
    reason: Text


AnyStream: TypeAlias = Annotated[
    str,
    StringConstraints(min_length=1, max_length=320, pattern=r"^(register$|intake$|vote(#[1-9][0-9]{0,3})?:)"),
    AfterValidator(one_line),
]
"""The stream of the register, of messages, or of a vote: ``vote:S/2020/240``, ``vote#2:S/2020/240``."""


class OfAnyStream(Payload):
    """What is said of an entry in some stream. Version 2 of these kinds is for one in the stream of messages."""

    versions: ClassVar[int] = 2
    stream: AnyStream

    def _version(self) -> int:
        return 2 if self.stream == INTAKE else 1


class ClockDisowned(OfAnyStream):
    """The clock by which an entry was recorded was false: the hour that the entry says bounds nothing from now on.

    ``stream`` and ``index`` say which act of which stream, ``recorded_at`` the hour that its entry says. The act itself
    keeps its effect; a reply whose own hour is disowned is documented at most.
    """

    kind_name = "clock_disowned"
    act: Literal["clock_disowned"] = "clock_disowned"
    index: Annotated[int, Field(ge=0, le=1_000_000)]
    recorded_at: Instant
    reason: Text


class EntryDisowned(OfAnyStream):
    """An entry that the log covers was signed by no key in authority: it has no effect, and keeps its number.

    ``stream`` and ``index`` say which act of which stream, ``digest`` is the entry's leaf hash in the log. It stays
    there. What a key in authority has signed is never disowned, nor is the founding.
    """

    kind_name = "entry_disowned"
    act: Literal["entry_disowned"] = "entry_disowned"
    index: Annotated[int, Field(ge=0, le=1_000_000)]
    digest: Digest
    reason: Text

    @model_validator(mode="after")
    def _not_the_founding(self) -> Self:
        if self.stream == "register" and self.index == 0:
            raise Malformed("the founding of a ledger is never disowned")
        return self


RegisterAct: TypeAlias = (
    LedgerFounded
    | KeyEnrolled
    | KeyRevoked
    | LogKeyAnnounced
    | LogKeySucceeded
    | ProcedureAdopted
    | RosterAdopted
    | PresidencyAssigned
    | RegisterStated
    | AuthorityAdopted
    | AuthorityRetired
    | EntryDisowned
    | ClockDisowned
)
"""Any act of the register."""
