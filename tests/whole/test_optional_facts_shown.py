"""What a vote has by optional rules is shown wherever the vote is: to people, to programs and in tables."""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import pypdfium2
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from other_bodies import OPENED, Played

from inblue.cli.desk.schemas import schema_of
from inblue.cli.main import cli
from inblue.domain.optional_acts import ElectorateChanged, FactRecorded, WindowResumed, WindowSuspended
from inblue.domain.procedure import Procedure, Procedure2, built_in_procedure
from inblue.domain.roster import Roster, Seat

TITLES = {
    "notice": "every member had fourteen days' notice",
    "consent": "the supervisory authority consents",
    "form": "to decide in writing",
}


def society() -> Procedure2:
    """An association whose document has a rule of every optional kind."""
    value: dict[str, Any] = built_in_procedure("uk-ca-2006-written-resolution").json_value()
    for gone in ("annulment", "examples"):
        value.pop(gone)
    of = {"clause": "passed"}
    value |= {
        "id": "society",
        "title": "Written decisions of the society",
        "body": "The Society",
        "choices": ["agree", "decline", "hold"],
        "question_kinds": [{"id": "ordinary", "title": "an ordinary matter"}],
        "outcomes": [{"id": "passed", "title": "carried"}, {"id": "lapsed", "title": "not carried"}],
        "questions_put": [
            {**of, "id": "form", "title": TITLES["form"], "choices": ["yes", "no"], "silence": "no_answer"},
        ],
        "facts": [
            {**of, "id": "notice", "title": TITLES["notice"], "due": "opening"},
            {**of, "id": "consent", "title": TITLES["consent"], "due": "close"},
        ],
        "electorate": {**of, "fixed": "close", "changes": "passed"},
        "on_behalf": {**of, "by": "alternates"},
        "positions": [
            {**of, "choice": "decline", "reasons": True},
            {**of, "choice": "agree", "later": True},
            {**of, "choice": "hold", "lapses": {"after": {"number": 2, "unit": "days"}, "to": "agree"}},
        ],
        "window": {**of, "fixed_by": "procedure", "hours": 240, "extendable": False, "suspension_clause": "passed"},
        "decision": {
            **of,
            "conditions": [
                {**of, "id": "in_writing", "put": "form", "failing": "lapsed", "any_of": [
                    {"choices": ["yes"], "compare": "at_least", "number": 1}
                ]},
                {**of, "id": "half", "failing": "lapsed", "any_of": [
                    {"choices": ["agree"], "compare": "at_least", "share": "1/2"}
                ]},
            ],
            "unanimous": [],
            "passing": "passed",
            "decided": {"passed": "when_reached"},
        },
    }  # fmt: skip
    value["clauses"] = [each for each in value["clauses"] if each["id"] != "annulment"]
    named = json.dumps({name: each for name, each in value.items() if name != "clauses"})
    for clause in value["clauses"]:
        if f'"{clause["id"]}"' not in named:
            clause.setdefault("unjudged", "not of this society")
        elif "unjudged" in clause:
            del clause["unjudged"]
    made = Procedure.of(value, where="society")
    assert isinstance(made, Procedure2)
    return made


def told(place: Path) -> Played:
    """Six seats, one of them advisory; what happens to them has everything."""
    vote = Played(society(), place)
    vote.circulate("ordinary", "To admit a member")
    vote.do(FactRecorded(fact="notice", status="missing", established_at=vote.now, by="the secretary"))
    vote.now = OPENED
    seats = [Seat(member=member) for member in ("Abel", "Bela", "Cleo", "Dora")]
    seats += [Seat(member="Emil", alternates=("Emma",)), Seat(member="Auditor", advisory=True)]
    vote.open(Roster(name="members", members=tuple(seats)))
    paper = vote.ledger.attach(b"a paper that says so")
    given: dict[str, Any] = {"sha256": paper, "media_type": "text/plain"}
    vote.reply("Abel", "decline", {"form": "yes"}, reasons=True)
    vote.reply("Auditor", "agree")
    vote.do(WindowSuspended(reason="a hold for advice", suspended_at=vote.now, by="Abel", **given))
    vote.now += timedelta(hours=5)
    vote.do(WindowResumed(resumed_at=vote.now))
    vote.do(ElectorateChanged(member="Dora", change="ends", reason="resigned", changed_at=vote.now, **given))
    vote.reply("Emil", "agree", {"form": "yes"}, by="Emma")
    vote.reply("Cleo", "agree", condition="if the fee is paid", effective_at=vote.now + timedelta(days=1))
    vote.now += timedelta(days=3)
    vote.reply("Bela", "agree", {"form": "no"})
    vote.close()
    vote.announce()
    return vote


