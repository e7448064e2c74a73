"""The compendium as blocks: its head, its letter, each annex, and at the end notes of the record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from ...domain.describe import vote_said
from ...domain.findings import findings
from ...domain.findings_on_slips import correction_said
from ...domain.recorded import Reply
from ...domain.validity import rejections
from ...ledger.projections.as_of import AsOf
from ...ledger.projections.compendium import Annex, Compendium, Paper
from ..documents.blocks import Block, Row, banners, dated, facts, heading, page_break, text
from ..documents.letterhead import Letterhead
from ..documents.papers import Papers
from ..language.english import Language
from ..language.phrases import said_members, said_reason, said_vote
from .cover import Cover, known_of_letter
from .notes import Notes
from .text import text_of

_WOMAN = re.compile("女士|Ms\\.?|Mrs\\.?|Miss|Mme|Mlle|Sra\\.?|السيدة|г-жа")
"""The forms of address by which a record says that its speaker is a woman."""


class Annexes:
    """Writes a compendium; ``as_of`` is the state that it was made from, if that may not be the ledger's last.

    ``templates`` are a body's own, for the draft of its letter.
    """

    def __init__(
        self, made: Compendium, language: Language, as_of: AsOf | None = None, templates: Path | None = None
    ) -> None:
        self.as_of = as_of
        self.made, self.state, self.language, self.say = made, made.state, language, language.say
        self.papers, self.letterhead = Papers(language), Letterhead(made.state, language)
        self.cover = Cover(made, language, self.letterhead, templates)
        self.findings = findings(made.state)
        spoken = (annex.statement.act for annex in made.annexes if annex.statement is not None)
        self.women = {act.speaker for act in spoken if act.speaker and _WOMAN.fullmatch(act.form_of_address or "")}

    @property
    def title(self) -> str:
        """What the document is called."""
        return self.say("Compendium of the written vote on {symbol}", symbol=vote_said(self.state))

    @property
    def extent(self) -> str:
        """How much there is of it, to report after writing."""
        return f"{len(self.made.annexes)} annexes"

    def text(self) -> bytes:
        """The document as plain text."""
        return text_of(self.blocks(), self.language)

    def pdf(self) -> bytes:
        """The archival PDF: PDF/A-2a, or PDF/A-3a with papers attached, and PDF/UA-1.

        Raises:
            PaperError: no typesetter here, or no font for the language or for a script in the papers.
        """
        from ..documents.typeset import PaperError, typeset

        blocks = [{name: each for name, each in block.items() if name != "href"} for block in self.blocks()]
        data = {
            "title": self.title,
            "footer": self._footer(),
            "blocks": blocks,
            "sections": True,
        }
        made_at = dated(self.state)
        try:
            return typeset("paper.typ", data, self.language, made_at=made_at, attached=self.papers.attached)
        except PaperError:  # it may be a broken image, or one that an archive cannot hold; it is attached all the same
            data["blocks"] = [self._without_bad_image(block) for block in blocks]
            return typeset("paper.typ", data, self.language, made_at=made_at, attached=self.papers.attached)

    def _footer(self) -> str:
        """What is at the foot of each page: which document it is, and that it is a draft."""
        name = self.cover.symbol or said_vote(self.state, self.language)
        return self.say("{first} {second}", first=self.cover.mark, second=f"({name})") if self.cover.mark else name

    def _without_bad_image(self, block: Block) -> Block:
        from ..documents.typeset import PaperError, typeset

        if not block.get("image"):
            return block
        alone = {"title": self.title, "footer": "", "blocks": [heading(self.title, 1), block]}
        try:
            typeset("paper.typ", alone, self.language, made_at=dated(self.state), attached=self.papers.attached)
        except PaperError:
            return {**block, "image": False}
        return block

    def blocks(self) -> list[Block]:
        """The head, the letter, the annexes in order, and the notes of the record."""
        self.papers = Papers(self.language)
        notes = Notes(self.made, self.language, self.papers)
        return [
            *self._banners(),
            *notes.beside(),
            self.cover.masthead(),
            *self.cover.words(self.papers),
            *(block for annex in self.made.annexes for block in self._annex(annex, notes)),
            *notes.blocks(),
        ]

    def _banners(self) -> Iterator[Block]:
        first, *rest = self.cover.standing()
        yield text(first, "banner")
        yield from (text(each, "strong") for each in rest)
        yield from banners(self.state, self.language)
        if self.as_of is not None:
            yield text(self.language.again(self.as_of.said()))

    # The annexes

    def _annex(self, annex: Annex, notes: Notes) -> Iterator[Block]:
        if self.papers.is_picture(annex.paper):
            yield page_break()
        yield heading(self.say("Annex {number}", number=self.language.annex(annex.number)))
        if annex.reply is not None:
            yield from self._reply(annex, annex.reply, notes)
        elif annex.statement is not None:
            yield from self._statement(annex)
        else:
            yield from self._opening(annex)

    def _opening(self, annex: Annex) -> Iterator[Block]:
        assert self.state.opening is not None  # noqa: S101 - the annex is of it
        letter, draft, name = self.state.opening.act, self.state.draft.act, f"annex-{annex.number}"
        yield from self._original((letter.language,) if letter.language else ())
        title = self.say("Letter that put the draft to the vote, dated: {day}", day=self._day(letter.dated))
        if letter.offices:
            title = self.letterhead.heading("letter", letter.dated, letter.offices[0], letter.sender, letter.addressees)
        signed, known = self.letterhead.signed_letter(letter), known_of_letter(letter)
        yield from self.papers.headed(annex.paper, name, title, signed, letter.signatory, known)
        yield heading(self.say("Enclosure"), 3)
        yield self.cover.enclosure()
        sponsors = self.language.join(self._member(each) for each in draft.sponsors)
        said = self.letterhead.draft_of(sponsors) if sponsors else None
        papers = self.made.enclosure or (Paper(None, None, None, None),)
        if said and not self.papers.begins(papers[0], said):
            yield heading(said, 3)
        for paper in papers:
            if paper.language and len(papers) > 1:
                yield text(f"[{self._languages((paper.language,))}]", "small")
            yield from self.papers.blocks(paper, f"{name}-enclosure")

    def _reply(self, annex: Annex, reply: Reply, notes: Notes) -> Iterator[Block]:
        act, sheet, head = reply.act, reply.act.instrument, self.letterhead
        yield from self._original((sheet.language,) if sheet.language else ())
        addressees = (sheet.addressee,) if sheet.addressee else ()
        writer, office = act.by or act.member, sheet.office_in_heading or sheet.office
        title = head.heading(sheet.form, sheet.dated, office, writer, addressees)
        name = head.name(sheet.signatory, sheet.signatory_latin)
        rank, offices = head.rank(sheet.rank, sheet.rank_in_english), (sheet.office,) if sheet.office else ()
        # Otherwise the notes say what is known about it.
        says_who = name is not None or bool(offices) or sheet.signed is True
        signed = head.signature(name, rank, offices, writer, signed=sheet.signed) if says_who else []
        if sheet.signatory in self.women:
            title, signed = self.language.of_a_woman(title), [self.language.of_a_woman(line) for line in signed]
        known: dict[str, object] = {"form": sheet.form, "dated": sheet.dated, "office": office, "member": writer}
        known |= {"addressees": addressees, "signatory": sheet.signatory}
        yield from self.papers.headed(annex.paper, f"annex-{annex.number}", title, signed, sheet.signatory, known)
        rows: list[Row] = [] if self.papers.is_readable(annex.paper) else [notes.position(reply)]
        for rejection in rejections(self.made.state, reply):
            reason = said_reason(rejection.act.reason, self.findings, self.language)
            said = self.say("{text} (clause {clause})", text=reason, clause=rejection.act.clause)
            rows.append((self.say("kept, and not counted"), said))
        rows += [(self.say("corrected"), self.language.again(correction_said(each.act))) for each in reply.corrections]
        if reply.corrections or reply.voided is not None:
            rows.insert(0, notes.position(reply))
        if rows:
            yield facts(list(dict.fromkeys(rows)), small=True)

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
        known = {"member": act.member, "office": act.office, "speaker": act.speaker}
        yield from self.papers.headed(annex.paper, f"annex-{annex.number}", title, (), None, known)

    def _original(self, languages: Sequence[str]) -> Iterator[Block]:
        """The note on the original language of an annex; what is not marked is in that of the document, where known."""
        letter = self.made.letter.act if self.made.letter else None
        of_document = letter.language if letter else None
        if languages and tuple(languages) != (of_document,):
            yield text(self.say("[Original: {languages}]", languages=self._languages(languages)), "small")

    # Words

    def _member(self, member: str) -> str:
        return said_members((member,), self.state, self.language)

    def _day(self, day: date | None) -> str:
        return self.language.day_in_full(day) if day else self.say("not on record")

    def _languages(self, codes: Sequence[str]) -> str:
        return self.language.pair([self.language.tongue(code) for code in codes])
