"""What the checks found, and which requirements are not met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ...domain.phrase import Said, Word
from ...domain.verdict import READ_LATE
from ...ledger.projections.as_of import AsOf
from ...ledger.projections.record import ReplyRecord
from ..language.english import ENGLISH, Language
from ..language.phrases import said_voided
from .record import whose_reply
from .tables import STYLES, console, print_facts, print_hanging
from .wrap import Text

if TYPE_CHECKING:
    from ...ledger.audit.result import Compared, Verification
    from ...ledger.observing.on_record import Again


def print_verification(name: str, found: Verification, lang: Language = ENGLISH) -> None:
    """The result of the checks, and what they do not prove; problems are in English only."""
    from ...ledger.audit.checks import NAMES  # most output needs no check

    out, say = console(lang), lang.say
    about = {
        "name": name,
        "entries": Said.counted("{number} entry", "{number} entries", found.entries),
        "votes": Said.counted("{number} vote", "{number} votes", found.votes),
    }
    if found.holds:
        text = say("holds: {name}, {entries}, {votes}: every check passed", **about)
        if found.start and not found.entries:
            start = found.start
            text = say("holds: {name}, nothing new since entry {entry}: every check passed", name=name, entry=start)
        out.print(Text(text, style="green"))
    else:
        problems = Said.counted("{number} problem", "{number} problems", len(found.problems))
        text = say("DOES NOT HOLD: {name}, {entries}, {votes}: {problems}", problems=problems, **about)
        if len(found.problems) > 1:
            text = say(
                "DOES NOT HOLD: {name}, {entries}, {votes}: {problems}; the first comes first",
                problems=problems,
                **about,
            )
        print_hanging(out, Text(), Text(text, style="bold red"))
        for problem in found.problems[:20]:
            name, where = lang.word(NAMES[problem.check - 1]), problem.entry
            lead = say("check {check} {name}: ", check=problem.check, name=name)
            if where is not None:
                lead = say("check {check} {name}, entry {entry}: ", check=problem.check, name=name, entry=where)
            print_hanging(out, Text("  "), Text(lead, style="bold").append(problem.text, "not bold"))
        if len(found.problems) > 20:
            more = say("... and {number} more; --json has all", number=len(found.problems) - 20)
            out.print(Text(f"  {more}", style="dim"))
    if found.checkpoint is not None:
        checkpoint = found.checkpoint
        head = (say("head"), say("size {size}", size=checkpoint.size))
        print_facts(out, [(say("log"), checkpoint.origin), head, (say("root"), checkpoint.root.hex())])
    if found.witnesses:
        sizes = tuple(Said.of("{witness} (size {size})", witness=w.name, size=w.size) for w in found.witnesses)
        enough = say("{witnesses}: enough, by the policy of the trust file", witnesses=sizes)
        few = say("{witnesses}: not enough, by the policy of the trust file", witnesses=sizes)
        print_facts(out, [(say("witnesses"), enough if found.witnessed else few)])
    print_facts(out, [_compared(each, lang) for each in found.against])
    if found.uncovered:
        behind = lang.plural(
            "{number} entry after the head is not covered by it yet",
            "{number} entries after the head are not covered by it yet",
            found.uncovered,
        )
        out.print(Text(behind, style="yellow"))
    out.print(Text(say("Not proved:"), style="bold"))
    for each in found.not_proved:
        print_hanging(out, Text("- "), Text(lang.again(each), style="dim"))


def _compared(each: Compared, lang: Language) -> tuple[str, str]:
    """Each receipt or ballot, and what was found; contradictions are among the problems, or what is not proved."""
    say = lang.say
    if each.what == "receipt":
        of = say("receipt of {member} for {vote}", member=each.member, vote=each.vote)
    else:
        of = say("ballot of {member} for {vote}", member=each.member, vote=each.vote)
    match each.found:
        case "there":
            return of, say("there: {where}", where=each.said)
        case "missing":
            return of, say("missing here")
        case "another":
            return of, say("another is in its place")
        case "undecided":
            return of, say("cannot be decided here")


def print_as_of(as_of: AsOf | None, lang: Language = ENGLISH) -> None:
    """As of which entry of the log the verdicts are, if known."""
    if as_of is not None:
        print_hanging(console(lang), Text(), Text(lang.again(as_of.said())))


def print_unchecked(found: Verification, *, given: bool, lang: Language = ENGLISH) -> None:
    """What a record cannot rest on without a trust file, or without a key in the one ``given``."""
    out, say = console(), lang.say
    if not given:
        text = say(
            "Not checked without a trust file (--trust): whose the keys are, and what timestamps and witnesses show."
        )
        print_hanging(out, Text(), Text(text, style="dim"))
    elif not found.trusted:
        text = say("Not checked, because the trust file names no key: whose the keys are.")
        print_hanging(out, Text(), Text(text, style="dim"))


def print_strengths(counted: Mapping[str, Mapping[str, int]], lang: Language = ENGLISH) -> None:
    """The numbers of replies of each vote by strength of evidence, if timestamps count."""
    out = console(lang)
    for symbol, counts in counted.items():
        strengths = tuple(Said.of("{number} {strength}", number=n, strength=Word(name)) for name, n in counts.items())
        said = strengths or Word("none")
        out.print(Text(lang.say("{symbol}: replies {strengths}", symbol=symbol, strengths=said)))


def print_short(wanted: str, short: Iterable[tuple[str, ReplyRecord]], more: int = 0, lang: Language = ENGLISH) -> None:
    """The replies with weaker evidence than required; ``more`` are not shown."""
    out = console(lang)
    out.print(Text(lang.say("LESS THAN {strength}:", strength=lang.word(wanted).upper()), style="bold red"))
    alike: dict[tuple[str, str], list[str]] = {}
    for symbol, each in short:
        strength, why = Said.of("{strength}.", strength=Word(each.verdict.strength)), each.verdict.not_proved
        if each.verdict.read_after_close and each.verdict.strength == wanted:
            why = READ_LATE
        body = lang.say("{first} {second}", first=strength, second=said_voided(each.reply) or why)
        alike.setdefault((symbol, body), []).append(whose_reply(each.reply))
    for (symbol, body), whose in alike.items():
        if len(whose) == 1:
            print_hanging(out, Text(f"- {symbol}, {whose[0]}{lang.colon}"), Text(body))
        else:
            print_hanging(out, Text(f"- {symbol}{lang.colon}"), Text(f"{lang.join(whose)}{lang.colon}{body}"))
    if more:
        out.print(Text("  " + lang.say("... and {number} more; --json has all", number=more), style="dim"))


def print_unsettled(votes: Iterable[tuple[str, Iterable[Said]]], lang: Language = ENGLISH) -> None:
    """The votes whose outcome, or a seat's position, is no longer that at the close."""
    out = console(lang)
    out.print(Text(lang.say("NOT SETTLED:"), style="bold red"))
    for name, sentences in votes:
        for said in sentences:
            print_hanging(out, Text(f"- {name}{lang.colon}"), Text(lang.again(said)))


