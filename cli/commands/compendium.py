"""``inblue compendium``: the President's letter and its annexes, made from what is on record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..desk.desk import ledger_address, reading, which_vote
from ..desk.files import is_bundle, refuse_existing, write_new
from ..desk.options import FILE, lang_option, ledger_option, vote_option
from ..desk.output import echo

if TYPE_CHECKING:
    from ...domain.state import VoteState
    from ...ledger.entries.files import Files
    from ...ledger.projections.as_of import AsOf
    from ..language.english import Language


@click.command()
@ledger_option
@vote_option
@lang_option
@click.option("--pdf", is_flag=True, help="An archival PDF instead (PDF/A, tagged).")
@click.option("-o", "--output", type=FILE, required=True, metavar="FILE", help="Where it is written.")
def compendium(ledger: str | None, vote: str | None, lang: Language, pdf: bool, output: Path) -> None:
    """Write the President's letter and its annexes.

    Annex I is the opening letter with the draft; then come the replies in the English alphabetical order of the
    members, and the statements filed. What the ledger holds is embedded, what it does not is described. It is made
    from the record, and is not the document as issued. --ledger may name a bundle. There must be nothing at FILE yet.
    """
    from ...ledger.projections.compendium import compendium_of
    from ..documents.compendium import Annexes

    refuse_existing(output)
    with _source(ledger, vote) as (state, files, as_of):
        made = compendium_of(state, files)
    annexes = Annexes(made, lang, as_of)
    if pdf:
        content = annexes.pdf()
    else:
        from ..documents.html import html_of

        content = html_of(annexes.title, annexes.blocks(), lang)
    write_new(output, content)
    echo(f"wrote {output}: {len(content):,} bytes, {len(made.annexes)} annexes")


@contextmanager
def _source(address: str | None, vote: str | None) -> Iterator[tuple[VoteState, Files, AsOf | None]]:
    """The vote meant and the papers kept with it, in a ledger or in a bundle that holds, and what state that shows."""
    path = ledger_address(address)
    if not is_bundle(path):
        with reading(address) as book:
            yield book.vote(which_vote(book, vote)), book.files, None
        return
    from ...ledger.audit.bundle import verify_bundle
    from ...ledger.errors import Broken
    from ...ledger.evidence.bundle import BundleFiles
    from ...ledger.evidence.container import Container

    found = verify_bundle(path)
    if not found.holds:
        raise Broken(f"{path} does not hold: {found.problems[0].text}; run inblue verify")
    if vote is None and len(found.states) == 1:
        vote = next(iter(found.states))
    if vote is None or vote not in found.states:
        there = ", ".join(found.states) or "none"
        raise click.UsageError(f"which vote? Give --vote, one of {there}")
    with Container.open(path) as container:
        yield found.states[vote], BundleFiles(container), found.as_of
