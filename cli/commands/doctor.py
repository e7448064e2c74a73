"""``inblue doctor``: what is missing, unsafe or soon out of date, with the command that fixes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...domain.errors import InblueError
from ..desk.desk import keystore, ledger_address, open_ledger, the_procedure
from ..desk.options import REGISTRAR_KEY, json_option, keys_option, ledger_option
from ..desk.output import echo, print_json
from ..project.settings import setting, the_project

if TYPE_CHECKING:
    from ..workspace.advice import Advice


@click.command()
@ledger_option
@keys_option
@json_option
def doctor(ledger: str | None, keys: Path | None, as_json: bool) -> int:
    """Say what is missing, unsafe or soon out of date.

    Each line ends with the command that fixes it. The check changes nothing, asks for no passphrase and uses no
    network; it reads every file that an entry names. Exit status 1 if something needs fixing; a note may be as you want
    it.
    """
    found = list(_looked_over(ledger, keys))
    to_mend = [each for each in found if each.matter != "note"]
    if as_json:
        print_json({"format": "inblue-doctor/1", "well": not to_mend, "advice": [each._asdict() for each in found]})
        return 1 if to_mend else 0
    for each in (*to_mend, *(each for each in found if each.matter == "note")):
        echo(f"{each.matter:<8} {each.text}")
        echo(f"         fix: {each.mend}")
    echo(f"{len(to_mend)} to fix, {len(found) - len(to_mend)} to note" if found else "nothing is missing or unsafe")
    return 1 if to_mend else 0


def _looked_over(ledger: str | None, keys: Path | None) -> Iterator[Advice]:
    from ...ledger.clock import system_clock
    from ...ledger.stores.address import beside
    from ...ledger.stores.streams import is_there
    from ..workspace import desk_advice, files_advice, ledger_advice
    from ..workspace.advice import Advice

    now, authorities, policy = system_clock(), _path("authorities"), _path("policy")
    if the_project(click.get_current_context()) is None:
        yield Advice("no_project", "note", "no project file here or in a folder above", "inblue setup")
    yield from desk_advice.on_secrets()
    if ledger is None:
        yield Advice("no_ledger", "missing", "no ledger is named", "inblue setup, or --ledger")
        return
    address, store = ledger_address(ledger), keystore(ledger, keys)
    files = _path("files") or beside(address, "files")
    yield from desk_advice.on_modes(address if isinstance(address, Path) else None, store.folder, files)
    key = setting("key")
    yield from desk_advice.on_key_files(store.folder, key.value if key else REGISTRAR_KEY)
    yield from desk_advice.on_authorities(authorities, now)
    yield from desk_advice.on_witnesses(policy)
    if not is_there(address):
        yield Advice("no_ledger", "missing", f"{address}: no such ledger", "inblue setup, or inblue init")
        return
    procedure = setting("procedure")
    rules = the_procedure(procedure.value if procedure else "unsc-2020-253")
    try:
        with open_ledger(address, read_only=True) as book:
            yield from ledger_advice.on_the_register(book, rules, now)
            yield from ledger_advice.on_pending_timestamps(book, authorities)
            yield from ledger_advice.on_policy(book, policy)
            missing = list(files_advice.on_files(book, files))
            yield from missing
            if not missing:  # what follows reads them
                yield from ledger_advice.on_the_log(book, store, now)
                yield from ledger_advice.on_formats(book)
    except InblueError as error:
        yield Advice("ledger_unread", "missing", str(error), "inblue verify")


def _path(field: str) -> Path | None:
    found = setting(field)
    return None if found is None else Path(found.value)
