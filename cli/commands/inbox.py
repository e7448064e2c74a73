"""``inblue inbox``: record messages as they arrive, and let a person decide what each is."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.desk import desk, ledger_address, reading
from ..desk.files import read_file, write_new
from ..desk.options import (
    FILE,
    Consent,
    consent_options,
    json_option,
    ledger_option,
    passphrase_options,
    signing_options,
)
from ..desk.output import echo, print_json, print_json_line
from ..desk.recording import recording_desk
from ..project.settings import Setting

if TYPE_CHECKING:
    from ...ledger.intake.places import Found
    from ...ledger.intake.proposing import Read
    from ...ledger.intake.tray import Tray, Waiting
    from ...ledger.ledger import Ledger
    from ..desk.desk import Desk

_TAKE = "take"


class Inbox(click.Group):
    """A group that takes a word that is not a subcommand as the place to read messages from."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, after putting the command ``take`` before a place."""
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = [_TAKE, *args]
        return super().parse_args(ctx, args)


@click.group(cls=Inbox)
def inbox() -> None:
    """Record messages as they arrive, and review what they propose.

    inblue inbox PLACE records messages from a file, a folder of .eml files, a Maildir, an mbox, or standard input (-).
    Each message is recorded as it came, before anything in it is read, and signed by a key of the office intake. inblue
    inbox review then shows each letter beside the reply that it proposes, for a person to correct and confirm.
    """


@inbox.command(name=_TAKE)
@click.argument("place", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--watch", is_flag=True, help="PLACE is a Maildir: record what arrives there, until interrupted.")
@click.option(
    "--intake-key",
    cls=Setting,
    envvar="INBLUE_INTAKE_KEY",
    default="intake",
    show_default=True,
    help="Name of the key that records arriving messages, or where it is.",
)
@json_option
@ledger_option
@passphrase_options
def take(
    place: Path,
    watch: bool,
    intake_key: str,
    as_json: bool,
    ledger: str | None,
    keys: Path | None,
    passphrase_file: Path | None,
) -> int:
    """Record the messages in PLACE, and show what each proposes.

    PLACE is a file, a folder of .eml files, a Maildir, an mbox, or - for standard input. Nothing in it is moved or
    changed, and a message that is on record already is not recorded again. With --watch, messages are not read: only
    their arrival is recorded, the moment each lands.
    """
    with desk(ledger, keys, intake_key, passphrase_file, None) as at:
        return _watched(at, place, as_json) if watch else _taken(at, place, as_json)


def _taken(at: Desk, place: Path, as_json: bool) -> int:
    from ...ledger.intake.places import message_in, messages_in
    from ...ledger.intake.proposing import asked_of, read_and_propose
    from ..inbox.beside import proposed

    faults, asked = 0, asked_of(at.ledger)
    found = [message_in(sys.stdin.buffer)] if str(place) == "-" else messages_in(place)
    for each in found:
        if each.raw is None or not (line := _received(at, each, each.raw)):
            faults += 1
            echo(each.fault, err=True) if each.fault else None
            continue
        read = read_and_propose(each.raw, asked)
        if as_json:
            print_json_line({**line, "proposal": read.proposal.json_value()})
        else:
            echo(f"{line['said']}: {proposed(read.proposal)}")
    return 2 if faults else 0


def _received(at: Desk, found: Found, raw: bytes) -> dict[str, Any]:
    """The line on a message that was recorded; empty, after an error message, where it cannot be kept."""
    from ...domain.errors import Malformed
    from ...domain.instant import format_instant

    try:
        kept = at.ledger.receive_message(raw, signer=at.signer)
    except Malformed as error:
        echo(f"{found.where}: not kept: {error}", err=True)
        return {}
    number = kept.message.number
    return {
        "format": "inblue-received/1",
        "message": number,
        "recorded_at": format_instant(kept.message.recorded_at),
        "already": kept.already,
        "from": found.where,
        "said": f"message {number} {'was on record' if kept.already else 'recorded'} ({found.where})",
    }


def _watched(at: Desk, place: Path, as_json: bool) -> int:
    from ...ledger.intake.places import is_maildir
    from ...ledger.intake.watch import MaildirWatch
    from ..desk.proof import seek_proof

    if not is_maildir(place):
        raise click.UsageError(f"{place}: not a Maildir (it has no new and cur)")

    def receive(found: Found, raw: bytes) -> bool:
        line = _received(at, found, raw)
        if line and not line["already"]:
            print_json_line(line) if as_json else echo(line["said"])
            sys.stdout.flush()
        return bool(line) and not line["already"]

    watch = MaildirWatch(place, receive, told=lambda said: echo(said, err=True), settled=lambda: seek_proof(at.ledger))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: watch.stop.set())
    echo(f"watching {place}", err=True)
    watch.run()
    echo("stopped", err=True)
    return 0


