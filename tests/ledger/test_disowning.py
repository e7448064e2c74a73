"""Disowning: what no key in authority has signed and a head covers stays in the log, and has no effect, in view."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ledgers import SMALL, cast, recorded_anyhow, sign_over, small
from signers import LOG, REGISTRAR, SECOND
from tamper import part, verify_bundle_bytes

from inblue.domain.errors import Malformed, Refused
from inblue.domain.register_acts import EntryDisowned, KeyEnrolled, KeyGrant, PresidencyAssigned
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.audit.since import verify_since
from inblue.ledger.entries.entry import REGISTER_STREAM, Seen, StoredEntry, entry_digest, write_entry
from inblue.ledger.entries.kinds import AnyAct
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.errors import Broken, UnauthorisedError
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.copy import copy
from inblue.ledger.operations.export import export
from inblue.ledger.operations.publish import publish
from inblue.ledger.projections.record import audit_json, record_of
from inblue.ledger.projections.replay import history
from inblue.ledger.published.source import FolderSource
from inblue.ledger.standards.ed25519 import Ed25519Signer

MALLORY = Ed25519Signer.from_seed(b"m" * 32)
STREAM = vote_stream(SMALL)
MONTH = PresidencyAssigned(body="Security Council", member="GBR", month="2026-01")
WHY = "put in by whoever held the database"


def put_in(
    ledger: Ledger,
    act: AnyAct,
    stream: str = STREAM,
    signer: Ed25519Signer = MALLORY,
    office: str = "registrar",
    miscount: int = 7,
) -> StoredEntry:
    """An entry of a key without authority, over which the log's key signs all the same."""
    return recorded_anyhow(
        ledger, act, stream, signer, office, miscount=miscount
    )  # which nobody needs to believe either


def disown(ledger: Ledger, stream: str, index: int) -> EntryDisowned:
    act = ledger.disown(stream, index, reason=WHY)
    ledger.keep_register(act, signer=REGISTRAR)
    return act


def enrolled(signer: Ed25519Signer = MALLORY, office: str = "registrar", member: str | None = None) -> KeyEnrolled:
    grant = KeyGrant(key=signer.key_id, public_key=signer.public_key.hex(), office=office, member=member)
    return KeyEnrolled(grant=grant)


def open_vote(acts: int = 3, **given: object) -> Ledger:
    """A vote with only its first acts: draft, opening, CHN's reply."""
    return small(change=lambda history: history[:acts])


def finish(ledger: Ledger) -> None:
    ledger.perform(SMALL, cast("FRA", 2), signer=REGISTRAR)


def same_everywhere(ledger: Ledger, tmp_path: Path) -> None:
    """Law 4 and 5: every reading of the ledger says the same, and holds."""
    found = ledger.verify()
    assert found.problems == ()
    fresh = Ledger(ledger.streams, ledger.files, clock=ledger.clock, log_signer=LOG)
    state = fresh.vote(SMALL)
    assert found.states[SMALL] == state == ledger.vote(SMALL)
    assert [(each.number, each.passed) for each in found.acts(SMALL)] == [
        (each.number, each.passed) for each in fresh.acts(SMALL)
    ]
    assert audit_json(record_of(found.states[SMALL])) == audit_json(record_of(state))
    *_, last = history(list(fresh.acts(SMALL)), fresh.documents)
    assert replace(last.after.state, version=state.version, disowned=state.disowned) == state
    bundle = export(ledger, tmp_path / "bundle.zip", vote=SMALL, include_open=True).path
    shown = verify_bundle(bundle)
    assert shown.problems == ()
    assert shown.states[SMALL] == state
    whole = verify_bundle(export(ledger, tmp_path / "whole.zip", include_open=True).path)
    assert whole.problems == ()
    publish(ledger, tmp_path / "public", include_open=True)
    for _ in range(2):
        tiles = verify_tiles(FolderSource(tmp_path / "public"), state=tmp_path / "state.json")
        assert tiles.problems == ()
    copied = tmp_path / "copy.db"
    copy(ledger, copied)
    with Ledger.open(copied, files=None) as other:
        assert other.vote(SMALL) == state
        assert other.verify().problems == ()


def test_an_act_of_a_vote_that_no_key_in_authority_signed_is_disowned(tmp_path: Path) -> None:
    ledger = open_vote()
    put_in(ledger, cast("EST", 2))
    assert {each.check for each in ledger.verify().problems} == {7}
    for read in (lambda: ledger.vote(SMALL), lambda: finish(ledger)):
        with pytest.raises(UnauthorisedError, match="entry disown"):
            read()
    disown(ledger, STREAM, 3)
    state = ledger.vote(SMALL)
    assert (state.version, state.disowned, [r.member for r in state.replies]) == (4, (3,), ["CHN"])
    same_everywhere(ledger, tmp_path)
    assert any(WHY in str(each) for each in ledger.verify().not_proved)
    finish(ledger)
    state = ledger.vote(SMALL)
    assert [(r.member, r.entered.number) for r in state.replies] == [("CHN", 2), ("FRA", 4)]
    (again := tmp_path / "again").mkdir()
    same_everywhere(ledger, again)


