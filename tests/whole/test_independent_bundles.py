"""Bundles that somebody else wrote, and a good part of them in today's form: each comes to what is right."""

from __future__ import annotations

import json
import re
import tarfile
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from courier import Courier
from ledgers import (
    OPENED,
    SEATLESS,
    SMALL,
    Members,
    forced,
    members_of,
    past_the_rules,
    rebuild,
    register_unchecked,
    sign_over,
    small,
    write_members,
)
from ledgers import cast as reply
from make_vectors import stated
from paths import VECTORS
from signers import LOG, REGISTRAR, SECOND
from tamper import exported, part

from inblue.domain.acts import DraftCirculated, LetterSent
from inblue.domain.canonical import canonical
from inblue.domain.errors import Malformed
from inblue.domain.procedure import Procedure
from inblue.domain.register_acts import (
    KeyEnrolled,
    KeyGrant,
    LogKeyAnnounced,
    LogKeySucceeded,
    PresidencyAssigned,
    ProcedureAdopted,
)
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.result import Verification
from inblue.ledger.entries.entry import Seen, write_entry
from inblue.ledger.entries.kinds import AnyAct
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.evidence.attestations import COSIGNED, TIMESTAMPS
from inblue.ledger.evidence.bundle import FOLDER, LOG_JSON
from inblue.ledger.evidence.container import write_container
from inblue.ledger.evidence.trust import Trust, read_trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.sequencer import advance
from inblue.ledger.operations.export import _Draft, export
from inblue.ledger.projections.record import record_of
from inblue.ledger.standards.checkpoint import Checkpoint, open_checkpoint
from inblue.ledger.standards.cosignature import CosignatureVerifier
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import EMPTY_ROOT
from inblue.ledger.standards.note import NoteSigner

INDEPENDENT = VECTORS / "independent"
STAMPED = VECTORS / "bundles" / "stamped.zip"


def _cases() -> list[dict[str, Any]]:
    with tarfile.open(INDEPENDENT / "bundles.tar.xz") as archive:
        found = archive.extractfile("bundles/cases.json")
        assert found is not None
        cases: list[dict[str, Any]] = json.load(found)
        return cases


CASES = _cases()


class Wanted(NamedTuple):
    """An exit status, and checks that must be among those that fail."""

    status: int
    checks: frozenset[int] = frozenset()


