"""Reads the parts of a letter outside its sentences: form, date, signatory, office, addressee, language, explanation.

Each is read in its own place, and proposed if all mentions there agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .folded_text import folded_phrase
from .proposal import FieldName, Passage, Reading, Reason
from .reply_marks import Mark, MemberNames, days
from .reply_part import MOST, ReadPart
from .reply_phrases import phrases
from .reply_text import Letter


def read_paper(read: ReadPart, names: MemberNames) -> Paper:
    """What was read from a letter."""
    paper = Paper(names)
    paper.take(read)
    return paper


@dataclass(slots=True)
class Paper:
    """The fields of a paper, and what in it requires a person."""

    names: MemberNames
    fields: dict[FieldName, Reading] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)

    def take(self, read: ReadPart) -> None:
        """Read them all."""
        self._places(read)
        self._form(read)
        self._signatory(read)
        self._language(read)
        self._explanation(read)

    def _ask(self, kind: str, text: str, *blocks: FieldName, read_in: Iterable[Passage] = ()) -> None:
        self.reasons.append(Reason(kind=kind, text=text, blocks=blocks, read_in=tuple(read_in)[:MOST]))

    def _places(self, read: ReadPart) -> None:
        """Date, addressee and office, each above or below the sentences."""
        letter, own = read.letter, read.letter.own
        above = [self._span(letter, line.start, line.end) for line in (*letter.above, *letter.address)]
        below = [self._span(letter, line.start, line.end) for line in letter.below]
        places = [*above, *below]
        if letter.heading is not None:
            places.insert(0, (letter.heading.date[0], letter.heading.whose[1]))
        self._one(read, "dated", [mark for span in places for mark in days(own, *span)])
        addressed = [self._span(letter, line.start, line.end) for line in letter.address]
        if letter.heading is not None:
            addressed.insert(0, letter.heading.to)
        self._one(
            read,
            "addressee",
            [
                Mark(each.addressee, *place)
                for language in phrases()
                for each in language.addressees
                for span in addressed
                for place in own.occurrences(folded_phrase(each.text), *span)
            ],
        )
        self._one(read, "office", list(_offices(letter, below)))

    @staticmethod
    def _span(letter: Letter, start: int, end: int) -> tuple[int, int]:
        return letter.own.place(start), letter.own.place(end)

    def _one(self, read: ReadPart, name: FieldName, marks: list[Mark]) -> None:
        """A field that is read if all mentions agree."""
        values = list(dict.fromkeys(mark.value for mark in marks))
        passages = tuple(read.passage(mark.start, mark.end) for mark in marks)[:MOST]
        value = values[0] if len(values) == 1 else None
        self.fields[name] = Reading(value=value, read_in=passages, candidates=() if value else tuple(values)[:MOST])
        if len(values) > 1:
            self._ask(f"two_{name}", f"{name}: it can be read as {' or '.join(values)}", name, read_in=passages)

    def _form(self, read: ReadPart) -> None:
        letter = read.letter
        notes = [folded_phrase(each) for language in phrases() for each in language.notes]
        if letter.heading is not None:
            said = letter.own.text[slice(*letter.heading.form)]
            place = read.passage(*letter.heading.form)
            self.fields["form"] = Reading(value="note_verbale" if said in notes else "letter", read_in=(place,))
            return
        first = letter.first_sentence()
        spans = [self._span(letter, line.start, line.end) for line in letter.above]
        for phrase in notes:
            for span in (*spans, first):
                if stretches := letter.own.occurrences(phrase, *span):
                    self.fields["form"] = Reading(value="note_verbale", read_in=(read.passage(*stretches[0]),))
                    return
        if marks := list(opening(letter, self.names)):
            mark = marks[0]
            self.fields["form"] = Reading(value="note_verbale", read_in=(read.passage(mark.start, mark.end),))
        elif letter.below:
            line = letter.below[0]
            self.fields["form"] = Reading(value="letter", read_in=(read.original(line.start, line.end),))

    def _signatory(self, read: ReadPart) -> None:
        """The name beside a signature mark, or above the office; without a mark it is not known to be signed."""
        letter = read.letter
        marks = [folded_phrase(each) for language in phrases() for each in language.signed]
        offices = [folded_phrase(each.text) for language in phrases() for each in language.offices]
        for number, line in enumerate(letter.below):
            said = line.text.text
            for mark in marks:
                at = said.find(mark)
                name = (said[:at] or said[at + len(mark) :]).strip() if at >= 0 else ""
                if name:
                    begin = said.find(name)
                    place = read.original(*line.original(begin, begin + len(name)))
                    self.fields["signatory"] = Reading(value=place.text, read_in=(place,))
                    whole = read.original(line.start, line.end)
                    self.fields["signed"] = Reading(value="yes", read_in=(whole,))
                    return
            below = letter.below[number + 1 : number + 3]
            if any(each.text.occurrences(office) for each in below for office in offices) and _is_name(said, offices):
                place = read.original(line.start, line.end)
                self.fields["signatory"] = Reading(value=place.text, read_in=(place,))
                return

    def _language(self, read: ReadPart) -> None:
        languages = list(dict.fromkeys(one.language for one in read.taken))
        if len(languages) == 1:
            one = read.taken[0]
            self.fields["language"] = Reading(value=languages[0], read_in=(read.passage(one.start, one.end),))
        elif languages:
            self.fields["language"] = Reading(candidates=tuple(languages))
            self._ask("two_languages", "it takes a position in more than one language", "language")

    def _explanation(self, read: ReadPart) -> None:
        own = read.letter.own
        marks = [
            Mark(name, *place)
            for language in phrases()
            for name in ("none_stated", "enclosed", "announced")
            for phrase in getattr(language.explanation, name)
            for place in own.occurrences(folded_phrase(phrase))
        ]
        touched = [
            Mark(word, *place)
            for language in phrases()
            if not read.taken or language.language in {one.language for one in read.taken}
            for word in language.explanation.touched
            for place in own.occurrences(folded_phrase(word))
        ]
        if marks:
            self._one(read, "explanation", marks)
        elif touched:
            places = tuple(read.passage(mark.start, mark.end) for mark in touched)[:MOST]
            self.fields["explanation"] = Reading(read_in=places)
            self._ask("explanation", "it says something of an explanation", "explanation", read_in=places)
        elif read.taken:
            whole = Passage(part=read.part.path, text="nothing is said of one")
            self.fields["explanation"] = Reading(value="silent", read_in=(whole,))


def opening(letter: Letter, names: MemberNames) -> Iterator[Mark]:
    """The member whose mission a note begins with, in the third person."""
    start, end = letter.first_sentence()
    for language in phrases():
        for phrase in language.third_person:
            for at, _ in letter.own.occurrences(folded_phrase(phrase), start, end)[:1]:
                missions = (folded_phrase(each) for each in language.missions)
                named = names.marks(letter.own, start, at)
                if named and (language.language == "zh" or any(each in letter.own.text[start:at] for each in missions)):
                    yield named[-1]


def _offices(letter: Letter, spans: Iterable[tuple[int, int]]) -> Iterator[Mark]:
    """The offices in some ranges, the longest phrase at each place; a mission is not an office."""
    named = [(folded_phrase(each.text), each.office) for language in phrases() for each in language.offices]
    named += [(folded_phrase(each), "") for language in phrases() for each in language.missions]
    named.sort(key=lambda each: (-len(each[0]), not each[1]))
    for start, end in spans:
        found: list[Mark] = []
        for phrase, office in named:
            for place in letter.own.occurrences(phrase, start, end):
                if not any(mark.start <= place[0] < mark.end for mark in found):
                    found.append(Mark(office, *place))
        yield from (mark for mark in found if mark.value)


def _is_name(said: str, offices: list[str]) -> bool:
    """Whether a line may be a person's name: a few words, none of them an office or a number."""
    return len(said) <= 60 and not any(char.isdigit() for char in said) and not any(each in said for each in offices)
