"""A ledger whose keys are on a PKCS#11 token: founded, kept and verified. Needs ``pip install 'inblue[pkcs11]'``.

    PIN_FILE=/run/secrets/pin python pkcs11_signer.py council.db "pkcs11:token=council" /usr/lib/softhsm/libsofthsm2.so

The token holds two Ed25519 keys, ``registrar`` and ``log``. The PIN is read from a file and not kept.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import inblue


def open_ledger(path: Path, token: str, module: Path, pin: bytes) -> tuple[inblue.Ledger, inblue.Signer]:
    """The ledger at ``path``, founded if it does not exist, and the registrar's key."""
    registrar = inblue.pkcs11_signer(f"{token};object=registrar", pin=pin, module=module)
    log = inblue.pkcs11_signer(f"{token};object=log", pin=pin, module=module)
    if path.exists():
        return inblue.Ledger.open(path, log_signer=log, signer_seconds=10), registrar
    ledger = inblue.Ledger.create(path, signer=registrar, log_signer=log, signer_seconds=10)
    ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=registrar)
    return ledger, registrar


def main(path: str, token: str, module: str) -> None:
    """Circulate the next draft, and verify."""
    pin = Path(os.environ["PIN_FILE"]).read_bytes().splitlines()[0]
    ledger, registrar = open_ledger(Path(path), token, Path(module), pin)
    with ledger:
        symbol = f"S/2026/{len(ledger.votes()) + 1}"
        ledger.at(symbol, signer=registrar).circulate("unsc-2020-253", title="The situation")
        print(f"{symbol} is on record; {ledger.verify().entries} entries hold")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except inblue.InblueError as error:  # a missing token or a wrong PIN: one line, and nothing is recorded
        sys.exit(str(error))
