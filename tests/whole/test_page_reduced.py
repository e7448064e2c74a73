"""Of bundles from which something is left out, or that no vector is like, the page finds what the program finds."""

from __future__ import annotations

import json
import random
import subprocess
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from ledgers import SEATLESS, SMALL, Members, cast, first_format, recorded_anyhow, register_unchecked, rewrite, small
from node import MISSING, NODE
from paths import ROOT
from reducer import Reduction, every_reduction, wholes
from signers import LOG as LOG_KEY
from signers import REGISTRAR, SECOND
from tamper import part

from inblue.domain.acts import DraftCirculated
from inblue.domain.ballot import FirstBallot, SignedBallot
from inblue.domain.canonical import canonical, digest
from inblue.domain.errors import Malformed
from inblue.domain.register_acts import (
    AuthorityAdopted,
    AuthorityRetired,
    ClockDisowned,
    EntryDisowned,
    KeyEnrolled,
    KeyGrant,
    KeyRevoked,
    LogKeyAnnounced,
    LogKeySucceeded,
    PresidencyAssigned,
    RegisterAct,
)
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import CONTAINER, LOG
from inblue.ledger.entries.ballot import sign
from inblue.ledger.entries.entry import REGISTER_STREAM
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.evidence.bundle import CHECKPOINT, LOG_JSON, REGISTER
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.note import MAX_NOTE_BYTES, NoteSigner

pytestmark = pytest.mark.skipif(NODE is None, reason=MISSING)
WHOLLY = {1, 2, 3, 4, 5, 6, 7, 18}
"""The checks that the page makes as the program does; of others it makes parts."""


def found_by_program(path: Path) -> list[int] | None:
    try:
        found = verify_bundle(path)
    except Malformed:
        return None
    return sorted({problem.check for problem in found.problems})


def found_by_page(paths: list[Path]) -> list[list[int] | None]:
    assert NODE is not None
    asked = "".join(json.dumps(["verify", str(path)]) + "\n" for path in paths)
    command = [NODE, str(ROOT / "conformance" / "clients" / "by_page.mjs"), "batch"]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [None if each["status"] == "refused" else each["checks"] for each in answers]


@pytest.mark.long
def test_the_page_finds_what_the_program_finds(tmp_path: Path) -> None:
    chance = random.Random(2026)
    paths: list[Path] = []
    for whole in wholes(tmp_path):
        reductions: dict[str, list[Reduction]] = {
            group: [] for group in ("each item", "each kind, and two", "seeded sets")
        }
        for group, _, left_out in every_reduction(whole, 30):
            if group in reductions:
                reductions[group].append(left_out)
        for some in reductions.values():
            for left_out in chance.sample(some, min(len(some), 8)):
                path = tmp_path / f"reduced-{len(paths)}.zip"
                whole.reduced(left_out, path)
                paths.append(path)
    wanted, said = [found_by_program(path) for path in paths], found_by_page(paths)
    assert not [each for each in zip(paths, wanted, said, strict=True) if not alike(*each[1:])]
    assert len(Counter(map(str, wanted))) > 4


def alike(wanted: list[int] | None, said: list[int] | None) -> bool:
    """Whether the page finds what the program finds, and of the checks that it makes in part nothing else."""
    if wanted is None or said is None:
        return wanted is said
    return set(said) & WHOLLY == set(wanted) & WHOLLY and set(said) <= set(wanted)


CHINA = Ed25519Signer.from_seed(b"c" * 32)


def with_first_ballot(**changed: str) -> bytes:
    """A vote as the first version recorded it, with a ballot that it would take, or with something in it changed."""
    with first_format():
        ledger = small(change=lambda history: history[:2], members={"CHN": CHINA})
        vote = ledger.vote(SMALL)
        assert vote.opening is not None
        bound = {"draft": SMALL, "procedure": vote.draft.act.procedure, "opening": vote.opening.act.snapshot}
        said = {"member": "CHN", "position": "in_favour", "nonce": "5e" * 16}
        ballot = FirstBallot.of({**bound, **said, **changed}, where="ballot")
        signed = SignedBallot(envelope=sign(ballot, CHINA))
        recorded_anyhow(ledger, cast("CHN", 0).model_copy(update={"ballot": signed}), vote_stream(SMALL))
    return part(ledger, ledger.checkpoint().size)


