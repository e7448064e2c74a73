"""Advice on a ledger: offices and keys that lapse, the log's keys, presidencies, the clock, pending timestamps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.errors import InblueError, Refused
from ...domain.instant import CLOCKS_APART, format_instant
from ..desk.desk import name_of_log_key
from .advice import Advice

if TYPE_CHECKING:
    from ...domain.procedure import Procedure
    from ...ledger.keystore import KeyStore
    from ...ledger.ledger import Ledger

LAPSES_WITHIN = timedelta(days=30)


def on_the_register(ledger: Ledger, rules: Procedure, now: datetime) -> Iterator[Advice]:
    """Offices and keys, and who presides this month and the next."""
    from ...domain.register_acts import REGISTRAR
    from ...domain.zone import zone

    register = ledger.register()
    held = [grant for grant in register.in_force() if grant.covers(now)]
    if len([grant for grant in held if grant.office == REGISTRAR]) < 2:
        text = "one key alone holds the registrar's office: if it is lost, nothing can be recorded ever again"
        yield Advice("one_registrar", "note", text, "inblue key new registrar-2, inblue key enrol (docs/operations.md)")
    for grant in held:
        if grant.valid_until is not None and grant.valid_until - now < LAPSES_WITHIN:
            until = format_instant(grant.valid_until)
            text = f"the key {grant.key[:16]} holds the office {grant.office} until {until}"
            yield Advice("key_lapses", "ages", text, f"inblue key enrol NAME --office {grant.office}")
    if register.next_log_key is None:
        text = "no next key of the log is announced: if the present one is lost, no key can vouch for the next"
        yield Advice("no_next_log_key", "note", text, "inblue key new log-2, inblue log-key announce log-2")
    if getattr(rules, "presider", None) is None:
        return
    today = now.astimezone(zone(rules.zone)).date().replace(day=1)
    for first in (today, (today + timedelta(days=31)).replace(day=1)):
        month = first.strftime("%Y-%m")
        if (rules.body, month) not in register.presidencies:
            text = f"nobody is assigned to preside over the {rules.body} in {month}"
            yield Advice("no_presidency", "missing", text, f"inblue presidency assign MEMBER {month}")


def on_the_log(ledger: Ledger, store: KeyStore, now: datetime) -> Iterator[Advice]:
    """Whether the log's key is here, and the clock is not behind what is on record."""
    try:
        name_of_log_key(ledger, store)
    except Refused as error:
        yield Advice("log_key", "missing", str(error), "inblue key link, or inblue log-key replace")
    latest = max((at for name in ledger.votes()[-20:] if (at := ledger.vote(name).last_recorded_at)), default=None)
    if latest is not None and latest > now + CLOCKS_APART:
        text = f"the clock here is before an act on record, of {format_instant(latest)}"
        yield Advice("clock", "unsafe", text, "timedatectl; if the act's hour was false, inblue clock disown")
    yield from _on_the_tokens(ledger, now)


def _on_the_tokens(ledger: Ledger, now: datetime) -> Iterator[Advice]:
    """Whether the clock agrees with the latest timestamps of authorities that are adopted."""
    from ...ledger.entries.files import StoredDocuments
    from ...ledger.hours import agreement_with_tokens

    documents = StoredDocuments(ledger.files)
    for name, token, last in agreement_with_tokens(ledger.streams, ledger.log, documents, ledger.register()):
        if now < token.not_before - CLOCKS_APART:
            text = f"the clock here is before a timestamp of {name}, of {format_instant(token.gen_time)}"
            mend = f"timedatectl; if the authority is wrong, inblue authority retire {name}"
            yield Advice("clock_and_token", "unsafe", text, mend)
        if last is not None and last.recorded_at > token.not_after + CLOCKS_APART:
            of = f"act {last.number} of {last.stream} says {format_instant(last.recorded_at)}"
            text = f"{of}, and {name} stamped it at {format_instant(token.gen_time)}: the clock was ahead"
            mend = f"timedatectl; inblue clock disown {_place(last.stream)}--act {last.number} --reason TEXT"
            yield Advice("clock_and_token", "unsafe", text, mend)


def _place(stream: str) -> str:
    from ...domain.messages import INTAKE
    from ...ledger.entries.streams import vote_in

    if stream == INTAKE:
        return "--intake "
    vote = vote_in(stream)
    return "" if vote is None else f"--vote {vote} "


def on_policy(ledger: Ledger, policy: Path | None) -> Iterator[Advice]:
    """Whether the log that a witness policy names is this one, by the key that it has now."""
    from ...ledger.standards.witness_policy import read_policy

    if policy is None:
        return
    try:
        named = [str(each) for each in read_policy(policy).logs]
    except InblueError:  # the advice on the file reports that
        return
    present = str(ledger.log_keys()[-1])
    if named and present not in named:
        text = f"{policy} names another key of the log than the one that signs it now"
        yield Advice("policy_log", "unsafe", text, f"inblue verify; then write into {policy}: log {present}")


def on_formats(ledger: Ledger) -> Iterator[Advice]:
    """Procedures of an old format, which cannot be opened again."""
    from ...domain.procedure import Procedure2

    for name, sha256 in sorted(ledger.register().procedures.items()):
        if not isinstance(ledger.documents.procedure(sha256), Procedure2):
            text = f"the procedure {name} is of the old format inblue-procedure/1: no vote is opened under it"
            yield Advice("old_procedure", "note", text, "inblue procedure translate")


def on_pending_timestamps(ledger: Ledger, authorities: Path | None) -> Iterator[Advice]:
    """Authorities that have not timestamped the log's head."""
    from ...ledger.operations.authorities import read_sources

    if authorities is None:
        return
    try:
        sources = read_sources(authorities)
    except InblueError:  # the advice on the file reports that
        return
    adopted = ledger.register().authorities
    stamped = {stamp.authority for stamp in ledger.log.stamps(ledger.checkpoint().size)}
    for source in sources:
        name = source.authority.name
        if source.authority.canonical().decode() not in stamped:
            text = f"{name} has not timestamped the latest checkpoint"
            yield Advice("timestamp_pending", "missing", text, "inblue timestamp")
        if name not in adopted:
            text = f"{name} is asked but not adopted: no verdict needs its timestamps"
            yield Advice("not_adopted", "note", text, "inblue authority adopt")
