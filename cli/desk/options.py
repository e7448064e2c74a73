"""Options that many commands share, and the types of their values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from ..project.settings import Setting

if TYPE_CHECKING:
    from ..language.english import Language

F = TypeVar("F", bound=Callable[..., Any])
M = TypeVar("M")

FILES_IN_CONTEXT = "inblue.files"
CONSENT_IN_CONTEXT = "inblue.consent"
REGISTRAR_KEY = "registrar"
LOG_KEY = "log"


class MomentType(click.ParamType[Any]):
    """An RFC 3339 instant with its zone, or a date."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime | date:
        """Parse the text."""
        from ...domain.instant import parse_moment

        return _parsed(parse_moment, self, value, param, ctx)


class InstantType(click.ParamType[Any]):
    """An RFC 3339 instant with its zone."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse the text."""
        from ...domain.instant import parse_instant

        return _parsed(parse_instant, self, value, param, ctx)


class DayType(click.ParamType[Any]):
    """A date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse the text."""
        from ...domain.instant import parse_day

        return _parsed(parse_day, self, value, param, ctx)


class LanguageType(click.ParamType[Any]):
    """The code of one of the six languages."""

    name = "language"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Language:
        """Find the language."""
        from ..language.choose import language
        from ..language.english import Language

        return value if isinstance(value, Language) else _parsed(language, self, value, param, ctx)


MOMENT, INSTANT, DAY = MomentType(), InstantType(), DayType()
FILE = click.Path(dir_okay=False, path_type=Path)


def ledger_option(command: F) -> F:
    """``--ledger`` and ``--files``."""
    command = files_option(command)
    return click.option(
        "--ledger",
        cls=Setting,
        envvar="INBLUE_LEDGER",
        metavar="LEDGER",
        help="The ledger: an SQLite file, or postgresql://... (or set INBLUE_LEDGER).",
    )(command)


def place_options(command: F) -> F:
    """SOURCE, ``--ledger`` and ``--files``: the place that a command reads, which :mod:`.place` opens."""
    command = files_option(command)
    command = click.option(
        "--ledger",
        cls=Setting,
        envvar="INBLUE_LEDGER",
        metavar="SOURCE",
        help="The same as SOURCE (or set INBLUE_LEDGER).",
    )(command)
    return click.argument("source", metavar="[SOURCE]", required=False)(command)


def files_option(command: F) -> F:
    """``--files``, which :func:`.desk.open_ledger` finds by itself."""
    return click.option(
        "--files",
        cls=Setting,
        envvar="INBLUE_FILES",
        type=click.Path(file_okay=False, path_type=Path),
        expose_value=False,
        callback=_keep_files,
        help="Folder of the ledger's files (default: FILE.files beside it, or INBLUE_FILES).",
    )(command)


def _keep_files(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
    ctx.meta[FILES_IN_CONTEXT] = value


def json_option(command: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON (see inblue schema).")(command)


templates_option = click.option(
    "--templates",
    envvar="INBLUE_TEMPLATES",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="The body's own templates of letters (or set INBLUE_TEMPLATES).",
)
"""``--templates``."""


def lang_option(command: F) -> F:
    """``--lang``."""
    return click.option(
        "--lang",
        cls=Setting,
        field="language",
        envvar="INBLUE_LANG",
        type=LanguageType(),
        default="en",
        metavar="CODE",
        help="ar, zh, en, fr, ru or es (default en, or INBLUE_LANG).",
    )(command)


def vote_option(command: F) -> F:
    """``--vote``."""
    return click.option(
        "--vote",
        cls=Setting,
        envvar="INBLUE_VOTE",
        metavar="SYMBOL[#ROUND]",
        help="The draft's symbol, with the round if it was put again. Not needed if the ledger has one vote.",
    )(command)


def keys_option(command: F) -> F:
    """``--keys``."""
    return click.option(
        "--keys",
        cls=Setting,
        envvar="INBLUE_KEYS",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of private keys (default: FILE.keys beside an SQLite ledger, or INBLUE_KEYS).",
    )(command)


def trust_option(command: F) -> F:
    """``--trust``."""
    return click.option("--trust", type=FILE, help="Compare with what you know from elsewhere, in a trust file.")(
        command
    )


def authorities_option(command: F) -> F:
    """``--authorities``."""
    return click.option(
        "--authorities",
        cls=Setting,
        envvar="INBLUE_AUTHORITIES",
        type=FILE,
        help="File of the timestamp authorities to ask (or set INBLUE_AUTHORITIES).",
    )(command)


def policy_option(command: F) -> F:
    """``--policy``."""
    return click.option(
        "--policy",
        cls=Setting,
        envvar="INBLUE_POLICY",
        type=FILE,
        help="File of the witnesses to ask, a C2SP tlog-policy (or set INBLUE_POLICY).",
    )(command)


def passphrase_options(command: F) -> F:
    """``--keys`` and ``--passphrase-file``."""
    command = click.option(
        "--passphrase-file", type=FILE, help="Read the passphrase from the first line of this file."
    )(command)
    return keys_option(command)


class Consent(NamedTuple):
    """Whether the caller agrees in advance, or only wants to see what would be recorded, perhaps as JSON."""

    given: bool = False
    dry_run: bool = False
    as_json: bool = False

    @classmethod
    def of_call(cls) -> Consent:
        """The consent of the command that runs."""
        kept: dict[str, bool] = click.get_current_context().meta.get(CONSENT_IN_CONTEXT, {})
        return cls(**kept)


def agreement_options(command: F) -> F:
    """``--yes`` and ``--dry-run``, which :meth:`Consent.of_call` finds."""
    dry_run = _kept("dry_run", "--dry-run", said="Show what would be recorded, and record nothing.")
    return _kept("given", "--yes", said="Do not ask.")(dry_run(command))


def consent_options(command: F) -> F:
    """``--yes``, ``--dry-run`` and ``--json``, which :meth:`Consent.of_call` finds."""
    return agreement_options(_kept("as_json", "--json", said="Print JSON (see inblue schema).")(command))


def _kept(name: str, flag: str, *, said: str) -> Callable[[F], F]:
    def keep(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        ctx.meta.setdefault(CONSENT_IN_CONTEXT, {})[name] = value

    return click.option(flag, name, is_flag=True, expose_value=False, callback=keep, help=said)


def signing_options(command: F) -> F:
    """What a command needs to record something: ledger, keys, key, office."""
    said = "The office to act for (default: the key's)."
    command = click.option("--as", "office", cls=Setting, metavar="OFFICE", help=said)(command)
    command = click.option(
        "--key",
        cls=Setting,
        envvar="INBLUE_KEY",
        default=REGISTRAR_KEY,
        show_default=True,
        help="Name of the key that signs, or where it is: pkcs11:..., ssh-agent:...",
    )(command)
    return ledger_option(passphrase_options(command))


def _parsed(
    parse: Callable[[str], M], kind: click.ParamType[Any], value: Any, param: Any, ctx: click.Context | None
) -> M:
    from ...domain.errors import Malformed

    try:
        return parse(str(value))
    except Malformed as error:
        kind.fail(str(error), param, ctx)
