"""A log published in a bucket of an S3 object store, through obstore (the Rust crate object_store).

Objects are written atomically and are then visible to every reader. Immutable files are written under their names,
eight at a time; files that change (checkpoint, the two lists) are written only over the version that was read, so if
two processes publish at once, one gets an error. Credentials come from the same sources as for AWS's own tools: the
environment, a profile's keys, a web identity, the instance. They are never in an address, an argument or a message.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from configparser import ConfigParser, Error
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...domain.errors import Malformed
from ..errors import Busy, NotFound, UnreachableError, UnusableError, needs
from ..standards.note import MAX_NOTE_BYTES
from ..standards.tiles import CHECKPOINT
from .place import WORKING

_AT_ONCE = 8
_WAITING = 32
_SECONDS = 30
_ADDRESS = re.compile(
    r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/((?:[A-Za-z0-9!_.*'()-]+/)*[A-Za-z0-9!_.*'()-]+))?/?"
)
_GIVEN = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
_MOST = 1 << 30
"""The largest file of a published log (docs/tiles.md)."""

_NEVER_CHANGES: Any = {
    "Content-Type": "application/octet-stream",
    "Cache-Control": "public, max-age=31536000, immutable",
}
_CHANGES: Any = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "max-age=5"}


def bucket_at(address: str) -> PublishedBucket:
    """The bucket, and the prefix in it, that ``s3://BUCKET[/PREFIX]`` names.

    Raises:
        Malformed: it cannot be read; it is not quoted, since it may contain a key.
        NotFound: obstore is not installed.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or ".." in address:
        raise Malformed(
            "a place to publish is a folder, or s3://BUCKET/PREFIX, with nothing else in it; keys are looked for in "
            "the environment and in a profile (AWS_ACCESS_KEY_ID, AWS_PROFILE)"
        )
    with needs("s3", "publishing in a bucket"):
        from obstore.store import S3Store
    settings = _settings(os.environ)
    plain = settings.get("endpoint", "").startswith("http://")
    store = S3Store(
        found[1],
        prefix=found[2],
        client_options={"timeout": timedelta(seconds=_SECONDS), "allow_http": plain},
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=2 * _SECONDS)},
        **settings,  # type: ignore[arg-type]
    )
    return PublishedBucket(store, address.rstrip("/"))


