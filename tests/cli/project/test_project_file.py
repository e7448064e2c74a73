"""The project file: found upwards, overridden by environment and flags, read strictly, never with a secret."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from pathlib import Path

import pytest
from command_line import call
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from paths import INBLUE

from inblue.cli.desk.schemas import schema_of
from inblue.cli.project.fields import FIELDS
from inblue.cli.project.project_file import read_project
from inblue.domain.errors import Malformed

PASSPHRASE = "four words nobody says"
HEAD = 'format = "inblue-project/1"\n'


def run(folder: Path, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": PASSPHRASE, **more}
    return call([INBLUE, *map(str, words)], env=env, cwd=folder)


def ok(folder: Path, *words: object, **more: str) -> str:
    done = run(folder, *words, **more)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(folder: Path, *words: object, **more: str) -> str:
    done = run(folder, *words, **more)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    return done.stderr


def project(folder: Path, *lines: str) -> Path:
    path = folder / "inblue.toml"
    path.write_text(HEAD + "".join(f"{line}\n" for line in lines))
    path.chmod(0o600)
    return path


def settings(folder: Path, **more: str) -> dict[str, object]:
    shown = json.loads(ok(folder, "project", "show", "--json", **more))
    Draft202012Validator(schema_of("settings")).validate(shown)
    return {name: (each["value"], each["from"]) for name, each in shown["settings"].items() if each is not None}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger of two drafts, and a project file that names it, one of them, and a language."""
    folder = tmp_path_factory.mktemp("desk")
    project(folder, 'ledger = "council.db"', 'vote = "S/2026/1"', "simulated = true", 'language = "fr"')
    (folder / "below").mkdir()
    ok(folder, "init")
    for symbol in ("S/2026/1", "S/2026/2"):
        ok(folder, "draft", "circulate", symbol)
    return folder


def test_it_is_found_from_a_folder_below_and_its_paths_are_relative_to_it(desk: Path) -> None:
    (shown,) = json.loads(ok(desk / "below", "status", "--json"))["votes"]
    assert (shown["draft"], shown["times"]) == ("S/2026/1", "simulated")
    assert settings(desk / "below")["ledger"] == (str(desk / "council.db"), f"{desk / 'inblue.toml'}, line 2")


def test_the_environment_overrides_it_and_flags_override_both(desk: Path) -> None:
    def shown(*words: str, **more: str) -> list[str]:
        return [each["draft"] for each in json.loads(ok(desk, "status", "--json", *words, **more))["votes"]]

    assert shown() == ["S/2026/1"]
    assert shown(INBLUE_VOTE="S/2026/2") == ["S/2026/2"]
    assert shown("--vote", "S/2026/1", INBLUE_VOTE="S/2026/2") == ["S/2026/1"]
    assert settings(desk, INBLUE_LANG="es")["language"] == ("es", "INBLUE_LANG")


def test_a_key_of_the_environment_is_the_one_that_signs(desk: Path) -> None:
    assert "nobody.pem" in refused(desk, "draft", "circulate", "S/2026/3", INBLUE_KEY="nobody")


def test_what_belongs_to_its_ledger_is_left_out_for_another(desk: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    ok(desk, "init", other)
    ok(desk, "draft", "circulate", "S/2026/7", "--ledger", other)
    (shown,) = json.loads(ok(desk, "status", other, "--json"))["votes"]
    assert (shown["draft"], shown["times"]) == ("S/2026/7", "live")
    assert "vote" not in settings(desk, INBLUE_LEDGER=str(other))
    assert settings(desk, INBLUE_LEDGER=str(desk / "council.db"))["vote"][0] == "S/2026/1"  # type: ignore[index]


def test_the_whole_list_is_shown_although_one_vote_is_meant(desk: Path) -> None:
    assert len(ok(desk, "audit", "--all", "--json").splitlines()) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('legder = "council.db"', "line 2: 'legder' is not a field of a project file; did you mean ledger?"),
        ('passphrase = "x"', "line 2: 'passphrase': a secret has no place in a project file"),
        ("simulated = 1", "line 2: simulated is true or false"),
        ('language = "de"', "line 2: language is one of ar, zh, en, fr, ru, es"),
        ('ledger = "postgresql://clerk:secret@db/votes"', "line 2: ledger contains a password"),
        ('ledger = "x', "not TOML"),
        ('mail_hosts = "mx"', "line 2: mail_hosts is a list of texts"),
        ("[ledger]", "line 2: ledger is text in quotes"),
        ("a" + ".a" * 60 + " = 1", "line 2: more than 50 dots"),
    ],
)
def test_what_it_may_not_say_is_one_line_with_file_line_and_mend(tmp_path: Path, line: str, said: str) -> None:
    path = project(tmp_path, line)
    told = refused(tmp_path, "status")
    assert told.startswith(f"inblue: {path}")
    assert said in told
    assert "secret@" not in told


def test_one_that_others_can_write_is_refused_and_none_is_used_where_that_is_said(tmp_path: Path) -> None:
    path = project(tmp_path, 'ledger = "council.db"')
    path.chmod(0o620)
    assert f"chmod go-w {path}" in refused(tmp_path, "status")
    assert "no ledger is named" in refused(tmp_path, "status", INBLUE_PROJECT="")


def test_one_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project(tmp_path)
    monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
    if path.stat().st_uid == 0:  # root's own is believed, so it must be somebody else's
        os.chown(path, 4711, -1)
    with pytest.raises(Malformed, match="belongs to another user"):
        read_project(path)


@pytest.mark.parametrize("kind", ["pipe", "folder", "dangling link", "too long", "not UTF-8"])
def test_what_is_not_a_project_file_is_refused_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "inblue.toml"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "dangling link":
            path.symlink_to("nowhere")
        case "too long":
            path.write_text(HEAD + "#" * 70_000)
        case _:
            path.write_bytes(HEAD.encode() + b"# \xff")
    assert str(path) in refused(tmp_path, "status")


def test_help_reads_none(tmp_path: Path) -> None:
    project(tmp_path, "nonsense")
    assert ok(tmp_path, "status", "--help").startswith("Usage:")


TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)) | TEXT, TEXT | st.booleans() | st.lists(TEXT, max_size=3)))
def test_whatever_it_says_is_read_or_refused_in_a_line(
    tmp_path_factory: pytest.TempPathFactory, said: dict[str, object]
) -> None:
    path = tmp_path_factory.getbasetemp() / "said" / "inblue.toml"
    path.parent.mkdir(exist_ok=True)  # of its own: what is in the folder of all tests would apply to all
    text = HEAD + "".join(f"{json.dumps(name)} = {json.dumps(value)}\n" for name, value in said.items())
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    path.chmod(0o600)
    try:
        found = read_project(path)
    except Malformed as error:
        told = str(error)
    else:
        told = f"{path}"
        assert set(found.values) == set(tomllib.loads(text)) - {"format"} <= set(FIELDS)
    assert told.startswith(str(path))
    assert told.isprintable()
