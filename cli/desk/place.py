"""What a command reads: a ledger, a bundle, or a published log in a folder or at an address. All are opened here.

A ledger is checked entry by entry as it is read. A bundle or a published log comes from somebody else: it is verified
first, and nothing is shown of one that does not hold.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import click
from click.core import ParameterSource

from ..terminal.progress import progress
from .desk import ledger_address, open_ledger
from .files import is_bundle
from .verifying import audited, source_of, verified, verified_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from ...domain.acts import Act
    from ...domain.recorded import Documents, Recorded
    from ...domain.state import VoteState
    from ...ledger.audit.result import Verification
    from ...ledger.entries.files import Files
    from ...ledger.evidence.trust import Trust
    from ...ledger.ledger import Ledger
    from ...ledger.projections.as_of import AsOf
    from ...ledger.projections.record import Record
    from ...ledger.stores.address import Address

Kind: TypeAlias = Literal["ledger", "bundle", "published"]

_CALLED = {"ledger": "the ledger", "bundle": "the bundle", "published": "the published log"}


class Named(NamedTuple):
    """The place that a command was given: its kind, and its address unless it is a published log."""

    text: str
    kind: Kind
    address: Address | None

    @property
    def ledger(self) -> Address:
        """The address of a ledger, for a command that needs one.

        Raises:
            UsageError: it is not a ledger.
        """
        if self.kind != "ledger" or self.address is None:
            what = "a bundle" if self.kind == "bundle" else "a published log"
            raise click.UsageError(f"{self.text} is {what}; this needs the ledger itself")
        return self.address


def named_place(source: str | None, ledger: str | None) -> Named:
    """The place that SOURCE names, or ``--ledger``."""
    given = click.get_current_context().get_parameter_source("ledger") is ParameterSource.COMMANDLINE
    if source is not None and given:
        raise click.UsageError("two places are named; give SOURCE or --ledger, not both")
    return source_named(source or ledger)


def source_named(text: str | None) -> Named:
    """The place of that name: a ledger, a bundle, or a published log."""
    if text and (text.startswith(("http://", "https://")) or Path(text).is_dir()):
        return Named(text, "published", None)
    address = ledger_address(text)
    if isinstance(address, Path) and address.suffix == ".zip" and not address.exists():
        raise click.UsageError(f"{address}: no such bundle")
    return Named(str(address), "bundle" if is_bundle(address) else "ledger", address)


@dataclass(frozen=True, slots=True)
class Place:
    """A place that is open for reading. ``found`` is the result of the checks, if it was verified first."""

    named: Named
    documents: Documents
    files: Files
    clock: Callable[[], datetime]
    found: Verification | None
    origin: Callable[[], str]
    """The log's name."""
    _votes: Callable[[], tuple[str, ...]]
    _has: Callable[[str], bool]
    _vote: Callable[[str], VoteState]
    _acts: Callable[[str], Iterable[Recorded[Act]]]

    @property
    def votes(self) -> tuple[str, ...]:
        """The votes that can be shown, by name, in the order of the log."""
        return self._votes()

    def vote(self, name: str) -> VoteState:
        """The current state of a vote."""
        return self._vote(name)

    def acts(self, name: str) -> Iterable[Recorded[Act]]:
        """The acts of a vote that have an effect, in order."""
        return self._acts(name)

    def record(self, name: str) -> Record:
        """The record of a vote, with what timestamps prove, where they were checked."""
        from ...ledger.projections.record import record_of

        return self.found.record(name) if self.found is not None else record_of(self.vote(name))

    @property
    def trusted(self) -> bool:
        """Whether the keys are those that a trust file names."""
        return self.found is not None and self.found.trusted

    @property
    def as_of(self) -> AsOf | None:
        """As of which entry of the log the votes are shown; None for a ledger, which is read as it is."""
        return self.found.as_of if self.found is not None else None

    def which(self, vote: str | None) -> str:
        """The vote meant: the one named, the only one, or the only one that is not over."""
        return vote if vote is not None and self._has(vote) else _which(self.named, self.votes, self.vote, vote)

    def chosen(self, vote: str | None) -> tuple[str, ...]:
        """The vote that is named, or else every vote there is."""
        return (vote,) if vote is not None and self._has(vote) else _chosen(self.named, self.votes, vote)

    def time_of(self, state: VoteState) -> datetime:
        """Now; for a simulated vote, the time of its own clock."""
        simulated = state.draft.act.times == "simulated"
        return state.last_recorded_at if simulated and state.last_recorded_at is not None else self.clock()


