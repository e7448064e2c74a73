"""A compendium as it is printed becomes a case: what is in it with its place, and nothing that is not."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import EXAMPLES, REAL_CASE

from inblue.domain.case import Case
from inblue.domain.errors import Malformed
from inblue.ledger.printed import chinese, english
from inblue.ledger.printed.case_of import case_of
from inblue.ledger.printed.result import Choices, ReadCompendium

PRINTED = (EXAMPLES / "s-2020-268/as-printed/zh.txt").read_text()
NOT_PRINTED = {
    *("cites_opening_letter", "remarks", "signatory_latin", "speaker_latin", "source", "file", "received_at"),
    *("programme_of_work", "opens_at", "sent_at", "filed_at"),
}
"""What the editors of the example added, or what nothing in the document says."""


@cache
def read(text: str = PRINTED) -> ReadCompendium:
    return case_of(text, "printed")


def known(act: dict[str, Any]) -> dict[str, Any]:
    """An act without what is not printed, and without what is unknown."""
    said = {name: value for name, value in act.items() if name not in NOT_PRINTED and value is not None}
    return said | ({"instrument": known(act["instrument"])} if "instrument" in act else {})


def annexes(text: str) -> tuple[str, list[str]]:
    first, *rest = re.split(r"(?m)^(?= 附件)", text)
    return first, rest


def test_the_printed_document_gives_the_acts_of_the_example() -> None:
    example = json.loads(REAL_CASE.read_text())
    made = read().case["acts"]
    printed = [known(act) for act in example["acts"] if act.get("symbol") != "S/2020/249"]
    for act in printed:
        match act["act"]:
            case "vote_cast":
                if act["explanation"] == "silent":
                    del act["explanation"]
                if act["member"] == "NER":  # the example says that it is not signed; no block is printed, no more
                    assert act["instrument"].pop("signed") is False
            case "co_sponsorship_announced" | "result_announced":
                act.pop("announced_at", None)
            case "letter_sent" if act["kind"] == "procedure":
                del act["sender"]
            case "letter_sent" if act["kind"] == "compendium":
                act["agenda_item"] = "联合国维持和平行动"  # the example has it in English

    def order(act: dict[str, Any]) -> tuple[str, str, str]:
        return act["act"], act.get("kind", ""), act.get("member", "")

    found = [known({name: value for name, value in act.items() if name != "announced_at"}) for act in made]
    assert sorted(found, key=order) == sorted(printed, key=order)
    draft = known(read().case["draft"]) | {"files": None}
    wanted = known(example["draft"]) | {"files": None, "languages": ["zh"]}
    assert draft == {name: value for name, value in wanted.items() if name not in {"title", "replies"}}


def test_what_is_not_in_the_document_stays_unknown() -> None:
    text = read().case_file.decode()
    assert "S/2020/249" not in text
    assert "Pecsteen" not in text
    assert "received_at" not in text
    assert "opens_at" not in text
    assert [each.what for each in read().unread] == ["annex IX: signature"]
    assert {name for name, _ in read().assumed} == {"draft.question", "roster", "announced_at"}


def test_every_field_is_where_it_is_said_to_be() -> None:
    lines = PRINTED.split("\n")
    at = {each.path: each for each in read().places}
    for each in at.values():
        span, value = each.span, each.value
        assert (span.line, span.column) < (span.end_line, span.end_column)
        if span.line == span.end_line:
            shown = lines[span.line - 1][span.column - 1 : span.end_column - 1]
            assert shown.strip() == shown
            if each.path.endswith(("signatory", "speaker", "rank", "symbol")):
                assert value in shown
    span = at["acts.2.position"].span
    assert lines[span.line - 1][span.column - 1 : span.end_column - 1] == "投赞成票"
    assert (at["acts.2.position"].value, at["acts.2.member"].value) == ("in_favour", "BEL")


def test_the_texts_that_it_attaches_have_every_character_of_the_document() -> None:
    folder = REAL_CASE.parent / "s-2020-268"
    for path, content in read().files.items():
        hand_cut = (folder / path.partition("/")[2]).read_text()
        assert "".join(content.decode().split()) == "".join(hand_cut.split())


def votes(text: str) -> dict[str, Any]:
    return {act["member"]: known(act) for act in read(text).case["acts"] if act["act"] == "vote_cast"}


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_annexes_that_are_shuffled_cut_redated_or_of_another_office_are_read_as_they_are(data: st.DataObject) -> None:
    cover, rest = annexes(PRINTED)
    kept = [rest[0], *data.draw(st.lists(st.sampled_from(rest[1:]), unique=True).map(list))]
    kept = data.draw(st.permutations(kept))
    day, office = data.draw(st.integers(1, 28)), data.draw(st.sampled_from(["临时代办", "副常驻代表"]))
    text = (cover + "".join(kept)).replace("2020年3月30日法国", f"２０２０年三月{day}日法国")
    text = text.replace("法国对该决议草案投赞成票", "法国对该决议草案投反对票")
    made = votes(text.replace("\n法国常驻联合国代表\n", f"\n法国常驻联合国代表团{office}\n"))
    numbers = {chinese.number(each.split()[0].removeprefix("附件")) for each in kept}
    wanted = {member: act for number, (member, act) in enumerate(votes(PRINTED).items(), 2) if number in numbers}
    if "FRA" in wanted:
        sheet = wanted["FRA"]["instrument"] | {"dated": f"2020-03-{day:02}"}
        sheet["office_in_heading"] = sheet["office"]
        sheet["office"] = {"临时代办": "charge_d_affaires", "副常驻代表": "deputy_permanent_representative"}[office]
        wanted["FRA"] |= {"position": "against", "instrument": sheet}
    assert made == wanted


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("比利时对这项决议草案投赞成票", "比利时不对这项决议草案投赞成票", "a negation is before them"),
        ("比利时对这项决议草案投赞成票", "比利时投赞成票。比利时投反对票", "words of more than one position"),
        ("比利时对这项决议草案投赞成票", "如果案文不变，比利时投赞成票", "a condition is named"),
        ("比利时对这项决议草案投赞成票", "比利时支持这项决议草案", "no words that take a position"),
        ("（S/2020/240）。\n\n按照", "（S/2020/241）。\n\n按照", "it names S/2020/241, and not S/2020/240"),
    ],
)
def test_a_position_that_is_not_in_plain_words_is_left_for_a_person(was: str, now: str, why: str) -> None:
    assert was in PRINTED
    made = read(PRINTED.replace(was, now, 1))
    (belgium,) = (act for act in made.case["acts"] if act.get("member") == "BEL")
    assert (belgium["position"], belgium["says"]) == (None, "not_on_record")
    assert any(each.what == "annex II: position" and why in each.why for each in made.unread)


@pytest.mark.parametrize(
    ("was", "now", "what"),
    [
        ("2020年3月27日爱沙尼亚常驻联合国代表给安全理事会主席的信", "爱沙尼亚的信", "annex V"),
        ("2020年3月27日爱沙尼亚常驻", "2020年2月30日爱沙尼亚常驻", "annex V"),
        ("2020年3月27日爱沙尼亚常驻", "2020年3月27日亚特兰蒂斯常驻", "annex V"),
        (" 爱沙尼亚常驻联合国代表\n", " 拉脱维亚常驻联合国代表\n", "annex V: member"),
        (" 附件五\n", " 附件三十\n", "the order of the annexes"),
        ("安全理事会 Distr. General", "安全理事会 Distr. General and more", "the masthead"),
        ("第2518(2020)号决议", "一项决议", "resolution"),
        ("[原件：法文]", "[原件：法文和英文]", "an original language"),
        ("中国：决议草案", "亚特兰蒂斯：决议草案", "draft.sponsors"),
    ],
)
def test_what_cannot_be_read_is_listed_with_its_place(was: str, now: str, what: str) -> None:
    assert was in PRINTED
    assert what in {each.what for each in read(PRINTED.replace(was, now, 1)).unread}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no line is the title of an annex"),
        ("附件一\nAnnex II\n", "titles of annexes in Chinese and in English"),
        (PRINTED.replace(" 附件三\n", " 附件二\n"), "line 205: annex 2 was on line 191 already"),
        ("附件一\n信\n", "no annex is a letter of the President"),
        (PRINTED.replace("S/2020/240", "该文件"), "no symbol of the draft"),
        (re.sub(r"20\d\d年|\b2020\b", "1899年", PRINTED), "name a roster"),
        ("附件一\n\x07\n", "line 2: the control character U+0007"),
        ("附件一\n" + "字" * 4_001, "line 2: more than 4,000 characters"),
        ("\n" * 40_001, "more than 40,000 lines"),
        ("字" * 2_000_001, "more than 2,000,000 characters"),
    ],
    ids=range(10),
)
def test_what_is_not_a_compendium_is_refused(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=re.escape(why)):
        case_of(text, "printed")


def test_a_page_break_gives_places_a_page() -> None:
    made = case_of(PRINTED.replace(" 附件二\n", "\f附件二\n"), "printed")
    pages = {each.path.partition(".")[2].partition(".")[0]: each.span.page for each in made.places}
    assert (pages["1"], pages["2"], pages["23"]) == (1, 2, 1)


def test_procedure_roster_and_question_can_be_named() -> None:
    case = case_of(PRINTED, "printed", Choices("unga-74-544", "unsc-2021", "procedural")).case
    assert (case["procedure"], case["roster"], case["draft"]["question"]) == ("unga-74-544", "unsc-2021", "procedural")
    assert Case.read(read().case_file, where="case").title is None


def test_numbers_of_annexes_are_read_in_every_form() -> None:
    assert [chinese.number(each) for each in ("一", "十", "十二", "二十", "九十九", "一百零一", "２", "20")] == [
        *(1, 10, 12, 20, 99, 101, 2, 20)
    ]
    assert [chinese.number(each) for each in ("", "零", "十百", "二百", "一一", "1000")] == [None] * 6
    assert [english.number(english.roman(each)) for each in range(1, 200)] == list(range(1, 200))
    assert [english.number(each) for each in ("IIII", "IC", "VX", "M", "")] == [None] * 5
