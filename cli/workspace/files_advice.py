"""Advice on the files of a ledger: whether each file that an entry names is kept, with the right bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.errors import InblueError
from .advice import Advice

if TYPE_CHECKING:
    from ...ledger.ledger import Ledger

_PAGE = 500
_LISTED = 3


def on_files(ledger: Ledger, files: Path) -> Iterator[Advice]:
    """Whether the folder of the files exists, if entries name some, and has all of them."""
    from ...ledger.errors import NotFound

    if not files.is_dir():
        if ledger.register().procedures or ledger.votes():
            text = f"{files} is not there: the letters and documents that entries name are missing"
            yield Advice(
                "no_files", "missing", text, "bring it back beside the ledger, or name it: --files, INBLUE_FILES"
            )
        return
    missing: list[str] = []
    damaged: list[str] = []
    for sha256 in dict.fromkeys(_named(ledger)):
        try:
            ledger.files.get(sha256)
        except NotFound:
            missing.append(sha256)
        except InblueError:
            damaged.append(sha256)
    back = f"bring it back from a copy, into {files}/{{folder}}; inblue verify then shows that all is there"
    if missing:
        text = f"{_listed(missing)} named by entries and not kept in {files}"
        yield Advice("file_missing", "missing", text, back.format(folder=missing[0][:2]))
    if damaged:
        text = f"{_listed(damaged)} kept in {files} with other bytes than when an entry named it"
        yield Advice("file_damaged", "unsafe", text, back.format(folder=damaged[0][:2]))


def _listed(found: list[str]) -> str:
    names = ", ".join(each[:16] for each in found[:_LISTED]) + (", ..." if len(found) > _LISTED else "")
    return f"the file {names} is" if len(found) == 1 else f"{len(found)} files ({names}) are"


def _named(ledger: Ledger) -> Iterator[str]:
    """The digests of all files that entries name or pin; other advice reports an entry that cannot be read."""
    from ...ledger.audit.kept_files import digests_of, pinned_by
    from ...ledger.audit.message_checks import kept_by
    from ...ledger.entries.entry import read_entry

    position = 0
    while page := ledger.streams.page(position, _PAGE):
        for stored in page:
            with suppress(InblueError):
                act = read_entry(stored.envelope).act
                yield from digests_of(act)
                yield from kept_by(act)
                yield from pinned_by(act, ledger.documents.snapshot)
        position = page[-1].cursor
