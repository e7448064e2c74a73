"""What commands print: lines for people, documents, and JSON for programs. The reader may go away.

Everything that a command prints goes through here or through a console of ``terminal/``, and is inert on a terminal.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from ...domain.inert import inert, inert_json
from ..main import QUIET_IN_CONTEXT


def echo(line: str, *, err: bool = False) -> None:
    """Print one line; a line break in it becomes a space, so that it cannot begin a forged line."""
    click.echo(inert(line.replace("\n", " ")), err=err)


def tell(line: str) -> None:
    """Say what was done, in one line; with --quiet, say nothing if all went well."""
    if not click.get_current_context().meta.get(QUIET_IN_CONTEXT):
        echo(line)


def echo_text(text: str | bytes) -> None:
    """Print a text of several lines as it is: a checkpoint, SQL, a document. Bytes that are not UTF-8 are replaced."""
    click.echo(inert(text if isinstance(text, str) else text.decode(errors="replace")).encode(), nl=False)


def echo_json(document: bytes) -> None:
    """Print a JSON document: its bytes, except for escapes that make it inert."""
    click.echo(inert_json(document.decode()).encode(), nl=False)


def print_json(value: dict[str, Any]) -> None:
    """JSON for programs, on standard output: UTF-8, whatever the locale says; the same values, and inert."""
    click.echo(inert_json(json.dumps(value, ensure_ascii=False, indent=2)).encode())


def print_json_line(value: dict[str, Any]) -> None:
    """As :func:`print_json`, on one line: a line of JSON Lines."""
    click.echo(inert_json(json.dumps(value, ensure_ascii=False, separators=(",", ":"))).encode())


@contextmanager
def answering() -> Iterator[None]:
    """Print an answer that is also the exit status, which stays valid if the reader of the text goes away."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