def which_of(book: Ledger, named: Named, vote: str | None) -> str:
    """As :meth:`Place.which`, in a ledger that was opened with :func:`as_ledger`."""
    return vote if vote is not None and book.has_vote(vote) else _which(named, book.votes(), book.vote, vote)


def _which(named: Named, votes: tuple[str, ...], state_of: Callable[[str], VoteState], vote: str | None) -> str:
    if vote is not None or not votes:
        return _chosen(named, votes, vote)[0]
    going_on = votes
    if len(votes) > 1:
        states = ((each, state_of(each)) for each in reversed(votes))  # the latest most likely go on
        going_on = tuple(islice((each for each, state in states if state.ended is None), 2))
    if len(going_on) != 1:
        raise click.UsageError(f"which vote? Give --vote, one of {', '.join(votes[:10])}")
    return going_on[0]


def _chosen(named: Named, votes: tuple[str, ...], vote: str | None) -> tuple[str, ...]:
    where, own = _CALLED[named.kind], named.kind == "ledger"
    if vote is not None and vote not in votes:
        known = ", ".join(votes[:10]) or ("none yet" if own else "none")
        raise click.UsageError(f"no vote on {vote!r} is {'on record' if own else f'in {where}'}; there is {known}")
    if not votes:
        begin = " yet; start with inblue draft circulate, or inblue play" if own else ""
        raise click.UsageError(f"{where} holds no vote{begin}")
    return votes if vote is None else (vote,)


@contextmanager
def as_ledger(named: Named) -> Iterator[Ledger]:
    """A ledger, or a published log read as one, to make a bundle of it; a bundle is refused."""
    if named.kind != "published":
        with open_ledger(named.ledger, read_only=True) as book:
            yield book
        return
    from ...ledger.operations.copy import mirrored

    with tempfile.TemporaryDirectory(prefix="inblue-") as folder, mirrored(source_of(named.text), Path(folder)) as book:
        yield book


@contextmanager
def opened(named: Named, *, trust: Trust | None = None, whole: bool = False) -> Iterator[Place]:
    """Open a place for reading; nothing changes there. With ``whole`` a ledger too is verified as a whole first.

    A published log is compared with its last audit that is kept, which shows if it was rewritten since.

    Raises:
        Broken: it was verified, and does not hold.
    """
    if named.kind == "ledger" and not whole:
        with open_ledger(named.ledger, read_only=True) as book:
            about = (named, book.documents, book.files, book.clock, None, lambda: book.log_keys()[0].name)
            yield Place(*about, book.votes, book.has_vote, book.vote, book.acts)
        return
    from ...ledger.clock import system_clock
    from ...ledger.errors import Broken

    with checked(named, trust) as (found, files, documents):
        if not found.holds:
            raise Broken(f"{named.text} does not hold: {found.problems[0].text}; run inblue verify")
        names, states = partial(tuple, found.states), found.states
        has, state_of = states.__contains__, states.__getitem__
        checkpoint = found.checkpoint

        def origin() -> str:
            return "" if checkpoint is None else checkpoint.origin

        yield Place(named, documents, files, system_clock, found, origin, names, has, state_of, found.acts)


@contextmanager
def checked(named: Named, trust: Trust | None = None) -> Iterator[tuple[Verification, Files, Documents]]:
    """What the checks found in a whole place, whether it holds or not, and the files that come with it."""
    from ...ledger.entries.files import StoredDocuments

    if named.kind == "published":
        from ...ledger.audit.published_files import SourceFiles

        with progress() as shown:
            found = audited(named.text, trust, None, shown, None, whole=True, only_reading=True)
        files: Files = SourceFiles(source_of(named.text))
        yield found, files, StoredDocuments(files)
    elif named.kind == "bundle" and isinstance(named.address, Path):
        from ...ledger.evidence.bundle import BundleFiles
        from ...ledger.evidence.container import Container

        with verified(named.address, trust, None) as found, Container.open(named.address) as container:
            files = BundleFiles(container)
            yield found, files, StoredDocuments(files)
    else:
        with open_ledger(named.ledger, read_only=True) as book, verified_ledger(book, named.ledger, trust) as found:
            yield found, book.files, book.documents
