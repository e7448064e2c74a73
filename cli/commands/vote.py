"""``inblue vote``: register replies, sign ballots, close the voting, list the votes."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..delegation.own import delegation_of, delegation_option, is_given
from ..desk.desk import keystore, reading, which_vote
from ..desk.files import read_file, refuse_existing, write_new
from ..desk.options import (
    DAY,
    FILE,
    INSTANT,
    MOMENT,
    agreement_options,
    authorities_option,
    json_option,
    lang_option,
    ledger_option,
    passphrase_options,
    place_options,
    vote_option,
)
from ..desk.output import echo, print_json, tell
from ..desk.place import Place, named_place, opened
from ..desk.recording import Attached, file_option, perform, recording_desk, recording_options
from ..desk.signing import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...domain.acts import Act
    from ...ledger.entries.ballot import BallotFile
    from ...ledger.projections.summary import Wanted
    from ..language.english import Language
    from ..terminal.record import Listed


_ON_PAPER = "on paper"


@click.group()
def vote() -> None:
    """Register a reply, close or annul a vote, list the votes."""


@vote.command()
@click.argument("member", required=False)
@click.argument("position", required=False)
@click.option(
    "--received-at", type=MOMENT, help="When it reached the registrar (default: now, or with --replaces as before)."
)
@click.option("--sent-at", type=MOMENT, help="When it says that it was sent. This is no evidence of its arrival.")
@click.option("--form", default="letter", show_default=True, help="letter, note_verbale, ...")
@click.option("--dated", type=DAY, help="The date printed on it.")
@click.option("--office", "instrument_office", help="The office in the signature block: permanent_representative, ...")
@click.option("--office-in-heading", help="The office in the heading, if it differs.")
@click.option("--signatory", help="The name as printed.")
@click.option("--signatory-latin", help="A Latin spelling of it.")
@click.option("--rank", help="The rank as printed.")
@click.option(
    "--signed",
    is_flag=False,
    flag_value=_ON_PAPER,
    metavar="[FILE]",
    help="The paper is signed. With FILE: the ballot that the member signed with inblue vote sign.",
)
@click.option("--unsigned", is_flag=True, help="The paper is not signed. Give neither if it is not known.")
@click.option("--addressee", help="president, director_scad, ...")
@click.option("--language", help="The original language.")
@click.option(
    "--explanation",
    type=click.Choice(["silent", "none_stated", "enclosed", "announced"]),
    default="silent",
    show_default=True,
    help="What the reply says about an explanation of vote.",
)
@click.option("--replaces", type=click.IntRange(0), metavar="ACT", help="The act that entered this paper wrongly.")
@click.option("--reason", help="With --replaces: what was wrong with that act, if it is not voided yet.")
@click.option(
    "--says",
    type=click.Choice(["withdraws", "dissociates"]),
    help="What a reply without a position does: withdraw the member's reply, or dissociate it from the text.",
)
@click.option("--by", metavar="MEMBER", help="The member that cast it, if that is not the member whose vote it is.")
@click.option("--reasons/--no-reasons", default=None, help="Whether it gives reasons. Give neither if it is not known.")
@click.option("--condition", help="The condition that the reply makes, in its words. It is shown, and has no effect.")
@click.option("--effective-at", type=INSTANT, help="The later time from which it takes effect.")
@click.option(
    "--message",
    type=click.IntRange(0),
    metavar="N",
    help="The message that it came in; it arrived when that was recorded.",
)
@click.option(
    "--part", metavar="PATH", help="With --message: the part of the message that is the paper, such as 2 or 1.2."
)
@click.option(
    "--off-roster", is_flag=True, help="MEMBER (or --by) is not one the procedure knows, such as an observer."
)
@file_option
@recording_options
def cast(
    member: str | None,
    position: str | None,
    received_at: datetime | date | None,
    sent_at: datetime | date | None,
    explanation: Any,
    instrument_office: str | None,
    signed: str | None,
    unsigned: bool,
    off_roster: bool,
    replaces: int | None,
    reason: str | None,
    says: Any,
    by: str | None,
    reasons: bool | None,
    condition: str | None,
    effective_at: datetime | None,
    message: int | None,
    part: str | None,
    vote: str | None,
    file: Path | None,
    source: str | None,
    **given: Any,
) -> None:
    """Register a member's reply.

    POSITION is a choice of the procedure, such as in_favour, or "none". A reply is recorded whatever is wrong with it,
    because it did arrive; the clause that it offends says what becomes of it. A ballot, given with --signed FILE, names
    its own member and position. With --says, leave POSITION out. Enter a letter that speaks for several members once
    for each of them, with the same --file and with --by.

    Use --message N for a reply in a message that is on record: it arrived when the message was recorded. The paper is
    the message itself, or one of its parts with --part.

    To correct a wrong entry, enter it again with --replaces ACT. That voids the act, for --reason, and the new entry
    keeps what the old one proved about the same paper.
    """
    from ...domain.acts import EntryVoided, VoteCast
    from ...domain.instrument import Instrument
    from ...domain.rules_of import choice_named

    if signed is not None and unsigned:
        raise click.UsageError("--signed and --unsigned do not go together")
    if part is not None and message is None:
        raise click.UsageError("--part goes with --message: give that too")
    if message is not None and (received_at or file):
        raise click.UsageError("--message says when it arrived and what the paper is; give no --received-at or --file")
    ballot = _ballot(Path(signed)) if signed not in {None, _ON_PAPER} else None
    if ballot is not None:
        member, position = member or ballot.ballot.member, position or ballot.ballot.position
    if says is not None:
        position = position or "none"
    if member is None or position is None:
        raise click.UsageError("give MEMBER and POSITION, or --signed FILE with the member's ballot")
    with recording_desk(given) as at:
        name = which_vote(at.ledger, vote)
        rules = at.ledger.vote(name).procedure if at.ledger.has_vote(name) else None
        if rules is not None and not off_roster:
            for stranger in (each for each in (member, by) if each is not None and not rules.knows(each)):
                raise click.UsageError(f"{rules.unknown(stranger)} (--off-roster records it all the same)")
        if rules is not None and position != "none":
            position = choice_named(rules, position)
        state = at.ledger.vote(name) if replaces is not None else None
        old = state.reply_in(replaces) if state is not None and replaces is not None else None
        if old is not None and file is None and message is None:  # the same paper, unless another one is given
            kept = old.entered.act.instrument
            given |= {"sha256": kept.sha256, "media_type": kept.media_type}
        came = received_at or (old.act.received_at if old else at.ledger.clock())
        paper = Instrument(
            office=instrument_office, signed=True if signed is not None else False if unsigned else None, **given
        )
        found = None if message is None else at.ledger.in_message(message, part, paper)
        act = VoteCast(
            member=member,
            position=None if position == "none" else position,
            received_at=found.received.recorded_at if found else came,
            instrument=found.paper if found else paper,
            message=found.named if found else None,
            sent_at=sent_at,
            explanation=explanation,
            source=source,
            ballot=ballot.signed if ballot else None,
            replaces=replaces,
            says=says,
            by=by,
            reasons=reasons,
            condition=condition,
            effective_at=effective_at,
        )
        acts: list[Act] = [act]
        if old is not None and old.voided is None:
            if reason is None:
                raise click.UsageError(f"act {replaces} is not voided yet: say with --reason what is wrong with it")
            acts = [EntryVoided(number=old.entered.number, reason=reason, voided_at=at.ledger.clock()), act]
        perform(at, name, *acts, file=file, files=Attached.carried(found))


def _ballot(file: Path) -> BallotFile:
    if not file.exists():
        raise click.UsageError(
            f"--signed {file}: no such ballot; for a signed paper, write --signed after MEMBER and POSITION"
        )
    from ...ledger.entries.ballot import BallotFile

    return BallotFile.read(read_file(file), where=str(file))


@vote.command()
@click.argument("file", type=FILE)
@ledger_option
@vote_option
def blank(file: Path, ledger: str | None, vote: str | None) -> None:
    """Write to FILE what a member needs to sign a ballot offline.

    FILE names the log, the draft and its round, the text, the opening and the deadline. The ballot will be bound to all
    of them. Anyone who can read the ledger can make FILE.
    """
    from ...ledger.entries.ballot import blank_of

    with reading(ledger) as book:
        content = blank_of(book.vote(which_vote(book, vote)), book.register()).canonical() + b"\n"
    write_new(file, content, private=True)
    tell(f"wrote {file}")


@vote.command()
@click.argument("member")
@click.argument("position")
@click.argument("blank", type=FILE, metavar="BLANK")
@click.argument("file", type=FILE)
@click.option("--key", help="Name of the member's key, or where it is: pkcs11:..., ssh-agent:...")
@click.option(
    "--draft", type=FILE, help="Your copy of the draft: it is shown, and refused if it is not the text being voted on."
)
@click.option("--zone", help="Show the deadline in this zone too (default: the delegation's).")
@delegation_option
@agreement_options
@authorities_option
@ledger_option
@passphrase_options
def sign(
    member: str,
    position: str,
    blank: Path,
    file: Path,
    key: str | None,
    draft: Path | None,
    zone: str | None,
    delegation: Path | None,
    authorities: Path | None,
    ledger: str | None,
    keys: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Sign a ballot with the member's own key, and write it to FILE.

    BLANK is what inblue vote blank wrote. On a terminal, the command shows the vote, its text and its deadline, and
    asks before it signs. In a delegation's folder, the delegation's key signs. Nothing is sent: FILE goes to the
    registrar as a letter would. With --authorities the ballot is timestamped first, so that its date does not depend on
    the registrar.
    """
    from datetime import UTC

    from ...domain.naming import name_of
    from ...ledger.entries.ballot import read_blank
    from ...ledger.entries.ballot import sign as sign_ballot
    from ...ledger.operations.authorities import read_sources
    from ...ledger.operations.timestamps import own_timestamps
    from ...ledger.standards.ed25519 import key_id
    from ..delegation.ballot import agreed_to_sign, check_own, position_of

    own = None if delegation is None and is_given("keys") else delegation_of(delegation)
    if key is None and own is None:
        raise click.UsageError("give --key, or go to the delegation's folder (inblue delegation init)")
    refuse_existing(file)
    paper = read_blank(read_file(blank), where=str(blank))
    check_own(paper, member, own)
    ballot = paper.ballot(member, position_of(paper, position))
    name = key if key is not None or own is None else own.key
    store = own.keys if own is not None else keystore(ledger, keys)
    ring = Keys(store, passphrase_file, prompt=f"Passphrase of the key {name}")
    zone = zone or (own.known.zone if own is not None else None)
    shown = key_id(ring.public(str(name)))[:16]
    if not agreed_to_sign(ballot, paper, draft, now=datetime.now(UTC), zone=zone, key=shown):
        return
    envelope = sign_ballot(ballot, ring.open(str(name)))
    sources = read_sources(authorities) if authorities else ()
    signed, faults = own_timestamps(envelope, sources)
    write_new(file, signed.canonical() + b"\n", private=True)
    for fault in faults:
        echo(f"no timestamp of {fault}", err=True)
    said = name_of(paper.draft, paper.round) + (" (a rehearsal)" if paper.rehearsal else "")
    tell(f"wrote {file}: {member} votes {ballot.position} on {said}, signed with {shown}")


