"""``inblue authority``: adopt, list and retire the timestamp authorities whose tokens verdicts need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.desk import reading
from ..desk.files import read_file
from ..desk.options import FILE, agreement_options, json_option, ledger_option, signing_options
from ..desk.output import echo, print_json
from ..desk.recording import agreed, recording_desk

if TYPE_CHECKING:
    from ...ledger.entries.authorities import AuthorityDocument


@click.group()
def authority() -> None:
    """Adopt, list and retire timestamp authorities."""


@authority.command()
@click.argument("file", type=FILE)
@click.option("--name", help="Its name in the register, if FILE is PEM.")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    help="The OID of one of its policies, if FILE is PEM. May be given several times.",
)
@click.option(
    "--accuracy", type=click.FloatRange(0, 86_400), help="The accuracy to assume, in seconds, if its tokens state none."
)
@agreement_options
@signing_options
def adopt(file: Path, name: str | None, policies: tuple[str, ...], accuracy: float | None, **given: Any) -> None:
    """Adopt a timestamp authority.

    FILE is an inblue-authority/1 document, or the authority's certificates in PEM: at least a root, and those between
    the root and the time-stamping unit. Every vote that is opened from now on pins the authority: no reply is proven
    without its timestamps.
    """
    from ...domain.register_acts import AuthorityAdopted
    from ...ledger.operations.authorities import adopt_authority

    document = _read(file, name, policies, accuracy)
    act = AuthorityAdopted(name=document.name, sha256=document.sha256)
    with recording_desk(given) as at:
        if at.ledger.register().authorities.get(document.name) == document.sha256:
            echo(f"{document.name}: adopted already ({document.sha256})")
        elif agreed((act.kind_name, act.json_value())):
            adopt_authority(at.ledger, document, signer=at.signer)
            echo(f"{document.name}: adopted ({document.sha256})")


@authority.command(name="list")
@ledger_option
@json_option
def list_authorities(ledger: str | None, as_json: bool) -> None:
    """List the timestamp authorities that are adopted."""
    from ...ledger.operations.authorities import adopted_authorities

    with reading(ledger) as book:
        found = adopted_authorities(book)
    if as_json:
        listed = [{**each.json_value(), "sha256": each.sha256, "roots": sorted(each.roots())} for each in found]
        for value in listed:
            del value["format"]
        print_json({"format": "inblue-adopted-authorities/1", "authorities": listed})
        return
    if not found:
        echo("no timestamp authority is adopted; adopt one with inblue authority adopt")
    for each in found:
        echo(f"{each.name}: {each.sha256}")
        for root in sorted(each.roots()):
            echo(f"  root {root}")


@authority.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why, in words.")
@agreement_options
@signing_options
def retire(name: str, reason: str, **given: Any) -> None:
    """Retire the authority NAME.

    Votes that were opened before still need its timestamps.
    """
    from ...ledger.operations.authorities import retire_authority

    with recording_desk(given) as at:
        if agreed(("authority_retired", {"name": name, "reason": reason})):
            retire_authority(at.ledger, name, reason, signer=at.signer)
            echo(f"{name}: retired")


def _read(file: Path, name: str | None, policies: tuple[str, ...], accuracy: float | None) -> AuthorityDocument:
    from ...ledger.entries.authorities import AuthorityDocument, certificates_in

    raw = read_file(file)
    if raw.lstrip()[:1] == b"{":
        if name or policies or accuracy is not None:
            raise click.UsageError("--name, --policy and --accuracy go with PEM; a document has them itself")
        return AuthorityDocument.read_document(raw, where=str(file))
    if not name or not policies:
        raise click.UsageError("certificates in PEM need a --name and at least one --policy")
    certificates = certificates_in(raw.decode("latin-1"), where=str(file))  # what is between them may have any encoding
    given = {
        "format": "inblue-authority/1",
        "name": name,
        "certificates": list(certificates),
        "policies": list(policies),
        "accuracy_microseconds": None if accuracy is None else round(accuracy * 1_000_000),
    }
    return AuthorityDocument.of(given, where=str(file))
