"""The end of every audit: checks 14, 16, 13 and 15 in one order, and the overall result."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from ...domain.phrase import Said
from ...domain.state import VoteState
from ..evidence.trust import Trust
from ..projections.as_of import AsOf
from ..standards.checkpoint import Checkpoint
from ..standards.note import split_note
from .attestation_checks import Attestations, Cosigned, Stamped, check_trust
from .entry_checks import EntryChecks, Place
from .pinned_authorities import PinnedAuthorities
from .reply_bounds import NeededFor
from .result import Verification

_MOST_NAMED = 10


class Against(Protocol):
    """Something to compare with a log (check 15), such as receipts."""

    @property
    def places(self) -> Collection[Place]:
        """The acts whose entries it needs, by stream and number."""

    def hold_against(self, checks: EntryChecks, size: int) -> None:
        """Compare it with the checked part of a log of that size."""


_KEYS_CARRIED = Said.of(
    "The keys are those it carries itself: that they are the registrar's must be known from elsewhere."
)
_KEYS_UNNAMED = Said.of(
    "The trust file names no key of the log, and none that founded it: the keys are those it carries itself, and that "
    "they are the registrar's must be known from elsewhere."
)
_KEYS_TRUSTED = Said.of("The keys are those of the trust file; whose they are rests on where that file came from.")
_OLDER_COPY = Said.of(
    "A whole older copy is a true state of the ledger too; only a later checkpoint held elsewhere tells them apart."
)
_BEHIND_BUNDLE = Said.of(
    "What the log holds before and behind these entries is not shown, only that nothing between is missing."
)
_UNHEARD = Said.of("There are cosignatures, and no trust file says which witnesses count: nothing rests on them.")
_REWRITTEN = Said.of(
    "No third party that counts has witnessed the log: whoever holds all of its keys could have rewritten it."
)


def _closed_by(votes: Mapping[str, VoteState], name: str) -> int | None:
    """The number of the act that ended the window of a vote without a fixed deadline."""
    state = votes.get(name)
    return state.closed.number if state is not None and state.end_chosen and state.closed is not None else None


@dataclass(frozen=True, slots=True)
class Reader:
    """What the auditor supplies: a trust file, and what to compare with the log."""

    trust: Trust | None = None
    against: Against | None = None

    @property
    def knows_keys(self) -> bool:
        """Whether the trust file says which keys the ledger has."""
        return self.trust is not None and self.trust.names_a_key

    @property
    def places(self) -> Collection[Place]:
        """The acts whose entries are needed at the end."""
        return self.against.places if self.against else ()


class Finish:
    """The end of one audit. ``of_bundle``: anything outside the entries is not shown."""

    def __init__(self, checks: EntryChecks, reader: Reader, *, of_bundle: bool = False) -> None:
        self.attestations = Attestations(checks)
        self._checks = checks
        self._reader = reader
        self._of_bundle = of_bundle

    def attested(self, stamps: Iterable[Stamped], cosigned: Iterable[Cosigned]) -> None:
        """First, checks 14 and 16: the timestamps and cosigned checkpoints supplied with the log."""
        self.attestations.stamps(stamps)
        self.attestations.cosignatures(cosigned)

    def witnessed_head(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Also check 16: the ``note`` of the log's own checkpoint may have lines of witnesses beside the log's."""
        if any(name != checkpoint.origin for name, _, _ in split_note(note)[1]):
            self.attestations.known_cosigned(checkpoint.size, note)

    def finished(self, checkpoint: Checkpoint | None, size: int | None) -> Verification:
        """Then checks 13, 16 and 15, with what the reader supplies; returns the overall result.

        ``size`` is that of the log, for receipts; if None, no checkpoint shows it, and receipts are not checked.
        """
        trust = self._reader.trust
        if trust is not None:
            check_trust(self._checks, checkpoint, trust)
        if trust is not None and trust.policy is not None:
            self.attestations.hear(trust.policy)
        if self._reader.against is not None and size is not None:
            self._reader.against.hold_against(self._checks, size)
        return self._verification(checkpoint, trusted=self._reader.knows_keys)

    def stopped(self, *, trusted: bool = False) -> Verification:
        """The result if reading could not continue: nothing after that point was examined."""
        return self._verification(None, trusted=trusted)

    def _verification(self, checkpoint: Checkpoint | None, *, trusted: bool) -> Verification:
        checks, proofs, register = self._checks, self._checks.proofs, self._checks.register
        states = checks.votes.states.whole()
        return Verification(
            checks.size - checks.start,
            len(states),
            checkpoint,
            max(0, checks.size - checkpoint.size) if checkpoint else checks.size,
            checks.result.listed(),
            tuple(self._not_proved(checkpoint, trusted=trusted)),
            checks.start,
            trusted,
            states,
            proofs.bounds(
                register.state.revoked,
                self._needed(states),
                register.state.clocks_disowned,
                partial(_closed_by, states),
            ),
            self.attestations.witnesses,
            self.attestations.witnessed_size,
            register.state,
            proofs.dated,
            None if self._of_bundle or checkpoint is None else AsOf(checkpoint.size, checkpoint.size, checkpoint.size),
            checks.result.known_size,
            against=checks.result.against,
            acts=checks.votes.states.acts,
            observations=checks.messages.observed,
        )

    def _needed(self, votes: Mapping[str, VoteState]) -> NeededFor | None:
        """Whose timestamps the verdicts of each vote need; if no authority was ever adopted, votes are not examined."""
        if not self._checks.register.adopted:
            return None
        pinned = self._pinned()
        return lambda draft: pinned.needed(draft, votes)

    def _pinned(self) -> PinnedAuthorities:
        checks = self._checks
        return PinnedAuthorities(checks.proofs.trust, checks.register.adopted, checks.files.store)

    def _timestamps_not_proved(self) -> Iterator[Said]:
        """What timestamps cannot prove because a token, or an authority that the reader trusts, is missing."""
        proofs, adopted = self._checks.proofs, self._checks.register.adopted
        if missing := proofs.missing(self._checks.start):
            some = ", ".join(f"{sha256[:16]} (entry {entry})" for entry, sha256 in missing[:_MOST_NAMED])
            yield Said.counted(
                "{number} timestamp that an entry names is not handed over: {tokens}. Nothing that it could cover is "
                "more than documented.",
                "{number} timestamps that entries name are not handed over: {tokens}. Nothing that they could cover is "
                "more than documented.",
                len(missing),
                tokens=some + (", ..." if len(missing) > _MOST_NAMED else ""),
            )
        for (authority, spoilt), number in proofs.spoilt.items():
            yield Said.counted(
                "{number} timestamp of {authority} proves nothing: the certificate of {certificate} was revoked at "
                "{at} ({reason}).",
                "{number} timestamps of {authority} prove nothing: the certificate of {certificate} was revoked at "
                "{at} ({reason}).",
                number,
                authority=authority,
                certificate=spoilt.certificate,
                at=spoilt.revoked.since,
                reason=spoilt.revoked.why,
            )
        for (authority, spoilt), number in proofs.said_to_be_spoilt.items():
            yield Said.counted(
                "An answer that no entry names says that the certificate of {certificate} was revoked at {at} "
                "({reason}): if so, {number} timestamp of {authority} proves nothing.",
                "An answer that no entry names says that the certificate of {certificate} was revoked at {at} "
                "({reason}): if so, {number} timestamps of {authority} prove nothing.",
                number,
                authority=authority,
                certificate=spoilt.certificate,
                at=spoilt.revoked.since,
                reason=spoilt.revoked.why,
            )
        if unasked := proofs.unasked:
            yield Said.of(
                "That no certificate of {authorities} was revoked: nothing that entries name says it.",
                authorities=unasked,
            )
        if proofs.trust.authorities and adopted:
            pinned = self._pinned()
            names = [name for sha256, name in adopted.items() if not pinned.is_named(sha256)]
            if names:
                yield Said.of(
                    "What timestamps of {authorities} show, which the register has adopted and no trust file names.",
                    authorities=tuple(dict.fromkeys(names)),
                )

    def _not_proved(self, checkpoint: Checkpoint | None, *, trusted: bool) -> Iterator[Said]:
        checks = self._checks
        whole = checkpoint is not None and (checks.start, checks.size) == (0, checkpoint.size)
        if trusted:
            yield _KEYS_TRUSTED
        else:
            yield _KEYS_CARRIED if self._reader.trust is None else _KEYS_UNNAMED
        yield _BEHIND_BUNDLE if self._of_bundle and not whole else _OLDER_COPY
        yield self._rewritten()
        for term in checks.register.log_keys.terms:
            if (said := term.not_proved()) is not None:
                yield said
        if (said := checks.count.not_proved()) is not None:
            yield said
        if (said := checks.messages.not_proved()) is not None:
            yield said
        yield from checks.proofs.compromises(checks.register.state.revoked)
        for each in checks.register.state.disowned.values():
            yield Said.of(
                "Act {number} of {stream} is in the log, but no key in authority signed it, and it is disowned: "
                "it has no effect. ({reason})",
                number=each.index,
                stream=each.stream,
                reason=each.reason,
            )
        yield from checks.result.unchecked
        yield from self._timestamps_not_proved()
        if undated := checks.proofs.undated:
            yield Said.counted(
                "{number} timestamp of authorities that no trust file names: nothing rests on them.",
                "{number} timestamps of authorities that no trust file names: nothing rests on them.",
                undated,
            )

    def _rewritten(self) -> Said:
        """What would prevent the holder of every key of the log from rewriting it."""
        attested, size = self.attestations, max(self._checks.size, self._checks.register.last + 1)
        names = tuple(
            Said.of("{witness} (size {size})", witness=witness.name, size=witness.size)
            for witness in attested.witnesses
        )
        if attested.witnessed_size >= size > 0:
            return Said.of("Only together with {witnesses} could the log have been rewritten.", witnesses=names)
        if attested.witnessed_size:
            return Said.of(
                "Only together with {witnesses} could the log have been rewritten before entry {entry}.",
                witnesses=names,
                entry=attested.witnessed_size,
            )
        if names:
            return Said.of(
                "Witnessed only by {witnesses}, which is not enough by the policy: the log could have been rewritten.",
                witnesses=names,
            )
        if attested.cosigned and not attested.heard:
            return Said.of("{first} {second}", first=_UNHEARD, second=_REWRITTEN)
        return _REWRITTEN
