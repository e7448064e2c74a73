"""The command: it serves a ledger that others record into, audits over it hold, and it keeps its token to itself."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from asking import Asker, serving
from command_line import call
from many_votes import founded, vote
from paths import INBLUE
from server import Database

from inblue.ledger.operations.copy import copy
from inblue.ledger.stores.address import read_address

TOKEN = "0123456789abcdef" * 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    ledger = founded(tmp_path / "ledger.db")
    vote(ledger, 0)
    ledger.close()
    return tmp_path / "ledger.db"


def record(path: Path, number: int, until: int = 34) -> None:
    ledger = founded(path)
    vote(ledger, number, until=until)
    ledger.close()


def test_it_serves_what_is_recorded_beside_it_and_ends_when_it_is_told_to(path: Path, tmp_path: Path) -> None:
    with serving("--ledger", str(path), "--with-files", home=tmp_path) as (ask, process):
        assert [each["draft"] for each in ask("/votes").json["votes"]] == ["SIM/0"]
        record(path, 1)
        assert [each["draft"] for each in ask("/votes").json["votes"]] == ["SIM/0", "SIM/1"]
        env = {"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(tmp_path / "state")}
        assert json.loads(call([INBLUE, "verify", ask.url, "--json"], env=env).stdout)["holds"]
        record(path, 2, until=9)
        assert json.loads(call([INBLUE, "verify", ask.url, "--json"], env=env).stdout)["holds"]
        record(path, 3)
        listed = call([INBLUE, "vote", "list", ask.url, "--json"], env=env)
        assert [each["draft"] for each in json.loads(listed.stdout)["votes"]] == ["SIM/0", "SIM/1"]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (out, err, process.returncode) == ("stopped\n", "", 0)


def test_open_votes_are_for_who_has_the_token_which_nothing_prints(path: Path, tmp_path: Path) -> None:
    record(path, 1, until=9)
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    options = ("--ledger", str(path), "--include-open", "--token-file", str(token))
    with serving(*options, home=tmp_path) as (ask, process):
        assert ask("/status", vote="SIM/1").status == 403
        assert Asker(ask.url, Authorization=f"Bearer {TOKEN}")("/status", vote="SIM/1").status == 200
        assert Asker(ask.url, Authorization=f"Bearer {TOKEN[::-1]}")("/status", vote="SIM/1").status == 401
        command = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        assert TOKEN.encode() not in command
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert TOKEN not in out + err


@pytest.mark.parametrize(
    ("options", "mode", "said"),
    [
        (("--include-open",), 0o600, "--include-open and --token-file go together"),
        (("--token-file", "token"), 0o600, "--include-open and --token-file go together"),
        (("--include-open", "--token-file", "token"), 0o644, "users other than its owner may read it"),
        (("--include-open", "--token-file", "nothing"), 0o600, "No such file"),
        (("--ledger", "nothing.db"), 0o600, "nothing.db"),
        (("--host", "203.0.113.1"), 0o600, "203.0.113.1:0"),
    ],
)
def test_a_wrong_call_is_one_line(path: Path, tmp_path: Path, options: tuple[str, ...], mode: int, said: str) -> None:
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(mode)
    given = options if "--ledger" in options else ("--ledger", str(path), *options)
    done = call([INBLUE, "serve", "--port", "0", *given], env={"PATH": "/usr/bin:/bin"}, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert TOKEN not in done.stderr


@pytest.mark.long
def test_it_serves_a_ledger_in_postgresql(path: Path, tmp_path: Path, postgres: Database) -> None:
    address = postgres.fresh()
    source = founded(path)
    copy(source, read_address(address), files=tmp_path / "kept")
    source.close()
    with serving("--ledger", address, "--files", str(tmp_path / "kept"), home=tmp_path) as (ask, _):
        assert [each["draft"] for each in ask("/votes").json["votes"]] == ["SIM/0"]
        assert ask("/audit", vote="SIM/0").json["as_of"]["of"] == 36
        assert len(ask("/entries").json["found"]) == 36
        assert ask("/page", vote="SIM/0").status == 200
