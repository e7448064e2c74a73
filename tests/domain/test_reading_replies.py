"""What a letter proposes is what it says, or a person is asked: the fifteen of S/2020/268, and letters made up."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letters import MEMBERS, POSITIONS, ROSTER, WORDS, Letter
from message_kinds import VOTES
from paths import EXAMPLES, REAL_CASE

from inblue.domain.canonical import parse_json
from inblue.domain.errors import Malformed
from inblue.domain.message_contents import Contents, Part
from inblue.domain.proposal import Proposal
from inblue.domain.reading_replies import OpenVote, propose
from inblue.domain.reply_phrases import phrases
from inblue.domain.roster import built_in_roster

SEED = (EXAMPLES / "s-2020-268" / "as-printed" / "zh.txt").read_text(encoding="utf-8")
REPLIES = re.split(r"(?m)^ ?(?=附件[一二三四五六七八九十]+\s*$)", SEED)[2:17]
SEATS = frozenset(built_in_roster("unsc-2020").ids)
VOTE = OpenVote("S/2020/240", "S/2020/240", SEATS, frozenset(POSITIONS))
IN_FAVOUR = Letter("BEL", "in_favour", "en")


def part(text: str, path: str = "1") -> Part:
    return Part(path=path, media_type="text/plain", size=len(text), sha256="0" * 64, read_as="plain", text=text)


def read(*texts: str, votes: tuple[OpenVote, ...] = VOTES, sender: str | None = None) -> Proposal:
    parts = tuple(part(text, str(number)) for number, text in enumerate(texts, start=1))
    return propose(Contents(sender=sender, parts=parts), MEMBERS, votes)


def kinds(proposal: Proposal) -> set[str]:
    return {reason.kind for reason in proposal.reasons}


def documented() -> dict[str, dict[str, object]]:
    case = parse_json(REAL_CASE.read_bytes())
    assert isinstance(case, dict)
    return {act["member"]: act for act in case["acts"] if act["act"] == "vote_cast"}


def test_the_fifteen_replies_of_2020_are_read_as_the_case_has_them() -> None:
    acts = documented()
    read_of = {str(proposal.value("member")): proposal for proposal in (read(text, votes=(VOTE,)) for text in REPLIES)}
    assert set(read_of) == set(acts)
    for member, proposal in read_of.items():
        act = acts[member]
        paper = act["instrument"]
        assert isinstance(paper, dict)
        assert proposal.is_complete, (member, proposal.reasons)
        assert proposal.basis == "letter"
        assert proposal.value("position") == act["position"] == "in_favour"
        for field in ("form", "dated", "office", "signatory"):
            said = proposal.value(field)
            assert said == paper.get(field), (member, field, said)
        if paper["addressee"] == "president":
            assert proposal.value("addressee") == "president"
        else:  # an office that does not exist is not read as one that does
            assert proposal.value("addressee") is None
        assert proposal.value("explanation") == act["explanation"]


def test_what_files_are_called_cannot_keep_a_message_from_being_read() -> None:
    named = "\x00\x1b[2J\u202e" * 60 + ".docx"
    text = IN_FAVOUR.lines()
    parts = [part(text, str(n)).model_copy(update={"read_as": "docx", "name": named}) for n in (1, 2)]
    unread = part("", "3").model_copy(update={"text": None, "name": named, "media_type": "application/pdf"})
    found = propose(Contents(parts=(*parts, unread)), MEMBERS, VOTES)
    assert {"two_letters", "unread_document"} <= kinds(found)
    assert all(reason.text.isprintable() for reason in found.reasons)


def test_no_part_of_a_message_is_there_twice() -> None:
    with pytest.raises(Malformed, match="a path occurs twice"):
        Contents(parts=(part("one"), part("two")))


def test_each_field_says_where_it_was_read() -> None:
    proposal = read(REPLIES[0], votes=(VOTE,))
    for field, reading in proposal.fields.items():
        assert reading.read_in, field
        for passage in reading.read_in:
            if passage.start is not None:
                assert " ".join(REPLIES[0][passage.start : passage.end].split()).startswith(passage.text[:50])
    assert "投赞成票" in proposal.fields["position"].read_in[0].text
    assert proposal.fields["dated"].read_in[0].text == "2020年3月27日"


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("投赞成票", "不投赞成票", "negated"),
        ("比利时对这项", "如果删去第二段，比利时对这项", "conditional"),
        ("投赞成票", "投反对票或投赞成票", "two_positions"),
        ("S/2020/240", "S/2020/241", "wrong_symbol"),
        ("（S/2020/240）", "（S/2020/240、S/2020/241）", "other_symbol"),
        ("我高兴地指出，", "我高兴地指出，反对本案者甚少，", "other_position"),
        ("\n比利时常驻联合国代表\n", "\n法国常驻联合国代表\n", "two_members"),
    ],
)
def test_what_a_phrase_cannot_be_read_with_leaves_the_position_to_a_person(old: str, new: str, kind: str) -> None:
    text = REPLIES[0].replace("\n ", "\n")
    assert old in text
    proposal = read(text.replace(old, new), votes=(VOTE,))
    assert kind in kinds(proposal)
    assert proposal.value("position") is None
    assert "in_favour" in proposal.fields["position"].candidates


@pytest.mark.parametrize("language", ["en", "fr", "es", "zh"])
@pytest.mark.parametrize("position", POSITIONS)
def test_each_position_is_read_in_each_language_that_has_a_source(language: str, position: str) -> None:
    letter = Letter("GRC", position, language)
    proposal = read(letter.lines())
    assert {field: proposal.value(field) for field in letter.truth} == letter.truth
    assert proposal.is_complete is (proposal.basis == "letter")


@pytest.mark.parametrize("language", ["ru", "ar"])
def test_a_phrase_without_a_source_is_shown_and_never_proposed(language: str) -> None:
    proposal = read(Letter("GRC", "against", language).lines())
    assert "unsourced" in kinds(proposal)
    assert proposal.value("position") is None
    assert proposal.fields["position"].candidates == ("against",)
    assert proposal.value("member") == "GRC"


def test_every_phrase_that_proposes_a_position_names_its_source() -> None:
    for language in phrases():
        for phrase in language.positions:
            assert (phrase.basis is None) == (phrase.source is None)


def test_a_member_is_never_read_from_an_address() -> None:
    text = f"Excellency,\n\nOn {VOTES[0].symbol}: my delegation votes in favour of the draft resolution."
    proposal = read(text, sender="<vote@france.example>")
    assert proposal.value("member") is None
    assert "no_member" in kinds(proposal)


def test_a_sender_whose_name_is_another_members_is_said() -> None:
    proposal = read(IN_FAVOUR.lines(), sender="Mission of France <x@example.org>")
    assert "sender" in kinds(proposal)
    assert proposal.value("member") is None


def test_a_member_without_a_seat_and_one_that_replied_already_are_said() -> None:
    assert "no_seat" in kinds(read(IN_FAVOUR.lines()))
    replied = VOTES[0]._replace(replied=frozenset({"GRC"}))
    assert "replied" in kinds(read(Letter("GRC", "against", "en").lines(), votes=(replied,)))


def test_a_letter_that_cannot_be_read_leaves_the_position_to_a_person_whatever_its_cover_says() -> None:
    unread = Part(path="2", media_type="application/pdf", name="x.pdf", size=9, sha256="0" * 64, faults=("encrypted",))
    contents = Contents(parts=(part(Letter("GRC", "against", "en").lines()), unread))
    proposal = propose(contents, MEMBERS, VOTES)
    assert "unread_document" in kinds(proposal)
    assert proposal.value("position") is None


_SLIPS = [
    (language, word)
    for language in ("en", "fr", "es", "zh")
    for of in phrases()
    if of.language == language
    for word in (*of.negations, *of.conditions)
]


@settings(max_examples=60)
@given(st.sampled_from(_SLIPS), st.sampled_from(POSITIONS), st.booleans())
def test_no_word_that_negates_or_conditions_leaves_a_position_proposed(
    slip: tuple[str, str], position: str, before: bool
) -> None:
    language, word = slip
    vote = WORDS[language].vote[position]
    glue = "" if language == "zh" else " "
    said = f"{word}{glue}{vote}" if before else f"{vote[:-1]}{glue}{word}{glue}{vote[-1]}"
    proposal = read(Letter("GRC", position, language).lines(vote=said))
    assert proposal.value("position") is None
    assert kinds(proposal) & {"negated", "conditional"}


@settings(max_examples=60)
@given(st.sampled_from(["en", "fr", "es", "zh"]), st.sampled_from(POSITIONS), st.sampled_from(ROSTER.ids), st.data())
def test_a_letter_that_is_cut_or_doubled_anywhere_proposes_nothing_wrong(
    language: str, position: str, member: str, data: st.DataObject
) -> None:
    letter = Letter(member, position, language)
    text = letter.lines()
    at, end = (data.draw(st.integers(0, len(text))) for _ in range(2))
    proposal = read(text[:at] + text[end:])
    assert proposal.value("member") in {None, member}
    assert proposal.value("position") in {None, position}
    assert proposal.value("vote") in {None, letter.symbol}
