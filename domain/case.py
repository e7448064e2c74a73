"""A case file: a whole history as one JSON document, ``inblue-case/1``. See docs/case-files.md.

A case is documented (history as printed; unknown stays unknown) or simulated (made up, and shown as such). Its acts are
those of :mod:`.acts`, flat; a simulated act may say when it was recorded, and any act may name a file to attach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Literal, Self, get_args

from pydantic import ConfigDict, Field

from .acts import Act, DraftCirculated, LetterSent
from .canonical import Json, parse_json
from .errors import Malformed
from .instant import is_instant, parse_instant
from .payload import Document, Line, MemberId, Text
from .place import placed
from .roster import Roster, Seat, built_in_roster

MAX_CASE_BYTES = 8 * 1024 * 1024
ACT_CLASSES: dict[str, type[Act]] = {cls.kind_name: cls for cls in get_args(Act)}

_NOT_OF_A_CASE = frozenset({"act", "times", "procedure", "after"})
"""Fields of a circulation that a case gives elsewhere or the recorder fills in."""

_RECORDER_FILLS = frozenset({"snapshot", "sha256", "media_type", "texts"})


@dataclass(frozen=True, slots=True)
class Step:
    """One act of a case: ``recorded_at`` is the simulated clock; ``files`` are paths beside the case, by language."""

    act: Act
    where: str
    recorded_at: datetime | None
    files: Mapping[str, str]


class Case(Document):
    """The document as it is in the file; :meth:`steps` reads acts and draft further."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"$id": "inblue-case/1"})

    format: Literal["inblue-case/1"]
    title: Line | None = None
    procedure: Line
    times: Literal["documented", "simulated"]
    roster: Line | tuple[Seat, ...]
    president: MemberId | None = None
    notes: tuple[Text, ...] = ()
    draft: dict[str, Any]
    acts: tuple[dict[str, Any], ...] = Field(max_length=5000)

    @classmethod
    def read(cls, raw: bytes, *, where: str, limit: int = MAX_CASE_BYTES) -> Self:
        """As :meth:`.payload.Document.read`; a fault in the document is named with its line."""
        parse_json(raw, where=where, limit=limit)
        try:
            case = super().read(raw, where="", limit=limit)
        except Malformed as error:
            raise Malformed(placed(where, raw.decode(), str(error).removeprefix(": "))) from None
        case.__dict__["name"] = where  # where a cached property keeps its value
        return case

    @cached_property
    def name(self) -> str:
        """The name of the document in messages: its path, if it was read from a file."""
        return "case"

    @property
    def put(self) -> tuple[str, int]:
        """The draft's symbol, and its round; an empty string and 1 if the case has no valid ones."""
        symbol, number = self.draft.get("symbol"), self.draft.get("round", 1)
        return symbol if isinstance(symbol, str) else "", number if type(number) is int else 1

    def placed(self, message: str) -> str:
        """A message on this case that begins with the path to the fault, as :meth:`steps` gives it, file and line."""
        return placed(self.name, self.raw.decode(), message)

    def the_roster(self) -> Roster:
        """The roster named, or the one listed.

        Raises:
            Malformed: no such roster.
        """
        if isinstance(self.roster, str):
            try:
                return built_in_roster(self.roster)
            except Malformed as error:
                raise Malformed(f"roster: {error}") from None
        try:
            return Roster(name="as listed in the case", members=self.roster)
        except Malformed as error:
            raise Malformed(f"roster: {error}") from None

    def steps(self, procedure_sha256: str) -> tuple[Step, ...]:
        """The acts in order, the draft's circulation first.

        Raises:
            Malformed: an unknown act, an unknown field, or a simulated act without an instant.
        """
        if given := sorted(self.draft.keys() & _NOT_OF_A_CASE):
            raise Malformed(f"draft: {given[0]}: there is no such field here")
        draft = {**self.draft, "act": "draft_circulated", "times": self.times, "procedure": procedure_sha256}
        steps = [self._step(draft, "draft")]
        for number, value in enumerate(self.acts):
            if value.get("act") == "draft_circulated":
                raise Malformed(f'acts.{number}: the draft is under "draft", once')
            steps.append(self._step(value, f"acts.{number}"))
        return tuple(steps)

    def _step(self, value: dict[str, Json], where: str) -> Step:
        value = dict(value)
        recorded_at, file, texts = value.pop("recorded_at", None), value.pop("file", None), value.pop("files", None)
        name = value.get("act")
        cls = ACT_CLASSES.get(name) if isinstance(name, str) else None
        if cls is None:
            raise Malformed(f"{where}: there is no act {name!r}; the acts are {', '.join(ACT_CLASSES)}")
        instrument = value.get("instrument")
        given = set(value) | (set(instrument) if isinstance(instrument, dict) else set())
        if filled := sorted(given & _RECORDER_FILLS):
            raise Malformed(f"{where}: {filled[0]} is filled in when the act is recorded; name a file instead")
        if texts is not None and cls is not DraftCirculated:
            raise Malformed(f"{where}: files: only a draft has one for each language; give file")
        if file is not None and cls is DraftCirculated:
            raise Malformed(f"{where}: file: a draft has one for each language; give files")
        act: Act = cls.of(value, where=where)
        return Step(act, where, self._instant(act, recorded_at, where), _paths(file, texts, where))

    def _instant(self, act: Act, recorded_at: Json, where: str) -> datetime | None:
        if self.times == "documented":
            if recorded_at is not None:
                raise Malformed(f"{where}: recorded_at belongs to simulated cases; this one is recorded now")
            return None
        if isinstance(recorded_at, str):
            try:
                return parse_instant(recorded_at)
            except Malformed as error:
                raise Malformed(f"{where}: recorded_at: {error}") from None
        own = getattr(act, act.when)
        if isinstance(act, LetterSent) and own is None:
            own = act.opens_at
        if recorded_at is None and is_instant(own):
            instant: datetime = own
            return instant
        raise Malformed(f"{where}: a simulated act needs an instant, in {act.when} or recorded_at")


