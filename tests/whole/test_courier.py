"""Who hands a bundle on without any key can make it say less, or older, and never that it says all (laws.md, 1)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from command_line import call
from courier import Courier, token_of
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import OPENED, ROSTER, SEATLESS, SMALL, cast, members_of
from paths import INBLUE
from signers import LOG, REGISTRAR, SECOND
from stamped import MEMBER, Kept, stamped

from inblue.domain.acts import Act, DraftCirculated, LetterSent
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, KeyRevoked, PresidencyAssigned
from inblue.domain.verdict import Strength
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.entry_checks import EntryChecks
from inblue.ledger.audit.result import Verification
from inblue.ledger.evidence.attestations import TIMESTAMPS
from inblue.ledger.evidence.bundle import RECORD
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export, state_acts
from inblue.ledger.projections.as_of import AsOf
from inblue.ledger.projections.record import record_of
from inblue.ledger.projections.record_facts import record_bytes

FIRST, OTHER = "S/1", "S/2"
STRENGTHS = get_args(Strength)  # the strongest first


@dataclass
class Council:
    """Votes on one clock, whose registrar's first key turns out to have been compromised."""

    ledger: Ledger
    stored: list[bytes] = field(repr=False)

    @property
    def size(self) -> int:
        return len(self.stored)

    def expected(self, end: int, votes: tuple[str, ...]) -> dict[str, Any]:
        """The records of votes that the ledger itself gave when it had ``end`` entries."""
        checks = EntryChecks.over(self.ledger.files)
        for raw in self.stored[:end]:
            checks.add(raw)
        assert checks.result.holds
        bounds = checks.proofs.bounds(checks.register.state.revoked)
        whole = checks.votes.states.whole()
        return {symbol: facts(whole[symbol], bounds.get(symbol, {})) for symbol in votes if symbol in whole}


def facts(state: Any, bounds: Any) -> Any:
    return json.loads(record_bytes([(record_of(state, bounds), bounds)], AsOf(0, 0, 0)))["votes"][0]


def shown(found: Verification) -> dict[str, Any]:
    """The records that a verdict gives, without a trust file."""
    return {symbol: facts(state, found.bounds.get(symbol, {})) for symbol, state in found.states.items()}


def council() -> Council:
    now = OPENED - timedelta(hours=2, minutes=30)

    def clock() -> Any:
        nonlocal now
        now += timedelta(milliseconds=1)
        return now

    def at(hours: float) -> None:
        nonlocal now
        now = OPENED + timedelta(hours=hours)

    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/council", clock=clock)
    procedure = ledger.adopt_procedure(SEATLESS, signer=REGISTRAR)
    letter = ledger.attach(b"The delegation votes in favour.\n")

    def act(symbol: str, done: Act, signer: Any = REGISTRAR) -> None:
        ledger.perform(symbol, done, signer=signer, roster=ROSTER)

    def presides(month: int) -> None:
        signer = REGISTRAR if REGISTRAR.key_id not in ledger.register().revoked else SECOND
        kept = PresidencyAssigned(body="Security Council", member="CHN", month=f"2026-{month:02}")
        ledger.keep_register(kept, signer=signer)

    at(-2)
    presides(3)
    for symbol in (FIRST, OTHER):
        act(symbol, DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=procedure))
    presides(4)
    at(0)
    act(FIRST, LetterSent(kind="opening", opens_at=OPENED))
    at(2)
    act(FIRST, cast("CHN", 2, sha256=letter))
    grant = KeyGrant(key=SECOND.key_id, public_key=SECOND.public_key.hex(), office="registrar")
    ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    act(OTHER, LetterSent(kind="opening", opens_at=now))
    at(4)
    act(FIRST, cast("EST", 4, "against"), SECOND)
    presides(5)
    act(OTHER, cast("VNM", 4))
    at(25)
    act(FIRST, cast("VNM", 25))
    at(26)
    act(FIRST, VotingClosed(closed_at=OPENED + timedelta(hours=26)))
    act(FIRST, ResultAnnounced(announced_at=OPENED + timedelta(hours=26)))
    at(28)
    presides(6)
    act(OTHER, VotingClosed(closed_at=OPENED + timedelta(hours=28)))
    revoked = KeyRevoked(key=REGISTRAR.key_id, reason="lost", compromised_since=OPENED - timedelta(hours=3))
    ledger.keep_register(revoked, signer=SECOND)
    presides(7)
    state_acts(ledger, FIRST, signer=SECOND)
    return Council(ledger, [row.envelope for row in ledger.streams.page(0, 1000)])


