"""An entry as it lies in the store: opened, and found to be the one that somebody who may sign it has signed."""

from __future__ import annotations

from collections.abc import Iterable

from ...domain.errors import MalformedError
from ...domain.register_acts import KeyGrant
from ..errors import VerificationError
from .entry import REGISTER_STREAM, Entry, StoredEntry, read_entry


def opened(stored: StoredEntry) -> Entry:
    """The entry in a row.

    Raises:
        VerificationError: there is none in it.
    """
    try:
        return read_entry(stored.envelope)
    except MalformedError as error:
        raise VerificationError(f"{_place(stored)}: it is no entry ({error}); run inblue verify") from None


def check_signed(stored: StoredEntry, entry: Entry, grants: Iterable[KeyGrant]) -> None:
    """Make sure that the entry belongs where its row is, and is signed by the key that it names, one of ``grants``.

    Raises:
        VerificationError: it does not, or is not.
    """
    place = (entry.stream, entry.index + 1, entry.kind)
    if place != (stored.originator_id, stored.originator_version, stored.kind):
        raise VerificationError(f"{_place(stored)}: the entry says it stands elsewhere; run inblue verify")
    if entry.stream == REGISTER_STREAM and entry.register not in {None, entry.index}:
        raise VerificationError(f"{_place(stored)}: it counts the register's entries wrongly; run inblue verify")
    grant = next((grant for grant in grants if grant.key == entry.key), None)
    if grant is None or not entry.envelope.verify(bytes.fromhex(grant.public_key)):
        raise VerificationError(f"{_place(stored)}: its signature does not hold; run inblue verify")


def _place(stored: StoredEntry) -> str:
    return f"{stored.originator_id}, act {stored.originator_version - 1}"
