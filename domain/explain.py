"""A procedure told in sentences, so that its authors see what they have written."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .explain_acts import tell_after, tell_before
from .explain_decision import tell_decision, tell_facts, tell_when_decided
from .explain_replies import tell_papers, tell_questions, tell_replies, tell_silence, tell_voters
from .explain_window import tell_window
from .optional_rules import Example, ExampleSeat
from .phrase import Said, Value, Word
from .procedure import Procedure, Procedure2
from .procedure_rules import Clause, Clause2
from .rules_of import by_choice
from .said_counts import said_count
from .sentence import Sentence, Telling, kind_said, names_of
from .titles import outcome_said


class Part(NamedTuple):
    """Sentences on one matter, under its heading."""

    title: Said
    sentences: tuple[Sentence, ...]


def explain(procedure: Procedure) -> tuple[Part, ...]:
    """The procedure in sentences, part by part; each field of the document is in one of them."""
    parts = (Part(title, _told(procedure, tell)) for title, tell in _parts())
    return tuple(part for part in parts if part.sentences)


def rules_explained(procedure: Procedure) -> tuple[Part, ...]:
    """As :func:`explain`, without what only copies the document: its clauses and examples."""
    return tuple(part for part in explain(procedure) if part.sentences[0].field.split(".")[0] not in _COPIED)


def absent(procedure: Procedure) -> tuple[str, ...]:
    """The optional rules that the procedure lacks, by field name."""
    return tuple(
        name
        for name, field in type(procedure).model_fields.items()
        if not field.is_required()
        and field.annotation is not type(None)
        and name not in _COPIED
        and not getattr(procedure, name)
    )


_COPIED = {"clauses", "examples"}


def _parts() -> tuple[tuple[Said, Callable[[Telling], None]], ...]:
    return (
        (Said.of("The document"), _tell_document),
        (Said.of("Who votes"), tell_voters),
        (Said.of("What is put to the vote"), tell_questions),
        (Said.of("What a reply may say"), tell_replies),
        (Said.of("What silence means"), tell_silence),
        (Said.of("How the window runs"), tell_window),
        (Said.of("What decides"), tell_decision),
        (Said.of("When it is decided"), tell_when_decided),
        (Said.of("Facts that bear on it"), tell_facts),
        (Said.of("Papers, and who records"), tell_papers),
        (Said.of("Before the vote"), tell_before),
        (Said.of("After the vote"), tell_after),
        (Said.of("Its clauses"), _tell_clauses),
        (Said.of("Its examples"), _tell_examples),
    )


def _told(procedure: Procedure, tell: Callable[[Telling], None]) -> tuple[Sentence, ...]:
    telling = Telling(procedure)
    tell(telling)
    return tuple(telling.sentences)


def _tell_document(telling: Telling) -> None:
    procedure = telling.procedure
    telling.tell("id", Said.of("Its id is {id}.", id=procedure.id))
    telling.tell("title", Said.of("Its title is: {title}.", title=Said.written(procedure.title)))
    telling.tell("body", Said.of("The body is: {body}.", body=Said.written(procedure.body)))
    telling.tell("source", Said.of("It is from: {source}.", source=Said.written(procedure.source)))
    telling.tell("zone", Said.of("Its days are those of the zone {zone}.", zone=procedure.zone))
    if isinstance(procedure, Procedure2) and procedure.language is not None:
        text = Said.of("Its clauses are written in {language}.", language=procedure.language)
        telling.tell("language", text)


def _tell_clauses(telling: Telling) -> None:
    for clause in telling.procedure.clauses:
        where = f"clauses.{clause.id}"
        text = Said.of("{id}: {text}", id=clause.id, text=Said.written(clause.text))
        telling.tell(f"{where}.text", text, clause.id)
        telling.tell(f"{where}.source", _source_said(clause), clause.id)
        telling.tell(f"{where}.effect", _effect_said(clause), clause.id)
        if isinstance(clause, Clause2) and clause.unjudged is not None:
            why = Said.written(clause.unjudged)
            telling.tell(f"{where}.unjudged", Said.of("It is noted, not judged: {why}.", why=why), clause.id)


def _source_said(clause: Clause) -> Said:
    source = Said.written(clause.source)
    match clause.basis:
        case "text":
            return Said.of("It is written in: {source}.", source=source)
        case "practice":
            return Said.of("It is practice: {source}.", source=source)
        case "not_found":
            return Said.of("No source settles it: {source}.", source=source)


def _effect_said(clause: Clause) -> Said:
    match clause.effect:
        case "reject":
            return Said.of("A reply that offends it does not count.")
        case "flag":
            return Said.of("What offends it is flagged.")
        case "note":
            return Said.of("What offends it is noted.")
        case None:
            return Said.of("It says nothing of what offends it: that is noted.")


def _tell_examples(telling: Telling) -> None:
    procedure = telling.procedure
    for example in procedure.examples if isinstance(procedure, Procedure2) else ():
        where = f"examples.{example.title}"
        text = Said.of(
            "{title}: {cast}. The outcome is to be {outcome}.",
            title=Said.written(example.title),
            cast=example_said(procedure, example),
            outcome=outcome_said(procedure, example.outcome),
        )
        telling.tell(where, text)
        if example.note is not None:
            telling.tell(f"{where}.note", Said.of("{note}", note=Said.written(example.note)))


def example_said(procedure: Procedure, example: Example) -> tuple[Value, ...]:
    """The votes cast in an example, as a list in a sentence."""
    said: list[Value] = []
    if isinstance(example.seats, int):
        said.append(Said.counted("{number} seat", "{number} seats", example.seats))
    else:
        said += [_seat_said(seat) for seat in example.seats]
    if example.question is not None:
        said.append(Said.of("a question of the kind {kind}", kind=kind_said(procedure, example.question)))
    for name, number in by_choice(procedure, example.counts or {}).items():
        said.append(said_count(name, number))
    said += [_taken(member, position) for member, position in sorted((example.positions or {}).items())]
    for question, answers in sorted(example.answers.items()):
        given = tuple(_taken(member, answer) for member, answer in sorted(answers.items()))
        said.append(Said.of("to {question}: {answers}", question=Word(question), answers=given))
    for fact, status in sorted(example.facts.items()):
        present = Said.of("the fact {fact} is present", fact=Word(fact))
        said.append(present if status == "present" else Said.of("the fact {fact} is missing", fact=Word(fact)))
    return tuple(said)


def _taken(member: str, position: str) -> Said:
    return Said.of("{member}: {position}", member=member, position=Word(position))


def _seat_said(seat: ExampleSeat) -> Value:
    more: list[Value] = [Said.of("permanent")] if seat.permanent else []
    more += [Said.of("advisory")] if seat.advisory else []
    more += names_of(seat.groups)
    more += [
        Said.of("{choice} {number}", choice=Word(name), number=weight) for name, weight in sorted(seat.weights.items())
    ]
    return Said.of("the seat {member} ({about})", member=seat.member, about=tuple(more)) if more else seat.member
