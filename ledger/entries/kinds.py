"""The closed registry of the kinds of entries, and the payload class of each.

A kind is a name and a version, ``vote-cast@1``. A kind that is not here is refused, so stored data can never name code.
When a payload gains a field, its kind gains a version (:attr:`.Payload.since`), and the old one stays readable.
"""

from __future__ import annotations

from typing import TypeAlias, TypeGuard, get_args

from ...domain.acts import Act
from ...domain.errors import Malformed
from ...domain.messages import IntakeAct
from ...domain.register_acts import RegisterAct

AnyAct: TypeAlias = Act | RegisterAct | IntakeAct

_OF_VOTES, _OF_REGISTER = frozenset(get_args(Act)), frozenset(get_args(RegisterAct))
_OF_INTAKE = frozenset(get_args(IntakeAct))

CLASSES: tuple[type[AnyAct], ...] = (*get_args(Act), *get_args(RegisterAct), *get_args(IntakeAct))
"""The payload class of every kind."""

KINDS: dict[str, type[AnyAct]] = {kind: cls for cls in CLASSES for kind in cls.kinds()}


def class_of(kind: str) -> type[AnyAct]:
    """The payload class of ``kind``.

    Raises:
        Malformed: no such kind.
    """
    try:
        return KINDS[kind]
    except KeyError:
        raise Malformed(f"the kind {kind[:60]!r} is not known to this version of inblue") from None


def is_vote_act(act: AnyAct) -> TypeGuard[Act]:
    """Whether it is an act of a vote."""
    return type(act) in _OF_VOTES


def is_register_act(act: AnyAct) -> TypeGuard[RegisterAct]:
    """Whether it is an act of the register."""
    return type(act) in _OF_REGISTER


def is_intake_act(act: AnyAct) -> TypeGuard[IntakeAct]:
    """Whether it is an act of the stream of messages."""
    return type(act) in _OF_INTAKE
