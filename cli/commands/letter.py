"""``inblue letter``: draft the letters of a vote from its record, and record what was sent.

The opening letter opens the window.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.desk import the_roster, which_vote
from ..desk.drafting import Addressed, draft_as, own_zone, say_if_ours, written_to
from ..desk.files import write_new
from ..desk.options import DAY, FILE, INSTANT, MOMENT, lang_option, place_options, templates_option, vote_option
from ..desk.output import echo, echo_text
from ..desk.place import named_place, opened
from ..desk.recording import file_option, offered_president, perform, recording_desk, recording_options
from ..project.settings import Setting, is_typed

if TYPE_CHECKING:
    from ...domain.acts import LetterSent
    from ...domain.state import VoteState
    from ..language.english import Language

KINDS = ("opening", "acknowledgement", "votes", "announcement", "outcome", "compendium")
_ON_THE_LETTER = (
    click.option("--dated", type=DAY, help="The date printed on it."),
    click.option("--sender", metavar="MEMBER", help="The member that presides."),
    click.option(
        "--addressee", "addressees", multiple=True, metavar="NAME", help="secretary_general, ... May be repeated."
    ),
    click.option(
        "--office", "offices", multiple=True, metavar="NAME", help="The office of the signatory. May be repeated."
    ),
    click.option("--signatory", help="The name as printed."),
    click.option("--signatory-latin", help="A Latin spelling of it."),
    click.option("--rank", help="The rank as printed."),
    click.option("--agenda-item", help="The agenda item that it concerns."),
    click.option(
        "--closes-at", type=INSTANT, help="Opening: the deadline, only where the procedure leaves it to the letter."
    ),
    click.option(
        "--counting",
        type=click.Choice(["elapsed", "calendar", "working_days"]),
        help="Opening: how the letter counts the hours, if it says so.",
    ),
)


@click.group()
def letter() -> None:
    """Draft the letters of a vote, and record what was sent."""


def _on_the_letter(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is on a President's letter, and how an opening letter opens the window."""
    for option in reversed(_ON_THE_LETTER):
        command = option(command)
    return command


@letter.command()
@click.argument("kind", type=click.Choice(["procedure", "opening", "outcome", "compendium"]))
@click.option("--symbol", help="The letter's own symbol, if it has one.")
@_on_the_letter
@click.option("--signed/--unsigned", default=None, help="Signed or not. Give neither if it is not known.")
@click.option("--language", help="The original language.")
@click.option("--sent-at", type=MOMENT, help="When it was sent (default: now).")
@click.option("--distributed", type=DAY, help="The date of its distribution as a document.")
@click.option("--opens-at", type=INSTANT, help="Opening: when the window opens (default: now).")
@click.option("--roster", cls=Setting, metavar="NAME|FILE", help="Opening: who is entitled to vote, such as unsc-2026.")
@click.option("--president", metavar="MEMBER", help="Opening: who presides (default: what the register says).")
@click.option(
    "--programme-of-work/--no-programme-of-work",
    default=None,
    help="Opening: whether the programme of work announces it too.",
)
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
    """Record that a letter of KIND was sent. The opening letter opens the window.

    When the command asks before it signs, it fills in the member that presides according to the register as the sender,
    unless you give --sender.
    """
    from ...domain.acts import LetterSent

    if kind != "opening" and not is_typed("roster"):
        roster = None
    seats = the_roster(roster) if roster else None
    with recording_desk(given) as at:
        now = at.ledger.clock()
        opens = (opens_at or now) if kind == "opening" else opens_at
        name = which_vote(at.ledger, vote)
        if given["sender"] is None and kind != "procedure":
            given["sender"] = offered_president(at, name, given["dated"] or sent_at)
        act = LetterSent(kind=kind, sent_at=sent_at or now, opens_at=opens, **given)
        if kind == "opening" and seats is None:
            raise click.UsageError(_no_roster(at.ledger.vote(name), act))
        before = at.ledger.vote(name)
        done = perform(at, name, act, file=file, roster=seats, president=president)
        at.opens_at = opens
        if done and kind != "procedure":
            say_if_ours(file, before, at.ledger.files, kind, planned=act.model_copy(update={"signed": None}))
        if done and seats is not None and roster is not None and not roster.endswith(".json"):
            at.ledger.adopt_roster(seats, signer=at.signer)


