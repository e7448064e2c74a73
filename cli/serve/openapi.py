"""The routes, and the OpenAPI document (3.1) made from them and the schemas that ``inblue schema`` prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from ..desk.schemas import schema_of
from . import documents, log, search
from .answers import Answer
from .parameters import AFTER, AT, AXIS, DIGEST, LANG, MOST_ENTRIES, MOST_VOTES, TILE, VOTE, Parameter, Q, number
from .service import Shown

Asked = Mapping[str, Any]


class Served(NamedTuple):
    """A route: its answer, the type of that, and its parameters.

    ``schema`` is the name of that of a JSON document. ``more`` are the statuses it may answer beside 200 and 400.
    """

    path: str
    said: str
    give: Callable[[Shown, Asked], Answer]
    wanted: tuple[Parameter, ...] = ()
    media: str = "application/json"
    schema: str | None = None
    more: tuple[int, ...] = ()


_START = number("start", "how many votes to leave out", default=0)
_OF_A_VOTE = (401, 403, 404, 503)
_OF_THE_LOG = (401, 404, 503)

ROUTES = (
    Served("/", "The page of the votes", search.front, (_START, LANG), "text/html", more=(401, 503)),
    Served(
        "/votes",
        "The votes whose result is announced; of those that are open, symbol and deadline",
        documents.votes,
        (_START, number("limit", "how many at most", least=1, most=MOST_VOTES, default=MOST_VOTES)),
        schema="served-votes",
        more=(401, 503),
    ),
    Served(
        "/status",
        "The roll call, now or at a moment",
        documents.status,
        (VOTE, AT, AXIS),
        schema="status",
        more=_OF_A_VOTE,
    ),
    Served("/replay", "A vote act by act", documents.replay, (VOTE, AXIS), schema="replay", more=_OF_A_VOTE),
    Served("/audit", "The record: a verdict on each reply", documents.audit, (VOTE,), schema="audit", more=_OF_A_VOTE),
    Served(
        "/page",
        "The record as a page that checks itself",
        documents.page,
        (VOTE, LANG),
        "text/html",
        more=(*_OF_A_VOTE, 409),
    ),
    Served(
        "/paper",
        "The record as an archival PDF",
        documents.paper,
        (VOTE, LANG),
        "application/pdf",
        more=(*_OF_A_VOTE, 409),
    ),
    Served("/calendar", "The deadline for a calendar", documents.calendar, (VOTE,), "text/calendar", more=_OF_A_VOTE),
    Served(
        "/entries",
        "Entries of the log, each checked",
        log.entries,
        (AFTER, number("limit", "how many at most", least=1, most=MOST_ENTRIES, default=MOST_ENTRIES)),
        schema="entries",
        more=(401, 503),
    ),
    Served("/checkpoint", "The signed checkpoint", log.checkpoint, (), "text/plain", more=_OF_THE_LOG),
    Served(
        "/proof/inclusion",
        "That an entry is in the log",
        log.inclusion,
        (
            number("entry", "its index"),
            DIGEST,
            number("size", "of the log; without it, all that is shown", least=1),
        ),
        schema="proof",
        more=_OF_THE_LOG,
    ),
    Served(
        "/proof/consistency",
        "That the log has only grown",
        log.consistency,
        (
            number("first", "entries of the earlier state", required=True),
            number("second", "entries of the later one; without it, all that is shown", least=1),
        ),
        schema="proof",
        more=_OF_THE_LOG,
    ),
    Served(
        "/data/timestamps.jsonl",
        "Timestamps over the log",
        log.timestamps,
        (),
        "application/jsonl",
        more=_OF_THE_LOG,
    ),
    Served("/data/cosigned.jsonl", "Cosigned checkpoints", log.cosigned, (), "application/jsonl", more=_OF_THE_LOG),
    Served(
        "/lookup",
        "Whether a digest is in the log",
        search.lookup,
        (DIGEST._replace(required=True),),
        schema="lookup",
        more=_OF_THE_LOG,
    ),
    Served("/search", "The page to look something up", search.search, (Q, LANG), "text/html", more=_OF_THE_LOG),
)
"""The routes for GET. Tiles, files, events and the two look-ups with a body are in :mod:`.app`."""

_SAID = {
    400: "A parameter is missing, unknown or malformed",
    401: "The token does not give access to open votes",
    403: "The vote is open",
    404: "Not found, or not shown",
    409: "It cannot be given before an open vote is over",
    413: "The receipt is too large",
    415: "The body has another type",
    503: "Busy, or the stored data does not hold",
}


@cache
def document(version: str, secured: bool) -> dict[str, Any]:
    """The OpenAPI document; ``secured`` if a token gives access to open votes."""
    names = sorted({each.schema for each in ROUTES if each.schema is not None} | {"problem", "receipt"})
    paths: dict[str, Any] = {each.path: {"get": _operation(each)} for each in ROUTES}
    paths["/lookup"]["post"] = _lookup_of_receipt()
    paths["/data/files/{digest}"] = {"get": _file()}
    paths["/tile/{path}"] = {"get": _tile()}
    paths["/events"] = {"get": _events()}
    found: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "inblue serve",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {"schemas": {name: schema_of(name) for name in names}},
    }
    if secured:
        found["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{}, {"token": []}]
    return found


def _operation(each: Served) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{each.schema}"} if each.schema else {"type": "string"}
    return {
        "operationId": each.path.strip("/").replace("/", "_").replace(".jsonl", "") or "front",
        "summary": each.said,
        "parameters": [_parameter(one) for one in each.wanted],
        "responses": _responses(each.media, schema, (400, *each.more)),
    }


def _parameter(one: Parameter, *, place: str = "query") -> dict[str, Any]:
    return {
        "name": one.name,
        "in": place,
        "required": one.required or place == "path",
        "description": one.said,
        "schema": one.schema,
    }


def _responses(media: str, schema: dict[str, Any], more: tuple[int, ...]) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
    return {
        "200": {"description": "What was asked for", "content": {media: {"schema": schema}}},
        **{str(status): {"description": _SAID[status], "content": problem} for status in sorted(set(more))},
    }


def _lookup_of_receipt() -> dict[str, Any]:
    receipt, found = ({"$ref": f"#/components/schemas/{name}"} for name in ("receipt", "lookup"))
    return {
        "operationId": "lookup_receipt",
        "summary": "Whether a receipt is of this log; nothing of it is kept",
        "requestBody": {"required": True, "content": {"application/json": {"schema": receipt}}},
        "responses": _responses("application/json", found, (400, 401, 404, 413, 415, 503)),
    }


def _file() -> dict[str, Any]:
    return {
        "operationId": "file",
        "summary": "A file that votes are judged by; papers and texts only if the service serves files",
        "parameters": [_parameter(DIGEST, place="path")],
        "responses": _responses("application/octet-stream", {"type": "string"}, (400, 401, 404, 503)),
    }


def _tile() -> dict[str, Any]:
    return {
        "operationId": "tile",
        "summary": "A hash tile or an entry bundle (C2SP tlog-tiles)",
        "parameters": [_parameter(TILE, place="path")],
        "responses": _responses("application/octet-stream", {"type": "string"}, (400, 401, 404, 503)),
    }


def _events() -> dict[str, Any]:
    return {
        "operationId": "events",
        "summary": "Server-sent events: each entry as in /entries, with its index as id; ends after 25 seconds",
        "parameters": [_parameter(AFTER)],
        "responses": _responses("text/event-stream", {"type": "string"}, (400, 401, 503)),
    }
