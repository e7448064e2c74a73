"""Signed notes (C2SP signed-note v1.0.0; the format of golang.org/x/mod/sumdb/note), written with Ed25519.

    text LF                        UTF-8, ends in LF, no ASCII control character but LF; may hold empty lines
    (em dash) SP name SP b64 LF    one or more signature lines; b64 of keyid[4] || signature

The note is split at its last empty line; the signature is over the text with its final LF and without the empty line.
keyid is the first 4 bytes of SHA-256(name || LF || 0x01 || public key). A key is written as ``name+keyid+b64``: the id
in 8 lowercase hex digits, the base64 of 0x01 || public key (which may itself hold a ``+``).

A line with an unknown combination of name and id is ignored: it may be a witness's, of a type that cannot be checked
here. A line of a known key must verify, or the whole note is refused. No text is returned before a signature over it
was verified.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from ...domain.errors import Malformed
from ..errors import Broken, UnsignedError
from .ed25519 import PUBLIC_BYTES, Signer, Verify, check_public_key, verify, verify_among_many
from .signing import checked

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100

_ED25519 = b"\x01"
_DASH = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteKey(Protocol):
    """A key of any type that checks signature lines. ``str`` of it is its vkey."""

    @property
    def name(self) -> str:
        """The name of the key's owner, as in its signature lines."""

    @property
    def note_id(self) -> bytes:
        """The 4-byte key id of the signature lines."""

    def holds(self, text: str, signature: bytes) -> bool:
        """Whether ``signature``, the part of a line after the key id, is this key's over the note text."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A name and the 32-byte Ed25519 public key that signs notes under it.

    Raises:
        Malformed: a name that no signature line could hold, or a key of another length.
    """

    name: str
    public: bytes
    by: Verify = field(default=verify, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != PUBLIC_BYTES:
            raise Malformed(f"note key {self.name}: {len(self.public)} bytes, not {PUBLIC_BYTES}")

    @property
    def note_id(self) -> bytes:
        """The 4-byte key id of the signature lines."""
        return note_id(self.name, _ED25519 + self.public)

    def holds(self, text: str, signature: bytes) -> bool:
        """See :meth:`NoteKey.holds`."""
        return self.by(self.public, signature, text.encode())

    def __str__(self) -> str:
        return write_vkey(self.name, _ED25519 + self.public)

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Read ``name+keyid+base64``.

        Raises:
            Malformed: anything that ``str`` of a verifier would not print, another type of key, or a weak key.
        """
        name, key = read_vkey(vkey)
        if key[:1] != _ED25519 or len(key) != 1 + PUBLIC_BYTES:
            raise Malformed("note key: not an Ed25519 key (type 0x01, 32 bytes)")
        check_public_key(key[1:])
        return cls(name, key[1:])


def among_many(key: NoteKey) -> NoteKey:
    """The same key, for checking many notes: see :func:`~inblue.ledger.standards.ed25519.verify_among_many`."""
    return replace(key, by=verify_among_many) if isinstance(key, Verifier) else key


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """A name and the signer that signs notes under it.

    Raises:
        Malformed: a name that no signature line could hold.
    """

    name: str
    signer: Signer

    def __post_init__(self) -> None:
        check_name(self.name)

    @property
    def verifier(self) -> Verifier:
        """The public verifier for this signer's lines."""
        return Verifier(self.name, self.signer.public_key)

    def line(self, text: str) -> str:
        """The signature line over a note text, with its LF.

        Raises:
            SignerFailed: the signer gave no signature that holds.
        """
        pen = checked(self.signer)
        return write_line(self.name, Verifier(self.name, pen.public_key).note_id, pen.sign(text.encode()))


@dataclass(frozen=True, slots=True)
class Note:
    """A text signed by at least one known key."""

    text: str
    """The text with its final LF."""
    verified: tuple[NoteKey, ...]
    """The keys with valid signatures, in the order of their first lines, each once."""


def sign(text: str, *signers: NoteSigner) -> bytes:
    """The note of ``text`` with one line per signer, in the order given.

    Raises:
        Malformed: a text that is not allowed in a note, no signer, more than 100, or a note over the size limit.
        SignerFailed: one of them gave no signature that holds.
    """
    if not text.endswith("\n"):
        raise Malformed("note: the text does not end in a line feed")
    if not 1 <= len(signers) <= MAX_SIGNATURES:
        raise Malformed(f"note: {len(signers)} signers; 1 to {MAX_SIGNATURES} can sign")
    _check_text(text)
    raw = (text + "\n" + "".join(signer.line(text) for signer in signers)).encode()
    if len(raw) > MAX_NOTE_BYTES:
        raise Malformed(f"note: {len(raw):,} bytes; at most {MAX_NOTE_BYTES:,} are taken")
    return raw


def open_note(raw: bytes, verifiers: Iterable[NoteKey]) -> Note:
    """Read a note and check every signature line of a known key.

    Raises:
        Malformed: not of the form above, more than 100 signature lines, or over the size limit.
        UnsignedError: no line is of a known key.
        Broken: a line of a known key fails, or two known keys share name and id.
    """
    known: dict[tuple[str, bytes], NoteKey] = {}
    for verifier in verifiers:
        if known.setdefault((verifier.name, verifier.note_id), verifier) != verifier:
            raise Broken(f"note: two known keys are called {verifier.name}+{verifier.note_id.hex()}")
    text, lines = split_note(raw)
    verified: dict[NoteKey, None] = {}
    for name, number, signature in lines:
        found = known.get((name, number))
        if found is None:
            continue
        if not found.holds(text, signature):
            raise Broken(f"note: the signature of {name}+{number.hex()} does not hold")
        verified[found] = None
    if not verified:
        raise UnsignedError("note: not signed by any known key")
    return Note(text, tuple(verified))


def note_id(name: str, key: bytes) -> bytes:
    """The 4-byte key id of ``key``, which starts with its type."""
    return hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]


