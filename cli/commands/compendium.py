"""``inblue compendium``: the letter that closes a vote and its annexes, or a plain report, from what is on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..desk.files import refuse_existing, write_new
from ..desk.options import FILE, lang_option, place_options, vote_option
from ..desk.output import tell
from ..desk.place import named_place, opened

if TYPE_CHECKING:
    from ..language.english import Language


@click.command()
@place_options
@vote_option
@lang_option
@click.option("--pdf", is_flag=True, help="An archival PDF instead (PDF/A, tagged).")
@click.option("--text", is_flag=True, help="Plain text instead.")
@click.option("-o", "--output", type=FILE, required=True, metavar="FILE", help="Where it is written.")
def compendium(
    source: str | None, ledger: str | None, vote: str | None, lang: Language, pdf: bool, text: bool, output: Path
) -> None:
    """Write the compendium of a vote, or a plain report.

    It is set as the United Nations sets one. Annex I is the opening letter with the draft; then come the replies in
    the English alphabetical order of the members, and the statements filed. Papers are in it as they were sent:
    their text, their pages, what a mail carries. At the end are notes of the record. It is not the document as
    issued, and a draft until a compendium letter is on record. Of a body that publishes no compendium a plain report
    of the decision is written: what was asked, who replied what and when, what it came to and why. SOURCE is a
    ledger, a bundle, or a published log in a folder or at an address. There must be nothing at FILE yet.
    """
    from ..compendium.text import text_of
    from ..desk.documents import compendium_or_report
    from ..documents.html import html_of

    if pdf and text:
        raise click.UsageError("--pdf or --text: it is written in one of them")
    refuse_existing(output)
    with opened(named_place(source, ledger)) as place:
        made = compendium_or_report(place.vote(place.which(vote)), place.files, lang, place.as_of)
        if text:
            content = text_of(made.blocks(), marked=lang.direction == "rtl")
        else:
            content = made.pdf() if pdf else html_of(made.title, made.blocks(), lang)
    write_new(output, content)
    tell(f"wrote {output}: {len(content):,} bytes, {made.extent}")
