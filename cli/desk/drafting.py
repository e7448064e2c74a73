"""Drafts of letters: what is drafted from which options and in which format, and whether a sent file is a draft."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from .files import read_file, refuse_existing
from .output import echo

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from ...domain.acts import LetterSent
    from ...domain.state import VoteState
    from ...ledger.entries.files import Files
    from ...ledger.projections.letters import LetterKind
    from ..language.english import Language
    from ..letters.letter import Letter
    from ..letters.mail import Part
    from ..letters.words import Wanted
    from .place import Place

_MOST_ENCLOSED = 16 * 1024 * 1024
_ENDINGS = (".txt", ".pdf", ".eml", ".ics")
_PARTICULARS = (
    *("dated", "sender", "addressees", "offices", "signatory", "signatory_latin", "rank", "agenda_item"),
    *("closes_at", "counting", "opens_at"),
)
_OF_AN_OPENING = ("closes_at", "counting", "opens_at")


class Addressed(NamedTuple):
    """To whom a draft goes, from whom, where replies go, and in which time zones its deadline is given."""

    to: tuple[str, ...]
    sender: str | None
    reply_to: str | None
    zones: tuple[ZoneInfo, ...]


def own_zone(name: str) -> ZoneInfo:
    """The zone of that name."""
    from ...domain.errors import Malformed
    from ...domain.zone import zone

    try:
        return zone(name)
    except Malformed as error:
        raise click.UsageError(f"--zone: {error}") from None


def written_to(output: Path, kind: LetterKind) -> None:
    """Refuse at once a file that a draft cannot be written to."""
    if output.suffix not in _ENDINGS:
        raise click.UsageError(f"{output}: its name must end in one of {', '.join(_ENDINGS)}")
    if output.suffix == ".ics" and kind != "opening":
        raise click.UsageError(f"{output}: a calendar file has the deadline, and goes with an opening letter only")
    refuse_existing(output)


def draft_as(
    kind: LetterKind,
    place: Place,
    vote: str,
    lang: Language,
    output: Path | None,
    addressed: Addressed,
    given: dict[str, Any],
) -> bytes:
    """The draft in the format of ``output``'s name; as text for the terminal without one."""
    from ..letters.letter import drafted
    from ..letters.mail import address, eml_of

    for each in (*addressed.to, addressed.sender, addressed.reply_to):
        if each is not None:
            address(each)
    state, form = place.vote(vote), output.suffix if output is not None else ""
    wanted = _wanted(kind, state, addressed, given)
    attached = kind == "acknowledgement" and form == ".eml" and _has_receipt(place, given)
    as_of = place.as_of
    wanted = wanted._replace(receipt=attached, as_of=None if as_of is None or as_of.current else as_of.said())
    letter = drafted(state, lang, wanted, place.files, given["templates"])
    if form == ".ics":
        return _calendar(letter, place, wanted)
    if form == ".pdf":
        return letter.pdf()
    if form != ".eml":
        return letter.text(80 if output is None else 76).encode()
    parts: list[Part] = []
    if attached:
        parts.append(_receipt(place, vote, wanted, given["receipt"]))
    if kind == "opening":
        parts += _with_opening(letter, place, wanted)
    return eml_of(letter, to=addressed.to, sender=addressed.sender, reply_to=addressed.reply_to, parts=parts)


