"""Wrong calls, hostile input, keys that may not, tampering and crashes: one line, the right status, nothing changed."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from paths import EXAMPLES, INBLUE, REAL_CASE, contents
from seats import FILE_2021

PASSPHRASE = "four words nobody says"
REAL, SIMULATED = REAL_CASE, EXAMPLES / "simulated.case.json"


def run(ledger: Path | None, *words: object, **given: str) -> subprocess.CompletedProcess[str]:
    named = {"INBLUE_LEDGER": str(ledger)} if ledger else {}
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": PASSPHRASE, **named, **given}
    return call([INBLUE, *map(str, words)], env=env)


def ok(ledger: Path | None, *words: object) -> str:
    done = run(ledger, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def one_line(done: subprocess.CompletedProcess[str], status: int = 2) -> str:
    """The error, which must be one line on standard error and the only output."""
    assert (done.returncode, done.stdout) == (status, "")
    assert re.fullmatch(r"inblue: [^\n]+\n", done.stderr), done.stderr
    assert "fault in inblue" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger of two votes, an open one besides, and a key that is not enrolled."""
    path = tmp_path_factory.mktemp("refusals") / "ledger.db"
    ok(path, "play", REAL)
    ok(path, "play", SIMULATED)
    ok(path, "draft", "circulate", "S/1")
    ok(path, "letter", "send", "opening", "--vote", "S/1", "--roster", FILE_2021)
    ok(path, "vote", "cast", "NOR", "in_favour", "--vote", "S/1")
    ok(path, "draft", "circulate", "S/2")
    ok(path, "key", "new", "stranger")
    return path.parent


@pytest.fixture
def ledger(played: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    shutil.copytree(played, folder)
    return folder / "ledger.db"


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("letter send opening --vote S/1 --roster unsc-2021"), "(clause opening)"),
        (("vote close --vote S/1"), "(clause window)"),
        (("draft withdraw --vote S/1"), "(clause in_blue)"),
        (("window change 2099-01-01T00:00:00Z --vote S/1"), "(clause window)"),
        (("tally circulate --vote S/1"), "(clause window)"),
        (("result announce --vote S/1"), "(clause announcement)"),
        (("letter send outcome --vote S/1"), "(clause window)"),
        ((f"letter send opening --vote S/2 --roster {FILE_2021} --closes-at 2099-01-01T00:00:00Z"), "(clause window)"),
        (("entry correct NOR --vote S/1 --field member --now BEL --reason slip"), "(clause corrections)"),
        (
            ("entry correct NOR --vote S/1 --field position --was in_favour --now against --reason slip"),
            "no paper of this",
        ),
        (("reply reject NOR --vote S/1 --clause late --reason so"), "(clause late)"),
        (("reply reject NOR --vote S/1 --clause dated --reason so"), "(clause dated)"),
        (("draft circulate S/1"), "on record already"),
        (("letter send opening --vote S/2"), "roster"),
        (("letter send opening --vote S/2 --roster unsc-1950"), "unsc-1950"),
        (("vote cast NOR in_favour --vote S/1 --received-at 2099-01-01T00:00:00Z"), "ahead of the clock"),
        (("vote cast NOR in_favour --vote S/1 --received-at noon"), "--received-at"),
        (("vote cast NOR in_favour --vote S/1 --file no.pdf"), "no.pdf"),
        (("vote cast NOR"), "POSITION"),
        (("vote cast NOR in_favour"), "S/1, S/2"),
        (("vote cast NOR in_favour --vote S/1 --as president"), "does not hold the office president"),
        (("vote cast NOR in_favour --vote S/1 --key stranger"), "not enrolled"),
        (("vote cast NOR in_favour --vote S/1 --key log"), "not enrolled"),
        (("vote cast NOR in_favour --vote S/1 --key ../ledger"), "cannot be a key's name"),
        (("receipt acknowledge BEL --vote S/1"), "no reply 1 of BEL"),
        (("receipt acknowledge NOR --vote S/1 --reply 0"), "--reply"),
        (("presidency assign XXX 2026-01"), "XXX"),
        (("presidency assign BEL 2026-13"), "month"),
        (("draft circulate S/3 --sponsor XXX"), "XXX"),
        (("draft circulate S/3 --text en"), "CODE=FILE"),
        (("draft circulate S/3 --procedure none.json"), "none.json"),
        (("key new stranger"), "already there"),
        (("key rotate registrar registrar"), "the same key"),
        (("key rotate registrar nobody"), "nobody"),
        (("key revoke registrar --reason lost"), "last key"),
        (("key enrol stranger --office Wizard!"), "office"),
        (("key enrol log --office president"), "the log's key"),
        (("init LEDGER"), "something is there already"),
        (("init NEW --origin no+plus"), "--origin"),
        (("init none/new.db"), "no such folder"),
        (("export none/v.zip"), "no such folder"),
        (("export v.zip"), "not over"),
        (("export LEDGER --include-open"), "already"),
        (("diff LEDGER none.db"), "none.db"),
        (("verify LEDGER --trust none.json"), "none.json"),
        (("play none.json"), "none.json"),
        (("schema nonsense"), "nonsense"),
        (("status --vote S/9"), "S/9"),
        (("status --ledger none.db"), "none.db"),
        (("replay --at 2020-01-01T10:00:00 --vote S/1"), "--at"),
        (("--nonsense"), "--nonsense"),
    ],
)
def test_what_is_refused_is_one_line_and_leaves_every_file_alone(played: Path, words: str, says: str) -> None:
    before, ledger = contents(played), played / "ledger.db"
    given = [{"LEDGER": str(ledger), "NEW": str(ledger.parent / "new.db")}.get(word, word) for word in words.split()]
    assert says in one_line(run(ledger, *given))
    assert contents(played) == before


