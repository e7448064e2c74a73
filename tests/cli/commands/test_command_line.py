"""The command as its users run it: a separate process, text in a pipe, exit status."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from command_line import call
from jsonschema import Draft202012Validator
from paths import EXAMPLES, INBLUE, case_file
from rich.cells import cell_len
from seats import FILE_2021

from inblue.cli import COMMANDS
from inblue.cli.main import cli

PASSPHRASE = "four words nobody says"
REAL, SIMULATED, SILENCE = (case_file(n) for n in ("s-2020-268", "simulated", "unga-74-544"))


def run(*words: object, ledger: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    named = {"INBLUE_LEDGER": str(ledger)} if ledger else {}
    env = {**keep, "INBLUE_PASSPHRASE": PASSPHRASE, **named, **environment}
    return call([INBLUE, *map(str, words)], env=env)


def ok(*words: object, ledger: Path | None = None) -> str:
    done = run(*words, ledger=ledger)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def pristine(histories: Path) -> Path:
    return histories


@pytest.fixture
def ledger(pristine: Path, tmp_path: Path) -> Path:
    for name in ("ledger.db", "ledger.db.files", "ledger.db.keys"):
        source = pristine.with_name(name)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    return tmp_path / "ledger.db"


@pytest.mark.long
def test_the_real_case_as_json(pristine: Path) -> None:
    told = json.loads(ok("audit", "--json", "--vote", "S/2020/240", ledger=pristine))
    (vote,) = told["votes"]
    assert told["format"] == "inblue-audit/1"
    assert vote["tally"] == {"in_favour": 15, "against": 0, "abstention": 0, "absent": 0}
    assert (vote["outcome"], vote["unanimous"], vote["window"]["opens_at"]) == ("adopted", True, None)
    assert {reply["placement"] for reply in vote["replies"]} == {"indeterminate"}
    dated = {finding["member"] for finding in vote["findings"] if finding["clause"] == "dated"}
    assert dated == {"IDN", "DEU", "FRA", "GBR", "VCT", "VNM"}


@pytest.mark.parametrize("name", ["audit", "status", "replay", "verify", "case", "procedure", "roster"])
def test_what_is_printed_is_what_its_schema_says(pristine: Path, name: str) -> None:
    schema = json.loads(ok("schema", name))
    Draft202012Validator.check_schema(schema)
    if name == "case":
        printed = [json.loads(case.read_text()) for case in (REAL, SIMULATED, SILENCE)]
        broken = {**printed[0], "acts": [{"act": "vote_bought"}]}
        assert list(Draft202012Validator(schema).iter_errors(broken))
    elif name == "procedure":
        printed = [json.loads(ok("procedure", "show", each, "--json")) for each in ("unsc-2020-253", "unga-74-544")]
    elif name == "roster":
        printed = [{"name": "three", "members": [{"member": "BEL"}, {"member": "FRA", "permanent": True}]}]
    elif name == "replay":
        printed = [
            json.loads(ok("replay", "--json", "--vote", v, ledger=pristine)) for v in ("S/2020/240", "SIM/2026/1")
        ]
    else:
        words = (name, pristine) if name == "verify" else (name,)
        printed = [json.loads(ok(*words, "--json", ledger=pristine))]
    for each in printed:
        Draft202012Validator(schema).validate(each)
    if name in {"audit", "status", "replay", "verify"}:
        Draft202012Validator(closed(schema)).validate(printed[0])


def closed(schema: Any) -> Any:
    """The schema, with nothing let through that it does not describe."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(value) for name, value in schema.items()}
    return {**inner, "additionalProperties": False} if "properties" in schema else inner


@pytest.mark.parametrize("words", [("audit",), ("status",), ("verify",), ("vote", "list"), ("key", "list")])
def test_text_fits_eighty_columns_and_holds_no_escapes(pristine: Path, words: tuple[str, ...]) -> None:
    said = ok(*words, *([pristine] if words == ("verify",) else []), ledger=pristine)
    assert max(cell_len(line) for line in said.splitlines()) <= 80
    assert "\x1b" not in said


@pytest.mark.parametrize("vote", ["S/2020/240", "SIM/2026/1", "SIM/A/74/L.1"])
def test_one_vote_fits_eighty_columns(pristine: Path, vote: str) -> None:
    for words in (("status",), ("replay",), ("audit",), ("replay", "--step")):
        said = ok(*words, "--vote", vote, ledger=pristine)
        assert max(cell_len(line) for line in said.splitlines()) <= 80
        assert ("SIMULATED" in said) == vote.startswith("SIM")


