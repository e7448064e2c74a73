"""The JSON Schemas of every format: those that models give, and those that are shipped as files."""

from __future__ import annotations

import json
from pathlib import Path

SCHEMAS = (
    "audit",
    "audit-line",
    "authorities",
    "authority",
    "ballot",
    "ballot-file",
    "blank",
    "bundle-log",
    "case",
    "changes",
    "consideration",
    "cosigned-line",
    "delegation-request",
    "delegation-welcome",
    "diff",
    "doctor",
    "entries",
    "entry",
    "envelope",
    "import",
    "inbox",
    "keys",
    "lookup",
    "mail-observation",
    "mending",
    "presidencies",
    "problem",
    "procedure",
    "procedure-check",
    "procedure-diff",
    "procedure-try",
    "proof",
    "receipt",
    "receipt-check",
    "record",
    "replay",
    "roster",
    "served-votes",
    "settings",
    "snapshot",
    "status",
    "timestamp-line",
    "trust",
    "verify",
    "votes",
)


def schema_of(name: str) -> dict[str, object]:
    """The schema called ``name``, one of :data:`SCHEMAS`."""
    from ...domain.case import case_schema
    from ...domain.procedure import procedure_schema
    from ...domain.roster import Roster

    if name == "case":
        return case_schema()
    if name == "procedure":
        return procedure_schema()
    if name == "roster":
        return Roster.model_json_schema()
    shipped: dict[str, object] = json.loads((Path(__file__).parents[1] / "schemas" / f"{name}.json").read_bytes())
    return shipped
