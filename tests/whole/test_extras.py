"""What is installed without extras, and what is said where one is missing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bare import BASE, EXTRAS, FOR_USERS, bare_python, brought_by, importable, run
from paths import REAL_CASE, ROOT, contents

from inblue.cli import COMMANDS

PASSPHRASE = {"INBLUE_PASSPHRASE": "four words nobody says"}
CASE = REAL_CASE
VOTE = ("--vote", "S/2020/240")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bare_python(tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="module")
def folder(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger in it."""
    folder = tmp_path_factory.mktemp("desk")
    done = run(python, "play", CASE, "--ledger", "a.db", folder=folder, **PASSPHRASE)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.mark.long
def test_without_extras_a_vote_is_recorded_verified_audited_replayed_exported_and_shown(
    python: Path, folder: Path
) -> None:
    def ok(*words: object) -> str:
        done = run(python, *words, folder=folder, **PASSPHRASE)
        assert (done.returncode, done.stderr) == (0, ""), words
        return done.stdout

    assert "adopted" in ok("audit", "a.db")
    assert ok("verify", "a.db")
    assert ok("replay", "a.db")
    assert json.loads(ok("status", "a.db", "--json"))
    ok("export", "a.zip", *VOTE, "--ledger", "a.db")
    assert ok("verify", "a.zip")
    ok("report", "a.zip", "-o", "a.html")
    ok("compendium", "-o", "b.html", "--ledger", "a.db")
    ok("publish", "tiles", "--ledger", "a.db")
    ok("verify", "tiles")
    ok("setup", "--yes", "--ledger", "b.db", "--president", "LVA")
    ok("draft", "circulate", "S/2026/1", "--title", "Mali", "--sponsor", "FRA", "--yes", "--ledger", "b.db")


LACKED = {
    ("audit", "a.db", "--lang", "fr"): ("French", "languages"),
    ("report", "a.db", "--lang", "ar", "-o", "x.html"): ("Arabic", "languages"),
    ("status", "--ledger", "postgresql://localhost/votes"): ("a ledger in PostgreSQL", "postgresql"),
    ("init", "--ledger", "postgresql://localhost/votes"): ("a ledger in PostgreSQL", "postgresql"),
    ("roles", "postgresql://localhost/votes"): ("a ledger in PostgreSQL", "postgresql"),
    ("report", "a.db", "--pdf", "-o", "x.pdf"): ("a PDF", "paper"),
    ("compendium", "--pdf", "-o", "x.pdf", "--ledger", "a.db"): ("a PDF", "paper"),
    ("export", "--parquet", "tables", "--ledger", "a.db"): ("Parquet", "tables"),
    ("publish", "s3://votes/x", "--ledger", "a.db"): ("publishing in a bucket", "s3"),
    ("serve", "--ledger", "a.db", "--port", "0"): ("serving", "serve"),
    ("witness", "serve", "w", "--port", "0"): ("serving", "witness"),
    ("unlock", "--keyring", "--own-agent", "--ledger", "a.db"): ("the system's keyring", "keyring"),
    ("key", "link", "x", "pkcs11:token=a;object=b?module-path=/a.so", "--ledger", "a.db"): (
        "a key on a token",
        "pkcs11",
    ),
}

ONE_AFTER_THE_OTHER = """
import contextlib, io, json, os, sys
from inblue.cli.main import run
def said(words):
    os.environ["INBLUE_PASSPHRASE"] = "four words nobody says"  # which each run takes away
    sys.argv, out = ["inblue", *words], io.StringIO()
    with contextlib.redirect_stderr(out), contextlib.redirect_stdout(io.StringIO()):
        status = run()
    return status, out.getvalue()
results = [said(words) for words in json.load(sys.stdin)]
print(json.dumps(results))
"""


@pytest.mark.long
def test_what_misses_an_extra_says_so_in_one_line_with_the_command(python: Path, folder: Path) -> None:
    made = run(python, "witness", "init", "w", "--name", "w.example.org", folder=folder, **PASSPHRASE)
    assert made.returncode == 0, made.stderr
    before = contents(folder)
    done = subprocess.run(
        [str(python), "-I", "-c", ONE_AFTER_THE_OTHER],
        input=json.dumps(list(LACKED)),
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    for (words, (what, extra)), (status, said) in zip(LACKED.items(), json.loads(done.stdout), strict=True):
        line = f"inblue: {what} needs the extra \"{extra}\": pip install 'inblue[{extra}]'\n"
        assert (status, said) == (2, line), words
    assert contents(folder) == before


def test_each_extra_is_of_pyproject_and_each_is_in_all_and_in_the_documentation() -> None:
    sources = [path.read_text(encoding="utf-8") for room in ("ledger", "cli") for path in (ROOT / room).rglob("*.py")]
    named = {name for text in sources for name in re.findall(r"""\bneed(?:s|ed)\(["'](\w+)["'],""", text)}
    named |= {name for text in sources for name in re.findall(r"inblue\[(\w+)\]", text)}
    assert named <= set(FOR_USERS)
    assert EXTRAS["all"] == [f"inblue[{','.join(FOR_USERS)}]"]
    assert "inblue[all]" in EXTRAS["dev"]
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    assert [name for name in FOR_USERS if f"| `{name}` |" not in page] == []


def test_a_command_imports_nothing_of_an_extra_before_it_is_used() -> None:
    base = {name for each in brought_by(BASE) for name in importable(each)}
    extra = {name for each in brought_by(EXTRAS["all"]) for name in importable(each)} - base
    assert {"babel", "psycopg", "typst", "pyarrow", "starlette", "obstore", "pyhanko"} <= extra
    program = "import json, sys; from importlib import import_module as take; " + "; ".join(
        f"take('inblue.cli.commands.{name.replace('-', '_')}{'_' * (name == 'import')}')" for name in COMMANDS
    )
    program += "; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    )
    assert set(json.loads(done.stdout)) & extra == set()