def test_no_ledger_is_named(tmp_path: Path) -> None:
    for words in (
        "status",
        "audit",
        "verify",
        "vote list",
        "key list",
        "init",
        f"play {REAL}",
        "vote cast BEL against",
    ):
        assert "INBLUE_LEDGER" in one_line(run(None, *words.split()))
    assert "--ledger" in one_line(run(None, "status", "--ledger", ""))


def test_what_is_not_a_ledger_is_not_written_to(tmp_path: Path) -> None:
    for name, content in (("empty.db", b""), ("text.db", b"a letter\n" * 1000), ("half.db", b"SQLite format 3\0")):
        (tmp_path / name).write_bytes(content)
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE votes (member, position)")
    before = contents(tmp_path)
    for path in sorted(tmp_path.iterdir()):
        commands = ("status", "verify", "vote cast BEL against", "key list", "checkpoint", f"play {SIMULATED}")
        for words in commands if path.name == "other.db" else commands[1:3]:
            assert path.name in one_line(run(path, *words.split()))
    assert contents(tmp_path) == before


def test_an_address_is_refused_without_its_password(tmp_path: Path) -> None:
    for words in ("status", "verify", "vote cast BEL against", "init"):
        done = run(None, *words.split(), INBLUE_LEDGER="postgresql://clerk:hunter22@host/votes")
        assert "hunter22" not in one_line(done)


def bad_cases() -> Iterator[tuple[str, str]]:
    real, simulated = REAL.read_text(encoding="utf-8"), SIMULATED.read_text(encoding="utf-8")
    yield "format", real.replace("inblue-case/1", "inblue-case/2", 1)
    yield "recorded_at", real.replace('"act": "vote_cast",', '"act": "vote_cast", "recorded_at": "2020-03-28",', 1)
    yield "times", real.replace('"documented"', '"live"', 1)
    yield "acts.0", real.replace('"sent_at": null', '"sent_at": "2020-03-27T25:00:00Z"', 1)
    yield "snapshot", real.replace('"opens_at": null', '"opens_at": null, "snapshot": "' + "0" * 64 + '"', 1)
    yield "outside", real.replace('"s-2020-268/annex-01-enclosure.zh.txt"', '"../../../etc/passwd"', 1)
    withdrawn = ', {"act": "draft_withdrawn", "withdrawn_at": "2026-03-11T00:00:00Z"}]}'
    yield "(acts.42): a draft may not be withdrawn", simulated.rstrip()[:-3].rstrip() + withdrawn
    yield "clause opening", simulated.replace('"kind": "compendium"', '"kind": "opening"', 1)
    yield "clause window", simulated.replace("T15:00:20-04:00", "T14:59:59-04:00", 1)
    yield "control character", simulated.replace("An invented text", "An \\u001b[2J text", 1)
    yield "levels", '{"format": "inblue-case/1", "draft": ' + '{"a":' * 1_500_000
    yield "levels", "[" * 8_000_000
    yield "(acts.0.sent_at): ", real.replace('"sent_at": null', '"sent_at": "noon"', 1)
    yield "which is the most", "[" * 50_000_000
    yield "UTF-8", "\udcff"


