"""A witness: it cosigns a checkpoint only after a proof that it extends the one cosigned before (C2SP tlog-witness).

A delegation runs one. For each log it stores the last checkpoint that it cosigned, in a file that is forced to disk
before the response is sent, under a lock that two processes cannot hold at once. So it never cosigns two histories,
even if it is killed in between. If that file is missing, empty or damaged, it cosigns nothing for the log until its
operator has said where to begin again, which is recorded (:mod:`.configuration`).

A request is ``old N`` LF, up to 63 lines of base64 hashes, an empty line, and the checkpoint. Responses, checked in
this order: 400 not a request; 404 unknown log; 403 not signed by the log's current key; 400 N larger than the
checkpoint; 409 another size is stored, or another root of that size (the body says the size); 422 no proof that one
extends the other; 503 the witness's own record, clock, key or disk does not allow it; 200 with the cosignature line.

For one log its times never go back. If the clock is up to a minute before the last time given, that time is given
again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, Self, TypeAlias

from ...domain.errors import InblueError, Malformed, Refused
from ...domain.instant import format_instant
from ...domain.naming import check_names
from .. import durable
from ..errors import Broken, NotFound, SignerFailed, UnusableError
from ..outside import open_outside
from ..standards.checkpoint import Checkpoint, open_signed
from ..standards.cosignature import CosignatureSigner, CosignatureVerifier, cosigners, log_key
from ..standards.merkle import verify_consistency
from ..standards.note import MAX_NOTE_BYTES, NoteKey, check_name, split_note
from .configuration import MAX_KEYS, Configuration, ConfigurationFile, Restart, WatchedLog, locked
from .handover import Handover, followed, read_handover
from .kept import signed_by, signers_of
from .request import SIZE_TYPE, Answer, Request, read_request

MAX_BEHIND = 60

Watching: TypeAlias = Literal["new", "known", "next", "replaced"]
"""The result of adding a log's key: a new log; its current key; its next key; a former key."""


class Stored(NamedTuple):
    """What a witness knows of a log: the checkpoint cosigned last, and when; 0: not since its last restart."""

    checkpoint: Checkpoint
    time: int