@vote.command()
@recording_options
def close(vote: str | None, **given: Any) -> None:
    """Close the voting, once the window is over.

    Where the procedure sets no deadline, this ends the window.
    """
    from ...domain.ending_acts import VotingClosed

    with recording_desk(given) as at:
        name = which_vote(at.ledger, vote)
        state = at.ledger.vote(name)
        chosen = state.procedure.window.fixed_by == "closing" and not state.documented
        perform(at, name, VotingClosed(closed_at=None if chosen else at.ledger.clock(), **given))


@vote.command()
@click.option("--reason", required=True, help="Why, in the words that go on record.")
@click.option("--by", metavar="MEMBER", help="The member that annulled it.")
@click.option("--file", type=FILE, required=True, help="Attach the paper that says so.")
@recording_options
def annul(vote: str | None, file: Path, **given: Any) -> None:
    """End an open vote without a result, where the procedure allows it.

    This is possible until the close. The draft can then be put again, with inblue draft circulate --round.
    """
    from ...domain.ending_acts import VoteAnnulled

    with recording_desk(given) as at:
        act = VoteAnnulled(annulled_at=at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act, file=file)


@vote.command(name="list")
@place_options
@click.option("--body", help="Only votes of this body: its name, or a procedure's id or the beginning of one (unsc).")
@click.option(
    "--from", "since", type=MOMENT, metavar="T", help="Only votes that were not over before this instant or date."
)
@click.option("--to", "until", type=MOMENT, metavar="T", help="Only votes that had begun by this instant or date.")
@click.option(
    "--member",
    metavar="MEMBER[=POSITION]",
    help="Only votes in which the member took part, or took that position (such as against, or absent).",
)
@click.option(
    "--outcome", type=click.Choice(["adopted", "not_adopted", "vetoed", "open"]), help="Only votes with this outcome."
)
@lang_option
@json_option
def list_votes(
    source: str | None,
    ledger: str | None,
    body: str | None,
    since: datetime | date | None,
    until: datetime | date | None,
    member: str | None,
    outcome: str | None,
    lang: Language,
    as_json: bool,
) -> None:
    """List the votes, each with its outcome, evidence and findings.

    The replies that take effect are counted by the strength of their evidence. Nothing is proven without a trust file:
    see inblue audit --all --trust. With --from and --to, a vote whose days are uncertain is listed, and marked, if it
    may have been held then.
    """
    from ...ledger.projections.as_of import as_of_json
    from ...ledger.projections.summary import Wanted, summary_json
    from ..terminal.record import print_listed

    who, _, position = (member or "").partition("=")
    wanted = Wanted(body, since, until, who or None, position or None, outcome)
    with opened(named_place(source, ledger)) as place:
        found = _listed(place, wanted)
        if as_json:
            votes = [
                {**summary_json(each.sum), "phase": each.call.phase, "certainly_in_time": each.certainly}
                for each in found
            ]
            print_json({"format": "inblue-votes/1", "as_of": as_of_json(place.as_of), "votes": votes})
        else:
            from ..terminal.verification import print_as_of

            print_as_of(place.as_of, lang)
            print_listed(found, lang)


def _listed(place: Place, wanted: Wanted) -> Iterator[Listed]:
    """The votes that match; only one is in memory at a time."""
    from ...ledger.projections.roll_call import roll_call
    from ...ledger.projections.summary import summary_of
    from ..terminal.record import Listed

    for name in place.votes:
        summary = summary_of(place.record(name))
        if wanted.has(summary):
            call = roll_call(summary.state, place.time_of(summary.state))
            yield Listed(call, summary, wanted.certainly_in_time(summary))
