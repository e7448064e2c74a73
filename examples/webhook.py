"""Tells a web service of every entry of a ledger, at least once and in order. Copy it and change ``message``.

    python webhook.py LEDGER URL CURSOR-FILE

Each entry is POSTed as JSON with its leaf index as ``Idempotency-Key``: that number never names another entry, in no
copy and after no restart. Who receives keeps the largest key it has dealt with, and answers 200 to one that is not
larger without doing it again: then each is done exactly once. The cursor is written after the answer, so that a kill in
between sends that one entry again. Entries of votes that are still open are among them: whom you tell is your decision.
SIGTERM ends it between two.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from threading import Event
from types import FrameType
from urllib.parse import urlsplit

import inblue

TIMEOUT = 10.0  # seconds for one answer
LONGEST_PAUSE = 60.0  # seconds between two tries


def message(entry: inblue.Followed) -> dict[str, object]:
    """What is told of an entry."""
    return {
        "index": entry.index,
        "vote": entry.vote,
        "number": entry.number,
        "kind": entry.act.kind_and_version(),
        "act": entry.act.json_value(),
        "recorded_at": entry.recorded_at.isoformat(),
        "office": entry.office,
        "entry": entry.entry,
    }


def send(url: str, entry: inblue.Followed) -> bool:
    """POST an entry once; whether it was accepted (2xx). A redirect is no answer."""
    where = urlsplit(url)
    kind = HTTPSConnection if where.scheme == "https" else HTTPConnection
    connection = kind(where.hostname or "", where.port, timeout=TIMEOUT)
    try:
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(entry.index)}
        body = json.dumps(message(entry), ensure_ascii=False).encode()
        connection.request("POST", where.path or "/", body, headers)
        return connection.getresponse().status // 100 == 2
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def tell(url: str, entry: inblue.Followed, stop: Event) -> bool:
    """POST an entry until it is accepted; False if ``stop`` came first."""
    pause = 0.1
    while not stop.is_set():
        if send(url, entry):
            return True
        stop.wait(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    return False


def read_cursor(path: Path) -> int | None:
    """The index of the last entry that was accepted."""
    return int(path.read_text()) if path.exists() else None


def keep_cursor(path: Path, index: int) -> None:
    """Write it whole, and on disk, or leave the one before."""
    partial = path.with_name(f"{path.name}.new")
    with partial.open("w") as file:
        file.write(str(index))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def main(place: str, url: str, cursor: Path) -> None:
    """Tell of everything behind the cursor, and of what comes, until somebody says stop."""
    stop = Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what Python gives
        stop.set()

    signal.signal(signal.SIGTERM, end)
    with inblue.Ledger.open(inblue.read_address(place), read_only=True) as ledger:
        print("following", flush=True)
        for entry in ledger.follow(after=read_cursor(cursor), stop=stop):
            if not tell(url, entry, stop):
                return
            keep_cursor(cursor, entry.index)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