class Shown(NamedTuple):
    """The vote in each output."""

    place: Path
    folder: Path
    texts: dict[str, str]
    json: dict[str, dict[str, Any]]


def run(place: Path, *words: object) -> str:
    done = CliRunner().invoke(cli, [*map(str, words)], env={"INBLUE_LEDGER": str(place), "XDG_CONFIG_HOME": str(place)})
    assert done.exit_code == 0, (words, done.output, done.exception)
    return done.output


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("society")
    place = folder / "ledger.db"
    vote = told(place)
    texts = {word: one_line(run(place, word)) for word in ("status", "audit")}
    for name in ("report", "compendium"):
        run(place, name, "-o", folder / f"{name}.html")
        page = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", (folder / f"{name}.html").read_text(encoding="utf-8"))
        texts[f"{name}.html"] = one_line(html.unescape(re.sub(r"<[^>]+>", " ", page)))
        run(place, name, "--pdf", "-o", folder / f"{name}.pdf")
        document = pypdfium2.PdfDocument((folder / f"{name}.pdf").read_bytes())
        texts[f"{name}.pdf"] = one_line(" ".join(each.get_textpage().get_text_bounded() for each in document))
    documents = {word: json.loads(run(place, word, "--json")) for word in ("status", "audit")}
    run(place, "export", folder / "vote.zip")
    with ZipFile(folder / "vote.zip") as bundle:
        record = next(name for name in bundle.namelist() if name.endswith("/record.json"))
        documents["record"] = json.loads(bundle.read(record))
    run(place, "export", "--csv", folder / "tables")
    yield Shown(place, folder, texts, documents)
    vote.ledger.close()


SAID = {
    "the body's own name for the outcome": "carried",
    "a question put": TITLES["form"],
    "a fact that is missing": TITLES["notice"],
    "a fact of which nothing is known": TITLES["consent"],
    "who says that it is missing": "by the secretary",
    "that nothing is known of it": "not on record",
    "who decided": "by the reply of Cleo",
    "whose seat ended": "the seat of Dora ends: resigned",
    "which seat is advisory": "Auditor",
}


@pytest.mark.parametrize(
    "output", ["status", "audit", "report.html", "report.pdf", "compendium.html", "compendium.pdf"]
)
@pytest.mark.parametrize("what", SAID)
def test_it_is_said_wherever_the_vote_is_shown_to_people(shown: Shown, output: str, what: str) -> None:
    assert SAID[what] in shown.texts[output]


@pytest.mark.parametrize("output", ["audit", "report.html", "report.pdf", "compendium.html", "compendium.pdf"])
def test_what_a_reply_has_is_said_with_it(shown: Shown, output: str) -> None:
    text = shown.texts[output]
    for said in ("if the fee is paid", "Emma, an alternate of this seat", "came after the outcome was decided"):
        assert said in text
    assert re.search(r"(?i)reasons:? given", text)
    assert re.search(r"(?i)takes effect:? 2026-03-03", text)


