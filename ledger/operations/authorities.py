"""Timestamp authorities: the register's, which verdicts need, and an operator's, which are asked for tokens.

The operator's configuration is a JSON file, ``inblue-authorities/2``, only for this desk: it may name a command to run,
and is never read from a ledger or bundle. It holds no secrets, only the names of files with them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from ...domain.canonical import Json
from ...domain.errors import Malformed
from ...domain.payload import Line, Model
from ...domain.register_acts import REGISTRAR, AuthorityAdopted, AuthorityRetired
from ..edge.face import face
from ..entries.authorities import AuthorityDocument
from ..entries.files import StoredDocuments
from ..outside import read_outside
from ..standards.timestamp import Authority
from . import http

if TYPE_CHECKING:
    from ..ledger import Ledger
    from ..standards.ed25519 import Signer

_MAX_CONFIGURATION = 1_000_000
_LONGEST_SECRET = 1_000
_OF_AUTHORITIES_2 = ("login", "client", "tls_authorities_file")


class Login(Model):
    """A login by HTTP Basic (RFC 7617); the password is read from a file that only its owner may read."""

    user: Annotated[Line, Field(pattern=r"^[^:]*$")]
    password_file: Line


class Client(Model):
    """A client certificate and its key, both PEM; ``passphrase_file`` if the key is encrypted."""

    certificate_file: Line
    key_file: Line
    passphrase_file: Line | None = None


class Source(Model):
    """Where tokens of an authority come from: an http(s) address, or a command that reads a request and writes a reply.

    For a simulated history, the command gets the instant of its clock in the variable ``INBLUE_SIMULATED_AT``.
    ``tls_authorities_file`` (PEM) replaces the machine's trusted TLS authorities.
    """

    authority: Authority
    url: Annotated[Line, Field(pattern=r"^https?://")] | None = None
    command: tuple[Line, ...] | None = Field(default=None, min_length=1, max_length=100)
    login: Login | None = None
    client: Client | None = None
    tls_authorities_file: Line | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.url is None) == (self.command is None):
            raise Malformed("an authority has either a url or a command")
        if self.url is None and (self.login or self.client or self.tls_authorities_file):
            raise Malformed("a login, a client certificate and authorities for TLS go with a url")
        if self.url is not None:
            http.check_address(self.url, login=self.login is not None)
        return self

    def json_value(self) -> dict[str, Json]:
        """The same as :meth:`.payload.Model.json_value`, without absent fields."""
        return {k: v for k, v in super().json_value().items() if v is not None or k not in _OF_AUTHORITIES_2}


class Sources(Model):
    """The authorities of an operator."""

    format: Literal["inblue-authorities/1", "inblue-authorities/2"] = "inblue-authorities/2"
    sources: tuple[Source, ...] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _of_its_version(self) -> Self:
        if self.format == "inblue-authorities/1":
            for source in self.sources:
                for name in _OF_AUTHORITIES_2:
                    if name in source.model_fields_set:
                        raise Malformed(f"{name}: inblue-authorities/1 has no such field")
        return self


@face
def read_sources(path: Path | str) -> tuple[Source, ...]:
    """Read an operator's configuration; the files that it names are relative to it, or absolute.

    >>> inblue.read_sources("authorities.json")
    Traceback (most recent call last):
    inblue.domain.errors.Malformed: authorities.json: No such file or directory

    Raises:
        Malformed: it cannot be read, or is not one.
    """
    path = Path(path)
    try:
        raw = read_outside(path, _MAX_CONFIGURATION)
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}") from None
    sources = Sources.read(raw, where=str(path), limit=_MAX_CONFIGURATION).sources
    return tuple(_beside(source, path.parent) for source in sources)


def _beside(source: Source, folder: Path) -> Source:
    def placed(model: Model | None) -> Model | None:
        if model is None:
            return None
        files = {k: str(folder / v) for k, v in model if k.endswith("_file") and v is not None}
        return model.model_copy(update=files)

    found = placed(source)
    assert isinstance(found, Source)  # noqa: S101 - a copy of one
    return found.model_copy(update={"login": placed(source.login), "client": placed(source.client)})


def _secret(file: str) -> bytes:
    """The content of a file that only its owner may read, without a final line end."""
    try:
        raw = read_outside(Path(file), _LONGEST_SECRET)
        if os.name == "posix" and Path(file).stat().st_mode & 0o077:
            raise Malformed(f"{file}: others may read it; chmod 600 {file}")
    except OSError as error:
        raise Malformed(f"{file}: {error.strerror}") from None
    secret = raw.removesuffix(b"\n").removesuffix(b"\r")
    if not secret or len(raw) > _LONGEST_SECRET:
        raise Malformed(f"{file}: no secret of 1 to {_LONGEST_SECRET:,} bytes")
    return secret


def access_of(source: Source) -> http.Access:
    """The credentials for the authority's server.

    Raises:
        Malformed: a file that the configuration names is not what it should be, or others may read a secret.
    """
    tls = None
    if source.client is not None or source.tls_authorities_file is not None:
        client, own = source.client, source.tls_authorities_file
        tls = http.client_tls(
            Path(client.certificate_file) if client else None,
            Path(client.key_file) if client else None,
            _secret(client.passphrase_file) if client and client.passphrase_file else None,
            Path(own) if own else None,
        )
    if source.login is None:
        return http.Access(tls=tls)
    return http.Access.of_login(source.login.user, _secret(source.login.password_file), tls)


def adopt_authority(ledger: Ledger, document: AuthorityDocument, *, signer: Signer, office: str = REGISTRAR) -> bool:
    """Store a document and adopt it in the register under its name; return whether it is new.

    Votes opened from now on pin it; open votes keep theirs.

    Raises:
        Refused: not the registrar, or the register is full.
        UnusableError: no space for the document.
    """
    sha256 = ledger.attach(document.raw)
    if ledger.register().authorities.get(document.name) == sha256:
        return False
    ledger.keep_register(AuthorityAdopted(name=document.name, sha256=sha256), signer=signer, office=office)
    return True


def retire_authority(ledger: Ledger, name: str, reason: str, *, signer: Signer, office: str = REGISTRAR) -> None:
    """Retire the authority with that name in the register.

    Raises:
        Refused: not the registrar, or no such authority is adopted.
        Malformed: the name or the reason is not well-formed.
    """
    act = AuthorityRetired.of({"act": "authority_retired", "name": name, "reason": reason}, where="authority")
    ledger.keep_register(act, signer=signer, office=office)


def adopted_authorities(ledger: Ledger) -> list[AuthorityDocument]:
    """The documents of the adopted authorities, in the order of their names.

    Raises:
        NotFound, Broken, Malformed: one is not kept, or differs from the adopted one.
    """
    documents = StoredDocuments(ledger.files)
    return [documents.authority(sha256) for sha256 in ledger.register().authorities.values()]
