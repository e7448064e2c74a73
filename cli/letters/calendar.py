"""The deadline of a vote as an iCalendar file (RFC 5545); it says no more than symbol and deadline."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from ...domain.inert import one_line

_FOLD = 75


def calendar_of(
    vote: str, closes: datetime, origin: str, moves: int, *, summary: str | None = None, description: str | None = None
) -> bytes:
    """One event at the deadline. ``moves`` is how often it was moved: a calendar replaces what it has by the last.

    The deadline is in UTC; ``description`` may say it by other clocks. ``summary`` is what the event is called.
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
    """As section 3.3.11 has it, in one line: what came from outside begins no other."""
    value = one_line(value)
    for each in ("\\", ";", ","):
        value = value.replace(each, "\\" + each)
    return value


def _folded(line: str) -> bytes:
    """A line of at most 75 bytes, and its rest on lines that begin with a blank (section 3.1); no character is cut."""
    pieces, piece = [], b""
    for char in line:
        raw = char.encode()
        if len(piece) + len(raw) > _FOLD:
            pieces.append(piece)
            piece = b" "
        piece += raw
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