@pytest.fixture(scope="module")
def made() -> Council:
    return council()


@pytest.fixture(scope="module")
def bundle(made: Council, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "vote.zip"
    return export(made.ledger, path, vote=FIRST, include_open=True, current=True).path


def test_the_true_bundle_is_as_of_the_last_entry_and_says_what_the_ledger_says(made: Council, bundle: Path) -> None:
    found = verify_bundle(bundle)
    assert (found.holds, found.current, found.as_of) == (True, True, AsOf(made.size, made.size, made.size))
    assert shown(found) == made.expected(made.size, (FIRST,))
    doubts = {each["member"]: each["doubts"] for each in shown(found)[FIRST]["replies"]}
    assert {member for member, doubted in doubts.items() if doubted} == {"CHN", "VNM"}


def test_what_a_courier_makes_again_of_all_that_is_there_is_the_true_bundle(bundle: Path, tmp_path: Path) -> None:
    courier = Courier.of(bundle)
    assert courier.write(tmp_path / "again.zip").read_bytes() == bundle.read_bytes()


def test_each_line_of_the_register_that_is_left_out_is_missed(made: Council, bundle: Path, tmp_path: Path) -> None:
    """By a check, where the last entry or a later line counts it; else the bundle is of an older state, and says so."""
    places = [placed["index"] for placed, _ in Courier.of(bundle).register]
    assert len(places) > 5
    for place in places:
        courier = Courier.of(bundle)
        courier.keep_register(lambda index, place=place: index != place)  # type: ignore[misc]
        found = verify_bundle(courier.write(tmp_path / f"without-{place}.zip"))
        if place == made.size - 1:
            assert (found.holds, found.current) == (True, False)
            assert found.as_of == AsOf(courier.end, made.size, made.size - 1)
        else:
            assert not found.holds


def test_the_register_before_the_range_cannot_be_cut_even_at_its_end(bundle: Path, tmp_path: Path) -> None:
    """The entries of the range count it: also where no later line of the register is there to tell."""
    courier = Courier.of(bundle)
    courier.cut(courier.start + 2)
    courier.keep_register(lambda index: index < courier.start)
    before = [placed["index"] for placed, _ in courier.register]
    courier.keep_register(lambda index: index != before[-1])
    assert not verify_bundle(courier.write(tmp_path / "cut.zip")).holds


def test_the_revocation_left_out_gives_the_verdict_that_the_ledger_gave_before_it(
    made: Council, bundle: Path, tmp_path: Path
) -> None:
    courier = Courier.of(bundle)
    courier.keep_register(lambda index: index < courier.end)
    found = verify_bundle(courier.write(tmp_path / "stripped.zip"))
    assert found.holds
    assert found.as_of == AsOf(courier.end, made.size, courier.end)
    assert not found.current
    assert shown(found) == made.expected(courier.end, (FIRST,))
    assert not any(each["doubts"] for each in shown(found)[FIRST]["replies"])


def test_a_range_that_is_cut_is_an_older_state_at_every_place(made: Council, bundle: Path, tmp_path: Path) -> None:
    whole = Courier.of(bundle)
    for end in range(whole.start + 1, whole.end):
        courier = Courier.of(bundle)
        courier.cut(end)
        courier.keep_register(lambda index, end=end: index < end)  # type: ignore[misc]
        found = verify_bundle(courier.write(tmp_path / f"{end}.zip"))
        assert found.problems == ()
        assert (found.as_of, found.current) == (AsOf(end, made.size, end), False)
        assert shown(found) == made.expected(end, (FIRST,))


def test_cut_short_with_the_last_entry_still_there_it_is_an_older_state_too(
    made: Council, bundle: Path, tmp_path: Path
) -> None:
    """The last entry says how many acts the vote has, and fewer are shown."""
    whole = Courier.of(bundle)
    for end in range(whole.start + 1, whole.end):
        courier = Courier.of(bundle)
        courier.cut(end)
        found = verify_bundle(courier.write(tmp_path / f"{end}.zip"))
        assert found.problems == ()
        assert (found.as_of, found.current) == (AsOf(end, made.size, made.size), False)
        no_stronger(shown(found), made.expected(end, (FIRST,)))


def no_stronger(now: dict[str, Any], then: dict[str, Any]) -> None:
    """That it is the earlier verdict, except for what later entries of the register put in doubt."""
    assert now.keys() == then.keys()
    for symbol, vote in now.items():
        before = then[symbol]
        for each, earlier in zip(vote["replies"], before["replies"], strict=True):
            assert STRENGTHS.index(each["strength"]) >= STRENGTHS.index(earlier["strength"])
            assert all(doubt in each["doubts"] for doubt in earlier["doubts"])
            assert {**each, "strength": "", "doubts": []} == {**earlier, "strength": "", "doubts": []}
        assert {**vote, "replies": []} == {**before, "replies": []}


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_a_courier_leaves_out_it_is_missed_or_an_older_state(
    made: Council, bundle: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    courier = Courier.of(bundle)
    whole_range = courier.end
    end = data.draw(st.integers(courier.start + 1, whole_range))
    places = [placed["index"] for placed, _ in courier.register]
    left_out = data.draw(st.sets(st.sampled_from(places)) | st.just(set()))
    from_here = data.draw(st.integers(0, made.size))
    if end < whole_range:
        courier.cut(end)
    courier.keep_register(lambda index: index not in left_out and index < from_here)
    named = (FIRST,) if data.draw(st.booleans()) else ()
    courier.part["votes"] = list(named)
    path = tmp_path_factory.mktemp("any") / "b.zip"
    found = verify_bundle(courier.write(path))
    if not found.holds:
        return
    assert found.as_of is not None
    assert (found.as_of.of, found.as_of.entry >= end) == (made.size, True)
    then = made.expected(found.as_of.entry, named)
    if found.current or found.as_of.register <= found.as_of.entry:
        assert shown(found) == then
    else:
        no_stronger(shown(found), then)
    whole = end == whole_range and not left_out and from_here == made.size
    assert found.current == whole
    assert json.loads(members_of(path)[RECORD])["votes"] == list(shown(found).values())


REQUIRED = ("proven", "attested", "documented", "settled")


@pytest.fixture(scope="module")
def everything(made: Council, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(made.ledger, tmp_path_factory.mktemp("all") / "all.zip", include_open=True).path


@pytest.mark.parametrize("named", [(), (FIRST,), (OTHER,)], ids=["no vote", "the first", "the other"])
@pytest.mark.parametrize("required", REQUIRED)
def test_a_courier_who_names_fewer_votes_satisfies_no_requirement(
    everything: Path, tmp_path: Path, named: tuple[str, ...], required: str
) -> None:
    courier = Courier.of(everything)
    courier.part["votes"] = list(named)
    fewer = courier.write(tmp_path / "fewer.zip")
    assert verify_bundle(fewer).holds
    assert verify(fewer, "--require", required) == 1


def test_a_requirement_is_not_met_by_what_is_shown_in_part_or_not_at_all(
    made: Council, everything: Path, tmp_path: Path
) -> None:
    path = export(made.ledger, tmp_path / "other.zip", vote=OTHER, include_open=True).path
    found = verify_bundle(path)
    assert (found.holds, tuple(found.states), found.aside) == (True, (OTHER,), (FIRST,))
    assert verify(path, "--require", "settled") == 1
    assert verify(path, "--require", "settled", "--vote", OTHER) == 0
    assert verify(path, "--require", "settled", "--vote", FIRST) == 2
    assert verify(path, "--vote", OTHER) == 2
    told = json.loads(said(path, "--require", "settled", "--json"))
    assert (told["judged"], told["unjudged"]) == (1, [{"draft": FIRST, "round": 1}])
    courier = Courier.of(everything)
    courier.part["votes"] = []
    courier.cut(3)
    none = courier.write(tmp_path / "none.zip")
    found = verify_bundle(none)
    assert (found.holds, dict(found.states), found.aside) == (True, {}, ())
    assert [verify(none, "--require", required) for required in REQUIRED] == [1] * len(REQUIRED)


# What third parties prove, and who is told of a compromised key


@pytest.fixture(scope="module")
def stolen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trust, Ledger]:
    """A vote with timestamps, after which a member's key turns out to have been compromised before it voted."""
    folder = tmp_path_factory.mktemp("stolen")
    kept = Kept.fresh(folder / "authorities")
    desk = stamped(kept)
    since = OPENED - timedelta(hours=1)
    desk.at(60).ledger.keep_register(
        KeyRevoked(key=MEMBER.key_id, reason="stolen", compromised_since=since), signer=REGISTRAR
    )
    state_acts(desk.ledger, SMALL, signer=REGISTRAR)
    desk.stamp()
    path = export(desk.ledger, folder / "vote.zip", vote=SMALL, current=True).path
    return path, Trust(authorities=tuple(kept.authorities.values())), desk.ledger


def strength_of(found: Verification, member: str) -> str:
    record = record_of(found.states[SMALL], found.bounds.get(SMALL))
    return next(each.verdict.strength for each in record.replies if each.reply.member == member)


def verify(path: Path, *words: object) -> int:
    return call([INBLUE, "verify", str(path), *map(str, words)], env={}).returncode


def said(path: Path, *words: object) -> str:
    return call([INBLUE, "verify", str(path), *map(str, words)], env={}).stdout


@pytest.mark.long
def test_a_theft_that_is_left_out_makes_an_older_verdict_and_not_a_current_one(
    stolen: tuple[Path, Trust, Ledger], tmp_path: Path
) -> None:
    path, trust, ledger = stolen
    (tmp_path / "trust.json").write_bytes(trust.canonical() + b"\n")
    size = ledger.checkpoint().size
    found = verify_bundle(path, trust)
    assert (found.holds, found.as_of, found.current) == (True, AsOf(size, size, size), True)
    assert (strength_of(found, "CHN"), strength_of(found, "VNM")) == ("proven", "attested")
    assert verify(path, "--trust", tmp_path / "trust.json", "--require", "current") == 0

    courier = Courier.of(path)
    courier.keep_register(lambda index: index < courier.end)
    stripped = courier.write(tmp_path / "stripped.zip")
    found = verify_bundle(stripped, trust)
    assert (found.holds, found.as_of, found.current) == (True, AsOf(courier.end, size, courier.end), False)
    assert strength_of(found, "VNM") == "proven"  # as the ledger said then, and as of then
    assert verify(stripped, "--trust", tmp_path / "trust.json") == 0
    assert verify(stripped, "--trust", tmp_path / "trust.json", "--require", "current") == 1


def test_a_token_that_an_entry_names_and_that_is_left_out_is_missed(
    stolen: tuple[Path, Trust, Ledger], tmp_path: Path
) -> None:
    path, trust, _ = stolen
    lines = Courier.of(path).members[TIMESTAMPS].splitlines()
    assert len(lines) > 8
    whole, named = verify_bundle(path, trust), 0
    for number, line in enumerate(lines):
        courier, missing = Courier.of(path), token_of(line)
        courier.keep_tokens(lambda token, missing=missing: token != missing)  # type: ignore[misc]
        found = verify_bundle(courier.write(tmp_path / f"{number}.zip"), trust)
        assert found.holds
        names_it = any(missing.encode() in base64.b64decode(json.loads(raw)["payload"]) for raw in courier.entries)
        names_it |= any(missing.encode() in base64.b64decode(json.loads(raw)["payload"]) for _, raw in courier.register)
        assert any("not handed over" in said for said in found.not_proved) == names_it
        named += names_it
        less_shown, all_shown = (record_of(each.states[SMALL], each.bounds.get(SMALL)) for each in (found, whole))
        for less, more in zip(less_shown.replies, all_shown.replies, strict=True):
            assert STRENGTHS.index(less.verdict.strength) >= STRENGTHS.index(more.verdict.strength)
    assert 0 < named < len(lines)


def test_the_record_in_a_bundle_never_contradicts_the_audit_of_it(made: Council, bundle: Path, tmp_path: Path) -> None:
    """The same with a compromised key: what it puts in doubt is in both."""
    command = [INBLUE, "audit", "--json", "--ledger", str(bundle)]
    audit = json.loads(call(command, env={}, check=True).stdout)
    record = json.loads(members_of(bundle)[RECORD])
    assert audit["as_of"] == record["as_of"]
    for vote, kept in zip(audit["votes"], record["votes"], strict=True):
        for each, reply in zip(vote["replies"], kept["replies"], strict=True):
            assert {name: each[name] for name in each.keys() & reply.keys() - {"rejected", "acknowledged"}} == {
                name: reply[name] for name in each.keys() & reply.keys() - {"rejected", "acknowledged"}
            }
            assert bool(reply["doubts"]) == ("compromised" in each["not_proved"])
