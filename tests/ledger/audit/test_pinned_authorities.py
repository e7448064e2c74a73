"""Authorities that the register adopts and openings pin: what a verdict then needs, and what does not count as one."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from authority import Tsa
from desks import OPENED, SYMBOL, Desk, opened, trust
from ledgers import GoneSince, clock_unchecked
from signers import REGISTRAR

from inblue.domain.ending_acts import VotingClosed
from inblue.domain.register_acts import AuthorityAdopted
from inblue.ledger import judging
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import FILES, PINS
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.authorities import AuthorityDocument
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.authorities import adopt_authority, adopted_authorities, retire_authority
from inblue.ledger.operations.export import export
from inblue.ledger.projections.record import record_of

ORDER = ["none", "documented", "attested", "proven"]


@pytest.fixture(scope="module")
def tsas(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tsa, Tsa, Tsa]:
    folder = tmp_path_factory.mktemp("tsa")
    one, two, three = (Tsa.make(folder / name, name) for name in ("one", "two", "three"))
    return one, two, three


def document(tsa: Tsa, **changed: Any) -> AuthorityDocument:
    value = {**tsa.authority.json_value(), "format": "inblue-authority/1", **changed}
    return AuthorityDocument.of(value, where="authority")


def under(*pinned: Tsa, stamps: tuple[Tsa, ...]) -> Desk:
    """A vote that is opened under these authorities, with one reply, stamped by others on both sides of it."""

    def adopt(desk: Desk) -> None:
        for tsa in pinned:
            assert adopt_authority(desk.ledger, document(tsa), signer=REGISTRAR)
            assert not adopt_authority(desk.ledger, document(tsa), signer=REGISTRAR)

    desk = opened(*stamps, before=adopt)
    desk.at(3).cast("CHN", file=b"China votes in favour.")
    desk.stamp()
    desk.at(4).cast("FRA")
    return desk


def checked(ledger: Ledger, known: Trust) -> Verification:
    return verify(ledger.streams, ledger.log, ledger.files, trust=known)


def strength(found: Verification) -> str:
    assert found.problems == ()
    record = record_of(found.states[SYMBOL], found.bounds.get(SYMBOL))
    return next(each.verdict.strength for each in record.replies if each.reply.member == "CHN")


def test_every_authority_that_is_pinned_and_believed_is_needed(tsas: tuple[Tsa, Tsa, Tsa]) -> None:
    one, two, three = tsas
    for pinned, stamps, believed, proven in (
        ((one, two), (one, two), (one, two), True),
        ((one, two), (one,), (one, two), False),
        ((one, two), (one,), (one,), True),
        ((one, two), (one, two, three), (three,), False),
        ((one,), (one,), (one, two), True),
        ((one,), (two,), (one, two), False),
        ((), (one, two), (one, two), True),
        ((), (one,), (one, two), False),
    ):
        desk = under(*pinned, stamps=stamps)
        found = checked(desk.ledger, trust(*believed))
        assert (strength(found) == "proven") == proven, (pinned, stamps, believed)
        missing = {tsa.name for tsa in pinned} - {tsa.name for tsa in believed}
        said = [text for text in found.not_proved if "which the register has adopted and no trust file names" in text]
        assert bool(said) == bool(missing)
        assert all(name in said[0] for name in missing)


def test_a_reader_may_ask_for_some_of_them(tsas: tuple[Tsa, Tsa, Tsa]) -> None:
    one, two, three = tsas
    desk = under(one, two, stamps=(one,))
    for at_least, proven in ((None, False), (1, True), (2, False), (3, False)):
        known = trust(one, two, three).model_copy(update={"at_least": at_least})
        assert (strength(checked(desk.ledger, known)) == "proven") == proven


def test_an_authority_is_known_by_its_root_and_not_by_its_name(tsas: tuple[Tsa, Tsa, Tsa]) -> None:
    one, two, _ = tsas
    desk = under(one, stamps=(one, two))
    called = one.authority.model_copy(update={"name": "mine"})
    assert strength(checked(desk.ledger, Trust(authorities=(called,)))) == "proven"
    stranger = two.authority.model_copy(update={"name": "one"})
    assert strength(checked(desk.ledger, Trust(authorities=(stranger,)))) == "attested"


def test_an_algorithm_that_the_reader_no_longer_believes_proves_nothing(tsas: tuple[Tsa, Tsa, Tsa]) -> None:
    one, two, _ = tsas
    desk = under(one, two, stamps=(one, two))
    listed = [{"algorithm": each} for each in ("sha256", "p256")]
    for until, proven in ((None, True), ("2026-03-28T00:00:00Z", True), ("2026-03-27T20:00:00Z", False)):
        given = [{**each, "until": until} for each in listed]
        known = Trust.of({**trust(one, two).json_value(), "algorithms": given}, where="trust")
        assert (strength(checked(desk.ledger, known)) == "proven") == proven


def test_leaving_out_any_tokens_never_makes_a_reply_stronger(
    tsas: tuple[Tsa, Tsa, Tsa], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two authorities, of which one says 23 at 25 hours; whatever of six tokens a registrar or courier leaves out."""
    one, two, _ = tsas
    desk = under(one, two, stamps=(one, two))
    desk.at(25).cast("NER", file=b"Niger votes in favour.", received_at=OPENED + timedelta(hours=24.9))
    desk.stamp(two)
    desk.stamp(one, at=OPENED + timedelta(hours=23))
    stamps = desk.ledger.log.stamps()
    assert len(stamps) == 6

    def found() -> dict[str, int]:
        seen = checked(desk.ledger, trust(one, two))
        record = record_of(seen.states[SYMBOL], seen.bounds.get(SYMBOL))
        return {each.reply.member: ORDER.index(each.verdict.strength) for each in record.replies}

    strongest: dict[tuple[bool, ...], dict[str, int]] = {}
    for kept in product((True, False), repeat=len(stamps)):
        shown = [stamp for stamp, here in zip(stamps, kept, strict=True) if here]
        monkeypatch.setattr(desk.ledger.log, "stamps", lambda shown=shown: shown)
        strongest[kept] = found()
    assert strongest[(True,) * 6] == {"CHN": 3, "FRA": 2, "NER": 1}
    for kept, fewer in product(strongest, repeat=2):
        if all(here or not there for here, there in zip(kept, fewer, strict=True)):
            assert all(strongest[fewer][who] <= strongest[kept][who] for who in strongest[kept])


