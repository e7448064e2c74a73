"""The four tables: what is nothing, what is unknown, what both outcomes are, and what a spreadsheet must not run."""

from __future__ import annotations

import csv
import gc
import json
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import ROOT

from inblue.domain.acts import ClericalErrorCorrected, EntryVoided
from inblue.domain.errors import Refused
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.state import VoteState
from inblue.ledger.audit.result import Problem, Verification
from inblue.ledger.errors import Broken, NotFound
from inblue.ledger.ledger import Ledger
from inblue.ledger.projections.record import audit_json, record_of
from inblue.ledger.tables import parquet_tables
from inblue.ledger.tables.columns import EVERY, TABLES, UNKNOWN, Cell, Row
from inblue.ledger.tables.csv_tables import cell_text
from inblue.ledger.tables.rows import rows_of
from inblue.ledger.tables.write import write_tables

REAL = "S/2020/240"
Begin = Callable[..., Any]


@pytest.fixture(scope="module")
def found(histories: Path) -> Iterator[Verification]:
    with Ledger.open(histories, read_only=True) as ledger:
        yield ledger.verify()


def rows(state: VoteState) -> dict[str, list[Row]]:
    made: dict[str, list[Row]] = {name: [] for name in TABLES}
    for table, row in rows_of(record_of(state), None, None):
        assert list(row) == [column.name for column in TABLES[table]]
        made[table].append(row)
    return made


