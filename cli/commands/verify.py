"""``inblue verify``: check a ledger, a bundle or a published log."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..desk.options import FILE, json_option, lang_option, place_options, trust_option
from ..desk.output import answering, print_json
from ..desk.place import named_place
from ..desk.verifying import audited, read_known, verified
from ..terminal.progress import progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...domain.phrase import Said
    from ...domain.state import VoteState
    from ...domain.verdict import Strength
    from ...ledger.audit.result import Verification
    from ...ledger.projections.record import Record, ReplyRecord
    from ..language.english import Language


_SHOWN = 100


@click.command()
@place_options
@trust_option
@click.option(
    "--require",
    "required",
    type=click.Choice(["proven", "attested", "documented", "witnessed", "current", "settled"]),
    multiple=True,
    help="Exit with 1 also if a reply that counts is evidenced less strongly, too few witnesses have cosigned, the "
    "log has later entries than the verdicts are of, or an outcome is not the one at the close any more.",
)
@click.option(
    "--vote",
    metavar="SYMBOL[#ROUND]",
    help="Of which vote --require asks for strengths and settled outcomes (default: of every one shown in any part).",
)
@click.option(
    "--against",
    "receipts",
    type=FILE,
    multiple=True,
    help="A member's receipt, or the ballot it says it sent: is it here? Exit with 1 unless every one is.",
)
@click.option("--state", type=FILE, help="Of a published log: where to keep the audit (default: the user's folder).")
@click.option("--whole", is_flag=True, help="Of a published log: read all of it again, even what was audited before.")
@click.option(
    "--since",
    type=FILE,
    metavar="NOTE",
    help="Of a ledger: check only the entries after this checkpoint, which you trust.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Of a ledger: the number of worker processes (default: one for each core).",
)
@lang_option
@json_option
def verify(
    source: str | None,
    ledger: str | None,
    trust: Path | None,
    required: tuple[str, ...],
    vote: str | None,
    receipts: tuple[Path, ...],
    state: Path | None,
    whole: bool,
    since: Path | None,
    jobs: int | None,
    lang: Language,
    as_json: bool,
) -> int:
    """Check that a ledger, bundle or published log is intact and whole.

    SOURCE is a ledger, a bundle, or the address or folder of a published log. The command checks every signature, every
    entry's place, every file, and the log's signed head. A bundle needs no ledger, database or network, and says as of
    which entry of the log its verdicts are. The audit of a published log is kept: the next one reads only what is new,
    and notices if what was there has been rewritten. Exit status 0 if it holds, 1 if it does not, 2 if there is nothing
    to check.
    """
    from ...ledger.audit.result import verification_json
    from ...ledger.projections.record import strongest

    require, settled = strongest(required), "settled" in required
    asked_of_votes = settled or require is not None
    if vote is not None and not asked_of_votes:
        raise click.UsageError("--vote goes with a --require that is asked of votes: a strength, or settled")
    trusted, against = read_known(trust, receipts)
    checked: AbstractContextManager[Verification]
    named = named_place(source, ledger)
    bundle = named.kind == "bundle"
    if named.address is None:
        if since is not None or jobs is not None:
            raise click.UsageError("--since and --jobs are for ledgers; the audit of a published log is kept by itself")
        with progress() as shown:
            whole = whole or asked_of_votes  # a verdict on a reply rests on all that was ever timestamped
            checked = nullcontext(audited(named.text, trusted, against, shown, state, whole))
    elif state is not None or whole:
        raise click.UsageError("--state and --whole are for a published log: an http(s) address, or its folder")
    else:
        checked = verified(named.address, trusted, against, since=since, jobs=jobs)
    with checked as found:
        unwitnessed = "witnessed" in required and not found.witnessed
        outdated = "current" in required and not found.current
        asked = found.states if vote is None else _chosen(found, vote)
        unjudged = found.aside if asked_of_votes and vote is None else ()
        nothing = asked_of_votes and bundle and not (asked or unjudged)
        votes = _judged(found, asked, require, settled=settled, all_of_them=as_json)
        with answering():
            if as_json:
                print_json(
                    {
                        **verification_json(found),
                        "short": [_short_json(symbol, each) for symbol, each in votes.short],
                        "unsettled": [each.json for each in votes.unsettled],
                        "disproved": [each.json for each in votes.disproved],
                        "judged": len(asked) if asked_of_votes else None,
                        "unjudged": [_vote_json(name) for name in unjudged],
                    }
                )
            else:
                from ..terminal.verification import (
                    print_as_of,
                    print_not_current,
                    print_unjudged,
                    print_unwitnessed,
                    print_verification,
                )

                if bundle:
                    print_as_of(found.as_of, lang)
                print_verification(named.text, found, lang)
                _print_judged(votes, require, lang)
                if unjudged or nothing:
                    print_unjudged(unjudged, lang)
                if unwitnessed:
                    print_unwitnessed(lang, by_policy=trusted is not None and trusted.policy is not None)
                if outdated:
                    print_not_current(lang)
    failed = votes.fewer or votes.disproved or votes.unsettled or unjudged or nothing or unwitnessed or outdated
    failed = failed or not found.all_there
    return 0 if found.holds and not failed else 1


class _Named(NamedTuple):
    """A vote that changed since the close, or whose clock was proved wrong: as JSON, and in words."""

    name: str
    json: dict[str, Any]
    said: tuple[Said, ...]


class _Judged(NamedTuple):
    """What was required of single votes; ``fewer`` replies fall short, and ``short`` are those to show."""

    short: list[tuple[str, ReplyRecord]]
    fewer: int
    strengths: dict[str, Counter[str]]
    unsettled: list[_Named]
    disproved: list[_Named]


def _print_judged(votes: _Judged, require: Strength | None, lang: Language) -> None:
    from ..terminal.verification import print_disproved, print_short, print_strengths, print_unsettled

    print_strengths(votes.strengths, lang)
    if require and votes.fewer:
        print_short(require, votes.short, votes.fewer - len(votes.short), lang)
    if votes.disproved:
        print_disproved([(each.name, each.said) for each in votes.disproved], lang)
    if votes.unsettled:
        print_unsettled([(each.name, each.said) for each in votes.unsettled], lang)


def _chosen(found: Verification, vote: str) -> Mapping[str, VoteState]:
    if vote not in found.states:
        raise click.UsageError(
            f"no verdict on {vote!r} is here; there are those on {', '.join(found.states) or 'none'}"
        )
    return {vote: found.states[vote]}


def _judged(
    found: Verification, asked: Mapping[str, VoteState], require: Strength | None, *, settled: bool, all_of_them: bool
) -> _Judged:
    from ...ledger.projections.record import clocks_short_of, short_of

    short: list[tuple[str, ReplyRecord]] = []
    strengths: dict[str, Counter[str]] = {}
    unsettled: list[_Named] = []
    disproved: list[_Named] = []
    fewer, dated = 0, bool(found.bounds)  # which may ask every vote
    for symbol in asked if require or dated or settled else ():  # one vote is in memory at a time
        record = found.record(symbol, state=asked[symbol])
        if dated:
            strengths[symbol] = Counter(each.verdict.strength for each in record.replies)
        if settled and not record.settled:
            unsettled.append(_Named(symbol, _unsettled_json(symbol, record), record.beside_the_outcome))
        for finding in clocks_short_of(record, require) if require else ():
            told = {**_vote_json(symbol), "member": finding.member, "reply": finding.reply, "text": finding.text}
            disproved.append(_Named(symbol, told, (finding.text,)))
        less = short_of(record, require) if require else []
        fewer += len(less)
        short += ((symbol, each) for each in (less if all_of_them else less[: _SHOWN - len(short)]))
    return _Judged(short, fewer, strengths, unsettled, disproved)


def _vote_json(name: str) -> dict[str, Any]:
    from ...domain.naming import read_name

    draft, round_ = read_name(name)
    return {"draft": draft, "round": round_}


def _unsettled_json(name: str, record: Record) -> dict[str, Any]:
    from ...ledger.projections.record import close_json

    return {**_vote_json(name), "outcome": record.tally.outcome, **close_json(record)}


def _short_json(name: str, each: ReplyRecord) -> dict[str, Any]:
    reply = each.reply
    return {
        **_vote_json(name),
        "member": reply.act.member,
        "reply": reply.ordinal,
        "strength": each.verdict.strength,
        "not_proved": each.verdict.not_proved,
    }