def print_disproved(votes: Iterable[tuple[str, Iterable[Said]]], lang: Language = ENGLISH) -> None:
    """The acts whose time, as their entries give it, was proved wrong."""
    out = console()
    out.print(Text(lang.say("CLOCK DISPROVED:"), style="bold red"))
    for name, sentences in votes:
        for said in sentences:
            print_hanging(out, Text(f"- {name}{lang.colon}"), Text(lang.again(said)))


def print_unjudged(votes: Sequence[str], lang: Language = ENGLISH) -> None:
    """The line that ``votes``, or all votes, have no verdict, so that requirements cannot be judged."""
    text = lang.say("NOT JUDGED: no vote has a verdict")
    if votes:
        listed = tuple(votes)
        text = lang.say("NOT JUDGED: entries of {votes} are shown, but without a verdict; see --vote", votes=listed)
    print_hanging(console(lang), Text(), Text(text, style="bold red"))


def print_unwitnessed(lang: Language = ENGLISH, *, by_policy: bool = True) -> None:
    """The line that too few witnesses for the policy cosigned all of it, or that no policy is given."""
    text = lang.say("NOT WITNESSED: too few witnesses, by the policy of the trust file, have cosigned all of it")
    if not by_policy:
        text = lang.say("NOT WITNESSED: no trust file with a policy of witnesses is given")
    print_hanging(console(lang), Text(), Text(text, style="bold red"))


def print_not_current(lang: Language = ENGLISH) -> None:
    """The line that the verdicts are not as of the log's last entry, as far as the reader knows."""
    text = lang.say("NOT CURRENT: the log has later entries, and what they change is not shown")
    print_hanging(console(lang), Text(), Text(text, style="bold red"))


def _unread(each: Again, whose: str, lang: Language) -> str:
    number, message, say = each.act, each.message, lang.say
    if each.unread == "message":
        return say(
            "{whose}: message {message}, which observation {number} is about, is not kept here, or cannot be read",
            whose=whose,
            number=number,
            message=message,
        )
    if each.unread == "other_message":
        return say("{whose}: the document of observation {number} is about another message", whose=whose, number=number)
    return say(
        "{whose}: the document of observation {number} is not kept here, or cannot be read", whose=whose, number=number
    )


def print_again(looked: Sequence[Again], lang: Language = ENGLISH) -> None:
    """Each observation, and what differs when it is repeated."""
    from ...ledger.observing.again import Differs  # most output needs none

    out, say = console(lang), lang.say
    out.print(Text(say("Observations, looked at again"), style="bold"))
    if not looked:
        out.print(Text(f"  {lang.word('none')}"))
    for each in looked:
        whose = f"{each.vote}, {each.member}"
        if each.unread is not None:
            said = _unread(each, whose, lang)
        elif each.holds:
            said = say("{whose}: observation {number} comes out as it says", whose=whose, number=each.act)
        else:
            said = say("{whose}: observation {number} comes out differently", whose=whose, number=each.act)
        print_hanging(out, Text("  "), Text(said, style="" if each.holds else STYLES["flag"]))
        for comes in each.comes:
            if isinstance(comes, Differs):
                where = {"where": comes.where, "said": comes.said, "found": comes.found}
                line = say("{where}: it says {said}, but the result is {found}", **where)
            else:
                line = say("{where}: not compared", where=comes.where)
            print_hanging(out, Text("    "), Text(line))
    out.print()
