"""The page of a vote with very many seats: counts first, and the rest in parts that a reader opens."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from other_bodies import OPENED, SYMBOL, Played

from inblue.cli.documents.page import build_page
from inblue.cli.language.choose import language
from inblue.domain.acts import VoteCast
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure2, built_in_procedure
from inblue.domain.roster import Roster, Seat
from inblue.ledger.operations.export import export

SEATS, REPLIES = 300, 270


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    procedure = built_in_procedure("apache-voting")
    assert isinstance(procedure, Procedure2)
    vote = Played(procedure)
    vote.circulate("procedural")
    vote.now = OPENED
    members = [f"M{number:03}" for number in range(1, SEATS + 1)]
    vote.open(Roster(name="many", members=tuple(Seat(member=each, groups=("pmc",)) for each in members)))
    acts = []
    for number, member in enumerate(members[:REPLIES]):
        position = "plus_one" if number % 10 else "minus_one"
        acts.append(
            VoteCast(member=member, position=position, received_at=vote.now, instrument=Instrument(form="e_mail"))
        )
    vote.now += timedelta(minutes=1)
    for start in range(0, REPLIES, 50):
        vote.ledger.perform(SYMBOL, *acts[start : start + 50], signer=vote.signer)
    vote.close()
    vote.announce()
    path: Path = tmp_path_factory.mktemp("many") / "vote.zip"
    export(vote.ledger, path, vote=SYMBOL)
    return build_page(path, SYMBOL, None, language(None)).html


def test_the_roll_call_counts_and_names_the_members_of_each_position_when_opened(page: str) -> None:
    groups = re.findall(r'<details class="group"><summary><b>(\d+)</b> ([^<]*)</summary><p>([^<]*)</p>', page)
    assert [(number, label) for number, label, _ in groups] == [
        ("243", "plus one"),
        ("30", "not voting"),
        ("27", "minus one"),
    ]
    assert [len(members.split(", ")) for _, _, members in groups] == [243, 30, 27]
    assert page.index("<b>243</b> plus one") < page.index('<details class="group">')


def test_no_reply_has_a_row_in_the_picture_and_each_is_shown_with_its_verdict_when_opened(page: str) -> None:
    picture = page[page.index('<figure class="picture">') : page.index("</figure>")]
    assert "M001" not in picture
    assert "Window opens" in picture
    replies = page[page.index('id="h-replies"') : page.index('id="h-findings"')]
    opened = replies[replies.index("<details><summary>270 replies</summary>") :]
    assert opened.count('<article class="reply" id="reply-') == REPLIES
    assert replies.count('<article class="reply" id="reply-') == REPLIES
