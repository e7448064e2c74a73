"""A delegation's request to a registrar, in one file: to enrol its key, and to ask its witness for cosignatures.

``inblue-delegation-request/1`` is a JSON file. Both keys sign the canonical form of everything in it except the two
proofs, each with its own DSSE payload type. This proves that the delegation has the keys, and wants them used for this
member and office in this log. Nothing else is signed with these types, so a proof cannot be reused for anything else,
or in another log.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from ...domain.canonical import canonical, digest
from ...domain.errors import Malformed, Refused
from ...domain.instant import Instant, format_instant
from ...domain.naming import check_names
from ...domain.payload import Line, MemberId, Model, Name, Vkey
from ...domain.register import Register, check_register
from ...domain.register_acts import REGISTRAR, KeyEnrolled, KeyGrant
from ..entries.enrolment import check_apart, check_grant
from ..errors import Broken
from ..standards.checkpoint import check_origin
from ..standards.cosignature import CosignatureVerifier, witness_key
from ..standards.dsse import pae
from ..standards.ed25519 import SIGNATURE_BYTES, Signer, key_id, verify
from ..standards.note import check_name, decode_base64, encode_base64
from ..standards.signing import checked

MAX_REQUEST_BYTES = 20_000
"""The most bytes of a request."""

OF_THE_MEMBER = "application/vnd.inblue.delegation-request+json"
OF_THE_WITNESS = "application/vnd.inblue.delegation-witness+json"
_PROOFS = ("proof", "witness_proof")


def _signature(text: str) -> str:
    if len(decode_base64(text, where="a proof")) != SIGNATURE_BYTES:
        raise Malformed(f"a proof is not of {SIGNATURE_BYTES} bytes")
    return text


_Proof = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{85}[AQgw]==$"), AfterValidator(_signature)]
_Url = Annotated[Line, StringConstraints(pattern=r"^https?://[!-~]+$")]


class OwnWitness(Model):
    """The delegation's witness: its public name, its key (a C2SP vkey), and its address, if any."""

    name: Line
    vkey: Vkey
    url: _Url | None = None


class _Asked(Model):
    """The signed part of a request."""

    format: Literal["inblue-delegation-request/1"] = "inblue-delegation-request/1"
    purpose: Literal["enrol_and_witness"] = "enrol_and_witness"
    log: Line
    member: MemberId
    office: Name
    holder: Line | None
    public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    witness: OwnWitness
    made_at: Instant
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class DelegationRequest(_Asked):
    """A request, with the proofs of both keys. :func:`read_request` checks them."""

    proof: _Proof
    witness_proof: _Proof

    @cached_property
    def sha256(self) -> str:
        """The digest by which the answer names it."""
        return digest(self.canonical())

    def signed(self) -> bytes:
        """The bytes that both keys sign."""
        return canonical({name: value for name, value in self.json_value().items() if name not in _PROOFS})

    def grant(self, valid_from: datetime | None = None, valid_until: datetime | None = None) -> KeyGrant:
        """The grant to record in the register."""
        return KeyGrant(
            key=key_id(bytes.fromhex(self.public_key)),
            public_key=self.public_key,
            office=self.office,
            member=self.member,
            holder=self.holder,
            valid_from=valid_from,
            valid_until=valid_until,
        )


@dataclass(frozen=True, slots=True)
class Asking:
    """The requesting member, its office, and the log."""

    log: str
    member: str
    office: str
    holder: str | None = None
    url: str | None = None

    def request(self, own: Signer, witness_name: str, witness: Signer, now: datetime) -> DelegationRequest:
        """The request, signed by both keys.

        Raises:
            Malformed: a field is not well-formed, or a name may be mistaken for another.
            SignerFailed: one of the keys gave no valid signature.
        """
        check_origin(self.log)
        for name in (self.log, witness_name):
            check_name(name)
        check_names({"log": self.log, "name": witness_name})
        verifier = CosignatureVerifier(witness_name, witness.public_key)
        asked = _Asked.of(
            {
                "log": self.log,
                "member": self.member,
                "office": self.office,
                "holder": self.holder,
                "public_key": own.public_key.hex(),
                "witness": {"name": witness_name, "vkey": str(verifier), "url": self.url},
                "made_at": format_instant(now),
                "nonce": os.urandom(16).hex(),
            },
            where="request",
        )
        body = asked.canonical()
        proof, beside = (
            encode_base64(checked(signer).sign(pae(kind, body)))
            for signer, kind in ((own, OF_THE_MEMBER), (witness, OF_THE_WITNESS))
        )
        return DelegationRequest.of({**asked.json_value(), "proof": proof, "witness_proof": beside}, where="request")


def read_request(raw: bytes, *, where: str) -> DelegationRequest:
    """Read a request, and check that both keys have signed it.

    Raises:
        Malformed: it is not one, a key is weak or used twice, or the witness's key is not Ed25519.
        Broken: a proof is not valid.
    """
    request = DelegationRequest.read(raw, where=where, limit=MAX_REQUEST_BYTES)
    try:
        check_names({"log": request.log, "name": request.witness.name})
        check_grant(request.grant(), where="the key's id")
        witness = witness_key(request.witness.vkey)
        if not isinstance(witness, CosignatureVerifier) or witness.name != request.witness.name:
            raise Malformed("witness: its key is not one of Ed25519 under its name")
        if witness.public.hex() == request.public_key:
            raise Malformed("witness: a witness's key signs nothing else; it cannot be the member's too")
    except Malformed as error:
        raise Malformed(f"{where}: {error}") from None
    body = request.signed()
    for whose, public, proof, kind in (
        ("member", bytes.fromhex(request.public_key), request.proof, OF_THE_MEMBER),
        ("witness", witness.public, request.witness_proof, OF_THE_WITNESS),
    ):
        if not verify(public, decode_base64(proof, where=where), pae(kind, body)):
            raise Broken(f"{where}: the {whose}'s key has not signed this request; ask the delegation for it again")
    return request


def check_asked(request: DelegationRequest, register: Register) -> KeyGrant | None:
    """Check a request against the register; return the grant if the key is already enrolled this way.

    Raises:
        Refused: it is for another log, for one of the ledger's own offices, or its key was revoked or is another's.
        Malformed: its key, or its witness's, is the log's.
    """
    origin = register.founded.origin if register.founded else ""
    if request.log != origin:
        raise Refused(None, f"the request is for the log {request.log}, and this is {origin}")
    if request.office == REGISTRAR:
        raise Refused(None, f"the office {REGISTRAR} is not a delegation's; inblue key enrol enrols officers")
    witness = witness_key(request.witness.vkey)
    officers = [request.public_key, *([witness.public.hex()] if isinstance(witness, CosignatureVerifier) else [])]
    check_apart(officers, register.log_keys, origin=origin)
    own = key_id(bytes.fromhex(request.public_key))
    found = [
        each for each in register.by_key.get(own, ()) if (each.member, each.office) == (request.member, request.office)
    ]
    if found and own not in register.revoked:
        return found[-1]
    check_register(register, enrolment_of(request), office=REGISTRAR)
    return None


def enrolment_of(
    request: DelegationRequest, valid_from: datetime | None = None, valid_until: datetime | None = None
) -> KeyEnrolled:
    """The act that records it in the register."""
    return KeyEnrolled(grant=request.grant(valid_from, valid_until))
