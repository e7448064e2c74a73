"""The compendium in words: what its letter and each annex say, in one language, as blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from ...domain.acts import LetterSent
from ...domain.describe import vote_said
from ...domain.findings import beside_the_outcome, findings, moves_said
from ...domain.findings_on_slips import correction_said
from ...domain.inert import inert
from ...domain.on_record import said_of_unknown
from ...domain.recorded import Reply
from ...domain.tally import tally
from ...domain.titles import failing_said
from ...domain.validity import rejections
from ...ledger.projections.as_of import AsOf
from ...ledger.projections.compendium import Annex, Compendium, Paper
from ..language.english import Language
from ..language.own_words import from_outside
from ..language.phrases import said_end, said_members, said_moment, said_position, said_reason, said_span, said_vote
from .blocks import Block, Row, Words, banners, dated, facts, heading, items, masthead, page_break, signature, text
from .letterhead import Letterhead
from .marked import words_of_runs
from .papers import Papers

_WOMAN = re.compile("女士|Ms\\.?|Mrs\\.?|Miss|Mme|Mlle|Sra\\.?|السيدة|г-жа")
"""The forms of address by which a record says that its speaker is a woman."""


class Annexes:
    """Says a compendium; ``as_of`` is the state that it was made from, where that need not be the ledger's last."""

    def __init__(self, made: Compendium, language: Language, as_of: AsOf | None = None) -> None:
        self.as_of = as_of
        self.made, self.state, self.language, self.say = made, made.state, language, language.say
        self.papers, self.letterhead = Papers(language), Letterhead(made.state, language)
        self.findings = findings(made.state)
        spoken = (annex.statement.act for annex in made.annexes if annex.statement is not None)
        self.women = {act.speaker for act in spoken if act.speaker and _WOMAN.fullmatch(act.form_of_address or "")}

    @property
    def title(self) -> str:
        """What the document is called."""
        return self.say("Compendium of the written vote on {symbol}", symbol=vote_said(self.state))

    @property
    def extent(self) -> str:
        """How much there is of it, for who wrote it."""
        return f"{len(self.made.annexes)} annexes"

    def pdf(self) -> bytes:
        """The archival PDF: PDF/A-2a, or PDF/A-3a with papers attached, and PDF/UA-1.

        Raises:
            PaperError: no typesetter here, or no font for the language or for a script in the papers.
        """
        from .typeset import PaperError, typeset

        blocks = [{name: each for name, each in block.items() if name != "href"} for block in self.blocks()]
        data = {
            "title": self.title,
            "footer": self._symbol() or said_vote(self.state, self.language),
            "blocks": blocks,
            "sections": True,
        }
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
        letter, cover = self.made.letter.act if self.made.letter else None, self.made.cover
        symbol, title = self._symbol(), self._heading()
        yield masthead(self.language.written(self.state.procedure.body), symbol, list(self._masthead(letter)))
        yield heading(title, 1)
        yield text(self._standing(symbol), "banner")
        yield from banners(self.state, self.language)
        if self.as_of is not None:
            yield text(self.language.again(self.as_of.said()))
        if letter is not None and cover.sha256 is not None:
            signed = self._signed_letter(letter)
            yield from self.papers.blocks(cover, "letter", title, signed, letter.signatory)
            yield facts([*self._on_letter(letter), *self.papers.known(cover)], small=True)
            yield heading(self.say("From the record"))
        elif letter is not None:
            yield facts(self._on_letter(letter))
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
        if letter is not None and cover.sha256 is None and letter.signatory is not None:
            yield signature(self._signed_letter(letter))
        elif cover.sha256 is None:
            yield text(self.say("The signature of the President is not on record."), "small")

    def _symbol(self) -> str:
        letter = self.made.letter.act if self.made.letter else None
        return inert(letter.symbol) if letter and letter.symbol else ""

    def _masthead(self, letter: LetterSent | None) -> Iterator[str]:
        if letter is None:
            return
        if letter.distribution:
            yield self.say("Distr.: {series}", series=self.language.written(letter.distribution))
        if letter.distributed:
            yield self.language.day_in_full(letter.distributed)
        if letter.language:
            yield self.say("Original: {languages}", languages=self._languages((letter.language,)))

    def _heading(self) -> str:
        letter, symbol = self.made.letter, vote_said(self.state)
        if letter is None:
            return self.say("Draft of a letter on the written vote on {symbol}", symbol=symbol)
        return self._headed(letter.act) or self.say(
            "Letter on the written vote on {symbol}, dated: {day}", symbol=symbol, day=self._moment(letter.act.dated)
        )

    def _headed(self, letter: LetterSent) -> str | None:
        """The heading of a President's letter, where it is on record in which office it was sent."""
        if not letter.offices:
            return None
        return self.letterhead.heading("letter", letter.dated, letter.offices[0], letter.sender, letter.addressees)

    def _signed_letter(self, letter: LetterSent) -> list[str]:
        name = self.letterhead.name(letter.signatory, letter.signatory_latin)
        rank = self.letterhead.rank(letter.rank, letter.rank_in_english)
        if name is None and not letter.offices and letter.signed is None:
            return []
        return self.letterhead.signature(name, rank, letter.offices, letter.sender, signed=letter.signed)

    def _on_letter(self, letter: LetterSent) -> list[Row]:
        rows: list[Row] = [*self._sender(letter.sender)]
        if letter.agenda_item:
            rows.append((self.say("agenda item"), self._outside(letter.agenda_item)))
        rows += [(self.say("remark"), self._outside(each)) for each in letter.remarks]
        return [*rows, *_source_row(self.say("source"), letter.source)]

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
                number=self.language.resolution(act.resolution),
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
        return self.language.annexes(first, last)

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
        if self.papers.is_picture(annex.paper):
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
        letter, draft, name = self.state.opening.act, self.state.draft.act, f"annex-{annex.number}"
        yield from self._original((letter.language,) if letter.language else ())
        title = self._headed(letter) or self.say(
            "Letter that put the draft to the vote, dated: {day}", day=self._moment(letter.dated)
        )
        yield heading(title, 3)
        yield from self.papers.blocks(annex.paper, name, title, self._signed_letter(letter), letter.signatory)
        rows = self._on_letter(letter)
        rows.append((self.say("opens"), said_span(self.state.window.opens, self.state, self.language)))
        rows.append((self.say("closes"), said_end(self.state, self.language)))
        yield facts([*rows, *self.papers.known(annex.paper)], small=True)
        yield heading(self.say("Enclosure"))
        lines = [self.say("Provisional")] if draft.provisional else []
        lines += [self.language.day_in_full(draft.dated)] if draft.dated else []
        if draft.original:
            lines.append(self.say("Original: {languages}", languages=self._languages((draft.original,))))
        yield masthead(self.language.written(self.state.procedure.body), said_vote(self.state, self.language), lines)
        if draft.sponsors:
            sponsors = self.language.join(self._member(each) for each in draft.sponsors)
            yield heading(self.say("{sponsors}: draft", sponsors=sponsors), 3)
        rows = [(self.say("subject"), self._outside(draft.title))] if draft.title else []
        if draft.languages:
            rows.append((self.say("languages"), self._languages(draft.languages)))
        rows += _source_row(self.say("source"), draft.source)
        for paper in self.made.enclosure or (Paper(None, None, None, None),):
            if paper.language and len(self.made.enclosure) > 1:
                yield text(f"[{self._languages((paper.language,))}]", "small")
            yield from self.papers.blocks(paper, f"{name}-enclosure")
            rows += self.papers.known(paper)
        yield facts(rows, small=True)

    def _reply(self, annex: Annex, reply: Reply) -> Iterator[Block]:
        act, sheet, head = reply.act, reply.act.instrument, self.letterhead
        yield from self._original((sheet.language,) if sheet.language else ())
        addressees = (sheet.addressee,) if sheet.addressee else ()
        writer = act.by or act.member
        title = head.heading(sheet.form, sheet.dated, sheet.office_in_heading or sheet.office, writer, addressees)
        name = head.name(sheet.signatory, sheet.signatory_latin)
        rank, offices = head.rank(sheet.rank, sheet.rank_in_english), (sheet.office,) if sheet.office else ()
        signed = head.signature(name, rank, offices, writer, signed=sheet.signed)
        if sheet.signatory in self.women:
            title, signed = self.language.of_a_woman(title), [self.language.of_a_woman(line) for line in signed]
        yield heading(title, 3)
        yield from self.papers.blocks(annex.paper, f"annex-{annex.number}", title, signed, sheet.signatory)
        taken = (act.position or act.says or act.by) is not None
        rows: list[Row] = [
            (self.say("position"), said_position(reply, self.state, self.language) if taken else self.say("none taken"))
        ]
        for rejection in rejections(self.made.state, reply):
            reason = said_reason(rejection.act.reason, self.findings, self.language)
            said = self.say("{text} (clause {clause})", text=reason, clause=rejection.act.clause)
            rows.append((self.say("kept, and not counted"), said))
        rows += [(self.say("corrected"), self.language.again(correction_said(each.act))) for each in reply.corrections]
        rows += [(self.say("remark"), self._outside(each)) for each in sheet.remarks]
        rows += _source_row(self.say("source"), act.source)
        yield facts([*rows, *self.papers.known(annex.paper)], small=True)

    def _statement(self, annex: Annex) -> Iterator[Block]:
        assert annex.statement is not None  # noqa: S101 - the annex is of it
        act = annex.statement.act
        yield from self._original(act.languages)
        name = self.letterhead.name(act.speaker, act.speaker_latin)
        if name is not None and name == act.speaker and act.form_of_address:
            name = self.say("{name}{form_of_address}", name=name, form_of_address=act.form_of_address)
        if name is not None and act.office:
            office = self.letterhead.office(act.office, act.member)
            office = self.language.of_a_woman(office) if act.speaker in self.women else office
            title = self.say("Statement by {name}, {office}", name=name, office=office)
        else:
            title = self.say("Statement of {member}", member=self._member(act.member))
        if self.state.roster is not None and act.member not in self.state.roster:
            member = self._member(act.member)
            title = self.say("Statement of {member}, which is not on the roster of this vote", member=member)
        yield heading(title, 3)
        yield from self.papers.blocks(annex.paper, f"annex-{annex.number}", title)
        rows: list[Row] = [(self.say("filed"), self._moment(act.filed_at))]
        rows += [(self.say("remark"), self._outside(each)) for each in act.remarks]
        rows += _source_row(self.say("source"), act.source)
        yield facts([*rows, *self.papers.known(annex.paper)], small=True)

    def _original(self, languages: Sequence[str]) -> Iterator[Block]:
        """The note on the original language of an annex; what is not marked is in that of the document, where known."""
        letter = self.made.letter.act if self.made.letter else None
        of_document = letter.language if letter else None
        if languages and tuple(languages) != (of_document,):
            yield text(self.say("[Original: {languages}]", languages=self._languages(languages)), "small")
        elif not languages and of_document is None:
            yield text(self.say("[Original language: not on record]"), "small")

    # Words

    def _outside(self, written: str) -> Words:
        return words_of_runs(from_outside(written, self.language))

    def _member(self, member: str) -> str:
        return said_members((member,), self.state, self.language)

    def _moment(self, moment: datetime | date | None) -> str:
        if isinstance(moment, date) and not isinstance(moment, datetime):
            return self.language.day_in_full(moment)
        return said_moment(moment, self.state, self.language)

    def _languages(self, codes: Sequence[str]) -> str:
        return self.language.pair([self.language.tongue(code) for code in codes])


def _source_row(name: str, source: str | None) -> list[tuple[str, str]]:
    return [(name, inert(source))] if source else []
