"""The plain report of a decision: who gets one, and what it says."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from archive import faults_of
from click.testing import CliRunner
from other_bodies import OPENED, Played

import inblue
from inblue.cli.main import cli
from inblue.domain.errors import Refused
from inblue.domain.procedure import Procedure2, built_in_procedure
from inblue.domain.roster import Roster, Seat


def company(place: Path | None = None) -> Played:
    """An open vote of five shareholders, three of whom have replied."""
    procedure = built_in_procedure("uk-ca-2006-written-resolution")
    assert isinstance(procedure, Procedure2)
    vote = Played(procedure, place, symbol="WR 3")
    vote.circulate("ordinary", "To change the name of the company")
    vote.now = OPENED
    shares = {"Ada": 400, "Ben": 250, "Cas": 150, "Dee": 120, "Eve": 80}
    seats = tuple(Seat(member=member, weights={"votes": number}) for member, number in shares.items())
    vote.open(Roster(name="the register of members", members=seats))
    for member in ("Ada", "Cas", "Eve"):
        vote.reply(member, "agree")
    return vote


def words(page: str) -> str:
    body = re.sub(r"(?s)<style\b.*?</style>", "", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def run(place: Path, *given: object) -> str:
    done = CliRunner().invoke(cli, [*map(str, given)], env={"INBLUE_LEDGER": str(place), "XDG_CONFIG_HOME": str(place)})
    assert done.exit_code == 0, done.output
    return done.output


def test_it_says_what_was_asked_who_could_reply_who_did_what_it_came_to_and_what_is_not_proved() -> None:
    vote = company()
    vote.close()
    said = words(inblue.compendium(vote.ledger, "WR 3"))
    for each in (
        "Members of a private company",
        "Report of the decision on WR 3",
        "To change the name of the company",
        "an ordinary resolution",
        "5 seats: Ada, Ben, Cas, Dee, Eve.",
        "Ada 400 agree 2026-03-02 09:07:00+00 yes",
        "Silent, counted as not agreed: Ben, Dee.",
        "550 agree by votes, needed more than 1/2 of 1,000 (all): met (Companies Act 2006, section 282(2))",
        "decided at 2026-03-02 09:14:00+00, by the reply of Cas (act 3)",
        "Eve: decision: it came after the outcome was decided",
        "announced not announced yet",
        "What is not proved every reply: It rests on the registrar's own clock",
    ):
        assert each in said


def test_while_voting_is_open_no_decision_is_reported() -> None:
    with pytest.raises(Refused, match="WR 3 is not closed; the report of its decision can be written after that"):
        inblue.compendium(company().ledger, "WR 3")


def test_council_and_assembly_have_their_compendium_as_ever(histories: Path, tmp_path: Path) -> None:
    for number, symbol in enumerate(("S/2020/240", "SIM/A/74/L.1")):
        said = run(histories, "compendium", "--vote", symbol, "-o", tmp_path / f"{number}.html")
        assert "annexes" in said
        assert "Report of the decision" not in (tmp_path / f"{number}.html").read_text(encoding="utf-8")


def test_the_command_says_that_it_wrote_a_report_and_the_paper_says_the_same_as_the_page(tmp_path: Path) -> None:
    place = tmp_path / "ledger.db"
    vote = company(place)
    vote.close()
    vote.announce()
    vote.ledger.close()
    said = run(place, "compendium", "--pdf", "-o", tmp_path / "report.pdf")
    assert "a plain report of the decision: uk-ca-2006-written-resolution knows no compendium" in said
    run(place, "compendium", "-o", tmp_path / "report.html")
    pdf = (tmp_path / "report.pdf").read_bytes()
    assert faults_of(pdf) == []
    document = pypdfium2.PdfDocument(pdf)
    paper = " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in document)
    for heading in ("What was asked", "Who could reply", "What each replied, and when", "What it came to, and why"):
        assert heading in paper
        assert heading in words((tmp_path / "report.html").read_text(encoding="utf-8"))


def test_on_paper_too_the_words_of_the_body_are_tagged_with_their_language(tmp_path: Path) -> None:
    place = tmp_path / "ledger.db"
    vote = company(place)
    vote.close()
    vote.ledger.close()
    run(place, "compendium", "--pdf", "--lang", "es", "-o", tmp_path / "report.pdf")
    raw = (tmp_path / "report.pdf").read_bytes()
    assert faults_of(raw) == []
    with pikepdf.open(tmp_path / "report.pdf") as pdf:
        tagged = {
            str(each["/Lang"]) for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and "/Lang" in each
        }
    assert tagged == {"es", "en"}
