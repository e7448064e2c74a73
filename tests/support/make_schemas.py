"""Make the JSON Schemas of all that is signed or handed over, in cli/schemas, from the models that read it.

    PYTHONPATH=tests/support python tests/support/make_schemas.py

A schema says of each field what it may be. What fields must be to each other, that a day is in the calendar, and that
text is in canonical form, is in docs/spec and is not said here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from paths import ROOT
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from inblue.domain.ballot import Ballot, FirstBallot, SignedBallot
from inblue.domain.mail_observation import MailObservation
from inblue.domain.messages import INTAKE
from inblue.domain.payload import Payload
from inblue.domain.register_acts import OfAnyStream
from inblue.domain.snapshot import Snapshot
from inblue.ledger.delegation.request import DelegationRequest
from inblue.ledger.delegation.welcome import Welcome
from inblue.ledger.entries.authorities import AuthorityDocument
from inblue.ledger.entries.ballot import Blank, SecondBlank
from inblue.ledger.entries.frame import FIRST_FORMAT, FORMAT
from inblue.ledger.entries.kinds import CLASSES
from inblue.ledger.evidence.attestations import CosignedLine, StampLine
from inblue.ledger.evidence.bundle import LogPart
from inblue.ledger.evidence.receipt import Receipt
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.standards.dsse import BALLOT_TYPE, PAYLOAD_TYPE

FOLDER = ROOT / "cli" / "schemas"
DRAFT = "https://json-schema.org/draft/2020-12/schema"

_END = r"(?![\s\S])"  # $ would let a line feed follow it in some languages
_UNFIT = r"\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_BLANK = r"[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
_YEAR = r"([1-7][0-9]{3}|8[0-9]{3})"
_DAY = _YEAR + r"-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
PATTERNS = {
    "_printable": rf"^[^{_UNFIT}]*{_END}",
    "one_line": rf"^(?!{_BLANK})[^\n{_UNFIT}]*(?<!{_BLANK}){_END}",
    "_hash": rf"^[A-Za-z0-9+/]{{42}}[AEIMQUYcgkosw048]={_END}",
}
INSTANT = rf"^{_DAY}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.(?!000000)[0-9]{{6}})?Z{_END}"


class _Shapes(GenerateJsonSchema):
    """As pydantic makes them, with what our validators ask of a text."""

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        """A text that a validator of ours looks at."""
        found = super().function_after_schema(schema)
        pattern = PATTERNS.get(getattr(schema["function"]["function"], "__name__", ""))
        if pattern is None:
            return found
        return {**found, "allOf": [{"pattern": pattern}]} if "pattern" in found else {**found, "pattern": pattern}


def _plain(value: Any, *, stored: bool) -> Any:
    """Without titles and defaults; instants and days in their canonical ``stored`` form."""
    if isinstance(value, list):
        return [_plain(each, stored=stored) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "string" and value.get("format") in {"date-time", "date"}:
        if not stored:
            return {"type": "string", "format": value["format"]}
        return {"type": "string", "pattern": INSTANT if value["format"] == "date-time" else f"^{_DAY}{_END}"}
    names = value.get("properties")
    found = {
        key: _plain(each, stored=stored)
        for key, each in value.items()
        if key not in {"title", "description", "default", "examples", "discriminator"}
    }
    if isinstance(names, dict):
        found["properties"] = {name: _plain(each, stored=stored) for name, each in names.items()}
        if stored:
            found["required"] = list(names)
    if isinstance(found.get("pattern"), str) and found["pattern"].endswith("$"):
        found["pattern"] = found["pattern"].removesuffix("$") + _END
    return found


def shape(model: type[BaseModel], *, stored: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a model, and those that it refers to by name. ``stored``: no field is left out."""
    made = model.model_json_schema(schema_generator=_Shapes)
    found = _plain(made, stored=stored)
    return found, found.pop("$defs", {})