def test_the_tokens_of_an_honest_authority_cannot_be_left_out_so_that_a_bribed_one_decides(
    tsas: tuple[Tsa, Tsa, Tsa], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reply entered after the close under a clock that says 23 hours, as one of the two does."""
    one, two, _ = tsas
    desk = under(one, two, stamps=(one, two))
    desk.at(24.5).stamp(two)
    with clock_unchecked():
        desk.at(23).cast("NER", file=b"Niger votes in favour.")
    desk.stamp(one, at=OPENED + timedelta(hours=23))
    desk.stamp(two, at=OPENED + timedelta(hours=25))
    desk.at(50).ledger.perform(SYMBOL, VotingClosed(closed_at=desk.now), signer=REGISTRAR)

    def of_niger() -> tuple[str, str]:
        found = checked(desk.ledger, trust(one, two))
        record = record_of(found.states[SYMBOL], found.bounds.get(SYMBOL))
        verdict = next(each.verdict for each in record.replies if each.reply.member == "NER")
        return verdict.strength, verdict.not_proved

    reached, said = of_niger()
    assert reached == "documented"
    assert said.startswith("Its hour is in doubt: recorded at 2026-03-28T17:00:00Z, and made after 2026-03-28T18:29:5")
    stamps = desk.ledger.log.stamps()
    monkeypatch.setattr(
        desk.ledger.log, "stamps", lambda: [each for each in stamps if '"name":"one"' in each.authority]
    )
    reached, said = of_niger()
    assert reached == "documented"
    assert said.startswith("What a timestamp shows that is not handed over: entry ")


def test_a_clock_that_is_hours_ahead_is_refuted_by_tokens_that_entries_name(tsas: tuple[Tsa, Tsa, Tsa]) -> None:
    one, two, _ = tsas
    desk = under(one, two, stamps=(one, two))
    desk.at(23).cast("NER", file=b"Niger votes in favour.")
    for tsa in (one, two):
        desk.stamp(tsa, at=OPENED + timedelta(hours=4.1))
    desk.cast("EST")
    found = checked(desk.ledger, trust(one, two))
    record = record_of(found.states[SYMBOL], found.bounds.get(SYMBOL))
    verdict = next(each.verdict for each in record.replies if each.reply.member == "NER")
    assert verdict.strength == "documented"
    assert "recorded at 2026-03-28T17:00:00Z, and there by 2026-03-27T22:06" in verdict.not_proved


def test_an_authority_that_is_retired_is_pinned_by_votes_before_it(tsas: tuple[Tsa, Tsa, Tsa]) -> None:
    one, two, _ = tsas
    desk = under(one, two, stamps=(one,))
    assert [each.name for each in adopted_authorities(desk.ledger)] == ["one", "two"]
    retire_authority(desk.ledger, "two", "it has ended", signer=REGISTRAR)
    assert [each.name for each in adopted_authorities(desk.ledger)] == ["one"]
    assert strength(checked(desk.ledger, trust(one, two))) == "attested"


@pytest.mark.parametrize(
    ("content", "check"),
    [(b"{}", PINS), (b"not JSON", PINS), ("other", PINS), (None, FILES)],
    ids=["no document", "no JSON", "another name", "not kept"],
)
def test_what_is_adopted_must_be_the_document_of_an_authority_of_that_name(
    tsas: tuple[Tsa, Tsa, Tsa], content: bytes | str | None, check: int
) -> None:
    desk = Desk([])
    raw = document(tsas[0], name="other").raw if isinstance(content, str) else content
    sha256 = desk.ledger.attach(raw) if raw is not None else "0" * 64
    desk.ledger.keep_register(AuthorityAdopted(name="one", sha256=sha256), signer=REGISTRAR)
    ledger = desk.ledger
    for files in (ledger.files, GoneSince(ledger.files, sha256, 1)):  # it is read once: a second time it may be gone
        found = verify(ledger.streams, ledger.log, files)
        assert [(problem.check, problem.entry) for problem in found.problems] == [(check, 1)]


def test_an_opening_that_pins_others_than_were_adopted_is_a_problem(
    tsas: tuple[Tsa, Tsa, Tsa], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = judging.snapshot_by

    def none_pinned(*given: Any) -> Any:
        return true(*given).model_copy(update={"authorities": ()})

    monkeypatch.setattr(judging, "snapshot_by", none_pinned)
    found = under(tsas[0], stamps=()).ledger.verify()
    assert [(p.check, p.text) for p in found.problems] == [
        (PINS, "the opening pins other timestamp authorities than the register had adopted")
    ]


def test_it_travels_in_a_bundle(tsas: tuple[Tsa, Tsa, Tsa], tmp_path: Path) -> None:
    one, two, three = tsas
    for stamps, wanted in (((one, two), "proven"), ((one, three), "attested")):
        desk = under(one, two, stamps=stamps)
        bundle = export(desk.ledger, tmp_path / f"{wanted}.zip", vote=SYMBOL, include_open=True).path
        assert strength(verify_bundle(bundle, trust(*tsas))) == wanted
