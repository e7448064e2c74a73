"""Each example in the docstring of a name of the face runs, and gives what it says."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from signers import LOG, REGISTRAR

import inblue

NAMES: list[str] = vars(inblue)["__all__"]


def examples() -> Iterator[tuple[str, Any]]:
    for name in NAMES:
        value: Any = getattr(inblue, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            yield name, value


@pytest.mark.parametrize(("name", "value"), list(examples()), ids=lambda given: given if isinstance(given, str) else "")
def test_an_example_runs(name: str, value: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    now = datetime.now(UTC) - timedelta(days=3)
    with inblue.Ledger.create(None, signer=REGISTRAR, log_signer=LOG, clock=lambda: now) as ledger:
        ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
        roster = inblue.built_in_roster("unsc-2026")
        ended = ledger.at("S/2026/0", signer=REGISTRAR)
        ended.circulate("unsc-2020-253")
        ended.open(roster, programme_of_work=True)
        now += timedelta(days=2)
        ended.close()
        ended.announce(outcome="not_adopted")
        now += timedelta(days=1)
        vote = ledger.at("S/2026/1", signer=REGISTRAR)
        with vote.together() as acts:
            acts.circulate("unsc-2020-253")
            acts.open(roster, programme_of_work=True)
        letter = inblue.Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
        known = {
            "inblue": inblue, "ledger": ledger, "roster": roster, "registrar": REGISTRAR, "letter": letter, "log": LOG,
            "vote": vote, "ended": ended, "now": now, "folder": tmp_path,
        }  # fmt: skip
        options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
        runner = doctest.DocTestRunner(optionflags=options, verbose=False)
        home = import_module(value.__module__)
        said: list[str] = []
        for test in doctest.DocTestFinder(recurse=True, exclude_empty=True).find(value, name, home, globs=known):
            runner.run(test, out=said.append)
        assert not said, "".join(said)


def test_every_name_of_the_face_is_explained() -> None:
    mute = [name for name, value in examples() if not inspect.getdoc(value)]
    for kind in (inblue.Ledger, inblue.OnVote, inblue.Together, inblue.KeyStore, inblue.Done):
        for method, value in vars(kind).items():
            if not method.startswith("_") and callable(value) and not inspect.getdoc(value):
                mute.append(f"{kind.__name__}.{method}")
    assert mute == []
