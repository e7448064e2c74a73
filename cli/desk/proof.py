"""Outside proof for what was recorded: timestamps and cosignatures of those named by environment or project file."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..project.settings import setting
from .output import echo

if TYPE_CHECKING:
    from ...ledger.ledger import Ledger


def seek_proof(ledger: Ledger, *, simulated_at: datetime | None = None, opens_at: datetime | None = None) -> None:
    """Have the log's head timestamped and cosigned, if environment or project file name authorities and witnesses.

    A failure is reported, and stops nothing. ``opens_at`` is the instant of an opening, which replies should be shown
    to follow.
    """
    from ...domain.errors import InblueError

    authorities, policy = setting("authorities"), setting("policy")
    try:
        if authorities:
            _stamp(ledger, Path(authorities.value), simulated_at, opens_at)
        if policy:
            _cosign(ledger, Path(policy.value))
    except InblueError as error:
        echo(f"the act is recorded, but without outside proof: {error}", err=True)


def _stamp(ledger: Ledger, authorities: Path, simulated_at: datetime | None, opens_at: datetime | None) -> None:
    from ...ledger.operations.authorities import read_sources
    from ...ledger.operations.timestamps import stamp_behind, stamp_head

    sources = read_sources(authorities)
    if opens_at is None:
        fetched = stamp_head(ledger, sources, simulated_at=simulated_at)
    else:
        fetched = stamp_behind(ledger, sources, opens_at, time.sleep)
    for stamped in fetched:
        if stamped.fault:
            echo(f"no timestamp of {stamped.authority} yet: {stamped.fault}; see inblue timestamp", err=True)


def _cosign(ledger: Ledger, policy: Path) -> None:
    from ...ledger.operations.cosign import cosign_head
    from ...ledger.standards.witness_policy import read_policy

    for asked in cosign_head(ledger, read_policy(policy)):
        if asked.fault:
            echo(f"{asked.witness} has not cosigned: {asked.fault}; see inblue witness ask", err=True)
