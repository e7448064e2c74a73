"""One ledger that threads share: nothing lost, nothing twice, and what it shows is what a fresh one reads."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from seats import COUNCIL_2021
from signers import LOG, REGISTRAR, SECOND, Elsewhere

from inblue.domain.acts import DraftCirculated, LetterSent, ReceiptAcknowledged, VoteCast
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, PresidencyAssigned
from inblue.domain.tally import tally
from inblue.ledger.errors import SignerFailed
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Stamp
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import consistency_proof, verify_consistency
from inblue.ledger.stores.address import Address

PROCEDURE, ROSTER = built_in_procedure("unsc-2020-253"), COUNCIL_2021
THREADS = 8
T = TypeVar("T")
U = TypeVar("U")


@pytest.fixture
def ledger(place: Address | None, log: Elsewhere) -> Iterator[Ledger]:
    with Ledger.create(place, signer=REGISTRAR, log_signer=log, signer_seconds=1) as made:
        made.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        yield made


def together(do: Callable[[T], U], jobs: Iterable[T]) -> list[U]:
    """Do all of ``jobs`` in eight threads, each as soon as one is free; an error in one of them is raised."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(do, jobs, timeout=120))


def circulate(ledger: Ledger, symbol: str) -> None:
    draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=PROCEDURE.sha256)
    ledger.perform(symbol, draft, signer=REGISTRAR)


def begin(ledger: Ledger, symbol: str) -> None:
    circulate(ledger, symbol)
    ledger.perform(symbol, LetterSent(kind="opening", opens_at=ledger.clock()), signer=REGISTRAR, roster=ROSTER)


def cast(ledger: Ledger, symbol: str, member: str) -> int:
    paper = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
    act = VoteCast(member=member, position="in_favour", received_at=ledger.clock(), instrument=paper)
    return ledger.perform(symbol, act, signer=REGISTRAR)[0].number


def shown(ledger: Ledger) -> dict[str, Any]:
    """All that a ledger shows."""
    votes = {symbol: ledger.vote(symbol) for symbol in ledger.votes()}
    acts = {symbol: list(ledger.acts(symbol)) for symbol in votes}
    return {"register": ledger.register(), "checkpoint": ledger.checkpoint(), "votes": votes, "acts": acts}


def same_as_fresh(ledger: Ledger, place: Address | None) -> None:
    """Make sure that the object, which is in use, shows what a new one reads; and that the ledger verifies."""
    found = ledger.verify()
    assert (found.holds, found.uncovered, found.problems) == (True, 0, ())
    fresh = (
        Ledger.open(place, log_signer=LOG)
        if place is not None
        else Ledger(ledger.streams, ledger.files, clock=ledger.clock, log_signer=LOG)
    )
    assert shown(ledger) == shown(fresh)
    assert {symbol: tally(ledger.vote(symbol)) for symbol in ledger.votes()} == {
        symbol: tally(fresh.vote(symbol)) for symbol in fresh.votes()
    }
    if place is not None:
        fresh.close()


def test_what_threads_record_at_once_is_there_once_each(ledger: Ledger, place: Address | None) -> None:
    symbols = [f"T/{number}" for number in range(4)]
    together(lambda symbol: begin(ledger, symbol), symbols)
    jobs = [(symbol, member) for member in ROSTER.ids for symbol in symbols]
    told = together(lambda job: (job[0], cast(ledger, *job)), jobs)
    assert len(told) == len(set(told)) == 60, "two acts were told the same place"
    for symbol in symbols:
        assert Counter(reply.member for reply in ledger.vote(symbol).replies) == Counter(ROSTER.ids)
        assert sorted(number for each, number in told if each == symbol) == list(range(2, 17))
        assert ledger.vote(symbol).clock_steps == (), "an act that waited for its turn took the time from before"
    same_as_fresh(ledger, place)


def test_what_the_object_shows_may_be_recorded_upon(ledger: Ledger, place: Address | None) -> None:
    """As a host does that acknowledges every reply which it is shown."""
    begin(ledger, "T/1")
    together(lambda member: cast(ledger, "T/1", member), ROSTER.ids)
    replies = ledger.vote("T/1").replies
    assert len(replies) == 15

    def acknowledge(reply: Any) -> None:
        act = ReceiptAcknowledged(member=reply.member, reply=reply.ordinal, acknowledged_at=ledger.clock())
        ledger.perform("T/1", act, signer=REGISTRAR)

    together(acknowledge, replies)
    assert all(reply.acknowledged for reply in ledger.vote("T/1").replies)
    same_as_fresh(ledger, place)


@pytest.mark.long
def test_eight_threads_circulate_sixty_drafts_each(ledger: Ledger, place: Address | None) -> None:
    heads: list[list[Checkpoint]] = [[] for _ in range(THREADS)]

    def record(number: int) -> None:
        for n in range(60):
            circulate(ledger, f"{number}/{n}")
            heads[number].append(ledger.checkpoint())

    together(record, range(THREADS))
    assert Counter(ledger.votes()) == Counter(f"{number}/{n}" for number in range(THREADS) for n in range(60))
    last, seen = ledger.checkpoint(), {head for part in heads for head in part}
    assert last.size == 2 + 60 * THREADS
    for head in seen:
        proof = consistency_proof(head.size, last.size, ledger.log.node)
        assert verify_consistency(head.size, last.size, head.root, last.root, proof)
    assert len({head.size for head in seen}) == len(seen), "two roots were signed for one size"
    same_as_fresh(ledger, place)


