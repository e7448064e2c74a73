"""Witnesses: being one (init, watch, cosign, serve), and asking them (ask, request, add)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.desk import ledger_address, open_ledger, passphrase, reading
from ..desk.files import read_file, write_new
from ..desk.options import FILE, ledger_option, policy_option

if TYPE_CHECKING:
    from ...ledger.standards.cosignature import CosignatureSigner
    from ...ledger.standards.witness_policy import Policy, Witness
    from ...ledger.witness.witness import WitnessState

_KEY = "witness"
_FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
_SECRET = click.option("--passphrase-file", type=FILE, help="Read the passphrase from the first line of this file.")
_LOG_KEY = "The key of a log to watch, as its registrar gives it (name+id+base64, the log_key of claims.json)."


@click.group()
def witness() -> None:
    """Be a witness of logs, or ask witnesses to cosign this one.

    A witness cosigns the checkpoint of a log only if it extends the one cosigned before, so that a log that has
    witnesses cannot be rewritten, nor show two histories, without them.
    """


@witness.command()
@_FOLDER
@click.option("--name", required=True, help="The witness's name to the world, such as example.org/witness.")
@click.option("--log-key", "vkeys", multiple=True, metavar="VKEY", help=_LOG_KEY)
@_SECRET
def init(folder: Path, name: str, vkeys: tuple[str, ...], passphrase_file: Path | None) -> None:
    """Begin to be a witness, in FOLDER.

    It takes the witness's key, encrypted, and for each log the last checkpoint cosigned.
    """
    from ...ledger.keystore import KeyStore
    from ...ledger.standards.cosignature import CosignatureVerifier, log_key
    from ...ledger.witness.witness import WitnessState

    for vkey in vkeys:
        log_key(vkey)
    secret = passphrase(passphrase_file, prompt="Choose a passphrase for the witness's key", confirm=True)
    state = WitnessState.create(folder, name, ())
    public = KeyStore(folder / "keys").new(_KEY, secret).public_key
    for vkey in vkeys:
        state.watch(vkey)
    click.echo(f"{folder} is the witness {name}; its line for a policy:")
    click.echo(f"witness {name} {CosignatureVerifier(name, public)}")


@witness.command()
@_FOLDER
@click.argument("vkey")
def watch(folder: Path, vkey: str) -> None:
    """Also cosign the log whose key is VKEY.

    Of a log that is watched already it is a further key.
    """
    state = _state(folder)
    state.watch(vkey)
    click.echo("watched: " + ", ".join(log.origin for log in state.configuration.logs))


@witness.command()
@_FOLDER
@click.argument("request", type=click.File("rb"))
@_SECRET
def cosign(folder: Path, request: Any, passphrase_file: Path | None) -> int:
    """Answer one request from the file REQUEST.

    REQUEST may be - for standard input.

    The cosignature line goes to standard output, for inblue witness add. Exit status 1 if the witness does not cosign.
    """
    import time

    from ...ledger.witness.witness import MAX_REQUEST

    state = _state(folder)
    answer = state.add_checkpoint(
        request.read(MAX_REQUEST + 1), _signer(folder, state, passphrase_file), int(time.time())
    )
    if answer.status == 200:
        click.echo(answer.body, nl=False)
        return 0
    known = f"it has cosigned {answer.body.strip()} entries last" if answer.status == 409 else answer.body.strip()
    click.echo(f"not cosigned ({answer.status}): {known}", err=True)
    return 1


@witness.command()
@_FOLDER
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any that is free.")
@_SECRET
def serve(folder: Path, host: str, port: int, passphrase_file: Path | None) -> None:
    """Answer over HTTP, until interrupted.

    The protocol is C2SP tlog-witness. Put a web server in front of it for TLS and for limits on who may ask.
    """
    from ...ledger.witness.server import witness_server

    state = _state(folder)
    signer = _signer(folder, state, passphrase_file)
    try:
        server = witness_server(state, signer, host, port)
    except OSError as error:
        raise click.UsageError(f"{host}:{port}: {error.strerror}") from None
    with server:
        click.echo(f"witness {state.configuration.name} at http://{host}:{server.server_address[1]}")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("stopped")


@witness.command()
@ledger_option
@policy_option
def ask(ledger: str | None, policy: Path | None) -> int:
    """Ask for the cosignatures that the latest checkpoint lacks.

    Commands that record ask by themselves where INBLUE_POLICY is set. Exit status 1 if something still is missing.
    """
    from ...ledger.operations.cosign import cosign_head, last_cosigned

    known = _policy(policy)
    with open_ledger(ledger_address(ledger)) as book:
        asked = {each.witness: each for each in cosign_head(book, known, anew=True)}
        size = book.checkpoint().size
        missing = 0
        for each in known.witnesses:
            answer = asked.get(each.name)
            if answer is None or answer.fault is None:
                last = last_cosigned(book, each)
                said = f"has cosigned {last} of {size} entries" if last else "has cosigned nothing"
                where = "" if each.url else "; it answers nowhere: see inblue witness request"
                click.echo(f"{each.name}: {said}{where if last < size else ''}")
                missing += last < size
            else:
                click.echo(f"{each.name}: not cosigned: {answer.fault}")
                missing += 1
    return 1 if missing else 0


@witness.command()
@click.argument("name")
@click.argument("file", type=FILE)
@click.option("--old", type=click.IntRange(0), help="The size it has cosigned last (default: what the ledger knows).")
@ledger_option
@policy_option
def request(name: str, file: Path, old: int | None, ledger: str | None, policy: Path | None) -> None:
    """Write to FILE what the witness NAME is asked.

    For a witness that no address in the policy leads to; inblue witness cosign answers it.
    """
    from ...ledger.operations.cosign import last_cosigned, request_for

    known = _named(_policy(policy), name)
    with reading(ledger) as book:
        content = request_for(book, last_cosigned(book, known) if old is None else old)
    write_new(file, content)
    click.echo(f"wrote {file}")


@witness.command()
@click.argument("name")
@click.argument("file", type=FILE)
@ledger_option
@policy_option
def add(name: str, file: Path, ledger: str | None, policy: Path | None) -> None:
    """Keep the cosignature of the witness NAME from FILE.

    It must be over the latest checkpoint.
    """
    from ...ledger.operations.cosign import keep_lines

    known = _named(_policy(policy), name)
    with open_ledger(ledger_address(ledger)) as book:
        size = keep_lines(book, known, read_file(file))
    click.echo(f"{name} has cosigned {size} entries")


def _policy(path: Path | None) -> Policy:
    from ...ledger.standards.witness_policy import read_policy

    if path is None:
        raise click.UsageError("no witnesses are named; give --policy FILE or set INBLUE_POLICY")
    return read_policy(path)


def _named(policy: Policy, name: str) -> Witness:
    found = next((each for each in policy.witnesses if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in policy.witnesses) or "none"
        raise click.UsageError(f"the policy names no witness {name!r}; there is {known}")
    return found


def _state(folder: Path) -> WitnessState:
    from ...ledger.witness.witness import WitnessState

    return WitnessState(folder)


def _signer(folder: Path, state: WitnessState, passphrase_file: Path | None) -> CosignatureSigner:
    from ...ledger.keystore import KeyStore
    from ...ledger.standards.cosignature import CosignatureSigner

    secret = passphrase(passphrase_file, prompt=f"Passphrase of the witness in {folder}")
    return CosignatureSigner(state.configuration.name, KeyStore(folder / "keys").open(_KEY, secret))
