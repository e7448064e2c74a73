"""A host with an outbox, killed between any two of its steps: ``outbox_kills.py HOST DATABASE LEDGER DEPTH``.

The host's request and its worker run in a process that is killed (SIGKILL) before the n-th line of the example or of
the request, with the DEPTH ``recorder`` of the ledger's recorder too, for n = 1, 2, ... until a run gets to its end;
after each kill a worker that nobody kills goes on. Printed, as JSON: how many were killed, what the host has committed,
and what the ledger has. The file that INBLUE_TEST_PROGRESS names gets a line now and then.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from paths import EXAMPLES
from seats import COUNCIL_2021
from signers import LOG, REGISTRAR

import inblue

VOTES = 40
SECONDS = 120
"""A child that takes longer hangs, and is ended."""
EACH = len(COUNCIL_2021.ids)
PAPER = inblue.Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")


class Host(Protocol):
    """What a host must be able to do."""

    def prepare(self) -> None:
        """Make its tables."""

    def request(self, vote: str, key: str, *acts: inblue.Act) -> None:
        """Do something of its own and want something of the ledger, in one transaction."""

    def work(self, ledger: inblue.Ledger) -> int:
        """Perform the wishes."""

    def committed(self) -> list[tuple[str, str, list[int] | None, str | None]]:
        """Its own rows, each with the vote, the acts recorded, or why they were refused."""


class WithSQLAlchemy:
    def __init__(self, url: str) -> None:
        import outbox_sqlalchemy
        from sqlalchemy import Column, String, Table
        from sqlalchemy.orm import Session

        self.url, self.outbox, self.session = url, outbox_sqlalchemy, Session
        self.mail = Table("mail", outbox_sqlalchemy.Base.metadata, Column("id", String, primary_key=True))

    def prepare(self) -> None:
        self.outbox.tables(self.url)

    def request(self, vote: str, key: str, *acts: inblue.Act) -> None:
        with self.session(self.outbox.tables(self.url)) as session, session.begin():
            session.execute(self.mail.insert().values(id=key))
            self.outbox.want(session, vote, key, *acts)
            session.flush()

    def work(self, ledger: inblue.Ledger) -> int:
        return self.outbox.work(self.outbox.tables(self.url), ledger, REGISTRAR)

    def committed(self) -> list[tuple[str, str, list[int] | None, str | None]]:
        wish = self.outbox.Wish
        with self.session(self.outbox.tables(self.url)) as session:
            columns = self.mail.c.id, wish.vote, wish.recorded, wish.refused
            rows = session.query(*columns).outerjoin(wish, wish.key == self.mail.c.id)
            return [(str(key), vote, recorded, refused) for key, vote, recorded, refused in rows]


class WithDjango:
    def __init__(self, url: str) -> None:
        import django
        from django.conf import settings

        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:///")}
        apps = ["outbox_django"]
        settings.configure(DATABASES={"default": database}, INSTALLED_APPS=apps, USE_TZ=True, SECRET_KEY="x")
        django.setup()

    def prepare(self) -> None:
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        call_command("makemigrations", "--check", verbosity=0)  # the migration makes just the model
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE mail (id text PRIMARY KEY)")
        connection.close()

    def request(self, vote: str, key: str, *acts: inblue.Act) -> None:
        from django.db import connection, transaction
        from outbox_django.outbox import want

        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO mail VALUES (%s)", [key])
            want(vote, key, *acts)

    def work(self, ledger: inblue.Ledger) -> int:
        from outbox_django.outbox import work

        return work(ledger, REGISTRAR)

    def committed(self) -> list[tuple[str, str, list[int] | None, str | None]]:
        from django.db import connection
        from outbox_django.models import Wish

        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM mail")
            mails = [key for (key,) in cursor.fetchall()]
        wishes = {wish.key: wish for wish in Wish.objects.all()}
        return [(key, wishes[key].vote, wishes[key].recorded, wishes[key].refused) for key in mails]


def begin(place: str) -> None:
    """A ledger with open votes."""
    address = inblue.read_address(place)
    with inblue.Ledger.create(address, signer=REGISTRAR, log_signer=LOG) as ledger:
        procedure = inblue.built_in_procedure("unsc-2020-253")
        sha256 = ledger.adopt_procedure(procedure, signer=REGISTRAR)
        for number in range(VOTES):
            symbol = f"S/{number}"
            draft = inblue.DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=sha256)
            opening = inblue.LetterSent(kind="opening", opens_at=ledger.clock())
            ledger.perform(symbol, draft, signer=REGISTRAR)
            ledger.perform(symbol, opening, signer=REGISTRAR, roster=COUNCIL_2021)


def in_a_child(do: Callable[[], Any]) -> bool:
    """Do it in a forked process; whether that came to its end. Connections are never taken along."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        try:
            do()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - nothing of a child may go on as its parent
            traceback.print_exc()
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False
    if status:
        raise SystemExit(f"the child ended with status {status}; SIGALRM says that it hung")
    return True


