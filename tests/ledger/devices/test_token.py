"""Keys on a real PKCS#11 token (SoftHSM2): they sign as any other, and what goes wrong is one line without a secret."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from devices import MODULE, OTHER_PIN, PIN, Token, make_tokens
from signers import LOG, REGISTRAR, SECOND

import inblue
from inblue.domain.errors import Malformed
from inblue.ledger.devices import token as tokens
from inblue.ledger.devices.token_uri import read_token_uri
from inblue.ledger.errors import Broken, DeviceError, SignerFailed
from inblue.ledger.standards.signing import checked

KEYS = (("registrar", b"r" * 32), ("log", b"l" * 32))
FRESH = [f"fresh-{number}" for number in range(6)]
DOUBLE = (("key", b"1" * 32), ("key", b"2" * 32))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Token]]:
    """All tokens that this process ever sees: the module reads its configuration once."""
    labels = ["council", "twin", "twin", "double", *FRESH]
    keys = dict.fromkeys(labels, KEYS[:1]) | {"council": KEYS, "twin": (), "double": DOUBLE}
    tokens = {each.label: each for each in make_tokens(tmp_path_factory.mktemp("devices") / "d", labels, keys)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in tokens["council"].env.items():
            patch.setenv(name, value)
        yield tokens


@pytest.fixture
def council(made: dict[str, Token]) -> Token:
    return made["council"]


@pytest.fixture
def another(made: dict[str, Token]) -> Token:
    """A token without a login."""
    return made[FRESH.pop()]


def open_key(token: Token, key: str, pin: str | None = PIN) -> inblue.Signer:
    return inblue.pkcs11_signer(token.uri(key), pin=pin.encode() if pin else None)


def failure(token: Token, key: str, pin: str | None = PIN) -> str:
    with pytest.raises(SignerFailed, match=r"\A[ -~]+\Z") as caught:
        open_key(token, key, pin)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return str(caught.value)


def test_a_ledger_is_founded_and_kept_with_keys_on_a_token(council: Token, tmp_path: Path) -> None:
    registrar, log = open_key(council, "registrar"), open_key(council, "log")
    assert (registrar.public_key, log.public_key) == (REGISTRAR.public_key, LOG.public_key)
    with inblue.Ledger.create(tmp_path / "a.db", signer=registrar, log_signer=log) as ledger:
        ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=registrar)
        ledger.at("S/2026/1", signer=registrar).circulate("unsc-2020-253", title="The situation")
        assert ledger.verify().holds


def test_its_signature_is_the_one_of_rfc_8032(council: Token) -> None:
    signer = open_key(council, "registrar")
    for message in (b"", b"m", b"m" * 500_000):
        assert signer.sign(message) == REGISTRAR.sign(message)


def test_a_key_is_found_by_its_id_and_its_public_half_without_a_pin(council: Token) -> None:
    open_key(council, "log")
    assert inblue.pkcs11_signer("pkcs11:token=council;id=%02", pin=PIN.encode()).public_key == LOG.public_key
    where = read_token_uri(council.uri("registrar"))
    assert tokens.token_public_key(where) == REGISTRAR.public_key


def test_the_public_half_is_seen_before_anybody_has_logged_in(another: Token) -> None:
    assert tokens.token_public_key(read_token_uri(another.uri("registrar"))) == REGISTRAR.public_key


def test_a_wrong_pin_is_tried_once_and_said_without_it(another: Token) -> None:
    said = failure(another, "registrar", OTHER_PIN)
    assert f"the token {another.label} has another PIN; it was tried once" in said
    assert OTHER_PIN not in said
    assert "needs its PIN" in failure(another, "registrar", None)
    assert open_key(another, "registrar").sign(b"m") == REGISTRAR.sign(b"m")


def test_the_pin_may_be_in_a_file_that_the_uri_names(another: Token, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text(PIN + "\n")
    signer = inblue.pkcs11_signer(f"{another.uri('registrar')}?pin-source=file:{tmp_path}/pin&module-path={MODULE}")
    assert signer.sign(b"m") == REGISTRAR.sign(b"m")
    with pytest.raises(Broken, match=r"pin-source .*: No such file"):
        inblue.pkcs11_signer(f"{another.uri('registrar')}?pin-source={tmp_path}/none")


@pytest.mark.parametrize(
    ("label", "key", "said"),
    [
        ("nobody", "log", "the token nobody is not there"),
        ("council", "none", "has no private half of an Ed25519 key of that name"),
        ("council", "curve", "has no private half of an Ed25519 key of that name"),
    ],
)
def test_what_is_not_there_is_named(council: Token, label: str, key: str, said: str) -> None:
    assert said in failure(council._replace(label=label), key)


def test_two_tokens_or_two_keys_of_one_name_are_told_apart_or_refused(made: dict[str, Token]) -> None:
    assert "one of several that fit the URI: give serial or slot-id" in failure(made["twin"], "log")
    assert "several keys of that name: give both object and id" in failure(made["double"], "key")
    assert inblue.pkcs11_signer(made["double"].uri("key") + ";id=%02", pin=PIN.encode()).sign(b"m")


@pytest.mark.parametrize("before", ["", "0420", "032100"])
def test_a_public_point_is_read_as_each_maker_writes_it(before: str) -> None:
    from pkcs11 import Attribute

    written = bytes.fromhex(before) + SECOND.public_key
    assert tokens._point({Attribute.EC_POINT: written}) == SECOND.public_key
    for wrong in (written + b"\0", written[:-1], b"\x04\x39" + bytes(57), b"\x04\x21" + SECOND.public_key, b""):
        with pytest.raises(DeviceError, match="another curve"):
            tokens._point({Attribute.EC_POINT: wrong})
    with pytest.raises(DeviceError, match="is refused: weak"):
        tokens._point({Attribute.EC_POINT: bytes.fromhex(before) + (1).to_bytes(32, "little")})


def test_a_module_that_is_none_or_is_not_named_is_said(council: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = council.uri("log")
    with pytest.raises(SignerFailed, match="/bin/ls is not a PKCS#11 module that loads here"):
        inblue.pkcs11_signer(uri, pin=PIN.encode(), module="/bin/ls")
    with pytest.raises(Broken, match=r"there is no PKCS#11 module /no/module\.so"):
        inblue.pkcs11_signer(uri, pin=PIN.encode(), module="/no/module.so")
    monkeypatch.delenv("INBLUE_PKCS11_MODULE")
    with pytest.raises(Malformed, match="no PKCS#11 module is named"):
        inblue.pkcs11_signer(uri, pin=PIN.encode())


@pytest.mark.parametrize("pin", [b"", b"\xff", b"a\0b", b"1" * 256])
def test_what_can_be_no_pin_is_refused_before_the_token_is_asked(council: Token, pin: bytes) -> None:
    with pytest.raises(Malformed, match="a PIN is text in UTF-8"):
        inblue.pkcs11_signer(council.uri("log"), pin=pin)


def test_many_threads_sign_at_once(council: Token) -> None:
    signers = [open_key(council, name) for name in ("registrar", "log")]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda number: signers[number % 2].sign(b"%d" % number), range(80)))
    assert done == [(REGISTRAR, LOG)[number % 2].sign(b"%d" % number) for number in range(80)]


def forked(does: Callable[[], object]) -> int:
    """How a child that was forked now ends: 0 unless ``does`` raises."""
    child = os.fork()
    if child == 0:
        try:
            does()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - nothing of pytest is to run twice
            traceback.print_exc()
        os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_forked_child_opens_a_key_of_its_own(council: Token) -> None:
    signer = open_key(council, "log")
    signer.sign(b"before")

    def child() -> None:
        with pytest.raises(SignerFailed, match="opened before a fork; open the key again"):
            signer.sign(b"m")
        assert open_key(council, "log").sign(b"m") == LOG.sign(b"m")

    assert forked(child) == 0
    assert signer.sign(b"m") == LOG.sign(b"m")


def test_a_child_that_is_forked_while_others_sign_opens_its_own(council: Token) -> None:
    """It would wait for ever for a lock of the token's library that a thread of the parent held."""
    signer, ended = open_key(council, "log"), threading.Event()

    def signs() -> None:
        while not ended.is_set():
            assert signer.sign(b"m") == LOG.sign(b"m")

    def child() -> None:
        assert open_key(council, "log").sign(b"m") == LOG.sign(b"m")

    with ThreadPoolExecutor(3) as pool:
        signing = [pool.submit(signs) for _ in range(3)]
        try:
            assert [forked(child) for _ in range(20)] == [0] * 20
        finally:
            ended.set()
        assert [each.result() for each in signing] == [None] * 3


