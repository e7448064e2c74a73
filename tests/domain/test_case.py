"""Case files: what a history may say, and that code and JSON Schema refuse the same."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from paths import case_file

from inblue.domain.case import Case, case_schema
from inblue.domain.errors import Malformed, Refused
from inblue.domain.instant import parse_instant
from inblue.ledger.operations.play import read_case, rehearse

NAMES = ("s-2020-268", "simulated", "unga-74-544")
PROCEDURE = "0" * 64

OPENING: dict[str, Any] = {"act": "letter_sent", "kind": "opening", "opens_at": "2026-01-11T14:00:00-05:00"}
REPLY: dict[str, Any] = {
    "act": "vote_cast",
    "member": "NOR",
    "position": "in_favour",
    "received_at": "2026-01-11T15:00:00-05:00",
    "instrument": {"form": "letter", "office": "permanent_representative", "signed": True},
}
SMALL: dict[str, Any] = {
    "format": "inblue-case/1",
    "procedure": "unsc-2020-253",
    "times": "simulated",
    "roster": "unsc-2021",
    "president": "NOR",
    "draft": {"symbol": "SIM/1", "question": "substantive", "circulated_at": "2026-01-11T09:00:00-05:00"},
    "acts": [OPENING, REPLY],
}
DOCUMENTED = {**SMALL, "times": "documented"}


def read(value: dict[str, Any]) -> Case:
    return Case.read(json.dumps(value).encode(), where="case")


def steps(value: dict[str, Any]) -> Any:
    return read(value).steps(PROCEDURE)


def with_act(*acts: dict[str, Any], base: dict[str, Any] = SMALL) -> dict[str, Any]:
    return {**base, "acts": list(acts)}


@pytest.fixture(scope="module")
def valid() -> Callable[[Any], bool]:
    schema = case_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    found: Callable[[Any], bool] = jsonschema.Draft202012Validator(schema).is_valid
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_are_cases_by_code_and_by_schema(name: str, valid: Callable[[Any], bool]) -> None:
    path = case_file(name)
    assert valid(json.loads(path.read_bytes()))
    assert rehearse(read_case(path), path.parent) >= 1 + len(json.loads(path.read_bytes())["acts"])


def test_a_small_case_says_what_was_recorded_when(valid: Callable[[Any], bool]) -> None:
    assert valid(SMALL)
    draft, opening, reply = steps(SMALL)
    assert (draft.where, opening.where, reply.where) == ("draft", "acts.0", "acts.1")
    assert (draft.act.times, draft.act.procedure) == ("simulated", PROCEDURE)
    assert opening.recorded_at == parse_instant("2026-01-11T14:00:00-05:00")  # its own instant, sent_at left out
    assert reply.recorded_at == parse_instant("2026-01-11T15:00:00-05:00")
    (_, late) = steps(with_act({**REPLY, "recorded_at": "2026-01-11T20:00:00-05:00"}))
    assert late.recorded_at == parse_instant("2026-01-11T20:00:00-05:00")
    assert late.act.received_at == parse_instant("2026-01-11T15:00:00-05:00")
    assert [step.recorded_at for step in steps(DOCUMENTED)] == [None] * 3


def changed(path: str, value: Any, base: dict[str, Any] = SMALL) -> dict[str, Any]:
    """``base`` with the value at ``path`` changed, or removed if it is ``...``."""
    made = copy.deepcopy(base)
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    holder: Any = made
    for step in way:
        holder = holder[step]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return made


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("format", "inblue-case/2", "format"),
        ("format", ..., "format: this field is missing"),
        ("colour", "blue", "case, line 1 (colour): there is no such field here"),
        ("times", "live", "times"),
        ("procedure", ..., "procedure: this field is missing"),
        ("draft", [], "draft"),
        ("acts", {}, "acts"),
        ("roster", [{"member": "NOR", "vetoes": True}], "case, line 1 (roster.0.vetoes): there is no such field here"),
        ("draft.colour", "blue", "draft: colour: there is no such field here"),
        ("draft.question", "Rhetorical!", "draft: question"),
        ("draft.symbol", ..., "draft: symbol: this field is missing"),
        ("draft.times", "live", "draft: times: there is no such field here"),
        ("draft.procedure", "f" * 64, "draft: procedure: there is no such field here"),
        ("draft.act", "draft_circulated", "draft: act: there is no such field here"),
        ("draft.texts", {"en": "0" * 64}, "draft: texts is filled in when the act is recorded"),
        ("draft.file", "240.pdf", "draft: file: a draft has one for each language; give files"),
        ("draft.files", ["240.pdf"], "draft: files: an object of paths by language is meant"),
        ("acts.0.act", "letter_burnt", "acts.0: there is no act 'letter_burnt'"),
        ("acts.0.act", ..., "acts.0: there is no act None"),
        ("acts.0.act", ["letter_sent"], "acts.0: there is no act ['letter_sent']"),
        ("acts.0.colour", "blue", "acts.0: colour: there is no such field here"),
        ("acts.0.snapshot", "0" * 64, "acts.0: snapshot is filled in when the act is recorded"),
        ("acts.0.sha256", "0" * 64, "acts.0: sha256 is filled in when the act is recorded; name a file instead"),
        ("acts.0.opens_at", "2026-01-11T14:00:00", "names no zone"),
        ("acts.0.files", {"en": "x"}, "acts.0: files: only a draft has one for each language; give file"),
        ("acts.0.file", {"en": "x"}, "acts.0: file: a path beside the case is meant"),
        ("acts.1.position", ..., "acts.1: position: this field is missing"),
        ("acts.1.position", 1, "acts.1: position"),
        ("acts.1.instrument.sha256", "0" * 64, "acts.1: sha256 is filled in"),
        ("acts.1.instrument.media_type", "text/plain", "acts.1: media_type is filled in"),
        ("acts.1.instrument.colour", "blue", "acts.1: instrument.colour: there is no such field here"),
        ("acts.1.instrument.dated", "2026-01-11T15:00:00Z", "acts.1: instrument.dated"),
        ("acts.1.instrument.signed", "yes", "acts.1: instrument.signed"),
        ("acts.1.instrument.signatory", "A\u202eB", "the control character U+202E"),
        ("acts.1.instrument.remarks", ["\u001b[2J"], "the control character U+001B"),
        ("acts.1.reply", 1, "acts.1: reply: there is no such field here"),
    ],
)
def test_what_a_case_may_not_say(path: str, value: Any, says: str, valid: Callable[[Any], bool]) -> None:
    case = changed(path, value)
    with pytest.raises(Malformed) as caught:
        steps(case)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    if not any(text in says for text in ("names no zone", "control character", "acts.1: instrument.dated")):
        assert not valid(case)  # a schema checks forms, not the contents of a text


def test_the_draft_is_circulated_once() -> None:
    with pytest.raises(Malformed, match=r'acts.1: the draft is under "draft", once'):
        steps(with_act(OPENING, {**SMALL["draft"], "act": "draft_circulated"}))


@pytest.mark.parametrize("act", [{**REPLY, "received_at": None}, {**REPLY, "received_at": "2026-01-11"},
                                 {"act": "voting_closed"}, {**OPENING, "sent_at": "2026-01-11"},
                                 {**REPLY, "received_at": None, "recorded_at": 5}])  # fmt: skip
def test_a_simulated_act_has_an_instant(act: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match=r"^acts.0: a simulated act needs an instant, in \w+ or recorded_at"):
        steps(with_act(act))
    with pytest.raises(Malformed, match=r"^acts.0: recorded_at: .*names no zone"):
        steps(with_act({**act, "recorded_at": "2026-01-11T14:00:00"}))
    assert len(steps(with_act({**act, "recorded_at": "2026-01-11T16:00:00-05:00"}))) == 2


def test_a_documented_act_is_recorded_now() -> None:
    with pytest.raises(Malformed, match="recorded_at belongs to simulated cases"):
        steps(with_act({**REPLY, "recorded_at": "2026-01-11T16:00:00-05:00"}, base=DOCUMENTED))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'{"format": "inblue-case/1", "format": "inblue-case/1"}', "stands twice"),
        (b'{"format": NaN}', "NaN"),
        (b"\xff", "not UTF-8"),
        (b"[]", "case: "),
        (b"", "not JSON"),
        (b"[" * 5000, "nested deeper"),
    ],
)
def test_what_is_not_strict_json_is_not_a_case(raw: bytes, says: str) -> None:
    with pytest.raises(Malformed, match="case: ") as caught:
        Case.read(raw, where="case")
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "letters/../../secret.txt", "link.txt"])
def test_a_path_does_not_lead_out_of_the_folder_of_the_case(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "case"
    (folder / "letters").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(Malformed, match="outside the folder"):
        rehearse(read(with_act(OPENING, {**REPLY, "file": name})), folder)
    (folder / "letters" / "nor.txt").write_text("in favour")
    assert rehearse(read(with_act(OPENING, {**REPLY, "file": "letters/nor.txt"})), folder) == 3


def test_a_rehearsal_names_the_act_that_the_procedure_forbids(tmp_path: Path) -> None:
    early = {"act": "voting_closed", "closed_at": "2026-01-11T16:00:00-05:00"}
    with pytest.raises(Refused, match=r"^case, line 1 \(acts.1\): the window is open until") as caught:
        rehearse(read(with_act(OPENING, early)), tmp_path)
    assert caught.value.clause == "window"
    assert rehearse(read({**with_act(OPENING, early), "times": "documented"}), tmp_path) == 3


def test_a_case_may_list_its_seats_and_bring_its_procedure(tmp_path: Path) -> None:
    listed = read({**SMALL, "roster": [{"member": "NOR", "permanent": True, "weights": {"people": 5}}]})
    assert listed.the_roster().permanent == {"NOR"}
    assert listed.the_roster().members[0].weights == {"people": 5}
    with pytest.raises(Malformed, match="no rosters named"):
        read({**SMALL, "roster": "league-of-nations"}).the_roster()
    with pytest.raises(Malformed, match=r"^roster: .*the member NOR is listed twice"):
        read({**SMALL, "roster": [{"member": "NOR"}, {"member": "NOR"}]}).the_roster()
    with pytest.raises(Malformed, match="outside the folder"):
        rehearse(read({**SMALL, "procedure": "../own.json"}), tmp_path)
