"""A workspace looked over: each thing that is missing, unsafe or about to age, with what mends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from authority import Tsa, faketime
from command_line import call
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from jsonschema import Draft202012Validator
from paths import EXAMPLES, INBLUE

from inblue.cli.desk.schemas import schema_of

PASSPHRASE = "four words nobody says"
BARE = {"PATH": os.environ["PATH"]}
NEXT = (datetime.now(UTC).replace(day=1) + timedelta(days=31)).strftime("%Y-%m")


def run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return call([INBLUE, *words], env={**BARE, **more}, cwd=folder)


def told(folder: Path, **more: str) -> dict[str, str]:
    """The output of doctor: the remedy of each problem or note, by check."""
    done = run(folder, "doctor", "--json", **more)
    found = json.loads(done.stdout)
    Draft202012Validator(schema_of("doctor")).validate(found)
    to_mend = [each for each in found["advice"] if each["matter"] != "note"]
    assert (done.returncode, found["well"]) == ((1, False) if to_mend else (0, True))
    return {each["check"]: each["mend"] for each in found["advice"]}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    words = ("--passphrase-file", "passphrase")
    assert run(tmp_path, "setup", "--yes", "--president", "LVA", *words).returncode == 0
    assert run(tmp_path, "presidency", "assign", "LBR", NEXT, *words).returncode == 0
    return tmp_path


def test_a_workspace_just_set_up_has_nothing_to_mend(desk: Path) -> None:
    assert set(told(desk)) == {"no_authorities", "no_witnesses", "one_registrar", "no_next_log_key"}
    assert "to note" in run(desk, "doctor").stdout


def test_where_nothing_is_it_names_setup(tmp_path: Path) -> None:
    assert told(tmp_path) == {"no_project": "inblue setup", "no_ledger": "inblue setup, or --ledger"}


def opened(path: Path) -> None:
    path.chmod(0o755 if path.is_dir() else 0o644)


def without(desk: Path, *names: str) -> None:
    for name in names:
        (desk / "council.db.keys" / name).unlink()


def plain(path: Path) -> None:
    path.write_text("-----BEGIN PRIVATE KEY-----\n")


WRONG: dict[str, Callable[[Path], None]] = {
    "key_mode": lambda desk: opened(desk / "council.db.keys" / "log.pem"),
    "ledger_mode": lambda desk: opened(desk / "council.db"),
    "officer_key": lambda desk: without(desk, "registrar.pem"),
    "log_key": lambda desk: without(desk, "log.pem", "log.pub"),
    "plain_key": lambda desk: plain(desk / "council.db.keys" / "intake.pem"),
    "authorities_unread": lambda desk: also(desk, 'authorities = "nowhere.json"'),
    "policy_unread": lambda desk: also(desk, 'policy = "nowhere.txt"'),
}


def also(desk: Path, line: str) -> None:
    with (desk / "inblue.toml").open("a") as file:
        file.write(line + "\n")


@pytest.mark.long
@pytest.mark.parametrize("check", WRONG)
def test_what_is_wrong_is_named_with_its_mend(desk: Path, check: str) -> None:
    WRONG[check](desk)
    found = told(desk)
    assert check in found
    assert found[check]


def test_a_passphrase_in_the_environment_is_named_and_not_shown(desk: Path) -> None:
    done = run(desk, "doctor", INBLUE_PASSPHRASE=PASSPHRASE)
    assert "unset INBLUE_PASSPHRASE, and inblue unlock" in done.stdout
    assert PASSPHRASE not in done.stdout


def test_months_keys_and_files_that_lapse_are_named(desk: Path) -> None:
    words = ("--passphrase-file", "passphrase")
    soon = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert run(desk, "key", "new", "clerk", *words).returncode == 0
    assert run(desk, "key", "enrol", "clerk", "--office", "registrar", "--until", soon, *words).returncode == 0
    assert run(desk, "draft", "circulate", "S/2026/1", *words).returncode == 0
    assert told(desk)["key_lapses"] == "inblue key enrol NAME --office registrar"
    (desk / "council.db.files").rename(desk / "elsewhere")
    assert "no_files" in told(desk)


def test_an_authority_whose_certificate_ends_and_that_has_not_stamped_is_named(desk: Path) -> None:
    authority = Tsa.make(desk)
    document = json.loads(authority.authority.canonical())
    source = {"authority": document, "command": ["false"]}
    (desk / "authorities.json").write_text(json.dumps({"format": "inblue-authorities/1", "sources": [source]}))
    also(desk, 'authorities = "authorities.json"')
    found = told(desk)
    assert found["timestamp_pending"] == "inblue timestamp"
    assert found["not_adopted"] == "inblue authority adopt"


def test_a_key_folder_that_others_can_enter_is_named_with_the_command_that_closes_it(desk: Path) -> None:
    opened(desk / "council.db.keys")
    assert told(desk)["key_mode"] == "chmod go-rwx council.db.keys"
    (desk / "council.db.keys").chmod(0o700)
    assert "key_mode" not in told(desk)


def test_a_policy_that_names_another_key_of_the_log_than_the_present_one_is_named(desk: Path) -> None:
    words = ("--passphrase-file", "passphrase")
    (present,) = json.loads(run(desk, "key", "list", "--json").stdout)["log_keys"]
    (desk / "policy").write_text(f"log {present}\nquorum none\n")
    also(desk, 'policy = "policy"')
    assert not {"policy_log", "policy_unread"} & set(told(desk))
    assert run(desk, "key", "new", "log-2", *words).returncode == 0
    assert run(desk, "log-key", "announce", "log-2", *words).returncode == 0
    assert run(desk, "log-key", "replace", "log-2", "--cause", "rotation", *words).returncode == 0
    now = json.loads(run(desk, "key", "list", "--json").stdout)["log_keys"][-1]
    assert told(desk)["policy_log"] == f"inblue verify; then write into policy: log {now}"


# Files


def kept(desk: Path) -> list[Path]:
    return sorted(each for each in (desk / "council.db.files").rglob("*") if each.is_file())


def test_files_that_are_missing_or_have_other_bytes_are_named_each(desk: Path) -> None:
    words = ("--passphrase-file", "passphrase")
    (desk / "draft.txt").write_text("The Security Council,\n")
    assert run(desk, "draft", "circulate", "S/2026/1", "--text", "en=draft.txt", *words).returncode == 0
    assert not {"file_missing", "file_damaged"} & set(told(desk))
    (text,) = [each for each in kept(desk) if each.read_bytes() == b"The Security Council,\n"]
    text.write_text("The Security Council;\n")
    done = run(desk, "doctor")
    assert f"the file {text.name[:16]} is kept in council.db.files with other bytes" in done.stdout
    assert f"bring it back from a copy, into council.db.files/{text.parent.name}" in done.stdout
    text.unlink()
    assert f"the file {text.name[:16]} is named by entries and not kept" in run(desk, "doctor").stdout
    for each in kept(desk):
        each.unlink()
    assert "file_missing" in told(desk)


# Authorities and the clock


def ending(days: float) -> str:
    """The certificate of a root, which expires in ``days`` days."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=400)).not_valid_after(now + timedelta(days=days))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(("days", "check"), [(90, None), (30, "authority_ends"), (-1, "authority_ended")])
