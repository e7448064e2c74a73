"""``inblue import``: turn a printed document into a case file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from ..desk.files import read_file, refuse_existing
from ..desk.options import FILE, json_option
from ..desk.output import echo, print_json


@click.group(name="import")
def import_() -> None:
    """Turn a printed compendium into a case file."""


@import_.command()
@click.argument("file", type=FILE)
@click.option(
    "-o", "--output", type=FILE, metavar="FOLDER", help="The folder to write (default: only show the result)."
)
@click.option("--procedure", help="A built-in name, or a file (default: the one that the document cites).")
@click.option("--roster", help="A built-in roster (default: the Council's of that year).")
@click.option(
    "--question", default="substantive", show_default=True, help="The kind of question; the document does not print it."
)
@json_option
def compendium(
    file: Path, output: Path | None, procedure: str | None, roster: str | None, question: str, as_json: bool
) -> None:
    """Read a compendium, and make a case file of it (docs/compendium.md).

    FILE is the document as PDF or UTF-8 text, in Chinese or English. The command writes three things to FOLDER, which
    must be new: the case file, the texts that it attaches, and a list with the source of each field, what could not be
    read, and what the case needs but the document does not say. It leaves to a person any position that is not in plain
    words, or is in words of two. The case is tried before anything is written, and can be played: `inblue play
    FOLDER/NAME.case.json`.
    """
    from ...ledger.printed.case_of import case_of
    from ...ledger.printed.result import Choices

    if output is not None:
        refuse_existing(output)
    read = case_of(_text(file), str(file), Choices(procedure, roster, question))
    files = {f"{read.name}.case.json": read.case_file, f"{read.name}.import.json": read.report_file, **read.files}
    _write(files, f"{read.name}.case.json", output)
    if as_json:
        print_json(read.report)
        return
    acts = len(read.case["acts"])
    echo(f"{'wrote' if output is not None else 'read'} {read.name}: {acts} acts, {len(read.places)} fields with places")
    for each in read.unread:
        at = f" ({each.span.said()})" if each.span is not None else ""
        echo(f"not read: {each.what}{at}: {each.why}")
    for name, why in read.assumed:
        echo(f"not in the document: {name}: {why}")


def _text(file: Path) -> str:
    content = read_file(file)
    if content.startswith(b"%PDF-"):
        from ...ledger.intake.printed_text import text_of_pdf

        return text_of_pdf(content, str(file))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.UsageError(f"{file}: not a text in UTF-8, and not a PDF") from None


def _write(files: dict[str, bytes], case: str, folder: Path | None) -> None:
    """Write all of them to a new folder, or nothing, after recording the case among them in memory."""
    from ...ledger.operations.play import read_case, rehearse

    with tempfile.TemporaryDirectory(prefix=".inblue-", dir=folder.absolute().parent if folder else None) as place:
        made = Path(place) / "made"
        for path, content in files.items():
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_bytes(content)
        rehearse(read_case(made / case), made)
        if folder is not None:
            made.rename(folder)
