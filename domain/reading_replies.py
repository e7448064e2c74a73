"""Makes a proposal from the texts of a message: who replies, on which draft, with which position, and where that is
read.

Nothing is guessed. A field is proposed if the letter states it in its own place, and in one way only. Anything in the
message that contradicts it or changes the meaning of a phrase is a reason for a person to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .folded_text import fold
from .inert import HOSTILE, MARKS
from .message_contents import Contents
from .proposal import FIELDS, FieldName, Passage, Proposal, Reading, Reason
from .reading_papers import opening, read_paper
from .reply_marks import Mark, MemberNames, symbols
from .reply_part import MOST, ReadPart, read_part
from .reply_positions import Taken, doubts, signs, taken
from .reply_text import letter_of
from .wording import shown

_MOST_SAID = 400
"""Characters of a reason: of what is written out none takes more than ten."""


class OpenVote(NamedTuple):
    """A vote that a reply may be to: its name, its draft's symbol, who has a seat, and who replied already."""

    name: str
    symbol: str
    seats: frozenset[str]
    choices: frozenset[str]
    replied: frozenset[str] = frozenset()
    symbols: frozenset[str] = frozenset()
    """Symbols of its letters and procedure, which a reply may also cite."""


def propose(contents: Contents, members: Mapping[str, str], votes: Iterable[OpenVote]) -> Proposal:
    """What a message suggests. ``members`` are English names by id; ``votes`` those that are open, or may be meant."""
    return _Reading(contents, MemberNames.of(members), tuple(votes)).proposal()


