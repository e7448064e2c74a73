"""An act with an idempotency key is recorded once, however often it is given; every entry counts the register."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seats import COUNCIL_2021
from server import Database
from signers import LOG, REGISTRAR, SECOND

from inblue.domain.acts import Act, DraftCirculated, LetterSent, ReplyRejected, VoteCast
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.domain.recorded import Recorded
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, PresidencyAssigned
from inblue.ledger.entries.entry import REGISTER_STREAM, entry_digest, read_entry
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import leaf_hash
from inblue.ledger.stores.address import Address, read_address

PROCEDURE, ROSTER = built_in_procedure("unsc-2020-253"), COUNCIL_2021
VOTE = "S/2026/1"
THIRD = Ed25519Signer.from_seed(b"3" * 32)
JANUARY = PresidencyAssigned(body="Security Council", member="BEL", month="2026-01")
FEBRUARY = JANUARY.model_copy(update={"month": "2026-02"})


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Address | None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if request.param == "postgres":
        database: Database = request.getfixturevalue("postgres")
        return read_address(database.fresh())
    return tmp_path / "ledger.db" if request.param == "sqlite" else None


@pytest.fixture
def ledger(place: Address | None) -> Iterator[Ledger]:
    with Ledger.create(place, signer=REGISTRAR, log_signer=LOG) as made:
        begin(made)
        yield made


def begin(ledger: Ledger) -> None:
    sha256 = ledger.adopt_procedure(PROCEDURE, signer=REGISTRAR)
    draft = DraftCirculated(symbol=VOTE, question="substantive", times="live", procedure=sha256)
    perform(ledger, draft, "draft")
    ledger.perform(
        VOTE,
        LetterSent(kind="opening", opens_at=ledger.clock()),
        signer=REGISTRAR,
        roster=ROSTER,
        idempotency_key="opening",
    )


def reply(ledger: Ledger, member: str = "NOR", **given: object) -> VoteCast:
    paper = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
    act = VoteCast(member=member, position="in_favour", received_at=ledger.clock(), instrument=paper)
    return act.model_copy(update=given)


def perform(ledger: Ledger, act: Act, key: str | None = None) -> tuple[Recorded[Act], ...]:
    return ledger.perform(VOTE, act, signer=REGISTRAR, idempotency_key=key)


def test_an_act_that_is_given_again_is_what_was_recorded_then(ledger: Ledger) -> None:
    act = reply(ledger)
    first = perform(ledger, act, "letter-17")
    assert [each.idempotency_key for each in first] == ["letter-17"]
    size = ledger.checkpoint().size
    perform(ledger, reply(ledger, "IRL"))
    assert perform(ledger, act, "letter-17") == first
    assert perform(ledger, VoteCast.of(act.json_value(), where="act"), "letter-17") == first
    assert ledger.checkpoint().size == size + 1
    assert ledger.verify().holds


def test_another_act_with_the_same_key_is_refused_by_name(ledger: Ledger) -> None:
    perform(ledger, reply(ledger), "letter-17")
    size = ledger.checkpoint().size
    for other in (reply(ledger, "IRL"), reply(ledger, position="against"), VotingClosed()):
        with pytest.raises(Refused, match="idempotency key letter-17 another act was recorded, act 2 of vote:S/2026/1"):
            perform(ledger, other, "letter-17")
    assert ledger.checkpoint().size == size


def test_what_followed_by_the_rules_is_given_again_and_nothing_else(ledger: Ledger) -> None:
    perform(ledger, reply(ledger, "NOR"))
    second = reply(ledger, "NOR", position="against")
    first = perform(ledger, second, "second")
    assert [type(each.act) for each in first] == [VoteCast, ReplyRejected]
    assert [each.idempotency_key for each in first] == ["second", None]
    perform(ledger, reply(ledger, "IRL"))
    assert perform(ledger, second, "second") == first


def test_what_the_recorder_adds_is_not_compared(ledger: Ledger) -> None:
    opening = ledger.vote(VOTE).opening
    assert opening is not None
    again = LetterSent(kind="opening", opens_at=opening.act.opens_at, snapshot=None)
    assert perform(ledger, again, "opening") == (opening,)
    with pytest.raises(Refused, match="act 1 of"):
        perform(ledger, again.model_copy(update={"opens_at": ledger.clock()}), "opening")


def test_the_outcome_that_the_recorder_adds_is_not_compared() -> None:
    hour = [0]
    made = Ledger.create(None, signer=REGISTRAR, log_signer=LOG)
    now = made.clock()
    made.clock = lambda: now + timedelta(hours=hour[0])
    begin(made)
    hour[0] = 25
    perform(made, VotingClosed(closed_at=made.clock()), "close")
    announced = ResultAnnounced(announced_at=made.clock(), outcome=None)
    (first,) = perform(made, announced, "result")
    assert perform(made, announced, "result") == (first,)
    with pytest.raises(Refused, match="idempotency key result"):
        perform(made, announced.model_copy(update={"outcome": "adopted"}), "result")


def test_a_key_is_used_once_in_each_stream(ledger: Ledger) -> None:
    perform(ledger, reply(ledger), "one")
    ledger.keep_register(JANUARY, signer=REGISTRAR, idempotency_key="one")
    other = "S/2026/2"
    draft = DraftCirculated(symbol=other, question="substantive", times="live", procedure=PROCEDURE.sha256)
    ledger.perform(other, draft, signer=REGISTRAR, idempotency_key="one")
    assert ledger.verify().holds


def test_the_register_takes_an_act_once_too(ledger: Ledger) -> None:
    ledger.keep_register(JANUARY, signer=REGISTRAR, idempotency_key="january")
    size = ledger.checkpoint().size
    ledger.keep_register(JANUARY, signer=REGISTRAR, idempotency_key="january")
    with pytest.raises(Refused, match="idempotency key january another act was recorded, act 2 of register"):
        ledger.keep_register(FEBRUARY, signer=REGISTRAR, idempotency_key="january")
    assert ledger.checkpoint().size == size


def test_what_was_refused_has_used_no_key(ledger: Ledger) -> None:
    with pytest.raises(Refused):
        perform(ledger, VotingClosed(closed_at=ledger.clock()), "close")
    perform(ledger, reply(ledger), "close")


@pytest.mark.parametrize("key", ["", " ", "a b", "ä", "x" * 65, "a\n", 'a"'])
def test_a_key_has_one_form(ledger: Ledger, key: str) -> None:
    with pytest.raises(Malformed, match="an idempotency key has 1 to 64"):
        perform(ledger, reply(ledger), key)


def test_threads_that_give_one_act_record_it_once(ledger: Ledger) -> None:
    act = reply(ledger)
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: perform(ledger, act, "letter-17"), range(16)))
    assert len(set(given)) == 1
    assert [each.member for each in ledger.vote(VOTE).replies] == ["NOR"]


def test_threads_that_say_now_under_one_key_get_one_answer(ledger: Ledger) -> None:
    """Each reads its own clock, and all are given the act of the one that was first."""
    vote, ready = ledger.at(VOTE, signer=REGISTRAR), threading.Barrier(8)
    paper = reply(ledger).instrument

    def ask(number: int) -> tuple[int, ...]:
        ready.wait()
        first = vote.reply("NOR", "in_favour", paper, key="a").number
        with vote.together(key="b") as acts:
            acts.explain("NOR")
            acts.co_sponsor("NOR")
        return (first, *(each.number for each in acts.done.recorded), vote.acknowledge("NOR", key="c").number)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(8)))
    assert len(answers) == 1
    assert len(next(iter(answers))) == 4
    with pytest.raises(Refused, match="another act was recorded"):
        vote.reply("NOR", "against", paper, key="a")
    with pytest.raises(Refused, match="another act was recorded"), vote.together(key="b") as acts:
        acts.explain("FRA")


def _give(path: Path, act: VoteCast) -> None:
    with Ledger.open(path, log_signer=LOG) as ledger:
        perform(ledger, act, "letter-17")
        ledger.keep_register(JANUARY, signer=REGISTRAR, idempotency_key="january")


def test_processes_that_give_one_act_record_it_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        begin(ledger)
        act, size = reply(ledger), ledger.checkpoint().size
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_give, args=(path, act)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    with Ledger.open(path, log_signer=LOG) as ledger:
        assert ledger.checkpoint().size == size + 2
        assert perform(ledger, act, "letter-17")[0].idempotency_key == "letter-17"
        assert ledger.checkpoint().size == size + 2
        assert ledger.verify().holds


def grant(signer: Ed25519Signer) -> KeyEnrolled:
    return KeyEnrolled(grant=KeyGrant(key=signer.key_id, public_key=signer.public_key.hex(), office="president"))


def letter(ledger: Ledger, number: int) -> VoteCast:
    paper = Instrument(form="letter", signed=True, sha256=ledger.attach(b"%d" % number))
    return reply(ledger, ROSTER.ids[number % 15], instrument=paper)


def counted(ledger: Ledger) -> list[tuple[int | None, int]]:
    """For each entry in log order: how many register entries it says are before it, and how many are."""
    before, found = 0, []
    for row in ledger.streams.page(0, 1_000):
        found.append((read_entry(row.envelope).register, before))
        before += row.originator_id == REGISTER_STREAM
    return found


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("arbv"))))
def test_every_entry_counts_the_entries_of_the_register_before_it(steps: list[tuple[int, str]]) -> None:
    """Three ledgers that record in turn, and each knows only what it has read."""
    with Ledger.create(None, signer=REGISTRAR, log_signer=LOG) as first:
        begin(first)
        ledgers = [first, *(Ledger(first.streams, first.files, clock=first.clock, log_signer=LOG) for _ in range(2))]
        for number, (who, what) in enumerate(steps):
            at = ledgers[who]
            if what == "a":
                at.keep_register(JANUARY.model_copy(update={"month": f"{2000 + number}-01"}), signer=REGISTRAR)
            elif what == "r":
                at.register()
            elif what == "b":
                draft = DraftCirculated(
                    symbol=f"B{number}", question="substantive", times="live", procedure=PROCEDURE.sha256
                )
                at.record_all(
                    [(f"B{number}", [(draft, at.clock())]), (VOTE, [(letter(at, number), at.clock())])],
                    signer=REGISTRAR,
                    office="registrar",
                )
            else:
                perform(at, letter(at, number))
        assert all(said == there for said, there in counted(first))


def test_an_entry_counts_also_across_a_new_log_key_and_reopening(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        begin(ledger)
        ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
        ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
        perform(ledger, reply(ledger))
        ledger.keep_register(grant(THIRD), signer=REGISTRAR)
    with Ledger.open(path, log_signer=SECOND) as ledger:
        perform(ledger, reply(ledger, "IRL"))
        assert all(said == there for said, there in counted(ledger))
        assert counted(ledger)[-1] == (5, 5)


def test_an_entry_is_known_by_its_leaf_hash(ledger: Ledger) -> None:
    (raw,) = [row.envelope for row in ledger.streams.page(2, 1)]
    assert entry_digest(raw) == leaf_hash(raw).hex()
    assert bytes.fromhex(entry_digest(raw)) == next(iter(ledger.log.leaves(2, 1)))
