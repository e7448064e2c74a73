"""The registrar's policy (C2SP tlog-policy), with a delegation's witness in it."""

from __future__ import annotations

from pathlib import Path

from ...domain.errors import Malformed, Refused
from .. import durable
from ..errors import UnusableError
from ..outside import read_outside
from ..standards.witness_policy import MAX_BYTES, parse_policy
from .request import OwnWitness


def with_witness(text: str, witness: OwnWitness) -> str:
    """The policy in ``text``, with a line for this witness before that of the quorum, which is not changed.

    If its key is already there with the same name, nothing changes. An empty text is a policy without a quorum.

    Raises:
        Malformed: the text is not a policy, or would be too long.
        Refused: another witness or group has the name, or another line the key.
    """
    line = " ".join(["witness", witness.name, witness.vkey, *([witness.url] if witness.url else [])])
    if not text.strip():
        return f"{line}\nquorum none\n"
    known = parse_policy(text)
    for each in known.witnesses:
        if each.name == witness.name and str(each.key) == witness.vkey:
            return text
    lines = text.split("\n")
    at = next(number for number, each in enumerate(lines) if each.split()[:1] == ["quorum"])
    written = "\n".join([*lines[:at], line, *lines[at:]])
    try:
        parse_policy(written)
    except Malformed as error:
        raise Refused(None, f"the witness {witness.name} cannot be added: {error}") from None
    return written


def read_policy_text(path: Path) -> str:
    """The current policy file; empty if there is none yet.

    Raises:
        Malformed: it cannot be read, or is not text.
    """
    try:
        return read_outside(path, MAX_BYTES).decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise Malformed(f"{path}: not UTF-8") from None
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}") from None


def write_policy(path: Path, text: str) -> None:
    """Replace the file atomically.

    Raises:
        UnusableError: it cannot be written; the old one is unchanged.
    """
    try:
        durable.replace(path, text.encode())
    except OSError as error:
        raise UnusableError(f"{path}: {error.strerror}") from None
