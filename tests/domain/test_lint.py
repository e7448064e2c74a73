"""What a procedure says that its authors may not mean is said, in a sentence with its clause."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from plain_rules import plain

from inblue.domain.acts import LetterSent
from inblue.domain.errors import Refused
from inblue.domain.lint import Fault, lint
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.reach import check_in_use
from inblue.domain.roster import Roster, Seat, shipped_names

Begin = Callable[..., Any]


def changed(**fields: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(built_in_procedure("unsc-2020-253").raw)
    return document | fields


def decided_by(*tests: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A document whose decision has one condition with those tests, and the given fields."""
    condition = {"id": "majority", "clause": "majority", "any_of": list(tests), "failing": "not_adopted"}
    return changed(decision={"clause": "majority", "conditions": [condition], "unanimous": ["in_favour"], **given})


def first_format(document: dict[str, Any]) -> dict[str, Any]:
    value = plain(Procedure.of(document, where="x"))
    window = {"clause": "window", "fixed_by": "procedure", "hours": 24, "counted": "elapsed"}
    return {**value, "format": "inblue-procedure/1", "window": window}


def unsilent(faults: tuple[Fault, ...]) -> list[Fault]:
    """Without those on clauses that the made-up decision leaves without a rule."""
    return [fault for fault in faults if "no rule names the clause" not in fault.text]


IN_FAVOUR = {"choices": ["in_favour"], "compare": "at_least"}


@pytest.mark.parametrize("name", shipped_names("procedures"))
def test_nothing_is_wrong_with_what_is_shipped(name: str) -> None:
    assert lint(built_in_procedure(name)) == ()


def test_silence_that_may_decide_in_a_minute_is_said() -> None:
    silent: dict[str, Any] = built_in_procedure("eu-council-12-2").json_value()
    (fault,) = lint({**silent, "window": {**silent["window"], "hours": 0}})
    assert fault.clause == "window"
    assert "the window may be over in a minute" in fault.text


def test_a_share_of_what_nobody_may_take_is_said_of_the_first_format() -> None:
    more_for_than_against = {"choices": ["in_favour"], "compare": "more_than", "share": "3/1", "base": ["against"]}
    (fault,) = lint(first_format(decided_by(more_for_than_against)))
    assert fault.clause == "majority"
    assert fault.text.startswith(
        "majority: where nobody takes against, a share of it is not reached, however many take"
    )
    assert unsilent(lint(decided_by(more_for_than_against))) == []  # there it is met where nobody is against
    among_those_who_voted = {**more_for_than_against, "share": "1/2", "base": ["in_favour", "against"]}
    assert lint(first_format(decided_by(among_those_who_voted))) == ()


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (
            {"compare": "more_than", "share": "1/1"},
            "majority: no part is more than 1/1 of the whole that it is a part of",
        ),
        ({"share": "4/3"}, "majority: no part is at least 4/3 of the whole that it is a part of"),
        ({"share": "2/1", "base": ["in_favour", "against"]}, "majority: no part is at least 2/1 of the whole"),
        ({"number": 16}, "majority: at least 16 seats are needed, and there are 15"),
        ({"compare": "more_than", "number": 15}, "majority: more than 15 seats are needed, and there are 15"),
        ({"compare": "fewer_than", "number": 0}, "majority: nothing is fewer than 0, of whatever seats"),
        ({"compare": "at_most", "number": -1}, "majority: nothing is at most -1, of whatever seats"),
    ],
)
def test_a_bound_that_nothing_reaches_is_said_and_refused(test: dict[str, Any], said: str) -> None:
    document = decided_by({**IN_FAVOUR, **test})
    (fault,) = unsilent(lint(document))
    assert fault.clause == "majority"
    assert fault.text.startswith(said)
    with pytest.raises(Refused, match=said) as caught:
        check_in_use(Procedure.of(document, where="x"))
    assert caught.value.clause == "majority"


