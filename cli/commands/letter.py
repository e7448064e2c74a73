"""``inblue letter``: send one of the letters of a vote; the opening letter opens the window."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.desk import the_roster, which_vote
from ..desk.options import DAY, INSTANT, MOMENT
from ..desk.recording import file_option, perform, recording_desk, recording_options
from ..project.settings import Setting, is_typed

if TYPE_CHECKING:
    from ...domain.acts import LetterSent
    from ...domain.state import VoteState


@click.group()
def letter() -> None:
    """Send a letter: procedure, opening, outcome, compendium."""


@letter.command()
@click.argument("kind", type=click.Choice(["procedure", "opening", "outcome", "compendium"]))
@click.option("--symbol", help="The letter's own symbol, if it has one.")
@click.option("--dated", type=DAY, help="The date printed on it.")
@click.option("--sender", metavar="MEMBER", help="The member that presides.")
@click.option(
    "--addressee", "addressees", multiple=True, metavar="NAME", help="secretary_general, ... May be repeated."
)
@click.option("--office", "offices", multiple=True, metavar="NAME", help="In which it is signed. May be repeated.")
@click.option("--signatory", help="The name as printed.")
@click.option("--signatory-latin", help="A Latin spelling of it.")
@click.option("--rank", help="The rank as printed.")
@click.option("--signed/--unsigned", default=None, help="Signed or not. Give neither where it is not known.")
@click.option("--language", help="The original language.")
@click.option("--agenda-item", help="The item that it concerns.")
@click.option("--sent-at", type=MOMENT, help="When it was sent (default: now).")
@click.option("--distributed", type=DAY, help="The date of its distribution as a document.")
@click.option("--opens-at", type=INSTANT, help="Opening: when the window opens (default: now).")
@click.option(
    "--closes-at", type=INSTANT, help="Opening: the deadline, only where the procedure leaves it to the letter."
)
@click.option(
    "--counting",
    type=click.Choice(["elapsed", "calendar", "working_days"]),
    help="Opening: how the letter says that the hours are counted, if it does.",
)
@click.option("--roster", cls=Setting, metavar="NAME|FILE", help="Opening: who is entitled to vote, such as unsc-2026.")
@click.option("--president", metavar="MEMBER", help="Opening: who presides (default: what the register says).")
@click.option("--programme-of-work/--no-programme-of-work", default=None, help="Opening: also announced there or not.")
@file_option
@recording_options
def send(
    kind: Any,
    vote: str | None,
    file: Path | None,
    roster: str | None,
    president: str | None,
    sent_at: datetime | date | None,
    opens_at: datetime | None,
    **given: Any,
) -> None:
    """Record a letter of KIND. The opening letter opens the window."""
    from ...domain.acts import LetterSent

    if kind != "opening" and not is_typed("roster"):
        roster = None
    seats = the_roster(roster) if roster else None
    with recording_desk(given) as at:
        now = at.ledger.clock()
        opens = (opens_at or now) if kind == "opening" else opens_at
        act = LetterSent(kind=kind, sent_at=sent_at or now, opens_at=opens, **given)
        name = which_vote(at.ledger, vote)
        if kind == "opening" and seats is None:
            raise click.UsageError(_no_roster(at.ledger.vote(name), act))
        done = perform(at, name, act, file=file, roster=seats, president=president)
        at.opens_at = opens
        if done and seats is not None and roster is not None and not roster.endswith(".json"):
            at.ledger.adopt_roster(seats, signer=at.signer)


def _no_roster(state: VoteState, opening: LetterSent) -> str:
    """What is asked for, and which rosters that are shipped are of the day of the opening."""
    from ...domain.seats import fitting

    opens = state.span(opening.opens_at).earliest
    shipped = fitting(state.procedure, opens.astimezone(state.zone).date()) if opens else ()
    such = f"that of the day is {' or '.join(shipped)}" if shipped else "inblue roster list has those that are shipped"
    return f"an opening needs the roster of those entitled to vote: give --roster NAME|FILE; {such}"
