"""What messages show about their time and sender: recorded, and printed in lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...domain.mail_observation import MailObservation
from ...domain.observed import found_said
from ...ledger.errors import needed
from ..desk.output import echo, print_json_line

if TYPE_CHECKING:
    from ..desk.desk import Desk

_EXTRAS = {"dkimpy": "mail", "pyhanko": "signatures"}
_CHECKS = {"mail": "the check of DKIM", "signatures": "the check of S/MIME and of PDF signatures"}


def observe_messages(
    at: Desk, number: int | None, given: dict[str, Any], answers: bytes | None, *, as_json: bool
) -> None:
    """Examine one message, or each that was not examined, and record what is observed."""
    from ...ledger.observing.dns_answers import read_dns_text
    from ...ledger.observing.on_record import observe

    known = None if answers is None else read_dns_text(answers)
    missing: dict[str, None] = {}
    done = False
    for each in (number,) if number is not None else _unseen(at):
        found = observe(at.ledger, each, signer=at.signer, known=known, **given).found
        done = True
        missing |= dict.fromkeys(extra for package, extra in _EXTRAS.items() if package not in found.tools)
        if as_json:
            print_json_line(found.json_value())
            continue
        for line in _lines(found):
            echo(f"message {each}: {line}")
    for extra in missing:
        echo(f"some things were not checked: {needed(extra, _CHECKS[extra])}", err=True)
    if done:
        at.seek_proof()
    elif not as_json:
        echo("every message has been examined")


def _unseen(at: Desk) -> Iterator[int]:
    """The messages without an observation."""
    for message in at.ledger.messages():
        if not at.ledger.observations(message.number):
            yield message.number


def _lines(found: MailObservation) -> Iterator[str]:
    """What was observed in a message, in English, like errors and help."""
    yield from map(str, found_said(found))
    if found.arrival is None:
        yield "no host of your own is known to have stamped it; name yours with --own-host, or in the project file"
    if not found.dkim:
        yield "no DKIM signature was checked"
    reasons = [*(each.why for each in found.dkim), *(each.why for each in found.signatures)]
    for why in dict.fromkeys(reasons):
        if why is not None:
            yield f"why: {why.replace('_', ' ')}"
