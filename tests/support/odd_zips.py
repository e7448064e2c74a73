"""A bundle's members in zips that are not canonical, each in one way; none of them is a bundle."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from ledgers import Members

from inblue.ledger.evidence.bundle import FOLDER

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


@dataclass
class Form:
    """How a zip is written; canonical by default."""

    version: int = 20
    flags: int = 0
    method: int = 0
    time: int = 0
    date: int = 0x21
    made_by: int = 0x0314
    mode: int = 0o100644
    local_extra: bytes = b""
    central_extra: bytes = b""
    comment: bytes = b""
    member_comment: bytes = b""
    prefix: bytes = b""
    gap: bytes = b""
    suffix: bytes = b""
    internal: int = 0
    disk: int = 0
    descriptor: bool = False
    deflated: bool = False
    crc: int = 0
    counted: int = 0
    names: list[str] = field(default_factory=list)


def write(members: Members, form: Form) -> bytes:
    """The zip."""
    out, directory = bytearray(form.prefix), bytearray()
    names = form.names or sorted(members)
    for number, name in enumerate(names):
        content, raw = members.get(name, b""), (FOLDER + name).encode()
        kept = content
        if form.deflated:
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            kept = packer.compress(content) + packer.flush()
        crc = zlib.crc32(content) ^ (form.crc if number == 0 else 0)
        start = len(out)
        first = number == 0
        sizes = (0, 0, 0) if form.descriptor else (crc, len(kept), len(content))
        flags, method = form.flags | (8 if form.descriptor else 0), 8 if form.deflated else form.method
        extra = form.local_extra if first else b""
        out += _LOCAL.pack(b"PK\3\4", form.version, flags, method, form.time, form.date, *sizes, len(raw), len(extra))
        out += raw + extra + kept
        if form.descriptor:
            out += struct.pack("<4s3I", b"PK\7\x08", crc, len(kept), len(content))
        if first:
            out += form.gap
        extra, comment = (form.central_extra, form.member_comment) if first else (b"", b"")
        directory += _CENTRAL.pack(
            b"PK\1\2", form.made_by, form.version, flags, method, form.time, form.date, crc, len(kept), len(content),
            len(raw), len(extra), len(comment), form.disk, form.internal, form.mode << 16, start,
        ) + raw + extra + comment  # fmt: skip
    at, count = len(out), len(names) + form.counted
    end = _END.pack(b"PK\5\6", form.disk, form.disk, count, count, len(directory), at, len(form.comment))
    return bytes(out + directory + end + form.comment + form.suffix)


def odd_zips(members: Members) -> Iterator[tuple[str, str, bytes]]:
    """Each with its name and what is odd about it."""
    names = sorted(members)
    forms = [
        ("version", "version 1.0 is needed", Form(version=10)),
        ("utf-8", "the flag of UTF-8 names", Form(flags=0x800)),
        ("time", "a time", Form(time=1)),
        ("date", "another date", Form(date=0x5A21)),
        ("dos", "made by DOS", Form(made_by=0x0014)),
        ("mode", "executable", Form(mode=0o100755)),
        ("link", "a symbolic link", Form(mode=0o120777)),
        ("extra-local", "an extra field in a local header", Form(local_extra=struct.pack("<2H", 0x5455, 0))),
        ("extra-central", "an extra field in the directory", Form(central_extra=struct.pack("<2H", 0x5455, 0))),
        ("comment", "a comment", Form(comment=b"hello")),
        ("member-comment", "a comment on a member", Form(member_comment=b"hello")),
        ("prefix", "bytes before the first member", Form(prefix=b"#!/bin/sh\n")),
        ("gap", "bytes between members", Form(gap=b"gap")),
        ("suffix", "bytes behind the end", Form(suffix=b"\n")),
        ("internal", "internal attributes", Form(internal=1)),
        ("disk", "disk 1", Form(disk=1)),
        ("descriptor", "data descriptors", Form(descriptor=True)),
        ("checksum", "a checksum that is not the member's", Form(crc=1)),
        ("count", "one member fewer is counted", Form(counted=-1)),
        ("order", "members in falling order", Form(names=names[::-1])),
        ("folder", "an entry for a folder", Form(names=sorted([*names, "data/"]))),
        ("missing", "bagit.txt is missing", Form(names=[name for name in names if name != "bagit.txt"])),
        ("none", "no member", Form(names=["x"])),
    ]
    for name, what, form in forms:
        yield f"zip-{name}", what, write(members, form)
    yield "zip-empty", "no byte", b""
