"""The acts, one command each, in the procedure's own words. Every command records one act, and says what followed."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .desk.desk import Desk, keystore, passphrase, reading, the_roster, which_vote
from .desk.files import read_file, refuse_existing, write_new
from .desk.options import (
    DAY,
    FILE,
    INSTANT,
    MOMENT,
    authorities_option,
    json_option,
    ledger_option,
    passphrase_options,
    signing_options,
    vote_option,
)
from .desk.output import print_json
from .desk.proof import seek_proof
from .desk.recording import file_option, perform, recording_desk, recording_options, reply_option, source_option

if TYPE_CHECKING:
    from ..ledger.entries.ballot import BallotFile
    from ..ledger.ledger import Ledger


_ON_PAPER = "on paper"


@click.group()
def draft() -> None:
    """Circulate or withdraw a draft."""


@draft.command()
@click.argument("symbol")
@click.option("--title", help="Its title, if it has one.")
@click.option("--dated", type=DAY, help="The date printed on it.")
@click.option("--sponsor", "sponsors", multiple=True, metavar="MEMBER", help="May be given several times.")
@click.option(
    "--question",
    type=click.Choice(["substantive", "procedural"]),
    default="substantive",
    show_default=True,
    help="What the draft puts; a procedure may decide the two differently.",
)
@click.option("--language", "languages", multiple=True, metavar="CODE", help="May be given several times.")
@click.option("--text", "texts", multiple=True, metavar="CODE=FILE", help="Attach the text in a language.")
@click.option("--procedure", default="unsc-2020-253", show_default=True, help="A built-in name, or a JSON file.")
@click.option("--simulated", is_flag=True, help="A rehearsal: the vote says SIMULATED wherever it is shown.")
@source_option
@signing_options
def circulate(
    symbol: str,
    procedure: str,
    simulated: bool,
    texts: tuple[str, ...],
    sponsors: tuple[str, ...],
    languages: tuple[str, ...],
    **given: Any,
) -> None:
    """Put a draft in blue: the vote on SYMBOL begins."""
    from ..domain.acts import DraftCirculated
    from ..domain.procedure import Procedure, built_in_procedure
    from ..domain.state import known_member

    rules = (
        Procedure.read(read_file(Path(procedure)), where=procedure)
        if procedure.endswith(".json")
        else built_in_procedure(procedure)
    )
    with recording_desk(given) as at:
        act = DraftCirculated(
            symbol=symbol,
            sponsors=sponsors,
            languages=languages,
            texts=dict(_attached_text(at, text) for text in texts),
            circulated_at=at.ledger.clock(),
            times="simulated" if simulated else "live",
            procedure=rules.sha256,
            **given,
        )
        for member in sponsors:
            known_member(rules, member)
        if symbol not in at.ledger.votes():
            at.ledger.adopt_procedure(rules, signer=at.signer)
        perform(at, symbol, act)


@draft.command()
@recording_options
def withdraw(vote: str | None, **given: Any) -> None:
    """Take the draft back, before voting is open."""
    from ..domain.acts import DraftWithdrawn

    with recording_desk(given) as at:
        perform(at, which_vote(at.ledger, vote), DraftWithdrawn(withdrawn_at=at.ledger.clock(), **given))


@click.group()
def letter() -> None:
    """Send a letter: procedure, opening, outcome, compendium."""


@letter.command()
@click.argument("kind", type=click.Choice(["procedure", "opening", "outcome", "compendium"]))
@click.option("--symbol", help="The letter's own symbol, if it has one.")
@click.option("--dated", type=DAY, help="The date printed on it.")
@click.option("--sender", metavar="MEMBER", help="The member that presides.")
@click.option("--sent-at", type=MOMENT, help="When it was sent (default: now).")
@click.option("--distributed", type=DAY, help="The date of its distribution as a document.")
@click.option("--opens-at", type=INSTANT, help="Opening: when the window opens (default: now).")
@click.option(
    "--closes-at", type=INSTANT, help="Opening: the deadline, only where the procedure leaves it to the letter."
)
@click.option("--roster", metavar="NAME|FILE", help="Opening: who is entitled to vote, such as unsc-2021.")
@click.option("--president", metavar="MEMBER", help="Opening: who presides (default: what the register says).")
@click.option("--programme-of-work/--no-programme-of-work", default=None, help="Opening: also announced there or not.")
@file_option
@recording_options
def send(
    kind: Any,
    vote: str | None,
    file: Path | None,
    roster: str | None,
    president: str | None,
    sent_at: datetime | date | None,
    opens_at: datetime | None,
    **given: Any,
) -> None:
    """Record a letter of KIND. The opening letter opens the window."""
    from ..domain.acts import LetterSent

    seats = the_roster(roster) if roster else None
    with recording_desk(given) as at:
        now = at.ledger.clock()
        opens = (opens_at or now) if kind == "opening" else opens_at
        act = LetterSent(kind=kind, sent_at=sent_at or now, opens_at=opens, **given)
        perform(at, which_vote(at.ledger, vote), act, file, roster=seats, president=president)
        at.opens_at = opens
        if seats is not None and roster is not None and not roster.endswith(".json"):
            at.ledger.adopt_roster(seats, signer=at.signer)


@click.group()
def vote() -> None:
    """Register a reply, close the voting, list the votes."""


@vote.command()
@click.argument("member", required=False)
@click.argument("position", required=False)
@click.option("--received-at", type=MOMENT, help="When it reached the registrar (default: now).")
@click.option("--form", default="letter", show_default=True, help="letter, note_verbale, ...")
@click.option("--dated", type=DAY, help="The date printed on it.")
@click.option("--office", "instrument_office", help="Office in the signature block: permanent_representative, ...")
@click.option("--office-in-heading", help="Where the heading's differs.")
@click.option("--signatory", help="The name as printed.")
@click.option("--signatory-latin", help="A Latin spelling of it.")
@click.option("--rank", help="The rank as printed.")
@click.option(
    "--signed",
    is_flag=False,
    flag_value=_ON_PAPER,
    metavar="[FILE]",
    help="The paper is signed; with FILE: the ballot that the member signed itself, with inblue vote sign.",
)
@click.option("--unsigned", is_flag=True, help="The paper is not signed. Give neither where it is not known.")
@click.option("--addressee", help="president, director_scad, ...")
@click.option("--language", help="The original language.")
@click.option(
    "--explanation",
    type=click.Choice(["silent", "none_stated", "enclosed", "announced"]),
    default="silent",
    show_default=True,
    help="What the reply says of an explanation of vote.",
)
@file_option
@recording_options
def cast(
    member: str | None,
    position: str | None,
    received_at: datetime | date | None,
    explanation: Any,
    instrument_office: str | None,
    signed: str | None,
    unsigned: bool,
    vote: str | None,
    file: Path | None,
    source: str | None,
    **given: Any,
) -> None:
    """Register the reply of a member.

    POSITION is a choice of the procedure, such as in_favour, or "none". Whatever is wrong with a reply, it is recorded:
    it did arrive. The clause it offends says what becomes of it. A ballot, given with --signed FILE, says itself whose
    and which it is.
    """
    from ..domain.acts import VoteCast
    from ..domain.instrument import Instrument

    if signed is not None and unsigned:
        raise click.UsageError("--signed and --unsigned cannot both be")
    ballot = _ballot(Path(signed)) if signed not in {None, _ON_PAPER} else None
    if ballot is not None:
        member, position = member or ballot.ballot.member, position or ballot.ballot.position
    if member is None or position is None:
        raise click.UsageError("give MEMBER and POSITION, or --signed FILE with the member's ballot")
    with recording_desk(given) as at:
        act = VoteCast(
            member=member,
            position=None if position == "none" else position,
            received_at=received_at or at.ledger.clock(),
            instrument=Instrument(
                office=instrument_office, signed=True if signed is not None else False if unsigned else None, **given
            ),
            explanation=explanation,
            source=source,
            ballot=ballot.signed if ballot else None,
        )
        perform(at, which_vote(at.ledger, vote), act, file)


def _ballot(file: Path) -> BallotFile:
    from ..ledger.entries.ballot import BallotFile

    return BallotFile.read(read_file(file), where=str(file))


@vote.command()
@click.argument("file", type=FILE)
@ledger_option
@vote_option
def blank(file: Path, ledger: str | None, vote: str | None) -> None:
    """Write to FILE what a member needs to sign a ballot offline.

    It names the draft, the procedure and the opening. Anybody with the ledger can make it.
    """
    from ..ledger.entries.ballot import blank_of

    with reading(ledger) as book:
        content = blank_of(book.vote(which_vote(book, vote))).canonical() + b"\n"
    write_new(file, content)
    click.echo(f"wrote {file}")


@vote.command()
@click.argument("member")
@click.argument("position")
@click.argument("blank", type=FILE, metavar="BLANK")
@click.argument("file", type=FILE)
@click.option("--key", required=True, help="Name of the member's key in the key folder.")
@authorities_option
@ledger_option
@passphrase_options
def sign(
    member: str,
    position: str,
    blank: Path,
    file: Path,
    key: str,
    authorities: Path | None,
    ledger: str | None,
    keys: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Sign a ballot with the member's own key, and write it to FILE.

    BLANK is what inblue vote blank wrote. Nothing is sent: FILE goes to the registrar as a letter would. With
    --authorities the ballot is timestamped first, so that its date does not hang on the registrar.
    """
    from ..ledger.entries.ballot import Blank
    from ..ledger.entries.ballot import sign as sign_ballot
    from ..ledger.operations.timestamps import own_timestamps, read_sources

    paper = Blank.read(read_file(blank), where=str(blank))
    signer = keystore(ledger, keys).open(key, passphrase(passphrase_file, prompt=f"Passphrase of the key {key}"))
    envelope = sign_ballot(paper.ballot(member, position), signer)
    sources = read_sources(authorities) if authorities else ()
    signed, faults = own_timestamps(envelope, sources)
    write_new(file, signed.canonical() + b"\n")
    for fault in faults:
        click.echo(f"no timestamp of {fault}", err=True)
    click.echo(f"wrote {file}: {member} votes {position} on {paper.draft}, signed with {signer.key_id[:16]}")


