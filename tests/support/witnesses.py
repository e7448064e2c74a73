"""A witness of the small vote, in a folder: its key, what it is asked, and what it says."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from signers import LOG

from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import consistency_proof, root
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.standards.witness_policy import Policy, parse_policy
from inblue.ledger.witness.listening import Limits
from inblue.ledger.witness.request import write_request
from inblue.ledger.witness.server import WitnessServer
from inblue.ledger.witness.witness import WitnessState

NOW = 1_772_913_600
ORIGIN = "example.org/small"
SIGNS = CosignatureSigner("one.example/witness", Ed25519Signer.from_seed(b"w" * 32))
LOG_KEY = str(NoteSigner(ORIGIN, LOG).verifier)
STEPS = frozenset({"open", "fsync", "flock", "write", "replace", "rename", "link", "unlink", "close", "mkdir"})


def watching(folder: Path) -> WitnessState:
    """A witness that has cosigned nothing yet."""
    state = WitnessState.create(folder, SIGNS.name, ())
    state.watch(LOG_KEY)
    return state


def asked(ledger: Ledger, old: int, size: int | None = None, key: Ed25519Signer = LOG) -> bytes:
    """The request to go from ``old`` to a size of the log, with a true proof, signed by ``key``."""
    size = size or ledger.checkpoint().size
    note = Checkpoint(ORIGIN, size, root(size, ledger.log.node)).sign(NoteSigner(ORIGIN, key))
    return write_request(old, tuple(consistency_proof(old, size, ledger.log.node)) if old else (), note)


def policy_of(url: str) -> Policy:
    """One that asks this witness there."""
    return parse_policy(f"witness one {SIGNS.verifier} {url}\nquorum one\n")


@contextmanager
def served(state: WitnessState, limits: Limits | None = None) -> Iterator[str]:
    """The witness over HTTP; yields its address."""
    with WitnessServer(state, SIGNS, "127.0.0.1", 0, limits) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.url
        finally:
            server.shutdown()
            thread.join()


def killed_at(step: int, what: Callable[[], object]) -> bool:
    """Do ``what`` in a child that is killed right before its call number ``step`` to the file system.

    False if it came to its end before that.
    """
    child = os.fork()
    if child == 0:
        left = step

        def profile(_: FrameType, event: str, called: object) -> None:
            nonlocal left
            if event == "c_call" and getattr(called, "__name__", "") in STEPS:
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1

        sys.setprofile(profile)
        try:
            what()
        finally:
            os._exit(0)
    _, ended = os.waitpid(child, 0)
    return os.WIFSIGNALED(ended)
