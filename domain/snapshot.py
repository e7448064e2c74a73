"""The snapshot: what an opening pins, so that later changes of the register do not affect its vote."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, Self

from pydantic import Field, model_validator

from .canonical import Json, digest
from .errors import Malformed
from .payload import Digest, Document, Line, MemberId, Model, check_version, without
from .procedure import Procedure
from .register_acts import MAX_AUTHORITIES, KeyGrant, Month
from .roster import Roster
from .window import Counted
from .zone import zone_file


class PinnedZone(Model):
    """The zone that names a vote's days: its name, and the digest of its TZif bytes, kept as a file."""

    name: Line
    sha256: Digest


class Snapshot(Document):
    """What an opening pins, by digest, so that its vote is self-contained: kept as a file beside the log.

    ``authorities`` are the documents of the timestamp authorities then adopted, in the order of their names. Before the
    second format neither they, nor the zone, nor the counting of the window's hours was pinned. ``president`` presides
    in the month of the opening; ``presidencies`` are those that the register had from that month on.
    """

    format: Literal["inblue-snapshot/1", "inblue-snapshot/2"] = "inblue-snapshot/2"
    procedure: Digest
    roster: Roster
    keys: tuple[KeyGrant, ...]
    president: MemberId | None = None
    zone: PinnedZone | None = None
    counting: Counted | None = None
    authorities: tuple[Digest, ...] = Field(default=(), max_length=MAX_AUTHORITIES)
    presidencies: dict[Month, MemberId] = Field(default_factory=dict)

    @classmethod
    def pinning(
        cls,
        procedure: Procedure,
        roster: Roster,
        *,
        keys: tuple[KeyGrant, ...] = (),
        president: str | None = None,
        counting: Counted | None = None,
        authorities: tuple[str, ...] = (),
        presidencies: Mapping[str, str] = MappingProxyType({}),
    ) -> Self:
        """What an opening under ``procedure`` pins if its letter announces ``counting``, which may be None.

        Raises:
            Malformed: ``president`` is not a member's id.
        """
        name = procedure.zone
        pinned = PinnedZone(name=name, sha256=digest(zone_file(name)))
        return cls(
            procedure=procedure.sha256,
            roster=roster,
            keys=keys,
            president=president,
            zone=pinned,
            counting=counting or procedure.window.countings[0],
            authorities=authorities,
            presidencies=dict(presidencies),
        )

    @model_validator(mode="after")
    def _of_its_format(self) -> Self:
        check_version(self, "inblue-snapshot/1", _OF_SNAPSHOT_2)
        if self.format == "inblue-snapshot/1":
            return self
        if self.zone is None or self.counting is None:
            raise Malformed(f"{self.format} pins a zone and a counting")
        return self

    def json_value(self) -> dict[str, Json]:
        """The same as :meth:`.payload.Model.json_value`, without fields that the document's version lacks."""
        value = without(super().json_value(), "inblue-snapshot/1", _OF_SNAPSHOT_2)
        return {name: each for name, each in value.items() if each or name != "presidencies"}


_OF_SNAPSHOT_2 = ("zone", "counting", "authorities", "presidencies")