def case_schema() -> dict[str, Any]:
    """The JSON Schema of a case file."""
    schema = Case.model_json_schema()
    definitions: dict[str, Any] = schema.setdefault("$defs", {})
    extra = {
        "recorded_at": {"type": "string", "format": "date-time", "description": "simulated cases: when it was entered"},
        "file": {"type": "string", "description": "a file beside the case, kept with the act by its digest"},
    }
    for cls in ACT_CLASSES.values():
        act = cls.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(act.pop("$defs", {}))
        for name in _RECORDER_FILLS:
            act["properties"].pop(name, None)
        act["properties"].update(extra)
        act["required"] = sorted({*act.get("required", []), "act"})
        definitions[cls.__name__] = act
    for name in _RECORDER_FILLS:
        definitions["Instrument"]["properties"].pop(name, None)
    draft = definitions.pop(DraftCirculated.__name__)
    for name in (*_NOT_OF_A_CASE, "file"):
        draft["properties"].pop(name, None)
        draft["required"] = [field for field in draft["required"] if field != name]
    draft["properties"]["files"] = {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "the text of the draft by language: a file beside the case for each",
    }
    schema["properties"]["draft"] = draft
    kinds = [{"$ref": f"#/$defs/{cls.__name__}"} for cls in ACT_CLASSES.values() if cls is not DraftCirculated]
    schema["properties"]["acts"]["items"] = {"oneOf": kinds}
    return schema


def _paths(file: Json, texts: Json, where: str) -> Mapping[str, str]:
    if file is not None and not isinstance(file, str):
        raise Malformed(f"{where}: file: a path beside the case is meant")
    if texts is not None and not (isinstance(texts, Mapping) and all(isinstance(path, str) for path in texts.values())):
        raise Malformed(f"{where}: files: an object of paths by language is meant")
    paths = {str(language): str(path) for language, path in (texts or {}).items()} if isinstance(texts, Mapping) else {}
    return {**paths, **({"": file} if file else {})}
