"""The delegation that a command runs for: the one that is named, or the one in whose folder it runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ...ledger.delegation.folder import DelegationFolder


def delegation_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--delegation``."""
    return click.option(
        "--delegation",
        envvar="INBLUE_DELEGATION",
        type=click.Path(file_okay=False, path_type=Path),
        help="A delegation's folder (default: the current one or one above it, or INBLUE_DELEGATION).",
    )(command)


def delegation_of(folder: Path | None) -> DelegationFolder | None:
    """The delegation in ``folder``; where none is named, that of the current folder or of one above it, if any."""
    from ...ledger.delegation.folder import DelegationFolder, delegation_at

    return DelegationFolder(folder) if folder is not None else delegation_at(Path.cwd())


def the_delegation(folder: Path | None) -> DelegationFolder:
    """As :func:`delegation_of`, if one is required."""
    found = delegation_of(folder)
    if found is None:
        raise click.UsageError(
            "no delegation is here: go to its folder, give --delegation, or see inblue delegation init"
        )
    return found


def is_given(option: str) -> bool:
    """Whether an option of the command that runs was typed, or set in the environment: not by a project file."""
    source = click.get_current_context().get_parameter_source(option)
    return source in {ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT}
