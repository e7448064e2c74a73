"""The types of what the face gives as JSON, made by tests/support/make_json_types.py of the schemas."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class StatusWindowEndSuspensionJson(TypedDict):
    """An object of ``inblue-status/1``."""

    act: int
    suspended_at: str | None
    resumed_by: int | None
    resumed_at: str | None
    by: str | None


class StatusWindowEndJson(TypedDict):
    """An object of ``inblue-status/1``."""

    follows: Literal["opening", "first_reply", "closing"]
    awaits: Literal["closing", "first_reply", "resumption"] | None
    suspensions: list[StatusWindowEndSuspensionJson]


class StatusWindowJson(TypedDict):
    """An object of ``inblue-status/1``."""

    opens_at: str | None
    closes_at: str | None
    opens_between: list[str | None]
    closes_between: list[str | None]
    end: NotRequired[StatusWindowEndJson]


class StatusSeatReplyMessageJson(TypedDict):
    """An object of ``inblue-status/1``."""

    digest: str
    part: str | None
    received: int


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
    answers: NotRequired[dict[str, str]]
    reasons: NotRequired[bool]
    condition: NotRequired[str]
    effective_at: NotRequired[str]
    message: NotRequired[StatusSeatReplyMessageJson]
    after_decision: NotRequired[Literal[True]]


class StatusSeatJson(TypedDict):
    """An object of ``inblue-status/1``."""

    member: str
    name: str
    permanent: bool
    position: str | None
    replies: list[StatusSeatReplyJson]
    answers: NotRequired[dict[str, str | None]]


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
    answers: NotRequired[dict[str, str]]
    reasons: NotRequired[bool]
    condition: NotRequired[str]
    effective_at: NotRequired[str]
    message: NotRequired[StatusSeatReplyMessageJson]
    after_decision: NotRequired[Literal[True]]


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


class StatusWhatIfJson(TypedDict):
    """An object of ``inblue-status/1``."""

    procedure: str
    procedure_sha256: str
    instead_of: str
    left_out: list[int]


class StatusQuestionJson(TypedDict):
    """An object of ``inblue-status/1``."""

    question: str
    tally: dict[str, int]
    outcome: str


class StatusDecidedJson(TypedDict):
    """An object of ``inblue-status/1``."""

    between: list[str | None]
    act: int | None


class StatusFactJson(TypedDict):
    """An object of ``inblue-status/1``."""

    fact: str
    status: Literal["present", "missing", "unknown"]
    act: int | None
    established_at: str | None
    by: str | None


class StatusSeatChangeJson(TypedDict):
    """An object of ``inblue-status/1``."""

    act: int
    member: str
    change: Literal["begins", "ends"]
    changed_at: str | None


class StatusAdvisoryJson(TypedDict):
    """An object of ``inblue-status/1``."""

    member: str
    name: str
    permanent: bool
    position: str | None
    replies: list[StatusSeatReplyJson]


class StatusNextActJson(TypedDict):
    """An object of ``inblue-status/1``."""

    act: str
    letter: Literal["procedure", "opening", "outcome", "compendium"] | None
    clause: str | None
    since: str | None
    until: str | None
    members: list[str]


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
    outcome: str
    outcome_derived: bool
    outcome_at_close: str | None
    settled: bool
    seats: list[StatusSeatJson]
    off_roster: list[StatusOffRosterJson]
    acknowledgements_owed: list[StatusAcknowledgementsOwedJson]
    untimed: int
    at: NotRequired[str | None]
    axis: NotRequired[Literal["known", "happened"] | None]
    perhaps: NotRequired[list[StatusPerhapJson]]
    unknown: NotRequired[list[StatusPerhapJson]]
    what_if: NotRequired[StatusWhatIfJson | None]
    questions: NotRequired[list[StatusQuestionJson]]
    decided: NotRequired[StatusDecidedJson]
    facts: NotRequired[list[StatusFactJson]]
    seat_changes: NotRequired[list[StatusSeatChangeJson]]
    advisory: NotRequired[list[StatusAdvisoryJson]]
    outcome_title: NotRequired[str]
    next_acts: list[StatusNextActJson]


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


class AuditReplyObservationDkimJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    domain: str | None
    verdict: str
    why: str | None
    of_sender: bool | None


class AuditReplyObservationSignatureJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    kind: str
    path: str
    verdict: str
    why: str | None
    signer: str | None
    chain: str | None


class AuditReplyObservationJson(TypedDict):
    """An object of ``inblue-audit/1``."""

    act: int
    recorded_at: str
    document: str | None
    checked_at: str | None
    arrived_at: str | None
    arrived_by: str | None
    dkim: list[AuditReplyObservationDkimJson]
    signatures: list[AuditReplyObservationSignatureJson]


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
    answers: NotRequired[dict[str, str]]
    reasons: NotRequired[bool]
    condition: NotRequired[str]
    effective_at: NotRequired[str]
    message: NotRequired[StatusSeatReplyMessageJson]
    after_decision: NotRequired[Literal[True]]
    observations: NotRequired[list[AuditReplyObservationJson]]


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
    question: str
    window: StatusWindowJson
    withdrawn: bool
    annulled: bool
    voided: list[AuditVoidedJson]
    tally: dict[str, int]
    outcome: str
    outcome_certain: bool
    outcome_derived: bool
    tally_circulated: dict[str, int] | None
    outcome_at_close: str | None
    tally_at_close: dict[str, int] | None
    amended_by: list[int]
    settled: bool
    unanimous: bool
    vetoed_by: list[str]
    reasons: list[str]
    announced: AuditAnnouncedJson | None
    announced_before: list[AuditAnnouncedJson]
    replies: list[AuditReplyJson]
    silent: list[str]
    not_on_record: list[str]
    silence: AuditSilenceJson
    findings: list[AuditFindingJson]
    questions: NotRequired[list[StatusQuestionJson]]
    decided: NotRequired[StatusDecidedJson]
    facts: NotRequired[list[StatusFactJson]]
    seat_changes: NotRequired[list[StatusSeatChangeJson]]
    advisory: NotRequired[list[str]]
    outcome_title: NotRequired[str]
