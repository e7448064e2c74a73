"""Witnesses: being one (init, watch, unwatch, cosign, serve, logs, begin-anew), and asking them (ask, request, add)."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..delegation.own import the_delegation
from ..desk.desk import ledger_address, open_ledger, reading
from ..desk.files import read_file, write_new
from ..desk.options import FILE, ledger_option, policy_option
from ..desk.output import echo, echo_text, tell
from ..desk.signing import passphrase

if TYPE_CHECKING:
    from ...ledger.standards.cosignature import CosignatureSigner, CosignatureVerifier
    from ...ledger.standards.witness_policy import Policy, Witness
    from ...ledger.witness.witness import WitnessState

_KEY = "witness"
_FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
_OWN_FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
_SECRET = click.option("--passphrase-file", type=FILE, help="Read the passphrase from the first line of this file.")
_LOG_KEY = "The key of a log to watch, as its registrar gives it (name+id+base64, the log_key of claims.json)."


@click.group()
def witness() -> None:
    """Be a witness of logs, or ask witnesses to cosign this one.

    A witness cosigns a log's checkpoint only if it extends the one that it cosigned before. So a log with witnesses
    cannot be rewritten, or show two histories, without their help.
    """


@witness.command()
@_FOLDER
@click.option("--name", required=True, help="The witness's public name, such as example.org/witness.")
@click.option("--log-key", "vkeys", multiple=True, metavar="VKEY", help=_LOG_KEY)
@_SECRET
def init(folder: Path, name: str, vkeys: tuple[str, ...], passphrase_file: Path | None) -> None:
    """Create a witness in FOLDER.

    FOLDER will hold the witness's key, encrypted, and for each log the last checkpoint cosigned.
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
    echo(f"{folder} is the witness {name}; its line for a policy:")
    echo(f"witness {name} {CosignatureVerifier(name, public)}")


@witness.command()
@_FOLDER
@click.argument("vkey")
@click.option("--again", is_flag=True, help="Accept even a key that the log has replaced.")
def watch(folder: Path, vkey: str, again: bool) -> None:
    """Cosign the log whose key is VKEY.

    A running server does so from now on. If the log is watched already, VKEY becomes the only key that signs it: the
    one before gets no more cosignatures. A log that announces its next key needs no command.
    """
    from ...ledger.standards.cosignature import log_key

    state, origin = _state(folder), log_key(vkey).name
    match state.watch(vkey, again=again):
        case "new":
            echo(f"{origin} is watched from now on")
        case "known":
            echo(f"{origin} is watched already, under this key; nothing was changed")
        case "next":
            echo(f"this is the key of {origin} from now on; the one before gets no more cosignatures")
        case "replaced":
            message = (
                f"{origin} replaced this key earlier, so nothing was changed; --again makes it the log's key again"
            )
            raise click.UsageError(message)


@witness.command()
@_FOLDER
@click.argument("origin")
def unwatch(folder: Path, origin: str) -> None:
    """Stop cosigning the log ORIGIN; a running server stops at once.

    The record of what was cosigned last is kept, so that cosigning continues from there if the log is watched again.
    """
    _state(folder).unwatch(origin)
    echo(f"{origin} is not watched any more")


@witness.command()
@_FOLDER
def logs(folder: Path) -> int:
    """Show the logs that are watched, and how far each is cosigned.

    It also shows what was given up. Exit status 1 if the record of what was cosigned last is lost for one of them.
    """
    from ...domain.errors import InblueError
    from ...domain.instant import format_instant
    from ...ledger.standards.cosignature import log_key

    state, lost = _state(folder), 0
    verifier = _verifier(folder, state)
    for log in state.configuration.logs:
        try:
            last = state.stored(log, verifier)
            said = f"{last.checkpoint.size} entries cosigned" if last else "nothing cosigned yet"
        except InblueError as error:
            lost, said = 1, str(error)
        echo(f"{log.origin}: {'' if log.watched else 'not watched any more; '}{said}")
        echo(f"  key {log_key(log.keys[-1]).note_id.hex()}, the last of {len(log.keys)}")
        for restart in log.restarts:
            where = f"from {restart.size} entries" if restart.size else "from whatever came first"
            echo(f"  begun again at {format_instant(restart.at)} {where}: {restart.reason}")
    return lost


@witness.command(name="begin-anew")
@_FOLDER
@click.argument("origin")
@click.argument("note", type=FILE, required=False)
@click.option("--from-nothing", is_flag=True, help="Cosign whatever checkpoint of the log comes first.")
@click.option("--reason", required=True, help="What happened; it is kept in witness.json, and shown by logs and serve.")
def begin_anew(folder: Path, origin: str, note: Path | None, from_nothing: bool, reason: str) -> None:
    """Cosign the log ORIGIN again after this witness lost its record.

    The record says what the witness cosigned last.

    NOTE is the last checkpoint that this witness cosigned, as the log or an auditor has it. Without NOTE, nothing keeps
    this witness from cosigning a second history: make a new witness instead, with a new key.

    If only the clock was wrong, NOTE is what was cosigned last, and its time is given up.
    """
    from datetime import UTC, datetime

    if (note is None) is not from_nothing:
        raise click.UsageError("give the NOTE cosigned last, or --from-nothing")
    state = _state(folder)
    content = read_file(note) if note is not None else None
    own = state.begin_anew(origin, content, _verifier(folder, state), reason=reason, now=datetime.now(UTC))
    echo(f"{origin} is cosigned again; this new beginning is recorded in {folder / 'witness.json'}")
    if not own:
        echo("nothing shows that this witness cosigned this last: it may cosign a second history", err=True)


