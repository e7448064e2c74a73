"""The service over HTTP: an ASGI application for any server, which a host can mount under a path of its own.

It has no route that changes anything. Reading the ledger runs in few threads, so that many clients do not block the
host's own work; when too many wait, further clients are told to try again later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from ...domain.errors import InblueError, Malformed
from ...domain.wording import shown as line_of
from ...ledger.edge.face import face
from ...ledger.errors import Broken, Busy, needs
from ...ledger.evidence.receipt import MAX_RECEIPT_BYTES
from ...ledger.evidence.trust import Trust
from ...ledger.ledger import Ledger
from ..desk.output import echo
from .answers import Answer, TooLargeError, fixed, json_answer, problem, problem_of

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

T = TypeVar("T")
MaySeeOpen: TypeAlias = Callable[[MutableMapping[str, Any]], bool]

_THREADS, _WAITING, _STREAMS, _MOST_QUERY = 8, 64, 16, 8_192


@face
def web_app(
    ledger: Ledger,
    *,
    with_files: bool = False,
    include_open: MaySeeOpen | None = None,
    trust: Trust | None = None,
) -> Starlette:
    """A read-only service of ``ledger`` over HTTP, as an ASGI application to mount. It needs ``inblue[serve]``.

    Of a vote whose result is not announced it shows only symbol and deadline, unless ``include_open``, called with the
    ASGI scope of a request, says that the client may see all. ``with_files`` serves the attached papers too. The host
    still owns the ledger, and closes it.

    Raises:
        NotFound: Starlette is not installed.

    >>> sorted(route.path for route in inblue.web_app(ledger).routes)[:3]
    ['/', '/audit', '/calendar']
    """
    with needs("serve", "serving"):
        import starlette  # noqa: F401
    from .service import Service

    return Application(Service(ledger, with_files=with_files, trust=trust), include_open).starlette()


class Application:
    """The routes over one service."""

    def __init__(self, service: Any, may_see_open: MaySeeOpen | None) -> None:
        from anyio.lowlevel import RunVar

        self.service, self._may_see_open = service, may_see_open
        self._limiter: Any = RunVar(f"inblue-{id(self)}")  # one for each event loop
        self._streams = 0
        self._last_said = ""

    def starlette(self) -> Starlette:
        """The application."""
        from starlette.applications import Starlette
        from starlette.exceptions import HTTPException
        from starlette.routing import Route

        from . import log, search
        from .openapi import ROUTES, Served
        from .parameters import DIGEST, LANG, TILE

        digest = DIGEST._replace(required=True)
        given = [Route(each.path, partial(self._get, each), methods=["GET"]) for each in ROUTES]
        tile = Served("/tile/{path:path}", "", log.tile, (TILE,))
        file = Served("/data/files/{digest}", "", log.file, (digest,))
        routes = [
            *(each for each in given if each.path not in {"/lookup", "/search"}),
            Route("/lookup", self._lookup, methods=["GET", "POST"]),
            Route("/search", self._search, methods=["GET", "POST"]),
            Route(tile.path, partial(self._get, tile), methods=["GET"]),
            Route(file.path, partial(self._get, file), methods=["GET"]),
            Route("/events", self._events, methods=["GET"]),
            Route("/openapi.json", self._openapi, methods=["GET"]),
        ]
        self._of = {each.path: each for each in ROUTES}
        self._lang = LANG
        self._post: dict[str, Callable[..., Answer]] = {"/lookup": search.lookup_receipt, "/search": search.search_form}
        self._most = {"/lookup": MAX_RECEIPT_BYTES, "/search": search.MOST_FORM}
        handlers: Any = {HTTPException: self._http}
        made = Starlette(routes=routes, exception_handlers=handlers)
        made.router.redirect_slashes = False
        made.state.service = self.service
        return made

    async def _get(self, route: Any, request: Request) -> Response:
        from .parameters import read_parameters

        def make(shown: Any) -> Answer:
            given = read_parameters(route.wanted, [*_query(request), *request.path_params.items()])
            answer: Answer = route.give(shown, given)
            return answer

        return await self._answered(request, make)

    async def _lookup(self, request: Request) -> Response:
        if request.method != "POST":
            return await self._get(self._of["/lookup"], request)
        return await self._with_body(request, "/lookup", "application/json", {})

    async def _search(self, request: Request) -> Response:
        if request.method != "POST":
            return await self._get(self._of["/search"], request)
        return await self._with_body(request, "/search", "application/x-www-form-urlencoded", {"lang": self._lang})

    async def _with_body(self, request: Request, path: str, media: str, wanted: Mapping[str, Any]) -> Response:
        """Look up what was sent. It is read into memory, answered, and not kept."""
        from .parameters import read_parameters

        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media:
            return self._response(request, problem(415, f"this takes {media}", connection="close"), private=True)
        try:
            body = await _body(request, self._most[path])
        except TooLargeError as error:
            return self._response(request, problem_of(error) or problem(413, ""), private=True)
        if body is None:
            return self._response(request, problem(400, "what was sent ended too early"), private=True)

        def make(shown: Any) -> Answer:
            given = read_parameters(tuple(wanted.values()), _query(request))
            answer = self._post[path](shown, given, body) if wanted else self._post[path](shown, body)
            return answer._replace(cache="no-store")

        return await self._answered(request, make)

    async def _openapi(self, request: Request) -> Response:
        from ... import __version__
        from .openapi import document

        secured = self._may_see_open is not None
        return await self._answered(request, lambda _: json_answer(document(__version__, secured)))

    async def _events(self, request: Request) -> Response:
        from starlette.responses import Response, StreamingResponse

        from .events import stream
        from .parameters import AFTER, read_parameters

        whole = False
        try:
            given = read_parameters((AFTER,), _query(request))
            after = given["after"]
            if last := request.headers.get("last-event-id"):
                after = AFTER.read(last)
            whole = await self._run(partial(self._allowed, request.scope))
            await self._run(partial(self.service.shown, whole=whole))
            if self._streams >= _STREAMS:
                raise Busy("too many streams")
        except Exception as error:  # noqa: BLE001 - whatever it is, there is an answer, and a line for the operator
            return self._response(request, self._told(error), private=whole)
        headers = {**fixed(), "cache-control": "no-store", "content-type": "text/event-stream; charset=utf-8"}
        if request.method == "HEAD":
            return Response(headers=headers)

        async def counted() -> Any:
            self._streams += 1
            try:
                async for piece in stream(self.service, self._run, request.is_disconnected, after, whole=whole):
                    yield piece
            except Exception as error:  # noqa: BLE001 - the answer has begun: it ends, and whoever asked asks again
                self._told(error)
            finally:
                self._streams -= 1

        return StreamingResponse(counted(), headers=headers)

    async def _answered(self, request: Request, make: Callable[[Any], Answer]) -> Response:
        whole = False
        try:
            whole = await self._run(partial(self._allowed, request.scope))
            answer = await self._run(lambda: make(self.service.shown(whole=whole)))
        except Exception as error:  # noqa: BLE001 - whatever it is, there is an answer, and a line for the operator
            answer = self._told(error)
        return self._response(request, answer, private=whole)

    def _allowed(self, scope: MutableMapping[str, Any]) -> bool:
        return self._may_see_open is not None and self._may_see_open(scope) is True

    async def _run(self, work: Callable[[], T]) -> T:
        """The result of ``work``, run in a thread.

        Raises:
            Busy: too many wait for one.
        """
        import anyio

        limiter = self._limiter.get(None)
        if limiter is None:
            limiter = anyio.CapacityLimiter(_THREADS)
            self._limiter.set(limiter)
        if limiter.statistics().tasks_waiting >= _WAITING:
            raise Busy("too many wait")
        return await anyio.to_thread.run_sync(work, limiter=limiter)

    def _response(self, request: Request, answer: Answer, *, private: bool) -> Response:
        from starlette.responses import Response

        headers = answer.headers(private=private, vary=self._may_see_open is not None)
        if answer.status == 200 and _known(request, answer.etag):
            del headers["content-length"], headers["content-type"]
            return Response(status_code=304, headers=headers)
        return Response(answer.body, answer.status, headers)

    async def _http(self, request: Request, error: Any) -> Response:
        """The routes' own answers: no such path, no such method."""
        allowed = (error.headers or {}).get("Allow", "")
        if error.status_code == 405:
            said = f"nothing is changed here; this path takes {allowed or 'GET'}"
            return self._response(request, problem(405, said, allow=allowed or "GET, HEAD"), private=False)
        return self._response(
            request, problem(error.status_code, "there is nothing here; see openapi.json"), private=False
        )

    def _told(self, error: Exception) -> Answer:
        """The answer to an error, with a line for the operator if the operator should know."""
        answer = problem_of(error)
        if answer is None or isinstance(error, Broken) or not isinstance(error, InblueError):
            said = line_of(f"serve: {error if isinstance(error, InblueError) else f'a fault: {error!r}'}", most=1_000)
            if said != self._last_said:
                self._last_said = said
                echo(f"inblue: {said}", err=True)
        return answer or problem(500, "an error in this service; its operator is told")


def _query(request: Request) -> list[tuple[str, str]]:
    """The parameters of the address.

    Raises:
        Malformed: they are too long, or not UTF-8.
    """
    from urllib.parse import parse_qsl

    raw = request.scope.get("query_string", b"")
    if len(raw) > _MOST_QUERY:
        raise Malformed(f"an address has at most {_MOST_QUERY:,} bytes after its ?; send a form or JSON instead")
    try:
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=16, errors="strict")
    except ValueError:
        raise Malformed("the parameters are not in UTF-8, or too many") from None


async def _body(request: Request, most: int) -> bytes | None:
    """The body of the request; None if the client is gone.

    Raises:
        TooLargeError: it is longer than ``most`` bytes, of which no more are read.
    """
    from starlette.requests import ClientDisconnect

    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > most:
                raise TooLargeError(None, f"at most {most:,} bytes are read")
    except ClientDisconnect:
        return None
    return bytes(body)


def _known(request: Request, etag: str) -> bool:
    given = request.headers.get("if-none-match", "")
    return given.strip() == "*" or etag in {each.strip().removeprefix("W/") for each in given.split(",")}
