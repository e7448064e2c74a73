"""What an opening pins, checked: its documents, and the zone by whose bytes every instant of the vote is derived."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledgers import (
    OPENED,
    ROSTER,
    SEATLESS,
    SMALL,
    Members,
    cast,
    members_of,
    recorded_anyhow,
    rewrite,
    sign_over,
    small,
)
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated, LetterSent
from inblue.domain.canonical import digest
from inblue.domain.errors import Refused
from inblue.domain.procedure import Procedure
from inblue.domain.snapshot import PinnedZone, Snapshot
from inblue.domain.zone import zone_file
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import ACTS, FILES, PINS, PLACE
from inblue.ledger.audit.entry_checks import EntryChecks
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.entry import Seen, write_entry
from inblue.ledger.entries.files import MemoryFiles
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.copy import copy
from inblue.ledger.operations.export import export
from inblue.ledger.operations.publish import publish
from inblue.ledger.standards.merkle import EMPTY_ROOT

NEW_YORK = zone_file("America/New_York")
ZONE = f"data/files/{digest(NEW_YORK)}"
ELSEWHERE = zone_file("America/Bogota")  # no clocks change there


def opened(ledger: Ledger, snapshot: Snapshot, *, number: int = 1) -> None:
    """Open a vote with whatever snapshot, as a registrar with other software would."""
    act = LetterSent(kind="opening", opens_at=OPENED, snapshot=ledger.files.put(snapshot.raw))
    entry = write_entry(
        act,
        stream=vote_stream(SMALL),
        index=number,
        register=ledger.register().version,
        signer=REGISTRAR,
        office="registrar",
        recorded_at=OPENED,
        seen=Seen(0, EMPTY_ROOT),
    )
    ledger.streams.append([entry])
    sign_over(ledger)


def begun() -> Ledger:
    return small(change=lambda history: history[:1])


def pinned(ledger: Ledger, **other: object) -> Snapshot:
    usual = ledger.snapshot(SEATLESS, ROSTER, None, OPENED)
    ledger.keep_snapshot(usual)
    return usual.model_copy(update=other)


def left_out(members: Members) -> None:
    del members[ZONE]


def problems(ledger: Ledger, zones: dict[str, bytes] | None = None) -> list[tuple[int, str]]:
    known = {name: base64.b64encode(raw).decode() for name, raw in (zones or {}).items()}
    checks = EntryChecks.over(ledger.files, trust=Trust(zones=known or None))
    for stored in ledger.streams.page(0, 100):
        checks.add(stored.envelope, stored)
    return [(problem.check, problem.text) for problem in checks.result.listed()]


def test_the_zone_is_handed_over_with_all_that_names_it(tmp_path: Path) -> None:
    ledger = small()
    bundle = export(ledger, tmp_path / "bundle.zip").path
    assert members_of(bundle)[ZONE] == NEW_YORK
    publish(ledger, tmp_path / "public")
    assert (tmp_path / "public" / ZONE).read_bytes() == NEW_YORK
    copy(ledger, tmp_path / "copy.db")
    with Ledger.open(tmp_path / "copy.db", log_signer=LOG) as copied:
        assert copied.files.get(digest(NEW_YORK)) == NEW_YORK
        assert copied.verify().holds


def test_a_zone_that_is_not_handed_over_or_has_other_bytes_is_named(tmp_path: Path) -> None:
    bundle = export(small(), tmp_path / "bundle.zip").path
    whole = bundle.read_bytes()
    rewrite(bundle, left_out)
    assert {problem.check for problem in verify_bundle(bundle).problems} >= {PINS, FILES}
    bundle.write_bytes(whole)
    rewrite(bundle, lambda members: members.update({ZONE: ELSEWHERE}))
    assert {problem.check for problem in verify_bundle(bundle).problems} >= {FILES}


def test_what_is_pinned_is_what_draft_and_letter_say() -> None:
    for other, says in (
        ({"procedure": "0" * 64}, "the opening pins another procedure than the draft was circulated under"),
        ({"counting": "working_days"}, "the opening pins the counting working_days; by its letter it is elapsed"),
        (
            {"zone": PinnedZone(name="Europe/London", sha256=digest(NEW_YORK))},
            "the opening pins the zone Europe/London; the procedure's is America/New_York",
        ),
        (
            {"format": "inblue-snapshot/1", "zone": None, "counting": None},
            "the opening pins neither a zone nor a counting",
        ),
    ):
        ledger = begun()
        opened(ledger, pinned(ledger, **other))
        assert problems(ledger) == [(PINS, says)]
        assert not ledger.verify().holds


def test_a_pinned_zone_that_is_not_a_zone_leaves_no_vote_to_be_judged() -> None:
    ledger = begun()
    zone = PinnedZone(name="America/New_York", sha256=ledger.attach(b"TZif2 or so"))
    opened(ledger, pinned(ledger, zone=zone))
    assert [check for check, _ in problems(ledger)] == [ACTS]


def test_pinned_bytes_decide_unless_the_reader_knows_others() -> None:
    ledger = begun()
    zone = PinnedZone(name="America/New_York", sha256=ledger.attach(ELSEWHERE))
    opened(ledger, pinned(ledger, zone=zone))
    assert ledger.vote(SMALL).zone.utcoffset(datetime(2026, 3, 27)) == timedelta(hours=-5)  # noqa: DTZ001 - local
    for known, wanted in (
        (None, []),
        ({"America/New_York": ELSEWHERE}, []),
        ({"Europe/London": NEW_YORK}, []),
        (
            {"America/New_York": NEW_YORK},
            [(PINS, "the opening pins the zone America/New_York with another time than the bytes known of it")],
        ),
    ):
        assert problems(ledger, known) == wanted


def test_a_zone_of_other_bytes_is_not_recorded_by_this_program() -> None:
    ledger = begun()
    zone = PinnedZone(name="America/New_York", sha256=ledger.attach(ELSEWHERE))
    opening = LetterSent(kind="opening", opens_at=OPENED, snapshot=ledger.attach(pinned(ledger, zone=zone).raw))
    with pytest.raises(Refused, match="another time than the tzdata package has"):
        ledger.record_all([(SMALL, [(opening, OPENED)])], signer=REGISTRAR, office="registrar")
    assert ledger.vote(SMALL).version == 1
    ledger.perform(SMALL, LetterSent(kind="opening", opens_at=OPENED), signer=REGISTRAR, roster=ROSTER)


def test_an_announced_counting_is_recorded_pinned_and_read_again(tmp_path: Path) -> None:
    rules = {
        **SEATLESS.json_value(),
        "id": "both",
        "window": {"clause": "window", "fixed_by": "procedure", "hours": 24, "countings": ["elapsed", "working_days"]},
    }
    friday = datetime(2020, 3, 27, 18, tzinfo=UTC)
    ticks = iter(range(1_000))
    clock = {"now": friday}
    path = tmp_path / "ledger.db"
    with Ledger.create(
        path, signer=REGISTRAR, log_signer=LOG, clock=lambda: clock["now"] + timedelta(milliseconds=next(ticks))
    ) as ledger:
        procedure = ledger.adopt_procedure(Procedure.of(rules, where="rules"), signer=REGISTRAR)
        begins = DraftCirculated(symbol=SMALL, question="substantive", times="live", procedure=procedure)
        ledger.perform(SMALL, begins, signer=REGISTRAR)
        letter = LetterSent(kind="opening", opens_at=friday, counting="working_days")
        ledger.perform(SMALL, letter, signer=REGISTRAR, roster=ROSTER)
        clock["now"] = friday + timedelta(days=2)
        reply = cast("CHN", 0).model_copy(update={"received_at": clock["now"]})
        ledger.perform(SMALL, reply, signer=REGISTRAR)
        kinds = [stored.kind for stored in ledger.streams.stream(vote_stream(SMALL))]
        assert kinds == ["draft-circulated@1", "letter-sent@2", "vote-cast@1"]
    with Ledger.open(path) as again:
        state = again.vote(SMALL)
        assert state.window.closes_at == friday + timedelta(days=3)
        assert state.snapshot is not None
        assert state.snapshot.counting == "working_days"
        assert again.verify().holds


@pytest.mark.parametrize("what", ["procedure", "snapshot", "zone", "letter"])
def test_a_file_that_is_not_kept_is_named_and_the_audit_goes_on(what: str) -> None:
    ledger = small()
    state = ledger.vote(SMALL)
    snapshot, paper = state.snapshot, state.replies[0].act.instrument
    assert state.opening is not None
    assert snapshot is not None
    assert snapshot.zone is not None
    gone = {
        "procedure": state.draft.act.procedure,
        "snapshot": state.opening.act.snapshot,
        "zone": snapshot.zone.sha256,
        "letter": paper.sha256,
    }[what]
    left = MemoryFiles()
    for content in ledger.files.contents():  # type: ignore[attr-defined]
        if digest(content) != gone:
            left.put(content)
    found = verify(ledger.streams, ledger.log, left)
    named = [each for each in found.problems if each.check == FILES]
    assert named
    assert {each.text for each in named} == {f"the file {str(gone)[:16]} is not kept here"}
    assert {each.check for each in found.problems} <= {FILES, PINS}
    assert found.entries == ledger.checkpoint().size
    assert found.checkpoint == ledger.checkpoint()
    assert bool(found.states) is (what == "letter")


@pytest.mark.parametrize(("number", "which"), [(1, "the draft S/9"), (2, "the draft S/9, round 2,")])
def test_a_draft_in_the_stream_of_another_vote_is_named_with_its_round(number: int, which: str) -> None:
    ledger = small(change=lambda history: history[:0])
    draft = DraftCirculated(symbol="S/9", round=number, question="substantive", times="live", procedure=SEATLESS.sha256)
    recorded_anyhow(ledger, draft, vote_stream("S/10"))
    assert (PLACE, f"{which} was circulated in the vote on S/10") in problems(ledger)
