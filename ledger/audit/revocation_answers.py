"""Revocation answers, as far as the log names them.

An answer counts once an entry names the token that it is in: then leaving it out would be noticed. If such a token is
not supplied, no timestamp gives a bound, since the token could revoke any. An answer that no entry names could be left
out to make a verdict stronger, so it is reported but not used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from ..certificates.revocation import Spoilt
from ..standards.cms import answers_in
from ..standards.timestamp import Algorithm, Timestamp, revocations_by


class RevocationAnswers:
    """The answers in the supplied tokens; believed as far as their algorithms are."""

    def __init__(self, algorithms: Sequence[Algorithm]) -> None:
        self._algorithms = algorithms
        self._whole = ((0, 0), True)
        self.bound = revocations_by(algorithms)
        """Those in tokens that entries name."""
        self._all = revocations_by(algorithms)

    def add(self, token: bytes, *, named: bool) -> None:
        """Add the answers in a token; ``named``: an entry names it."""
        answers = answers_in(token)
        self._all.add(answers)
        if named:
            self.bound.add(answers)

    def are_all(self, named: Mapping[str, int], handed_over: Set[str]) -> bool:
        """Whether every token that entries name was supplied, so that no answer is missing."""
        sizes = len(named), len(handed_over)  # both only grow
        if self._whole[0] != sizes:
            self._whole = sizes, named.keys() <= handed_over
        return self._whole[1]

    def spoilt(self, timestamp: Timestamp, token: bytes = b"") -> Spoilt | None:
        """Why a token proves nothing, if an answer named by entries revokes a certificate on its path.

        Answers in that ``token`` itself, which is one of the member's own, count too.
        """
        own = revocations_by(self._algorithms)
        own.add(answers_in(token))
        return next(
            (found for each in (self.bound, own) if (found := each.spoilt(timestamp.path, timestamp.gen_time))), None
        )

    def said_to_be_spoilt(self, timestamp: Timestamp) -> Spoilt | None:
        """The same by an answer that no entry names, if no named one says it."""
        return None if self.spoilt(timestamp) else self._all.spoilt(timestamp.path, timestamp.gen_time)

    def unknown(self, timestamp: Timestamp) -> bool:
        """Whether no named answer says that the certificates on its path were good."""
        return self.bound.good_until(timestamp.path) is None
