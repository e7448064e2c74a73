"""What the commands that record an act share: options, the open ledger, and the words for the act."""

from __future__ import annotations

import mimetypes
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..project.settings import is_typed, setting
from .desk import Desk, desk
from .files import read_file
from .options import FILE, Consent, consent_options, signing_options, vote_option
from .output import echo, print_json, tell

if TYPE_CHECKING:
    from datetime import date, datetime

    from ...domain.acts import Act
    from ...domain.canonical import Json
    from ...domain.errors import Refused
    from ...domain.procedure import Procedure
    from ...domain.register_acts import RegisterAct
    from ...domain.state import VoteState
    from ...ledger.host.messages import InMessage
    from ...ledger.ledger import Ledger

reply_option = click.option(
    "--reply", type=click.IntRange(1, 9999), default=1, help="Which reply of the member, from 1."
)
file_option = click.option("--file", type=FILE, help="Attach the paper; the entry records its digest.")
source_option = click.option("--source", help="The printed source, if this is taken from print.")


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


def is_asked() -> bool:
    """Whether a person is shown first what would be recorded, and asked."""
    return sys.stdin.isatty() and sys.stderr.isatty() and not Consent.of_call().given


def offered_president(at: Desk, symbol: str, day: datetime | date | None) -> str | None:
    """The member that the register has preside on that day, now without one, for a person to agree to.

    None where nobody is asked, where the key that signs is a member's, and of a history that is told from print.
    """
    from ...ledger.standards.ed25519 import key_id

    state, register, key = at.ledger.vote(symbol), at.ledger.register(), key_id(at.signer.public_key)
    members = [grant.member for grant in register.grants if grant.key == key and grant.member is not None]
    if not is_asked() or state.documented or members:
        return None
    moment = state.span(day if day is not None else at.ledger.clock()).earliest
    return None if moment is None else register.president(state.procedure, moment)


def keep(at: Desk, *acts: RegisterAct, said: str) -> bool:
    """Show acts of the register, ask, record them, and print ``said``; return whether they were recorded."""
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
    """Show what would be recorded in the register, by kind and fields, and ask; False in a dry run."""
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
    """Show the words ``told`` for an act of the register, and ask; False in a dry run. None: it is recorded."""
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
    """Show what acts of the vote on ``symbol`` would do, ask, record them, and say what followed.

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
    with refused_here(at.ledger, symbol, acts):
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
    with refused_here(at.ledger, symbol, acts):
        done = at.ledger.perform(symbol, *acts, signer=at.signer, **about)
    state = at.ledger.vote(symbol)
    if consent.as_json:
        print_json(consideration_json(symbol, considered._replace(acts=done, after=state), recorded=True))
        return True
    for recorded in done:
        tell(f"{symbol}, act {recorded.number}: {describe(recorded.act, state)}")
    return True


@contextmanager
def refused_here(ledger: Ledger, symbol: str, acts: Sequence[Act]) -> Iterator[None]:
    """Give a refusal by the rules in the reader's language and the vote's zone, with the next act that can follow."""
    from ...domain.errors import Refused

    try:
        yield
    except Refused as error:
        if not ledger.has_vote(symbol):
            raise
        state = ledger.vote(symbol)
        shown = _shown(error, state)
        may_not = error.clause is not None and error.clause == state.procedure.recorders.clause
        shown.add_note("inblue key list" if may_not else _command(ledger, state, acts[0], ledger.clock()))
        raise shown.with_traceback(error.__traceback__) from None


def _shown(error: Refused, state: VoteState) -> Refused:
    """The refusal in the chosen language, with times in the vote's zone; the record gives them in UTC."""
    from ...domain.errors import InblueError, Refused
    from ...domain.phrase import Said
    from ..language.choose import language
    from ..language.english import ENGLISH

    if not isinstance(error.text, Said):
        return Refused(error.clause, error.text)
    chosen = setting("language")
    try:
        lang = language(chosen and chosen.value)
    except InblueError:  # not one of the six, or not installed: that must not hide the refusal
        lang = ENGLISH
    return Refused(error.clause, lang.again(error.text.in_zone(state.zone)))


def _command(ledger: Ledger, state: VoteState, act: Act, now: datetime) -> str:
    from ...domain.acts import EntryVoided
    from ...domain.leading_to import leading_to, voided_instead
    from ...domain.next_acts import next_acts
    from ..language.english import ENGLISH
    from ..terminal.roll_call import command_of

    ctx = click.get_current_context()
    vote = f" --vote {state.name}" if is_typed("vote") else ""
    found = leading_to(state, act, now, ledger.documents)
    if found is not None:
        own = found.act == act.kind_name and found.letter is None
        command = ctx.command_path if own else command_of(found).replace("MEMBER", ", ".join(found.members) or "MEMBER")
        since = "" if found.since is None else f", from {ENGLISH.instant(found.since, state.zone)}"
        return f"{command}{vote}{since}"
    if (entry := voided_instead(state, act, now)) is not None:
        return f"inblue entry void {entry}{vote}"
    letter = getattr(act, "kind", None)
    now_too = (each for each in next_acts(state, now) if each.act == act.kind_name and each.letter in {None, letter})
    if any(each.since is None for each in now_too):
        return f"{ctx.command_path} --help"
    return f"inblue {'replay' if isinstance(act, EntryVoided) else 'status'}{vote}"
