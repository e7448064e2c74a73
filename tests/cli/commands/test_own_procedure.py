"""Writing one's own procedure at the command line: new, check, diff, try, and what votes are then held by it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from jsonschema import Draft202012Validator
from paths import INBLUE, ROOT
from rich.cells import cell_len

from inblue.cli import COMMANDS
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import shipped_names
from inblue.ledger.edge.procedure_file import procedure_of

SKETCHES = sorted((ROOT / "examples" / "sketches").glob("*.json"))
OPENS = "2026-03-02T09:00:00Z"


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": "ledger.db"}
    return call([INBLUE, *map(str, words)], env=env, cwd=folder)


def ok(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def as_json(folder: Path, schema: str, *words: object) -> Any:
    """The JSON that a command prints, checked against its schema."""
    printed = json.loads(run(folder, *words, "--json").stdout)
    Draft202012Validator(json.loads(ok(folder, "schema", schema))).validate(printed)
    return printed


def says(text: str, *wanted: str) -> None:
    flat = " ".join(text.split())
    for each in wanted:
        assert each in flat, flat


def test_the_help_of_each_is_one_short_line_and_the_table_has_that_of_the_group(tmp_path: Path) -> None:
    said = ok(tmp_path, "procedure", "--help")
    assert COMMANDS["procedure"] in said
    assert len(COMMANDS["procedure"]) <= 68
    for word in ("new", "check", "diff", "try", "show", "list", "translate"):
        first = ok(tmp_path, "procedure", word, "--help").splitlines()[2].strip()
        assert len(first) <= 68, first
        assert first.endswith(".")


@pytest.mark.parametrize("name", shipped_names("procedures"))
def test_what_is_new_is_like_the_one_it_is_like_but_for_its_id(tmp_path: Path, name: str) -> None:
    ok(tmp_path, "procedure", "new", "own.toml", "--like", name)
    ok(tmp_path, "procedure", "new", "other.json", "--like", name, "--id", "own")
    like = built_in_procedure(name)
    toml = procedure_of((tmp_path / "own.toml").read_bytes(), "own.toml")
    plain = Procedure.read((tmp_path / "other.json").read_bytes(), where="other.json")
    assert toml.json_value() == plain.json_value() == {**like.json_value(), "id": "own"}
    assert (toml.sha256 == like.sha256, toml.canonical() == plain.canonical()) == (False, True)
    (change,) = as_json(tmp_path, "procedure-diff", "procedure", "diff", name, "own.toml")["changes"]
    assert (change["field"], change["after"]["text"]) == ("id", "Its id is own.")
    says(ok(tmp_path, "procedure", "diff", "own.toml", "other.json"), "own.toml and other.json say the same.")


def test_a_new_one_is_never_written_over_another_nor_under_a_wrong_name(tmp_path: Path) -> None:
    ok(tmp_path, "procedure", "new", "own.toml", "--like", "iso-dis")
    before = (tmp_path / "own.toml").read_bytes()
    for words, why in (
        (("own.toml",), "something is there already"),
        (("own.txt",), "its name must end in .toml or .json"),
        (("a.json", "--toml"), "its name must end in .toml or .json"),
        (("Own.toml",), "'Own' is not an id of a procedure"),
        (("a.toml", "--id", "A B"), "'A B' is not an id of a procedure"),
    ):
        done = run(tmp_path, "procedure", "new", *words, "--like", "iso-dis")
        assert (done.returncode, done.stdout) == (2, "")
        assert why in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["own.toml"]
    assert (tmp_path / "own.toml").read_bytes() == before


@pytest.mark.parametrize("rules", [*shipped_names("procedures"), *SKETCHES], ids=str)
def test_what_is_printed_fits_eighty_columns_and_holds_no_escapes(tmp_path: Path, rules: object) -> None:
    for words in (("check", rules), ("show", rules), ("diff", "unga-74-544", rules)):
        said = run(tmp_path, "procedure", *words).stdout
        assert said
        assert max(cell_len(line) for line in said.splitlines()) <= 80
        assert "\x1b" not in said
    printed = as_json(tmp_path, "procedure-check", "procedure", "check", rules)
    assert all(example["as_wanted"] for example in printed["examples"])


def test_check_says_which_example_comes_out_otherwise_and_why(tmp_path: Path) -> None:
    value = json.loads(built_in_procedure("iso-dis").raw)
    value["examples"][0] |= {"outcome": "disapproved" if value["examples"][0]["outcome"] == "approved" else "approved"}
    value["examples"][1] |= {"counts": None, "positions": {"NOBODY": "against"}}
    (tmp_path / "own.json").write_text(json.dumps(value))
    done = run(tmp_path, "procedure", "check", "own.json")
    assert done.returncode == 1
    says(
        done.stdout,
        "2 come out differently",
        "it cannot be counted: positions: NOBODY has no seat",
        "needed at least 2/3",
    )
    printed = as_json(tmp_path, "procedure-check", "procedure", "check", "own.json")
    assert [each["as_wanted"] for each in printed["examples"][:3]] == [False, False, True]
    assert printed["examples"][0]["reasons"]
    assert printed["examples"][1]["fault"] == "positions: NOBODY has no seat"


def test_check_shows_what_is_wrong_with_its_clause_and_exits_with_1(tmp_path: Path) -> None:
    value = json.loads(built_in_procedure("unsc-2020-253").raw)
    test = {"choices": ["in_favour"], "compare": "more_than", "share": "1/1", "base": ["in_favour", "against"]}
    value["decision"]["conditions"][0]["any_of"] = [test]
    (tmp_path / "own.json").write_text(json.dumps(value))
    done = run(tmp_path, "procedure", "check", "own.json")
    assert done.returncode == 1
    says(done.stdout, "found", "[majority]")
    assert as_json(tmp_path, "procedure-check", "procedure", "check", "own.json")["faults"][0]["clause"] == "majority"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.toml", "id = \n", "a.toml: not TOML: Invalid value (at line 1, column 6)"),
        ("a.toml", 'format = "inblue-procedure/2"\n', "a.toml: id: this field is missing"),
        ("a.json", '{"format": "inblue-procedure/2"}', "a.json: id: this field is missing"),
        ("a.json", "{", "a.json: not JSON at line 1"),
    ],
)
def test_a_bad_file_is_one_line_and_exit_status_2(tmp_path: Path, name: str, content: str, why: str) -> None:
    (tmp_path / name).write_text(content)
    (tmp_path / "votes.csv").write_text("member,position\n")
    for words in (("check", name), ("show", name), ("diff", name, "iso-dis"), ("try", name, "votes.csv")):
        done = run(tmp_path, "procedure", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert why in done.stderr
        assert done.stderr.count("\n") == 1
    assert run(tmp_path, "procedure", "check", "nothing").returncode == 2


def test_diff_says_a_longer_window_before_and_after(tmp_path: Path) -> None:
    ok(tmp_path, "procedure", "new", "own.toml", "--like", "unsc-2020-253")
    file = tmp_path / "own.toml"
    file.write_text(file.read_text().replace("hours = 24", "hours = 72").replace("[annulment]\n", "[annulment]#\n"))
    said = ok(tmp_path, "procedure", "diff", "unsc-2020-253", "own.toml")
    says(said, "- Voting is open for 24 hours from the opening", "+ Voting is open for 72 hours from the opening")
    assert "annul" not in said


def test_a_vote_is_held_replayed_and_played_by_a_procedure_in_toml(tmp_path: Path) -> None:
    ok(tmp_path, "procedure", "new", "own.toml", "--like", "unsc-2020-253", "--id", "own")
    ok(tmp_path, "init", "ledger.db")
    ok(tmp_path, "draft", "circulate", "A/1", "--procedure", "own.toml", "--simulated")
    case = json.loads((ROOT / "examples" / "simulated.case.json").read_text())
    (tmp_path / "case.json").write_text(json.dumps({**case, "procedure": "own.toml"}))
    for each in (ROOT / "examples").glob("*"):
        if each.is_dir() and not (tmp_path / each.name).exists():
            (tmp_path / each.name).symlink_to(each)
    ok(tmp_path, "play", "case.json")
    symbol = case["draft"]["symbol"]
    assert "own" in ok(tmp_path, "status", "--vote", symbol, "--json")
    says(ok(tmp_path, "replay", "--vote", symbol, "--under", "own.toml"), "own")
    assert "every check passed" in ok(tmp_path, "verify").replace("\n", " ")


# try


def ballots(folder: Path, text: str) -> Path:
    path = folder / "ballots.csv"
    path.write_text(text)
    return path


def test_try_counts_with_reasons_and_says_who_is_not_counted_and_why(tmp_path: Path) -> None:
    rows = ["member,position,groups,reasons"]
    rows += [f"P{number},in_favour,p_members," for number in range(2)]
    rows += ["P2,against,p_members,no", "O1,against,,yes", "O2,not_voting,,"]
    ballots(tmp_path, "\n".join(rows))
    said = ok(tmp_path, "procedure", "try", "iso-dis", "ballots.csv")
    says(said, "2 in favour among P-members, needed at least 2/3 of 2", "row 4, P2: against: against, without reasons")
    says(said, "Not counted", "Without a reply (not voting): O2")
    printed = as_json(tmp_path, "procedure-try", "procedure", "try", "iso-dis", "ballots.csv")
    assert printed["counts"] == {"in_favour": 2, "against": 1, "abstention": 0, "not_voting": 2}
    ((row, clause),) = [(each["row"], each["clause"]) for each in printed["not_counted"]]
    assert (row, clause) == (4, "reasons")
    assert max(cell_len(line) for line in said.splitlines()) <= 80


def test_try_asks_when_voting_opens_where_arrivals_are_given(tmp_path: Path) -> None:
    rows = ["member,position,received_at,groups", "A,in_favour,2026-03-02T10:00:00Z,p_members"]
    ballots(tmp_path, "\n".join([*rows, "B,against,2026-04-02T10:00:00Z,"]))
    done = run(tmp_path, "procedure", "try", "iso-dis", "ballots.csv")
    assert done.returncode == 2
    assert "--opens is needed" in done.stderr
    words = ("try", "iso-dis", "ballots.csv", "--opens", OPENS, "--closes", "2026-03-20T10:00:00Z")
    printed = as_json(tmp_path, "procedure-try", "procedure", *words)
    assert [(each["row"], each["clause"]) for each in printed["not_counted"]] == [(3, "late")]


def test_try_takes_weights_facts_kinds_of_question_and_a_roster(tmp_path: Path) -> None:
    ballots(tmp_path, "member,position,weight:votes\nA,agree,74\nB,,26\n")
    name = "uk-ca-2006-written-resolution"
    refused = run(tmp_path, "procedure", "try", name, "ballots.csv", "--question", "special")
    assert refused.returncode == 2
    assert "(clause special_named)" in refused.stderr
    words = ("procedure", "try", name, "ballots.csv", "--fact", "stated_as_special=present", "--question")
    assert as_json(tmp_path, "procedure-try", *words, "special")["outcome"] == "lapsed"
    assert as_json(tmp_path, "procedure-try", *words, "ordinary")["outcome"] == "passed"
    ballots(tmp_path, "member,position\nFRA,in_favour\nQAT,in_favour\n")
    printed = as_json(
        tmp_path, "procedure-try", "procedure", "try", "unsc-2020-253", "ballots.csv", "--roster", "unsc-2026"
    )
    assert (printed["seats"], [each["clause"] for each in printed["not_counted"]]) == (15, ["roster"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "row 1: the columns member and position are missing"),
        (
            "member;position\nA;in_favour\n",
            "row 1: the columns member and position are missing; they are separated by commas",
        ),
        ("member,position,vote\n", "row 1: no column 'vote' is known; the columns are member, position"),
        ("member,position,position\n", "row 1: the column 'position' occurs twice"),
        ("member,position,weight:\n", "row 1: no column 'weight:' is known"),
        ("member,position\nA\n", "row 2: 1 cells, and 2 columns"),
        ("member,position\n,against\n", "row 2, column member: nobody is named"),
        ("member,position\nA,yes\n", "row 2, column position: 'yes' is none of in_favour, against, abstention"),
        ("member,position\nA B,against\n", "row 2, column member: member:"),
        ("member,position,reasons\nA,against,perhaps\n", "row 2, column reasons: 'perhaps' is neither yes nor no"),
        ("member,position,received_at\nA,against,noon\n", "row 2, column received_at: 'noon' is no instant"),
        ("member,position,weight:votes\nA,against,-1\n", "row 2, column member: weights"),
        ("member,position,answer:urgent\nA,against,ja\n", "row 2, column answer:urgent: iso-dis puts no such question"),
        ("member,position,by\nA,against,A\n", "row 2, column by: another than the member itself is meant"),
        ("member,position,says\nA,against,withdraws\n", "row 2, column says: such a reply takes no position"),
        ("member,position,says\nA,,shrugs\n", "row 2, column says: 'shrugs' is not one of withdraws, dissociates"),
        ("member,position,groups\nA,against,x\nA,against,y\n", "row 3, column member: an earlier row says otherwise"),
        (f"member,position\nA,{'x' * 301}\n", "row 2, column position: 301 characters; at most 300 are read"),
        ('member,position\n"A,against\n', "not CSV"),
        ("member,position\n", "no row names a member"),
        (
            "member,position,received_at\nA,against,2026-03-02T10:00:00Z\nB,against,\n",
            "row 3, column received_at: empty, but other replies have an instant",
        ),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_column(tmp_path: Path, text: str, why: str) -> None:
    ballots(tmp_path, text)
    done = run(tmp_path, "procedure", "try", "iso-dis", "ballots.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert "ballots.csv" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_member_that_the_procedure_cannot_know_is_named_with_those_it_may_be(tmp_path: Path) -> None:
    ballots(tmp_path, "member,position\nFrance,in_favour\n")
    done = run(tmp_path, "procedure", "try", "unsc-2020-253", "ballots.csv")
    assert "row 2, column member: unsc-2020-253 knows no member 'France'; did you mean FRA (France)" in done.stderr


def test_a_seat_is_said_once_by_the_roster_or_by_the_rows(tmp_path: Path) -> None:
    ballots(tmp_path, "member,position,permanent\nFRA,in_favour,yes\n")
    done = run(tmp_path, "procedure", "try", "unsc-2020-253", "ballots.csv", "--roster", "unsc-2026")
    assert "row 2, column permanent: the roster says what a seat is" in done.stderr


@pytest.mark.parametrize("given", ["asked", "asked=perhaps", "stated_as_special="])
def test_a_fact_is_present_or_missing(tmp_path: Path, given: str) -> None:
    ballots(tmp_path, "member,position\nA,in_favour\n")
    done = run(tmp_path, "procedure", "try", "iso-dis", "ballots.csv", "--fact", given)
    assert (done.returncode, done.stdout) == (2, "")
    assert "write ID=present or ID=missing" in done.stderr
