"""The edge of the public API: arguments from a host are checked, and every failure is raised as an InblueError.

:func:`face` decorates a function that a host calls, :func:`face_of` a class. An argument of the wrong type raises
Malformed with its name; an error of a library, a database or the operating system becomes the matching error of
:mod:`inblue.domain.errors`, in this one place.
"""

from __future__ import annotations

import collections.abc
import inspect
import math
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache, partial, wraps
from typing import Any, Literal, NamedTuple, ParamSpec, TypeVar, cast, get_args, get_origin

from ...domain.errors import InblueError, Malformed, Refused
from ...domain.wording import shown
from ..errors import Broken, UnreachableError, UnusableError

if typing.TYPE_CHECKING:
    from ...domain.payload import Model

_CLOSED = "this ledger is closed; open it again"

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C")

_DATABASES = frozenset({"eventsourcing", "psycopg", "psycopg_pool", "sqlite3"})
_WAITED = ("25P03", "40001", "40P01", "53300", "55P03", "57014", "57P01", "57P02", "57P03", "57P05")
"""SQLSTATEs of errors worth a retry, besides class 08, connections (PostgreSQL manual, appendix A)."""


def face(function: Callable[P, T]) -> Callable[P, T]:
    """``function``, with arguments checked against its signature, raising only an InblueError."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        _check(function, args, kwargs)
        try:
            found = function(*args, **kwargs)
        except InblueError:
            raise
        except Exception as error:  # noqa: BLE001 - the edge
            if isinstance(error, TypeError) and (unfit := _unfit(function, args, kwargs)):
                raise Malformed(f"{_name(function, args)}: {unfit}") from None
            raise _translated(_name(function, args), error)  # noqa: B904 - it has its cause
        return cast("T", _guarded(_name(function, args), found)) if isinstance(found, types.GeneratorType) else found

    return guarded


def face_of(kind: type[C]) -> type[C]:
    """A class with each public method at the edge."""
    for name, value in list(vars(kind).items()):
        if name.startswith("_"):
            continue
        if isinstance(value, classmethod):
            setattr(kind, name, classmethod(face(value.__func__)))
        elif isinstance(value, property) and value.fget is not None:
            setattr(kind, name, property(face(value.fget), value.fset, value.fdel, value.__doc__))
        elif inspect.isfunction(value):
            setattr(kind, name, face(_while_open(value) if name != "close" else value))
    return kind


def _while_open(method: Callable[..., Any]) -> Callable[..., Any]:
    """``method`` of an object that can be closed; after that, the method says so."""

    @wraps(method)
    def opened(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        if getattr(self, "closed", False):
            raise Refused(None, _CLOSED)
        return method(self, *args, **kwargs)

    return opened


def meaning(error: Exception, what: str = "the ledger's database cannot be read or written") -> InblueError | None:
    """The InblueError for an error of other code; None if it is not an expected one.

    ``what`` introduces a database's own message.
    """
    home = type(error).__module__.partition(".")[0]
    if home in {"pydantic", "pydantic_core"} and hasattr(error, "errors"):
        from ...domain.payload import first_fault

        return Malformed(first_fault(error))  # type: ignore[arg-type]
    if home in _DATABASES:
        if "PoolClosed" in type(error).__name__:
            return Refused(None, _CLOSED)
        first = (str(error).strip().splitlines() or [""])[0] or type(error).__name__
        said = f"{what}: {shown(first)}"
        if getattr(error.__cause__ or error, "sqlstate", None) == "25006":
            return UnreachableError(f"{said}; it is a replica, or was set to read only. Record at the primary")
        return UnreachableError(said) if _may_pass(error) else Broken(said)
    if isinstance(error, TimeoutError):
        return UnreachableError(str(error) or "no answer in time")
    if isinstance(error, OSError):
        return UnusableError(f"{error.filename or 'input or output'}: {error.strerror or error}")
    if isinstance(error, UnicodeError):
        return Malformed("a text cannot be written in UTF-8")
    return None


def unreadable(error: Exception) -> InblueError:
    """The error for a database that could not be read."""
    said = meaning(error, "the database cannot be read")
    if isinstance(said, UnreachableError):
        return said
    return UnusableError(f"the database cannot be read: {shown(str(error)) or 'it was closed'}")


def refused_to_record(error: Exception) -> InblueError:
    """The error for a database that did not accept a write: nothing was recorded."""
    said = meaning(error, "the database refused to record") or error
    return UnusableError(str(said)) if isinstance(said, Broken) or not isinstance(said, InblueError) else said


def _name(function: Callable[..., object], args: tuple[Any, ...]) -> str:
    """The name of what was called, as the host knows it: a method by the class of its object."""
    if "." not in function.__qualname__ or not args:
        return function.__qualname__
    kind = args[0] if isinstance(args[0], type) else type(args[0])
    return f"{kind.__name__}.{function.__name__}"


def _guarded(name: str, given: Any) -> Iterator[Any]:
    try:
        yield from given
    except InblueError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge
        raise _translated(name, error)  # noqa: B904 - it has its cause


def _translated(name: str, error: Exception) -> Exception:
    """The exception to raise in place of ``error``; ``error`` itself if it is the host's own, raised in a callback.

    A built-in exception means that something inside an argument is wrong, which no signature can detect, or that there
    is a bug here: the cause is kept so that it can be found.
    """
    said = meaning(error)
    if said is not None:
        said.__suppress_context__ = True
        return said
    if type(error).__module__ != "builtins":
        return error
    said = Malformed(f"{name}: an argument has something in it that it must not ({_told(error)})")
    said.__cause__ = error
    return said


def _unfit(function: Callable[..., object], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str | None:
    """What makes the arguments unfit for the signature: one that is missing, unknown or too many; None if they fit."""
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as error:
        return str(error)
    return None


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {shown(str(error))}"


def _may_pass(error: BaseException | None) -> bool:
    """Whether a retry may succeed: a lock, a broken connection, or none available."""
    for _ in range(5):  # eventsourcing's errors have the driver's error as their cause
        if error is None:
            return False
        state = getattr(error, "sqlstate", None)
        if state is not None:
            return state.startswith("08") or state in _WAITED
        name = type(error).__name__
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return True
        if name in {"PoolTimeout", "ConnectionTimeout", "ConnectionNotFromPoolError"} or "Unavailable" in name:
            return True
        if name == "OperationalError" and type(error).__module__.startswith("psycopg"):
            return True  # libpq's own, without a SQLSTATE: the connection broke
        error = error.__cause__ or error.__context__
    return False


# Argument types. Annotations are read once for each function; values are checked but not converted.

Check = Callable[[Any], bool]


class _Argument(NamedTuple):
    holds: Check
    wanted: str


class _Signature(NamedTuple):
    positional: tuple[str, ...]
    rest: str | None
    named: Mapping[str, _Argument]


def _check(function: Callable[..., object], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    known = _signature(function)
    for position, value in enumerate(args):
        name = known.positional[position] if position < len(known.positional) else known.rest
        if name is not None:
            _check_one(known, name, value)
    for name, value in kwargs.items():
        _check_one(known, name, value)


def _check_one(known: _Signature, name: str, value: Any) -> None:
    wanted = known.named.get(name)
    if wanted is None:
        return
    if isinstance(value, datetime) and value.tzinfo is None:
        raise Malformed(f"{name}: an instant needs its zone, such as datetime.now(UTC)")
    if not wanted.holds(value):
        raise Malformed(f"{name}: {wanted.wanted} is needed here, not {type(value).__name__}")


@cache
def _signature(function: Callable[..., object]) -> _Signature:
    parameters = list(inspect.signature(function).parameters.values())
    named: dict[str, _Argument] = {}
    for each in parameters:
        try:
            hint = _evaluated(each.annotation, function)
        except NameError:  # imported for type checkers only
            if isinstance(each.annotation, str) and each.annotation.isidentifier():
                named[each.name] = _Argument(partial(_is_called, each.annotation), each.annotation)
            continue
        if (holds := _check_of(hint)) is not None:
            named[each.name] = _Argument(holds, _name_of(hint))
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    rest = next((each.name for each in parameters if each.kind is inspect.Parameter.VAR_POSITIONAL), None)
    return _Signature(tuple(each.name for each in parameters if each.kind in kinds), rest, named)


def _is_called(name: str, value: object) -> bool:
    """Whether it is of the class of that name, for annotations whose class must not be imported."""
    return any(kind.__name__ == name for kind in type(value).__mro__)


def _evaluated(annotation: Any, function: Callable[..., object]) -> Any:
    if annotation is inspect.Parameter.empty:
        raise NameError
    if isinstance(annotation, str):
        return eval(annotation, inspect.unwrap(function).__globals__)  # noqa: S307 - our own annotation
    return annotation


def _check_of(hint: Any) -> Check | None:
    """A check whether a value is of that type; None if every value is."""
    origin = get_origin(hint)
    if origin is typing.Annotated:
        return _check_of(get_args(hint)[0])
    if origin in {typing.Union, types.UnionType}:
        parts = [_check_of(each) for each in get_args(hint)]
        return None if None in parts else lambda value: any(part(value) for part in parts if part)
    if origin is Literal:
        literals = get_args(hint)
        return lambda value: isinstance(value, str) and value in literals
    if hint is None or hint is type(None):
        return lambda value: value is None
    if hint in _PLAIN:
        return _PLAIN[hint]
    if origin is not None:
        return _check_of_many(origin, get_args(hint))
    if not isinstance(hint, type):
        return None
    if getattr(hint, "_is_protocol", False):
        wanted = [*getattr(hint, "__annotations__", {}), *(n for n in vars(hint) if not n.startswith("_"))]
        return lambda value: all(_has(value, each) for each in wanted)
    if _is_model(hint):
        return lambda value: isinstance(value, hint) and _whole(cast("Model", value))
    return lambda value: isinstance(value, hint)


def _check_of_many(origin: Any, within: tuple[Any, ...]) -> Check | None:
    if not isinstance(origin, type):
        return None
    if origin is collections.abc.Callable:
        return callable
    if origin not in _MANY:
        return lambda value: isinstance(value, origin)
    part = _check_of(within[0]) if within and within[1:] in {(), (...,)} else None

    def holds(value: Any) -> bool:
        if isinstance(value, (str, bytes, bytearray, Mapping)) or not isinstance(value, origin):
            return False
        if _is_model(type(value)):  # anything that can be iterated over
            return False
        return part is None or not isinstance(value, (list, tuple, set, frozenset)) or all(map(part, value))

    return holds


def _has(value: object, name: str) -> bool:
    try:
        return hasattr(value, name)
    except Exception:  # noqa: BLE001 - a property of foreign code: its user will read it again
        return True


def _is_model(kind: type) -> bool:
    """Whether it is a pydantic class, without importing pydantic, which keys and notes do not need."""
    return hasattr(kind, "__pydantic_validator__")


def _whole(value: Model) -> bool:
    """Whether a model is valid: one made by ``model_construct`` or ``model_copy`` may not be."""
    try:
        type(value).model_validate({name: getattr(value, name) for name in value.model_fields_set})
    except Malformed as error:
        raise Malformed(f"{type(value).__name__}: {error}") from None
    return True


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


_MANY = (
    *(collections.abc.Iterable, collections.abc.Iterator, collections.abc.Sequence, collections.abc.Collection),
    *(tuple, list, set, frozenset),
)

_PLAIN: Mapping[Any, Check] = {
    bool: lambda value: isinstance(value, bool),
    int: lambda value: isinstance(value, int) and not isinstance(value, bool),
    float: _number,
    object: lambda _: True,
}


def _name_of(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(str, get_args(hint)))
    parts = [each for each in get_args(hint) if each is not type(None)]
    if get_origin(hint) in {typing.Union, types.UnionType}:
        names = list(dict.fromkeys(map(_name_of, parts)))
        return " or ".join(names) if len(names) <= 3 else "an act"
    return getattr(hint, "__name__", None) or str(hint)


def instant(clock: Callable[[], datetime]) -> datetime:
    """The time of a host's clock.

    Raises:
        Malformed: it raises, or does not return an instant with a zone.
    """
    try:
        now = clock()
    except InblueError:
        raise
    except Exception as error:
        raise Malformed(f"clock: it raised {type(error).__name__}") from error
    if not isinstance(now, datetime) or now.tzinfo is None or now.utcoffset() is None:
        raise Malformed("clock: it must give a datetime with its zone, such as datetime.now(UTC)")
    return now
