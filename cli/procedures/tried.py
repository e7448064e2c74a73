"""A trial vote: the count, its reasons line by line, and which replies are not counted, and why."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.describe import position_said
from ...domain.phrase import Number, Said, Value, Word
from ...domain.recorded import Reply
from ...domain.said_counts import said_counts
from ...domain.sentence import kind_said
from ...domain.state import VoteState
from ...domain.tally import tally
from ...domain.titles import outcome_said, question_put_said
from ...domain.trial import remarks, silent, uncounted
from ..language.english import Language
from ..terminal.tables import STYLES, console, print_hanging
from ..terminal.wrap import Text


def print_tried(state: VoteState, rows: Sequence[int], lang: Language) -> None:
    """The result of the vote; ``rows`` are the rows of the replies in the file, in order."""
    out, say = console(lang), lang.say
    rules, counted = state.procedure, tally(state)
    out.print(Text(lang.written(rules.title), style="bold"))
    about = say(
        "question: {kind}; seats: {seats}; replies: {replies}",
        kind=kind_said(rules, state.draft.act.question),
        seats=Number(len(counted.positions)),
        replies=Number(len(state.replies)),
    )
    out.print(Text(about))
    print_hanging(out, Text(), Text(say("counted: {counts}", counts=said_counts(counted.counts))))
    out.print()
    for reason in counted.reasons[:-1]:
        print_hanging(out, Text("  - "), Text(lang.again(reason)))
    for question in counted.questions:
        asked, came = question_put_said(question.question, rules), outcome_said(rules, question.outcome)
        counts = said_counts(question.counts)
        said = say("{question}: {counts}: {outcome}", question=asked, counts=counts, outcome=came)
        print_hanging(out, Text("  - "), Text(said))
    outcome = counted.reasons[-1]
    print_hanging(out, Text("  = "), Text(lang.again(outcome), style="bold"))
    row = {id(reply): number for reply, number in zip(state.replies, rows, strict=True)}

    def print_each(title: str, found: Sequence[tuple[Reply, Said, str | None, str]]) -> None:
        if not found:
            return
        out.print()
        out.print(Text(title, style="bold"))
        for reply, why, clause, style in found:
            line = say(
                "row {row}, {member}: {position}: {why}",
                row=row[id(reply)],
                member=rules.said(reply.member),
                position=position_said(reply.act),
                why=why,
            )
            text = Text(line, style=style)
            print_hanging(out, Text("  - "), text.append(f" [{clause}]", "dim") if clause else text)

    print_each(say("Not counted"), [(each.reply, each.text, each.clause, "") for each in uncounted(state)])
    print_each(
        say("Counted, with a remark"),
        [(reply, offence.text, offence.clause, STYLES.get(offence.effect, "")) for reply, offence in remarks(state)],
    )
    if members := silent(state):
        out.print()
        means: Value = Word(rules.silence.means)
        text = say("Without a reply ({silence}): {members}", silence=means, members=members)
        print_hanging(out, Text(), Text(text))
