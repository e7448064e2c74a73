"""The register: who may act. Keys and the offices they act for, rosters, the presidency by month, procedures by digest,
and the timestamp authorities that votes are opened under.

It is a stream of acts like a vote, one per ledger. Whether a key holds an office depends on the instant of the act and
on its place in the log: a key counts only after the entry that enrols it and before the entry that revokes it.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .errors import Refused
from .instant import format_instant
from .lasting import NOTHING, Row, Table
from .messages import INTAKE
from .procedure import Procedure
from .register_acts import (
    MAX_AUTHORITIES,
    MAX_CLOCKS_DISOWNED,
    MAX_GRANTS,
    MAX_LOG_KEYS,
    PERMANENT_REPRESENTATIVE,
    REGISTRAR,
    AuthorityAdopted,
    AuthorityRetired,
    ClockDisowned,
    EntryDisowned,
    KeyEnrolled,
    KeyGrant,
    KeyRevoked,
    LedgerFounded,
    LogKeyAnnounced,
    LogKeySucceeded,
    PresidencyAssigned,
    ProcedureAdopted,
    RegisterAct,
    RegisterStated,
    RosterAdopted,
)
from .zone import zone


class Reassigned(NamedTuple):
    """A month that was reassigned: ``before`` was to preside; the new assignment, and why."""

    before: str
    act: PresidencyAssigned


@dataclass(frozen=True, slots=True)
class Register:
    """The register after some number of acts. ``revoked`` keys are kept, so that history can be read."""

    founded: LedgerFounded | None = None
    grants: Row[KeyGrant] = NOTHING
    by_key: Table[str, Row[KeyGrant]] = field(default_factory=Table)
    """The grants of each key."""
    revoked: Table[str, KeyRevoked] = field(default_factory=Table)
    procedures: Table[str, str] = field(default_factory=Table)
    rosters: Table[str, str] = field(default_factory=Table)
    presidencies: Table[tuple[str, str], str] = field(default_factory=Table)
    reassigned: Row[Reassigned] = NOTHING
    """The assignments of months that were assigned to another member before, in order."""
    authorities: dict[str, str] = field(default_factory=dict)
    """The adopted timestamp authorities: digest of the document by name, in the order of the names."""
    log_keys: tuple[str, ...] = ()
    """Every key the log has had, as vkeys in order; the last one signs."""
    next_log_key: str | None = None
    """The announced next one."""
    disowned: Table[str, EntryDisowned] = field(default_factory=Table)
    """The entries that no key in authority has signed and that the registrar has disowned, by digest."""
    clocks_disowned: tuple[ClockDisowned, ...] = ()
    """The times of entries that are not used as bounds, since the clock that gave them was wrong."""
    version: int = 0
    """How many acts it has, disowned ones included."""
    keys: Table[str, int] = field(default_factory=Table)
    """The number of the act with each idempotency key; the first, if two have the same."""

    def in_force(self) -> tuple[KeyGrant, ...]:
        """Every grant that is not revoked, in order of enrolment."""
        return tuple(grant for grant in self.grants if grant.key not in self.revoked)

    def authority(self, key: str, office: str, at: datetime, *, member: str | None = None) -> KeyGrant:
        """The grant by which ``key`` acts for ``office`` at ``at``, and for ``member`` if it is a member's act.

        Raises:
            Refused: the key is unknown, revoked, not valid at that time, or does not hold the office for that member.
        """
        if key not in self.revoked:
            for grant in reversed(self.by_key.get(key, ())):
                if grant.office == office and grant.covers(at) and grant.acts_for(member):
                    return grant
        known = self.by_key.get(key, NOTHING)
        short = key[:16]
        if not known:
            raise Refused(None, f"the key {short} is not enrolled")
        if key in self.revoked:
            raise Refused(None, f"the key {short} is revoked: {self.revoked[key].reason}")
        held = [grant for grant in known if grant.office == office]
        if not held:
            raise Refused(None, f"the key {short} does not hold the office {office}; it holds {known[-1].office}")
        if not any(grant.acts_for(member) for grant in held):
            raise Refused(None, f"the key {short} acts for {held[-1].member}, not for {member}")
        raise Refused(None, f"the key {short} does not hold the office {office} at {format_instant(at)}")

    def offices_of(self, key: str) -> tuple[str, ...]:
        """The offices that an unrevoked key was enrolled for."""
        return tuple(dict.fromkeys(grant.office for grant in self.by_key.get(key, NOTHING) if key not in self.revoked))

    def president(self, procedure: Procedure, at: datetime) -> str | None:
        """The member that presides over the procedure's body at ``at``, if the register says."""
        return self.presidencies.get((procedure.body, month_of(at, zone(procedure.zone))))

    def presidencies_from(self, procedure: Procedure, at: datetime) -> dict[str, str]:
        """Who presides over the procedure's body in each assigned month, from the month of ``at`` on."""
        first = month_of(at, zone(procedure.zone))
        months = sorted(self.presidencies.items())
        return {month: member for (body, month), member in months if body == procedure.body and month >= first}


