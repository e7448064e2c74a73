"""Checks whether an entry may be disowned: only one under a signed head that no key in authority has signed."""

from __future__ import annotations

from ...domain.errors import Refused
from ...domain.register_acts import EntryDisowned
from ..entries.entry import REGISTER_STREAM, StoredEntry, entry_digest
from ..reading import KnownRegister, KnownVotes


def disowning(stream: str, index: int, reason: str, stored: StoredEntry | None) -> EntryDisowned:
    """The act that disowns act ``index`` of ``stream``, which is ``stored``.

    Raises:
        Malformed: the founding, or not a stream of a ledger.
    """
    digest = entry_digest(stored.envelope if stored else b"")
    value = {"act": "entry_disowned", "stream": stream, "index": index, "digest": digest, "reason": reason}
    return EntryDisowned.of(value, where="entry")


def check_disowned(
    act: EntryDisowned, stored: StoredEntry | None, covered: int, register: KnownRegister, votes: KnownVotes
) -> None:
    """Check that ``act`` names an entry, ``stored`` in that place, that may be disowned.

    ``covered`` is the position of the last entry that a signed head covers.

    Raises:
        Refused: no such entry, a different one, a key in authority has signed it, or no signed head covers it.
    """
    where = f"act {act.index} of {act.stream}"
    if stored is None or (stored.originator_version - 1, entry_digest(stored.envelope)) != (act.index, act.digest):
        raise Refused(None, f"{where} is not the entry {act.digest[:16]}")
    if stored.cursor > covered:
        raise Refused(None, f"no signed head covers {where}: inblue mend moves it out")
    of_register = act.stream == REGISTER_STREAM
    if not register.is_refused(act) and (of_register or not votes.is_refused(act, stored)):
        raise Refused(None, f"a key in authority has signed {where}: it cannot be disowned, only corrected or voided")