@vote.command()
@recording_options
def close(vote: str | None, **given: Any) -> None:
    """Close the voting, once the window is over."""
    from ..domain.acts import VotingClosed

    with recording_desk(given) as at:
        perform(at, which_vote(at.ledger, vote), VotingClosed(closed_at=at.ledger.clock(), **given))


@vote.command(name="list")
@ledger_option
@json_option
def list_votes(ledger: str | None, as_json: bool) -> None:
    """List the votes."""
    from ..ledger.projections.roll_call import roll_call
    from .desk.desk import clock_of

    with reading(ledger) as book:
        states = [book.vote(symbol) for symbol in book.votes()]
        calls = [roll_call(state, clock_of(state, book)) for state in states]
    if as_json:
        votes = [
            {
                "draft": c.state.symbol,
                "procedure": c.state.procedure.id,
                "times": c.state.draft.act.times,
                "phase": c.phase,
                "outcome": c.tally.outcome,
            }
            for c in calls
        ]
        print_json({"format": "inblue-votes/1", "votes": votes})
    else:
        from .terminal.roll_call import print_votes

        print_votes(calls)


@click.group()
def receipt() -> None:
    """Acknowledge a reply."""


@receipt.command()
@click.argument("member")
@click.option("--write", "file", type=FILE, metavar="FILE", help="Write the member's receipt to this file.")
@reply_option
@recording_options
def acknowledge(member: str, reply: int, file: Path | None, vote: str | None, **given: Any) -> None:
    """Record that the receipt of MEMBER's reply was acknowledged.

    The file that --write makes is for the member: with it, inblue verify --against FILE shows whether a ledger or
    bundle still holds the reply.
    """
    from ..domain.acts import ReceiptAcknowledged

    if file is not None:
        refuse_existing(file)
    with recording_desk(given) as at:
        symbol = which_vote(at.ledger, vote)
        act = ReceiptAcknowledged(member=member, reply=reply, acknowledged_at=at.ledger.clock(), **given)
        perform(at, symbol, act)
        seek_proof(at.ledger)
        if file is not None:
            write_receipt(at.ledger, symbol, member, reply, file)


