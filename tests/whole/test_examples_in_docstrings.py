"""Each name of the face has an example in its docstring, which runs and gives what it says."""

from __future__ import annotations

import doctest
import inspect
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, is_typeddict

import pytest
from mails import INTAKE
from paths import EXAMPLES
from signers import LOG, REGISTRAR

import inblue
from inblue.domain.payload import Model
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.ledger import process

NAMES: list[str] = vars(inblue)["__all__"]


class Named(NamedTuple):
    """A name of the face, or a method or property of one; whether it must have an example; and what it says."""

    name: str
    needs: bool
    said: str


def named() -> Iterator[Named]:
    for name in NAMES:
        value: Any = getattr(inblue, name)
        said = inspect.getdoc(value) or ""
        if not inspect.isclass(value):
            yield Named(name, callable(value), said)
            continue
        yield Named(name, not holds_only_values(value), said)
        for method, does in methods(value):
            yield Named(f"{name}.{method}", is_at_the_edge(does), inspect.getdoc(does) or "")


def methods(kind: type) -> Iterator[tuple[str, Any]]:
    """Its public methods and properties, also those that it has from others of ours, but for a model's own."""
    for method in dir(kind):
        home = next(each for each in kind.__mro__ if method in vars(each))
        found = inspect.getattr_static(kind, method)
        found = found.__func__ if isinstance(found, (classmethod, staticmethod)) else found
        does = inspect.isfunction(found) or isinstance(found, (property, cached_property))
        if does and not method.startswith("_") and home.__module__.startswith("inblue.") and home is not Model:
            yield method, found


def is_at_the_edge(does: Any) -> bool:
    """Whether a host's arguments are looked at there (ledger/edge/face.py): a method that does or looks something up,
    where those of plain values only read what the value has."""
    return hasattr(does.fget if isinstance(does, property) else does, "__wrapped__")


def holds_only_values(kind: type) -> bool:
    """Whether it is plain data, an error, or a form that others have: nothing of it is at the edge."""
    plain = issubclass(kind, (Model, tuple, BaseException)) or hasattr(kind, "__dataclass_fields__")
    formal = is_typeddict(kind) or getattr(kind, "_is_protocol", False)
    return (plain or formal) and not any(is_at_the_edge(does) for _, does in methods(kind))


EVERY = list(named())
WITH_EXAMPLE = [each for each in EVERY if ">>>" in each.said]
ONCE = list({each.said: each for each in WITH_EXAMPLE}.values())
"""Acts are the same one by one and together."""


def test_every_name_that_does_something_has_an_example() -> None:
    assert [each.name for each in EVERY if each.needs and each not in WITH_EXAMPLE] == []
    assert sum(each.needs for each in EVERY) > 100


def test_every_name_of_the_face_is_explained() -> None:
    assert [each.name for each in EVERY if not each.said and each.name != "Act"] == []


@pytest.mark.parametrize("given", ONCE, ids=lambda given: given.name)
def test_an_example_runs(given: Named, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(process, "_set", list(process._set))
    shutil.copy(EXAMPLES / "simulated.case.json", tmp_path)
    now = datetime.now(UTC) - timedelta(days=3, hours=1)
    procedure = inblue.built_in_procedure("unsc-2020-253")
    roster = inblue.built_in_roster("unsc-2026")
    letter = inblue.Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
    with inblue.Ledger.create(None, signer=REGISTRAR, log_signer=LOG, clock=lambda: now) as ledger:
        ledger.adopt_procedure(procedure, signer=REGISTRAR)

        def opened(symbol: str) -> inblue.OnVote:
            vote = ledger.at(symbol, signer=REGISTRAR)
            with vote.together() as acts:
                acts.circulate(procedure)
                acts.open(roster, programme_of_work=True)
            return vote

        ended = opened("S/2026/0")
        ended.reply("COL", "in_favour", letter)
        now += timedelta(days=2)
        ended.close()
        ended.announce(outcome="not_adopted")
        over = opened("S/2026/2")
        now += timedelta(days=1, hours=1)
        vote = opened("S/2026/1")
        if "signer=intake" in given.said:
            grant = KeyGrant(key=INTAKE.key_id, public_key=INTAKE.public_key.hex(), office="intake")
            ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
        mail = b"From: mission@example.org\n\nA letter."
        known = {
            "mail": mail, "intake": INTAKE,
            "inblue": inblue, "ledger": ledger, "roster": roster, "registrar": REGISTRAR, "letter": letter, "log": LOG,
            "vote": vote, "ended": ended, "over": over, "now": now, "procedure": procedure.sha256,
        }  # fmt: skip
        test = doctest.DocTestParser().get_doctest(given.said, known, given.name, None, 0)
        said: list[str] = []
        options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
        doctest.DocTestRunner(optionflags=options, verbose=False).run(test, out=said.append)
        assert test.examples
        assert not said, "".join(said)
