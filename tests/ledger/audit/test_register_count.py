"""Check 18: nobody can leave lines of the register out of what is handed over, where what follows counts them."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import SEATLESS, SMALL, first_format, members_of, rebuild, small
from signers import LOG, REGISTRAR, SECOND
from tamper import part, verify_bundle_bytes

from inblue.domain.acts import Act, DraftCirculated, ExplanationFiled
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, KeyRevoked, PresidencyAssigned, RegisterAct
from inblue.ledger.audit import whole_ledger
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import NAMES, PLACE, REGISTER
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.audit.register_count import Formats
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.since import verify_since
from inblue.ledger.audit.workers import process_of
from inblue.ledger.entries.entry import REGISTER_STREAM, Seen, write_entry
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.errors import Broken
from inblue.ledger.evidence.bundle import REGISTER as REGISTER_LINES
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.sequencer import advance
from inblue.ledger.operations.export import _Draft, export
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.source import FolderSource
from inblue.ledger.standards.merkle import EMPTY_ROOT
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.stores.streams import open_streams

NOW = datetime(2026, 3, 29, tzinfo=UTC)
ENROLS = KeyEnrolled(grant=KeyGrant(key=SECOND.key_id, public_key=SECOND.public_key.hex(), office="president"))
REVOKES = KeyRevoked(key=SECOND.key_id, reason="in other hands")
EXPLAINS = ExplanationFiled(member="CHN", languages=("fr",))


def presides(month: int) -> PresidencyAssigned:
    return PresidencyAssigned(body="Security Council", member="CHN", month=f"2026-{month:02}")


def of_three_parts(*, before: int = 3, within: int = 1, behind: int = 3) -> Ledger:
    """A vote with these numbers of register entries (founding and procedure not counted) before, in and after it."""

    def assign(ledger: Ledger, number: int, first: int) -> None:
        for month in range(first, first + number):
            ledger.keep_register(presides(month), signer=REGISTRAR)

    def on(ledger: Ledger, _now: datetime) -> None:
        if ledger.vote(SMALL).version == 3:
            assign(ledger, within, 4)

    ledger = small(before=lambda ledger: assign(ledger, before, 1), after=on)
    assign(ledger, behind, 7)
    return ledger


def put(ledger: Ledger, act: Act | RegisterAct, stream: str, index: int, **given: object) -> None:
    """Write an entry past the recorder, and have the log sign over it."""
    common = {"signer": REGISTRAR, "office": "registrar", "recorded_at": NOW, "seen": Seen(0, EMPTY_ROOT)}
    common["register"] = ledger.register().version
    signer = NoteSigner(ledger.log_keys()[-1].name, LOG)
    ledger.streams.append([write_entry(act, stream=stream, index=index, **{**common, **given})])  # type: ignore[arg-type]
    advance(ledger.log, ledger.streams, ledger.streams.look, signer)


def failed(found: Verification) -> set[int]:
    return {problem.check for problem in found.problems}


def texts(found: Verification) -> list[str]:
    return [problem.text for problem in found.problems if problem.check == REGISTER]


THREE = of_three_parts()
END = next(n for n, row in enumerate(THREE.streams.page(0, 99)) if row.kind == "result-announced@1") + 1
OUTSIDE = 8  # two and three before the range, three after it


def test_what_is_whole_holds() -> None:
    assert NAMES[REGISTER - 1] == "register"
    assert THREE.verify().problems == ()
    assert verify_bundle_bytes(part(THREE, END), Trust()).problems == ()


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(1, OUTSIDE - 1), min_size=1))
def test_lines_of_the_register_that_are_left_out_are_missed(gone: set[int]) -> None:
    """Except the last ones after the range: without those it is an older state."""
    found = verify_bundle_bytes(
        part(THREE, END, lambda lines: [each for at, each in enumerate(lines) if at not in gone]), Trust()
    )
    older = min(gone) >= 5 and gone == set(range(min(gone), OUTSIDE))
    assert found.holds == older
    if not older:
        assert failed(found) >= {REGISTER}


def test_that_the_last_line_before_the_range_is_left_out_only_the_count_shows() -> None:
    """The bundle was made without a key, and everything else was left as it was."""
    found = verify_bundle_bytes(part(THREE, END, lambda lines: [*lines[:4], *lines[5:]]), Trust())
    assert failed(found) == {REGISTER, PLACE}
    short = of_three_parts(within=0, behind=0)
    found = verify_bundle_bytes(part(short, END - 1, lambda lines: lines[:4]), Trust())
    (problem,) = found.problems
    assert (problem.check, problem.entry) == (REGISTER, 5)
    assert problem.text == "says that 5 entries of the register come before it, and there are 4"


@pytest.mark.parametrize("at", range(OUTSIDE))
def test_a_line_of_the_register_that_is_there_twice_is_noticed(at: int, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(part(THREE, END))
    members = members_of(path)
    lines = members[REGISTER_LINES].splitlines(keepends=True)
    members[REGISTER_LINES] = b"".join([*lines[: at + 1], *lines[at:]])
    rebuild(path, members)
    assert not verify_bundle(path).holds


def test_a_revocation_that_is_left_out_is_missed() -> None:
    """What a courier without any key could do to the first version's bundles."""

    def built() -> Ledger:
        ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/small")
        procedure = ledger.adopt_procedure(SEATLESS, signer=REGISTRAR)
        ledger.keep_register(ENROLS, signer=REGISTRAR)
        ledger.keep_register(REVOKES, signer=REGISTRAR)
        draft = DraftCirculated(symbol=SMALL, question="substantive", times="live", procedure=procedure)
        ledger.perform(SMALL, draft, signer=REGISTRAR)
        return ledger

    with first_format():
        first = built()
    without = partial(part, end=5, change=lambda lines: lines[:-1])
    told = verify_bundle_bytes(without(first), Trust())
    assert told.holds
    (said,) = [said for said in told.not_proved if "may have been left out" in said]
    assert said == (
        "Entries of the register between entry 2 and entry 4 may have been left out: those that follow are of the "
        "first format, and do not count them."
    )
    assert failed(verify_bundle_bytes(without(built()), Trust())) == {REGISTER}
    for whole in (verify_bundle_bytes(part(built(), 5), Trust()), first.verify()):
        assert not [said for said in whole.not_proved if "may have been left out" in said]


