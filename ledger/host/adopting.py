"""What the register adopts once and votes then name: procedures and rosters, by the digests of their bytes."""

from __future__ import annotations

from contextlib import AbstractContextManager

from ...domain.procedure import Procedure
from ...domain.reach import check_in_use
from ...domain.register_acts import REGISTRAR, ProcedureAdopted, RosterAdopted
from ...domain.roster import Roster
from ..edge.face import face_of
from ..entries.files import Files
from ..standards.ed25519 import Signer
from .keeping import KeepsRegister


@face_of
class Adopting(KeepsRegister):
    """A ledger, as far as adopting goes."""

    files: Files
    _turn: AbstractContextManager[object]
    """What a thread holds while it looks and then records."""

    def adopt_procedure(self, procedure: Procedure, *, signer: Signer, office: str = REGISTRAR) -> str:
        """Keep a procedure and have the register adopt it, unless it is already; gives its digest.

        >>> sha256 = ledger.adopt_procedure(inblue.built_in_procedure("unga-74-544"), signer=registrar)
        >>> ledger.register().procedures["unga-74-544"] == sha256
        True

        Raises:
            Refused: no vote is opened under it any more.
        """
        sha256 = procedure.sha256
        with self._turn:
            if self.register().procedures.get(procedure.id) != sha256:
                check_in_use(procedure)
                self.files.put(procedure.raw)
                self.keep_register(ProcedureAdopted(id=procedure.id, sha256=sha256), signer=signer, office=office)
        return sha256

    def adopt_roster(self, roster: Roster, *, signer: Signer, office: str = REGISTRAR) -> str:
        """Keep a roster and have the register adopt it, unless it is already; gives its digest.

        >>> ledger.adopt_roster(roster, signer=registrar) == roster.sha256
        True
        """
        sha256 = self.files.put(roster.raw)
        with self._turn:
            if self.register().rosters.get(roster.name) != sha256:
                self.keep_register(RosterAdopted(name=roster.name, sha256=sha256), signer=signer, office=office)
        return sha256
