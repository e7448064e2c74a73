"""What a witness stores of a checkpoint that it cosigns."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import Broken
from ..standards.checkpoint import open_signed
from ..standards.cosignature import log_key
from ..standards.note import MAX_SIGNATURES, NoteKey, split_note, write_line
from .configuration import WatchedLog


def signers_of(log: WatchedLog, note: bytes) -> list[NoteKey]:
    """The keys of a log that signed ``note``, or only the current one if a former key's line is false."""
    try:
        return list(open_signed(note, [log_key(vkey) for vkey in log.keys])[1])
    except Broken:  # somebody added a false line of a former key
        return [log_key(log.keys[-1])]


def signed_by(keys: Sequence[NoteKey], note: bytes) -> bytes:
    """A verified note with only the lines of these keys, each once.

    Anybody can add other lines. They could fill the note, so that no line can be added; and a false line of this
    witness would make others refuse the whole note.
    """
    text, lines = split_note(note)
    known = {(key.name, key.note_id) for key in keys}
    kept: dict[tuple[str, bytes], str] = {}
    for name, number, signature in lines:
        if (name, number) in known:
            kept.setdefault((name, number), write_line(name, number, signature))
    return (text + "\n" + "".join(list(kept.values())[: MAX_SIGNATURES - 1])).encode()