def month_of(at: datetime, where: ZoneInfo) -> str:
    """The calendar month of ``at`` in the local time of a zone, as ``YYYY-MM``."""
    local = at.astimezone(where)
    return f"{local.year:04}-{local.month:02}"


def evolve_register(register: Register, act: RegisterAct, idempotency_key: str | None = None) -> Register:
    """The register after ``act``, which was recorded with that idempotency key, if any."""
    keys = register.keys
    if idempotency_key is not None:
        keys = keys if idempotency_key in keys else keys.plus(idempotency_key, register.version)
    return replace(_after(register, act), version=register.version + 1, keys=keys)


def passed_over(register: Register) -> Register:
    """The register after an act that has no effect, since no key in authority has signed it."""
    return replace(register, version=register.version + 1)


def _enrolled(register: Register, grant: KeyGrant) -> Register:
    by_key = register.by_key.plus(grant.key, register.by_key.get(grant.key, NOTHING).plus(grant))
    return replace(register, grants=register.grants.plus(grant), by_key=by_key)


def _after(register: Register, act: RegisterAct) -> Register:
    match act:
        case LedgerFounded():
            return replace(_enrolled(Register(), act.registrar), founded=act, log_keys=(act.log_key,))
        case KeyEnrolled():
            return _enrolled(register, act.grant)
        case KeyRevoked():
            return replace(register, revoked=register.revoked.plus(act.key, act))
        case LogKeyAnnounced():
            return replace(register, next_log_key=act.log_key)
        case LogKeySucceeded():
            return replace(register, log_keys=(*register.log_keys, act.log_key), next_log_key=None)
        case ProcedureAdopted():
            return replace(register, procedures=register.procedures.plus(act.id, act.sha256))
        case RosterAdopted():
            return replace(register, rosters=register.rosters.plus(act.name, act.sha256))
        case PresidencyAssigned():
            before = register.presidencies.get((act.body, act.month), act.member)
            moved = register.reassigned
            if before != act.member:
                moved = moved.plus(Reassigned(before, act))
            assigned = register.presidencies.plus((act.body, act.month), act.member)
            return replace(register, presidencies=assigned, reassigned=moved)
        case RegisterStated():
            return register
        case AuthorityAdopted():
            adopted = {**register.authorities, act.name: act.sha256}
            return replace(register, authorities=dict(sorted(adopted.items())))
        case EntryDisowned():
            return replace(register, disowned=register.disowned.plus(act.digest, act))
        case ClockDisowned():
            return replace(register, clocks_disowned=(*register.clocks_disowned, act))
        case AuthorityRetired():
            kept = {name: sha256 for name, sha256 in register.authorities.items() if name != act.name}
            return replace(register, authorities=kept)


def check_reassigned(register: Register, act: RegisterAct) -> None:
    """Check that a reassignment of a month gives a reason. Recorded ones without a reason are still read.

    Raises:
        Refused: no reason is given, or the month is that member's already.
    """
    if not isinstance(act, PresidencyAssigned):
        return
    before = register.presidencies.get((act.body, act.month))
    if before == act.member:
        raise Refused(None, f"{act.member} is assigned to {act.month} already")
    if before is not None and act.reason is None:
        raise Refused(None, f"{before} is assigned to {act.month} already; give a reason to assign {act.member} to it")


def decide_register(register: Register, act: RegisterAct, *, office: str) -> RegisterAct:
    """``act``, if ``office`` may record it in the current register.

    Raises:
        Refused: as :func:`check_register`.
        Malformed: it has a name that people may mistake for another.
    """
    act.check_names()
    check_register(register, act, office=office)
    if isinstance(act, KeyEnrolled):
        _check_useful(register, act.grant)
    return act


def _check_useful(register: Register, grant: KeyGrant) -> None:
    """Refuse an enrolment without effect: a delegation's key for no member, or a grant that the key has already."""
    if grant.office == PERMANENT_REPRESENTATIVE and grant.member is None:
        raise Refused(None, f"a key of the office {grant.office} acts for a member: give the member too")
    if any(each.model_copy(update={"holder": grant.holder}) == grant for each in register.in_force()):
        raise Refused(None, f"the key {grant.key[:16]} is enrolled for that already")


