"""A ballot in words before it is signed: on what, until when, and how. In English, like other previews."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...domain.ballot import DRAFT, Ballot
from ...domain.canonical import digest
from ...domain.inert import inert
from ...domain.instant import format_local
from ...domain.wording import words
from ...domain.zone import zone as zone_of
from ...ledger.entries.ballot import AnyBlank, Blank
from ..desk.files import read_file
from ..desk.options import Consent
from ..desk.output import echo
from ..language.english import ENGLISH
from ..terminal.consideration import print_file
from ..terminal.tables import console, print_facts
from ..terminal.wrap import Text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ...ledger.delegation.folder import DelegationFolder


def position_of(blank: AnyBlank, typed: str) -> str:
    """The position that somebody typed, as the procedure spells it: "In favour" is in_favour."""
    spelled = "_".join(typed.casefold().replace("-", " ").split())
    return spelled if isinstance(blank, Blank) and spelled in blank.choices else typed


def check_own(blank: AnyBlank, member: str, own: DelegationFolder | None) -> None:
    """Refuse a blank of another log than the delegation's, or another member."""
    if own is None:
        return
    if own.known.member != member:
        raise click.UsageError(f"this is the delegation of {own.known.member}; it signs for no other member")
    if own.known.log != blank.log:
        raise click.UsageError(
            f"the blank is of the log {blank.log}, and this delegation is enrolled in {own.known.log}"
        )


def agreed_to_sign(
    ballot: Ballot, blank: AnyBlank, draft: Path | None, *, now: datetime, zone: str | None, key: str
) -> bool:
    """Show the ballot, and ask on a terminal, unless --yes says so already; False in a dry run.

    A ``draft`` whose bytes are not those of a text that is put to the vote is refused.
    """
    content = read_file(draft) if draft is not None else None
    facts = [*_of_the_vote(ballot, blank), *_texts(blank, draft, content), *_deadline(ballot, now, zone)]
    facts += [("log", blank.log), ("opening", blank.opening), ("key", key)]
    consent = Consent.of_call()
    asking = sys.stdin.isatty() and sys.stderr.isatty()
    if consent.dry_run or asking:
        out = console(to=None if consent.dry_run else sys.stderr)
        if blank.rehearsal:
            out.print(Text(" SIMULATED: a rehearsal, which decides nothing ", style="reverse bold"))
        print_facts(out, facts)
        if draft is not None and content is not None:
            print_file(out, draft.name, content)
    if consent.dry_run:
        echo("a dry run: nothing was signed")
        return False
    if asking and not consent.given and not click.confirm("Sign this ballot?", err=True):
        echo("nothing was signed", err=True)
        raise click.exceptions.Exit(2)
    return True


def _of_the_vote(ballot: Ballot, blank: AnyBlank) -> Iterator[tuple[str, str]]:
    said = ballot.position
    yield "member", f"{ENGLISH.member(ballot.member)} ({ballot.member})"
    yield "votes", "on no draft" if said is None else words(said).upper()
    for each in ballot.replies:
        if each.question != DRAFT:
            yield f"on {words(each.question)}", words(each.position).upper()
    yield "draft", blank.draft if blank.round == 1 else f"{blank.draft}, put for the time {blank.round}"
    if isinstance(blank, Blank):
        yield "title", inert(blank.title) if blank.title else "none is on record"
        yield "body", inert(blank.body)
    else:
        yield "title", "this blank, of an earlier version, does not say it"
    yield "kind", "a rehearsal, simulated" if blank.rehearsal else "in earnest"


def _texts(blank: AnyBlank, draft: Path | None, content: bytes | None) -> Iterator[tuple[str, str]]:
    if not blank.texts:
        yield "text", "no digest of a text is on record: the ballot is bound to the symbol alone"
    for language, sha256 in sorted(blank.texts.items()):
        yield "text", f"{ENGLISH.tongue(language)}: SHA-256 {sha256}"
    if draft is None or content is None:
        yield "draft file", "none is given; --draft FILE compares one with these digests"
        return
    own = digest(content)
    agrees = [ENGLISH.tongue(language) for language, sha256 in blank.texts.items() if sha256 == own]
    if not agrees and blank.texts:
        raise click.UsageError(
            f"{draft} is not a text that is put to the vote: its SHA-256 is {own}; nothing was signed"
        )
    yield "draft file", f"{draft.name} is the text in {', '.join(agrees)}" if agrees else f"{draft.name}, SHA-256 {own}"


def _deadline(ballot: Ballot, now: datetime, zone: str | None) -> Iterator[tuple[str, str]]:
    closes = ballot.closes_at
    if closes is None:
        yield "deadline", f"no instant is known; it follows from the clause {ballot.rule}"
        return
    left = closes - now
    passed = f"{ENGLISH.duration(left)} left" if left.total_seconds() > 0 else f"PASSED {ENGLISH.duration(left)} ago"
    yield "deadline", f"{format_local(closes, zone_of('UTC'))}, {passed}"
    where: ZoneInfo | tzinfo | None = zone_of(zone) if zone is not None else now.astimezone().tzinfo
    at = closes.astimezone(where)
    yield "", f"{at:%A %Y-%m-%d %H:%M:%S} {zone or 'by this machine'} ({at:%z})"
