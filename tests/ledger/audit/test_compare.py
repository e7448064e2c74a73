"""Two records of a log compared, register and all; and two separate logs, which are not forks of one another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import call
from courier import Courier
from ledgers import SMALL, small
from paths import INBLUE
from signers import LOG, REGISTRAR
from tamper import FRESH_LOG, FRESH_SIGNER, turned

from inblue.domain.register_acts import PresidencyAssigned
from inblue.ledger.audit.compare import Difference, Shown, difference
from inblue.ledger.evidence.bundle import entries_of
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export


def shown(path: Path) -> Shown:
    return Shown.of(*entries_of(path))


def presides(ledger: Ledger, month: int) -> None:
    kept = PresidencyAssigned(body="Security Council", member="CHN", month=f"2026-{month:02}")
    ledger.keep_register(kept, signer=REGISTRAR)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A vote with lines of the register before its range, and after it."""
    ledger = small(before=lambda ledger: presides(ledger, 3))
    for month in (4, 5):
        presides(ledger, month)
    return export(ledger, tmp_path / "vote.zip", vote=SMALL).path


def without(bundle: Path, keep: Callable[[int], bool]) -> Path:
    courier = Courier.of(bundle)
    courier.keep_register(keep)
    return courier.write(bundle.with_name("stripped.zip"))


def test_lines_of_the_register_that_were_stripped_are_not_the_same_entries(bundle: Path) -> None:
    places = [placed["index"] for placed, _ in Courier.of(bundle).register]
    assert len(places) == 5
    for place in places[1:]:
        stripped = without(bundle, lambda index, place=place: index != place)  # type: ignore[misc]
        assert difference(shown(bundle), shown(stripped)) == Difference("truncated", place, in_register=True)
        assert difference(shown(stripped), shown(bundle)) == Difference("extended", place)
    assert difference(shown(bundle), shown(bundle)) == Difference("same", None)


def test_the_command_says_which_line_of_the_register_is_lacking(bundle: Path) -> None:
    last = [placed["index"] for placed, _ in Courier.of(bundle).register][-1]
    stripped = without(bundle, lambda index: index != last)
    said = call([INBLUE, "diff", str(bundle), str(stripped)], env={})
    assert (said.returncode, said.stdout) == (1, f"truncated: {stripped} lacks entry {last}, of the register\n")


def test_a_register_line_that_differs_is_a_fork_also_outside_both_ranges(bundle: Path) -> None:
    told = shown(bundle)
    behind = max(told.register)
    other = Shown(told.start, told.leaves, {**told.register, behind: b"another"}, told.founded)
    assert difference(told, other) == Difference("forked", behind)


def test_one_founding_and_two_histories_are_a_fork(tmp_path: Path) -> None:
    one, other = (
        export(ledger, tmp_path / f"{number}.zip").path for number, ledger in enumerate((small(), small(change=turned)))
    )
    found = difference(shown(one), shown(other))
    assert found.relation == "forked"
    assert found.entry is not None
    assert found.entry > 0


def of_another_name() -> Ledger:
    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/another")
    presides(ledger, 3)
    return ledger


@pytest.mark.parametrize(
    ("made", "differs", "said"),
    [
        (lambda: small(log=FRESH_LOG), "log_key", "different keys"),
        (lambda: small(FRESH_SIGNER), "founding", "different first entries"),
        (of_another_name, "origin", "different names"),
    ],
)
def test_two_logs_are_never_called_a_fork(tmp_path: Path, made: Callable[[], Ledger], differs: str, said: str) -> None:
    one, other = export(small(), tmp_path / "one.zip").path, export(made(), tmp_path / "other.zip").path
    assert difference(shown(one), shown(other)) == Difference("unrelated", None, differs)  # type: ignore[arg-type]
    told = call([INBLUE, "diff", str(one), str(other)], env={})
    assert (told.returncode, told.stdout) == (1, f"unrelated: two logs, which have {said}\n")
    as_json = json.loads(call([INBLUE, "diff", str(one), str(other), "--json"], env={}).stdout)
    assert as_json == {"format": "inblue-diff/1", "relation": "unrelated", "entry": None, "differs": differs}