class WitnessState:
    """A witness's folder: ``witness.json``, ``keys``, and for each log the last checkpoint cosigned.

    Raises:
        UnusableError, Malformed: no witness is in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = ConfigurationFile(folder)
        self._file.read()

    @property
    def configuration(self) -> Configuration:
        """The current content of ``witness.json``.

        Raises:
            UnusableError, Malformed: it cannot be read, or is not one.
        """
        return self._file.read()

    @classmethod
    def create(cls, folder: Path, name: str, logs: Iterable[WatchedLog]) -> Self:
        """Create a witness's folder; the caller stores its key in ``folder/keys``.

        Raises:
            Refused, UnusableError: a witness is in it already, or it cannot be written.
            Malformed: a name that no signature line could hold, or that people may mistake for another.
        """
        check_name(name)
        check_names({"name": name})
        configuration = Configuration(name=name, logs=tuple(logs))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            ConfigurationFile(folder).create(configuration)
        except FileExistsError:
            raise Refused(None, f"{folder}: there is a witness already; nothing was changed") from None
        except OSError as error:
            raise UnusableError(f"{folder}: {error.strerror}") from None
        return cls(folder)

    def watch(self, vkey: str, *, again: bool = False) -> Watching:
        """Watch the log with this key. For a watched log it becomes the current key, and the only one that may sign.

        A replaced key stays replaced, unless ``again`` puts it back in place of its successor.

        Raises:
            Malformed: not a log's key, its name may be taken for another, or there are too many logs or keys.
            UnusableError: the configuration cannot be changed.
        """
        origin = log_key(vkey).name
        check_names({"log": origin})
        found: list[Watching] = []

        def told(now: Configuration) -> Configuration:
            log = now.log(origin)
            if log is None:
                found.append("new")
                return now.having(WatchedLog(origin=origin, keys=(vkey,)))
            back = now.having(log.model_copy(update={"watched": True}))
            if vkey == log.keys[-1]:
                found.append("known" if log.watched else "new")
                return back
            if vkey in log.keys and not again:
                found.append("replaced")
                return back
            found.append("next")
            return now.having(_with_keys(log, (vkey,)))

        with self._lock(origin):
            self._file.change(told)
        return found[-1]

    def unwatch(self, origin: str) -> None:
        """Stop cosigning this log. The last cosigned checkpoint is kept, in case it is watched again.

        Raises:
            NotFound, UnusableError: it is not watched, or the configuration cannot be changed.
        """
        with self._lock(origin):
            self._file.change(lambda now: now.having(_watched(now, origin).model_copy(update={"watched": False})))

    def begin_anew(
        self, origin: str, note: bytes | None, verifier: CosignatureVerifier, *, reason: str, now: datetime
    ) -> bool:
        """Continue from the checkpoint in ``note`` if the last cosigned one is lost; None: from whatever comes first.

        This is recorded in the configuration, and the damaged file, if any, is kept beside the new one. If nothing is
        lost, only the last cosigned note is accepted: then its time, made by a wrong clock, is given up.

        Returns whether ``note`` shows that this witness, with the key ``verifier``, has cosigned it.

        Raises:
            NotFound, Refused, UnusableError: the log is not watched, nothing is lost, or the folder cannot be written.
            Malformed, Broken: not a checkpoint signed by the log; a reason that is empty or has several lines.
        """
        with self._lock(origin):
            log = _watched(self.configuration, origin)
            keys = [log_key(vkey) for vkey in log.keys]
            checkpoint = open_signed(note, keys)[0] if note is not None else None
            own = note is not None and verifier in cosigners(note, [verifier])
            there = self._there(log, verifier)
            if there is not None and there != checkpoint:
                raise Refused(
                    None, f"{origin}: nothing is lost: {there.size:,} entries are cosigned; nothing was changed"
                )
            said = {"at": format_instant(now), "size": checkpoint.size if checkpoint else 0, "reason": reason}
            restart = Restart.of(said, where="begin-anew")

            def told(current: Configuration) -> Configuration:
                with_it = {"restarts": (*log.restarts, restart), "begun": checkpoint is not None}
                return current.having(log.model_copy(update=with_it))

            self._file.change(told)
            path = self._path(origin)
            try:
                if path.exists():
                    path.rename(path.with_suffix(f".given-up-{len(log.restarts) + 1}"))
                    durable.sync_folder(self.folder)
                if note is not None:
                    self._write(path, signed_by([*keys, verifier] if there is None else keys, note))
            except OSError as error:
                raise UnusableError(f"{path}: {error.strerror}; say it again") from None
        return own

    def keys_of(self, origin: str) -> list[NoteKey] | None:
        """The keys of a watched log, the current one last."""
        found = self.configuration.log(origin)
        return [log_key(vkey) for vkey in found.keys] if found and found.watched else None

    def latest(self, origin: str) -> bytes | None:
        """The last cosigned checkpoint of a log, with only the log's signatures and the cosignature."""
        return self.latest_by_digest(hashlib.sha256(origin.encode()).hexdigest())

    def latest_by_digest(self, digest: str) -> bytes | None:
        """The same as :meth:`latest`, for the log whose origin has this SHA-256, in 64 lowercase hex digits. It is the
        content of the file, unparsed.

        Raises:
            Malformed, UnusableError: the file cannot be read, or is larger than a note may be.
        """
        path = self.folder / f"{digest}.checkpoint"
        try:
            with open_outside(path) as file:
                raw = file.read(MAX_NOTE_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnusableError(f"{path}: {error.strerror}") from None
        if len(raw) > MAX_NOTE_BYTES:
            raise Malformed(f"{path}: larger than a checkpoint")
        return raw

    def stored(self, log: WatchedLog, verifier: CosignatureVerifier) -> Stored | None:
        """The last cosigned checkpoint of a log; None if nothing ever was.

        Raises:
            UnusableError: it is lost.
        """
        try:
            raw = self.latest(log.origin)
            if raw is None:
                if not log.begun:
                    return None
                raise UnusableError("it is gone")
            if not raw:
                raise UnusableError("its file is empty")
            checkpoint = open_signed(raw, [log_key(vkey) for vkey in log.keys])[0]
            time = cosigners(raw, [verifier]).get(verifier)
        except InblueError as error:
            raise UnusableError(_lost(log.origin, str(error))) from None
        if time is None and not (log.restarts and log.restarts[-1].size == checkpoint.size):
            raise UnusableError(_lost(log.origin, "this witness has not signed what its file holds"))
        return Stored(checkpoint, time or 0)

    def shown(self, digest: str, verifier: CosignatureVerifier) -> Answer:
        """The last cosigned checkpoint, for monitors, of the log whose origin has this SHA-256 in hex."""
        try:
            logs = self.configuration.logs
            log = next((log for log in logs if hashlib.sha256(log.origin.encode()).hexdigest() == digest), None)
            stored = self.stored(log, verifier) if log else None
            note = self.latest_by_digest(digest) if stored and stored.time else None
        except InblueError as error:
            return Answer(503, f"{error}\n")
        return Answer(200, note.decode()) if note is not None else Answer(404, "there is nothing here\n")

    def add_checkpoint(self, raw: bytes, signer: CosignatureSigner, now: int) -> Answer:
        """Answer a request; ``now`` is the witness's clock in POSIX seconds."""
        try:
            request = read_request(raw)
            return self._answer(request, None, signer, now)
        except Malformed as error:
            return Answer(400, f"{error}\n")

    def follow(self, raw: bytes, signer: CosignatureSigner, now: int) -> Answer:
        """Answer a request to follow a log to its next key, and to cosign what that key signed (:mod:`.handover`)."""
        try:
            handover, behind = read_handover(raw)
            return self._answer(read_request(behind), handover, signer, now)
        except Malformed as error:
            return Answer(400, f"{error}\n")

    def _answer(self, request: Request, handover: Handover | None, signer: CosignatureSigner, now: int) -> Answer:
        origin = request.origin
        try:
            if self.keys_of(origin) is None:
                return Answer(404, "this log is not watched here\n")
            with self._lock(origin):
                return self._decide(request, origin, handover, signer, now)
        except (NotFound, UnusableError, Malformed) as error:  # of its own data
            return Answer(503, f"{error}\n")
        except OSError as error:
            return Answer(503, f"this witness cannot keep what it would cosign: {error.strerror}\n")

    def _decide(
        self,
        request: Request,
        origin: str,
        handover: Handover | None,
        signer: CosignatureSigner,
        now: int,
    ) -> Answer:
        log = self.configuration.log(origin)
        if log is None or not log.watched:
            return Answer(404, "this log is not watched here\n")
        try:  # for the key that is current now: another request was first
            successors = followed(handover, log.keys[-1], request.note) if handover is not None else ()
        except Malformed as error:
            return Answer(400, f"{error}\n")
        except Broken as error:
            return Answer(403, f"{error}\n")
        told = _with_keys(log, successors) if successors else log
        try:
            checkpoint, _ = open_signed(request.note, [log_key(told.keys[-1])])
        except Broken as error:
            return Answer(403, f"{error}\n")
        except Malformed as error:
            empty = split_note(request.note)[0].split("\n")[1:2] == ["0"]  # then its root is not the empty tree's
            return Answer(422 if empty else 400, f"{error}\n")
        if request.old > checkpoint.size:
            return Answer(400, "the old size is larger than the checkpoint's\n")
        before = self.stored(log, signer.verifier)
        size = before.checkpoint.size if before else 0
        if request.old != size or (before and checkpoint.size == size and checkpoint.root != before.checkpoint.root):
            return Answer(409, f"{size}\n", SIZE_TYPE)
        if not _extends(before.checkpoint if before else None, checkpoint, request.proof):
            return Answer(422, "the proof does not show that this checkpoint extends the last one\n")
        time = _time(now, before.time if before else 0)
        try:
            line = signer.line(checkpoint.text(), time)
        except SignerFailed as error:
            return Answer(503, f"{error}\n")
        if told != log:
            self._file.change(lambda current: current.having(told))
        self._write(self._path(origin), signed_by(signers_of(told, request.note), request.note) + line.encode())
        if not told.begun:
            self._file.change(lambda current: current.having(told.model_copy(update={"begun": True})))
        return Answer(200, line)

    def _there(self, log: WatchedLog, verifier: CosignatureVerifier) -> Checkpoint | None:
        """The last cosigned checkpoint, if it is not lost.

        Raises:
            Refused: nothing was ever cosigned, so nothing can be lost.
        """
        try:
            stored = self.stored(log, verifier)
        except UnusableError:
            return None
        if stored is None:
            raise Refused(None, f"{log.origin}: nothing was cosigned yet, so nothing is lost")
        return stored.checkpoint

    def _write(self, path: Path, content: bytes) -> None:
        """Write the file durably before anybody is told of it. A checkpoint is written under its log's lock."""
        durable.replace(path, content, partial=path.with_suffix(".new"))

    @contextmanager
    def _lock(self, origin: str) -> Iterator[None]:
        with locked(self._path(origin).with_suffix(".lock")):
            yield

    def _path(self, origin: str) -> Path:
        return self.folder / f"{hashlib.sha256(origin.encode()).hexdigest()}.checkpoint"


def _watched(configuration: Configuration, origin: str) -> WatchedLog:
    log = configuration.log(origin)
    if log is None or not log.watched:
        known = ", ".join(each.origin for each in configuration.logs if each.watched) or "none"
        raise NotFound(f"{origin!a} is not watched here; watched: {known}")
    return log


def _with_keys(log: WatchedLog, keys: tuple[str, ...]) -> WatchedLog:
    """The log with these keys added, the last one being current."""
    all_keys = (*(key for key in log.keys if key not in keys), *keys)
    if len(all_keys) > MAX_KEYS:
        raise Malformed(f"{log.origin}: it has had {MAX_KEYS} keys already")
    return log.model_copy(update={"keys": all_keys, "watched": True})


def _lost(origin: str, why: str) -> str:
    return f"the record of what was cosigned last of {origin} is lost ({why}); see inblue witness begin-anew"


def _time(now: int, last: int) -> int:
    """The time to sign.

    Raises:
        UnusableError: the clock is wrong.
    """
    if now < 1:
        raise UnusableError("this witness's clock says that it is 1970 or earlier; it is to be set")
    if last - now > MAX_BEHIND:
        raise UnusableError(f"this witness's clock is {last - now:,} s behind its last cosignature; it is to be set")
    return max(now, last)


def _extends(before: Checkpoint | None, after: Checkpoint, proof: tuple[bytes, ...]) -> bool:
    if before is None or before.size == 0:
        return not proof
    return verify_consistency(before.size, after.size, before.root, after.root, proof)
