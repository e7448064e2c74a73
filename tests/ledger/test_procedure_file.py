"""Procedures written as TOML: strictly read, within bounds, and the same document as in JSON."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from every_rule import DOCUMENTS, FULL, read
from hypothesis import given
from hypothesis import strategies as st

from inblue.cli.procedures.procedure_toml import procedure_as_toml
from inblue.cli.procedures.toml import toml_of
from inblue.domain.canonical import canonical, digest
from inblue.domain.errors import Malformed
from inblue.domain.procedure import built_in_procedure
from inblue.domain.roster import shipped_names
from inblue.ledger.edge.procedure_file import MAX_DOTS, MAX_TOML_BYTES, json_of_toml, procedure_of

names = st.text("abcdefghij_ .\"'é-", min_size=1, max_size=8).filter(lambda name: name.isascii())
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
plain = st.one_of(st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), texts)
values = st.recursive(
    plain, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4))
)


@given(document=st.dictionaries(names, values, max_size=5).filter(lambda document: "members" not in document))
def test_what_is_written_as_toml_is_read_as_it_was(document: dict[str, Any]) -> None:
    written = toml_of(document, lambda path: [f"on {path}"])
    assert json_of_toml(written.encode(), "a.toml") == canonical({"members": None, **document})


@pytest.mark.parametrize("name", shipped_names("procedures"))
def test_a_shipped_procedure_as_toml_has_the_digest_of_its_canonical_document(name: str) -> None:
    rules = built_in_procedure(name)
    again = procedure_of(procedure_as_toml(rules).encode(), f"{name}.toml")
    assert digest(again.canonical()) == digest(rules.canonical())
    assert procedure_of(again.raw, "a.json").sha256 == again.sha256


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_rule_can_be_written_as_toml_with_a_comment_on_it(document: dict[str, Any]) -> None:
    written = procedure_as_toml(read(document))
    assert procedure_of(written.encode(), "a.toml").json_value() == read(document).json_value()
    lines = written.splitlines()
    for rule in ("[window]", "[silence]", "[[facts]]", "[[positions]]", "[electorate]", "[[decision.conditions]]"):
        assert all(lines[at - 1].startswith("# ") for at, line in enumerate(lines) if line == rule), rule


def test_comments_say_which_values_are_possible() -> None:
    written = procedure_as_toml(read(FULL))
    assert '# at_close: "inside", "late"\n' in written
    assert '# any_of.compare: "at_least", "more_than", "at_most", "fewer_than"\n' in written
    assert '# due: "opening", "close", "announcement", "after"\n' in written
    assert "# lag_seconds: 0 to 604800\n" in written
    assert "# extendable: true, false\n" in written


def test_days_and_hours_of_toml_become_text() -> None:
    document = b'day = 2026-05-01\nat = 2026-05-01T12:00:00+02:00\nhour = 17:30:00\nexact = 17:30:01\nmembers = ["A"]\n'
    assert json.loads(json_of_toml(document, "a.toml")) == {
        "day": "2026-05-01",
        "at": "2026-05-01T10:00:00Z",
        "hour": "17:30",
        "exact": "17:30:01",
        "members": ["A"],
    }


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"a = 1\nb = \n", "a.toml: not TOML: Invalid value (at line 2, column 5)"),
        (b"a = 1\na = 2\n", "a.toml: not TOML: Cannot overwrite a value (at line 2, column 6)"),
        (
            b"[window]\nhours = 1.5\n",
            "a.toml: window.hours: the number 1.5 is not an integer; write it as text, in quotes",
        ),
        (b"a = [1, nan]\n", "a.toml: a.1: the number nan is not an integer; write it as text, in quotes"),
        (b"a = 2026-05-01T12:00:00\n", "a.toml: a: the instant 2026-05-01T12:00:00 names no zone"),
        (b"a = 9007199254740992\n", "a.toml: value has no canonical form: an integer is out of range"),
        (b"a = " + b"1" * 5000, "a.toml: not TOML: Exceeds the limit"),
        (b'"\xc3\xa9" = 1\n', "a.toml: value has no canonical form: the key '\\xe9' is not printable ASCII"),
        (b"a = '\xff'\n", "a.toml: not UTF-8 at byte 5"),
        (b"a = " + b"[" * 5000, "a.toml: nested too deeply"),
        (b"a = " + b"[" * 40 + b"]" * 40, "a.toml: value has no canonical form: nested deeper than 32 levels"),
        (b"#" * (MAX_TOML_BYTES + 1), "a.toml: 1,048,577 bytes; at most 1,048,576 are read"),
        (
            b"\n" + b"a." * MAX_DOTS + b"a.a = 1\n",
            "a.toml: line 2 has more than 200 dots, which is the most that is read",
        ),
        (b'format = "inblue-procedure/2"\n', "a.toml: id: this field is missing"),
        (b'format = "inblue-procedure/3"\n', "a.toml: format: 'inblue-procedure/3'; this version reads"),
    ],
)
def test_what_is_not_a_procedure_is_one_line_that_names_the_file_and_the_place(document: bytes, says: str) -> None:
    with pytest.raises(Malformed) as refused:
        procedure_of(document, "a.toml")
    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)


def test_reading_takes_time_in_proportion_to_the_bytes() -> None:
    line = "a." * (MAX_DOTS - 1) + "b{} = 1\n"
    taken = []
    for lines in (100, 400):
        document = "".join(line.format(number) for number in range(lines)).encode()
        began = time.process_time()
        with pytest.raises(Malformed):
            json_of_toml(document, "a.toml")
        taken.append(time.process_time() - began)
    assert taken[1] < 8 * taken[0] + 0.5
