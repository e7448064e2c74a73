"""Examines a message in a restricted child process, like reading messages (:mod:`..intake`).

Run as a program, this module is the child: it limits itself, reads its input and the message, and answers with an
observation.
"""

from __future__ import annotations

import os
import sys
import zoneinfo
from typing import NoReturn

from ...domain.canonical import digest
from ...domain.errors import Malformed
from ...domain.mail_observation import FORMAT, MailObservation, NotChecked
from ..intake.in_child import MAX_MESSAGE, confine
from ..intake.reading import ask_child
from .look import Given, look

WHOLE, HEADER = "whole", "header"
_MOST = 4 * 1024 * 1024


def look_aside(raw: bytes, given: Given) -> MailObservation:
    """What a message shows. A part that crashes the child is not checked on the second try, which is stated."""
    asked = _blank(raw, given)
    for how in (WHOLE, HEADER) if len(raw) <= MAX_MESSAGE else ():
        answer = ask_child(asked.canonical() + b"\n" + raw, how, module=__spec__.name, most=_MOST)
        if answer.status == 0:
            try:
                found = MailObservation.read(answer.content, where="the answer of the child", limit=_MOST)
            except Malformed:
                continue
            if _about(found) == _about(asked) and found.raw == found.canonical():
                return found
    unchecked = tuple(NotChecked(what=what, why="too_costly") for what in ("received", "dkim", "smime", "pdf"))
    return asked.model_copy(update={"not_checked": unchecked})


def _blank(raw: bytes, given: Given) -> MailObservation:
    """An empty observation: the input of the child."""
    return MailObservation(
        format=FORMAT,
        message=digest(raw),
        size=len(raw),
        checked_at=given.checked_at,
        checked_by=given.checked_by,
        tools={},
        own_hosts=given.own_hosts,
        roots=given.roots,
        dns=given.dns,
    )


def _about(seen: MailObservation) -> tuple[object, ...]:
    """The input of the child, which it must return."""
    about = (seen.message, seen.size, seen.checked_at, seen.checked_by)
    return (*about, seen.own_hosts, seen.roots, seen.dns)


def main() -> NoReturn:
    """Run as the child."""
    confine()
    zoneinfo.reset_tzpath(to=())  # the library needs a zone, and may not read the machine's files
    line, _, raw = sys.stdin.buffer.read(MAX_MESSAGE + _MOST).partition(b"\n")
    asked = MailObservation.read(line, where="what is given", limit=_MOST)
    given = Given(asked.checked_at, asked.checked_by, asked.own_hosts, asked.roots, asked.dns)
    found = look(raw, given, parts="too_costly" if sys.argv[1] == HEADER else None)
    sys.stdout.buffer.write(found.canonical())
    sys.stdout.buffer.flush()
    os._exit(0)  # freeing what was parsed, object by object, may take longer than parsing it


if __name__ == "__main__":
    main()
