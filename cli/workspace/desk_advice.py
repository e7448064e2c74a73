"""Advice on a workspace's own files: project file, modes, key files, passphrases, authorities, witnesses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from ...domain.errors import InblueError
from ..main import SECRETS
from .advice import Advice

AGES_WITHIN = timedelta(days=60)
_PRIVATE = 0o077


def on_secrets() -> Iterator[Advice]:
    """A passphrase in the environment, and a folder for the agent that others could use."""
    from ...ledger.devices.sitting import why_unsafe

    for name in sorted(SECRETS):
        text = f"{name} is in the environment, where every program that you start finds it"
        yield Advice("secret_in_environment", "unsafe", text, f"unset {name}, and inblue unlock")
    if (unsafe := why_unsafe()) is not None:
        yield Advice("agent_place", "unsafe", unsafe, "inblue unlock, once that is mended")


def on_modes(ledger: Path | None, keys: Path, files: Path) -> Iterator[Advice]:
    """Whether others can read keys, or parts of a vote that may be open; ``ledger`` if it is a file."""
    if os.name != "posix":
        return
    private = [("key_mode", keys), *(("key_mode", each) for each in _in(keys) if each.suffix != ".pub")]
    private += [("ledger_mode", ledger)] if ledger is not None else []
    for check, path in [*private, ("files_mode", files)]:
        if path.exists() and path.stat().st_mode & _PRIVATE:
            yield Advice(check, "unsafe", f"{path} can be read or written by others", f"chmod go-rwx {path}")


def on_key_files(keys: Path, key: str) -> Iterator[Advice]:
    """Whether the officer's key is here, and every private key is encrypted."""
    names = {path.stem for path in _in(keys) if path.suffix in {".pem", ".uri"}}
    if key not in names and "ssh-agent:" not in key and "pkcs11:" not in key:
        text = f"the officer's key {key} is not in {keys}"
        yield Advice("officer_key", "missing", text, f"bring it back, or inblue key new {key} and inblue key enrol")
    for path in _in(keys):
        if path.suffix == ".pem" and b"ENCRYPTED PRIVATE KEY" not in path.read_bytes()[:200]:
            text = f"{path} is not an encrypted key"
            yield Advice("plain_key", "unsafe", text, "inblue key new, inblue key rotate; then remove it")


def on_authorities(path: Path | None, now: datetime) -> Iterator[Advice]:
    """Whether there are timestamp authorities to ask, and until when their certificates are valid."""
    if path is None:
        text = "no timestamp authority is named: no reply can be proven"
        yield Advice("no_authorities", "note", text, "authorities in inblue.toml (docs/operations.md)")
        return
    from cryptography import x509

    from ...ledger.operations.authorities import read_sources

    try:
        sources = read_sources(path)
    except InblueError as error:
        yield Advice("authorities_unread", "missing", str(error), "authorities in inblue.toml (docs/operations.md)")
        return
    for source in sources:
        pem = "\n".join(source.authority.certificates).encode()
        ends = min(each.not_valid_after_utc for each in x509.load_pem_x509_certificates(pem))
        name, mend = source.authority.name, f"put the next one into {path}; inblue authority adopt"
        if ends <= now:
            text = f"a certificate of the authority {name} ended on {ends.date().isoformat()}: it stamps no more"
            yield Advice("authority_ended", "missing", text, f"{mend}, inblue authority retire {name}")
        elif ends - now < AGES_WITHIN:
            text = f"a certificate of the authority {name} ends on {ends.date().isoformat()}"
            yield Advice("authority_ends", "ages", text, mend)


def on_witnesses(path: Path | None) -> Iterator[Advice]:
    """Whether there are witnesses to ask."""
    from ...ledger.standards.witness_policy import read_policy

    if path is None:
        text = "no witness is named: whoever has all keys can rewrite the log unseen"
        yield Advice("no_witnesses", "note", text, "policy in inblue.toml (docs/operations.md)")
        return
    try:
        read_policy(path)
    except InblueError as error:
        yield Advice("policy_unread", "missing", str(error), "policy in inblue.toml (docs/operations.md)")


def _in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
