"""A stored entry: opened, and checked to be signed by a key that may sign it."""

from __future__ import annotations

from collections.abc import Iterable

from ...domain.errors import Malformed
from ...domain.register_acts import KeyGrant
from ..errors import Broken, UnauthorisedError
from ..standards.ed25519 import Verify, verify
from .entry import Entry, StoredEntry, read_entry


def opened(stored: StoredEntry) -> Entry:
    """The entry in a row.

    Raises:
        Broken: no entry is in it.
    """
    try:
        return read_entry(stored.envelope)
    except Malformed as error:
        way_out = "run inblue verify, and inblue mend where no signed head covers it"
        raise Broken(f"{place_of(stored)}: it is not an entry ({error}); {way_out}") from None


WAY_OUT = "inblue mend moves out what no signed head covers, inblue entry disown takes what one does out of effect"
"""How to free a ledger of an entry that no key in authority has signed."""


def check_placed(stored: StoredEntry, entry: Entry) -> None:
    """Make sure that the entry belongs where its row is.

    Raises:
        Broken: it does not.
    """
    place = (entry.stream, entry.index + 1, entry.kind)
    if place != (stored.originator_id, stored.originator_version, stored.kind):
        raise Broken(f"{place_of(stored)}: the entry says that it belongs elsewhere; run inblue verify")


def check_signed(stored: StoredEntry, entry: Entry, grants: Iterable[KeyGrant], check: Verify = verify) -> None:
    """Make sure that the entry is signed by the key that it names, one of ``grants``, using ``check``.

    Raises:
        UnauthorisedError: it is not.
    """
    grant = next((grant for grant in grants if grant.key == entry.key), None)
    if grant is None or not entry.envelope.verify(bytes.fromhex(grant.public_key), check):
        raise UnauthorisedError(f"{place_of(stored)}: its signature does not hold; run inblue verify. {WAY_OUT}")


def place_of(stored: StoredEntry) -> str:
    """The place of an entry, in words."""
    return f"{stored.originator_id}, act {stored.originator_version - 1}"