class PublishedBucket:
    """See :class:`.place.Place`; ``store`` is obstore's, of the bucket and its prefix."""

    def __init__(self, store: Any, name: str) -> None:
        self._store, self.name, self.files = store, name, 0
        self._pool: ThreadPoolExecutor | None = None
        self._pending = set[Future[bool]]()
        self._there = set[str]()
        self._known: dict[str, tuple[str | None, bytes]] = {}  # files that change, as last read

    def names(self) -> set[str]:
        """See :class:`.place.Place`."""
        import obstore

        with self._asking():
            found = obstore.list_with_delimiter(self._store)
            return {each["path"].split("/")[-1] for each in found["objects"]} | {
                each.rstrip("/").split("/")[-1] for each in found["common_prefixes"]
            }

    def checkpoint(self) -> bytes:
        """See :class:`.place.Place`."""
        return self._read(CHECKPOINT, MAX_NOTE_BYTES) or b""

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See :class:`.place.Place`; an object marks the start of a publication."""
        import obstore

        self._write(WORKING, b"inblue publishes here\n", _CHANGES)
        with self._asking():
            lists = [each["path"] for each in obstore.list_with_delimiter(self._store, "data")["objects"]]
        for each in lists:
            self._read(each, _MOST)
        with ThreadPoolExecutor(_AT_ONCE) as self._pool:
            try:
                yield
            finally:
                for waiting in self._pending:
                    waiting.cancel()

    def write(self, name: str, content: bytes) -> None:
        """See :class:`.place.Place`."""
        if not name.startswith(("tile/", "data/files/")):
            self.files += self._replace(name, content)
            return
        assert self._pool is not None  # noqa: S101 - alone
        self._there.add(name)  # or soon will be: sync() comes before the checkpoint
        self._pending.add(self._pool.submit(self._write, name, content, _NEVER_CHANGES))
        if len(self._pending) >= _WAITING:
            self._settle(FIRST_COMPLETED)

    def has(self, name: str) -> bool:
        """See :class:`.place.Place`."""
        import obstore

        if name not in self._there:
            with self._asking():
                try:
                    obstore.head(self._store, name)
                except FileNotFoundError:
                    return False
            self._there.add(name)
        return True

    def sync(self) -> None:
        """See :class:`.place.Place`."""
        while self._pending:
            self._settle(FIRST_COMPLETED)

    def drop_partial(self, tile: str) -> None:
        """See :class:`.place.Place`."""
        import obstore

        if not self.has(tile):
            return
        with self._asking():
            partial = [each["path"] for page in obstore.list(self._store, f"{tile}.p") for each in page]
            if partial:
                obstore.delete(self._store, partial)

    def _settle(self, when: str) -> None:
        done, self._pending = wait(self._pending, return_when=when)
        for each in done:
            self.files += each.result()

    def _write(self, name: str, content: bytes, attributes: Any) -> bool:
        """Create an object, unless it exists with these bytes; return whether it was written."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._asking():
            try:
                obstore.put(self._store, name, content, attributes=attributes, mode="create")
                return True
            except AlreadyExistsError:
                pass
            if self._read(name, len(content)) == content:
                return False
            # An interrupted publication left something else there.
            obstore.put(self._store, name, content, attributes=attributes)
        return True

    def _replace(self, name: str, content: bytes) -> bool:
        """Write a file that changes over the version last read; return whether it was written.

        Raises:
            Busy: another process has written it meanwhile.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        tag, digest = self._known.get(name, (None, b""))
        if digest == sha256(content).digest():
            return False
        mode: Any = {"e_tag": tag} if tag else "create"
        with self._asking():
            try:
                obstore.put(self._store, name, content, attributes=_CHANGES, mode=mode, use_multipart=False)
            except (AlreadyExistsError, PreconditionError):
                raise Busy(f"{self.name}: another process has published here meanwhile; try again") from None
        return True

    def _read(self, name: str, limit: int) -> bytes | None:
        """An object, or None; if it is too large, more than ``limit`` bytes, whose content is meaningless."""
        import obstore

        with self._asking():
            try:
                found = obstore.get(self._store, name)
                content = bytes(found.bytes()) if found.meta["size"] <= limit else bytes(limit + 1)
            except FileNotFoundError:
                return None
        self._known[name] = found.meta["e_tag"], sha256(content).digest()
        return content

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """obstore's messages are not quoted: a server's answer may contain the request."""
        from obstore import exceptions as went_wrong

        try:
            yield
        except (went_wrong.AlreadyExistsError, went_wrong.PreconditionError):
            raise
        except (went_wrong.BaseError, OSError) as error:
            status = re.search(r"status code: (40[134])\b", str(error))  # a refused list raises only a general error
            if isinstance(error, (went_wrong.NotFoundError, FileNotFoundError)) or (status and status[1] == "404"):
                raise NotFound(f"{self.name}: there is no such bucket") from None
            denied = (went_wrong.PermissionDeniedError, went_wrong.UnauthenticatedError, PermissionError)
            if isinstance(error, denied) or status:
                raise UnusableError(f"{self.name}: the store does not allow it with these credentials") from None
            raise UnreachableError(
                f"{self.name}: the store gives no answer that can be used; see to its address (AWS_ENDPOINT_URL), "
                "AWS_REGION and the credentials, and try again"
            ) from None


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings for obstore besides those that it reads from the environment: a profile's keys, region and endpoint."""
    found: dict[str, str] = {}
    home = Path(environment.get("HOME") or "/")
    profile = environment.get("AWS_PROFILE") or "default"
    config = _section(environment.get("AWS_CONFIG_FILE") or home / ".aws" / "config", _in_config(profile))
    keys = _section(environment.get("AWS_SHARED_CREDENTIALS_FILE") or home / ".aws" / "credentials", profile)
    if not any(environment.get(name) for name in _GIVEN):
        merged = {**config, **keys}
        if "aws_access_key_id" in merged and "aws_secret_access_key" in merged:
            found["access_key_id"] = merged["aws_access_key_id"]
            found["secret_access_key"] = merged["aws_secret_access_key"]
            if "aws_session_token" in merged:
                found["session_token"] = merged["aws_session_token"]
        elif environment.get("AWS_PROFILE"):
            raise Malformed(
                "AWS_PROFILE names a profile that has no keys of its own; put them into the environment "
                "(aws configure export-credentials --format env)"
            )
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or config.get("region")
    endpoint = (
        environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL") or config.get("endpoint_url")
    )
    return found | ({"region": region} if region else {}) | ({"endpoint": endpoint} if endpoint else {})


def _in_config(profile: str) -> str:
    return profile if profile == "default" else f"profile {profile}"


def _section(path: str | Path, name: str) -> Mapping[str, str]:
    """A section of an AWS configuration file; empty if absent."""
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        with Path(path).open(encoding="utf-8") as file:
            parser.read_file(file)
    except (OSError, Error, UnicodeError):
        return {}
    return dict(parser[name]) if parser.has_section(name) else {}