def write_line(name: str, number: bytes, signature: bytes) -> str:
    """The signature line, with its LF, of the key with this name and 4-byte id."""
    return f"{_DASH}{name} {encode_base64(number + signature)}\n"


def write_vkey(name: str, key: bytes) -> str:
    """``name+id+base64`` of a key that starts with its type."""
    return f"{name}+{note_id(name, key).hex()}+{encode_base64(key)}"


def read_vkey(vkey: str) -> tuple[str, bytes]:
    """The name, and the key starting with its type.

    Raises:
        Malformed: anything that :func:`write_vkey` would not print, or a name that no line could hold.
    """
    parts = vkey.split("+", 2)
    if len(parts) != 3:
        raise Malformed("note key: not of the form name+id+base64")
    name, key = parts[0], decode_base64(parts[2], where="note key")
    check_name(name)
    if write_vkey(name, key) != vkey:
        raise Malformed("note key: its id is not the one of its name and key")
    return name, key


def encode_base64(raw: bytes) -> str:
    """RFC 4648 section 4, with padding."""
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def decode_base64(text: str, *, where: str) -> bytes:
    """The bytes of ``text`` if ``encode_base64`` writes exactly that for them.

    The library's decoder alone would skip foreign characters and ignore spare bits before the padding.

    Raises:
        Malformed: anything else; the message begins with ``where``.
    """
    try:
        raw = binascii.a2b_base64(text)
    except ValueError:  # binascii.Error, and text that is not ASCII
        raw = b""
    if encode_base64(raw) != text:
        raise Malformed(f"{where}: not standard base64 with padding")
    return raw


def split_note(raw: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text, and (name, note id, signature) of each line; nothing is verified.

    Raises:
        Malformed: not of the form above, more than 100 signature lines, or over the size limit.
    """
    if len(raw) > MAX_NOTE_BYTES:
        raise Malformed(f"note: {len(raw):,} bytes; at most {MAX_NOTE_BYTES:,} are read")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"note: not UTF-8 at byte {error.start}") from None
    _check_text(whole)
    text, gap, signatures = whole.rpartition("\n\n")
    # split, not splitlines: that would also split at U+2028 and the like. The last piece is what follows the last LF.
    *lines, rest = signatures.split("\n")
    if not gap or not lines or rest:
        raise Malformed("note: no signature lines after an empty line, or the last one is cut off")
    if len(lines) > MAX_SIGNATURES:
        raise Malformed(f"note: {len(lines)} signature lines; at most {MAX_SIGNATURES} are read")
    return text + "\n", [_parse_line(line) for line in lines]


def _parse_line(line: str) -> tuple[str, bytes, bytes]:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not (line.startswith(_DASH) and space):
        raise Malformed("note: a line after the last empty line is not a signature line")
    check_name(name)
    blob = decode_base64(encoded, where="note: a signature")
    if len(blob) < 5:
        raise Malformed("note: a signature line holds no signature")
    return name, blob[:4], blob[4:]


def check_name(name: str) -> None:
    """Make sure that ``name`` can name a key: not empty, no blank, no ``+``, no control character.

    Raises:
        Malformed: it cannot.
    """
    if name.split() != [name] or "+" in name:
        raise Malformed(f"note: {name[:80]!a} cannot be a key's name (empty, or with a space or a +)")
    _check_text(name)


def _check_text(text: str) -> None:
    if _CONTROL.search(text):
        raise Malformed("note: an ASCII control character other than the line feed")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise Malformed("note: a text holds a lone surrogate") from None
