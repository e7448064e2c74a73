"""A bundle on its own: it verifies, and what an adversary does to it does not."""

from __future__ import annotations

import json
import random
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ledgers import Members, members_of, recorded, rewrite, small, write_members
from paths import REAL_CASE, case_file
from signers import LOG, REGISTRAR

from inblue.domain.acts import Act, VoteCast
from inblue.domain.canonical import canonical
from inblue.domain.errors import Malformed, Refused
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import DERIVED, TRUST
from inblue.ledger.audit.compare import Difference, Shown, difference
from inblue.ledger.evidence.bundle import CLAIMS, ENTRIES, FOLDER, MAX_README, README, RECORD, entries_of
from inblue.ledger.evidence.container import Container
from inblue.ledger.evidence.trust import Trust, read_trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.projections.record import record_of
from inblue.ledger.projections.record_facts import DERIVATION
from inblue.ledger.standards.ed25519 import Ed25519Signer


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return recorded()


@pytest.fixture
def bundle(ledger: Ledger, tmp_path: Path) -> Path:
    return export(ledger, tmp_path / "bundle.zip", vote="S/2020/240").path


def test_the_same_state_gives_the_same_bytes(ledger: Ledger, tmp_path: Path) -> None:
    for vote in (None, "S/2020/240", "SIM/A/74/L.1"):
        paths = [export(ledger, tmp_path / f"{n}-{(vote or '').replace('/', '_')}.zip", vote=vote).path for n in (1, 2)]
        assert paths[0].read_bytes() == paths[1].read_bytes()
        assert verify_bundle(paths[0]).holds


def test_any_flipped_byte_is_refused_or_named(bundle: Path) -> None:
    raw, chance = bundle.read_bytes(), random.Random(249)
    for at in chance.sample(range(len(raw)), 250):
        bundle.write_bytes(raw[:at] + bytes([raw[at] ^ (1 << chance.randrange(8))]) + raw[at + 1 :])
        try:
            assert not verify_bundle(bundle).holds
        except Malformed as error:
            assert "\n" not in str(error)  # noqa: PT017


@pytest.mark.parametrize("cut", [0, 1, 21, 22, 1000, 50_000])
def test_a_truncated_or_lengthened_bundle_is_refused(bundle: Path, cut: int) -> None:
    raw = bundle.read_bytes()
    for changed in (raw[:cut], raw[: len(raw) - cut - 1], raw + b"\0" * (cut + 1), b"\0" * (cut + 1) + raw):
        bundle.write_bytes(changed)
        with pytest.raises(Malformed):
            verify_bundle(bundle)


def drop_line(members: Members) -> None:
    lines = members[ENTRIES].splitlines(keepends=True)
    members[ENTRIES] = b"".join([*lines[:5], *lines[6:]])


def drop_last(members: Members) -> None:
    members[ENTRIES] = b"".join(members[ENTRIES].splitlines(keepends=True)[:-1])


def swap_lines(members: Members) -> None:
    lines = members[ENTRIES].splitlines(keepends=True)
    members[ENTRIES] = b"".join([lines[0], lines[2], lines[1], *lines[3:]])


def better_record(members: Members) -> None:
    members["data/record.json"] = members["data/record.json"].replace(b"indeterminate", b"inside")


def other_claims(members: Members) -> None:
    members[CLAIMS] = members[CLAIMS].replace(b"example.org", b"example.com")


def stowaway(members: Members) -> None:
    members["data/files/" + "ab" * 32] = b"a letter"


def cut_log(members: Members) -> None:
    members["data/log.json"] = members["data/log.json"].replace(b'"end":29', b'"end":28')
    drop_last(members)


@pytest.mark.parametrize("change", [drop_line, drop_last, swap_lines, better_record, other_claims, stowaway, cut_log])
def test_an_adversary_without_keys_is_named(bundle: Path, change: Callable[[Members], None]) -> None:
    rewrite(bundle, lambda _: None)
    assert verify_bundle(bundle).holds
    rewrite(bundle, change)
    found = verify_bundle(bundle)
    assert not found.holds


