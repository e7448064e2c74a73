"""Opens entries: the part of checking an entry that needs only its bytes, and takes the most time.

Whether a key signed an envelope does not depend on context, so signatures can be checked ahead, many at a time, also in
another process. :mod:`.entry_checks` decides whether that key had authority.
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
    """An entry's bytes, and the entry read from them, or a ``fault`` that says why not.

    ``leaf`` is its hash in the log.
    """

    raw: bytes
    leaf: bytes
    entry: Entry | None = None
    fault: str = ""
    signed_by: bytes | None = None
    """A public key that was found to have signed the envelope."""

    def is_signed_by(self, public: bytes) -> bool:
        """Whether ``public`` is the key that the envelope names, and signed it."""
        return public == self.signed_by or (self.entry is not None and self.entry.envelope.verify(public))


def open_entries(
    raws: Iterable[bytes], publics: Mapping[str, bytes] | None = None, check: Verify = verify
) -> list[Opened]:
    """Open entries, and check the signatures of those whose key ``publics`` has, by its id.

    All are read first, then all signatures are checked: alternating takes a third longer, since the two evict each
    other from the processor's caches.
    """
    opened = [_open(raw) for raw in raws]
    for each in opened:
        public = publics.get(each.entry.key) if publics and each.entry else None
        if public is not None and each.entry is not None and each.entry.envelope.verify(public, check):
            each.signed_by = public
    return opened


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Collect cyclic garbage rarely: what is read and folded has no cycles; collecting took 10% of the time."""
    before = gc.get_threshold()
    if before[0]:  # 0 means that the caller has turned it off
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
