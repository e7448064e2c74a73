"""A host mounts the service under its own path and its own authentication, on its own server, beside its own routes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from asking import Asker, listening
from many_votes import acts_of, founded, vote
from signers import REGISTRAR
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

import inblue


class OnlyKnown:
    """The host's authentication: who has no name sees nothing; the registrar sees open votes."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            name = dict(scope["headers"]).get(b"x-name", b"").decode()
            if not name:
                await PlainTextResponse("who are you?", 401)(scope, receive, send)
                return
            scope["user"] = name
        await self.app(scope, receive, send)


def own(_: Request) -> Response:
    return PlainTextResponse("the host's own page")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    ledger = founded()
    vote(ledger, 0)
    app = inblue.web_app(ledger, include_open=lambda scope: scope["user"] == "registrar")
    app.state.service.horizon.look()
    vote(ledger, 1, until=9)
    routes = [Route("/", own), Mount("/council/votes", app=app)]
    with listening(Starlette(routes=routes, middleware=[Middleware(OnlyKnown)])) as asker:
        yield asker.url


def test_every_route_is_under_the_host_s_path_and_behind_its_authentication(url: str) -> None:
    assert Asker(url)("/council/votes/votes").status == 401
    ask = Asker(url, **{"X-Name": "anybody"})
    assert ask("/").body == b"the host's own page"
    assert ask("/votes").status == 404
    assert [each["draft"] for each in ask("/council/votes/votes").json["votes"]] == ["SIM/0"]
    assert ask("/council/votes/checkpoint").status == 200
    assert ask("/council/votes/tile/0/000.p/36").status == 200
    assert ask("/council/votes/nothing").json["status"] == 404
    assert ask("/council/votes/votes", "POST", b"").status == 405


def test_its_links_stay_under_the_host_s_path(url: str) -> None:
    ask = Asker(url, **{"X-Name": "anybody"})
    for path in ("/council/votes/", "/council/votes/search"):
        html = ask(path).body.decode()
        assert 'href="/' not in html
        assert 'action="/' not in html
    assert ask("/council/votes/openapi.json").json["servers"] == [{"url": "."}]
    sent = ask("/council/votes").headers.get("location", "")
    assert sent.endswith("/council/votes/")


def test_the_host_says_who_may_see_open_votes(url: str) -> None:
    assert Asker(url, **{"X-Name": "anybody"})("/council/votes/status", vote="SIM/1").status == 403
    seen = Asker(url, **{"X-Name": "registrar"})("/council/votes/status", vote="SIM/1")
    assert seen.status == 200
    assert json.loads(seen.body)["votes"][0]["draft"] == "SIM/1"
    assert seen.headers["cache-control"] == "private, no-store"


def test_what_the_host_answers_wrongly_shows_nothing() -> None:
    ledger = founded()
    vote(ledger, 0, until=9)

    def fails(_: Any) -> bool:
        raise RuntimeError("a secret of the host's")

    with listening(inblue.web_app(ledger, include_open=fails)) as asker:
        answered = asker("/status", vote="SIM/0")
        assert answered.status == 500
        assert b"secret" not in answered.body
    with listening(inblue.web_app(ledger, include_open=lambda _: "yes")) as asker:  # type: ignore[arg-type, return-value]
        assert asker("/status", vote="SIM/0").status == 403


def test_the_host_records_with_the_same_ledger_while_many_ask() -> None:
    ledger = founded()
    with listening(inblue.web_app(ledger)) as ask, ThreadPoolExecutor(6) as pool:
        paths = ("/votes", "/entries", "/checkpoint", "/", "/proof/consistency?first=1", "/events")
        done = Event()
        assert ask("/checkpoint").status == 200  # what was seen of the log before a vote was open is shown meanwhile

        def asks(path: str) -> tuple[set[int], list[int]]:
            statuses, sizes = set[int](), list[int]()
            while not done.is_set():
                answered = ask(path, "HEAD" if path == "/events" else "GET")
                statuses.add(answered.status)
                if path == "/votes":
                    sizes.append(answered.json["entries"])
            return statuses, sizes

        asking = [pool.submit(asks, path) for path in paths]
        for number in range(6):
            for start, end in ((0, 5), (5, 20), (20, 34)):
                symbol, acts = acts_of(ledger, number)
                ledger.record_all([(symbol, acts[start:end])], signer=REGISTRAR, office="registrar")
        done.set()
        told = [each.result() for each in asking]
        assert [statuses for statuses, _ in told] == [{200}] * len(paths)
        assert told[0][1] == sorted(told[0][1])
        assert {size % 34 for size in told[0][1]} == {2}  # never within a vote
        assert ask("/votes").json["entries"] == 2 + 6 * 34
