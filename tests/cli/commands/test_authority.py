"""Adopting, listing and retiring timestamp authorities at the desk."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from authority import POLICY, Tsa
from command_line import call
from jsonschema import Draft202012Validator
from paths import INBLUE

from inblue.cli.desk.schemas import schema_of


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": os.environ["PATH"],
        "INBLUE_PASSPHRASE": "four words nobody says",
        "INBLUE_LEDGER": str(folder / "council.db"),
    }
    return call([INBLUE, *map(str, words)], env=env)


def ok(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Tsa:
    return Tsa.make(tmp_path_factory.mktemp("tsa"), "one")


@pytest.fixture
def folder(tmp_path: Path, tsa: Tsa) -> Path:
    """A ledger; one authority as a document and as PEM."""
    value = {**tsa.authority.json_value(), "format": "inblue-authority/1"}
    (tmp_path / "one.json").write_text(json.dumps(value, indent=2))
    chain = "".join(f"# {name}\n" + (tsa.folder / f"{name}.pem").read_text() for name in ("root", "int"))
    (tmp_path / "chain.pem").write_text(chain)
    ok(tmp_path, "init")
    return tmp_path


def test_an_authority_is_adopted_listed_and_retired(folder: Path, tsa: Tsa) -> None:
    assert ok(folder, "authority", "adopt", folder / "one.json").startswith("one: adopted (")
    assert ok(folder, "authority", "adopt", folder / "one.json").startswith("one: adopted already (")
    pem = ("--name", "two", "--policy", POLICY, "--accuracy", "0.5")
    assert ok(folder, "authority", "adopt", folder / "chain.pem", *pem).startswith("two: adopted (")
    listed = json.loads(ok(folder, "authority", "list", "--json"))
    Draft202012Validator(schema_of("authorities")).validate(listed)
    one, two = listed["authorities"]
    assert (one["name"], one["accuracy_microseconds"]) == ("one", None)
    assert (two["name"], two["accuracy_microseconds"], two["policies"]) == ("two", 500_000, [POLICY])
    assert one["roots"] == two["roots"] == list(tsa.authority.roots())
    assert len(two["certificates"]) == 2
    assert ok(folder, "authority", "list").splitlines() == [
        line for each in (one, two) for line in (f"{each['name']}: {each['sha256']}", f"  root {each['roots'][0]}")
    ]
    kept = (folder / "council.db.files" / one["sha256"][:2] / one["sha256"]).read_bytes()
    assert kept == (folder / "one.json").read_bytes(), "word for word as it was given"
    assert ok(folder, "authority", "retire", "one", "--reason", "its key was lost") == "one: retired\n"
    assert ok(folder, "authority", "list").startswith("two: ")
    assert "every check passed" in ok(folder, "verify").replace("\n", " ")


def test_certificates_are_read_as_mail_and_editors_leave_them(folder: Path, tsa: Tsa) -> None:
    text = (folder / "chain.pem").read_bytes().replace(b"# int\n", "# Zwischenstück\n".encode("latin-1"))
    (folder / "odd.pem").write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n").rstrip())
    uuid = "2.25.329800735698586629295641978511506172918"
    ok(folder, "authority", "adopt", folder / "odd.pem", "--name", "two", "--policy", uuid)
    (listed,) = json.loads(ok(folder, "authority", "list", "--json"))["authorities"]
    assert (len(listed["certificates"]), listed["policies"]) == (2, [uuid])
    assert listed["roots"] == list(tsa.authority.roots())


def test_a_password_in_an_address_is_refused_and_not_shown(folder: Path, tsa: Tsa) -> None:
    source = {"authority": tsa.authority.json_value(), "url": "https://user:hidden@example.org/tsa"}
    (folder / "asked.json").write_text(json.dumps({"format": "inblue-authorities/1", "sources": [source]}))
    done = run(folder, "timestamp", "--authorities", folder / "asked.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "https://example.org/tsa: a user or password is not accepted in an address" in done.stderr
    assert "hidden" not in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("adopt", "chain.pem"), "need a --name and at least one --policy"),
        (("adopt", "one.json", "--name", "two"), "go with PEM"),
        (("adopt", "chain.pem", "--name", "Two", "--policy", POLICY), "name"),
        (("adopt", "trust.json"), "this field is missing"),
        (("adopt", "noise", "--name", "two", "--policy", POLICY), "no PEM certificate"),
        (("retire", "three", "--reason", "gone"), "the authority three is not adopted"),
    ],
)
def test_what_is_not_an_authority_is_refused_and_nothing_recorded(
    folder: Path, words: tuple[str, ...], says: str
) -> None:
    (folder / "trust.json").write_text('{"format": "inblue-trust/2"}')
    (folder / "noise").write_text("nothing")
    given = [folder / word if (folder / word).exists() else word for word in words]
    done = run(folder, "authority", *given)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    listed = ok(folder, "authority", "list")
    assert listed == "no timestamp authority is adopted; adopt one with inblue authority adopt\n"
