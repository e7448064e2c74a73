"""From the first format of procedures to the second: the same meaning, but for shares of nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import ROOT
from plain_rules import plain
from stories import OPENING, Documents

from inblue.domain.acts import Act, DraftCirculated, LetterSent, VoteCast
from inblue.domain.course import NOTHING_DECIDED, course_of
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.errors import Malformed
from inblue.domain.findings import findings
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure, Procedure1, Procedure2, built_in_procedure
from inblue.domain.procedure_translation import decided_when_reached, empty_bases, translated
from inblue.domain.recorded import Recorded
from inblue.domain.roster import Roster, Seat
from inblue.domain.rules_of import early_close
from inblue.domain.snapshot import Snapshot
from inblue.domain.state import VoteState
from inblue.domain.tally import count, tally
from inblue.domain.validity import standings
from inblue.domain.vote import fold
from inblue.domain.zone import zone_file

COUNCIL: Any = plain(built_in_procedure("unsc-2020-253"))
KEPT = ROOT / "tests" / "compat" / "e795dba"
MEMBERS = ("BEL", "CHN", "DOM", "EST", "FRA")
SEATS = Roster(name="five", members=tuple(Seat(member=each, permanent=each in {"CHN", "FRA"}) for each in MEMBERS))
CHOICES = ("in_favour", "against", "abstention", "absent")
SOME = st.lists(st.sampled_from(CHOICES), min_size=1, max_size=3, unique=True)
COMPARE = st.sampled_from(["at_least", "more_than", "at_most", "fewer_than"])
AMONG = st.sampled_from(["all", "permanent"])
BY_NUMBER = st.fixed_dictionaries({"choices": SOME, "compare": COMPARE, "among": AMONG, "number": st.integers(0, 6)})
BY_SHARE = st.fixed_dictionaries(
    {"choices": SOME, "compare": COMPARE, "share": st.sampled_from(["1/3", "1/2", "2/3", "1/1", "3/1"])},
    optional={"base": SOME, "among": AMONG},
)
CONDITIONS = st.lists(
    st.fixed_dictionaries(
        {"any_of": st.lists(BY_NUMBER | BY_SHARE, min_size=1, max_size=2)},
        optional={"failing": st.sampled_from(["not_adopted", "vetoed"])},
    ),
    min_size=1,
    max_size=2,
)
COUNTED = st.sampled_from(["elapsed", "calendar", "working_days"])
WINDOWS = st.fixed_dictionaries(
    {"clause": st.just("window"), "fixed_by": st.sampled_from(["procedure", "letter"]), "hours": st.integers(1, 100)},
    optional={"counted": COUNTED, "extendable": st.booleans(), "at_close": st.sampled_from(["inside", "late"])},
)
EARLY = st.sampled_from([None, {"clause": "window", "on": ["adopted"]}, {"clause": "window", "on": ["not_adopted"]}])
REPLIES = st.lists(
    st.tuples(
        st.sampled_from(MEMBERS),
        st.sampled_from([*CHOICES[:3], None]),
        st.integers(-2, 130),
        st.sampled_from(["letter", "note_verbale"]),
        st.none() | st.integers(-1, 6),
    ),
    max_size=8,
)


@st.composite
def procedures(draw: st.DrawFn) -> Procedure:
    conditions = [{"id": f"c{number}", "clause": "majority", **each} for number, each in enumerate(draw(CONDITIONS))]
    value = {
        **COUNCIL,
        "format": "inblue-procedure/1",
        "id": "any",
        "zone": draw(st.sampled_from(["America/New_York", "Europe/London", "UTC"])),
        "window": draw(WINDOWS),
        "early_close": draw(EARLY),
        "second_reply": {"clause": "second_reply", "stands": draw(st.sampled_from(["first", "last"]))},
        "decision": {"clause": "majority", "conditions": conditions, "unanimous": ["in_favour"]},
    }
    return Procedure.of(
        {name: each for name, each in value.items() if each is not None or draw(st.booleans())}, where="x"
    )


def told(procedure: Procedure, replies: list[Any], closed: int, *, hour: bool, live: bool) -> VoteState | None:
    """The vote that the same acts make under ``procedure``, its opening pinned as the format of it is."""
    raw = {"format": "inblue-snapshot/1", "procedure": procedure.sha256, "roster": SEATS.json_value(), "keys": []}
    first = isinstance(procedure, Procedure1)
    snapshot = Snapshot.of(raw, where="snapshot") if first else Snapshot.pinning(procedure, SEATS)
    documents = Documents({procedure.sha256: procedure}, {snapshot.sha256: snapshot})
    if snapshot.zone is not None:
        documents.zones[snapshot.zone.sha256] = zone_file(procedure.zone)

    def at(hours: float) -> Any:
        return OPENING + timedelta(hours=hours)

    shown = {"times": "live"} if live else {"times": "documented", "replies": "complete"}
    draft = {"symbol": "S/1", "question": "substantive", **shown}
    letter: Any = {"dated": OPENING.date(), "opens_at": OPENING if hour else None, "snapshot": snapshot.sha256}
    closes = at(110) if procedure.window.fixed_by == "letter" else None
    acts: list[tuple[float, Act]] = [
        (-3, DraftCirculated.of({**draft, "procedure": procedure.sha256}, where="draft")),
        (0, LetterSent(kind="opening", closes_at=closes, **letter)),
    ]
    for member, position, hours, form, dated in sorted(replies, key=lambda reply: reply[2]):
        day = None if dated is None else (OPENING + timedelta(days=dated)).date()
        paper = Instrument(form=form, dated=day, signed=True, office="permanent_representative")
        arrived = at(hours) if hour else None
        acts.append((hours, VoteCast(member=member, position=position, received_at=arrived, instrument=paper)))
    acts.append((closed, VotingClosed(closed_at=at(closed))))
    acts.append((closed + 1, ResultAnnounced(announced_at=at(closed + 1), outcome="adopted")))
    recorded = [Recorded(act, number, at(hours), "registrar") for number, (hours, act) in enumerate(acts)]
    return fold(recorded, documents)


def of_nothing(procedure: Procedure, state: VoteState) -> bool:
    """Whether a share was asked for of a base that, in some order of arrival, was or may have been empty."""
    replies = standings(state)
    each = [{one.act.position for one in replies[m].possible} if m in replies else {None} for m in MEMBERS]
    possible = [count(procedure, dict(zip(MEMBERS, positions, strict=True))) for positions in product(*each)]
    for condition in procedure.decision.conditions:
        for threshold in condition.any_of:
            base = threshold.base
            if threshold.share and (
                threshold.among != "all"
                or (base and not all(sum(counts[choice] for choice in base) for counts in possible))
            ):
                return True
    return False


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(procedures(), REPLIES, st.integers(0, 140), st.booleans(), st.booleans())
def test_a_translation_judges_the_same_acts_the_same_but_where_a_base_is_empty(
    first: Procedure, replies: list[Any], closed: int, hour: bool, live: bool
) -> None:
    second = Procedure.read(translated(first), where="second")
    assert (isinstance(second, Procedure2), second.id) == (True, first.id)
    before, after = (told(each, replies, closed, hour=hour or live, live=live) for each in (first, second))
    assert before is not None
    assert after is not None
    if early_close(first) and (course_of(after) != NOTHING_DECIDED or before.window != after.window):
        assert decided_when_reached(first)  # what was only a reason to close early decides now
    elif of_nothing(first, before):
        assert empty_bases(first)
    elif hour or live or first.window.countings == ("elapsed",):
        assert before.window == after.window
        both = (tally(state, as_if_closed=True)._replace(decided_at=None) for state in (before, after))
        assert next(both) == next(both)
        each_by_itself, one_note = {"not_acknowledged"}, {"unsaid_by_the_source", "roster_contradicts"}
        if early_close(first):
            return  # why voting may not be closed yet is said otherwise
        assert [f for f in findings(before) if live or f.kind not in each_by_itself] == [
            f for f in findings(after) if f.kind not in one_note
        ]
    else:  # the first format reckons back in elapsed hours from what was announced, the second as the hours are counted
        assert before.window.opens.latest != after.window.opens.latest or before.window == after.window


def clauses_of(procedure: Any) -> list[Any]:
    return list(procedure["clauses"])


def test_what_the_first_round_shipped_decides_as_what_is_shipped_now() -> None:
    worded = ("title", "source", "clauses", "window", "corrections")
    for path in sorted(KEPT.glob("council.db.files/*/*")):
        raw = path.read_bytes()
        if b'"inblue-procedure/1"' in raw:
            first = Procedure.read(raw, where=path.name)
            second = Procedure.read(translated(first), where="second")
            was, now = plain(second), plain(built_in_procedure(first.id))
            assert {name: was[name] for name in was if name not in worded} == {
                name: now[name] for name in now if name not in worded
            }
            assert {**was["window"], "countings": None} == {**now["window"], "countings": None}
            assert was["window"]["countings"] == now["window"]["countings"][:1]
            assert {each["id"] for each in clauses_of(was)} <= {each["id"] for each in clauses_of(now)}


def test_a_translation_is_laid_out_to_be_read_and_keeps_the_order_of_what_was_written() -> None:
    clauses = COUNCIL["clauses"]
    written = {**COUNCIL, "format": "inblue-procedure/1", "title": "À l’essai", "clauses": clauses}
    written["window"] = {"hours": 24, "counted": "calendar", "clause": "window", "fixed_by": "procedure"}
    first = Procedure.read(json.dumps(written).encode(), where="first")
    text = translated(first).decode()
    assert list(json.loads(text)) == list(written)
    wanted = '"window": {"hours": 24, "countings": ["calendar"], "clause": "window", "fixed_by": "procedure"},\n'
    assert wanted in text
    assert '"title": "À l’essai",\n' in text
    assert sum(line.startswith('    {"') for line in text.splitlines()) == len(clauses)


def test_an_early_close_becomes_an_outcome_that_is_decided_when_it_is_reached() -> None:
    ends: Any = {"id": "ends", "text": "Voting ends as soon as the text is adopted.", "source": "Rule 7"}
    ends |= {"basis": "text", "effect": None}
    written: Any = {**COUNCIL, "format": "inblue-procedure/1", "early_close": {"clause": "ends", "on": ["adopted"]}}
    written["window"] = {"hours": 24, "counted": "elapsed", "clause": "window", "fixed_by": "procedure"}
    written["clauses"] = [*COUNCIL["clauses"], ends]
    first = Procedure.of(written, where="first")
    second: Any = json.loads(translated(first))
    assert "early_close" not in second
    assert second["decision"] == {**written["decision"], "decided": {"adopted": "when_reached"}}
    assert second["clauses"][-1]["unjudged"] == "it says when the vote is decided: decision.decided"
    assert second["clauses"][:-1] == COUNCIL["clauses"]
    assert decided_when_reached(first) == ("adopted",)
    on_the_window = Procedure.of({**written, "early_close": {"clause": "window", "on": ["adopted"]}}, where="first")
    assert json.loads(translated(on_the_window))["clauses"] == written["clauses"]


def test_only_the_first_format_is_translated() -> None:
    with pytest.raises(Malformed, match=r"unsc-2020-253 is of the format inblue-procedure/2; only"):
        translated(built_in_procedure("unsc-2020-253"))
