"""What messages show of their time and sender: recorded, and said in lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...domain.mail_observation import MailObservation
from ...domain.observed import found_said
from ..desk.output import echo, print_json_line
from ..desk.proof import seek_proof

if TYPE_CHECKING:
    from ..desk.desk import Desk

_EXTRAS = {"dkimpy": "mail", "pyhanko": "signatures"}


def observe_messages(
    at: Desk, number: int | None, given: dict[str, Any], answers: bytes | None, *, as_json: bool
) -> None:
    """Look at one message, or at each that was not looked at, and record what is seen."""
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
        echo(f"not all was checked: it needs pip install 'inblue[{extra}]'", err=True)
    if done:
        seek_proof(at.ledger)
    elif not as_json:
        echo("every message was looked at")


def _unseen(at: Desk) -> Iterator[int]:
    """The messages of which nothing was observed yet."""
    for message in at.ledger.messages():
        if not at.ledger.observations(message.number):
            yield message.number


def _lines(found: MailObservation) -> Iterator[str]:
    """What was seen in a message, in English, as errors and help are."""
    yield from map(str, found_said(found))
    if found.arrival is None:
        yield "no host of your own is known to have stamped it; name yours with --own-host, or in the project file"
    if not found.dkim:
        yield "no DKIM signature was checked"
    reasons = [*(each.why for each in found.dkim), *(each.why for each in found.signatures)]
    for why in dict.fromkeys(reasons):
        if why is not None:
            yield f"why: {why.replace('_', ' ')}"
