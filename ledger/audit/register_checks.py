"""Checks 4, 5, 7, 8 and 9 for the register's acts, and the register and the log's keys after each."""

from __future__ import annotations

from ...domain.errors import InblueError, Malformed
from ...domain.register import Register, check_register, evolve_register, passed_over
from ...domain.register_acts import (
    AuthorityAdopted,
    KeyEnrolled,
    LedgerFounded,
    LogKeyAnnounced,
    LogKeySucceeded,
    ProcedureAdopted,
    RegisterAct,
    RegisterStated,
    RosterAdopted,
)
from ..entries.enrolment import KeysApart, check_grant
from ..entries.entry import REGISTER_STREAM, Entry
from ..log.key_terms import LogKeys
from ..standards.checkpoint import Checkpoint
from .checked_tree import Roots
from .checks import AUTHORITY, LOG, PINS, PLACE
from .kept_files import KeptFiles
from .pinned_authorities import check_adopted
from .result import Result


class RegisterChecks:
    """The register's acts in the order of the log. ``state`` is the register after the last one.

    ``log_keys`` are the terms of the log's keys; ``publics`` all public keys ever enrolled, by id. ``adopted`` are the
    names of all authorities ever adopted, by the digest of their documents; ``procedures`` the digests of all
    procedures ever adopted. ``handovers`` are checkpoints from before the shown part of the log, by the entry that
    carries them; the caller must show that they are earlier states of the log. ``last`` is the index of the last entry
    of the register, ``stated`` the last one that says how many acts votes have, with its index.
    """

    def __init__(self, result: Result, roots: Roots, files: KeptFiles) -> None:
        self.state = Register()
        self.log_keys = LogKeys()
        self.publics: dict[str, bytes] = {}
        self.handovers: list[tuple[int, Checkpoint]] = []
        self.last = -1
        self.stated: tuple[int, RegisterStated] | None = None
        self.adopted: dict[str, str] = {}
        self.procedures: set[str] = set()
        self._apart = KeysApart()
        self._result = result
        self._roots = roots
        self._files = files

    def check(self, index: int, entry: Entry, act: RegisterAct, *, verified: bool = False) -> None:
        """Check the act in the entry at ``index``. If an earlier audit ``verified`` it, nothing is looked up."""
        if entry.stream != REGISTER_STREAM:
            self._result.problem(PLACE, index, f"{entry.kind} does not belong in {entry.stream}")
            return
        try:
            check_register(self.state, act, office=entry.office)
            if isinstance(act, LedgerFounded):
                check_grant(act.registrar, where="the id of the key")
                self.log_keys.found(act, index)
            if isinstance(act, LogKeyAnnounced):
                self.log_keys.announce(act, index)
            if isinstance(act, KeyEnrolled):
                check_grant(act.grant, where="the id of the key")
            self._apart.take(act)
        except InblueError as refusal:
            self._result.problem(AUTHORITY, index, str(refusal))
        if isinstance(act, LogKeySucceeded):
            self._succeeded(index, act, verified=verified)
        if isinstance(act, (ProcedureAdopted, RosterAdopted)) and not verified:
            self._files.named(index, act.sha256)
        key = entry.idempotency_key
        if key is not None and key in self.state.keys:
            what = f"has the idempotency key {key}, as act {self.state.keys[key]} of {entry.stream} has"
            self._result.problem(PLACE, index, what)
        self.last = index
        if isinstance(act, RegisterStated):
            self.stated = (index, act)
        if isinstance(act, AuthorityAdopted):
            self._adopted(index, act, verified=verified)
        if isinstance(act, ProcedureAdopted):
            self.procedures.add(act.sha256)
        self.state = evolve_register(self.state, act, key)
        if isinstance(act, LedgerFounded):
            self.publics.clear()
        if isinstance(act, (LedgerFounded, KeyEnrolled)):
            grant = self.state.grants[-1]
            self.publics.setdefault(grant.key, bytes.fromhex(grant.public_key))

    def pass_over(self, index: int) -> None:
        """Note that the entry at ``index`` keeps its place in the register but has no effect."""
        self.last = index
        self.state = passed_over(self.state)

    def _adopted(self, index: int, act: AuthorityAdopted, *, verified: bool) -> None:
        self.adopted[act.sha256] = act.name
        if verified:
            return
        content = self._files.content(index, act.sha256)
        try:
            if content is not None:
                check_adopted(act, content)
        except Malformed as error:
            self._result.problem(PINS, index, str(error))

    def _succeeded(self, index: int, act: LogKeySucceeded, *, verified: bool) -> None:
        try:
            handover = self.log_keys.succeed(act, index)
        except InblueError as error:
            self._result.problem(LOG, index, f"what the key before handed over does not hold: {error}")
            return
        if verified:
            return
        held = self._roots.root_at(handover.size)
        if held is None:
            self.handovers.append((index, handover))
        elif held != handover.root:
            what = f"the first {handover.size} entries are not those that the key before signed"
            self._result.problem(LOG, index, what)
