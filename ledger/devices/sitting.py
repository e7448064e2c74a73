"""Keys that are unlocked for a sitting: in a running ssh-agent, or in an agent of our own, until an hour.

An agent of our own is a process that has the keys in memory only (:mod:`.key_agent`), and a socket in a folder that is
only its owner's. It is spoken to as any ssh-agent is. Whatever does not belong to this user is neither asked nor given
anything: a folder or socket of somebody else, or a process of somebody else at the end of one.
"""

from __future__ import annotations

import os
import socket as sockets
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..errors import SignerFailed, UnusableError
from .ssh_agent import AgentSigner, hand_over, keys_of, take_back

MAX_SECONDS = 24 * 60 * 60
_LONGEST_PATH = 100  # bytes of a socket's path: systems have room for 103 to 107
_OWN, _SSH = "an agent of inblue's own", "the ssh-agent"


class Secret(NamedTuple):
    """A private key to be handed over, by its name."""

    name: str
    public_key: bytes
    seed: bytes

    def __repr__(self) -> str:
        return f"<Secret {self.name}>"


def own_socket() -> Path:
    """Where the socket of an agent of our own is, or would be."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given.startswith("/"):
        return Path(given) / "inblue" / "agent"
    return Path(tempfile.gettempdir()) / f"inblue-{_user()}" / "agent"


def held(public_key: bytes) -> AgentSigner | None:
    """The signer of a key that is unlocked, in an agent of our own or in the ssh-agent; None where it is in neither."""
    for place in _places():
        with suppress(SignerFailed):
            if public_key in keys_of(place, peer=_user()):
                return AgentSigner(place, public_key)
    return None


def unlock(secrets: Iterable[Secret], seconds: int, *, own: bool = False) -> str:
    """Hand keys over for so many seconds; gives to what: the ssh-agent where there is one that takes them, or our own.

    Raises:
        Broken: where the socket of our own would be is a place of somebody else's, or none can be there.
        SignerFailed: an agent does not take them.
    """
    if not hasattr(sockets, "AF_UNIX"):
        raise UnusableError("this system has no Unix sockets, and so no agent; use --passphrase-file")
    given = tuple(secrets)
    running = os.environ.get("SSH_AUTH_SOCK", "")
    if running and not own:
        with suppress(SignerFailed):
            if all(_give(running, each, seconds) for each in given):
                return _SSH
            for each in given:
                take_back(running, each.public_key, peer=_user())
    place = str(_started())
    if not all(_give(place, each, seconds) for each in given):
        raise SignerFailed("the agent does not take the keys; end it with inblue lock, and try again")
    return _OWN


def lock(public_keys: Iterable[bytes]) -> int:
    """Have all agents forget these keys; gives how many they had. An agent of our own ends when it has none left."""
    wanted, taken = tuple(public_keys), 0
    for place in _places():
        for each in wanted:
            with suppress(SignerFailed):
                taken += take_back(place, each, peer=_user())
    return taken


def why_unsafe() -> str | None:
    """What is wrong with the place of our own agent's socket; None where nothing is, or nothing is there."""
    place = own_socket()
    try:
        _check_folder(place.parent)
        _check_socket(place)
    except FileNotFoundError:
        return None
    except UnusableError as error:
        return str(error)
    return None


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else -1


def _give(place: str, secret: Secret, seconds: int) -> bool:
    return hand_over(place, secret.seed, secret.public_key, f"inblue {secret.name}", seconds, peer=_user())


def _places() -> list[str]:
    """The sockets that are asked: ours, if nothing is wrong with it, and that of the ssh-agent."""
    place = own_socket()
    own = [str(place)] if why_unsafe() is None and place.exists() else []
    running = os.environ.get("SSH_AUTH_SOCK", "")
    return [*own, running] if running and "\0" not in running else own


def _check_folder(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != _user():
        raise UnusableError(f"{folder} is not a folder of your own; no key is given to what is there")
    if found.st_mode & 0o077:
        raise UnusableError(f"{folder} is open to others; no key is given to what is there: chmod 700 {folder}")


def _check_socket(place: Path) -> None:
    found = place.lstat()
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid != _user():
        raise UnusableError(f"{place} is not a socket of your own; no key is given to it: remove it")


def _started() -> Path:
    """The socket of our own agent, which is begun where none answers."""
    place = own_socket()
    if len(os.fsencode(place)) > _LONGEST_PATH:
        raise UnusableError(f"{place}: too long for a socket; set XDG_RUNTIME_DIR to a shorter folder of your own")
    try:
        with suppress(FileExistsError):
            place.parent.mkdir(mode=0o700)
        _check_folder(place.parent)
        with suppress(FileNotFoundError):
            _check_socket(place)
            with suppress(SignerFailed):
                keys_of(str(place), peer=_user())
                return place
            place.unlink()  # of an agent that is gone, in our own folder
        with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as listening:
            listening.bind(str(place))
            place.chmod(0o600)
            listening.listen(16)
            _begin(listening, place)
    except OSError as error:
        raise UnusableError(f"{place}: no agent can be begun: {error.strerror}") from None
    return place


def _begin(listening: sockets.socket, place: Path) -> None:
    """A process of its own, which gets the socket as its input, and nothing of ours: no environment, no terminal."""
    program = "from inblue.ledger.devices.key_agent import serve; serve()"
    null = subprocess.DEVNULL
    subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-I", "-c", program, str(place)],
        stdin=listening.fileno(), stdout=null, stderr=null, cwd="/", env={}, start_new_session=True,
    )  # fmt: skip
