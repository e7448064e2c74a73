"""Shell completion: members, positions, votes, clauses, keys, files, and so on.

It reads only local files: the project file, a procedure, a roster, the names of keys, and the names of the votes of a
ledger that is an SQLite file of limited size. It asks no server, and offers nothing after an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

from .settings import project_value

MAX_LEDGER_BYTES = 64 * 1024 * 1024
MAX_VOTES = 500
_OFFICES = ("registrar", "president", "permanent_representative", "intake")


def offer() -> None:
    """Let shells offer what is listed here, besides commands, options and fixed choices."""
    for each in (BashComplete, ZshComplete, _Fish):
        add_completion_class(type(each.__name__, (_Offering, each), {}))


class _Fish(FishComplete):
    """As click's, whose script cuts a description at its first comma."""

    source_template = FishComplete.source_template.replace('split ","', 'split --max 1 ","')


class _Offering(ShellComplete):
    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """As click does; if it has nothing to offer, by the name of the parameter."""
        from click.shell_completion import _resolve_context, _resolve_incomplete

        ctx = _resolve_context(self.cli, {**self.ctx_args}, self.prog_name, [*args])
        obj, typed = _resolve_incomplete(ctx, [*args], incomplete)
        if isinstance(obj, click.Parameter) and (source := _source_of(obj, ctx)) is not None:
            try:
                return _fitting(source(ctx), typed)
            except Exception:  # noqa: BLE001 - a shell waits: nothing is offered, and nothing is said
                return []
        return super().get_completions(args, incomplete)


def _source_of(param: click.Parameter, ctx: click.Context) -> Callable[[click.Context], Any] | None:
    name = param.name or ""
    if ctx.command_path.startswith("inblue key ") and name in {"name", "old", "new_name"}:
        return _keys
    return _SOURCES.get(name) if not isinstance(param.type, (click.Choice, click.Path)) else None


def _fitting(offered: Mapping[str, str] | Iterable[str], typed: str) -> list[CompletionItem]:
    """Those that begin with the typed text, by id or by a word of their name."""
    said = offered if isinstance(offered, Mapping) else dict.fromkeys(offered, "")
    wanted = typed.casefold()
    if _FILES in said and not any(each.casefold().startswith(wanted) for each in said if each != _FILES):
        return [CompletionItem(typed, type="file")]
    return [
        CompletionItem(id_, help=name or None)
        for id_, name in said.items()
        if id_ != _FILES
        and (id_.casefold().startswith(wanted) or (wanted and wanted in name.casefold().split(" ")[0][: len(wanted)]))
    ]


_FILES = "\0files"


def _files(_: click.Context) -> Iterator[str]:
    yield _FILES


def _procedure_file(ctx: click.Context) -> dict[str, Any]:
    import json

    from ...domain.roster import shipped

    name = str(ctx.params.get("procedure") or project_value(ctx, "procedure") or "unsc-2020-253")
    if name.endswith((".json", ".toml")):
        from ...ledger.edge.procedure_file import json_of_toml
        from ...ledger.outside import read_outside

        raw = read_outside(Path(name), MAX_LEDGER_BYTES // 16)
        raw = json_of_toml(raw, name) if name.endswith(".toml") else raw
    else:
        raw = shipped("procedures", name)
    found: dict[str, Any] = json.loads(raw)
    return found


def _members(ctx: click.Context) -> Mapping[str, str]:
    """The members on the roster that an opening would use, or else all that the procedure knows."""
    from ...domain.roster import built_in_members, built_in_roster

    names = built_in_members("un-member-states")
    roster = project_value(ctx, "roster")
    if isinstance(roster, str) and not roster.endswith(".json"):
        return {seat.member: names.get(seat.member, "") for seat in built_in_roster(roster).members}
    members = _procedure_file(ctx).get("members")
    if isinstance(members, Mapping):
        return {str(each): str(name) for each, name in members.items()}
    return names if isinstance(members, str) else {}


def _positions(ctx: click.Context) -> Iterator[str]:
    yield from _procedure_file(ctx).get("choices", ())
    yield "none"


def _clauses(ctx: click.Context) -> Mapping[str, str]:
    return {each["id"]: str(each.get("title", "")) for each in _procedure_file(ctx)["clauses"]}


def _fields(ctx: click.Context) -> Iterator[str]:
    yield from _procedure_file(ctx)["corrections"]["fields"]


def _offices(_: click.Context) -> Iterator[str]:
    yield from _OFFICES


def _facts(ctx: click.Context) -> Iterator[str]:
    yield from (each["id"] for each in _procedure_file(ctx).get("facts", ()))


def _votes(ctx: click.Context) -> tuple[str, ...]:
    from ...ledger.ledger import Ledger

    place = _ledger(ctx)
    if place is None or not place.is_file() or place.stat().st_size > MAX_LEDGER_BYTES:
        return ()
    with Ledger.open(place, read_only=True) as book:
        return book.votes()[-MAX_VOTES:]


def _keys(ctx: click.Context) -> list[str]:
    from ...ledger.keystore import KeyStore

    folder, place = ctx.params.get("keys") or project_value(ctx, "keys"), _ledger(ctx)
    if folder is None and place is not None:
        folder = Path(f"{place}.keys")
    return [] if folder is None else KeyStore(Path(folder)).names()


def _ledger(ctx: click.Context) -> Path | None:
    import os

    named = ctx.params.get("ledger") or os.environ.get("INBLUE_LEDGER") or project_value(ctx, "ledger")
    return Path(named) if named and "://" not in str(named) else None


def _procedures(_: click.Context) -> tuple[str, ...]:
    from ...domain.roster import shipped_names

    return (*shipped_names("procedures"), _FILES)


def _rosters(_: click.Context) -> tuple[str, ...]:
    from ...domain.roster import shipped_names

    return (*shipped_names("rosters"), _FILES)


_SOURCES: dict[str, Callable[[click.Context], Any]] = {
    **dict.fromkeys(("member", "by", "sender", "president", "sponsors", "for_member"), _members),
    "position": _positions,
    "clause": _clauses,
    "field": _fields,
    "fact": _facts,
    "vote": _votes,
    **dict.fromkeys(("key", "intake_key", "names"), _keys),
    **dict.fromkeys(("office", "for_office", "instrument_office", "offices"), _offices),
    "procedure": _procedures,
    "roster": _rosters,
    **dict.fromkeys(("source", "ledger", "signed"), _files),
}
"""What to offer for a parameter, by its name."""
