"""The files of a published log, read from its place of publication."""

from __future__ import annotations

from collections import OrderedDict

from ...domain.canonical import digest
from ...domain.errors import Refused
from ..entries.files import MAX_FILE_BYTES
from ..errors import Broken
from ..evidence.bundle import FILE_PREFIX
from ..published.source import AbsentError, Source

_KEPT_FILES = 32
_KEPT_BYTES = 1 << 20


class SourceFiles:
    """The files of a published log (:class:`..entries.files.Files`, for reading); small ones are cached."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def put(self, content: bytes) -> str:
        """Always refused: a published log is read-only.

        Raises:
            Refused: always.
        """
        raise Refused(None, f"a published log is not written to ({len(content)} bytes)")

    def get(self, sha256: str) -> bytes:
        """See :meth:`..entries.files.Files.get`."""
        if sha256 in self._kept:
            self._kept.move_to_end(sha256)
            return self._kept[sha256]
        try:
            content = self._source.read(FILE_PREFIX + sha256, MAX_FILE_BYTES)
        except AbsentError:
            raise Broken(f"the file {sha256[:16]} is not published") from None
        if digest(content) != sha256:
            raise Broken(f"the file {sha256[:16]} has other bytes than its digest says")
        if len(content) <= _KEPT_BYTES:
            self._kept[sha256] = content
            if len(self._kept) > _KEPT_FILES:
                self._kept.popitem(last=False)
        return content
