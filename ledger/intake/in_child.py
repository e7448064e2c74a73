"""The child process that reads a message: it limits itself, reads bytes from a pipe, and answers in JSON.

It has no environment, opens only Python's own files, writes none, starts nothing and reaches no network. System limits,
its own network namespace if available, and an audit hook enforce this. Whatever hostile bytes make a parser do stays in
this process.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, NoReturn

READ, PLAIN = "read", "plain"
MAX_MESSAGE = 64 * 1024 * 1024

_MEMORY = 1024 * 1024 * 1024
_CPU_SECONDS = 30
_FILES = 32
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # Linux, unshare(2)
_NO_NEW_PRIVILEGES, _NOT_DUMPABLE = 38, 4  # Linux, prctl(2)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_REFUSED = (
    *("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "os.spawn", "os.kill", "pty."),
    *("ctypes.dlopen", "ctypes.dlsym", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink"),
    *("os.chmod", "os.chown", "os.truncate", "os.putenv", "shutil.", "webbrowser.", "urllib.", "http.", "ftplib."),
    *("smtplib.", "imaplib.", "poplib.", "telnetlib.", "sqlite3.connect", "mmap.", "winreg."),
)


def main() -> NoReturn:
    """Read standard input as ``sys.argv`` asks, and write the answer to standard output."""
    confine()
    raw = sys.stdin.buffer.read(MAX_MESSAGE + 1)
    from .mime import contents

    answer = json.dumps(contents(raw, documents=sys.argv[1] == READ)).encode("ascii")
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)  # freeing what was parsed, object by object, may take longer than parsing it


def confine() -> None:
    """Give up, permanently, everything that reading a message does not need."""
    os.environ.clear()
    if sys.platform == "linux":
        _apart()
    try:
        import resource
    except ImportError:  # Windows has no such limits
        pass
    else:
        limits = {"AS": _MEMORY, "CPU": _CPU_SECONDS, "FSIZE": 0, "NOFILE": _FILES, "CORE": 0}
        for name, most in limits.items():
            kind = getattr(resource, f"RLIMIT_{name}")
            hard = resource.getrlimit(kind)[1]
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (least, least))
    ours = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))  # noqa: PTH120 - no more imports
    readable = tuple(os.path.join(os.path.realpath(each), "") for each in (*sys.path, sys.base_prefix, ours) if each)  # noqa: PTH118

    def refuse(event: str, given: tuple[Any, ...]) -> None:
        if event.startswith(_REFUSED):
            raise PermissionError(event)
        if event == "open":
            path, mode, flags = given
            if isinstance(path, int):
                return
            writes = (isinstance(mode, str) and any(each in mode for each in "wax+")) or int(flags or 0) & _WRITES
            if writes or not os.path.realpath(os.fsdecode(path)).startswith(readable):
                raise PermissionError(event)

    sys.addaudithook(refuse)


def _apart() -> None:
    """Enter an empty network namespace, if the system allows it."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_NOT_DUMPABLE, 0, 0, 0, 0)
    if library.unshare(_NEW_USER | _NEW_NETWORK):
        library.unshare(_NEW_NETWORK)
    library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


if __name__ == "__main__":
    main()
