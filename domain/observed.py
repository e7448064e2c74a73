"""Observations on the message that a reply came in, and how the record reports them: beside a verdict, never in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from .instant import format_instant
from .mail_observation import DkimSignature, MailObservation, PartSignature
from .messages import NamedMessage
from .phrase import Said


class Observed(NamedTuple):
    """An observation on record: its act in the stream of messages, when and by whom, office and key, it was recorded.

    ``kept`` is the salted digest of its document. ``found`` is None if that is not kept here, is of another kind, or
    is about another message.
    """

    number: int
    recorded_at: datetime
    office: str
    key: str
    kept: str
    found: MailObservation | None


Observations: TypeAlias = Callable[[NamedMessage], tuple[Observed, ...]]
"""The observations on a message, in the order of the log."""


def nothing_observed(message: NamedMessage) -> tuple[Observed, ...]:
    """The value used when observations were not looked for."""
    del message
    return ()


def observed_said(each: Observed) -> Iterator[Said]:
    """An observation in independent sentences; empty if it cannot be read."""
    if (found := each.found) is None:
        return
    for what in found_said(found):
        yield Said.of(
            "observed at {at} by the registrar's intake, which proves nothing: {what}", at=found.checked_at, what=what
        )


def found_said(found: MailObservation) -> Iterator[Said]:
    """The contents of an observation, in phrases."""
    if (hop := found.arrival) is not None and hop.at is not None and hop.by is not None:
        yield Said.of("{host}, a host of the receiver's own, stamped the message at {at}", host=hop.by, at=hop.at)
    for signature in found.dkim:
        if signature.domain is not None:
            yield _dkim(signature, signature.domain)
    for inside in found.signatures:
        yield _inside(inside)


def _dkim(signature: DkimSignature, domain: str) -> Said:
    match signature.verdict:
        case "verified":
            return Said.of("the DKIM signature of {domain} verifies", domain=domain)
        case "part_only":
            return Said.of("the DKIM signature of {domain} covers a part of the message only", domain=domain)
        case "not_believed":
            return Said.of("the DKIM signature of {domain} shows nothing, whether it holds or not", domain=domain)
        case "failed":
            return Said.of("the DKIM signature of {domain} does not verify", domain=domain)
        case _:
            return Said.of("the DKIM signature of {domain} was not checked", domain=domain)


def _inside(signature: PartSignature) -> Said:
    signer, path = signature.signer, signature.path
    match signature.verdict:
        case "verified" if signer is not None and signature.chain == "leads_to_root":
            return Said.of(
                "the signature in part {path} is by {signer}, whose certificate leads to a root that was named",
                path=path,
                signer=signer.subject,
            )
        case "verified" if signer is not None:
            return Said.of(
                "the signature in part {path} holds, and no root that was named says who {signer} is",
                path=path,
                signer=signer.subject,
            )
        case "part_only":
            return Said.of("the signature in part {path} covers a part of it only", path=path)
        case "not_believed":
            return Said.of("the signature in part {path} shows nothing, whether it holds or not", path=path)
        case "failed":
            return Said.of("the signature in part {path} does not hold", path=path)
        case _:
            return Said.of("the signature in part {path} was not checked", path=path)


def observed_json(each: Observed) -> dict[str, Any]:
    """An observation as the record has it. Everything else is in the document, which is kept."""
    found, hop = each.found, each.found.arrival if each.found is not None else None
    return {
        "act": each.number,
        "recorded_at": format_instant(each.recorded_at),
        "document": None if found is None else found.sha256,
        "checked_at": None if found is None else format_instant(found.checked_at),
        "arrived_at": None if hop is None or hop.at is None else format_instant(hop.at),
        "arrived_by": None if hop is None else hop.by,
        "dkim": [] if found is None else [_dkim_json(signature) for signature in found.dkim],
        "signatures": [] if found is None else [_inside_json(signature) for signature in found.signatures],
    }


def _dkim_json(signature: DkimSignature) -> dict[str, Any]:
    return {
        "domain": signature.domain,
        "verdict": signature.verdict,
        "why": signature.why,
        "of_sender": signature.of_sender,
    }


def _inside_json(signature: PartSignature) -> dict[str, Any]:
    return {
        "kind": signature.kind,
        "path": signature.path,
        "verdict": signature.verdict,
        "why": signature.why,
        "signer": None if signature.signer is None else signature.signer.subject,
        "chain": signature.chain,
    }
