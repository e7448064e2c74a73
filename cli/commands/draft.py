"""``inblue draft``: circulate or withdraw a draft."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import click

from ...domain.naming import MAX_ROUND, check_symbol, name_of
from ..desk.desk import Desk, which_vote
from ..desk.files import read_file
from ..desk.options import DAY, signing_options
from ..desk.recording import perform, recording_desk, recording_options, source_option


@click.group()
def draft() -> None:
    """Circulate or withdraw a draft."""


@draft.command()
@click.argument("symbol")
@click.option("--title", help="Its title, if it has one.")
@click.option("--dated", type=DAY, help="The date printed on it.")
@click.option("--sponsor", "sponsors", multiple=True, metavar="MEMBER", help="May be given several times.")
@click.option(
    "--question",
    type=click.Choice(["substantive", "procedural"]),
    default="substantive",
    show_default=True,
    help="What the draft puts; a procedure may decide the two differently.",
)
@click.option("--language", "languages", multiple=True, metavar="CODE", help="May be given several times.")
@click.option("--text", "texts", multiple=True, metavar="CODE=FILE", help="Attach the text in a language.")
@click.option("--procedure", default="unsc-2020-253", show_default=True, help="A built-in name, or a JSON file.")
@click.option(
    "--round",
    "round_",
    type=click.IntRange(1, MAX_ROUND),
    default=1,
    show_default=True,
    help="From 2 on: the draft was put before, and that vote is over.",
)
@click.option("--simulated", is_flag=True, help="A rehearsal: the vote says SIMULATED wherever it is shown.")
@source_option
@signing_options
def circulate(
    symbol: str,
    procedure: str,
    simulated: bool,
    texts: tuple[str, ...],
    sponsors: tuple[str, ...],
    languages: tuple[str, ...],
    round_: int,
    **given: Any,
) -> None:
    """Put a draft in blue: the vote on SYMBOL begins.

    A draft on which a vote is over, by a withdrawal or by its announcement, can be put again with --round 2, and so on.
    That vote is then called SYMBOL#2.
    """
    from ...domain.acts import DraftCirculated
    from ...domain.procedure import Procedure, built_in_procedure
    from ...domain.state import known_member

    rules = (
        Procedure.read(read_file(Path(procedure)), where=procedure)
        if procedure.endswith(".json")
        else built_in_procedure(procedure)
    )
    check_symbol(symbol)
    name = name_of(symbol, round_)
    with recording_desk(given) as at:
        _check_not_put(at, symbol, name)
        act = DraftCirculated(
            symbol=symbol,
            round=round_,
            sponsors=sponsors,
            languages=languages,
            texts=dict(_attached_text(at, text) for text in texts),
            circulated_at=at.ledger.clock(),
            times="simulated" if simulated else "live",
            procedure=rules.sha256,
            **given,
        )
        for member in sponsors:
            known_member(rules, member)
        at.ledger.adopt_procedure(rules, signer=at.signer)
        perform(at, name, act)


@draft.command()
@recording_options
def withdraw(vote: str | None, **given: Any) -> None:
    """Take the draft back, before voting is open."""
    from ...domain.acts import DraftWithdrawn

    with recording_desk(given) as at:
        perform(at, which_vote(at.ledger, vote), DraftWithdrawn(withdrawn_at=at.ledger.clock(), **given))


def _check_not_put(at: Desk, symbol: str, name: str) -> None:
    """Say how a draft is put again, where it was put in this round before."""
    if at.ledger.has_vote(name):
        unused = next(n for n in count(2) if not at.ledger.has_vote(name_of(symbol, n)))
        raise click.UsageError(
            f"{name} is on record already; when the vote on it is over, the draft is put again with "
            f"inblue draft circulate {symbol} --round {unused}"
        )


def _attached_text(at: Desk, text: str) -> tuple[str, str]:
    language, equals, path = text.partition("=")
    if not (language and equals and path):
        raise click.UsageError(f"--text {text}: write CODE=FILE, such as en=draft.pdf")
    return language, at.ledger.attach(read_file(Path(path)))
