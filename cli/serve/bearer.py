"""Access to open votes by a token, which is in a file: never in an argument, an address or a log."""

from __future__ import annotations

import hmac
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...domain.errors import Malformed, Refused
from ...ledger.outside import read_outside
from .answers import UnknownError

LEAST = 32
_MOST = 1_000


class Bearer:
    """Checks whether a request has the token (RFC 6750). The token is never shown."""

    def __init__(self, token: bytes) -> None:
        self._token = token

    @classmethod
    def read(cls, path: Path) -> Bearer:
        """The token in the first line of a file that only its owner can read.

        Raises:
            Refused: others can read it.
            Malformed: it is too short, or has other characters than a token may.
        """
        try:
            mode = path.stat().st_mode
            raw = read_outside(path, _MOST)
        except OSError as error:
            raise Malformed(f"{path}: {error.strerror}") from None
        if stat.S_IMODE(mode) & 0o077:
            raise Refused(None, f"{path}: users other than its owner may read it; chmod 600 it, and make a new token")
        token = raw.split(b"\n", 1)[0].strip()
        if len(token) < LEAST or not all(0x21 <= each <= 0x7E for each in token):
            raise Malformed(
                f"{path}: a token has {LEAST} printable characters or more, such as openssl rand -hex 32 gives"
            )
        return cls(token)

    def __call__(self, scope: Mapping[str, Any], /) -> bool:
        """Whether a request may see open votes: not without a token.

        Raises:
            UnknownError: it has something other than the token.
        """
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if not given:
            return False
        kind, _, token = given[0].partition(b" ")
        if len(given) == 1 and kind.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._token):
            return True
        raise UnknownError(None, "this is not the token that shows open votes")

    def __repr__(self) -> str:
        return "Bearer()"
