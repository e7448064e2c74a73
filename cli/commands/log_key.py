"""``inblue log-key``: announce and replace the key that signs checkpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import click

from ..desk.desk import keystore
from ..desk.options import INSTANT, agreement_options, signing_options
from ..desk.output import echo, tell
from ..desk.recording import agreed, recording_desk


@click.group(name="log-key")
def log_key() -> None:
    """Announce and replace the key that signs checkpoints."""


@log_key.command()
@click.argument("name")
@agreement_options
@signing_options
def announce(name: str, **given: Any) -> None:
    """Announce the key that will sign the log next.

    The present key vouches for it, so that whoever trusts the present key can follow the log to the next one, even if
    the present key is lost. Make NAME first with inblue key new, and keep it elsewhere until it is needed.
    """
    public = keystore(given["ledger"], given["keys"]).public(name)
    with recording_desk(given) as at:
        if agreed(("log_key_announced", {"name": name, "public_key": public.hex()})):
            at.ledger.announce_log_key(public, signer=at.signer)
            tell(f"announced {name} as the log's next key")


@log_key.command()
@click.argument("name")
@click.option(
    "--cause",
    required=True,
    type=click.Choice(["rotation", "loss", "compromise"]),
    help="The reason. A rotation needs the announced key.",
)
@click.option("--compromised-since", type=INSTANT, help="Since when the old key may have been compromised.")
@agreement_options
@signing_options
def replace(
    name: str, cause: Literal["rotation", "loss", "compromise"], compromised_since: datetime | None, **given: Any
) -> None:
    """Sign the log's checkpoints with NAME from now on.

    The key before it is not needed. If NAME was not announced in time, verification says that only the registrar
    vouches for it.
    """
    from ...domain.instant import format_instant

    with recording_desk(given, successor=name) as at:
        since = format_instant(compromised_since) if compromised_since else None
        if not agreed(("log_key_succeeded", {"name": name, "cause": cause, "compromised_since": since})):
            return
        announced = at.ledger.replace_log_key(
            at.log_signer, cause=cause, signer=at.signer, compromised_since=compromised_since
        )
    vouched = "the key before it" if announced else "the registrar alone, because it was not announced"
    echo(f"{name} signs the log from now on; vouched for by {vouched}")
