"""``inblue diff``: compare two ledgers or bundles of one log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..desk.desk import ledger_address, open_ledger
from ..desk.files import is_bundle
from ..desk.options import json_option
from ..desk.output import answering, echo, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...ledger.audit.compare import Shown
    from ...ledger.ledger import Ledger
    from ...ledger.stores.address import Address


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@json_option
def diff(a: str, b: str, as_json: bool) -> int:
    """Compare two ledgers or bundles of one log.

    Is B the same as A, extended, truncated, or forked? Exit status 0 if B is the same or extended; 1 if it is
    truncated, forked, of another log, or shares no entry with A. The entries are compared, and those of the register
    also outside a bundle's range. To check whether they hold, use inblue verify.
    """
    from ...ledger.audit.compare import difference

    one, other = ledger_address(a), ledger_address(b)
    found = difference(_shown(one), _shown(other))
    where = {
        "same": "the same entries",
        "extended": f"extended: {other} goes on at entry {found.entry}",
        "truncated": f"truncated: {other} lacks entry {found.entry} and what follows",
        "forked": f"FORKED: entry {found.entry} is the first that differs",
        "apart": "apart: they share no entry, so that nothing can be said",
        "unrelated": f"unrelated: two logs, which have {_WHAT.get(found.differs or '')}",
    }
    if found.in_register:
        where["truncated"] = f"truncated: {other} lacks entry {found.entry}, of the register"
    with answering():
        if as_json:
            told = {"format": "inblue-diff/1", "relation": found.relation, "entry": found.entry}
            print_json({**told, "differs": found.differs})
        else:
            echo(where[found.relation])
    return 0 if found.relation in {"same", "extended"} else 1


_WHAT = {"origin": "different names", "log_key": "different keys", "founding": "different first entries"}


def _shown(place: Address) -> Shown:
    from ...ledger.audit.compare import Shown
    from ...ledger.evidence.bundle import entries_of

    if is_bundle(place):
        return Shown.of(*entries_of(place))
    with open_ledger(place, read_only=True) as book:
        return Shown.of(0, _entries(book))


def _entries(book: Ledger) -> Iterator[bytes]:
    after = 0
    while page := book.streams.page(after, 500):
        yield from (stored.envelope for stored in page)
        after = page[-1].cursor
