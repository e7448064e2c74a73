"""The examples for keys elsewhere run: on a token, and in a key service (a real OpenBao under make test-hosts)."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from devices import MODULE, PIN, make_tokens
from kms_signer import AwsSigner, GoogleSigner, VaultSigner
from paths import EXAMPLES
from signers import LOG, REGISTRAR

import inblue
from inblue.ledger.standards.ed25519 import public_pem, verify

BAO = os.environ.get("INBLUE_TEST_BAO")
PROCEDURE = inblue.built_in_procedure("unsc-2020-253")


def test_a_ledger_is_kept_with_keys_on_a_token(tmp_path: Path) -> None:
    keys = {"council": (("registrar", b"r" * 32), ("log", b"l" * 32))}
    (token,) = make_tokens(tmp_path / "d", ["council"], keys)
    (tmp_path / "pin").write_text(PIN + "\n")
    (tmp_path / "wrong").write_text("some other PIN\n")
    words = [
        sys.executable,
        str(EXAMPLES / "pkcs11_signer.py"),
        str(tmp_path / "a.db"),
        "pkcs11:token=council",
        str(MODULE),
    ]

    def run(pin: str) -> tuple[int, str, str]:
        env = {"PATH": os.environ["PATH"], "PIN_FILE": str(tmp_path / pin), **token.env}
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    assert run("pin") == (0, "S/2026/1 is on record; 3 entries hold\n", "")
    assert run("pin") == (0, "S/2026/2 is on record; 4 entries hold\n", "")
    status, out, said = run("wrong")
    assert (status, out, said.count("\n")) == (1, "", 1)
    assert "the token council has another PIN" in said
    assert "some other PIN" not in said


class Bao(NamedTuple):
    """A running OpenBao: address, certificate of its authority, and a token that may do everything."""

    address: str
    ca: Path
    token: str

    def ask(self, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the server answers."""
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(f"{self.address}/v1/{path}", body, {"X-Vault-Token": self.token})  # noqa: S310
        trusted = ssl.create_default_context(cafile=self.ca)
        with urllib.request.urlopen(request, timeout=10, context=trusted) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read() or b"{}")
            return found


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    if BAO is None:
        pytest.skip("OpenBao is not here: make test-hosts brings it")
    folder = tmp_path_factory.mktemp("bao")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [BAO, "server", "-dev-tls", f"-dev-tls-cert-dir={folder}", "-dev-root-token-id=root", "-dev-no-store-token",
         f"-dev-listen-address=127.0.0.1:{port}"],
        stdout=(folder / "log").open("wb"), stderr=subprocess.STDOUT,
    )  # fmt: skip
    running = Bao(f"https://127.0.0.1:{port}", folder / "vault-ca.pem", "root")
    try:
        until = time.monotonic() + 60
        while True:
            try:
                running.ask("sys/health")
                break
            except OSError:
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < until
                time.sleep(0.1)
        running.ask("sys/mounts/transit", {"type": "transit"})
        for name in ("registrar", "log"):
            running.ask(f"transit/keys/{name}", {"type": "ed25519"})
        yield running
    finally:
        server.terminate()
        server.wait(20)


def narrow(bao: Bao) -> str:
    """A token that may use the two keys, and nothing else."""
    rules = {f"transit/keys/{key}": {"capabilities": ["read"]} for key in ("registrar", "log")}
    rules |= {f"transit/sign/{key}": {"capabilities": ["update"]} for key in ("registrar", "log")}
    bao.ask("sys/policies/acl/inblue", {"policy": json.dumps({"path": rules})})
    token: str = bao.ask("auth/token/create", {"policies": ["inblue"], "no_parent": True})["auth"]["client_token"]
    return token


def test_a_ledger_is_kept_with_keys_in_openbao(bao: Bao, tmp_path: Path) -> None:
    token = narrow(bao)
    registrar, log = (VaultSigner(bao.address, token, name, ca=bao.ca) for name in ("registrar", "log"))
    with inblue.Ledger.create(tmp_path / "a.db", signer=registrar, log_signer=log) as ledger:
        ledger.adopt_procedure(PROCEDURE, signer=registrar)
        bao.ask("transit/keys/registrar/rotate", {})
        ledger.at("S/2026/1", signer=registrar).circulate("unsc-2020-253", title="after the service rotated the key")
        assert ledger.verify().holds
        bao.ask("auth/token/revoke", {"token": token})
        with pytest.raises(inblue.SignerFailed, match=r"failed \(HTTPError\)") as said:
            ledger.at("S/2026/2", signer=registrar).circulate("unsc-2020-253", title="x")
        assert token not in str(said.value)
        assert ledger.votes() == ("S/2026/1",)
    second = VaultSigner(bao.address, "root", "registrar", version=2, ca=bao.ca)
    assert second.public_key != registrar.public_key
    assert verify(second.public_key, second.sign(b"m" * 100_000), b"m" * 100_000)


class Aws:
    """Answers as AWS KMS is documented to: a stand-in, for the service itself cannot be run here."""

    def get_public_key(self, *, KeyId: str) -> dict[str, bytes]:  # noqa: N803 - as boto3 spells it
        assert KeyId == "alias/registrar"
        return {"PublicKey": bytes.fromhex("302a300506032b6570032100") + REGISTRAR.public_key}

    def sign(self, *, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, bytes]:  # noqa: N803
        assert (KeyId, MessageType, SigningAlgorithm) == ("alias/registrar", "RAW", "ED25519_SHA_512")
        assert len(Message) <= 4_096
        return {"Signature": REGISTRAR.sign(Message)}


class Google:
    """Answers as Google Cloud KMS is documented to: a stand-in, as above."""

    class Answer(NamedTuple):
        pem: str = ""
        signature: bytes = b""

    def get_public_key(self, *, request: dict[str, str], timeout: float) -> Answer:
        assert (request, timeout < 5) == ({"name": VERSION}, True)
        return self.Answer(pem=public_pem(LOG.public_key).decode())

    def asymmetric_sign(self, *, request: dict[str, Any], timeout: float) -> Answer:
        assert (sorted(request), timeout < 5) == (["data", "name"], True)
        return self.Answer(signature=LOG.sign(request["data"]))


VERSION = "projects/p/locations/l/keyRings/r/cryptoKeys/log/cryptoKeyVersions/1"


def test_the_lines_for_two_cloud_services_fit_what_is_documented(tmp_path: Path) -> None:
    registrar, log = AwsSigner(Aws(), "alias/registrar"), GoogleSigner(Google(), VERSION)
    with inblue.Ledger.create(tmp_path / "a.db", signer=registrar, log_signer=log) as ledger:
        ledger.adopt_procedure(PROCEDURE, signer=registrar)
        ledger.at("S/2026/1", signer=registrar).circulate("unsc-2020-253", title="The situation")
        assert ledger.verify().holds
