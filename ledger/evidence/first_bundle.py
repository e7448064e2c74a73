"""How ``inblue-bundle/1`` differs: its record and its README are sentences, compared byte for byte.

This format is no longer written; existing bundles are still verified (docs/bundle.md, "The first version").
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

from ...domain.canonical import canonical
from ...domain.state import VoteState
from ...domain.tally import tally
from ...domain.wording import count, words
from ..projections.record import audit_json, record_of

FORMAT = "inblue-bundle/1"

# The fields of a vote, its announcement, a reply and a finding that inblue-audit/1 had when bundles were written so.
_VOTE = (
    "draft title procedure procedure_sha256 times question window withdrawn tally outcome unanimous vetoed_by reasons "
    "announced replies silent silence findings"
)
_ANNOUNCED = "announced_at resolution outcome"
_REPLY = (
    "member reply act position counted rejected dated received_at recorded_at acknowledged explanation instrument "
    "source placement strength not_before not_after margin_seconds margin_microseconds margin_basis evidence "
    "not_proved findings"
)
_FINDING = "id clause severity member reply text"
_NOT_RAISED = (
    *("deadline_moved", "order_of_entry", "order_undetermined", "outcome_open", "announcement_overtaken"),
    *("one_paper", "one_paper_two_positions"),
)

_SAID_THEN = {
    "no paper of this reply is on record: void it and enter it again": (
        "a position is corrected only with a new instrument, by its digest"
    )
}
"""Texts that have changed since, and their wording then."""


def first_record(votes: Iterable[VoteState]) -> bytes:
    """``record.json``: each vote as ``inblue audit --json`` printed it then."""
    records = (record_of(_as_then(state), leaving_out=_NOT_RAISED) for state in votes)
    return (
        canonical({"format": "inblue-audit/1", "votes": [_vote(dict(audit_json(record))) for record in records]})
        + b"\n"
    )


def first_readme(
    origin: str, start: int, end: int, votes: Iterable[VoteState], others: Iterable[str], payload_bytes: int
) -> bytes:
    """``README.txt``: for a person without our software."""
    about = "\n".join(f"  {vote_line(state)}" for state in votes) or "  none"
    disclosed = "".join(f"  {symbol}\n" for symbol in others)
    if disclosed:
        disclosed = f"\nIt also discloses entries of other votes, which stand in the same range:\n{disclosed}"
    return f"""EVIDENCE BUNDLE ({FORMAT})

Entries {start} to {end - 1} of the log {origin}, every one of them, with what is needed to check
them without a network, without the software that made this, and without trusting whoever handed it over.
{count(end - start, "entry", "entries")}, {payload_bytes:,} bytes.

Votes:
{about}
{disclosed}
data/entries.jsonl   the entries, one a line: signed envelopes (DSSE, Ed25519) around JSON
data/register.jsonl  entries before and behind these that say whose keys are whose
data/checkpoint.txt  the log's size and root, signed by the log (C2SP checkpoint)
data/log.json        the hashes that tie the entries to the root (RFC 9162)
data/timestamps.jsonl  timestamps over checkpoints of the log (RFC 3161), with what was asked for
data/cosigned.jsonl  earlier checkpoints with the lines of witnesses (C2SP cosignatures)
data/files/          procedures, snapshots and papers, each named by its SHA-256
data/record.json     the record of each vote, derived from the entries
data/claims.json     the log's name and keys, as this bundle claims them

With the program: inblue verify FILE, or inblue verify FILE --trust claims.json once you have the claims from
somebody you trust. Without it, in this folder:

  sha256sum --check --quiet manifest-sha256.txt
  sed -n 1p data/entries.jsonl | jq -r .payload | base64 -d | jq .

Signatures, checkpoint and hashes are checked with other people's tools as docs/verifying.md describes.

What it does not prove: that the keys are whose they claim to be; that the log holds nothing of these votes after
entry {end - 1}; that nobody holding every key of the log has rewritten it; and for each reply what record.json
says under "not_proved".
""".encode()


def vote_line(state: VoteState) -> str:
    """A vote in a line of English: its symbol, outcome and counts."""
    counted = tally(state)
    counts = ", ".join(f"{words(name)} {number}" for name, number in counted.counts.items())
    label = {"simulated": "SIMULATED: ", "documented": "times as documented: ", "live": ""}[state.draft.act.times]
    announced = "" if counted.derived else ", as announced"
    return f"{state.name}: {label}{words(counted.outcome)}{announced} ({counts})"


def _as_then(state: VoteState) -> VoteState:
    """The vote without later additions: its state at the close, and what was circulated before."""
    return state.after({"at_close": None, "tallies": state.tallies and (state.tally_circulated,)})


def _vote(value: dict[str, Any]) -> dict[str, Any]:
    replies = [{name: reply[name] for name in _REPLY.split()} for reply in value["replies"]]
    findings = [{name: finding[name] for name in _FINDING.split()} for finding in value["findings"]]
    for finding, (now, then) in product(findings, _SAID_THEN.items()):
        finding["text"] = finding["text"].replace(now, then)
    announced = value["announced"] and {name: value["announced"][name] for name in _ANNOUNCED.split()}
    vote = {name: value[name] for name in _VOTE.split()}
    return {**vote, "announced": announced, "replies": replies, "findings": findings}
