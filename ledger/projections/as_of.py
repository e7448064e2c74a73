"""The state of the log that a verdict is as of."""

from __future__ import annotations

from typing import NamedTuple

from ...domain.phrase import Number, Said


class AsOf(NamedTuple):
    """A verdict as of the log's first ``entry`` entries; the checkpoint is over ``of`` entries.

    Every entry of the register among the log's first ``register`` entries is shown: enrolments and revocations of keys
    are known up to there.
    """

    entry: int
    of: int
    register: int

    @property
    def current(self) -> bool:
        """Whether it is the verdict as of the checkpoint: nothing in the log by then can change it."""
        return self.entry == self.of == self.register

    def said(self) -> Said:
        """The sentence that begins a verdict."""
        return Said.of(
            "As of entry {entry} of {of}; the register is shown complete up to entry {register}.",
            entry=Number(self.entry),
            of=Number(self.of),
            register=Number(self.register),
        )


def as_of_json(as_of: AsOf | None) -> dict[str, int] | None:
    """``as_of`` of every format with a verdict; null if no checkpoint shows it."""
    return None if as_of is None else as_of._asdict()
