"""What the soak lets run, and kills: ``python soak_child.py WHAT LEDGER ...``. It prints what it has done.

A refusal is printed and gone on from. Anything else that is raised ends it with a traceback, which fails the soak.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated
from inblue.domain.errors import InblueError
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.authorities import Source
from inblue.ledger.operations.copy import copy
from inblue.ledger.operations.export import export
from inblue.ledger.operations.timestamps import stamp_head
from inblue.ledger.standards.timestamp import Authority
from inblue.ledger.stores.address import read_address


def say(*words: object) -> None:
    """One line, seen at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def record(ledger: Ledger, name: str, acts: int = 1_000_000, tell: Callable[..., None] = say) -> None:
    """Keep a file and circulate a draft, again and again: each printed once it is acknowledged."""
    procedure = built_in_procedure("unsc-2020-253").sha256
    for number in range(acts):
        content = hashlib.sha512(f"{name}/{number}".encode()).digest() * 20
        symbol = f"{name}/{number}"
        draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=procedure)
        try:
            sha256 = ledger.attach(content)
            ledger.perform(symbol, draft, signer=REGISTRAR)
            head = ledger.log.head()
        except InblueError as error:
            tell("refused", " ".join(str(error).split()))
            time.sleep(0.02)
            continue
        assert head is not None
        tell("done", symbol, sha256, base64.b64encode(head.note).decode())


def main(what: str, place: str, *words: str) -> None:
    """See above."""
    files = Path(os.environ["SOAK_FILES"]) if "SOAK_FILES" in os.environ else None
    signer = LOG if what == "record" else None
    with Ledger.open(
        read_address(place), log_signer=signer, files=files, read_only=what in {"export", "copy"}
    ) as ledger:
        say("ready")
        match what:
            case "record":
                record(ledger, words[0])
            case "export":
                export(ledger, Path(words[0]), vote=None, include_open=True)
            case "copy":
                copy(ledger, read_address(words[0]))
            case "stamp":
                authority = Authority.read(Path(words[1]).read_bytes(), where=words[1])
                while True:
                    for fetched in stamp_head(ledger, [Source(authority=authority, url=words[0])], anew=True):
                        say("stamped" if fetched.timestamp else "refused", fetched.fault or "")


if __name__ == "__main__":
    main(*sys.argv[1:])