@receipt.command()
@click.argument("member")
@click.argument("file", type=FILE)
@reply_option
@ledger_option
@vote_option
def write(member: str, file: Path, reply: int, ledger: str | None, vote: str | None) -> None:
    """Write the receipt of a reply to FILE.

    It stands under the log's latest checkpoint.
    """
    refuse_existing(file)
    with reading(ledger) as book:
        write_receipt(book, which_vote(book, vote), member, reply, file)


def write_receipt(book: Ledger, symbol: str, member: str, reply: int, file: Path) -> None:
    """Write a receipt; nothing that is there is replaced."""
    from ..ledger.operations.export import issue_receipt

    write_new(file, issue_receipt(book, symbol, member, reply).canonical() + b"\n")
    click.echo(f"wrote {file}: the receipt of {member}")


@click.group()
def reply() -> None:
    """Reject a reply, for a clause."""


@reply.command()
@click.argument("member")
@click.option("--clause", required=True, help="The clause it offends; see inblue procedure show.")
@click.option("--reason", required=True, help="Why, as it should stand in the record.")
@reply_option
@recording_options
def reject(member: str, reply: int, vote: str | None, **given: Any) -> None:
    """Record that a reply does not count. What the rules reject by themselves needs no command."""
    from ..domain.acts import ReplyRejected

    with recording_desk(given) as at:
        act = ReplyRejected(member=member, reply=reply, rejected_at=at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act)


