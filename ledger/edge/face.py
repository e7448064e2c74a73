"""The edge of the face: what a host gives is looked at here, and whatever goes wrong leaves as an InblueError.

:func:`face` is put on a function that a host calls, :func:`face_of` on a class. An argument that is not of the type
that the signature names is Malformed, with its name; an error of a library, a database or the operating system becomes
the one of :mod:`inblue.domain.errors` that it means, once, for all of them.
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
_WAITED = ("53300", "55P03", "57014", "57P01", "57P02", "57P03")
"""SQLSTATEs of what may go well at another time, beside the class 08, connections (PostgreSQL manual, appendix A)."""


def face(function: Callable[P, T]) -> Callable[P, T]:
    """``function``, given only what its signature names, and raising nothing but an InblueError."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        _check(function, args, kwargs)
        try:
            found = function(*args, **kwargs)
        except InblueError:
            raise
        except Exception as error:  # noqa: BLE001 - the edge
            raise _translated(function, error)  # noqa: B904 - it has its cause
        return cast("T", _guarded(function, found)) if isinstance(found, types.GeneratorType) else found

    return guarded


def face_of(kind: type[C]) -> type[C]:
    """A class whose public methods are each at the edge."""
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
    """``method`` of what can be closed, which says so afterwards."""

    @wraps(method)
    def opened(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        if getattr(self, "closed", False):
            raise Refused(None, _CLOSED)
        return method(self, *args, **kwargs)

    return opened


def meaning(error: Exception, what: str = "the ledger's database cannot be read or written") -> InblueError | None:
    """What an error of others means to a host; None where it is not one of those that are expected.

    ``what`` is said of a database, before its own words.
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


def refused_to_record(error: Exception) -> InblueError:
    """What it means that a database did not take what was to be recorded: nothing of it is there."""
    said = meaning(error, "the database refused to record") or error
    return UnusableError(str(said)) if isinstance(said, Broken) or not isinstance(said, InblueError) else said


def _guarded(function: Callable[..., object], given: Any) -> Iterator[Any]:
    try:
        yield from given
    except InblueError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge
        raise _translated(function, error)  # noqa: B904 - it has its cause


def _translated(function: Callable[..., object], error: Exception) -> Exception:
    """What is raised in place of ``error``; itself where it is an exception of the host's own, raised in a callback.

    One of Python's own says that something within an argument is not what it must be, which no signature could see, or
    that there is a fault here: the cause is kept, so that it can be told.
    """
    said = meaning(error)
    if said is not None:
        said.__suppress_context__ = True
        return said
    if type(error).__module__ != "builtins":
        return error
    said = Malformed(f"{function.__qualname__}: an argument has something in it that it must not ({_told(error)})")
    said.__cause__ = error
    return said


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {shown(str(error))}"


def _may_pass(error: BaseException | None) -> bool:
    """Whether it may go well when it is tried again: a lock, a connection that broke or was not to be had."""
    for _ in range(5):  # eventsourcing's errors have the driver's for a cause
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


# What arguments are. Annotations are read once for each function, and checked without being converted.

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
    """Whether it is of the class of that name: what an annotation says whose class is not to be imported for it."""
    return any(kind.__name__ == name for kind in type(value).__mro__)


def _evaluated(annotation: Any, function: Callable[..., object]) -> Any:
    if annotation is inspect.Parameter.empty:
        raise NameError
    if isinstance(annotation, str):
        return eval(annotation, inspect.unwrap(function).__globals__)  # noqa: S307 - our own annotation
    return annotation


def _check_of(hint: Any) -> Check | None:
    """Whether a value is of that type; None where everything is."""
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
        if _is_model(type(value)):  # one can be iterated over
            return False
        return part is None or not isinstance(value, (list, tuple, set, frozenset)) or all(map(part, value))

    return holds


def _has(value: object, name: str) -> bool:
    try:
        return hasattr(value, name)
    except Exception:  # noqa: BLE001 - a property of somebody else's: it is asked again by who needs it
        return True


def _is_model(kind: type) -> bool:
    """Whether it is a class of pydantic's, which is not imported to be asked: keys and notes need none of it."""
    return hasattr(kind, "__pydantic_validator__")


def _whole(value: Model) -> bool:
    """Whether a model has what it must have: one made by ``model_construct`` or ``model_copy`` need not."""
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
    """What a host's clock says.

    Raises:
        Malformed: it raises, or says no instant with its zone.
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
