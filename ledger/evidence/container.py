"""The canonical zip of a bundle: written in this form only, and read in no other.

Members are in the order of their names, stored without compression, with a fixed date and mode, no extra field, no
comment, and nothing before, between or after them. Any other zip is refused before any of its content is used, in time
and memory bounded by its size: no bombs, no links, no paths that leave the folder, no duplicate names.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from ...domain.errors import Malformed
from ..outside import open_outside

MAX_MEMBERS = 50_000
MAX_CONTAINER_BYTES = 2**32 - 1  # no zip64: larger logs are published as tiles

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,5}", re.ASCII)
_MAX_NAME = 200
_CHUNK = 1 << 16

# Version 2.0 needed, no flags, stored, 1 January 1980 00:00 (a neutral date that the format can hold).
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_FIXED = (20, 0, 0, 0, 0x21)
_MADE_BY = 20 | 3 << 8  # Unix, so that the mode below is read
_MODE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Member:
    """Where a member's bytes are in the file."""

    offset: int
    size: int
    crc: int


class UnendedError(Malformed):
    """A member of lines ends within a line, or has too long a line: a fault of the container, not of its content."""


class Container:
    """A bundle's zip, open for reading."""

    def __init__(self, file: IO[bytes], members: Mapping[str, Member]) -> None:
        self._file = file
        self.members = members

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the zip at ``path`` once and check all of it against the canonical form: directory, headers and
        checksums.

        Raises:
            Malformed: it is not a zip, or not of this form.
        """
        try:
            file = open_outside(path)
        except OSError as error:
            raise Malformed(f"{path}: {error.strerror}") from None
        try:
            container = cls(file, _read_directory(file))
            for name in container.members:
                for _ in container.chunks(name):
                    pass
        except Malformed as error:
            file.close()
            raise Malformed(f"{path}: {error}") from None
        return container

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a member, in chunks.

        Raises:
            Malformed: no such member, or its checksum differs from the directory's.
        """
        member = self._member(name)
        left, crc = member.size, 0
        while left:
            self._file.seek(member.offset + member.size - left)  # another member may have been read in between
            piece = self._file.read(min(_CHUNK, left))
            if not piece:
                raise Malformed(f"{name}: cut short")
            left -= len(piece)
            crc = zlib.crc32(piece, crc)
            yield piece
        if crc != member.crc:
            raise Malformed(f"{name}: its checksum in the zip is another")

    def read(self, name: str, *, limit: int) -> bytes:
        """A whole member of at most ``limit`` bytes.

        Raises:
            Malformed: no such member, or it is larger.
        """
        size = self._member(name).size
        if size > limit:
            raise Malformed(f"{name}: {size:,} bytes; at most {limit:,} are read")
        return b"".join(self.chunks(name))

    def lines(self, name: str, *, limit: int) -> Iterator[bytes]:
        """The lines of a member, without their line feeds, each of at most ``limit`` bytes.

        Raises:
            UnendedError: a longer line, or a last line without a line feed.
            Malformed: as :meth:`chunks`.
        """
        rest = b""
        for piece in self.chunks(name):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if len(line) > limit:
                    raise UnendedError(f"{name}: a line of {len(line):,} bytes; at most {limit:,} are read")
                yield line
            if len(rest) > limit:
                raise UnendedError(f"{name}: a line of more than {limit:,} bytes")
        if rest:
            raise UnendedError(f"{name}: its last line is cut off")

    def _member(self, name: str) -> Member:
        if name not in self.members:
            raise Malformed(f"{name} is missing")
        return self.members[name]


def write_container(out: IO[bytes], members: Iterable[tuple[str, Iterable[bytes]]]) -> None:
    """Write members, given in the order of their names, each as chunks of bytes. ``out`` must be seekable.

    Raises:
        Malformed: a name that is not allowed, names out of order, or more than a container can hold.
    """
    directory: list[bytes] = []
    before = ""
    for name, pieces in members:
        if not _is_name(name) or name <= before:
            raise Malformed(f"{name}: not a member's name, or out of order")
        before, raw, start = name, name.encode("ascii"), out.tell()
        out.write(_LOCAL.pack(b"PK\x03\x04", *_FIXED, 0, 0, 0, len(raw), 0) + raw)
        crc = size = 0
        for piece in pieces:
            out.write(piece)
            crc, size = zlib.crc32(piece, crc), size + len(piece)
        end = out.tell()
        if end > MAX_CONTAINER_BYTES or len(directory) >= MAX_MEMBERS:
            raise Malformed("the bundle would be larger than one zip may be")
        out.seek(start)
        out.write(_LOCAL.pack(b"PK\x03\x04", *_FIXED, crc, size, size, len(raw), 0))
        out.seek(end)
        directory.append(_central(raw, crc, size, start))
    listed = b"".join(directory)
    out.write(listed + _END.pack(b"PK\x05\x06", 0, 0, len(directory), len(directory), len(listed), out.tell(), 0))


def _read_directory(file: IO[bytes]) -> dict[str, Member]:
    total = file.seek(0, 2)
    if not _END.size <= total <= MAX_CONTAINER_BYTES:
        raise Malformed("not a bundle: no zip, or too large for one")
    file.seek(total - _END.size)
    magic, disk, first_disk, here, count, length, offset, comment = _END.unpack(file.read(_END.size))
    if magic != b"PK\x05\x06" or (disk, first_disk, comment) != (0, 0, 0) or here != count:
        raise Malformed("not a bundle: a zip ends with its directory, and nothing stands behind it")
    if count > MAX_MEMBERS or length > count * (_CENTRAL.size + _MAX_NAME) or offset + length + _END.size != total:
        raise Malformed("the zip's directory is not where it says, or lists too many members")
    file.seek(offset)
    listed = file.read(length)
    members: dict[str, Member] = {}
    at, position, before = 0, 0, ""
    for _ in range(count):
        head = listed[at : at + _CENTRAL.size]
        if len(head) < _CENTRAL.size:
            raise Malformed("the zip's directory is cut off")
        fields = _CENTRAL.unpack(head)
        crc, size, name_length, start = fields[7], fields[9], fields[10], fields[16]
        raw = listed[at + _CENTRAL.size : at + _CENTRAL.size + name_length]
        name = raw.decode("ascii", "replace")
        if not _is_name(name) or name <= before:
            raise Malformed(f"{name[:80]!a}: no name for a member, or out of order, or there twice")
        if head + raw != _central(raw, crc, size, position) or start != position:
            raise Malformed(f"{name}: not stored in the one form of a bundle")
        file.seek(position)
        local = _LOCAL.pack(b"PK\x03\x04", *_FIXED, crc, size, size, len(raw), 0) + raw
        if file.read(len(local)) != local:
            raise Malformed(f"{name}: its header is not what the directory says")
        members[name] = Member(position + len(local), size, crc)
        position += len(local) + size
        at, before = at + len(head) + len(raw), name
    if at != length or position != offset:
        raise Malformed("there are bytes in the zip that belong to no member")
    return members


def _central(raw: bytes, crc: int, size: int, start: int) -> bytes:
    sizes = (crc, size, size, len(raw), 0, 0, 0, 0)
    return _CENTRAL.pack(b"PK\x01\x02", _MADE_BY, *_FIXED, *sizes, _MODE, start) + raw


def _is_name(name: str) -> bool:
    return len(name) <= _MAX_NAME and _NAME.fullmatch(name) is not None
