"""A passphrase in the system's keyring: GNOME's own, on a bus of its own, and keyrings that are not the system's."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from command_line import call
from paths import INBLUE

PASSPHRASE = "four words nobody says"


@pytest.fixture(scope="module")
def session() -> Iterator[Mapping[str, str]]:
    """The environment of a logged-in user: a bus with an open keyring."""
    home = Path(tempfile.mkdtemp(prefix="ib"))
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as bus:
        assert bus.stdout is not None
        env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        unlock = ["gnome-keyring-daemon", "--unlock", "--components=secrets"]
        subprocess.run(unlock, env=env, input=b"login", check=True, capture_output=True)
        yield env
        bus.terminate()  # and the keyring with it
    shutil.rmtree(home)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": PASSPHRASE, "INBLUE_LEDGER": "council.db"}
    assert call([INBLUE, "init"], env=env, cwd=tmp_path).returncode == 0
    return tmp_path


def run(desk: Path, session: Mapping[str, str], *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A command with a sitting of its own for each test."""
    env = {**session, "INBLUE_LEDGER": "council.db", **more}
    return call([INBLUE, *words], env=env, cwd=desk)


def test_the_passphrase_is_kept_at_first_and_asked_for_no_more_until_it_is_forgotten(
    desk: Path, session: Mapping[str, str]
) -> None:
    assert "a passphrase is needed" in run(desk, session, "unlock", "--keyring").stderr
    assert run(desk, session, "unlock", "--keyring", INBLUE_PASSPHRASE=PASSPHRASE).returncode == 0
    assert run(desk, session, "lock").returncode == 0
    again = run(desk, session, "unlock", "--keyring")
    assert (again.returncode, again.stdout.startswith("unlocked registrar, log until")) == (0, True)
    assert run(desk, session, "draft", "circulate", "S/1").returncode == 0
    assert run(desk, session, "lock", "--keyring").returncode == 0
    assert "a passphrase is needed" in run(desk, session, "unlock", "--keyring").stderr
    for path in Path(session["HOME"]).rglob("*.key*"):
        assert PASSPHRASE.encode() not in path.read_bytes()


def test_each_key_folder_has_a_passphrase_of_its_own_there(
    desk: Path, session: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "quite another one", "INBLUE_LEDGER": "council.db"}
    assert call([INBLUE, "init"], env=env, cwd=other).returncode == 0
    assert run(desk, session, "unlock", "--keyring", INBLUE_PASSPHRASE=PASSPHRASE).returncode == 0
    assert run(desk, session, "lock").returncode == 0
    assert "a passphrase is needed" in run(other, session, "unlock", "--keyring").stderr
    assert run(desk, session, "lock", "--keyring").returncode == 0


def test_one_that_was_changed_meanwhile_is_named_with_its_mend_and_replaced_by_the_one_that_is_given(
    desk: Path, session: Mapping[str, str]
) -> None:
    assert run(desk, session, "unlock", "--keyring", INBLUE_PASSPHRASE=PASSPHRASE).returncode == 0
    assert run(desk, session, "lock").returncode == 0
    new = {"INBLUE_PASSPHRASE": PASSPHRASE, "INBLUE_NEW_PASSPHRASE": "four new words of mine"}
    for name in ("registrar", "log"):
        assert run(desk, session, "key", "passphrase", name, **new).returncode == 0
    refused = run(desk, session, "unlock", "--keyring")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "inblue lock --keyring" in refused.stderr
    given = run(desk, session, "unlock", "--keyring", INBLUE_PASSPHRASE="four new words of mine")
    assert given.returncode == 0
    assert run(desk, session, "lock").returncode == 0
    assert run(desk, session, "unlock", "--keyring").returncode == 0
    assert run(desk, session, "lock", "--keyring").returncode == 0


def test_a_passphrase_that_opens_nothing_is_not_kept(desk: Path, session: Mapping[str, str]) -> None:
    assert run(desk, session, "unlock", "--keyring", INBLUE_PASSPHRASE="some other words").returncode == 2
    assert "a passphrase is needed" in run(desk, session, "unlock", "--keyring").stderr


@pytest.mark.parametrize("backend", ["null.Keyring", "fail.Keyring"])
def test_what_is_not_a_keyring_of_a_system_is_given_nothing(
    desk: Path, session: Mapping[str, str], backend: str
) -> None:
    more = {"INBLUE_PASSPHRASE": PASSPHRASE, "PYTHON_KEYRING_BACKEND": f"keyring.backends.{backend}"}
    done = run(desk, session, "unlock", "--keyring", **more)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no keyring of the system is open here; leave out --keyring" in done.stderr


def test_without_a_bus_no_keyring_is_used_and_a_sitting_is_possible_all_the_same(
    desk: Path, session: Mapping[str, str]
) -> None:
    alone = {name: value for name, value in session.items() if name != "DBUS_SESSION_BUS_ADDRESS"}
    done = run(desk, alone, "unlock", "--keyring", INBLUE_PASSPHRASE=PASSPHRASE)
    assert (done.returncode, "leave out --keyring" in done.stderr) == (2, True)
    assert run(desk, alone, "unlock", INBLUE_PASSPHRASE=PASSPHRASE).returncode == 0
    assert run(desk, alone, "lock").returncode == 0
