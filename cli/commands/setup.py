"""``inblue setup``: ask for what the first day needs, show it, and do it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..desk.desk import keystore, ledger_address, name_of_log_key, open_ledger, the_procedure, the_roster
from ..desk.files import write_new
from ..desk.options import FILE, REGISTRAR_KEY, LanguageType
from ..desk.output import echo, tell
from ..desk.signing import Keys
from ..project.project_file import NAME, project_text, read_project
from ..workspace.founding import PROMPT_FOR_NEW, check_origin, found

if TYPE_CHECKING:
    from ...domain.procedure import Procedure
    from ...domain.register_acts import RegisterAct
    from ...ledger.ledger import Ledger

INTAKE_KEY = "intake"
_NOTHING = "-"
_LATER = ("authorities", "policy", "mail_hosts")
"""What a first day can do without; inblue doctor reports that it is missing."""


class Wanted(NamedTuple):
    """What is to be set up, checked."""

    ledger: str
    keys: Path | None
    origin: str | None
    holder: str | None
    procedure: str
    roster: str | None
    presides: str | None
    month: str
    intake: bool
    simulated: bool
    authorities: Path | None
    policy: Path | None
    language: str
    mail_hosts: tuple[str, ...]

    def project(self) -> str:
        """The project file."""
        return project_text(
            {
                "ledger": self.ledger,
                "keys": None if self.keys is None else str(self.keys),
                "key": REGISTRAR_KEY,
                "intake_key": INTAKE_KEY if self.intake else None,
                "procedure": self.procedure,
                "roster": self.roster,
                "simulated": self.simulated,
                "authorities": None if self.authorities is None else str(self.authorities),
                "policy": None if self.policy is None else str(self.policy),
                "language": self.language,
                "mail_hosts": list(self.mail_hosts) or None,
            }
        )


@click.command()
@click.option("--ledger", metavar="LEDGER", help="An SQLite file, or postgresql://... (default: council.db).")
@click.option("--keys", type=click.Path(file_okay=False, path_type=Path), help="Folder of private keys.")
@click.option("--origin", metavar="NAME", help="The log's public name, such as example.org/votes.")
@click.option("--holder", metavar="NAME", help="Who holds the registrar's office, in the words that go on record.")
@click.option("--procedure", help="The body's procedure: a built-in name, or a file (default: unsc-2020-253).")
@click.option("--roster", metavar="NAME|FILE", help="Who votes (default: the built-in roster of the day).")
@click.option(
    "--president", "presides", metavar="MEMBER", help="Who presides this month, where the procedure needs it."
)
@click.option("--intake/--no-intake", default=True, help="Make a key that records arriving mail (default: yes).")
@click.option("--simulated/--in-earnest", default=None, help="Whether drafts are rehearsals (default) or real votes.")
@click.option("--authorities", type=FILE, help="File of the timestamp authorities to ask.")
@click.option("--policy", type=FILE, help="File of the witnesses to ask, a C2SP tlog-policy.")
@click.option("--lang", "language", metavar="CODE", help="ar, zh, en, fr, ru or es (default: en).")
@click.option(
    "--mail-host",
    "mail_hosts",
    multiple=True,
    metavar="NAME",
    help="A mail host of your own. May be given several times.",
)
@click.option("--passphrase-file", type=FILE, help="Read the passphrase from the first line of this file.")
@click.option("--yes", is_flag=True, help="Do not ask: use the answer in brackets for what is not given.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
def setup(passphrase_file: Path | None, yes: bool, dry_run: bool, **given: Any) -> None:
    """Set up a folder for work: ledger, keys, project file.

    Asks for what the first day needs, with the usual answer in brackets, and shows the answers before it acts. It then
    founds the ledger with its keys, assigns the month's presidency, and writes inblue.toml. Commands in this folder,
    and below it, then find the ledger, the keys and the procedure by themselves. A ledger that exists already is kept
    as it is.
    """
    if Path(NAME).exists():
        raise click.UsageError(
            f"{NAME} is here already; see inblue project show for its settings, inblue doctor for what is missing"
        )
    asked = not yes and sys.stdin.isatty() and sys.stderr.isatty()
    wanted = _checked(_answers(given, _ask if asked else _take))
    for line in _plan(wanted):
        echo(line)
    if dry_run:
        echo("a dry run: nothing was done")
        return
    if asked and not click.confirm("Do this?", default=True, err=True):
        echo("nothing was done", err=True)
        raise click.exceptions.Exit(2)
    _do(wanted, passphrase_file)
    tell(f"wrote {NAME}; next: inblue unlock, then inblue draft circulate SYMBOL --title TITLE; see inblue doctor")


Question = Callable[[str, str, str | None], str]


def _ask(_: str, question: str, usual: str | None) -> str:
    answer: str = click.prompt(question, default=usual or _NOTHING, err=True)
    return "" if answer.strip() == _NOTHING else answer.strip()


def _take(_: str, __: str, usual: str | None) -> str:
    return usual or ""


def _answers(given: dict[str, Any], ask: Question) -> dict[str, Any]:
    """The given values, and answers for the rest, in the order of the first day."""
    from ...domain.rules_of import known_member
    from ...ledger.clock import system_clock

    def answer(name: str, question: str, usual: str | None = None) -> None:
        if given[name] in {None, ()}:
            given[name] = ask(name, question, usual) or None

    answer("ledger", "The ledger: a file, or postgresql://...", "council.db")
    answer("origin", "The log's public name, such as example.org/votes (- for a random one)")
    answer("procedure", "The procedure of the body", "unsc-2020-253")
    rules, now = the_procedure(given["procedure"]), system_clock()
    answer("roster", "The roster: who votes (- for none yet)", _usual_roster(rules, now))
    given["month"] = _month(rules, now)
    if getattr(rules, "presider", None) is not None:
        answer("presides", f"The member that presides in {given['month']}, by its id (- for not yet)")
        if given["presides"] is not None:
            known_member(rules, given["presides"])
    if given["simulated"] is None:
        given["simulated"] = not ask("simulated", "A rehearsal, or in earnest", "rehearsal").startswith("in")
    asked = "Timestamp authorities, witnesses, mail hosts: name them now, or later"
    if any(given[name] for name in _LATER) or ask("proof", asked, "later") != "later":
        answer("authorities", "The file of the timestamp authorities (- for none yet)")
        answer("policy", "The file of the witnesses' policy (- for none yet)")
        answer("mail_hosts", "Your own mail hosts, separated by spaces (- for none yet)")
    answer("language", "The language: ar, zh, en, fr, ru or es", "en")
    return given


def _checked(given: dict[str, Any]) -> Wanted:
    """Read and check everything before making anything."""
    from ...ledger.operations.authorities import read_sources
    from ...ledger.standards.witness_policy import read_policy
    from ...ledger.stores.address import PostgresAddress

    address = ledger_address(given["ledger"])
    if isinstance(address, PostgresAddress) and address.secrets:
        raise click.UsageError("--ledger: a project file has no password; put it into ~/.pgpass")
    if given["origin"] is not None:
        check_origin(given["origin"])
    if given["roster"] is not None:
        the_roster(given["roster"])
    for name, read in (("authorities", read_sources), ("policy", read_policy)):
        given[name] = None if given[name] is None else Path(given[name])
        if given[name] is not None:
            read(given[name])
    hosts = given["mail_hosts"] or ()
    given["mail_hosts"] = tuple(hosts.split()) if isinstance(hosts, str) else hosts
    for host in given["mail_hosts"]:
        if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})", host):
            raise click.UsageError(f"{host!r} is not the name of a host, such as mx.example.org")
    LanguageType().convert(given["language"], None, None)
    return Wanted(**given)


def _usual_roster(rules: Procedure, now: datetime) -> str | None:
    from ...domain.seats import fitting
    from ...domain.zone import zone

    return next(iter(fitting(rules, now.astimezone(zone(rules.zone)).date())), None)


def _month(rules: Procedure, now: datetime) -> str:
    from ...domain.zone import zone

    return now.astimezone(zone(rules.zone)).strftime("%Y-%m")


def _is_there(wanted: Wanted) -> bool:
    from ...ledger.stores.streams import is_there

    return is_there(ledger_address(wanted.ledger))


def _plan(wanted: Wanted) -> Iterator[str]:
    """What will be done, one line for each step."""
    store = keystore(wanted.ledger, wanted.keys)
    if _is_there(wanted):
        yield f"keep    {wanted.ledger}, which exists"
    else:
        yield f"found   {wanted.ledger}" + (f", called {wanted.origin}" if wanted.origin else "")
        yield f"keys    {store.folder}: registrar, log" + (f", {INTAKE_KEY}" if wanted.intake else "")
    if wanted.presides is not None:
        yield f"assign  the presidency of {wanted.month} to {wanted.presides}"
    yield f"write   {NAME}:"
    yield from (f"          {line}" for line in wanted.project().splitlines() if line and not line.startswith("#"))


def _do(wanted: Wanted, passphrase_file: Path | None) -> None:
    store, text = keystore(wanted.ledger, wanted.keys), wanted.project().encode()
    ring = Keys(store, passphrase_file)
    if not _is_there(wanted):
        ring = Keys(store, passphrase_file, prompt=PROMPT_FOR_NEW)
        found(wanted.ledger, wanted.keys, passphrase_file, origin=wanted.origin, holder=wanted.holder, ring=ring)
    if wanted.intake and INTAKE_KEY not in store.names():
        store.new(INTAKE_KEY, ring.passphrase())
    with open_ledger(ledger_address(wanted.ledger)) as ledger:
        if missing := list(_missing(wanted, ledger, store.public(INTAKE_KEY) if wanted.intake else None)):
            signer = ring.open(REGISTRAR_KEY)
            ledger.log_signer = ring.open(name_of_log_key(ledger, store))
            for act in missing:
                ledger.keep_register(act, signer=signer)
    write_new(Path(NAME), text, private=True)
    read_project(Path(NAME))


def _missing(wanted: Wanted, ledger: Ledger, intake: bytes | None) -> Iterator[RegisterAct]:
    """What the register does not hold yet."""
    from ...domain.register_acts import KeyEnrolled, KeyGrant, PresidencyAssigned
    from ...ledger.standards.ed25519 import key_id

    register, body = ledger.register(), the_procedure(wanted.procedure).body
    if intake is not None and not any(grant.key == key_id(intake) for grant in register.grants):
        grant = KeyGrant(key=key_id(intake), public_key=intake.hex(), office=INTAKE_KEY)
        yield KeyEnrolled(grant=grant)
    if wanted.presides is not None and (body, wanted.month) not in register.presidencies:
        yield PresidencyAssigned(body=body, member=wanted.presides, month=wanted.month)
