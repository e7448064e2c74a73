"""The register: who may act. Keys and the offices they act for, rosters, the presidency by month, procedures by digest,
and the timestamp authorities that votes are opened under.

It is a stream of acts like a vote, one per ledger. Whether a key holds an office is judged at the instant of the act
and at its place in the log: a key counts only after the entry that enrols it and before the one that revokes it.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from .errors import MalformedError, Refusal
from .instant import Instant, format_instant
from .payload import (
    Digest,
    Line,
    MemberId,
    Model,
    Name,
    Payload,
    SignedNote,
    Text,
    Vkey,
    one_line,
)
from .procedure import Procedure
from .zone import zone

MAX_GRANTS = 10_000
MAX_LOG_KEYS = 100
"""More than any ledger needs, so that what a hostile one costs to read stays bounded."""
MAX_STATED = 1_000
"""Votes that one entry says the number of acts of."""

StreamName: TypeAlias = Annotated[
    str,
    StringConstraints(min_length=1, max_length=320, pattern=r"^vote(#[1-9][0-9]{0,3})?:"),
    AfterValidator(one_line),
]
"""The stream of a vote."""
MAX_AUTHORITIES = 20
"""As many as an entry names tokens of."""

Month: TypeAlias = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
"""A calendar month."""

REGISTRAR = "registrar"
PRESIDENT = "president"


class KeyGrant(Model):
    """A public key (Ed25519, 64 hex digits), the office it acts for, and from when until when.

    ``valid_from`` null means from its enrolment; ``valid_until`` null means until it is revoked. ``key`` is its id:
    SHA-256 of its SubjectPublicKeyInfo in DER.
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
            raise MalformedError("valid_until must lie after valid_from")
        return self

    def acts_for(self, member: str | None) -> bool:
        """Whether a key of this grant may record what ``member`` does; a delegation's acts for its own member only."""
        return self.member is None or member is None or self.member == member

    def covers(self, at: datetime) -> bool:
        """Whether the grant is in force at ``at``, both ends as half-open intervals have them."""
        return not ((self.valid_from and at < self.valid_from) or (self.valid_until and at >= self.valid_until))


class LedgerFounded(Payload):
    """A ledger begins: its origin, the key that signs its checkpoints (a C2SP vkey), and the registrar's key."""

    kind_name = "ledger_founded"
    act: Literal["ledger_founded"] = "ledger_founded"
    origin: Line
    log_key: Vkey
    registrar: KeyGrant

    @model_validator(mode="after")
    def _by_the_registrar(self) -> Self:
        if self.registrar.office != REGISTRAR:
            raise MalformedError(f"a ledger is founded by its {REGISTRAR}")
        return self


class KeyEnrolled(Payload):
    """A key may act for an office from now on. ``replaces`` names the key it takes over from, in a rotation."""

    kind_name = "key_enrolled"
    act: Literal["key_enrolled"] = "key_enrolled"
    grant: KeyGrant
    replaces: Digest | None = None


class KeyRevoked(Payload):
    """A key may act no more. ``compromised_since`` says since when it may have been in other hands, where known."""

    kind_name = "key_revoked"
    act: Literal["key_revoked"] = "key_revoked"
    key: Digest
    reason: Text
    compromised_since: Instant | None = None


class LogKeyAnnounced(Payload):
    """The log's next key (a C2SP vkey), named while the present one still signs; a later announcement replaces it.

    Whoever trusts the present key can then follow the log to the next one without asking the registrar.
    """

    kind_name = "log_key_announced"
    act: Literal["log_key_announced"] = "log_key_announced"
    log_key: Vkey


