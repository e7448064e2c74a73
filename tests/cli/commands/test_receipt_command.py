"""``inblue receipt show`` and ``check``: in words, by the keys that the reader has, against what others hand over."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from command_line import call
from jsonschema import Draft202012Validator
from ledgers import OPENED, SMALL, small
from paths import INBLUE, ROOT
from tamper import left_out

from inblue.domain.acts import EntryVoided
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export, issue_receipt

PLAIN = {"PATH": "/usr/bin"}
SCHEMA = Draft202012Validator(json.loads((ROOT / "cli" / "schemas" / "receipt-check.json").read_text()))


def voided() -> Ledger:
    act = EntryVoided(number=2, reason="entered for the wrong member", voided_at=OPENED + timedelta(hours=4))
    return small(change=lambda history: [*history[:3], (4, act)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("receipts")
    ledger = small()
    export(ledger, made / "b.zip", vote=SMALL)
    export(small(change=left_out), made / "dropped.zip", vote=SMALL)
    export(voided(), made / "voided.zip", vote=SMALL, include_open=True)
    for member in ("CHN", "EST"):
        (made / f"{member}.receipt").write_bytes(issue_receipt(ledger, SMALL, member).canonical())
    (made / "voided.receipt").write_bytes(issue_receipt(voided(), SMALL, "CHN").canonical())
    return made


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (
            ("CHN.receipt",),
            "The receipt says that your vote is in. It was not checked that the log signed this.",
            0,
        ),
        (("CHN.receipt", "--against", "b.zip"), "Your vote is in.", 0),
        (("CHN.receipt", "--against", "dropped.zip"), "ANOTHER REPLY IS IN ITS PLACE", 1),
        (("EST.receipt", "--against", "b.zip"), "Your reply was received, and rejected under the clause late:", 0),
        (
            ("voided.receipt", "--against", "voided.zip"),
            "its entry was voided by act 3: entered for the wrong member",
            0,
        ),
        (("CHN.receipt", "--against", "b.zip", "--lang", "fr"), "Votre vote est enregistré.", 0),
    ],
)
def test_what_became_of_the_vote_is_said_first(folder: Path, words: tuple[str, ...], said: str, status: int) -> None:
    done = call([INBLUE, "receipt", "show", *words], env=PLAIN, cwd=folder)
    assert (done.returncode, said in " ".join(done.stdout.split())) == (status, True), done.stdout + done.stderr
    done = call([INBLUE, "receipt", "check", *words, "--json"], env=PLAIN, cwd=folder)
    value = json.loads(done.stdout)
    SCHEMA.validate(value)
    assert (done.returncode, said in value["text"]) == (status, True)


def test_what_is_not_a_receipt_is_refused(folder: Path) -> None:
    (folder / "none").write_text('{"format": "inblue-receipt/2"}')
    done = call([INBLUE, "receipt", "check", "none"], env=PLAIN, cwd=folder)
    assert (done.returncode, done.stderr.startswith("inblue: none: ")) == (2, True)


def test_a_page_is_one_file_that_carries_the_receipt(folder: Path) -> None:
    words = [INBLUE, "receipt", "show", "CHN.receipt", "--against", "b.zip", "--html", "page.html"]
    assert call(words, env=PLAIN, cwd=folder).returncode == 0
    page = (folder / "page.html").read_text()
    assert "default-src 'none'" in page
    assert "Your vote is in." in page
    assert call(words, env=PLAIN, cwd=folder).returncode == 2  # nothing is written over
