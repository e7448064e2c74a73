"""A procedure as data: the rule set of a body. Frozen, shipped as a file, pinned by digest in every vote it governs.

Each rule names the clause it rests on; each clause has an id, a source, and the effect it has on a reply that offends
it: ``reject`` (kept, not counted), ``flag`` or ``note``. What no source settles says so (``basis: not_found``) and is a
setting with a stated default. No procedure has code of its own: what a body needs and this model cannot say belongs in
the model.
"""

import json
from functools import cache, cached_property
from typing import Annotated, Any, Literal, Self, TypeAlias, cast, get_args

from pydantic import Field, TypeAdapter, model_validator

from .canonical import Json
from .errors import MalformedError, Refusal
from .instant import Day
from .member_search import nearest_members
from .payload import Document, Line, MemberId, Model, Name, Text
from .phrase import Member
from .roster import NOT_ON_RECORD, built_in_members, shipped
from .threshold import Threshold
from .window import SATURDAY_AND_SUNDAY, Counted, DaysOff
from .zone import zone

Effect: TypeAlias = Literal["reject", "flag", "note"]
Outcome: TypeAlias = Literal["adopted", "not_adopted", "vetoed", "open"]
Question: TypeAlias = Literal["substantive", "procedural"]
Weekday: TypeAlias = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
"""The days of the week by their numbers, from 0."""


class Clause(Model):
    """One provision: what it says, where it stands, and what an offence against it does to a reply."""

    id: Name
    text: Text
    source: Text
    basis: Literal["text", "practice", "not_found"] = "text"
    effect: Effect | None = None


class Rule(Model):
    """A rule rests on a clause, by id."""

    clause: Name


class _Window(Rule):
    """How long the window is, and how it ends. ``countings`` are the ways in which its hours may be counted."""

    hours: int
    extendable: bool = False
    at_close: Literal["inside", "late"] = "inside"


class _OneCounting(_Window):
    counted: Counted = "elapsed"

    @property
    def countings(self) -> tuple[Counted, ...]:
        """The one way of counting that there is."""
        return (self.counted,)

    @property
    def days_off(self) -> DaysOff:
        """The days that working days leave out."""
        return SATURDAY_AND_SUNDAY


class _Countings(_Window):
    countings: tuple[Counted, ...] = Field(default=("elapsed",), min_length=1)
    weekend: tuple[Weekday, ...] | None = Field(default=None, min_length=1, max_length=6)
    holidays: tuple[Day, ...] | None = Field(default=None, min_length=1, max_length=1000)

    @cached_property
    def days_off(self) -> DaysOff:
        """The days that working days leave out: the weekend, Saturday and Sunday unless it is another, and holidays."""
        weekend = SATURDAY_AND_SUNDAY.weekend if self.weekend is None else map(WEEKDAYS.index, self.weekend)
        return DaysOff(frozenset(weekend), frozenset(self.holidays or ()))

    @model_validator(mode="after")
    def _days_off_of_working_days(self) -> Self:
        for name, days in (("weekend", self.weekend), ("holidays", self.holidays)):
            if days is not None and "working_days" not in self.countings:
                raise MalformedError(f"{name}: no working_days are counted here")
            if days is not None and len(set(days)) != len(days):
                raise MalformedError(f"{name}: a day is listed twice")
        return self

    @model_validator(mode="after")
    def _elapsed_first(self) -> Self:
        if len(set(self.countings)) != len(self.countings):
            raise MalformedError("one of the countings is listed twice")
        if "elapsed" in self.countings[1:]:
            raise MalformedError("elapsed is listed first: hours are counted so where the opening letter says nothing")
        return self


class FixedWindow1(_OneCounting):
    """The procedure fixes the length; the deadline follows from the opening and is never typed."""

    fixed_by: Literal["procedure"]
    hours: int = Field(gt=0, le=24 * 366)


class LetterWindow1(_OneCounting):
    """The opening letter fixes the deadline, at least ``hours`` after the opening."""

    fixed_by: Literal["letter"]
    hours: int = Field(ge=0, le=24 * 366)


class FixedWindow(_Countings):
    """The procedure fixes the length; the deadline follows from the opening and is never typed."""

    fixed_by: Literal["procedure"]
    hours: int = Field(gt=0, le=24 * 366)


class LetterWindow(_Countings):
    """The opening letter fixes the deadline, at least ``hours`` after the opening."""

    fixed_by: Literal["letter"]
    hours: int = Field(ge=0, le=24 * 366)


WindowRule: TypeAlias = FixedWindow1 | LetterWindow1 | FixedWindow | LetterWindow


