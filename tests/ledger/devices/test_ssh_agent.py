"""Keys in a real ssh-agent; and what an agent says that is none, or no longer has the key."""

from __future__ import annotations

import hashlib
import socket
import struct
import tempfile
import threading
import time
from binascii import b2a_base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from devices import Agent, running_agent
from hypothesis import given
from hypothesis import strategies as st
from signers import LOG, REGISTRAR

import inblue
from inblue.domain.errors import Malformed
from inblue.ledger.devices import ssh_agent
from inblue.ledger.errors import SignerFailed
from inblue.ledger.standards.signing import checked

SEEDS = {"registrar": b"r" * 32, "log": b"l" * 32}


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    with running_agent(SEEDS) as running:
        yield running


def open_key(agent: Agent, key: str) -> inblue.Signer:
    return inblue.ssh_agent_signer(agent.fingerprints[key], socket=agent.socket)


def test_a_ledger_is_founded_and_kept_with_keys_in_an_agent(agent: Agent, tmp_path: Path) -> None:
    registrar, log = open_key(agent, "registrar"), open_key(agent, "log")
    with inblue.Ledger.create(tmp_path / "a.db", signer=registrar, log_signer=log) as ledger:
        ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=registrar)
        assert ledger.verify().holds


def test_its_signature_is_the_one_of_rfc_8032(agent: Agent) -> None:
    for message in (b"", b"m", b"m" * 200_000):
        assert open_key(agent, "log").sign(message) == LOG.sign(message)
    with pytest.raises(SignerFailed, match="messages of 262,144 bytes at most"):
        open_key(agent, "log").sign(bytes(300_000))


def test_the_agent_is_the_one_of_the_environment(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent.socket))
    assert inblue.ssh_agent_signer(agent.fingerprints["log"]).public_key == LOG.public_key
    monkeypatch.delenv("SSH_AUTH_SOCK")
    with pytest.raises(Malformed, match="SSH_AUTH_SOCK is not set"):
        inblue.ssh_agent_signer(agent.fingerprints["log"])


@pytest.mark.parametrize("named", ["", "SHA256:", "MD5:00:11", "SHA256:" + "a" * 42, "SHA256:" + "a" * 43 + "=", "log"])
def test_a_key_is_named_by_its_fingerprint_alone(agent: Agent, named: str) -> None:
    with pytest.raises(Malformed, match="named by its fingerprint"):
        inblue.ssh_agent_signer(named, socket=agent.socket)


def failure(ask: Callable[[], object]) -> str:
    with pytest.raises(SignerFailed, match=r"\A[ -~]+\Z") as caught:
        ask()
    return str(caught.value)


def test_what_an_agent_does_not_have_is_said(agent: Agent, tmp_path: Path) -> None:
    absent = "SHA256:" + "a" * 43
    assert "the ssh-agent has no such key" in failure(lambda: inblue.ssh_agent_signer(absent, socket=agent.socket))
    assert "of the type 'ssh-rsa': ssh-ed25519 is needed" in failure(lambda: open_key(agent, "rsa"))
    nobody = tmp_path / "none"
    assert "cannot be reached (No such file" in failure(lambda: inblue.ssh_agent_signer(absent, socket=nobody))
    assert "cannot be reached" in failure(lambda: inblue.ssh_agent_signer(absent, socket="/" + "x" * 200))


def test_a_key_that_is_taken_out_signs_no_more_and_nothing_is_recorded(tmp_path: Path) -> None:
    with running_agent(SEEDS) as agent:
        registrar = open_key(agent, "registrar")
        with inblue.Ledger.create(tmp_path / "a.db", signer=registrar, log_signer=LOG) as ledger:
            before = ledger.verify().entries
            agent.command("-D")

            def adopt() -> str:
                return ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=registrar)

            said = failure(adopt)
            assert f"{REGISTRAR.key_id[:16]} refuses to sign: the key was taken out" in said
            assert ledger.verify().entries == before
            (tmp_path / "key").write_bytes(private_file(SEEDS["registrar"]))
            (tmp_path / "key").chmod(0o600)
            agent.command(str(tmp_path / "key"))
            adopt()
            assert ledger.verify().holds


