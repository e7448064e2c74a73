"""The page as a file: what it is made from, what it refuses, and what it says without a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from command_line import call
from ledgers import ROSTER, SMALL, cast, hostile, members_of, small
from make_vectors import Vector, vectors
from paths import EXAMPLES, INBLUE, case_file
from signers import LOG, REGISTRAR

from inblue.cli.documents.page import build_page
from inblue.cli.language.choose import language
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export
from inblue.ledger.operations.play import play, read_case


def run(*words: object) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says"}
    return call([INBLUE, *map(str, words)], env=env)


def bundle_of(ledger: Ledger, folder: Path, symbol: str | None = None) -> Path:
    return export(ledger, folder / "vote.zip", vote=symbol, include_open=True).path


def page_of(ledger: Ledger, folder: Path, symbol: str = SMALL) -> str:
    return build_page(bundle_of(ledger, folder, symbol), symbol, None, language(None)).html


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real vote and the simulated silence procedure, on disk."""
    path = tmp_path_factory.mktemp("ledger") / "council.db"
    for name in ("s-2020-268", "unga-74-544"):
        assert run("play", "--ledger", path, case_file(name)).returncode == 0
    return path


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The test vectors, by name."""
    folder = tmp_path_factory.mktemp("vectors")

    def written(vector: Vector) -> Path:
        path = folder / f"{vector.name}.zip"
        path.write_bytes(vector.raw)
        return path

    return {vector.name: written(vector) for vector in vectors()}


@pytest.mark.long
def test_a_ledger_and_its_bundle_give_the_same_page(ledger: Path, tmp_path: Path) -> None:
    bundle, one, two = tmp_path / "vote.zip", tmp_path / "one.html", tmp_path / "two.html"
    assert run("export", bundle, "--ledger", ledger, "--vote", "S/2020/240").returncode == 0
    done = run("report", ledger, "--vote", "S/2020/240", "-o", one)
    assert (done.returncode, done.stderr) == (0, "")
    assert run("report", bundle, "-o", two).returncode == 0
    assert one.read_bytes() == two.read_bytes()
    assert sorted(tmp_path.iterdir()) == [one, two, bundle]  # and nothing is left lying about


def test_which_vote_is_asked_where_there_are_several(ledger: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "all.zip"
    assert run("export", bundle, "--ledger", ledger).returncode == 0
    for source in (ledger, bundle):
        done = run("report", source, "-o", tmp_path / "r.html")
        assert (done.returncode, done.stdout) == (2, "")
        assert "which vote? Give --vote, one of S/2020/240, " in done.stderr
        unknown = run("report", source, "--vote", "S/9", "-o", tmp_path / "r.html")
        assert unknown.returncode == 2
        assert "no vote on 'S/9'" in unknown.stderr
    assert not (tmp_path / "r.html").exists()


def test_what_is_there_is_never_written_over(ledger: Path, tmp_path: Path) -> None:
    taken = tmp_path / "r.html"
    taken.write_text("mine")
    done = run("report", ledger, "--vote", "S/2020/240", "-o", taken)
    assert done.returncode == 2
    assert done.stderr.endswith("r.html: something is there already; nothing was changed (see inblue report --help)\n")
    assert taken.read_text() == "mine"


def test_a_folder_that_is_not_there_is_named(ledger: Path, tmp_path: Path) -> None:
    done = run("report", ledger, "--vote", "S/2020/240", "-o", tmp_path / "no" / "r.html")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no such folder" in done.stderr


@pytest.mark.parametrize("name", ["cut", "flag", "deflated", "path", "twice"])
def test_what_is_not_a_bundle_is_refused_in_one_line(broken: dict[str, Path], name: str, tmp_path: Path) -> None:
    done = run("report", broken[name], "-o", tmp_path / "r.html")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("name", ["signature", "left-out", "checkpoint", "record", "file-changed", "stowaway"])
def test_a_bundle_that_does_not_hold_gives_a_page_that_says_so(
    broken: dict[str, Path], name: str, tmp_path: Path
) -> None:
    page = tmp_path / "r.html"
    done = run("report", broken[name], "-o", page)
    assert done.returncode == 1
    assert "it says that it DOES NOT HOLD" in done.stdout
    html = page.read_text()
    head = html[: html.index('class="contents"')]
    assert "THIS RECORD DOES NOT HOLD." in head
    wanted = [
        (str(p["check"]), "" if p["entry"] is None else str(p["entry"]))
        for p in json.loads(run("verify", broken[name], "--json").stdout)["problems"]
    ]
    assert re.findall(r'<li data-check="(\d+)" data-entry="(\d*)">', head) == wanted


def test_of_a_vote_that_cannot_be_read_no_outcome_is_said(broken: dict[str, Path]) -> None:
    html = build_page(broken["left-out"], SMALL, None, language(None)).html
    assert "The vote cannot be read" in html
    assert "Adopted" not in html.partition('id="evidence"')[0]  # after it comes the procedure, as it was adopted
    assert "Not adopted" not in html


def test_a_ledger_that_does_not_hold_gives_no_page(ledger: Path, tmp_path: Path) -> None:
    import sqlite3

    copy = tmp_path / "copy.db"
    copy.write_bytes(ledger.read_bytes())
    with sqlite3.connect(copy) as database:
        for (name,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            database.execute(f"drop trigger {name}")
        database.execute("delete from stored_events where rowid = 8")
    done = run("report", copy, "--vote", "S/2020/240", "-o", tmp_path / "r.html")
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    assert not (tmp_path / "r.html").exists()


def test_an_open_vote_has_a_page_that_says_it_is_open(tmp_path: Path) -> None:
    html = page_of(small(change=lambda history: history[:3]), tmp_path)
    assert "Open: no outcome yet" in html
    assert "no reply yet" in html
    assert "absent" not in html[html.index('id="h-rollcall"') : html.index('id="h-window"')]


def test_the_roll_call_is_in_english_alphabetical_order(ledger: Path, tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    assert run("report", ledger, "--vote", "S/2020/240", "-o", page).returncode == 0
    html = page.read_text()
    names = re.findall(r'class="who">([^<]+)<', html)
    assert len(names) == 15
    assert names == sorted(names)
    assert names.index("Saint Vincent and the Grenadines") < names.index("South Africa")
    assert html.count('class="stance">in favour<') == 15
    assert "Times as documented" in html
    assert "SIMULATED" not in html
    assert page.stat().st_size < 300_000


def test_a_simulated_vote_says_so_at_the_top(tmp_path: Path) -> None:
    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/votes")
    case = read_case(EXAMPLES / "simulated.case.json")
    play(ledger, case, EXAMPLES, signer=REGISTRAR)
    html = page_of(ledger, tmp_path, "SIM/2026/1")
    assert html.index("SIMULATED") < html.index('id="outcome"')
    for said in ("received 7 min after the window closed", "NOR is not on the roster of this vote", "Off the roster"):
        assert said in html


def test_every_text_of_a_ledger_is_shown_as_text(tmp_path: Path) -> None:
    html = page_of(hostile(), tmp_path)
    assert "<img" not in html
    assert html.count("<script") == 3  # the words, the evidence, the check
    assert "document.title=&#39;taken&#39;" in html
    assert "{{7*7}}" in html
    evidence = re.search(r'id="evidence">(.*?)</script>', html, re.DOTALL)
    assert evidence is not None
    assert (
        json.loads(evidence[1])["entries"].encode("latin-1")
        == (members_of(tmp_path / "vote.zip")["data/entries.jsonl"])
    )


def test_nothing_may_run_or_load_but_what_the_page_was_made_with(tmp_path: Path) -> None:
    html = page_of(small(), tmp_path)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    script, style = (re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL) for tag in ("script", "style"))
    assert policy
    assert script
    assert style
    rules = dict(rule.split(" ", 1) for rule in policy[1].replace("&#39;", "'").split("; "))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy[1]
    for rule, text in (("script-src", script[1]), ("style-src", style[1])):
        wanted = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{wanted}'"
    assert not re.search(r'(?:src|href|action)="(?!#|data:application/octet-stream)', html)
    assert not re.search(r'\s(?:style|on\w+)="', html)


def test_an_instrument_that_the_bundle_holds_travels_in_the_page_and_is_only_ever_saved(tmp_path: Path) -> None:
    html = page_of(hostile(), tmp_path)
    links = re.findall(r'href="data:([^;]+);base64,([^"]+)" download="([^"]+)"', html)
    assert [(kind, base64.b64decode(raw), name.partition(".")[2]) for kind, raw, name in links] == [
        ("application/octet-stream", b"<script>alert(1)</script>", "bin")
    ]


def test_an_instrument_that_is_too_large_for_the_page_is_named_by_its_place_in_the_bundle(tmp_path: Path) -> None:
    ledger = small(change=lambda history: history[:2])
    sha256 = ledger.attach(b"x" * 20_000)
    ledger.perform(SMALL, cast("CHN", 0, sha256=sha256), signer=REGISTRAR, roster=ROSTER)
    html = page_of(ledger, tmp_path)
    assert f"In the bundle: inblue-bundle/data/files/{sha256}" in html
    assert "download=" not in html
