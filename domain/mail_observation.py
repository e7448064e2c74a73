"""What somebody saw in a message about its time and sender: an observation, only ever as strong as a document.

It is what a program found in the bytes of one message, with all inputs: the names of the receiver's own hosts, the DNS
answers, the roots that the reader named, and the instant of checking. So the result can be reproduced.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, StringConstraints, model_validator

from .errors import Malformed
from .instant import Instant
from .payload import Digest, Document, Line, Model, Name

FORMAT: Literal["inblue-mail-observation/1"] = "inblue-mail-observation/1"

MAX_HOPS, MAX_DKIM, MAX_SIGNATURES, MAX_ROOTS = 100, 16, 16, 32
"""Limits on what is examined in a message; what is left out is counted."""

Verdict: TypeAlias = Literal["verified", "part_only", "not_believed", "failed", "not_checked"]
"""``part_only``: valid, but not for all that a reader sees; ``not_believed``: its validity proves nothing."""

Why: TypeAlias = Literal[
    "not_a_signature",
    "unknown_algorithm",
    "weak_algorithm",
    "weak_key",
    "unfit_key",
    "no_key",
    "key_revoked",
    "several_keys",
    "not_answered",
    "not_for_mail",
    "testing",
    "from_not_signed",
    "body_changed",
    "signature_wrong",
    "content_changed",
    "expired",
    "signed_in_the_future",
    "part_of_body",
    "header_added",
    "added_after",
    "a_timestamp",
    "unreadable",
    "too_large",
    "too_costly",
    "not_installed",
]
"""Why a verdict is not ``verified``."""

Chain: TypeAlias = Literal["leads_to_root", "no_root_named", "leads_to_no_root", "expired", "not_yet_in_force"]
"""Where a signer's certificate leads, given the roots that the reader named and the instant of checking."""

Base64: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]*={0,2}$", max_length=8192)]
Pem: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=30_000)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=2**53 - 1)]
Host: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-z_][0-9a-z_.:-]{0,253}$")]
"""The name or the address of a host, in lower case, without a trailing dot."""


class Hop(Model):
    """A ``Received`` line (RFC 5321, section 4.4), topmost first. ``own``: added by one of the receiver's own hosts.

    ``by`` added it; ``called`` is what the sending host called itself, ``seen`` the address that ``by`` saw. One that
    cannot be parsed has its text instead.
    """

    own: bool
    by: Host | None = None
    called: Line | None = None
    seen: Host | None = None
    protocol: Line | None = None
    at: Instant | None = None
    not_read: Line | None = None


class DnsAnswer(Model):
    """What DNS once answered for the name of a key: the bytes of each TXT record, in base64."""

    name: Host
    status: Literal["answered", "no_record", "not_answered"]
    records: tuple[Base64, ...] = Field(default=(), max_length=8)


class DkimSignature(Model):
    """A DKIM signature (RFC 6376), topmost first, and the result of its check.

    ``headers`` are the fields that it covers, ``body_covered`` of ``body_bytes`` the bytes of the body, as they are
    hashed. ``of_sender``: the domain is that of the address in ``From``, or a parent of it.
    """

    verdict: Verdict
    why: Why | None = None
    domain: Host | None = None
    selector: Host | None = None
    algorithm: Line | None = None
    key_bits: Count | None = None
    headers: tuple[Line, ...] = Field(default=(), max_length=200)
    body_covered: Count | None = None
    body_bytes: Count | None = None
    signed_at: Instant | None = None
    expires_at: Instant | None = None
    of_sender: bool | None = None


class Signer(Model):
    """The certificate that a signature inside a message names as its signer's."""

    subject: Line
    issuer: Line
    sha256: Digest
    not_before: Instant
    not_after: Instant
    addresses: tuple[Line, ...] = Field(default=(), max_length=20)


class PartSignature(Model):
    """An S/MIME or PDF signature in the part ``path`` of a message, and the result of its check.

    It covers ``covered`` of ``bytes``; ``claimed_at`` is the time that the signer states. ``chain`` says where its
    certificate leads, and ``root`` is the digest of the root it leads to.
    """

    kind: Literal["smime", "pdf"]
    path: Line
    verdict: Verdict
    why: Why | None = None
    field: Line | None = None
    algorithm: Line | None = None
    covered: Count | None = None
    bytes: Count | None = None
    claimed_at: Instant | None = None
    signer: Signer | None = None
    chain: Chain | None = None
    root: Digest | None = None


class NotChecked(Model):
    """What was not examined, and why."""

    what: Literal["received", "dkim", "smime", "pdf"]
    why: Why


class CheckedBy(Model):
    """Who checked: an office, and the id of its key."""

    office: Name
    key: Digest


class MailObservation(Document):
    """What was seen in one message; ``message`` is the digest of its bytes.

    ``tools`` are the programs and their versions. ``sender`` is the address in ``From``: a claim. ``arrived`` is the
    hop, by its place in ``hops``, at which the message reached the receiver's own hosts; null if they are not named.
    """

    format: Literal["inblue-mail-observation/1"] = FORMAT
    message: Digest
    size: Count
    checked_at: Instant
    checked_by: CheckedBy
    tools: dict[Name, Line]
    own_hosts: tuple[Host, ...] = Field(default=(), max_length=64)
    roots: tuple[Pem, ...] = Field(default=(), max_length=MAX_ROOTS)
    sender: Line | None = None
    hops: tuple[Hop, ...] = Field(default=(), max_length=MAX_HOPS)
    hops_left_out: Count = 0
    arrived: Count | None = None
    dkim: tuple[DkimSignature, ...] = Field(default=(), max_length=MAX_DKIM)
    dkim_left_out: Count = 0
    dns: tuple[DnsAnswer, ...] = Field(default=(), max_length=MAX_DKIM)
    signatures: tuple[PartSignature, ...] = Field(default=(), max_length=MAX_SIGNATURES)
    signatures_left_out: Count = 0
    not_checked: tuple[NotChecked, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        own = [hop.own for hop in self.hops]
        run = own.index(False) if False in own else len(own)
        if any(own[run:]):
            raise Malformed("hops of the receiver's own hosts are an unbroken run from the top")
        if (self.arrived is None) != (run == 0) or (self.arrived is not None and self.arrived != run - 1):
            raise Malformed("arrived is the lowest hop of the receiver's own hosts")
        outcomes = [(each.verdict, each.why) for each in self.dkim]
        outcomes += [(each.verdict, each.why) for each in self.signatures]
        if any((why is None) != (verdict == "verified") for verdict, why in outcomes):
            raise Malformed("why says why a verdict is not verified")
        if len({answer.name for answer in self.dns}) != len(self.dns):
            raise Malformed("dns: one name twice")
        return self

    @property
    def arrival(self) -> Hop | None:
        """The stamp of the receiver's own host that accepted the message; None if no own host is known."""
        return None if self.arrived is None else self.hops[self.arrived]
