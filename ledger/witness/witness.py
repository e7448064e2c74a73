"""A witness: it cosigns a checkpoint only after a proof that it extends the one cosigned before (C2SP tlog-witness).

A delegation runs one. It keeps, for each log, the last checkpoint that it cosigned, in a file that is forced to disk
before the answer goes out, under a lock that two processes cannot hold at once. So it never cosigns two histories, also
when it is killed in between.

A request is ``old N`` LF, up to 63 lines of base64 hashes, an empty line, and the checkpoint. Answers, in this order:
404 unknown log; 403 not signed by the log; 400 not a request, or N larger than the checkpoint; 409 another size is
stored (which the body says); 422 no proof that the one extends the other; 503 the witness's own key gave no signature
that holds; 200 with the cosignature line.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, Self

from pydantic import Field

from ...domain.errors import MalformedError
from ...domain.naming import check_names
from ...domain.payload import Line, Model, Vkey
from .. import durable
from ..errors import LedgerError, SignerFailed, VerificationError
from ..standards.checkpoint import Checkpoint, open_signed
from ..standards.cosignature import CosignatureSigner, log_key
from ..standards.merkle import verify_consistency
from ..standards.note import MAX_SIGNATURES, NoteKey, check_name, decode_base64, encode_base64, split_note, write_line

MAX_REQUEST = 65_536
MAX_HASHES = 63
SIZE_TYPE = "text/x.tlog.size"
CONFIGURATION = "witness.json"

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class WatchedLog(Model):
    """A log to cosign: its origin, and every key that it has had."""

    origin: Line
    keys: tuple[Vkey, ...] = Field(min_length=1, max_length=100)


class Configuration(Model):
    """``witness.json``: the witness's name, and the logs that it watches."""

    format: Literal["inblue-witness/1"] = "inblue-witness/1"
    name: Line
    logs: tuple[WatchedLog, ...] = Field(max_length=1000)


class Answer(NamedTuple):
    """An HTTP status, a body, and its type."""

    status: int
    body: str
    kind: str = "text/plain; charset=utf-8"


