"""What pyright and mypy say of host code and of the face, against the package as it is installed (make test-hosts)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT

import inblue

PYRIGHT = os.environ.get("PYRIGHT")
pytestmark = pytest.mark.skipif(PYRIGHT is None, reason="pyright is not here: make test-hosts brings it")


def run(folder: Path, *arguments: str) -> dict[str, Any]:
    """What it says in JSON, where it looks for packages beside the interpreter that runs this."""
    scripts = Path(sys.executable).parent
    env = os.environ | {"VIRTUAL_ENV": str(scripts.parent), "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    command = [str(ROOT / str(PYRIGHT)), "--outputjson", *arguments]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


HOSTS = [path for path in sorted((ROOT / "examples").glob("*.py")) if "\nimport inblue\n" in path.read_text()]
"""The programs that are to be copied, but for what uses Django, which ships no types."""


@pytest.mark.parametrize("host", HOSTS, ids=lambda path: path.name)
def test_a_host_program_is_clean_in_strict_mode(host: Path, tmp_path: Path) -> None:
    shutil.copy(host, tmp_path / "host.py")
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    assert run(tmp_path, "host.py")["generalDiagnostics"] == []


@pytest.mark.parametrize("host", HOSTS, ids=lambda path: path.name)
def test_a_host_program_is_clean_by_mypy_without_our_settings(host: Path, tmp_path: Path) -> None:
    shutil.copy(host, tmp_path / "host.py")
    words = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "host.py"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("Success: no issues found in 1 source file\n", 0)


def test_every_name_of_the_face_is_typed_whole(tmp_path: Path) -> None:
    found = run(tmp_path, "--verifytypes", "inblue", "--ignoreexternal")["typeCompleteness"]
    names, home = vars(inblue)["__all__"], vars(inblue)["_HOME_OF"]
    wanted = {each for name in names for each in (f"inblue.{name}", f"inblue.{home[name]}.{name}")}
    symbols = [each for each in found["symbols"] if any(f"{each['name']}.".startswith(f"{name}.") for name in wanted)]
    assert len(symbols) > len(names)
    assert [each["name"] for each in symbols if not each["isTypeKnown"] or each["isTypeAmbiguous"]] == []
