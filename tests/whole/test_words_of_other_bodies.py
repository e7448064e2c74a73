"""A vote of every body that is not an organ of the United Nations, through every output: whose words are in them."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import pypdfium2
import pytest
from asking import listening
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from other_bodies import SYMBOL, Played, played
from paths import EXAMPLES, ROOT
from signers import REGISTRAR

import inblue
from inblue.cli.desk.schemas import schema_of
from inblue.cli.main import cli
from inblue.cli.terminal.consideration import print_consideration
from inblue.domain.ending_acts import ResultAnnounced
from inblue.domain.procedure import Procedure, Procedure2
from inblue.ledger.entries.ballot import blank_of
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import issue_receipt
from inblue.ledger.projections.letters import letters_of
from inblue.ledger.tables.columns import EVERY

pytestmark = pytest.mark.long

UNITED_NATIONS = {"unsc-2020-253", "unga-74-544"}
SHIPPED = sorted((ROOT / "domain" / "procedures").glob("*.json"))
SKETCHED = sorted((EXAMPLES / "sketches").glob("*.json"))
OTHERS = [path for path in (*SHIPPED, *SKETCHED) if path.stem not in UNITED_NATIONS]

THEIRS = re.compile(
    r"(?i:security council|\bcouncil|general assembly|united nations|permanent (?:representative|mission|member)s?)"
    r"|(?i:\bpresiden\w*|secretary-general|director_?scad|chargé|\bresolutions?\b|\bin blue\b|\bveto\w*)"
    r"|(?i:\bnote verbale|\bs/20\d\d/\d+|\bmember states?)|\bStates?\b",
)
"""Words of the Council's votes, and of the Assembly's."""
IDENTIFIERS = {column.name for columns in EVERY.values() for column in columns}


def procedure_at(path: Path) -> Procedure2:
    procedure = Procedure.read(path.read_bytes(), where=path.name)
    assert isinstance(procedure, Procedure2)
    return procedure


def values_of(document: Any) -> Iterator[str]:
    """The texts of a JSON document: what it says, without the names of its fields, which are the format's."""
    if isinstance(document, str):
        yield document
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    for each in inner:
        yield from values_of(each)


def seen(page: str) -> str:
    """What a page shows or reads out, and what its check may say."""
    words = re.search(r'(?s)<script type="application/json" id="words">(.*?)</script>', page)
    labels = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', page)
    body = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", page)
    return html.unescape(" ".join((re.sub(r"<[^>]+>", " ", body), *labels, words[1] if words else "")))