def check_register(register: Register, act: RegisterAct, *, office: str) -> None:
    """Check the rules of the register. Acts on record are checked too; they may hold any name.

    Raises:
        Refused: founded twice or not at all, not the registrar, an unknown or revoked key, a key of another member, the
        last registrar's key, a key that the log had before, a rotation to a key not announced, too many keys or
        authorities, an authority to retire that is not adopted, or something disowned already.
    """
    if isinstance(act, LedgerFounded):
        if register.founded is not None:
            raise Refused(None, "the ledger is founded already")
        return
    if register.founded is None:
        raise Refused(None, "the ledger is not founded yet")
    if office != REGISTRAR:
        raise Refused(None, f"only the {REGISTRAR} keeps the register; the office given is {office}")
    match act:
        case KeyEnrolled() if len(register.grants) >= MAX_GRANTS:
            raise Refused(None, f"the register holds {MAX_GRANTS:,} keys; found a new ledger")
        case LogKeySucceeded() if len(register.log_keys) >= MAX_LOG_KEYS:
            raise Refused(None, f"the log has had {MAX_LOG_KEYS:,} keys; found a new ledger")
        case KeyEnrolled():
            if act.grant.key in register.revoked:
                raise Refused(None, f"the key {act.grant.key[:16]} was revoked; enrol a new one")
            if (owner := _other_owner(register, act.grant)) is not None:
                raise Refused(None, f"the key {act.grant.key[:16]} is one of {owner}; make another")
            _check_one_purpose(register, act.grant)
            if act.replaces is not None and act.replaces not in register.by_key:
                raise Refused(None, f"the key {act.replaces[:16]}, to be replaced, is not enrolled")
        case KeyRevoked():
            if act.key not in register.by_key:
                raise Refused(None, f"the key {act.key[:16]} is not enrolled")
            if act.key in register.revoked:
                raise Refused(None, f"the key {act.key[:16]} is revoked already")
            if not any(
                g.office == REGISTRAR and g.key != act.key and g.key not in register.revoked for g in register.grants
            ):
                raise Refused(None, f"that is the last key of the {REGISTRAR}; enrol its successor first")
        case LogKeyAnnounced() | LogKeySucceeded() if act.log_key in register.log_keys:
            raise Refused(None, "the log has, or had, that key already; make a new one")
        case LogKeySucceeded(cause="rotation") if act.log_key != register.next_log_key:
            raise Refused(None, "a rotation goes to the key announced for it; announce it first")
        case AuthorityAdopted() if len({*register.authorities, act.name}) > MAX_AUTHORITIES:
            raise Refused(None, f"{MAX_AUTHORITIES} authorities are adopted; retire one first")
        case AuthorityRetired() if act.name not in register.authorities:
            raise Refused(None, f"the authority {act.name} is not adopted")
        case ClockDisowned() if len(register.clocks_disowned) >= MAX_CLOCKS_DISOWNED:
            raise Refused(None, f"{MAX_CLOCKS_DISOWNED:,} hours are disowned; found a new ledger")
        case ClockDisowned() if any(same_entry(each, act) for each in register.clocks_disowned):
            raise Refused(None, f"the hour of act {act.index} of {act.stream} is disowned already")
        case EntryDisowned() if act.digest in register.disowned:
            raise Refused(None, f"act {act.index} of {act.stream} is disowned already")
        case _:
            pass


def _check_one_purpose(register: Register, grant: KeyGrant) -> None:
    """Check that a key records messages, for no member, or does anything else, but never both.

    Raises:
        Refused: it would do both, or for a member.
    """
    if grant.office == INTAKE and grant.member is not None:
        raise Refused(None, f"the office {INTAKE} acts for no member")
    held = {each.office for each in register.by_key.get(grant.key, ())}
    if held and (grant.office == INTAKE) != (INTAKE in held):
        raise Refused(None, f"a key of the office {INTAKE} has no other office; make another key")


def same_entry(one: ClockDisowned, other: ClockDisowned) -> bool:
    """Whether both are about the time of the same entry."""
    return (one.stream, one.index) == (other.stream, other.index)


def _other_owner(register: Register, grant: KeyGrant) -> str | None:
    """A member other than that of ``grant`` for which its key was enrolled."""
    same = (each.member for each in register.by_key.get(grant.key, ()))
    return next((member for member in same if grant.member and member and member != grant.member), None)
