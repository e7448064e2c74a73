"""What commands print for programs, and to readers that may go away."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click


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
