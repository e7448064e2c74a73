"""Options that many commands share, and what they stand for: a ledger, a signer, a passphrase, a vote."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ..domain.roster import Roster
    from ..ledger.keystore import KeyStore
    from ..ledger.ledger import Ledger
    from ..ledger.standards.ed25519 import Signer
    from ..ledger.stores.address import Address
    from .language.english import Language

F = TypeVar("F", bound=Callable[..., Any])
M = TypeVar("M")

_FILES = "inblue.files"
_PASSPHRASE = ("--passphrase-file", "INBLUE_PASSPHRASE")
REGISTRAR_KEY = "registrar"
LOG_KEY = "log"


class MomentType(click.ParamType[Any]):
    """An RFC 3339 instant with its zone, or a date."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime | date:
        """Parse the text."""
        from ..domain.instant import parse_moment

        return _parsed(parse_moment, self, value, param, ctx)


class InstantType(click.ParamType[Any]):
    """An RFC 3339 instant with its zone."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse the text."""
        from ..domain.instant import parse_instant

        return _parsed(parse_instant, self, value, param, ctx)


class DayType(click.ParamType[Any]):
    """A date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse the text."""
        from ..domain.instant import parse_day

        return _parsed(parse_day, self, value, param, ctx)


class LanguageType(click.ParamType[Any]):
    """The code of one of the six languages."""

    name = "language"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Language:
        """Find the language."""
        from .language.choose import language
        from .language.english import Language

        return value if isinstance(value, Language) else _parsed(language, self, value, param, ctx)


MOMENT, INSTANT, DAY = MomentType(), InstantType(), DayType()
FILE = click.Path(dir_okay=False, path_type=Path)


def ledger_option(command: F) -> F:
    """``--ledger`` and ``--files``."""
    command = files_option(command)
    return click.option(
        "--ledger",
        envvar="INBLUE_LEDGER",
        metavar="LEDGER",
        help="The ledger: an SQLite file, or postgresql://... (or set INBLUE_LEDGER).",
    )(command)


def files_option(command: F) -> F:
    """``--files``, which :func:`open_ledger` finds by itself."""
    return click.option(
        "--files",
        envvar="INBLUE_FILES",
        type=click.Path(file_okay=False, path_type=Path),
        expose_value=False,
        callback=_keep_files,
        help="Folder of the ledger's files (default: FILE.files beside it, or INBLUE_FILES).",
    )(command)


