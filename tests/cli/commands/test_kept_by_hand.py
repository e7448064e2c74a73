"""A vote kept by hand, from the founding to the announcement, as the registrar's desk would."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from paths import INBLUE
from seats import FILE_2021

SYMBOL, LETTER = "S/2026/900", b"The delegation votes in favour."
IN_TIME = ["CHN", "EST", "FRA", "IND", "IRL", "KEN", "MEX", "NER", "RUS"]


def run(ledger: Path, *words: object) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": str(ledger)}
    return call([INBLUE, *map(str, words)], env=env)


def ok(ledger: Path, *words: object) -> str:
    done = run(ledger, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def audit(ledger: Path) -> Any:
    (vote,) = json.loads(ok(ledger, "audit", "--json"))["votes"]
    return vote


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vote whose window is over, with eleven replies, not yet closed. What was said is in ``said.json``.

    It was opened as of 25 hours ago, since nobody can wait for a day: the record flags that.
    """
    folder = tmp_path_factory.mktemp("desk")
    ledger, letter, now = folder / "council.db", folder / "letter.txt", datetime.now(UTC)
    letter.write_bytes(LETTER)
    opened, arrived = (f"{now - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (25, 20))
    paper = ("--office", "permanent_representative", "--signed", "--addressee", "president", "--received-at", arrived)
    said = [ok(ledger, "init", "--origin", "example.org/votes", "--holder", "The Director")]
    said += [ok(ledger, "presidency", "assign", "GBR", f"{now - timedelta(hours=25):%Y-%m}")]
    said += [
        ok(ledger, "draft", "circulate", SYMBOL, "--title", "A text", "--sponsor", "GBR", "--text", f"en={letter}")
    ]
    late = ("--opens-at", opened, "--file", letter)
    said += [ok(ledger, "letter", "send", "opening", "--roster", FILE_2021, *late)]
    for member in IN_TIME:
        file = ("--file", letter) if member == "EST" else ()
        said += [ok(ledger, "vote", "cast", member, "in_favour", *paper, *file)]
    said += [ok(ledger, "vote", "cast", "USA", "against")]
    said += [ok(ledger, "vote", "cast", "VNM", "none", "--unsigned", "--received-at", arrived)]
    said += [ok(ledger, "receipt", "acknowledge", "EST")]
    (folder / "said.json").write_text(json.dumps(said))
    return folder


@pytest.fixture
def ledger(desk: Path, tmp_path: Path) -> Path:
    shutil.copytree(desk, tmp_path / "desk")
    return tmp_path / "desk" / "council.db"


@pytest.mark.long
def test_every_act_is_answered_by_what_was_recorded(desk: Path) -> None:
    said = json.loads((desk / "said.json").read_text())
    assert said[0].startswith("founded ")
    assert said[1].startswith("GBR presides over the United Nations Security Council")
    assert said[2] == f"{SYMBOL}, act 0: draft {SYMBOL} circulated by GBR: a substantive question\n"
    assert "opening letter: the window opens; it closes" in said[3]
    assert f"{SYMBOL}, act 2: CHN: in favour" in said[4]
    late, empty, acknowledged = said[-3:]
    assert "USA: reply 1 does not count: received" in late
    assert "(clause late)" in late
    assert "(clause choices)" in empty
    assert "EST: receipt acknowledged" in acknowledged


def test_the_desk_before_the_close(ledger: Path) -> None:
    status = ok(ledger, "status")
    assert "the window has been over for 1 h" in status
    assert "no reply yet 6" in status
    said = " ".join(status.split())
    assert "at the close: not adopted (in favour 0, against 0, abstentions 0, absent 15)" in said
    assert "adopted (in favour 9, against 0, abstentions 0, absent 6)" in said  # all were entered after it
    assert "acknowledgement owed to: CHN, FRA," in status
    record = ok(ledger, "audit")
    assert "no reply yet (4): NOR, VCT, TUN, GBR" in record
    assert "RUS: absent at the close, in favour as amended" in ok(ledger, "vote", "list")
    assert "tally" in run(ledger, "tally", "circulate").stderr
    assert run(ledger, "letter", "send", "opening", "--roster", FILE_2021).returncode == 2


def test_the_vote_is_closed_counted_and_announced(ledger: Path) -> None:
    ok(ledger, "entry", "correct", "CHN", "--field", "instrument.signatory", "--now", "A. Name", "--reason", "left out")
    assert "voting closed" in ok(ledger, "vote", "close")
    assert "in favour 9, against 0, abstentions 0, absent 6" in ok(ledger, "tally", "circulate")
    announced = ok(ledger, "result", "announce", "--resolution", "2800 (2026)")
    assert "adopted as resolution 2800 (2026)" in announced
    vote = audit(ledger)
    assert vote["tally"] == {"in_favour": 9, "against": 0, "abstention": 0, "absent": 6}
    assert (vote["outcome"], vote["unanimous"], vote["vetoed_by"]) == ("adopted", False, [])
    assert vote["announced"]["resolution"] == "2800 (2026)"
    assert (vote["times"], vote["silent"]) == ("live", ["NOR", "VCT", "TUN", "GBR"])
    verdicts = {r["member"]: (r["placement"], r["strength"], r["counted"]) for r in vote["replies"]}
    assert verdicts.pop("USA") == ("late", "documented", False)
    assert verdicts.pop("VNM") == ("inside", "documented", False)
    assert set(verdicts.values()) == {("inside", "documented", True)}  # typed in later: nobody vouches for the arrival
    late_entries = [f["member"] for f in vote["findings"] if f["clause"] == "registration"]
    assert late_entries == [*IN_TIME, "VNM", None]  # and the opening itself
    owed = {f["member"] for f in vote["findings"] if f["clause"] == "acknowledgement"}
    assert owed == {*IN_TIME, "USA", "VNM"} - {"EST"}
    assert "corrected from nothing to A. Name" in str(vote["findings"])
    assert "announced already" in run(ledger, "result", "announce").stderr
    assert "after_announcement" in ok(ledger, "vote", "cast", "NOR", "against") + str(audit(ledger)["findings"])
    assert "holds" in ok(ledger, "verify")
    bundle = ledger.with_name("vote.zip")
    ok(ledger, "export", bundle, "--vote", SYMBOL)
    assert "holds" in ok(ledger, "verify", bundle)
    assert ok(ledger, "diff", ledger, bundle) == "the same entries\n"


@pytest.mark.parametrize("change", ["another", "missing"])
def test_a_file_that_was_changed_is_named_by_check_and_entry(ledger: Path, change: str) -> None:
    digest = hashlib.sha256(LETTER).hexdigest()
    reply = next(reply for reply in audit(ledger)["replies"] if reply["member"] == "EST")
    assert (reply["instrument"]["sha256"], reply["instrument"]["media_type"]) == (digest, "text/plain")
    kept = Path(f"{ledger}.files") / digest[:2] / digest
    assert kept.read_bytes() == LETTER
    if change == "missing":
        kept.unlink()
    else:
        kept.write_bytes(LETTER.replace(b"in favour", b"against"))
    done = run(ledger, "verify", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["holds"]) == (1, False)
    found = [(problem["check"], problem["name"], problem["entry"]) for problem in told["problems"]]
    # founding, presidency, procedure, then the draft with its text, and the opening
    assert found == [(9, "files", 3), (9, "files", 4), (9, "files", 5 + IN_TIME.index("EST"))]
    said = run(ledger, "verify").stdout
    assert "check 9 files, entry 3:" in said
    assert digest[:16] in said
    assert all(len(line) <= 80 and line == line.rstrip() for line in said.splitlines())