def test_what_an_entry_of_the_first_format_leaves_open_a_later_one_of_the_register_settles() -> None:
    with first_format():
        ledger = of_three_parts()
    whole = verify_bundle_bytes(part(ledger, END), Trust())
    assert (whole.problems, [said for said in whole.not_proved if "left out" in said]) == ((), [])
    with first_format():
        ledger = of_three_parts(within=0, behind=1)
    for lines, left_open in ((6, False), (5, False), (4, True)):  # the fifth is the one right before the range
        found = verify_bundle_bytes(part(ledger, END - 1, itemgetter(slice(lines))), Trust())
        assert found.holds
        said = [each for each in found.not_proved if "between entry 3 and entry 5 may have been left out" in each]
        assert bool(said) == left_open


def test_what_entries_of_the_first_format_leave_open_one_that_counts_settles() -> None:
    with first_format():
        ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG)
        procedure = ledger.adopt_procedure(SEATLESS, signer=REGISTRAR)
        draft = DraftCirculated(symbol="A", question="substantive", times="live", procedure=procedure)
        for symbol in ("A", SMALL):
            ledger.perform(symbol, draft.model_copy(update={"symbol": symbol}), signer=REGISTRAR)
    start = ledger.checkpoint().size - 1
    ledger.perform(SMALL, EXPLAINS, signer=REGISTRAR)
    for end, left_open in ((start + 1, 1), (start + 2, 0)):
        found = verify_bundle_bytes(part(ledger, end), Trust())
        assert found.holds
        assert len([said for said in found.not_proved if "may have been left out" in said]) == left_open


# A count that is wrong, and the first format after the second


def wrong(ledger: Ledger) -> None:
    put(ledger, EXPLAINS, vote_stream(SMALL), ledger.vote(SMALL).version, register=ledger.register().version - 1)


def wrong_in_the_register(ledger: Ledger) -> None:
    count = ledger.register().version
    put(ledger, presides(11), REGISTER_STREAM, count, register=count + 1)


def first_again(ledger: Ledger) -> None:
    with first_format():
        put(ledger, EXPLAINS, vote_stream(SMALL), ledger.vote(SMALL).version)


OTHER = next(s for s in "ABCDE" if process_of(vote_stream(s), 3) != process_of(vote_stream(SMALL), 3))


def another_vote_first_again(ledger: Ledger) -> None:
    with first_format():
        procedure = SEATLESS.sha256
        draft = DraftCirculated(symbol=OTHER, question="substantive", times="live", procedure=procedure)
        put(ledger, draft, vote_stream(OTHER), 0)


