"""``inblue play``: record whole histories from case files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..desk.desk import desk, keystore, ledger_address
from ..desk.options import FILE, REGISTRAR_KEY, ledger_option, passphrase_options
from ..desk.output import echo, tell
from ..desk.proof import seek_proof
from ..workspace.founding import founded_for

if TYPE_CHECKING:
    from ...ledger.ledger import Ledger


@click.command()
@click.argument("cases", type=FILE, metavar="CASE...", nargs=-1, required=True)
@ledger_option
@passphrase_options
@click.option("--key", default=REGISTRAR_KEY, show_default=True, help="Name of the key that signs.")
def play(
    cases: tuple[Path, ...], ledger: str | None, keys: Path | None, passphrase_file: Path | None, key: str
) -> None:
    """Record whole histories from case files.

    Every case is judged in full before anything is written, even a new ledger or key. Documented histories are then
    recorded in one go. A missing ledger is created, with keys beside it. Play a case again to finish a recording that
    was interrupted.
    """
    from ...domain.wording import count
    from ...ledger.operations.play import apart, play_all, read_case, rehearse_all
    from ...ledger.stores.streams import is_there

    place = ledger_address(ledger)
    histories = [(read_case(case), case.parent) for case in cases]
    whole, later = apart(histories)
    rehearse_all(whole)
    if later and not is_there(place):
        rehearse_all(histories)  # which reports that the round does not exist
    with ExitStack() as new:
        if not is_there(place):
            new.enter_context(founded_for(ledger, keys, passphrase_file))
            tell(f"founded {place}, keys in {keystore(ledger, keys).folder}")
        with desk(ledger, keys, key, passphrase_file, None) as at:
            played = play_all(at.ledger, histories, signer=at.signer, after=_proving(at.ledger))
    for (history, _), each in zip(histories, played, strict=True):
        before = f"; {count(each.standing, 'act')} on record already" if each.standing else ""
        label = " (SIMULATED)" if history.times == "simulated" else ""
        echo(f"recorded {count(each.recorded, 'act')} in {each.symbol}{label}{before}")


def _proving(ledger: Ledger) -> Callable[[datetime], None]:
    return lambda at: seek_proof(ledger, simulated_at=at)