def test_the_readme_may_say_what_it_likes_as_long_as_it_is_a_text_that_the_manifest_fits(bundle: Path) -> None:
    for text in (b"", "Verdad, правда, 真".encode(), b"x" * MAX_README):
        rewrite(bundle, lambda members, text=text: members.update({README: text}))  # type: ignore[misc]
        assert verify_bundle(bundle).holds
    for text in (b"\xff", b"x" * (MAX_README + 1)):
        rewrite(bundle, lambda members, text=text: members.update({README: text}))  # type: ignore[misc]
        assert {problem.check for problem in verify_bundle(bundle).problems} == {DERIVED}
    members = members_of(bundle)
    write_members(bundle, {**members, README: b"other"})
    assert {problem.check for problem in verify_bundle(bundle).problems} == {DERIVED}


def test_a_record_of_another_derivation_is_not_compared_and_that_is_said(bundle: Path) -> None:
    record = json.loads(members_of(bundle)[RECORD])
    later = {**record, "derivation": DERIVATION + 1, "votes": [], "of_tomorrow": True}
    rewrite(bundle, lambda members: members.update({RECORD: canonical(later) + b"\n"}))
    found = verify_bundle(bundle)
    assert found.holds
    assert [said for said in found.not_proved if "was not compared" in said]
    assert record_of(found.states["S/2020/240"]).tally.outcome == "adopted"


@pytest.mark.parametrize(
    "lie",
    [
        lambda record: {**record, "votes": []},
        lambda record: {**record, "derivation": "3"},
        lambda record: {**record, "derivation": 0},
        lambda record: {**record, "derivation": True},
        lambda record: {**record, "derivation": DERIVATION + 1, "format": "inblue-audit/1"},
        lambda _: {"derivation": DERIVATION + 1},
        lambda record: [record],
    ],
)
def test_a_record_that_is_neither_what_the_entries_give_nor_of_a_later_derivation_is_named(
    bundle: Path, lie: Callable[[Any], Any]
) -> None:
    raw = canonical(lie(json.loads(members_of(bundle)[RECORD]))) + b"\n"
    rewrite(bundle, lambda members: members.update({RECORD: raw}))
    assert {problem.check for problem in verify_bundle(bundle).problems} == {DERIVED}


def test_a_record_of_a_later_derivation_is_canonical_too(bundle: Path) -> None:
    later = {**json.loads(members_of(bundle)[RECORD]), "derivation": 2}
    rewrite(bundle, lambda members: members.update({RECORD: json.dumps(later).encode()}))
    assert {problem.check for problem in verify_bundle(bundle).problems} == {DERIVED}


@pytest.mark.parametrize(
    "name",
    [ENTRIES, CLAIMS, "data/checkpoint.txt", "data/log.json", "data/record.json", "data/register.jsonl", "files"],
)
def test_a_missing_member_is_refused_or_named(bundle: Path, name: str) -> None:
    def remove(members: Members) -> None:
        del members[name if name != "files" else min(each for each in members if each.startswith("data/files/"))]

    rewrite(bundle, remove)
    if name == "files":
        assert not verify_bundle(bundle).holds
    else:
        with pytest.raises(Malformed, match="is missing"):
            verify_bundle(bundle)


def test_a_history_signed_again_under_fresh_keys_is_told_by_the_trust_file(bundle: Path, tmp_path: Path) -> None:
    with Container.open(bundle) as container:
        claims = tmp_path / "claims.json"
        claims.write_bytes(container.read(FOLDER + CLAIMS, limit=10_000))
    trust = read_trust(claims)
    assert verify_bundle(bundle, trust).holds
    forged = recorded(Ed25519Signer.generate(), Ed25519Signer.generate())
    other = export(forged, tmp_path / "forged.zip", vote="S/2020/240").path
    assert verify_bundle(other).holds
    found = verify_bundle(other, trust)
    assert {problem.check for problem in found.problems} == {TRUST}


def test_an_earlier_checkpoint_shows_a_rewritten_log(ledger: Ledger, tmp_path: Path) -> None:
    head = ledger.log.head()
    assert head is not None
    whole = export(ledger, tmp_path / "whole.zip").path
    assert verify_bundle(whole, Trust(checkpoints=(head.note.decode(),))).holds
    rewritten = export(recorded(), tmp_path / "rewritten.zip").path
    found = verify_bundle(rewritten, Trust(checkpoints=(head.note.decode(),)))
    assert {problem.check for problem in found.problems} == {TRUST}