@pytest.mark.parametrize(("says", "text"), list(bad_cases()), ids=lambda text: text[:16])
def test_a_case_that_is_refused_says_where_and_writes_nothing(tmp_path: Path, says: str, text: str) -> None:
    case = tmp_path / "bad.case.json"
    case.write_bytes(text.encode("utf-8", "surrogateescape"))
    before, begin = contents(tmp_path), time.monotonic()
    said = one_line(run(tmp_path / "new.db", "play", case))
    assert time.monotonic() - begin < 5
    assert says in said
    assert len(said) < 600
    assert contents(tmp_path) == before
    assert list(tmp_path.iterdir()) == [case]


def test_what_is_quoted_cannot_steer_the_terminal(played: Path) -> None:
    hostile = "no\x1b[2J\x07\u202e\nsuch"
    for words in (("status", "--ledger", hostile), ("status", "--vote", hostile), (hostile,), ("verify", hostile)):
        said = one_line(run(played / "ledger.db", *words))
        assert not set(said) & {"\x1b", "\x07", "\u202e"}


# Passphrases and keys


def test_the_passphrase_appears_nowhere(ledger: Path) -> None:
    commands = ("status", "audit", "verify", "key list", "key list --json", "checkpoint", "vote cast", "key new x")
    calls = [run(ledger, *words.split()) for words in commands]
    calls += [run(ledger, *words.split(), INBLUE_PASSPHRASE=PASSPHRASE[::-1]) for words in ("draft circulate S/3",)]
    for done in calls:
        assert PASSPHRASE not in done.stdout + done.stderr
        assert PASSPHRASE[::-1] not in done.stdout + done.stderr
    for path in ledger.parent.rglob("*"):
        assert path.is_dir() or PASSPHRASE.encode() not in path.read_bytes()