@witness.command()
@_FOLDER
@click.argument("request", type=click.Path(dir_okay=False, allow_dash=True))
@_SECRET
def cosign(folder: Path, request: str, passphrase_file: Path | None) -> int:
    """Answer one request from the file REQUEST.

    REQUEST may be - for standard input.

    The cosignature goes to standard output, for inblue witness add. Exit status 1 if the witness does not cosign.
    """
    import time

    from ...ledger.witness.handover import MAX_HANDOVER

    state = _state(folder)
    _tell_restarts(state)
    raw = sys.stdin.buffer.read(MAX_HANDOVER + 1) if request == "-" else read_file(Path(request))
    answers = state.follow if raw.startswith(b"{") else state.add_checkpoint
    answer = answers(raw, _signer(folder, state, passphrase_file), int(time.time()))
    if answer.status == 200:
        echo_text(answer.body)
        return 0
    known = f"it has cosigned {answer.body.strip()} entries last" if answer.status == 409 else answer.body.strip()
    echo(f"not cosigned ({answer.status}): {known}", err=True)
    return 1


@witness.command()
@_OWN_FOLDER
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="The port; 0 picks a free one (default: the delegation's, else 0)."
)
@_SECRET
def serve(folder: Path | None, host: str, port: int | None, passphrase_file: Path | None) -> None:
    """Answer over HTTP, until interrupted.

    Without FOLDER it serves the witness of the delegation in whose folder you are.

    The protocol is C2SP tlog-witness. Slow connections, and their number, are limited. Put a web server in front of it
    for TLS and for limits on who may ask. Changes by watch, unwatch and begin-anew apply at once.
    """
    from ...ledger.witness.server import WitnessServer

    if folder is None:
        own = the_delegation(None)
        folder, port = own.witness, own.known.port if port is None else port
    state, port = _state(folder), port or 0
    signer = _signer(folder, state, passphrase_file)
    try:
        server = WitnessServer(state, signer, host, port)
    except OSError as error:
        raise click.UsageError(f"{host}:{port}: {error.strerror}") from None
    with server:
        _tell_restarts(state)
        with suppress(KeyboardInterrupt):  # by a signal it may also just return
            echo(f"witness {state.configuration.name} at {server.url}")
            sys.stdout.flush()
            server.serve_forever()
        echo("stopped")


@witness.command()
@ledger_option
@policy_option
def ask(ledger: str | None, policy: Path | None) -> int:
    """Ask for the cosignatures that the latest checkpoint lacks.

    Where INBLUE_POLICY is set, commands that record ask by themselves. Exit status 1 if a cosignature is still missing.
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
                echo(f"{each.name}: {said}{where if last < size else ''}")
                missing += last < size
            else:
                echo(f"{each.name}: not cosigned: {answer.fault}")
                missing += 1
    return 1 if missing else 0


@witness.command()
@click.argument("name")
@click.argument("file", type=FILE)
@click.option(
    "--old", type=click.IntRange(0), help="The size that the witness cosigned last (default: what the ledger knows)."
)
@ledger_option
@policy_option
def request(name: str, file: Path, old: int | None, ledger: str | None, policy: Path | None) -> None:
    """Write to FILE a request to the witness NAME.

    Use it for a witness without an address in the policy; inblue witness cosign answers the request.
    """
    from ...ledger.operations.cosign import last_cosigned, request_for
    from ...ledger.operations.handover import NotFollowed

    known = _named(_policy(policy), name)
    with reading(ledger) as book:
        size = last_cosigned(book, known) if old is None else old
        try:
            content = request_for(book, size)
        except NotFollowed as error:
            echo(str(error), err=True)
            content = request_for(book, size, handover=False)
    write_new(file, content)
    tell(f"wrote {file}")


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
    echo(f"{name} has cosigned {size} entries")


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


def _tell_restarts(state: WitnessState) -> None:
    """Print the logs for which this witness began again, so that it is not taken for one that never did."""
    from ...domain.instant import format_instant

    for log in state.configuration.logs:
        if log.restarts:
            last = format_instant(log.restarts[-1].at)
            echo(f"begun again with {log.origin} at {last}: {log.restarts[-1].reason}", err=True)


def _verifier(folder: Path, state: WitnessState) -> CosignatureVerifier:
    from ...ledger.keystore import KeyStore
    from ...ledger.standards.cosignature import CosignatureVerifier

    return CosignatureVerifier(state.configuration.name, KeyStore(folder / "keys").public(_KEY))


def _state(folder: Path) -> WitnessState:
    from ...ledger.witness.witness import WitnessState

    return WitnessState(folder)


def _signer(folder: Path, state: WitnessState, passphrase_file: Path | None) -> CosignatureSigner:
    from ...ledger.keystore import KeyStore
    from ...ledger.standards.cosignature import CosignatureSigner

    secret = passphrase(passphrase_file, prompt=f"Passphrase of the witness in {folder}")
    return CosignatureSigner(state.configuration.name, KeyStore(folder / "keys").open(_KEY, secret))
