"""The position that a letter takes, by its phrases, and what in it leaves the decision to a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .folded_text import Folded, folded_phrase
from .reply_marks import Mark, MemberNames
from .reply_phrases import Basis, Phrases, phrases
from .reply_text import Letter


class Taken(NamedTuple):
    """A phrase that takes a position, and whose it is if the words before it name a member."""

    position: str
    start: int
    end: int
    language: str
    basis: Basis | None
    source: str | None
    subject: Mark | None
    negated: Mark | None
    conditional: Mark | None


def taken(letter: Letter, names: MemberNames) -> list[Taken]:
    """Where a letter takes a position."""
    own, found = letter.own, []
    for language in phrases():
        for phrase in language.positions:
            for start, end in own.occurrences(folded_phrase(phrase.text)):
                sentence = letter.sentence(start)
                unmasked = _masked(own, language, names, sentence)
                found.append(
                    Taken(
                        phrase.position,
                        start,
                        end,
                        language.language,
                        phrase.basis,
                        phrase.source,
                        _subject(own, names, language, sentence[0], start),
                        _first(unmasked, language.negations, sentence[0]),
                        _first(unmasked, language.conditions, sentence[0]),
                    )
                )
    return sorted(found, key=lambda each: each.start)


def signs(letter: Letter, besides: Iterable[Taken]) -> list[Mark]:
    """Words that hint at a position outside those phrases."""
    within = [(each.start, each.end) for each in besides]
    sentences = {letter.sentence(each.start) for each in besides}
    found = []
    for language in phrases():
        for position, words in language.signs.items():
            found += [Mark(position, *span) for word in words for span in letter.own.occurrences(folded_phrase(word))]
        for position, words in language.near.items():
            found += [
                Mark(position, *span)
                for word in words
                for sentence in sentences
                for span in letter.own.occurrences(folded_phrase(word), *sentence)
            ]
    found = [mark for mark in found if not any(start <= mark.start and mark.end <= end for start, end in within)]
    return sorted(set(found), key=lambda mark: mark.start)


def doubts(letter: Letter, names: MemberNames, languages: Iterable[str]) -> list[Mark]:
    """Negations and conditions anywhere in a letter, in any of those languages."""
    whole = (0, len(letter.own.text))
    found = []
    for language in phrases():
        if language.language in languages:
            masked = _masked(letter.own, language, names, whole)
            for words in (language.negations, language.conditions):
                mark = _first(masked, words, 0)
                found += [mark] if mark else []
    return found


def _masked(own: Folded, language: Phrases, names: MemberNames, span: tuple[int, int]) -> Folded:
    """A range with benign phrases and members' names blanked out."""
    start, end = span
    text = own.text[start:end]
    for phrase in language.benign:
        folded = folded_phrase(phrase)
        text = text.replace(folded, "\0" * len(folded))
    for mark in names.marks(own, start, end):
        text = text[: mark.start - start] + "\0" * (mark.end - mark.start) + text[mark.end - start :]
    return Folded(text, ())


def _first(text: Folded, words: Iterable[str], before: int) -> Mark | None:
    places = [(span, word) for word in words for span in _within(text, folded_phrase(word))]
    if not places:
        return None
    (start, end), word = min(places)
    return Mark(word, before + start, before + end)


def _within(text: Folded, word: str) -> Iterator[tuple[int, int]]:
    """The places of a word; one that ends with an apostrophe is a prefix of another."""
    if word.endswith("'"):
        place = text.text.find(word)
        while place >= 0:
            if place == 0 or not text.text[place - 1].isalnum():
                yield place, place + len(word)
            place = text.text.find(word, place + 1)
        return
    yield from text.occurrences(word)


def _subject(own: Folded, names: MemberNames, language: Phrases, sentence: int, phrase: int) -> Mark | None:
    """The member that the words right before a phrase name as the voter."""
    if language.language == "zh":
        clause = max(own.text.rfind(stop, sentence, phrase) for stop in ",:;\n")
        start = max(sentence, clause + 1)
        return names.at(own, start, phrase) if start < phrase else None
    before = own.text[sentence:phrase].rstrip()
    between = sorted((folded_phrase(word) for word in language.between), key=len, reverse=True)
    shortened = True
    while shortened:
        shortened = False
        for word in between:
            if before.endswith(f" {word}"):
                before, shortened = before[: -len(word)].rstrip(), True
    end = sentence + len(before)
    for mark in names.marks(own, max(sentence, end - 80), end):
        if mark.end == end:
            return mark
    return None
