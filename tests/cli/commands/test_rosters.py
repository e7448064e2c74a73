"""Rosters at the desk: what is shipped, a new one, members by whatever they are called, and the wrong year."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from command_line import call
from jsonschema import Draft202012Validator
from paths import INBLUE
from rich.cells import cell_len
from seats import FILE_2020

from inblue.domain.roster import Roster, built_in_roster, shipped_names

GBR = "GBR (United Kingdom of Great Britain and Northern Ireland)"
DOCUMENT = {"format": "inblue-roster/2", "name": "flats", "members": [
    {"member": "A", "weights": {"share": "12.5"}, "from": "2026-01-01", "groups": ["east"]},
    {"member": "B", "weights": {"share": 3}, "until": "2026-07-01"},
]}  # fmt: skip


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    address = str(folder / "council.db")
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": address}
    return call([INBLUE, *map(str, words)], env=env, cwd=folder)


def ok(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    return done.stderr


@pytest.fixture(scope="module")
def circulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A draft in blue, and no opening yet."""
    folder = tmp_path_factory.mktemp("desk")
    ok(folder, "init")
    ok(folder, "draft", "circulate", "S/2026/900", "--sponsor", "GBR")
    return folder


def test_what_is_shipped_is_listed_with_its_seats_and_its_year(tmp_path: Path) -> None:
    lines = ok(tmp_path, "roster", "list").splitlines()
    assert [line.split()[0] for line in lines[2:]] == list(shipped_names("rosters"))
    assert lines[-1].split() == ["unsc-2026", "15", "5", "2026-01-01", "to", "2026-12-31"]
    assert lines[2].split() == ["unga-74", "193", "0"]


@pytest.mark.parametrize("lang", ["en", "fr", "zh"])
def test_a_roster_is_shown_seat_by_seat(tmp_path: Path, lang: str) -> None:
    said = ok(tmp_path, "roster", "show", "unsc-2026", "--lang", lang)
    assert max(map(cell_len, said.splitlines())) <= 80
    assert "Second source: " in said
    seat = next(line for line in said.splitlines() if line.startswith("LBR"))
    assert {"en": "Liberia", "fr": "Libéria", "zh": "利比里亚"}[lang] in seat
    assert "2026" in seat
    assert "2027" in seat
    if lang == "en":
        assert any(line.split() == ["CHN", "China", "permanent"] for line in said.splitlines())


def test_a_document_is_shown_with_all_that_it_says(tmp_path: Path) -> None:
    (tmp_path / "flats.json").write_text(json.dumps(DOCUMENT))
    rows = [line.split() for line in ok(tmp_path, "roster", "show", "flats.json").splitlines()]
    assert ["A", "A", "from", "2026-01-01", "share", "12.5", "east"] in rows
    assert ["B", "B", "to", "2026-06-30", "share", "3"] in rows


@pytest.mark.parametrize("name", ["unga-74", "unsc-2020", "unsc-2026"])
def test_what_is_printed_is_the_document(tmp_path: Path, name: str) -> None:
    printed = json.loads(ok(tmp_path, "roster", "show", name, "--json"))
    Draft202012Validator(json.loads(ok(tmp_path, "schema", "roster"))).validate(printed)
    assert Roster.of(printed, where="printed") == built_in_roster(name)


def test_a_roster_is_compared_with_a_procedure(tmp_path: Path) -> None:
    assert "it fits the procedure unsc-2020-253" in ok(
        tmp_path, "roster", "show", "unsc-2024", "--procedure", "unsc-2020-253"
    )
    says = refused(tmp_path, "roster", "show", "unga-74", "--procedure", "unsc-2020-253")
    assert "seats on the roster: 193; the procedure has 15" in says
    (tmp_path / "flats.json").write_text(json.dumps(DOCUMENT))
    says = refused(tmp_path, "roster", "show", "flats.json", "--procedure", "unsc-2020-253")
    assert "knows no member 'A'" in says


def test_a_copy_with_a_change_opens_a_vote(circulated: Path) -> None:
    changed = ("--copy", FILE_2020, "--without", "BEL", "--member", "NOR", "--source", "A letter.")
    assert ok(circulated, "roster", "new", "own.json", *changed) == "wrote own.json: 15 seats, 5 permanent\n"
    made = Roster.read((circulated / "own.json").read_bytes(), where="own.json")
    assert " ".join(made.ids) == "CHN DOM EST FRA DEU IDN NER NOR RUS VCT ZAF TUN GBR USA VNM"
    assert (made.name, made.source) == ("own", "A letter.")
    assert "something is there already" in refused(circulated, "roster", "new", "own.json", *changed)
    assert "the window opens" in ok(circulated, "letter", "send", "opening", "--roster", "own.json")