def on_paper(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    return " ".join(page.get_textpage().get_text_bounded() for page in document)


def run(place: Path, *words: object) -> str:
    done = CliRunner().invoke(cli, [*map(str, words)], env={"INBLUE_LEDGER": str(place), "XDG_CONFIG_HOME": str(place)})
    assert done.exit_code == 0, (words, done.output, done.exception)
    return done.output


def texts(told: str) -> str:
    return "\n".join(values_of(json.loads(told)))


def outputs(vote: Played, place: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Every output of the vote, by its name: what people read of it, or programs as a value."""
    for words in (("status",), ("replay",), ("audit",), ("audit", "--all"), ("vote", "list"), ("verify",)):
        yield " ".join(words), run(place, *words)
    yield "replay in order of happening", run(place, "replay", "--as", "happened")
    for words in (("status",), ("replay",), ("audit",), ("vote", "list")):
        told = run(place, *words, "--json")
        yield f"{' '.join(words)} --json", texts(told)
    for kind in letters_of(vote.state):
        replied = [each.member for each in vote.state.replies]
        if kind != "acknowledgement" or replied:
            about = ("--member", replied[0]) if kind == "acknowledgement" else ()
            yield f"letter {kind}", run(place, "letter", "draft", kind, *about)
    for name in ("report", "compendium"):
        run(place, name, "-o", folder / f"{name}.html")
        yield f"{name}.html", seen((folder / f"{name}.html").read_text(encoding="utf-8"))
        run(place, name, "--pdf", "-o", folder / f"{name}.pdf")
        yield f"{name}.pdf", on_paper((folder / f"{name}.pdf").read_bytes())
    run(place, "export", folder / "vote.zip")
    with ZipFile(folder / "vote.zip") as bundle:
        members = {name.rpartition("/")[2]: name for name in bundle.namelist()}
        yield "record.json", texts(bundle.read(members["record.json"]).decode())
        yield "README.txt", bundle.read(members["README.txt"]).decode()
    run(place, "export", "--csv", folder / "tables")
    for table in sorted((folder / "tables").iterdir()):
        content = table.read_text(encoding="utf-8")
        yield table.name, texts(content) if table.suffix == ".json" else content.partition("\n")[2]
    with Ledger.open(place, read_only=True) as book:
        yield "blank", texts(blank_of(book.vote(SYMBOL), book.register()).canonical().decode())
        if book.vote(SYMBOL).replies:
            receipt = issue_receipt(book, SYMBOL, book.vote(SYMBOL).replies[0].member, 1)
            yield "receipt", texts(receipt.canonical().decode())
        yield from served(book)
    yield "before it is recorded", before_it_is_recorded(vote)


def served(book: Ledger) -> Iterator[tuple[str, str]]:
    with listening(inblue.web_app(book)) as ask:
        for path in ("/votes", "/status", "/replay", "/audit"):
            given = {} if path == "/votes" else {"vote": SYMBOL}
            yield f"served {path}", texts(ask(path, **given).body.decode())
        yield "served front page", seen(ask("/").body.decode())
        yield "served page", seen(ask("/page", vote=SYMBOL).body.decode())


def before_it_is_recorded(vote: Played) -> str:
    """What the registrar is shown before the last act is signed."""
    out = io.StringIO()
    first = vote.state.result
    assert first is not None
    act = ResultAnnounced(announced_at=vote.now, outcome=first.act.outcome, corrects=first.number)
    print_consideration(SYMBOL, vote.ledger.consider(SYMBOL, act, key=REGISTRAR.key_id), {}, to=out)
    return out.getvalue()


class Over(NamedTuple):
    """A vote that is over: the document of its procedure, and the ledger that holds it."""

    document: str
    procedure: Procedure2
    vote: Played
    place: Path


@pytest.fixture(scope="module", params=OTHERS, ids=lambda path: path.stem)
def over(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Over]:
    path: Path = request.param
    place = tmp_path_factory.mktemp("over") / "ledger.db"
    vote = played(procedure_at(path), place)
    yield Over(path.read_text(encoding="utf-8"), vote.procedure, vote, place)
    vote.ledger.close()


def test_no_word_of_the_council_is_in_a_vote_of_a_body_that_does_not_say_it_itself(over: Over, tmp_path: Path) -> None:
    own = over.document.casefold()
    strange = {
        name: sorted({match[0] for match in THEIRS.finditer(text) if match[0].casefold() not in own} - IDENTIFIERS)
        for name, text in outputs(over.vote, over.place, tmp_path)
    }
    assert {name: words for name, words in strange.items() if words} == {}
    assert len(strange) > 25


def test_a_vote_that_is_made_up_says_nothing_of_states(tmp_path: Path) -> None:
    path = ROOT / "domain" / "procedures" / "uk-ca-2006-written-resolution.json"
    played(procedure_at(path), tmp_path / "ledger.db", times="simulated").ledger.close()
    run(tmp_path / "ledger.db", "report", "-o", tmp_path / "report.html")
    page = seen((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "The times, persons and papers of this vote are made up." in page
    assert not re.search(r"\bStates?\b", page)


def test_its_outcome_is_told_in_its_own_words(over: Over) -> None:
    outcome = inblue.record_of(over.vote.state).tally.outcome
    own = {each.id: each.title for each in over.procedure.outcomes}.get(outcome)
    told = json.loads(run(over.place, "audit", "--json"))["votes"][0]
    assert (told["outcome"], told.get("outcome_title")) == (outcome, own)
    for word in ("status", "audit", "replay"):
        assert " ".join((own or outcome.replace("_", " ")).split()) in " ".join(run(over.place, word).split())


def test_what_programs_read_of_it_is_as_its_schemas_say(over: Over, tmp_path: Path) -> None:
    for name in ("status", "replay", "audit"):
        Draft202012Validator(schema_of(name)).validate(json.loads(run(over.place, name, "--json")))
    Draft202012Validator(schema_of("votes")).validate(json.loads(run(over.place, "vote", "list", "--json")))
    run(over.place, "export", tmp_path / "vote.zip")
    with ZipFile(tmp_path / "vote.zip") as bundle:
        record = next(name for name in bundle.namelist() if name.endswith("/record.json"))
        Draft202012Validator(schema_of("record")).validate(json.loads(bundle.read(record)))


@pytest.mark.parametrize("code", ["fr", "ar", "zh"])
def test_its_own_words_stand_as_they_are_in_every_language_and_are_marked(code: str, tmp_path: Path) -> None:
    path = ROOT / "domain" / "procedures" / "uk-ca-2006-written-resolution.json"
    procedure, place = procedure_at(path), tmp_path / "ledger.db"
    played(procedure, place).ledger.close()
    run(place, "report", "--lang", code, "-o", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f'<html lang="{code}"' in page
    marked = {html.unescape(each) for each in re.findall(r'<bdi lang="en">(.*?)</bdi>', page)}
    for text in (
        procedure.title,
        procedure.body,
        procedure.clause("ordinary").text,
        "lapsed",
        "an ordinary resolution",
    ):
        assert text in marked, text
    assert "Companies Act 2006, section 282(2)" in marked  # within a sentence that is translated
    run(place, "report", "-o", tmp_path / "english.html")
    assert '<bdi lang="en">' not in (tmp_path / "english.html").read_text(encoding="utf-8")


def test_a_vote_of_the_council_has_no_mark_and_none_of_the_fields_of_others(histories: Path, tmp_path: Path) -> None:
    run(histories, "report", "--vote", "S/2020/240", "--lang", "fr", "-o", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<bdi lang="' not in page.replace('<bdi lang="und-Latn">', ""), "but of its title and remarks"
    optional = {
        "questions",
        "decided",
        "facts",
        "seat_changes",
        "advisory",
        "outcome_title",
    }
    of_replies = {"answers", "reasons", "condition", "effective_at", "after_decision"}
    for word in ("status", "audit"):
        for vote in json.loads(run(histories, word, "--json"))["votes"]:
            assert not optional & vote.keys()
            for reply in vote.get("replies", [reply for seat in vote.get("seats", []) for reply in seat["replies"]]):
                assert not of_replies & reply.keys()
