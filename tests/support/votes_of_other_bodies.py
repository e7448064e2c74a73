"""Votes of a small body with optional rules, as bundles for authors of verifiers; :mod:`make_vectors` has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from committee import body_json
from ledgers import recorded_anyhow
from other_bodies import OPENED, SYMBOL, Played
from signers import REGISTRAR
from tamper import exported, part

from inblue.domain.acts import Act, DraftCirculated, VoteCast
from inblue.domain.ballot import Answer, SignedBallot
from inblue.domain.ending_acts import VotingClosed
from inblue.domain.instrument import Instrument
from inblue.domain.optional_acts import ElectorateChanged, FactRecorded, WindowResumed, WindowSuspended
from inblue.domain.procedure import Procedure, Procedure2
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.domain.roster import Roster, Seat
from inblue.ledger.entries.ballot import blank_of, sign
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.standards.ed25519 import Ed25519Signer, key_id

CARA = Ed25519Signer.from_seed(b"c" * 32)

IN_WRITING = {"id": "in_writing", "clause": "choices", "title": "to decide in writing", "choices": ["agree", "oppose"]}
NOBODY_OPPOSES = {
    "id": "nobody_opposes",
    "clause": "choices",
    "put": "in_writing",
    "failing": "returned",
    "any_of": [{"choices": ["oppose"], "compare": "at_most", "number": 0}],
}
CARRIED = {
    "id": "majority",
    "clause": "majority",
    "failing": "lost",
    "tie": {"clause": "majority", "casting": "chair"},
    "any_of": [{"choices": ["yes"], "compare": "more_than", "share": "1/2", "base": ["yes", "no"]}],
}
PRIOR = {"id": "prior_decision", "clause": "fact", "title": "the bureau agreed", "due": "opening", "does": "forbids"}
ROSTER = Roster(
    name="the committee",
    members=(
        *(Seat(member="ANNA", groups=("chair",)), Seat(member="BEN", alternates=("BELA",))),
        *(Seat(member="CARA"), Seat(member="DORA"), Seat(member="OBSERVER", advisory=True)),
    ),
)


def committee(**more: Any) -> Procedure2:
    """Two questions, a fact, seats that may change, names of its own, a window of three days that may be suspended."""
    rules: dict[str, Any] = {
        "language": "en",
        "question_kinds": [{"id": "business", "title": "an item of business"}],
        "groups": [{"id": "chair", "title": "the chair"}],
        "outcomes": [{"id": name, "title": name} for name in ("carried", "lost", "returned")],
        "questions_put": [{**IN_WRITING, "silence": "no_answer"}],
        "facts": [PRIOR],
        "electorate": {"clause": "seats", "changes": "changes"},
        "on_behalf": {"clause": "behalf", "by": "alternates"},
        "window": {
            "clause": "window",
            "fixed_by": "procedure",
            "length": {"number": 3, "unit": "days", "first_day": "counted", "ends": "end_of_day"},
            "suspension_clause": "holds",
        },
    }
    decision = {
        "clause": "majority",
        "passing": "carried",
        "conditions": [NOBODY_OPPOSES, CARRIED],
        "unanimous": ["yes"],
    }
    made = Procedure.of({**body_json(), **rules, "decision": decision, **more}, where="committee")
    assert isinstance(made, Procedure2)
    return made


CHOSEN = {"clause": "window", "fixed_by": "closing", "hours": 24}


def begun(procedure: Procedure2) -> Played:
    """The vote up to its opening. CARA has a key of its own."""
    vote = Played(procedure)
    public = CARA.public_key
    grant = KeyGrant(key=key_id(public), public_key=public.hex(), office="delegate", member="CARA")
    vote.ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    vote.circulate("business")
    vote.do(FactRecorded(fact="prior_decision", status="present", established_at=vote.now))
    vote.now = OPENED
    vote.open(ROSTER)
    return vote


def balloted(vote: Played, position: str, answer: str, entered: str | None = None) -> VoteCast:
    """CARA's own ballot, and the reply that the registrar enters with it, with another answer if one is given."""
    made = blank_of(vote.state, vote.ledger.register()).ballot("CARA", position, {"in_writing": answer})
    signed = made.model_copy(update={"nonce": "ca" * 16})  # so that the vector is the same each time
    return VoteCast(
        member="CARA",
        position=position,
        received_at=vote.now,
        instrument=Instrument(form="e_mail", signed=True),
        ballot=SignedBallot(envelope=sign(signed, CARA)),
        answers=(Answer(question="in_writing", position=entered or answer),),
    )