def test_replay_shows_any_moment(pristine: Path) -> None:
    said = ok("replay", "--vote", "SIM/2026/1", "--at", "2026-03-08T02:30:00-05:00", ledger=pristine)
    assert "11 h 30 min left" in said
    assert run("replay", "--vote", "SIM/2026/1", "--at", "2020-01-01", ledger=pristine).returncode == 2


def test_a_moment_of_which_print_says_nothing_is_shown_as_not_known(pristine: Path) -> None:
    said = ok("replay", "--vote", "S/2020/240", "--at", "2020-03-29", ledger=pristine)
    assert "no reply yet" not in said
    assert "absent" not in said
    assert "not known 15" in said


def test_verify_says_holds_and_names_what_does_not(ledger: Path) -> None:
    assert "holds" in ok("verify", ledger)
    with sqlite3.connect(ledger) as db:
        db.execute("DROP TRIGGER stored_events_no_update")
        db.execute("UPDATE stored_events SET state = replace(state, 'A', 'B') WHERE rowid = 18")
    db.close()
    done = run("verify", ledger, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["holds"], told["problems"][0]["entry"]) == (1, False, 17)
    assert "entry 17" in run("verify", ledger).stdout
    assert run("audit", "--vote", "S/2020/240", ledger=ledger).returncode == 1


def bad(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    return path


def cases() -> Iterator[tuple[str, str]]:
    real = re.sub(r'\n *"files?": .*', "", REAL.read_text())  # the files themselves are not beside it
    yield "not JSON", real[:-20]
    yield "a key twice", real.replace('"times"', '"format": "inblue-case/1", "times"', 1)
    yield "an unknown field", real.replace('"times"', '"tmies": 1, "times"', 1)
    yield "an unknown act", real.replace('"vote_cast"', '"vote_bought"', 1)
    yield "NaN", real.replace('"president": "CHN"', '"president": NaN', 1)
    yield "a lone surrogate", real.replace('"CHN"', '"\\ud800"', 1)
    yield "no such procedure", real.replace("unsc-2020-253", "unsc-1999", 1)
    yield "no such roster", real.replace('"roster": "unsc-2020"', '"roster": "unsc-1999"', 1)
    yield "no id of a member", real.replace('"member": "BEL"', '"member": "B E"', 1)
    yield "an unknown member", real.replace('"sponsors": [', '"sponsors": ["XXX", ', 1)
    yield "an instant without a zone", SIMULATED.read_text().replace("T14:42:00-05:00", "T14:42:00", 1)
    yield "fifty megabytes", "[" * 50_000_000
    yield "deep nesting", '{"format": ' + "[" * 100_000


@pytest.mark.parametrize(("what", "text"), list(cases()), ids=lambda value: str(value)[:25])
def test_a_malformed_case_is_one_line_and_changes_nothing(ledger: Path, tmp_path: Path, what: str, text: str) -> None:
    before = hashlib.sha256(ledger.read_bytes()).hexdigest()
    begin = time.monotonic()
    for target in (ledger, tmp_path / "new.db"):
        done = run("play", bad(tmp_path / "case.json", text), ledger=target)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), what
        assert "fault in inblue" not in done.stderr
    assert time.monotonic() - begin < 20
    assert hashlib.sha256(ledger.read_bytes()).hexdigest() == before
    assert not (tmp_path / "new.db").exists()
    assert not (tmp_path / "new.db.keys").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("presidency", "assign", "XXX", "2020-04"), "XXX"),
        (("vote", "cast", "BEL", "maybe", "--vote", "S/2020/240"), "maybe"),
        (("vote", "cast", "BEL", "in_favour", "--vote", "S/1"), "S/1"),
        (("vote", "cast", "BEL", "in_favour", "--received-at", "2026-01-01T10:00:00"), "zone"),
        (("vote", "close", "--vote", "SIM/2026/1"), "clause window"),
        (("result", "announce", "--vote", "SIM/2026/1"), "clause announcement"),
        (("draft", "withdraw", "--vote", "SIM/2026/1"), "clause in_blue"),
        (("window", "change", "2030-01-01T00:00:00Z", "--vote", "SIM/2026/1"), "clause window"),
        (("letter", "send", "opening", "--vote", "SIM/2026/1", "--roster", "unsc-2021"), "clause opening"),
        (("receipt", "acknowledge", "BEL", "--vote", "S/2020/240", "--as", "president"), "office"),
        (("receipt", "acknowledge", "BEL", "--vote", "S/2020/240", "--key", "nobody"), "nobody"),
        (("nonsense",), "nonsense"),
    ],
)
def test_a_wrong_call_is_one_line_and_changes_nothing(ledger: Path, words: tuple[str, ...], says: str) -> None:
    before = hashlib.sha256(ledger.read_bytes()).hexdigest()
    done = run(*words, ledger=ledger)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr
    assert hashlib.sha256(ledger.read_bytes()).hexdigest() == before