def test_whoever_reads_meanwhile_is_shown_a_vote_as_it_was_at_some_instant(
    ledger: Ledger, place: Address | None
) -> None:
    begin(ledger, "T/1")
    over = threading.Event()

    def read(_: int) -> int:
        before, rounds = 0, 0
        lazy = ledger.acts("T/1")
        first = [next(lazy), next(lazy)]
        last = False
        while not last:
            last = over.is_set()
            acts, state = list(ledger.acts("T/1")), ledger.vote("T/1")
            assert [act.number for act in acts] == list(range(len(acts)))
            assert before <= len(acts) <= state.version, "it was shown less than before"
            assert len(state.replies) == state.version - 2
            assert tally(state).counts["in_favour"] == len(state.replies)
            assert ledger.register().grants
            assert ledger.verify().holds
            assert ledger.checkpoint().size >= state.version
            before, rounds = len(acts), rounds + 1
        assert [act.number for act in [*first, *lazy]][:2] == [0, 1]
        return rounds

    with ThreadPoolExecutor(4) as readers:
        reading = [readers.submit(read, number) for number in range(4)]
        try:
            together(lambda member: cast(ledger, "T/1", member), ROSTER.ids)
        finally:
            over.set()
        assert all(each.result(60) > 0 for each in reading)
    same_as_fresh(ledger, place)


def test_threads_that_keep_the_register_do_it_one_after_the_other(ledger: Ledger, place: Address | None) -> None:
    keys = [Ed25519Signer.from_seed(bytes([number]) * 32) for number in range(16)]

    def enrol(key: Ed25519Signer) -> None:
        grant = KeyGrant(key=key.key_id, public_key=key.public_key.hex(), office="president")
        ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
        ledger.adopt_roster(ROSTER, signer=REGISTRAR)

    together(enrol, keys)
    assert Counter(grant.key for grant in ledger.register().grants) == Counter(
        [REGISTRAR.key_id, *(key.key_id for key in keys)]
    )
    assert ledger.checkpoint().size == 2 + len(keys) + 1, "the roster was adopted more than once"
    same_as_fresh(ledger, place)


def test_acts_go_on_while_the_logs_key_is_replaced(ledger: Ledger, place: Address | None) -> None:
    def act(number: int) -> None:
        if number == 20:
            ledger.replace_log_key(SECOND, cause="loss", signer=REGISTRAR)
        circulate(ledger, f"T/{number}")

    together(act, range(40))
    assert len(ledger.votes()) == 40
    found = ledger.verify()
    assert (found.holds, found.uncovered) == (True, 0)
    assert ledger.log_signer is SECOND


@pytest.mark.long
def test_records_in_one_go_and_one_by_one_may_be_mixed(ledger: Ledger, place: Address | None) -> None:
    def act(number: int) -> None:
        if number % 3:
            circulate(ledger, f"T/{number}")
            return
        draft = DraftCirculated(symbol="X", question="substantive", times="live", procedure=PROCEDURE.sha256)
        symbols = [f"M/{number}/{n}" for n in range(10)]
        given = [(s, [(draft.model_copy(update={"symbol": s}), ledger.clock())]) for s in symbols]
        ledger.record_all(given, signer=REGISTRAR, office="registrar")

    together(act, range(30))
    assert len(set(ledger.votes())) == len(ledger.votes()) == 20 + 100
    same_as_fresh(ledger, place)


def test_what_else_is_kept_meanwhile_keeps_nobody_waiting_for_ever(ledger: Ledger, place: Address | None) -> None:
    """Timestamps and cosignatures are written past the ledger, into the same store."""
    note, before = ledger.log.head(), time.monotonic()
    assert note is not None

    def act(number: int) -> None:
        match number % 4:
            case 0:
                circulate(ledger, f"T/{number}")
            case 1:
                ledger.log.keep_stamp(Stamp(2, "{}", note.note, b"q", b"token %d" % number))
            case 2:
                ledger.log.keep_cosignature(2, note.note, f"\N{EM DASH} w{number} AAAA\n")
            case _:
                ledger.attach(b"one letter that everybody has in hand")

    together(act, range(120))
    assert time.monotonic() - before < 60
    assert (len(ledger.votes()), len(ledger.log.stamps()), len(list(ledger.log.cosignatures()))) == (30, 30, 30)


@pytest.mark.long
def test_a_signer_that_hangs_in_one_thread_holds_up_the_others_until_its_deadline_only(
    ledger: Ledger, place: Address | None, log: Elsewhere
) -> None:
    begin(ledger, "T/1")
    hangs, failed, done = Elsewhere(REGISTRAR, "hangs"), list[str](), list[str]()

    def act(number: int) -> None:
        try:
            if number == 3:
                paper = PresidencyAssigned(body="UN", member="NOR", month="2026-12")
                ledger.keep_register(paper, signer=hangs)
            else:
                circulate(ledger, f"H/{number}")
            done.append(f"H/{number}")
        except SignerFailed as error:
            failed.append(str(error))

    before = time.monotonic()
    together(act, range(20))
    assert time.monotonic() - before < 30
    assert (len(done), len(failed)) == (19, 1)
    log.how = "hangs"
    before = time.monotonic()
    together(act, range(100, 104))
    assert time.monotonic() - before < 30
    assert (len(done), len(failed)) == (19, 5)
    log.how = "well"
    log.wake()
    hangs.wake()
    together(act, range(200, 210))
    assert (len(done), len(failed)) == (29, 5)
    assert set(ledger.votes()) == {"T/1", *done}
    assert not ledger.register().presidencies
    same_as_fresh(ledger, place)
