"""What leaves the house: checkpoints, bundles, and the comparison of two of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .desk.desk import ledger_address, open_ledger, reading
from .desk.files import is_bundle
from .desk.options import authorities_option, json_option, ledger_option
from .desk.output import answering, print_json

if TYPE_CHECKING:
    from ..ledger.operations.timestamps import Fetched
    from ..ledger.stores.address import Address


@click.command()
@ledger_option
def checkpoint(ledger: str | None) -> None:
    """Print the log's latest signed checkpoint.

    It is a C2SP signed note of the log's name, size and root, with the lines of the witnesses that cosigned it. Kept by
    somebody else, it shows later whether the ledger still holds the same entries.
    """
    from ..ledger.errors import LedgerError
    from ..ledger.log.log import cosigned_head

    with reading(ledger) as book:
        book.checkpoint()
        head = book.log.head()
        if head is None:
            raise LedgerError("the ledger has no checkpoint yet")
        click.echo(cosigned_head(book.log, head), nl=False)


@click.command()
@ledger_option
@authorities_option
@click.option("--anew", is_flag=True, help="Also where there is one: the next entry then shows that it is later.")
def timestamp(ledger: str | None, authorities: Path | None, anew: bool) -> int:
    """Fetch the timestamps that the latest checkpoint lacks.

    A token of a timestamp authority (RFC 3161) shows that every entry under the checkpoint existed by then. Commands
    that record ask for one by themselves where INBLUE_AUTHORITIES is set; this one asks again for what is missing.
    Exit status 1 if something still is.
    """
    from ..ledger.operations.timestamps import read_sources, stamp_head

    if authorities is None:
        raise click.UsageError("no authorities are named; give --authorities FILE or set INBLUE_AUTHORITIES")
    sources = read_sources(authorities)
    with open_ledger(ledger_address(ledger)) as book:
        fetched = {each.authority: each for each in stamp_head(book, sources, anew=anew)}
        size = book.checkpoint().size
    for source in sources:
        name = source.authority.name
        click.echo(f"{name}: {_told(fetched[name]) if name in fetched else 'is there already'} (size {size})")
    return 1 if any(each.fault for each in fetched.values()) else 0


def _told(fetched: Fetched) -> str:
    from ..domain.instant import format_instant

    if fetched.timestamp is None:
        return f"no timestamp: {fetched.fault}"
    return (
        f"{format_instant(fetched.timestamp.gen_time)}, give or take {fetched.timestamp.accuracy.total_seconds():g} s"
    )


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@ledger_option
@click.option("--vote", metavar="SYMBOL", help="The range of the log that holds this vote (default: the whole ledger).")
@click.option("--include-open", is_flag=True, help="Also if it discloses a vote that is not over.")
def export(path: Path, ledger: str | None, vote: str | None, include_open: bool) -> None:
    """Write an evidence bundle: one file that verifies by itself.

    The zip FILE takes the entries, the proofs, the files that the entries name, and the record. The same state of a
    ledger gives the same bytes.
    """
    from ..domain.wording import count
    from ..ledger.operations.export import export as write

    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"{path}: there is no folder {path.absolute().parent}")
    with reading(ledger) as book:
        done = write(book, path, vote=vote, include_open=include_open)
    entries = count(done.end - done.start, "entry", "entries")
    click.echo(f"wrote {path}: {done.size:,} bytes, {entries} ({done.start} to {done.end - 1}), verified")
    if done.others:
        click.echo(f"it also discloses entries of {', '.join(done.others)}")


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@json_option
def diff(a: str, b: str, as_json: bool) -> int:
    """Compare two ledgers or bundles of one log.

    Is B the same as A, extended, truncated, or forked? Exit status 0 if B is the same or extended, 1 if it is
    truncated, forked, or shares no entry with A. Entries are compared; whether they verify is for inblue verify.
    """
    from ..ledger.audit.compare import difference

    one, other = ledger_address(a), ledger_address(b)
    found = difference(_leaves(one), _leaves(other))
    where = {
        "same": "the same entries",
        "extended": f"extended: {other} goes on at entry {found.entry}",
        "truncated": f"truncated: {other} lacks entry {found.entry} and what follows",
        "forked": f"FORKED: entry {found.entry} is the first that differs",
        "apart": "apart: they share no entry, so that nothing can be said",
    }
    with answering():
        if as_json:
            print_json({"format": "inblue-diff/1", "relation": found.relation, "entry": found.entry})
        else:
            click.echo(where[found.relation])
    return 0 if found.relation in {"same", "extended"} else 1


def _leaves(place: Address) -> tuple[int, list[bytes]]:
    from ..ledger.evidence.bundle import leaves_of
    from ..ledger.standards.merkle import leaf_hash

    if is_bundle(place):
        return leaves_of(place)
    with open_ledger(place, read_only=True) as book:
        leaves: list[bytes] = []
        after = 0
        while page := book.streams.page(after, 500):
            leaves.extend(leaf_hash(stored.envelope) for stored in page)
            after = page[-1].position or 0
        return 0, leaves
