"""Keys that are unlocked for a sitting: in a running ssh-agent, or in Inblue's own agent, until a set time.

The own agent is a process that has the keys only in memory (:mod:`.key_agent`), with a socket in a folder that only its
owner can access. It speaks the protocol of any ssh-agent. Nothing is sent to a folder, a socket or a process of another
user.
"""

from __future__ import annotations

import os
import socket as sockets
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from ..errors import Busy, NoAgentError, SignerFailed, UnusableError
from ..process import limits
from .ssh_agent import AgentSigner, hand_over, keys_of, take_back

MAX_SECONDS = 24 * 60 * 60
_LONGEST_PATH = 100  # bytes of a socket's path: systems allow 103 to 107
_TRIES = 5  # an agent that was just locked may exit after it was asked, and before it is given the keys
_OWN, _SSH = "an agent of inblue's own", "the ssh-agent"


class Secret(NamedTuple):
    """A private key to give to an agent, with its name."""

    name: str
    public_key: bytes
    seed: bytes

    def __repr__(self) -> str:
        return f"<Secret {self.name}>"


def own_socket() -> Path:
    """Where the socket of the own agent is, or would be."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given.startswith("/"):
        return Path(given) / "inblue" / "agent"
    return Path(tempfile.gettempdir()) / f"inblue-{_user()}" / "agent"


def held(public_key: bytes) -> AgentSigner | None:
    """The signer of an unlocked key, in the own agent or in the ssh-agent; None if it is in neither."""
    for place in _places():
        with suppress(SignerFailed):
            if public_key in keys_of(place, peer=_user()):
                return AgentSigner(place, public_key)
    return None


def unlock(secrets: Iterable[Secret], seconds: int, *, own: bool = False) -> str:
    """Give keys to an agent for a number of seconds; return which: the ssh-agent if one accepts them, or the own one.

    Raises:
        Broken: the place of the own socket belongs to somebody else, or no socket can be there.
        Busy: another process has been starting an agent there for as long as the limit ``lock``.
        SignerFailed: an agent does not accept them.
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
    for _ in range(_TRIES):
        place = str(_started())
        with suppress(SignerFailed):
            if all(_give(place, each, seconds) for each in given):
                return _OWN
    raise SignerFailed("the agent does not accept the keys; end it with inblue lock, and try again")


def lock(public_keys: Iterable[bytes]) -> int:
    """Remove these keys from all agents; return how many they had. The own agent exits when it has none left.

    Raises:
        SignerFailed: an agent is there and gives no answer, so it may still have them. The others were asked as well.
    """
    wanted, taken, unsure = tuple(public_keys), 0, ""
    for place in _places():
        try:
            with suppress(NoAgentError):
                taken += sum(take_back(place, each, peer=_user()) for each in wanted)
        except SignerFailed as error:
            unsure = f"the agent at {place} {error}; it may still have the keys, so end its process"
    if unsure:
        raise SignerFailed(unsure)
    return taken


def why_unsafe() -> str | None:
    """What is wrong with the place of the own agent's socket; None if nothing is, or if nothing is there."""
    place = own_socket()
    try:
        _check_folder(place.parent)
        _check_socket(place)
    except FileNotFoundError:
        return None
    except UnusableError as error:
        return str(error)
    return None


@contextmanager
def alone_in(folder: Path, *, seconds: float) -> Iterator[bool]:
    """Lock the folder of the own socket among processes; False if others had it for so many seconds.

    Whoever puts a socket there or removes one does so in here: an agent that exits and one that starts would else
    remove each other's.

    Raises:
        OSError: the folder cannot be opened.
    """
    import fcntl  # as the sockets, not on every system

    until, alone = time.monotonic() + seconds, False
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                alone = True
            if alone or time.monotonic() >= until:
                break
            time.sleep(0.02)
        yield alone
    finally:
        os.close(opened)


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else -1


def _give(place: str, secret: Secret, seconds: int) -> bool:
    return hand_over(place, secret.seed, secret.public_key, f"inblue {secret.name}", seconds, peer=_user())


def _places() -> list[str]:
    """The sockets to use: the own one, if nothing is wrong with it, and that of the ssh-agent."""
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
    """The socket of the own agent, which is started if none answers."""
    place = own_socket()
    if len(os.fsencode(place)) > _LONGEST_PATH:
        raise UnusableError(f"{place}: too long for a socket; set XDG_RUNTIME_DIR to a shorter folder of your own")
    try:
        with suppress(FileExistsError):
            place.parent.mkdir(mode=0o700)
        _check_folder(place.parent)
        with alone_in(place.parent, seconds=limits().lock) as alone:
            if not alone:
                raise Busy(f"{place.parent}: another process is starting an agent there; try again later")
            if not _answers(place):
                _start(place)
    except OSError as error:
        raise UnusableError(f"{place}: no agent can be started: {error.strerror}") from None
    return place


def _answers(place: Path) -> bool:
    """Whether an agent of ours answers there. A socket left by one that is gone is removed."""
    with suppress(FileNotFoundError):
        _check_socket(place)
        with suppress(SignerFailed):
            keys_of(str(place), peer=_user())
            return True
        place.unlink()
    return False


def _start(place: Path) -> None:
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as listening:
        listening.bind(str(place))
        place.chmod(0o600)
        listening.listen(16)
        _begin(listening, place)


def _begin(listening: sockets.socket, place: Path) -> None:
    """Start a separate process with the socket as its standard input, without our environment or terminal."""
    program = "from inblue.ledger.devices.key_agent import serve; serve()"
    null = subprocess.DEVNULL
    subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-I", "-c", program, str(place), str(place.lstat().st_ino)],
        stdin=listening.fileno(), stdout=null, stderr=null, cwd="/", env={}, start_new_session=True,
    )  # fmt: skip
