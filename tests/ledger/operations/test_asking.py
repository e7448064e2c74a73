"""Asking an authority: logins, client certificates, clocks; and no secret where it does not belong."""

from __future__ import annotations

import json
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import odd
import pytest
from authority import Tsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import CertificateBuilder, IPAddress, SubjectAlternativeName
from ledgers import small
from signers import LOG, REGISTRAR

from inblue.domain.errors import InblueError, Malformed
from inblue.domain.instant import format_instant
from inblue.ledger.certificates import der
from inblue.ledger.errors import Broken
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations import http
from inblue.ledger.operations.authorities import Source, Sources, read_sources
from inblue.ledger.operations.timestamps import Fetched, stamp_head
from inblue.ledger.standards.cms import read_request

LOGIN, SECRET = "us:two words: and a colon", "two words: and a colon"


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Tsa:
    return Tsa.make(tmp_path_factory.mktemp("asked"))


def asked(folder: Path, tsa: Tsa, url: str, **given: object) -> Fetched:
    """The result of asking with a configuration from a file."""
    source = {"authority": tsa.authority.json_value(), "url": url, **given}
    (folder / "a.json").write_text(json.dumps({"format": "inblue-authorities/2", "sources": [source]}))
    with Ledger.create(None, signer=REGISTRAR, log_signer=LOG) as ledger:
        (fetched,) = stamp_head(ledger, read_sources(folder / "a.json"))
    return fetched


def secret(folder: Path, text: str, name: str = "secret") -> str:
    path = folder / name
    path.write_text(text)
    path.chmod(0o600)
    return name  # files are looked for beside the configuration


def test_an_authority_that_wants_a_login_gets_it_from_a_file(tsa: Tsa, tmp_path: Path) -> None:
    with tsa.serve(login=LOGIN) as url:
        for text in (SECRET, SECRET + "\n", SECRET + "\r\n"):
            login = {"user": "us", "password_file": secret(tmp_path, text)}
            assert asked(tmp_path, tsa, url, login=login).fault is None
        wrong = asked(tmp_path, tsa, url, login={"user": "us", "password_file": secret(tmp_path, "another")})
        without = asked(tmp_path, tsa, url)
    for fetched in (wrong, without):
        assert fetched.fault == f"{url}: status 401 (it does not take the login or client certificate, or wants one)"


def test_a_secret_that_others_may_read_is_not_used(tsa: Tsa, tmp_path: Path) -> None:
    login = {"user": "us", "password_file": secret(tmp_path, SECRET)}
    (tmp_path / "secret").chmod(0o644)
    fault = asked(tmp_path, tsa, "http://127.0.0.1:1/", login=login).fault or ""
    assert "others may read it; chmod 600" in fault
    assert "two words" not in fault
    for name, says in (("none", "No such file"), (".", "a folder"), ("/dev/null", "a device")):
        given = {"user": "us", "password_file": name}
        assert says in (asked(tmp_path, tsa, "http://127.0.0.1:1/", login=given).fault or "")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (
            {"url": f"https://us:{SECRET.replace(' ', '')}@example.org/"},
            "https://example.org/: a user or password is not",
        ),
        ({"url": "http://example.org/", "login": {"user": "us", "password_file": "f"}}, "sent over https only"),
        ({"command": ["x"], "login": {"user": "us", "password_file": "f"}}, "go with a url"),
        ({"url": "https://example.org/", "login": {"user": "a:b", "password_file": "f"}}, "login"),
    ],
)
def test_a_configuration_that_would_give_a_secret_away_is_refused(
    tsa: Tsa, source: dict[str, object], says: str
) -> None:
    given = {"format": "inblue-authorities/2", "sources": [{"authority": tsa.authority.json_value(), **source}]}
    with pytest.raises(Malformed, match=says) as refused:
        Sources.read(json.dumps(given).encode(), where="a.json", limit=100_000)
    assert "two" not in str(refused.value)


def test_the_first_form_is_read_and_has_none_of_that(tsa: Tsa) -> None:
    source: dict[str, object] = {"authority": tsa.authority.json_value(), "url": "https://example.org/"}
    raw = json.dumps({"format": "inblue-authorities/1", "sources": [source]}).encode()
    assert Sources.read(raw, where="a", limit=100_000).sources[0].login is None
    source["login"] = {"user": "us", "password_file": "f"}
    with pytest.raises(Malformed, match="inblue-authorities/1 has no such field"):
        Sources.read(
            json.dumps({"format": "inblue-authorities/1", "sources": [source]}).encode(), where="a", limit=9**6
        )


