"""An Ed25519 key in a running ssh-agent, by the agent's protocol (draft-ietf-sshm-ssh-agent, four of its requests).

An ``ssh-ed25519`` signature is that of RFC 8032 over exactly the bytes sent (RFC 8709), which is what an entry needs.
Keys on FIDO tokens (``sk-ssh-ed25519``) sign something else, and are refused. Each request has its own connection, so
restarting the agent, or a fork, does no harm.
"""

from __future__ import annotations

import binascii
import hashlib
import os
import re
import socket as sockets
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.errors import Malformed
from ..edge.face import face
from ..errors import DeviceError, NoAgentError
from ..process import limits
from ..standards.ed25519 import PUBLIC_BYTES, SIGNATURE_BYTES, check_public_key, key_id
from ..standards.signing import within

if TYPE_CHECKING:
    from ..standards.ed25519 import Signer

SCHEME = "ssh-agent:"
MAX_MESSAGE_BYTES = 256 * 1024
"""The most bytes of a message in either direction: the limit of OpenSSH's agent."""

_FAILURE, _DONE, _LIST, _LISTED, _SIGN, _SIGNED = 5, 6, 11, 12, 13, 14
_REMOVE, _ADD_CONSTRAINED, _LIFETIME = 18, 25, 1
_MAX_KEYS = 2_048
_TYPE = b"ssh-ed25519"
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


class AgentSigner:
    """A signer whose private key stays in its ssh-agent."""

    __slots__ = ("_blob", "_socket", "public_key")

    def __init__(self, socket: str, public_key: bytes) -> None:
        self._socket, self._blob = socket, strings(_TYPE, public_key)
        self.public_key = public_key

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over ``message``.

        Raises:
            SignerFailed: the agent gives none.
        """
        answer = _ask(self._socket, _SIGN, strings(self._blob, message) + bytes(4))
        kind, answer = answer[:1], answer[1:]
        if kind == bytes([_FAILURE]):
            raise DeviceError("refuses to sign: the key was taken out, the agent is locked, or somebody said no")
        (signature,) = read_strings(answer, 1) if kind == bytes([_SIGNED]) else (b"",)
        algorithm, raw = read_strings(signature, 2)
        if algorithm != _TYPE or len(raw) != SIGNATURE_BYTES:
            raise _confused()
        return raw

    def __repr__(self) -> str:
        return f"<AgentSigner {key_id(self.public_key)}>"


@face
def ssh_agent_signer(fingerprint: str, *, socket: Path | str | None = None, seconds: float | None = None) -> Signer:
    """The signer of an Ed25519 key in a running ssh-agent.

    ``fingerprint`` is as shown by ``ssh-add -l``, such as ``SHA256:...``; ``socket`` defaults to ``SSH_AUTH_SOCK``,
    ``seconds`` to the process's limit for signers.

    >>> inblue.ssh_agent_signer("registrar")
    Traceback (most recent call last):
    inblue.domain.errors.Malformed: a key in an ssh-agent is named by its fingerprint, SHA256:... (see ssh-add -l)

    Raises:
        Malformed: not a fingerprint, or no agent is named.
        SignerFailed: the agent cannot be reached, has no such key, or did not answer within ``seconds``.
    """
    check_fingerprint(fingerprint)
    place = str(socket or os.environ.get("SSH_AUTH_SOCK", ""))
    if not place or "\0" in place:
        raise Malformed("no ssh-agent is named: SSH_AUTH_SOCK is not set")
    return within(seconds, lambda: _find(place, fingerprint), whose="the ssh-agent")


def check_fingerprint(text: str) -> None:
    """Refuse a text that is not a fingerprint as shown by ``ssh-add -l``.

    Raises:
        Malformed: it is none.
    """
    if not _FINGERPRINT.fullmatch(text):
        raise Malformed("a key in an ssh-agent is named by its fingerprint, SHA256:... (see ssh-add -l)")


def _find(place: str, fingerprint: str) -> AgentSigner:
    for blob in _keys(_ask(place, _LIST, b"")):
        if _fingerprint(blob) != fingerprint:
            continue
        kind = next(_each(blob), b"")
        if kind != _TYPE:
            raise DeviceError(
                f"has that key, of the type {kind[:40].decode('ascii', 'replace')!a}: {_TYPE.decode()} is needed"
            )
        _, public = read_strings(blob, 2)
        if len(public) != PUBLIC_BYTES:
            raise _confused()
        try:
            check_public_key(public)
        except Malformed as error:
            raise DeviceError(f"has a key that is refused: {error}") from None
        return AgentSigner(place, public)
    raise DeviceError("has no such key: see ssh-add -l")


def _fingerprint(blob: bytes) -> str:
    return "SHA256:" + binascii.b2a_base64(hashlib.sha256(blob).digest(), newline=False).decode().rstrip("=")


def _keys(answer: bytes) -> list[bytes]:
    """The keys in an agent's list of keys; comments are skipped."""
    if answer[:1] != bytes([_LISTED]) or len(answer) < 5:
        raise _confused()
    (number,) = struct.unpack_from(">I", answer, 1)
    if number > _MAX_KEYS:
        raise _confused()
    return read_strings(answer[5:], 2 * number)[::2]


