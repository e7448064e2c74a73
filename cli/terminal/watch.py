"""``inblue status --watch``: a running vote, with its clock, missing replies, and what is owed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.columns import Columns
from rich.console import RenderableType

from ...domain.describe import describe
from ...domain.findings import beside_the_outcome, moves_said
from ...domain.recorded import Recorded
from ...domain.state import VoteState
from ...ledger.projections.roll_call import RollCall, roll_call
from ...ledger.standards.timestamp import Authority
from ...ledger.stores.store import DATABASE_ERRORS
from ..language.english import Language
from ..language.phrases import said_end, said_members, said_phase, said_span, said_vote
from .record import whose_reply
from .screen import Screen
from .tables import Inert
from .wrap import Text, wrapped

if TYPE_CHECKING:
    from ...domain.acts import Act
    from ...ledger.ledger import Ledger

_SECOND = timedelta(seconds=1)
_MANY = 40
"""Above this number of members the screen may not have room for all, so what is owed comes first."""


def watch(book: Ledger, symbol: str, language: Language) -> None:
    """Show the vote on ``symbol`` until the user leaves, with q or Ctrl-C."""
    watched = Watched(book, symbol)
    with Screen() as screen:
        while True:
            now = book.clock()
            watched.look()
            screen.show(lines_of(watched, now, language, screen.width, screen.height))
            if not screen.wait(1 - now.microsecond / 1e6):
                return


class Watched:
    """A vote in a ledger that others record into. It is read again only if something was recorded.

    ``last`` is the latest act; ``size`` how many entries the log's head covers, ``covered`` how many of them the
    newest timestamp of each authority covers. ``trouble`` says why the ledger could not be read just now.
    """

    def __init__(self, book: Ledger, symbol: str) -> None:
        self.book, self.symbol = book, symbol
        self.state: VoteState = book.vote(symbol)
        self.last: Recorded[Act] | None = None
        self.size = 0
        self.covered: dict[str, int] = {}
        self.trouble = ""
        self._position = -1

    def look(self) -> None:
        """Take in what was recorded since.

        Raises:
            Broken: an entry is not what it was when it was signed.
        """
        try:
            position, head = self.book.streams.last_position(), self.book.log.head()
            if position != self._position:
                self.state = self.book.vote(self.symbol)
                latest = tuple(self.book.acts(self.symbol, after=self.last.number if self.last else 0))
                self.last = latest[-1] if latest else self.last
                self._position = position
            size = head.size if head else 0
            if size != self.size or any(covered < size for covered in self.covered.values()):
                self.size = size
                self.covered = {}
                for stamp in self.book.log.stamps():
                    name = Authority.read(stamp.authority.encode(), where="authority").name
                    self.covered[name] = max(self.covered.get(name, 0), stamp.size)
            self.trouble = ""
        except DATABASE_ERRORS as error:  # locked for a moment by a recorder
            self.trouble = str(error)


def lines_of(watched: Watched, now: datetime, language: Language, width: int, height: int) -> list[str]:
    """The contents of a screen of this size, as lines for a terminal. ``now`` counts for a live vote."""
    state = watched.state
    clock = state.last_recorded_at if state.draft.act.times == "simulated" else now
    call = roll_call(state, clock or now)
    console = Inert(width=width, force_terminal=True, marked=language.direction == "rtl")
    with console.capture() as captured:
        for part in _parts(watched, call, language):
            console.print(Text("\n").join(wrapped(part, console, width)) if isinstance(part, Text) else part)
    lines = captured.get().splitlines()
    leave = language.say("q quits")
    if len(lines) + 1 > height:
        hidden = len(lines) - max(height - 1, 0)
        more = language.plural("{number} line does not fit", "{number} lines do not fit", hidden)
        lines, leave = lines[: max(height - 1, 0)], f"{leave} · {more}"
    return [*lines, *[""] * (height - 1 - len(lines)), Text(leave[:width]).plain]


def _parts(watched: Watched, call: RollCall, language: Language) -> list[RenderableType]:
    state, say = call.state, language.say
    parts: list[RenderableType] = []
    if state.draft.act.times == "simulated":
        parts.append(Text(say("SIMULATED: the times, persons and letters of this vote are made up"), style="reverse"))
    title = Text(said_vote(state, language), style="bold")
    if state.draft.act.title:
        title.append(f"  {language.apart(state.draft.act.title)}", style="not bold")
    parts += [title, Text(language.written(state.procedure.title), style="dim"), Text()]
    rows = [(say("now"), Text(language.instant(call.at, state.zone)))]
    if state.opening is not None:
        if call.phase == "scheduled":
            rows.append((say("opens"), Text(said_span(state.window.opens, state, language))))
        rows.append((say("closes"), Text(said_end(state, language))))
    rows += [_time_left(call, language), (say("counts"), Text(_counts(call, language)))]
    if watched.last is not None:
        ago = max((call.at - watched.last.recorded_at) // _SECOND, 0) * _SECOND
        last = say("{act} ({length} ago)", act=describe(watched.last.act, state), length=ago)
        rows.append((say("last act"), Text(last)))
    column = max(11, *(cell_len(name) + 2 for name, _ in rows))
    parts += [Text(set_cell_size(name, column), style="dim") + value for name, value in rows]
    beside = (*moves_said(state), *beside_the_outcome(state))
    parts += [Text(language.again(said), style="bold red") for said in beside]
    members, owed = _members(call, language), _owed(watched, call, language)
    return [*parts, *owed, *members] if len(call.seats) > _MANY else [*parts, *members, *owed]


def _members(call: RollCall, language: Language) -> list[RenderableType]:
    state, say, number = call.state, language.say, language.number
    replied = [seat for seat in call.seats if seat.replies]
    missing = [seat.member for seat in call.seats if not seat.replies and seat.known]
    unknown = [seat.member for seat in call.seats if not seat.known]
    values = {"number": number(len(replied)), "of": number(len(call.seats))}
    parts: list[RenderableType] = [Text(), Text(say("Replied: {number} of {of}", **values), style="bold")]
    owed = {(reply.member, reply.ordinal) for reply in call.owed}
    seats = []
    for seat in replied:
        said = language.word(seat.position) if seat.position else say("does not count")
        if seat.uncounted is not None and seat.replies[-1].act.says == "withdraws":
            said = language.again(seat.uncounted)
        line, shown = Text(f"{seat.member} {said}"), seat.reply or seat.replies[-1]
        seats.append(line.append(f" {say('owed')}", style="yellow") if (seat.member, shown.ordinal) in owed else line)
    if seats:
        parts.append(Columns(seats, column_first=True, padding=(0, 3)))
    if call.others:
        strangers = said_members((reply.member for reply in call.others), state, language)
        parts.append(Text(say("Off the roster: {members}", members=strangers)))
    if missing:
        means = language.word(state.procedure.silence.means)
        named = language.join(missing) if len(missing) > _MANY else said_members(missing, state, language)
        values = {"number": number(len(missing)), "members": named, "means": means}
        if state.is_closed:
            said = say("Silent, counted as {means} ({number}): {members}", **values)
        else:
            said = say("Missing ({number}): {members}", number=values["number"], members=named)
        parts += [Text(), Text(said)]
    if unknown:
        named = language.join(unknown) if len(unknown) > _MANY else said_members(unknown, state, language)
        values = {"number": number(len(unknown)), "members": named}
        parts += [Text(), Text(say("position not on record ({number}): {members}.", **values))]
    return parts


def _owed(watched: Watched, call: RollCall, language: Language) -> list[RenderableType]:
    """What the registrar's office still has to do: acknowledge replies, and have the log timestamped."""
    say, number = language.say, language.number
    parts: list[RenderableType] = [Text()]
    if call.owed:
        listed = language.join(whose_reply(reply) for reply in call.owed)
        parts.append(Text(say("Acknowledgement owed to: {members}", members=listed), style="yellow"))
    elif call.state.procedure.acknowledgement is not None and call.state.replies:
        parts.append(Text(say("Every reply is acknowledged."), style="dim"))
    if not watched.covered:
        parts.append(Text(say("There are no timestamps yet: nothing here is proven by others."), style="dim"))
    for name, covered in watched.covered.items():
        values = {"name": name, "number": number(watched.size - covered), "size": number(watched.size)}
        if covered < watched.size:
            said = say("Timestamp of {name} pending: {number} of {size} entries are not covered", **values)
            parts.append(Text(said, style="yellow"))
        else:
            parts.append(Text(say("Timestamps of {name} cover all {size} entries.", **values), style="dim"))
    if watched.trouble:
        parts.append(Text(say("The ledger cannot be read at the moment: {fault}", fault=watched.trouble), style="red"))
    return parts


def _time_left(call: RollCall, language: Language) -> tuple[str, Text]:
    left, say = call.time_left, language.say
    if call.phase == "scheduled" and (opens := call.state.window.opens.earliest) is not None:
        return say("phase"), Text(say("scheduled: the window opens in {length}", length=_clock(opens - call.at)))
    if left is None or call.state.documented or call.phase not in {"open", "due"}:
        return say("phase"), Text(language.again(said_phase(call)))
    if call.phase == "due":
        over = say("the window has been over for {length}; voting is not closed yet", length=_clock(abs(left)))
        return say("phase"), Text(over, style="bold red")
    return say("time left"), Text(_clock(left), style="bold")


def _clock(length: timedelta) -> str:
    minutes, seconds = divmod(length // _SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def _counts(call: RollCall, language: Language) -> str:
    silence = call.state.procedure.silence.means
    named = {} if call.state.is_closed else {silence: language.say("no reply yet")}
    counts = call.tally.counts.items()
    return " · ".join(f"{named.get(name) or language.word(name)} {language.number(count)}" for name, count in counts)