class Request(NamedTuple):
    """A parsed add-checkpoint request. ``note`` is the checkpoint, not verified yet."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes


def write_request(old: int, proof: tuple[bytes, ...], note: bytes) -> bytes:
    """The body of an add-checkpoint request."""
    lines = "".join(f"{encode_base64(each)}\n" for each in proof)
    return f"old {old}\n{lines}\n".encode() + note


def read_request(raw: bytes) -> Request:
    """Read what :func:`write_request` writes.

    Raises:
        MalformedError: anything else.
    """
    if len(raw) > MAX_REQUEST:
        raise MalformedError(f"request: more than {MAX_REQUEST:,} bytes")
    head, gap, note = raw.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise MalformedError("request: not ASCII before the checkpoint") from None
    found = _OLD.fullmatch(first)
    if found is None or not gap or not note or len(lines) > MAX_HASHES:
        raise MalformedError("request: not old N, hashes, an empty line and a checkpoint")
    proof = tuple(decode_base64(line, where="request: a hash") for line in lines)
    if any(len(each) != 32 for each in proof):
        raise MalformedError("request: a hash is not of 32 bytes")
    return Request(int(found[1]), proof, note)


class WitnessState:
    """A witness's folder: ``witness.json``, ``keys``, and for each log the last checkpoint cosigned."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / CONFIGURATION
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise LedgerError(f"{path}: {error.strerror}") from None
        self.configuration = Configuration.read(raw, where=str(path))

    @classmethod
    def create(cls, folder: Path, name: str, logs: Iterable[WatchedLog]) -> Self:
        """Lay down a witness's folder; its key is kept in ``folder/keys`` by the caller.

        Raises:
            LedgerError: there is a witness in it already, or it cannot be written.
            MalformedError: a name that no signature line could hold, or that people may take for another.
        """
        check_name(name)
        check_names({"name": name})
        configuration = Configuration(name=name, logs=tuple(logs))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            durable.create(folder / CONFIGURATION, configuration.canonical() + b"\n")
        except FileExistsError:
            raise LedgerError(f"{folder}: there is a witness already; nothing was changed") from None
        except OSError as error:
            raise LedgerError(f"{folder}: {error.strerror}") from None
        return cls(folder)

    def watch(self, vkey: str) -> None:
        """Also cosign the log of this key, or take it as a further key of a log that is watched.

        Raises:
            MalformedError: not a log's key, or its name may be taken for another.
        """
        key = log_key(vkey)
        check_names({"log": key.name})
        keys = {each.origin: each.keys for each in self.configuration.logs}
        if vkey in keys.get(key.name, ()):
            return
        keys[key.name] = (*keys.get(key.name, ()), vkey)
        logs = tuple(WatchedLog(origin=origin, keys=each) for origin, each in keys.items())
        self.configuration = Configuration(name=self.configuration.name, logs=logs)
        self._write(self.folder / CONFIGURATION, self.configuration.canonical() + b"\n")

    def keys_of(self, origin: str) -> list[NoteKey] | None:
        """The keys of a log that is watched."""
        found = next((each for each in self.configuration.logs if each.origin == origin), None)
        return [log_key(vkey) for vkey in found.keys] if found else None

    def latest(self, origin: str) -> bytes | None:
        """The last checkpoint of a log that was cosigned, with the log's signatures and the cosignature, no others."""
        return self.latest_by_digest(hashlib.sha256(origin.encode()).hexdigest())

    def latest_by_digest(self, digest: str) -> bytes | None:
        """As :meth:`latest`, of the log whose origin has this SHA-256, in 64 lowercase hex digits."""
        try:
            return (self.folder / f"{digest}.checkpoint").read_bytes()
        except FileNotFoundError:
            return None

    def add_checkpoint(self, raw: bytes, signer: CosignatureSigner, now: int) -> Answer:
        """Answer a request; ``now`` is the witness's clock in POSIX seconds."""
        try:
            request = read_request(raw)
            origin, *rest = split_note(request.note)[0].split("\n")
        except MalformedError as error:
            return Answer(400, f"{error}\n")
        keys = self.keys_of(origin)
        if keys is None:
            return Answer(404, "this log is not watched here\n")
        try:
            checkpoint, _ = open_signed(request.note, keys)
        except VerificationError as error:
            return Answer(403, f"{error}\n")
        except MalformedError as error:
            empty = rest[:1] == ["0"]  # then its root is not the empty tree's
            return Answer(422 if empty else 400, f"{error}\n")
        if request.old > checkpoint.size:
            return Answer(400, "the old size is larger than the checkpoint's\n")
        with self._lock(origin):
            return self._decide(request, checkpoint, keys, signer, now)

    def _decide(
        self, request: Request, checkpoint: Checkpoint, keys: list[NoteKey], signer: CosignatureSigner, now: int
    ) -> Answer:
        stored = self.latest(checkpoint.origin)
        before = open_signed(stored, keys)[0] if stored else None
        size = before.size if before else 0
        if request.old != size:
            return Answer(409, f"{size}\n", SIZE_TYPE)
        if not _extends(before, checkpoint, request.proof):
            return Answer(422, "the proof does not show that this checkpoint extends the last one\n")
        try:
            line = signer.line(checkpoint.text(), now)
        except SignerFailed as error:
            return Answer(503, f"{error}\n")
        self._write(self._path(checkpoint.origin), _signed_by(keys, request.note) + line.encode())
        return Answer(200, line)

    def _write(self, path: Path, content: bytes) -> None:
        """Force the file to disk whole before anybody is told of it. A checkpoint is written under its log's lock."""
        durable.replace(path, content, partial=path.with_suffix(".new"))

    @contextmanager
    def _lock(self, origin: str) -> Iterator[None]:
        with self._path(origin).with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _path(self, origin: str) -> Path:
        return self.folder / f"{hashlib.sha256(origin.encode()).hexdigest()}.checkpoint"


def _signed_by(keys: list[NoteKey], note: bytes) -> bytes:
    """A verified note with the lines of these keys only, each once.

    Other lines are anybody's. They could be as many as a note may have, so that none fits behind them; and what claims
    to be this witness's would make others refuse the whole note.
    """
    text, lines = split_note(note)
    known = {(key.name, key.note_id) for key in keys}
    kept: dict[tuple[str, bytes], str] = {}
    for name, number, signature in lines:
        if (name, number) in known:
            kept.setdefault((name, number), write_line(name, number, signature))
    return (text + "\n" + "".join(list(kept.values())[: MAX_SIGNATURES - 1])).encode()


def _extends(before: Checkpoint | None, after: Checkpoint, proof: tuple[bytes, ...]) -> bool:
    if before is None or before.size == 0:
        return not proof
    return verify_consistency(before.size, after.size, before.root, after.root, proof)
