"""Verifying what a command is given: a ledger, a bundle or a published log."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..terminal.progress import progress
from .desk import open_ledger
from .files import is_bundle, read_file

if TYPE_CHECKING:
    from ...ledger.audit.finish import Against
    from ...ledger.audit.result import Verification
    from ...ledger.audit.whole_ledger import Progress
    from ...ledger.evidence.trust import Trust
    from ...ledger.ledger import Ledger
    from ...ledger.published.source import Source
    from ...ledger.stores.address import Address


def read_known(trust: Path | None, receipts: tuple[Path, ...] = ()) -> tuple[Trust | None, Against | None]:
    """What the reader knows from elsewhere: a trust file, and members' receipts to check; None without either."""
    from ...ledger.evidence.trust import read_trust

    known = read_trust(trust) if trust else None
    if not receipts:
        return known, None
    from ...ledger.audit.receipt_checks import read_surfaced

    return known, read_surfaced(receipts)


@contextmanager
def verified(
    place: Address,
    trust: Trust | None,
    against: Against | None,
    *,
    since: Path | None = None,
    jobs: int | None = None,
) -> Iterator[Verification]:
    """What the checks found. The single votes of a ledger are read while it is open."""
    if is_bundle(place):
        from ...ledger.audit.bundle import verify_bundle

        if since is not None or jobs is not None:
            raise click.UsageError(
                "--since and --jobs are for ledgers; a bundle is always checked in full, in one process"
            )
        yield verify_bundle(place, trust, against=against)
        return
    with (
        open_ledger(place, read_only=True) as book,
        verified_ledger(book, place, trust, against, since=since, jobs=jobs) as found,
    ):
        yield found


@contextmanager
def verified_ledger(
    book: Ledger,
    place: Address,
    trust: Trust | None,
    against: Against | None = None,
    *,
    since: Path | None = None,
    jobs: int | None = None,
) -> Iterator[Verification]:
    """As :func:`verified`, for an open ledger."""
    with progress() as shown:
        if since is not None:
            from ...ledger.audit.since import verify_since

            found = verify_since(
                read_file(since), book.streams, book.log, book.files, trust=trust, against=against, progress=shown
            )
        else:
            from ...ledger.audit.whole_ledger import verify as run
            from ...ledger.stores.streams import open_streams

            found = run(
                book.streams,
                book.log,
                book.files,
                trust=trust,
                against=against,
                progress=shown,
                jobs=jobs or os.cpu_count() or 1,
                reopen=partial(open_streams, place, read_only=True),
            )
    yield found


def source_of(text: str) -> Source:
    """Where the files of a published log come from: an address, or a folder."""
    from ...ledger.published.source import FolderSource, HttpSource

    return HttpSource(text) if "://" in text else FolderSource(Path(text))


def audited(
    source: str,
    trust: Trust | None,
    against: Against | None,
    progress: Progress | None,
    state: Path | None,
    whole: bool,
    *,
    only_reading: bool = False,
) -> Verification:
    """Verify a published log, from where the last audit ended.

    ``only_reading`` compares it with the audit that is kept, and does not change that; without one, it creates it.
    """
    from ...ledger.audit.published_log import verify_tiles

    address = source if "://" in source else str(Path(source).absolute())
    state = state or _state_folder() / f"{hashlib.sha256(address.rstrip('/').encode()).hexdigest()[:32]}.json"
    remember = not only_reading or not state.exists()
    return verify_tiles(
        source_of(source), trust, against=against, progress=progress, state=state, whole=whole, remember=remember
    )


def _state_folder() -> Path:
    """Where a program keeps data that must persist (XDG base directories); a cache may be emptied at any time."""
    home = os.environ.get("XDG_STATE_HOME", "")
    return (Path(home) if home.startswith("/") else Path.home() / ".local" / "state") / "inblue" / "audits"
