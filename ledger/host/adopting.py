"""Adopts procedures and rosters in the register once, for votes to name by digest."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from ...domain.procedure import Procedure
from ...domain.reach import check_in_use
from ...domain.register import Register
from ...domain.register_acts import REGISTRAR, ProcedureAdopted, RegisterAct, RosterAdopted
from ...domain.roster import Roster
from ..edge.face import face_of
from ..entries.files import Files
from ..standards.ed25519 import Signer
from .keeping import KeepsRegister


@face_of
class Adopting(KeepsRegister):
    """The part of a ledger that adopts documents."""

    files: Files

    @abstractmethod
    def _keep_register_unless(
        self, there: Callable[[Register], bool], act: RegisterAct, signer: Signer, office: str
    ) -> None:
        """Record ``act`` in the register unless it is ``there``, even if others record it at the same time."""

    def adopt_procedure(self, procedure: Procedure, *, signer: Signer, office: str = REGISTRAR) -> str:
        """Store a procedure and adopt it in the register, unless it is already; return its digest.

        >>> sha256 = ledger.adopt_procedure(inblue.built_in_procedure("unga-74-544"), signer=registrar)
        >>> ledger.register().procedures["unga-74-544"] == sha256
        True

        Raises:
            Refused: it can no longer be used to open votes.
        """
        sha256 = procedure.sha256

        def there(register: Register) -> bool:
            return register.procedures.get(procedure.id) == sha256

        if not there(self.register()):
            check_in_use(procedure)
            self.files.put(procedure.raw)
            self._keep_register_unless(there, ProcedureAdopted(id=procedure.id, sha256=sha256), signer, office)
        return sha256

    def adopt_roster(self, roster: Roster, *, signer: Signer, office: str = REGISTRAR) -> str:
        """Store a roster and adopt it in the register, unless it is already; return its digest.

        >>> ledger.adopt_roster(roster, signer=registrar) == roster.sha256
        True
        """
        sha256 = self.files.put(roster.raw)

        def there(register: Register) -> bool:
            return register.rosters.get(roster.name) == sha256

        if not there(self.register()):
            self._keep_register_unless(there, RosterAdopted(name=roster.name, sha256=sha256), signer, office)
        return sha256