def act_of(cls: type[Payload], version: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of an act in that version of its kind: all fields that it has, none that came later."""
    body, named = shape(cls, stored=True)
    if issubclass(cls, OfAnyStream):  # version 2 is for the stream of messages
        stream = body["properties"]["stream"]
        earlier = {**stream, "pattern": stream["pattern"].replace("intake$|", "")}
        body["properties"]["stream"] = earlier if version == 1 else {"const": INTAKE, "type": "string"}
    needed: list[dict[str, Any]] = []
    for path, since in cls.since.items():
        *way, name = path.split(".")
        holder = body if not way else named[_target(body["properties"][way[0]])]
        if since > version:
            holder["properties"].pop(name, None)
            holder["required"] = list(holder["properties"])
        elif since == version:
            said: dict[str, Any] = {"properties": {name: {"not": {"const": _default(cls, path)}}}, "required": [name]}
            needed.append(said if not way else {"properties": {way[0]: said}})
    if needed:  # else a lower version could say it
        body["anyOf"] = needed
    if cls.since:
        changed = {_target(body["properties"][path.partition(".")[0]]) for path in cls.since if "." in path}
        for name in changed:
            named[f"{name}-{version}"] = named.pop(name)
            body = json.loads(json.dumps(body).replace(f'#/$defs/{name}"', f'#/$defs/{name}-{version}"'))
    return body, named


def _target(reference: Mapping[str, str]) -> str:
    return reference["$ref"].removeprefix("#/$defs/")


def _default(cls: type[BaseModel], path: str) -> Any:
    *way, name = path.split(".")
    holder: Any = cls
    for step in way:
        holder = holder.model_fields[step].annotation
    default = holder.model_fields[name].default
    return list(default) if isinstance(default, tuple) else default


def _object(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _document(name: str, title: str, body: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    head = {"$schema": DRAFT, "$id": name, "title": title, **body}
    return {**head, "$defs": dict(sorted(named.items()))} if named else head


HEX = {"type": "string", "pattern": f"^[0-9a-f]{{64}}{_END}"}
COUNT = {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}
HASH = {"type": "string", "pattern": PATTERNS["_hash"]}
NAME = {"type": "string", "pattern": f"^[a-z][a-z0-9_]{{0,63}}{_END}"}


def entry() -> dict[str, Any]:
    """What an entry's envelope has as its payload."""
    named: dict[str, Any] = {}
    kinds: list[dict[str, Any]] = []
    for cls in CLASSES:
        for version, kind in enumerate(cls.kinds(), start=1):
            body, beside = act_of(cls, version)
            named |= beside | {kind: body}
            then = {"properties": {"act": {"$ref": f"#/$defs/{kind}"}}}
            kinds.append({"if": {"properties": {"kind": {"const": kind}}}, "then": then})
    first: dict[str, Any] = {"if": {"properties": {"format": {"const": FIRST_FORMAT}}}}
    first |= {"then": {"not": {"anyOf": [{"required": [name]} for name in ("register", "idempotency_key")]}}}
    first |= {"else": {"required": ["register"]}}
    stream = {"type": "string", "minLength": 1, "maxLength": 320, "pattern": PATTERNS["one_line"]}
    tokens = {"type": "array", "items": HEX, "maxItems": 20, "uniqueItems": True}
    payload = _object(
        {
            "act": {"type": "object"},
            "actor": _object({"key": HEX, "office": NAME}),
            "format": {"enum": [FORMAT, FIRST_FORMAT]},
            "idempotency_key": {"type": "string", "pattern": f"^[A-Za-z0-9._:-]{{1,64}}{_END}"},
            "index": COUNT,
            "kind": {"enum": [kind["if"]["properties"]["kind"]["const"] for kind in kinds]},
            "recorded_at": {"type": "string", "pattern": INSTANT},
            "register": COUNT,
            "seen": _object({"root": HASH, "size": COUNT, "tokens": tokens}),
            "stream": stream,
        },
        optional=("idempotency_key", "register"),
    )
    payload["allOf"] = [first, *kinds]
    return _document("inblue-entry/2", "The payload of an entry, inblue-entry/2 or /1", payload, named)


def envelope() -> dict[str, Any]:
    """The DSSE envelope of an entry or a ballot, which has one template."""
    base64 = {"type": "string", "pattern": f"^([A-Za-z0-9+/]{{4}})*([A-Za-z0-9+/]{{2}}==|[A-Za-z0-9+/]{{3}}=)?{_END}"}
    signature = _object({"keyid": HEX, "sig": {"type": "string", "pattern": f"^[A-Za-z0-9+/]{{86}}=={_END}"}})
    signatures = {"type": "array", "items": signature, "minItems": 1, "maxItems": 1}
    types = {"enum": [PAYLOAD_TYPE, BALLOT_TYPE]}
    body = _object({"payload": base64, "payloadType": types, "signatures": signatures})
    return _document("inblue-envelope/1", "An entry's or a ballot's envelope", body, {})


def ballot() -> dict[str, Any]:
    """What a ballot's envelope has as its payload."""
    named: dict[str, Any] = {}
    choices = []
    for model in (Ballot, FirstBallot):
        body, beside = shape(model, stored=True)
        named |= beside
        choices.append(body)
    return _document("inblue-ballot/2", "The payload of a ballot, inblue-ballot/2 or /1", {"oneOf": choices}, named)


def _of(model: type[BaseModel], name: str, title: str, *, stored: bool = False) -> dict[str, Any]:
    return _document(name, title, *shape(model, stored=stored))


def receipt() -> dict[str, Any]:
    """A receipt, of the second format or of the first."""
    body, named = shape(Receipt, stored=False)
    body["required"] = [*body["required"], "format"]
    earlier = json.loads(json.dumps(body))
    for name in ("stream", "act", "digest"):
        earlier["properties"].pop(name)
        earlier["required"].remove(name)
    earlier["properties"] |= {"draft": body["properties"]["stream"], "format": {"const": "inblue-receipt/1"}}
    earlier["properties"]["draft"] = {**earlier["properties"]["draft"], "maxLength": 300}
    earlier["required"].append("draft")
    return _document("inblue-receipt/2", "A receipt, inblue-receipt/2 or /1", {"oneOf": [body, earlier]}, named)


def blank() -> dict[str, Any]:
    """A blank, of the third format or of the second."""
    bodies = [shape(model, stored=True)[0] for model in (Blank, SecondBlank)]
    return _document("inblue-blank/3", "What a member signs a ballot with, inblue-blank/3 or /2", {"oneOf": bodies}, {})


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each by the name that ``inblue schema`` knows it by."""
    yield "authority", _of(AuthorityDocument, "inblue-authority/1", "A timestamp authority, as a register adopts it")
    yield "ballot", ballot()
    yield (
        "ballot-file",
        _of(SignedBallot, "inblue-ballot-file/1", "A ballot as it was signed, and as a reply holds it"),
    )
    yield "blank", blank()
    yield "bundle-log", _of(LogPart, "inblue-bundle/2", "The member data/log.json of a bundle")
    yield "cosigned-line", _of(CosignedLine, "inblue-cosigned-line/1", "A line of cosigned.jsonl")
    yield (
        "delegation-request",
        _of(DelegationRequest, "inblue-delegation-request/1", "What a delegation asks of a registrar", stored=True),
    )
    yield (
        "delegation-welcome",
        _of(Welcome, "inblue-delegation-welcome/1", "What a registrar answers a delegation"),
    )
    yield "entry", entry()
    yield "envelope", envelope()
    yield "mail-observation", _of(MailObservation, "inblue-mail-observation/1", "What was seen in a mail", stored=True)
    yield "receipt", receipt()
    yield "snapshot", _of(Snapshot, "inblue-snapshot/2", "What an opening pins, inblue-snapshot/2 or /1")
    yield "timestamp-line", _of(StampLine, "inblue-timestamp-line/1", "A line of timestamps.jsonl")
    yield "trust", _of(Trust, "inblue-trust/2", "A trust file, and a bundle's claims.json; inblue-trust/2 or /1")


def written(schema: dict[str, Any]) -> str:
    """The file."""
    return json.dumps(schema, indent=1, ensure_ascii=True) + "\n"


def main(folder: Path = FOLDER) -> None:
    """Write them all."""
    for name, schema in schemas():
        (folder / f"{name}.json").write_text(written(schema), encoding="utf-8")


if __name__ == "__main__":
    main()
