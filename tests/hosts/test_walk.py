"""The walk: a whole Council vote from setup to compendium, at a terminal, counted.

At most 20 commands, 60 decisions (a line typed, or Enter on what is offered), one passphrase. The day of the window is
passed on the clock of the processes, which libfaketime sets forward.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from authority import faketime
from letters import DRAFT, Letter, message
from paths import INBLUE
from terminal import Told, at_terminal

from inblue.domain.roster import built_in_roster
from inblue.ledger.ledger import Ledger

PASSPHRASE = "four words nobody says"
SEATS = [seat.member for seat in built_in_roster("unsc-2026").members]


class Walk:
    """An officer at a terminal, and how much is typed."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        self.folder, self.commands, self.decisions, self.passphrases = folder, 0, 0, 0
        self.env = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(runtime)}
        today = datetime.now(ZoneInfo("America/New_York"))
        self.days = int((today + timedelta(days=1)).month != today.month)  # the month's president is there to its end
        if self.days:
            self._sets_clock()

    def types(self, *words: str, then: tuple[tuple[str, str], ...] = (), status: int = 0) -> Told:
        """Type a command, and then each answer after what is shown; ``PASSPHRASE`` where it is asked for."""
        told = at_terminal([INBLUE, *words], env=self.env, cwd=self.folder, then=[(a, f"{b}\n") for a, b in then])
        assert told.status == status, told.shown
        self.commands += 1
        self.decisions += len(then) + self._typed(words)
        self.passphrases += sum(answer == PASSPHRASE for _, answer in then)
        return told

    def status(self) -> Any:
        """The vote as it is now. The test asks for it; nobody types it."""
        shown = at_terminal([INBLUE, "status", "--json"], env=self.env, cwd=self.folder).shown
        (vote,) = json.loads(shown)["votes"]
        return vote

    @staticmethod
    def _typed(words: tuple[str, ...]) -> int:
        """The decisions in the command itself: each option with its value, and each bare value."""
        said = words[1:] if words[0] in {"setup", "unlock", "status", "compendium"} else words[2:]
        if words[0] == "inbox":
            said = tuple(each for each in words[1:] if each != "review")
        options = sum(each.startswith("-") for each in said)
        with_value = sum(a.startswith("-") and not b.startswith("-") for a, b in pairwise(said))
        return options + sum(not each.startswith("-") for each in said) - with_value

    def a_day_later(self) -> None:
        """Set the clock of every later command on."""
        self.days += 1
        self._sets_clock()

    def _sets_clock(self) -> None:
        self.env |= {"LD_PRELOAD": faketime(), "FAKETIME": f"+{self.days}d"}


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    runtime = Path(tempfile.mkdtemp(prefix="ib"))
    walking = Walk(tmp_path, runtime)
    yield walking
    at_terminal([INBLUE, "lock"], env=walking.env, cwd=tmp_path)
    shutil.rmtree(runtime)


SIGN = ("Sign and record this?", "y")


def test_a_whole_vote_takes_at_most_twenty_commands_and_sixty_decisions(walk: Walk) -> None:
    walk.types(
        "setup", "--president", "LVA", "--simulated",
        then=(
            ("[council.db]", ""), ("[-]", ""), ("[unsc-2020-253]", ""), ("[unsc-2026]", ""),
            ("[later]", ""), ("[en]", ""), ("Do this?", ""),
            ("Choose a passphrase", PASSPHRASE), ("Repeat", PASSPHRASE),
        ),
    )  # fmt: skip
    walk.types("unlock", then=(("Passphrase", PASSPHRASE),))
    walk.types("draft", "circulate", DRAFT, "--title", "Peace operations", then=(SIGN,))
    walk.types("letter", "send", "opening", then=(SIGN,))
    mails = walk.folder / "mails"
    mails.mkdir()
    for number, member in enumerate(SEATS):
        letter = Letter(member, "in_favour", "en")
        (mails / f"{number:02}.eml").write_bytes(message(letter.lines()).as_bytes())
    walk.types("inbox", "mails")
    walk.types("inbox", "review", then=tuple(each for _ in SEATS for each in (("Message ", ""), SIGN)))
    walk.types("receipt", "acknowledge", then=(SIGN,))
    walk.types("status")
    vote = walk.status()
    assert vote["tally"]["in_favour"] == len(SEATS) == 15
    assert vote["acknowledgements_owed"] == []
    assert "voting_closed" in {each["act"] for each in vote["next_acts"]}
    walk.a_day_later()
    walk.types("vote", "close", then=(SIGN,))
    walk.types("tally", "circulate", then=(SIGN,))
    walk.types("result", "announce", "--resolution", "SIM-1 (2026)", then=(SIGN,))
    walk.types("letter", "draft", "outcome", "--addressee", "secretary_general", "-o", "outcome.eml")
    walk.types("letter", "send", "outcome", "--file", "outcome.eml", then=(SIGN,))
    assert {each["letter"] for each in walk.status()["next_acts"] if each["act"] == "letter_sent"} == {"compendium"}
    walk.types("compendium", "-o", "compendium.html")
    assert walk.commands <= 20
    assert walk.decisions <= 60
    assert walk.passphrases == 3  # chosen, repeated, and once for the sitting
    print(f"{walk.commands} commands, {walk.decisions} decisions")  # noqa: T201 - the figure, for -s
    outcome = message_from_bytes((walk.folder / "outcome.eml").read_bytes(), policy=SMTP).get_content()
    assert "from the President of the Security Council addressed to the Secretary-General" in " ".join(outcome.split())
    with Ledger.open(walk.folder / "council.db", read_only=True) as ledger:
        (name,) = ledger.votes()
        state = ledger.vote(name)
    assert state.opening is not None
    assert state.result is not None
    sent = state.letters[-1].act
    assert (state.opening.act.sender, state.result.act.by, sent.sender) == ("LVA", "LVA", "LVA")
    assert (sent.kind, sent.sha256) == ("outcome", sha256((walk.folder / "outcome.eml").read_bytes()).hexdigest())
