"""Keys on a token and in an ssh-agent at the desk: by a name of the key folder, or by where they are."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from command_line import call
from devices import MODULE, PIN, Agent, Token, make_tokens, running_agent
from paths import INBLUE
from signers import LOG, REGISTRAR, SECOND
from terminal import at_terminal

PASSPHRASE = "four words nobody says"
KEYS = (("registrar", b"r" * 32), ("log", b"l" * 32))


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Token:
    (made,) = make_tokens(tmp_path_factory.mktemp("devices") / "d", ["office"], {"office": KEYS})
    return made


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    with running_agent({"second": b"2" * 32}) as running:
        yield running


def run(path: Path, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(path), **more}
    return call([INBLUE, *map(str, words)], env=env)


def ok(path: Path, *words: object, **more: str) -> str:
    done = run(path, *words, **more)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert PIN not in done.stderr
    return done.stderr


def entries(path: Path) -> int:
    """How many there are; all of them hold."""
    return int(json.loads(ok(path, "verify", "--json"))["entries"])


@pytest.fixture
def founded(tmp_path: Path, token: Token) -> Path:
    """A ledger both of whose keys are on a token."""
    path = tmp_path / "council.db"
    for name, key in (("registrar", REGISTRAR), ("log", LOG)):
        assert ok(path, "key", "link", name, token.uri(name), **token.env).startswith(f"linked {name}: {key.key_id}\n")
    ok(path, "init", **token.env, INBLUE_PIN=PIN)
    return path


def test_a_ledger_whose_keys_are_both_on_a_token_is_kept_as_any_other(founded: Path, token: Token) -> None:
    ok(founded, "draft", "circulate", "S/1", **token.env, INBLUE_PIN=PIN)
    assert entries(founded) == 3
    (registrar,) = json.loads(ok(founded, "key", "list", "--json"))["keys"]
    assert (registrar["name"], registrar["key"]) == ("registrar", REGISTRAR.key_id)
    kept = ["log.pub", "log.uri", "registrar.pub", "registrar.uri"]
    assert sorted(path.name for path in (founded.parent / "council.db.keys").iterdir()) == kept


def test_the_log_key_may_be_in_the_folder_and_officers_keys_where_they_are(
    tmp_path: Path, token: Token, agent: Agent
) -> None:
    path = tmp_path / "council.db"
    given = {"INBLUE_PASSPHRASE": PASSPHRASE, "INBLUE_PIN": PIN, **agent.env, **token.env}
    ok(path, "init", **given)
    in_agent, on_token = f"ssh-agent:{agent.fingerprints['second']}", token.uri("registrar")
    ok(path, "key", "link", "second", in_agent, **given)
    ok(path, "key", "enrol", "second", "--office", "registrar", **given)
    ok(path, "key", "link", "card", on_token, **given)
    ok(path, "key", "enrol", "card", "--office", "registrar", "--key", in_agent, **given)
    for number, key in enumerate(("second", "card", in_agent, on_token, "registrar")):
        ok(path, "draft", "circulate", f"S/{number}", "--key", key, **given)
    assert entries(path) == 9


def test_a_dry_run_needs_neither_pin_nor_passphrase(founded: Path, token: Token) -> None:
    before = entries(founded)
    for key in ("registrar", token.uri("registrar")):
        ok(founded, "draft", "circulate", "S/1", "--dry-run", "--key", key, **token.env)
    assert entries(founded) == before


def test_a_pin_comes_from_a_file_that_the_uri_names(founded: Path, token: Token, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text(PIN + "\nand nothing else")
    uri = f"{token.uri('registrar')}?pin-source=file:{tmp_path / 'pin'}&module-path={MODULE}"
    ok(founded, "draft", "circulate", "S/1", "--key", uri, **token.env)  # the log's key is on that token too
    (tmp_path / "pin").unlink()
    done = run(founded, "draft", "circulate", "S/2", "--key", uri, **token.env)
    assert refused(done) == (
        f"inblue: pin-source {tmp_path / 'pin'}: No such file or directory; next: inblue key list\n"
    )


def test_a_pin_is_asked_for_at_a_terminal_once_and_not_shown(founded: Path, token: Token) -> None:
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(founded), **token.env}
    asked = "PIN of the token office: "
    told = at_terminal([INBLUE, "draft", "circulate", "S/1", "--yes"], env=env, answers=f"{PIN}\n", after=asked)
    assert (told.status, told.shown.count(asked), told.shown.count(PIN)) == (0, 1, 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"INBLUE_PIN": "a wrong one"}, "inblue: the token office has another PIN; it was tried once"),
        ({}, "inblue: the token office needs its PIN"),
        ({"INBLUE_PIN": PIN, "INBLUE_PKCS11_MODULE": ""}, "inblue: no PKCS#11 module is named"),
        ({"INBLUE_PIN": PIN, "SOFTHSM2_CONF": "/dev/null"}, "inblue: the token office "),
    ],
)
def test_what_goes_wrong_is_one_line_and_nothing_is_recorded(
    founded: Path, token: Token, given: Mapping[str, str], said: str
) -> None:
    before = entries(founded)
    shown = refused(run(founded, "draft", "circulate", "S/1", **{**token.env, **given}))
    assert shown.startswith(said)
    assert "a wrong one" not in shown
    assert entries(founded) == before


def test_no_ledger_is_founded_with_a_wrong_pin(tmp_path: Path, token: Token) -> None:
    path = tmp_path / "council.db"
    ok(path, "key", "link", "registrar", token.uri("registrar"), **token.env)
    refused(run(path, "init", **token.env, INBLUE_PIN="a wrong one", INBLUE_PASSPHRASE=PASSPHRASE))
    assert sorted(each.name for each in tmp_path.rglob("*") if each.is_file()) == ["registrar.pub", "registrar.uri"]


def test_a_pin_in_a_uri_is_refused_and_not_repeated(founded: Path, token: Token) -> None:
    uri = f"{token.uri('registrar')}?pin-value={PIN}"
    for words in (("draft", "circulate", "S/1", "--key", uri), ("key", "link", "again", uri)):
        assert "a PIN does not belong in a PKCS#11 URI" in refused(run(founded, *words, **token.env))


@pytest.mark.parametrize("where", ["file:/x", "pkcs11:token=office", "ssh-agent:registrar", ""])
def test_what_names_no_key_is_not_linked(tmp_path: Path, where: str) -> None:
    refused(run(tmp_path / "council.db", "key", "link", "x", where))
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_linked_once(founded: Path, token: Token) -> None:
    assert "is already there" in refused(run(founded, "key", "link", "log", token.uri("registrar"), **token.env))
    secrets = {"INBLUE_PASSPHRASE": PASSPHRASE, "INBLUE_NEW_PASSPHRASE": PASSPHRASE}
    assert "is already there" in refused(run(founded, "key", "new", "log", **secrets))
    done = run(founded, "key", "passphrase", "log", **secrets)
    assert "is not in this folder, but at pkcs11:token=office;object=log" in refused(done)


def test_a_link_that_was_turned_to_another_key_signs_nothing(founded: Path, token: Token) -> None:
    link = founded.with_name("council.db.keys") / "registrar.uri"
    for text, said in (
        (token.uri("log"), "is not that of"),
        ("elsewhere", "registrar.uri: a key that is kept elsewhere is named by pkcs11:... or ssh-agent:SHA256:..."),
    ):
        link.write_text(text + "\n")
        done = run(founded, "draft", "circulate", "S/1", **token.env, INBLUE_PIN=PIN)
        assert said in refused(done)


def test_a_member_signs_a_ballot_with_a_key_in_an_agent(tmp_path: Path, agent: Agent) -> None:
    path, given = tmp_path / "council.db", {"INBLUE_PASSPHRASE": PASSPHRASE, **agent.env}
    ok(path, "init", **given)
    ok(path, "draft", "circulate", "S/2026/1", **given)
    ok(path, "letter", "send", "opening", "--roster", "unsc-2026", "--programme-of-work", **given)
    blank, signed, where = tmp_path / "blank", tmp_path / "signed", f"ssh-agent:{agent.fingerprints['second']}"
    ok(path, "vote", "blank", blank, **given)
    said = ok(path, "vote", "sign", "COL", "in_favour", blank, signed, "--key", where, **given)
    assert said.endswith(f"signed with {SECOND.key_id[:16]}\n")
