"""Reviewing what arrived: a person sees a letter and its proposal, corrects and confirms, or sets the message aside."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from ..desk.desk import Desk
from ..desk.output import echo
from ..desk.recording import Attached, perform

if TYPE_CHECKING:
    from ...domain.proposal import FieldName
    from ...ledger.host.messages import InMessage
    from ...ledger.intake.proposing import Asked, IntakeRule, Read
    from ...ledger.intake.tray import Tray, Waiting

_HELP = (
    "Enter records it, after a last look. A field's name corrects that field",
    "(none: not known). w: the whole letter. a: set it aside. n: it is not a reply.",
    "k: keep it for later. q: stop.",
)


class Reviewed(NamedTuple):
    """How many messages were recorded, set aside and left."""

    recorded: int = 0
    aside: int = 0
    left: int = 0


def review_at_terminal(at: Desk, tray: Tray, messages: Sequence[Waiting], asked: Asked) -> Reviewed:
    """Have a person decide on each of these messages."""
    from ...ledger.intake.proposing import asked_of

    done = Reviewed()
    for number, waiting in enumerate(messages):
        what = _one(at, tray, waiting, asked)
        if what == "q":
            return done._replace(left=done.left + len(messages) - number)
        if what == "r":
            asked = asked_of(at.ledger)  # that member has replied now
        done = Reviewed(done.recorded + (what == "r"), done.aside + (what == "a"), done.left + (what == "k"))
    return done


def record_by_rule(at: Desk, messages: Sequence[Waiting], asked: Asked, rule: IntakeRule) -> Reviewed:
    """Record what the registrar's rule allows without a person; the others wait."""
    from ...domain.errors import InblueError
    from ...ledger.intake.proposing import asked_of, read_and_propose
    from .beside import proposed

    done = Reviewed()
    for waiting in messages:
        read = read_and_propose(at.ledger.message_bytes(waiting.message.number), asked)
        against = rule.against(read.proposal)
        try:
            if against is None:
                fields = {field: reading.value for field, reading in read.proposal.fields.items()}
                if _record(at, waiting, read, fields):
                    done = done._replace(recorded=done.recorded + 1)
                    asked = asked_of(at.ledger)  # that member has replied now
                continue
        except InblueError as error:
            against = str(error)
        echo(f"message {waiting.message.number} waits: {against} ({proposed(read.proposal)})", err=True)
        done = done._replace(left=done.left + 1)
    return done


def _one(at: Desk, tray: Tray, waiting: Waiting, asked: Asked) -> str:
    """One message: "r" if it was recorded, "a" if it was set aside, "k" if it still waits, "q" to stop."""
    from ...domain.corrected_field import corrected
    from ...domain.errors import InblueError
    from ...domain.proposal import FIELDS
    from ...domain.wording import words
    from ...ledger.intake.proposing import missing, read_and_propose
    from .beside import print_letter

    number = waiting.message.number
    read = read_and_propose(at.ledger.message_bytes(number), asked)
    fields = {field: reading.value for field, reading in read.proposal.fields.items()}
    named = {words(field): field for field in FIELDS}
    choices = frozenset(choice for vote in asked.votes for choice in vote.choices)
    print_letter(waiting, read, fields, asked.members, to=sys.stderr)
    _help()
    while True:
        typed: str = click.prompt(f"Message {number}", default="", show_default=False, err=True, type=str).strip()
        match typed.casefold():
            case "":
                if (field := missing(fields)) is not None:
                    echo(f"{words(field)}: a reply needs this; type {words(field)} to enter it", err=True)
                    continue
                try:
                    if _record(at, waiting, read, fields):
                        return "r"
                except click.exceptions.Exit:  # not agreed, after the preview
                    continue
                except InblueError as error:
                    echo(str(error), err=True)
            case "w":
                print_letter(waiting, read, fields, asked.members, whole=True, to=sys.stderr)
            case "a" | "n" as way:
                reason: str = click.prompt("Reason", default="", show_default=False, err=True)
                why, now = " ".join(reason.split()) or None, at.ledger.clock()
                tray.put_aside(waiting.message, "no_reply" if way == "n" else "set_aside", why, now)
                return "a"
            case "k" | "q" as way:
                return way
            case name if name in named:
                given: str = click.prompt(words(named[name]), default=fields[named[name]] or "", err=True)
                try:
                    votes = frozenset(vote.name for vote in asked.votes)
                    value = corrected(named[name], given, members=asked.members, choices=choices, votes=votes)
                    fields[named[name]] = value
                    print_letter(waiting, read, fields, asked.members, to=sys.stderr)
                except InblueError as error:
                    echo(str(error), err=True)
            case _:
                _help()


def _help() -> None:
    for line in _HELP:
        echo(line, err=True)


def _record(at: Desk, waiting: Waiting, read: Read, fields: dict[FieldName, str | None]) -> bool:
    from ...ledger.intake.proposing import cast_of, missing

    if (without := missing(fields)) is not None:
        raise click.UsageError(f"{without}: not given, and a reply needs it")
    found = _paper_in(at, waiting, read, fields)
    act = cast_of(fields, found)
    return perform(at, fields["vote"] or "", act, files=Attached.carried(found))


def _paper_in(at: Desk, waiting: Waiting, read: Read, fields: dict[FieldName, str | None]) -> InMessage:
    """The paper in its message; if a part can be read in two ways, the message itself, after saying so."""
    from ...domain.errors import Malformed
    from ...ledger.intake.proposing import paper_of

    number, path, paper = waiting.message.number, read.proposal.part, paper_of(fields)
    part = read.contents.part(path) if path else None
    if part is not None and part.within is None:
        try:
            return at.ledger.in_message(number, path, paper.model_copy(update={"sha256": part.sha256}))
        except Malformed as error:
            echo(f"the message itself is the paper: {error}", err=True)
    return at.ledger.in_message(number, None, paper)