def _keep_files(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
    ctx.meta[_FILES] = value


def json_option(command: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON (see inblue schema).")(command)


def lang_option(command: F) -> F:
    """``--lang``."""
    return click.option(
        "--lang",
        envvar="INBLUE_LANG",
        type=LanguageType(),
        default="en",
        metavar="CODE",
        help="ar, zh, en, fr, ru or es (default en, or INBLUE_LANG).",
    )(command)


def vote_option(command: F) -> F:
    """``--vote``."""
    return click.option("--vote", metavar="SYMBOL", help="The draft's symbol; not needed where there is one vote.")(
        command
    )


def keys_option(command: F) -> F:
    """``--keys``."""
    return click.option(
        "--keys",
        envvar="INBLUE_KEYS",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of private keys (default: FILE.keys beside an SQLite ledger, or INBLUE_KEYS).",
    )(command)


def trust_option(command: F) -> F:
    """``--trust``."""
    return click.option("--trust", type=FILE, help="Hold it against what you know from elsewhere: a trust file.")(
        command
    )


def authorities_option(command: F) -> F:
    """``--authorities``."""
    return click.option(
        "--authorities",
        envvar="INBLUE_AUTHORITIES",
        type=FILE,
        help="The timestamp authorities to ask (or set INBLUE_AUTHORITIES).",
    )(command)


def policy_option(command: F) -> F:
    """``--policy``."""
    return click.option(
        "--policy",
        envvar="INBLUE_POLICY",
        type=FILE,
        help="The witnesses to ask, as C2SP tlog-policy writes it (or set INBLUE_POLICY).",
    )(command)


def passphrase_options(command: F) -> F:
    """``--keys`` and ``--passphrase-file``."""
    command = click.option(
        "--passphrase-file", type=FILE, help="Read the passphrase from the first line of this file."
    )(command)
    return keys_option(command)


def signing_options(command: F) -> F:
    """What a command needs that records something: ledger, keys, key, office."""
    command = click.option("--as", "office", metavar="OFFICE", help="The office to act for (default: the key's).")(
        command
    )
    command = click.option("--key", default=REGISTRAR_KEY, show_default=True, help="Name of the key that signs.")(
        command
    )
    return ledger_option(passphrase_options(command))


@dataclass(slots=True)
class Desk:
    """An open ledger, who sits at it, and the key that signs its checkpoints, or is to."""

    ledger: Ledger
    signer: Signer
    log_signer: Signer
    office: str | None
    opens_at: datetime | None = None
    """Where an opening is recorded: its instant, which timestamps are then sought behind."""


def ledger_address(address: str | None) -> Address:
    """The ledger that ``--ledger`` names."""
    from ..ledger.stores.address import read_address

    if not address:
        raise click.UsageError("no ledger is named; give --ledger LEDGER or set INBLUE_LEDGER")
    return read_address(address)


def open_ledger(address: Address, *, read_only: bool = False) -> Ledger:
    """The ledger at ``address``, with the files that ``--files`` names."""
    from ..ledger.ledger import Ledger

    return Ledger.open(address, read_only=read_only, files=click.get_current_context().meta.get(_FILES))


def keystore(address: str | None, keys: Path | None) -> KeyStore:
    """The key store that goes with a ledger."""
    from ..ledger.keystore import KeyStore
    from ..ledger.stores.address import beside

    return KeyStore(keys or beside(ledger_address(address), "keys"))


@contextmanager
def desk(
    address: str | None,
    keys: Path | None,
    key: str,
    passphrase_file: Path | None,
    office: str | None,
    successor: str | None = None,
) -> Iterator[Desk]:
    """Open a ledger for recording; ``successor`` names the log's next key, if the present one is not to sign."""
    with open_ledger(ledger_address(address)) as ledger:
        store = keystore(address, keys)
        log_key = successor or _name_of_log_key(ledger, store)
        secret = passphrase(passphrase_file, prompt=f"Passphrase of the keys in {store.folder}")
        signer, ledger.log_signer = store.open(key, secret), store.open(log_key, secret)
        at = Desk(ledger, signer, ledger.log_signer, office)
        yield at
        seek_proof(ledger, opens_at=at.opens_at)


def seek_proof(ledger: Ledger, *, simulated_at: datetime | None = None, opens_at: datetime | None = None) -> None:
    """Have the log's head timestamped and cosigned, if the environment names authorities and witnesses.

    A failure is said, and stops nothing. Of an opening, ``opens_at`` is what the replies should be shown to follow.
    """
    from ..domain.errors import InblueError

    authorities, policy = os.environ.get("INBLUE_AUTHORITIES"), os.environ.get("INBLUE_POLICY")
    try:
        if authorities:
            _stamp(ledger, Path(authorities), simulated_at, opens_at)
        if policy:
            _cosign(ledger, Path(policy))
    except InblueError as error:
        click.echo(f"no proof from outside: {error}; the act is recorded", err=True)


def _stamp(ledger: Ledger, authorities: Path, simulated_at: datetime | None, opens_at: datetime | None) -> None:
    from ..ledger.operations.timestamps import read_sources, stamp_behind, stamp_head

    sources = read_sources(authorities)
    if opens_at is None:
        fetched = stamp_head(ledger, sources, simulated_at=simulated_at)
    else:
        fetched = stamp_behind(ledger, sources, opens_at, time.sleep)
    for stamped in fetched:
        if stamped.fault:
            click.echo(f"no timestamp of {stamped.authority} yet: {stamped.fault}; see inblue timestamp", err=True)


def _cosign(ledger: Ledger, policy: Path) -> None:
    from ..ledger.operations.cosign import cosign_head
    from ..ledger.standards.witness_policy import read_policy

    for asked in cosign_head(ledger, read_policy(policy)):
        if asked.fault:
            click.echo(f"{asked.witness} has not cosigned: {asked.fault}; see inblue witness ask", err=True)


def _name_of_log_key(ledger: Ledger, store: KeyStore) -> str:
    from ..ledger.errors import KeyStoreError
    from ..ledger.standards.ed25519 import key_id
    from ..ledger.standards.note import Verifier

    present = ledger.log_keys()[-1]
    name = store.find(key_id(present.public)) if isinstance(present, Verifier) else None
    if name is None:
        raise KeyStoreError(
            f"the log's key {present.note_id.hex()} is not in {store.folder}: bring it back there, or replace it with "
            "inblue log-key replace"
        )
    return name


@contextmanager
def reading(address: str | None) -> Iterator[Ledger]:
    """Open a ledger for reading; nothing on disk changes."""
    with open_ledger(ledger_address(address), read_only=True) as ledger:
        yield ledger


def passphrase(file: Path | None, *, prompt: str, confirm: bool = False, which: str = "") -> bytes:
    """A passphrase: from a file, the environment, or the terminal. Never from the command line. ``which``: "new"."""
    option, variable = (f"--{which}-passphrase-file", f"INBLUE_{which.upper()}_PASSPHRASE") if which else _PASSPHRASE
    if file is not None:
        try:
            with file.open("rb") as source:
                return source.readline(2048).rstrip(b"\r\n")
        except OSError as error:
            raise click.UsageError(f"{option} {file}: {error.strerror}") from None
    if variable in os.environ:
        return os.environb[variable.encode()]
    if not sys.stdin.isatty():
        raise click.UsageError(f"a passphrase is needed; give {option} FILE or set {variable}")
    text: str = click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)
    return text.encode()


def which_vote(ledger: Ledger, symbol: str | None) -> str:
    """The vote meant: the one named, the only one, or the only one that is not over."""
    if symbol is not None:
        if not ledger.has_vote(symbol):
            known = ", ".join(ledger.votes()[:10]) or "none yet"
            raise click.UsageError(f"no vote on {symbol!r} is on record; there is {known}")
        return symbol
    votes = ledger.votes()
    if not votes:
        raise click.UsageError("the ledger holds no vote yet; begin with inblue draft circulate, or inblue play")
    going_on = votes
    if len(votes) > 1:
        states = ((each, ledger.vote(each)) for each in reversed(votes))  # the latest are most likely to go on
        going_on = tuple(
            islice((each for each, state in states if state.result is None and state.withdrawn is None), 2)
        )
    if len(going_on) != 1:
        raise click.UsageError(f"which vote? Give --vote, one of {', '.join(votes[:10])}")
    return going_on[0]


def read_file(path: Path) -> bytes:
    """The bytes of an instrument or text."""
    from ..ledger.entries.files import MAX_FILE_BYTES

    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise click.UsageError(f"{path}: more than {MAX_FILE_BYTES:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None


def write_new(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and never over what is there."""
    from ..ledger import durable

    try:
        durable.create(path, content)
    except FileExistsError:
        raise click.UsageError(f"{path}: something is there already; nothing was changed") from None
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None


def refuse_existing(path: Path) -> None:
    """Say at once, before anything is computed, that there is something at ``path`` already."""
    if path.exists():
        raise click.UsageError(f"{path}: something is there already; nothing was changed")
    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"{path}: there is no folder {path.absolute().parent}")


def the_roster(name: str) -> Roster:
    """A built-in roster, or one from a file."""
    from ..domain.roster import Roster, built_in_roster

    return Roster.read(read_file(Path(name)), where=name) if name.endswith(".json") else built_in_roster(name)


def _parsed(
    parse: Callable[[str], M], kind: click.ParamType[Any], value: Any, param: Any, ctx: click.Context | None
) -> M:
    from ..domain.errors import MalformedError

    try:
        return parse(str(value))
    except MalformedError as error:
        kind.fail(str(error), param, ctx)


def print_json(value: dict[str, Any]) -> None:
    """JSON for programs, on standard output: UTF-8, whatever the locale says."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2).encode())


@contextmanager
def answering() -> Iterator[None]:
    """Print what a command answers by its exit status too, which holds although the reader of the text goes away."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
