"""inblue: an event-sourced ledger for written votes.

The public API for programs that embed it. Names are loaded on first use (PEP 562), so importing one part of the package
costs only that part. See examples/embed.py for a host program, and docs/ for the formats.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.2.0"

_HOMES = {
    "domain.acts": (
        "Act",
        "ClericalErrorCorrected",
        "CoSponsorshipAnnounced",
        "DraftCirculated",
        "DraftCorrected",
        "DraftWithdrawn",
        "EntryVoided",
        "ExplanationFiled",
        "LetterSent",
        "ReceiptAcknowledged",
        "ReplyRejected",
        "VoteCast",
        "WindowChanged",
    ),
    "cli.desk.documents": ("compendium", "compendium_pdf", "page", "pdf"),
    "cli.serve.app": ("web_app",),
    "domain.lint": ("Fault", "lint"),
    "ledger.operations.timestamps": ("Fetched", "stamp"),
    "ledger.operations.authorities": ("Source", "read_sources"),
    "ledger.operations.export": ("export", "issue_receipt"),
    "ledger.evidence.receipt": ("Receipt",),
    "domain.ending_acts": ("ResultAnnounced", "TallyCirculated", "VoteAnnulled", "VotingClosed"),
    "domain.errors": ("InblueError", "Malformed", "Refused"),
    "domain.instrument": ("Instrument",),
    "domain.messages": ("MessageObserved", "MessageReceived", "NamedMessage", "Received"),
    "domain.optional_acts": ("ElectorateChanged", "FactRecorded", "WindowResumed", "WindowSuspended"),
    "domain.procedure": ("Procedure", "built_in_procedure"),
    "domain.roster": ("Roster", "built_in_roster"),
    "domain.state": ("VoteState",),
    "ledger.stores.address": ("read_address",),
    "ledger.audit.bundle": ("verify_bundle",),
    "ledger.errors": ("Broken", "Busy", "NotFound", "SignerFailed"),
    "ledger.standards.ed25519": ("Ed25519Signer", "Signer"),
    "ledger.keystore": ("KeyStore",),
    "ledger.devices.token": ("pkcs11_signer",),
    "ledger.devices.ssh_agent": ("ssh_agent_signer",),
    "ledger.consideration": ("Consideration",),
    "ledger.following.reader": ("Followed",),
    "ledger.edge.json_types": ("AuditJson", "StatusJson"),
    "ledger.edge.verify_json_types": ("VerifyJson",),
    "ledger.host.acting": ("Done",),
    "ledger.host.messages": ("InMessage", "Kept"),
    "ledger.host.votes": ("Closed", "Due", "OnVote", "Together"),
    "ledger.ledger": ("Ledger",),
    "ledger.process": ("Limits", "set_limits"),
    "ledger.operations.publish": ("Published", "publish"),
    "ledger.operations.play": ("play", "read_case", "rehearse"),
    "ledger.projections.record": ("Record", "audit_json", "record_of"),
    "ledger.projections.replay": ("Replay", "history", "roll_call_at"),
    "ledger.projections.roll_call": ("RollCall", "roll_call", "status_json"),
    "ledger.evidence.trust": ("Trust", "read_trust"),
    "ledger.audit.result": ("Problem", "Verification", "verification_json"),
}
"""The module that defines each public name. This is the only list of them that is used at run time."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

