"""How many took a position, in words that agree with the number: ``abstention 1``, ``abstentions 2``."""

from __future__ import annotations

from collections.abc import Mapping

from .phrase import Number, Said, Value, Word


def said_counts(counts: Mapping[str, int]) -> tuple[Value, ...]:
    """Counts as a list in a sentence."""
    return tuple(said_count(name, number) for name, number in counts.items())


def said_count(name: str, number: int) -> Said:
    """How many took one position; a position that only its procedure defines is named as it is, whatever the number."""
    match name:
        case "in_favour":
            return Said.counted("in favour {number}", "in favour {number}", number)
        case "against":
            return Said.counted("against {number}", "against {number}", number)
        case "abstention":
            return Said.counted("abstention {number}", "abstentions {number}", number)
        case "absent":
            return Said.counted("absent {number}", "absent {number}", number)
        case "objection":
            return Said.counted("objection {number}", "objections {number}", number)
        case "consent":
            return Said.counted("consent {number}", "consent {number}", number)
        case "not_on_record":
            return Said.counted("not on record {number}", "not on record {number}", number)
        case _:
            return Said.of("{choice} {number}", choice=Word(name), number=Number(number))


def said_number_of(number: int, choices: tuple[str, ...]) -> Said | None:
    """The same with the number first, for a single position; None for several, or for one that is named as it is."""
    match choices:
        case ("in_favour",):
            return Said.counted("{number} in favour", "{number} in favour", number)
        case ("against",):
            return Said.counted("{number} against", "{number} against", number)
        case ("abstention",):
            return Said.counted("{number} abstention", "{number} abstentions", number)
        case ("objection",):
            return Said.counted("{number} objection", "{number} objections", number)
        case ("absent",):
            return Said.counted("{number} absent", "{number} absent", number)
        case _:
            return None
