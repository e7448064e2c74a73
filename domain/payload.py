"""The base of every payload of the domain: frozen, strict, closed to unknown fields."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, GetCoreSchemaHandler, StringConstraints, ValidationError

from .canonical import MAX_BYTES, Json, canonical, digest, parse_json, reencode
from .errors import Malformed
from .naming import Named, check_names

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _printable(text: str) -> str:
    if text.isprintable():  # none of the characters refused below is in it
        return text
    for char in text:
        if (char != "\n" and unicodedata.category(char) in {"Cc", "Zl", "Zp"}) or char in _BIDI_CONTROLS:
            raise Malformed(f"the control character U+{ord(char):04X} cannot stand in a text")
    return text


def one_line(text: str) -> str:
    """``text``, if it is one line without control characters and without leading or trailing blanks.

    Raises:
        Malformed: it is not.
    """
    if "\n" in text or text != text.strip():
        raise Malformed("no line break and no blank at either end can stand here")
    return _printable(text)


Text: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(_printable)]
"""Free text. Control characters are refused, since on a terminal they could act or deceive."""

Line: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(one_line)]
"""One line of text, such as a symbol, a name or a title."""

Vkey: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(one_line)]
"""A public key of signed notes in C2SP form, ``name+id+base64``; an ML-DSA-44 key takes some 1,800 characters."""

SignedNote: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=400_000), AfterValidator(_printable)]
"""A C2SP signed note, word for word; a hundred lines of ML-DSA-44 fit."""

Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""An identifier that a procedure defines, such as ``in_favour`` or ``charge_d_affaires``."""

Digest: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of some bytes, in lowercase hex."""

MemberId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
"""A member, by the procedure's own ids (for the United Nations: ISO 3166-1 alpha-3)."""


class Model(BaseModel):
    """A frozen value with a canonical form."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", strict=True, defer_build=True, hide_input_in_errors=True, protected_namespaces=()
    )

    if not TYPE_CHECKING:  # pydantic derives the signature from the fields

        def __init__(self, /, **data: Any) -> None:
            try:
                self.__pydantic_validator__.validate_python(data, self_instance=self)
            except ValidationError as error:
                raise Malformed(first_fault(error)) from None

        __init__.__pydantic_base_init__ = True  # so that pydantic builds nested values itself

        def __setattr__(self, name: str, value: Any) -> None:
            try:
                super().__setattr__(name, value)
            except ValidationError as error:
                raise Malformed(first_fault(error)) from None

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """As pydantic's; Malformed where it is not of this form."""
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise Malformed(first_fault(error)) from None

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """As pydantic's; Malformed where it is not of this form."""
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:
            raise Malformed(first_fault(error)) from None

    @classmethod
    def read(cls, raw: bytes, *, where: str, limit: int = MAX_BYTES) -> Self:
        """Parse one JSON document.

        Raises:
            Malformed: not strict JSON, or not of this form; one line that begins with ``where``.
        """
        if not isinstance(raw, bytes):
            raise Malformed(f"{where}: bytes are needed here, not {type(raw).__name__}")
        parse_json(raw, where=where, limit=limit)
        return cls._validated(raw, where)

    @classmethod
    def of(cls, value: Any, *, where: str) -> Self:
        """Validate a JSON value from :func:`.canonical.parse_json`, or one made of such values.

        Raises:
            Malformed: as :meth:`read`.
        """
        try:
            raw = reencode(value)
        except (TypeError, ValueError, RecursionError):
            raise Malformed(f"{where}: this is not a JSON value") from None
        return cls._validated(raw, where)

    @classmethod
    def reread(cls, raw: bytes) -> Self:
        """Validate what is known to be strict JSON: like ``model_validate_json``, without the cost of its options.

        Raises:
            ValueError: it is not of this form.
        """
        value: Self = cls.__pydantic_validator__.validate_json(raw)
        return value

    @classmethod
    def _validated(cls, raw: bytes, where: str) -> Self:
        try:
            return cls.reread(raw)
        except ValidationError as error:
            raise Malformed(f"{where}: {first_fault(error)}") from None

    def json_value(self) -> dict[str, Json]:
        """The JSON value; fields that are not known are null."""
        # What model_dump calls, without the cost of its options.
        value: dict[str, Json] = self.__pydantic_serializer__.to_python(self, mode="json")
        return value

    def canonical(self) -> bytes:
        """The RFC 8785 form."""
        return canonical(self.json_value())


