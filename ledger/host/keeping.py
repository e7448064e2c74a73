"""The base of the parts of a ledger that record in its register."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ...domain.register import Register
from ...domain.register_acts import REGISTRAR, RegisterAct
from ..standards.ed25519 import Signer


class KeepsRegister(ABC):
    """The part of a ledger that reads and records its register."""

    @abstractmethod
    def register(self) -> Register:
        """The current register."""

    @abstractmethod
    def keep_register(
        self, act: RegisterAct, *, signer: Signer, office: str = REGISTRAR, idempotency_key: str | None = None
    ) -> None:
        """Record ``act`` in the register."""