def test_a_roster_of_ids(tmp_path: Path) -> None:
    marked = ("--permanent", "USA", "--permanent", "CHN", "--permanent", "RUS", "--permanent", "GBR")
    elected = ("ALB", "BRA", "GAB", "GHA", "ARE", "ECU", "JPN", "MLT", "MOZ", "CHE")
    others = (word for each in elected for word in ("--member", each))
    ok(tmp_path, "roster", "new", "own.json", *marked, "--permanent", "FRA", *others)
    theirs = built_in_roster("unsc-2023")
    made = Roster.read((tmp_path / "own.json").read_bytes(), where="own.json")
    assert (made.ids, made.permanent, made.source) == (theirs.ids, theirs.permanent, None)


def test_a_copy_keeps_terms_and_weights_and_claims_no_source_for_what_is_new(tmp_path: Path) -> None:
    ok(tmp_path, "roster", "new", "same.json", "--copy", "unsc-2026")
    same = Roster.read((tmp_path / "same.json").read_bytes(), where="same.json")
    assert (same.members, same.source) == (built_in_roster("unsc-2026").members, built_in_roster("unsc-2026").source)
    ok(tmp_path, "roster", "new", "other.json", "--copy", "unsc-2026", "--without", "BHR", "--member", "QAT")
    other = {s.member: s for s in Roster.read((tmp_path / "other.json").read_bytes(), where="other.json").members}
    assert other["LVA"].since is not None
    assert (other["QAT"].since, other["QAT"].until) == (None, None)
    assert Roster.read((tmp_path / "other.json").read_bytes(), where="other.json").source is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "a roster has at least one seat; give --copy, --member or --permanent"),
        ("--copy unsc-2026 --without BEL", "--without BEL: no such seat to leave out"),
        ("--copy unsc-2026 --member BHR", "--member BHR: the roster has this seat already"),
        ("--copy unsc-2026 --without BHR", "seats on the roster: 14; the procedure has 15"),
        ("--copy unsc-2026 --permanent BHR", "marks as permanent what the procedure does not: BHR"),
        ("--copy unsc-2026 --without BHR --member UK", f"did you mean {GBR}?"),
        ("--copy unsc-1999", "there are unga-74, unsc-2020"),
    ],
)
def test_a_roster_that_does_not_fit_is_not_written(tmp_path: Path, words: str, says: str) -> None:
    assert says in refused(tmp_path, "roster", "new", "own.json", *words.split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (["korea"], [["PRK", "Democratic"], ["KOR", "Republic"]]),
        (["UK"], [["UKR", "Ukraine"], ["GBR", "United"]]),
        (["lettonie", "--lang", "fr"], [["LVA", "Lettonie"]]),
    ],
)
def test_a_member_is_found_by_any_part_of_its_name(tmp_path: Path, words: list[str], rows: list[list[str]]) -> None:
    assert [line.split()[:2] for line in ok(tmp_path, "roster", "members", *words).splitlines()] == rows


def test_all_members_are_listed_and_nobody_is_made_up(tmp_path: Path) -> None:
    assert len(ok(tmp_path, "roster", "members").splitlines()) == 193
    assert "did you mean CHE (Switzerland)?" in refused(tmp_path, "roster", "members", "Switzerlnad")
    assert "knows no member 'Atlantis'" in refused(tmp_path, "roster", "members", "Atlantis")


def test_wrong_year(circulated: Path, tmp_path: Path) -> None:
    ok(circulated, "draft", "circulate", "S/2026/901")
    opening = ("letter", "send", "opening", "--vote", "S/2026/901")
    says = refused(circulated, *opening, "--roster", "unsc-2020")
    assert "these seats of the roster are not in force on " in says
    assert ": BEL, DOM, EST, DEU, IDN, NER, VCT, ZAF, TUN, VNM; " in says
    says = refused(circulated, *opening)
    assert "an opening needs the roster of those entitled to vote: give --roster NAME|FILE; " in says
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words",
    [
        "presidency assign UK 2026-12",
        "draft circulate S/2026/902 --sponsor UK",
        "letter send procedure --sender UK",
        "vote cast UK in_favour",
        "vote cast gbr in_favour",
        "receipt acknowledge gbr",
        "reply reject gbr --clause roster --reason x",
        "explanation file Great-Britain",
        "co-sponsorship announce gbr",
        "entry correct UK --field form --was letter --now note_verbale --reason x",
    ],
)
def test_unknown_member(circulated: Path, words: str) -> None:
    chosen = () if words.split(maxsplit=1)[0] in {"presidency", "draft"} else ("--vote", "S/2026/900")
    assert f"did you mean {GBR}?" in refused(circulated, *words.split(), *chosen)


def test_a_key_of_an_unknown_member_is_said(circulated: Path) -> None:
    ok(circulated, "key", "new", "uk", "--keys", circulated / "theirs")
    public = ("--public", circulated / "theirs/uk.pub")
    done = run(circulated, "key", "enrol", "uk", *public, "--office", "permanent_representative", "--member", "UK")
    assert done.returncode == 0
    assert f"did you mean {GBR}?" in done.stderr
