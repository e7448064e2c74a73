"""Acts of every kind with one value changed, left out or added: for whatever else reads acts, to be compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inblue.domain.errors import Malformed
from inblue.ledger.entries.kinds import CLASSES, AnyAct, class_of
from inblue.ledger.standards.ed25519 import Ed25519Signer, key_id
from inblue.ledger.standards.note import NoteSigner

SIGNER = Ed25519Signer.from_seed(b"r" * 32)
VKEY = str(NoteSigner("example.org/log", SIGNER).verifier)
GRANT = {
    "key": key_id(SIGNER.public_key),
    "public_key": SIGNER.public_key.hex(),
    "office": "registrar",
    "member": None,
    "holder": None,
    "valid_from": "2020-03-27T18:00:00Z",
    "valid_until": None,
}
BALLOT: dict[str, Any] = {"envelope": "{}", "timestamps": [{"query": "AA==", "token": "AAAA"}]}
FULL: dict[str, Any] = {
    "symbol": "S/2020/240",
    "question": "substantive",
    "times": "documented",
    "procedure": "ab" * 32,
    "kind": "opening",
    "member": "CHN",
    "position": "in_favour",
    "instrument": {"form": "letter"},
    "clause": "paragraph_7",
    "reason": "so",
    "field": "title",
    "was": None,
    "now": None,
    "number": 3,
    "closes_at": "2020-03-28T18:00:00Z",
    "recorded_at": "2020-03-28T18:00:00Z",
    "counts": {"yes": 1},
    "origin": "example.org/log",
    "log_key": VKEY,
    "registrar": GRANT,
    "grant": GRANT,
    "key": "cd" * 32,
    "id": "x",
    "cause": "compromise",
    "handover": "a\n\nb\n",
    "sha256": "ab" * 32,
    "name": "unsc",
    "body": "Council",
    "month": "2020-03",
    "votes": [{"stream": "vote:S/2020/240", "acts": 3}],
    "stream": "vote:S/2020/240",
    "digest": "ab" * 32,
    "fact": "ratified",
    "status": "present",
    "change": "begins",
    "index": 3,
    "message": 3,
    "observation": "ab" * 32,
}
LETTER = "𝒳"
VALUES: list[Any] = [
    None,
    True,
    0,
    1,
    -1,
    9_999,
    10_000,
    100_000,
    100_001,
    1_000_000,
    1_000_001,
    2**53 - 1,
    "",
    "x",
    " x",
    "x ",
    "\ufeff",
    "x\xa0",
    "x\ny",
    "x\ty",
    "x\u2028y",
    "x\x85",
    "\u202e",
    "\u2066",
    "\u200e",
    "\u00ad",
    "x" * 300,
    "x" * 301,
    LETTER * 300,
    LETTER * 301,
    "x" * 4_000,
    "x" * 4_001,
    LETTER * 4_000,
    LETTER * 4_001,
    "\U0010ffff",
    "e\u0301",
    "ab" * 32,
    "AB" * 32,
    "ab" * 31,
    "in_favour",
    "In",
    "a" * 64,
    "a" * 65,
    "CHN",
    "C" * 32,
    "C" * 33,
    "C N",
    "2020-03-27",
    "2020-02-30",
    "2020-3-27",
    "0999-12-31",
    "1000-01-01",
    "8999-12-31",
    "9000-01-01",
    "2020-03-27T18:00:00Z",
    "2020-03-27T24:00:00Z",
    "2020-03-27T18:00:60Z",
    "2020-03-27T18:00:00+00:00",
    "2020-03-27T18:00:00.000000Z",
    "2020-03-27T18:00:00.5Z",
    "2020-03-27T18:00:00.500000Z",
    "2020-03-27T18:00:00z",
    "0999-03-27T18:00:00Z",
    "2020-03",
    "2020-13",
    "live",
    "opening",
    "outcome",
    "procedural",
    "elapsed",
    "adopted",
    "not_adopted",
    "open",
    "ends",
    "missing",
    "withdraws",
    "complete",
    "rotation",
    "silent",
    "title",
    [],
    ["x"],
    ["x", "x"],
    [""],
    [1],
    ["CHN"],
    ["in_favour"],
    ["in_favour", "in_favour"],
    ["FRA", "FRA"],
    ["in_favour", "against"],
    [{"question": "use", "position": "agree"}],
    [{"question": "use", "position": "agree"}] * 2,
    [{"question": f"q{number}", "position": "agree"} for number in range(19)],
    [{"question": f"q{number}", "position": "agree"} for number in range(20)],
    [{"question": "draft", "position": "agree"}],
    [{"question": "use", "position": None}],
    [{"question": "use"}],
    {"shares": "12.5"},
    {"shares": "012.5"},
    {"shares": "12.5\n"},
    {"shares": -1},
    {"shares": 2**53 - 1},
    {"shares": "9007199254740993"},
    [[]],
    {},
    {"en": "ab" * 32},
    {"en": "x"},
    {"in_favour": 1},
    {"in_favour": 100_001},
    {"In": 1},
    {"form": "letter"},
    BALLOT,
    {**BALLOT, "timestamps": []},
    {**BALLOT, "timestamps": BALLOT["timestamps"] * 2},
    {**BALLOT, "timestamps": BALLOT["timestamps"] * 3},
    {**BALLOT, "envelope": ""},
    {**BALLOT, "envelope": "x" * 8_000},
    {**BALLOT, "envelope": "x" * 8_001},
    {**BALLOT, "timestamps": [{"query": "A A=", "token": "AAAA"}]},
    GRANT,
    {**GRANT, "valid_until": "2020-03-27T18:00:00Z"},
    {**GRANT, "office": "president"},
    [{"stream": "vote:B", "acts": 1}, {"stream": "vote:A", "acts": 1}],
    [{"stream": "vote:A", "acts": 1}, {"stream": "vote:B", "acts": 1}],
    [{"stream": "vote:\uffff", "acts": 1}, {"stream": "vote:\U00010000", "acts": 1}],
    [{"stream": "register", "acts": 1}],
    [{"stream": "vote#0:A", "acts": 1}],
    [{"stream": "vote#2:A", "acts": 0}],
]


def plain(cls: type[AnyAct]) -> dict[str, Any]:
    """An act of that class with every field that must be given."""
    given = {name: FULL[name] for name, field in cls.model_fields.items() if field.is_required()}
    if cls.kind_name == "letter_sent":
        given["kind"] = "opening"
    return cls.of(given, where="sample").model_dump(mode="json")


def variants(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The act with one value changed, left out or added, in it or in an object within it."""
    yield body
    for name, value in body.items():
        yield {key: each for key, each in body.items() if key != name}
        for other in VALUES:
            yield {**body, name: other}
        if isinstance(value, dict):
            for changed in variants(value):
                yield {**body, name: changed}
    yield {**body, "more": None}


