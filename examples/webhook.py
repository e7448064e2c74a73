"""Notifies a web service of every entry of a ledger, at least once and in order. Copy it and change ``message``.

    python webhook.py LEDGER URL CURSOR-FILE

Each entry is POSTed as JSON with its leaf index as ``Idempotency-Key``. That number always means the same entry, in
every copy and after a restart. The receiver keeps the largest key that it has handled, and answers 200 to any other
key without doing the work again: so it handles each entry once. The cursor is written after the answer; if the program
is killed in between, it sends that entry again. Entries of open votes are sent too: choose your receivers with care.
SIGTERM stops it between two entries. If the ledger's database does not answer, it says so and tries again.
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
AGAIN = 1.0  # seconds after which a database that gave no answer is asked again


def message(entry: inblue.Followed) -> dict[str, object]:
    """The JSON sent for an entry."""
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
    """POST an entry once; return whether it was accepted (2xx). A redirect does not count."""
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
    """POST an entry until it is accepted; return False if ``stop`` came first."""
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
    """Write the cursor to disk whole, or leave the old one."""
    partial = path.with_name(f"{path.name}.new")
    with partial.open("w") as file:
        file.write(str(index))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def main(place: str, url: str, cursor: Path) -> None:
    """Send every entry after the cursor, and new ones as they come, until told to stop."""
    stop = Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what Python gives
        stop.set()

    signal.signal(signal.SIGTERM, end)
    with inblue.Ledger.open(inblue.read_address(place), read_only=True) as ledger:
        print("following", flush=True)
        while not stop.is_set():
            try:
                for entry in ledger.follow(after=read_cursor(cursor), stop=stop):
                    if not tell(url, entry, stop):
                        return
                    keep_cursor(cursor, entry.index)
            except inblue.Busy as error:
                print(error, file=sys.stderr, flush=True)
                stop.wait(AGAIN)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
