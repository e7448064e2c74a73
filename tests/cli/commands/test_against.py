"""`inblue verify --against`: of each receipt and ballot it is said what was found, and only what is there is exit 0."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import call
from ledgers import SMALL, small
from paths import INBLUE
from signers import REGISTRAR, SECOND
from tamper import left_out

from inblue.domain.ballot import SignedBallot
from inblue.ledger.entries.ballot import blank_of, sign
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export, issue_receipt
from inblue.ledger.standards.ed25519 import Ed25519Signer

CHINA = Ed25519Signer.from_seed(b"c" * 32)
PLAIN = {"PATH": "/usr/bin"}


def receipt() -> bytes:
    return issue_receipt(small(change=lambda history: history[:4]), SMALL, "CHN").canonical()


def ballot() -> bytes:
    """One that China has signed and that the registrar never entered."""
    ledger = small(members={"CHN": CHINA})
    blank = blank_of(ledger.vote(SMALL), ledger.register())
    return SignedBallot(envelope=sign(blank.ballot("CHN", "against"), CHINA)).canonical()


def for_another_opening() -> bytes:
    ledger = small(members={"CHN": CHINA})
    blank = blank_of(ledger.vote(SMALL), ledger.register()).model_copy(update={"opening": "0" * 64})
    return SignedBallot(envelope=sign(blank.ballot("CHN", "against"), CHINA)).canonical()


def signing() -> Ledger:
    """In which China signs its reply itself, with another nonce each time."""
    return small(members={"CHN": CHINA})


def dropped() -> Ledger:
    return small(change=left_out)


def under_another_key() -> Ledger:
    def lost(ledger: Ledger) -> None:
        ledger.replace_log_key(SECOND, cause="loss", signer=REGISTRAR)

    return small(change=left_out, before=lost)


@pytest.mark.parametrize(
    ("given", "ledger", "found", "line", "status"),
    [
        (receipt, small, "there", "receipt of CHN for S/1  there: act 2, entry 4 of the log", 0),
        (receipt, dropped, "another", "receipt of CHN for S/1  another is in its place", 1),
        (receipt, under_another_key, "undecided", "receipt of CHN for S/1  cannot be decided here", 1),
        (ballot, signing, "missing", "ballot of CHN for S/1  missing here", 1),
        (for_another_opening, signing, "undecided", "ballot of CHN for S/1  cannot be decided here", 1),
    ],
)
def test_of_each_it_is_said_what_was_found(
    tmp_path: Path, given: Callable[[], bytes], ledger: Callable[[], Ledger], found: str, line: str, status: int
) -> None:
    bundle = export(ledger(), tmp_path / "b.zip", vote=SMALL).path
    (tmp_path / "shown").write_bytes(given())
    words = [INBLUE, "verify", str(bundle), "--against", str(tmp_path / "shown")]
    said, value = call(words, env=PLAIN), json.loads(call([*words, "--json"], env=PLAIN).stdout)
    assert (said.returncode, [each["found"] for each in value["against"]]) == (status, [found])
    assert line in said.stdout
    assert value["holds"] == (found != "another")


def test_every_one_has_to_be_there(tmp_path: Path) -> None:
    ledger = signing()
    bundle = export(ledger, tmp_path / "b.zip", vote=SMALL).path
    words = [INBLUE, "verify", str(bundle), "--json"]
    shown = {"receipt": issue_receipt(ledger, SMALL, "CHN").canonical(), "ballot": ballot()}
    for name, content in shown.items():
        (tmp_path / name).write_bytes(content)
        words += ["--against", str(tmp_path / name)]
    done = call(words, env=PLAIN)
    found = [each["found"] for each in json.loads(done.stdout)["against"]]
    assert (done.returncode, found) == (1, ["there", "missing"])