RECORDER = ("/ledger/recorder.py", "/ledger/recording/appending.py")


def tell(said: str) -> None:
    """A line of progress for a long run."""
    if place := os.environ.get("INBLUE_TEST_PROGRESS"):
        with Path(place).open("a") as file:
            file.write(f"{time.strftime('%H:%M:%S')} outbox: {said}\n")


def killed_before(line: int, depth: str, do: Callable[[], Any]) -> Callable[[], Any]:
    """``do``, killed before the watched code runs its ``line``-th line."""
    watched, left = (str(EXAMPLES / "outbox_"), __file__), line

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal left
        name = frame.f_code.co_filename
        if not (name.startswith(watched) or (depth == "recorder" and any(each in name for each in RECORDER))):
            return None
        if event == "line":
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    def run() -> None:
        sys.settrace(trace)
        do()
        sys.settrace(None)

    return run


def wish_of(number: int) -> tuple[str, str, inblue.Act, inblue.Act]:
    member, now = COUNCIL_2021.ids[number % EACH], datetime.now(UTC)
    cast = inblue.VoteCast(member=member, position="in_favour", received_at=now, instrument=PAPER)
    return f"S/{number // EACH}", f"mail-{number}", cast, inblue.ReceiptAcknowledged(member=member)


def main(kind: str, url: str, place: str, depth: str) -> dict[str, Any]:
    host: Host = WithSQLAlchemy(url) if kind == "sqlalchemy" else WithDjango(url)
    in_a_child(lambda: begin(place))
    in_a_child(host.prepare)
    address = inblue.read_address(place)

    def work() -> None:
        with inblue.Ledger.open(address, log_signer=LOG) as ledger:
            host.work(ledger)

    kills, number, line = 0, 0, 1
    while True:
        vote, key, *acts = wish_of(number)

        def both(vote: str = vote, key: str = key, acts: list[inblue.Act] = acts) -> None:
            host.request(vote, key, *acts)
            work()

        ended = in_a_child(killed_before(line, depth, both))
        in_a_child(work)
        number += 1
        if ended:
            break
        kills, line = kills + 1, line + 1
        if kills % 25 == 0:
            tell(f"{kind} on {url.partition(':')[0]}, killed {kills} times")
    with inblue.Ledger.open(address, read_only=True) as ledger:
        told = []
        for key, name, recorded, refused in host.committed():
            reply = ledger.vote(name).reply_in(recorded[0]) if name and recorded else None
            right = reply is not None and reply.member == COUNCIL_2021.ids[int(key.removeprefix("mail-")) % EACH]
            told.append(right and reply is not None and reply.acknowledged is not None and refused is None)
        replies = sum(len(ledger.vote(name).replies) for name in ledger.votes())
        return {
            "kills": kills,
            "wanted": number,
            "committed": len(told),
            "answered rightly": sum(told),
            "replies": replies,
            "holds": ledger.verify().holds,
        }


if __name__ == "__main__":
    sys.path.insert(0, str(Path(EXAMPLES)))
    print(json.dumps(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4])))