Since: TypeAlias = MappingProxyType[str, int]
"""The version of a kind that added each of these fields."""


class InOrder(Model):
    """A model that is written with its fields in the order of their names, as RFC 8785 requires."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """Pydantic's schema, with the fields in that order."""
        schema = handler(source)
        fields: Any = handler.resolve_ref_schema(schema)
        while fields["type"] != "model-fields":
            fields = fields["schema"]
        fields["fields"] = dict(sorted(fields["fields"].items()))
        return schema


class Payload(InOrder):
    """The payload of an entry. Its kind has a name and versions, ``vote-cast@1``; one class reads all of them.

    ``since`` has the fields that a later version of the kind added, each with that version; ``instrument.rank`` is the
    field ``rank`` inside the field ``instrument``. A payload is written in the lowest version that can express it,
    without the fields of higher ones. So every value has one canonical encoding, and what an earlier version wrote is
    written the same today.

    ``named`` are the fields that hold names: of a vote, a document or a language. ``versions`` is the number of
    versions, if a later one added no field.
    """

    kind_name: ClassVar[str]
    named: ClassVar[tuple[str, ...]] = ()
    since: ClassVar[Since] = Since({})
    versions: ClassVar[int] = 1

    @classmethod
    @cache
    def kinds(cls) -> tuple[str, ...]:
        """Every version of the kind as entries name it, from ``letter-sent@1`` on."""
        name = cls.kind_name.replace("_", "-")
        return tuple(f"{name}@{version}" for version in range(1, max([*cls.since.values(), cls.versions]) + 1))

    def names(self) -> dict[str, Named]:
        """The names in it, by field."""
        return {field: attrgetter(field)(self) for field in self.named}

    def check_names(self) -> None:
        """Check that it holds no name that people may mistake for another.

        Raises:
            Malformed: it does; the message has the field and the code point.
        """
        check_names(self.names())

    def kind_and_version(self) -> str:
        """The kind that an entry with this payload names."""
        return self.kinds()[self._version() - 1]

    def json_value(self) -> dict[str, Json]:
        """The same as :meth:`Model.json_value`, without fields of versions above its own."""
        own, value = self._version(), super().json_value()
        for field in self._newer():
            if field.version > own:
                holder: Any = value
                for step in field.way:
                    holder = holder[step]
                del holder[field.name]
        return value

    def is_written(self, kind: str, body: bytes) -> bool:
        """Whether an entry with this payload names ``kind``, and ``body`` is its canonical form."""
        own = self._version()
        if self.kinds()[own - 1] != kind:
            return False
        if self._is_in_order():  # pydantic's output is then canonical, in a third of the time of canonical()
            return self.__pydantic_serializer__.to_json(self, exclude=self._later(own)) == body
        return self.canonical() == body

    def _version(self) -> int:
        """The lowest version that can express it: that of the latest field that does not have its default."""
        own = 1
        read, first = self._first_version()
        if read(self) == first:  # at once, since most are of it
            return own
        for field in self._newer():
            if field.version > own and field.read(self) != field.default:
                own = field.version
        return own

    @classmethod
    @cache
    def _first_version(cls) -> tuple[Callable[[object], object], object]:
        """What reads all fields of later versions, and what it gives where an act needs none of them."""
        newer = cls._newer()
        if not newer:
            return type, cls
        defaults = tuple(field.default for field in newer)
        return attrgetter(*cls.since), defaults if len(defaults) > 1 else defaults[0]

    @classmethod
    @cache
    def _later(cls, own: int) -> dict[str, Any] | None:
        """The fields of versions above ``own``, as pydantic is told to leave them out."""
        found: dict[str, Any] = {}
        for field in cls._newer():
            if field.version > own:
                holder = found
                for step in field.way:
                    holder = holder.setdefault(step, {})
                holder[field.name] = True
        return found or None

    @classmethod
    @cache
    def _is_in_order(cls) -> bool:
        return _in_order(cls.__pydantic_core_schema__)

    @classmethod
    @cache
    def _newer(cls) -> tuple[_Newer, ...]:
        found = []
        for path, version in cls.since.items():
            holder: Any = cls
            *way, name = path.split(".")
            for step in way:
                holder = holder.model_fields[step].annotation
            found.append(_Newer(attrgetter(path), version, holder.model_fields[name].default, tuple(way), name))
        return tuple(found)