def keys_of(place: str, *, peer: int | None = None) -> list[bytes]:
    """The public keys, of 32 bytes each, of the Ed25519 keys that the agent at ``place`` has.

    Raises:
        SignerFailed: as :func:`ssh_agent_signer`; or a user other than ``peer`` runs it.
    """
    parts = (list(_each(blob)) for blob in _keys(_ask(place, _LIST, b"", peer)))
    return [each[1] for each in parts if len(each) == 2 and each[0] == _TYPE and len(each[1]) == PUBLIC_BYTES]


def hand_over(place: str, seed: bytes, public_key: bytes, comment: str, seconds: int, *, peer: int) -> bool:
    """Give an agent a private key for a number of seconds; False if it accepts none, or none with an expiry.

    Raises:
        SignerFailed: as :func:`keys_of`; then nothing was given.
    """
    key = strings(_TYPE, public_key, seed + public_key, comment.encode())
    ends = struct.pack(">BI", _LIFETIME, seconds)
    return _ask(place, _ADD_CONSTRAINED, key + ends, peer) == bytes([_DONE])


def take_back(place: str, public_key: bytes, *, peer: int) -> bool:
    """Remove a key from an agent; False if it had none.

    Raises:
        SignerFailed: as :func:`keys_of`.
    """
    return _ask(place, _REMOVE, strings(strings(_TYPE, public_key)), peer) == bytes([_DONE])


def peer_of(connected: sockets.socket) -> int | None:
    """The user at the other end of a Unix socket, if the system says; else None."""
    option = getattr(sockets, "SO_PEERCRED", None)
    if option is None:
        return None
    _, user, _ = struct.unpack("3i", connected.getsockopt(sockets.SOL_SOCKET, option, struct.calcsize("3i")))
    found: int = user
    return found


def _ask(place: str, request: int, content: bytes, peer: int | None = None) -> bytes:
    """The agent's answer, without its length. With ``peer``, nothing is sent unless that user runs the agent."""
    message = struct.pack(">IB", len(content) + 1, request) + content
    if len(message) - 4 > MAX_MESSAGE_BYTES:
        raise DeviceError(f"takes messages of {MAX_MESSAGE_BYTES:,} bytes at most, and this one is longer")
    until = time.monotonic() + (seconds := limits().lock / 2)
    try:
        with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as agent:
            agent.settimeout(seconds)
            try:
                agent.connect(place)
            except (FileNotFoundError, ConnectionRefusedError) as error:
                raise NoAgentError(f"cannot be reached ({error.strerror})") from None
            if peer is not None and peer_of(agent) not in {peer, None}:
                raise NoAgentError("is run by another user; nothing was given to it")
            agent.sendall(message)
            (length,) = struct.unpack(">I", receive(agent, 4, until))
            if not 0 < length <= MAX_MESSAGE_BYTES:
                raise _confused()
            return receive(agent, length, until)
    except TimeoutError:
        raise DeviceError(f"gave no answer within {seconds:g} seconds") from None
    except (OSError, AttributeError) as error:  # missing on systems without such sockets
        raise DeviceError(f"cannot be reached ({getattr(error, 'strerror', None) or 'no Unix sockets here'})") from None


def receive(connected: sockets.socket, number: int, until: float) -> bytes:
    """Exactly that many bytes, before that moment of ``time.monotonic``.

    Raises:
        OSError: it took longer, or the connection broke.
        SignerFailed: the other end closed it earlier.
    """
    read = bytearray()
    while len(read) < number:
        connected.settimeout(max(until - time.monotonic(), 0.001))
        piece = connected.recv(number - len(read))
        if not piece:
            raise _confused()
        read += piece
    return bytes(read)


def strings(*values: bytes) -> bytes:
    """The RFC 4251 strings, in order."""
    return b"".join(struct.pack(">I", len(each)) + each for each in values)


def _each(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        start = at + 4
        at = start + int.from_bytes(content[at:start], "big")
        if start > len(content) or at > len(content):
            raise _confused()
        yield content[start:at]


def read_strings(content: bytes, number: int) -> list[bytes]:
    """Exactly that many strings, and nothing after them."""
    found = list(_each(content))
    if len(found) != number:
        raise _confused()
    return found


def _confused() -> DeviceError:
    return DeviceError("gave an answer that is not of the ssh-agent protocol")
