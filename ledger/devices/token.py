"""A key on a PKCS#11 token (a smart card, an HSM, SoftHSM): Ed25519 by CKM_EDDSA, through the extra ``pkcs11``.

A module is a library by the token's maker, loaded into this process. Only one thread at a time calls it, which the
standard requires unless C_Initialize is told otherwise. The process logs in to a token once and keeps that session: by
the standard a login belongs to the process, and ends for all keys of the token when one session logs out. A PIN is
passed only to the module, and is not kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, local
from typing import TYPE_CHECKING, Any

from ...domain.errors import Malformed
from ..edge.face import face
from ..errors import DeviceError, UnusableError, needs
from ..process import leave_no_dump, limits
from ..standards.ed25519 import PUBLIC_BYTES, check_public_key, key_id
from ..standards.signing import within
from .token_uri import TokenUri, read_token_uri

if TYPE_CHECKING:
    from ..standards.ed25519 import Signer

MODULE = "INBLUE_PKCS11_MODULE"
"""The environment variable that names the module if the URI does not."""

MAX_PIN_BYTES = 255

# CKA_EC_POINT of an Edwards key. PKCS#11 3.0 has the plain 32 bytes of RFC 8032, its errata a BIT STRING, and SoftHSM
# and others an OCTET STRING, as for every other curve.
_POINTS = (b"", b"\x04\x20", b"\x03\x21\x00")

_SAID = {
    "PinIncorrect": "has another PIN; it was tried once, and a token locks itself after a few",
    "PinInvalid": "has another PIN; it was tried once, and a token locks itself after a few",
    "PinLenRange": "has another PIN: this one is too short or too long",
    "PinLocked": "has locked its PIN after too many wrong ones; its security officer can set it again",
    "PinExpired": "has an expired PIN",
    "UserPinNotInitialized": "has no PIN yet",
    "UserNotLoggedIn": "has logged this process out; open the key again",
    "SessionHandleInvalid": "has ended its session; open the key again",
    "SessionClosed": "has ended its session; open the key again",
    "TokenNotPresent": "is gone; put it back, and open the key again",
    "DeviceRemoved": "is gone; put it back, and open the key again",
    "MechanismInvalid": "does not sign by CKM_EDDSA",
    "DataLenRange": "does not sign so long a message",
}


class _Module:
    """A loaded module, and the session with each of its tokens. Callers must hold its lock."""

    def __init__(self, path: Path) -> None:
        import pkcs11

        self.lock = Lock()
        self.process = os.getpid()
        self.sessions: dict[int, Any] = {}
        with _instead(pkcs11.PKCS11Error, f"cannot be used: {path} is not a PKCS#11 module that loads here"):
            self.library = pkcs11.lib(str(path))


class _Loaded:
    """The modules of this process. A forked child must initialise them again, and has none of the sessions."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.held = local()
        self.modules: dict[Path, _Module] = {}

    def module(self, path: Path) -> _Module:
        """The module at ``path``."""
        with _turn(self.lock):
            known = self.modules.get(path)
            if known is None or known.process != os.getpid():
                if known is not None:
                    _finalise(path, known.library)
                known = self.modules[path] = _Module(path)
            return known

    def before_fork(self) -> None:
        """Wait until no thread is in a module: the child would have its locks held, and nobody to release them."""
        locks = (self.lock, *(module.lock for module in list(self.modules.values())))
        self.held.locks = [lock for lock in locks if lock.acquire(timeout=limits().signer)]

    def after_fork(self) -> None:
        """In the parent, by the thread that forked."""
        for lock in self.held.locks:
            lock.release()

    def in_child(self) -> None:
        """In the child: the locks were copied as they were held, by this thread or by one that is not here."""
        self.lock = Lock()
        for module in self.modules.values():
            module.lock = Lock()


_loaded = _Loaded()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_loaded.before_fork, after_in_parent=_loaded.after_fork, after_in_child=_loaded.in_child)


def _finalise(path: Path, library: Any) -> None:
    """In a forked child, end what the parent has initialised."""
    from ctypes import CDLL

    from pkcs11 import PKCS11Error

    # python-pkcs11 would keep the interpreter's lock meanwhile: a module that hangs would stop the whole process, and
    # not only this thread, which has a deadline.
    CDLL(str(path)).C_Finalize(None)
    with suppress(PKCS11Error):  # it is finalised already
        library.finalize()


