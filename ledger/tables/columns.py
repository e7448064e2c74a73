"""The tables and their columns: contents, units, and whether a value may be unknown (docs/tables.md).

A cell holds a value, or nothing (no such thing exists: no reply, no clause), or :data:`UNKNOWN` (it exists, but the
record does not have it). The two are always written differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Final, Literal, NamedTuple, TypeAlias

FORMAT = "inblue-tables/1"


class Unknown(Enum):
    """The type of :data:`UNKNOWN`, its only value."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
"""A value that the record does not have."""

Kind: TypeAlias = Literal["text", "integer", "truth", "instant", "day", "json"]
"""The type of a column. An instant is in UTC, to the microsecond; ``json`` is JSON as text."""

Cell: TypeAlias = "str | int | bool | datetime | date | Unknown | None"
Row: TypeAlias = Mapping[str, Cell]


class Column(NamedTuple):
    """A column of a table. ``may_be_unknown``: its cells may be :data:`UNKNOWN`; those of other columns never are."""

    name: str
    kind: Kind
    about: str
    may_be_unknown: bool = False


VOTES = (
    Column("vote", "text", "name of the vote: the symbol, in a later round SYMBOL#ROUND"),
    Column("symbol", "text", "symbol of the draft"),
    Column("round", "integer", "which vote on this draft, from 1"),
    Column("title", "text", "title of the draft, where it has one"),
    Column("body", "text", "the body that votes, as its procedure names it"),
    Column("procedure", "text", "id of the procedure"),
    Column("procedure_sha256", "text", "SHA-256 of the procedure's document, in hex"),
    Column("question", "text", "kind of question, such as substantive"),
    Column("times", "text", "live, simulated or documented: where the times come from"),
    Column("stage", "text", "circulated, opened, closed, announced, withdrawn or annulled"),
    Column("opened_earliest", "instant", "not before this the window opened", may_be_unknown=True),
    Column("opened_latest", "instant", "not after this the window opened", may_be_unknown=True),
    Column("closes_earliest", "instant", "not before this is the deadline", may_be_unknown=True),
    Column("closes_latest", "instant", "not after this is the deadline", may_be_unknown=True),
    Column("closed_earliest", "instant", "not before this voting was closed", may_be_unknown=True),
    Column("closed_latest", "instant", "not after this voting was closed", may_be_unknown=True),
    Column("announced_earliest", "instant", "not before this the result was announced", may_be_unknown=True),
    Column("announced_latest", "instant", "not after this the result was announced", may_be_unknown=True),
    Column("seats", "integer", "seats on the roster that the opening pins"),
    Column("counts_at_close", "json", "how many seats have each position, at the close"),
    Column("counts_as_amended", "json", "how many seats have each position, by all that is on record"),
    Column("outcome_at_close", "text", "outcome at the close, such as adopted or not_adopted"),
    Column("outcome_as_amended", "text", "outcome by all that is on record; open until voting is closed"),
    Column("outcome_announced", "text", "outcome that was announced, where the announcement gives one"),
    Column("resolution", "text", "what the announcement calls the adopted text"),
    Column("outcome_derived", "truth", "whether the outcome follows from the positions on record"),
    Column("outcome_certain", "truth", "whether no possible order of arrival gives another outcome"),
    Column("settled", "truth", "whether outcome and positions are still those at the close"),
    Column("amended_by", "json", "numbers of the acts, recorded after the close, that changed something"),
    Column("replies", "integer", "replies on record, voided ones among them"),
    Column("replies_counted", "integer", "replies that count"),
    Column("findings", "integer", "findings of the record"),
    Column("as_of_entry", "integer", "the row is as of this entry of the log"),
    Column("checkpoint_size", "integer", "entries under the checkpoint"),
    Column("checkpoint_root", "text", "root hash of the checkpoint, in hex"),
)

SEATS = (
    Column("vote", "text", "name of the vote"),
    Column("member", "text", "id of the member whose seat it is"),
    Column("name", "text", "its name in the procedure"),
    Column("permanent", "truth", "whether the roster marks the seat as permanent"),
    Column("position", "text", "the position by all that is on record; not_on_record or voided; empty: silent"),
    Column("position_at_close", "text", "the position at the close, in the same words; empty: silent, or not closed"),
    Column("counted_as", "text", "what the count takes the seat for, silence included"),
    Column("reply", "integer", "which of the member's replies counts, from 1; empty: none"),
    Column("act", "integer", "number of the act that entered it"),
    Column("certain", "truth", "whether no other reply of the member may be the one that counts"),
    Column("why", "text", "why it counts as it does: the words are those of replies.why, or silent, not_on_record"),
    Column("clause", "text", "clause of the procedure for that, where there is one"),
)

