"""One passphrase for a sitting: what an agent holds until the hour, and whose socket is never given a key."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from command_line import call
from devices import running_agent
from hypothesis import given
from hypothesis import strategies as st
from paths import INBLUE
from terminal import at_terminal

from inblue.ledger.devices import key_agent, sitting, ssh_agent
from inblue.ledger.devices.key_agent import KeyAgent
from inblue.ledger.devices.sitting import Secret
from inblue.ledger.devices.ssh_agent import keys_of, strings
from inblue.ledger.errors import SignerFailed, UnusableError
from inblue.ledger.process import Limits
from inblue.ledger.standards.ed25519 import Ed25519Signer

PASSPHRASE = "four words nobody says"
SEED = b"r" * 32
PUBLIC = Ed25519Signer.from_seed(SEED).public_key
ONLY_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A folder for sockets, whose paths must be short, and no agent in it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ib"))
    yield folder
    process = process_of(folder)
    if process is not None:
        os.kill(process, signal.SIGKILL)
    shutil.rmtree(folder)


@pytest.fixture
def own(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The socket of our own agent, as this process finds it, where there is no ssh-agent."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return sitting.own_socket()


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    done = run(tmp_path, tmp_path, "init", INBLUE_PASSPHRASE=PASSPHRASE)
    assert done.returncode == 0
    return tmp_path


def run(desk: Path, runtime: Path, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
    return call([INBLUE, *map(str, words)], env=environment(runtime, **more), cwd=desk)


def environment(runtime: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(runtime), "INBLUE_LEDGER": "council.db", **more}


def process_of(runtime: Path) -> int | None:
    """The process at the end of our own agent's socket."""
    with socket.socket(socket.AF_UNIX) as asked, suppress(OSError):
        asked.connect(str(runtime / "inblue" / "agent"))
        process, _, _ = struct.unpack("3i", asked.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(process)
    return None


def wait_until_gone(process: int | None) -> None:
    """Until a process, of which this one is not always the parent, has exited."""
    with suppress(ChildProcessError):
        os.waitpid(process or 0, 0)
    with suppress(ProcessLookupError):
        while process:
            os.kill(process, 0)
            time.sleep(0.02)


def wait_for_the_end(runtime: Path) -> None:
    while (runtime / "inblue" / "agent").exists():
        time.sleep(0.02)


def test_the_passphrase_is_typed_once_for_a_sitting(desk: Path, runtime: Path) -> None:
    env = environment(runtime)
    told = at_terminal(
        [INBLUE, "--", "unlock", "--ledger", str(desk / "council.db"), "--for", "45m"],
        env=env, answers=f"{PASSPHRASE}\n", after="Passphrase",
    )  # fmt: skip
    assert told.status == 0, told.shown
    assert "unlocked registrar, log until" in told.shown
    process = process_of(runtime)
    for words in (("draft", "circulate", "S/1"), ("draft", "correct", "--title", "T", "--reason", "r")):
        done = run(desk, runtime, *words)
        assert (done.returncode, done.stderr) == (0, "")
    assert process_of(runtime) == process
    assert run(desk, runtime, "lock").stdout == "locked: 2 keys were forgotten\n"
    wait_for_the_end(runtime)
    after = run(desk, runtime, "draft", "withdraw")
    assert (after.returncode, "inblue unlock" in after.stderr) == (2, True)
    assert run(desk, runtime, "lock").stdout == "no key was unlocked\n"


def test_the_agent_has_no_secret_in_its_words_or_environment_and_leaves_no_dump(desk: Path, runtime: Path) -> None:
    (desk / "passphrase").write_text(PASSPHRASE)
    assert run(desk, runtime, "unlock", "--passphrase-file", "passphrase").returncode == 0
    of = Path(f"/proc/{process_of(runtime)}")
    assert PASSPHRASE not in (of / "cmdline").read_text()
    with suppress(PermissionError):  # only root reads it of a process without core dumps
        assert (of / "environ").read_bytes() == b""
    (core,) = [line for line in (of / "limits").read_text().splitlines() if line.startswith("Max core file size")]
    assert core.split()[4] == "0"
    assert of.stat().st_uid == 0  # the system gives root the files of a process without core dumps


def test_keys_go_to_the_ssh_agent_where_there_is_one_and_only_ours_are_taken_back(desk: Path, runtime: Path) -> None:
    with running_agent({"other": b"o" * 32}) as agent:
        done = run(desk, runtime, "unlock", INBLUE_PASSPHRASE=PASSPHRASE, **agent.env)
        assert done.stdout.endswith("in the ssh-agent; inblue lock ends it\n")
        assert process_of(runtime) is None
        assert {"inblue registrar", "inblue log"} <= {
            " ".join(line.split()[2:-1]) for line in agent.command("-l").splitlines()
        }
        assert run(desk, runtime, "draft", "circulate", "S/1", **agent.env).returncode == 0
        assert run(desk, runtime, "lock", **agent.env).returncode == 0
        assert "inblue" not in agent.command("-l")
        assert "other" in agent.command("-l")


def test_a_passphrase_that_is_wrong_hands_over_nothing(desk: Path, runtime: Path) -> None:
    done = run(desk, runtime, "unlock", INBLUE_PASSPHRASE="something else")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert process_of(runtime) is None


@pytest.mark.parametrize("length", ["0h", "25h", "1d", "8", "-1h"])
def test_a_sitting_is_at_most_a_day(desk: Path, runtime: Path, length: str) -> None:
    assert "write 45m or 8h" in run(desk, runtime, "unlock", "--for", length).stderr


@pytest.mark.parametrize("what", ["open folder", "link", "file"])
def test_a_place_that_is_not_only_ones_own_is_given_no_key(desk: Path, runtime: Path, what: str) -> None:
    folder = runtime / "inblue"
    match what:
        case "open folder":
            folder.mkdir(mode=0o755)
        case "link":
            (runtime / "elsewhere").mkdir(mode=0o700)
            folder.symlink_to("elsewhere")
        case _:
            folder.mkdir(mode=0o700)
            (folder / "agent").touch()
    done = run(desk, runtime, "unlock", INBLUE_PASSPHRASE=PASSPHRASE)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no key is given to" in done.stderr


def test_a_socket_that_nobody_answers_at_is_replaced(desk: Path, runtime: Path) -> None:
    (runtime / "inblue").mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(runtime / "inblue" / "agent"))
    assert run(desk, runtime, "draft", "circulate", "S/1").returncode == 2  # it is asked, and then the terminal
    assert run(desk, runtime, "unlock", INBLUE_PASSPHRASE=PASSPHRASE).returncode == 0
    assert run(desk, runtime, "draft", "circulate", "S/1").returncode == 0