def test_an_audit_that_goes_on_knows_what_was_disowned_before(tmp_path: Path) -> None:
    ledger, public, state = open_vote(), tmp_path / "public", tmp_path / "state.json"
    put_in(ledger, cast("EST", 2))
    put_in(ledger, enrolled(), REGISTER_STREAM)
    since = ledger.log.head()
    assert since is not None
    disown(ledger, STREAM, 3)
    disown(ledger, REGISTER_STREAM, 2)
    ledger.perform(SMALL, cast("VNM", 2), signer=REGISTRAR)
    publish(ledger, public, include_open=True)
    assert verify_tiles(FolderSource(public), state=state).holds
    before = ledger.log.head()
    assert before is not None
    finish(ledger)
    publish(ledger, public, include_open=True)
    found = verify_tiles(FolderSource(public), state=state)
    assert found.problems == ()
    assert found.states[SMALL] == ledger.vote(SMALL)
    assert verify_tiles(FolderSource(public), state=state, whole=True).problems == ()
    for head in (since, before):
        assert verify_since(head.note, ledger.streams, ledger.log, ledger.files).problems == ()


def test_an_entry_of_the_register_is_disowned_and_counted(tmp_path: Path) -> None:
    ledger = open_vote()
    first, second = (put_in(ledger, enrolled(), REGISTER_STREAM) for _ in range(2))
    with pytest.raises(UnauthorisedError, match="entry disown"):
        ledger.register()
    with pytest.raises(UnauthorisedError, match="entry disown"):
        ledger.keep_register(MONTH, signer=REGISTRAR)
    disown(ledger, REGISTER_STREAM, 2)
    assert not ledger.verify().holds
    disown(ledger, REGISTER_STREAM, 3)
    register = ledger.register()
    assert register.version == 6
    assert MALLORY.key_id not in {grant.key for grant in register.grants}
    assert set(register.disowned) == {entry_digest(each.envelope) for each in (first, second)}
    ledger.keep_register(MONTH, signer=REGISTRAR)
    finish(ledger)
    same_everywhere(ledger, tmp_path)


def test_a_circulation_is_disowned_and_its_place_is_free(tmp_path: Path) -> None:
    ledger = open_vote()
    draft = ledger.vote(SMALL).draft.act.model_copy(update={"symbol": "S/9"})
    put_in(ledger, draft, vote_stream("S/9"))
    with pytest.raises(UnauthorisedError):
        ledger.votes()
    disown(ledger, vote_stream("S/9"), 0)
    assert ledger.votes() == (SMALL,)
    ledger.perform("S/9", draft, signer=REGISTRAR)
    assert ledger.votes() == (SMALL, "S/9")
    state = ledger.vote("S/9")
    assert (state.version, state.disowned, state.draft.number) == (2, (0,), 1)
    same_everywhere(ledger, tmp_path)
    found = ledger.verify()
    assert found.states["S/9"] == state
    assert verify_bundle(export(ledger, tmp_path / "9.zip", vote="S/9", include_open=True).path).states["S/9"] == state


def test_what_a_key_in_authority_signed_is_never_disowned() -> None:
    ledger = open_vote()
    for stream, index in ((STREAM, 2), (STREAM, 0), (REGISTER_STREAM, 1)):
        with pytest.raises(Refused, match="a key in authority has signed"):
            ledger.disown(stream, index, reason=WHY)
    with pytest.raises(Malformed, match="founding"):
        ledger.disown(REGISTER_STREAM, 0, reason=WHY)
    with pytest.raises(Refused, match="is not the entry"):
        ledger.disown(STREAM, 9, reason=WHY)


def test_a_registrar_that_disowns_a_reply_past_the_rules_is_found(tmp_path: Path) -> None:
    ledger = open_vote()
    row = list(ledger.streams.stream(STREAM))[2]
    act = EntryDisowned(stream=STREAM, index=2, digest=entry_digest(row.envelope), reason=WHY)
    head, index = ledger.checkpoint(), ledger.register().version
    entry = write_entry(
        act,
        stream=REGISTER_STREAM,
        index=index,
        register=index,
        signer=REGISTRAR,
        office="registrar",
        recorded_at=ledger.clock(),
        seen=Seen(head.size, head.root),
    )
    ledger.streams.append([entry])
    with pytest.raises(Broken, match="disowns act 2"):
        ledger.sequence()
    sign_over(ledger)
    found = ledger.verify()
    assert [(each.check, each.entry) for each in found.problems] == [(7, head.size)]
    assert [reply.member for reply in found.states[SMALL].replies] == ["CHN"]
    assert [reply.member for reply in ledger.vote(SMALL).replies] == ["CHN"]