def test_ranges_that_share_nothing_of_one_register_are_apart() -> None:
    register = small().streams.page(0, 1)[0].envelope
    entries = [row.envelope for row in small().streams.page(0, 100)]
    one, other = Shown.of(2, entries[2:4], [(0, register)]), Shown.of(5, entries[5:7], [(0, register)])
    assert difference(one, other) == Difference("apart", None)


def test_a_range_that_does_not_show_how_its_log_began_is_compared_by_its_entries() -> None:
    entries = [row.envelope for row in small().streams.page(0, 100)]
    whole, part = Shown.of(0, entries, []), Shown.of(2, entries[2:4], [])
    assert difference(part, whole) == Difference("extended", 0)
    assert difference(whole, part) == Difference("truncated", 0, in_register=True)


def of_leaves(start: int, letters: str, **register: str) -> Shown:
    """A record of the entries ``letters`` from ``start`` on; of the register it shows those given, as ``r7="x"``."""
    lines = {int(name[1:]): letter.encode() for name, letter in register.items()}
    return Shown(start, tuple(letter.encode() for letter in letters), lines, None)


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        (of_leaves(0, "abc"), of_leaves(0, "abc"), Difference("same", None)),
        (of_leaves(0, "abc"), of_leaves(0, "abcde"), Difference("extended", 3)),
        (of_leaves(0, "abcde"), of_leaves(0, "abc"), Difference("truncated", 3)),
        (of_leaves(0, "abc"), of_leaves(0, "axcde"), Difference("forked", 1)),
        (of_leaves(0, "abc"), of_leaves(0, "axy"), Difference("forked", 1)),
        (of_leaves(0, "abc"), of_leaves(2, "cd"), Difference("extended", 3)),
        (of_leaves(2, "cd"), of_leaves(0, "abc"), Difference("truncated", 3)),
        (of_leaves(0, "abc"), of_leaves(2, "xd"), Difference("forked", 2)),
        (of_leaves(0, "abc"), of_leaves(3, "de"), Difference("apart", None)),
        (of_leaves(3, "de"), of_leaves(0, "abc"), Difference("apart", None)),
        (of_leaves(0, "abc", r7="h"), of_leaves(3, "de", r7="h"), Difference("apart", None)),
        (of_leaves(0, "abc", r7="h"), of_leaves(3, "de", r7="x"), Difference("forked", 7)),
        (of_leaves(0, "abc", r4="x"), of_leaves(3, "de"), Difference("forked", 4)),
        (of_leaves(0, "abc", r7="h"), of_leaves(0, "abc"), Difference("truncated", 7, in_register=True)),
        (of_leaves(0, "abc"), of_leaves(0, "abc", r7="h"), Difference("extended", 7)),
        (of_leaves(0, "abc"), of_leaves(0, "abcd", r7="h"), Difference("extended", 3)),
        (of_leaves(0, "abcd", r7="h"), of_leaves(0, "abc"), Difference("truncated", 3)),
        (of_leaves(5, "fg", r1="b"), of_leaves(5, "fgh"), Difference("truncated", 1, in_register=True)),
        (of_leaves(0, "abc", r7="h"), of_leaves(3, "de"), Difference("truncated", 7)),
    ],
)
def test_what_one_record_is_to_another(a: Shown, b: Shown, wanted: Difference) -> None:
    assert difference(a, b) == wanted


def test_what_is_not_an_entry_has_its_place_in_the_comparison_too() -> None:
    a, b = Shown.of(0, [b"no entry", b"nor this"]), Shown.of(0, [b"no entry", b"nor that"])
    assert (a.founded, a.register) == (None, {})
    assert difference(a, b) == Difference("forked", 1)
