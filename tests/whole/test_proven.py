"""A vote on its own clock with two timestamp authorities: what comes out proven, what does not, and that it travels."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
from authority import Tsa
from desks import BELGIUM, CLOSES, OPENED, SYMBOL, Desk, opened, trust
from ledgers import members_of, rewrite
from signers import LOG, REGISTRAR

from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, KeyRevoked
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import DERIVED, STAMPS
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.ballot import blank_of, sign
from inblue.ledger.evidence.attestations import TIMESTAMPS
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.authorities import Source
from inblue.ledger.operations.export import export
from inblue.ledger.operations.timestamps import own_timestamps, stamp_head
from inblue.ledger.projections.record import ReplyRecord, record_of, short_of
from inblue.ledger.standards.ed25519 import Ed25519Signer


@pytest.fixture(scope="module")
def tsas(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tsa, Tsa]:
    folder = tmp_path_factory.mktemp("tsa")
    return Tsa.make(folder / "one", "one"), Tsa.make(folder / "two", "two")


@pytest.fixture(scope="module")
def desk(tsas: tuple[Tsa, Tsa]) -> Desk:
    desk = opened(*tsas)
    desk.at(2).cast(
        "BEL",
        ballot=sign(blank_of(desk.ledger.vote(SYMBOL), desk.ledger.register()).ballot("BEL", "in_favour"), BELGIUM),
    )
    desk.stamp()
    desk.at(3).cast("CHN", file=b"China votes in favour.")
    desk.cast("EST")
    desk.stamp()
    desk.now = CLOSES - timedelta(seconds=1)
    desk.cast("NER", file=b"Niger votes in favour.")
    desk.at(25).stamp()
    desk.cast("FRA", file=b"France votes in favour.")
    desk.at(30).cast("RUS", file=b"Russia votes in favour.", received_at=OPENED + timedelta(hours=2))
    desk.ledger.perform(SYMBOL, VotingClosed(closed_at=desk.now), signer=REGISTRAR)
    desk.ledger.perform(SYMBOL, ResultAnnounced(announced_at=desk.now), signer=REGISTRAR)
    desk.stamp()
    return desk


def checked(ledger: Ledger, known: Trust | None) -> Verification:
    return verify(ledger.streams, ledger.log, ledger.files, trust=known)


def replies(found: Verification) -> dict[str, ReplyRecord]:
    assert found.problems == ()
    record = record_of(found.states[SYMBOL], found.bounds.get(SYMBOL))
    return {each.reply.member: each for each in record.replies}


def strengths(found: Verification) -> dict[str, tuple[str, str]]:
    return {member: (each.verdict.placement, each.verdict.strength) for member, each in replies(found).items()}


PROVEN = {
    "BEL": ("inside", "proven"),
    "CHN": ("inside", "proven"),
    "EST": ("inside", "attested"),
    "NER": ("inside", "attested"),
    "FRA": ("late", "documented"),
    "RUS": ("inside", "documented"),
}
STRONGEST_LAST = ["none", "documented", "attested", "proven"]
UNPROVEN = {**PROVEN, "BEL": ("inside", "attested"), "CHN": ("inside", "attested")}


def test_what_is_proven_and_what_is_not(desk: Desk, tsas: tuple[Tsa, Tsa]) -> None:
    found = checked(desk.ledger, trust(*tsas))
    assert strengths(found) == PROVEN
    verdicts = {member: each.verdict for member, each in replies(found).items()}
    for member, hours in (("BEL", 2), ("CHN", 3)):
        verdict = verdicts[member]
        assert verdict.not_before is not None
        assert verdict.not_after is not None
        assert OPENED <= verdict.not_before <= verdict.not_after <= CLOSES
        assert abs(verdict.not_after - OPENED - timedelta(hours=hours)) < timedelta(seconds=5)
        assert (verdict.margin, verdict.margin_basis) == (CLOSES - verdict.not_after, "not_after")
    assert verdicts["BEL"].not_proved == "That the member's key was in the member's hands is not proved."
    assert "binds neither a ballot nor the instrument's bytes" in verdicts["EST"].not_proved
    assert verdicts["NER"].not_proved.startswith("That it had arrived by the deadline: the first timestamp over it")
    record = record_of(found.states[SYMBOL], found.bounds[SYMBOL])
    assert "VNM" in record.silent
    assert "cannot show a letter" in record.silence_not_proved
    assert {each.reply.member for each in short_of(record, "proven")} == {"EST", "NER", "RUS"}


def test_without_a_trust_file_nothing_is_proven(desk: Desk) -> None:
    found = checked(desk.ledger, None)
    assert strengths(found) == UNPROVEN
    assert any("timestamps of authorities that no trust file names" in said for said in found.not_proved)


def test_it_travels_in_a_bundle(desk: Desk, tsas: tuple[Tsa, Tsa], tmp_path: Path) -> None:
    bundle = export(desk.ledger, tmp_path / "b.zip", vote=SYMBOL).path
    assert strengths(verify_bundle(bundle, trust(*tsas))) == PROVEN
    assert strengths(verify_bundle(bundle)) == UNPROVEN
    claimed = json.loads(members_of(bundle)["data/claims.json"])["authorities"]
    assert {each["name"] for each in claimed} == {"one", "two"}
    assert export(desk.ledger, tmp_path / "c.zip", vote=SYMBOL).path.read_bytes() == bundle.read_bytes()


def test_openssl_accepts_each_token_of_a_bundle(desk: Desk, tsas: tuple[Tsa, Tsa], tmp_path: Path) -> None:
    bundle = export(desk.ledger, tmp_path / "b.zip", vote=SYMBOL).path
    lines = [json.loads(line) for line in members_of(bundle)[TIMESTAMPS].splitlines()]
    assert len(lines) == 10
    by_name = {tsa.name: tsa for tsa in tsas}
    for line in lines:
        assert by_name[line["authority"]["name"]].accepts(base64.b64decode(line["token"]), line["note"].encode())


@pytest.mark.parametrize("what", ["all", "some", "reordered", "doubled", "flipped", "of another log"])
def test_tokens_that_are_stripped_or_changed_make_it_weaker_and_never_stronger(
    desk: Desk, tsas: tuple[Tsa, Tsa], tmp_path: Path, what: str
) -> None:
    bundle = export(desk.ledger, tmp_path / "b.zip", vote=SYMBOL).path

    def change(members: dict[str, bytes]) -> None:
        lines = members[TIMESTAMPS].splitlines(keepends=True)
        if what == "flipped":
            value = json.loads(lines[2])
            value["token"] = value["token"][:200] + ("A" if value["token"][200] != "A" else "B") + value["token"][201:]
            lines[2] = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        if what == "of another log":
            lines[0] = lines[0].replace(b"inblue/", b"inblux/", 1)
        changed = {"all": [], "some": lines[4:], "reordered": lines[::-1], "doubled": [lines[0], *lines]}
        members[TIMESTAMPS] = b"".join(changed.get(what, lines))
        if what == "all":
            members["data/claims.json"] = (
                Trust.read(members["data/claims.json"], where="c").model_copy(update={"authorities": ()}).canonical()
                + b"\n"
            )

    rewrite(bundle, change)
    found = verify_bundle(bundle, trust(*tsas))
    if found.problems:
        assert {problem.check for problem in found.problems} <= {STAMPS, DERIVED}
        return
    weaker = strengths(found)
    assert weaker.keys() == PROVEN.keys()
    assert all(STRONGEST_LAST.index(weaker[member][1]) <= STRONGEST_LAST.index(PROVEN[member][1]) for member in PROVEN)
    assert weaker != PROVEN or what == "flipped"


def test_a_ledger_that_hides_its_tokens_is_only_weaker(
    desk: Desk, tsas: tuple[Tsa, Tsa], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, kept in enumerate(([], desk.ledger.log.stamps()[:4], desk.ledger.log.stamps()[4:])):
        monkeypatch.setattr(desk.ledger.log, "stamps", lambda kept=kept: kept)
        found = verify_bundle(export(desk.ledger, tmp_path / f"{number}.zip", vote=SYMBOL).path, trust(*tsas))
        assert all(
            placement == PROVEN[member][0] and STRONGEST_LAST.index(strength) <= STRONGEST_LAST.index(PROVEN[member][1])
            for member, (placement, strength) in strengths(found).items()
        )
        assert kept or {strength for _, strength in strengths(found).values()} == {"documented"}
        assert any("not handed over" in said for said in found.not_proved)


def test_an_attackers_tokens_are_not_believed(tsas: tuple[Tsa, Tsa], tmp_path: Path) -> None:
    attacker = Tsa.make(tmp_path / "evil", "one")
    desk = opened(*tsas)
    desk.at(25).cast("CHN", file=b"China votes in favour.", received_at=OPENED + timedelta(hours=24.9))
    desk.stamp(attacker, at=OPENED + timedelta(hours=3))
    found = checked(desk.ledger, trust(*tsas))
    assert strengths(found)["CHN"][1] != "proven"
    assert any("no trust file names" in said for said in found.not_proved)


def test_one_authority_that_backdates_does_not_decide_alone(tsas: tuple[Tsa, Tsa]) -> None:
    """It stamps at 25 hours and says 23; the other was there too, and an entry names its token."""
    one, two = tsas
    desk = opened(one, two)
    desk.at(24.5).stamp(two)
    desk.at(25).cast("CHN", file=b"China votes in favour.", received_at=OPENED + timedelta(hours=23))
    desk.stamp(one, at=OPENED + timedelta(hours=23))
    alone = checked(desk.ledger, trust(one))
    assert strengths(alone)["CHN"] == ("inside", "documented"), "it was recorded later than that"
    both = replies(checked(desk.ledger, trust(one, two)))["CHN"].verdict
    assert both.strength != "proven"
    assert "one vouches" in both.not_proved or "two vouches" in both.not_proved


def test_a_lone_authority_is_outweighed_by_one_that_first_came_late(tsas: tuple[Tsa, Tsa]) -> None:
    one, two = tsas
    desk = opened(one, two)
    desk.at(3).cast("CHN", file=b"China votes in favour.")
    desk.stamp(one)
    desk.at(26).stamp(two)
    assert strengths(checked(desk.ledger, trust(one)))["CHN"][1] == "proven"
    assert strengths(checked(desk.ledger, trust(one, two)))["CHN"][1] == "attested"


def test_what_a_compromised_key_signed_before_is_rescued_by_tokens(tsas: tuple[Tsa, Tsa]) -> None:
    desk = opened(*tsas)
    desk.at(3).cast("CHN", file=b"China votes in favour.")
    desk.stamp()
    spare = Ed25519Signer.from_seed(b"s" * 32)
    desk.at(5).ledger.keep_register(
        KeyEnrolled(grant=KeyGrant(key=spare.key_id, public_key=spare.public_key.hex(), office="registrar")),
        signer=REGISTRAR,
    )
    revoked = KeyRevoked(key=REGISTRAR.key_id, reason="stolen", compromised_since=OPENED + timedelta(hours=4))
    desk.ledger.keep_register(revoked, signer=spare)
    (said,) = [text for text in checked(desk.ledger, trust(*tsas)).not_proved if "may have been compromised" in text]
    assert "Timestamps show that 6 of its entries here are older, but not entries 6." in said
    (said,) = [text for text in checked(desk.ledger, None).not_proved if "may have been compromised" in text]
    assert "Timestamps show that 0 of its entries here are older" in said


def test_a_members_own_timestamp_shows_when_its_ballot_existed(tsas: tuple[Tsa, Tsa]) -> None:
    one, two = tsas
    desk = opened(one, two)
    envelope = sign(blank_of(desk.ledger.vote(SYMBOL), desk.ledger.register()).ballot("BEL", "in_favour"), BELGIUM)
    with one.serve(OPENED + timedelta(hours=1)) as url:
        signed, faults = own_timestamps(envelope, [Source(authority=one.authority, url=url)])
    assert faults == []
    desk.at(2).cast("BEL", signed=signed)
    found = replies(checked(desk.ledger, trust(one, two)))["BEL"].verdict
    assert any(
        "the ballot itself existed by 2026-03-27T19:00:01" in each.text and "timestamp of one" in each.text
        for each in found.evidence
    )
    assert found.strength == "attested"


def test_authorities_over_http_and_by_command_and_what_fails_is_said(tsas: tuple[Tsa, Tsa]) -> None:
    one, two = tsas
    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG)
    with one.serve() as url:
        sources = [
            Source(authority=one.authority, url=url),
            Source(authority=two.authority, url="http://127.0.0.1:1/"),
            Source(authority=two.authority.model_copy(update={"name": "third"}), url=url),
            Source(authority=two.authority.model_copy(update={"name": "fourth"}), command=("false",)),
            Source(authority=two.authority.model_copy(update={"name": "fifth"}), command=("yes",)),
        ]
        first = {each.authority: each for each in stamp_head(ledger, sources)}
        again = [each.authority for each in stamp_head(ledger, sources)]
    assert first["one"].timestamp is not None
    assert "Connection refused" in (first["two"].fault or "")
    assert "one int, which is neither pinned nor in the token" in (first["third"].fault or "")
    assert "exit status 1" in (first["fourth"].fault or "")
    assert first["fifth"].fault is not None
    assert again == ["two", "third", "fourth", "fifth"]
    assert [stamp.size for stamp in ledger.log.stamps()] == [1]
    assert ledger.verify().holds
