"""``inblue draft``: circulate, correct or withdraw a draft."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import click

from ...domain.naming import MAX_ROUND, check_symbol, name_of
from ..desk.desk import Desk, the_procedure, which_vote
from ..desk.options import DAY, consent_options, signing_options
from ..desk.recording import Attached, perform, recording_desk, recording_options, source_option
from ..project.settings import Setting


@click.group()
def draft() -> None:
    """Circulate, correct or withdraw a draft."""


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
    help="The kind of question that the draft puts; a procedure may decide each kind differently.",
)
@click.option("--language", "languages", multiple=True, metavar="CODE", help="May be given several times.")
@click.option("--text", "texts", multiple=True, metavar="CODE=FILE", help="Attach the text in a language.")
@click.option(
    "--procedure",
    cls=Setting,
    default="unsc-2020-253",
    show_default=True,
    help="A built-in name, or a file (.json, .toml).",
)
@click.option(
    "--round",
    "round_",
    type=click.IntRange(1, MAX_ROUND),
    default=1,
    show_default=True,
    help="The round, from 2 on, if the draft was put before and that vote is over.",
)
@click.option(
    "--simulated/--in-earnest",
    cls=Setting,
    default=False,
    help="A rehearsal: the vote says SIMULATED wherever it is shown (default: see inblue project show).",
)
@source_option
@consent_options
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
    """Circulate a draft: the vote on SYMBOL begins.

    When a vote on a draft is over (the draft withdrawn, the vote annulled, or the result announced), the draft can be
    put to the vote again with --round 2, and so on. That vote is called SYMBOL#2.
    """
    from ...domain.acts import DraftCirculated
    from ...domain.rules_of import known_member

    rules = the_procedure(procedure)
    check_symbol(symbol)
    name = name_of(symbol, round_)
    papers = dict(_read_text(text) for text in texts)
    with recording_desk(given) as at:
        _check_not_put(at, symbol, name)
        act = DraftCirculated(
            symbol=symbol,
            round=round_,
            sponsors=sponsors,
            languages=languages,
            texts={language: paper.sha256 for language, paper in papers.items()},
            circulated_at=at.ledger.clock(),
            times="simulated" if simulated else "live",
            procedure=rules.sha256,
            **given,
        )
        for member in sponsors:
            known_member(rules, member)
        perform(at, name, act, files=tuple(papers.values()), procedure=rules)


@draft.command()
@recording_options
def withdraw(vote: str | None, **given: Any) -> None:
    """Withdraw the draft, before voting opens."""
    from ...domain.acts import DraftWithdrawn

    with recording_desk(given) as at:
        perform(at, which_vote(at.ledger, vote), DraftWithdrawn(withdrawn_at=at.ledger.clock(), **given))


@draft.command()
@click.option("--title", help="The correct title.")
@click.option("--dated", type=DAY, help="The correct date.")
@click.option(
    "--sponsor",
    "sponsors",
    multiple=True,
    metavar="MEMBER",
    help="A correct sponsor. Give all of them, one option each.",
)
@click.option("--question", type=click.Choice(["substantive", "procedural"]), help="The kind of question that it puts.")
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="CODE",
    help="A correct language. Give all of them, one option each.",
)
@click.option("--text", "texts", multiple=True, metavar="CODE=FILE", help="The correct text in a language.")
@click.option("--reason", required=True, help="How the error came to be made, in the words that go on record.")
@recording_options
def correct(vote: str | None, texts: tuple[str, ...], reason: str, source: str | None, **given: Any) -> None:
    """Correct details of the draft, until voting opens. The old ones stay visible."""
    from ...domain.acts import DraftCorrected
    from ...domain.instant import format_moment

    names = ("title", "dated", "sponsors", "question", "languages")
    right: dict[str, Any] = {name: value for name in names if (value := given.pop(name))}
    papers = dict(_read_text(text) for text in texts)
    with recording_desk(given) as at:
        name, now = which_vote(at.ledger, vote), at.ledger.clock()
        draft = at.ledger.vote(name).draft.act
        if papers:
            right["texts"] = {**draft.texts, **{language: paper.sha256 for language, paper in papers.items()}}
        if not right:
            raise click.UsageError("say what to correct: --title, --dated, --sponsor, --question, --language or --text")
        was = draft.json_value()
        about = {"act": "draft_corrected", "reason": reason, "corrected_at": format_moment(now), "source": source}
        acts = []
        for field, value in right.items():
            told = format_moment(value) if field == "dated" else value
            acts.append(DraftCorrected.of({**about, "field": field, "was": was[field], "now": told}, where=field))
        perform(at, name, *acts, files=tuple(papers.values()))


def _check_not_put(at: Desk, symbol: str, name: str) -> None:
    """Say how to put a draft again, where it was put in this round before."""
    if at.ledger.has_vote(name):
        unused = next(n for n in count(2) if not at.ledger.has_vote(name_of(symbol, n)))
        raise click.UsageError(
            f"{name} is on record already; when the vote on it is over, the draft is put again with "
            f"inblue draft circulate {symbol} --round {unused}"
        )


def _read_text(text: str) -> tuple[str, Attached]:
    language, equals, path = text.partition("=")
    if not (language and equals and path):
        raise click.UsageError(f"--text {text}: write CODE=FILE, such as en=draft.pdf")
    return language, Attached.read(Path(path))
