"""The types of what the face gives as JSON, made by tests/support/make_json_types.py of the schemas."""

from __future__ import annotations

from typing import Literal, TypedDict


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
    outcome: str
    outcome_at_close: str | None
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
