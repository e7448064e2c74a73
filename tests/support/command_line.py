"""The command ``inblue`` as a process of its own, without a new interpreter for each call.

Most of what a short command takes is the importing of what it needs. A server, one for each process of the tests, has
imported all of it; for each call it forks a process that takes the arguments, environment, folder and files of that
call and then does what the installed script does. The script itself is run where that matters: in the demonstrations,
and in the tests of what is imported, killed, watched or piped.

A key that one call has made or opened is opened without scrypt by the next, with the same passphrase: scrypt is slow on
purpose, and took three quarters of a call that signs. The tests of the key store derive every time.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import pickle
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn

_SECONDS = 300
_STATUS = struct.Struct("<i")
_AT_START = ("LC_ALL", "LC_CTYPE", "PYTHON")  # what an interpreter reads once, when it starts


def call(
    command: Sequence[str], *, env: Mapping[str, str], cwd: Path | None = None, check: bool = False
) -> subprocess.CompletedProcess[str]:
    """What :func:`subprocess.run` gives for ``[INBLUE, ...]`` with nothing to read and its output captured as text."""
    if any(name.startswith(_AT_START) for name in env):
        return subprocess.run(
            command, env=env, cwd=cwd, check=check, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = _asked(pickle.dumps((list(command), dict(env), str(cwd or Path.cwd()))), out.fileno(), err.fileno())
        said = [_text(file.read()) for file in (out, err) if file.seek(0) == 0]
    done = subprocess.CompletedProcess(list(command), status, *said)
    if check:
        done.check_returncode()
    return done


def _text(raw: bytes) -> str:
    return raw.decode().replace("\r\n", "\n").replace("\r", "\n")  # as subprocess does


def _asked(call: bytes, *files: int) -> int:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(_SECONDS)
        asking.connect(_server())
        socket.send_fds(asking, [_STATUS.pack(len(call))], files)
        asking.sendall(call)
        answer = asking.recv(_STATUS.size, socket.MSG_WAITALL)
    if len(answer) != _STATUS.size:
        raise ChildProcessError("the server of commands has died")
    status: int = _STATUS.unpack(answer)[0]
    return status


@cache
def _server() -> str:
    folder = tempfile.mkdtemp(prefix="inblue-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    address = f"{folder}/command"
    env = {"PATH": os.environ["PATH"]}
    server = subprocess.Popen([sys.executable, "-P", __file__, address], env=env, stdin=subprocess.PIPE)
    atexit.register(server.wait)
    atexit.register(server.stdin.close)  # type: ignore[union-attr] # its pipe: it ends with us
    deadline = time.monotonic() + _SECONDS
    while not Path(address).exists():
        if server.poll() is not None or time.monotonic() > deadline:
            raise ChildProcessError("the server of commands has not begun")
        time.sleep(0.01)
    return address


def _serve(address: str) -> NoReturn:
    _import_all()
    _derive_once(Path(address).parent)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"{address}.new")
    listening.listen(64)
    Path(f"{address}.new").rename(address)
    import select

    while True:
        ready, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in ready:
            os._exit(0)
        asked, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            _answer(asked)
        asked.close()
        _reap()


def _import_all() -> None:
    from importlib import import_module
    from pkgutil import walk_packages

    import inblue

    for module in walk_packages(inblue.__path__, "inblue."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


def _derive_once(folder: Path) -> None:
    """Keep in ``folder`` the private key of each file, by what the file and its passphrase are."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from inblue.ledger import keystore

    load, encrypt = serialization.load_pem_private_key, keystore._encrypt

    def place(pem: bytes, passphrase: bytes) -> Path:
        return folder / hashlib.sha256(b"%d %b%b" % (len(pem), pem, passphrase)).hexdigest()

    def keep(key: Ed25519PrivateKey, pem: bytes, passphrase: bytes) -> None:
        new = folder / f"{os.getpid()}.key"
        new.write_bytes(key.private_bytes_raw())
        new.rename(place(pem, passphrase))

    def loaded(pem: bytes, passphrase: bytes) -> object:
        kept = place(pem, passphrase)
        if kept.exists():
            return Ed25519PrivateKey.from_private_bytes(kept.read_bytes())
        key = load(pem, passphrase)
        if isinstance(key, Ed25519PrivateKey):
            keep(key, pem, passphrase)
        return key

    def encrypted(private: Ed25519PrivateKey, passphrase: bytes) -> bytes:
        pem = encrypt(private, passphrase)
        keep(private, pem, passphrase)
        return pem

    serialization.load_pem_private_key = loaded  # type: ignore[assignment]
    keystore._encrypt = encrypted


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _answer(asked: socket.socket) -> NoReturn:
    """Do one call in a process of its own, and tell its status; a signal that ended it as :mod:`subprocess` does."""
    head, files, _, _ = socket.recv_fds(asked, _STATUS.size, 2)
    words = asked.recv(_STATUS.unpack(head)[0], socket.MSG_WAITALL)
    command, env, folder = pickle.loads(words)  # noqa: S301 - our own tests' words
    child = os.fork()
    if child == 0:
        asked.close()
        _become(command, env, folder, files)
    asked.sendall(_STATUS.pack(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
    os._exit(0)


def _become(command: list[str], env: dict[str, str], folder: str, files: list[int]) -> NoReturn:
    from inblue.cli.main import main

    signal.set_wakeup_fd(-1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    for number, file in enumerate(files, start=1):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.argv[:] = command
    status = 1
    try:
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as an interpreter tells it
        import traceback

        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


if __name__ == "__main__":
    _serve(sys.argv[1])
