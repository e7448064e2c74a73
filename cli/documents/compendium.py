"""The compendium in words: what its letter and each annex say, in one language, as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from ...domain.describe import vote_said
from ...domain.findings import beside_the_outcome, findings, moves_said
from ...domain.findings_on_slips import correction_said
from ...domain.instrument import Instrument
from ...domain.on_record import said_of_unknown
from ...domain.state import Reply
from ...domain.tally import failing_said, tally
from ...domain.validity import rejections
from ...ledger.projections.as_of import AsOf
from ...ledger.projections.compendium import Annex, Compendium, Paper
from ..language.english import Language
from ..language.phrases import said_members, said_moment, said_position, said_reason, said_span, said_vote
from .blocks import Block, banners, dated, facts, heading, items, page_break, text
from .papers import Papers


class Annexes:
    """Says a compendium; ``as_of`` is the state that it was made from, where that need not be the ledger's last."""

    def __init__(self, made: Compendium, language: Language, as_of: AsOf | None = None) -> None:
        self.as_of = as_of
        self.made, self.state, self.language, self.say = made, made.state, language, language.say
        self.papers = Papers(language)
        self.findings = findings(made.state)

    @property
    def title(self) -> str:
        """What the document is called."""
        return self.say("Compendium of the written vote on {symbol}", symbol=vote_said(self.state))

    def pdf(self) -> bytes:
        """The archival PDF: PDF/A-2a, or PDF/A-3a with papers attached, and PDF/UA-1.

        Raises:
            PaperError: no typesetter here, or no font for the language or for a script in the papers.
        """
        from .typeset import PaperError, typeset

        blocks = [{name: each for name, each in block.items() if name != "href"} for block in self.blocks()]
        data = {"title": self.title, "footer": said_vote(self.state, self.language), "blocks": blocks}
        made_at = dated(self.state)
        try:
            return typeset("paper.typ", data, self.language, made_at=made_at, attached=self.papers.attached)
        except PaperError:  # it may be an image that is none, or none for the archive; attached it still is
            data["blocks"] = [self._without_bad_image(block) for block in blocks]
            return typeset("paper.typ", data, self.language, made_at=made_at, attached=self.papers.attached)

    def _without_bad_image(self, block: Block) -> Block:
        from .typeset import PaperError, typeset

        if not block.get("image"):
            return block
        alone = {"title": self.title, "footer": "", "blocks": [heading(self.title, 1), block]}
        try:
            typeset("paper.typ", alone, self.language, made_at=dated(self.state), attached=self.papers.attached)
        except PaperError:
            return {**block, "image": False}
        return block

    def blocks(self) -> list[Block]:
        """The letter, then the annexes in order."""
        self.papers = Papers(self.language)
        return [*self._letter(), *(block for annex in self.made.annexes for block in self._annex(annex))]

    # The letter

    def _letter(self) -> Iterator[Block]:
        letter = self.made.letter.act if self.made.letter else None
        symbol = letter.symbol if letter and letter.symbol else ""
        lines = (
            [self.say("Distributed {day}", day=self.language.day(letter.distributed))]
            if letter and letter.distributed
            else []
        )
        yield {
            "kind": "masthead",
            "body": self.language.written(self.state.procedure.body),
            "symbol": symbol,
            "lines": lines,
        }
        yield heading(self._heading(), 1)
        yield text(self._standing(symbol), "banner")
        yield from banners(self.state, self.language)
        if self.as_of is not None:
            yield text(self.language.again(self.as_of.said()))
        if letter is not None:
            yield facts([*self._sender(letter.sender), *_source_row(self.say("source"), letter.source)])
        yield from self.papers.blocks(self.made.cover, "letter") if self.made.cover.sha256 else ()
        yield text(self._result())
        unknown = said_of_unknown(self.state)
        for said in (*beside_the_outcome(self.state), *([unknown] if unknown else ()), *moves_said(self.state)):
            yield text(self.language.again(said), "strong")
        yield text(self._procedure())
        yield text(self.say("Annexed are, as far as they are on record:"))
        yield items(self._contents())
        also = self._also()
        if also:
            yield heading(self.say("Also on record"))
            yield items(also)
        if self.made.cover.sha256 is None:
            yield text(self.say("The signature of the President is not on record."), "small")

    def _heading(self) -> str:
        letter, symbol = self.made.letter, vote_said(self.state)
        if letter is None:
            return self.say("Draft of a letter on the written vote on {symbol}", symbol=symbol)
        return self.say(
            "Letter on the written vote on {symbol}, dated: {day}", symbol=symbol, day=self._moment(letter.act.dated)
        )

    def _standing(self, symbol: str) -> str:
        if symbol:
            return self.say("Made from the ledger. It is not the document {symbol} as issued.", symbol=symbol)
        return self.say("Made from the ledger. Unofficial: no compendium letter with a symbol is on record.")

    def _sender(self, sender: str | None) -> list[tuple[str, str]]:
        return [(self.say("sent by"), self._member(sender))] if sender else []

    def _result(self) -> str:
        assert self.state.result is not None  # noqa: S101 - a compendium has one
        act = self.state.result.act
        symbol, day = vote_said(self.state), self._moment(act.announced_at)
        outcome = act.outcome or tally(self.state).outcome
        if outcome == "open":
            text = self.say("The result of the vote on {symbol} was announced: {day}.", symbol=symbol, day=day)
            return self.say("{first} {second}", first=text, second=self.say("What it was is not on record."))
        if formula := failing_said(self.state.procedure, outcome):
            return self.say(
                "The draft {symbol}: {outcome}. The result was announced: {day}.",
                symbol=symbol,
                outcome=self.language.again(formula),
                day=day,
            )
        if outcome != "adopted":
            return self.say(
                "The draft {symbol} was not adopted. The result was announced: {day}.", symbol=symbol, day=day
            )
        if act.resolution:
            return self.say(
                "The draft {symbol} was adopted as resolution {number}. The result was announced: {day}.",
                symbol=symbol,
                number=act.resolution,
                day=day,
            )
        return self.say("The draft {symbol} was adopted. The result was announced: {day}.", symbol=symbol, day=day)

    def _procedure(self) -> str:
        letter, title = self.made.letter_of("procedure"), self.language.written(self.state.procedure.title)
        if letter is None or not letter.symbol:
            return self.say("Procedure: {title}. No letter that sets it out is on record.", title=title)
        values = {"title": title, "symbol": letter.symbol, "day": self._moment(letter.dated)}
        return self.say("Procedure: {title}, set out in the letter {symbol} (dated: {day}).", **values)

    def _contents(self) -> list[str]:
        found = []
        if self.made.annexes and self.made.annexes[0].kind == "opening":
            found.append(self.say("the letter that put the draft to the vote, with the draft (annex I and enclosure)"))
        else:
            found.append(self.say("no letter that put the draft to the vote"))
        replies, statements = self.made.of("reply"), self.made.of("statement")
        found.append(
            self.language.plural(
                "{number} reply of a member, stating its position ({annexes})",
                "{number} replies of members, stating their positions ({annexes})",
                len(replies),
                annexes=self._range(replies),
            )
            if replies
            else self.say("no reply of a member")
        )
        found.append(
            self.language.plural(
                "{number} statement filed ({annexes})",
                "{number} statements filed ({annexes})",
                len(statements),
                annexes=self._range(statements),
            )
            if statements
            else self.say("no statement")
        )
        return found

    def _range(self, annexes: Sequence[Annex]) -> str:
        first, last = annexes[0].number, annexes[-1].number
        if first == last:
            return self.say("annex {number}", number=self.language.annex(first))
        return self.say("annexes {first} to {last}", first=self.language.annex(first), last=self.language.annex(last))

    def _also(self) -> list[str]:
        found = []
        outcome = self.made.letter_of("outcome")
        if outcome is not None and outcome.symbol:
            found.append(self.say("the letter on the outcome, {symbol}", symbol=outcome.symbol))
        for reply in self.made.outsiders:
            member = self._member(reply.member)
            found.append(
                self.say(
                    "a reply of {member}, which is not on the roster of this vote; it is not annexed", member=member
                )
            )
        for each in self.made.co_sponsorships:
            member, source = self._member(each.act.member), each.act.source
            found.append(
                self.say(
                    "{member} announced that it co-sponsors the text (source: {source})", member=member, source=source
                )
                if source
                else self.say("{member} announced that it co-sponsors the text", member=member)
            )
        return found

    # The annexes

    def _annex(self, annex: Annex) -> Iterator[Block]:
        if annex.paper.content is not None:
            yield page_break()
        yield heading(self.say("Annex {number}", number=self.language.annex(annex.number)))
        if annex.reply is not None:
            yield from self._reply(annex, annex.reply)
        elif annex.statement is not None:
            yield from self._statement(annex)
        else:
            yield from self._opening(annex)

    def _opening(self, annex: Annex) -> Iterator[Block]:
        assert self.state.opening is not None  # noqa: S101 - the annex is of it
        letter, draft = self.state.opening.act, self.state.draft.act
        yield heading(self.say("Letter that put the draft to the vote"), 3)
        rows = [(self.say("dated"), self._moment(letter.dated)), *self._sender(letter.sender)]
        rows.append((self.say("opens"), said_span(self.state.window.opens, self.state, self.language)))
        rows.append((self.say("closes"), said_span(self.state.window.closes, self.state, self.language)))
        yield facts([*rows, *_source_row(self.say("source"), letter.source)])
        yield from self.papers.blocks(annex.paper, f"annex-{annex.number}")
        yield heading(self.say("Enclosure"))
        yield heading(self.say("Draft {symbol}", symbol=vote_said(self.state)), 3)
        rows = [(self.say("subject"), draft.title)] if draft.title else []
        rows.append((self.say("dated"), self._moment(draft.dated)))
        if draft.sponsors:
            rows.append((self.say("sponsors"), self.language.join(self._member(each) for each in draft.sponsors)))
        if draft.languages:
            rows.append((self.say("languages"), self._languages(draft.languages)))
        yield facts([*rows, *_source_row(self.say("source"), draft.source)])
        for paper in self.made.enclosure or (Paper(None, None, None, None),):
            if paper.language:
                yield text(f"[{self._languages((paper.language,))}]", "small")
            yield from self.papers.blocks(paper, f"annex-{annex.number}-enclosure")

    def _reply(self, annex: Annex, reply: Reply) -> Iterator[Block]:
        act, sheet = reply.act, reply.act.instrument
        yield text(self._original((sheet.language,) if sheet.language else ()), "small")
        values = {"member": self._member(act.member), "form": self.language.word(sheet.form)}
        if sheet.dated:
            said = self.say("{member}: {form} dated {day}", day=self.language.day(sheet.dated), **values)
        else:
            said = self.say("{member}: {form}, its date not on record", **values)
        yield heading(said, 3)
        taken = (act.position or act.says or act.by) is not None
        rows = [
            (self.say("position"), said_position(reply, self.state, self.language) if taken else self.say("none taken"))
        ]
        if sheet.addressee:
            rows.append((self.say("addressed to"), self.language.word(sheet.addressee)))
        for rejection in rejections(self.made.state, reply):
            reason = said_reason(rejection.act.reason, self.findings, self.language)
            said = self.say("{text} (clause {clause})", text=reason, clause=rejection.act.clause)
            rows.append((self.say("kept, and not counted"), said))
        rows += [(self.say("corrected"), self.language.again(correction_said(each.act))) for each in reply.corrections]
        rows += [(self.say("remark"), each) for each in sheet.remarks]
        yield facts([*rows, *_source_row(self.say("source"), act.source)])
        yield from self.papers.blocks(annex.paper, f"annex-{annex.number}")
        yield {"kind": "signature", "lines": self._signature(sheet)}

    def _statement(self, annex: Annex) -> Iterator[Block]:
        assert annex.statement is not None  # noqa: S101 - the annex is of it
        act = annex.statement.act
        yield text(self._original(act.languages), "small")
        said = self.say("Statement of {member}", member=self._member(act.member))
        if self.state.roster is not None and act.member not in self.state.roster:
            member = self._member(act.member)
            said = self.say("Statement of {member}, which is not on the roster of this vote", member=member)
        yield heading(said, 3)
        rows = [(self.say("filed"), self._moment(act.filed_at))]
        rows += [(self.say("remark"), each) for each in act.remarks]
        yield facts([*rows, *_source_row(self.say("source"), act.source)])
        yield from self.papers.blocks(annex.paper, f"annex-{annex.number}")

    def _signature(self, sheet: Instrument) -> list[str]:
        """The signature block as far as it is on record."""
        signed = {
            True: self.say("(Signed)"),
            False: self.say("(Not signed)"),
            None: self.say("(Whether it is signed is not on record)"),
        }[sheet.signed]
        latin = f" ({sheet.signatory_latin})" if sheet.signatory_latin else ""
        lines = [f"{signed} {sheet.signatory}{latin}" if sheet.signatory else signed]
        if sheet.rank:
            lines.append(self.language.written(sheet.rank))
        if sheet.office:
            lines.append(self.language.word(sheet.office))
        return lines

    def _original(self, languages: Sequence[str]) -> str:
        if not languages:
            return self.say("[Original language: not on record]")
        return self.say("[Original: {languages}]", languages=self._languages(languages))

    # Words

    def _member(self, member: str) -> str:
        return said_members((member,), self.state, self.language)

    def _moment(self, moment: datetime | date | None) -> str:
        return said_moment(moment, self.state, self.language)

    def _languages(self, codes: Sequence[str]) -> str:
        return self.language.join(map(self.language.tongue, codes))


def _source_row(name: str, source: str | None) -> list[tuple[str, str]]:
    return [(name, source)] if source else []