def _wanted(kind: LetterKind, state: VoteState, addressed: Addressed, given: dict[str, Any]) -> Wanted:
    from ...domain.acts import LetterSent
    from ...ledger.projections.letters import letter_on_record
    from ..letters.words import Wanted

    about = {name: given[name] for name in _PARTICULARS if given[name] not in {None, ()}}
    recorded = letter_on_record(state, kind)
    if kind == "acknowledgement" and not given["member"]:
        raise click.UsageError("an acknowledgement is of a member's reply: give --member MEMBER")
    if kind != "opening" and (wrong := next((name for name in _OF_AN_OPENING if name in about), None)):
        raise click.UsageError(f"--{wrong.replace('_', '-')} belongs to an opening letter only")
    day, planned = None, None
    if kind == "announcement":
        day = about.pop("dated", None)
        if state.result is not None and (day or given["resolution"]):
            raise click.UsageError("the result is announced: its day and number are those on record")
    if about and recorded is not None:
        where = f"this letter is on record, as act {recorded.number}"
        raise click.UsageError(f"{where}: what is on it is taken from there; leave the options out")
    if about and kind in {"opening", "outcome", "compendium", "announcement"}:
        planned = LetterSent(kind="outcome" if kind == "announcement" else kind, **about)
    elif about:
        raise click.UsageError(f"--{next(iter(about)).replace('_', '-')} is not on a letter of the kind {kind}")
    return Wanted(
        kind,
        member=given["member"] or "",
        reply=given["reply"],
        planned=planned,
        resolution=given["resolution"],
        dated=day,
        zones=addressed.zones,
        reply_to=addressed.reply_to,
    )


def _has_receipt(place: Place, given: dict[str, Any]) -> bool:
    return given["receipt"] is not None or place.named.kind == "ledger"


def _receipt(place: Place, vote: str, wanted: Wanted, file: Path | None) -> Part:
    """The receipt for an acknowledgement: the one given, or one that the ledger makes."""
    from ...ledger.evidence.receipt import read_receipt
    from ...ledger.operations.export import issue_receipt
    from ..letters.mail import Part, named
    from .desk import reading

    if file is not None:
        content = read_file(file)
        found = read_receipt(content, where=str(file))
        if found.member != wanted.member:
            raise click.UsageError(f"{file}: this is a receipt of {found.member}, not of {wanted.member}")
    else:
        with reading(place.named.text) as book:
            content = issue_receipt(book, vote, wanted.member, wanted.reply).canonical() + b"\n"
    return Part(f"receipt-{named(vote)}-{named(wanted.member)}.json", content, "application/json")


def _with_opening(letter: Letter, place: Place, wanted: Wanted) -> list[Part]:
    """What goes with an opening letter: the deadline for a calendar, and the draft as far as it is kept."""
    from ...ledger.errors import NotFound
    from ..letters.mail import Part, text_of_draft

    parts, room = list[Part](), _MOST_ENCLOSED
    if letter.state.window.closes_at is not None:
        ics = _calendar(letter, place, wanted)
        parts.append(Part("deadline.ics", ics, "text/calendar", {"charset": "utf-8", "method": "PUBLISH"}))
    draft = letter.state.draft.act
    for language, digest in sorted(draft.texts.items()):
        try:
            content = place.files.get(digest)
        except NotFound:
            continue
        if len(content) <= room:
            parts.append(text_of_draft(draft.symbol, language, content))
            room -= len(content)
    return parts


def _calendar(letter: Letter, place: Place, wanted: Wanted) -> bytes:
    from ..letters.calendar import calendar_of
    from ..letters.mail import plain
    from ..letters.words import Words

    state = letter.state
    closes = state.window.closes_at
    if closes is None:
        raise click.UsageError(f"no deadline of the vote on {state.name} is known; give --opens-at, when it is to open")
    words = Words(state, letter.language, wanted)
    said = [words.hour(closes, state.zone), words.utc(closes), *(words.hour(closes, zone) for zone in wanted.zones)]
    moves = len(state.moves) + len(state.suspensions)
    summary, description = plain(words.deadline), plain(" · ".join(said))
    return calendar_of(state.name, closes, place.origin(), moves, summary=summary, description=description)


def say_if_ours(
    file: Path | None,
    before: VoteState,
    files: Files,
    kind: LetterKind,
    *,
    member: str = "",
    reply: int = 1,
    planned: LetterSent | None = None,
    resolution: str | None = None,
    dated: date | None = None,
) -> None:
    """Say so if the recorded file is the unchanged draft of the record before it."""
    if file is None:
        return
    from ..letters.recognised import recognised
    from ..letters.words import Wanted

    wanted = Wanted(kind, member=member, reply=reply, planned=planned, resolution=resolution, dated=dated)
    code = recognised(read_file(file), before, wanted, files)
    if code is not None:
        echo(f"{file}: the draft that inblue makes of this record, unchanged ({code})")
