"""``inblue unlock``: one passphrase for a working session."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.desk import keystore
from ..desk.options import REGISTRAR_KEY, ledger_option, passphrase_options
from ..desk.output import echo, tell
from ..desk.signing import Keys
from ..project.settings import Setting

if TYPE_CHECKING:
    from ...ledger.devices.sitting import Secret


class DurationType(click.ParamType[Any]):
    """Minutes or hours: 45m, 8h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Parse the text."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([1-9][0-9]{0,3})(m|h)", str(value))
        length = timedelta(**{{"m": "minutes", "h": "hours"}[found[2]]: int(found[1])}) if found else timedelta(0)
        if not timedelta(0) < length <= timedelta(days=1):
            self.fail(f"{value!r} is not a length of time up to 24 hours; write 45m or 8h", param, ctx)
        return length


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--for", "length", type=DurationType(), default="8h", show_default=True, help="For how long, such as 45m or 8h."
)
@click.option("--own-agent", is_flag=True, help="Use an agent of inblue's own, even if an ssh-agent is running.")
@click.option(
    "--keyring", is_flag=True, help="Take the passphrase from the system's keyring; the first time, store it there."
)
@click.option(
    "--key",
    cls=Setting,
    envvar="INBLUE_KEY",
    default=REGISTRAR_KEY,
    show_default=True,
    help="The officer's key, which must be among those that are unlocked.",
)
@ledger_option
@passphrase_options
def unlock(
    names: tuple[str, ...],
    length: timedelta,
    own_agent: bool,
    keyring: bool,
    key: str,
    ledger: str | None,
    keys: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Enter the passphrase once, for a working session.

    Loads the keys that the passphrase opens, or only those NAMED, into the running ssh-agent, or else into an agent of
    inblue's own. Both keep the keys in memory only, and forget them when the time is up or when you run inblue lock.
    Until then commands sign without asking for the passphrase. What is to be signed is still shown before.

    Use an ssh-agent that runs on this machine, not one that is forwarded to another machine.
    """
    from ...domain.errors import Refused
    from ...ledger.clock import system_clock
    from ...ledger.devices.sitting import unlock as hand_over

    ring = Keys(keystore(ledger, keys), passphrase_file)
    held = [name for name in names or ring.store.names() if names or ring.store.where(name) is None]
    if not held:
        raise click.UsageError(f"no key is in {ring.store.folder}; inblue setup or inblue key new makes one")
    kept = keyring and ring.from_keyring()
    try:
        opened = _opened(ring, held, must=names or ((key,) if key in held else ()))
    except Refused as error:
        if not kept:
            raise
        text = f"the passphrase that the keyring keeps for {ring.store.folder} opens it no more; inblue lock --keyring"
        raise Refused(None, f"{text} makes the keyring forget it; then unlock again") from error
    if keyring:
        ring.to_keyring()
    to = hand_over(opened, round(length.total_seconds()), own=own_agent)
    until = (system_clock() + length).astimezone().strftime("%Y-%m-%d %H:%M")
    tell(f"unlocked {', '.join(each.name for each in opened)} until {until}, in {to}; inblue lock ends it")


def _opened(ring: Keys, names: list[str], *, must: tuple[str, ...]) -> list[Secret]:
    """The keys that the passphrase opens; those in ``must`` have to be among them."""
    from ...domain.errors import Refused
    from ...ledger.keystore import secret_of

    opened: list[Secret] = []
    for name in sorted(names, key=lambda each: each not in must):
        try:
            opened.append(secret_of(ring.store, name, ring.passphrase()))
        except Refused:
            if name in must or len(names) == 1:
                raise
            echo(f"{name} has another passphrase and is left out; name it to unlock it", err=True)
    if not opened:
        raise Refused(None, f"the passphrase opens no key in {ring.store.folder}")
    return opened