def _no_roster(state: VoteState, opening: LetterSent) -> str:
    """The refusal, with the built-in rosters of the day of the opening."""
    from ...domain.seats import fitting

    opens = state.span(opening.opens_at).earliest
    shipped = fitting(state.procedure, opens.astimezone(state.zone).date()) if opens else ()
    such = f"that of the day is {' or '.join(shipped)}" if shipped else "inblue roster list has those that are shipped"
    return f"an opening needs the roster of those entitled to vote: give --roster NAME|FILE; {such}"


@letter.command()
@click.argument("kind", type=click.Choice(KINDS))
@place_options
@vote_option
@lang_option
@click.option("--member", metavar="MEMBER", help="Acknowledgement: the member whose reply it is for.")
@click.option("--reply", type=click.IntRange(1, 9999), default=1, help="Acknowledgement: which one, from 1.")
@click.option("--receipt", type=FILE, metavar="FILE", help="Acknowledgement, .eml: attach this (default: made here).")
@_on_the_letter
@click.option("--opens-at", type=INSTANT, help="Opening: when the window is to open.")
@click.option("--resolution", help="Announcement: the number that the resolution is to have.")
@click.option(
    "--zone", "zones", multiple=True, metavar="NAME", help="Opening: give the deadline in this time zone too."
)
@click.option("--to", multiple=True, metavar="ADDRESS", help=".eml: to whom. May be repeated.")
@click.option("--from", "sender_address", metavar="ADDRESS", help=".eml: from whom.")
@click.option("--reply-to", metavar="ADDRESS", help="Where replies go; an opening letter also says so.")
@templates_option
@click.option(
    "-o", "--output", type=FILE, metavar="FILE", help="Write it to FILE: .txt, .pdf, .eml, or .ics for an opening."
)
def draft(
    kind: Any,
    source: str | None,
    ledger: str | None,
    vote: str | None,
    lang: Language,
    output: Path | None,
    zones: tuple[str, ...],
    to: tuple[str, ...],
    sender_address: str | None,
    reply_to: str | None,
    **given: Any,
) -> None:
    """Draft a letter of KIND from the record of a vote.

    What is not on record is left as a marked blank. For a letter that is not on record yet, the options give what it
    will say. After sending it, record it with letter send, receipt acknowledge, tally circulate or result announce, and
    --file. SOURCE is a ledger, a bundle, or a published log in a folder or at an address.
    """
    addressed = Addressed(to, sender_address, reply_to, tuple(map(own_zone, zones)))
    if output is not None:
        written_to(output, kind)
    with opened(named_place(source, ledger)) as place:
        made = draft_as(kind, place, place.which(vote), lang, output, addressed, given)
    if output is None:
        echo_text(made)
    else:
        write_new(output, made, private=True)
        echo(f"wrote {output}: {len(made):,} bytes; a draft, not sent")


@letter.command()
@click.option(
    "--write", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder to write to."
)
@lang_option
def templates(folder: Path, lang: Language) -> None:
    """Write the shipped letter templates to a folder, for you to change.

    inblue letter draft --templates FOLDER uses the templates in FOLDER, and the shipped ones for the rest.
    """
    from ..letters.rendering import files_of

    folder.mkdir(parents=True, exist_ok=True)
    made = dict(files_of(lang, KINDS))
    for name in made:
        if (folder / name).exists():
            raise click.UsageError(f"{folder / name}: something is there already; nothing was changed")
    for name, content in made.items():
        write_new(folder / name, content)
    echo(f"wrote {len(made)} templates to {folder}")