def from_csv(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def plain(cell: str) -> str:
    """A cell of CSV as it was: one apostrophe off its front."""
    return cell[1:] if cell.startswith("'") else cell


def test_csv_and_parquet_hold_the_same_cells_and_never_write_nothing_and_unknown_alike(
    found: Verification, tmp_path: Path
) -> None:
    told = [write_tables(found, tmp_path / form, form) for form in ("csv", "parquet")]
    assert (
        told[0].rows == told[1].rows == {"votes": 3, "seats": 223, "replies": 32, "findings": told[0].rows["findings"]}
    )
    seen: Counter[str] = Counter()
    for name, columns in TABLES.items():
        one = from_csv(tmp_path / "csv", name)
        other = pyarrow.parquet.read_table(tmp_path / "parquet" / f"{name}.parquet").to_pylist()
        assert len(one) == len(other) == told[0].rows[name]
        for left, right in zip(one, other, strict=True):
            for column in columns:
                value, known = right[column.name], right.get(f"{column.name}_known", True)
                assert plain(left[column.name]) == cell_text(value if known else UNKNOWN).removeprefix("'")
                assert known or value is None
                seen["unknown" if not known else "nothing" if value is None else "value"] += 1
    assert min(seen.values()) > 30, seen


def test_the_tables_say_what_the_record_says(found: Verification, tmp_path: Path) -> None:
    write_tables(found, tmp_path / "t", "csv")
    votes = {row["vote"]: row for row in from_csv(tmp_path / "t", "votes")}
    replies, findings = from_csv(tmp_path / "t", "replies"), from_csv(tmp_path / "t", "findings")
    for name, state in found.states.items():
        told, row = audit_json(record_of(state, found.bounds.get(name))), votes[name]
        assert (row["outcome_as_amended"], row["procedure_sha256"]) == (told["outcome"], told["procedure_sha256"])
        assert json.loads(row["counts_as_amended"]) == told["tally"]
        opened, closes = told["window"]["opens_between"], told["window"]["closes_between"]
        assert [row[f"opened_{end}"] for end in ("earliest", "latest")] == [each or "unknown" for each in opened]
        assert [row[f"closes_{end}"] for end in ("earliest", "latest")] == [each or "unknown" for each in closes]
        mine = [each for each in replies if each["vote"] == name]
        for has, wanted in zip(mine, told["replies"], strict=True):
            assert (has["member"], has["reply"], has["act"]) == (
                wanted["member"],
                str(wanted["reply"]),
                str(wanted["act"]),
            )
            assert (has["placement"], has["strength"]) == (wanted["placement"], wanted["strength"])
            assert has["counted"] == str(wanted["counted"]).lower()
            assert has["received_at"] == (wanted["received_at"] or "unknown")
            assert (has["why"] == "counts") == wanted["counted"]
        assert [(each["finding"], plain(each["text"])) for each in findings if each["vote"] == name] == [
            (each["id"], each["text"]) for each in told["findings"]
        ]


def test_a_day_without_an_hour_and_an_arrival_that_no_source_gives_are_bounds(story: Begin) -> None:
    vote = story(times="documented", replies="complete").opens()
    vote.reply("BEL", received_at=date(2020, 3, 27))
    vote.reply("CHN", received_at=None)
    day, none = rows(vote.state)["replies"]
    assert (day["received_at"], day["arrival_earliest"]) == ("2020-03-27", datetime(2020, 3, 27, 4, tzinfo=UTC))
    assert isinstance(day["arrival_latest"], datetime)
    assert (none["received_at"], none["arrival_earliest"], none["dated"]) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert none["arrival_latest"] == vote.now
    assert (none["clause"], none["voided_by"]) == (None, None)


def test_a_vote_that_was_amended_shows_both_outcomes_and_both_positions(story: Begin) -> None:
    fields = {"clause": "corrections", "fields": ["position"], "until": "always"}
    rules = built_in_procedure("unsc-2020-253").json_value() | {"corrections": fields}
    vote = story(Procedure.of(rules, where="test")).opens().at(hours=1)
    for member in ("CHN", "FRA", "GBR", "USA", "BEL", "DOM", "EST", "DEU", "IDN"):
        vote.reply(member)
    vote.reply("RUS", "against", sha256="e" * 64)
    vote.closes().announces().at(hours=31)
    vote.do(
        ClericalErrorCorrected(
            member="RUS",
            field="position",
            was="against",
            now="abstention",
            reason="misread",
            corrected_at=vote.now,
            sha256="e" * 64,
        )
    )
    made = rows(vote.state)
    (row,) = made["votes"]
    assert (row["outcome_at_close"], row["outcome_as_amended"], row["settled"]) == ("vetoed", "adopted", False)
    assert json.loads(str(row["amended_by"])) == [vote.state.version - 1]
    (seat,) = (each for each in made["seats"] if each["member"] == "RUS")
    assert (seat["position_at_close"], seat["position"]) == ("against", "abstention")


def test_every_seat_says_why_it_counts_as_it_does(story: Begin) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL")
    vote.reply("BEL", "against")
    vote.reply("DEU")
    vote.do(EntryVoided(number=vote.recorded[-1].number, reason="typed twice", voided_at=vote.now))
    vote.reply("ISL")
    vote.at(hours=25).reply("CHN")
    vote.closes(hours=26).announces()
    made = rows(vote.state)
    why = {seat["member"]: (seat["why"], seat["clause"], seat["reply"]) for seat in made["seats"]}
    assert why["BEL"] == ("counts", None, 1)
    assert why["CHN"] == ("rejected", "late", None)
    assert why["DEU"] == ("voided", None, None)
    assert why["FRA"] == ("silent", None, None)
    of_replies = {(each["member"], each["reply"]): (each["why"], each["clause"]) for each in made["replies"]}
    assert of_replies["BEL", 2] == ("rejected", "second_reply")
    assert of_replies["ISL", 1][1] == "roster"
    for each in made["replies"]:
        assert (each["why"] == "counts") == each["counted"]
    names = {seat["member"]: seat["counted_as"] for seat in made["seats"]}
    assert Counter(names.values()) == {k: v for k, v in vote.tally.counts.items() if v}


@given(st.text(max_size=12))
def test_no_cell_begins_as_a_formula_does_and_each_can_be_read_as_it_was(text: str) -> None:
    written = cell_text(text)
    assert not written.lstrip(" \u00a0").startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    )
    assert plain(written) == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", " =1", "'quoted", "\uff1dx"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert cell_text(text) == f"'{text}"


@pytest.mark.parametrize(("cell", "text"), [(None, ""), (UNKNOWN, "unknown"), (True, "true"), (0, "0"), ("", "")])
def test_nothing_unknown_and_values_are_written_apart(cell: Cell, text: str) -> None:
    assert cell_text(cell) == text


