"""A receipt in words: what it says, what was checked of it, what it proves, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from ...domain.describe import position_said
from ...domain.phrase import Said, Word
from ...domain.roster import built_in_members
from ...domain.validity import rejections
from ...domain.zone import zone
from ...ledger.entries.streams import name_in
from ...ledger.evidence.receipt_alone import AloneReceipt, Checked, Found, check_said
from ..language.english import Language
from ..terminal.tables import console, print_facts, print_hanging
from ..terminal.wrap import Text

if TYPE_CHECKING:
    from ...domain.state import VoteState
    from ...ledger.audit.result import Compared

_STYLES = {"holds": "green", "unknown": "yellow", "broken": "red"}


class Standing(NamedTuple):
    """What a place says about a receipt: whether the act is there, and the state of the vote there, if readable."""

    act: int
    compared: Compared
    holds: bool
    state: VoteState | None

    @property
    def ended(self) -> Said | None:
        """How the reply was rejected or voided there, if it was."""
        return None if self.state is None else _ended(self.state, self.act)


class ReceiptWords(NamedTuple):
    """A receipt in words. ``facts`` are pairs; ``checks`` are questions with their results."""

    state: Found
    lead: str
    simulated: bool
    facts: tuple[tuple[str, str], ...]
    checks: tuple[tuple[Checked, str], ...]
    proves: tuple[str, ...]
    not_proved: tuple[str, ...]


def words_of(alone: AloneReceipt, lang: Language, *, standing: Standing | None = None, claimed: bool) -> ReceiptWords:
    """The words for ``alone``; ``claimed``: its keys come with what is checked, not from elsewhere."""
    state: Found = "holds" if alone.whole else "unknown" if alone.holds else "broken"
    if standing is not None and (standing.compared.found in {"missing", "another"} or not standing.holds):
        state = "broken"
    ballot = alone.ballot
    simulated = bool(getattr(ballot, "rehearsal", False))
    if standing is not None and standing.state is not None:
        simulated = simulated or standing.state.draft.act.times == "simulated"
    return ReceiptWords(
        state,
        lang.again(_lead(alone, state, standing)),
        simulated,
        tuple(_facts(alone, lang)),
        tuple((each, lang.again(check_said(each.name))) for each in alone.checks),
        tuple(map(lang.again, _proves(alone, standing))) if alone.holds else (),
        tuple(map(lang.again, _not_proved(alone, standing, claimed=claimed))),
    )


def _lead(alone: AloneReceipt, state: Found, standing: Standing | None) -> Said:
    if not alone.holds:
        return Said.of("THIS RECEIPT DOES NOT HOLD. Nothing follows from it.")
    if standing is not None:
        match standing.compared.found:
            case "missing":
                return Said.of("YOUR REPLY IS NOT THERE ANY MORE. The receipt shows that it was; keep it.")
            case "another":
                return Said.of("ANOTHER REPLY IS IN ITS PLACE. The receipt shows what was there; keep it.")
            case "there" if not standing.holds:
                return Said.of("Your reply is there, but what was handed over does not hold.")
            case "there" if (ended := standing.ended) is not None:
                return ended
            case "undecided":
                return Said.of("Your reply was in; whether it is there still cannot be decided here.")
    if state == "holds":
        return Said.of("Your vote is in.") if alone.act.position else Said.of("Your reply is in.")
    if alone.found("checkpoint") == "holds":
        return Said.of("Your vote is in, as far as was checked here.")
    return Said.of("The receipt says that your vote is in. It was not checked that the log signed this.")


def _ended(state: VoteState, act: int) -> Said | None:
    """How the reply that an act entered was voided or rejected, if it was."""
    reply = state.reply_in(act)
    if reply is None:
        return None
    if reply.voided is not None:
        return Said.of(
            "Your reply was received, and its entry was voided by act {number}: {reason}",
            number=reply.voided.number,
            reason=reply.voided.act.reason,
        )
    for each in rejections(state, reply):
        return Said.of(
            "Your reply was received, and rejected under the clause {clause}: {reason}",
            clause=Word(each.act.clause),
            reason=each.act.reason,
        )
    return None


def _facts(alone: AloneReceipt, lang: Language) -> Iterator[tuple[str, str]]:
    act, say = alone.act, lang.say
    names = built_in_members("un-member-states")
    position = position_said(act)
    yield say("Member"), lang.member(act.member, names)
    yield say("Vote"), lang.apart(name_in(alone.receipt.stream))
    yield say("Position"), lang.word(position.name) if isinstance(position, Word) else lang.again(position)
    for answer in act.answers:
        yield lang.word(answer.question), lang.word(answer.position)
    yield (
        say("Signed by the member"),
        say("yes, as a ballot") if act.ballot is not None else say("no: a paper, entered by an officer"),
    )
    yield say("Arrived, as entered"), _moment(act.received_at, lang)
    yield say("Recorded"), lang.instant(alone.entry.recorded_at, zone("UTC"))
    yield say("Recorded by"), lang.word(alone.entry.office)
    yield say("Log"), lang.apart(alone.checkpoint.origin)
    yield say("Place"), say("entry {entry} of {size}", entry=alone.index, size=alone.checkpoint.size)


def _moment(moment: datetime | date | None, lang: Language) -> str:
    return lang.moment(moment, zone("UTC"))


def _proves(alone: AloneReceipt, standing: Standing | None) -> Iterator[Said]:
    size, log = alone.checkpoint.size, alone.checkpoint.origin
    if alone.found("checkpoint") == "holds":
        yield Said.of(
            "The log {log} had this reply as its entry {entry} when it had {size} entries, and signed that. "
            "This receipt contradicts anyone who leaves the reply out or changes it.",
            log=log,
            entry=alone.index,
            size=size,
        )
    if alone.found("signature") == "holds":
        yield Said.of("An officer entered it, and signed what was entered.")
    if alone.found("ballot") == "holds":
        yield Said.of("The ballot is the member's own: nobody else could make it.")
    for stamp in alone.timestamps:
        yield Said.of(
            "It was in the log by {when}, as a timestamp of {authority} shows.",
            when=stamp.not_after,
            authority=stamp.authority,
        )
    for witness in alone.witnesses:
        yield Said.of("{witness} has cosigned this state of the log.", witness=witness.name)
    if standing is not None and standing.compared.found == "there":
        yield Said.of("It is still there: {where}.", where=standing.compared.said)


def _not_proved(alone: AloneReceipt, standing: Standing | None, *, claimed: bool) -> Iterator[Said]:
    for each in alone.checks:
        if each.found == "unknown" and each.name == "checkpoint":
            yield Said.of("Who signed the checkpoint: no key of the log is known here, so anybody could have made it.")
        if each.found == "unknown" and each.name == "signature":
            yield Said.of("Who signed the entry: the officer's key is not known here.")
        if each.found == "unknown" and each.name == "ballot":
            yield Said.of("Who signed the ballot: the member's key is not known here.")
    if claimed:
        yield Said.of(
            "That the keys are the registrar's: they come with what was checked, and must be known from elsewhere."
        )
    if standing is None or standing.compared.found != "there":
        yield Said.of(
            "What became of it: only the ledger says whether it was late, rejected or voided, and whether it counted."
        )
        yield Said.of(
            "That it is still there: compare the receipt with a ledger or bundle (inblue receipt check --against)."
        )
    if not alone.timestamps:
        yield Said.of("When it arrived: the time is the one that was entered.")
    if alone.act.ballot is None:
        yield Said.of("That the member wrote it: an officer entered a paper.")


def print_receipt(said: ReceiptWords, lang: Language) -> None:
    """All of them."""
    out = console(lang)
    if said.simulated:
        out.print(Text(f" {lang.say('SIMULATED')} ", style="reverse bold"))
    out.print(Text(said.lead, style=f"bold {_STYLES[said.state]}"))
    print_facts(out, list(said.facts))
    print_checks(said, lang, lead=False)
    for title, told in (
        (lang.say("What it proves"), said.proves),
        (lang.say("What it does not prove"), said.not_proved),
    ):
        if told:
            out.print(Text(title, style="bold"))
            for each in told:
                print_hanging(out, Text("- "), Text(each))


def print_checks(said: ReceiptWords, lang: Language, *, lead: bool = True) -> None:
    """What was checked."""
    out = console(lang)
    if lead:
        out.print(Text(said.lead, style=f"bold {_STYLES[said.state]}"))
    print_facts(out, [(found_said(each.found, lang), text) for each, text in said.checks])


def found_said(found: Found, lang: Language) -> str:
    """The result of a check."""
    match found:
        case "holds":
            return lang.say("holds")
        case "broken":
            return lang.say("does not hold")
        case "unknown":
            return lang.say("not checked")
