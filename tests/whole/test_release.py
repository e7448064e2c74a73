"""What make dist makes beside the wheel: lists of components, the same everywhere, and sums that can be signed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from bare import EXTRAS, PROJECT
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from make_components import lists, pinned, pins
from paths import BIN, ROOT

import inblue
from inblue.cli.main import cli

VERSION = PROJECT["version"]


def test_the_version_is_one_and_has_its_heading_in_the_changelog() -> None:
    assert inblue.__version__ == VERSION
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(VERSION)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with something for a wheel in it."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    (tmp_path / f"inblue-{VERSION}-py3-none-any.whl").write_bytes(b"wheel")
    return tmp_path


def test_the_base_and_each_extra_have_a_list_of_their_components_as_pinned(folder: Path) -> None:
    made = {path.name: json.loads(text) for path, text in lists(folder)}
    extras = sorted(EXTRAS.keys() - {"dev"})
    assert list(made) == [f"inblue-{VERSION}.cdx.json", *(f"inblue-{VERSION}-{extra}.cdx.json" for extra in extras)]
    held = {name: {each["name"]: each["version"] for each in one["components"]} for name, one in made.items()}
    base = held[f"inblue-{VERSION}.cdx.json"]
    assert {"click", "cryptography", "pydantic-core", "pynacl"} <= base.keys()
    assert not {"babel", "psycopg", "pytest"} & base.keys()
    assert held[f"inblue-{VERSION}-languages.cdx.json"].keys() - base.keys() == {"babel"}
    versions = pinned()
    for components in held.values():
        assert components == {name: versions[name] for name in components}
        assert base.items() <= components.items()


def test_the_lists_are_valid_and_depend_on_the_wheel_and_its_hour_alone(folder: Path) -> None:
    first, again = dict(lists(folder)), dict(lists(folder))
    assert first == again
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    for text in first.values():
        assert validator.validate_str(text) is None
    (base, *_) = first.values()
    metadata = json.loads(base)["metadata"]
    assert metadata["timestamp"].startswith("2026-09-21T")
    assert [each["alg"] for each in metadata["component"]["hashes"]] == ["SHA-256"]
    (folder / f"inblue-{VERSION}-py3-none-any.whl").write_bytes(b"another wheel")
    assert not set(dict(lists(folder)).values()) & set(first.values())


def test_the_pins_of_each_are_those_of_its_list_with_hashes(folder: Path) -> None:
    listed = {path.name.removesuffix(".cdx.json"): json.loads(text) for path, text in lists(folder)}
    made = {path.name.removesuffix(".pins.txt"): text for path, text in pins(folder)}
    assert made.keys() == listed.keys()
    for name, text in made.items():
        pinned_here = re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==", text, re.MULTILINE)
        assert pinned_here == sorted(each["name"] for each in listed[name]["components"])
        assert len(re.findall(r"==[^\n]+ \\\n    --hash=sha256:", text)) == len(pinned_here)


def test_the_container_file_calls_commands_as_they_are_and_installs_pins_that_are_made(folder: Path) -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    (extras,) = re.findall(r"for extra in ([a-z0-9 ]+);", text)
    assert {f"inblue-{VERSION}-{extra}.pins.txt" for extra in extras.split()} <= {path.name for path, _ in pins(folder)}
    called = [json.loads(words) for words in re.findall(r"^ENTRYPOINT (\[.*\])$", text, re.MULTILINE)]
    assert [words[:2] for words in called] == [["inblue", "serve"], ["inblue", "witness"]]
    for words in called:
        ctx = click.Context(cli, info_name="inblue")
        command: click.Command = cli
        for word in words[1:]:
            if not isinstance(command, click.Group):
                break
            command = command.get_command(ctx, word) or pytest.fail(word)
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known
        port = words[words.index("--port") + 1]
        assert f"EXPOSE {port}" in text
        assert text.count(port) == 3  # it is listened at, and asked for its health


@pytest.mark.long
def test_the_sums_are_signed_by_a_key_that_is_given_and_checked_as_the_documentation_says(tmp_path: Path) -> None:
    for path in ("Makefile", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "__init__.py", "py.typed"):
        shutil.copyfile(ROOT / path, tmp_path / path)
    for path in ("domain", "ledger", "cli", "share", "pins", "tests/support"):
        shutil.copytree(ROOT / path, tmp_path / path, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".venv").symlink_to(BIN.parent)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    assert run("git", "init", "--quiet").returncode == 0
    as_whom = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    assert run("git", *as_whom, "commit", "--quiet", "--allow-empty", "-m", "a").returncode == 0
    assert run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "throw-away", "-f", "key").returncode == 0
    made = run("make", "--assume-old", ".venv/.dependencies", "dist", "SIGN=key")
    assert made.returncode == 0, made.stderr
    dist = tmp_path / "dist"
    summed = {line.split("  ")[1] for line in (dist / "SHA256SUMS").read_text().splitlines()}
    assert summed == {path.name for path in dist.glob("inblue-*")}
    key = (tmp_path / "key.pub").read_text()
    (dist / "allowed_signers").write_text(f'releases@example.org namespaces="file" {key}')
    page = (ROOT / "docs" / "release.md").read_text(encoding="utf-8")
    (check,) = re.findall(r"```sh\n(ssh-keygen -Y verify .*?)```", page, re.DOTALL)

    def checked() -> int:
        return subprocess.run(["sh", "-ec", check], cwd=dist, env=env, capture_output=True, check=False).returncode

    assert checked() == 0
    (sbom,) = dist.glob("inblue-*-all.cdx.json")
    sbom.write_text(sbom.read_text() + "\n")
    assert checked() != 0