def that_disowns(index: int) -> bytes:
    """A vote of three acts, one of which the registrar disowns although a key in authority has signed it."""
    ledger = small(change=lambda history: history[:3])
    act = EntryDisowned(stream=vote_stream(SMALL), index=index, digest="0" * 64, reason="put in by whoever held it")
    recorded_anyhow(ledger, act, REGISTER_STREAM)
    return part(ledger, ledger.checkpoint().size - 1)


def of_another_office() -> bytes:
    """The register, kept by a key that is there and holds another office."""
    ledger = small(change=lambda history: history[:3], members={"CHN": CHINA})
    presides = PresidencyAssigned(body="Security Council", member="CHN", month="2026-03")
    recorded_anyhow(ledger, presides, REGISTER_STREAM, CHINA, "permanent_representative")
    return part(ledger, ledger.checkpoint().size - 1)


def of_the_register(*, disowned: bool) -> bytes:
    """An entry of the register by nobody's key, disowned or not."""
    ledger = small(change=lambda history: history[:3])
    presides = PresidencyAssigned(body="Security Council", member="CHN", month="2026-03")
    recorded_anyhow(ledger, presides, REGISTER_STREAM, Ed25519Signer.from_seed(b"m" * 32))
    if disowned:
        index = len(list(ledger.streams.stream(REGISTER_STREAM))) - 1
        ledger.keep_register(ledger.disown(REGISTER_STREAM, index, reason="put in"), signer=REGISTRAR)
    return part(ledger, ledger.checkpoint().size - 1 - disowned)


def granted(key: Ed25519Signer, office: str, member: str | None = None, replaces: str | None = None) -> KeyEnrolled:
    grant = KeyGrant(key=key.key_id, public_key=key.public_key.hex(), office=office, member=member)
    return KeyEnrolled(grant=grant, replaces=replaces)


def registered(*acts: RegisterAct) -> bytes:
    """A register with these acts at its end, whatever the rules say of them."""
    ledger = small(change=lambda history: history[:3], members={"CHN": CHINA})
    ledger.attach(DOCUMENT)
    with register_unchecked():
        for act in acts:
            recorded_anyhow(ledger, act, REGISTER_STREAM)
        return part(ledger, ledger.checkpoint().size - len(acts))


def of_nobody_and_disowned(stream: str, number: int) -> bytes:
    """An entry of the register by nobody's key is disowned as if it were another act."""
    ledger = small(change=lambda history: history[:3])
    presides = PresidencyAssigned(body="Security Council", member="CHN", month="2026-03")
    recorded_anyhow(ledger, presides, REGISTER_STREAM, Ed25519Signer.from_seed(b"m" * 32))
    index = len(list(ledger.streams.stream(REGISTER_STREAM))) - 1
    act = ledger.disown(REGISTER_STREAM, index, reason="put in")
    other = act.model_copy(update={"stream": stream or act.stream, "index": act.index + number})
    with register_unchecked():
        recorded_anyhow(ledger, other, REGISTER_STREAM)
    return part(ledger, ledger.checkpoint().size - 2)


def disowned_in_a_whole_log(number: int) -> bytes:
    """An act that is not there is disowned, in a bundle of the whole log."""
    ledger = small(change=lambda history: history[:3])
    act = EntryDisowned(stream=vote_stream(SMALL), index=number, digest="0" * 64, reason="put in by whoever held it")
    recorded_anyhow(ledger, act, REGISTER_STREAM)
    return part(ledger, ledger.checkpoint().size, start=0)


def under_no_procedure(document: bytes) -> bytes:
    """A draft is circulated under a document that is no procedure."""
    ledger = small(change=lambda history: history[:0])
    draft = DraftCirculated(symbol=SMALL, question="substantive", times="live", procedure=ledger.attach(document))
    recorded_anyhow(ledger, draft, vote_stream(SMALL))
    return part(ledger, ledger.checkpoint().size)


def behind_a_circulation_of_nobody(*, disowned: bool) -> bytes:
    """A vote that begins as act 1, since somebody without a key has put in an act 0."""

    def before(ledger: Ledger) -> None:
        forged = DraftCirculated(symbol=SMALL, question="substantive", times="live", procedure=SEATLESS.sha256)
        recorded_anyhow(ledger, forged, vote_stream(SMALL), Ed25519Signer.from_seed(b"m" * 32))
        if disowned:
            ledger.keep_register(ledger.disown(vote_stream(SMALL), 0, reason="put in"), signer=REGISTRAR)

    if disowned:
        ledger = small(change=lambda history: history[:3], before=before)
        return part(ledger, ledger.checkpoint().size)
    ledger = small(change=lambda history: history[:0])
    before(ledger)
    return part(ledger, ledger.checkpoint().size)


