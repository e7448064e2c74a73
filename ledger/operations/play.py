"""Plays a case: a whole history is run through the rules before anything is written, then recorded.

Documented cases are recorded in one transaction, now. A simulated case is recorded act by act, on its own clock.
Playing a case again records what is missing, so an interrupted run can be resumed.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ...domain.acts import (
    Act,
    ClericalErrorCorrected,
    DraftCirculated,
    ExplanationFiled,
    LetterSent,
    ReceiptAcknowledged,
    VoteCast,
)
from ...domain.case import MAX_CASE_BYTES, Case, Step
from ...domain.ending_acts import ResultAnnounced, TallyCirculated, VoteAnnulled
from ...domain.errors import Malformed, Refused
from ...domain.naming import name_of
from ...domain.optional_acts import ElectorateChanged, FactRecorded, WindowSuspended
from ...domain.procedure import Procedure, built_in_procedure
from ...domain.reach import check_in_use
from ...domain.recorded import Recorded
from ...domain.register_acts import REGISTRAR
from ...domain.rules_of import known_member
from ...domain.seats import check_seats
from ...domain.snapshot import Snapshot
from ...domain.state import VoteState
from ...domain.vote import decide, evolve
from ...domain.zone import zone_file
from ..edge.face import face
from ..edge.procedure_file import SUFFIXES, procedure_of
from ..entries.files import MAX_FILE_BYTES, MemoryFiles, StoredDocuments
from ..errors import Busy, NotFound, UnusableError
from ..judging import following, round_before
from ..ledger import Ledger
from ..outside import read_outside
from ..standards.ed25519 import Ed25519Signer, Signer


@dataclass(frozen=True, slots=True)
class Planned:
    """An act to record, and when by the clock of the case."""

    act: Act
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Played:
    """What playing did: acts recorded now, and acts that were there already."""

    symbol: str
    recorded: int
    standing: int


@face
def read_case(path: Path | str) -> Case:
    """Read a case file.

    >>> inblue.read_case("simulated.case.json").procedure
    'unsc-2020-253'

    Raises:
        Malformed: too large, not strict JSON, or not a case file (docs/case-files.md).
        UnusableError: the file cannot be read.
    """
    return Case.read(_bytes(Path(path), MAX_CASE_BYTES), where=str(path), limit=MAX_CASE_BYTES)


def the_procedure(case: Case, folder: Path) -> Procedure:
    """The procedure of a case: a shipped one, or a file beside the case, JSON or TOML.

    Raises:
        Malformed: no such procedure, or not one.
    """
    if not case.procedure.endswith(SUFFIXES):
        return built_in_procedure(case.procedure)
    return procedure_of(_bytes(_beside(folder, case.procedure), MAX_CASE_BYTES), case.procedure)


@face
def rehearse(case: Case, folder: Path | str) -> int:
    """Judge a case, like :func:`rehearse_all`; return its number of acts.

    >>> inblue.rehearse(inblue.read_case("simulated.case.json"), ".")
    46
    """
    return rehearse_all([(case, Path(folder))])[0]


def rehearse_all(cases: Sequence[tuple[Case, Path]]) -> list[int]:
    """Judge whole cases by recording them in a ledger in memory; return the number of acts of each.

    A later round is judged with the one before it, which must be among them.

    Raises:
        Malformed, Refused: what is wrong with one of them; the message begins with its file and the line.
        Busy: two are of the same draft.
    """
    signers = Ed25519Signer.generate(), Ed25519Signer.generate()
    with Ledger.create(None, signer=signers[0], log_signer=signers[1]) as ledger:
        return [each.recorded for each in play_all(ledger, cases, signer=signers[0], at_once=True)]


def _check_apart(cases: Iterable[Case]) -> None:
    """Make sure that no two cases are of one vote.

    Raises:
        Busy: two are of the same draft, in the same round.
    """
    votes = [case.put for case in cases]
    if twice := next((symbol for symbol, number in votes if votes.count((symbol, number)) > 1), None):
        raise Busy(f"two of the cases are of the same draft, {twice}; nothing was written")


def apart(cases: Sequence[tuple[Case, Path]]) -> tuple[list[tuple[Case, Path]], list[tuple[Case, Path]]]:
    """The cases that can be judged on their own, and those of a later round whose earlier one is not among them."""
    votes = {case.put for case, _ in cases}
    found: tuple[list[tuple[Case, Path]], list[tuple[Case, Path]]] = [], []
    for case, folder in cases:
        symbol, number = case.put
        found[number > 1 and (symbol, number - 1) not in votes].append((case, folder))
    return found


@face
def play(
    ledger: Ledger,
    case: Case,
    folder: Path | str,
    *,
    signer: Signer,
    office: str = REGISTRAR,
    after: Callable[[datetime], None] | None = None,
) -> Played:
    """Record one case, like :func:`play_all`.

    >>> played = inblue.play(ledger, inblue.read_case("simulated.case.json"), ".", signer=registrar)
    >>> played.symbol, played.standing
    ('SIM/2026/1', 0)
    """
    return play_all(ledger, [(case, Path(folder))], signer=signer, office=office, after=after)[0]


def play_all(
    ledger: Ledger,
    cases: Sequence[tuple[Case, Path]],
    *,
    signer: Signer,
    office: str = REGISTRAR,
    after: Callable[[datetime], None] | None = None,
    at_once: bool = False,
) -> list[Played]:
    """Record cases in ``ledger``, each with the folder of the files it names; documented ones in one transaction.

    ``after`` is called with the instant when acts of one instant of a simulated case are under a checkpoint, for
    example to timestamp it. ``at_once`` also records simulated cases in one transaction, under one checkpoint.

    Raises:
        Malformed, Refused: what is wrong with one of them, with its file and line; nothing was written.
        Busy: a vote on that draft is on record, or in another of the cases, with another history.
    """
    played: dict[int, Played] = {}
    rounds = sorted({case.put[1] for case, _ in cases})
    for number in rounds:  # a later round names the entry that ended the one before
        here = [at for at, (case, _) in enumerate(cases) if case.put[1] == number]
        ready = [_ready(ledger, *cases[at]) for at in here]
        if not played:
            _check_apart(case for case, _ in cases)
        _record(ledger, ready, signer=signer, office=office, after=after, at_once=at_once)
        played |= {
            at: Played(each.vote, len(each.missing), each.standing) for at, each in zip(here, ready, strict=True)
        }
    return [played[at] for at in range(len(cases))]


def _record(
    ledger: Ledger,
    ready: Sequence[_Ready],
    *,
    signer: Signer,
    office: str,
    after: Callable[[datetime], None] | None,
    at_once: bool,
) -> None:
    """Record the parts of the cases that are not on record yet."""
    in_one_go: list[tuple[str, list[tuple[Act, datetime]]]] = []
    for each in ready:
        if not each.missing:
            continue
        ledger.adopt_procedure(each.procedure, signer=signer, office=office)
        if isinstance(each.case.roster, str):
            ledger.adopt_roster(each.case.the_roster(), signer=signer, office=office)
        for content in each.attached.contents():
            ledger.attach(content)
        if at_once or each.case.times == "documented":
            in_one_go.append((each.vote, each.missing))
            continue
        for group in _by_instant(each.missing):
            ledger.record_all([(each.vote, group)], signer=signer, office=office)
            if after is not None:
                after(group[-1][1])
    ledger.record_all(in_one_go, signer=signer, office=office)


@dataclass(frozen=True, slots=True)
class _Ready:
    case: Case
    vote: str
    procedure: Procedure
    attached: MemoryFiles
    missing: list[tuple[Act, datetime]]
    standing: int


def _ready(ledger: Ledger, case: Case, folder: Path) -> _Ready:
    """A case run through the rules, and the part of it that is not on record yet."""
    attached = MemoryFiles()
    try:
        with _within("draft"):
            vote = name_of(*case.put)
        existing = tuple(ledger.acts(vote)) if ledger.has_vote(vote) else ()
        with _within("procedure"):
            procedure = the_procedure(case, folder)
        plan = _plan(case, procedure, folder, attached, existing, ledger)
    except Malformed as error:
        raise Malformed(case.placed(str(error))) from None
    except Refused as refusal:
        raise Refused(refusal.clause, case.placed(refusal.text)) from None
    except (NotFound, Busy, UnusableError) as error:
        raise type(error)(case.placed(str(error))) from None
    missing = [(planned.act, planned.recorded_at) for planned in plan[len(existing) :]]
    return _Ready(case, vote, procedure, attached, missing, len(existing))


def _plan(
    case: Case,
    procedure: Procedure,
    folder: Path,
    attached: MemoryFiles,
    existing: Sequence[Recorded[Act]],
    ledger: Ledger,
) -> list[Planned]:
    """The acts of a case, judged in order; errors begin with the path to the fault."""
    now = ledger.clock()
    attached.put(procedure.raw)
    attached.put(zone_file(procedure.zone))
    documents = StoredDocuments(attached)
    state: VoteState | None = None
    plan: list[Planned] = []
    with _within("procedure"):
        check_in_use(procedure)
    for step in case.steps(procedure.sha256):
        at = step.recorded_at or now
        with _within(step.where):
            act = _with_files(step, folder, attached)
        if isinstance(act, LetterSent) and act.kind == "opening":
            snapshot = _pinned(ledger, case, procedure, act, at)
            act = act.model_copy(update={"snapshot": attached.put(snapshot.raw)})
        with _within(step.where):
            before = round_before(act, lambda name: ledger.vote(name) if ledger.has_vote(name) else None)
            act = following(act, before)
            for each in decide(state, act, now=at, office=REGISTRAR, documents=documents, before=before):
                number = len(plan)
                if number < len(existing):
                    _must_match(existing[number], each)
                    at = existing[number].recorded_at
                plan.append(Planned(each, at))
                state = evolve(state, Recorded(each, number, at, REGISTRAR), documents)
    if len(existing) > len(plan):
        raise Busy(f"the vote on record has {len(existing)} acts, the case {len(plan)}: it is not this case")
    return plan


def _pinned(ledger: Ledger, case: Case, procedure: Procedure, letter: LetterSent, at: datetime) -> Snapshot:
    """What the opening of a case pins. A fault in it is one of the case's roster or presidency, not of the letter."""
    opens = letter.opens_at if isinstance(letter.opens_at, datetime) else at
    roster = case.the_roster()
    for number, member in enumerate(roster.ids):
        with _within(f"roster.{number}"):
            known_member(procedure, member)
    with _within("president"):
        snapshot = ledger.snapshot(procedure, roster, case.president, opens, letter.counting)
    if case.times != "documented":
        with _within("roster"):
            check_seats(procedure, roster)
    return snapshot


