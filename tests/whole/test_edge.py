"""Nothing but an InblueError comes out of the face, whatever is put in; and what each of them means."""

from __future__ import annotations

import inspect
import math
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from signers import LOG, REGISTRAR

import inblue
from inblue import (
    Broken,
    Busy,
    DraftCirculated,
    InblueError,
    Instrument,
    Ledger,
    LetterSent,
    Malformed,
    NotFound,
    Refused,
    SignerFailed,
    VoteCast,
    VotingClosed,
)
from inblue.domain.payload import Model
from inblue.ledger import process
from inblue.ledger.process import limits, set_limits

NAMES: list[str] = vars(inblue)["__all__"]
SYMBOL = "S/2026/1"
COUNCIL_2026 = inblue.built_in_roster("unsc-2026")


class Strange:
    """Has no wanted attribute, and its ``repr`` raises."""

    def __repr__(self) -> str:
        raise RuntimeError("a repr that raises")


class Raising:
    """A key whose device is gone."""

    @property
    def public_key(self) -> bytes:
        raise ConnectionError("the device is gone")

    key_id = "0" * 64

    def sign(self, message: bytes) -> bytes:
        raise ConnectionError(f"the device is gone ({len(message)})")


def unchecked(kind: Any, **fields: object) -> Any:
    return kind.model_construct(**fields)


HOSTILE: tuple[Any, ...] = (
    *(None, True, 0, -1, 1 << 70, 1.5, math.nan, math.inf),
    *("", " ", "a\nb", "\ud800", "x" * 100_000, "S/2026/1#2", "no such", "../..", "postgresql://", "http://[", "\0"),
    *(b"", b"\xff" * 40, b"{", bytearray(b"x"), [], [None], (), ({},), {}, {"a": 1}, {1, 2}),
    *(object(), Strange(), Raising(), lambda: None, iter("ab")),
    *(datetime.now(), datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)),  # noqa: DTZ005
    *(Path("/nonexistent/x"), Path("/"), Path("/proc/self/mem"), Path("\0"), int, threading.Lock()),
    unchecked(Instrument, form=7),
    unchecked(VoteCast, member=3),
)  # fmt: skip


def now() -> datetime:
    return datetime.now(UTC)


def begun(place: Path | str | None = None) -> Ledger:
    """A ledger with one open vote in it, and one reply."""
    ledger = Ledger.create(place, signer=REGISTRAR, log_signer=LOG)
    sha256 = ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    draft = DraftCirculated(symbol=SYMBOL, question="substantive", times="live", procedure=sha256)
    ledger.perform(SYMBOL, draft, signer=REGISTRAR)
    opening = LetterSent(kind="opening", opens_at=now(), programme_of_work=True)
    ledger.perform(SYMBOL, opening, signer=REGISTRAR, roster=COUNCIL_2026)
    ledger.perform(SYMBOL, cast("COL"), signer=REGISTRAR)
    return ledger


def cast(member: str) -> VoteCast:
    paper = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
    return VoteCast(member=member, position="in_favour", received_at=now(), instrument=paper)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with begun() as made:
        yield made


def arguments(ledger: Ledger, folder: Path) -> dict[str, Any]:
    """A value that is right for each parameter of the face, by its name."""
    state = ledger.vote(SYMBOL)
    return {
        "act": inblue.VotingClosed(), "acts": tuple(ledger.acts(SYMBOL)), "address": folder / "a.db", "after": None,
        "at": now(), "case": None, "cause": "rotation", "content": b"a letter", "documents": ledger.documents,
        "folder": folder / "keys", "found": ledger.verify(), "key": REGISTRAR.key_id, "ledger": ledger,
        "log_signer": LOG, "member": "COL", "message": b"m", "name": "unsc-2020-253", "names": ["registrar"],
        "path": folder / "bundle.zip", "procedure": state.procedure, "public_key": b"k" * 32, "reason": "a reason",
        "record": inblue.record_of(state), "roster": state.roster, "seed": b"s" * 32, "signer": REGISTRAR,
        "state": state, "stream": "register", "index": 1, "successor": LOG, "symbol": SYMBOL, "text": "a.db",
        "votes": [], "office": "registrar", "president": None, "passphrase": b"long enough", "new": b"long enough",
        "call": inblue.roll_call(state, now()), "snapshot": state.snapshot, "where": "here", "raw": b"{}", "value": {},
        "public": b"k" * 32, "paper": cast("FRA").instrument, "position": "in_favour", "field": "position",
        "number": 2, "closes_at": now(),
    }  # fmt: skip