@inbox.command(name="list")
@click.option("--all", "every", is_flag=True, help="Also list messages that were recorded or set aside.")
@ledger_option
@json_option
def list_messages(every: bool, ledger: str | None, as_json: bool) -> None:
    """List the messages that wait for review, with what each proposes."""
    from ..inbox.beside import print_tray

    with reading(ledger) as book:
        tray = _tray(book, ledger)
        listed = _read(book, (each for each in tray.messages() if every or each.waits))
        if as_json:
            print_json({"format": "inblue-inbox/1", "messages": [_json(waiting, read) for waiting, read in listed]})
        else:
            print_tray(listed)


@inbox.command()
@click.argument("number", type=click.IntRange(0), metavar="N")
@click.option("--part", metavar="PATH", help="The part to write: 2, or 1.2. Without it, the message as it came.")
@click.option("--to", type=FILE, help="Write the bytes to this file.")
@ledger_option
@json_option
def show(number: int, part: str | None, to: Path | None, ledger: str | None, as_json: bool) -> None:
    """Show message N and what it proposes, or write it to a file."""
    from ...domain.instrument import Instrument
    from ...ledger.intake.proposing import asked_of
    from ..inbox.beside import print_letter

    if part is not None and to is None:
        raise click.UsageError("--part needs a file to write to: give --to FILE")
    with reading(ledger) as book:
        waiting = _tray(book, ledger).one(number)
        if to is not None:
            found = book.in_message(number, part, Instrument(form="letter"))
            write_new(to, book.message_bytes(number) if found.content is None else found.content, private=True)
            echo(f"wrote {to}")
            return
        ((_, read),) = _read(book, [waiting], every=True)
        assert read is not None  # noqa: S101 - every one is read
        if as_json:
            print_json({"format": "inblue-inbox/1", "messages": [_json(waiting, read)]})
        else:
            fields = {field: each.value for field, each in read.proposal.fields.items()}
            print_letter(waiting, read, fields, asked_of(book).members, whole=True)


@inbox.command()
@click.argument("number", type=click.IntRange(0), metavar="[N]", required=False)
@click.option(
    "--rule",
    cls=Setting,
    field="intake_rule",
    envvar="INBLUE_INTAKE_RULE",
    type=FILE,
    help="With --yes: the registrar's rule on what may be recorded without a person (docs/intake.md).",
)
@signing_options
@consent_options
def review(number: int | None, rule: Path | None, **given: Any) -> int:
    """Review messages, or message N: correct, confirm, set aside.

    As with every act, you see what would be recorded before it is signed. With --yes the command does not ask: it
    records only what the registrar's rule allows, and the other messages wait.
    """
    from ...ledger.intake.proposing import IntakeRule, asked_of
    from ..inbox.reviewing import record_by_rule, review_at_terminal

    consent, address = Consent.of_call(), given["ledger"]
    if consent.given and rule is None:
        raise click.UsageError("--yes records what a rule of the registrar's allows: give --rule FILE")
    if not consent.given and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(
            "a person reviews at a terminal; a program takes inblue inbox list --json, and records with "
            "inblue vote cast --message N --part PATH"
        )
    allowed = IntakeRule.read(read_file(rule), where=str(rule)) if rule is not None and consent.given else None
    with recording_desk(given) as at:
        tray = _tray(at.ledger, address)
        messages = [tray.one(number)] if number is not None else [each for each in tray.messages() if each.waits]
        asked = asked_of(at.ledger)
        if allowed is not None:
            done = record_by_rule(at, [each for each in messages if each.waits], asked, allowed)
        else:
            done = review_at_terminal(at, tray, messages, asked)
    echo(f"{done.recorded} recorded, {done.aside} set aside, {done.left} waiting", err=True)
    return 0


