"""The salts of messages, by the digest of the message: made once, so that the same message is recorded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ...domain.canonical import digest
from ...domain.errors import InblueError
from .. import durable
from ..entries.messages import SALT_BYTES, message_in, new_salt
from ..errors import Broken, UnusableError
from ..outside import read_outside

_TAKEN = "taken"
_LONGEST = 20

OnRecord = Callable[[int], Sequence[str]]
"""Gives the salted digests of everything on record, in order, after a number of them."""


class Salts(Protocol):
    """Keeps the salt of each message."""

    def of(self, sha256: str) -> bytes:
        """The salt of the message with that digest, made now if there is none yet.

        Raises:
            Broken: the stored data is not a salt.
            UnusableError: it cannot be kept.
        """

    def take_in(self, on_record: OnRecord, kept: Callable[[str], bytes]) -> int | None:
        """Add the salts of recorded messages that are not here yet, from the ``kept`` files.

        Another desk recorded them, or all salts are lost, as in a copy of a ledger. Returns how many messages and
        observations were on record; None if no other desk can record any.
        """


class MemorySalts:
    """Salts in memory, for a ledger in memory."""

    def __init__(self) -> None:
        self._salts: dict[str, bytes] = {}

    def of(self, sha256: str) -> bytes:
        """See :meth:`Salts.of`."""
        return self._salts.setdefault(sha256, new_salt())

    def take_in(self, on_record: OnRecord, kept: Callable[[str], bytes]) -> None:
        """Do nothing: no other desk exists, and they are lost together with the ledger."""


class FolderSalts:
    """Salts in a folder that only the owner can access, one file each, written atomically."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def beside(cls, files: Path) -> FolderSalts:
        """The salts of the messages stored in the folder ``files``: ``NAME.salts`` beside ``NAME.files``."""
        return cls(files.with_name(files.name.removesuffix(".files") + ".salts"))

    def of(self, sha256: str) -> bytes:
        """See :meth:`Salts.of`."""
        place = self.folder / sha256
        try:
            durable.make_private(self.folder)
            if not place.exists():
                durable.create(place, new_salt(), mode=durable.PRIVATE)
        except FileExistsError:
            pass  # another process wrote first, and its salt is the message's
        except OSError as error:
            raise UnusableError(f"{place}: cannot be written: {error.strerror}") from None
        try:
            salt = read_outside(place, SALT_BYTES)
        except (OSError, ValueError):
            salt = b""
        if len(salt) != SALT_BYTES:
            raise Broken(f"{place}: this is not the salt of a message; nothing was recorded")
        return salt

    def take_in(self, on_record: OnRecord, kept: Callable[[str], bytes]) -> int:
        """See :meth:`Salts.take_in`. A message whose file is not kept here, as another desk may keep it elsewhere, is
        passed over; where all salts are lost, every file is needed.
        """
        if not self.folder.exists():
            every = on_record(0)
            self._restore(every, kept)
            return len(every)
        taken = self._taken()
        further = on_record(taken)
        try:
            for sha256 in further:
                with suppress(InblueError):
                    self._take(kept(sha256))
            if further:
                self._note(self.folder, taken + len(further))
        except OSError as error:
            raise UnusableError(f"{self.folder}: cannot be written: {error.strerror}") from None
        return taken + len(further)

    def _take(self, content: bytes) -> None:
        place, salt = self.folder / digest(message_in(content)), content[:SALT_BYTES]
        try:
            known = read_outside(place, SALT_BYTES)
        except (OSError, ValueError):
            known = b""
        if known != salt:  # what is on record under it comes before one that was made here and not used
            durable.replace(place, salt, mode=durable.PRIVATE)

    def _taken(self) -> int:
        """How many of what is on record were taken in; of a folder that does not say it, none."""
        try:
            return int(read_outside(self.folder / _TAKEN, _LONGEST))
        except (OSError, ValueError):
            return 0

    @staticmethod
    def _note(folder: Path, taken: int) -> None:
        durable.replace(folder / _TAKEN, str(taken).encode(), mode=durable.PRIVATE)

    def _restore(self, on_record: Sequence[str], kept: Callable[[str], bytes]) -> None:
        made = durable.partial_name(self.folder)
        try:
            durable.make_private(made)
            for content in map(kept, on_record):
                place = made / digest(message_in(content))
                durable.replace(place, content[:SALT_BYTES], mode=durable.PRIVATE, sync_name=False)
            self._note(made, len(on_record))
            durable.sync_folder(made)
            made.rename(self.folder)
        except OSError as error:
            if not self.folder.exists():  # otherwise another process has restored them
                raise UnusableError(f"{self.folder}: cannot be written: {error.strerror}") from None
