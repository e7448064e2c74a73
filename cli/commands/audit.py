"""``inblue audit``: the record of a vote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..desk.desk import ledger_address
from ..desk.files import is_bundle
from ..desk.options import json_option, lang_option, ledger_option, trust_option, vote_option
from ..desk.output import print_json
from ..desk.verifying import read_known, verified

if TYPE_CHECKING:
    from ..language.english import Language


@click.command()
@ledger_option
@vote_option
@trust_option
@lang_option
@json_option
def audit(ledger: str | None, vote: str | None, trust: Path | None, lang: Language, as_json: bool) -> None:
    """Show the record: a verdict on each reply, findings by clause.

    A verdict says where the arrival falls, how strongly that is evidenced, and what is not proved; --json has the
    evidence too. The whole log is verified first; what does not hold is not shown. With --trust it is held against what
    you know from elsewhere, and the timestamps of authorities that the trust file names count as proof; what was not
    checked for want of it is said. --ledger may name a bundle; it is then said as of which entry the verdicts are.

    Findings do not change the exit status: it says only whether the ledger could be read.
    """
    from ...ledger.errors import Broken
    from ...ledger.projections.as_of import as_of_json
    from ...ledger.projections.record import audit_json, record_of
    from ...ledger.projections.shared_papers import shared_papers, shared_papers_json

    place = ledger_address(ledger)
    with verified(place, *read_known(trust)) as found:
        if not found.holds:
            raise Broken(f"{place} does not hold: {found.problems[0].text}; run inblue verify")
        if vote is not None and vote not in found.states:
            where = "here" if is_bundle(place) else "on record"
            raise click.UsageError(f"no vote on {vote!r} is {where}; there is {', '.join(found.states) or 'none yet'}")
        if not found.states and not is_bundle(place):
            raise click.UsageError("the ledger holds no vote yet; begin with inblue draft circulate, or inblue play")
        chosen = found.states if vote is None else {vote: found.states[vote]}
        records = [record_of(state, found.bounds.get(symbol)) for symbol, state in chosen.items()]
    papers = shared_papers(record.state for record in records)
    if as_json:
        votes, listed = [audit_json(record) for record in records], shared_papers_json(papers)
        print_json(
            {
                "format": "inblue-audit/1",
                "as_of": as_of_json(found.as_of),
                "trusted": found.trusted,
                "votes": votes,
                "shared_papers": listed,
            }
        )
    else:
        from ..terminal.record import print_record, print_shared_papers
        from ..terminal.verification import print_as_of, print_unchecked

        if is_bundle(place):
            print_as_of(found.as_of, lang)
        for record in records:
            print_record(record, lang)
        print_shared_papers(papers, lang)
        print_unchecked(found, given=trust is not None, lang=lang)
