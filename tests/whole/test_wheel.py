"""What a user installs: the face and its three rooms, under one name, and nothing else of the repository."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import chdir
from pathlib import PurePosixPath
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder
from paths import ROOT

NOT_SHIPPED = {".po", ".pot"}  # what translators edit: the compiled catalogues are shipped


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    folder = tmp_path_factory.mktemp("wheel")
    with chdir(ROOT):
        (path,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with ZipFile(path) as wheel:
        yield wheel.namelist()


def test_it_holds_what_git_keeps_of_the_face_and_the_three_rooms(names: list[str]) -> None:
    kept = ["git", "ls-files", "--", "__init__.py", "py.typed", "domain", "ledger", "cli"]
    files = subprocess.run(kept, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    expected = [f"inblue/{file}" for file in files if PurePosixPath(file).suffix not in NOT_SHIPPED]
    assert sorted(name for name in names if name.startswith("inblue/")) == sorted(expected)
    assert len(expected) > 100


def test_it_installs_what_a_system_keeps_beside_a_command(names: list[str]) -> None:
    shared = {name.partition("inblue-0.2.0.data/")[2] for name in names if ".data/" in name}
    assert shared == {
        "data/share/man/man1/inblue.1",
        "data/share/bash-completion/completions/inblue",
        "data/share/zsh/site-functions/_inblue",
        "data/share/fish/vendor_completions.d/inblue.fish",
    }


def test_it_holds_one_import_name_and_no_test(names: list[str]) -> None:
    assert {name.partition("/")[0] for name in names} == {"inblue", "inblue-0.2.0.dist-info", "inblue-0.2.0.data"}
    assert not [name for name in names if re.search(r"(^|/)(tests?|conftest)\b|(^|/)test_", name)]
    assert not [name for name in names if name.endswith((".po", ".pot"))]


def test_it_holds_the_data_that_is_wanted_and_no_more(names: list[str]) -> None:
    """Every file in a room is shipped, so this notices one that does not belong there."""
    data = {PurePosixPath(name).name for name in names if name.startswith("inblue/") and not name.endswith(".py")}
    assert data == {
        "py.typed",
        "inblue.mo",
        *("audit.json", "authorities.json", "consideration.json", "diff.json", "keys.json", "record.json"),
        *(
            "audit-line.json",
            "changes.json",
            "presidencies.json",
            "replay.json",
            "settings.json",
            "doctor.json",
            "status.json",
            "verify.json",
            "votes.json",
        ),
        *(
            "import.json",
            "mending.json",
            "authority.json",
            "trust.json",
            "snapshot.json",
            "entry.json",
            "envelope.json",
        ),
        *("served-votes.json", "entries.json", "proof.json", "lookup.json", "problem.json", "serve.html", "serve.css"),
        *("ballot.json", "ballot-file.json", "blank.json", "receipt.json", "receipt-check.json", "receipt.html"),
        *("delegation-request.json", "delegation-welcome.json", "inbox.json", "mail-observation.json"),
        *(f"{code}.json" for code in ("ar", "en", "es", "fr", "ru", "zh")),  # how a letter says its position
        *("procedure-check.json", "procedure-diff.json", "procedure-try.json"),
        # what inblue demo records
        *("s-2020-268.case.json", "README.md", "letter.zh.txt", "annex-01-enclosure.zh.txt"),
        *(f"annex-{number:02}.zh.txt" for number in range(1, 21)),
        *("bundle-log.json", "cosigned-line.json", "timestamp-line.json"),
        *("blocks.css", "blocks.html", "check.js", "checked.html", "page.css", "page.html", "paper.typ", "tables.css"),
        *("opening.j2", "acknowledgement.j2", "votes.j2", "announcement.j2", "outcome.j2", "compendium.j2"),
        *("un-member-states.json", "unga-74-544.json", "unsc-2020-253.json"),
        *("apache-voting.json", "ecosoc-2020-205.json", "eu-council-12-2.json", "iab-rfc-2850.json"),
        *("iesg-alternate-ballot.json", "iesg-ballot.json", "imo-solas-viii-b.json", "iso-dis.json"),
        *("oci-maintainers.json", "osce-pc-silence.json", "uk-ca-2006-written-resolution.json"),
        *("unga-74.json", *(f"unsc-{year}.json" for year in range(2020, 2027))),
    }
    assert len([name for name in names if name.endswith("/LC_MESSAGES/inblue.mo")]) == 5
