"""``inblue compendium``: the letter that closes a vote and its annexes, or a plain report, from what is on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..desk.files import refuse_existing, write_new
from ..desk.options import FILE, lang_option, place_options, templates_option, vote_option
from ..desk.output import tell
from ..desk.place import named_place, opened

if TYPE_CHECKING:
    from ..language.english import Language


@click.command()
@place_options
@vote_option
@lang_option
@templates_option
@click.option("--pdf", is_flag=True, help="Write an archival PDF instead (PDF/A, tagged).")
@click.option("--text", is_flag=True, help="Write plain text instead.")
@click.option("-o", "--output", type=FILE, required=True, metavar="FILE", help="The file to write.")
def compendium(
    source: str | None,
    ledger: str | None,
    vote: str | None,
    lang: Language,
    templates: Path | None,
    pdf: bool,
    text: bool,
    output: Path,
) -> None:
    """Write the compendium of a vote, or a plain report.

    It follows the layout of the United Nations. Annex I is the opening letter with the draft; then come the replies in
    the English alphabetical order of the members, and the statements filed. Papers are included as they were sent:
    their text, their pages, or what a mail carries. Notes of the record are at the end. It is not the document as
    issued, and it is marked as a draft until the result is announced and a compendium letter is on record. For a body
    that publishes no compendium, it is a plain report of the decision: what was asked, who replied what and when, the
    outcome and its reasons. SOURCE is a ledger, a bundle, or a published log in a folder or at an address. FILE must
    not exist yet.
    """
    from ..compendium.text import text_of
    from ..desk.documents import compendium_or_report
    from ..documents.html import html_of

    if pdf and text:
        raise click.UsageError("--pdf and --text do not go together; give only one")
    refuse_existing(output)
    with opened(named_place(source, ledger)) as place:
        state = place.vote(place.which(vote))
        made = compendium_or_report(state, place.files, lang, place.as_of, templates)
        if text:
            content = text_of(made.blocks(), lang)
        else:
            content = made.pdf() if pdf else html_of(made.title, made.blocks(), lang)
    write_new(output, content)
    tell(f"wrote {output}: {len(content):,} bytes, {made.extent}")
