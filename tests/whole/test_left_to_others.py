"""What a desk leaves to others on its machine: files that only it may read, children without passphrases, no dump."""

from __future__ import annotations

import ast
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import call
from paths import INBLUE, ROOT

from inblue.domain.errors import Refused
from inblue.domain.roster import Roster, Seat, built_in_roster
from inblue.ledger.keystore import KeyStore
from inblue.ledger.process import leave_no_dump, without_secrets
from inblue.ledger.standards.ed25519 import Ed25519Signer

SECRET = "correct-horse-battery"
LEAK = "#!/bin/sh\nenv > leaked\ncat > /dev/null\nexit 1\n"


def desk(folder: Path, umask: int, *calls: tuple[str, ...]) -> None:
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": "l.db", "INBLUE_PASSPHRASE": SECRET, "HOME": str(folder)}
    env["INBLUE_AUTHORITIES"] = "authorities.json"
    before = os.umask(umask)
    try:
        for words in calls:
            done = subprocess.run([INBLUE, *words], cwd=folder, env=env, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            assert SECRET not in done.stdout + done.stderr
    finally:
        os.umask(before)


def authorities(folder: Path) -> None:
    (folder / "leak.sh").write_text(LEAK)
    root = (ROOT / "tests" / "vectors" / "bundles" / "trust-stamped.json").read_text()
    trusted = json.loads(root)["authorities"][0]
    source = {"authority": trusted, "command": ["sh", "leak.sh"]}
    (folder / "authorities.json").write_text(json.dumps({"format": "inblue-authorities/1", "sources": [source]}))


VOTE = (
    ("init", "--origin", "example.org/x"),
    ("draft", "circulate", "S/1", "--sponsor", "FRA", "--text", "en=letter.txt"),
    ("letter", "send", "opening", "--roster", "roster.json"),
    ("vote", "cast", "BEL", "against", "--file", "letter.txt"),
    ("receipt", "acknowledge", "BEL", "--write", "bel.receipt"),
    ("vote", "blank", "blank.json"),
    ("report", "-o", "page.html"),
)
PUBLISHED = {"page.html"}


@pytest.mark.long
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_files_of_a_running_vote_are_their_owners_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "letter.txt").write_text("We vote against.\n")
    authorities(tmp_path)
    council = built_in_roster("unsc-2020")
    seats = tuple(Seat(member=seat.member, permanent=seat.permanent) for seat in council.members)
    (tmp_path / "roster.json").write_bytes(Roster(name="of no year", members=seats).canonical())
    ours = set(tmp_path.iterdir())
    desk(tmp_path, umask, *VOTE)
    found = {}
    for path in tmp_path.rglob("*"):
        if path not in ours and path.name != "leaked":
            found[str(path.relative_to(tmp_path))] = path.stat().st_mode & 0o777
    wanted = {
        name: 0o666 & ~umask if name in PUBLISHED else 0o700 if (tmp_path / name).is_dir() else 0o600 for name in found
    }
    assert found == wanted
    assert {"l.db", "bel.receipt", "blank.json", "page.html", "l.db.keys", "l.db.files"} <= found.keys()
    leaked = (tmp_path / "leaked").read_text()
    assert "PATH=" in leaked
    assert SECRET not in leaked
    assert "INBLUE" not in leaked


