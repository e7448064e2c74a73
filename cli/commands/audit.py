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
@click.option("--mail", is_flag=True, help="Repeat the observations of messages offline, from what was kept.")
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

    A verdict says when the reply arrived relative to the window, how strong the evidence is, and what is not proved;
    --json includes the evidence. SOURCE is a ledger, a bundle, or a published log in a folder or at an address; for the
    last two the output says as of which entry the verdicts are. SOURCE is verified first, and what does not hold is not
    shown. With --trust it is also compared with what you know from elsewhere, and timestamps of the authorities in the
    trust file count as proof. The command says what it could not check without one.

    With --all each vote has one line: its outcome, the strengths of the replies that count, and the findings by
    severity.

    With --mail every observation of a message is repeated offline, with the DNS answers and the roots that were kept,
    as of the instant of the original check; and the person who checked is compared with the key that signed the entry.
    A different result, or one that cannot be read, is reported, with exit status 1.

    Findings do not change the exit status: 0 if everything holds, 1 if something does not, 2 if the call is wrong or
    there is nothing to read.
    """
    from ...ledger.evidence.trust import read_trust

    if every and vote is not None and is_typed("vote"):
        raise click.UsageError("--all shows every vote, and --vote one; give only one of them")
    if every and mail:
        raise click.UsageError("--mail does not go with --all; give --vote, or leave out --all")
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
    """Show the records; return whether an observation of a message differs when repeated, or cannot be read."""
    from ...ledger.projections.as_of import as_of_json
    from ...ledger.projections.record import audit_json
    from ...ledger.projections.shared_papers import shared_papers, shared_papers_json

    chosen = place.votes if vote is None and place.named.kind == "bundle" else place.chosen(vote)
    records = [place.record(name) for name in chosen]
    papers = shared_papers(record.state for record in records)
    looked = _again(place, records) if mail else []
    otherwise = not all(each.holds for each in looked)
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