@dataclass(slots=True)
class _Reading:
    contents: Contents
    names: MemberNames
    votes: tuple[OpenVote, ...]
    fields: dict[FieldName, Reading] = field(default_factory=lambda: {name: Reading() for name in FIELDS})
    reasons: list[Reason] = field(default_factory=list)

    def proposal(self) -> Proposal:
        """The whole of it."""
        read = [read_part(part, self.names) for part in self.contents.parts if part.text is not None]
        own = [each for each in read if each.part.within is None]
        letter = self._letter(own, read)
        self._faults(letter)
        position = self._position(letter, read)
        if letter is not None:
            self._member(letter, read)
            self._draft(own)
            paper = read_paper(letter, self.names)
            self.fields |= paper.fields
            self.reasons += paper.reasons
        else:
            self._ask("no_letter", "no letter is read in it", "member", "vote")
        blocked = {name for reason in self.reasons for name in reason.blocks}
        for name in blocked:
            self._leave(name)
        return Proposal(
            part=letter.part.path if letter else None,
            read_as=letter.part.read_as if letter else None,
            basis=position.basis if position and self.fields["position"].value else None,
            fields=self.fields,
            reasons=tuple(self.reasons),
        )

    def _ask(self, kind: str, text: str, *blocks: FieldName, read_in: Iterable[Passage] = ()) -> None:
        said = shown(text, most=_MOST_SAID)  # names of files may be in it, which outsiders chose
        self.reasons.append(Reason(kind=kind, text=said, blocks=blocks, read_in=tuple(read_in)[:MOST]))

    def _leave(self, name: FieldName) -> None:
        of = self.fields[name]
        if of.value is not None:
            self.fields[name] = Reading(read_in=of.read_in, candidates=(of.value, *of.candidates)[:MOST])

    def _letter(self, own: list[ReadPart], read: list[ReadPart]) -> ReadPart | None:
        """The part that is the letter: the one document, or else the text of the message."""
        documents = [part for part in self.contents.parts if part.is_document and part.within is None]
        unread = [part for part in documents if part.text is None]
        papers = [each for each in own if each.part in documents]
        saying = [each for each in papers if each.taken] or papers
        for part in unread:
            why = next(iter(part.faults), "not read")
            named = part.name or part.media_type
            self._ask("unread_document", f"{named}: {why}", "position", read_in=[Passage(part=part.path, text=named)])
        if len(saying) > 1:
            named = ", ".join(each.part.name or each.part.path for each in saying)
            self._ask("two_letters", f"it has several documents: {named}", "position", "vote")
        if saying:
            return saying[0]
        visible = [each for each in own if not each.part.attached] or own
        if visible and not (visible[0].taken or _says(visible[0])):
            forwarded = [each for each in read if each.part.within is not None and each.taken]
            return forwarded[0] if forwarded else visible[0]
        inside = [each for each in read if each.part.within is not None]
        return visible[0] if visible else inside[0] if inside else None

    def _faults(self, letter: ReadPart | None) -> None:
        for fault in self.contents.faults:
            self._ask("unread", fault, "position", "member")
        for part in self.contents.parts:
            if part.text is not None and part.faults:
                self._ask("doubtful_text", f"part {part.path}: {part.faults[0]}", "position")
            if part.text is not None and any(char not in MARKS for char in HOSTILE.findall(part.text)):
                self._ask("hidden_characters", f"part {part.path} has characters that are not seen", "position")
        if letter is not None and letter.part.within is not None:
            self._ask("forwarded", f"its letter is in a forwarded message, part {letter.part.within}", "position")
        elif any(part.within is not None for part in self.contents.parts):
            self._ask("encloses", "it encloses another message", "position")
        if letter is not None and letter.part.read_as == "html":
            self._ask("html", "its letter is a web page, of which what is seen may differ from what is read")

    def _position(self, letter: ReadPart | None, read: list[ReadPart]) -> Taken | None:
        found = [(each, one) for each in read for one in each.taken]
        said = {one.position for _, one in found}
        passages = [each.passage(one.start, one.end) for each, one in found]
        self._quoted(read)
        if not found:
            marks = [(each, mark) for each in read for mark in signs(each.letter, ())]
            self.fields["position"] = Reading(
                candidates=tuple(dict.fromkeys(mark.value for _, mark in marks))[:MOST],
                read_in=tuple(each.passage(mark.start, mark.end) for each, mark in marks)[:MOST],
            )
            self._ask("no_position", "no phrase that takes a position is read in it", "position")
            return None
        first = next((one for each, one in found if each is letter), None)
        value = first.position if first else found[0][1].position
        others = tuple(sorted(said - {value}))
        self.fields["position"] = Reading(value=value, read_in=tuple(passages)[:MOST], candidates=others)
        if others:
            self._ask("two_positions", "it takes more than one position", "position", read_in=passages)
        if first is None:
            self._ask("elsewhere", "the position is not read in the letter itself", "position", read_in=passages)
        for each, one in found:
            for kind, mark, text in (
                ("negated", one.negated, "a negation"),
                ("conditional", one.conditional, "a condition, or a word like one,"),
            ):
                if mark is not None:
                    where = [each.passage(mark.start, mark.end), each.passage(one.start, one.end)]
                    self._ask(
                        kind, f"{text} is in the sentence of the position: {mark.value}", "position", read_in=where
                    )
            if one.basis is None:
                self._ask("unsourced", f"no source was found for its phrase in {one.language}", "position")
        for each in read:
            different = [mark for mark in signs(each.letter, each.taken) if mark.value != value]
            if different and not others:
                self.fields["position"] = Reading(
                    value=value, read_in=tuple(passages)[:MOST], candidates=(different[0].value,)
                )
                where = [each.passage(mark.start, mark.end) for mark in different]
                self._ask("other_position", "a word of another position is in it", "position", read_in=where)
        if not any(value in vote.choices for vote in self.votes):
            self._ask("no_choice", f"{value} is not a choice of the procedure", "position")
        if first is not None and letter is not None:
            if first.basis == "usage":
                self._ask("usage", f"no letter at hand uses its phrase; it is usage: {first.source}")
            languages = {one.language for one in letter.taken}
            beside = [mark for mark in doubts(letter.letter, self.names, languages) if not _in_a_sentence(mark, letter)]
            for mark in beside:
                where = [letter.passage(mark.start, mark.end)]
                self._ask("doubt", f"it says {mark.value!r} in another sentence", read_in=where)
        return first

    def _quoted(self, read: list[ReadPart]) -> None:
        for each in read:
            for start, end in each.letter.quoted:
                text = each.letter.original[start:end]
                quoted = letter_of(text.replace(">", " ")) if text.strip() else None
                if quoted and (taken(quoted, self.names) or signs(quoted, ())):
                    where = [each.original(start, end)]
                    self._ask("quoted", "a position is in a message that it quotes", "position", read_in=where)
                    return

    def _member(self, letter: ReadPart, read: list[ReadPart]) -> None:
        marks = list(self._own_member(letter))
        passages = [letter.passage(mark.start, mark.end) for mark in marks]
        named = list(dict.fromkeys(mark.value for mark in marks))
        for each in read:
            if each is not letter:
                for one in each.taken:
                    if one.subject is not None and one.subject.value not in named:
                        named.append(one.subject.value)
                        passages.append(each.passage(one.subject.start, one.subject.end))
        self.fields["member"] = Reading(
            value=named[0] if named else None, read_in=tuple(passages)[:MOST], candidates=tuple(named[1:])[:MOST]
        )
        if not named:
            self._ask("no_member", "no member is named as who writes", "member")
            return
        if len(named) > 1:
            self._ask(
                "two_members", f"more than one member is named as who writes: {', '.join(named)}", "member", "position"
            )
            return
        member = named[0]
        if self.votes and not any(member in vote.seats for vote in self.votes):
            self._ask("no_seat", f"{member} has no seat in a vote that is open", "member")
        if any(member in vote.replied for vote in self.votes):
            self._ask("replied", f"a reply of {member} is on record already")
        sender = {mark.value for mark in self.names.marks(fold(self.contents.sender or ""))}
        if sender and member not in sender:
            said = ", ".join(sorted(sender))
            self._ask("sender", f"the sender's name says {said}, the letter {member}", "member", "position")

    def _own_member(self, read: ReadPart) -> Iterator[Mark]:
        """The places where a letter names its own member: heading, letterhead, signature, first words, the vote."""
        letter = read.letter
        if letter.heading is not None:
            yield from self.names.marks(letter.own, letter.heading.date[0], letter.heading.whose[1])
        for line in (*letter.above, *letter.below):
            start = letter.own.place(line.start)
            yield from self.names.marks(letter.own, start, letter.own.place(line.end))
        yield from opening(letter, self.names)
        for one in read.taken:
            if one.subject is not None:
                yield one.subject

    def _draft(self, own: list[ReadPart]) -> None:
        cited = [(each, mark) for each in own for mark in symbols(each.letter.own)]
        named = list(dict.fromkeys(mark.value for _, mark in cited))
        passages = [each.passage(mark.start, mark.end) for each, mark in cited]
        meant = [vote for vote in self.votes if vote.symbol.upper() in named]
        beside = {symbol.upper() for vote in meant for symbol in vote.symbols}
        others = [symbol for symbol in named if symbol not in {vote.symbol.upper() for vote in meant} | beside]
        self.fields["vote"] = Reading(
            value=meant[0].name if meant else None,
            read_in=tuple(passages)[:MOST],
            candidates=(*(vote.name for vote in meant[1:]), *others)[:MOST],
        )
        if not named:
            candidates = tuple(vote.name for vote in self.votes)[:MOST]
            self.fields["vote"] = Reading(candidates=candidates)
            self._ask("no_symbol", "it names no symbol of a draft", "vote")
        elif not meant:
            self._ask("wrong_symbol", f"no vote on {', '.join(named)} is open", "vote", "position", read_in=passages)
        elif len(meant) > 1:
            said = ", ".join(vote.symbol for vote in meant)
            self._ask("two_drafts", f"it names more than one draft: {said}", "vote", "position", read_in=passages)
        elif others:
            said = ", ".join(others)
            self._ask("other_symbol", f"it names another document too: {said}", "vote", "position", read_in=passages)


def _says(read: ReadPart) -> bool:
    """Whether a text has its own sentences besides what it quotes."""
    return bool(signs(read.letter, ())) or bool(read.letter.below)


def _in_a_sentence(mark: Mark, read: ReadPart) -> bool:
    spans = [read.letter.sentence(one.start) for one in read.taken]
    return any(start <= mark.start < end for start, end in spans)