_ROW = re.compile(r"^\| ([a-z0-9][\w.-]*) \| ([012]) \| ([\d, ]*) ?\| (.+) \|$", re.MULTILINE)
OTHERWISE = {
    name: Wanted(int(status), frozenset(map(int, checks.replace(",", " ").split())))
    for name, status, checks, _ in _ROW.findall((INDEPENDENT / "README.md").read_text())
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundles, unpacked."""
    made = tmp_path_factory.mktemp("independent")
    with tarfile.open(INDEPENDENT / "bundles.tar.xz") as archive:
        archive.extractall(made, filter="data")
    return made / "bundles"


def found_of(bundle: Path, trust: Path | None = None) -> tuple[Wanted, Verification | None]:
    """The result of `inblue verify`."""
    try:
        found = verify_bundle(bundle, read_trust(trust) if trust else None)
    except Malformed:
        return Wanted(2), None
    return Wanted(0 if found.holds else 1, frozenset(each.check for each in found.problems)), found


def answered(found: Wanted, wanted: Wanted) -> bool:
    return found.status == wanted.status and wanted.checks <= found.checks


def place(folder: Path, name: str) -> Path:
    return VECTORS / name.removeprefix("tests/vectors/") if name.startswith("tests/") else folder / name


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_bundle_by_somebody_else_comes_to_what_is_right(folder: Path, case: dict[str, Any]) -> None:
    right = Wanted(case["want"], frozenset(case.get("checks", [])))
    trust = place(folder, case["trust"]) if "trust" in case else None
    found, verified = found_of(place(folder, case["file"]), trust)
    if case["name"] in OTHERWISE:
        assert answered(found, OTHERWISE[case["name"]]), case["why"]
        assert not answered(found, right)  # else the row in the table is out of date
    else:
        assert answered(found, right), case["why"]
    if verified is not None and "strengths" in case:
        (state,) = verified.states.values()
        replies = record_of(state, verified.bounds.get(state.name)).replies
        found_here = {each.reply.act.member: each.verdict.strength for each in replies}
        assert {name: ORDER[strength] for name, strength in found_here.items()}.items() <= {
            (name, weaker) for name, strength in case["strengths"].items() for weaker in range(ORDER[strength] + 1)
        }


ORDER = {strength: n for n, strength in enumerate(("none", "documented", "attested", "proven"))}
"""A strength that is weaker than the one wanted is right too: entries name tokens there that are not handed over."""


def test_the_table_of_differences_names_cases_that_there_are() -> None:
    assert OTHERWISE.keys() <= {case["name"] for case in CASES}


@pytest.mark.parametrize("name", ["h14-revocation-left-out", "p02-revoked-before-stripped"])
def test_entries_that_do_not_count_the_register_prove_less_and_say_so(folder: Path, name: str) -> None:
    found = verify_bundle(folder / f"{name}.zip")
    assert any("may have been left out" in said for said in found.not_proved)


def test_an_older_state_of_the_first_format_is_not_current(folder: Path) -> None:
    shown, stripped = (
        verify_bundle(folder / f"v1-stolen-{how}.zip", read_trust(folder / "v1.trust.json"))
        for how in ("shown", "stripped")
    )
    assert not stripped.current
    assert stripped.as_of is not None
    assert shown.as_of is not None
    assert stripped.as_of.register < shown.as_of.register


# The same faults in the format of today


def grant(signer: Ed25519Signer, office: str, member: str | None = None) -> KeyEnrolled:
    key = KeyGrant(key=signer.key_id, public_key=signer.public_key.hex(), office=office, member=member)
    return KeyEnrolled(grant=key)


MONTH = PresidencyAssigned(body="Security Council", member="CHN", month="2026-03")
OTHER = Ed25519Signer.from_seed(b"o" * 32)


def vkey(signer: Ed25519Signer) -> str:
    return str(NoteSigner("example.org/small", signer).verifier)


def begun(*acts: Any) -> Ledger:
    """The small vote up to its opening, and after it acts in the register, whatever the rules say."""
    ledger = small(change=lambda history: history[:2])
    for act in acts:
        past_the_rules(ledger, act, ledger.register().version)
    sign_over(ledger)
    return ledger


def whole(ledger: Ledger) -> bytes:
    """The bundle of a ledger, whether it holds or not."""
    return part(ledger, open_checkpoint(ledger.log.head().note, *_keys(ledger)).size)  # type: ignore[union-attr]


def _keys(ledger: Ledger) -> tuple[Any, ...]:
    return ledger.log_keys()


def one_key_for_two() -> bytes:
    return whole(begun(grant(LOG, "president")))


def announced_officer() -> bytes:
    return whole(begun(LogKeyAnnounced(log_key=vkey(REGISTRAR))))


def enrolled_after_it_was_announced() -> bytes:
    return whole(begun(LogKeyAnnounced(log_key=vkey(OTHER)), grant(OTHER, "president")))


def one_key_for_two_members() -> bytes:
    return whole(
        begun(grant(OTHER, "permanent_representative", "CHN"), grant(OTHER, "permanent_representative", "EST"))
    )


def two_offices() -> bytes:
    return whole(begun(grant(OTHER, "president"), grant(OTHER, "secretary")))


def named_like_another() -> bytes:
    """On record is a body whose name mixes scripts: it is read, though recording refuses it today."""
    return whole(begun(PresidencyAssigned(body="Security C\u043euncil", member="CHN", month="2026-03")))


def vote_without_a_draft() -> bytes:
    """Act 0 of another vote is a reply, in the range of the small vote."""
    ledger = small(change=lambda history: history[:4])
    forced(ledger, reply("CHN", 3), stream=vote_stream("S/2"))
    return whole(ledger)


def second_draft() -> bytes:
    """A second draft in the stream of a vote, and a vote after it, as far as a bundle of the rest shows it."""
    ledger = small()
    start = ledger.checkpoint().size
    act = ledger.vote(SMALL).version
    acts: list[AnyAct] = [
        DraftCirculated(symbol=SMALL, question="substantive", times="live", procedure=SEATLESS.sha256),
        LetterSent(kind="opening", opens_at=OPENED, snapshot=ledger.vote(SMALL).opening.act.snapshot),  # type: ignore[union-attr]
        reply("CHN", 40, "against"),
    ]
    made = [
        write_entry(
            each,
            stream=vote_stream(SMALL),
            index=act + n,
            register=ledger.register().version,
            signer=REGISTRAR,
            office="registrar",
            recorded_at=OPENED + timedelta(hours=40),
            seen=Seen(0, EMPTY_ROOT),
        )
        for n, each in enumerate(acts)
    ]
    ledger.streams.append(made)
    sign_over(ledger)
    return _range(ledger, start)


def _range(ledger: Ledger, start: int) -> bytes:
    size = open_checkpoint(ledger.log.head().note, *_keys(ledger)).size  # type: ignore[union-attr]
    stored = list(ledger.streams.page(0, 100))
    register = [(n, row.envelope) for n, row in enumerate(stored) if row.originator_id == "register" and n < start]
    with tempfile.TemporaryDirectory() as where:
        head = ledger.log.head()
        assert head is not None
        draft = _Draft(ledger, Path(where), head.note, start, size, size, register)
        checks = draft.collect()
        about = {symbol: state for symbol, state in checks.votes.states.items() if state is not None}
        checkpoint = Checkpoint.parse(head.note.decode().partition("\n\n")[0] + "\n")
        return draft.write(checks, checkpoint, about).read_bytes()


def seen_nothing_with_a_root() -> bytes:
    """An entry in a range says that its recorder had seen no entry, and a root."""
    ledger = small(change=lambda history: history[:4])
    forged = write_entry(
        reply("EST", 3),
        stream=vote_stream(SMALL),
        index=ledger.vote(SMALL).version,
        register=ledger.register().version,
        signer=REGISTRAR,
        office="registrar",
        recorded_at=OPENED + timedelta(hours=3),
        seen=Seen(0, b"r" * 32),
    )
    ledger.streams.append([forged])
    sign_over(ledger)
    return whole(ledger)


def old_version_after_new() -> bytes:
    """Another document is adopted under the id of a procedure, and a draft then names the first."""
    ledger = small(change=lambda history: history[:1])
    other = Procedure.of({**json.loads(SEATLESS.raw), "title": "Another"}, where="other")
    ledger.files.put(other.raw)
    past_the_rules(ledger, ProcedureAdopted(id=other.id, sha256=other.sha256), ledger.register().version)
    sign_over(ledger)
    draft = DraftCirculated(symbol="S/2", question="substantive", times="live", procedure=SEATLESS.sha256)
    forced(ledger, draft, "S/2")
    return whole(ledger)


def handed_over_by_the_key_before_last() -> bytes:
    """Two successions of the log's key; the second hands over a checkpoint of the first key's time."""
    ledger = small(change=lambda history: history[:2])
    first = ledger.log.head()
    assert first is not None
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
    ledger.announce_log_key(OTHER.public_key, signer=REGISTRAR)
    act = LogKeySucceeded(log_key=vkey(OTHER), cause="rotation", handover=first.note.decode())
    past_the_rules(ledger, act, ledger.register().version)
    _sign_as(ledger, OTHER)
    return whole(ledger)


def _sign_as(ledger: Ledger, key: Ed25519Signer) -> None:
    *former, _ = ledger.log_keys()
    advance(ledger.log, ledger.streams, ledger.streams.look, NoteSigner("example.org/small", key), former)


def without_register_line() -> bytes:
    """The last entry of the register before the range is left out."""
    ledger = small(before=lambda made: made.keep_register(MONTH, signer=REGISTRAR))
    return part(ledger, ledger.checkpoint().size, lambda register: register[:-1])


MADE: dict[str, tuple[Callable[[], bytes], Wanted]] = {
    "h07: the log's key is an officer's": (one_key_for_two, Wanted(1, frozenset({7}))),
    "o10: the log's next key is an officer's": (announced_officer, Wanted(1, frozenset({7}))),
    "h07: the log's next key is enrolled": (enrolled_after_it_was_announced, Wanted(1, frozenset({7}))),
    "h09: one key for two members": (one_key_for_two_members, Wanted(1, frozenset({7}))),
    "h09: one key for two offices": (two_offices, Wanted(0)),
    "a name that is refused today": (named_like_another, Wanted(0)),
    "n16: a vote begins with a reply": (vote_without_a_draft, Wanted(1, frozenset({10}))),
    "p25: a second draft in one stream": (second_draft, Wanted(1, frozenset({10}))),
    "g06: nothing seen, and a root": (seen_nothing_with_a_root, Wanted(1, frozenset({6}))),
    "o03: a handover of the key before last": (handed_over_by_the_key_before_last, Wanted(1, frozenset({5}))),
    "old-version-after-new": (old_version_after_new, Wanted(0)),
    "revocation-left-out": (without_register_line, Wanted(1, frozenset({18}))),
}


@pytest.mark.parametrize("name", MADE)
def test_the_same_fault_in_the_format_of_today_is_found(tmp_path: Path, name: str) -> None:
    make, wanted = MADE[name]
    with register_unchecked():
        (tmp_path / "b.zip").write_bytes(make())
    found, verified = found_of(tmp_path / "b.zip")
    assert answered(found, wanted), verified and verified.problems
    assert found.checks == wanted.checks


def edited(raw: bytes, tmp_path: Path, change: Callable[[Members], None]) -> Path:
    """A bundle with its members changed and its manifests rewritten."""
    path = tmp_path / "b.zip"
    path.write_bytes(raw)
    members = members_of(path)
    change(members)
    rebuild(path, members)
    return path


def test_a_container_at_fault_is_refused_whatever_else_is_wrong(tmp_path: Path) -> None:
    """Its form, its lines' ends, its hashes' lengths, its checksums: exit status 2, before anything is believed."""
    raw = exported(small())
    true = tmp_path / "true.zip"
    true.write_bytes(raw)
    cut = len(raw) - 1000  # in a tag file
    before = raw[: raw.index(b"EVIDENCE BUNDLE")]
    crc = before + b"evidence bundle" + raw[len(before) + 15 :]
    letter = raw.index(b"The delegation votes")
    both = crc[:letter] + b"the" + crc[letter + 3 :]
    assert cut > 0
    for name, bad in (("crc", crc), ("crc and a file", both)):
        (tmp_path / f"{name}.zip").write_bytes(bad)
        assert found_of(tmp_path / f"{name}.zip")[0] == Wanted(2), name

    def with_part(change: Callable[[dict[str, Any]], None]) -> Callable[[Members], None]:
        def edit(members: Members) -> None:
            value = json.loads(members[LOG_JSON])
            change(value)
            members[LOG_JSON] = canonical(value) + b"\n"

        return edit

    longer, shorter = "A" * 44, "A" * 42 + "=="
    for hashed in (longer, shorter):
        change = with_part(lambda value, h=hashed: value["recalled"][0].update(path=[h]))  # type: ignore[misc]
        assert found_of(edited(raw, tmp_path, change))[0] == Wanted(2)
    assert found_of(edited(raw, tmp_path, with_part(lambda value: value.update(format="inblue-bundle/99"))))[0] == (
        Wanted(2)
    )
    for member in (TIMESTAMPS, COSIGNED):
        assert found_of(edited(raw, tmp_path, lambda members, m=member: members.update({m: b"{}"})))[0] == Wanted(2)  # type: ignore[misc]
    members = members_of(true)
    outside = tmp_path / "outside.zip"
    with outside.open("w+b") as out:
        named = {FOLDER + name: content for name, content in members.items() if name != "README.txt"}
        named["README.txt"] = members["README.txt"]
        write_container(out, ((name, [named[name]]) for name in sorted(named)))
    assert found_of(outside)[0] == Wanted(2)
    write_members(tmp_path / "again.zip", members)
    assert found_of(tmp_path / "again.zip")[0] == Wanted(0)


def test_a_timestamped_note_has_the_logs_line_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(STAMPED.read_bytes())
    courier = Courier.of(path)
    lines = [json.loads(line) for line in courier.members[TIMESTAMPS].splitlines()]
    lines[0]["note"] += "— example.org/w " + "AAAA" * 20 + "\n"
    courier.members[TIMESTAMPS] = b"".join(canonical(line) + b"\n" for line in lines)
    assert found_of(courier.write(path))[0].checks == {14}


def test_cosigned_checkpoints_are_in_rising_order(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(STAMPED.read_bytes())
    members = members_of(path)
    lines = members[COSIGNED].splitlines(keepends=True)
    smaller = json.loads(lines[0])
    smaller["size"] -= 1
    members[COSIGNED] = lines[0] + canonical(smaller) + b"\n"
    rebuild(path, members)
    assert 16 in found_of(path)[0].checks


def test_the_register_without_its_last_lines_is_an_older_state(tmp_path: Path) -> None:
    true = export(stated(), tmp_path / "true.zip", vote=SMALL, current=True).path
    courier = Courier.of(true)
    courier.keep_register(lambda index: index < 10)
    shown, stripped = verify_bundle(true), verify_bundle(courier.write(tmp_path / "stripped.zip"))
    assert (shown.holds, shown.current, stripped.holds, stripped.current) == (True, True, True, False)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ({"registrar": None, "checkpoints": None, "authorities": None, "origin": None, "policy": None}, 0),
        ({"checkpoints": ["no checkpoint"]}, 2),
        ({"checkpoints": ["example.org/stamped\n3\nAAAA\n\n— example.org/stamped AAAAAAAA\n"]}, 2),
        ({"policy": "# " + "x" * 500_000 + "\nquorum none\n"}, 2),
        ({"origin": None, "registrar": [None]}, 2),
    ],
)
def test_in_a_trust_file_null_says_nothing_and_garbage_is_refused(
    tmp_path: Path, value: dict[str, Any], status: int
) -> None:
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps({"format": "inblue-trust/2", **value}))
    assert found_of(STAMPED, trust)[0].status == status


def test_a_trust_file_of_more_than_its_bytes_is_refused(tmp_path: Path) -> None:
    trust = tmp_path / "trust.json"
    trust.write_bytes(Trust(origin="example.org/stamped").canonical() + b" " * 2_000_000)
    assert found_of(STAMPED, trust)[0] == Wanted(2)


@pytest.mark.parametrize("signer", [LOG, REGISTRAR])
def test_a_key_of_the_log_or_of_an_officer_is_not_a_witness(tmp_path: Path, signer: Ed25519Signer) -> None:
    (tmp_path / "b.zip").write_bytes(exported(small()))
    witness = CosignatureVerifier("example.org/witness", signer.public_key)
    trust = tmp_path / "trust.json"
    trust.write_bytes(Trust(policy=f"witness w {witness}\nquorum w\n").canonical())
    assert found_of(tmp_path / "b.zip", trust)[0] == Wanted(1, frozenset({13}))
