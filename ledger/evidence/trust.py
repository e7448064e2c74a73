"""The trust file: what an auditor knows from elsewhere, and holds a ledger or bundle against.

A JSON file, ``inblue-trust/1``: the log's ``origin`` and ``log_key`` (a C2SP vkey, the present one or an earlier one),
the key ids that may have founded it (``registrar``), notes of ``checkpoints`` seen earlier, the timestamp
``authorities`` to believe, and the ``policy`` (C2SP tlog-policy, as text) that says which witnesses count. Every bundle
carries such a file of its own, ``claims.json``: claims, until the reader has them from somebody else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ...domain.errors import MalformedError
from ...domain.payload import Digest, Document, Line, Vkey
from ..standards.timestamp import Authority
from ..standards.witness_policy import MAX_BYTES, parse_policy

MAX_TRUST_BYTES = 1_000_000
"""Bytes of a trust file at most."""


class Trust(Document):
    """What is taken as known. A null field says nothing, and nothing is held against it."""

    format: Literal["inblue-trust/1"] = "inblue-trust/1"
    origin: Line | None = None
    log_key: Vkey | None = None
    registrar: tuple[Digest, ...] = ()
    checkpoints: tuple[str, ...] = Field(default=(), max_length=1000)
    authorities: tuple[Authority, ...] = Field(default=(), max_length=100)
    policy: Annotated[str, StringConstraints(max_length=MAX_BYTES)] | None = None

    @model_validator(mode="after")
    def _policy_is_one(self) -> Self:
        if self.policy is not None:
            parse_policy(self.policy)
        return self


def read_trust(path: Path) -> Trust:
    """Read a trust file.

    Raises:
        MalformedError: it cannot be read, or is not one.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise MalformedError(f"{path}: {error.strerror}") from None
    return Trust.read(raw, where=str(path), limit=MAX_TRUST_BYTES)
