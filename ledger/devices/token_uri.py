"""The name of a key on a token: a PKCS#11 URI (RFC 7512), restricted to the attributes that find one key.

It may appear on a command line and in a file of the key folder, so it never holds a PIN: ``pin-value`` is refused, and
no error quotes a URI that could hold one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from ...domain.errors import Malformed

SCHEME = "pkcs11:"
MAX_URI_BYTES = 2_048

_TEXTS = {"token": "token", "manufacturer": "manufacturer", "model": "model", "serial": "serial", "object": "label"}
_PATH = re.compile(r"(?:[A-Za-z0-9._~:\[\]@!$'()*+,=&-]|%[0-9A-Fa-f]{2})*")
_QUERY = re.compile(r"(?:[A-Za-z0-9._~:\[\]@!$'()*+,=/?|-]|%[0-9A-Fa-f]{2})*")


class TokenUri(NamedTuple):
    """The token, the key on it, the module that talks to it, and the file with its PIN. None means any."""

    token: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    slot: int | None = None
    label: str | None = None
    id: bytes | None = None
    module: Path | None = None
    pin_file: Path | None = None

    @property
    def whose(self) -> str:
        """The token, for people."""
        named = self.token or self.serial or (f"in slot {self.slot}" if self.slot is not None else None)
        return f"the token {named}" if named else "the token"


def read_token_uri(text: str) -> TokenUri:
    """Read a PKCS#11 URI.

    Raises:
        Malformed: not a PKCS#11 URI, or it names no key, holds a PIN, or has an unknown or repeated attribute.
    """
    if not text.startswith(SCHEME) or len(text) > MAX_URI_BYTES:
        raise Malformed("not a PKCS#11 URI such as pkcs11:token=council;object=registrar")
    path, _, query = text.removeprefix(SCHEME).partition("?")
    given: dict[str, bytes] = {}
    for written, separator, fits in ((path, ";", _PATH), (query, "&", _QUERY)):
        for each in written.split(separator) if written else ():
            _take(each, fits, given)
    if not {"object", "id"} & given.keys():
        raise Malformed("the PKCS#11 URI names no key: give object=NAME or id=%01")
    if given.pop("type", b"private") != b"private":
        raise Malformed("the PKCS#11 URI asks for another type than private")
    return TokenUri(
        **{field: _text(name, given[name]) for name, field in _TEXTS.items() if name in given},
        slot=_number(given.get("slot-id")),
        id=given.get("id"),
        module=_place("module-path", given.get("module-path")),
        pin_file=_place("pin-source", given.get("pin-source", b"").removeprefix(b"file:") or None),
    )


_KNOWN = frozenset({*_TEXTS, "slot-id", "id", "type", "module-path", "pin-source"})


def _take(written: str, fits: re.Pattern[str], given: dict[str, bytes]) -> None:
    name, _, value = written.partition("=")
    if name == "pin-value":
        raise Malformed(
            "a PIN does not belong in a PKCS#11 URI: leave out pin-value; pin-source=file:PATH names a file"
        )
    if name not in _KNOWN:
        raise Malformed(f"the PKCS#11 URI has the attribute {name[:40]!a}, which is not known here")
    if name in given:
        raise Malformed(f"the PKCS#11 URI has {name} twice")
    if not value or not fits.fullmatch(value):
        raise Malformed(f"the PKCS#11 URI's {name} is empty, or has a character that must be written as %XX")
    given[name] = unquote_to_bytes(value)


def _text(name: str, value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = ""
    if not text.isprintable() or not text:
        raise Malformed(f"the PKCS#11 URI's {name} is not printable text in UTF-8")
    return text


def _number(value: bytes | None) -> int | None:
    if value is None:
        return None
    if not re.fullmatch(rb"[0-9]{1,20}", value):
        raise Malformed("the PKCS#11 URI's slot-id is not a number")
    return int(value)


def _place(name: str, value: bytes | None) -> Path | None:
    if value is None:
        return None
    place = Path(_text(name, value))
    if not place.is_absolute():
        raise Malformed(f"the PKCS#11 URI's {name} is not an absolute path")
    return place
