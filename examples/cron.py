"""Close the votes that are due, timestamp the log and publish it. Run it from cron.

    */5 * * * *  python cron.py council.db council.db.keys passphrase.txt authorities.json /srv/www/log  # or s3://bucket/log

It is safe to run twice, or on two machines at once. If a step fails, the script prints a line to standard error, does
the other steps, and exits with status 1; the next run tries again. While a vote is open, nothing is
published.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import inblue


def run(ledger: inblue.Ledger, registrar: inblue.Signer, authorities: str, site: str) -> Iterator[str]:
    """Do every step; yield a line for each one that failed."""
    for closed in ledger.close_due(signer=registrar):
        if closed.fault is not None:
            yield f"{closed.vote} is not closed: {closed.fault}"
    for fetched in inblue.stamp(ledger, inblue.read_sources(authorities)):
        if fetched.fault is not None:
            yield f"no timestamp of {fetched.authority}: {fetched.fault}"
    try:
        inblue.publish(ledger, site)
    except inblue.InblueError as error:
        if any(ledger.vote(name).ended is None for name in reversed(ledger.votes())):
            print("not published now: a vote goes on")
        else:
            yield f"not published: {error}"


def main(ledger: str, keys: str, passphrase: str, authorities: str, site: str) -> int:
    """Run once; return the exit status."""
    store, secret = inblue.KeyStore(keys), Path(passphrase).read_bytes().splitlines()[0]
    try:
        with inblue.Ledger.open(ledger, log_signer=store.open("log", secret)) as opened:
            faults = list(run(opened, store.open("registrar", secret), authorities, site))
    except inblue.InblueError as error:
        faults = [str(error)]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
