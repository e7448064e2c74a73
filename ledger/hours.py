"""Checks the recorder's clock against the record before recording, since a wrong time is signed permanently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from ..domain.acts import DraftCirculated
from ..domain.errors import InblueError, Refused
from ..domain.instant import CLOCKS_APART, format_instant
from ..domain.messages import INTAKE
from ..domain.register import Register
from ..domain.register_acts import AuthorityRetired, ClockDisowned
from .entries.entry import REGISTER_STREAM, StoredEntry, read_entry
from .entries.files import StoredDocuments
from .entries.kinds import AnyAct
from .entries.placing import Placed
from .entries.streams import vote_in, vote_stream
from .errors import NotFound
from .log.log import LogStore
from .log.positions import position_of
from .log.sequencer import Tip
from .stores.streams import Streams

if TYPE_CHECKING:
    from .standards.timestamp import Timestamp

_WAYS_OUT = (AuthorityRetired, ClockDisowned)
"""Acts that are recorded whatever the clock: they say that an earlier time, or an authority, was wrong."""


class LastEntry(NamedTuple):
    """The last entry of the log: its position in the store, its place, and its recording time."""

    position: int
    stream: str
    number: int
    recorded_at: datetime

    @classmethod
    def of(cls, stored: StoredEntry, position: int) -> LastEntry | None:
        """Make it from ``stored``; None if it cannot be read, which is reported elsewhere."""
        try:
            entry = read_entry(stored.envelope)
        except InblueError:
            return None
        return cls(position, entry.stream, entry.index, entry.recorded_at)


def check_hour(act: ClockDisowned, stored: StoredEntry | None) -> None:
    """Make sure that ``act`` disowns the time of the entry that is ``stored`` in that place.

    Raises:
        Refused: no entry is there, or it says another time.
    """
    found = None if stored is None else LastEntry.of(stored, 0)
    if found is None or (found.stream, found.number) != (act.stream, act.index):
        raise Refused(None, f"there is no act {act.index} of {act.stream}")
    if found.recorded_at != act.recorded_at:
        raise Refused(None, f"act {act.index} of {act.stream} was recorded at {format_instant(found.recorded_at)}")


def false_hour(
    streams: Streams, reason: str, vote: str | None = None, act: int | None = None, *, of_messages: bool = False
) -> ClockDisowned:
    """The act that disowns the time of act ``act`` of a vote, of the stream of messages, or else of the register;
    without ``act``, of the last entry.

    Raises:
        NotFound: no such entry.
        Malformed: the reason is not well-formed.
    """
    if act is None:
        last = streams.last_position()
        stored = next(iter(streams.page(last - 1, 1)), None) if last else None
    else:
        stream = INTAKE if of_messages else REGISTER_STREAM if vote is None else vote_stream(vote)
        stored = next(iter(streams.stream(stream, after=act)), None)
    if stored is None:
        raise NotFound(f"there is no act {act} of {vote or 'the register'}")
    entry = read_entry(stored.envelope)
    given = {
        "stream": entry.stream,
        "index": entry.index,
        "recorded_at": format_instant(entry.recorded_at),
        "reason": reason,
    }
    return ClockDisowned.of({"act": "clock_disowned", **given}, where="clock")


def agreement_with_tokens(
    streams: Streams, log: LogStore, documents: StoredDocuments, register: Register
) -> Iterator[tuple[str, Timestamp, LastEntry | None]]:
    """The latest timestamps of adopted authorities, each with the last entry under it.

    The entry is None if its time is not used: it is disowned, or of a simulated history.
    """
    from .standards.timestamp import verify_token

    known, head = KnownHours(streams, log, documents), log.head()
    for stamp in log.latest_stamps() if head is not None else ():
        assert head is not None  # noqa: S101 - there is a stamp, and so a head
        stored = next(iter(streams.page(position_of(streams, log, head, stamp.size - 1) - 1, 1)), None)
        last = None if stored is None else LastEntry.of(stored, stored.cursor)
        if last is not None and known.bounds_nothing(register, last):
            last = None
        for name, sha256 in register.authorities.items():
            with suppress(InblueError):
                yield name, verify_token(stamp.token, stamp.note, documents.authority(sha256), query=stamp.query), last


class KnownHours:
    """What the record says of the time: the log's last entry, and the latest tokens of adopted authorities."""

    def __init__(self, streams: Streams, log: LogStore, documents: StoredDocuments) -> None:
        self._streams = streams
        self._log = log
        self._documents = documents
        self._last: LastEntry | None = None
        self._of_tokens: tuple[tuple[object, object], tuple[tuple[str, datetime], ...]] = ((None, None), ())

    def check(
        self, now: datetime, register: Register, tip: Tip | None, tokens: tuple[str, ...], acts: Sequence[AnyAct]
    ) -> None:
        """Make sure that the clock, ``now``, is not earlier than those by more than :data:`.CLOCKS_APART`.

        Disowned times, and those of simulated histories, are not used.

        Raises:
            Refused: it is; then only acts are recorded that say that the time, or the authority, was wrong. Or an act
            disowns a time that its entry does not have.
            NotFound: the document of an adopted authority is not kept.
        """
        for act in acts:
            if isinstance(act, ClockDisowned):
                check_hour(act, next(iter(self._streams.stream(act.stream, after=act.index)), None))
        if all(isinstance(act, _WAYS_OUT) for act in acts):
            return
        for name, since in self._tokens(register, tokens):
            if now < since - CLOCKS_APART:
                what = f"a timestamp of {name} was made after {format_instant(since)}"
                way_out = f"if the authority is wrong, inblue authority retire {name}"
                raise Refused(None, f"the clock says {format_instant(now)}, and {what}: set it right; {way_out}")
        last = self.last(tip)
        if last is None or now >= last.recorded_at - CLOCKS_APART or self.bounds_nothing(register, last):
            return
        what = f"the last entry (act {last.number} of {last.stream}) was recorded at {format_instant(last.recorded_at)}"
        way_out = "if that hour is false, inblue clock disown"
        raise Refused(None, f"the clock says {format_instant(now)}, and {what}: set it right; {way_out}")

    def last(self, tip: Tip | None) -> LastEntry | None:
        """The last entry that the log's head covers."""
        position = tip.head.position if tip is not None else 0
        if position and (self._last is None or self._last.position != position):
            stored = next(iter(self._streams.page(position - 1, 1)), None)
            self._last = None if stored is None else LastEntry.of(stored, position)
        return self._last

    def after(self, last: Placed, tip: Tip | None) -> Tip | None:
        """Remember ``tip``, under which the entry of that act was recorded last, so that it need not be read."""
        self._last = None if tip is None else LastEntry(tip.head.position, last.stream, last.number, last.at)
        return tip

    def bounds_nothing(self, register: Register, last: LastEntry) -> bool:
        """Whether the time of an entry is disowned, or of a simulated history."""
        place = last.stream, last.number, last.recorded_at
        if any((each.stream, each.index, each.recorded_at) == place for each in register.clocks_disowned):
            return True
        first = next(iter(self._streams.stream(last.stream)), None) if vote_in(last.stream) is not None else None
        with suppress(InblueError):
            act = None if first is None else read_entry(first.envelope).act
            return isinstance(act, DraftCirculated) and act.times == "simulated"
        return False

    def _tokens(self, register: Register, tokens: tuple[str, ...]) -> tuple[tuple[str, datetime], ...]:
        """The instants after which the tokens of each adopted authority were made."""
        if not tokens or not register.authorities:
            return ()
        if self._of_tokens[0] != (tokens, register.authorities):
            found = tuple(self._read_tokens(tokens, register.authorities))
            self._of_tokens = (tokens, register.authorities), found
        return self._of_tokens[1]

    def _read_tokens(self, tokens: tuple[str, ...], adopted: Mapping[str, str]) -> Iterator[tuple[str, datetime]]:
        """A token is judged by the adopted document, not by the store's claim of whose it is."""
        from .standards.timestamp import verify_token

        authorities = [(name, self._documents.authority(sha256)) for name, sha256 in adopted.items()]
        for stamp in self._log.latest_stamps():
            for name, authority in authorities if stamp.sha256 in tokens else ():
                with suppress(InblueError):
                    yield name, verify_token(stamp.token, stamp.note, authority, query=stamp.query).not_before
