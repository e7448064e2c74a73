"""An installation without extras: the wheel, and what pyproject.toml's dependencies bring, in a folder of its own."""

from __future__ import annotations

import subprocess
import tomllib
import venv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import chdir
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZipFile

from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BASE: list[str] = PROJECT["dependencies"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"}
LINUX |= {"python_version": "3.11", "python_full_version": "3.11.0", "implementation_name": "cpython"}
LINUX |= {"platform_python_implementation": "CPython"}
"""CPython 3.11 on Linux, wherever this runs; an empty mapping means the machine itself."""

FOR_USERS = sorted(EXTRAS.keys() - {"all", "dev"})


def built_wheel(folder: Path) -> Path:
    """The wheel, built here."""
    with chdir(ROOT):
        (path,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(path)


def bare_python(folder: Path) -> Path:
    """The interpreter of a new environment that has the wheel and what it needs, and no more: no pip, no extra."""
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    with ZipFile(built_wheel(folder)) as wheel:
        wheel.extractall(site)
    for each in brought_by(BASE):
        for name in top_level(each):
            (site / name).symlink_to(Path(str(each.locate_file(name))))
    return folder / "bin" / "python"


def brought_by(listed: Iterable[str]) -> list[Distribution]:
    """The distributions that requirements bring here, with what those need in turn."""
    return [distribution(name) for name in needs(listed, {})]


def asked_for(
    requirements: Iterable[Requirement], where: Mapping[str, str] = LINUX, extra: str = ""
) -> Iterator[tuple[str, frozenset[str]]]:
    """The names that requirements mean on a platform, each with its extras."""
    for requirement in requirements:
        if requirement.marker is not None and not requirement.marker.evaluate({**where, "extra": extra}):
            continue
        if requirement.name == PROJECT["name"]:
            for own in requirement.extras:
                yield from asked_for(map(Requirement, EXTRAS[own]), where)
        else:
            yield canonicalize_name(requirement.name), frozenset(requirement.extras)


def needs(wanted: Iterable[str], where: Mapping[str, str] = LINUX) -> dict[str, set[str]]:
    """Every distribution by name, with the names of those that it needs itself."""
    found: dict[str, set[str]] = {}
    seen: set[tuple[str, str]] = set()
    left = list(asked_for(map(Requirement, wanted), where))
    while left:
        name, extras = left.pop()
        for extra in {"", *extras}:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            inner = list(asked_for(map(Requirement, distribution(name).requires or []), where, extra))
            found.setdefault(name, set()).update(each for each, _ in inner)
            left += inner
    return found


def top_level(installed: Distribution) -> set[str]:
    """The files and folders of a distribution that lie directly in site-packages."""
    return {file.parts[0] for file in installed.files or [] if file.parts[0] not in {"..", "__pycache__"}}


def importable(installed: Distribution) -> set[str]:
    """The names by which a distribution is imported."""
    return {name.partition(".")[0] for name in top_level(installed) if not name.endswith(("-info", ".pth", ".libs"))}


def run(python: Path, *words: object, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """``inblue`` of that installation, in ``folder``, with nothing else of this environment."""
    program = "import sys; from inblue.cli.main import main; main()"
    command = [str(python), "-I", "-c", program, *map(str, words)]
    return subprocess.run(
        command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
