"""A threshold of a decision: one comparison of a sum over seats with a bound."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .errors import Malformed
from .payload import Model, Name


class Threshold(Model):
    """One comparison of a sum over seats with a bound.

    The sum counts the seats (or adds their ``weight``) whose position, or silence, is one of ``choices``; ``among``
    limits it to the ``permanent`` members, or to a group of seats. The bound is ``number``, or the fraction ``share``
    of the sum over ``base`` (all seats if ``base`` is null). Fractions are compared exactly;
    :mod:`.threshold_arithmetic` handles an empty base.
    """

    choices: tuple[Name, ...] = Field(min_length=1)
    weight: Name | None = None
    among: Name = "all"
    compare: Literal["at_least", "more_than", "at_most", "fewer_than"]
    number: int | None = None
    share: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}/[1-9][0-9]{0,8}$")] | None = None
    base: tuple[Name, ...] | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.number is None) == (self.share is None):
            raise Malformed("a threshold has either a number or a share")
        if self.base is not None and self.share is None:
            raise Malformed("only a share has a base")
        return self
