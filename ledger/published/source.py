"""Reads a published log over HTTP or from a folder. The data is not verified here.

Every response is bounded in size and time. Only names made here are requested, redirects are not followed, and a
response counts only when all of a file has come. Files may be compressed with gzip; the same bounds apply after
decompression.
"""

from __future__ import annotations

import time
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from ...domain.errors import InblueError, Malformed
from ...domain.wording import shown
from ..errors import UnreachableError, why_unreachable
from ..outside import NoFileError, open_outside
from ..standards.tiles import Tile, read_bundle, read_tile

_PIECE = 65_536
_ATTEMPTS = 3

T = TypeVar("T")
A = TypeVar("A")


class AbsentError(InblueError):
    """The server or folder has no such file."""


class _PassingError(UnreachableError):
    """A retry may succeed."""


class Source(Protocol):
    """The source of a published log."""

    @property
    def abreast(self) -> int:
        """How many files are best requested at once."""

    def pieces(self, path: str, limit: int) -> Iterator[bytes]:
        """The bytes of a file of at most ``limit`` bytes.

        Raises:
            AbsentError: there is none.
            Malformed: it has more.
            UnreachableError: it could not be read; whether it exists is not known.
        """

    def read(self, path: str, limit: int) -> bytes:
        """A whole file, like :meth:`pieces`."""


class FolderSource:
    """A published log in a folder."""

    abreast = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return str(self.folder)

    def pieces(self, path: str, limit: int) -> Iterator[bytes]:
        """See :meth:`Source.pieces`."""
        place = self.folder / path
        try:
            with open_outside(place) as file:
                left = limit
                while piece := file.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise Malformed(f"{path}: more than {limit:,} bytes")
                    yield piece
        except (FileNotFoundError, NotADirectoryError):
            raise AbsentError(f"{path}: not there") from None
        except NoFileError as error:
            raise Malformed(f"{path}: {error.strerror}") from None
        except OSError as error:
            raise UnreachableError(f"{place}: {error.strerror}") from None

    def read(self, path: str, limit: int) -> bytes:
        """See :meth:`Source.read`."""
        return b"".join(self.pieces(path, limit))


class HttpSource:
    """A published log at an http(s) address.

    A file may take ``seconds`` from the attempt to connect, plus one for every ``rate`` bytes received of its headers
    and content. Transient failures are retried: three attempts, ``wait`` seconds apart.

    Raises:
        Malformed: not such an address.
    """

    abreast = 4

    def __init__(self, address: str, *, seconds: float = 20.0, rate: int = 16_384, wait: float = 1.0) -> None:
        if not _is_address(address):
            raise Malformed(f"{shown(address)}: not an address of the form https://host/folder")
        self.address = address.rstrip("/")
        self.seconds, self.rate, self.wait = seconds, rate, wait

    def read(self, path: str, limit: int) -> bytes:
        """See :meth:`Source.read`."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return b"".join(self.pieces(path, limit))
            except _PassingError:
                if attempt == _ATTEMPTS:
                    raise
                time.sleep(self.wait * attempt)
        raise AssertionError("unreachable")

    def __str__(self) -> str:
        return self.address

    def pieces(self, path: str, limit: int) -> Iterator[bytes]:
        """See :meth:`Source.pieces`."""
        from http.client import HTTPException
        from urllib.error import HTTPError, URLError
        from urllib.request import Request

        from .patience import Patience, TooSlowError, opener

        url = f"{self.address}/{path}"
        asked = Request(url, headers={"Accept-Encoding": "gzip, identity"})  # noqa: S310 - http(s), by the constructor
        left = limit
        try:
            with opener(Patience(self.seconds, self.rate)).open(asked, timeout=self.seconds) as answer:
                unpack = _unpacker(answer.headers.get("Content-Encoding"), path)
                while piece := answer.read1(_PIECE):
                    for plain in unpack(piece, left):
                        left -= len(plain)
                        if left < 0:
                            raise Malformed(f"{path}: more than {limit:,} bytes")
                        yield plain
                if answer.length:
                    raise _PassingError(f"{url}: the answer ended {answer.length:,} bytes too early")
        except HTTPError as error:
            error.close()
            if error.code in {404, 410}:
                raise AbsentError(f"{path}: not there") from None
            kind = _PassingError if error.code == 429 or error.code >= 500 else UnreachableError
            moved = "; it has moved, and is not followed" if 300 <= error.code < 400 else ""
            raise kind(f"{url}: answers with status {error.code}{moved}") from None
        except (URLError, OSError, ValueError, HTTPException, zlib.error) as error:
            if isinstance(error, Malformed):
                raise
            if isinstance(getattr(error, "reason", error), TooSlowError):
                raise UnreachableError(f"{url}: answers more slowly than {self.rate:,} bytes a second") from None
            raise _PassingError(f"{url}: {why_unreachable(error)}") from None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(
            text.isprintable()
            and " " not in text
            and parts.scheme in {"http", "https"}
            and parts.hostname
            and parts.port != 0
            and not (parts.query or parts.fragment or parts.username)
        )
    except ValueError:
        return False


def _unpacker(encoding: str | None, path: str) -> Callable[[bytes, int], Iterator[bytes]]:
    """Decompresses a response's chunks: up to one byte more than the limit."""
    if encoding in {None, "", "identity"}:
        return lambda piece, _left: iter((piece,))
    if encoding != "gzip":
        raise Malformed(f"{path}: compressed in a way that was not asked for")
    packed = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def unpack(piece: bytes, left: int) -> Iterator[bytes]:
        yield packed.decompress(piece, left + 1)

    return unpack