class TokenSigner:
    """A signer whose private key never leaves its token."""

    __slots__ = ("_key", "_module", "public_key")

    def __init__(self, module: _Module, key: Any, public_key: bytes) -> None:
        self._module, self._key = module, key
        self.public_key = public_key

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over ``message``.

        Raises:
            SignerFailed: the token gives none.
        """
        from pkcs11 import Mechanism

        if self._module.process != os.getpid():
            raise DeviceError("was opened before a fork; open the key again in each process that is to use it")
        with _turn(self._module.lock), _own_words():
            return bytes(self._key.sign(message, mechanism=Mechanism.EDDSA))

    def __repr__(self) -> str:
        return f"<TokenSigner {key_id(self.public_key)}>"


@face
def pkcs11_signer(
    uri: str, *, pin: bytes | None = None, module: Path | str | None = None, seconds: float | None = None
) -> Signer:
    """The signer of an Ed25519 key on a PKCS#11 token. Needs ``pip install 'inblue[pkcs11]'``.

    ``uri`` names token and key, such as ``pkcs11:token=council;object=registrar`` (RFC 7512). The module is ``module``,
    or the URI's ``module-path``, or ``INBLUE_PKCS11_MODULE``; the PIN ``pin``, or the first line of the URI's
    ``pin-source=file:PATH``. A token with its own PIN pad needs neither. A process stays logged in to a token, so
    further keys on it open without a PIN. A forked child opens its own session. ``seconds`` defaults to the process's
    limit for signers.

    >>> inblue.pkcs11_signer("registrar")
    Traceback (most recent call last):
    inblue.domain.errors.Malformed: not a PKCS#11 URI such as pkcs11:token=council;object=registrar

    Raises:
        Malformed: not such a URI, or it holds a PIN; no module is named; a PIN that no token accepts.
        NotFound: the extra is not installed.
        Broken: the PIN's file cannot be read.
        SignerFailed: the module cannot be loaded, there is no such token or key on it or more than one, the key is of
            another kind, the PIN is wrong, or there was no answer within ``seconds``.
    """
    where = read_token_uri(uri)
    path = module_of(where, module)
    secret = _pin(pin if pin is not None else pin_from_file(where))
    leave_no_dump()
    return within(seconds, lambda: _open(where, path, secret), whose=where.whose)


def token_public_key(where: TokenUri, *, seconds: float | None = None) -> bytes:
    """The public half of a key on a token, which most tokens show without a login.

    Raises:
        Malformed, Broken, SignerFailed: as :func:`pkcs11_signer`.
    """
    path = module_of(where, None)
    return within(seconds, lambda: _look(where, path), whose=where.whose)


def module_of(where: TokenUri, module: Path | str | None) -> Path:
    """The module to load; checks first that ``pkcs11`` is installed.

    Raises:
        Malformed: none is named.
        NotFound: the extra is not installed.
        Broken: no file is there.
    """
    with needs("pkcs11", "a key on a token"):
        import pkcs11  # noqa: F401
    path = Path(module) if module else where.module or Path(os.environ.get(MODULE, ""))
    if path == Path():
        raise Malformed(f"no PKCS#11 module is named: give module-path=PATH in the URI, or set {MODULE}")
    if not path.is_absolute() or not path.is_file():
        raise UnusableError(f"there is no PKCS#11 module {path}: an absolute path of a library is needed")
    return path


def pin_from_file(where: TokenUri) -> bytes | None:
    """The first line of the URI's pin-source file; None if it names none.

    Raises:
        Broken: it cannot be read.
    """
    if where.pin_file is None:
        return None
    try:
        with where.pin_file.open("rb") as source:
            return source.readline(2_048).rstrip(b"\r\n")
    except OSError as error:
        raise UnusableError(f"pin-source {where.pin_file}: {error.strerror}") from None


def _pin(given: bytes | None) -> str | None:
    if given is None:
        return None
    try:
        text = given.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or len(given) > MAX_PIN_BYTES or "\0" in text:
        raise Malformed(f"a PIN is text in UTF-8, of 1 to {MAX_PIN_BYTES} bytes")
    return text


def _open(where: TokenUri, path: Path, pin: str | None) -> Signer:
    with _own_words():
        module = _loaded.module(path)
        with _turn(module.lock):
            session = _session(module, _token(module, where), pin)
            key = _only(session, where, "PRIVATE_KEY")
            return TokenSigner(module, key, _point(_only(session, where, "PUBLIC_KEY")))


def _look(where: TokenUri, path: Path) -> bytes:
    with _own_words():
        module = _loaded.module(path)
        with _turn(module.lock):
            token = _token(module, where)
            session = _alive(module, token.slot.slot_id) or token.open()
            return _point(_only(session, where, "PUBLIC_KEY"))


def _token(module: _Module, where: TokenUri) -> Any:
    from pkcs11 import TokenFlag
    from pkcs11.exceptions import PKCS11Error

    found = []
    for slot in module.library.get_slots(token_present=True):
        with suppress(PKCS11Error):  # another token may be broken, but it is not the one wanted
            token = slot.get_token()
            if TokenFlag.TOKEN_INITIALIZED in token.flags and _is_meant(token, where):
                found.append(token)
    if len(found) != 1:
        raise DeviceError("is not there" if not found else "is one of several that fit the URI: give serial or slot-id")
    return found[0]


def _is_meant(token: Any, where: TokenUri) -> bool:
    pairs = (
        (where.token, token.label),
        (where.serial, token.serial.decode("utf-8", "replace").strip()),
        (where.manufacturer, token.manufacturer_id),
        (where.model, token.model),
        (where.slot, token.slot.slot_id),
    )
    return all(wanted is None or wanted == had for wanted, had in pairs)


def _session(module: _Module, token: Any, pin: str | None) -> Any:
    """The process's session with a token, logged in."""
    from pkcs11 import PROTECTED_AUTH, TokenFlag
    from pkcs11.exceptions import UserAlreadyLoggedIn

    slot = token.slot.slot_id
    if (known := _alive(module, slot)) is not None:
        return known
    login: Any = pin
    if pin is None and TokenFlag.LOGIN_REQUIRED in token.flags:
        if TokenFlag.PROTECTED_AUTHENTICATION_PATH not in token.flags:
            raise DeviceError("needs its PIN")
        login = PROTECTED_AUTH
    try:
        session = token.open(user_pin=login)
    except UserAlreadyLoggedIn:  # by other code in this process, through the same module
        session = token.open()
    module.sessions[slot] = session
    return session


