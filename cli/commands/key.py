"""``inblue key``: make, list, enrol, rotate and revoke keys; change a passphrase."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.desk import keystore, reading
from ..desk.files import read_file
from ..desk.options import (
    FILE,
    INSTANT,
    agreement_options,
    json_option,
    keys_option,
    ledger_option,
    passphrase_options,
    signing_options,
)
from ..desk.output import echo, print_json, tell
from ..desk.recording import keep, recording_desk
from ..desk.signing import Keys, passphrase

if TYPE_CHECKING:
    from ...domain.register import Register

_LEAST_OF_AN_ID = 8

_GRANT = (
    click.option("--office", "for_office", required=True, help="registrar, president, permanent_representative, ..."),
    click.option("--member", help="The member that it acts for, if it is a delegation's key."),
    click.option("--holder", help="Who holds the key, in the words that go on record."),
    click.option("--from", "valid_from", type=INSTANT, help="Valid from (default: its enrolment)."),
    click.option("--until", "valid_until", type=INSTANT, help="Valid until."),
)


@click.group()
def key() -> None:
    """Make, list, enrol, rotate and revoke keys; change a passphrase."""


@key.command()
@click.argument("name")
@ledger_option
@passphrase_options
def new(name: str, ledger: str | None, keys: Path | None, passphrase_file: Path | None) -> None:
    """Make a key NAME in the key folder, encrypted. It acts for nobody until it is enrolled."""
    store = keystore(ledger, keys)
    signer = store.new(name, passphrase(passphrase_file, prompt=f"Passphrase for the key {name}", confirm=True))
    tell(f"made {name}: {signer.key_id}")
    tell(f"public key: {store.folder / name}.pub")


@key.command()
@click.argument("name")
@click.argument("where")
@ledger_option
@keys_option
def link(name: str, where: str, ledger: str | None, keys: Path | None) -> None:
    """Give a name to a key on a token, or in an ssh-agent.

    From then on NAME is its name in the key folder.

    WHERE is a PKCS#11 URI such as "pkcs11:token=council;object=registrar?module-path=/usr/lib/.../module.so", or
    ssh-agent:SHA256:... with the fingerprint that ssh-add -l shows. The private key stays where it is.
    """
    from ...ledger.standards.ed25519 import key_id

    ring = Keys(keystore(ledger, keys), None)
    public = ring.public(where)
    ring.store.link(name, where, public)
    tell(f"linked {name}: {key_id(public)}")
    tell(f"public key: {ring.store.folder / name}.pub")


@key.command(name="passphrase")
@click.argument("name")
@click.option("--new-passphrase-file", type=FILE, help="Read the new passphrase from the first line of this file.")
@ledger_option
@passphrase_options
def change_passphrase(
    name: str, new_passphrase_file: Path | None, ledger: str | None, keys: Path | None, passphrase_file: Path | None
) -> None:
    """Encrypt the key NAME under another passphrase.

    The key itself does not change. The registrar's key and the log's key of a folder use the same passphrase: change
    both.
    """
    store = keystore(ledger, keys)
    before = passphrase(passphrase_file, prompt=f"Passphrase of the key {name}")
    after = passphrase(new_passphrase_file, prompt=f"New passphrase for the key {name}", confirm=True, which="new")
    store.change_passphrase(name, before, after)
    echo(f"{name} has the new passphrase")


@key.command(name="list")
@ledger_option
@keys_option
@json_option
def list_keys(ledger: str | None, keys: Path | None, as_json: bool) -> None:
    """List the keys, with the office each acts for.

    The keys of the register come first, then those that are only in the key folder.
    """
    from ...ledger.standards.ed25519 import key_id

    with reading(ledger) as book:
        register = book.register()
    store = keystore(ledger, keys)
    names = {key_id(store.public(name)): name for name in (store.names() if store.folder.is_dir() else [])}
    if as_json:
        rows = [
            {**grant.json_value(), "revoked": grant.key in register.revoked, "name": names.get(grant.key)}
            for grant in register.grants
        ]
        log_keys = {"log_keys": register.log_keys, "next_log_key": register.next_log_key}
        print_json({"format": "inblue-keys/1", "keys": rows, **log_keys})
    else:
        from ..terminal.register import print_keys

        print_keys(register, names)


@key.command()
@click.argument("name")
@click.option("--public", type=FILE, help="Enrol this public key (PEM) instead of one in the key folder.")
@agreement_options
@signing_options
def enrol(name: str, public: Path | None, **given: Any) -> None:
    """Enrol the key NAME for an office. The registrar's key signs."""
    _enrol(name, public, None, given)


