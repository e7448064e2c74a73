"""The command that writes the record of a vote as a page, or on paper."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..desk.files import refuse_existing, write_new
from ..desk.options import FILE, lang_option, place_options, trust_option, vote_option
from ..desk.output import tell
from ..desk.place import Named, as_ledger, named_place, which_of

if TYPE_CHECKING:
    from ...ledger.audit.result import Verification
    from ...ledger.evidence.trust import Trust
    from ..language.english import Language


@click.command()
@place_options
@vote_option
@trust_option
@lang_option
@click.option("--pdf", is_flag=True, help="Write an archival PDF instead (PDF/A, tagged).")
@click.option("-o", "--output", type=FILE, required=True, metavar="FILE", help="The file to write.")
def report(
    source: str | None,
    ledger: str | None,
    vote: str | None,
    trust: Path | None,
    lang: Language,
    pdf: bool,
    output: Path,
) -> int:
    """Write the record of a vote as one HTML page that checks itself.

    The page needs no network: it carries the entries and proofs, and checks them in the reader's browser. SOURCE is a
    ledger, a bundle, or a published log in a folder or at an address. If a bundle does not hold, the page says so, and
    the exit status is 1. FILE must not exist yet.
    """
    from ...ledger.evidence.trust import read_trust

    known = read_trust(trust) if trust else None
    refuse_existing(output)
    with _bundle(named_place(source, ledger), vote) as (path, symbol):
        content, found = _paper(path, symbol, known, lang) if pdf else _page(path, symbol, known, lang)
    write_new(output, content)
    said = "" if found.holds else "; it says that it DOES NOT HOLD"
    tell(f"wrote {output}: {len(content):,} bytes{said}")
    return 0 if found.holds else 1


@contextmanager
def _bundle(named: Named, vote: str | None) -> Iterator[tuple[Path, str | None]]:
    """The bundle of the vote, a temporary one if the place is not a bundle, and the vote's name."""
    from ...ledger.operations.export import export
    from ..documents.page import votes_in

    if named.kind == "bundle" and isinstance(named.address, Path):
        votes = votes_in(named.address)
        if vote is not None and vote not in votes:
            raise click.UsageError(f"no vote on {vote!r} is in the bundle; there is {', '.join(votes[:10]) or 'none'}")
        if vote is None and len(votes) != 1:
            raise click.UsageError(f"which vote? Give --vote, one of {', '.join(votes[:10]) or 'none'}")
        yield named.address, vote or votes[0]
        return
    with as_ledger(named) as book, tempfile.TemporaryDirectory(prefix="inblue-") as folder:
        name = which_of(book, named, vote)
        yield export(book, Path(folder) / "vote.zip", vote=name, include_open=True).path, name


def _page(path: Path, symbol: str | None, trust: Trust | None, lang: Language) -> tuple[bytes, Verification]:
    from ..documents.page import build_page

    page = build_page(path, symbol, trust, lang)
    return page.html.encode(), page.verification


def _paper(path: Path, symbol: str | None, trust: Trust | None, lang: Language) -> tuple[bytes, Verification]:
    from ...ledger.audit.bundle import verify_bundle
    from ..documents.record_pdf import record_pdf

    found = verify_bundle(path, trust)
    state = found.states.get(symbol or "")
    records = [] if state is None else [found.record(state.name)]
    return record_pdf(records, found, lang), found