def with_a_key_that_the_log_had() -> bytes:
    """The log's key is announced that it has since it was replaced."""
    ledger = small(change=lambda history: history[:3])
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
    with register_unchecked():
        again = LogKeyAnnounced(log_key=str(ledger.log_keys()[-1]))
        recorded_anyhow(ledger, again, REGISTER_STREAM, log=SECOND)
        return part(ledger, ledger.checkpoint().size - 1)


def handed_over(cover: int) -> bytes:
    """The log's key is replaced under a checkpoint of so many entries more than there were."""
    ledger = small(change=lambda history: history[:3])
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    head, name = ledger.checkpoint(), ledger.log_keys()[0].name
    over = Checkpoint(name, head.size + cover, head.root).sign(NoteSigner(name, LOG_KEY))
    act = LogKeySucceeded(
        log_key=str(NoteSigner(name, SECOND).verifier), cause="rotation", handover=over.decode("utf-8")
    )
    with register_unchecked():
        recorded_anyhow(ledger, act, REGISTER_STREAM, log=SECOND)
        return part(ledger, ledger.checkpoint().size - 1)


def of_so_many_log_keys(number: int) -> bytes:
    """The log's key is replaced until the log has had so many."""
    ledger = small(change=lambda history: history[:3])
    name, last = ledger.log_keys()[0].name, LOG_KEY
    with register_unchecked():
        for seed in range(number - 1):
            handover = ledger.checkpoint().sign(NoteSigner(name, last)).decode("utf-8")
            last = Ed25519Signer.from_seed(bytes([seed]) * 32)
            key = str(NoteSigner(name, last).verifier)
            act = LogKeySucceeded(log_key=key, cause="loss", handover=handover)
            recorded_anyhow(ledger, act, REGISTER_STREAM, log=last)
        return part(ledger, ledger.checkpoint().size - number + 1)


def with_another_path_of_a_handover(change: Callable[[list[str]], list[str]], path: Path) -> None:
    """The checkpoint that hands the log over to another key is not proved to be one of this log."""

    def rotated(ledger: Ledger) -> None:
        ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
        ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
        ledger.log_signer = SECOND

    ledger = small(change=lambda history: history[:3], before=rotated)
    export(ledger, path, vote=SMALL, include_open=True)

    def changed(members: Members) -> None:
        log = json.loads(members[LOG_JSON])
        (shown,) = log["handovers"]
        assert change(shown["path"]) != shown["path"]
        shown["path"] = change(shown["path"])
        members[LOG_JSON] = canonical(log) + b"\n"

    rewrite(path, changed)


