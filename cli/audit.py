"""The commands that read: roll call, replay, record, verification."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .desk.desk import chosen_votes, clock_of, ledger_address, reading, which_vote
from .desk.options import FILE, MOMENT, files_option, json_option, lang_option, ledger_option, trust_option, vote_option
from .desk.output import answering, print_json
from .desk.verifying import audited, is_published, read_known, verified
from .terminal.progress import progress

if TYPE_CHECKING:
    from ..ledger.audit.result import Verification
    from ..ledger.projections.record import ReplyRecord
    from .language.english import Language


_SHOWN = 100


@click.command()
@ledger_option
@vote_option
@click.option("--watch", "live", is_flag=True, help="Go on showing it, until q or Ctrl-C.")
@lang_option
@json_option
def status(ledger: str | None, vote: str | None, live: bool, lang: Language, as_json: bool) -> None:
    """Show the roll call now.

    Who has replied, who is missing, how much time is left. A simulated vote is shown at the last instant of its own
    clock.
    """
    from ..ledger.projections.roll_call import roll_call, status_json

    if live:
        _watch(ledger, vote, lang, as_json)
        return
    with reading(ledger) as book:
        symbols = chosen_votes(book, vote)
        states = [book.vote(symbol) for symbol in symbols]
        calls = [roll_call(state, clock_of(state, book)) for state in states]
    if as_json:
        print_json({"format": "inblue-status/1", "votes": [status_json(call) for call in calls]})
        return
    from .terminal.roll_call import print_roll_call, print_votes

    if len(calls) == 1:
        print_roll_call(calls[0], lang)
    else:
        print_votes(calls, lang)


@click.command()
@ledger_option
@vote_option
@click.option("--at", type=MOMENT, metavar="T", help="Show the roll call at this instant, or at the end of this date.")
@click.option("--step", is_flag=True, help="Stop after each act; Enter goes on, q stops.")
@lang_option
@json_option
def replay(
    ledger: str | None, vote: str | None, at: datetime | date | None, step: bool, lang: Language, as_json: bool
) -> None:
    """Replay a vote act by act, or show it at any moment.

    Each act stands with its time, and with the time that was then left.
    """
    from ..domain.instant import format_local
    from ..ledger.projections.roll_call import history, history_json, roll_call_at, status_json

    with reading(ledger) as book:
        symbol = which_vote(book, vote)
        state = book.vote(symbol)
        acts = list(book.acts(symbol))
        if at is not None:
            latest = state.span(at).latest
            call = roll_call_at(acts, book.documents, latest) if latest is not None else None
            if call is None:
                when = format_local(at, state.procedure.zone)
                raise click.UsageError(f"the draft {symbol} was not circulated yet at {when}")
            if as_json:
                print_json({"format": "inblue-status/1", "votes": [status_json(call)]})
            else:
                from .terminal.roll_call import print_roll_call

                print_roll_call(call, lang, moment=True)
            return
        steps = list(history(acts, book.documents))
    if as_json:
        told = {"draft": symbol, "procedure": state.procedure.id, "times": state.draft.act.times}
        print_json({"format": "inblue-replay/1", "votes": [{**told, "steps": [history_json(each) for each in steps]}]})
        return
    from .terminal.history import print_history, print_step

    if step:
        for number, each in enumerate(steps, start=1):
            print_step(each, number, len(steps), lang)
            if number < len(steps) and not _go_on():
                return
    else:
        print_history(steps, lang)


@click.command()
@ledger_option
@vote_option
@trust_option
@lang_option
@json_option
def audit(ledger: str | None, vote: str | None, trust: Path | None, lang: Language, as_json: bool) -> None:
    """Show the record: a verdict on each reply, findings by clause.

    A verdict says where the arrival falls, how strongly that is evidenced, and what is not proved; --json has the
    evidence too. With --trust the whole log is verified first, and the timestamps of authorities that the trust file
    names count as proof. --ledger may name a bundle.

    Findings do not change the exit status: it says only whether the ledger could be read.
    """
    from ..ledger.errors import VerificationError
    from ..ledger.projections.record import audit_json, record_of
    from .desk.files import is_bundle

    place = ledger_address(ledger)
    if trust is None and not is_bundle(place):
        with reading(ledger) as book:
            records = [record_of(book.vote(symbol)) for symbol in chosen_votes(book, vote)]
    else:
        with verified(place, *read_known(trust)) as found:
            if not found.holds:
                raise VerificationError(f"{place} does not hold: {found.problems[0].text}; run inblue verify")
            if vote is not None and vote not in found.states:
                raise click.UsageError(f"no vote on {vote!r} is here; there is {', '.join(found.states) or 'none'}")
            chosen = found.states if vote is None else {vote: found.states[vote]}
            records = [record_of(state, found.bounds.get(symbol)) for symbol, state in chosen.items()]
    if as_json:
        print_json({"format": "inblue-audit/1", "votes": [audit_json(record) for record in records]})
    else:
        from .terminal.record import print_record

        for record in records:
            print_record(record, lang)


@click.command()
@click.argument("source", envvar="INBLUE_LEDGER", metavar="SOURCE", required=False)
@files_option
@trust_option
@click.option(
    "--require",
    "required",
    type=click.Choice(["proven", "attested", "documented", "witnessed"]),
    multiple=True,
    help="Exit with 1 also if a reply that counts is evidenced less strongly, or too few witnesses have cosigned.",
)
@click.option(
    "--against",
    "receipts",
    type=FILE,
    multiple=True,
    help="A member's receipt, or the ballot it says it sent: is it here?",
)
@click.option(
    "--state", type=FILE, help="Of a published log: where to remember the audit (default: the user's folder)."
)
@click.option("--whole", is_flag=True, help="Of a published log: read all of it again, also what was audited before.")
@click.option(
    "--since",
    type=FILE,
    metavar="NOTE",
    help="Of a ledger: check only what is behind this checkpoint, which you trust.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), metavar="N", help="Of a ledger: processes that check (default: the cores)."
)
@lang_option
@json_option
def verify(
    source: str | None,
    trust: Path | None,
    required: tuple[str, ...],
    receipts: tuple[Path, ...],
    state: Path | None,
    whole: bool,
    since: Path | None,
    jobs: int | None,
    lang: Language,
    as_json: bool,
) -> int:
    """Check that a ledger, bundle or published log is intact and whole.

    SOURCE is a ledger, a bundle, or the address or folder of a published log. Checked are every signature, every place,
    every file, and the log's signed head. A bundle needs no ledger, database or network. Of a published log the audit
    is remembered: the next one reads what is new, and notices if what was there is rewritten. Exit status 0 if it
    holds, 1 if it does not, 2 if there is nothing to check.
    """
    from ..ledger.audit.result import verification_json
    from ..ledger.projections.record import record_of, short_of, strongest

    require = strongest(required)
    trusted, against = read_known(trust, receipts)
    checked: AbstractContextManager[Verification]
    if source is not None and is_published(source):
        if since is not None or jobs is not None:
            raise click.UsageError("--since and --jobs are for ledgers; a published log remembers by itself")
        name = source
        with progress() as shown:
            whole = whole or require is not None  # a verdict on a reply rests on all that was ever timestamped
            checked = nullcontext(audited(source, trusted, against, shown, state, whole))
    elif state is not None or whole:
        raise click.UsageError("--state and --whole are for a published log: an http(s) address, or its folder")
    else:
        place = ledger_address(source)
        name, checked = str(place), verified(place, trusted, against, since=since, jobs=jobs)
    short: list[tuple[str, ReplyRecord]] = []
    strengths: dict[str, Counter[str]] = {}
    fewer = 0
    with checked as found:
        unwitnessed = "witnessed" in required and not found.witnessed
        dated = bool(found.bounds)  # which may ask every vote
        for symbol in found.states if require or dated else ():  # one vote is in memory at a time
            record = record_of(found.states[symbol], found.bounds.get(symbol))
            if dated:
                strengths[symbol] = Counter(each.verdict.strength for each in record.replies)
            less = short_of(record, require) if require else []
            fewer += len(less)
            short += ((symbol, each) for each in (less if as_json else less[: _SHOWN - len(short)]))
        with answering():
            if as_json:
                print_json({**verification_json(found), "short": [_short_json(symbol, each) for symbol, each in short]})
            else:
                from .terminal.verification import print_short, print_strengths, print_unwitnessed, print_verification

                print_verification(name, found, lang)
                print_strengths(strengths, lang)
                if require and fewer:
                    print_short(require, short, fewer - len(short), lang)
                if unwitnessed:
                    print_unwitnessed(lang)
    return 0 if found.holds and not fewer and not unwitnessed else 1


def _watch(ledger: str | None, vote: str | None, lang: Language, as_json: bool) -> None:
    if as_json:
        raise click.UsageError("--watch is for people; without it, --json prints the roll call once")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("--watch needs a terminal; without it, the roll call is printed once")
    from .terminal.watch import watch

    with reading(ledger) as book:
        watch(book, which_vote(book, vote), lang)


def _short_json(symbol: str, each: ReplyRecord) -> dict[str, Any]:
    reply = each.reply
    return {
        "draft": symbol,
        "member": reply.act.member,
        "reply": reply.ordinal,
        "strength": each.verdict.strength,
        "not_proved": each.verdict.not_proved,
    }


def _go_on() -> bool:
    if not sys.stdin.isatty():
        return True
    while True:
        key = click.getchar()
        if key in "\r\n ":
            return True
        if key in "qQ\x1b":
            return False