def test_what_sqlite_keeps_beside_an_open_ledger_is_its_owners_alone(tmp_path: Path) -> None:
    code = (
        "import os, sys; os.umask(0)\n"
        "from pathlib import Path; from inblue.ledger.ledger import Ledger\n"
        "from inblue.ledger.standards.ed25519 import Ed25519Signer as S\n"
        "led = Ledger.create(Path('l.db'), signer=S.from_seed(b'r'*32), log_signer=S.from_seed(b'l'*32))\n"
        "led.close(); led = Ledger.open(Path('l.db')); led.log_signer = S.from_seed(b'l'*32); led.checkpoint()\n"
        "print([(p.name, oct(p.stat().st_mode & 0o777)) for p in sorted(Path('.').glob('l.db*')) if p.is_file()])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    modes = dict(ast.literal_eval(done.stdout))
    assert set(modes) >= {"l.db"}
    assert set(modes.values()) == {"0o600"}


@pytest.mark.long
def test_no_module_but_these_starts_a_process() -> None:
    """The child that reads a mail, without an environment, and the agent of a sitting are started so.

    The workers of an audit are this program, started by the standard library's own means, after the secrets left.
    """
    ways = ("subprocess", "os.system", "os.popen", "os.exec", "os.spawn", "os.posix_spawn", "pty", "webbrowser")
    found = set()
    for path in (each for room in ("domain", "ledger", "cli") for each in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            imported = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if any(each.startswith(ways) for each in (*imported, called)) and "import" not in called:
                found.add(str(path.relative_to(ROOT)))
    own = {"ledger/intake/reading.py", "ledger/devices/sitting.py"}
    assert found <= {"ledger/process.py", "ledger/operations/timestamps.py", *own}
    asking = ast.parse((ROOT / "ledger" / "operations" / "timestamps.py").read_text(encoding="utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(asking) if isinstance(node, ast.Call)}
    assert not any(each.startswith("subprocess.") for each in calls)


def test_children_get_neither_passphrases_nor_addresses_with_passwords() -> None:
    given = {"PATH": "/bin", "INBLUE_PASSPHRASE": "x", "INBLUE_NEW_PASSPHRASE": "x", "PGPASSWORD": "x", "LANG": "C"}
    assert without_secrets(given) == {"PATH": "/bin", "LANG": "C"}


def test_passphrases_leave_the_environment_before_a_command_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from inblue.cli import main

    monkeypatch.setenv("INBLUE_PASSPHRASE", SECRET)
    left = [name for name in os.environ if "PASSPHRASE" in name and name != "INBLUE_PASSPHRASE"]
    monkeypatch.setattr(main.cli, "main", lambda **_: int(left != [n for n in os.environ if "PASSPHRASE" in n]))
    assert main.run() == 0
    assert "INBLUE_PASSPHRASE" not in os.environ
    assert main.SECRETS["INBLUE_PASSPHRASE"] == SECRET.encode()


def test_no_core_is_dumped_once_a_key_is_open(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    store.new("registrar", SECRET.encode())
    code = (
        "import ctypes, os, resource, sys\nfrom pathlib import Path\nfrom inblue.ledger.keystore import KeyStore\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)\n"
        f"KeyStore(Path({str(tmp_path / 'keys')!r})).open('registrar', {SECRET.encode()!r})\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)\n"
        "os.abort()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode < 0
    assert done.stdout.split() == ["0", "0"] or sys.platform != "linux"
    assert [each.name for each in tmp_path.iterdir()] == ["keys"]


def test_a_dump_is_forbidden_where_there_is_such_a_thing(capfd: pytest.CaptureFixture[str]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    leave_no_dump()
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, hard)
    resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


def test_no_word_about_a_key_says_what_it_is(tmp_path: Path) -> None:
    seed = b"0123456789abcdef0123456789abcdef"
    signer = Ed25519Signer.from_seed(seed)
    for text in (repr(signer), str(signer), str(vars(signer)) if hasattr(signer, "__dict__") else ""):
        assert seed.hex() not in text
        assert "0123456789abcdef" not in text
    store = KeyStore(tmp_path / "keys")
    store.new("registrar", SECRET.encode())
    with pytest.raises(Refused) as caught:
        store.open("registrar", b"another-passphrase")
    error: BaseException | None = caught.value
    while error is not None:
        assert "another-passphrase" not in repr(error) + str(error)
        error = error.__cause__
    env = {"PATH": "/usr/bin:/bin", "INBLUE_PASSPHRASE": "another-passphrase", "INBLUE_DEBUG": "1"}
    (tmp_path / "l.db").touch()
    done = call([INBLUE, "key", "passphrase", "registrar", "--keys", "keys"], env=env, cwd=tmp_path)
    assert done.returncode != 0
    assert "another-passphrase" not in done.stdout + done.stderr