def test_an_honest_part_of_a_log_agrees_with_checkpoints_within_at_and_outside_its_range(tmp_path: Path) -> None:
    ledger, notes = Ledger.create(None, signer=REGISTRAR, log_signer=LOG), []
    for name in ("unga-74-544", "s-2020-268", "simulated"):
        play(ledger, read_case(case_file(name)), case_file(name).parent, signer=REGISTRAR)
        head = ledger.log.head()
        assert head is not None
        notes.append(head.note.decode())
    part = export(ledger, tmp_path / "part.zip", vote="S/2020/240").path
    for note, outside in zip(notes, (True, False, False), strict=True):
        found = verify_bundle(part, Trust(checkpoints=(note,)))
        assert found.problems == ()
        assert any("outside these entries" in said for said in found.not_proved) == outside
    early = export(ledger, tmp_path / "early.zip", vote="SIM/A/74/L.1").path
    found = verify_bundle(early, Trust(checkpoints=tuple(notes)))
    assert (found.problems, sum("outside" in said for said in found.not_proved)) == ((), 1)


def test_a_vote_with_a_mistyped_year_can_still_be_exported(tmp_path: Path) -> None:
    def mistyped(history: list[tuple[float, Act]]) -> list[tuple[float, Act]]:
        long_ago = datetime(1026, 3, 27, 20, tzinfo=UTC)
        return [
            (at, act.model_copy(update={"received_at": long_ago}) if isinstance(act, VoteCast) else act)
            for at, act in history
        ]

    bundle = export(small(change=mistyped), tmp_path / "b.zip", vote="S/1").path
    assert verify_bundle(bundle).holds
    reply = json.loads(members_of(bundle)[RECORD])["votes"][0]["replies"][0]
    assert (reply["received_at"], reply["margin_microseconds"]) == ("1026-03-27T20:00:00Z", None)


def test_a_vote_that_is_not_over_is_not_disclosed_unasked(tmp_path: Path) -> None:
    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG)
    case = json.loads(REAL_CASE.read_text())
    case["acts"] = case["acts"][:5]
    path = tmp_path / "open.json"
    path.write_text(json.dumps(case))
    play(ledger, read_case(path), REAL_CASE.parent, signer=REGISTRAR)
    with pytest.raises(Refused, match="not over"):
        export(ledger, tmp_path / "open.zip")
    assert not (tmp_path / "open.zip").exists()
    assert verify_bundle(export(ledger, tmp_path / "open.zip", include_open=True).path).holds


def test_two_bundles_are_compared(ledger: Ledger, tmp_path: Path) -> None:
    whole, part = (export(ledger, tmp_path / f"{v}.zip", vote=v and "S/2020/240").path for v in (None, "v"))
    another = export(recorded(), tmp_path / "another.zip").path
    leaves = {path: Shown.of(*entries_of(path)) for path in (whole, part, another)}
    assert difference(leaves[whole], leaves[whole]).relation == "same"
    assert difference(leaves[part], leaves[whole]).relation == "extended"
    assert difference(leaves[whole], leaves[part]).relation == "truncated"
    assert difference(leaves[whole], leaves[another]) == Difference("unrelated", None, "founding")
    assert difference(Shown.of(0, [b"a"]), Shown.of(5, [b"b"])).relation == "apart"


def test_another_implementation_can_read_it(bundle: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    folder = tmp_path / FOLDER.rstrip("/")
    for kind in ("sha256", "sha512"):
        command = [f"{kind}sum", "--check", "--strict", "--quiet", f"manifest-{kind}.txt"]
        subprocess.run(command, cwd=folder, check=True)


@pytest.mark.parametrize(
    "members",
    [
        {"../evil": b"x"},
        {"/etc/passwd": b"x"},
        {"inblue-bundle\\x": b"x"},
        {"inblue-bundle/../x": b"x"},
        {"a": b"x", "A" * 300: b"x"},
    ],
)
def test_foreign_zips_are_refused(tmp_path: Path, members: dict[str, bytes]) -> None:
    path = tmp_path / "x.zip"
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        with pytest.raises(Malformed):
            verify_bundle(path)