def test_a_passphrase_that_is_missing_short_or_unreadable_makes_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("1234567\n")
    before = contents(tmp_path)
    bare = {"PATH": os.environ["PATH"]}
    command = [INBLUE, "init", str(tmp_path / "new.db")]
    for extra in ([], ["--passphrase-file", str(tmp_path / "none")], ["--passphrase-file", str(tmp_path / "short")]):
        done = subprocess.run(
            [*command, *extra], env=bare, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert "passphrase" in one_line(done)
    assert contents(tmp_path) == before


def test_openssl_reads_a_key_with_the_passphrase_only(ledger: Path) -> None:
    key = ledger.with_name("ledger.db.keys") / "registrar.pem"
    assert key.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700
    for phrase, status in ((PASSPHRASE, 0), ("other words", 1)):
        command = ["openssl", "pkey", "-in", str(key), "-passin", "stdin", "-noout", "-text"]
        done = subprocess.run(command, input=phrase, capture_output=True, text=True, check=False)
        assert (done.returncode, "ED25519" in done.stdout) == (status, status == 0)


def test_a_key_acts_from_its_enrolment_to_its_revocation(ledger: Path) -> None:
    def keys() -> list[tuple[str | None, str, bool]]:
        listed = json.loads(ok(ledger, "key", "list", "--json"))["keys"]
        return [(key["name"], key["office"], key["revoked"]) for key in listed]

    acknowledge = ("receipt", "acknowledge", "NOR", "--vote", "S/1", "--key", "stranger")
    assert "stranger" in ok(ledger, "key", "list")
    assert keys() == [("registrar", "registrar", False)]
    ok(ledger, "key", "enrol", "stranger", "--office", "president")
    assert "receipt_acknowledged" in one_line(run(ledger, *acknowledge))  # not for that office to record
    ok(ledger, "key", "new", "deputy")
    ok(ledger, "key", "enrol", "deputy", "--office", "registrar", "--until", "2020-01-01T00:00:00Z")
    assert "office registrar" in one_line(run(ledger, *acknowledge[:-1], "deputy"))  # its time was over
    ok(ledger, "key", "new", "clerk")
    ok(ledger, "key", "enrol", "clerk", "--office", "registrar")
    ok(ledger, *acknowledge[:-1], "clerk")
    ok(ledger, "key", "new", "clerk-2")
    ok(ledger, "key", "rotate", "clerk", "clerk-2", "--key", "registrar")
    before = contents(ledger.parent)
    assert "revoked" in one_line(run(ledger, "vote", "cast", "EST", "against", "--vote", "S/1", "--key", "clerk"))
    assert contents(ledger.parent) == before
    ok(ledger, "vote", "cast", "EST", "against", "--vote", "S/1", "--key", "clerk-2")
    ok(ledger, "key", "revoke", "clerk-2", "--reason", "end of term")
    assert "revoked" in one_line(run(ledger, "vote", "cast", "FRA", "against", "--vote", "S/1", "--key", "clerk-2"))
    assert [key for key in keys() if key[2]] == [("clerk", "registrar", True), ("clerk-2", "registrar", True)]
    assert "holds" in ok(ledger, "verify")


# Tampering


def damage(ledger: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(ledger)) as db:
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute(statement, values)
        db.commit()


@pytest.mark.parametrize("row", [1, 9, 40])
def test_one_byte_changed_is_named_by_its_entry(ledger: Path, row: int) -> None:
    with closing(sqlite3.connect(ledger)) as db:
        (state,) = db.execute("SELECT state FROM stored_events WHERE rowid = ?", (row,)).fetchone()
    changed = bytearray(state)
    changed[len(changed) // 2] ^= 1
    damage(ledger, "UPDATE stored_events SET state = ? WHERE rowid = ?", bytes(changed), row)
    for words, env in ((("verify", ledger), {}), (("verify",), {"INBLUE_LEDGER": str(ledger)})):
        done = run(None, *words, "--json", **env)
        told = json.loads(done.stdout)
        assert (done.returncode, done.stderr, told["holds"]) == (1, "", False)
        first = told["problems"][0]
        assert (first["entry"], first["name"]) in {(row - 1, "form"), (row - 1, "signature")}
        said = run(None, *words, **env)
        assert said.returncode == 1
        assert f"check {first['check']} {first['name']}, entry {row - 1}:" in said.stdout
        assert "DOES NOT HOLD" in said.stdout


def test_a_lost_entry_is_named(ledger: Path) -> None:
    damage(ledger, "DELETE FROM stored_events WHERE rowid = 30")
    done = run(ledger, "verify", "--json")
    assert (done.returncode, json.loads(done.stdout)["problems"][0]["entry"]) == (1, 29)


def test_a_ledger_argument_goes_before_the_environment(ledger: Path, tmp_path: Path) -> None:
    assert "holds" in ok(tmp_path / "none.db", "verify", ledger)
    assert "none.db" in one_line(run(ledger, "verify", tmp_path / "none.db"))


# Readers that go away, places that are full, kills at any moment


def gone(ledger: Path, *words: object) -> tuple[int, str]:
    """Status and standard error of a command whose reader has gone before it says anything."""
    reader, writer = os.pipe()
    os.close(reader)
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger)}
    done = subprocess.run(
        [INBLUE, *map(str, words)], env=env, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "audit",
        "audit --json",
        "status --vote S/1",
        "replay --vote S/1 --step",
        "schema case",
        "verify --json",
    ],
)
def test_a_reader_that_goes_away_is_not_a_fault_and_not_an_answer(played: Path, words: str) -> None:
    assert gone(played / "ledger.db", *words.split()) == (0, "")


def test_a_reader_that_goes_away_does_not_make_a_ledger_hold(ledger: Path) -> None:
    damage(ledger, "DELETE FROM stored_events WHERE rowid = 30")
    assert gone(ledger, "verify") == (1, "")
    assert gone(ledger, "verify", "--json") == (1, "")