def test_no_ledger_is_one_line(tmp_path: Path) -> None:
    text = bad(tmp_path / "letter.txt", "a letter" * 100)
    foreign = tmp_path / "foreign.db"
    sqlite3.connect(foreign).execute("CREATE TABLE t (x)").connection.close()
    calls = [("status",), ("verify", tmp_path / "none.db"), ("verify", text), ("verify", foreign)]
    for words in [*calls, ("status", "--ledger", "postgresql://db/votes")]:
        done = run(*words)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_a_wrong_or_missing_passphrase_is_one_line_and_never_shown(ledger: Path, tmp_path: Path) -> None:
    words = ("receipt", "acknowledge", "BEL", "--vote", "S/2020/240")
    wrong = run(*words, ledger=ledger, INBLUE_PASSPHRASE="some other words")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "some other words" not in wrong.stderr
    keep = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger)}
    none = subprocess.run(
        [INBLUE, *words], env=keep, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert (none.returncode, none.stderr.count("\n")) == (2, 1)
    secret = bad(tmp_path / "secret", PASSPHRASE + "\n")
    done = run(*words, "--passphrase-file", secret, ledger=ledger, INBLUE_PASSPHRASE="some other words")
    assert done.returncode == 0
    for key in Path(f"{ledger}.keys").glob("*.pem"):
        assert b"ENCRYPTED PRIVATE KEY" in key.read_bytes()
        assert key.stat().st_mode & 0o077 == 0


def test_a_procedure_file_with_an_unknown_field_is_one_line(ledger: Path, tmp_path: Path) -> None:
    rules = json.loads(ok("procedure", "show", "unsc-2020-253", "--json"))
    path = bad(tmp_path / "own.json", json.dumps({**rules, "id": "own", "vetoo": 1}))
    done = run("draft", "circulate", "X/1", "--procedure", path, ledger=ledger)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "vetoo" in done.stderr


@pytest.mark.long
def test_a_vote_by_hand_from_founding_to_announcement(tmp_path: Path) -> None:
    path, letter = tmp_path / "votes.db", bad(tmp_path / "letter.txt", "We vote in favour.")
    ok("init", path, "--origin", "example.org/votes")
    ok("draft", "circulate", "S/1", "--title", "A text", "--sponsor", "NOR", ledger=path)
    belated = ("--opens-at", "2026-01-01T12:00:00Z", "--file", letter)
    ok("letter", "send", "opening", "--roster", FILE_2021, *belated, ledger=path)
    seats = json.loads(ok("status", "--json", ledger=path))["votes"][0]["seats"]
    for seat in seats[:9]:
        ok("vote", "cast", seat["member"], "in_favour", "--received-at", "2026-01-01T13:00:00Z", "--signed",
           "--office", "permanent_representative", "--file", letter, ledger=path)  # fmt: skip
    ok("receipt", "acknowledge", seats[0]["member"], ledger=path)
    late = ok("vote", "cast", seats[9]["member"], "against", ledger=path)
    assert "does not count" in late
    ok("vote", "close", ledger=path)
    ok("tally", "circulate", ledger=path)
    assert "adopted as resolution 2800 (2026)" in ok("result", "announce", "--resolution", "2800 (2026)", ledger=path)
    vote = json.loads(ok("audit", "--json", ledger=path))["votes"][0]
    assert (vote["outcome"], vote["tally"]["in_favour"], vote["tally"]["absent"]) == ("adopted", 9, 6)
    assert {reply["strength"] for reply in vote["replies"][:9]} == {"documented"}
    assert "holds" in ok("verify", path)
    kept = Path(f"{path}.files") / hashlib.sha256(letter.read_bytes()).hexdigest()[:2]
    (kept / hashlib.sha256(letter.read_bytes()).hexdigest()).write_text("We vote against.")
    done = run("verify", path, "--json")
    assert (done.returncode, json.loads(done.stdout)["problems"][0]["name"]) == (1, "files")


def test_keys_are_made_enrolled_rotated_and_revoked(ledger: Path) -> None:
    ok("key", "new", "president", ledger=ledger)
    words = ("letter", "send", "procedure", "--vote", "S/2020/240", "--key", "president")
    assert run(*words, ledger=ledger).returncode == 2
    ok("key", "enrol", "president", "--office", "president", "--holder", "The President", ledger=ledger)
    ok(*words, ledger=ledger)
    ok("key", "new", "president-2", ledger=ledger)
    ok("key", "rotate", "president", "president-2", ledger=ledger)
    assert "revoked" in run(*words, ledger=ledger).stderr
    ok("letter", "send", "procedure", "--vote", "S/2020/240", "--key", "president-2", ledger=ledger)
    ok("key", "revoke", "president-2", "--reason", "end of term", ledger=ledger)
    keys = json.loads(ok("key", "list", "--json", ledger=ledger))["keys"]
    assert [(key["name"], key["revoked"]) for key in keys] == [
        ("registrar", False), ("president", True), ("president-2", True)
    ]  # fmt: skip
    assert "holds" in ok("verify", ledger)


def test_a_bundle_leaves_the_house_and_verifies_alone(ledger: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "vote.zip"
    ok("export", bundle, "--vote", "S/2020/240", ledger=ledger)
    alone = tmp_path / "elsewhere" / "vote.zip"
    alone.parent.mkdir()
    bundle.rename(alone)
    assert "holds" in ok("verify", alone)
    raw = bytearray(alone.read_bytes())
    raw[len(raw) // 2] ^= 1
    alone.write_bytes(raw)
    assert run("verify", alone).returncode in {1, 2}
    assert "— " in ok("checkpoint", ledger=ledger)


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            assert inner is not None
            yield from walk(inner, (*path, name))


def test_every_command_has_help_and_the_static_help_names_them_all() -> None:
    for path, command in walk(cli):
        assert command.help, path
    assert {path[0] for path, _ in walk(cli) if path} == set(COMMANDS)


def test_completion_knows_the_commands() -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_INBLUE_COMPLETE" in ok("completion", shell)
    done = run(_INBLUE_COMPLETE="bash_complete", COMP_WORDS="inblue vo", COMP_CWORD="1")
    assert done.stdout.split() == ["plain,vote"]


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import inblue", "pydantic eventsourcing cryptography rich click"),
        ("import inblue.cli.main", "pydantic eventsourcing cryptography rich"),
        (  # the help of every command word
            "from inblue.cli.main import COMMANDS, cli\nfor word in COMMANDS: cli.get_command(None, word)",
            "pydantic eventsourcing cryptography rich",
        ),
        ("import inblue.ledger.ledger, inblue.ledger.audit.whole_ledger", "multiprocessing subprocess difflib"),
        (
            "import inblue.ledger.standards.merkle, inblue.ledger.standards.note, inblue.ledger.standards.dsse",
            "pydantic eventsourcing",
        ),
        ("import inblue.ledger.audit.whole_ledger, inblue.ledger.audit.bundle", "eventsourcing sqlite3 click rich"),
        ("import inblue.domain.vote", "eventsourcing sqlite3 click rich cryptography"),
    ],
)
def test_nothing_is_loaded_that_is_not_needed(code: str, absent: str) -> None:
    check = f"{code}\nimport sys\nprint([m for m in {absent.split()!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_host_program_runs() -> None:
    script = EXAMPLES / "embed.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert "refused: the window is open" in done.stdout
    assert "adopted {'in_favour': 13" in done.stdout
    assert "verifies: True" in done.stdout


def test_a_reader_that_goes_away_is_not_a_fault(pristine: Path) -> None:
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(pristine)}
    shell = subprocess.run(
        ["sh", "-c", f"{INBLUE} audit | head -n 1"], env=env, capture_output=True, text=True, check=False
    )
    assert shell.stderr == ""
