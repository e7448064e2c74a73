"""Inblue's own agent: a process that signs with the keys it was given, until they expire.

It speaks the ssh-agent protocol (draft-ietf-sshm-ssh-agent): it lists keys, adds them with an expiry, removes them, and
signs. It listens on the socket that is its standard input, answers only its own user, writes no files, leaves no core
dump, and exits when it has no key left. A key always has an expiry, on a clock that keeps counting during sleep.
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
from .sitting import MAX_SECONDS, alone_in
from .ssh_agent import MAX_MESSAGE_BYTES, peer_of, read_strings, receive, strings

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
    """The keys in memory, and the answers to messages."""

    def __init__(self) -> None:
        self._keys: dict[bytes, tuple[Ed25519PrivateKey, bytes, float]] = {}
        self._lock = Lock()
        self._until = _now() + _FIRST_KEY_SECONDS
        self._over = False

    @property
    def over(self) -> bool:
        """Whether it has no key left, or got none in time. Then it stays so: a key added now would be lost."""
        with self._lock:
            self._forget()
            self._over = self._over or (not self._keys and _now() >= self._until)
            return self._over

    def answer(self, message: bytes) -> bytes:
        """The answer to a message, both without their length. An unknown message fails and changes nothing."""
        with self._lock:
            self._forget()
            if self._over:
                return bytes([_FAILURE])
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
    """Answer on the socket that is the standard input, until no key is left. Its path and inode are the arguments."""
    leave_no_dump()
    place, own, listening = Path(sys.argv[1]), int(sys.argv[2]), sockets.socket(fileno=os.dup(0))
    agent, places = KeyAgent(), BoundedSemaphore(_AT_ONCE)
    listening.listen(16)  # again, so that the system reports this process as the peer
    listening.settimeout(0.5)
    while not agent.over and _is_ours(place, own):
        with suppress(TimeoutError):
            asked, _ = listening.accept()
            places.acquire()
            Thread(target=_attend, args=(agent, asked, places), daemon=True).start()
    with suppress(OSError), alone_in(place.parent, seconds=0) as alone:
        if alone and _is_ours(place, own):  # else somebody is at it, and replaces a socket that nobody answers at
            place.unlink()
    listening.close()
    os.close(0)
    until = time.monotonic() + _MESSAGE_SECONDS
    for _ in range(_AT_ONCE):  # all who are connected are answered first, also whoever took back the last key
        places.acquire(timeout=max(until - time.monotonic(), 0))
    os._exit(0)


def _is_ours(place: Path, own: int) -> bool:
    """Whether the socket still has its name: without it nobody can connect, or lock the keys."""
    try:
        return place.lstat().st_ino == own
    except OSError:
        return False


def _attend(agent: KeyAgent, asked: sockets.socket, places: BoundedSemaphore) -> None:
    """Answer one connection, from this user only; an idle one is closed."""
    try:
        with asked, suppress(OSError, DeviceError):
            while peer_of(asked) in {os.getuid(), None}:
                until = time.monotonic() + _MESSAGE_SECONDS
                (length,) = struct.unpack(">I", receive(asked, 4, until))
                if not 0 < length <= MAX_MESSAGE_BYTES:
                    return
                answer = agent.answer(receive(asked, length, until))
                asked.sendall(struct.pack(">I", len(answer)) + answer)
    finally:
        places.release()


def _now() -> float:
    """Seconds on a clock that also runs while the machine sleeps, if the system has one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