def test_an_authority_whose_certificate_ends_soon_or_has_ended_is_named(
    desk: Path, days: int, check: str | None
) -> None:
    document = {**json.loads(Tsa.make(desk).authority.canonical()), "certificates": [ending(days)]}
    source = {"authority": document, "command": ["false"]}
    (desk / "authorities.json").write_text(json.dumps({"format": "inblue-authorities/1", "sources": [source]}))
    also(desk, 'authorities = "authorities.json"')
    found = {name: mend for name, mend in told(desk).items() if name.startswith("authority_")}
    assert set(found) == ({check} if check else set())
    assert all("inblue authority adopt" in mend for mend in found.values())


def at_another_hour(desk: Path, shift: str, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**BARE, "LD_PRELOAD": faketime(), "FAKETIME": shift}
    return subprocess.run([INBLUE, *words], env=env, cwd=desk, capture_output=True, text=True, check=False)


@pytest.mark.long
def test_a_clock_that_the_last_timestamp_does_not_bear_out_is_named(desk: Path) -> None:
    words = ("--passphrase-file", "passphrase")
    authority = Tsa.make(desk / "tsa")
    source = {
        "authority": json.loads(authority.authority.canonical()),
        "command": [sys.executable, str(EXAMPLES / "authority.py"), "answer", str(authority.folder)],
    }
    (desk / "authorities.json").write_text(json.dumps({"format": "inblue-authorities/1", "sources": [source]}))
    document = {**authority.authority.json_value(), "format": "inblue-authority/1"}
    (desk / "authority.json").write_text(json.dumps(document))
    assert run(desk, "authority", "adopt", "authority.json", *words).returncode == 0
    also(desk, 'authorities = "authorities.json"')
    assert run(desk, "timestamp").returncode == 0
    assert "clock_and_token" not in told(desk)
    behind = at_another_hour(desk, "-2d", "doctor").stdout
    assert "the clock here is before a timestamp of test_one, of 20" in behind
    assert "fix: timedatectl; if the authority is wrong, inblue authority retire test_one" in behind
    alone = {"INBLUE_PROJECT": "", "INBLUE_LEDGER": "council.db"}  # no authority is asked
    env = {**BARE, **alone, "LD_PRELOAD": faketime(), "FAKETIME": "+2d"}
    ahead = [INBLUE, "draft", "circulate", "S/2026/1", *words]
    assert subprocess.run(ahead, env=env, cwd=desk, capture_output=True, check=False).returncode == 0
    assert run(desk, "timestamp").returncode == 0
    assert told(desk)["clock_and_token"] == ("timedatectl; inblue clock disown --vote S/2026/1 --act 0 --reason TEXT")
    disown = ("clock", "disown", "--vote", "S/2026/1", "--act", "0", "--reason", "the clock was ahead")
    assert run(desk, *disown, *words).returncode == 0
    assert "clock_and_token" not in told(desk)
