"""A real timestamp authority, made with ``openssl``: for tests, and for the simulated day of the demonstration.

    python examples/authority.py make FOLDER NAME          make it, and print its entry for inblue-authorities/1
    python examples/authority.py answer FOLDER             read a request, write a reply; at INBLUE_SIMULATED_AT, if set

Root, intermediate and unit are new each time. Only their maker should trust them.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssl import SSLContext

    from inblue.ledger.standards.timestamp import Authority

POLICY, OTHER_POLICY = "1.3.6.1.4.1.99999.1.1", "1.3.6.1.4.1.99999.1.2"

CONFIGURATION = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = placeholder
[ca_ext]
basicConstraints = critical,CA:TRUE,pathlen:1
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[int_ext]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa_ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[both_ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping,codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[uncritical_ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = tsa1
[tsa1]
dir = {folder}
serial = $dir/serial
crypto_device = builtin
signer_cert = $dir/{unit}.pem
signer_key = $dir/{unit}.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1.1
other_policies = 1.3.6.1.4.1.99999.1.2
digests = sha256, sha384, sha512
clock_precision_digits = 3
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
{options}
"""

STATED = "accuracy = secs:1, millisecs:500, microsecs:100"
VERSION_2 = "ess_cert_id_alg = sha256"


def openssl(*words: str | Path, folder: Path, at: datetime | None = None) -> bytes:
    """Run ``openssl``, at another hour if ``at`` says so."""
    command = ["openssl", *map(str, words)]
    env = {"PATH": os.environ["PATH"], "TZ": "UTC"}
    if at is not None:
        env |= {"LD_PRELOAD": faketime(), "FAKETIME": f"@{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode()}")
    return done.stdout


def faketime() -> str:
    """The library that gives a process another clock, for LD_PRELOAD."""
    found = find_spec("libfaketime")
    assert found is not None
    assert found.origin is not None
    return str(Path(found.origin).parent / "vendor/libfaketime/src/libfaketime.so.1")