@pytest.mark.parametrize(
    "change",
    [lambda path: path[:-1], lambda path: [*path, path[0]], lambda path: [path[0][:-2] + "A=", *path[1:]]],
)
def test_a_handover_is_proved_to_be_of_this_log(change: Callable[[list[str]], list[str]], tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with_another_path_of_a_handover(change, path)
    assert found_by_page([path]) == [found_by_program(path)] == [[LOG]]


def test_lines_of_the_register_behind_the_vote_are_missed_where_the_bundle_places_them(tmp_path: Path) -> None:
    path, ledger = tmp_path / "bundle.zip", small()
    for month in ("2026-03", "2026-04"):
        presides = PresidencyAssigned(body="Security Council", member="CHN", month=month)
        ledger.keep_register(presides, signer=REGISTRAR)
    export(ledger, path, vote=SMALL)

    def one_less(members: Members) -> None:
        *kept, _ = members[REGISTER].splitlines(keepends=True)
        members[REGISTER] = b"".join(kept)

    assert found_by_page([path]) == [[]]
    rewrite(path, one_less)
    (said,), wanted = found_by_page([path]), found_by_program(path)
    assert wanted is not None
    assert CONTAINER in wanted
    assert said == wanted


@pytest.mark.parametrize(("more", "said"), [(-1_000, []), (1_000, [LOG])])
def test_a_checkpoint_longer_than_a_note_may_be_is_not_taken(more: int, said: list[int], tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    export(small(), path, vote=SMALL)
    by_others = b64encode(bytes((MAX_NOTE_BYTES + more) // 4 * 3)).decode()

    def longer(members: Members) -> None:
        members[CHECKPOINT] += f"\u2014 example.org/witness {by_others}\n".encode()

    rewrite(path, longer)
    assert found_by_page([path]) == [said]


def of_a_clock_disowned(*, number: int, reply: int = 2) -> bytes:
    """The hour of a reply is disowned so many times."""
    ledger = small()
    hour = next(each.recorded_at for each in ledger.acts(SMALL) if each.number == reply)
    act = ClockDisowned(stream=vote_stream(SMALL), index=reply, recorded_at=hour, reason="its clock was wrong")
    with register_unchecked():
        for _ in range(number):
            recorded_anyhow(ledger, act, REGISTER_STREAM)
        return part(ledger, ledger.checkpoint().size - number)


REVOKED = KeyRevoked(key=CHINA.key_id, reason="lost")
NO_PROCEDURES = [
    b"of nothing\n",
    b"[]",
    b"{}",
    b'{"recorders":{}}',
    b'{"recorders":{"offices":[]}}',
    b'{"recorders":{"offices":{"*":"registrar"}}}',
    b'{"recorders":{"offices":{"draft_circulated":"registrar"}}}',
]
DOCUMENT = b"of an authority\n"
TWENTY = [AuthorityAdopted(name=f"a{number}", sha256=digest(DOCUMENT)) for number in range(20)]
AT_ITS_END: list[list[RegisterAct]] = [
    [granted(CHINA, "permanent_representative", "CHN")],
    [granted(CHINA, "permanent_representative", "FRA")],
    [granted(CHINA, "charge_d_affaires", "CHN")],
    [granted(CHINA, "registrar")],
    [granted(CHINA, "intake")],
    [granted(SECOND, "intake", "FRA")],
    [granted(SECOND, "intake"), granted(SECOND, "registrar")],
    [granted(SECOND, "intake"), granted(SECOND, "intake")],
    [granted(SECOND, "permanent_representative", "CHN", CHINA.key_id)],
    [granted(SECOND, "permanent_representative", "CHN", SECOND.key_id)],
    [REVOKED, granted(CHINA, "permanent_representative", "CHN")],
    [REVOKED, REVOKED],
    [KeyRevoked(key=SECOND.key_id, reason="lost")],
    [KeyRevoked(key=REGISTRAR.key_id, reason="lost")],
    [granted(SECOND, "registrar"), KeyRevoked(key=REGISTRAR.key_id, reason="lost")],
    [*TWENTY, granted(SECOND, "permanent_representative", "FRA")],
    [*TWENTY, TWENTY[7]],
    [*TWENTY, AuthorityAdopted(name="b", sha256=digest(DOCUMENT))],
    [AuthorityRetired(name="tsa", reason="closed")],
]


@pytest.mark.long
@pytest.mark.parametrize(
    "build",
    [
        partial(behind_a_circulation_of_nobody, disowned=True),
        partial(behind_a_circulation_of_nobody, disowned=False),
        with_a_key_that_the_log_had,
        *(partial(handed_over, cover) for cover in (-1, 0, 1)),
        *(partial(of_so_many_log_keys, number) for number in (2, 100, 101)),
        of_another_office,
        partial(of_a_clock_disowned, number=1),
        partial(of_a_clock_disowned, number=2),
        *(partial(registered, *acts) for acts in AT_ITS_END),
        *(partial(of_nobody_and_disowned, *place) for place in (("", 0), ("", 1), ("", -1), (vote_stream(SMALL), 0))),
        *(partial(disowned_in_a_whole_log, number) for number in (2, 3)),
        *(partial(under_no_procedure, document) for document in NO_PROCEDURES),
        partial(of_the_register, disowned=True),
        partial(of_the_register, disowned=False),
        with_first_ballot,
        partial(with_first_ballot, draft="S/2"),
        partial(with_first_ballot, opening="ab" * 32),
        partial(with_first_ballot, procedure="ab" * 32),
        partial(with_first_ballot, position="against"),
        *(partial(that_disowns, index) for index in range(5)),
    ],
)
def test_of_what_no_vector_is_like_too(build: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(build())
    (said,) = found_by_page([path])
    assert alike(found_by_program(path), said)