def _alive(module: _Module, slot: int) -> Any:
    """The session with the token in that slot, unless it has ended."""
    from pkcs11 import Attribute, ObjectClass
    from pkcs11.exceptions import PKCS11Error

    known = module.sessions.get(slot)
    if known is None:
        return None
    try:
        next(iter(known.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})), None)
    except PKCS11Error:
        del module.sessions[slot]
        with suppress(PKCS11Error):
            known.close()
        return None
    return known


def _only(session: Any, where: TokenUri, kind: str) -> Any:
    """The one key that the URI names."""
    from pkcs11 import Attribute, KeyType, ObjectClass

    wanted: dict[Any, Any] = {Attribute.CLASS: ObjectClass[kind], Attribute.KEY_TYPE: KeyType.EC_EDWARDS}
    if where.label is not None:
        wanted[Attribute.LABEL] = where.label
    if where.id is not None:
        wanted[Attribute.ID] = where.id
    found = list(session.get_objects(wanted))
    what = "private half" if kind == "PRIVATE_KEY" else "public half"
    if not found:
        raise DeviceError(f"has no {what} of an Ed25519 key of that name")
    if len(found) > 1:
        raise DeviceError("has several keys of that name: give both object and id")
    return found[0]


def _point(public: Any) -> bytes:
    """The 32 bytes of RFC 8032 from CKA_EC_POINT."""
    from pkcs11 import Attribute

    point = bytes(public[Attribute.EC_POINT])
    raw = point[-PUBLIC_BYTES:]
    if len(raw) != PUBLIC_BYTES or point[:-PUBLIC_BYTES] not in _POINTS:
        raise DeviceError("has a key of another curve: Ed25519 is needed")
    try:
        check_public_key(raw)
    except Malformed as error:
        raise DeviceError(f"has a key that is refused: {error}") from None
    return raw


@contextmanager
def _turn(lock: Lock) -> Iterator[None]:
    """Hold ``lock``. A thread that hangs in a module keeps it; others get an error that says so."""
    if not lock.acquire(timeout=limits().lock / 2):
        raise DeviceError("is still busy with what it was asked before")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _own_words() -> Iterator[None]:
    """Translate the module's errors."""
    from pkcs11.exceptions import PKCS11Error

    with _instead(PKCS11Error):
        yield


@contextmanager
def _instead(kind: type[Exception], said: str = "") -> Iterator[None]:
    """Raise another error in place of ``kind``, with only its name."""
    try:
        yield
    except kind as error:
        name = type(error).__name__
        said = said or _SAID.get(name, f"failed ({name})")
    else:
        return
    raise DeviceError(said)