def ahead(source: Source, get: Callable[[A], T], wanted: Iterable[A]) -> Iterator[T]:
    """``get`` for each in order, with some requested ahead."""
    if source.abreast == 1:
        yield from map(get, wanted)
        return
    rest = iter(wanted)
    with ThreadPoolExecutor(source.abreast) as pool:
        coming: deque[Future[T]] = deque(pool.submit(get, each) for each in islice(rest, 2 * source.abreast))
        try:
            while coming:
                found = coming.popleft().result()
                coming.extend(pool.submit(get, each) for each in islice(rest, 1))
                yield found
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def fetch_entries(source: Source, tile: Tile) -> list[bytes]:
    """The entries of a bundle; of the full one, if the partial one no longer exists.

    Raises:
        AbsentError, Malformed, UnreachableError: as :meth:`Source.pieces`; or it is not a bundle of that width.
    """
    return _fetch(source, tile, read_bundle)


def fetch_hashes(source: Source, tile: Tile) -> list[bytes]:
    """The hashes of a tile, like :func:`fetch_entries`."""
    return _fetch(source, tile, read_tile)


def _fetch(source: Source, tile: Tile, read: Callable[[bytes, int], list[bytes]]) -> list[bytes]:
    found = tile
    try:
        raw = source.read(tile.path, tile.limit)
    except AbsentError:
        if tile == tile.whole:
            raise
        found = tile.whole
        try:
            raw = source.read(found.path, found.limit)
        except AbsentError:
            raise AbsentError(f"{tile.path}: not there, nor the full one") from None
    try:
        return read(raw, found.width)[: tile.width]
    except Malformed as error:
        raise Malformed(f"{found.path}: {error}") from None


def lines(source: Source, path: str, *, limit: int, total: int) -> Iterator[bytes]:
    """The lines of a file without their LF, each up to ``limit`` bytes; ``total`` bounds the file.

    Raises:
        AbsentError, Malformed, UnreachableError: as :meth:`Source.pieces`; or a line is longer, or does not end in LF.
    """
    rest = b""
    for piece in source.pieces(path, total):
        *whole, rest = (rest + piece).split(b"\n")
        for line in [*whole, rest]:
            if len(line) > limit:
                raise Malformed(f"{path}: a line of more than {limit:,} bytes")
        yield from whole
    if rest:
        raise Malformed(f"{path}: does not end in a line feed")
