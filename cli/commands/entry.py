"""``inblue entry``: correct or void a wrong entry, or disown one that no key in authority signed."""

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
    """Correct, void or disown an entry that is on record."""


@entry.command()
@click.argument("member")
@click.option(
    "--field", required=True, help="The field, such as instrument.signatory. The procedure lists what may be corrected."
)
@click.option("--was", help="The value on record (default: whatever it is).")
@click.option("--now", "value", help="The correct value; leave out for none.")
@click.option("--reason", required=True, help="How the error came to be made, in the words that go on record.")
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
    """Correct a field of MEMBER's reply, after reading its paper again.

    The old value stays visible. Another paper is another reply: enter it with inblue vote cast. If a reply was entered
    for the wrong member, void it with inblue entry void and enter it again.
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
@click.option("--reason", required=True, help="What is wrong with it, in the words that go on record.")
@recording_options
def void(number: int, vote: str | None, **given: Any) -> None:
    """Void a wrong entry, such as a reply under the wrong member.

    ACT is its number in the vote, as inblue replay shows it. The entry stays visible and loses its effect. What it
    blocked is free again: a letter can be entered again with inblue vote cast --replaces ACT.
    """
    from ...domain.acts import EntryVoided

    with recording_desk(given) as at:
        act = EntryVoided(number=number, voided_at=at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act)


@entry.command()
@click.argument("number", type=click.IntRange(0), metavar="ACT")
@click.option("--vote", metavar="SYMBOL[#ROUND]", help="The vote that the act is in (default: the register).")
@click.option("--intake", is_flag=True, help="The act is in the stream of messages.")
@click.option("--reason", required=True, help="How it came there, in the words that go on record.")
@agreement_options
@signing_options
def disown(number: int, vote: str | None, intake: bool, reason: str, **given: Any) -> None:
    """Disown an entry that no key in authority signed.

    Use it for an entry that a signed head covers. ACT is its number in its vote, or in the register. The entry stays in
    the log without effect, and inblue verify says so. If a key in authority signed the entry, correct or void it
    instead; if no head covers it, use inblue mend.
    """
    from ...domain.messages import INTAKE
    from ...ledger.entries.entry import REGISTER_STREAM
    from ...ledger.entries.streams import vote_stream

    if vote and intake:
        raise click.UsageError("--vote and --intake name two streams; give only one")
    stream = INTAKE if intake else vote_stream(vote) if vote else REGISTER_STREAM
    with recording_desk(given) as at:
        act = at.ledger.disown(stream, number, reason=reason)
        if agreed((act.kind_name, act.json_value())):
            at.ledger.keep_register(act, signer=at.signer)
            echo(f"disowned act {number} of {stream}, {act.digest[:16]}: it has no effect")


def _on_record(reply: Reply, field: str) -> str | bool | None:
    """The value of that field; None without one, which the rules then report."""
    value: Any = reply.act.json_value()
    for step in field.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, (str, bool)) else None


def _scalar(text: str | None) -> str | bool | None:
    return {"true": True, "false": False}.get(text, text) if text is not None else None