def told(procedure: Procedure2) -> Played:
    """The vote up to its close: a tie that the chair decides, a hold, a seat that ends, an alternate, an observer."""
    vote = begun(procedure)
    vote.reply("ANNA", "yes", {"in_writing": "agree"})
    vote.reply("BEN", "no", {"in_writing": "agree"}, by="BELA", condition="if the budget is kept")
    if procedure.window.fixed_by != "closing":
        vote.do(WindowSuspended(reason="a question of CARA's", suspended_at=vote.now, by="CARA"))
        vote.now += timedelta(hours=5)
        vote.do(WindowResumed(resumed_at=vote.now))
    paper = vote.ledger.attach(b"DORA leaves the committee.\n")
    ends = ElectorateChanged(member="DORA", change="ends", reason="left", changed_at=vote.now, sha256=paper)
    vote.do(ends)
    vote.now += timedelta(minutes=3)
    vote.do(balloted(vote, "abstain", "agree"))
    vote.reply("OBSERVER", "yes")
    return vote


def votes() -> Iterator[tuple[str, str, bytes]]:
    """Vectors that hold: name, what it is, the bundle."""
    vote = told(committee())
    vote.close()
    vote.announce()
    yield (
        "other-body",
        "two questions, a fact, a seat that ends, a hold, an alternate, a tie",
        exported(vote.ledger, SYMBOL),
    )
    vote = told(committee(window=CHOSEN))
    vote.now = OPENED + timedelta(hours=30)
    vote.do(VotingClosed())
    vote.announce()
    yield (
        "chosen-end",
        "nobody fixed a deadline: the window ends with the entry that closes it",
        exported(vote.ledger, SYMBOL),
    )


def faults() -> Iterator[tuple[str, str, str, bytes, list[int]]]:
    """Vectors that do not hold: name, what it is, the sentence of docs/spec, the bundle, the checks that fail."""

    def after(act: Act) -> bytes:
        vote = told(committee())
        recorded_anyhow(vote.ledger, act, vote_stream(SYMBOL))
        return part(vote.ledger, vote.ledger.checkpoint().size, vote=SYMBOL)

    for name, answer in (("answer-other", ("in_writing", "maybe")), ("answer-question", ("elsewhere", "agree"))):
        given = Answer(question=answer[0], position=answer[1])
        paper = Instrument(form="e_mail", signed=True, remarks=("a second letter",))
        said = VoteCast(member="ANNA", position="yes", received_at=OPENED, instrument=paper, answers=(given,))
        yield name, f"the answer {answer[1]} to the question {answer[0]}", "ENT-60", after(said), [10]
    other = FactRecorded(fact="another", status="present")
    yield "fact-other", "a fact that the procedure does not have", "ENT-60", after(other), [10]
    vote = begun(committee())
    said = balloted(vote, "yes", "agree", "oppose")
    recorded_anyhow(vote.ledger, said, vote_stream(SYMBOL))
    raw = part(vote.ledger, vote.ledger.checkpoint().size, vote=SYMBOL)
    yield "ballot-answer", "an answer that is not the ballot's", "BAL-9", raw, [3]
    vote = Played(committee())
    adopted = vote.ledger.adopt_procedure(vote.procedure, signer=REGISTRAR)
    draft = DraftCirculated(symbol=SYMBOL, question="substantive", times="live", procedure=adopted)
    recorded_anyhow(vote.ledger, draft, vote_stream(SYMBOL))
    raw = part(vote.ledger, vote.ledger.checkpoint().size, vote=SYMBOL)
    yield "question-other", "a kind of question that the procedure does not have", "ENT-60", raw, [10]
