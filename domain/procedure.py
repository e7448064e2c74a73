"""A procedure as data: the rule set of a body. It is frozen, shipped as a file, and pinned by digest in every vote it
governs.

Each rule names the clause it rests on; each clause has an id, a source, and the effect it has on a reply that offends
it: ``reject`` (kept, not counted), ``flag`` or ``note``. A point that no source settles says so (``basis: not_found``)
and is a setting with a stated default. No procedure has its own code: if a body needs something that this model cannot
express, it is added to the model.
"""

import json
from functools import cache, cached_property
from typing import Annotated, Any, Literal, Self, cast

from pydantic import (
    Field,
    TypeAdapter,
    field_validator,
    model_validator,
)

from .canonical import Json
from .decision_rules import Decision
from .errors import Malformed
from .member_search import nearest_members
from .optional_rules import OnBehalf, OptionalRules, PositionRule, QuestionPut
from .payload import Document, Line, MemberId, Name, Text
from .phrase import Member
from .procedure_coherence import check_first_format, check_optional_rules
from .procedure_rules import (
    KINDS_OF_QUESTION,
    AllowedRule,
    Clause,
    Clause2,
    Corrections,
    EarlyClose,
    Effect,
    Formulas,
    Reading,
    Recorders,
    Recording,
    ReplyWithdrawal,
    ResolutionNumber,
    Rule,
    Seats,
    SecondReply,
    Silence,
    Transmission,
    Validity,
    WithinRule,
)
from .roster import UNKNOWN, built_in_members, shipped
from .window_rules import (
    ClosingWindow,
    FixedWindow,
    FixedWindow1,
    LetterWindow,
    LetterWindow1,
    WindowRule,
)
from .zone import zone


class Procedure(Document):
    """The whole rule set. A rule that is null does not exist in this procedure.

    Reading gives a :class:`Procedure1` or a :class:`Procedure2`, by its format; only these can be instantiated.
    """

    format: Literal["inblue-procedure/1", "inblue-procedure/2"]
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
    title: Line
    body: Line
    source: Text
    zone: Line
    members: Line | tuple[MemberId, ...] | None
    choices: tuple[Name, ...] = Field(min_length=1, max_length=32)
    clauses: tuple[Clause, ...] = Field(min_length=1)

    withdrawal: Rule
    opening: Rule
    notice: Rule | None = None
    window: WindowRule
    late: Rule
    early: Rule
    off_roster: Rule
    choice: Rule
    second_reply: SecondReply
    recording: Recording
    after_announcement: Rule
    transmission: Transmission
    form: AllowedRule | None = None
    signature: Rule | None = None
    office: AllowedRule | None = None
    addressee: AllowedRule | None = None
    dated: Rule | None = None
    acknowledgement: Rule | None = None
    silence: Silence
    statements: WithinRule | None = None
    tally_circulation: Rule | None = None
    announcement: WithinRule | None = None
    corrections: Corrections
    recorders: Recorders
    early_close: EarlyClose | None = None
    decision: Decision

    @classmethod
    def _validated(cls, raw: bytes, where: str) -> Self:
        if cls is not Procedure:
            return super()._validated(raw, where)
        value = json.loads(raw)
        named = value.get("format") if isinstance(value, dict) else None
        of = _VERSIONS.get(named) if isinstance(named, str) else None
        if of is None:
            raise Malformed(f"{where}: format: {ascii(named)[:60]}; this version reads {' and '.join(_VERSIONS)}")
        return cast("Self", of._validated(raw, where))

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if type(self) is Procedure:
            raise Malformed("a procedure is made in one of its versions")
        zone(self.zone)
        if isinstance(self.members, str):
            built_in_members(self.members)
        ids = [clause.id for clause in self.clauses]
        if len(set(ids)) != len(ids):
            raise Malformed("two clauses have one id")
        for name, rule in self.rules():
            if rule.clause not in ids:
                raise Malformed(f"{name} rests on the clause {rule.clause!r}, which is not listed")
        if self.silence.means in self.choices or len(set(self.choices)) != len(self.choices):
            raise Malformed("choices and the meaning of silence must all differ")
        known = {*self.choices, self.silence.means}
        for condition in self.decision.conditions:
            counted = known if condition.put is None else self.answers_to(condition.put)
            for test in condition.any_of:
                if strange := {*test.choices, *(test.base or ())} - counted:
                    raise Malformed(f"decision.{condition.id}: {min(strange)!r} is not a choice of this procedure")
        if strange := set(self.decision.unanimous) - known:
            raise Malformed(f"decision.unanimous: {min(strange)!r} is not a choice of this procedure")
        return self

    def rules(self) -> list[tuple[str, Rule]]:
        """Every rule with its name, conditions included."""
        found = [(name, value) for name, value in self if isinstance(value, Rule)]
        return [*found, *((f"decision.{c.id}", c) for c in self.decision.conditions)]

    @cached_property
    def _by_id(self) -> dict[str, Clause]:
        return {clause.id: clause for clause in self.clauses}

    def clause(self, clause_id: str) -> Clause:
        """The clause with that id; the model guarantees one for every rule."""
        return self._by_id[clause_id]

    def effect(self, rule: Rule) -> Effect:
        """The effect of an offence against ``rule`` on a reply; a note if its clause says nothing."""
        return self.clause(rule.clause).effect or "note"

    def knows(self, member: str) -> bool:
        """Whether ``member`` is an id that this procedure knows, on the roster or not."""
        return self.members is None or member in self.known

    def answers_to(self, question: str) -> set[str]:
        """The possible answers to a question put beside the draft, including silence; empty if it is not one."""
        return {name for each in self.asked if each.id == question for name in (*each.choices, each.silence)}

    @property
    def asked(self) -> tuple[QuestionPut, ...]:
        """The questions that are put beside the draft."""
        return ()

    @property
    def kinds_of_question(self) -> tuple[str, ...]:
        """The kinds of question that a draft may be."""
        return KINDS_OF_QUESTION

    @cached_property
    def known(self) -> dict[str, str]:
        """Every member that it knows, by id, with its English name; the name is empty if the list of members has none.

        Empty if it leaves the members to the roster; it then accepts any member.
        """
        return self.names if isinstance(self.members, str) else dict.fromkeys(self.members or (), "")

    def unknown(self, member: str) -> str:
        """A line saying that it does not know ``member``, and which members are most likely meant."""
        known = self.known
        near = " or ".join(
            f"{each} ({known[each]})" if known[each] else each for each in nearest_members(member, known)
        )
        return f"{self.id} knows no member {member!r}" + (f"; did you mean {near}?" if near else "")

    @cached_property
    def names(self) -> dict[str, str]:
        """English names of members by id, if the procedure's list of members has them."""
        return built_in_members(self.members) if isinstance(self.members, str) else {}

    def said(self, member: str) -> Member | str:
        """A member's name in a sentence: a Member State by its name, another member by its id."""
        return Member(member) if member in self.names else member


