"""Each error that a person meets ends in the command that comes next, and that command exists."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest
from command_line import call
from paths import INBLUE
from seats import FILE_2021

from inblue.cli import COMMANDS
from inblue.cli.main import cli
from inblue.cli.workspace.next_command import with_next_command
from inblue.domain.errors import InblueError, Malformed, Refused
from inblue.ledger import errors

ENV = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": "council.db"}


def kinds(of: type[InblueError] = InblueError) -> Iterator[type[InblueError]]:
    """Every kind of error that the package raises: the tree of domain/errors.py, with what hangs below it."""
    for kind in of.__subclasses__():
        if kind.__module__.startswith("inblue."):
            yield kind
            yield from kinds(kind)


def commands(at: click.Command = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command of the command line, as it is typed."""
    if not isinstance(at, click.Group):
        yield path
        return
    for word in at.list_commands(click.Context(at)):
        inner = at.get_command(click.Context(at), word)
        assert inner is not None
        yield from commands(inner, (*path, word))


def exists(words: str) -> bool:
    """Whether a command line begins with a command that is there."""
    found: click.Command | None = cli
    for word in words.removeprefix("inblue ").split():
        if not isinstance(found, click.Group):
            return True
        found = found.get_command(click.Context(found), word)
    return found is not None and not isinstance(found, click.Group)


def error_of(kind: type[InblueError]) -> InblueError:
    return kind(None, "it cannot be") if issubclass(kind, Refused) else kind("it cannot be")


def test_every_kind_of_error_in_every_command_names_a_command_that_exists() -> None:
    walked = list(dict.fromkeys(kinds()))
    assert {Malformed, Refused, errors.NotFound, errors.Busy, errors.Broken, errors.SignerFailed} <= set(walked)
    every = list(commands())
    assert {words[0] for words in every} == set(COMMANDS)
    for words in every:
        for error in (*map(error_of, walked), PermissionError(13, "Permission denied", "council.db")):
            said = with_next_command("it cannot be", error, words)
            what = (words, type(error), said)
            if (see := re.fullmatch(r"it cannot be \(see (inblue .+) --help\)", said)) is not None:
                assert see[1].split()[1:] == list(words), what
            elif not said.endswith("; next: the same command again"):
                found = re.fullmatch(r"it cannot be; next: (inblue .+)", said)
                assert found is not None, what
                assert exists(found[1]), what
                assert found[1].split()[1:] != list(words), what


def test_a_message_that_names_its_mend_is_left_as_it_is() -> None:
    for said in ("take rows out with inblue mend", "it needs pip install 'inblue[tables]'", "it is open: chmod 600 it"):
        assert with_next_command(said, errors.Broken(said), ["status"]) == said


# At the desk


