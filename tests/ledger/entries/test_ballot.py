"""Ballots that members sign: cast once, in the vote they were signed for, by a key of the member in force."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import first_format, forced
from seats import COUNCIL_2020
from signers import LOG, REGISTRAR, over_identity, shifted

from inblue.domain.act import Times
from inblue.domain.acts import DraftCirculated, LetterSent, VoteCast
from inblue.domain.ballot import Answer, Ballot, FirstBallot, OwnTimestamp, SignedBallot
from inblue.domain.canonical import canonical
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, KeyRevoked
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import PINS, SIGNATURE
from inblue.ledger.audit.result import Verification
from inblue.ledger.entries.ballot import blank_of, check_ballot, nonces_of, read_ballot, read_blank, sign
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export
from inblue.ledger.projections.record import record_of
from inblue.ledger.standards.dsse import BALLOT_TYPE, _build, pae, seal
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import leaf_hash

BELGIUM, ESTONIA = (Ed25519Signer.from_seed(letter * 32) for letter in (b"b", b"e"))
OPENED = datetime(2026, 3, 27, 18, tzinfo=UTC)
PROCEDURE, ROSTER = built_in_procedure("unsc-2020-253"), COUNCIL_2020
TEXT = hashlib.sha256(b"The text.\n").hexdigest()


class Clock:
    now = OPENED - timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def draft(symbol: str, *, times: Times = "live", round: int = 1) -> DraftCirculated:  # noqa: A002
    return DraftCirculated(
        symbol=symbol, question="substantive", times=times, procedure=PROCEDURE.sha256, texts={"en": TEXT}, round=round
    )


def rehearsed(clock: Clock, times: Times = "simulated") -> Ledger:
    """Two open votes; Belgium and Estonia hold keys."""
    clock.now = OPENED - timedelta(hours=1)
    made = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, clock=clock)
    for member, signer in (("BEL", BELGIUM), ("EST", ESTONIA)):
        grant = KeyGrant(
            key=signer.key_id, public_key=signer.public_key.hex(), office="permanent_representative", member=member
        )
        made.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    made.adopt_procedure(PROCEDURE, signer=REGISTRAR)
    made.attach(b"The text.\n")
    for symbol in ("S/1", "S/2"):
        made.perform(symbol, draft(symbol, times=times), signer=REGISTRAR)
    clock.now = OPENED
    for symbol in ("S/1", "S/2"):
        made.perform(symbol, LetterSent(kind="opening", opens_at=OPENED), signer=REGISTRAR, roster=ROSTER)
    clock.now = OPENED + timedelta(hours=2)
    return made


@pytest.fixture
def ledger(clock: Clock) -> Iterator[Ledger]:
    with rehearsed(clock, "live") as made:
        yield made


def ballot(ledger: Ledger, member: str = "BEL", position: str = "in_favour", symbol: str = "S/1") -> Ballot:
    return blank_of(ledger.vote(symbol), ledger.register()).ballot(member, position)


def reply(
    clock: Clock, envelope: str, member: str = "BEL", position: str = "in_favour", **given: OwnTimestamp
) -> VoteCast:
    paper = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
    signed = SignedBallot(envelope=envelope, timestamps=tuple(given.values()))
    return VoteCast(member=member, position=position, received_at=clock.now, instrument=paper, ballot=signed)


def test_a_ballot_is_cast_and_shows_in_the_record(ledger: Ledger, clock: Clock, tmp_path: Path) -> None:
    ledger.perform("S/1", reply(clock, sign(ballot(ledger), BELGIUM)), signer=REGISTRAR)
    (record,) = record_of(ledger.vote("S/1")).replies
    assert record.counted
    assert ("ballot", "signed by BEL itself, with a key of its own") in record.verdict.evidence
    assert ledger.verify().holds
    assert verify_bundle(export(ledger, tmp_path / "b.zip", include_open=True).path).holds


def test_the_same_ballot_twice_is_refused_and_another_one_is_a_second_reply(ledger: Ledger, clock: Clock) -> None:
    cast = reply(clock, sign(ballot(ledger), BELGIUM))
    ledger.perform("S/1", cast, signer=REGISTRAR)
    with pytest.raises(Refused, match="was cast already") as refused:
        ledger.perform("S/1", cast, signer=REGISTRAR)
    assert refused.value.clause is not None
    ledger.perform("S/1", reply(clock, sign(ballot(ledger), BELGIUM)), signer=REGISTRAR)
    assert [each.counted for each in record_of(ledger.vote("S/1")).replies] == [True, False]


def past_the_rules(ledger: Ledger, cast: VoteCast, name: str = "S/1", *, of_old: bool = False) -> Verification:
    """Enter a reply with other software, which asks no rules, and verify."""
    forced(ledger, cast, name, of_old=of_old)
    return ledger.verify()


OTHERWISE: dict[str, tuple[str, dict[str, Any]]] = {
    "log": ("another log: example.org/rehearsals", {"log": "example.org/rehearsals"}),
    "symbol": ("another vote: S/2", {"draft": "S/2"}),
    "round": ("another round: 2", {"round": 2}),
    "text": ("another text", {"texts": {"en": "ab" * 32}}),
    "text of another language": ("another text", {"texts": {"en": TEXT, "fr": TEXT}}),
    "no text": ("another text", {"texts": {}}),
    "opening": ("another opening", {"opening": "ab" * 32}),
    "deadline": ("another deadline", {"closes_at": OPENED + timedelta(hours=24, microseconds=1)}),
    "rule": ("another deadline", {"closes_at": None, "rule": "time_limit"}),
    "rehearsal": ("another kind of vote", {"rehearsal": True}),
}


@pytest.mark.parametrize("what", OTHERWISE)
def test_a_ballot_that_is_bound_otherwise_is_refused_and_found(ledger: Ledger, clock: Clock, what: str) -> None:
    said, changed = OTHERWISE[what]
    cast = reply(clock, sign(ballot(ledger).model_copy(update=changed), BELGIUM))
    with pytest.raises(Refused, match=f"the ballot was signed for {said}"):
        ledger.perform("S/1", cast, signer=REGISTRAR)
    (problem,) = past_the_rules(ledger, cast).problems
    check = PINS if said == "another deadline" else SIGNATURE  # which follows from the procedure that is pinned
    assert (problem.check, said in problem.text) == (check, True)


@given(st.sets(st.sampled_from(sorted(OTHERWISE.keys() - {"rule"})), min_size=1), st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_no_ballot_counts_that_any_field_binds_elsewhere(
    ledger: Ledger, clock: Clock, whats: set[str], data: st.DataObject
) -> None:
    """Whatever else is right or wrong in it."""
    made = ballot(ledger)
    for what in data.draw(st.permutations(sorted(whats))):
        made = made.model_copy(update=OTHERWISE[what][1])
    with pytest.raises(Refused, match="the ballot was signed for another"):
        ledger.perform("S/1", reply(clock, sign(made, BELGIUM)), signer=REGISTRAR)


def test_a_ballot_of_another_vote_or_ledger_is_refused(ledger: Ledger, clock: Clock) -> None:
    other = sign(ballot(ledger, symbol="S/2"), BELGIUM)
    with pytest.raises(Refused, match="for another vote: S/2"):
        ledger.perform("S/1", reply(clock, other), signer=REGISTRAR)
    with rehearsed(clock) as rehearsal:  # the same keys and the same symbol
        signed = sign(ballot(rehearsal), BELGIUM)
        rehearsal.perform("S/1", reply(clock, signed), signer=REGISTRAR)
    with pytest.raises(Refused, match="for another log"):
        ledger.perform("S/1", reply(clock, signed), signer=REGISTRAR)


def test_a_ballot_of_the_first_round_does_not_count_in_the_second(ledger: Ledger, clock: Clock) -> None:
    signed = sign(ballot(ledger), BELGIUM)
    ended = OPENED + timedelta(hours=25)
    clock.now = ended
    ledger.perform("S/1", VotingClosed(closed_at=ended), signer=REGISTRAR)
    ledger.perform("S/1", ResultAnnounced(announced_at=ended), signer=REGISTRAR)
    ledger.perform("S/1#2", draft("S/1", round=2), signer=REGISTRAR)
    ledger.perform("S/1#2", LetterSent(kind="opening", opens_at=ended), signer=REGISTRAR, roster=ROSTER)
    cast = reply(clock, signed)
    with pytest.raises(Refused, match="for another round: 1"):
        ledger.perform("S/1#2", cast, signer=REGISTRAR)
    again = ballot(ledger, symbol="S/1#2")
    assert (again.draft, again.round, again.closes_at) == ("S/1", 2, ended + timedelta(hours=24))
    ledger.perform("S/1#2", reply(clock, sign(again, BELGIUM)), signer=REGISTRAR)
    assert ledger.verify().holds
    assert {problem.check for problem in past_the_rules(ledger, cast, "S/1#2").problems} == {SIGNATURE}


def test_a_ballot_says_what_it_is_bound_to(ledger: Ledger) -> None:
    made, vote = ballot(ledger), ledger.vote("S/1")
    opening = next(row for row in ledger.streams.stream("vote:S/1") if row.kind == "letter-sent@1")
    assert (made.log, made.draft, made.round, made.rehearsal) == (ledger.checkpoint().origin, "S/1", 1, False)
    assert (made.opening, made.texts) == (leaf_hash(opening.envelope).hex(), vote.draft.act.texts)
    assert (made.closes_at, made.rule, made.position) == (OPENED + timedelta(hours=24), None, "in_favour")


def test_where_no_deadline_is_known_the_ballot_names_the_clause(ledger: Ledger, clock: Clock) -> None:
    ledger.perform("S/4", draft("S/4", times="documented"), signer=REGISTRAR)
    opening = LetterSent(kind="opening", dated=OPENED.date())
    ledger.perform("S/4", opening, signer=REGISTRAR, roster=ROSTER)
    made = ballot(ledger, symbol="S/4")
    assert (made.closes_at, made.rule) == (None, ledger.vote("S/4").procedure.window.clause)
    ledger.perform("S/4", reply(clock, sign(made, BELGIUM)), signer=REGISTRAR)
    other = made.model_copy(update={"rule": "another", "nonce": "0" * 32})
    with pytest.raises(Refused, match="another deadline"):
        ledger.perform("S/4", reply(clock, sign(other, BELGIUM)), signer=REGISTRAR)
    assert ledger.verify().holds


@pytest.mark.parametrize(
    "replies", [[("draft", "against")], [("other", "in_favour")], [("draft", "in_favour"), ("other", "in_favour")]]
)
def test_a_ballot_answers_the_one_question_as_the_reply_does(
    ledger: Ledger, clock: Clock, replies: list[tuple[str, str]]
) -> None:
    answers = tuple(Answer(question=question, position=position) for question, position in replies)
    cast = reply(clock, sign(ballot(ledger).model_copy(update={"replies": answers}), BELGIUM))
    with pytest.raises(Refused, match="the reply is another"):
        ledger.perform("S/1", cast, signer=REGISTRAR)
    (problem,) = past_the_rules(ledger, cast).problems
    assert problem.check == SIGNATURE


@pytest.mark.parametrize(
    "changed",
    [
        {"closes_at": None},
        {"rule": "time_limit"},
        {"replies": []},
        {"replies": [{"question": "draft", "position": "in_favour"}] * 2},
        {"replies": [{"question": f"q{n}", "position": "in_favour"} for n in range(21)]},
        {"round": 0},
        {"nonce": "5E" * 16},
        {"procedure": "ab" * 32},
        {"format": "inblue-ballot/3"},
    ],
    ids=lambda changed: str(changed)[:40],
)
def test_what_is_not_a_ballot(ledger: Ledger, changed: dict[str, Any]) -> None:
    value = {**ballot(ledger).json_value(), **changed}
    with pytest.raises(Malformed, match=r"^ballot: [^\n]+$"):
        read_ballot(seal(canonical(value), BELGIUM, BALLOT_TYPE).decode())


def test_a_ballot_that_names_too_many_texts_is_not_signed(ledger: Ledger) -> None:
    many = {f"language {number}": "ab" * 32 for number in range(90)}
    with pytest.raises(Malformed, match="characters when signed; at most 8,000 fit"):
        sign(ballot(ledger).model_copy(update={"texts": many}), BELGIUM)


def first_ballot(ledger: Ledger, **changed: str) -> VoteCast:
    """The reply of Belgium with a ballot as the first version wrote it."""
    vote = ledger.vote("S/1")
    pinned = vote.opening.act.snapshot if vote.opening else None
    bound = {"draft": "S/1", "procedure": vote.draft.act.procedure, "opening": pinned}
    said = {"member": "BEL", "position": "in_favour", "nonce": "5e" * 16}
    made = FirstBallot.of({**bound, **said, **changed}, where="ballot")
    return reply(Clock(), sign(made, BELGIUM))


def test_no_new_ballot_of_the_first_format_is_taken(ledger: Ledger) -> None:
    cast = first_ballot(ledger)
    with pytest.raises(Malformed, match="ask for a blank again"):
        ledger.perform("S/1", cast, signer=REGISTRAR)
    (problem,) = past_the_rules(ledger, cast).problems
    assert (problem.check, "of the first format" in problem.text) == (SIGNATURE, True)
    with pytest.raises(Malformed, match="a blank of the first format"):
        read_blank(b'{"format":"inblue-blank/1","draft":"S/1"}', where="blank.json")


@pytest.mark.parametrize(
    "changed", [{}, {"draft": "S/2"}, {"opening": "ab" * 32}, {"procedure": "ab" * 32}, {"position": "against"}]
)
def test_in_entries_of_the_first_format_ballots_of_it_are_judged_as_ever(clock: Clock, changed: dict[str, str]) -> None:
    with first_format(), rehearsed(clock, "live") as old:
        cast = first_ballot(old, **changed)
        checks = [problem.check for problem in past_the_rules(old, cast).problems]
        assert checks == ([SIGNATURE] if changed else [])
        assert [problem.check for problem in past_the_rules(old, cast).problems] == [*checks, SIGNATURE]


def test_each_ballot_on_record_is_read_once(ledger: Ledger, clock: Clock) -> None:
    """Of a vote as it goes on; an earlier state of the vote has only the earlier ones."""
    before = ledger.vote("S/1")
    known = nonces_of(before)
    for _ in range(3):
        made = ballot(ledger)
        ledger.perform("S/1", reply(clock, sign(made, BELGIUM)), signer=REGISTRAR)
        assert nonces_of(ledger.vote("S/1")) is known
        assert made.nonce in known
    assert (len(known), nonces_of(before)) == (3, set())
    assert nonces_of(ledger.vote("S/2")) == set()


@pytest.mark.parametrize("how", ["over the identity", "shifted"])
def test_a_signature_that_its_signer_could_disown_is_none(ledger: Ledger, clock: Clock, how: str) -> None:
    """Over R, the identity, one holds that also shows the private key; and with S + L there is a second to each."""
    payload = ballot(ledger).canonical()
    signed = pae(BALLOT_TYPE, payload)
    signature = over_identity(b"b" * 32, signed) if how == "over the identity" else shifted(BELGIUM.sign(signed))
    cast = reply(clock, _build(payload, BELGIUM.key_id.encode(), signature, BALLOT_TYPE).decode())
    with pytest.raises(Refused, match="does not hold"):
        ledger.perform("S/1", cast, signer=REGISTRAR)
    assert {problem.check for problem in past_the_rules(ledger, cast).problems} == {SIGNATURE}


def test_the_registrar_cannot_say_otherwise_than_the_ballot(ledger: Ledger, clock: Clock) -> None:
    signed = sign(ballot(ledger), BELGIUM)
    for member, position in (("BEL", "against"), ("EST", "in_favour")):
        with pytest.raises(Refused, match="the reply is another"):
            ledger.perform("S/1", reply(clock, signed, member, position), signer=REGISTRAR)


def test_a_key_of_another_member_signs_nothing_for_this_one(ledger: Ledger, clock: Clock) -> None:
    for signer in (ESTONIA, REGISTRAR, Ed25519Signer.from_seed(b"x" * 32)):
        with pytest.raises(Refused, match="is not one of BEL"):
            ledger.perform("S/1", reply(clock, sign(ballot(ledger), signer)), signer=REGISTRAR)


def test_a_revoked_key_signs_nothing_more(ledger: Ledger, clock: Clock) -> None:
    signed = sign(ballot(ledger), BELGIUM)
    ledger.keep_register(KeyRevoked(key=BELGIUM.key_id, reason="lost laptop"), signer=REGISTRAR)
    with pytest.raises(Refused, match="is revoked: lost laptop") as refused:
        ledger.perform("S/1", reply(clock, signed), signer=REGISTRAR)
    assert refused.value.clause == "signature"


def test_what_was_cast_before_a_revocation_holds(ledger: Ledger, clock: Clock) -> None:
    ledger.perform("S/1", reply(clock, sign(ballot(ledger), BELGIUM)), signer=REGISTRAR)
    ledger.keep_register(KeyRevoked(key=BELGIUM.key_id, reason="lost laptop"), signer=REGISTRAR)
    assert ledger.verify().holds


def test_a_forged_signature_does_not_hold(ledger: Ledger, clock: Clock) -> None:
    signed = sign(ballot(ledger), BELGIUM)
    other = sign(ballot(ledger), BELGIUM)
    at = signed.index('"sig":"')
    forged = signed[:at] + other[other.index('"sig":"') :]
    with pytest.raises(Refused, match="does not hold"):
        ledger.perform("S/1", reply(clock, forged), signer=REGISTRAR)
    for broken in (signed.replace("ballot+json", "entry+json"), signed + " ", "{}"):
        with pytest.raises(Malformed):
            ledger.perform("S/1", reply(clock, broken), signer=REGISTRAR)


def test_a_registrar_who_goes_past_the_rules_is_found_out(ledger: Ledger, clock: Clock) -> None:
    """A ballot that was used twice, entered with other software."""
    cast = reply(clock, sign(ballot(ledger), BELGIUM))
    ledger.perform("S/1", cast, signer=REGISTRAR)
    (problem,) = past_the_rules(ledger, cast).problems
    assert (problem.check, "was cast already" in problem.text) == (SIGNATURE, True)


def test_timestamps_that_are_not_base64_are_refused(ledger: Ledger, clock: Clock) -> None:
    crooked = OwnTimestamp(query="AAAA", token="AAB=")
    with pytest.raises(Malformed, match="base64"):
        ledger.perform("S/1", reply(clock, sign(ballot(ledger), BELGIUM), crooked=crooked), signer=REGISTRAR)


def test_a_ballot_is_read_only_if_it_is_canonical(ledger: Ledger) -> None:
    made = ballot(ledger)
    assert read_ballot(sign(made, BELGIUM)) == made
    with pytest.raises(Malformed):
        blank_of(ledger.vote("S/1"), ledger.register()).ballot("B E L", "in_favour")


def test_before_the_opening_nothing_can_be_signed(ledger: Ledger, clock: Clock) -> None:
    procedure = built_in_procedure("unsc-2020-253").sha256
    draft = DraftCirculated(symbol="S/3", question="substantive", times="live", procedure=procedure)
    ledger.perform("S/3", draft, signer=REGISTRAR)
    with pytest.raises(Refused, match="not open"):
        blank_of(ledger.vote("S/3"), ledger.register())
    check_ballot(
        VoteCast(member="BEL", position=None, instrument=Instrument(form="letter")),
        ledger.vote("S/3"),
        ledger.register(),
        clock.now,
    )
