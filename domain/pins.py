"""What an opening pins through its snapshot: how a vote loads it, and whether it is correct."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from .acts import Act, LetterSent
from .errors import Refused
from .naming import check_names
from .procedure import Procedure2
from .recorded import Documents, Recorded
from .state import VoteState
from .zone import MOST_COMPARED, alike, read_zone, zone_file

_YEAR = timedelta(days=365)


def pins_of(state: VoteState, act: Act, documents: Documents) -> dict[str, Any]:
    """The fields of the state that an opening may set; empty if ``act`` is not an opening.

    Raises:
        Malformed: a document that it pins is not one.
    """
    if not isinstance(act, LetterSent) or act.snapshot is None or state.opening or state.withdrawn:
        return {}
    snapshot = documents.snapshot(act.snapshot)
    if snapshot.zone is None:
        return {"snapshot": snapshot}
    raw = documents.zone(snapshot.zone.sha256)
    return {"snapshot": snapshot, "pinned_zone": read_zone(raw, snapshot.zone.name)}


def unfit_pins(state: VoteState, letter: LetterSent) -> Iterator[str]:
    """What in the snapshot of a vote differs from its procedure and its opening ``letter``."""
    snapshot, procedure = state.snapshot, state.procedure
    if snapshot is None:
        return
    if snapshot.procedure != state.draft.act.procedure:
        yield "the opening pins another procedure than the draft was circulated under"
    if snapshot.zone is None or snapshot.counting is None:
        if isinstance(procedure, Procedure2):
            yield "the opening pins neither a zone nor a counting"
        return
    if snapshot.zone.name != procedure.zone:
        yield f"the opening pins the zone {snapshot.zone.name}; the procedure's is {procedure.zone}"
    counting = letter.counting or procedure.window.countings[0]
    if snapshot.counting != counting:
        yield f"the opening pins the counting {snapshot.counting}; by its letter it is {counting}"


def check_pins(state: VoteState, opening: Recorded[LetterSent], documents: Documents) -> None:
    """Check what an opening pins before it is recorded; ``state`` has loaded it.

    Raises:
        Refused: it differs from the procedure or the letter, or the zone gives another time than the ``tzdata`` package
        between the opening and the close.
        Malformed: the roster has a name that people may mistake for another.
    """
    check_names({"roster": state.roster.name if state.roster else None})
    if (fault := next(unfit_pins(state, opening.act), None)) is not None:
        raise Refused(None, fault)
    if state.snapshot is None or (pinned := state.snapshot.zone) is None:
        return
    if not known_zone(state, opening, documents.zone(pinned.sha256), zone_file(pinned.name)):
        what = f"the opening pins the zone {pinned.name} with another time than the tzdata package has"
        raise Refused(None, what)


def known_zone(state: VoteState, opening: Recorded[LetterSent], pinned: bytes, known: bytes) -> bool:
    """Whether the zone ``pinned`` gives the same time as ``known`` from the opening of the window to its close.

    If the close is not known, up to the year after the earliest instant at which the window can end.
    """
    window = state.after({"opening": opening}).window
    first, last = window.opens.earliest, window.closes.latest
    if window.awaits is not None and first is not None and window.closes.earliest is not None:
        last = min(window.closes.earliest + _YEAR, first + MOST_COMPARED)
    return pinned == known or (first is not None and last is not None and alike(pinned, known, first, last))
