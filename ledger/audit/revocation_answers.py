"""Answers on revocation, as far as the log has bound them.

An answer counts once an entry names the token that it is in: then it cannot be left out unseen, and where such a token
is not handed over, no timestamp bounds anything, since it could tell of any. One that no entry names could be left out
by whoever hands over, and the verdict would be stronger: so it is said, and nothing rests on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from ..certificates.revocation import Spoilt
from ..standards.cms import answers_in
from ..standards.timestamp import Algorithm, Timestamp, revocations_by


class RevocationAnswers:
    """The answers in the tokens that are handed over; believed as far as the algorithms are that they rest on."""

    def __init__(self, algorithms: Sequence[Algorithm]) -> None:
        self._algorithms = algorithms
        self._whole = ((0, 0), True)
        self.bound = revocations_by(algorithms)
        """Those in tokens that entries name."""
        self._all = revocations_by(algorithms)

    def add(self, token: bytes, *, named: bool) -> None:
        """Take in what a token carries; ``named``: an entry names it."""
        answers = answers_in(token)
        self._all.add(answers)
        if named:
            self.bound.add(answers)

    def are_all(self, named: Mapping[str, int], handed_over: Set[str]) -> bool:
        """Whether every token that entries name is handed over, so that no answer can be in one that is not."""
        sizes = len(named), len(handed_over)  # both only grow
        if self._whole[0] != sizes:
            self._whole = sizes, named.keys() <= handed_over
        return self._whole[1]

    def spoilt(self, timestamp: Timestamp, token: bytes = b"") -> Spoilt | None:
        """Why a token proves nothing, if a certificate on its path is revoked by what entries have bound.

        Or by what stands in that ``token`` itself, which is one of the member's own.
        """
        own = revocations_by(self._algorithms)
        own.add(answers_in(token))
        return next(
            (found for each in (self.bound, own) if (found := each.spoilt(timestamp.path, timestamp.gen_time))), None
        )

    def said_to_be_spoilt(self, timestamp: Timestamp) -> Spoilt | None:
        """The same, by an answer that no entry names, where no bound one says it."""
        return None if self.spoilt(timestamp) else self._all.spoilt(timestamp.path, timestamp.gen_time)

    def unknown(self, timestamp: Timestamp) -> bool:
        """Whether no bound answer says that the certificates on its path were good."""
        return self.bound.good_until(timestamp.path) is None