class Procedure1(Procedure):
    """A procedure of the first format: still read and judged, but no longer used to open votes."""

    format: Literal["inblue-procedure/1"]
    members: Line | tuple[MemberId, ...]
    window: Annotated[FixedWindow1 | LetterWindow1, Field(discriminator="fixed_by")]

    @model_validator(mode="after")
    def _of_the_first_format(self) -> Self:
        check_first_format(self.decision)
        return self


class Procedure2(OptionalRules, Procedure):
    """A procedure of the second format, used to open votes. Fields added later are written only if present."""

    format: Literal["inblue-procedure/2"]
    clauses: tuple[Clause2, ...] = Field(min_length=1)
    window: Annotated[FixedWindow | LetterWindow | ClosingWindow, Field(discriminator="fixed_by")]
    early_close: None = None
    seats: Seats | None = None
    annulment: Rule | None = None
    reply_withdrawal: ReplyWithdrawal | None = None
    dissociation: Rule | None = None
    on_behalf: OnBehalf | None = None
    validity: Validity | None = None
    presider: Rule | None = None
    formulas: Formulas | None = None
    resolution: ResolutionNumber | None = None
    outcome_letter: Rule | None = None
    compendium_letter: Rule | None = None
    statements_of_others: Rule | None = None
    readings: tuple[Reading, ...] = ()

    @field_validator("early_close", mode="before")
    @classmethod
    def _of_the_first_format_alone(cls, value: Any) -> None:
        if value is not None:
            raise Malformed("a rule of the first format; decided, in the decision, says when an outcome is decided")

    @property
    def asked(self) -> tuple[QuestionPut, ...]:
        """The questions that are put beside the draft."""
        return self.questions_put

    @cached_property
    def by_position(self) -> dict[str, PositionRule]:
        """What each position requires or becomes, if it says."""
        return {rule.choice: rule for rule in self.positions}

    @property
    def kinds_of_question(self) -> tuple[str, ...]:
        """The kinds of question that a draft may be: those that it names, or substantive and procedural ones."""
        return tuple(kind.id for kind in self.question_kinds) or KINDS_OF_QUESTION

    @model_validator(mode="after")
    def _optional_rules_agree(self) -> Self:
        check_optional_rules(self, self.decision, self.readings, (*self.choices, self.silence.means))
        return self

    @model_validator(mode="after")
    def _unjudged_has_no_rule(self) -> Self:
        judged = {rule.clause for _, rule in self.rules()}
        if both := [clause.id for clause in self.clauses if clause.unjudged is not None and clause.id in judged]:
            raise Malformed(f"the clause {both[0]!r} is unjudged, and a rule rests on it")
        return self

    @model_validator(mode="after")
    def _readings_of_choices(self) -> Self:
        known = {*self.choices, self.silence.means}
        for reading in self.readings:
            if strange := set(reading.choices) - known:
                raise Malformed(f"readings.{reading.clause}: {min(strange)!r} is not a choice of this procedure")
        return self

    @model_validator(mode="after")
    def _of_its_members_and_choices(self) -> Self:
        if taken := UNKNOWN & {*self.choices, self.silence.means}:
            raise Malformed(f"{min(taken)} is not a choice: a tally uses it for the seats whose position is unknown")
        strange = [member for member in (self.seats.permanent if self.seats else ()) if not self.knows(member)]
        if strange:
            raise Malformed(f"seats.permanent: {self.unknown(strange[0])}")
        return self

    def json_value(self) -> dict[str, Json]:
        """The same as :meth:`.payload.Model.json_value`, without absent optional rules."""
        value: dict[str, Any] = super().json_value()
        return {name: each for name, each in value.items() if name not in _GAINED or (each is not None and each != [])}

    def rules(self) -> list[tuple[str, Rule]]:
        """The same as :meth:`Procedure.rules`, with readings and the window's rules on counting and last instant."""
        named = [
            (f"{field}.{each.id}", each.clause)
            for field, listed in (
                ("question_kinds", self.question_kinds),
                ("groups", self.groups),
                ("outcomes", self.outcomes),
            )
            for each in listed
        ]
        return [
            *super().rules(),
            *((f"window.{name}", Rule(clause=clause)) for name, clause in self.window.of_length.items()),
            *((f"readings.{reading.clause}", reading) for reading in self.readings),
            *((f"questions_put.{each.id}", each) for each in self.questions_put),
            *((f"facts.{fact.id}", fact) for fact in self.facts),
            *((f"positions.{position.choice}", position) for position in self.positions),
            *((name, Rule(clause=clause)) for name, clause in named if clause is not None),
            *((f"decision.{each.id}.tie", each.tie) for each in self.decision.conditions if each.tie is not None),
            *((f"electorate.{name}", Rule(clause=clause)) for name, clause in self._of_seats.items()),
        ]

    @property
    def _of_seats(self) -> dict[str, str]:
        changes = self.electorate.changes if self.electorate else None
        return {} if changes is None else {"changes": changes}


_GAINED = frozenset(
    {
        *("seats", "validity", "presider", "formulas", "resolution", "outcome_letter", "compendium_letter"),
        *("statements_of_others", "readings", "annulment", "reply_withdrawal", "dissociation", "on_behalf"),
        *("language", "question_kinds", "questions_put", "groups", "outcomes", "facts", "electorate", "positions"),
        "examples",
    }
)
_VERSIONS: dict[str, type[Procedure]] = {"inblue-procedure/1": Procedure1, "inblue-procedure/2": Procedure2}


def procedure_schema() -> dict[str, Any]:
    """The JSON Schema of a procedure."""
    either: Any = Annotated[Procedure1 | Procedure2, Field(discriminator="format")]
    return TypeAdapter(either).json_schema()


@cache
def built_in_procedure(name: str) -> Procedure:
    """A procedure shipped with the package, such as ``unsc-2020-253``.

    >>> inblue.built_in_procedure("unsc-2020-253").id
    'unsc-2020-253'

    Raises:
        Malformed: none of that name.
    """
    return Procedure.read(shipped("procedures", name), where=f"procedure {name}")