@pytest.mark.parametrize("name", ["status", "audit", "record"])
def test_programs_read_it_in_fields_that_the_schema_describes(shown: Shown, name: str) -> None:
    Draft202012Validator(schema_of(name)).validate(shown.json[name])
    vote = shown.json[name]["votes"][0]
    assert [each["question"] for each in vote["questions"]] == ["form"]
    assert vote["questions"][0]["tally"] == {"yes": 2, "no": 1, "no_answer": 1}
    assert {each["fact"]: each["status"] for each in vote["facts"]} == {"notice": "missing", "consent": "unknown"}
    assert vote["decided"]["act"] is not None
    assert [(each["member"], each["change"]) for each in vote["seat_changes"]] == [("Dora", "ends")]
    assert [each["by"] for each in vote["window"]["end"]["suspensions"]] == ["Abel"]
    advisory = [each["member"] if isinstance(each, dict) else each for each in vote["advisory"]]
    assert advisory == ["Auditor"]


def test_programs_read_what_a_reply_has(shown: Shown) -> None:
    seats = {seat["member"]: seat for seat in shown.json["status"]["votes"][0]["seats"]}
    assert {member: seat["answers"]["form"] for member, seat in seats.items()} == {
        "Abel": "yes", "Bela": "no", "Cleo": None, "Emil": "yes",
    }  # fmt: skip
    for name in ("audit", "record"):
        replies = {reply["member"]: reply for reply in shown.json[name]["votes"][0]["replies"]}
        assert replies["Abel"]["reasons"] is True
        assert replies["Abel"]["answers"] == {"form": "yes"}
        assert replies["Cleo"]["condition"] == "if the fee is paid"
        assert replies["Bela"]["after_decision"] is True
        assert not {"reasons", "condition", "effective_at", "after_decision"} & replies["Emil"].keys()


def rows(shown: Shown, table: str) -> list[dict[str, str]]:
    with (shown.folder / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_analysts_read_it_in_tables_of_their_own(shown: Shown) -> None:
    decisions = {row["question"]: row for row in rows(shown, "decisions")}
    assert decisions["draft"]["outcome_title"] == "carried"
    assert decisions["draft"]["decided_by"] == str(shown.json["audit"]["votes"][0]["decided"]["act"])
    assert decisions["form"]["asked"] == TITLES["form"]
    assert {(row["member"], row["answer"], row["counted_as"]) for row in rows(shown, "answers")} == {
        ("Abel", "yes", "yes"), ("Bela", "no", "no"), ("Cleo", "", "no_answer"), ("Emil", "yes", "yes"),
    }  # fmt: skip
    assert [(row["fact"], row["status"]) for row in rows(shown, "facts")] == [
        ("notice", "missing"),
        ("consent", "unknown"),
    ]
    assert [(row["member"], row["change"]) for row in rows(shown, "seat_changes")] == [("Dora", "ends")]
    assert [row["by"] for row in rows(shown, "suspensions")] == ["Abel"]
    assert {row["member"] for row in rows(shown, "particulars")} == {"Abel", "Cleo", "Bela"}
    about = json.loads((shown.folder / "tables" / "about.json").read_text(encoding="utf-8"))
    assert {each["name"]: each["rows"] for each in about["tables"]}["answers"] == 4


def test_a_vote_without_such_rules_has_none_of_these_tables(histories: Path, tmp_path: Path) -> None:
    run(histories, "export", "--csv", tmp_path / "tables")
    names = {path.stem for path in (tmp_path / "tables").iterdir()}
    assert names == {"about", "votes", "seats", "replies", "findings"}


def test_a_replay_tells_what_a_reply_answered(shown: Shown) -> None:
    said = one_line(run(shown.place, "replay"))
    assert f"Emil: agree, cast by Emma; {TITLES['form']}: yes (e-mail dated 2026-03-02)" in said


def test_a_position_that_has_lapsed_is_shown_as_given_and_as_counted(tmp_path: Path) -> None:
    vote = Played(society(), tmp_path / "ledger.db")
    vote.circulate("ordinary")
    vote.now = OPENED
    vote.open(Roster(name="two", members=(Seat(member="Abel"), Seat(member="Bela"))))
    vote.reply("Abel", "hold", {"form": "yes"})
    vote.close()
    vote.announce()
    vote.ledger.close()
    said = one_line(run(tmp_path / "ledger.db", "audit"))
    assert "Abel hold; 1: yes yes" in said
    assert "Abel: counted as: agree" in said
