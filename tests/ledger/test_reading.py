"""Reading, listing, recording and signing take nothing for true that no key in authority has signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from server import Database
from signers import LOG, REGISTRAR, SECOND

from inblue.domain.acts import DraftCirculated, DraftWithdrawn
from inblue.domain.errors import InblueError, Refused
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import (
    AuthorityRetired,
    KeyEnrolled,
    KeyGrant,
    KeyRevoked,
    LedgerFounded,
    LogKeyAnnounced,
    LogKeySucceeded,
    PresidencyAssigned,
    RegisterAct,
)
from inblue.ledger.entries.entry import REGISTER_STREAM, Seen, StoredEntry, write_entry
from inblue.ledger.entries.kinds import AnyAct
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.errors import Broken, UnauthorisedError
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.key_terms import succession
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.note import NoteSigner, Verifier
from inblue.ledger.stores.address import Address, read_address

VOTE = "S/2026/1"
PROCEDURE = built_in_procedure("unsc-2020-253")
MALLORY = Ed25519Signer.from_seed(b"m" * 32)
DELEGATION = Ed25519Signer.from_seed(b"d" * 32)
MONTH = PresidencyAssigned(body="Security Council", member="GBR", month="2026-01")


def grant(signer: Ed25519Signer, office: str = "registrar", member: str | None = None) -> KeyGrant:
    return KeyGrant(key=signer.key_id, public_key=signer.public_key.hex(), office=office, member=member)


def draft(symbol: str = VOTE) -> DraftCirculated:
    return DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=PROCEDURE.sha256)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Address | None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if request.param == "postgres":
        database: Database = request.getfixturevalue("postgres")
        return read_address(database.fresh())
    return tmp_path / "ledger.db" if request.param == "sqlite" else None


@pytest.fixture
def ledger(place: Address | None) -> Iterator[Ledger]:
    """A registrar, a delegation whose key was revoked, and a vote."""
    with Ledger.create(place, signer=REGISTRAR, log_signer=LOG) as made:
        made.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        enrolled = grant(DELEGATION, "permanent_representative", "BEL")
        made.keep_register(KeyEnrolled(grant=enrolled), signer=REGISTRAR)
        made.keep_register(KeyRevoked(key=DELEGATION.key_id, reason="lost"), signer=REGISTRAR)
        made.perform(VOTE, draft(), signer=REGISTRAR)
        yield made


def slipped_in(
    ledger: Ledger,
    act: AnyAct,
    signer: Ed25519Signer = DELEGATION,
    *,
    office: str = "registrar",
    stream: str = REGISTER_STREAM,
    register: int | None = None,
) -> StoredEntry:
    """What a writer of the database puts in, with whatever key they have; the log does not sign over it."""
    version, head = len(list(ledger.streams.stream(stream))), ledger.checkpoint()
    entries = len(list(ledger.streams.stream(REGISTER_STREAM)))
    entry = write_entry(
        act,
        stream=stream,
        index=version,
        register=entries if register is None else register,
        signer=signer,
        office=office,
        recorded_at=ledger.clock(),
        seen=Seen(head.size, head.root),
    )
    ledger.streams.append([entry])
    return entry


def in_the_register(signer: Ed25519Signer = DELEGATION, office: str = "registrar") -> Callable[[Ledger], object]:
    return lambda ledger: slipped_in(ledger, KeyEnrolled(grant=grant(MALLORY)), signer, office=office)


def in_the_vote(
    signer: Ed25519Signer, office: str = "registrar", register: int | None = None
) -> Callable[[Ledger], object]:
    def put(ledger: Ledger) -> None:
        act = DraftWithdrawn(withdrawn_at=ledger.clock())
        slipped_in(ledger, act, signer, office=office, stream=vote_stream(VOTE), register=register)

    return put


SLIPPED = {
    "the register, by a revoked key": in_the_register(),
    "the register, by a key that is not enrolled": in_the_register(MALLORY),
    "the vote, by a key that is not enrolled": in_the_vote(MALLORY),
    "the vote, by a revoked key": in_the_vote(DELEGATION, "permanent_representative"),
    "the vote, by a revoked key that says it is before the revocation": in_the_vote(
        DELEGATION, "permanent_representative", 3
    ),
}


def records(ledger: Ledger) -> list[Callable[[], object]]:
    return [
        lambda: ledger.keep_register(MONTH, signer=REGISTRAR),
        lambda: ledger.perform(VOTE, DraftWithdrawn(withdrawn_at=ledger.clock()), signer=REGISTRAR),
        lambda: ledger.perform("S/2026/2", draft("S/2026/2"), signer=REGISTRAR),
        lambda: ledger.record_all(
            [("S/2026/2", [(draft("S/2026/2"), ledger.clock())])], signer=REGISTRAR, office="registrar"
        ),
        ledger.sequence,
    ]


@pytest.mark.parametrize("known", [True, False], ids=["already open", "opened again"])
@pytest.mark.parametrize("slipped", SLIPPED)
def test_nobody_signs_over_what_no_key_in_authority_has_signed(
    ledger: Ledger, place: Address | None, slipped: str, known: bool
) -> None:
    """Adversary 8: with database access and any key, even a revoked one."""
    SLIPPED[slipped](ledger)
    head = ledger.log.head()
    book = ledger if known or place is None else Ledger.open(place, log_signer=LOG, clock=ledger.clock)
    assert not book.verify().holds
    for record in records(book):
        with pytest.raises(Broken, match="inblue mend"):
            record()
    assert ledger.log.head() == head
    if book is not ledger:
        book.close()


@pytest.mark.parametrize("signer", [DELEGATION, MALLORY], ids=["revoked", "never enrolled"])
def test_a_key_that_was_slipped_in_is_listed_nowhere_and_may_do_nothing(ledger: Ledger, signer: Ed25519Signer) -> None:
    in_the_register(signer)(ledger)
    with pytest.raises(UnauthorisedError, match=r"register, act 4: .*inblue mend"):
        ledger.register()
    with pytest.raises(InblueError):
        ledger.perform("S/2026/2", draft("S/2026/2"), signer=MALLORY)
    assert ledger.vote(VOTE).withdrawn is None


@pytest.mark.parametrize("slipped", [each for each in SLIPPED if "vote" in each])
def test_an_act_that_was_slipped_in_is_taken_for_true_nowhere(ledger: Ledger, slipped: str) -> None:
    assert ledger.vote(VOTE).withdrawn is None
    SLIPPED[slipped](ledger)
    for read in (lambda: ledger.vote(VOTE), lambda: list(ledger.acts(VOTE))):
        with pytest.raises(UnauthorisedError, match=rf"{VOTE}, act 1: .*inblue mend"):
            read()


def test_a_draft_that_was_slipped_in_is_not_listed(ledger: Ledger) -> None:
    slipped_in(ledger, draft("S/2026/9"), MALLORY, stream=vote_stream("S/2026/9"))
    for asked in (ledger.votes, lambda: ledger.has_vote("S/2026/9")):
        with pytest.raises(UnauthorisedError, match="S/2026/9, act 0"):
            asked()


def log_key_of(ledger: Ledger, signer: Ed25519Signer, name: str | None = None) -> str:
    return str(Verifier(name or ledger.log_keys()[-1].name, signer.public_key))


def handed_over_by_another_key(ledger: Ledger) -> LogKeySucceeded:
    origin = ledger.log_keys()[-1].name
    handover = Checkpoint(origin, 5, bytes(32)).sign(NoteSigner(origin, SECOND))
    return succession(log_key_of(ledger, SECOND), "loss", handover, None)


BY_THE_REGISTRAR: dict[str, Callable[[Ledger], RegisterAct]] = {
    "a key of another id": lambda _: KeyEnrolled(grant=grant(SECOND).model_copy(update={"key": MALLORY.key_id})),
    "the log's key as an officer's": lambda _: KeyEnrolled(grant=grant(LOG)),
    "an officer's key for the log": lambda ledger: LogKeyAnnounced(log_key=log_key_of(ledger, REGISTRAR)),
    "a key of the log under another name": lambda ledger: LogKeyAnnounced(log_key=log_key_of(ledger, SECOND, "other")),
    "a revoked key": lambda _: KeyEnrolled(grant=grant(DELEGATION)),
    "the last registrar's key revoked": lambda _: KeyRevoked(key=REGISTRAR.key_id, reason="left"),
    "an authority retired that was never adopted": lambda _: AuthorityRetired(name="none", reason="gone"),
    "a rotation to a key not announced": lambda ledger: succession(
        log_key_of(ledger, SECOND),
        "rotation",
        ledger.checkpoint().sign(NoteSigner(ledger.checkpoint().origin, LOG)),
        None,
    ),
    "a handover that another key has signed": handed_over_by_another_key,
    "a second founding": lambda ledger: LedgerFounded(
        origin=ledger.log_keys()[-1].name, log_key=log_key_of(ledger, LOG), registrar=grant(REGISTRAR)
    ),
}


@pytest.mark.parametrize("act", BY_THE_REGISTRAR)
def test_what_the_rules_of_the_register_forbid_is_taken_for_true_nowhere_though_the_registrar_signed_it(
    tmp_path: Path, act: str
) -> None:
    with Ledger.create(tmp_path / "ledger.db", signer=REGISTRAR, log_signer=LOG) as ledger:
        ledger.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        ledger.keep_register(KeyEnrolled(grant=grant(DELEGATION)), signer=REGISTRAR)
        ledger.keep_register(KeyRevoked(key=DELEGATION.key_id, reason="lost"), signer=REGISTRAR)
        ledger.perform(VOTE, draft(), signer=REGISTRAR)
        slipped_in(ledger, BY_THE_REGISTRAR[act](ledger), REGISTRAR)
        assert not ledger.verify().holds
        for asked in (ledger.register, ledger.log_keys, ledger.votes, *records(ledger)):
            with pytest.raises(Broken, match=r"register, act 4: .*; run inblue verify"):
                asked()


def test_what_was_signed_in_authority_then_is_read_when_the_key_is_revoked_later(ledger: Ledger) -> None:
    ledger.keep_register(KeyEnrolled(grant=grant(SECOND)), signer=REGISTRAR)
    ledger.perform("S/2026/2", draft("S/2026/2"), signer=SECOND)
    for number in range(40):  # more states of the register than are kept
        month = MONTH.model_copy(update={"month": f"20{30 + number}-01"})
        ledger.keep_register(month, signer=SECOND)
        ledger.perform(f"S/2027/{number}", draft(f"S/2027/{number}"), signer=SECOND)
    ledger.keep_register(KeyRevoked(key=SECOND.key_id, reason="left"), signer=REGISTRAR)
    fresh = Ledger(ledger.streams, ledger.files, clock=ledger.clock, log_signer=LOG)
    assert len(fresh.votes()) == 42
    assert [fresh.vote(name).version for name in fresh.votes()] == [1] * 42
    with pytest.raises(Refused, match="is revoked"):
        fresh.perform("S/2026/3", draft("S/2026/3"), signer=SECOND)
    assert fresh.verify().holds
