"""Who cast a vote for whom, and one paper that is the reply of several members or takes several positions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from inblue.domain.acts import VoteCast
from inblue.domain.describe import describe
from inblue.domain.errors import Malformed
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure, built_in_procedure

Begin = Callable[..., Any]
COUNCIL = built_in_procedure("unsc-2020-253")
PAPER, OTHER = "a" * 64, "b" * 64


def with_rule(effect: str | None) -> Procedure:
    value: dict[str, Any] = COUNCIL.json_value()
    clause = {"id": "proxies", "text": "Of votes on behalf of others.", "source": "Rule 8", "effect": effect}
    return Procedure.of(
        {**value, "clauses": [*value["clauses"], clause], "on_behalf": {"clause": "proxies"}}, where="x"
    )


def raised(vote: Any, *kinds: str) -> list[tuple[str | None, str, str]]:
    return [(f.clause, f.severity, f.text) for f in vote.raised() if f.kind in kinds]


def test_a_vote_on_behalf_counts_and_is_flagged_where_the_procedure_has_no_rule(story: Begin) -> None:
    vote = story().opens()
    assert [act.act for act in vote.reply("FRA", by="DEU")] == ["vote_cast"]
    assert vote.tally.positions["FRA"] == "in_favour"
    text = "cast by DEU, on behalf of the member: the procedure has no rule on that"
    assert raised(vote, "on_behalf") == [(None, "flag", text)]
    assert describe(vote.recorded[-1].act, vote.state) == "FRA: in favour, cast by DEU (letter)"
    assert "cast by DEU on behalf of FRA" in [str(each.text) for each in vote.verdict().evidence]


@pytest.mark.parametrize(("effect", "acts"), [(None, 1), ("flag", 1), ("reject", 2)])
def test_a_vote_on_behalf_has_the_effect_of_its_clause(story: Begin, effect: str | None, acts: int) -> None:
    vote = story(with_rule(effect)).opens()
    assert len(vote.reply("FRA", by="DEU")) == acts
    assert raised(vote, "on_behalf") == [("proxies", effect or "note", "cast by DEU, on behalf of the member")]
    assert (vote.tally.positions["FRA"] is None) == (effect == "reject")


def test_a_member_casts_nothing_on_behalf_of_itself() -> None:
    paper = Instrument(form="letter")
    with pytest.raises(Malformed, match="by: another member than the one that votes is meant"):
        VoteCast.of(
            {"act": "vote_cast", "member": "FRA", "position": "against", "by": "FRA", "instrument": {"form": "letter"}},
            where="reply",
        )
    assert VoteCast(member="FRA", position="against", by="DEU", instrument=paper).kind_and_version() == "vote-cast@2"


def test_one_letter_that_speaks_for_several_members_is_noted(story: Begin) -> None:
    vote = story().opens()
    vote.reply("GBR", sha256=PAPER)
    vote.reply("EST", by="GBR", sha256=PAPER)
    vote.reply("USA", sha256=OTHER)
    assert raised(vote, "one_paper") == [(None, "note", "one paper of GBR speaks for GBR, EST")]


def test_one_paper_under_two_members_is_flagged(story: Begin) -> None:
    vote = story().opens()
    vote.reply("FRA", sha256=PAPER)
    vote.reply("EST", sha256=PAPER)
    assert raised(vote, "one_paper") == [(None, "flag", "one paper is entered as the reply of FRA, EST")]
    assert not raised(vote, "one_paper_two_positions")


def test_one_paper_with_two_positions_is_flagged(story: Begin) -> None:
    vote = story().opens()
    vote.reply("FRA", "in_favour", sha256=PAPER)
    vote.reply("FRA", "abstention", sha256=OTHER)
    vote.reply("FRA", "against", sha256=PAPER)
    vote.reply("EST", "against", sha256=OTHER)
    assert raised(vote, "one_paper", "one_paper_two_positions") == [
        (None, "flag", "one paper is entered with several positions: in favour, against (FRA)"),
        (None, "flag", "one paper is entered as the reply of FRA, EST"),
        (None, "flag", "one paper is entered with several positions: abstention, against (FRA, EST)"),
    ]
