"""Every command that reads takes a ledger, a bundle, a folder of tiles and an address of tiles alike."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from command_line import call
from paths import EXAMPLES, INBLUE
from shelf import serving

REAL, SIMULATED = "S/2020/240", "SIM/2026/1"
PLACES = ("ledger", "bundle", "folder", "address")
ONE = ("--vote", REAL)
READ = {
    "status": ("status", *ONE, "--json"),
    "status of all": ("status", "--json"),
    "replay": ("replay", *ONE, "--json"),
    "replay at": ("replay", *ONE, "--at", "2020-03-29", "--json"),
    "replay happened": ("replay", *ONE, "--as", "happened", "--json"),
    "replay from to": ("replay", *ONE, "--from", "2020-03-26", "--to", "2020-04-02", "--json"),
    "replay under": ("replay", *ONE, "--under", "unsc-2020-253", "--json"),
    "replay lines": ("replay", "--json-lines"),
    "audit": ("audit", *ONE, "--json"),
    "audit all": ("audit", "--all", "--json"),
    "vote list": ("vote", "list", "--json"),
}


class Places:
    """The same votes in four kinds of place."""

    def __init__(self, folder: Path, ledger: Path, address: str) -> None:
        self.folder = folder
        self.named = {
            "ledger": str(ledger),
            "bundle": str(folder / "all.zip"),
            "folder": str(folder / "tiles"),
            "address": address,
        }

    def run(self, *words: str, cwd: Path | None = None) -> CompletedProcess[str]:
        env = {"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(self.folder / "state")}
        return call([INBLUE, *words], env=env, cwd=cwd)

    def said(self, place: str, *words: str) -> str:
        """The output of a command that is given a place as SOURCE."""
        at = 2 if words[0] == "vote" else 1
        done = self.run(*words[:at], self.named[place], *words[at:])
        assert (done.returncode, done.stderr) == (0, ""), (place, words, done.stderr)
        return done.stdout


@pytest.fixture(scope="module")
def places(histories: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    folder = tmp_path_factory.mktemp("places")
    (folder / "tiles").mkdir()
    with serving(folder / "tiles") as server:
        made = Places(folder, histories, f"http://127.0.0.1:{server.server_port}")
        for words in (("export", str(folder / "all.zip")), ("publish", str(folder / "tiles"))):
            done = made.run(*words, "--ledger", str(histories))
            assert done.returncode == 0, done.stderr
        yield made


@pytest.mark.long
@pytest.mark.parametrize("name", READ)
def test_a_vote_is_the_same_wherever_it_is_read(places: Places, name: str) -> None:
    read = {}
    in_lines = name in {"replay lines", "audit all"}
    for place in PLACES:
        lines = places.said(place, *READ[name])
        values = [json.loads(each) for each in (lines.splitlines() if in_lines else [lines])]
        assert all(value["format"] for value in values)
        for value in values:
            as_of = value.pop("as_of")
            if place != "ledger":  # of one, only an audit says it
                assert as_of["entry"] == as_of["of"], place
        read[place] = values
    assert read["ledger"]
    assert read["bundle"] == read["folder"] == read["address"] == read["ledger"]


@pytest.mark.long
def test_the_place_may_be_given_as_ledger_or_by_the_environment_too(places: Places) -> None:
    for place in PLACES:
        given = places.run("status", "--ledger", places.named[place], *ONE)
        env = {
            "PATH": os.environ["PATH"],
            "XDG_STATE_HOME": str(places.folder / "s"),
            "INBLUE_LEDGER": places.named[place],
        }
        environment = call([INBLUE, "status", *ONE], env=env)
        assert given.returncode == environment.returncode == 0, (given.stderr, environment.stderr)
        assert given.stdout == environment.stdout
    done = places.run("status", places.named["bundle"], "--ledger", places.named["ledger"])
    assert done.returncode == 2
    assert "give SOURCE or --ledger, not both" in done.stderr


@pytest.mark.long
def test_what_is_made_of_a_vote_is_the_same_wherever_it_is_read(places: Places, tmp_path: Path) -> None:
    made: dict[str, dict[str, bytes]] = {}
    for place in PLACES:
        for what, words in {
            "compendium": ("compendium", "-o"),
            "page": ("report", "-o"),
            "paper": ("report", "--pdf", "-o"),
        }.items():
            out = tmp_path / f"{place}.{what}"
            places.said(place, *words, str(out), *ONE)
            made.setdefault(what, {})[place] = out.read_bytes()
    for what in ("page", "paper"):  # of a bundle that holds more, a page carries more
        assert made[what]["ledger"] == made[what]["folder"] == made[what]["address"]
    assert made["compendium"]["bundle"] == made["compendium"]["folder"] == made["compendium"]["address"]


def test_a_published_log_gives_the_bundle_that_the_ledger_gives(places: Places, tmp_path: Path) -> None:
    for place in ("ledger", "folder", "address"):
        done = places.run("export", str(tmp_path / f"{place}.zip"), *ONE, "--ledger", places.named[place])
        assert done.returncode == 0, done.stderr
    bundles = {(tmp_path / f"{place}.zip").read_bytes() for place in ("ledger", "folder", "address")}
    assert len(bundles) == 1


def test_a_command_that_needs_the_ledger_itself_says_so_in_a_line(places: Places, tmp_path: Path) -> None:
    wanted = {
        ("export", str(tmp_path / "x.zip")): {"bundle": "is a bundle already"},
        ("export", str(tmp_path / "x.zip"), *ONE, "--current"): {"folder": "nothing is recorded in a published log"},
    }
    for words, said in wanted.items():
        for place, text in said.items():
            done = places.run(*words, "--ledger", places.named[place])
            assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
            assert text in done.stderr
    assert not (tmp_path / "x.zip").exists()


def test_a_bundle_of_one_vote_has_no_other(places: Places, tmp_path: Path) -> None:
    bundle = tmp_path / "one.zip"
    assert places.run("export", str(bundle), *ONE, "--ledger", places.named["ledger"]).returncode == 0
    reading: list[tuple[str, ...]] = [("status",), ("replay",), ("audit",)]
    for words in (*reading, ("report", "-o", "p"), ("compendium", "-o", "p")):
        done = places.run(*words, "--ledger", str(bundle), "--vote", SIMULATED, cwd=tmp_path)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), words
        assert f"no vote on '{SIMULATED}' is in the bundle; there is {REAL}" in done.stderr
    assert places.run("replay", str(bundle)).returncode == 0  # there is one vote: it need not be named
    shown: list[tuple[str, ...]] = [("status", "--vote", REAL), ("replay",), ("audit", "--all"), ("vote", "list")]
    for words in shown:
        at = 2 if words[0] == "vote" else 1
        said = places.run(*words[:at], str(bundle), *words[at:]).stdout
        assert said.startswith("As of entry 29 of 85; the register is shown complete up to entry 77.")


def test_of_what_does_not_hold_nothing_is_shown(places: Places, tmp_path: Path) -> None:
    tiles = shutil.copytree(places.folder / "tiles", tmp_path / "tiles")
    entries = next((tiles / "tile" / "entries").rglob("*.p/*"), None)
    assert entries is not None
    entries.chmod(0o644)
    entries.write_bytes(_changed(entries))
    bundle = tmp_path / "broken.zip"
    _broken(places.folder / "all.zip", bundle)
    for place in (tiles, bundle):
        for words in (("status",), ("replay", *ONE), ("audit",), ("audit", "--all"), ("vote", "list")):
            at = 2 if words[0] == "vote" else 1
            done = places.run(*words[:at], str(place), *words[at:])
            assert (done.returncode, done.stdout) == (1, ""), (place, words)
            assert "does not hold" in done.stderr
            assert len(done.stderr.splitlines()) == 1


def _changed(file: Path) -> bytes:
    """The bytes with one of a signature changed, in the middle."""
    raw = bytearray(file.read_bytes())
    at = raw.rindex(b'"sig":"') + 20
    raw[at] = ord("A") if raw[at] != ord("A") else ord("B")
    return bytes(raw)


def _broken(source: Path, target: Path) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            raw = old.read(info)
            if info.filename.endswith("entries.jsonl"):
                at = raw.rindex(b'"sig":"') + 20
                raw = raw[:at] + (b"A" if raw[at : at + 1] != b"A" else b"B") + raw[at + 1 :]
            new.writestr(info, raw)


@pytest.mark.long
def test_reading_a_published_log_notices_that_it_was_rewritten_and_leaves_the_audit_remembered(
    places: Places, histories: Path, tmp_path: Path
) -> None:
    env = {"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(tmp_path / "state")}
    tiles = shutil.copytree(places.folder / "tiles", tmp_path / "tiles")

    def run(*words: str) -> CompletedProcess[str]:
        return call([INBLUE, *words], env=env)

    assert run("status", str(tiles)).returncode == 0  # begins to remember
    (state,) = (tmp_path / "state" / "inblue" / "audits").glob("*.json")
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps({"format": "inblue-trust/1", "log_key": _key_of(places)}))
    assert run("verify", str(tiles), "--trust", str(trust)).returncode == 0
    kept = state.read_bytes()
    assert run("audit", str(tiles), "--all").returncode == 0
    assert state.read_bytes() == kept
    shutil.rmtree(tiles)
    other = {**env, "INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": str(tmp_path / "other.db")}
    for words in (["play", str(EXAMPLES / "unga-74-544.case.json")], ["publish", str(tiles)]):
        assert call([INBLUE, *words], env=other).returncode == 0
    done = run("status", str(tiles))
    assert (done.returncode, done.stdout) == (1, "")
    assert "at the last audit this was the log" in done.stderr


def _key_of(places: Places) -> str:
    """The log's key, as a trust file names it."""
    said = json.loads(places.run("key", "list", "--json", "--ledger", places.named["ledger"]).stdout)
    return str(said["log_keys"][-1])
