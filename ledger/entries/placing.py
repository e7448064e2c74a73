"""Acts to record: the place of each, and its entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from ...domain.acts import Act
from ...domain.recorded import Recorded
from .entry import REGISTER_STREAM, Draft, Seen, StoredEntry, draft_entry, entry_digest
from .kinds import AnyAct, is_vote_act


class Placed(NamedTuple):
    """An act to record: its stream, its number there, when it is recorded, and its idempotency key."""

    stream: str
    number: int
    act: AnyAct
    at: datetime
    idempotency_key: str | None = None

    def recorded(self, entry: StoredEntry, office: str) -> Recorded[Act]:
        """The act, one of a vote, as it is on record in ``entry``."""
        assert is_vote_act(self.act)  # noqa: S101 - narrows the type; the caller has placed it in a vote
        return Recorded(self.act, self.number, self.at, office, self.idempotency_key, entry_digest(entry.envelope))


def in_order(
    stream: str, version: int, acts: Iterable[tuple[Act, datetime]], idempotency_key: str | None = None
) -> list[Placed]:
    """Acts with their instants, placed in order after ``version``; the first has the idempotency key."""
    placed = [Placed(stream, number, act, at) for number, (act, at) in enumerate(acts, start=version)]
    return [each._replace(idempotency_key=idempotency_key) for each in placed[:1]] + placed[1:]


def draft_all(placed: Sequence[Placed], *, register: int, key: str, office: str, seen: Seen) -> list[Draft]:
    """The entries of acts that are recorded together, with ``register`` entries of the register before them.

    Raises:
        Malformed: as :func:`.entry.draft_entry`.
    """
    drafts: list[Draft] = []
    for stream, number, act, at, idempotency_key in placed:
        draft = draft_entry(
            act,
            stream=stream,
            index=number,
            register=register,
            key=key,
            office=office,
            recorded_at=at,
            seen=seen,
            idempotency_key=idempotency_key,
        )
        drafts.append(draft)
        register += stream == REGISTER_STREAM
    return drafts