def private_file(seed: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.from_private_bytes(seed)
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


BLOB = struct.pack(">I11sI", 11, b"ssh-ed25519", 32) + LOG.public_key
FINGERPRINT = "SHA256:" + b2a_base64(hashlib.sha256(BLOB).digest(), newline=False).decode().rstrip("=")
LISTED = struct.pack(">BII", 12, 1, len(BLOB)) + BLOB + bytes(4)
SIGNATURE = struct.pack(">I11sI", 11, b"ssh-ed25519", 64) + LOG.sign(b"m")


@contextmanager
def saying(answer: Callable[[bytes], bytes | None]) -> Iterator[Path]:
    """An agent that says what ``answer`` makes of a request, as it is; None: nothing, and it stays open."""
    with tempfile.TemporaryDirectory(prefix="agent") as folder, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/s")
        server.listen()
        opened = []

        def serve() -> None:
            while True:
                try:
                    asking, _ = server.accept()
                except OSError:
                    return
                request = asking.recv(1 << 20)
                given = answer(request[4:])
                opened.append(asking)
                if given is not None:
                    asking.sendall(given)
                    asking.close()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield Path(folder) / "s"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for each in opened:
                each.close()


def framed(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def signs(answer: bytes) -> Callable[[bytes], bytes]:
    return lambda request: framed(LISTED if request[:1] == b"\x0b" else answer)


def test_an_agent_that_speaks_as_the_protocol_says_is_understood() -> None:
    with saying(signs(b"\x0e" + framed(SIGNATURE))) as place:
        assert inblue.ssh_agent_signer(FINGERPRINT, socket=place).sign(b"m") == LOG.sign(b"m")


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"\0", b"\0\0\0\0", framed(b"\x06"), framed(b"\x0c"), framed(LISTED[:-1]), framed(LISTED + b"\0"),
        struct.pack(">I", 1 << 31), struct.pack(">I", 256 * 1024 + 1) + bytes(64), framed(LISTED)[:-5],
        framed(struct.pack(">BI", 12, 1 << 31)), framed(struct.pack(">BI", 12, 2) + LISTED[5:]),
        framed(struct.pack(">BII", 12, 1, 1 << 31)),
    ],
)  # fmt: skip
def test_what_is_not_a_list_of_keys_is_refused(answer: bytes) -> None:
    with saying(lambda _: answer) as place:
        said = failure(lambda: inblue.ssh_agent_signer(FINGERPRINT, socket=place))
    assert "an answer that is not of the ssh-agent protocol" in said


@pytest.mark.parametrize(
    "answer",
    [
        b"\x06", b"\x0e", b"\x0e" + SIGNATURE, b"\x0e" + framed(SIGNATURE[:-1]), b"\x0e" + framed(SIGNATURE) + b"\0",
        b"\x0e" + framed(SIGNATURE + bytes(4)), b"\x0e" + framed(SIGNATURE.replace(b"ssh-ed25519", b"ssh-ed25518")),
    ],
)  # fmt: skip
def test_what_is_not_a_signature_is_refused(answer: bytes) -> None:
    with saying(signs(answer)) as place:
        signer = inblue.ssh_agent_signer(FINGERPRINT, socket=place)
        assert "not of the ssh-agent protocol" in failure(lambda: signer.sign(b"m"))


def test_a_signature_that_does_not_hold_is_not_believed() -> None:
    with saying(signs(b"\x0e" + framed(SIGNATURE[:-1] + b"\0"))) as place:
        signer = checked(inblue.ssh_agent_signer(FINGERPRINT, socket=place))
        assert "gave a signature that does not hold" in failure(lambda: signer.sign(b"m"))


def test_an_agent_that_hangs_is_waited_for_only_so_long() -> None:
    with saying(lambda request: framed(LISTED) if request[:1] == b"\x0b" else None) as place:
        signer = checked(inblue.ssh_agent_signer(FINGERPRINT, socket=place), seconds=0.3)
        began = time.monotonic()
        assert "gave no answer within 0.3 seconds" in failure(lambda: signer.sign(b"m"))
    with saying(lambda _: None) as place:
        ask = lambda: inblue.ssh_agent_signer(FINGERPRINT, socket=place, seconds=0.3)  # noqa: E731
        assert "the ssh-agent gave no answer within 0.3 seconds" in failure(ask)
    assert time.monotonic() - began < 5


@given(st.binary(max_size=200) | st.binary(max_size=60).map(LISTED.__add__))
def test_whatever_an_agent_lists_is_read_or_refused(answer: bytes) -> None:
    try:
        keys = ssh_agent._keys(answer)
    except SignerFailed:
        keys = [BLOB]
    assert all(isinstance(key, bytes) for key in keys)


def test_no_secret_is_in_a_repr(agent: Agent) -> None:
    signer = open_key(agent, "log")
    assert repr(signer) == f"<AgentSigner {LOG.key_id}>"
    assert str(agent.socket) not in repr(signer)
