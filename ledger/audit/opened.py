"""Opening entries: what of checking an entry needs nothing but its bytes, and costs most.

Whether an envelope is signed by a key is so whoever asks and when, if only the key is known: so signatures can be
checked ahead, many at a time, also in another process. Whether that key had any authority is for
:mod:`.entry_checks` to say.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from ...domain.errors import InblueError
from ..entries.entry import Entry, read_entry
from ..standards.ed25519 import Verify, verify
from ..standards.merkle import leaf_hash


@dataclass(slots=True)
class Opened:
    """An entry's bytes, and what is in them; ``fault`` says why, if nothing is. ``leaf`` is its hash in the log."""

    raw: bytes
    leaf: bytes
    entry: Entry | None = None
    fault: str = ""
    signed_by: bytes | None = None
    """A public key of which it was found that it has signed the envelope."""

    def is_signed_by(self, public: bytes) -> bool:
        """Whether ``public`` is the key that the envelope names and has signed it."""
        return public == self.signed_by or (self.entry is not None and self.entry.envelope.verify(public))


def open_entries(
    raws: Iterable[bytes], publics: Mapping[str, bytes] | None = None, check: Verify = verify
) -> list[Opened]:
    """Open entries, and check the signatures of those whose key ``publics`` has, by its id.

    First all are read, then all signatures checked: in turns both take a third longer, as each drives the other out of
    the processor's caches.
    """
    opened = [_open(raw) for raw in raws]
    for each in opened:
        public = publics.get(each.entry.key) if publics and each.entry else None
        if public is not None and each.entry is not None and each.entry.envelope.verify(public, check):
            each.signed_by = public
    return opened


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Look for garbage in cycles rarely: what is read and folded holds none, and looking took a tenth of the time."""
    before = gc.get_threshold()
    if before[0]:  # 0 says that the caller wants none at all
        gc.set_threshold(max(before[0], 50_000), 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _open(raw: bytes) -> Opened:
    leaf = leaf_hash(raw)
    try:
        return Opened(raw, leaf, read_entry(raw))
    except InblueError as error:
        return Opened(raw, leaf, fault=str(error))