class AllowedRule(Rule):
    """One of the listed values is asked for: forms, offices or addressees of an instrument."""

    allowed: tuple[Name, ...] = Field(min_length=1)


class WithinRule(Rule):
    """Something is due within so many hours of the close."""

    hours: int = Field(gt=0, le=24 * 366)


class Seats(Rule):
    """How many seats there are, and whose are permanent: what the roster of an opening must agree with."""

    number: int = Field(ge=1, le=1000)
    permanent: tuple[MemberId, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.permanent)) != len(self.permanent):
            raise MalformedError("one of the permanent members is listed twice")
        if len(self.permanent) > self.number:
            raise MalformedError("there are more permanent members than seats")
        return self


class SecondReply(Rule):
    """Which reply of a member stands when it sends another: a vote that may be changed says ``last``."""

    stands: Literal["first", "last"]


class ReplyWithdrawal(Rule):
    """Whether a member may withdraw its reply: its seat is then as if it had sent none."""

    allowed: bool


class Silence(Rule):
    """What a missing reply means, as a key of the tally: ``absent``, ``consent``, ..."""

    means: Name


class Transmission(Rule):
    """Where replies are to be sent."""

    to: Text


class Recording(Rule):
    """How soon after arrival a reply must be entered for the registrar's clock to vouch for the arrival."""

    lag_seconds: int = Field(ge=0, le=7 * 86400)


class Corrections(Rule):
    """What may be corrected, and until when. A ``position`` only with a new instrument."""

    fields: tuple[Line, ...]
    until: Literal["announcement", "always"]


class Recorders(Rule):
    """Which offices may record which acts (``*``: every act not named)."""

    offices: dict[Annotated[str, Field(pattern=r"^(\*|[a-z][a-z_]*)$")], tuple[Name, ...]]

    def may_record(self, act: str, office: str) -> bool:
        """Whether ``office`` may record ``act`` (``vote_cast``, ...)."""
        return office in self.offices.get(act, self.offices.get("*", ()))


class EarlyClose(Rule):
    """Voting may close before the deadline once the tally, silence counted as silence, gives one of ``on``."""

    on: tuple[Literal["adopted", "not_adopted"], ...] = Field(min_length=1)


class Condition(Rule):
    """What adoption needs: at least one of ``any_of`` holds. Where none does, the outcome is ``failing``.

    ``questions`` limits the condition to those kinds of question; conditions are read in order and the first that
    fails decides.
    """

    id: Name
    any_of: tuple[Threshold, ...] = Field(min_length=1)
    questions: tuple[Question, ...] = ("substantive", "procedural")
    failing: Literal["not_adopted", "vetoed"] = "not_adopted"


class Decision(Rule):
    """Adopted when every condition holds; unanimous when all seats took one of ``unanimous``."""

    conditions: tuple[Condition, ...] = Field(min_length=1)
    unanimous: tuple[Name, ...]


class Procedure(Document):
    """The whole rule set. A rule that is null does not exist in this procedure.

    What is read is a :class:`Procedure1` or a :class:`Procedure2`, as its format says; only these can be made.
    """

    format: Literal["inblue-procedure/1", "inblue-procedure/2"]
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
    title: Line
    body: Line
    source: Text
    zone: Line
    members: Line | tuple[MemberId, ...]
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
            raise MalformedError(f"{where}: format: {ascii(named)[:60]}; this version reads {' and '.join(_VERSIONS)}")
        return cast("Self", of._validated(raw, where))

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if type(self) is Procedure:
            raise MalformedError("a procedure is made in one of its versions")
        zone(self.zone)
        if isinstance(self.members, str):
            built_in_members(self.members)
        ids = [clause.id for clause in self.clauses]
        if len(set(ids)) != len(ids):
            raise MalformedError("two clauses have one id")
        for name, rule in self.rules():
            if rule.clause not in ids:
                raise MalformedError(f"{name} rests on the clause {rule.clause!r}, which is not listed")
        if self.silence.means in self.choices or len(set(self.choices)) != len(self.choices):
            raise MalformedError("choices and the meaning of silence must all differ")
        known = {*self.choices, self.silence.means}
        for condition in self.decision.conditions:
            for test in condition.any_of:
                if strange := {*test.choices, *(test.base or ())} - known:
                    raise MalformedError(f"decision.{condition.id}: {min(strange)!r} is no choice of this procedure")
        if strange := set(self.decision.unanimous) - known:
            raise MalformedError(f"decision.unanimous: {min(strange)!r} is no choice of this procedure")
        return self

    def rules(self) -> list[tuple[str, Rule]]:
        """Every rule with its name, conditions included."""
        found = [(name, value) for name, value in self if isinstance(value, Rule)]
        return [*found, *((f"decision.{c.id}", c) for c in self.decision.conditions)]

    @cached_property
    def _by_id(self) -> dict[str, Clause]:
        return {clause.id: clause for clause in self.clauses}

    def clause(self, clause_id: str) -> Clause:
        """The clause of that id, which the model guarantees to be there for every rule."""
        return self._by_id[clause_id]

    def effect(self, rule: Rule) -> Effect:
        """What an offence against ``rule`` does to a reply; where its clause says nothing, a note."""
        return self.clause(rule.clause).effect or "note"

    def knows(self, member: str) -> bool:
        """Whether ``member`` is an id that this procedure can know at all, on the roster or not."""
        if isinstance(self.members, str):
            return member in self.names
        return member in self.members

    @property
    def known(self) -> dict[str, str]:
        """Every member that it can know, by id, with its English name; empty where the list of members has none."""
        return self.names if isinstance(self.members, str) else dict.fromkeys(self.members, "")

    def unknown(self, member: str) -> str:
        """That it knows no ``member`` of that id, and which are most likely meant, in a line."""
        known = self.known
        near = " or ".join(
            f"{each} ({known[each]})" if known[each] else each for each in nearest_members(member, known)
        )
        return f"{self.id} knows no member {member!r}" + (f"; did you mean {near}?" if near else "")

    @cached_property
    def names(self) -> dict[str, str]:
        """English names of members by id, where the procedure's list of members has them."""
        return built_in_members(self.members) if isinstance(self.members, str) else {}

    def said(self, member: str) -> Member | str:
        """A member as a sentence names it: a Member State by its name, a member of another kind by its id."""
        return Member(member) if member in self.names else member