@pytest.mark.parametrize(
    "test",
    [
        {"share": "1/1"},
        {"number": 15},
        {"compare": "more_than", "number": 14},
        {"compare": "at_most", "number": 0},
        {"compare": "fewer_than", "number": 1},
        {"compare": "at_least", "number": 1000, "weight": "population"},
        {"compare": "more_than", "share": "1/1", "base": ["against"]},
    ],
)
def test_a_bound_that_something_reaches_is_not_refused(test: dict[str, Any]) -> None:
    check_in_use(Procedure.of(decided_by({**IN_FAVOUR, **test}), where="x"))


def test_a_roster_that_cannot_reach_the_decision_opens_no_vote(story: Begin) -> None:
    members = ("BEL", "DEU", "EST")
    three = Roster(name="three", members=tuple(Seat(member=member) for member in members))
    one_more = Roster(name="four", members=(*three.members, Seat(member="FRA")))
    rules = Procedure.of(decided_by({**IN_FAVOUR, "number": 4}) | {"seats": None, "members": None}, where="x")
    vote = story(rules, three)
    with pytest.raises(Refused, match="no reply of the seats on the roster can meet the decision: majority: 0 to 3 in"):
        vote.opens()
    assert isinstance(story(rules, one_more).opens().state.opening.act, LetterSent)


@pytest.mark.parametrize(
    ("outcome", "test", "said"),
    [
        ("adopted", {"compare": "at_least", "number": 9}, False),
        ("adopted", {"compare": "more_than", "share": "1/2", "base": ["in_favour", "against"]}, True),
        ("not_adopted", {"compare": "at_least", "number": 9}, True),
        ("not_adopted", {"choices": ["against"], "compare": "at_most", "number": 0}, False),
        ("adopted", {"choices": ["against"], "compare": "at_most", "number": 0}, True),
    ],
)
def test_a_result_before_it_is_certain_is_said(outcome: str, test: dict[str, Any], said: bool) -> None:
    test = {"choices": ["in_favour"], **test}
    text = f"{outcome} is decided as soon as the replies so far give it; later ones could undo that"
    document = decided_by(test, decided={outcome: "when_reached"})
    found = unsilent(lint(document))
    assert [(fault.clause, fault.text.startswith(text)) for fault in found] == [("majority", True)] * said
    assert unsilent(lint(decided_by(test, decided={outcome: "when_certain"}))) == []
    first = first_format(decided_by(test)) | {"early_close": {"clause": "window", "on": [outcome]}}
    (*_, fault) = (*lint(first), Fault("window", "voting may close as soon as"))
    assert (len(lint(first)), fault.clause) == (said, "window")
    assert fault.text.startswith("voting may close as soon as")


@pytest.mark.parametrize("when", ["when_reached", "when_certain"])
def test_an_outcome_decided_early_where_replies_may_change_is_said(when: str) -> None:
    document = decided_by({**IN_FAVOUR, "number": 9}, decided={"adopted": when})
    last = document | {"second_reply": {"clause": "second_reply", "stands": "last"}}
    (fault,) = unsilent(lint(last))
    assert "a reply may be changed" in fault.text
    withdrawn = document | {"reply_withdrawal": {"clause": "second_reply", "allowed": True}}
    (fault,) = unsilent(lint(withdrawn))
    assert "a reply may be withdrawn" in fault.text


def test_a_failing_outcome_waits_for_the_conditions_before_it() -> None:
    clause = {"clause": "majority"}
    majority = {"id": "majority", **clause, "any_of": [{**IN_FAVOUR, "number": 9}], "failing": "not_adopted"}
    objections = {"choices": ["against"], "compare": "at_most", "number": 0, "among": "permanent"}
    veto = {"id": "veto", **clause, "any_of": [objections], "failing": "vetoed"}

    def faults(*conditions: dict[str, Any]) -> list[Fault]:
        decision = {**clause, "conditions": list(conditions), "unanimous": [], "decided": {"vetoed": "when_reached"}}
        return unsilent(lint(changed(decision=decision)))

    assert faults(veto, majority) == []
    assert faults(majority, veto) == []  # once nine are in favour they stay so
    at_most_two = {**majority, "any_of": [{**IN_FAVOUR, "choices": ["against"], "compare": "at_most", "number": 2}]}
    assert len(faults(at_most_two, veto)) == 1


