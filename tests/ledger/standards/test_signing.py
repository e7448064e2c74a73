"""A signer is believed only by what holds, and waited for only so long."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass

import pytest
from signers import LOG, REGISTRAR, SECOND, SECRET, WRONG, Elsewhere

from inblue.domain.errors import InblueError, Malformed
from inblue.ledger.errors import SignerFailed
from inblue.ledger.process import Limits, limits, set_limits
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.dsse import BALLOT_TYPE, open_envelope, seal
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.standards.signing import checked

MESSAGE = b"a message that no error may quote"


def failure(signer: object) -> str:
    """The error of a signer that fails: one line without private details."""
    with pytest.raises(SignerFailed, match=r"\A[ -~]+\Z") as caught:
        checked(signer, seconds=0.3).sign(MESSAGE)  # type: ignore[arg-type]
    said = str(caught.value)
    shown = caught.value
    assert (shown.__cause__, shown.__context__) == (None, None)
    assert isinstance(shown, InblueError)
    for secret in (SECRET, MESSAGE.decode(), REGISTRAR.public_key.hex(), "throttled"):
        assert secret not in said
    return said


@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_answer_is_named_by_the_key_and_is_not_a_signature(how: str) -> None:
    said = failure(Elsewhere(REGISTRAR, how))
    assert said.startswith(f"the signer of the key {REGISTRAR.key_id[:16]} ")
    assert said.endswith("; nothing was stored or sent. See to the signer, then try again")
    assert ("ConnectionError" in said, "within 0.3 seconds" in said) == (how == "raises", how == "hangs")


def test_a_right_answer_is_the_signature() -> None:
    for signer in (REGISTRAR, Elsewhere(REGISTRAR), checked(Elsewhere(REGISTRAR)), checked(REGISTRAR).among_many()):
        assert checked(signer).sign(MESSAGE) == REGISTRAR.sign(MESSAGE)


def test_among_many_is_as_strict() -> None:
    for how in ("zeros", "short", "other", "text"):
        with pytest.raises(SignerFailed, match="does not hold"):
            checked(Elsewhere(REGISTRAR, how)).among_many().sign(MESSAGE)


def test_a_signer_is_any_object_with_a_public_key_and_sign() -> None:
    @dataclass
    class Plain:
        public_key: bytes = REGISTRAR.public_key

        def sign(self, message: bytes) -> bytes:
            return REGISTRAR.sign(message)

    @dataclass
    class Named(Plain):
        key_id: str = "arn:aws:kms:eu-west-1:1:key/7"  # a name of the host's own, which does not matter here

    for signer in (Plain(), Named()):
        pen = checked(signer)
        assert (pen.key_id, pen.sign(MESSAGE)) == (REGISTRAR.key_id, REGISTRAR.sign(MESSAGE))


def test_a_signer_that_gives_no_public_key_is_not_even_asked_to_sign() -> None:
    @dataclass
    class Named:
        public_key: object
        asked: int = 0

        def sign(self, message: bytes) -> bytes:
            self.asked += 1
            return REGISTRAR.sign(message)

    for public in (REGISTRAR.public_key.hex(), REGISTRAR.public_key[:31], None):
        signer = Named(public)
        failure(signer)
        assert signer.asked == 0


def test_also_what_key_it_has_is_asked_until_the_deadline_only() -> None:
    class Slow(Elsewhere):
        @property
        def public_key(self) -> bytes:
            time.sleep(2)
            return REGISTRAR.public_key

        @public_key.setter
        def public_key(self, _: bytes) -> None: ...

    class Broken(Elsewhere):
        @property
        def public_key(self) -> bytes:
            raise ConnectionError(SECRET)

        @public_key.setter
        def public_key(self, _: bytes) -> None: ...

    assert "within 0.3 seconds" in failure(Slow(REGISTRAR))
    assert "ConnectionError" in failure(Broken(REGISTRAR))


def test_a_late_answer_is_thrown_away() -> None:
    signer = Elsewhere(REGISTRAR, "hangs")
    pen = checked(signer, seconds=0.2)
    began = time.monotonic()
    with pytest.raises(SignerFailed, match="no answer"):
        pen.sign(b"first")
    assert 0.2 <= time.monotonic() - began < 2
    signer.how = "well"
    signer.wake()
    assert pen.sign(b"second") == REGISTRAR.sign(b"second")


def test_whoever_interrupts_the_program_interrupts_it_also_in_a_signer() -> None:
    with pytest.raises(KeyboardInterrupt):
        checked(Elsewhere(REGISTRAR, "interrupts")).sign(MESSAGE)


def test_our_own_signer_in_memory_is_asked_directly_and_any_other_in_a_thread() -> None:
    asked: list[threading.Thread] = []
    language = ContextVar("language", default="en")

    class Watched(Ed25519Signer):
        def sign(self, message: bytes) -> bytes:
            asked.append(threading.current_thread())
            assert language.get() == "fr"
            return super().sign(message)

    watched = Watched(REGISTRAR._private)
    language.set("fr")
    assert checked(watched).sign(MESSAGE) == REGISTRAR.sign(MESSAGE)
    assert [(each is threading.current_thread(), each.daemon) for each in asked] == [(False, True)]
    before = threading.active_count()
    checked(REGISTRAR).sign(MESSAGE)
    assert threading.active_count() <= before


def test_a_signer_that_hangs_does_not_keep_the_interpreter() -> None:
    program = """
import threading
from inblue.ledger.errors import SignerFailed
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.signing import checked
class Hangs:
    key = Ed25519Signer.generate()
    public_key = key.public_key
    def sign(self, message):
        threading.Event().wait()
try:
    checked(Hangs(), seconds=0.1).sign(b"m")
except SignerFailed:
    print("failed")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=20)
    assert (done.stdout, done.stderr, done.returncode) == ("failed\n", "", 0)


@pytest.mark.parametrize("seconds", [0, -1, limits().lock / 2 + 0.1, float("nan"), float("inf")])
def test_seconds_that_no_lock_could_wait_for_are_refused(seconds: float) -> None:
    with pytest.raises(Malformed, match="signer_seconds"):
        checked(REGISTRAR, seconds=seconds)


def test_whoever_waits_for_a_lock_waits_longer_than_for_a_signer() -> None:
    assert 0 < Limits().signer <= Limits().lock / 2
    with pytest.raises(Malformed, match="signer: at most 5 seconds, half of lock"):
        set_limits(lock=10, signer=5.1)


@pytest.mark.parametrize("how", ["other", "zeros", "raises"])
def test_nothing_is_written_with_a_signature_that_does_not_hold(how: str) -> None:
    """An entry, a ballot, a checkpoint and a witness's line: each is made in one place, and checked there."""
    bad, checkpoint = Elsewhere(REGISTRAR, how), Checkpoint("example.org/x", 1, bytes(32))
    for write in (
        lambda: seal(b"{}", bad),
        lambda: seal(b"{}", bad, BALLOT_TYPE),
        lambda: checkpoint.sign(NoteSigner("example.org/x", bad)),
        lambda: checkpoint.sign(NoteSigner("example.org/x", LOG), NoteSigner("example.org/y", bad)),
        lambda: CosignatureSigner("example.org/w", bad).line(checkpoint.text(), 1),
    ):
        with pytest.raises(SignerFailed):
            write()
    assert open_envelope(seal(b"{}", Elsewhere(SECOND))).verify(SECOND.public_key)