def run(folder: Path, *words: str, **more: str) -> str:
    done = call([INBLUE, *words], env={**ENV, **more}, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(folder: Path, *words: str, **more: str) -> str:
    done = call([INBLUE, *words], env={**ENV, **more}, cwd=folder)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    return done.stderr.rstrip("\n")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    run(folder, "init")
    run(folder, "draft", "circulate", "S/1")
    run(folder, "draft", "circulate", "S/2")
    run(folder, "letter", "send", "opening", "--roster", str(FILE_2021), "--vote", "S/2")
    run(folder, "vote", "cast", "NOR", "in_favour", "--vote", "S/2")
    run(folder, "key", "new", "clerk")
    run(folder, "key", "enrol", "clerk", "--office", "president")
    return folder


def closing(desk: Path) -> str:
    """The day, in New York, from which voting may be closed."""
    (vote,) = json.loads(run(desk, "status", "--vote", "S/2", "--json"))["votes"]
    (close,) = [each for each in vote["next_acts"] if each["act"] == "voting_closed"]
    return f"{datetime.fromisoformat(close['since']).astimezone(ZoneInfo('America/New_York')):%Y-%m-%d}"


@pytest.mark.parametrize(
    ("words", "then"),
    [
        ("vote close --vote S/1", "next: inblue letter send opening --vote S/1"),
        ("result announce --vote S/1", "next: inblue letter send opening --vote S/1"),
        ("letter send outcome --vote S/1", "next: inblue letter send opening --vote S/1"),
        ("window change 2099-01-01T00:00:00Z --vote S/1", "next: inblue status --vote S/1"),
        ("draft withdraw --vote S/2", "next: inblue status --vote S/2"),
        ("receipt acknowledge FRA --vote S/2", "next: inblue vote cast FRA POSITION --vote S/2"),
        ("entry correct NOR --field member --now FRA --reason slip --vote S/2", "next: inblue entry void 2 --vote S/2"),
        ("entry void 9 --reason slip --vote S/2", "next: inblue replay --vote S/2"),
        ("vote cast NOR in_favour --vote S/2", "(see inblue vote cast --help)"),
        ("vote cast FRA in_favour --vote S/2 --key clerk", "next: inblue key list"),
        ("vote cast FRA in_favour --vote S/2 --as president", "next: inblue key list"),
        ("vote cast FRA in_favour --vote S/2 --key nobody", "next: inblue key list"),
        ("draft circulate S/1 --round 4", "next: inblue status"),
        ("key new clerk", "next: inblue key list"),
        ("receipt write FRA fra.json --vote S/2", "next: inblue status"),
        ("inbox show 3", "next: inblue inbox list"),
        ("verify none.zip", "none.zip: no such bundle (see inblue verify --help)"),
        ("verify none.db", "make one with inblue init, or inblue play"),
        ("witness init w", "Missing option '--name' (see inblue witness init --help)"),
        ("authority adopt council.db.keys/log.pub --name a --policy 1.2.3", "--help)"),
    ],
)
def test_a_refusal_names_what_leads_on(desk: Path, words: str, then: str) -> None:
    assert refused(desk, *words.split()).endswith(then)


def test_what_must_wait_is_named_with_its_hour(desk: Path) -> None:
    for words in ("vote close", "result announce", "tally circulate", "letter send outcome"):
        said = refused(desk, *words.split(), "--vote", "S/2")
        assert f"next: inblue vote close --vote S/2, from {closing(desk)} " in said


def test_hours_in_a_refusal_are_those_of_the_votes_zone_and_in_the_language_that_was_chosen(desk: Path) -> None:
    said = refused(desk, "vote", "close", "--vote", "S/2")
    assert re.search(rf"the window is open until {closing(desk)} \d\d:\d\d:\d\d-0[45]; voting cannot", said)
    ahead = (datetime.now(UTC) + timedelta(days=400)).strftime("%Y-%m-%dT00:00:00Z")
    twice = refused(desk, "vote", "cast", "NOR", "in_favour", "--vote", "S/2", "--received-at", ahead)
    for each in (said, twice, refused(desk, "vote", "cast", "NOR", "in_favour", "--vote", "S/2")):
        assert not re.search(r"\d\dT\d\d:\d\d.*Z", each)
    assert "le délai de vote court jusqu’au" in refused(desk, "vote", "close", "--vote", "S/2", INBLUE_LANG="fr")
    assert "the window is open until" in refused(desk, "vote", "close", "--vote", "S/2", INBLUE_LANG="xx")


# Of several that are alike


def test_who_does_not_answer_is_asked_once_and_named_without_a_number(tmp_path: Path) -> None:
    run(tmp_path, "init")
    run(tmp_path, "draft", "circulate", "S/1")
    run(tmp_path, "letter", "send", "opening", "--roster", str(FILE_2021))
    run(tmp_path, "vote", "cast", "NOR", "in_favour")
    line = run(tmp_path, "witness", "init", "w", "--name", "one").splitlines()[-1]
    (tmp_path / "policy").write_text(f"{line} http://127.0.0.1:1\nquorum one\n")
    words = ("receipt", "acknowledge", "NOR", "--write", "nor.json")
    done = call([INBLUE, *words], env={**ENV, "INBLUE_POLICY": "policy"}, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "one has not cosigned: http://127.0.0.1:1/add-checkpoint: Connection refused" in done.stderr


def test_a_receipt_is_not_written_in_a_dry_run(desk: Path) -> None:
    run(desk, "receipt", "acknowledge", "NOR", "--vote", "S/2", "--write", "nor.json", "--dry-run")
    assert not (desk / "nor.json").exists()


def test_replies_that_fall_short_alike_are_listed_together(tmp_path: Path) -> None:
    run(tmp_path, "init")
    run(tmp_path, "draft", "circulate", "S/1")
    run(tmp_path, "letter", "send", "opening", "--roster", str(FILE_2021))
    for member in ("NOR", "FRA", "IND"):
        run(tmp_path, "vote", "cast", member, "in_favour")
    done = call([INBLUE, "verify", "--require", "proven"], env=ENV, cwd=tmp_path)
    short = done.stdout.partition("LESS THAN PROVEN:\n")[2]
    assert (done.returncode, short.count("attested.")) == (1, 1)
    assert short.startswith("- S/1: NOR, FRA, IND: attested.")
