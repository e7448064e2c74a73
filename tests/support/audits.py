"""Audits of a published log that is served, and the names of its files."""

from __future__ import annotations

from pathlib import Path

from shelf import ShelfServer

from inblue.ledger.audit.checks import NAMES
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.audit.result import Verification
from inblue.ledger.published.source import HttpSource


def failed(found: Verification) -> set[str]:
    return {NAMES[problem.check - 1] for problem in found.problems}


def audit(server: ShelfServer, state: Path | None = None, **given: object) -> Verification:
    source = HttpSource(server.address, seconds=2, wait=0.01)
    return verify_tiles(source, state=state, **given)  # type: ignore[arg-type]


def names_of(public: Path) -> list[str]:
    return sorted(str(path.relative_to(public)) for path in public.rglob("*") if path.is_file() and path.name != "lock")
