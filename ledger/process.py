"""What a process that holds secrets leaves to others: children that get none of them, and no dump of its memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

OURS = ("INBLUE_", "PG")
"""What the variables begin with that are for this program and its database: passphrases, addresses with passwords."""

_PR_SET_DUMPABLE = 4  # Linux, prctl(2)


def start(command: Sequence[str], **more: str) -> subprocess.Popen[bytes]:
    """Start a command of the operator's in a session of its own, with pipes to it and from it.

    It gets the environment but for what is :data:`OURS`, and the variables in ``more``.

    Raises:
        OSError: it cannot be started.
    """
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - the operator's own
        command, stdin=pipe, stdout=pipe, stderr=null, env=without_secrets(os.environ) | more, start_new_session=True
    )


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without what is for this program alone."""
    return {name: value for name, value in environment.items() if not name.startswith(OURS)}


def leave_no_dump() -> None:
    """From now on a crash writes no memory to disk, and on Linux nobody but root reads it or the environment.

    Where a system has none of this, nothing happens.
    """
    with suppress(ImportError, OSError, ValueError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
