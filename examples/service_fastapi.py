"""A web service that opens votes and takes replies, several votes at once. Copy it, and add your login.

    INBLUE_LEDGER=council.db INBLUE_KEYS=council.db.keys INBLUE_PASSPHRASE=... uvicorn service_fastapi:app --workers 2

One ``Ledger`` per process serves all threads; endpoints are plain ``def``, so that FastAPI calls them in threads. A
client sends an ``Idempotency-Key`` and may post again until it gets an answer: it gets the first answer, and nothing
is recorded twice, even by another worker or after a crash.
"""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict

import inblue

PROCEDURE, ROSTER = "unsc-2020-253", "unsc-2026"
STATUSES = {
    inblue.Malformed: 422,
    inblue.Refused: 409,
    inblue.NotFound: 404,
    inblue.Busy: 503,
    inblue.SignerFailed: 503,
}


@asynccontextmanager
async def opened(app: FastAPI) -> AsyncGenerator[None, None]:
    """Open the ledger in each worker, after the fork."""
    keys, passphrase = inblue.KeyStore(os.environ["INBLUE_KEYS"]), os.environ.pop("INBLUE_PASSPHRASE").encode()
    app.state.registrar = keys.open("registrar", passphrase)
    app.state.ledger = inblue.Ledger.open(os.environ["INBLUE_LEDGER"], log_signer=keys.open("log", passphrase))
    with app.state.ledger:
        yield


app = FastAPI(title="Votes", lifespan=opened)
Key = Annotated[str, Header(alias="Idempotency-Key", pattern="^[A-Za-z0-9._:-]{1,60}$")]


Letter = Annotated[bytes, BeforeValidator(partial(b64decode, validate=True))]  # Base64 only


class NewVote(BaseModel):
    """A draft to put to the vote."""

    model_config = ConfigDict(extra="forbid")
    symbol: str
    title: str


class NewReply(BaseModel):
    """A member's letter."""

    model_config = ConfigDict(extra="forbid")
    vote: str
    member: str
    position: str
    letter: Letter


class NewClose(BaseModel):
    """A vote to close."""

    model_config = ConfigDict(extra="forbid")
    vote: str


@app.exception_handler(inblue.InblueError)
async def failed(_: Request, error: inblue.InblueError) -> JSONResponse:
    """One line without secrets; ``Broken`` is 500: look into it."""
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)
    return JSONResponse({"error": str(error), "clause": getattr(error, "clause", None)}, status)


def vote_on(request: Request, symbol: str) -> inblue.OnVote:
    """The vote on ``symbol``, on which the registrar acts."""
    return request.app.state.ledger.at(symbol, signer=request.app.state.registrar)  # type: ignore[no-any-return]


@app.post("/votes", status_code=201)
def open_vote(new: NewVote, key: Key, request: Request) -> dict[str, Any]:
    """Circulate the draft and send the opening letter, both or neither."""
    with vote_on(request, new.symbol).together(key=key) as acts:
        acts.circulate(PROCEDURE, title=new.title)
        acts.open(inblue.built_in_roster(ROSTER), programme_of_work=True)
    window = acts.done.state.window
    return {"vote": acts.done.vote, "closes_at": window.closes_at if window else None}


@app.post("/replies", status_code=201)
def take_reply(new: NewReply, key: Key, request: Request) -> dict[str, Any]:
    """Enter a reply. One that breaks a clause is recorded with its rejection; one that counts is acknowledged."""
    vote = vote_on(request, new.vote)
    paper = inblue.Instrument(
        form="letter", office="permanent_representative", signed=True, addressee="president",
        sha256=request.app.state.ledger.attach(new.letter),
    )  # fmt: skip
    done = vote.reply(new.member, new.position, paper, key=key)
    if done.rejected is None:
        vote.acknowledge(new.member, done.reply or 1, key=f"{key}.ack")
    return {"reply": done.reply, "act": done.number, "rejected": done.rejected.clause if done.rejected else None}


@app.post("/closes", status_code=201)
def close_vote(new: NewClose, key: Key, request: Request) -> dict[str, Any]:
    """Close the voting, after the window is over."""
    return {"act": vote_on(request, new.vote).close(key=key).number}


@app.get("/votes/{symbol:path}", response_model=None)
def status(symbol: str, request: Request) -> inblue.StatusJson:
    """The roll call now."""
    return inblue.status_json(inblue.roll_call(request.app.state.ledger.vote(symbol), datetime.now(UTC)))
