"""What a witness keeps of a checkpoint that it cosigns."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import Broken
from ..standards.checkpoint import open_signed
from ..standards.cosignature import log_key
from ..standards.note import MAX_SIGNATURES, NoteKey, split_note, write_line
from .configuration import WatchedLog


def signers_of(log: WatchedLog, note: bytes) -> list[NoteKey]:
    """The keys of a log that has signed ``note`` with the present one: all that did, or that one alone."""
    try:
        return list(open_signed(note, [log_key(vkey) for vkey in log.keys])[1])
    except Broken:  # somebody put a false line under a former key
        return [log_key(log.keys[-1])]


def signed_by(keys: Sequence[NoteKey], note: bytes) -> bytes:
    """A verified note with the lines of these keys only, each once.

    Other lines are anybody's. They could be as many as a note may have, so that none fits behind them; and what claims
    to be this witness's would make others refuse the whole note.
    """
    text, lines = split_note(note)
    known = {(key.name, key.note_id) for key in keys}
    kept: dict[tuple[str, bytes], str] = {}
    for name, number, signature in lines:
        if (name, number) in known:
            kept.setdefault((name, number), write_line(name, number, signature))
    return (text + "\n" + "".join(list(kept.values())[: MAX_SIGNATURES - 1])).encode()
