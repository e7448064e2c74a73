"""What a release is made of: a CycloneDX list of components (SBOM) for the base and for each extra, and their pins.

``python tests/support/make_components.py FOLDER``, as ``make dist`` runs it, writes them beside the wheel in FOLDER.
The versions are those of pins/dev.txt, as they are installed on Linux with CPython 3.11; nothing in them depends on the
machine or the hour.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.message import Message
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import cast
from uuid import NAMESPACE_URL, uuid5

from bare import BASE, EXTRAS, PROJECT, asked_for, needs
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from paths import ROOT

_LONGEST_LICENCE = 80  # a longer one is the licence's text


def pinned() -> dict[str, str]:
    """The versions of pins/dev.txt by name."""
    text = (ROOT / "pins" / "dev.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==([^\s;]+)", text, re.MULTILINE))


def lists(folder: Path) -> Iterator[tuple[Path, str]]:
    """The name and the text of each list, for the wheel in ``folder``."""
    (wheel,) = folder.glob("*.whl")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    stem = f"{PROJECT['name']}-{PROJECT['version']}"
    for extra in ("", *sorted(EXTRAS.keys() - {"dev"})):
        yield folder / f"{stem}{'-' * bool(extra)}{extra}.cdx.json", _listed(digest, extra, _wanted(extra))


def pins(folder: Path) -> Iterator[tuple[Path, str]]:
    """The name and the text of each list of pins: the lines of pins/dev.txt for the base, and with each extra."""
    stem = f"{PROJECT['name']}-{PROJECT['version']}"
    text = re.sub(r"^#.*\n", "", (ROOT / "pins" / "dev.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)
    entries = {re.split(r"[\[=]", entry)[0]: entry for entry in re.split(r"\n(?=\S)", text.strip())}
    for extra in ("", *sorted(EXTRAS.keys() - {"dev"})):
        names = sorted(needs(_wanted(extra)))
        yield folder / f"{stem}{'-' * bool(extra)}{extra}.pins.txt", "\n".join(entries[name] for name in names) + "\n"


def _wanted(extra: str) -> list[str]:
    return [*BASE, f"inblue[{extra}]"] if extra else BASE


def _listed(digest: str, extra: str, wanted: Iterable[str]) -> str:
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"sha256:{digest}[{extra}]"))
    bom.metadata.timestamp = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    root = Component(
        name=PROJECT["name"],
        version=PROJECT["version"],
        type=ComponentType.APPLICATION,
        bom_ref="inblue",
        purl=PackageURL("pypi", None, PROJECT["name"], PROJECT["version"], {"extra": extra} if extra else None),
        licenses=[LicenseFactory().make_from_string(PROJECT["license"])],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )
    bom.metadata.component = root
    tree, versions = needs(wanted), pinned()
    made = {name: _component(distribution(name), versions[name]) for name in tree}
    direct = {name for name, _ in asked_for(map(Requirement, wanted))}
    for name, component in made.items():
        bom.components.add(component)
        bom.register_dependency(component, [made[each] for each in tree[name]])
    bom.register_dependency(root, [made[name] for name in direct])
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(installed: Distribution, version: str) -> Component:
    name = canonicalize_name(installed.name)
    if installed.version != version:
        sys.exit(f"{name} {installed.version} is installed, and {version} is pinned: make install")
    said = _licence(cast("Message", installed.metadata))
    licence = LicenseFactory().make_from_string(said) if said else DisjunctiveLicense(name="not said")
    return Component(
        name=name,
        version=version,
        bom_ref=f"{name}@{version}",
        purl=PackageURL("pypi", None, name, version),
        licenses=[licence],
    )


def _licence(metadata: Message) -> str:
    """The licence that a distribution states, in a few words; empty if it states none."""
    said = metadata.get("License-Expression") or metadata.get("License") or ""
    if said and len(said) <= _LONGEST_LICENCE:
        return said
    classified = [each for each in metadata.get_all("Classifier", []) if each.startswith("License ::")]
    return classified[0].rpartition(" :: ")[2] if classified else ""


def main() -> None:
    """Write them."""
    for path, text in (*lists(Path(sys.argv[1])), *pins(Path(sys.argv[1]))):
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