@inbox.command()
@click.argument("number", type=click.IntRange(0), metavar="[N]", required=False)
@click.option(
    "--own-host",
    "own_hosts",
    cls=Setting,
    field="mail_hosts",
    multiple=True,
    metavar="HOST",
    help="A mail host of your own, by name or address: its lines on mail are trusted. May be given several times.",
)
@click.option(
    "--roots", type=FILE, help="Certificates (PEM) that you accept as roots of signers. No others are accepted."
)
@click.option("--dns", "answers", type=FILE, help="Do not ask DNS: use the answers in this file, as dig prints them.")
@click.option("--dns-server", metavar="ADDRESS", help="Ask this DNS server for keys, instead of the system's.")
@click.option(
    "--intake-key",
    cls=Setting,
    envvar="INBLUE_INTAKE_KEY",
    default="intake",
    show_default=True,
    help="Name of the key that records arriving messages, or where it is.",
)
@json_option
@ledger_option
@passphrase_options
def observe(
    number: int | None,
    own_hosts: tuple[str, ...],
    roots: Path | None,
    answers: Path | None,
    dns_server: str | None,
    intake_key: str,
    as_json: bool,
    ledger: str | None,
    keys: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Record what messages show about their time and sender.

    Examines message N, or every message that was not examined yet: its Received lines, its DKIM signatures, and the
    S/MIME and PDF signatures in it. The result is recorded as an observation. It is shown beside a reply, and makes no
    verdict stronger. Everything that it rests on is kept, so that inblue audit --mail can repeat it offline. The keys
    of DKIM signatures are looked up in DNS, each once.
    """
    from ..inbox.observing import observe_messages

    if answers is not None and dns_server is not None:
        raise click.UsageError("--dns takes answers from a file, and --dns-server asks for them; give only one of them")
    given = {"hosts": own_hosts, "roots": _text_of(roots), "server": dns_server}
    with desk(ledger, keys, intake_key, passphrase_file, None) as at:
        observe_messages(at, number, given, None if answers is None else read_file(answers), as_json=as_json)


def _text_of(file: Path | None) -> str:
    return "" if file is None else read_file(file).decode("utf-8", "replace")


@inbox.command(name="set-aside")
@click.argument("number", type=click.IntRange(0), metavar="N")
@click.option("--no-reply", is_flag=True, help="The message is not a reply.")
@click.option("--reason", help="Why.")
@click.option("--take-back", is_flag=True, help="Put it back among the waiting messages.")
@ledger_option
def set_aside(number: int, no_reply: bool, reason: str | None, take_back: bool, ledger: str | None) -> None:
    """Set message N aside; it stays on record.

    The choice is kept beside the ledger, in FILE.inbox.
    """
    with reading(ledger) as book:
        tray = _tray(book, ledger)
        waiting = tray.one(number)
        if take_back:
            tray.take_back(waiting.message)
            echo(f"message {number} waits")
            return
        tray.put_aside(waiting.message, "no_reply" if no_reply else "set_aside", reason, book.clock())
        echo(f"message {number} is set aside")


def _tray(book: Ledger, address: str | None) -> Tray:
    from ...ledger.intake.tray import Tray
    from ...ledger.stores.address import beside

    return Tray(book, beside(ledger_address(address), "inbox"))


def _read(
    book: Ledger, messages: Iterator[Waiting] | list[Waiting], *, every: bool = False
) -> Iterator[tuple[Waiting, Read | None]]:
    """The messages, each with what is read of it; of those that wait, or ``every`` one."""
    from ...ledger.intake.proposing import asked_of, read_and_propose

    asked = asked_of(book)
    for waiting in messages:
        waits = every or waiting.waits
        yield waiting, read_and_propose(book.message_bytes(waiting.message.number), asked) if waits else None


def _json(waiting: Waiting, read: Read | None) -> dict[str, Any]:
    """One message of ``inblue-inbox/1``."""
    from ...domain.instant import format_instant

    return {
        "message": waiting.message.number,
        "digest": waiting.message.digest,
        "recorded_at": format_instant(waiting.message.recorded_at),
        "recorded": [each._asdict() for each in waiting.recorded],
        "aside": None if waiting.aside is None else waiting.aside.json_value(),
        "contents": None if read is None else read.contents.json_value(),
        "proposal": None if read is None else read.proposal.json_value(),
    }
