"""An agent of our own: a process that signs with the keys that it was given, until their time is over.

It speaks the ssh-agent protocol (draft-ietf-sshm-ssh-agent): keys are listed, added with an end, removed, and sign. It
listens on the socket that is its input, answers nobody but its own user, writes nothing anywhere, leaves no dump of
its memory, and ends when it has no key left. A key always has an end, counted in time that passes also in sleep.
"""

from __future__ import annotations

import os
import socket as sockets
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore, Lock, Thread
from typing import TYPE_CHECKING, NoReturn

from ..errors import DeviceError
from ..process import leave_no_dump
from .sitting import MAX_SECONDS
from .ssh_agent import MAX_MESSAGE_BYTES, peer_of, read_strings, strings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MAX_KEYS = 64
_FAILURE, _DONE, _LISTED, _SIGNED, _LIFETIME = 5, 6, 12, 14, 1
_LIST, _SIGN, _REMOVE, _REMOVE_ALL, _ADD_CONSTRAINED = 11, 13, 18, 19, 25
_TYPE = b"ssh-ed25519"
_FIRST_KEY_SECONDS = 30
_MESSAGE_SECONDS = 5.0
_AT_ONCE = 16


class KeyAgent:
    """The keys in memory, and what is answered to a message."""

    def __init__(self) -> None:
        self._keys: dict[bytes, tuple[Ed25519PrivateKey, bytes, float]] = {}
        self._lock = Lock()
        self._until = _now() + _FIRST_KEY_SECONDS

    @property
    def over(self) -> bool:
        """Whether it has no key left, or got none in time."""
        with self._lock:
            self._forget()
            return not self._keys and _now() >= self._until

    def answer(self, message: bytes) -> bytes:
        """The answer to a message, both without their length. What is not understood fails, and changes nothing."""
        with self._lock:
            self._forget()
            try:
                return self._answer(message[:1], message[1:])
            except (DeviceError, ValueError):
                return bytes([_FAILURE])

    def _answer(self, kind: bytes, content: bytes) -> bytes:
        request = kind[0] if kind else 0
        if request == _LIST and not content:
            listed = (part for blob, (_, comment, _) in self._keys.items() for part in (blob, comment))
            return bytes([_LISTED]) + struct.pack(">I", len(self._keys)) + strings(*listed)
        if request == _SIGN:
            return self._sign(content)
        if request == _ADD_CONSTRAINED:
            return self._add(content)
        if request == _REMOVE:
            return self._ended(read_strings(content, 1))
        if request == _REMOVE_ALL and not content:
            return self._ended(list(self._keys))
        return bytes([_FAILURE])

    def _sign(self, content: bytes) -> bytes:
        if content[-4:] != bytes(4):
            return bytes([_FAILURE])
        blob, message = read_strings(content[:-4], 2)
        if blob not in self._keys:
            return bytes([_FAILURE])
        signature = self._keys[blob][0].sign(message)
        return bytes([_SIGNED]) + strings(strings(_TYPE, signature))

    def _add(self, content: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if content[-5:-4] != bytes([_LIFETIME]) or len(self._keys) >= MAX_KEYS:
            return bytes([_FAILURE])
        (seconds,) = struct.unpack(">I", content[-4:])
        kind, public, private, comment = read_strings(content[:-5], 4)
        if kind != _TYPE or len(private) != 64 or not 0 < seconds <= MAX_SECONDS:
            return bytes([_FAILURE])
        key = Ed25519PrivateKey.from_private_bytes(private[:32])
        if not key.public_key().public_bytes_raw() == public == private[32:]:
            return bytes([_FAILURE])
        self._keys[strings(_TYPE, public)] = (key, comment[:200], _now() + seconds)
        self._until = 0.0
        return bytes([_DONE])

    def _ended(self, blobs: list[bytes]) -> bytes:
        return bytes([_DONE if [self._keys.pop(each, None) for each in blobs] != [None] else _FAILURE])

    def _forget(self) -> None:
        now = _now()
        for blob in [blob for blob, (_, _, until) in self._keys.items() if until <= now]:
            del self._keys[blob]


def serve() -> NoReturn:
    """Answer at the socket that is the input, whose path is the first argument, until no key is left."""
    leave_no_dump()
    place, listening = Path(sys.argv[1]), sockets.socket(fileno=os.dup(0))
    own, agent, places = place.lstat().st_ino, KeyAgent(), BoundedSemaphore(_AT_ONCE)
    listening.listen(16)  # again, so that the system names this process at the other end
    listening.settimeout(0.5)
    while not agent.over and _is_ours(place, own):
        with suppress(TimeoutError):
            asked, _ = listening.accept()
            places.acquire()
            Thread(target=_attend, args=(agent, asked, places), daemon=True).start()
    listening.close()
    if _is_ours(place, own):
        place.unlink(missing_ok=True)
    os._exit(0)


def _is_ours(place: Path, own: int) -> bool:
    """Whether the socket still has its name: without one nobody can ask, or lock."""
    try:
        return place.lstat().st_ino == own
    except OSError:
        return False


def _attend(agent: KeyAgent, asked: sockets.socket, places: BoundedSemaphore) -> None:
    """Answer one connection, of this very user; one that says nothing for a while is closed."""
    try:
        with asked, suppress(OSError, struct.error):
            if peer_of(asked) not in {os.getuid(), None}:
                return
            asked.settimeout(_MESSAGE_SECONDS)
            while head := asked.recv(4, sockets.MSG_WAITALL):
                (length,) = struct.unpack(">I", head)
                if not 0 < length <= MAX_MESSAGE_BYTES:
                    return
                message = asked.recv(length, sockets.MSG_WAITALL)
                if len(message) != length:
                    return
                answer = agent.answer(message)
                asked.sendall(struct.pack(">I", len(answer)) + answer)
    finally:
        places.release()


def _now() -> float:
    """Seconds that pass also while the machine sleeps, where the system counts them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