@dataclass(frozen=True)
class Tsa:
    """An authority in a folder."""

    folder: Path
    name: str

    @classmethod
    def make(cls, folder: Path, name: str = "test_one", *, years_before: int = 10, extensions: str = "tsa_ext") -> Tsa:
        """Root, intermediate and unit, in force since long before now."""
        folder.mkdir(parents=True, exist_ok=True)
        tsa = cls(folder, name)
        tsa.configure()
        born = datetime(datetime.now(UTC).year - years_before, 1, 1, tzinfo=UTC)
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "tsa.cnf")
        days = ("-days", str(365 * (years_before + 10)))
        root = ("req", "-x509", *new, *days, "-keyout", "root.key", "-out", "root.pem")
        openssl(*root, "-subj", f"/O=Test/CN={name} root", "-extensions", "ca_ext", folder=folder, at=born)
        issuer = "root"
        for unit, section in (("int", "int_ext"), ("tsa", extensions)):
            subject = ("-subj", f"/O=Test/CN={name} {unit}")
            openssl("req", "-new", *new, "-keyout", f"{unit}.key", "-out", f"{unit}.csr", *subject, folder=folder)
            signed = ("-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial", *days)
            extended = ("-extfile", "tsa.cnf", "-extensions", section)
            request = ("x509", "-req", "-in", f"{unit}.csr", "-out", f"{unit}.pem")
            openssl(*request, *signed, *extended, folder=folder, at=born)
            issuer = unit
        (folder / "serial").write_text("01\n")
        return tsa

    def configure(self, options: str = f"{STATED}\n{VERSION_2}", unit: str = "tsa") -> None:
        """Set what its answers say: accuracy, how they name the signer's certificate, further certificates."""
        written = CONFIGURATION.format(folder=self.folder, options=options, unit=unit)
        (self.folder / "tsa.cnf").write_text(written)

    @property
    def authority(self) -> Authority:
        """What a user who trusts it pins."""
        from inblue.ledger.standards.timestamp import Authority

        pinned = tuple((self.folder / f"{each}.pem").read_text() for each in ("root", "int"))
        return Authority(name=self.name, certificates=pinned, policies=(POLICY,))

    def answer(self, query: bytes, at: datetime | None = None) -> bytes:
        """The reply to a request; one at a time, as ``openssl ts`` keeps its serial number in a file."""
        with (self.folder / "lock").open("w") as lock, tempfile.TemporaryDirectory() as room:
            fcntl.flock(lock, fcntl.LOCK_EX)
            asked, replied = Path(room) / "q", Path(room) / "r"
            asked.write_bytes(query)
            reply = ("ts", "-reply", "-config", "tsa.cnf", "-section", "tsa1", "-queryfile", asked, "-out", replied)
            openssl(*reply, folder=self.folder, at=at)
            return replied.read_bytes()

    def sign(self, info: bytes, digest: str = "sha256") -> bytes:
        """A token over any TSTInfo, also by a unit that ``openssl ts`` would not let sign."""
        with tempfile.TemporaryDirectory() as room:
            given, signed = Path(room) / "info", Path(room) / "token"
            given.write_bytes(info)
            cms = ("cms", "-sign", "-binary", "-nodetach", "-cades", "-md", digest, "-outform", "DER")
            kind = ("-econtent_type", "1.2.840.113549.1.9.16.1.4", "-nosmimecap")
            unit = ("-signer", "tsa.pem", "-inkey", "tsa.key")
            openssl(*cms, *kind, *unit, "-in", given, "-out", signed, folder=self.folder)
            return signed.read_bytes()

    def accepts(self, token: bytes, data: bytes) -> bool:
        """Whether ``openssl ts -verify`` accepts the token."""
        with tempfile.TemporaryDirectory() as room:
            given, stamped = Path(room) / "token", Path(room) / "data"
            given.write_bytes(token)
            stamped.write_bytes(data)
            verify = ("ts", "-verify", "-token_in", "-in", given, "-data", stamped, "-CAfile", "root.pem")
            try:
                said = openssl(*verify, "-untrusted", "int.pem", folder=self.folder)
            except RuntimeError:
                return False
            return b"Verification: OK" in said

    @contextmanager
    def serve(
        self, at: datetime | None = None, *, login: str | None = None, tls: SSLContext | None = None
    ) -> Iterator[str]:
        """An HTTP server on this machine, which may ask for a ``login`` (``user:password``); yields its address."""
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        tsa = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.headers["Content-Type"] == "application/timestamp-query"
                query = self.rfile.read(int(self.headers["Content-Length"]))
                given = (self.headers["Authorization"] or "").removeprefix("Basic ")
                is_known = login is None or b64decode(given) == login.encode()
                reply = tsa.answer(query, at) if is_known else b""
                self.send_response(200 if is_known else 401)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(reply)))
                with suppress(ConnectionError):  # the client may be gone
                    self.end_headers()
                    self.wfile.write(reply)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            server.server_close()


def main(words: list[str]) -> None:
    """See above."""
    folder = Path(words[1]).absolute()
    if words[0] == "make":
        tsa = Tsa.make(folder, words[2])
        command = [sys.executable, str(Path(__file__).absolute()), "answer", str(folder)]
        sys.stdout.write(json.dumps({"authority": tsa.authority.json_value(), "command": command}))
    else:  # it is asked for each entry, and starts without what only `make` needs
        at = datetime.now(UTC)  # which is another hour where the caller's is
        if clock := os.environ.get("INBLUE_SIMULATED_AT"):
            from inblue.domain.instant import parse_instant

            at = parse_instant(clock)
        reply = Tsa(folder, "").answer(sys.stdin.buffer.read(), at)
        sys.stdout.buffer.write(reply)


if __name__ == "__main__":
    main(sys.argv[1:])