@pytest.fixture
def strangers_socket(runtime: Path) -> Iterator[tuple[Path, Path]]:
    """A socket that looks like ours, at whose end is another user, who keeps what it is sent."""
    folder, kept = runtime / "inblue", runtime / "kept"
    folder.mkdir(mode=0o700)
    kept.touch()
    place = folder / "agent"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        child = os.fork()
        if child == 0:
            file = kept.open("wb", buffering=0)
            os.setuid(4711)
            listening.listen(4)
            while True:
                asked, _ = listening.accept()
                asked.settimeout(0.2)
                with suppress(OSError):
                    file.write(asked.recv(4096))
                asked.close()
        while process_of(runtime) is None:
            time.sleep(0.01)
        yield place, kept
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        place.unlink()


@ONLY_ROOT
def test_a_process_of_somebody_else_is_sent_nothing(
    strangers_socket: tuple[Path, Path], runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, kept = strangers_socket
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
    with pytest.raises(SignerFailed, match="run by another user"):
        keys_of(str(place), peer=os.getuid())
    assert sitting.held(PUBLIC) is None
    with suppress(SignerFailed, UnusableError):
        sitting.unlock([Secret("registrar", PUBLIC, SEED)], 60)
    assert SEED not in kept.read_bytes()


@ONLY_ROOT
def test_a_socket_that_belongs_to_somebody_else_is_refused(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    (runtime / "inblue").mkdir(mode=0o700)
    place = runtime / "inblue" / "agent"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen(1)
        os.chown(place, 4711, -1)
        with pytest.raises(UnusableError, match="not a socket of your own"):
            sitting.unlock([Secret("registrar", PUBLIC, SEED)], 60, own=True)
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()


@ONLY_ROOT
def test_the_agent_answers_nobody_but_its_own_user(desk: Path, runtime: Path) -> None:
    assert run(desk, runtime, "unlock", INBLUE_PASSPHRASE=PASSPHRASE).returncode == 0
    for each, mode in ((runtime, 0o755), (runtime / "inblue", 0o755), (runtime / "inblue" / "agent", 0o666)):
        each.chmod(mode)
    child = os.fork()
    if child == 0:
        os.setuid(4711)
        status = 1
        with suppress(SignerFailed):
            keys_of(str(runtime / "inblue" / "agent"))
            status = 0
        os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    (runtime / "inblue").chmod(0o700)


def test_a_key_is_forgotten_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(key_agent, "_now", lambda: now[0])
    agent = KeyAgent()
    added = bytes([25]) + strings(b"ssh-ed25519", PUBLIC, SEED + PUBLIC, b"") + struct.pack(">BI", 1, 60)
    assert agent.answer(added) == bytes([6])
    asked = bytes([13]) + strings(strings(b"ssh-ed25519", PUBLIC), b"message") + bytes(4)
    assert agent.answer(asked)[0] == 14
    now[0] += 60
    assert agent.answer(asked) == bytes([5])
    assert agent.over


def test_an_agent_that_is_about_to_exit_accepts_no_key() -> None:
    agent = KeyAgent()
    added = bytes([25]) + strings(b"ssh-ed25519", PUBLIC, SEED + PUBLIC, b"") + struct.pack(">BI", 1, 60)
    assert agent.answer(added) == bytes([6])
    assert agent.answer(bytes([19])) == bytes([6])
    assert agent.over
    assert agent.answer(added) == bytes([5])
    assert agent.answer(bytes([11])) == bytes([5])


def test_whoever_locks_can_unlock_at_once(own: Path) -> None:
    for _ in range(5):
        sitting.unlock([Secret("registrar", PUBLIC, SEED)], 60)
        assert sitting.held(PUBLIC) is not None
        assert sitting.lock([PUBLIC]) == 1


def test_an_agent_that_exits_leaves_the_socket_to_whoever_is_at_it(own: Path) -> None:
    sitting.unlock([Secret("registrar", PUBLIC, SEED)], 60)
    process = process_of(own.parent.parent)
    with sitting.alone_in(own.parent, seconds=0) as alone:
        assert alone
        assert sitting.lock([PUBLIC]) == 1
        wait_until_gone(process)
        assert own.exists()
        with sitting.alone_in(own.parent, seconds=0.05) as another:
            assert not another
    sitting.unlock([Secret("registrar", PUBLIC, SEED)], 60)
    assert sitting.held(PUBLIC) is not None


def test_an_agent_that_lost_its_socket_does_not_remove_that_of_another(own: Path) -> None:
    own.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as other:
        listening.bind(str(own))
        listening.listen(1)
        inode = own.lstat().st_ino
        own.unlink()
        other.bind(str(own))
        program = "from inblue.ledger.devices.key_agent import serve; serve()"
        late = [sys.executable, "-I", "-c", program, str(own), str(inode)]
        assert subprocess.run(late, stdin=listening.fileno(), timeout=20, check=False).returncode == 0
        assert own.lstat().st_ino != inode


def test_an_agent_that_exits_answers_those_who_are_connected_first(own: Path) -> None:
    sitting.unlock([Secret("registrar", PUBLIC, SEED)], 60)
    with socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(10)
        asked.connect(str(own))
        assert sitting.lock([PUBLIC]) == 1
        wait_for_the_end(own.parent.parent)
        time.sleep(0.2)  # in which it exited, and whoever took back its last key was sometimes not told
        asked.sendall(struct.pack(">IB", 1, 11))
        assert asked.recv(5) == struct.pack(">IB", 1, 5)


def test_lock_does_not_say_that_no_key_was_unlocked_where_an_agent_gives_no_answer(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_agent, "limits", lambda: Limits(lock=0.4))
    sitting.unlock([Secret("registrar", PUBLIC, SEED)], 60)
    process = process_of(own.parent.parent)
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    with pytest.raises(SignerFailed, match=r"gave no answer within 0\.2 seconds; it may still have the keys"):
        sitting.lock([PUBLIC])
    os.kill(process, signal.SIGKILL)
    wait_until_gone(process)
    assert sitting.lock([PUBLIC]) == 0


def test_a_long_message_is_signed_whole(own: Path) -> None:
    sitting.unlock([Secret("registrar", PUBLIC, SEED)], 60)
    signer, message = sitting.held(PUBLIC), b"m" * 250_000
    assert signer is not None
    assert signer.sign(message) == Ed25519Signer.from_seed(SEED).sign(message)


@pytest.mark.parametrize(
    "ends", [b"", struct.pack(">BI", 1, 0), struct.pack(">BI", 1, 86_401), struct.pack(">BI", 2, 60)]
)
def test_no_key_is_taken_without_an_end_within_a_day(ends: bytes) -> None:
    added = bytes([25]) + strings(b"ssh-ed25519", PUBLIC, SEED + PUBLIC, b"") + ends
    assert KeyAgent().answer(added) == bytes([5])
    assert KeyAgent().answer(bytes([17]) + added[1:]) == bytes([5])


@given(
    st.binary(max_size=200)
    | st.builds(lambda kind, rest: bytes([kind]) + rest, st.integers(0, 30), st.binary(max_size=60))
)
def test_whatever_it_is_sent_the_agent_answers_and_keeps_nothing(message: bytes) -> None:
    agent = KeyAgent()
    answer = agent.answer(message)
    assert answer[0] in {5, 6, 12}
    assert agent.answer(bytes([11])) == bytes([12]) + bytes(4)
