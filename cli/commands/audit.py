"""``inblue audit``: the record of a vote."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.options import json_option, lang_option, place_options, trust_option, vote_option
from ..desk.output import print_json, print_json_line
from ..desk.place import Place, named_place, opened
from ..project.settings import is_typed

if TYPE_CHECKING:
    from ...ledger.observing.on_record import Again
    from ...ledger.projections.record import Record
    from ..language.english import Language


@click.command()
@place_options
@vote_option
@trust_option
@click.option("--all", "every", is_flag=True, help="One line for each vote; with --json, one line of JSON.")
@click.option("--mail", is_flag=True, help="Look again at what was observed in messages, offline, by what was kept.")
@lang_option
@json_option
def audit(
    source: str | None,
    ledger: str | None,
    vote: str | None,
    trust: Path | None,
    every: bool,
    mail: bool,
    lang: Language,
    as_json: bool,
) -> None:
    """Show the record: a verdict on each reply, findings by clause.

    A verdict says where the arrival falls, how strongly that is evidenced, and what is not proved; --json has the
    evidence too. SOURCE is a ledger, a bundle, or a published log in a folder or at an address; it is then said as of
    which entry the verdicts are. All of it is verified first; what does not hold is not shown. With --trust it is
    compared with what you know from elsewhere, and the timestamps of authorities that the trust file names count as
    proof; what was not checked for want of it is said.

    With --all each vote has one line: outcome, strengths of the replies that count, findings by severity.

    With --mail everything is looked for again that an observation says of a message: with the answers of DNS and the
    roots that were kept, at the instant of checking, and with no network. What comes out otherwise is said, and is 1.

    Findings do not change the exit status: 0 says that all of it holds, 1 that something does not, 2 that the call is
    wrong or there is nothing to read.
    """
    from ...ledger.evidence.trust import read_trust

    if every and vote is not None and is_typed("vote"):
        raise click.UsageError("--all shows every vote, and --vote one; give one of the two")
    if every and mail:
        raise click.UsageError("--mail is not for --all; give --vote, or leave --all out")
    known, otherwise = read_trust(trust) if trust is not None else None, False
    with opened(named_place(source, ledger), trust=known, whole=True) as place:
        if every:
            _print_all(place, lang, as_json=as_json)
        else:
            otherwise = _print(place, vote, lang, mail=mail, as_json=as_json)
        if not as_json and place.found is not None:
            from ..terminal.verification import print_unchecked

            print_unchecked(place.found, given=trust is not None, lang=lang)
    if otherwise:
        sys.exit(1)


def _print(place: Place, vote: str | None, lang: Language, *, mail: bool, as_json: bool) -> bool:
    """The records; gives whether what was observed in a message comes out otherwise."""
    from ...ledger.projections.as_of import as_of_json
    from ...ledger.projections.record import audit_json
    from ...ledger.projections.shared_papers import shared_papers, shared_papers_json

    chosen = place.votes if vote is None and place.named.kind == "bundle" else place.chosen(vote)
    records = [place.record(name) for name in chosen]
    papers = shared_papers(record.state for record in records)
    looked = _again(place, records) if mail else []
    otherwise = any(each.read and not each.holds for each in looked)
    if as_json:
        votes, listed = [audit_json(record) for record in records], shared_papers_json(papers)
        print_json(
            {
                "format": "inblue-audit/1",
                "as_of": as_of_json(place.as_of),
                "trusted": place.trusted,
                "votes": votes,
                "shared_papers": listed,
                **_mail_json(looked, mail=mail),
            }
        )
        return otherwise
    from ..terminal.record import print_record, print_shared_papers
    from ..terminal.verification import print_as_of

    if place.named.kind != "ledger":
        print_as_of(place.as_of, lang)
    for record in records:
        print_record(record, lang)
    print_shared_papers(papers, lang)
    if mail:
        from ..terminal.verification import print_again

        print_again(looked, lang)
    return otherwise


def _again(place: Place, records: list[Record]) -> list[Again]:
    from ...ledger.observing.on_record import again

    return list(again(records, place.files))


def _mail_json(looked: list[Again], *, mail: bool) -> dict[str, Any]:
    from ...ledger.observing.on_record import again_json

    return {"mail": [again_json(each) for each in looked]} if mail else {}


def _print_all(place: Place, lang: Language, *, as_json: bool) -> None:
    """A line for each vote; one record is in memory at a time."""
    from ...ledger.projections.as_of import as_of_json
    from ...ledger.projections.summary import summary_json, summary_of

    summaries = (summary_of(place.record(name)) for name in place.votes)
    if as_json:
        about = {"format": "inblue-audit-line/1", "as_of": as_of_json(place.as_of), "trusted": place.trusted}
        for summary in summaries:
            print_json_line({**about, **summary_json(summary)})
        return
    from ..terminal.record import print_summary_lines
    from ..terminal.verification import print_as_of

    print_as_of(place.as_of, lang)
    print_summary_lines(summaries, lang)
