"""Every message of a corpus kept and read, and what came of each kind: ``make corpus MESSAGES=360 SEED=1``."""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from letters import MEMBERS
from mails import INTAKE, MailDesk
from message_kinds import VOTES, Made, messages

from inblue.domain.errors import Malformed
from inblue.domain.message_contents import Contents
from inblue.domain.proposal import FieldName, Proposal
from inblue.domain.reading_replies import propose
from inblue.ledger.intake.mime import contents
from inblue.ledger.intake.reading import read_message

DECIDING: tuple[FieldName, ...] = ("member", "position", "vote")
READ: tuple[FieldName, ...] = (*DECIDING, "dated", "form", "language")


class Outcome(NamedTuple):
    """What a message proposed: ``wrong`` names the fields that are false, or that must not be proposed."""

    made: Made
    proposal: Proposal
    wrong: tuple[FieldName, ...]

    @property
    def is_proposed(self) -> bool:
        """Whether a whole vote was proposed; a person was asked otherwise."""
        return all(self.proposal.value(field) is not None for field in DECIDING)


def in_this_process(raw: bytes) -> Contents:
    """As the child reads it, without starting one."""
    return Contents.model_validate(contents(raw), strict=False)


def outcome(made: Made, read: Callable[[bytes], Contents] = read_message) -> Outcome:
    """What one message proposes, compared with the truth about it."""
    proposal = propose(read(made.raw), MEMBERS, VOTES)
    said = {field: proposal.value(field) for field in READ}
    wrong = (
        each for each, value in said.items() if value is not None and (each in made.asked or value != made.truth[each])
    )
    return Outcome(made, proposal, tuple(wrong))


def kept_whole(desk: MailDesk, made: Made) -> bool:
    """Whether a message is on record once, with its bytes; an empty one is none, and is refused."""
    if not made.raw:
        try:
            desk.ledger.receive_message(made.raw, signer=INTAKE)
        except Malformed:
            return True
        return False
    first = desk.ledger.receive_message(made.raw, signer=INTAKE).message
    again = desk.ledger.receive_message(made.raw, signer=INTAKE)
    return again.already and again.message == first and desk.ledger.message_bytes(first.number) == made.raw


def table(outcomes: Iterable[Outcome]) -> str:
    """The counts by kind: proposed, asked, wrong, and why a person was asked."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    whys: dict[str, Counter[str]] = defaultdict(Counter)
    for each in outcomes:
        kind = each.made.kind
        counts[kind].update(["proposed" if each.is_proposed else "asked"])
        counts[kind]["wrong"] += bool(each.wrong)
        whys[kind].update(reason.kind for reason in each.proposal.reasons if reason.blocks)
    lines = [f"{'kind':18} {'proposed':>8} {'asked':>6} {'wrong':>6}  asked for"]
    for kind, of in counts.items():
        why = ", ".join(name for name, _ in whys[kind].most_common(3))
        lines.append(f"{kind:18} {of['proposed']:8} {of['asked']:6} {of['wrong']:6}  {why}")
    total: Counter[str] = sum(counts.values(), Counter())
    return "\n".join([*lines, f"{'all':18} {total['proposed']:8} {total['asked']:6} {total['wrong']:6}"])


def main() -> int:
    """Print the table; return 1 if a message is not kept or proposes something false."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=360)
    parser.add_argument("--seed", type=int, default=2020)
    given = parser.parse_args()
    desk, outcomes, lost = MailDesk(), [], 0
    for made in messages(given.seed, given.messages):
        lost += not kept_whole(desk, made)
        outcomes.append(outcome(made))
    sys.stdout.write(f"{table(outcomes)}\nnot kept: {lost}\n")
    return 1 if lost or any(each.wrong for each in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