if TYPE_CHECKING:  # the same list again for type checkers; tests/whole/test_face.py compares the two
    from .cli.desk.documents import compendium as compendium
    from .cli.desk.documents import compendium_pdf as compendium_pdf
    from .cli.desk.documents import page as page
    from .cli.desk.documents import pdf as pdf
    from .cli.serve.app import web_app as web_app
    from .domain.acts import Act as Act
    from .domain.acts import ClericalErrorCorrected as ClericalErrorCorrected
    from .domain.acts import CoSponsorshipAnnounced as CoSponsorshipAnnounced
    from .domain.acts import DraftCirculated as DraftCirculated
    from .domain.acts import DraftCorrected as DraftCorrected
    from .domain.acts import DraftWithdrawn as DraftWithdrawn
    from .domain.acts import EntryVoided as EntryVoided
    from .domain.acts import ExplanationFiled as ExplanationFiled
    from .domain.acts import LetterSent as LetterSent
    from .domain.acts import ReceiptAcknowledged as ReceiptAcknowledged
    from .domain.acts import ReplyRejected as ReplyRejected
    from .domain.acts import VoteCast as VoteCast
    from .domain.acts import WindowChanged as WindowChanged
    from .domain.ending_acts import ResultAnnounced as ResultAnnounced
    from .domain.ending_acts import TallyCirculated as TallyCirculated
    from .domain.ending_acts import VoteAnnulled as VoteAnnulled
    from .domain.ending_acts import VotingClosed as VotingClosed
    from .domain.errors import InblueError as InblueError
    from .domain.errors import Malformed as Malformed
    from .domain.errors import Refused as Refused
    from .domain.instrument import Instrument as Instrument
    from .domain.lint import Fault as Fault
    from .domain.lint import lint as lint
    from .domain.messages import MessageObserved as MessageObserved
    from .domain.messages import MessageReceived as MessageReceived
    from .domain.messages import NamedMessage as NamedMessage
    from .domain.messages import Received as Received
    from .domain.optional_acts import ElectorateChanged as ElectorateChanged
    from .domain.optional_acts import FactRecorded as FactRecorded
    from .domain.optional_acts import WindowResumed as WindowResumed
    from .domain.optional_acts import WindowSuspended as WindowSuspended
    from .domain.procedure import Procedure as Procedure
    from .domain.procedure import built_in_procedure as built_in_procedure
    from .domain.roster import Roster as Roster
    from .domain.roster import built_in_roster as built_in_roster
    from .domain.state import VoteState as VoteState
    from .ledger.audit.bundle import verify_bundle as verify_bundle
    from .ledger.audit.result import Problem as Problem
    from .ledger.audit.result import Verification as Verification
    from .ledger.audit.result import verification_json as verification_json
    from .ledger.consideration import Consideration as Consideration
    from .ledger.devices.ssh_agent import ssh_agent_signer as ssh_agent_signer
    from .ledger.devices.token import pkcs11_signer as pkcs11_signer
    from .ledger.edge.json_types import AuditJson as AuditJson
    from .ledger.edge.json_types import StatusJson as StatusJson
    from .ledger.edge.verify_json_types import VerifyJson as VerifyJson
    from .ledger.errors import Broken as Broken
    from .ledger.errors import Busy as Busy
    from .ledger.errors import NotFound as NotFound
    from .ledger.errors import SignerFailed as SignerFailed
    from .ledger.evidence.receipt import Receipt as Receipt
    from .ledger.evidence.trust import Trust as Trust
    from .ledger.evidence.trust import read_trust as read_trust
    from .ledger.following.reader import Followed as Followed
    from .ledger.host.acting import Done as Done
    from .ledger.host.messages import InMessage as InMessage
    from .ledger.host.messages import Kept as Kept
    from .ledger.host.votes import Closed as Closed
    from .ledger.host.votes import Due as Due
    from .ledger.host.votes import OnVote as OnVote
    from .ledger.host.votes import Together as Together
    from .ledger.keystore import KeyStore as KeyStore
    from .ledger.ledger import Ledger as Ledger
    from .ledger.operations.authorities import Source as Source
    from .ledger.operations.authorities import read_sources as read_sources
    from .ledger.operations.export import export as export
    from .ledger.operations.export import issue_receipt as issue_receipt
    from .ledger.operations.play import play as play
    from .ledger.operations.play import read_case as read_case
    from .ledger.operations.play import rehearse as rehearse
    from .ledger.operations.publish import Published as Published
    from .ledger.operations.publish import publish as publish
    from .ledger.operations.timestamps import Fetched as Fetched
    from .ledger.operations.timestamps import stamp as stamp
    from .ledger.process import Limits as Limits
    from .ledger.process import set_limits as set_limits
    from .ledger.projections.record import Record as Record
    from .ledger.projections.record import audit_json as audit_json
    from .ledger.projections.record import record_of as record_of
    from .ledger.projections.replay import Replay as Replay
    from .ledger.projections.replay import history as history
    from .ledger.projections.replay import roll_call_at as roll_call_at
    from .ledger.projections.roll_call import RollCall as RollCall
    from .ledger.projections.roll_call import roll_call as roll_call
    from .ledger.projections.roll_call import status_json as status_json
    from .ledger.standards.ed25519 import Ed25519Signer as Ed25519Signer
    from .ledger.standards.ed25519 import Signer as Signer
    from .ledger.stores.address import read_address as read_address
else:
    __all__ = list(_HOME_OF)


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
