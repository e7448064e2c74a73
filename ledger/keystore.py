"""Private keys at rest: a folder of encrypted PKCS#8 files that ``openssl`` opens too.

``<name>.pem`` is an EncryptedPrivateKeyInfo (RFC 5958) under PBES2 (RFC 8018) with scrypt (RFC 7914 section 7) and
AES-256-CBC; ``<name>.pub`` the public key (RFC 8410). The folder is accessible only to its owner (0700), as are the
files (0600). A key that is kept elsewhere, on a token or in an ssh-agent, also has a name here: ``<name>.uri`` says
where it is.

All are written atomically (:mod:`.durable`) and never replace others. The public half is written first: a key exists
once its ``.pem`` or ``.uri`` does, and then its ``.pub`` is there.
"""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..domain.errors import Malformed, Refused
from . import durable
from .certificates import der
from .devices.elsewhere import check_elsewhere
from .devices.sitting import Secret
from .edge.face import face, face_of
from .errors import NotFound, UnusableError
from .outside import read_outside
from .process import leave_no_dump
from .standards.ed25519 import Ed25519Signer, check_public_key, key_id, parse_public_pem, public_pem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MIN_PASSPHRASE_BYTES = 8
MAX_PASSPHRASE_BYTES = 1023  # what the library and the openssl command can read

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MAX_FILE_BYTES = 16_384
_KEPT = frozenset({".pem", ".uri"})

# The library's own encryption of PKCS#8 is PBKDF2 with 2,048 rounds: a graphics card tries millions of passphrases a
# second against that. scrypt with these costs is what OWASP's Password Storage Cheat Sheet lists as equal to
# N = 2**17, p = 1; larger N, and openssl's limit of 32 MiB refuses to open the file (N = 2**15 already does).
_SCRYPT_N = 2**14
_SCRYPT_R = 8
_SCRYPT_P = 5
_KEY_BYTES = 32
_BLOCK_BYTES = 16

_PBES2 = "1.2.840.113549.1.5.13"
_SCRYPT = "1.3.6.1.4.1.11591.4.11"
_AES256_CBC = "2.16.840.1.101.3.4.1.42"


