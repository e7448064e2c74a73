"""Which keys a register may accept: used by the recorder before it signs, and by the audit afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...domain.errors import Malformed, Refused
from ...domain.messages import INTAKE
from ...domain.register import Register
from ...domain.register_acts import (
    REGISTRAR,
    KeyEnrolled,
    KeyGrant,
    LedgerFounded,
    LogKeyAnnounced,
    LogKeySucceeded,
    RegisterAct,
)
from ..standards.cosignature import log_key
from ..standards.ed25519 import check_public_key, key_id
from ..standards.note import Verifier
from .entry import Entry


def check_keeper(register: Register, entry: Entry) -> None:
    """Check that the key that ``entry`` names could record in the register, given the ``register`` of that time.

    Readers and later recorders use it, as an audit does.

    Raises:
        Refused: it did not hold the registrar's office then.
    """
    if register.founded is None:  # the founding, which names its own key
        return
    register.authority(entry.key, entry.office, entry.recorded_at)
    if entry.office != REGISTRAR:
        raise Refused(None, f"only the {REGISTRAR} keeps the register; the office given is {entry.office}")


def check_intake(register: Register, entry: Entry) -> None:
    """Check that the key that ``entry`` names could record messages, given the register of that time.

    Raises:
        Refused: it did not hold the office of intake then.
    """
    register.authority(entry.key, entry.office, entry.recorded_at)
    if entry.office != INTAKE:
        raise Refused(None, f"only the office {INTAKE} puts messages on record; the office given is {entry.office}")


def check_grant(grant: KeyGrant, *, where: str) -> None:
    """Make sure that a grant's key may be enrolled. The message about its id begins with ``where``.

    Raises:
        Malformed: a weak public key, or an id that is not this key's.
    """
    check_public_key(bytes.fromhex(grant.public_key))
    check_id(grant, where=where)


def check_id(grant: KeyGrant, *, where: str) -> None:
    """Make sure that a grant's id is that of its key, like :func:`check_grant`, without checking the key itself.

    Raises:
        Malformed: it is another key's.
    """
    if key_id(bytes.fromhex(grant.public_key)) != grant.key:
        raise Malformed(f"{where} is not that of the public key")


def check_apart(officers: Sequence[str], vkeys: Iterable[str], *, origin: str) -> None:
    """Make sure that no officer's public key (hex digits) is the log's, and that ``vkeys`` have the log's name.

    Raises:
        Malformed: one is both, or a vkey has another name than ``origin``.
    """
    for vkey in vkeys:
        key = log_key(vkey)
        if key.name != origin:
            raise Malformed("log key: its name is not the log's")
        if isinstance(key, Verifier) and key.public.hex() in officers:
            raise Malformed("the log's key signs checkpoints only and acts for nobody; make another")


class KeysApart:
    """Collects the keys of a log, those announced for it, and those of officers and members: none may be both."""

    def __init__(self) -> None:
        self._logs: set[str] = set()
        self._officers: set[str] = set()

    def take(self, act: RegisterAct) -> None:
        """Add the keys in an act of the register.

        Raises:
            Malformed: as :meth:`log` and :meth:`officer`.
        """
        if isinstance(act, (LedgerFounded, LogKeyAnnounced, LogKeySucceeded)):
            self.log(act.log_key)
        if isinstance(act, LedgerFounded):
            self.officer(act.registrar)
        elif isinstance(act, KeyEnrolled):
            self.officer(act.grant)

    def log(self, vkey: str) -> None:
        """Add a key that signs the log, or will.

        Raises:
            Malformed: it is not a key of a log, or acts for somebody.
        """
        key = log_key(vkey)
        if not isinstance(key, Verifier):
            return  # of another type than officers' keys
        self._logs.add(key.public.hex())
        self._check(key.public.hex())

    def officer(self, grant: KeyGrant) -> None:
        """Add a key that acts for somebody.

        Raises:
            Malformed: it is the log's, or will be.
        """
        self._officers.add(grant.public_key)
        self._check(grant.public_key)

    def _check(self, public: str) -> None:
        if public in self._logs and public in self._officers:
            number = key_id(bytes.fromhex(public))[:16]
            raise Malformed(f"the key {number} is the log's, which signs checkpoints only and acts for nobody")
