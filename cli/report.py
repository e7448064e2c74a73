"""The command that writes the page."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import FILE, lang_option, ledger_path, trust_option, vote_option

if TYPE_CHECKING:
    from ..ledger.trust import Trust
    from .language import Language
    from .page import Page


@click.command()
@click.argument("source", envvar="INBLUE_LEDGER", metavar="LEDGER-OR-BUNDLE", required=False)
@vote_option
@trust_option
@lang_option
@click.option("-o", "--output", type=FILE, required=True, metavar="FILE", help="Where the page is written.")
def report(source: str | None, vote: str | None, trust: Path | None, lang: Language, output: Path) -> int:
    """Write the record of a vote as one HTML page that checks itself.

    The page needs no network. It carries the entries and proofs, and checks them in the reader's browser. A bundle that
    does not hold gives a page that says so, and exit status 1. There must be nothing at FILE yet.
    """
    from ..ledger.trust import read_trust

    known = read_trust(trust) if trust else None
    if output.exists():
        raise click.UsageError(f"{output}: something is there already; nothing was changed")
    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"{output}: there is no folder {output.absolute().parent}")
    page = _page(ledger_path(source), vote, known, lang)
    _write(output, page.html.encode())
    holds = page.verification.holds
    click.echo(
        f"wrote {output}: {output.stat().st_size:,} bytes" + ("" if holds else "; it says that it DOES NOT HOLD")
    )
    return 0 if holds else 1


def _page(path: Path, vote: str | None, trust: Trust | None, lang: Language) -> Page:
    from ..ledger.export import export
    from .evidence import is_bundle
    from .options import reading, which_vote
    from .page import build_page, votes_in

    if is_bundle(path):
        votes = votes_in(path)
        if vote is not None and vote not in votes:
            raise click.UsageError(f"no vote on {vote!r} is in the bundle; there is {', '.join(votes[:10]) or 'none'}")
        if vote is None and len(votes) != 1:
            raise click.UsageError(f"which vote? Give --vote, one of {', '.join(votes[:10]) or 'none'}")
        return build_page(path, vote or votes[0], trust, lang)
    with reading(str(path)) as book, tempfile.TemporaryDirectory(prefix="inblue-") as folder:
        symbol = which_vote(book, vote)
        bundle = export(book, Path(folder) / "vote.zip", vote=symbol, include_open=True).path
        return build_page(bundle, symbol, trust, lang)


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, and never over what is there."""
    with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".inblue-") as folder:
        draft = Path(folder) / "page"
        draft.write_bytes(content)
        try:
            os.link(draft, path)
        except FileExistsError:
            raise click.UsageError(f"{path}: something is there already; nothing was changed") from None