REPLIES = (
    Column("vote", "text", "name of the vote"),
    Column("act", "integer", "number of the act in the vote, from 0"),
    Column("member", "text", "id of the member"),
    Column("reply", "integer", "ordinal among the member's replies, from 1"),
    Column("position", "text", "the position that it takes"),
    Column("says", "text", "what it says instead of a position: withdraws, dissociates, not_on_record"),
    Column("by", "text", "member that cast it on this one's behalf"),
    Column("dated", "day", "date on the paper", may_be_unknown=True),
    Column("sent_at", "text", "when it says that it was sent, as entered: an instant or a day", may_be_unknown=True),
    Column("received_at", "text", "arrival as entered: an instant or a day", may_be_unknown=True),
    Column("arrival_earliest", "instant", "not before this it arrived, by what is entered", may_be_unknown=True),
    Column("arrival_latest", "instant", "not after this it arrived, by what is entered and when"),
    Column("proved_not_before", "instant", "timestamps that you trust show: the entry was made not before this"),
    Column("proved_not_after", "instant", "timestamps that you trust show: the entry was made not after this"),
    Column("recorded_at", "instant", "when the act was recorded, by the recorder's clock"),
    Column("placement", "text", "inside, late, early or indeterminate"),
    Column("strength", "text", "evidence that it came in time: proven, attested, documented or none"),
    Column("read_after_close", "truth", "on paper, and entered or read after the close and its lag"),
    Column("counted", "truth", "whether it counts"),
    Column(
        "why", "text", "counts, voided, withdraws, withdrawn, rejected, other_counts, no_position, no_seat, advisory"
    ),
    Column("clause", "text", "clause of the procedure for which it does not count"),
    Column("voided_by", "integer", "act that voided it"),
    Column("replaced_by", "integer", "act that entered the same paper again"),
    Column("acknowledged_by", "integer", "act that acknowledged its receipt"),
    Column("ballot", "truth", "whether the member signed it with a key of its own"),
    Column("paper_sha256", "text", "SHA-256 of the paper's bytes, in hex, where they are kept"),
    Column("entry_sha256", "text", "leaf hash of the entry in the log (RFC 6962), in hex"),
)

FINDINGS = (
    Column("vote", "text", "name of the vote"),
    Column("finding", "text", "id of the finding in the record of this vote: F1, F2, ..."),
    Column("kind", "text", "what was found, in no language"),
    Column("clause", "text", "clause of the procedure, where it is one's"),
    Column("severity", "text", "effect of the clause: reject, flag or note"),
    Column("bears_on_outcome", "truth", "whether it bears on the outcome"),
    Column("member", "text", "member whose reply or statement it is about"),
    Column("reply", "integer", "ordinal of that member's reply"),
    Column("text", "text", "the finding in English"),
)

TABLES: Mapping[str, tuple[Column, ...]] = {"votes": VOTES, "seats": SEATS, "replies": REPLIES, "findings": FINDINGS}
"""Each table by its name, with its columns in order."""

DECISIONS = (
    Column("vote", "text", "name of the vote"),
    Column("question", "text", "draft, or the id of a question put beside it"),
    Column("asked", "text", "what the question asks; of the draft its title"),
    Column("counts", "json", "how many seats gave each answer, silence included"),
    Column("outcome", "text", "what it comes to by all that is on record; open: none yet"),
    Column("outcome_title", "text", "the body's own name for that outcome"),
    Column("decided_earliest", "instant", "not before this the outcome was decided", may_be_unknown=True),
    Column("decided_latest", "instant", "not after this the outcome was decided", may_be_unknown=True),
    Column("decided_by", "integer", "number of the act with the deciding reply"),
    Column("end_chosen", "truth", "whether no deadline was fixed, so that the registrar chose the end"),
)

ANSWERS = (
    Column("vote", "text", "name of the vote"),
    Column("member", "text", "id of the member whose seat it is"),
    Column("question", "text", "id of the question put beside the draft"),
    Column("answer", "text", "the answer of the reply that counts; not_on_record or voided; empty: silent"),
    Column("counted_as", "text", "what the count takes the seat for, silence included"),
)

FACTS = (
    Column("vote", "text", "name of the vote"),
    Column("fact", "text", "id of the fact in the procedure"),
    Column("title", "text", "the fact as the procedure words it"),
    Column("status", "text", "present or missing", may_be_unknown=True),
    Column("act", "integer", "number of the act that says so"),
    Column("established_at", "text", "when it came about, as entered: an instant or a day", may_be_unknown=True),
    Column("by", "text", "who says so"),
)

SEAT_CHANGES = (
    Column("vote", "text", "name of the vote"),
    Column("act", "integer", "number of the act"),
    Column("member", "text", "id of the member"),
    Column("change", "text", "begins or ends"),
    Column("changed_earliest", "instant", "not before this the seat changed", may_be_unknown=True),
    Column("changed_latest", "instant", "not after this the seat changed"),
)

SUSPENSIONS = (
    Column("vote", "text", "name of the vote"),
    Column("act", "integer", "number of the act that suspended the window"),
    Column("by", "text", "id of the member for which it was"),
    Column("begun_earliest", "instant", "not before this the window stood still", may_be_unknown=True),
    Column("begun_latest", "instant", "not after this the window stood still"),
    Column("resumed_by", "integer", "number of the act that let it go on; empty: it lasts"),
    Column("resumed_earliest", "instant", "not before this it went on", may_be_unknown=True),
    Column("resumed_latest", "instant", "not after this it went on"),
)

PARTICULARS = (
    Column("vote", "text", "name of the vote"),
    Column("act", "integer", "number of the act that entered the reply"),
    Column("member", "text", "id of the member"),
    Column("reply", "integer", "ordinal among the member's replies, from 1"),
    Column("reasons", "truth", "whether it gives reasons", may_be_unknown=True),
    Column("condition", "text", "what it makes its position depend on, in its words"),
    Column("effective_at", "instant", "the later instant at which its position takes effect"),
    Column("after_decision", "truth", "whether it certainly came after the outcome was decided"),
)

OPTIONAL: Mapping[str, tuple[Column, ...]] = {
    "decisions": DECISIONS,
    "answers": ANSWERS,
    "facts": FACTS,
    "seat_changes": SEAT_CHANGES,
    "suspensions": SUSPENSIONS,
    "particulars": PARTICULARS,
}
"""Tables that are written only if a vote has rows for them, by optional rules of its procedure."""

EVERY: Mapping[str, tuple[Column, ...]] = {**TABLES, **OPTIONAL}
"""All tables."""
