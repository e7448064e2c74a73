"""What the parts of a ledger that record into its register rest on."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ...domain.register import Register
from ...domain.register_acts import REGISTRAR, RegisterAct
from ..standards.ed25519 import Signer


class KeepsRegister(ABC):
    """A ledger, as far as its register is read and recorded into."""

    @abstractmethod
    def register(self) -> Register:
        """The register as it stands."""

    @abstractmethod
    def keep_register(
        self, act: RegisterAct, *, signer: Signer, office: str = REGISTRAR, idempotency_key: str | None = None
    ) -> None:
        """Record ``act`` in the register."""