@pytest.mark.parametrize("call", ["post", "get"])
def test_no_message_has_more_of_an_address_than_host_and_path(call: str) -> None:
    for url in (
        "http://user:hidden@127.0.0.1:1/",
        "http://127.0.0.1:1/path?token=hidden#hidden",
        "http://user:hidden@[::1]:1/",
        "http://user:hidden@127.0.0.1:no/",
    ):
        with pytest.raises(InblueError) as refused:
            http.post(url, b"", "x/y", seconds=2, limit=9) if call == "post" else http.get(url, seconds=2, limit=9)
        assert "hidden" not in str(refused.value)


def test_a_client_certificate_is_shown_and_its_passphrase_read_from_a_file(tsa: Tsa, tmp_path: Path) -> None:
    server, us = odd.key("server"), odd.certified("us", odd.root(), ca=False, usage=("digital_signature",))
    now = datetime.now(UTC)
    names = SubjectAlternativeName([IPAddress(ip_address("127.0.0.1"))])
    built = (
        CertificateBuilder().subject_name(odd.named("s")).issuer_name(odd.named("s")).public_key(server.public_key())
    )
    built = built.serial_number(5).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    certificate = built.add_extension(names, critical=False).sign(server, SHA256()).public_bytes(Encoding.PEM)
    (tmp_path / "server.pem").write_bytes(certificate)
    (tmp_path / "server.key").write_bytes(server.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "us.pem").write_text(us.pem)
    encrypted = us.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(SECRET.encode()))
    (tmp_path / "us.key").write_bytes(encrypted)
    (tmp_path / "root.pem").write_text(odd.root().pem)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tmp_path / "root.pem")
    tls.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    tls.verify_mode = ssl.CERT_REQUIRED
    client = {"certificate_file": "us.pem", "key_file": "us.key", "passphrase_file": secret(tmp_path, SECRET)}
    with tsa.serve(tls=tls) as url:
        known = {"tls_authorities_file": "server.pem"}
        assert asked(tmp_path, tsa, url, client=client, **known).fault is None
        assert asked(tmp_path, tsa, url, **known).timestamp is None
        assert "certificate verify failed" in (asked(tmp_path, tsa, url, client=client).fault or "")
        secret(tmp_path, "another")
        wrong = asked(tmp_path, tsa, url, client=client, **known).fault or ""
        unknown = asked(tmp_path, tsa, url, client={**client, "passphrase_file": None}, **known).fault or ""
    for fault in (wrong, unknown):
        assert "or the passphrase is not that of the key" in fault


@contextmanager
def stamping_at(message: bytes, at: datetime) -> Iterator[str]:
    """A server whose every token over ``message`` is of that time; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            nonce = read_request(self.rfile.read(int(self.headers["Content-Length"]))).nonce or 0
            answer = odd.response(odd.token(odd.info(message, at=at, nonce=der.encode_integer(nonce))))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("apart", [timedelta(days=-6 * 365), timedelta(days=15 * 365), -timedelta(seconds=62)])
def test_a_token_of_another_hour_than_the_operators_clock_is_not_kept(apart: timedelta) -> None:
    ledger = small()
    now, head = ledger.clock(), ledger.log.head()
    assert head is not None
    with stamping_at(head.note, now + apart) as url:
        (fetched,) = stamp_head(ledger, [Source(authority=odd.authority(), url=url)])
    assert fetched.timestamp is None
    of = format_instant((now + apart).replace(microsecond=0))
    said = fetched.fault or ""
    assert said.startswith(f"the token is of {of}, and the clock here says {now:%Y-%m-%dT%H:%M:%S}")
    assert said.endswith("over 60 s apart: it is not kept; set the clock, or ask the authority")
    assert not ledger.log.stamps()
    with stamping_at(head.note, now - timedelta(seconds=60)) as url:
        assert next(stamp_head(ledger, [Source(authority=odd.authority(), url=url)])).fault is None


def test_a_command_gets_no_passphrase_of_ours(tsa: Tsa, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INBLUE_PASSPHRASE", SECRET)
    seen = tmp_path / "seen"
    script = f"import os; open({str(seen)!r}, 'w').write(repr(dict(os.environ)))"
    source = Source(authority=tsa.authority, command=(sys.executable, "-c", script))
    (fetched,) = stamp_head(small(), [source])
    assert fetched.fault
    assert SECRET not in seen.read_text()
    assert "PATH" in seen.read_text()


def test_what_an_address_is_when_it_is_none() -> None:
    assert http.address("http://[") == "not an address"
    with pytest.raises((Broken, Malformed)):
        http.get("http://[", seconds=1, limit=1)
