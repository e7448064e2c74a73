"""The deadline of a vote as an iCalendar file (RFC 5545); it says no more than symbol and deadline."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from ...domain.inert import one_line

_FOLD = 75


def calendar_of(
    vote: str, closes: datetime, origin: str, moves: int, *, summary: str | None = None, description: str | None = None
) -> bytes:
    """One event at the deadline. ``moves`` is how often it was moved: a calendar keeps only the last version.

    The deadline is in UTC; ``description`` may give it in other time zones. ``summary`` is the event's title.
    """
    at = closes.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    uid = hashlib.sha256(f"{origin}\n{vote}".encode()).hexdigest()[:32]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//inblue//inblue//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{uid}@inblue",
        f"DTSTAMP:{at}",
        f"DTSTART:{at}",
        f"SEQUENCE:{moves}",
        f"SUMMARY:{_text(summary or f'Deadline of the written vote on {vote}')}",
        *([f"DESCRIPTION:{_text(description)}"] if description else []),
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _text(value: str) -> str:
    """A text as in section 3.3.11, on one line: text from outside cannot begin another line."""
    value = one_line(value)
    for each in ("\\", ";", ","):
        value = value.replace(each, "\\" + each)
    return value


def _folded(line: str) -> bytes:
    """A line folded after at most 75 bytes, and continued after a space (section 3.1); no character is cut."""
    pieces, piece = [], b""
    for char in line:
        raw = char.encode()
        if len(piece) + len(raw) > _FOLD:
            pieces.append(piece)
            piece = b" "
        piece += raw
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