@click.group()
def explanation() -> None:
    """File an explanation of vote."""


@explanation.command(name="file")
@click.argument("member")
@click.option("--filed-at", type=MOMENT, help="When it was filed (default: now).")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="May be given several times.")
@file_option
@recording_options
def file_explanation(
    member: str,
    filed_at: datetime | date | None,
    languages: tuple[str, ...],
    vote: str | None,
    file: Path | None,
    **given: Any,
) -> None:
    """Record a written statement of MEMBER."""
    from ..domain.acts import ExplanationFiled

    with recording_desk(given) as at:
        when = filed_at or at.ledger.clock()
        act = ExplanationFiled(member=member, filed_at=when, languages=languages, **given)
        perform(at, which_vote(at.ledger, vote), act, file)


@click.group()
def co_sponsorship() -> None:
    """Announce a co-sponsorship."""


@co_sponsorship.command(name="announce")
@click.argument("member")
@recording_options
def announce_co_sponsorship(member: str, vote: str | None, **given: Any) -> None:
    """Record that MEMBER co-sponsors the text."""
    from ..domain.acts import CoSponsorshipAnnounced

    with recording_desk(given) as at:
        act = CoSponsorshipAnnounced(member=member, announced_at=at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act)


@click.group()
def window() -> None:
    """Move the deadline, where the procedure allows it."""


@window.command()
@click.argument("closes_at", type=INSTANT)
@recording_options
def change(closes_at: datetime, vote: str | None, **given: Any) -> None:
    """Move the deadline to CLOSES_AT."""
    from ..domain.acts import WindowChanged

    with recording_desk(given) as at:
        act = WindowChanged(closes_at=closes_at, changed_at=at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act)


@click.group()
def tally() -> None:
    """Circulate the tally."""


@tally.command(name="circulate")
@recording_options
def circulate_tally(vote: str | None, **given: Any) -> None:
    """Record that the ledger's count was circulated."""
    from ..domain.acts import TallyCirculated
    from ..domain.tally import tally as count

    with recording_desk(given) as at:
        symbol = which_vote(at.ledger, vote)
        counts = count(at.ledger.vote(symbol)).counts
        perform(at, symbol, TallyCirculated(counts=counts, circulated_at=at.ledger.clock(), **given))


@click.group()
def result() -> None:
    """Announce the result."""


@result.command(name="announce")
@click.option("--resolution", help="The number of the resolution, if adopted.")
@click.option("--announced-at", type=MOMENT, help="When it was announced (default: now).")
@recording_options
def announce_result(vote: str | None, announced_at: datetime | date | None, **given: Any) -> None:
    """Record the announcement of the result.

    The outcome is not asked for: it is what the rules make of the votes.
    """
    from ..domain.acts import ResultAnnounced

    with recording_desk(given) as at:
        act = ResultAnnounced(announced_at=announced_at or at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act)


@click.group()
def entry() -> None:
    """Correct a clerical error."""


@entry.command()
@click.argument("member")
@click.option("--field", required=True, help="Such as instrument.signatory; the procedure lists what may be corrected.")
@click.option("--was", help="The value on record; leave out for none.")
@click.option("--now", "value", help="The right value; leave out for none.")
@click.option("--reason", required=True, help="How the error came about, as it should stand in the record.")
@reply_option
@file_option
@recording_options
def correct(
    member: str,
    reply: int,
    was: str | None,
    value: str | None,
    vote: str | None,
    file: Path | None,
    **given: Any,
) -> None:
    """Correct what was entered wrongly of MEMBER's reply. The old value stays in view."""
    from ..domain.acts import ClericalErrorCorrected

    with recording_desk(given) as at:
        act = ClericalErrorCorrected(
            member=member, reply=reply, was=_scalar(was), now=_scalar(value), corrected_at=at.ledger.clock(), **given
        )
        perform(at, which_vote(at.ledger, vote), act, file)


def _attached_text(at: Desk, text: str) -> tuple[str, str]:
    language, equals, path = text.partition("=")
    if not (language and equals and path):
        raise click.UsageError(f"--text {text}: write CODE=FILE, such as en=draft.pdf")
    return language, at.ledger.attach(read_file(Path(path)))


def _scalar(text: str | None) -> str | bool | None:
    return {"true": True, "false": False}.get(text, text) if text is not None else None
