"""``inblue delegation``: ask for enrolment (init), enrol a delegation (admit), take the answer (accept)."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..delegation.own import delegation_option, the_delegation
from ..desk.files import read_file, refuse_existing, write_new
from ..desk.options import FILE, INSTANT, agreement_options, policy_option, signing_options
from ..desk.output import echo, tell
from ..desk.recording import agreed_to, recording_desk
from ..desk.signing import passphrase

if TYPE_CHECKING:
    from ...domain.register import Register
    from ...ledger.delegation.request import DelegationRequest


@click.group()
def delegation() -> None:
    """Enrol a delegation: a request one way, a welcome back.

    A delegation makes a request with init and sends it to the registrar. The registrar enrols it with admit and sends a
    welcome back, which the delegation takes with accept. From then on the delegation signs its ballots itself, and its
    witness cosigns the log.
    """


@delegation.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--member", required=True, help="The member, by its id: LVA.")
@click.option("--log", required=True, metavar="ORIGIN", help="The log's name, as its registrar tells it.")
@click.option(
    "--office", default="permanent_representative", show_default=True, help="The office that the key acts for."
)
@click.option("--name", help="The witness's public name (default: MEMBER.delegation.invalid).")
@click.option("--holder", help="Who holds the key, in the words that go on record.")
@click.option(
    "--url", help="The address where the witness answers, http(s)://..., if the registrar's ledger can reach it."
)
@click.option("--zone", help="The delegation's time zone, such as Europe/Riga (default: this machine's).")
@click.option("--port", type=click.IntRange(0, 65535), help="Where the witness listens (default: 8420).")
@click.option("--passphrase-file", type=FILE, help="Read the passphrase from the first line of this file.")
def init(
    folder: Path | None,
    member: str,
    log: str,
    office: str,
    name: str | None,
    holder: str | None,
    url: str | None,
    zone: str | None,
    port: int | None,
    passphrase_file: Path | None,
) -> None:
    """Make a delegation's key, its witness and its request.

    Everything goes into FOLDER (default: the member's id), with both keys under one passphrase. Send the file
    MEMBER.request to the registrar, and nothing else.
    """
    from ...ledger.delegation.folder import PORT, DelegationFolder
    from ...ledger.delegation.request import Asking

    place = folder or Path(member.lower())
    refuse_existing(place)
    asking = Asking(log, member, office, holder, url)
    secret = passphrase(passphrase_file, prompt="Choose a passphrase for the delegation's keys", confirm=True)
    named = name or f"{member.lower()}.delegation.invalid"
    made = DelegationFolder.create(
        place, asking, named, secret, datetime.now(UTC), zone=zone, port=PORT if port is None else port
    )
    request = made.request()
    tell(f"made {place}: the key of {member}, encrypted, and the witness {request.witness.name}")
    echo(f"key     {request.grant().key}")
    echo(
        f"send    {made.request_file} to the registrar, and tell them the key by another channel, such as by telephone"
    )
    echo("then    inblue delegation accept FILE, with what comes back")


@delegation.command()
@click.argument("file", type=FILE)
@click.option(
    "--write", "answer", type=FILE, metavar="ANSWER", help="The file for the answer (default: MEMBER.welcome)."
)
@click.option("--from", "valid_from", type=INSTANT, help="Valid from (default: its enrolment).")
@click.option("--until", "valid_until", type=INSTANT, help="Valid until.")
@policy_option
@agreement_options
@signing_options
def admit(
    file: Path,
    answer: Path | None,
    valid_from: datetime | None,
    valid_until: datetime | None,
    policy: Path | None,
    **given: Any,
) -> None:
    """Enrol the delegation whose request is in FILE.

    The command shows who asks for what, and asks you whether it may. It then enrols the delegation's key, adds its
    witness to the policy that --policy names, and writes ANSWER for the delegation. No file can show that the request
    is really the delegation's: compare the key with what the delegation tells you by another channel. Steps done
    already are not repeated.
    """
    from ...ledger.delegation.policy import read_policy_text, with_witness, write_policy
    from ...ledger.delegation.request import check_asked, enrolment_of, read_request
    from ...ledger.delegation.welcome import welcome_for

    request = read_request(read_file(file), where=str(file))
    answer = answer or Path(f"{request.member.lower()}.welcome")
    refuse_existing(answer)
    before = read_policy_text(policy) if policy is not None else ""
    after = with_witness(before, request.witness) if policy is not None else ""
    with recording_desk(given) as at:
        register = at.ledger.register()
        known = check_asked(request, register)
        told = [*_asked(request, register), *_on_the_witness(request, policy, before, after)]
        knows = [at.ledger.documents.procedure(each) for each in register.procedures.values()]
        if knows and not any(rules.knows(request.member) for rules in knows):
            told.append(("but", knows[-1].unknown(request.member)))
        act = None if known is not None else enrolment_of(request, valid_from, valid_until)
        if not agreed_to(act, told):
            return
        if act is not None:
            at.ledger.keep_register(act, signer=at.signer)
            echo(f"enrolled the key of {request.member} for {request.office}: {request.grant().key}")
        else:
            echo(f"the key of {request.member} is enrolled for {request.office} already")
        if policy is not None and after != before:
            write_policy(policy, after)
            echo(f"{policy} names the witness {request.witness.name} from now on; its quorum is unchanged")
        at.seek_proof()
        write_new(answer, welcome_for(at.ledger, request).canonical() + b"\n")
        tell(f"wrote {answer}, for the delegation")


def _asked(request: DelegationRequest, register: Register) -> list[tuple[str, str]]:
    from ...domain.instant import format_instant
    from ..language.english import ENGLISH

    own = request.grant()
    others = [each for each in register.in_force() if each.member == request.member and each.key != own.key]
    held = ", ".join(f"{each.key[:16]} for {ENGLISH.word(each.office)}" for each in others) or "none"
    return [
        ("member", f"{ENGLISH.member(request.member)} ({request.member})"),
        ("office", ENGLISH.word(request.office)),
        *([("holder", request.holder)] if request.holder else []),
        ("key", own.key),
        ("made", format_instant(request.made_at)),
        ("others", f"{held} in force for this member"),
        ("proof", "both keys have signed the request, for this log, member and office"),
    ]


def _on_the_witness(request: DelegationRequest, policy: Path | None, before: str, after: str) -> list[tuple[str, str]]:
    witness = request.witness
    where = f"{witness.name}, at {witness.url}" if witness.url else f"{witness.name}; it answers by file"
    if policy is None:
        line = f"no policy is named; its line for one: witness {witness.name} {witness.vkey}"
    else:
        line = f"is in {policy} already" if after == before else f"gets a line in {policy}; the quorum stays as it is"
    return [("witness", where), ("policy", line)]


@delegation.command()
@click.argument("file", type=FILE)
@delegation_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def accept(file: Path, delegation: Path | None, yes: bool) -> None:
    """Take the registrar's answer, the welcome in FILE.

    It must answer the request of this folder. The command shows the log's key and the key that founded the ledger.
    Compare them with what the registrar tells you by another channel: anyone can make another ledger, and a welcome to
    it.
    """
    from ...domain.instant import format_instant
    from ...ledger.delegation.welcome import check_welcome, read_welcome
    from ..terminal.tables import console, print_facts

    own = the_delegation(delegation)
    welcome = read_welcome(read_file(file), where=str(file))
    enrolled = check_welcome(welcome, own.request())
    out = sys.stderr if sys.stdin.isatty() else sys.stdout
    names = ", ".join(each.name for each in welcome.authorities) or "none"
    print_facts(
        console(to=out),
        [
            ("log", welcome.log),
            ("log's key", welcome.log_key if len(welcome.log_key) < 200 else f"{welcome.log_key[:120]}..."),
            ("founder", enrolled.founder),
            ("enrolled", f"{own.known.member}, {own.known.office}, on {format_instant(enrolled.recorded_at)}"),
            ("authorities", f"{names}, as claims; whom you believe is for you to say"),
        ],
    )
    if sys.stdin.isatty() and not yes and not click.confirm("Is that the registrar's ledger?", err=True):
        echo("nothing was changed", err=True)
        raise click.exceptions.Exit(2)
    own.accept(welcome, enrolled)
    echo(f"{own.path} knows the log {welcome.log} from now on, and its witness watches it")
    echo("next    inblue vote sign, with a blank from the registrar; inblue witness serve")