def test_a_child_of_a_child_waits_for_nobody_and_opens_its_own(council: Token) -> None:
    """The child uses no key: what it was given held must not be waited for at each fork of its own."""
    open_key(council, "log")

    def grandchild() -> None:
        assert open_key(council, "log").sign(b"m") == LOG.sign(b"m")

    def child() -> None:
        loaded = tokens._loaded
        assert [lock.locked() for lock in (loaded.lock, *(each.lock for each in loaded.modules.values()))] == [
            False
        ] * 2
        assert forked(grandchild) == 0

    assert forked(child) == 0


def files_of(token: Token) -> list[Path]:
    """What SoftHSM2 keeps of a token."""
    found = next(p for p in (token.folder / "tokens").rglob("token.object") if token.label.encode() in p.read_bytes())
    return list(found.parent.iterdir())


def test_a_token_that_is_taken_away_fails_and_nothing_is_recorded(another: Token, tmp_path: Path) -> None:
    registrar = open_key(another, "registrar")
    with inblue.Ledger.create(tmp_path / "a.db", signer=registrar, log_signer=LOG) as ledger:
        before = ledger.verify().entries
        for path in files_of(another):
            path.unlink()
        with pytest.raises(
            SignerFailed, match=r"\Athe signer of the key [0-9a-f]{16} [ -~]+; nothing was stored"
        ) as said:
            ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=registrar)
        assert PIN not in str(said.value)
        assert (ledger.verify().entries, ledger.verify().holds) == (before, True)