def test_whether_what_follows_a_range_may_be_disowned_is_not_for_the_range_to_say() -> None:
    ledger = open_vote()
    act = EntryDisowned(stream=STREAM, index=3, digest="0" * 64, reason=WHY)  # the vote has acts 0 to 2
    put_in(ledger, act, REGISTER_STREAM, REGISTRAR, miscount=0)
    assert "which is not there" in ledger.verify().problems[0].text
    found = verify_bundle_bytes(part(ledger, ledger.checkpoint().size - 1), Trust())
    assert found.problems == ()
    assert any("disowns act 3" in said and "is not shown here" in said for said in found.not_proved)


def test_a_registrar_that_disowns_a_circulation_past_the_rules_hides_no_vote() -> None:
    ledger = open_vote()
    row = next(iter(ledger.streams.stream(STREAM)))
    act = EntryDisowned(stream=STREAM, index=0, digest=entry_digest(row.envelope), reason=WHY)
    put_in(ledger, act, REGISTER_STREAM, REGISTRAR, miscount=0)
    assert not ledger.verify().holds
    assert ledger.votes() == (SMALL,)
    assert SMALL in ledger.verify().states


def test_what_no_head_covers_is_moved_out_and_not_disowned() -> None:
    ledger = open_vote()
    head = ledger.checkpoint()
    entry = write_entry(
        cast("EST", 2),
        stream=STREAM,
        index=3,
        register=2,
        signer=MALLORY,
        office="registrar",
        recorded_at=ledger.clock(),
        seen=Seen(head.size, head.root),
    )
    ledger.streams.append([entry])
    with pytest.raises(Refused, match="inblue mend"):
        ledger.disown(STREAM, 3, reason=WHY)


def test_only_the_registrar_disowns_and_only_once() -> None:
    ledger = open_vote()
    ledger.keep_register(enrolled(SECOND, "permanent_representative", "CHN"), signer=REGISTRAR)
    put_in(ledger, cast("EST", 2))
    act = ledger.disown(STREAM, 3, reason=WHY)
    with pytest.raises(Refused):
        ledger.keep_register(act, signer=SECOND, office="permanent_representative")
    ledger.keep_register(act, signer=REGISTRAR)
    with pytest.raises(Refused, match="disowned already"):
        ledger.keep_register(act, signer=REGISTRAR)


def test_an_entry_of_a_key_that_holds_another_office_is_disowned_too() -> None:
    """Any enrolled key may sign; the register is the registrar's."""
    ledger = open_vote()
    ledger.keep_register(enrolled(SECOND, "permanent_representative", "CHN"), signer=REGISTRAR)
    put_in(ledger, enrolled(), REGISTER_STREAM, SECOND)
    assert not ledger.verify().holds
    disown(ledger, REGISTER_STREAM, 3)
    assert ledger.verify().holds


def test_a_circulation_by_an_office_that_may_not_circulate_is_disowned(tmp_path: Path) -> None:
    ledger = open_vote()
    ledger.keep_register(enrolled(SECOND, "permanent_representative", "CHN"), signer=REGISTRAR)
    draft = ledger.vote(SMALL).draft.act.model_copy(update={"symbol": "S/9"})
    put_in(ledger, draft, vote_stream("S/9"), SECOND, "permanent_representative", miscount=0)
    assert [(each.check, each.text) for each in ledger.verify().problems] == [
        (7, "the office permanent_representative may not record draft_circulated")
    ]
    disown(ledger, vote_stream("S/9"), 0)
    ledger.perform("S/9", draft, signer=REGISTRAR)
    same_everywhere(ledger, tmp_path)


@pytest.mark.parametrize("fault", [{"position": "perhaps"}, {"member": "XYZ"}])
def test_an_act_of_an_office_that_may_not_record_it_is_disowned_whatever_else_is_wrong_with_it(
    tmp_path: Path, fault: dict[str, str]
) -> None:
    ledger = open_vote()
    ledger.keep_register(enrolled(SECOND, "observer"), signer=REGISTRAR)
    act = cast("EST", 2).model_copy(update=fault)
    put_in(ledger, act, STREAM, SECOND, "observer", miscount=0)
    assert {each.check for each in ledger.verify().problems} == {7}
    disown(ledger, STREAM, 3)
    finish(ledger)
    same_everywhere(ledger, tmp_path)