def _in_order(schema: object) -> bool:
    """Whether the fields of all models in a pydantic schema are in order; the keys of a mapping may be in any order."""
    if isinstance(schema, dict):
        match schema:
            case {"type": "dict"}:
                return False
            case {"type": "model-fields", "fields": fields} if list(fields) != sorted(fields):
                return False
            case _:
                return all(map(_in_order, schema.values()))
    return not isinstance(schema, (list, tuple)) or all(map(_in_order, schema))


class _Newer(NamedTuple):
    """A field in ``since``: how to read it, its version, its default, and its place."""

    read: Callable[[object], object]
    version: int
    default: object
    way: tuple[str, ...]
    name: str


class Document(Model):
    """A value that is kept as a file and known by the digest of its bytes.

    ``raw`` are the bytes as they were read, never what this version of the model would write: when a model gains a
    field, older documents can still be read and keep their digests. A document made in code has its canonical form.
    """

    @classmethod
    def read(cls, raw: bytes, *, where: str, limit: int = MAX_BYTES) -> Self:
        """As :meth:`Model.read`; the bytes are kept."""
        document = super().read(raw, where=where, limit=limit)
        document.__dict__["raw"] = raw  # where a cached property keeps its value
        return document

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """The same as pydantic's; a copy with changed values is another document."""
        copied = super().model_copy(update=update, deep=deep)
        if update:
            for name in ("raw", "sha256"):
                copied.__dict__.pop(name, None)
        return copied

    @cached_property
    def raw(self) -> bytes:
        """The stored bytes of the document."""
        return self.canonical()

    @cached_property
    def sha256(self) -> str:
        """The digest that identifies it: SHA-256 of ``raw``, 64 lowercase hex digits."""
        return digest(self.raw)


def check_version(document: Document, earlier: str, newer: Iterable[str]) -> None:
    """Check that a document whose ``format`` is the ``earlier`` one has none of the ``newer`` fields.

    Raises:
        Malformed: it has one.
    """
    if getattr(document, "format", None) == earlier:
        for name in newer:
            if name in document.model_fields_set:
                raise Malformed(f"{name}: {earlier} has no such field")


def without(value: dict[str, Json], earlier: str, newer: Iterable[str]) -> dict[str, Json]:
    """``value``, without the ``newer`` fields where its ``format`` is the ``earlier`` one."""
    if value.get("format") != earlier:
        return value
    left_out = frozenset(newer)
    return {name: each for name, each in value.items() if name not in left_out}


def first_fault(error: ValidationError) -> str:
    """The first error, as ``field: what``, and how many more there are.

    If a field may have several forms, the error is that of the form that was read furthest.
    """
    faults = error.errors(include_url=False, include_input=False)
    fault = max((f for f in faults if f["loc"][:1] == faults[0]["loc"][:1]), key=lambda f: len(f["loc"]))
    path = ".".join(_steps(fault["loc"])) or "document"
    text = _WORDS.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{path}: {text}{more}"


def _steps(loc: Iterable[int | str]) -> Iterable[str]:
    return (str(step) for step in loc if "[" not in str(step))  # the name of a form, not of a field


_WORDS = {
    "extra_forbidden": "there is no such field here",
    "missing": "this field is missing",
    "union_tag_invalid": "no such kind is known",
    "union_tag_not_found": "the field that names the kind is missing",
}
