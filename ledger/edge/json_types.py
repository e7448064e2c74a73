"""The types of what the face gives as JSON, made by tests/support/make_json_types.py of the schemas."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class StatusWindowJson(TypedDict):
    """An object of ``inblue-status/1``."""

    opens_at: str | None
    closes_at: str | None
    opens_between: list[str | None]
    closes_between: list[str | None]


class StatusSeatReplyJson(TypedDict):
    """An object of ``inblue-status/1``."""

    reply: int
    position: str | None
    says: Literal["withdraws", "dissociates", "not_on_record"] | None
    by: str | None
    received_at: str | None
    recorded_at: str
    voided: bool
    rejected: list[str]
    acknowledged: bool


class StatusSeatJson(TypedDict):
    """An object of ``inblue-status/1``."""

    member: str
    name: str
    permanent: bool
    position: str | None
    replies: list[StatusSeatReplyJson]


class StatusOffRosterJson(TypedDict):
    """An object of ``inblue-status/1``."""

    member: str
    reply: int
    position: str | None
    says: Literal["withdraws", "dissociates", "not_on_record"] | None
    by: str | None
    received_at: str | None
    recorded_at: str
    voided: bool
    rejected: list[str]
    acknowledged: bool


class StatusAcknowledgementsOwedJson(TypedDict):
    """An object of ``inblue-status/1``."""

    member: str
    reply: int


class StatusPerhapJson(TypedDict):
    """An object of ``inblue-status/1``."""

    act: int
    kind: str
    member: str | None
    at: str | None
    between: list[str | None]
    text: str


class StatusUnknownJson(TypedDict):
    """An object of ``inblue-status/1``."""

    act: int
    kind: str
    member: str | None
    at: str | None
    between: list[str | None]
    text: str


class StatusWhatIfJson(TypedDict):
    """An object of ``inblue-status/1``."""

    procedure: str
    procedure_sha256: str
    instead_of: str
    left_out: list[int]


class StatusJson(TypedDict):
    """One vote or verification of ``inblue-status/1``."""

    draft: str
    round: int
    title: str | None
    procedure: str
    times: Literal["live", "documented", "simulated"]
    phase: Literal["circulated", "withdrawn", "annulled", "scheduled", "open", "due", "closed", "announced"]
    window: StatusWindowJson
    seconds_left: int | None
    tally: dict[str, int]
    outcome: Literal["adopted", "not_adopted", "vetoed", "open"]
    outcome_derived: bool
    outcome_at_close: Literal["adopted", "not_adopted", "vetoed", "open"] | None
    settled: bool
    seats: list[StatusSeatJson]
    off_roster: list[StatusOffRosterJson]
    acknowledgements_owed: list[StatusAcknowledgementsOwedJson]
    untimed: int
    at: NotRequired[str | None]
    axis: NotRequired[Literal["known", "happened"] | None]
    perhaps: NotRequired[list[StatusPerhapJson]]
    unknown: NotRequired[list[StatusUnknownJson]]
    what_if: NotRequired[StatusWhatIfJson | None]


class AuditWindowJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    opens_at: str | None
    closes_at: str | None
    opens_between: list[str | None]
    closes_between: list[str | None]


class AuditVoidedJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    act: int
    kind: str
    by: int


class AuditAnnouncedJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    by: str | None
    announced_at: str | None
    resolution: str | None
    outcome: str | None


class AuditAnnouncedBeforeJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    by: str | None
    announced_at: str | None
    resolution: str | None
    outcome: str | None


class AuditReplyRejectedJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    clause: str
    reason: str


class AuditReplyInstrumentJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    form: str
    dated: str | None
    office: str | None
    office_in_heading: str | None
    signatory: str | None
    signatory_latin: str | None
    rank: str | None
    signed: bool | None
    addressee: str | None
    language: str | None
    cites_opening_letter: bool | None
    remarks: list[str]
    sha256: str | None
    media_type: str | None
    rank_in_english: NotRequired[str | None]
    translation: NotRequired[str | None]


class AuditReplyEvidenceJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    kind: str
    text: str


class AuditReplyJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    member: str
    reply: int
    act: int
    position: str | None
    says: Literal["withdraws", "dissociates", "not_on_record"] | None
    by: str | None
    counted: bool
    voided_by: int | None
    replaced_by: int | None
    replaces: int | None
    rejected: list[AuditReplyRejectedJson]
    dated: str | None
    sent_at: str | None
    received_at: str | None
    recorded_at: str
    acknowledged: bool
    explanation: Literal["none_stated", "silent", "enclosed", "announced"]
    instrument: AuditReplyInstrumentJson
    source: str | None
    placement: Literal["inside", "late", "early", "indeterminate"]
    strength: Literal["proven", "attested", "documented", "none"]
    read_after_close: bool
    not_before: str | None
    not_after: str | None
    margin_seconds: int | None
    margin_microseconds: int | None
    margin_basis: Literal["not_after", "received_at"] | None
    evidence: list[AuditReplyEvidenceJson]
    not_proved: str
    findings: list[str]


class AuditSilenceJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    means: str
    not_proved: str


class AuditFindingJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    id: str
    kind: str
    bears_on_outcome: bool
    clause: str | None
    severity: Literal["reject", "flag", "note"]
    member: str | None
    reply: int | None
    text: str


class AuditJson(TypedDict):
    """One vote or verification of ``inblue-audit/1``."""

    draft: str
    round: int
    title: str | None
    procedure: str
    procedure_sha256: str
    times: Literal["live", "documented", "simulated"]
    question: Literal["substantive", "procedural"]
    window: AuditWindowJson
    withdrawn: bool
    annulled: bool
    voided: list[AuditVoidedJson]
    tally: dict[str, int]
    outcome: Literal["adopted", "not_adopted", "vetoed", "open"]
    outcome_certain: bool
    outcome_derived: bool
    tally_circulated: dict[str, int] | None
    outcome_at_close: Literal["adopted", "not_adopted", "vetoed", "open"] | None
    tally_at_close: dict[str, int] | None
    amended_by: list[int]
    settled: bool
    unanimous: bool
    vetoed_by: list[str]
    reasons: list[str]
    announced: AuditAnnouncedJson | None
    announced_before: list[AuditAnnouncedBeforeJson]
    replies: list[AuditReplyJson]
    silent: list[str]
    not_on_record: list[str]
    silence: AuditSilenceJson
    findings: list[AuditFindingJson]


class VerifyAsOfJson(TypedDict):
    """An object of ``inblue-verify/1``."""

    entry: int
    of: int
    register: int


class VerifyCheckpointJson(TypedDict):
    """An object of ``inblue-verify/1``."""

    origin: str
    size: int
    root: str


class VerifyProblemJson(TypedDict):
    """An object of ``inblue-verify/1``."""

    check: int
    name: str
    entry: int | None
    text: str


class VerifyWitnesseJson(TypedDict):
    """An object of ``inblue-verify/1``."""

    name: str
    size: int
    at: str | None


class VerifyAgainstJson(TypedDict):
    """An object of ``inblue-verify/1``."""

    what: Literal["receipt", "ballot"]
    member: str
    vote: str
    found: Literal["there", "missing", "another", "undecided"]
    text: str


class VerifyShortJson(TypedDict):
    """An object of ``inblue-verify/1``."""

    draft: str
    round: int
    member: str
    reply: int
    strength: Literal["attested", "documented", "none"]
    not_proved: str


class VerifyUnjudgedJson(TypedDict):
    """An object of ``inblue-verify/1``."""

    draft: str
    round: int


class VerifyUnsettledJson(TypedDict):
    """An object of ``inblue-verify/1``."""

    draft: str
    round: int
    outcome: Literal["adopted", "not_adopted", "vetoed", "open"]
    outcome_at_close: Literal["adopted", "not_adopted", "vetoed", "open"] | None
    tally_at_close: dict[str, int] | None
    amended_by: list[int]
    settled: Literal[False]


class VerifyDisprovedJson(TypedDict):
    """An object of ``inblue-verify/1``."""

    draft: str
    round: int
    member: str | None
    reply: int | None
    text: str


class VerifyJson(TypedDict):
    """One vote or verification of ``inblue-verify/1``."""

    format: Literal["inblue-verify/1"]
    as_of: VerifyAsOfJson | None
    current: bool
    holds: bool
    entries: int
    votes: int
    start: int
    uncovered: int
    trusted: bool
    checkpoint: VerifyCheckpointJson | None
    problems: list[VerifyProblemJson]
    witnesses: list[VerifyWitnesseJson]
    witnessed_size: int
    witnessed: bool
    against: list[VerifyAgainstJson]
    not_proved: list[str]
    short: list[VerifyShortJson]
    judged: int | None
    unjudged: list[VerifyUnjudgedJson]
    unsettled: list[VerifyUnsettledJson]
    disproved: list[VerifyDisprovedJson]