def callables(ledger: Ledger, folder: Path) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function of the face, every constructor, and every public method of what it gives."""
    vote = ledger.at(SYMBOL, signer=REGISTRAR)
    objects: dict[str, Any] = {
        "OnVote": vote,
        "Together": vote.together(),
        "Ledger": ledger,
        "KeyStore": inblue.KeyStore(folder / "k"),
        "Ed25519Signer": REGISTRAR,
    }
    for name in NAMES:
        value: Any = getattr(inblue, name)
        if inspect.isfunction(value):
            yield name, value
        if not inspect.isclass(value) or issubclass(value, BaseException):
            continue
        if issubclass(value, Model):
            yield f"{name}.model_validate", value.model_validate
            yield f"{name}.model_validate_json", value.model_validate_json
            yield f"{name}.read", lambda raw, kind=value: kind.read(raw, where="here")
            yield f"{name}.of", lambda value, kind=value: kind.of(value, where="here")
            yield name, lambda kind=value, **given: kind(**given)
        for method in dir(value):
            if method.startswith("_") or name not in objects or method in {"close"}:
                continue
            if isinstance(inspect.getattr_static(objects[name], method, None), property):
                continue
            bound = getattr(objects[name], method, None)
            if inspect.ismethod(bound) or inspect.isfunction(bound):
                yield f"{name}.{method}", bound


def parameters(called: Callable[..., Any]) -> list[inspect.Parameter]:
    return [p for p in inspect.signature(called).parameters.values() if p.name not in {"kind", "self"}]


def try_it(called: Callable[..., Any], args: list[Any], given: dict[str, Any]) -> str | None:
    try:
        found = called(*args, **given)
        if inspect.isgenerator(found):
            list(islice(found, 3))
        if isinstance(found, Ledger):
            found.close()
    except InblueError as error:
        said = str(error)
        return None if said and ("\n" not in said or "a\nb" in said) else f"no line: {said[:80]!r}"
    except Exception as error:  # noqa: BLE001 - what is looked for
        return f"{type(error).__module__}.{type(error).__name__}: {str(error)[:80]}"
    return None


@pytest.fixture(autouse=True)
def _limits_as_before() -> Iterator[None]:
    before = limits()
    yield
    set_limits(**before._asdict())


@pytest.mark.long
def test_nothing_else_comes_out_of_the_face_whatever_is_put_in(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    right = arguments(ledger, tmp_path)
    wrong: dict[str, str] = {}
    tried = 0
    for name, found in callables(ledger, tmp_path):
        called, known = found, parameters(found)
        if name == "Ledger.follow":  # which waits for what comes, unless it is told not to
            called = partial(found, wait=0)
            known = [each for each in known if each.name != "wait"]
        for at, asked in enumerate(known):
            if asked.kind is inspect.Parameter.VAR_KEYWORD:
                continue
            for value in HOSTILE:
                args: list[Any] = []
                given: dict[str, Any] = {}
                for other in known:
                    use = value if other is asked else right.get(other.name)
                    if other is not asked and (other.name not in right or other.default is not other.empty):
                        if other.default is other.empty and other.kind is other.KEYWORD_ONLY:
                            given[other.name] = None
                        continue
                    if other.kind is other.VAR_POSITIONAL:
                        args.append(use)
                    elif other.kind is other.KEYWORD_ONLY or known.index(other) > at or len(args) < known.index(other):
                        given[other.name] = use
                    else:
                        args.append(use)
                tried += 1
                if (said := try_it(called, args, given)) is not None:
                    wrong.setdefault(f"{name}({asked.name}={type(value).__name__} {_shown(value)}): {said}", said)
    assert not wrong, "\n".join(wrong)
    assert tried > 2_000
    assert ledger.verify().holds


def _shown(value: object) -> str:
    try:
        return ascii(value)[:30]
    except RuntimeError:
        return "(strange)"


def test_a_field_of_an_act_that_is_not_of_its_form_is_malformed() -> None:
    for act in (DraftCirculated, LetterSent, VoteCast, Instrument):
        for field in act.model_fields:
            for value in HOSTILE:
                assert try_it(act, [], {field: value}) is None


def test_an_act_that_was_made_without_being_looked_at_is_looked_at(ledger: Ledger) -> None:
    right = cast("FRA")
    for update in ({"member": 3}, {"instrument": None}, {"received_at": "x"}, {"nothing": 1}):
        with pytest.raises(Malformed):
            ledger.perform(SYMBOL, right.model_copy(update=update), signer=REGISTRAR)
    with pytest.raises(Malformed, match="frozen"):
        right.member = "GBR"  # type: ignore[misc]


def test_no_such_vote_is_not_found_everywhere(ledger: Ledger, tmp_path: Path) -> None:
    for ask in (
        lambda: ledger.vote("S/9"),
        lambda: ledger.acts("S/9"),
        lambda: ledger.perform("S/9", VotingClosed(), signer=REGISTRAR),
        lambda: ledger.consider("S/9", VotingClosed(), key=REGISTRAR.key_id),
        lambda: inblue.export(ledger, tmp_path / "x.zip", vote="S/9", include_open=True),
    ):
        with pytest.raises(NotFound):
            ask()
    assert not ledger.has_vote("S/9")


def test_a_closed_ledger_says_so(tmp_path: Path) -> None:
    for place in (None, tmp_path / "a.db"):
        ledger = begun(place)
        ledger.close()
        ledger.close()
        for ask in (
            partial(ledger.vote, SYMBOL),
            ledger.votes,
            ledger.checkpoint,
            ledger.verify,
            ledger.register,
            partial(ledger.perform, SYMBOL, VotingClosed(), signer=REGISTRAR),
        ):
            with pytest.raises(Refused, match="this ledger is closed"):
                ask()


def test_an_address_may_be_a_text(tmp_path: Path) -> None:
    begun(str(tmp_path / "a.db")).close()
    with Ledger.open(str(tmp_path / "a.db"), files=str(tmp_path / "a.db.files")) as ledger:
        bundle = inblue.export(ledger, str(tmp_path / "x.zip"), include_open=True).path
        assert inblue.verify_bundle(str(bundle)).holds
    with pytest.raises(NotFound):
        Ledger.open(str(tmp_path / "none.db"))
    with pytest.raises(Malformed, match="names no ledger"):
        Ledger.open("mysql://host/db")


def test_who_opened_a_ledger_to_read_is_told_so(tmp_path: Path) -> None:
    begun(tmp_path / "a.db").close()
    ledger = Ledger.open(tmp_path / "a.db", read_only=True, log_signer=LOG)
    with ledger, pytest.raises(Refused, match="to be read only"):
        ledger.perform(SYMBOL, cast("FRA"), signer=REGISTRAR)


@pytest.mark.parametrize("clock", [datetime.now, lambda: None, lambda: 1 / 0])
def test_a_clock_that_gives_no_instant_is_malformed(clock: Callable[[], Any]) -> None:
    with begun() as ledger:
        ledger.clock = clock
        with pytest.raises(Malformed, match="clock"):
            ledger.perform(SYMBOL, cast("FRA"), signer=REGISTRAR)


def test_a_damaged_store_is_broken(tmp_path: Path) -> None:
    ledger = begun(tmp_path / "a.db")
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("DROP TABLE inblue_head")
    connection.commit()
    for ask in (ledger.checkpoint, lambda: ledger.perform(SYMBOL, cast("FRA"), signer=REGISTRAR)):
        with pytest.raises(Broken, match="no such table"):
            ask()
    ledger.close()
    with pytest.raises(Broken):
        Ledger.open(tmp_path / "a.db")
    (tmp_path / "no.db").write_bytes(b"not a ledger")
    with pytest.raises(Broken, match="this is no ledger"):
        Ledger.open(tmp_path / "no.db")


def test_a_wait_that_runs_out_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_set", [process.Limits(lock=0.5, signer=0.2)])
    with begun(tmp_path / "a.db") as ledger, sqlite3.connect(tmp_path / "a.db") as other:
        other.execute("BEGIN IMMEDIATE")
        with Ledger.open(tmp_path / "a.db", log_signer=LOG) as second, pytest.raises(Busy, match="locked"):
            second.perform(SYMBOL, cast("FRA"), signer=REGISTRAR)
        other.rollback()
        ledger.perform(SYMBOL, cast("FRA"), signer=REGISTRAR)


def test_a_key_that_gives_nothing_that_holds_is_said_and_nothing_is_stored(ledger: Ledger) -> None:
    before = ledger.checkpoint()
    with pytest.raises(SignerFailed):
        ledger.perform(SYMBOL, cast("FRA"), signer=Raising())
    assert ledger.checkpoint() == before
    assert ledger.verify().holds


def test_a_call_that_does_not_fit_says_what_is_unknown_missing_or_too_much() -> None:
    with begun() as ledger:
        calls: tuple[tuple[Any, tuple[object, ...], dict[str, object], str], ...] = (
            (ledger.verify, (), {"trust": None}, "Ledger.verify: got an unexpected keyword argument 'trust'"),
            (ledger.vote, (), {}, "Ledger.vote: missing a required argument: 'symbol'"),
            (ledger.vote, (SYMBOL, 2), {}, "Ledger.vote: too many positional arguments"),
            (Ledger.open, (), {}, "Ledger.open: missing a required argument: 'address'"),
            (inblue.record_of, (), {}, "record_of: missing a required argument: 'state'"),
        )
        for call, args, kwargs, said in calls:
            with pytest.raises(Malformed) as told:
                call(*args, **kwargs)
            assert str(told.value) == said
