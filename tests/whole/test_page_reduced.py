"""Of bundles from which something is left out, or that no vector is like, the page finds what the program finds."""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from ledgers import SEATLESS, SMALL, cast, first_format, recorded_anyhow, register_unchecked, small
from node import MISSING, NODE
from paths import ROOT
from reducer import Reduction, every_reduction, wholes
from signers import REGISTRAR, SECOND
from tamper import part

from inblue.domain.acts import DraftCirculated
from inblue.domain.ballot import FirstBallot, SignedBallot
from inblue.domain.errors import Malformed
from inblue.domain.register_acts import EntryDisowned, LogKeyAnnounced, PresidencyAssigned
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.entries.ballot import sign
from inblue.ledger.entries.entry import REGISTER_STREAM
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Ed25519Signer

pytestmark = pytest.mark.long

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


@pytest.mark.parametrize(
    "build",
    [
        partial(behind_a_circulation_of_nobody, disowned=True),
        partial(behind_a_circulation_of_nobody, disowned=False),
        with_a_key_that_the_log_had,
        of_another_office,
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
