"""Which state of the log a verdict is of."""

from __future__ import annotations

from typing import NamedTuple

from ...domain.phrase import Number, Said


class AsOf(NamedTuple):
    """A verdict is the one that the ledger gave when it had ``entry`` entries; its checkpoint is one of ``of``.

    Of the first ``register`` entries of the log, every one of the register is shown: whose keys were whose, and which
    were taken back, is known up to there.
    """

    entry: int
    of: int
    register: int

    @property
    def current(self) -> bool:
        """Whether it is the verdict as of the checkpoint: nothing that the log had by then can change it."""
        return self.entry == self.of == self.register

    def said(self) -> Said:
        """What a verdict begins with."""
        return Said.of(
            "As of entry {entry} of {of}; the register is shown complete up to entry {register}.",
            entry=Number(self.entry),
            of=Number(self.of),
            register=Number(self.register),
        )


def as_of_json(as_of: AsOf | None) -> dict[str, int] | None:
    """``as_of`` of every format that gives a verdict; null where no checkpoint shows it."""
    return None if as_of is None else as_of._asdict()