@contextmanager
def _within(where: str) -> Iterator[None]:
    """Prefix an error with its path in the case."""
    prefix = f"{where}: "
    try:
        yield
    except Malformed as error:
        text = str(error)
        raise Malformed(text if text.startswith(prefix) else f"{prefix}{text}") from None
    except Refused as refusal:
        raise Refused(refusal.clause, f"{prefix}{refusal.text}") from None
    except (NotFound, Busy, UnusableError) as error:
        raise type(error)(f"{prefix}{error}") from None


def _must_match(recorded: Recorded[Act], planned: Act) -> None:
    """Check that an act on record is the planned one, whichever snapshot of the register it pinned."""
    mine, theirs = planned.json_value(), recorded.act.json_value()
    for value in (mine, theirs):
        value.pop("snapshot", None)
    if mine != theirs:
        raise Busy(f"this vote is on record already, and its act {recorded.number} is another; nothing was written")


def _with_files(step: Step, folder: Path, attached: MemoryFiles) -> Act:
    act, files = step.act, step.files
    if not files:
        return act
    digests: dict[str, str] = {}
    for what, name in files.items():
        digests[what] = attached.put(_bytes(_beside(folder, name), MAX_FILE_BYTES))
    if isinstance(act, DraftCirculated):
        return act.model_copy(update={"texts": digests})
    media_type = mimetypes.guess_type(files[""])[0] if "" in files else None
    return attach_to(act, digests.get("", ""), media_type)


