"""Keys that may have been compromised, and what timestamps show to be older than that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ...domain.phrase import Said
from ...domain.register_acts import KeyRevoked
from ...domain.verdict import Bounds
from ..standards.timestamp import Timestamp


def void_for(revoked: KeyRevoked | None, bounds: Bounds | None, own: Iterable[Timestamp]) -> Said | None:
    """Why a key's signatures may be somebody else's, unless a timestamp shows them to be older."""
    since = revoked.compromised_since if revoked else None
    if revoked is None or since is None:
        return None
    if _existed_by(bounds, since) or any(each.not_after <= since for each in own):
        return None
    return said_compromised(revoked.key, since)


def said_compromised(key: str, since: datetime) -> Said:
    """A sentence saying that a key may have been compromised since then."""
    return Said.of("The key {key} may have been compromised since {since}.", key=key[:16], since=since)


def _existed_by(bounds: Bounds | None, instant: datetime) -> bool:
    return bounds is not None and bounds.not_after is not None and bounds.not_after <= instant
