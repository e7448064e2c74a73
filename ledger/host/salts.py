"""The salts of messages, by the digest of the message: made once, so that the same message is put on record once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from ...domain.canonical import digest
from .. import durable
from ..entries.messages import SALT_BYTES, message_in, new_salt
from ..errors import Broken, UnusableError
from ..outside import read_outside


class Salts(Protocol):
    """Keeps the salt of each message."""

    def of(self, sha256: str) -> bytes:
        """The salt of the message of that digest, made now if there is none yet.

        Raises:
            Broken: what is kept is no salt.
            UnusableError: it cannot be kept.
        """

    def restore(self, kept: Callable[[], Iterable[bytes]]) -> None:
        """Where the salts are lost as a whole, as in a copy of a ledger, take them from the files that are ``kept``."""


class MemorySalts:
    """Salts in memory, for a ledger in memory."""

    def __init__(self) -> None:
        self._salts: dict[str, bytes] = {}

    def of(self, sha256: str) -> bytes:
        """See :meth:`Salts.of`."""
        return self._salts.setdefault(sha256, new_salt())

    def restore(self, kept: Callable[[], Iterable[bytes]]) -> None:
        """Nothing: they are lost together with the ledger."""


class FolderSalts:
    """Salts in a folder of the owner's alone, one file each, which is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def beside(cls, files: Path) -> FolderSalts:
        """Those of the messages that are kept in the folder ``files``: ``NAME.salts`` beside ``NAME.files``."""
        return cls(files.with_name(files.name.removesuffix(".files") + ".salts"))

    def of(self, sha256: str) -> bytes:
        """See :meth:`Salts.of`."""
        place = self.folder / sha256
        try:
            durable.make_private(self.folder)
            if not place.exists():
                durable.create(place, new_salt(), mode=durable.PRIVATE)
        except FileExistsError:
            pass  # another process was faster, and its salt is the message's
        except OSError as error:
            raise UnusableError(f"{place}: cannot be written: {error.strerror}") from None
        try:
            salt = read_outside(place, SALT_BYTES)
        except (OSError, ValueError):
            salt = b""
        if len(salt) != SALT_BYTES:
            raise Broken(f"{place}: this is not the salt of a message; nothing was recorded")
        return salt

    def restore(self, kept: Callable[[], Iterable[bytes]]) -> None:
        """See :meth:`Salts.restore`."""
        if self.folder.exists():
            return
        made = durable.partial_name(self.folder)
        try:
            durable.make_private(made)
            for content in kept():
                place = made / digest(message_in(content))
                durable.replace(place, content[:SALT_BYTES], mode=durable.PRIVATE, sync_name=False)
            durable.sync_folder(made)
            made.rename(self.folder)
        except OSError as error:
            if not self.folder.exists():  # else another process has restored them
                raise UnusableError(f"{self.folder}: cannot be written: {error.strerror}") from None