def together(cls: type[AnyAct], body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Values that one rule compares with each other."""
    if cls.kind_name == "draft_circulated":
        for symbol in ("A", "A#2", "x" * 298, "x" * 299):
            for number in (1, 2, 9_999):
                for after in (None, "ab" * 32):
                    yield {**body, "symbol": symbol, "round": number, "after": after}
        yield {**body, "times": "live", "replies": "complete"}
    if cls.kind_name == "vote_cast":
        for extra in ({"says": "withdraws"}, {"by": "CHN"}, {"by": "FRA"}, {"replaces": 0}, {"replaces": None}):
            for position in (None, "in_favour"):
                for ballot in (None, BALLOT):
                    yield {**body, **extra, "position": position, "ballot": ballot}
        for answers in ([], [{"question": "use", "position": "agree"}]):
            for extra in ({"says": "withdraws"}, {}):
                yield {**body, **extra, "position": None, "answers": answers}
        paper = {"form": "letter", "sha256": "ab" * 32}
        for part in (None, "1", "2.1", "0", "1.", "x"):
            named = {"digest": "cd" * 32, "part": part, "received": 3}
            for received_at in (None, "2020-03-27", "2020-03-27T18:00:00Z"):
                for instrument in ({"form": "letter"}, paper, {**paper, "translation": "zh"}):
                    whole = cls.of({**body, "instrument": instrument}, where="sample").model_dump(mode="json")
                    yield {**whole, "message": named, "received_at": received_at}
    if cls.kind_name in {"clock_disowned", "entry_disowned"}:
        for stream in ("intake", "register"):
            for index in (0, 1):
                yield {**body, "stream": stream, "index": index}
    if cls.kind_name == "electorate_changed":
        given = {
            "permanent": True,
            "advisory": True,
            "weights": {"shares": 1},
            "groups": ["chair"],
            "alternates": ["FRA"],
        }
        for change in ("begins", "ends"):
            yield {**body, "change": change}
            for name, value in given.items():
                yield {**body, "change": change, name: value}
    if cls.kind_name == "letter_sent":
        for name in ("programme_of_work", "opens_at", "closes_at", "counting", "snapshot"):
            given = {"programme_of_work": False, "opens_at": "2020-03-27", "counting": "elapsed", "snapshot": "ab" * 32}
            yield {**body, "kind": "outcome", name: given.get(name, "2020-03-27T18:00:00Z")}
    if cls.kind_name == "result_announced":
        for outcome in (None, "adopted", "vetoed", "lapsed", "open"):
            yield {**body, "resolution": "2510 (2020)", "outcome": outcome}
    if cls.kind_name == "log_key_succeeded":
        for cause in ("rotation", "compromise"):
            yield {**body, "cause": cause, "compromised_since": "2020-03-27T18:00:00Z"}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    for cls in CLASSES:
        body = plain(cls)
        own = cls.of(body, where="own")
        for changed in (*variants(body), *variants(own.json_value()), *together(cls, body)):
            for kind in cls.kinds():
                yield kind, _of_version(cls, changed, int(kind.rpartition("@")[2]))
    yield "vote-cast@0", {"act": "vote_cast"}
    yield "vote-cast@1@1", own.json_value()
    yield "no-such-act@1", {"act": "no_such_act"}


def _of_version(cls: type[AnyAct], body: dict[str, Any], version: int) -> dict[str, Any]:
    """The act without fields that came later."""
    later = {name for name, since in cls.since.items() if since > version}
    found = {name: value for name, value in body.items() if name not in later}
    for path in later:
        holder, _, name = path.partition(".")
        if name and isinstance(found.get(holder), dict):
            found[holder] = {key: value for key, value in found[holder].items() if key != name}
    return found


def taken(kind: str, body: dict[str, Any]) -> bool:
    """Whether the program takes an act as what an entry of that kind holds."""
    try:
        act = class_of(kind).of(body, where="act")
    except Malformed:
        return False
    return act.kind_and_version() == kind and act.json_value() == body
