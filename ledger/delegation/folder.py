"""The folder of a delegation: its key, its witness, its request, and what it knows of the log once accepted.

::

    delegation.json     inblue-delegation/1: member, office, log, zone, port; after the welcome the log's key too
    lva.request         the request to the registrar
    keys/               the delegation's key, encrypted
    witness/            its witness (docs/formats.md, "A witness's folder")
    trust.json          after the welcome: the log as the delegation knows it, for --trust
    claims.json         after the welcome: the authorities that the registrar names, as claims

The folder is renamed into place when it is complete. ``delegation.json`` is replaced atomically, and last.
"""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field

from ...domain.errors import Refused
from ...domain.instant import Instant
from ...domain.payload import Digest, Line, MemberId, Model, Name, Vkey
from ...domain.zone import zone as zone_of
from .. import durable
from ..errors import UnusableError
from ..evidence.trust import Trust
from ..keystore import KeyStore
from ..outside import read_outside
from ..witness.witness import WitnessState
from .request import MAX_REQUEST_BYTES, Asking, DelegationRequest, read_request
from .welcome import Enrolled, Welcome

DELEGATION, TRUST, CLAIMS = "delegation.json", "trust.json", "claims.json"
WITNESS_KEY = "witness"
PORT = 8420
"""The default address of a delegation's witness."""
_MOST = 20_000


class Known(Model):
    """``delegation.json``."""

    format: Literal["inblue-delegation/1"] = "inblue-delegation/1"
    member: MemberId
    office: Name
    log: Line
    request: Digest
    zone: Line | None = None
    port: Annotated[int, Field(ge=0, le=65_535)] = PORT
    log_key: Vkey | None = None
    founder: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """The public key that founded the ledger; like ``log_key``, null until accepted."""
    enrolled_at: Instant | None = None


class DelegationFolder:
    """A delegation's folder.

    Raises:
        UnusableError, Malformed: there is none, or its delegation.json cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys, self.witness = KeyStore(path / "keys"), path / "witness"
        try:
            raw = read_outside(path / DELEGATION, _MOST)
        except FileNotFoundError:
            raise UnusableError(f"{path}: there is no delegation here; see inblue delegation init") from None
        except OSError as error:
            raise UnusableError(f"{path / DELEGATION}: {error.strerror}") from None
        self.known = Known.read(raw, where=str(path / DELEGATION))

    @property
    def key(self) -> str:
        """The name of its key in its key folder."""
        return self.known.member.lower()

    @property
    def request_file(self) -> Path:
        """The request to the registrar."""
        return self.path / f"{self.key}.request"

    @property
    def trust_file(self) -> Path:
        """What it knows of the log, once accepted."""
        return self.path / TRUST

    def request(self) -> DelegationRequest:
        """The request of this folder.

        Raises:
            UnusableError, Malformed, Broken: it is missing, or another file.
        """
        try:
            raw = read_outside(self.request_file, MAX_REQUEST_BYTES)
        except OSError as error:
            raise UnusableError(f"{self.request_file}: {error.strerror}") from None
        request = read_request(raw, where=str(self.request_file))
        if request.sha256 != self.known.request:
            raise UnusableError(f"{self.request_file}: not the request that this folder was made with")
        return request

    @classmethod
    def create(
        cls,
        path: Path,
        asking: Asking,
        name: str,
        passphrase: bytes,
        now: datetime,
        *,
        zone: str | None = None,
        port: int = PORT,
    ) -> Self:
        """Make the folder, with both keys under one passphrase; all of it, or none.

        Raises:
            Refused: ``path`` exists.
            Malformed: a name, an office or a zone is not well-formed, or the passphrase is too short.
            UnusableError: it cannot be written.
        """
        if path.exists():
            raise Refused(None, f"{path}: something is there already; nothing was changed")
        if zone is not None:
            zone_of(zone)
        building = durable.partial_name(path.absolute())
        key = asking.member.lower()
        try:
            building.mkdir(mode=0o700)
            own = KeyStore(building / "keys").new(key, passphrase)
            WitnessState.create(building / "witness", name, ())
            witness = KeyStore(building / "witness" / "keys").new(WITNESS_KEY, passphrase)
            request = asking.request(own, name, witness, now)
            durable.create(building / f"{key}.request", request.canonical() + b"\n")
            known = Known(
                member=asking.member,
                office=asking.office,
                log=asking.log,
                request=request.sha256,
                zone=zone,
                port=port,
            )
            durable.create(building / DELEGATION, known.canonical() + b"\n", mode=durable.PRIVATE)
            os.rename(building, path)  # noqa: PTH104 - Path.rename would do the same
            durable.sync_folder(path.absolute().parent)
        except OSError as error:
            raise UnusableError(f"{path}: {error.strerror}") from None
        finally:
            shutil.rmtree(building, ignore_errors=True)
        return cls(path)

    def accept(self, welcome: Welcome, enrolled: Enrolled) -> None:
        """Store what a checked welcome shows: trust file, claims, the log that the witness watches.

        Repeating it changes nothing.

        Raises:
            Refused: this folder knows the log by another key.
            UnusableError: it cannot be written; repeating it continues where it stopped.
        """
        if self.known.log_key not in {None, welcome.log_key}:
            raise Refused(
                None,
                "this folder knows the log by another key. Ask the registrar why; a witness follows a rotation by "
                "itself, and inblue witness watch tells it of another key",
            )
        trust = enrolled.trust(welcome)
        claims = trust.json_value() | {"authorities": [each.json_value() for each in welcome.authorities]}
        known = self.known.model_copy(
            update={
                "log_key": welcome.log_key,
                "founder": enrolled.founder_public_key,
                "enrolled_at": enrolled.recorded_at,
            }
        )
        try:
            durable.replace(self.trust_file, trust.canonical() + b"\n")
            durable.replace(self.path / CLAIMS, Trust.of(claims, where=CLAIMS).canonical() + b"\n")
            WitnessState(self.witness).watch(welcome.log_key)
            durable.replace(self.path / DELEGATION, known.canonical() + b"\n", mode=durable.PRIVATE)
        except OSError as error:
            raise UnusableError(f"{self.path}: {error.strerror}") from None
        self.known = known


def delegation_at(start: Path) -> DelegationFolder | None:
    """The delegation of the folder ``start``, or of one above it; one that belongs to another user is skipped.

    Raises:
        Malformed, UnusableError: its delegation.json cannot be read.
    """
    for folder in (start, *start.parents):
        try:
            owner = (folder / DELEGATION).stat().st_uid
        except OSError:
            continue
        if owner == os.getuid():
            return DelegationFolder(folder)
    return None
