"""Private keys at rest: strong encryption that others' tools open, and files that are whole or not there."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from inblue.domain.errors import Malformed, Refused
from inblue.ledger import keystore
from inblue.ledger.errors import Broken, NotFound
from inblue.ledger.keystore import KeyStore
from inblue.ledger.standards.ed25519 import Ed25519Signer, public_pem, verify

PASSPHRASE = b"correct horse battery"
WRITTEN_BEFORE = b"""-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGeMFoGCSqGSIb3DQEFDTBNMCwGCSsGAQQB2kcECzAfBBAAAQIDBAUGBwgJCgsM
DQ4PAgJAAAIBCAIBBQIBIDAdBglghkgBZQMEASoEEBAREhMUFRYXGBkaGxwdHh8E
QLwQVFPPHvbLcRPoM1YKBeZ/PmD2MVRXy3BBm6jRbJAnCCFrQrHY/TVbdGGeUbP3
jjJWYB6AESdaGEQCUjFVuPE=
-----END ENCRYPTED PRIVATE KEY-----
"""


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "deep" / "keys")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key named ``registrar``, made once: each making and each opening derives a key by scrypt."""
    kept = KeyStore(tmp_path_factory.mktemp("made") / "keys")
    kept.new("registrar", PASSPHRASE)
    return kept.folder


@pytest.fixture
def kept(made: Path, store: KeyStore) -> KeyStore:
    """The same key, to be spoilt."""
    shutil.copytree(made, store.folder)
    return store


def test_a_new_key_opens_again(store: KeyStore) -> None:
    signer = store.new("registrar", PASSPHRASE)
    opened = store.open("registrar", PASSPHRASE)
    assert opened.public_key == signer.public_key == store.public("registrar")
    assert verify(signer.public_key, opened.sign(b"in favour"), b"in favour")
    assert store.names() == ["registrar"]
    assert store.find(signer.key_id) == "registrar"


@pytest.mark.parametrize(
    "passphrase", [b"8 bytes.", "été à Genève".encode(), b"x" * 1000], ids=["short", "utf8", "long"]
)
def test_cryptography_and_openssl_open_the_file(store: KeyStore, passphrase: bytes) -> None:
    signer = store.new("registrar", passphrase)
    pem = store.folder / "registrar.pem"
    loaded = load_pem_private_key(pem.read_bytes(), passphrase)
    assert isinstance(loaded, ed25519.Ed25519PrivateKey)
    assert loaded.public_key().public_bytes_raw() == signer.public_key
    assert _openssl("pkey", "-in", str(pem), "-passin", "stdin", "-pubout", stdin=passphrase) == public_pem(
        signer.public_key
    )
    plain = loaded.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert _openssl("pkey", "-in", str(pem), "-passin", "stdin", "-outform", "DER", stdin=passphrase) == plain


def test_the_file_says_scrypt_with_its_costs(store: KeyStore) -> None:
    store.new("registrar", PASSPHRASE)
    listing = _openssl("asn1parse", "-in", str(store.folder / "registrar.pem")).decode()
    wanted = ["PBES2", "1.3.6.1.4.1.11591.4.11", "4000", "08", "05", "20", "aes-256-cbc"]
    if ":scrypt" in listing:
        wanted[1] = ":scrypt"
    at = 0
    for word in wanted:
        assert word in listing[at:], word
        at = listing.index(word, at) + len(word)
    assert listing.count("INTEGER") == 4