def attach_to(act: Act, sha256: str, media_type: str | None) -> Act:
    """``act`` with the digest of the instrument or text that belongs to it.

    Raises:
        Malformed: an act that has no paper.
    """
    update = {"sha256": sha256, "media_type": media_type}
    match act:
        case VoteCast():
            return act.model_copy(update={"instrument": act.instrument.model_copy(update=update)})
        case LetterSent() | ExplanationFiled() | ClericalErrorCorrected() | VoteAnnulled():
            return act.model_copy(update=update)
        case ReceiptAcknowledged() | TallyCirculated() | ResultAnnounced():
            return act.model_copy(update=update)
        case FactRecorded() | ElectorateChanged() | WindowSuspended():
            return act.model_copy(update=update)
        case _:
            raise Malformed(f"file: nothing is attached to {act.act}")


def _by_instant(acts: Sequence[tuple[Act, datetime]]) -> list[list[tuple[Act, datetime]]]:
    """One group per act; a rejection is grouped with the reply it rejects."""
    groups: list[list[tuple[Act, datetime]]] = []
    for act, at in acts:
        if act.act == "reply_rejected" and groups and getattr(act, "rejected_at", None) == at:
            groups[-1].append((act, at))
        else:
            groups.append([(act, at)])
    return groups


def _beside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise Malformed(f"file: {name} lies outside the folder of the case")
    return path


def _bytes(path: Path, limit: int) -> bytes:
    try:
        return read_outside(path, limit)
    except OSError as error:
        raise UnusableError(f"{path}: {error.strerror}") from None
