"""Keys of the tests on real devices: a SoftHSM2 token, and a running ssh-agent."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

MODULE = next(Path("/usr/lib").glob("**/libsofthsm2.so"), Path("/usr/lib/softhsm/libsofthsm2.so"))
PIN = "pin-4711-of-the-tests"
OTHER_PIN = "some other PIN"


class Token(NamedTuple):
    """A token of SoftHSM2, in a folder of its own; ``env`` is what a process needs to find it."""

    label: str
    folder: Path

    @property
    def env(self) -> dict[str, str]:
        """The environment that gives SoftHSM2 its folder, and inblue its module."""
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf"), "INBLUE_PKCS11_MODULE": str(MODULE)}

    def uri(self, key: str) -> str:
        """The name of a key on it."""
        return f"pkcs11:token={self.label};object={key}"


def make_tokens(
    folder: Path, labels: Sequence[str], keys: Mapping[str, Sequence[tuple[str, bytes]]], pin: str = PIN
) -> list[Token]:
    """New tokens, in one folder, each with the keys of its label, from seeds; "council" has ``curve`` too, on P-256.

    Processes of their own make them: SoftHSM2 sees only those that were there when it was first asked.
    """
    (folder / "tokens").mkdir(parents=True)
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    tokens = [Token(label, folder) for label in labels]
    env = {"PATH": os.environ["PATH"], **tokens[0].env}
    for label in labels:
        words = ("--init-token", "--free", "--label", label, "--so-pin", "a security officer's", "--pin", pin)
        subprocess.run(["softhsm2-util", *words], env=env, check=True, capture_output=True)
    given = {label: [(name, seed.hex(), _public(seed).hex()) for name, seed in of] for label, of in keys.items()}
    program = [sys.executable, "-c", _MAKES, str(MODULE), pin]
    subprocess.run(program, input=json.dumps(given), text=True, env=env, check=True, timeout=60)
    return tokens


_MAKES = """
import json, sys
from pkcs11 import Attribute as A, KeyType, ObjectClass, TokenFlag, lib
from pkcs11.util.ec import encode_named_curve_parameters
pin, given = sys.argv[2], json.load(sys.stdin)
for slot in lib(sys.argv[1]).get_slots():
    token = slot.get_token()
    if TokenFlag.TOKEN_INITIALIZED not in token.flags:
        continue
    with token.open(user_pin=pin, rw=True) as session:
        for number, (name, seed, public) in enumerate(given[token.label], 1):
            both = {A.KEY_TYPE: KeyType.EC_EDWARDS, A.LABEL: name, A.TOKEN: True, A.ID: bytes([number])}
            both[A.EC_PARAMS] = bytes.fromhex("130c656477617264733235353139")
            session.create_object({**both, A.CLASS: ObjectClass.PRIVATE_KEY, A.VALUE: bytes.fromhex(seed)})
            session.create_object({**both, A.CLASS: ObjectClass.PUBLIC_KEY, A.EC_POINT: bytes.fromhex("0420" + public)})
        if token.label != "council":
            continue
        curve = {A.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(store=True, label="curve")
"""


def _public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


class Agent(NamedTuple):
    """A running ssh-agent: its socket, its process, and the fingerprints of the keys that were added, by name."""

    socket: Path
    process: int
    fingerprints: dict[str, str]

    @property
    def env(self) -> dict[str, str]:
        """The environment that tells a process where it is."""
        return {"SSH_AUTH_SOCK": str(self.socket)}

    def command(self, *words: str) -> str:
        """Run ssh-add."""
        env = {"PATH": os.environ["PATH"], **self.env}
        return subprocess.run(["ssh-add", *words], env=env, check=True, capture_output=True, text=True).stdout


@contextmanager
def running_agent(seeds: dict[str, bytes]) -> Iterator[Agent]:
    """An ssh-agent with keys from seeds, and ``rsa``, one of another kind."""
    with tempfile.TemporaryDirectory(prefix="agent") as place:  # a socket's path must be short
        folder = Path(place)
        said = subprocess.run(["ssh-agent", "-s", "-a", str(folder / "s")], check=True, capture_output=True, text=True)
        process = int(said.stdout.partition("SSH_AGENT_PID=")[2].partition(";")[0])
        agent = Agent(folder / "s", process, {})
        try:
            for name, seed in seeds.items():
                _add(agent, folder / name, Ed25519PrivateKey.from_private_bytes(seed))
            subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", folder / "rsa"], check=True)
            agent.command(str(folder / "rsa"))
            for line in agent.command("-l").splitlines():
                _, fingerprint, *comment, _ = line.split()
                agent.fingerprints["rsa" if "RSA" in line else Path(" ".join(comment)).name] = fingerprint
            yield agent
        finally:
            os.kill(process, signal.SIGTERM)
            shutil.rmtree(folder, ignore_errors=True)


def _add(agent: Agent, path: Path, key: Ed25519PrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    agent.command(str(path))
