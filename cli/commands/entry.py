"""``inblue entry``: correct what was entered wrongly, void it, or disown what nobody in authority signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.desk import which_vote
from ..desk.options import agreement_options, signing_options
from ..desk.output import echo
from ..desk.recording import (
    Attached,
    agreed,
    file_option,
    perform,
    recording_desk,
    recording_options,
    reply_option,
)

if TYPE_CHECKING:
    from ...domain.recorded import Reply


@click.group()
def entry() -> None:
    """Correct, void or disown what is on record."""


@entry.command()
@click.argument("member")
@click.option("--field", required=True, help="Such as instrument.signatory; the procedure lists what may be corrected.")
@click.option("--was", help="The value on record (default: whatever it is).")
@click.option("--now", "value", help="The right value; leave out for none.")
@click.option("--reason", required=True, help="How the error came about, as it should stand in the record.")
@reply_option
@file_option
@recording_options
def correct(
    member: str,
    reply: int,
    field: str,
    was: str | None,
    value: str | None,
    vote: str | None,
    file: Path | None,
    **given: Any,
) -> None:
    """Correct a field of MEMBER's reply, by reading its paper again.

    The old value stays in view. Another paper is another reply: enter it with inblue vote cast. A reply under the wrong
    member is voided, with inblue entry void, and entered again.
    """
    from ...domain.acts import ClericalErrorCorrected
    from ...domain.corrections import the_reply

    with recording_desk(given) as at:
        name = which_vote(at.ledger, vote)
        kept = the_reply(at.ledger.vote(name), member, reply)
        act = ClericalErrorCorrected(
            member=member,
            reply=reply,
            field=field,
            was=_on_record(kept, field) if was is None else _scalar(was),
            now=_scalar(value),
            corrected_at=at.ledger.clock(),
            sha256=Attached.read(file).sha256 if file else None,
            **given,
        )
        perform(at, name, act)


@entry.command()
@click.argument("number", type=click.IntRange(0), metavar="ACT")
@click.option("--reason", required=True, help="What is wrong with it, as it should stand in the record.")
@recording_options
def void(number: int, vote: str | None, **given: Any) -> None:
    """Declare an entry wrong, such as a reply under another member.

    ACT is its number in the vote, as inblue replay shows it. It stays in view and has no effect, and what it blocked is
    free: a letter can be entered again, with inblue vote cast --replaces ACT.
    """
    from ...domain.acts import EntryVoided

    with recording_desk(given) as at:
        act = EntryVoided(number=number, voided_at=at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act)


@entry.command()
@click.argument("number", type=click.IntRange(0), metavar="ACT")
@click.option(
    "--vote", metavar="SYMBOL[#ROUND]", help="The vote that it stands in (default: it is an act of the register)."
)
@click.option("--intake", is_flag=True, help="It is an act of the stream of messages.")
@click.option("--reason", required=True, help="How it came there, as it should stand in the register.")
@agreement_options
@signing_options
def disown(number: int, vote: str | None, intake: bool, reason: str, **given: Any) -> None:
    """Take out of effect what no key in authority has signed.

    It is an entry that a signed head covers. ACT is its number in its vote, or in the register. It stays in the log,
    has no effect, and inblue verify says so. An entry that a key in authority has signed is corrected or voided
    instead; what no head covers goes with inblue mend.
    """
    from ...domain.messages import INTAKE
    from ...ledger.entries.entry import REGISTER_STREAM
    from ...ledger.entries.streams import vote_stream

    if vote and intake:
        raise click.UsageError("--vote and --intake name two streams; give one")
    stream = INTAKE if intake else vote_stream(vote) if vote else REGISTER_STREAM
    with recording_desk(given) as at:
        act = at.ledger.disown(stream, number, reason=reason)
        if agreed((act.kind_name, act.json_value())):
            at.ledger.keep_register(act, signer=at.signer)
            echo(f"disowned act {number} of {stream}, {act.digest[:16]}: it has no effect")


def _on_record(reply: Reply, field: str) -> str | bool | None:
    """The value of that field, None where there is none: the rules say so then."""
    value: Any = reply.act.json_value()
    for step in field.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, (str, bool)) else None


def _scalar(text: str | None) -> str | bool | None:
    return {"true": True, "false": False}.get(text, text) if text is not None else None
