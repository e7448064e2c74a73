"""A stored message: a file of 32 random bytes of salt, then the message unchanged.

Entries and bundles show the digest; the salt prevents guessing a message's content from it.
"""

from __future__ import annotations

import os

from ...domain.acts import VoteCast
from ...domain.canonical import digest
from ...domain.errors import InblueError, Malformed, Refused
from ...domain.mail_observation import MailObservation
from ...domain.messages import NamedMessage
from ..standards.mime import Part, part_of
from .files import MAX_FILE_BYTES, Files

SALT_BYTES = 32

MAX_MESSAGE_BYTES = MAX_FILE_BYTES - SALT_BYTES
"""The most bytes of a message: 64 MiB, less those of the salt."""


def new_salt() -> bytes:
    """Random bytes for one message."""
    return os.urandom(SALT_BYTES)


def salted(salt: bytes, raw: bytes) -> bytes:
    """The file of a stored message.

    Raises:
        Malformed: the message is empty, or too large.
    """
    if not raw:
        raise Malformed("an empty message is not one")
    if len(raw) > MAX_MESSAGE_BYTES:
        raise Malformed(f"a message of {len(raw):,} bytes; at most {MAX_MESSAGE_BYTES:,} are kept")
    return salt + raw


def message_in(content: bytes) -> bytes:
    """The message in such a file, unchanged.

    Raises:
        Malformed: it is too short to be one.
    """
    if len(content) <= SALT_BYTES:
        raise Malformed("this file keeps no message: it is not longer than a salt")
    return content[SALT_BYTES:]


def named_part(content: bytes, path: str) -> Part:
    """The part at ``path`` of the message in such a file.

    Raises:
        Malformed: as :func:`.mime.part_of`.
    """
    return part_of(message_in(content), path)


def check_paper(act: VoteCast, content: bytes) -> None:
    """Check that the paper of a reply is the named part of the message in the file ``content``.

    Raises:
        Refused: no such part, or it has other bytes.
    """
    if act.message is None or act.message.part is None:
        return
    which = f"message {act.message.received}, part {act.message.part}"
    try:
        found = digest(named_part(content, act.message.part).content)
    except Malformed as error:
        raise Refused(None, f"{which}: {error}") from None
    if found != act.instrument.sha256:
        raise Refused(None, f"{which}: it has the digest {found[:16]}, and the paper {str(act.instrument.sha256)[:16]}")


def observation_in(files: Files, message: NamedMessage, sha256: str) -> MailObservation | None:
    """The observation stored under a salted digest; None if it is not stored, or not about that message."""
    try:
        found = MailObservation.read(message_in(files.get(sha256)), where="observation")
        about = digest(message_in(files.get(message.digest)))
    except InblueError:
        return None
    return found if found.message == about and found.raw == found.canonical() else None
