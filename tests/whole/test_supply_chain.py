"""What is installed is pinned by hash, and what is built comes out the same bytes on any machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from paths import ROOT

PINS = ROOT / "pins"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+)", (PINS / name).read_text(), re.MULTILINE))


def wanted(listed: list[str]) -> Iterator[Requirement]:
    for requirement in map(Requirement, listed):
        if requirement.name == "inblue":  # an extra of our own
            for extra in requirement.extras:
                yield from wanted(EXTRAS[extra])
        else:
            yield requirement


def test_what_pyproject_asks_for_is_pinned_in_a_version_that_it_takes() -> None:
    pinned = pins("dev.txt")
    for requirement in wanted(
        [*PROJECT["project"]["dependencies"], *(each for all_ in EXTRAS.values() for each in all_)]
    ):
        name = canonicalize_name(requirement.name)
        assert name in pinned, f"{name} is not pinned: make lock"
        assert requirement.specifier.contains(pinned[name], prereleases=True), f"{name} is pinned otherwise: make lock"


@pytest.mark.parametrize("path", sorted(PINS.glob("*.txt")), ids=lambda path: path.name)
def test_every_pin_is_one_version_with_its_hashes(path: Path) -> None:
    text = re.sub(r"^#.*\n", "", path.read_text(), flags=re.MULTILINE)
    entries = [entry for entry in re.split(r"\n(?=\S)", text.strip()) if entry]
    for entry in entries:
        assert re.fullmatch(r"\S+==[^\s;]+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+", entry), entry[:60]
    for source in PINS.glob("*.in"):
        asked = [Requirement(line) for line in source.read_text().splitlines() if line and not line.startswith("#")]
        assert {canonicalize_name(each.name) for each in asked} <= pins(f"{source.stem}.txt").keys()


def test_the_build_is_pinned_and_is_the_one_that_tests_use() -> None:
    required = {Requirement(each) for each in PROJECT["build-system"]["requires"]}
    build, dev = pins("build.txt"), pins("dev.txt")
    assert {each.name: str(each.specifier) for each in required} == {
        each.name: f"=={build[each.name]}" for each in required
    }
    for name, version in build.items():
        assert dev.get(name, version) == version, name


def test_make_installs_nothing_without_hashes() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for line in re.findall(r".*pip install.*", makefile):
        assert "--require-hashes" in line or "--no-deps --no-build-isolation" in line, line


TOOLS = "fonts-of-nowhere sh tool-of-nowhere"  # of which one is there, by whatever way it came


def make(*words: str, folder: Path) -> str:
    """The output of make with other apt-get, dpkg-query and id than the machine's."""
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    for name, script in {"apt-get": 'echo "ran apt-get $*" >> ran', "dpkg-query": "exit 1", "id": "echo 0"}.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    env = {"PATH": f"{tools}:{os.environ['PATH']}"}
    command = ["make", "--no-print-directory", "--file", str(ROOT / "Makefile"), "system", f"SYSTEM={TOOLS}", *words]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=True).stdout


def test_make_says_what_apt_get_will_install_before_it_runs_and_can_be_forbidden_to(tmp_path: Path) -> None:
    said = make(folder=tmp_path)
    assert said.startswith("apt-get now installs what tests and demonstrations run: fonts-of-nowhere tool-of-nowhere")
    assert "APT=no" in said
    assert "install --yes --no-install-recommends fonts-of-nowhere tool-of-nowhere" in (tmp_path / "ran").read_text()
    (tmp_path / "ran").unlink()
    missing = "not installed here, and some tests need it: fonts-of-nowhere tool-of-nowhere \n"
    assert make("APT=no", folder=tmp_path) == missing
    assert not (tmp_path / "ran").exists()


@pytest.mark.long
def test_wheel_and_source_archive_are_the_same_bytes_wherever_they_are_built(tmp_path: Path) -> None:
    shown = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(shown, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    built = []
    for number, (name, umask) in enumerate((("a", 0o022), ("another folder", 0o077))):
        folder = tmp_path / name / "src"
        before = os.umask(umask)
        try:
            for path in filter(None, listed if number else reversed(listed)):
                if (ROOT / path).is_file():
                    (folder / path).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(ROOT / path, folder / path)
                    os.utime(folder / path, (1_000_000_000 + number, 1_600_000_000 + number * 86_400))
            env = {"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": "1790000000", "TZ": ("UTC", "Asia/Tokyo")[number]}
            command = [sys.executable, "-m", "hatchling", "build", "--directory", str(tmp_path / name / "dist")]
            subprocess.run(command, cwd=folder, env=env, capture_output=True, check=True)
        finally:
            os.umask(before)
        built.append({path.name: path.read_bytes() for path in (tmp_path / name / "dist").iterdir()})
    assert sorted(name.rpartition(".")[2] for name in built[0]) == ["gz", "whl"]
    assert built[0] == built[1]
