"""Where a ledger is: an SQLite file, or a schema of a PostgreSQL database, named by a libpq connection URI.

    postgresql://[user[:password]@][host[:port]][/database][?parameter=value[&...]]

is libpq's format (PostgreSQL manual, 34.1.1.2), passed on to libpq unparsed; ``schema`` is our own parameter, the
schema that only this ledger uses (default ``inblue``), so one database can hold one ledger per schema. Messages and
file names show only the location in an address, never passwords.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import quote, unquote

from ...domain.errors import Malformed
from ..edge.face import face

DEFAULT_SCHEMA = "inblue"

_SCHEMES = ("postgresql://", "postgres://")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_REST = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^/?@:,]*)(?::([0-9]*))?((?:,[^/?@]*)?)(?:/([^/?@]*))?(?:\?(.*))?")
_SHOWN = ("host", "hostaddr", "port", "dbname", "service", "user")
_SECRET = ("password", "sslpassword", "oauth_client_secret")
_UNREADABLE = (
    "the address behind postgresql:// cannot be read; within a name or a password "
    "write %40 for @, %2F for /, %3A for : and %3F for ?"
)


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """A ledger in a PostgreSQL database. ``str()`` of it holds no password; ``uri``, for libpq, may."""

    uri: str = field(repr=False)
    schema: str
    label: str
    host: str
    port: str
    database: str
    secrets: tuple[str, ...] = field(repr=False)

    def __str__(self) -> str:
        return self.label

    def redact(self, text: str) -> str:
        """``text`` without the address's passwords."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


Address: TypeAlias = Path | PostgresAddress


def address_of(given: Address | str) -> Address:
    """The address itself, or the one in a text; raises Malformed like :func:`read_address`."""
    return read_address(given) if isinstance(given, str) else given


@face
def read_address(text: str) -> Address:
    """The address in ``text``.

    >>> inblue.read_address("council.db").name
    'council.db'

    Raises:
        Malformed: an address of another kind, or one that cannot be read. No message quotes it.
    """
    scheme = next((scheme for scheme in _SCHEMES if text.startswith(scheme)), None)
    if scheme is None:
        if "://" in text:
            raise Malformed(
                f"{text.partition('://')[0][:20]}:// names no ledger; name an SQLite file, or postgresql://..."
            )
        return Path(text)
    return _postgres(scheme, text.removeprefix(scheme))


def beside(address: Address, what: Literal["keys", "files", "inbox", "mended"]) -> Path:
    """The default folder that goes with a ledger.

    ``FILE.keys`` and ``FILE.files`` beside an SQLite file; for a database, a folder in the user's configuration folder
    (``XDG_CONFIG_HOME``, or ``~/.config``), by host, database and schema, whatever the database user.
    """
    if isinstance(address, Path):
        return Path(f"{address}.{what}")
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    host = address.host or "local"
    server = host if address.port in {"", "5432"} else f"{host},{address.port}"
    return home / "inblue" / "postgresql" / _part(server) / _part(address.database) / f"{address.schema}.{what}"


def _postgres(scheme: str, rest: str) -> PostgresAddress:
    """Split the address where libpq does (fe-connect.c, conninfo_uri_parse_options)."""
    user = password = ""
    if (mark := re.search("[@/]", rest)) and mark[0] == "@":
        userinfo, rest = rest[: mark.start()], rest[mark.end() :]
        user, _, password = userinfo.partition(":")
    found = _REST.fullmatch(rest)
    if found is None:
        raise Malformed(_UNREADABLE)
    host, port, more, database, query = (part or "" for part in found.groups())
    given = [tuple(pair.split("=", 1)) for pair in query.split("&") if query]
    if any(len(pair) != 2 for pair in given):
        raise Malformed("the address's parameters are written name=value, with & between them")
    parameters = {name: _decoded(value) for name, value in given}
    schema = parameters.pop("schema", DEFAULT_SCHEMA)
    if not _SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
        raise Malformed(f"schema: {schema[:80]!a} cannot be one of ours; use a-z, 0-9 and _, at most 63, not pg_...")
    place = {"host": _decoded(host + more), "port": port, "dbname": _decoded(database), **parameters}
    if not place["dbname"] and not parameters.get("service"):
        raise Malformed("the address names no database: postgresql://HOST/DATABASE")
    kept = "&".join("=".join(pair) for pair in given if pair[0] != "schema")
    credentials = f"{user}:{password}@" if password else f"{user}@" if user else ""
    base = f"{host}{':' + port if port else ''}{more}{'/' + database if database else ''}"
    shown = "&".join("=".join(pair) for pair in given if pair[0] in _SHOWN or pair[0] == "schema")
    secrets = [password, *(value for name, value in given if name in _SECRET)]
    return PostgresAddress(
        uri=f"{scheme}{credentials}{base}{'?' + kept if kept else ''}",
        schema=schema,
        label=f"postgresql://{user + '@' if user else ''}{base}{'?' + shown if shown else ''}",
        host=place["host"] or parameters.get("hostaddr") or parameters.get("service", ""),
        port=place["port"],
        database=place["dbname"] or parameters.get("service", ""),
        secrets=tuple({form for secret in secrets if secret for form in (secret, _decoded(secret))}),
    )


def _decoded(value: str) -> str:
    if re.search("%(?![0-9A-Fa-f]{2})", value):
        raise Malformed(_UNREADABLE)
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise Malformed(_UNREADABLE) from None


def _part(name: str) -> str:
    """A name as one path component, whatever is in it."""
    return quote(name, safe="").replace(".", "%2E") if set(name) <= {"."} else quote(name, safe=",")
