"""What the compendium writes, ``inblue import compendium`` reads: the one is the inverse of the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import REAL_CASE
from signers import LOG, REGISTRAR

from inblue.cli.compendium.annexes import Annexes
from inblue.cli.documents.letterhead import Letterhead
from inblue.cli.language.choose import language
from inblue.cli.language.english import Language
from inblue.domain.roster import built_in_roster
from inblue.ledger.intake.printed_text import text_of_pdf
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play_all, read_case
from inblue.ledger.printed.case_of import case_of
from inblue.ledger.printed.chinese import Chinese
from inblue.ledger.printed.english import English
from inblue.ledger.printed.grammar import Grammar
from inblue.ledger.printed.place import Flow, Line
from inblue.ledger.projections.compendium import compendium_of

GRAMMARS: dict[str, Grammar] = {"zh": Chinese(), "en": English()}
MEMBERS = [seat.member for seat in built_in_roster("unsc-2020").members]
OFFICES = [
    "permanent_representative",
    "deputy_permanent_representative",
    "charge_d_affaires",
    "representative",
    "special_envoy",
]
RANKS: dict[str, dict[str, str | None]] = {
    "zh": {"特命全权大使": "Ambassador Extraordinary and Plenipotentiary", "大使": "Ambassador"},
    "en": {"Ambassador Extraordinary and Plenipotentiary": None, "Ambassador": None},
}
NAMES = {"zh": ["张军", "马克·贝克斯廷", "邓庭贵"], "en": ["Zhang Jun", "Marc Pecsteen de Buytswerve", "Đặng Đình Quý"]}
WORDS = {
    "zh": {"in_favour": "我国对该决议草案投赞成票。", "against": "我国投反对票。", "abstention": "我国投弃权票。"},
    "en": {
        "in_favour": "My country votes in favour of the draft resolution.",
        "against": "My country votes against it.",
        "abstention": "My country abstains.",
    },
}
DAYS = st.dates(date(2020, 3, 1), date(2020, 5, 31)).map(date.isoformat)


@contextmanager
def annexes(case: dict[str, Any], files: dict[str, str], code: str) -> Iterator[Annexes]:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with (
        TemporaryDirectory() as folder,
        Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/again", clock=lambda: now) as ledger,
    ):
        for name, words in {**files, "case.json": json.dumps(case)}.items():
            (Path(folder) / name).write_text(words, encoding="utf-8")
        play_all(ledger, [(read_case(Path(folder) / "case.json"), Path(folder))], signer=REGISTRAR, at_once=True)
        (vote,) = ledger.votes()
        yield Annexes(compendium_of(ledger.vote(vote), ledger.files), language(code))


@st.composite
def cases(draw: st.DrawFn, code: str) -> tuple[dict[str, Any], dict[str, str]]:
    """A documented case that a compendium shows whole, and the texts of its papers."""
    files = {"draft.txt": "决议草案\n" if code == "zh" else "The Security Council,\n"}
    acts: list[dict[str, Any]] = []

    def signed(rank: bool = True) -> dict[str, Any]:
        said: dict[str, Any] = {"signatory": draw(st.sampled_from(NAMES[code])), "signed": True}
        if rank and draw(st.booleans()):
            name = draw(st.sampled_from(list(RANKS[code])))
            said |= {"rank": name} | ({"rank_in_english": RANKS[code][name]} if RANKS[code][name] else {})
        return said

    for member in sorted(
        draw(st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=5, unique=True)), key=ORDER.index
    ):
        position, name = draw(st.sampled_from(list(WORDS[code]))), f"{member}.txt"
        files[name] = WORDS[code][position] + "\n"
        sheet: dict[str, Any] = {
            "form": "letter",
            "dated": draw(DAYS),
            "office": draw(st.sampled_from(OFFICES)),
            **signed(),
        }
        sheet |= {"addressee": draw(st.sampled_from(["president", "secretary_general", "director_scad"]))}
        if draw(st.booleans()):
            sheet["language"] = draw(st.sampled_from(["fr", "ru", "es", "ar"]))
        act = {"act": "vote_cast", "member": member, "position": position, "instrument": sheet}
        acts.append({**act, "file": name})
    speakers = sorted(draw(st.lists(st.sampled_from(MEMBERS), max_size=2, unique=True)), key=ORDER.index)
    statements = []
    for member in speakers:
        files[f"{member}-said.txt"] = WORDS[code]["in_favour"] + "\n"
        said = {"act": "explanation_filed", "member": member, "office": draw(st.sampled_from(OFFICES[:3]))}
        statements.append({**said, "speaker": draw(st.sampled_from(NAMES[code])), "file": f"{member}-said.txt"})
    files["opening.txt"] = files["letter.txt"] = "谨启。\n" if code == "zh" else "I put it to the vote.\n"
    opening: dict[str, Any] = {
        "act": "letter_sent",
        "kind": "opening",
        "dated": "2020-03-27",
        "sender": "CHN",
        **signed(),
    }
    opening |= {"offices": ["president", "permanent_representative"], "file": "opening.txt"}
    letter: dict[str, Any] = {
        "act": "letter_sent",
        "kind": "compendium",
        "symbol": "S/2020/999",
        "dated": draw(DAYS),
        "sender": "CHN",
    }
    letter |= {"offices": ["president"], "distributed": draw(DAYS), "distribution": "General", "language": "en"}
    letter |= {"addressees": ["secretary_general", "permanent_representatives_of_members"], "file": "letter.txt"}
    letter |= {"signatory": opening["signatory"], "signed": True}
    case: dict[str, Any] = {
        "format": "inblue-case/1",
        "procedure": "unsc-2020-253",
        "times": "documented",
        "roster": "unsc-2020",
        "president": "CHN",
        "draft": {
            "symbol": "S/2020/998",
            "question": "substantive",
            "dated": draw(DAYS),
            "sponsors": draw(st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=3, unique=True)),
            "languages": [code],
            "original": "en",
            "provisional": True,
            "files": {code: "draft.txt"},
        },
        "acts": [
            {"act": "letter_sent", "kind": "procedure", "symbol": "S/2020/253", "dated": "2020-03-27"},
            {**opening, "addressees": ["permanent_representatives_of_members"]},
            *acts,
            {
                "act": "result_announced",
                "announced_at": "2020-03-30",
                "resolution": "2518 (2020)",
                "outcome": "adopted",
            },
            *statements,
            letter,
        ],
    }
    if draw(st.booleans()):  # then a draft of the letter is in its place
        case["acts"].pop()
    return case, files


ORDER = ["BEL", "CHN", "DOM", "EST", "FRA", "DEU", "IDN", "NER", "RUS", "VCT", "ZAF", "TUN", "GBR", "USA", "VNM"]
LEFT_OUT = {"file", "files", "source", "translation", "languages"}


def known(act: dict[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in act.items() if name not in LEFT_OUT}
    return said | ({"instrument": known(act["instrument"])} if "instrument" in act else {})


@pytest.mark.parametrize("code", ["zh", "en"])
def test_a_case_is_read_again_as_it_was_written(code: str) -> None:
    @settings(max_examples=6, deadline=None)
    @given(cases(code))
    def check(given_case: tuple[dict[str, Any], dict[str, str]]) -> None:
        case, files = given_case
        with annexes(case, files, code) as made:
            read = case_of(made.text().decode(), "again")
        wanted = [known(act) for act in case["acts"]]
        found = [known(act) for act in read.case["acts"]]
        sent = wanted[-1]["act"] == "letter_sent"
        if not sent:
            found.pop()  # the draft of the letter, which was not sent
        else:  # whose letter says neither by which procedure nor what came of it
            wanted = [act for act in wanted if act.get("kind") != "procedure" and act["act"] != "result_announced"]
        assert found == wanted
        assert known(read.case["draft"]) == known(case["draft"])
        texts = [content.decode() for content in read.files.values()]
        assert all(any(words.strip() in text for text in texts) for words in files.values() if sent)

    check()


def test_the_example_is_read_from_its_pdf_as_from_its_text() -> None:
    case = json.loads(REAL_CASE.read_text())
    folder = REAL_CASE.parent / "s-2020-268"
    text = json.dumps(case).replace("s-2020-268/", "")
    files = {path.name: path.read_text() for path in folder.glob("*.txt")}
    with annexes(json.loads(text), files, "zh") as made:
        of_pdf = case_of(text_of_pdf(made.pdf(), "pdf"), "pdf")
        of_text = case_of(made.text().decode(), "text")
    assert [known(act) for act in of_pdf.case["acts"]] == [known(act) for act in of_text.case["acts"]]
    assert {each.span.page for each in of_pdf.places} > {1, 3, 5}
    squeezed = [{"".join(content.decode().split()) for content in each.files.values()} for each in (of_pdf, of_text)]
    assert squeezed[0] == squeezed[1]


@pytest.mark.parametrize("code", ["zh", "en"])
def test_each_heading_and_office_that_is_written_is_read(code: str) -> None:
    case = json.loads(REAL_CASE.read_text())
    for act in (case["draft"], *case["acts"]):
        act.pop("file", None), act.pop("files", None)
    with annexes(case, {}, code) as made:
        head, grammar, tongue = made.letterhead, GRAMMARS[code], made.language
    assert isinstance(head, Letterhead)
    assert isinstance(tongue, Language)
    addressees = ["president", "secretary_general", "secretary_general_of_the_security_council", "director_scad"]
    offices = ["president", "permanent_mission", *OFFICES]
    for form, office, to, member in product(
        ["letter", "note_verbale"], [*offices, None], addressees, ["GBR", "NER", "VCT"]
    ):
        for day in (date(2020, 3, 27), None):
            said = head.heading(form, day, office, member, [to])
            read = grammar.heading(Flow([Line(0, 1, said)], blanks=grammar.blanks).text)
            assert read is not None, said
            values = {name: each.value for name, each in read.items()}
            wanted = {"form": form, "dated": day, "office": office, "member": member if office != "president" else None}
            assert values == {name: each for name, each in {**wanted, "a0": to}.items() if each is not None}, said
    for office in offices[1:]:
        held = grammar.office(Flow([Line(0, 1, head.office(office, "GBR"))], blanks=grammar.blanks).text)
        assert held is not None
        assert (held["office"].value, held["member"].value) == (office, "GBR")
    assert tongue.say("From the record") in grammar.end_of_document