def test_the_same_salt_and_vector_give_the_file_that_was_written_before(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte what the first key store wrote, with a DER writer of its own: the key of the seed ``kk...``."""
    signer = Ed25519Signer.from_seed(b"k" * 32)
    store.folder.mkdir(mode=0o700, parents=True)
    (store.folder / "kept.pem").write_bytes(WRITTEN_BEFORE)
    (store.folder / "kept.pub").write_bytes(public_pem(signer.public_key))
    assert store.open("kept", PASSPHRASE).public_key == signer.public_key
    drawn = [bytes(range(16)), bytes(range(16, 32))]
    monkeypatch.setattr(keystore.os, "urandom", lambda size: drawn.pop(0)[:size])  # type: ignore[attr-defined]
    store.change_passphrase("kept", PASSPHRASE, PASSPHRASE)
    assert (store.folder / "kept.pem").read_bytes() == WRITTEN_BEFORE
    assert drawn == []


def test_two_files_of_one_passphrase_share_nothing(store: KeyStore) -> None:
    a, b = (store.new(name, PASSPHRASE) for name in ("a", "b"))
    assert a.public_key != b.public_key
    first, second = ((store.folder / f"{name}.pem").read_text().splitlines() for name in ("a", "b"))
    assert [one == two for one, two in zip(first, second, strict=True)][1:-1] == [False] * (len(first) - 2)
    assert all(len(line) <= 64 for line in first)


def test_folder_and_files_are_for_the_owner_alone(store: KeyStore) -> None:
    before = os.umask(0)
    try:
        store.new("registrar", PASSPHRASE)
    finally:
        os.umask(before)
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    files = sorted(store.folder.iterdir())
    assert [path.name for path in files] == ["registrar.pem", "registrar.pub"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {path.stat().st_nlink for path in files} == {1}


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o701])
def test_a_folder_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(Broken, match="open to others: chmod 700"):
        KeyStore(tmp_path).new("registrar", PASSPHRASE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong", [b"correct horse batterY", b"correct horse battery ", b"correct horse battery\n", b"x"]
)
def test_a_wrong_passphrase_is_one_line_without_a_secret(kept: KeyStore, wrong: bytes) -> None:
    with pytest.raises(Refused, match="wrong passphrase") as caught:
        kept.open("registrar", wrong)
    text = str(caught.value)
    assert "\n" not in text
    assert "horse" not in text
    assert caught.value.__suppress_context__


def test_an_empty_passphrase_opens_nothing(kept: KeyStore) -> None:
    with pytest.raises(Refused, match="a passphrase is needed"):
        kept.open("registrar", b"")


@pytest.mark.parametrize("passphrase", [b"", b"1234567"])
def test_a_short_passphrase_is_refused(store: KeyStore, passphrase: bytes) -> None:
    with pytest.raises(Malformed, match="too short: at least 8 bytes"):
        store.new("registrar", passphrase)
    assert not store.folder.exists()


def test_a_passphrase_that_openssl_could_not_read_is_refused(store: KeyStore) -> None:
    store.new("longest", b"x" * 1023)
    assert store.open("longest", b"x" * 1023)
    with pytest.raises(Malformed, match="too long"):
        store.new("registrar", b"x" * 1024)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "A", "é", "a b", "-a", "_a", ".a", "a\n", "a\0", "a" * 65, "٣", "a\\b"]
)
def test_unfit_names_are_refused_everywhere(store: KeyStore, name: str) -> None:
    for use in (store.new, store.open):
        with pytest.raises(Malformed, match="cannot be a key's name"):
            use(name, PASSPHRASE)
    with pytest.raises(Malformed, match="cannot be a key's name"):
        store.public(name)
    assert not store.folder.exists()


def test_names_that_look_like_files_do_not_meet(store: KeyStore) -> None:
    signers = {name: store.new(name, PASSPHRASE) for name in ("x", "x.pem", "x.pub", "0", "a" * 64, "a..b-_.")}
    assert store.names() == sorted(signers)
    assert {name: store.public(name) for name in signers} == {name: s.public_key for name, s in signers.items()}


def test_a_key_is_never_overwritten(store: KeyStore) -> None:
    signer = store.new("registrar", PASSPHRASE)
    before = {path.name: path.read_bytes() for path in store.folder.iterdir()}
    with pytest.raises(Refused, match="already there"):
        store.new("registrar", PASSPHRASE)
    assert {path.name: path.read_bytes() for path in store.folder.iterdir()} == before
    assert store.open("registrar", PASSPHRASE).public_key == signer.public_key


@pytest.mark.parametrize("left", ["registrar.pem", "registrar.pub"])
def test_half_a_pair_is_not_overwritten_either(kept: KeyStore, left: str) -> None:
    for path in kept.folder.iterdir():
        if path.name != left:
            path.unlink()
    content = (kept.folder / left).read_bytes()
    with pytest.raises(Refused, match=f"{left} is already there"):
        kept.new("registrar", PASSPHRASE)
    assert [path.name for path in kept.folder.iterdir()] == [left]
    assert (kept.folder / left).read_bytes() == content


def test_of_many_at_once_one_gets_the_name(store: KeyStore) -> None:
    made: list[Ed25519Signer] = []
    refused: list[Refused] = []

    def make() -> None:
        try:
            made.append(store.new("registrar", PASSPHRASE))
        except Refused as error:
            refused.append(error)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 7)
    assert store.open("registrar", PASSPHRASE).public_key == made[0].public_key
    assert len(list(store.folder.iterdir())) == 2


@pytest.mark.parametrize("call", ["fsync", "link"])
@pytest.mark.parametrize("failing", [1, 2, 3, 4])
def test_a_failing_disk_leaves_no_file(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch, call: str, failing: int
) -> None:
    if call == "link" and failing > 2:
        return
    calls = 0
    real = getattr(os, call)

    def fail(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError(28, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(keystore.os, call, fail)  # type: ignore[attr-defined]
    with pytest.raises(Broken, match="No space left on device"):
        store.new("registrar", PASSPHRASE)
    assert calls == failing
    assert list(store.folder.iterdir()) == []
    monkeypatch.undo()
    assert store.new("registrar", PASSPHRASE)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("x")
    store = KeyStore(tmp_path / "keys")
    with pytest.raises(Broken, match="cannot write to the key folder"):
        store.new("registrar", PASSPHRASE)
    with pytest.raises(Broken, match="cannot read the key folder"):
        store.names()


def test_an_absent_folder_holds_no_keys(store: KeyStore) -> None:
    assert store.names() == []
    assert store.find("0" * 64) is None
    with pytest.raises(NotFound, match="no key at"):
        store.open("registrar", PASSPHRASE)
    with pytest.raises(NotFound, match="no key at"):
        store.public("registrar")


def test_foreign_files_are_not_names(store: KeyStore) -> None:
    signer = store.new("registrar", PASSPHRASE)
    for name in ("README", "Upper.pem", ".registrar.pem.0123", "stray.pub"):
        (store.folder / name).write_text("x")
    assert store.names() == ["registrar"]
    assert store.find(signer.key_id) == "registrar"
    assert store.find(signer.key_id.upper()) is None


def test_a_swapped_public_half_is_noticed(kept: KeyStore) -> None:
    kept.new("other", PASSPHRASE)
    shutil.copy(kept.folder / "other.pub", kept.folder / "registrar.pub")
    with pytest.raises(Broken, match=r"not the private half of registrar\.pub"):
        kept.open("registrar", PASSPHRASE)


def test_a_damaged_public_half_is_refused(kept: KeyStore) -> None:
    (kept.folder / "registrar.pub").write_text("x")
    for use in (lambda: kept.public("registrar"), lambda: kept.open("registrar", PASSPHRASE)):
        with pytest.raises(Broken, match=r"registrar\.pub: not the PEM"):
            use()


@pytest.mark.long
def test_no_damaged_byte_gives_a_key(kept: KeyStore) -> None:
    """Every 7th byte of the file, flipped: scrypt makes each try slow."""
    path = kept.folder / "registrar.pem"
    pem = path.read_bytes()
    body = range(
        len("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), len(pem) - len("\n-----END ENCRYPTED PRIVATE KEY-----\n")
    )
    for at in [*body[100::7]]:
        path.write_bytes(pem[:at] + bytes([pem[at] ^ 2]) + pem[at + 1 :])
        with pytest.raises((Broken, Refused)):
            kept.open("registrar", PASSPHRASE)


@pytest.mark.parametrize("pem", [b"", b"x" * 20_000, b"\xff\x00", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"])
def test_files_that_are_not_keys_are_refused(kept: KeyStore, pem: bytes) -> None:
    (kept.folder / "registrar.pem").write_bytes(pem)
    with pytest.raises((Broken, Refused), match=r"registrar\.pem: "):
        kept.open("registrar", PASSPHRASE)


def test_a_key_in_the_clear_or_of_another_kind_is_refused(kept: KeyStore) -> None:
    path = kept.folder / "registrar.pem"
    clear = ed25519.Ed25519PrivateKey.generate()
    path.write_bytes(clear.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(Broken, match="not encrypted"):
        kept.open("registrar", PASSPHRASE)
    other = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE)))
    with pytest.raises(Broken, match="not an Ed25519 key"):
        kept.open("registrar", PASSPHRASE)


def test_a_key_made_by_openssl_is_taken(store: KeyStore) -> None:
    """A key may be made elsewhere: it must be encrypted and have its public half beside it."""
    store.new("mine", PASSPHRASE)
    pem, pub = store.folder / "brought.pem", store.folder / "brought.pub"
    _openssl("genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "stdin", "-out", str(pem), stdin=PASSPHRASE)
    _openssl("pkey", "-in", str(pem), "-passin", "stdin", "-pubout", "-out", str(pub), stdin=PASSPHRASE)
    signer = store.open("brought", PASSPHRASE)
    assert store.find(signer.key_id) == "brought"


def _openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=stdin + b"\n", check=True, capture_output=True).stdout
