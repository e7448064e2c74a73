"""Instruments and documents by SHA-256, stored beside the log and never in it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from ...domain.canonical import digest
from ...domain.errors import Malformed
from ...domain.procedure import Procedure
from ...domain.snapshot import Snapshot
from ...domain.zone import zone_file
from .. import durable
from ..errors import Broken, NotFound, UnusableError
from ..outside import read_outside
from .authorities import AuthorityDocument

MAX_FILE_BYTES = 64 * 1024 * 1024
_ZONES_HELD = 16
_MOST_HELD = 64  # parsed documents to cache; a ledger of many years cites many


class Files(Protocol):
    """A content-addressed store."""

    def put(self, content: bytes) -> str:
        """Store ``content`` durably and return its SHA-256 in hex; storing it twice has no effect.

        Raises:
            Malformed, UnusableError: no space, no permission, or it is too large.
        """

    def get(self, sha256: str) -> bytes:
        """The bytes with that digest, checked.

        Raises:
            NotFound: they are not stored here.
            Broken: the stored bytes have another digest.
        """


class MemoryFiles:
    """Files in memory, for tests and trials."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        """See :meth:`Files.put`."""
        name = digest(content)
        self._kept[name] = content
        return name

    def get(self, sha256: str) -> bytes:
        """See :meth:`Files.get`."""
        if sha256 not in self._kept:
            raise NotFound(f"the file {sha256[:16]} is not kept here")
        return self._kept[sha256]

    def contents(self) -> Iterable[bytes]:
        """All stored files."""
        return self._kept.values()


class FilesOnTrial(MemoryFiles):
    """Files in memory on top of others, which are not changed: for considering without recording."""

    def __init__(self, others: Files) -> None:
        super().__init__()
        self._others = others

    def get(self, sha256: str) -> bytes:
        """See :meth:`Files.get`."""
        return self._kept[sha256] if sha256 in self._kept else self._others.get(sha256)


class FolderFiles:
    """Files in a folder, ``ab/abcdef...``, written atomically, and on disk before :meth:`put` returns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """See :meth:`Files.put`."""
        if len(content) > MAX_FILE_BYTES:
            raise Malformed(f"a file of {len(content):,} bytes; at most {MAX_FILE_BYTES:,} are kept")
        name = digest(content)
        place = self._place(name)
        if place.is_file() and place.stat().st_size == len(content) and digest(place.read_bytes()) == name:
            return name
        try:
            durable.make_private(place.parent)
            durable.replace(place, content, mode=durable.PRIVATE)
            durable.sync_folder(self.folder)  # which may have a new subfolder
        except OSError as error:
            raise UnusableError(f"{place}: cannot be written: {error.strerror}") from None
        return name

    def get(self, sha256: str) -> bytes:
        """See :meth:`Files.get`."""
        place = self._place(sha256)
        try:
            content = read_outside(place, MAX_FILE_BYTES)
        except Malformed:
            raise Broken(f"the file {sha256[:16]} is larger than any that is kept here") from None
        except OSError:
            raise NotFound(f"the file {sha256[:16]} is not kept here ({self.folder})") from None
        if digest(content) != sha256:
            raise Broken(f"the file {sha256[:16]} has other bytes than its digest says")
        return content

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256


class StoredDocuments:
    """The documents that digests in acts refer to, from a file store (:class:`inblue.domain.state.Documents`)."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.procedure = lru_cache(_MOST_HELD)(self._procedure)
        """The procedure with that digest, from its canonical bytes."""
        self.snapshot = lru_cache(_MOST_HELD)(self._snapshot)
        """The snapshot with that digest, from its canonical bytes."""
        self.authority = lru_cache(_MOST_HELD)(self._authority)
        """The document of a timestamp authority with that digest."""
        self.zone = lru_cache(_ZONES_HELD)(files.get)
        """The bytes of the zone with that digest."""

    def _procedure(self, sha256: str) -> Procedure:
        return Procedure.read(self._files.get(sha256), where=f"procedure {sha256[:16]}")

    def _snapshot(self, sha256: str) -> Snapshot:
        return Snapshot.read(self._files.get(sha256), where=f"snapshot {sha256[:16]}")

    def _authority(self, sha256: str) -> AuthorityDocument:
        return AuthorityDocument.read_document(self._files.get(sha256), where=f"authority {sha256[:16]}")


def keep_snapshot(files: Files, snapshot: Snapshot) -> str:
    """Store a snapshot, and the zone that it pins, from the ``tzdata`` package; return the snapshot's digest.

    A caller that pins other zone bytes must store them itself.

    Raises:
        Malformed, UnusableError: as :meth:`Files.put`.
    """
    if snapshot.zone is not None:
        files.put(zone_file(snapshot.zone.name))
    return files.put(snapshot.raw)