@face_of
class KeyStore:
    """The keys of one folder. Names are ``[a-z0-9][a-z0-9._-]{0,63}``; every method that takes a name refuses others.

    No message ever holds a secret.

    >>> keys = inblue.KeyStore("keys")
    >>> keys.new("registrar", b"four words nobody says") and keys.names()
    ['registrar']
    """

    @face
    def __init__(self, folder: Path | str) -> None:
        self.folder: Path = Path(folder)

    def new(self, name: str, passphrase: bytes) -> Ed25519Signer:
        """Make a key, store it under ``name``, and return its signer. It is on disk when this returns.

        >>> inblue.KeyStore("keys").new("log", b"four words nobody says")
        <Ed25519Signer ...>

        Raises:
            Malformed: an invalid name, or a passphrase under 8 or over 1,023 bytes.
            Refused: a name that is taken.
            Broken: a folder that others may read, or a disk that does not accept the files; then nothing new is there.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        path = self._path(name, ".pem")
        _check_passphrase(passphrase)
        leave_no_dump()
        private = Ed25519PrivateKey.generate()
        signer = Ed25519Signer(private)
        self._keep(path, _encrypt(private, passphrase), signer.public_key)
        return signer

    def link(self, name: str, where: str, public_key: bytes) -> None:
        """Give a key that is kept elsewhere the name ``name``: ``where`` is a PKCS#11 URI or ``ssh-agent:SHA256:...``.

        >>> keys = inblue.KeyStore("keys")
        >>> keys.link("registrar", "pkcs11:token=council;object=registrar", inblue.Ed25519Signer.generate().public_key)
        >>> keys.where("registrar")
        'pkcs11:token=council;object=registrar'

        Raises:
            Malformed: an invalid name, a ``where`` that is neither, or a key that may not be enrolled. Refused, Broken:
            as :meth:`new`.
        """
        path = self._path(name, ".uri")
        check_elsewhere(where)
        check_public_key(public_key)
        self._keep(path, where.encode() + b"\n", public_key)

    def where(self, name: str) -> str | None:
        """Where the key ``name`` is kept, as given to :meth:`link`; None if there is no such link.

        >>> inblue.KeyStore("keys").where("registrar") is None
        True

        Raises:
            Broken: the file is not one that :meth:`link` writes.
        """
        path = self._path(name, ".uri")
        if not path.exists():
            return None
        try:
            text = _read(path).decode().removesuffix("\n")
            check_elsewhere(text)
        except (UnicodeDecodeError, Malformed) as error:
            said = error if isinstance(error, Malformed) else "no text in UTF-8"
            raise UnusableError(f"{path}: {said}") from None
        return text

    def discard(self, names: Iterable[str]) -> None:
        """Remove keys made for something that failed, and the folder if it is then empty.

        >>> keys = inblue.KeyStore("keys")
        >>> signer = keys.new("log", b"four words nobody says")
        >>> keys.discard(["log"])
        >>> keys.names()
        []
        """
        for name in names:
            for ending in (".pem", ".uri", ".pub"):
                self._path(name, ending).unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()

    def names(self) -> list[str]:
        """The names of all keys here and elsewhere, sorted. A missing folder holds none.

        >>> inblue.KeyStore("keys").names()
        []
        """
        try:
            files = [path for path in self.folder.iterdir() if path.suffix in _KEPT]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UnusableError(f"cannot read the key folder {self.folder}: {error.strerror}") from None
        return sorted(path.stem for path in files if _NAME.fullmatch(path.stem))

    def public(self, name: str) -> bytes:
        """The 32-byte public key kept under ``name``; needs no passphrase.

        >>> keys = inblue.KeyStore("keys")
        >>> keys.new("log", b"four words nobody says").public_key == keys.public("log")
        True
        """
        path = self._path(name, ".pub")
        try:
            return parse_public_pem(_read(path))
        except Malformed as error:
            raise UnusableError(f"{path}: {error}") from None

    def open(self, name: str, passphrase: bytes) -> Ed25519Signer:
        """Decrypt the key ``name``.

        >>> inblue.KeyStore("keys").open("log", b"four words nobody says")
        Traceback (most recent call last):
        inblue.ledger.errors.NotFound: no key at keys/log.pem

        Raises:
            NotFound: no such key.
            Refused: a wrong passphrase, or a key that is kept elsewhere.
            Broken: not an encrypted Ed25519 key, or it does not match its public half.
        """
        return Ed25519Signer(self._private(name, passphrase))

    def change_passphrase(self, name: str, passphrase: bytes, new: bytes) -> None:
        """Encrypt the key ``name`` under another passphrase. The file is replaced atomically.

        >>> keys = inblue.KeyStore("keys")
        >>> signer = keys.new("log", b"four words nobody says")
        >>> keys.change_passphrase("log", b"four words nobody says", b"four other words")
        >>> keys.open("log", b"four other words").key_id == signer.key_id
        True

        Raises:
            NotFound, Refused, Broken: as :meth:`open`; or a disk that does not accept it.
            Malformed: a new passphrase under 8 or over 1,023 bytes.
        """
        private = self._private(name, passphrase)
        _check_passphrase(new)
        pem = _encrypt(private, new)
        try:
            durable.replace(self._path(name, ".pem"), pem, mode=durable.PRIVATE)
        except OSError as error:
            raise UnusableError(f"cannot write to the key folder {self.folder}: {error.strerror}") from None

    def _private(self, name: str, passphrase: bytes) -> Ed25519PrivateKey:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        leave_no_dump()
        if (where := self.where(name)) is not None:
            raise Refused(None, f"the key {name} is not in this folder, but at {where}")
        path = self._path(name, ".pem")
        pem = _read(path)
        if not passphrase:
            raise Refused(None, f"{path}: a passphrase is needed")
        try:
            private = load_pem_private_key(pem, passphrase)
        except TypeError:
            raise UnusableError(f"{path}: the key is not encrypted; it is not accepted") from None
        except (ValueError, UnsupportedAlgorithm):  # the library cannot tell a wrong passphrase from a damaged file
            raise Refused(None, f"{path}: wrong passphrase, or not an encrypted key") from None
        if not isinstance(private, Ed25519PrivateKey):
            raise UnusableError(f"{path}: not an Ed25519 key")
        if private.public_key().public_bytes_raw() != self.public(name):
            raise UnusableError(f"{path}: not the private half of {name}.pub; one of the two was replaced")
        return private

    def find(self, wanted: str) -> str | None:
        """The name of the key whose public key has the id ``wanted`` (64 hex digits), or None.

        >>> keys = inblue.KeyStore("keys")
        >>> keys.find(keys.new("log", b"four words nobody says").key_id)
        'log'
        """
        return next((name for name in self.names() if key_id(self.public(name)) == wanted), None)

    def _keep(self, path: Path, content: bytes, public_key: bytes) -> None:
        public = path.with_suffix(".pub")
        try:
            durable.make_private(self.folder)
            if os.name == "posix" and self.folder.stat().st_mode & 0o077:
                raise UnusableError(f"the key folder {self.folder} is open to others: chmod 700 it, or choose another")
            _create(public, public_pem(public_key))
            try:
                _create(path, content)
            except BaseException:
                public.unlink()  # a public half alone would block the name
                raise
        except OSError as error:
            raise UnusableError(f"cannot write to the key folder {self.folder}: {error.strerror}") from None

    def _path(self, name: str, suffix: str) -> Path:
        if not _NAME.fullmatch(name):
            raise Malformed(f"{name[:80]!a} cannot be a key's name: use a-z, 0-9, '.', '_', '-', at most 64")
        return self.folder / (name + suffix)


def secret_of(store: KeyStore, name: str, passphrase: bytes) -> Secret:
    """The private key ``name`` in the form for an agent, for a sitting.

    Raises:
        NotFound, Refused, Broken: as :meth:`KeyStore.open`.
    """
    private = store._private(name, passphrase)
    return Secret(name, private.public_key().public_bytes_raw(), private.private_bytes_raw())


def _check_passphrase(passphrase: bytes) -> None:
    if len(passphrase) < MIN_PASSPHRASE_BYTES:
        raise Malformed(f"passphrase too short: at least {MIN_PASSPHRASE_BYTES} bytes are needed")
    if len(passphrase) > MAX_PASSPHRASE_BYTES:
        raise Malformed(f"passphrase too long: at most {MAX_PASSPHRASE_BYTES:,} bytes are read")


def _read(path: Path) -> bytes:
    try:
        return read_outside(path, _MAX_FILE_BYTES)
    except FileNotFoundError:
        raise NotFound(f"no key at {path}") from None
    except OSError as error:
        raise UnusableError(f"cannot read {path}: {error.strerror}") from None
    except Malformed:
        raise UnusableError(f"{path}: too large for a key") from None


def _create(path: Path, content: bytes) -> None:
    try:
        durable.create(path, content, mode=durable.PRIVATE)
    except FileExistsError:
        raise Refused(None, f"{path} is already there: choose another name") from None


def _encrypt(private: Ed25519PrivateKey, passphrase: bytes) -> bytes:
    """The PEM of an EncryptedPrivateKeyInfo."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    plain = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, iv = os.urandom(16), os.urandom(_BLOCK_BYTES)
    key = Scrypt(salt=salt, length=_KEY_BYTES, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P).derive(passphrase)
    padding = _BLOCK_BYTES - len(plain) % _BLOCK_BYTES  # RFC 8018 section 6.1.1: 1 to 16 bytes, each their number
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    ciphertext = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
    encoded = binascii.b2a_base64(_encrypted_info(salt, iv, ciphertext), newline=False)
    lines = [encoded[start : start + 64] for start in range(0, len(encoded), 64)]
    return b"\n".join([b"-----BEGIN ENCRYPTED PRIVATE KEY-----", *lines, b"-----END ENCRYPTED PRIVATE KEY-----", b""])


def _encrypted_info(salt: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """The DER of an EncryptedPrivateKeyInfo."""
    costs = map(der.encode_integer, (_SCRYPT_N, _SCRYPT_R, _SCRYPT_P, _KEY_BYTES))
    derivation = _algorithm(_SCRYPT, der.encode(der.SEQUENCE, der.encode(der.OCTETS, salt), *costs))
    cipher = _algorithm(_AES256_CBC, der.encode(der.OCTETS, iv))
    scheme = _algorithm(_PBES2, der.encode(der.SEQUENCE, derivation, cipher))
    return der.encode(der.SEQUENCE, scheme, der.encode(der.OCTETS, ciphertext))


def _algorithm(identifier: str, parameters: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_object_identifier(identifier), parameters)