@key.command()
@click.argument("old")
@click.argument("new_name", metavar="NEW")
@agreement_options
@signing_options
def rotate(old: str, new_name: str, **given: Any) -> None:
    """Enrol NEW for the office of OLD, and revoke OLD. Make NEW first, with inblue key new."""
    from ...domain.errors import Refused
    from ...domain.register_acts import KeyEnrolled, KeyGrant, KeyRevoked
    from ...ledger.standards.ed25519 import key_id

    store = keystore(given["ledger"], given["keys"])
    before, after = key_id(store.public(old)), store.public(new_name)
    if before == key_id(after):
        raise click.UsageError(f"{old} and {new_name} are the same key; make another one with inblue key new")
    with recording_desk(given) as at:
        grant = next((g for g in at.ledger.register().in_force() if g.key == before), None)
        if grant is None:
            raise Refused(None, f"the key {old} is not in force, and cannot be replaced")
        renewed = KeyGrant(
            key=key_id(after), public_key=after.hex(), office=grant.office, member=grant.member, holder=grant.holder
        )
        enrolled = KeyEnrolled(grant=renewed, replaces=before)
        revoked = KeyRevoked(key=before, reason=f"replaced by {renewed.key[:16]}")
        keep(at, enrolled, revoked, said=f"{new_name} acts for {renewed.office} from now on; {old} is revoked")


@key.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why, in the words that go on record.")
@click.option("--compromised-since", type=INSTANT, help="Since when it may have been compromised.")
@agreement_options
@signing_options
def revoke(name: str, reason: str, compromised_since: datetime | None, **given: Any) -> None:
    """Revoke a key: it may not act any more.

    NAME is its name in the key folder, or its id as inblue key list shows it, or the first characters of that.
    """
    from ...domain.register_acts import KeyRevoked
    from ...ledger.standards.ed25519 import key_id

    store = keystore(given["ledger"], given["keys"])
    with recording_desk(given) as at:
        revoked = key_id(store.public(name)) if name in store.names() else _by_id(name, at.ledger.register())
        act = KeyRevoked(key=revoked, reason=reason, compromised_since=compromised_since)
        keep(at, act, said=f"revoked {name}")


def _by_id(name: str, register: Register) -> str:
    """The id of the only key of the register that begins like this."""
    found = {grant.key for grant in register.grants if len(name) >= _LEAST_OF_AN_ID and grant.key.startswith(name)}
    if len(found) != 1:
        raise click.UsageError(f"{name!r} is not the name or id of {'one' if found else 'a'} key; see inblue key list")
    return found.pop()


def _enrol(name: str, public: Path | None, replaces: str | None, given: dict[str, Any]) -> None:
    from ...domain.register_acts import KeyEnrolled, KeyGrant
    from ...ledger.standards.ed25519 import key_id, parse_public_pem

    store = keystore(given["ledger"], given["keys"])
    raw = parse_public_pem(read_file(public)) if public else store.public(name)
    fields = {field: given.pop(field) for field in ("member", "holder", "valid_from", "valid_until")}
    grant = KeyGrant(key=key_id(raw), public_key=raw.hex(), office=given.pop("for_office"), **fields)
    with recording_desk(given) as at:
        said = f"enrolled {name} for {grant.office}: {grant.key}"
        done = keep(at, KeyEnrolled(grant=grant, replaces=replaces), said=said)
        adopted = [at.ledger.documents.procedure(each) for each in at.ledger.register().procedures.values()]
    if done and grant.member is not None and adopted and not any(rules.knows(grant.member) for rules in adopted):
        echo(f"{adopted[-1].unknown(grant.member)}; see inblue key revoke", err=True)


for _option in reversed(_GRANT):
    enrol = _option(enrol)