HOLDS = """
import fcntl, sys
held = [open(path, "r+b") for path in sys.argv[1:]]
for file in held:
    fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_token_that_hangs_is_waited_for_only_so_long(another: Token, tmp_path: Path) -> None:
    """SoftHSM2 waits, in the call that signs, for files that another process has locked."""
    registrar = open_key(another, "registrar")
    with inblue.Ledger.create(tmp_path / "a.db", signer=REGISTRAR, log_signer=LOG, signer_seconds=0.5) as ledger:
        program = [sys.executable, "-c", HOLDS, *map(str, files_of(another))]
        with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            began = time.monotonic()
            with pytest.raises(SignerFailed, match=r"gave no answer within 0\.5 seconds"):
                ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=registrar)
            assert time.monotonic() - began < 5
            holder.communicate()
        ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=registrar)
        assert ledger.verify().holds


def test_no_secret_is_in_a_repr_a_log_an_error_or_a_traceback(
    another: Token, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [failure(another, "registrar", OTHER_PIN), failure(another, "none")]
    signer = open_key(another, "registrar")
    said += [
        repr(signer),
        str(signer),
        repr(checked(signer)),
        repr(signer.__reduce_ex__),
        caplog.text,
        *capfd.readouterr(),
    ]
    try:
        inblue.pkcs11_signer(another.uri("registrar") + "?pin-value=" + PIN)
    except Malformed:
        said.append(traceback.format_exc().replace("PIN", ""))
    for text in said:
        assert not any(secret in text for secret in (PIN, OTHER_PIN, "r" * 32, (b"r" * 32).hex()))
