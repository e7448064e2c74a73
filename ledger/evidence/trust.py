"""The trust file: what an auditor already knows, and compares a ledger or bundle with.

A JSON file, ``inblue-trust/2``: the log's ``origin`` and ``log_key`` (a C2SP vkey, the present one or an earlier one),
the key ids that may have founded it (``registrar``), notes of ``checkpoints`` seen earlier, the timestamp
``authorities`` to believe and how many of them a verdict needs (``at_least``), the ``algorithms`` that tokens may use,
the ``zones`` for local times, and the ``policy`` (C2SP tlog-policy, as text) that says who is a witness.
``inblue-trust/1``, without ``at_least``, ``algorithms`` and ``zones``, is read too. Every bundle carries its own such
file, ``claims.json``: only claims, until the reader has them from another source.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ...domain.canonical import Json, parse_json, reencode
from ...domain.errors import Malformed
from ...domain.payload import Digest, Document, Line, Vkey, check_version, without
from ..edge.face import face
from ..outside import read_outside
from ..standards.checkpoint import Checkpoint
from ..standards.note import decode_base64, split_note
from ..standards.timestamp import BELIEVED, Algorithm, Authority
from ..standards.witness_policy import MAX_BYTES, parse_policy

MAX_TRUST_BYTES = 2_000_000
"""The most bytes of a trust file."""
MAX_ZONE_BYTES = 65_536
"""The most bytes of the rules of one time zone."""

_LISTS = frozenset({"registrar", "checkpoints", "authorities"})
_OF_TRUST_2 = ("at_least", "algorithms", "zones")

ZoneName: TypeAlias = Annotated[
    str, StringConstraints(max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,3}$")
]
"""The IANA name of a zone, such as ``America/New_York``."""


def _tzif(text: str) -> str:
    raw = decode_base64(text, where="zones")
    if len(raw) > MAX_ZONE_BYTES or not raw.startswith(b"TZif"):
        raise Malformed(f"zones: not TZif (RFC 9636), or over {MAX_ZONE_BYTES:,} bytes")
    return text


def _checkpoint(text: str) -> str:
    try:
        Checkpoint.parse(split_note(text.encode())[0])  # whose key it is can only be checked with a log
    except UnicodeEncodeError:
        raise Malformed("checkpoints: not UTF-8") from None
    return text


class Trust(Document):
    """What is taken as known. A null field says nothing, and nothing is compared with it."""

    format: Literal["inblue-trust/1", "inblue-trust/2"] = "inblue-trust/2"
    origin: Line | None = None
    log_key: Vkey | None = None
    registrar: tuple[Digest, ...] = ()
    checkpoints: tuple[Annotated[str, AfterValidator(_checkpoint)], ...] = Field(default=(), max_length=1000)
    authorities: tuple[Authority, ...] = Field(default=(), max_length=100)
    policy: Annotated[str, StringConstraints(max_length=MAX_BYTES)] | None = None
    at_least: Annotated[int, Field(ge=1, le=100)] | None = None
    """How many of the authorities that a vote needs must show a bound; null: every one."""
    algorithms: tuple[Algorithm, ...] | None = Field(default=None, min_length=1, max_length=100)
    zones: dict[ZoneName, Annotated[str, AfterValidator(_tzif)]] | None = Field(default=None, max_length=10)

    @classmethod
    def _validated(cls, raw: bytes, where: str) -> Self:
        value = parse_json(raw, where=where, limit=MAX_TRUST_BYTES)
        if isinstance(value, dict):  # a null list says nothing either
            raw = reencode({name: each for name, each in value.items() if each is not None or name not in _LISTS})
        return super()._validated(raw, where)

    @property
    def names_a_key(self) -> bool:
        """Whether it says which keys the ledger has: the log's, the founder's, or a policy's."""
        return bool(self.log_key or self.registrar or (self.policy is not None and parse_policy(self.policy).logs))

    @property
    def believed(self) -> tuple[Algorithm, ...]:
        """The algorithms that tokens may use."""
        return BELIEVED if self.algorithms is None else self.algorithms

    def zone(self, name: str) -> bytes | None:
        """The rules of a time zone (TZif), if the file has them."""
        text = (self.zones or {}).get(name)
        return None if text is None else decode_base64(text, where="zones")

    @model_validator(mode="after")
    def _of_its_version(self) -> Self:
        check_version(self, "inblue-trust/1", _OF_TRUST_2)
        return self

    def json_value(self) -> dict[str, Json]:
        """The same as :meth:`.payload.Model.json_value`, without fields that the file's version lacks."""
        return without(super().json_value(), "inblue-trust/1", _OF_TRUST_2)

    @model_validator(mode="after")
    def _policy_is_one(self) -> Self:
        if self.policy is not None:
            parse_policy(self.policy)
        return self


@face
def read_trust(path: Path | str) -> Trust:
    """Read a trust file.

    >>> from pathlib import Path
    >>> written = Path("trust.json").write_text('{"format": "inblue-trust/2", "at_least": 1}')
    >>> inblue.read_trust("trust.json").at_least
    1

    Raises:
        Malformed: it cannot be read, or is not one.
    """
    try:
        raw = read_outside(Path(path), MAX_TRUST_BYTES)
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}") from None
    return Trust.read(raw, where=str(path), limit=MAX_TRUST_BYTES)