class Procedure1(Procedure):
    """A procedure of the first format: read and judged as ever, and no vote is opened under it any more."""

    format: Literal["inblue-procedure/1"]
    window: Annotated[FixedWindow1 | LetterWindow1, Field(discriminator="fixed_by")]


class Procedure2(Procedure):
    """A procedure under which votes are opened. What it gained since is written only where it is there."""

    format: Literal["inblue-procedure/2"]
    window: Annotated[FixedWindow | LetterWindow, Field(discriminator="fixed_by")]
    seats: Seats | None = None
    annulment: Rule | None = None
    reply_withdrawal: ReplyWithdrawal | None = None
    dissociation: Rule | None = None
    on_behalf: Rule | None = None

    @model_validator(mode="after")
    def _of_its_members_and_choices(self) -> Self:
        if NOT_ON_RECORD in {*self.choices, self.silence.means}:
            raise MalformedError(f"{NOT_ON_RECORD} is no choice: it is what a tally calls the seats nobody knows of")
        strange = [member for member in (self.seats.permanent if self.seats else ()) if not self.knows(member)]
        if strange:
            raise MalformedError(f"seats.permanent: {self.unknown(strange[0])}")
        return self

    def json_value(self) -> dict[str, Json]:
        """As :meth:`.payload.Model.json_value`, without optional rules that it does not have."""
        value = {name: each for name, each in super().json_value().items() if each is not None or name not in _GAINED}
        if isinstance(window := value["window"], dict):
            value["window"] = {name: each for name, each in window.items() if each is not None or name not in _GAINED}
        return value


_GAINED = frozenset({"seats", "annulment", "weekend", "holidays", "reply_withdrawal", "dissociation", "on_behalf"})
_VERSIONS: dict[str, type[Procedure]] = {"inblue-procedure/1": Procedure1, "inblue-procedure/2": Procedure2}


def annulment(procedure: Procedure) -> Rule | None:
    """The rule by which a vote may be annulled, where the procedure has one."""
    return procedure.annulment if isinstance(procedure, Procedure2) else None


def check_in_use(procedure: Procedure) -> None:
    """Check that votes are opened under such a procedure.

    Raises:
        Refusal: it is of the first format, under which no vote is opened any more.
    """
    if isinstance(procedure, Procedure1):
        what = f"{procedure.id} is of the format {procedure.format}, under which no vote is opened any more"
        raise Refusal(None, f"{what}; translate it: inblue procedure translate FILE")


def procedure_schema() -> dict[str, Any]:
    """The JSON Schema of a procedure."""
    either: Any = Annotated[Procedure1 | Procedure2, Field(discriminator="format")]
    return TypeAdapter(either).json_schema()


@cache
def built_in_procedure(name: str) -> Procedure:
    """A procedure shipped with the package, such as ``unsc-2020-253``.

    Raises:
        MalformedError: none of that name.
    """
    return Procedure.read(shipped("procedures", name), where=f"procedure {name}")
