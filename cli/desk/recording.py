"""What the commands that record an act share: their options, the desk they sit at, and what is said of the act."""

from __future__ import annotations

import mimetypes
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from .desk import Desk, desk
from .files import read_file
from .options import FILE, Consent, consent_options, signing_options, vote_option
from .output import echo, print_json, tell

if TYPE_CHECKING:
    from ...domain.acts import Act
    from ...domain.canonical import Json
    from ...domain.procedure import Procedure
    from ...domain.register_acts import RegisterAct
    from ...ledger.host.messages import InMessage

reply_option = click.option(
    "--reply", type=click.IntRange(1, 9999), default=1, help="Which reply of the member, from 1."
)
file_option = click.option("--file", type=FILE, help="Attach the bytes of the paper; the entry names their digest.")
source_option = click.option("--source", help="Where this is printed, if it is taken from print.")


def recording_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every act in an existing vote."""
    return consent_options(signing_options(vote_option(source_option(command))))


def recording_desk(given: dict[str, Any], successor: str | None = None) -> AbstractContextManager[Desk]:
    """Open the ledger with the signing options, and take them out of ``given``; ``successor`` is for :func:`.desk`."""
    names = ("ledger", "keys", "key", "passphrase_file", "office")
    address, keys, key, passphrase_file, office = (given.pop(name) for name in names)
    return desk(address, keys, key, passphrase_file, office, successor)


class Attached(NamedTuple):
    """A file that an act names by its digest."""

    name: str
    content: bytes
    media_type: str | None

    @classmethod
    def read(cls, file: Path) -> Attached:
        """The file as it is now."""
        return cls(file.name, read_file(file), mimetypes.guess_type(file.name)[0])

    @classmethod
    def carried(cls, found: InMessage | None) -> tuple[Attached, ...]:
        """The paper that came in a message, to be kept by itself too."""
        if found is None or found.content is None:
            return ()
        name = f"message {found.named.received}, part {found.named.part}"
        return (cls(name, found.content, found.paper.media_type),)

    @property
    def sha256(self) -> str:
        """The digest that the act names."""
        from ...domain.canonical import digest

        return digest(self.content)

    def to(self, act: Act) -> Act:
        """``act``, with this as its paper."""
        from ...ledger.operations.play import attach_to

        return attach_to(act, self.sha256, self.media_type)


def keep(at: Desk, *acts: RegisterAct, said: str) -> bool:
    """Show acts of the register, ask, record them, and say what was ``said``; gives whether they were recorded."""
    from ...domain.register import check_reassigned, decide_register, evolve_register
    from ...domain.register_acts import REGISTRAR

    register = at.ledger.register()
    for act in acts:
        check_reassigned(register, act)
        register = evolve_register(register, decide_register(register, act, office=REGISTRAR))
    if agreed(*((act.kind_name, act.json_value()) for act in acts)):
        for act in acts:
            at.ledger.keep_register(act, signer=at.signer)
        tell(said)
        return True
    return False


def agreed(*acts: tuple[str, Mapping[str, Json]]) -> bool:
    """Show what the register is to hold, by kind and fields, and ask; False in a dry run."""
    from ..terminal.consideration import print_register_acts

    consent = Consent.of_call()
    if consent.dry_run:
        print_register_acts(acts)
        echo("a dry run: nothing was recorded")
        return False
    if sys.stdin.isatty() and sys.stderr.isatty():
        print_register_acts(acts, to=sys.stderr)
        _ask(consent)
    return True


def agreed_to(act: RegisterAct | None, told: Sequence[tuple[str, str]]) -> bool:
    """Show what is ``told`` of an act of the register, in words, and ask; False in a dry run. None: it is recorded."""
    from ...domain.register_acts import REGISTRAR
    from ..language.english import ENGLISH
    from ..terminal.tables import console, print_facts

    consent = Consent.of_call()
    asking = sys.stdin.isatty() and sys.stderr.isatty()
    if consent.dry_run or asking:
        out = console(to=None if consent.dry_run else sys.stderr)
        signed = f"to be signed for {ENGLISH.word(REGISTRAR)}" if act is not None else "on record already"
        print_facts(out, [("register", signed), *told])
    if consent.dry_run:
        echo("a dry run: nothing was recorded")
        return False
    if asking:
        _ask(consent)
    return True


def _ask(consent: Consent) -> None:
    if not consent.given and not click.confirm("Sign and record this?", err=True):
        echo("nothing was recorded", err=True)
        raise click.exceptions.Exit(2)


def perform(
    at: Desk,
    symbol: str,
    *acts: Act,
    file: Path | None = None,
    files: Sequence[Attached] = (),
    procedure: Procedure | None = None,
    **opening: Any,
) -> bool:
    """Show what acts of the vote on ``symbol`` would amount to, ask, record them, and say what followed.

    ``file`` is the paper of the last act, ``files`` are others that acts name; ``procedure`` is adopted first.
    ``opening`` is what an opening letter gives beside the act: ``roster`` and ``president``. Gives whether they were
    recorded; on a terminal, and without --yes, that is asked.
    """
    from ...domain.describe import describe
    from ...ledger.standards.ed25519 import key_id
    from ..terminal.consideration import consideration_json, print_consideration

    consent = Consent.of_call()
    if file is not None:
        paper = Attached.read(file)
        acts, files = (*acts[:-1], paper.to(acts[-1])), (*files, paper)
    about = {"office": at.office, **opening}
    considered = at.ledger.consider(symbol, *acts, key=key_id(at.signer.public_key), procedure=procedure, **about)
    shown = {paper.name: paper.content for paper in files}
    if consent.dry_run:
        if consent.as_json:
            print_json(consideration_json(symbol, considered, recorded=False))
        else:
            print_consideration(symbol, considered, shown)
            echo("a dry run: nothing was recorded")
        return False
    if sys.stdin.isatty() and sys.stderr.isatty():
        print_consideration(symbol, considered, shown, to=sys.stderr)
        _ask(consent)
    for paper in files:
        at.ledger.attach(paper.content)
    if procedure is not None:
        at.ledger.adopt_procedure(procedure, signer=at.signer)
    done = at.ledger.perform(symbol, *acts, signer=at.signer, **about)
    state = at.ledger.vote(symbol)
    if consent.as_json:
        print_json(consideration_json(symbol, considered._replace(acts=done, after=state), recorded=True))
        return True
    for recorded in done:
        tell(f"{symbol}, act {recorded.number}: {describe(recorded.act, state)}")
    return True
