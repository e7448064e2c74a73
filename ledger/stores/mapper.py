"""Maps between the ledger's entries and eventsourcing's rows, with unchanged bytes.

The library's own mapper would resolve a stored topic by importing the module it names, and rebuild an event without
validating it. Here a topic is a kind of the closed registry, and nothing is decoded.
"""

from __future__ import annotations

from collections.abc import Sequence

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent

from ..entries.entry import StoredEntry
from ..entries.kinds import class_of


class EnvelopeMapper(Mapper[str]):
    """Maps :class:`StoredEntry` to a row and back."""

    def __init__(self) -> None:
        """No transcoder, compressor or cipher: the signed bytes are stored."""

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """The row of an entry."""
        if not isinstance(domain_event, StoredEntry):
            raise TypeError(f"a {type(domain_event).__name__} is no entry")
        class_of(domain_event.kind)
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=domain_event.kind,
            state=domain_event.envelope,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> StoredEntry:
        """The entry in a row; see :func:`entry_in`."""
        row = stored_event
        return entry_in(None, str(row.originator_id), row.originator_version, row.topic, row.state)


def placed(rows: Sequence[StoredEvent], positions: Sequence[int]) -> list[StoredEntry]:
    """The entries of rows that were just assigned these positions."""
    return [
        entry_in(at, str(row.originator_id), row.originator_version, row.topic, row.state)
        for at, row in zip(positions, rows, strict=True)
    ]


def blob(value: object) -> bytes:
    """The bytes in a column; if SQLite has another type there, its text, which is not a note or a token."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def number(value: object) -> int:
    """The number in a column; -1 if SQLite has another type there."""
    return value if isinstance(value, int) else -1


def entry_in(position: int | None, stream: str, version: int, kind: str, state: object) -> StoredEntry:
    """The entry in a row. Its kind is checked when it is opened, so that a bad row can still be shown.

    SQLite stores any type in a column; a value that is not bytes is not an entry, and is reported when read.
    """
    return StoredEntry(str(stream), version, str(kind), state if isinstance(state, bytes) else b"", position)