def test_what_does_not_hold_makes_no_table(found: Verification, tmp_path: Path) -> None:
    broken = replace(found, problems=(Problem(3, 7, "the signature does not hold"),))
    with pytest.raises(Broken, match="the signature does not hold"):
        write_tables(broken, tmp_path / "t", "csv")
    assert list(tmp_path.iterdir()) == []


def test_a_vote_that_is_not_over_has_no_row_unless_that_is_said_to_be_known(
    found: Verification, tmp_path: Path
) -> None:
    states = dict(found.states)
    states[REAL] = states[REAL].after({"result": None})
    going_on = replace(found, states=states)
    done = write_tables(going_on, tmp_path / "closed", "csv")
    assert [each.vote for each in done.not_disclosed] == [REAL]
    for table in TABLES:
        assert REAL not in {row["vote"] for row in from_csv(tmp_path / "closed", table)}
    (told,) = json.loads((tmp_path / "closed" / "about.json").read_text())["not_disclosed"]
    assert told.keys() == {"vote", "closes_between"}
    write_tables(going_on, tmp_path / "open", "csv", include_open=True)
    assert REAL in {row["vote"] for row in from_csv(tmp_path / "open", "votes")}
    assert (tmp_path / "open").stat().st_mode & 0o077 == 0


def test_what_is_there_already_stays_and_nothing_is_left_half_written(found: Verification, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    with pytest.raises(Refused, match="something is there already"):
        write_tables(found, there, "csv")
    with pytest.raises(NotFound, match="no vote on 'S/9'"):
        write_tables(found, tmp_path / "t", "csv", vote="S/9")
    with pytest.raises(Broken, match="cannot be written: No such file or directory"):
        write_tables(found, tmp_path / "none" / "t", "csv")

    class Breaking(dict[str, VoteState]):
        def __getitem__(self, key: str) -> VoteState:
            raise Broken("the store gives other entries than when they were checked")

    with pytest.raises(Broken, match="other entries"):
        write_tables(replace(found, states=Breaking(found.states)), tmp_path / "t", "parquet")
    assert sorted(tmp_path.iterdir()) == [there]


@pytest.mark.long
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_votes(
    found: Verification, tmp_path: Path, form: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_tables, "_ROW_GROUP", 60)
    monkeypatch.setattr(parquet_tables, "_TOGETHER", 20)
    state = found.states["SIM/2026/1"]

    class Many(Mapping[str, VoteState]):
        def __init__(self, number: int) -> None:
            self.number = number

        def __getitem__(self, key: str) -> VoteState:
            gc.collect()  # freed tuples that Python keeps for reuse do not hold votes
            return state.after({})

        def __iter__(self) -> Iterator[str]:
            return (f"S/{number}" for number in range(self.number))

        def __len__(self) -> int:
            return self.number

    def peak(votes: int, name: str) -> int:
        gc.freeze()
        tracemalloc.start()
        try:
            write_tables(replace(found, states=Many(votes)), tmp_path / name, form)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            gc.unfreeze()

    peak(5, "first")  # what is loaded and cached once
    few, many = peak(20, "few"), peak(120, "many")
    assert many < few + 200_000


def test_without_pyarrow_one_line_says_what_to_install(histories: Path, tmp_path: Path) -> None:
    program = "import sys; sys.modules['pyarrow'] = None; from inblue.cli.main import main; main()"
    words = [sys.executable, "-c", program, "export", "--parquet", str(tmp_path / "t"), "--ledger", str(histories)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "inblue: Parquet needs the extra \"tables\": pip install 'inblue[tables]'\n"
    assert list(tmp_path.iterdir()) == []


def test_every_column_is_in_the_documentation() -> None:
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    for name, columns in EVERY.items():
        head = f"\n## {name.capitalize()}\n" if name in TABLES else f"\n### `{name}`\n"
        section = page.split(head, 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
        listed = [line.split("|") for line in section.splitlines() if line.startswith("| `")]
        told = [(cells[1].strip(" `"), cells[2].strip(), cells[3].strip()) for cells in listed]
        assert told == [(c.name, f"{c.kind}{', unknown' if c.may_be_unknown else ''}", c.about) for c in columns]