class LogKeySucceeded(Payload):
    """From this entry on the log's checkpoints are signed by ``log_key``.

    ``handover`` is the last checkpoint that the key before it signed, word for word. Where it covers the announcement
    of ``log_key``, the key before it vouches for the next; where it does not, the registrar alone does.
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
            raise MalformedError("compromised_since is said of a compromise only")
        return self


class ProcedureAdopted(Payload):
    """A procedure may govern votes in this ledger; its document lies in the file store under its digest."""

    kind_name = "procedure_adopted"
    act: Literal["procedure_adopted"] = "procedure_adopted"
    id: Line
    sha256: Digest


class RosterAdopted(Payload):
    """A roster may be used; its document lies in the file store under its digest."""

    kind_name = "roster_adopted"
    act: Literal["roster_adopted"] = "roster_adopted"
    name: Line
    sha256: Digest


class PresidencyAssigned(Payload):
    """A member holds the presidency for a calendar month (``YYYY-MM``, in the zone of the procedure)."""

    kind_name = "presidency_assigned"
    act: Literal["presidency_assigned"] = "presidency_assigned"
    body: Line
    member: MemberId
    month: Month


class StreamStated(Model):
    """How many acts the stream of a vote has."""

    stream: StreamName
    acts: Annotated[int, Field(ge=1, le=1_000_000)]


class RegisterStated(Payload):
    """How many acts each of some votes has here in the log, by order of their streams.

    Where this is the log's last entry, whoever is shown it and those acts has the votes as the log has them.
    """

    kind_name = "register_stated"
    act: Literal["register_stated"] = "register_stated"
    votes: tuple[StreamStated, ...] = Field(min_length=1, max_length=MAX_STATED)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        streams = [each.stream for each in self.votes]
        if streams != sorted(set(streams)):
            raise MalformedError("votes: streams out of order, or one named twice")
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
)
"""Any act of the register."""


@dataclass(frozen=True, slots=True)
class Register:
    """The register as it stands after some number of acts. ``revoked`` keys stay known, so that history can be read."""

    founded: LedgerFounded | None = None
    grants: tuple[KeyGrant, ...] = ()
    revoked: dict[str, KeyRevoked] = field(default_factory=dict)
    procedures: dict[str, str] = field(default_factory=dict)
    rosters: dict[str, str] = field(default_factory=dict)
    presidencies: dict[tuple[str, str], str] = field(default_factory=dict)
    authorities: dict[str, str] = field(default_factory=dict)
    """The timestamp authorities that are adopted: digest of the document by name, in the order of the names."""
    log_keys: tuple[str, ...] = ()
    """Every key the log has had, as vkeys in order; the last one signs."""
    next_log_key: str | None = None
    """The one announced to follow it."""
    version: int = 0
    """How many acts it has."""
    keys: dict[str, int] = field(default_factory=dict)
    """Which act has an idempotency key, by its number; of two with one key, the first."""

    def in_force(self) -> tuple[KeyGrant, ...]:
        """Every grant that is not revoked, by order of enrolment."""
        return tuple(grant for grant in self.grants if grant.key not in self.revoked)

    def authority(self, key: str, office: str, at: datetime, *, member: str | None = None) -> KeyGrant:
        """The grant by which ``key`` acts for ``office`` at ``at``, in what ``member`` does if it is a member's act.

        Raises:
            Refusal: the key is unknown, revoked, out of its time, or does not hold the office, or not for that member.
        """
        if key not in self.revoked:
            for grant in reversed(self.grants):
                if grant.key == key and grant.office == office and grant.covers(at) and grant.acts_for(member):
                    return grant
        known = [grant for grant in self.grants if grant.key == key]
        short = key[:16]
        if not known:
            raise Refusal(None, f"the key {short} is not enrolled")
        if key in self.revoked:
            raise Refusal(None, f"the key {short} is revoked: {self.revoked[key].reason}")
        held = [grant for grant in known if grant.office == office]
        if not held:
            raise Refusal(None, f"the key {short} does not hold the office {office}; it holds {known[-1].office}")
        if not any(grant.acts_for(member) for grant in held):
            raise Refusal(None, f"the key {short} acts for {held[-1].member}, not for {member}")
        raise Refusal(None, f"the key {short} does not hold the office {office} at {format_instant(at)}")

    def offices_of(self, key: str) -> tuple[str, ...]:
        """The offices that an unrevoked key was enrolled for."""
        return tuple(dict.fromkeys(grant.office for grant in self.in_force() if grant.key == key))

    def president(self, procedure: Procedure, at: datetime) -> str | None:
        """The member that presides over the procedure's body at ``at``, where the register says."""
        return self.presidencies.get((procedure.body, month_of(at, zone(procedure.zone))))

    def presidencies_from(self, procedure: Procedure, at: datetime) -> dict[str, str]:
        """Who presides over the procedure's body in each month that is assigned, from that of ``at`` on."""
        first = month_of(at, zone(procedure.zone))
        months = sorted(self.presidencies.items())
        return {month: member for (body, month), member in months if body == procedure.body and month >= first}


