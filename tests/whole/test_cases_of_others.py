"""Histories of other people, played as they are, against the value that is right."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from command_line import call
from jsonschema import Draft202012Validator
from paths import INBLUE, ROOT
from seats import FILE_2021

from inblue.cli.language.english import ENGLISH
from inblue.cli.terminal.watch import Watched, lines_of
from inblue.ledger.ledger import Ledger

pytestmark = pytest.mark.long

CASES = Path(__file__).parent / "cases"
SCHEMAS = ROOT / "cli" / "schemas"


def said(tmp_path: Path, *words: str, status: int = 0) -> str:
    env = {"INBLUE_LEDGER": str(tmp_path / "x.db"), "INBLUE_PASSPHRASE": "four words nobody says", "PATH": "/usr/bin"}
    done = call([INBLUE, *words], env=env)
    assert done.returncode == status, done.stderr
    return done.stdout


def valid(tmp_path: Path, *words: str, status: int = 0) -> dict[str, Any]:
    """What a command says as JSON, valid by its schema."""
    value = json.loads(said(tmp_path, *words, "--json", status=status))
    Draft202012Validator(json.loads((SCHEMAS / f"{words[0]}.json").read_text())).validate(value)
    return dict(value)


def played(name: str, tmp_path: Path, **changed: str) -> dict[str, Any]:
    """The audit of the case ``name``; the last of its acts with some fields ``changed``."""
    case = json.loads((CASES / f"{name}.json").read_text())
    case["acts"][-1].update(changed)
    shutil.copytree(CASES, tmp_path / "cases")
    (tmp_path / "cases" / "case.json").write_text(json.dumps(case))
    said(tmp_path, "play", str(tmp_path / "cases" / "case.json"))
    (vote,) = valid(tmp_path, "audit")["votes"]
    return dict(vote)


def position(vote: dict[str, Any], member: str) -> list[str]:
    return [reply["position"] for reply in vote["replies"] if reply["member"] == member and reply["counted"]]


@pytest.mark.parametrize(
    ("name", "counted", "outcome"),
    [
        ("o1-last-out-of-order", "in_favour", "adopted"),
        ("o2-first-out-of-order", "against", "not_adopted"),
        ("o3-last-out-of-order-documented", "in_favour", "adopted"),
    ],
)
def test_first_and_last_are_by_arrival(tmp_path: Path, name: str, counted: str, outcome: str) -> None:
    vote = played(name, tmp_path)
    assert (position(vote, "ANNA"), vote["outcome"], vote["outcome_certain"]) == ([counted], outcome, True)
    assert any(finding["text"] == "entered after reply 1, and arrived before it" for finding in vote["findings"])


def texts(vote: dict[str, Any], kind: str = "") -> list[str]:
    return [finding["text"] for finding in vote["findings"] if kind in finding["text"]]


@pytest.mark.parametrize(
    ("name", "unknown", "outcome", "derived"),
    [
        ("u6-counts-only", 15, "adopted", True),
        ("u7-two-not-named", 2, "vetoed", False),
        ("ke1-secret-counts-only", 193, "not_adopted", True),
        ("g3-one-letter-of-six", 187, "not_adopted", True),
    ],
)
def test_who_is_not_named_is_not_on_record_in_any_output(
    tmp_path: Path, name: str, unknown: int, outcome: str, derived: bool
) -> None:
    vote = played(name, tmp_path)
    assert (vote["outcome"], vote["outcome_derived"], vote["silent"]) == (outcome, derived, [])
    assert (vote["tally"]["not_on_record"], len(vote["not_on_record"])) == (unknown, unknown)
    silence = vote["silence"]["means"]
    assert vote["tally"][silence] == 0
    (status,) = valid(tmp_path, "status")["votes"]
    assert (status["tally"], status["outcome_derived"]) == (vote["tally"], derived)
    unheard = [seat["position"] for seat in status["seats"] if not seat["replies"]]
    assert unheard == ["not_on_record"] * unknown
    said(tmp_path, "report", "--output", str(tmp_path / "page.html"))
    said(tmp_path, "report", "--pdf", "--output", str(tmp_path / "paper.pdf"))
    page = re.sub("[\u2066-\u2069]", "", re.sub("<[^>]+>", " ", (tmp_path / "page.html").read_text(encoding="utf-8")))
    paper = pypdfium2.PdfDocument((tmp_path / "paper.pdf").read_bytes())
    plain = [said(tmp_path, "status"), said(tmp_path, "audit"), page]
    plain.append(" ".join(each.get_textpage().get_text_bounded() for each in paper))
    for text in (" ".join(each.split()) for each in plain):
        assert "not on record" in text
        assert "Silent, counted" not in text
        assert f"{unknown} {silence}" not in text
        assert derived or "of the Council, as announced: it does not follow from what is on record" in text
    said(tmp_path, "verify")


def test_counts_in_print_are_kept_apart_from_who_voted_how(tmp_path: Path) -> None:
    vote = played("u6-counts-only", tmp_path)
    assert vote["tally_circulated"] == {"in_favour": 12, "abstention": 3}
    assert "the source gives counts and no names: who voted how is not on record" in texts(vote)


def test_in_a_secret_ballot_nobody_s_position_is_ever_on_record(tmp_path: Path) -> None:
    vote = played("ke1-secret-counts-only", tmp_path)
    assert "the ballot was secret: who voted how is not on record" in texts(vote)
    case = json.loads((CASES / "ke1-secret-counts-only.json").read_text())
    case["acts"].insert(1, {"act": "vote_cast", "member": "KEN", "position": "kenya", "instrument": {"form": "letter"}})
    (tmp_path / "cases" / "other.json").write_text(json.dumps({**case, "draft": {**case["draft"], "symbol": "other"}}))
    said(tmp_path, "play", str(tmp_path / "cases" / "other.json"), status=2)


def test_a_vote_that_was_taken_back_is_not_a_vote_any_more(tmp_path: Path) -> None:
    vote = played("w1-recalled", tmp_path)
    assert vote["tally"] == {"in_favour": 1, "against": 0, "abstention": 0, "not_voting": 4}
    assert (vote["outcome"], [reply["says"] for reply in vote["replies"]]) == ("adopted", [None, "withdraws", None])
    assert texts(vote) == ["withdrawn by reply 2"]


def test_an_objection_taken_back_is_one_by_the_rules_of_the_body(tmp_path: Path) -> None:
    vote = played("g4-withdrawn", tmp_path)
    assert (vote["outcome"], vote["tally"]) == ("not_adopted", {"objection": 1, "consent": 192})
    assert texts(vote, "withdraws") == [
        "withdraws an earlier reply, which stands: the procedure has no rule on withdrawing one"
    ]


def test_where_the_rules_let_an_objection_be_taken_back_silence_is_re_established(tmp_path: Path) -> None:
    rules = json.loads((ROOT / "domain" / "procedures" / "unga-74-544.json").read_text())
    rules["reply_withdrawal"] = {"clause": "second_reply", "allowed": True}
    shutil.copytree(CASES, tmp_path / "cases")
    (tmp_path / "cases" / "practice.json").write_text(json.dumps(rules))
    case = {**json.loads((CASES / "g4-withdrawn.json").read_text()), "procedure": "practice.json"}
    (tmp_path / "cases" / "case.json").write_text(json.dumps(case))
    said(tmp_path, "play", str(tmp_path / "cases" / "case.json"))
    (vote,) = valid(tmp_path, "audit")["votes"]
    assert (vote["outcome"], vote["tally"]) == ("adopted", {"objection": 0, "consent": 193})


def test_a_dissociation_breaks_no_silence(tmp_path: Path) -> None:
    vote = played("g5-dissociates", tmp_path)
    assert (vote["outcome"], vote["replies"][0]["rejected"]) == ("adopted", [])
    assert texts(vote, "dissociates") == ["dissociates the member from the text, without objecting"]


def test_a_position_that_was_changed_as_the_rules_allow_counts_as_ever(tmp_path: Path) -> None:
    assert played("ie1-discuss-cleared", tmp_path)["outcome"] == "adopted"


def test_one_letter_of_several_members_is_recorded_as_that(tmp_path: Path) -> None:
    vote = played("g3-one-letter-of-six", tmp_path)
    assert vote["tally"]["objection"] == 6
    assert {reply["by"] for reply in vote["replies"] if reply["member"] != "GBR"} == {"GBR"}
    assert texts(vote, "one paper") == ["one paper of GBR speaks for AUS, CAN, IND, NZL, GBR, USA"]
    said(tmp_path, "export", str(tmp_path / "x.zip"))
    with zipfile.ZipFile(tmp_path / "x.zip") as bundle:
        (name,) = [each for each in bundle.namelist() if each.endswith("record.json")]
        (facts,) = json.loads(bundle.read(name))["votes"]
    assert [reply["by"] for reply in facts["replies"]] == ["GBR"] * 4 + [None, "GBR"]
    assert (facts["outcome_derived"], len(facts["not_on_record"])) == (True, 187)
    assert facts["conditions"][0]["thresholds"] == [
        {"counted": 6, "base": None, "met": False, "most": {"counted": 193, "base": None}}
    ]


def test_who_cast_a_vote_for_whom_is_a_fact_of_its_own(tmp_path: Path) -> None:
    vote = played("px1-proxy", tmp_path)
    assert [(reply["member"], reply["by"], reply["counted"]) for reply in vote["replies"]] == [("A", "B", True)]
    assert texts(vote) == ["cast by B, on behalf of the member: the procedure has no rule on that"]
    assert "in favour, cast by B" in " ".join(said(tmp_path, "status").split())


def test_one_paper_under_two_members_or_in_two_votes_is_found(tmp_path: Path) -> None:
    def run(*words: str) -> None:
        said(tmp_path, *words)

    (tmp_path / "letter.txt").write_text("one letter")
    paper = ("--file", str(tmp_path / "letter.txt"), "--signed", "--office", "permanent_representative")
    run("init")
    for vote in ("B/1", "B/2"):
        run("draft", "circulate", vote)
        run("letter", "send", "opening", "--vote", vote, "--roster", FILE_2021, "--programme-of-work")
    run("vote", "cast", "FRA", "in_favour", "--vote", "B/1", *paper)
    run("vote", "cast", "EST", "in_favour", "--vote", "B/1", *paper)
    run("vote", "cast", "FRA", "against", "--vote", "B/2", *paper)
    run("vote", "cast", "MEX", "in_favour", "--vote", "B/2", "--by", "NOR")
    run("vote", "cast", "NOR", "--says", "withdraws", "--vote", "B/2")
    whole = valid(tmp_path, "audit")
    first, second = whole["votes"]
    assert texts(first, "one paper") == ["one paper is entered as the reply of FRA, EST"]
    assert [(reply["by"], reply["says"]) for reply in second["replies"]][1:] == [("NOR", None), (None, "withdraws")]
    (shared,) = whole["shared_papers"]
    assert [(each["vote"], each["member"], each["position"]) for each in shared["replies"]] == [
        ("B/1", "FRA", "in_favour"),
        ("B/1", "EST", "in_favour"),
        ("B/2", "FRA", "against"),
    ]
    text = " ".join(said(tmp_path, "audit").split())
    assert "is a reply in several votes: B/1: FRA in favour, B/1: EST in favour, B/2: FRA against" in text


def test_a_correction_after_the_announcement_is_shown_to_overtake_it(tmp_path: Path) -> None:
    vote = played("r5-correction-always", tmp_path)  # at the last instant of the lag, which is of the close
    assert (vote["outcome"], vote["announced"]["outcome"], vote["settled"]) == ("adopted", "not_adopted", True)
    text = "announced as not_adopted; by the rules the outcome is adopted"
    assert text in [finding["text"] for finding in vote["findings"]]
    for command in ("status", "audit"):
        assert text in " ".join(said(tmp_path, command).split())


def test_where_the_outcomes_differ_every_output_shows_both(tmp_path: Path) -> None:
    vote = played("r5-correction-always", tmp_path, corrected_at="2026-03-06T10:00:01+01:00")
    assert (vote["outcome_at_close"], vote["outcome"], vote["settled"]) == ("not_adopted", "adopted", False)
    assert vote["amended_by"] == [7]
    (status,) = valid(tmp_path, "status")["votes"]
    assert (status["outcome_at_close"], status["outcome"], status["settled"]) == ("not_adopted", "adopted", False)
    said(tmp_path, "report", "--output", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    plain = [" ".join(said(tmp_path, command).split()) for command in ("status", "audit")]
    plain.append(re.sub("[\u2066-\u2069]", "", re.sub("<[^>]+>", "", page)))
    said(tmp_path, "report", "--pdf", "--output", str(tmp_path / "paper.pdf"))
    paper = pypdfium2.PdfDocument((tmp_path / "paper.pdf").read_bytes())
    plain.append(" ".join(" ".join(each.get_textpage().get_text_bounded() for each in paper).split()))
    said(tmp_path, "compendium", "--output", str(tmp_path / "letter.html"))
    letter = (tmp_path / "letter.html").read_text(encoding="utf-8")
    plain.append(" ".join(re.sub("[\u2066-\u2069]", "", re.sub("<[^>]+>", " ", letter)).split()))
    with Ledger.open(tmp_path / "x.db", read_only=True) as book:
        (symbol,) = book.votes()
        watched = Watched(book, symbol)
        watched.look()
        lines = lines_of(watched, datetime.now(UTC), ENGLISH, 200, 50)
        plain.append(" ".join(re.sub(r"\x1b\[[0-9;]*m", "", " ".join(lines)).split()))
    for text in plain:
        assert "at the close: not adopted (in favour 1, against 2" in text
        assert "as amended by act 7: adopted (in favour 2, against 1" in text
        assert "CHLOE: against at the close, in favour as amended" in text
    said(tmp_path, "verify")
    failed = said(tmp_path, "verify", "--require", "settled", status=1)
    assert "NOT SETTLED:" in failed
    assert "r5-correction-always: at the close: not adopted" in failed
    (unsettled,) = valid(tmp_path, "verify", "--require", "settled", status=1)["unsettled"]
    assert (unsettled["draft"], unsettled["outcome_at_close"]) == ("r5-correction-always", "not_adopted")


def test_every_move_of_the_deadline_stays_in_view(tmp_path: Path) -> None:
    vote = played("g6-cut-short", tmp_path)
    first, second = (finding["text"] for finding in vote["findings"][:2])
    assert first.startswith("act 2 of 2020-04-21T14:00:00Z moved the deadline from 2020-04-22T16:00:00Z to 2020-04-24")
    assert second.startswith("act 3 of 2020-04-22T17:00:00Z moved the deadline from 2020-04-24T16:00:00Z to 2020-04-22")
    for command in ("status", "audit"):
        assert " ".join(said(tmp_path, command).split()).count("the deadline from") >= 2


def test_a_seat_that_the_procedure_does_not_list_is_refused_before_anything_is_founded(tmp_path: Path) -> None:
    env = {"INBLUE_LEDGER": str(tmp_path / "x.db"), "INBLUE_PASSPHRASE": "four words nobody says", "PATH": "/usr/bin"}
    name = CASES / "ro2-unknown-seat.json"
    done = call([INBLUE, "play", str(name)], env=env)
    assert done.returncode == 2
    wrong = f"{name}, line 23 (roster.5.member): unknown-seat knows no member 'ZED'"
    assert done.stderr == f"inblue: {wrong} (see inblue play --help)\n"
    assert list(tmp_path.iterdir()) == []


def test_a_transcribers_slip_is_corrected_after_the_announcement(tmp_path: Path) -> None:
    vote = played("u8-transcription-error", tmp_path)
    assert (vote["tally"]["in_favour"], vote["unanimous"], vote["settled"]) == (15, True, True)
    assert "position corrected from abstention to in favour" in "".join(texts(vote, "read wrongly from the page"))


def test_one_text_voted_on_twice_is_two_votes_of_one_draft(tmp_path: Path) -> None:
    first, second = (str(CASES / f"u9-revote-{number}.json") for number in (1, 2))
    with pytest.raises(AssertionError, match="round 2 of HB 2963 follows round 1, and there was none"):
        said(tmp_path, "play", second)
    said(tmp_path, "play", second, first)
    votes = valid(tmp_path, "audit")["votes"]
    assert [(each["draft"], each["round"], each["outcome"]) for each in votes] == [
        ("HB 2963", 1, "vetoed"),
        ("HB 2963", 2, "adopted"),
    ]
    said(tmp_path, "play", second)  # again: nothing is missing