def test_silence_that_decides_in_a_minute_is_said() -> None:
    window = {"clause": "window", "fixed_by": "letter", "hours": 0, "countings": ["elapsed"]}
    no_objection = decided_by({"choices": ["against"], "compare": "at_most", "number": 0})
    (fault,) = unsilent(lint(no_objection | {"window": window}))
    assert (fault.clause, "where nobody replies the outcome is adopted" in fault.text) == ("window", True)
    assert unsilent(lint(no_objection | {"window": {**window, "hours": 1}})) == []
    assert unsilent(lint(decided_by({**IN_FAVOUR, "number": 1}) | {"window": window})) == []


def test_a_text_that_passes_for_want_of_anybody_is_said() -> None:
    few_against = {"choices": ["against"], "compare": "at_most", "share": "1/4", "base": ["in_favour", "against"]}
    (fault,) = unsilent(lint(decided_by(few_against)))
    assert fault.text.startswith("majority: where nobody takes in_favour or against")
    assert unsilent(lint(decided_by({**few_against, "base": None}))) == []


def test_a_veto_without_permanent_seats_is_said() -> None:
    veto = {"choices": ["against"], "compare": "at_most", "number": 0, "among": "permanent"}
    document = decided_by(veto) | {"seats": {"clause": "seats", "number": 15}}
    assert [fault.clause for fault in unsilent(lint(document))] == ["majority"]
    assert unsilent(lint(decided_by(veto))) == []


def test_a_clause_without_a_source_or_a_rule_is_said() -> None:
    document = changed()
    first, *others = document["clauses"]
    faults = lint(document | {"clauses": [{**first, "source": "?", "basis": "text"}, *others]})
    assert [fault.clause for fault in faults] == [first["id"]]
    assert "it has no source" in faults[0].text
    assert lint(document | {"clauses": [{**first, "source": "?", "basis": "not_found"}, *others]}) == ()
    extra = {"id": "extra", "text": "Something.", "source": "Rule 9"}
    (fault,) = lint(document | {"clauses": [*document["clauses"], extra]})
    assert (fault.clause, "no rule names the clause" in fault.text) == ("extra", True)
    assert lint(document | {"clauses": [*document["clauses"], {**extra, "unjudged": "It is a wish."}]}) == ()


def test_a_question_that_decides_nothing_is_said() -> None:
    put = {"id": "use", "title": "Use of the procedure", "clause": "majority", "choices": ["yes"], "silence": "no"}
    document = decided_by({**IN_FAVOUR, "number": 9}) | {"questions_put": [put]}
    (fault,) = unsilent(lint(document))
    assert fault.text == "use: the question is put, and no condition counts what is answered to it"


def test_a_question_that_no_condition_is_for_is_said() -> None:
    document = changed()
    conditions = document["decision"]["conditions"]
    document["decision"]["conditions"] = [each | {"questions": ["substantive"]} for each in conditions]
    assert "a procedural question: it is adopted whatever is replied" in lint(document)[0].text


@pytest.mark.parametrize("document", [b"", b"{}", "[]", {}, {"a": {1, 2}}, "\ud800", {"format": "inblue-procedure/2"}])
def test_what_is_not_a_procedure_is_one_fault_of_one_line(document: Any) -> None:
    (fault,) = lint(document)
    assert isinstance(fault, Fault)
    assert fault.clause is None
    assert fault.text.startswith("procedure: ")
    assert "\n" not in fault.text
