"""The value of an option that was not typed: from the environment, or else from the project file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from .fields import FIELDS

if TYPE_CHECKING:
    from .project_file import Project

_IN_CONTEXT = "inblue.project"


class Setting(click.Option):
    """An option that a project file may set: a typed value comes first, then the environment, then the file."""

    def __init__(self, *names: Any, field: str | None = None, **given: Any) -> None:
        self._field = field
        super().__init__(*names, **given)

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, ParameterSource]:
        """As click does, but a value in the project file replaces click's default."""
        value, source = super().consume_value(ctx, opts)
        if source is not ParameterSource.DEFAULT or ctx.resilient_parsing:
            return value, source
        field = self._field or self.name or ""
        found = project_value(ctx, field)
        return (value, source) if found is None else (found, ParameterSource.DEFAULT_MAP)


class Given(NamedTuple):
    """A value, and where it comes from: the name of a variable, or a file and its line."""

    value: Any
    source: str


def the_project(ctx: click.Context) -> Project | None:
    """The project file that applies to a command; read once, and only when needed."""
    from .project_file import find_project, read_project

    kept = ctx.find_root().meta
    if _IN_CONTEXT not in kept:
        path = find_project()
        kept[_IN_CONTEXT] = read_project(path) if path is not None else None
    found: Project | None = kept[_IN_CONTEXT]
    return found


def project_value(ctx: click.Context, field: str) -> Any:
    """The project file's value for ``field``; None if it has none that applies here."""
    project = the_project(ctx)
    if project is None or field not in project.values:
        return None
    if FIELDS[field].of_the_ledger and _another_ledger(ctx, project):
        return None
    return project.values[field].value


def setting(field: str) -> Given | None:
    """The value for the command that runs: from the environment, or else from the project file."""
    ctx, variable = click.get_current_context(), FIELDS[field].variable
    if variable is not None and (value := os.environ.get(variable)):
        return Given(value, variable)
    found = project_value(ctx, field)
    project = the_project(ctx)
    return None if found is None or project is None else Given(found, project.where(field))


def _another_ledger(ctx: click.Context, project: Project) -> bool:
    """Whether the command names another ledger than the file's; settings of the file's ledger do not apply then."""
    typed = [ctx.params[name] for name in ("source", "ledger") if is_typed(name, ctx)]
    named = next((value for value in typed if value), None) or os.environ.get("INBLUE_LEDGER")
    if not named:
        return False
    own = project.values.get("ledger")
    return own is None or not _same(str(named), own.value)


def is_typed(name: str, ctx: click.Context | None = None) -> bool:
    """Whether a parameter of the command that runs was typed."""
    ctx = ctx or click.get_current_context()
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE and name in ctx.params


def _same(one: str, other: str) -> bool:
    return one == other or ("://" not in one + other and Path(one).absolute() == Path(other).absolute())
