"""The service without HTTP: the ledger, what a request may see of it, and a cache of answers."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import NamedTuple

from ...domain.state import VoteState
from ...ledger.errors import NotFound
from ...ledger.evidence.trust import Trust
from ...ledger.ledger import Ledger
from ...ledger.projections.as_of import AsOf
from ...ledger.showing.horizon import Horizon
from .answers import Answer, HiddenError

_KEPT, _SECONDS, _LARGEST = 32, 30.0, 8 << 20


class Service:
    """A ledger that is served. ``with_files``: papers and texts that were attached may be fetched."""

    def __init__(self, ledger: Ledger, *, with_files: bool, trust: Trust | None) -> None:
        self.ledger, self.with_files, self.trust = ledger, with_files, trust
        self.horizon = Horizon(ledger)
        self._kept: OrderedDict[Hashable, tuple[float, Answer]] = OrderedDict()
        self._lock = Lock()

    def shown(self, *, whole: bool) -> Shown:
        """What a request may see now; with ``whole``, open votes too."""
        self.horizon.look()
        return Shown(self, whole)

    def kept(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """The result of ``make``, cached for half a minute, as long as nothing is recorded."""
        now = time.monotonic()
        with self._lock:
            at, answer = self._kept.get(key, (0.0, None))
            if answer is not None and now - at < _SECONDS:
                self._kept.move_to_end(key)
                return answer
        made = make()
        if len(made.body) <= _LARGEST:
            with self._lock:
                self._kept[key] = (now, made)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return made


class Shown(NamedTuple):
    """What one request may see: everything if it is ``whole``."""

    service: Service
    whole: bool

    @property
    def horizon(self) -> Horizon:
        """How far the public may see."""
        return self.service.horizon

    @property
    def book(self) -> Ledger:
        """The ledger, as far as it may be seen: facts about the log come from here."""
        return self.service.ledger if self.whole else self.horizon.view

    @property
    def size(self) -> int:
        """How many entries may be seen."""
        return self.horizon.read if self.whole else self.horizon.size

    @property
    def votes(self) -> tuple[str, ...]:
        """The votes that are shown whole."""
        every = self.horizon.votes()
        return (*every, *(each.name for each in self.horizon.open_votes())) if self.whole else every

    def of(self, name: str) -> Ledger:
        """The ledger to read a vote from: the whole one if the public part does not have all of the vote.

        Raises:
            HiddenError: the vote is open.
            NotFound: no vote has that name.
        """
        if self.whole and name in self.votes:
            return self.service.ledger
        book = self.horizon.book(name)
        if book is not None:
            return book
        if self.horizon.open_vote(name) is not None:
            said = f"the vote on {name} is open: only its symbol and deadline are shown until its result is announced"
            raise HiddenError(None, said)
        raise NotFound(f"no vote on {name!r} is on record")

    def vote(self, name: str) -> VoteState:
        """The vote of that name; HiddenError, NotFound as :meth:`of`."""
        return self.of(name).vote(name)

    def as_of(self, book: Ledger) -> AsOf | None:
        """As of which entry ``book`` is read; None if no checkpoint that can be shown covers all of it."""
        head = book.log.head()
        if head is None or head.size != self.size or book is not self.book:
            return None
        return AsOf(head.size, head.size, head.size)

    def key(self, *what: Hashable) -> Hashable:
        """The key of an answer in the cache."""
        head = self.book.log.head()
        return (self.whole, self.horizon.read, self.size, head.size if head else 0, *what)