FORGED: dict[Callable[[Ledger], None], str] = {
    wrong: r"says that \d entries of the register come before it, and there are \d",
    wrong_in_the_register: r"says that \d entries of the register come before it, and there are \d",
    first_again: "is of inblue-entry/1, and one of inblue-entry/2 comes before it",
    another_vote_first_again: "is of inblue-entry/1, and one of inblue-entry/2 comes before it",
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that the first version began, and the present one goes on with."""
    path = tmp_path_factory.mktemp("mixed") / "ledger.db"
    with first_format(), Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        procedure = ledger.adopt_procedure(SEATLESS, signer=REGISTRAR)
        draft = DraftCirculated(symbol=SMALL, question="substantive", times="live", procedure=procedure)
        ledger.perform(SMALL, draft, signer=REGISTRAR)
    with Ledger.open(path, log_signer=LOG) as ledger:
        ledger.perform(SMALL, EXPLAINS, signer=REGISTRAR)
    return path


@pytest.fixture
def mixed(kept: Path, tmp_path: Path) -> Path:
    shutil.copytree(kept.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "ledger.db"


def test_a_ledger_that_the_first_version_began_goes_on_in_the_second_format(mixed: Path, tmp_path: Path) -> None:
    with Ledger.open(mixed, log_signer=LOG) as ledger:
        assert ledger.verify().problems == ()
        bundle = export(ledger, tmp_path / "b.zip", vote=SMALL, include_open=True).path
        found = verify_bundle(bundle)
        assert (found.problems, [said for said in found.not_proved if "left out" in said]) == ((), [])


@pytest.mark.parametrize("forge", FORGED, ids=lambda forge: forge.__name__)
def test_what_the_recorder_never_writes_is_found_by_every_audit(
    mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forge: Callable[[Ledger], None]
) -> None:
    public, state = tmp_path / "public", tmp_path / "state.json"
    monkeypatch.setattr(whole_ledger, "FEWEST", 1)
    with Ledger.open(mixed, log_signer=LOG) as ledger:
        publish(ledger, public, include_open=True)
        assert verify_tiles(FolderSource(public), state=state).holds
        note = ledger.log.head()
        assert note is not None
        forge(ledger)
        reopen = partial(open_streams, mixed, read_only=True)
        several = whole_ledger.verify(ledger.streams, ledger.log, ledger.files, jobs=3, reopen=reopen)
        audits = {
            "whole": ledger.verify(),
            "several": several,
            "since": verify_since(note.note, ledger.streams, ledger.log, ledger.files),
        }
        if forge is not wrong_in_the_register:  # which nobody publishes
            publish(ledger, public, include_open=True)
            audits["tiles"] = verify_tiles(FolderSource(public))
            audits["resumed"] = verify_tiles(FolderSource(public), state=state)
        for name, found in audits.items():
            assert failed(found) == {REGISTER}, name
            (text,) = texts(found)
            assert text == texts(audits["whole"])[0]
            assert re.fullmatch(FORGED[forge], text)


def test_a_recorder_takes_no_register_that_counts_itself_wrongly(mixed: Path) -> None:
    with Ledger.open(mixed, log_signer=LOG) as ledger:
        wrong_in_the_register(ledger)
    with (
        Ledger.open(mixed, log_signer=LOG) as ledger,
        pytest.raises(Broken, match="counts the register's entries"),
    ):
        ledger.register()


def test_processes_together_see_what_none_of_them_sees() -> None:
    assert Formats.together([Formats(7, None), Formats(None, 9)]).mixed
    assert not Formats.together([Formats(7, 3), Formats(None, 5), Formats(None, None)]).mixed


# Idempotency keys


def test_a_key_that_two_acts_of_a_stream_have_is_a_problem(mixed: Path) -> None:
    with Ledger.open(mixed, log_signer=LOG) as ledger:
        ledger.perform(SMALL, EXPLAINS, signer=REGISTRAR, idempotency_key="once")
        ledger.keep_register(presides(2), signer=REGISTRAR, idempotency_key="once")
        assert ledger.verify().holds
        put(ledger, EXPLAINS, vote_stream(SMALL), 3, idempotency_key="once")
        put(ledger, presides(3), REGISTER_STREAM, 3, idempotency_key="once")
        found = ledger.verify()
    assert [(problem.check, problem.text) for problem in found.problems] == [
        (PLACE, "has the idempotency key once, as act 2 of vote:S/1 has"),
        (PLACE, "has the idempotency key once, as act 2 of register has"),
    ]


def test_so_it_is_in_a_vote_that_began_before_the_range(mixed: Path) -> None:
    with Ledger.open(mixed, log_signer=LOG) as ledger, tempfile.TemporaryDirectory() as folder:
        begun = ledger.log.head()
        assert begun is not None
        for language in ("en", "fr"):
            act = ExplanationFiled(member="CHN", languages=(language,))
            ledger.perform(SMALL, act, signer=REGISTRAR, idempotency_key=language)
        put(ledger, EXPLAINS, vote_stream(SMALL), 4, idempotency_key="fr")
        head = ledger.log.head()
        assert head is not None
        rows = enumerate(ledger.streams.page(0, 9)[: begun.size])
        register = [(n, row.envelope) for n, row in rows if row.originator_id == REGISTER_STREAM]
        draft = _Draft(ledger, Path(folder), head.note, begun.size, head.size, head.size, register)
        problems = draft.collect().result.problems
    assert [problem.text for problem in problems] == ["has the idempotency key fr, as act 3 of vote:S/1 has"]