def test_a_full_disk_and_a_closed_output_print_no_traceback(played: Path) -> None:
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(played / "ledger.db")}
    shell = f"{INBLUE} audit --json > /dev/full; echo $?; {INBLUE} audit >&-; echo $?; {INBLUE} vote cast 2>&-; echo $?"
    done = subprocess.run(["sh", "-c", shell], env=env, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["2", "0", "2"]
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr


@pytest.mark.long
def test_a_locale_without_the_letters_loses_letters_only(played: Path) -> None:
    for words in ("audit", "audit --json", "status"):
        done = run(played / "ledger.db", *words.split(), PYTHONIOENCODING="ascii")
        assert (done.returncode, done.stderr) == (0, "")
    told = run(played / "ledger.db", "audit", "--json", "--vote", "S/2020/240", PYTHONIOENCODING="latin-1").stdout
    assert json.loads(told)["votes"][0]["replies"][1]["instrument"]["signatory"] == "张军"


def entries(ledger: Path) -> int:
    """How many entries are on disk, as far as another process can see."""
    if not ledger.exists():
        return 0
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=5)) as db:
        (number,) = db.execute("SELECT count(*) FROM stored_events").fetchone()
    return int(number)


@pytest.mark.long
def test_playing_that_is_interrupted_leaves_a_vote_on_record_or_nothing(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": PASSPHRASE}
    for number, delay in enumerate((0, 0.01, 0.05, 0.2)):
        folder = tmp_path / str(number)
        folder.mkdir()
        command = [INBLUE, "play", str(REAL), "--ledger", str(folder / "ledger.db")]
        player = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while not any(folder.iterdir()) and player.poll() is None:
            time.sleep(0.0005)
        time.sleep(delay)
        player.send_signal(signal.SIGINT)
        _, said = player.communicate()
        assert b"Traceback" not in said
        assert list(folder.iterdir()) == [] or entries(folder / "ledger.db") > 20  # all of it, in one transaction


@pytest.mark.long
def test_playing_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    chance, ledger = random.Random(268), tmp_path / "ledger.db"
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger), "INBLUE_PASSPHRASE": PASSPHRASE}
    counts = []
    for goal in (1, 8, 17, 30, 41):
        player = subprocess.Popen(
            [INBLUE, "play", str(SIMULATED)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        while entries(ledger) < goal and player.poll() is None:
            time.sleep(0.001)
        time.sleep(chance.random() / 50)
        player.kill()
        _, said = player.communicate()
        assert said == b""
        counts.append(entries(ledger))
        assert run(ledger, "verify").returncode == 0  # what is there is whole at every moment
    assert counts == sorted(counts)
    assert 1 <= counts[0] < 49  # it was really cut off
    said_at_last = ok(ledger, "play", SIMULATED)
    assert "in SIM/2026/1 (SIMULATED)" in said_at_last
    assert ok(ledger, "play", SIMULATED).startswith("recorded 0 acts")
    assert entries(ledger) == 46 + 3  # with the founding, the procedure and the roster
    assert "holds" in ok(ledger, "verify")
    (vote,) = json.loads(ok(ledger, "audit", "--json"))["votes"]
    assert (vote["outcome"], vote["tally"]["in_favour"]) == ("adopted", 11)


def test_founding_that_was_killed_can_be_done_again(tmp_path: Path) -> None:
    chance, ledger = random.Random(2518), tmp_path / "ledger.db"
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger), "INBLUE_PASSPHRASE": PASSPHRASE}
    for _ in range(4):
        founder = subprocess.Popen([INBLUE, "init"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(0.15 + chance.random() / 2)
        founder.kill()
        founder.communicate()
    done = run(ledger, "init")
    assert done.returncode == 0 or "something is there already" in one_line(done)
    assert "holds" in ok(ledger, "verify")


SIGNS_WRONG = """
from inblue.cli.main import main
from inblue.ledger.standards.ed25519 import Ed25519Signer
sign, wrong = Ed25519Signer.sign, lambda self, message: sign(self, message + b" ")
Ed25519Signer.sign = wrong
main()
"""


def test_a_signature_that_does_not_hold_is_said_in_one_line_and_recorded_nowhere(ledger: Path) -> None:
    before = contents(ledger.parent)
    command = [sys.executable, "-c", SIGNS_WRONG, "draft", "circulate", "S/7"]
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": PASSPHRASE, "INBLUE_LEDGER": str(ledger)}
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    said = one_line(done)
    assert re.search(r"the signer of the key [0-9a-f]{16} gave a signature that does not hold under that key", said)
    assert contents(ledger.parent) == before
    ok(ledger, "draft", "circulate", "S/7")
    ok(ledger, "verify")