def month_of(at: datetime, where: ZoneInfo) -> str:
    """The calendar month of ``at`` by the clock of a zone, as ``YYYY-MM``."""
    local = at.astimezone(where)
    return f"{local.year:04}-{local.month:02}"


def evolve_register(register: Register, act: RegisterAct, idempotency_key: str | None = None) -> Register:
    """The register after ``act``, which was recorded with that key, if with any."""
    keys = register.keys
    if idempotency_key is not None:
        keys = {idempotency_key: register.version, **keys}
    return replace(_after(register, act), version=register.version + 1, keys=keys)


def _after(register: Register, act: RegisterAct) -> Register:
    match act:
        case LedgerFounded():
            return replace(register, founded=act, grants=(act.registrar,), log_keys=(act.log_key,))
        case KeyEnrolled():
            return replace(register, grants=(*register.grants, act.grant))
        case KeyRevoked():
            return replace(register, revoked={**register.revoked, act.key: act})
        case LogKeyAnnounced():
            return replace(register, next_log_key=act.log_key)
        case LogKeySucceeded():
            return replace(register, log_keys=(*register.log_keys, act.log_key), next_log_key=None)
        case ProcedureAdopted():
            return replace(register, procedures={**register.procedures, act.id: act.sha256})
        case RosterAdopted():
            return replace(register, rosters={**register.rosters, act.name: act.sha256})
        case PresidencyAssigned():
            return replace(register, presidencies={**register.presidencies, (act.body, act.month): act.member})
        case RegisterStated():
            return register
        case AuthorityAdopted():
            adopted = {**register.authorities, act.name: act.sha256}
            return replace(register, authorities=dict(sorted(adopted.items())))
        case AuthorityRetired():
            kept = {name: sha256 for name, sha256 in register.authorities.items() if name != act.name}
            return replace(register, authorities=kept)


def decide_register(register: Register, act: RegisterAct, *, office: str) -> RegisterAct:
    """``act``, if it may be recorded by ``office`` as the register stands.

    Raises:
        Refusal: founded twice or not at all, not the registrar, an unknown or revoked key, the last registrar's key, a
            key that the log had before, a rotation to a key not announced, more keys or authorities than a register
            holds, or an authority to retire that is not adopted.
    """
    if isinstance(act, LedgerFounded):
        if register.founded is not None:
            raise Refusal(None, "the ledger is founded already")
        return act
    if register.founded is None:
        raise Refusal(None, "the ledger is not founded yet")
    if office != REGISTRAR:
        raise Refusal(None, f"only the {REGISTRAR} keeps the register; the office given is {office}")
    match act:
        case KeyEnrolled() if len(register.grants) >= MAX_GRANTS:
            raise Refusal(None, f"the register holds {MAX_GRANTS:,} keys; found a new ledger")
        case LogKeySucceeded() if len(register.log_keys) >= MAX_LOG_KEYS:
            raise Refusal(None, f"the log has had {MAX_LOG_KEYS:,} keys; found a new ledger")
        case KeyEnrolled():
            if act.grant.key in register.revoked:
                raise Refusal(None, f"the key {act.grant.key[:16]} was revoked; enrol a new one")
            if act.replaces is not None and act.replaces not in {grant.key for grant in register.grants}:
                raise Refusal(None, f"the key {act.replaces[:16]}, to be replaced, is not enrolled")
        case KeyRevoked():
            if act.key not in {grant.key for grant in register.grants}:
                raise Refusal(None, f"the key {act.key[:16]} is not enrolled")
            if act.key in register.revoked:
                raise Refusal(None, f"the key {act.key[:16]} is revoked already")
            if not any(g.office == REGISTRAR and g.key != act.key for g in register.in_force()):
                raise Refusal(None, f"that is the last key of the {REGISTRAR}; enrol its successor first")
        case LogKeyAnnounced() | LogKeySucceeded() if act.log_key in register.log_keys:
            raise Refusal(None, "the log has, or had, that key already; make a new one")
        case LogKeySucceeded(cause="rotation") if act.log_key != register.next_log_key:
            raise Refusal(None, "a rotation goes to the key announced for it; announce it first")
        case AuthorityAdopted() if len({*register.authorities, act.name}) > MAX_AUTHORITIES:
            raise Refusal(None, f"{MAX_AUTHORITIES} authorities are adopted; retire one first")
        case AuthorityRetired() if act.name not in register.authorities:
            raise Refusal(None, f"the authority {act.name} is not adopted")
        case _:
            pass
    return act
