"""The JSON Schemas of what is signed and handed over: they take what the models take, and all that vectors store."""

from __future__ import annotations

import base64
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from act_forms import cases, taken
from jsonschema import Draft202012Validator
from make_schemas import FOLDER as SCHEMAS
from make_schemas import schemas, written
from paths import ROOT, VECTORS

BUNDLES = VECTORS / "bundles"
COMPAT = ROOT / "tests" / "compat" / "e795dba"
CASES: list[dict[str, Any]] = json.loads((BUNDLES / "wanted.json").read_text())
HOLDING = sorted({case["bundle"] for case in CASES if case["alone"] == []})


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text()))


def test_the_schemas_are_those_that_the_models_give() -> None:
    for name, schema in schemas():
        what = f"{name}: run PYTHONPATH=tests/support python tests/support/make_schemas.py"
        assert (SCHEMAS / f"{name}.json").read_text() == written(schema), what


@pytest.mark.long
def test_every_act_that_the_program_takes_is_valid_and_hardly_another() -> None:
    schema = json.loads((SCHEMAS / "entry.json").read_text())
    acts = {
        kind: Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
        for kind in schema["properties"]["kind"]["enum"]
    }
    asked = [case for at, case in enumerate(cases()) if at % 5 == 0]
    refused_rightly, further = 0, []
    for kind, body in asked:
        valid = kind in acts and acts[kind].is_valid(body)
        if taken(kind, body):
            assert valid, (kind, body)
        elif valid:
            further.append((kind, body))
        else:
            refused_rightly += 1
    assert refused_rightly > 2_000
    left = [case for case in further if not any(known(*case) for known in NOT_OF_ONE_FIELD)]
    assert not left, left[:3]


def _days(_: str, body: dict[str, Any]) -> bool:
    return "2020-02-30" in json.dumps(body)


def _of_a_draft(kind: str, body: dict[str, Any]) -> bool:
    if not kind.startswith("draft-circulated"):
        return False
    if body.get("round", 1) == 1:
        return bool(body.get("after") or (body.get("replies") and body["times"] != "documented"))
    return len(body["symbol"]) > 290 or re.search(r"#\d+$", body["symbol"]) is not None or bool(body.get("replies"))


def _of_a_letter(kind: str, body: dict[str, Any]) -> bool:
    return kind.startswith("letter-sent") and body["kind"] != "opening"


def _of_a_reply(kind: str, body: dict[str, Any]) -> bool:
    return kind.startswith("vote-cast") and any(
        body.get(name) for name in ("by", "says", "ballot", "answers", "message")
    )


def _of_seats(kind: str, body: dict[str, Any]) -> bool:
    return kind.startswith("electorate-changed") and any(
        body.get(name) for name in ("permanent", "weights", "groups", "advisory", "alternates")
    )


def _of_names(kind: str, body: dict[str, Any]) -> bool:
    return kind.startswith("tally-circulated") and "In" in body["counts"]


def _of_a_result(kind: str, body: dict[str, Any]) -> bool:
    return kind.startswith("result-announced") and (body["resolution"] is not None or body["outcome"] == "open")


def _of_a_key(kind: str, body: dict[str, Any]) -> bool:
    return kind.startswith(("ledger-founded", "key-enrolled", "log-key-succeeded"))


def _of_the_register(kind: str, body: dict[str, Any]) -> bool:
    return kind.startswith(("register-stated", "entry-disowned"))


# How fields must agree with each other is in docs/spec, not in a schema.
NOT_OF_ONE_FIELD: tuple[Callable[[str, dict[str, Any]], Any], ...] = (
    _days, _of_names, _of_a_draft, _of_a_letter, _of_a_reply, _of_seats, _of_a_result, _of_a_key, _of_the_register,
)  # fmt: skip


def payload(line: bytes) -> Any:
    return json.loads(base64.b64decode(json.loads(line)["payload"]))


def stored(archive: zipfile.ZipFile) -> Iterator[tuple[str, Any]]:
    """The parts of a bundle, each with the name of its schema."""
    for name in archive.namelist():
        content, last = archive.read(name), name.rpartition("data/")[2]
        if last in {"entries.jsonl", "register.jsonl"}:
            for line in content.splitlines():
                yield "envelope", json.loads(line)
                entry = payload(line)
                yield "entry", entry
                if signed := entry["act"].get("ballot"):
                    yield "ballot-file", signed
                    yield "envelope", json.loads(signed["envelope"])
                    yield "ballot", payload(signed["envelope"])
        elif last in LINES:
            yield from ((LINES[last], json.loads(line)) for line in content.splitlines())
        elif last in WHOLE:
            value = json.loads(content)
            if value.get("format") != "inblue-record/1":
                yield WHOLE[last], value
        elif last.startswith("files/") and content.startswith(b"{"):
            value = json.loads(content)
            if (kind := str(value.get("format")).partition("/")[0]) in DOCUMENTS:
                yield DOCUMENTS[kind], value


LINES = {"timestamps.jsonl": "timestamp-line", "cosigned.jsonl": "cosigned-line"}
WHOLE = {"log.json": "bundle-log", "claims.json": "trust", "record.json": "record"}
DOCUMENTS = {"inblue-snapshot": "snapshot", "inblue-authority": "authority"}


@pytest.mark.parametrize("bundle", HOLDING)
def test_all_that_is_stored_in_a_vector_that_holds_is_valid(bundle: str) -> None:
    with zipfile.ZipFile(BUNDLES / bundle) as archive:
        found = list(stored(archive))
    assert {"entry", "envelope", "bundle-log", "trust"} <= {name for name, _ in found}
    for name, value in found:
        validator(name).validate(value)


def test_what_the_first_version_handed_over_is_valid_too() -> None:
    for name in ("council.zip", "rehearsal.zip"):
        with zipfile.ZipFile(COMPAT / name) as archive:
            for schema, value in stored(archive):
                if schema != "record":
                    validator(schema).validate(value)
    for path in COMPAT.glob("*.receipt"):
        validator("receipt").validate(json.loads(path.read_bytes()))
    for path in COMPAT.glob("*.ballot"):
        validator("ballot-file").validate(json.loads(path.read_bytes()))
    taken_files = {BUNDLES / case["trust"] for case in CASES if case["trusted"] is not None}
    for path in (COMPAT / "trust.json", *taken_files):
        value = {name: each for name, each in json.loads(path.read_bytes()).items() if each is not None}
        validator("trust").validate(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bundle-log", {"format": "inblue-bundle/2", "start": 0}),
        ("trust", {"format": "inblue-trust/2", "more": 1}),
        ("trust", {"format": "inblue-trust/3"}),
        ("receipt", {"format": "inblue-receipt/2", "member": "CHN"}),
        ("envelope", {"payload": "AA", "payloadType": "application/vnd.inblue.entry+json", "signatures": []}),
        ("ballot", {"format": "inblue-ballot/2"}),
    ],
)
def test_what_lacks_a_field_or_has_another_is_not_valid(name: str, value: Any) -> None:
    assert not validator(name).is_valid(value)
