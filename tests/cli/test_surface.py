"""What surrounds the commands: help, completion, what is loaded, the examples that are shipped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from command_line import call
from jsonschema import Draft202012Validator
from paths import CASES, EXAMPLES, INBLUE

from inblue.cli import COMMANDS
from inblue.cli.desk.schemas import SCHEMAS, schema_of
from inblue.cli.main import cli

BARE = {"PATH": os.environ["PATH"]}


def run(*words: str, **given: str) -> subprocess.CompletedProcess[str]:
    env = {**BARE, **given}
    return call([INBLUE, *words], env=env)


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(path), command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            assert inner is not None
            yield from walk(inner, (*path, name))


TREE = dict(walk(cli))


@pytest.mark.parametrize("path", TREE)
def test_a_command_says_what_it_does_and_what_its_options_mean(path: str) -> None:
    command = TREE[path]
    assert command.help
    first, _, rest = command.help.partition("\n")
    assert first.endswith(".")
    assert not rest.strip() or rest.startswith("\n"), "the first line stands alone"
    assert not command.get_short_help_str(68).endswith("..."), "it fits the list of commands"
    for option in command.params:
        if isinstance(option, click.Option):
            assert (option.help or "").strip(), f"{path} {option.opts[0]}"


def test_the_list_that_is_shown_without_loading_them_is_what_the_commands_say() -> None:
    assert list(COMMANDS) == [path for path in TREE if path and " " not in path]
    for name, text in COMMANDS.items():
        assert (TREE[name].help or "").partition("\n")[0] == text


def test_help_is_printed_whole_wherever_it_is_asked_for() -> None:
    listed = run("--help").stdout
    assert all(f"  {name} " in listed for name in COMMANDS)
    assert run("-h").stdout == listed
    assert run("vote", "cast", "-h").stdout.startswith("Usage: inblue vote cast [OPTIONS] [MEMBER] [POSITION]\n")
    for words in (("vote",), ("key",)):  # a group alone is a wrong call that is answered by its help
        done = run(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("Usage: inblue")
        assert "\nCommands:\n" in done.stderr


def test_the_version_is_that_of_the_package() -> None:
    assert run("--version").stdout.startswith("inblue 0.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed(shell: str) -> None:
    done = run("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_INBLUE_COMPLETE={shell}_complete" in done.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("inblue vo", ["vote"]),
        ("inblue vote c", ["cast", "close"]),
        ("inblue schema a", ["audit", "audit-line", "authorities", "authority"]),
        ("inblue audit --j", ["--json"]),
        ("inblue letter send o", ["opening", "outcome"]),
    ],
)
def test_completion_offers_what_can_come_there(typed: str, offered: list[str]) -> None:
    given = {"_INBLUE_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    assert run(**given).stdout.split() == [f"plain,{word}" for word in offered]


def offered(typed: str, folder: Path) -> list[str]:
    """The values and kinds that a shell is given for the last word."""
    env = {**BARE, "_INBLUE_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    return call([INBLUE], env=env, cwd=folder).stdout.split()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project file, and a ledger of one draft."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "inblue.toml").write_text('format = "inblue-project/1"\nledger = "council.db"\nroster = "unsc-2026"\n')
    (folder / "inblue.toml").chmod(0o600)
    env = {**BARE, "INBLUE_PASSPHRASE": "four words nobody says"}
    for words in (["init"], ["draft", "circulate", "S/2026/7"]):
        call([INBLUE, *words], env=env, cwd=folder, check=True)
    return folder


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("vote cast latv", ["plain,LVA"]),
        ("vote cast c", ["plain,CHN", "plain,COL", "plain,COD"]),
        ("vote cast LVA in", ["plain,in_favour"]),
        ("status --vote S", ["plain,S/2026/7"]),
        ("reply reject LVA --clause win", ["plain,window"]),
        ("entry correct LVA --field pos", ["plain,position"]),
        ("letter send opening --roster unsc-2026", ["plain,unsc-2026"]),
        ("letter send opening --roster mine", ["file,mine"]),
        ("draft circulate S/1 --procedure unsc", ["plain,unsc-2020-253"]),
        ("draft withdraw --key reg", ["plain,registrar"]),
        ("inbox mails --intake-key reg", ["plain,registrar"]),
        ("key revoke l", ["plain,log"]),
        ("key enrol x --office perm", ["plain,permanent_representative"]),
        ("verify council.j", ["file,council.j"]),
        ("status --ledger cou", ["file,cou"]),
        ("audit --trust t", ["file,t"]),
    ],
)
def test_completion_offers_what_the_workspace_knows(workspace: Path, typed: str, wanted: list[str]) -> None:
    assert offered(f"inblue {typed}", workspace) == wanted


def test_completion_reads_no_ledger_over_its_bound_and_says_nothing_of_a_broken_one(tmp_path: Path) -> None:
    for content in (b"\0" * (64 * 1024 * 1024 + 1), b"no ledger"):
        (tmp_path / "ledger.db").write_bytes(content)
        assert offered("inblue status --ledger ledger.db --vote S", tmp_path) == []


@pytest.mark.parametrize(
    ("words", "like"),
    [
        (("stauts",), "'status'"),
        (("verfy",), "'verify'"),
        (("vote", "lst"), "'list'"),
        (("status", "--vot"), "'--vote'"),
        (("help", "vote", "cst"), "'cast'"),
    ],
)
def test_a_word_that_is_unknown_is_answered_with_one_like_it(words: tuple[str, ...], like: str) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert like in done.stderr
    assert "Did you mean" in done.stderr


def test_help_is_a_command_too() -> None:
    assert run("help", "vote", "cast").stdout == run("vote", "cast", "--help").stdout
    assert run("help").stdout == run("--help").stdout


def test_quietly_an_act_says_nothing_and_a_question_is_answered(workspace: Path) -> None:
    given = {"INBLUE_PASSPHRASE": "four words nobody says"}
    words = ("draft", "correct", "--title", "T", "--reason", "r")
    done = call([INBLUE, "-q", *words], env={**BARE, **given}, cwd=workspace)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "S/2026/7" in call([INBLUE, "-q", "status"], env=BARE, cwd=workspace).stdout


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["vote", "--help"], ["vote", "cast", "--help"]])
def test_help_costs_only_click(words: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", INBLUE, *words]
    done = subprocess.run(command, env=BARE, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "click" in loaded
    assert not loaded & {"pydantic", "pydantic_core", "eventsourcing", "cryptography", "rich", "sqlite3", "jsonschema"}


@pytest.mark.parametrize("module", ["merkle", "note", "checkpoint", "dsse"])
def test_a_part_of_the_kernel_costs_only_itself(module: str) -> None:
    code = (
        f"import sys, inblue; import inblue.ledger.standards.{module} as m; "
        f"assert inblue.ledger.standards.{module} is m; "
        "print({n.partition('.')[0] for n in sys.modules} & {'pydantic', 'eventsourcing', 'sqlite3', 'click', 'rich'})"
    )
    done = subprocess.run([sys.executable, "-c", code], env=BARE, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.long
def test_every_schema_is_one_and_every_example_follows_its_own() -> None:
    for name in SCHEMAS:
        Draft202012Validator.check_schema(schema_of(name))
    case = Draft202012Validator(json.loads(run("schema", "case").stdout))
    assert len(CASES) == 3
    for example in CASES:
        case.validate(json.loads(example.read_text(encoding="utf-8")))


def test_the_host_program_says_what_came_of_its_vote() -> None:
    done = subprocess.run([sys.executable, EXAMPLES / "embed.py"], env=BARE, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("refused: the window is open until 2026-11-03T15:00:00Z")
    assert len([line for line in lines if line.endswith("  in_favour")]) == 13
    assert {line[:3] for line in lines if line.endswith("  abstention")} == {"CHN", "RUS"}
    assert lines[-4:] == [
        "adopted {'in_favour': 13, 'against': 0, 'abstention': 2, 'absent': 0}",
        "outside the window: nobody",
        "findings: 5",
        "verifies: True",
    ]
    assert done.stderr == ""
