"""The trust file: two versions, what each may say, and what is refused."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from inblue.domain.errors import Malformed
from inblue.ledger.evidence.trust import MAX_ZONE_BYTES, Trust
from inblue.ledger.standards.timestamp import BELIEVED, Algorithm

RULES = b"TZif2" + bytes(100)


def zone(raw: bytes = RULES) -> str:
    return base64.b64encode(raw).decode()


def read(version: int = 2, **fields: Any) -> Trust:
    return Trust.of({"format": f"inblue-trust/{version}", **fields}, where="trust")


def test_what_is_left_out_says_nothing() -> None:
    for trust in (read(1), read(2), Trust()):
        assert (trust.at_least, trust.believed, trust.zone("UTC")) == (None, BELIEVED, None)


def test_the_second_version_says_how_many_which_algorithms_and_which_zones() -> None:
    listed = [{"algorithm": "rsa", "bits": 3072, "until": "2030-01-01T00:00:00Z"}, {"algorithm": "sha256"}]
    trust = read(at_least=2, algorithms=listed, zones={"America/New_York": zone()})
    assert (trust.at_least, trust.zone("America/New_York"), trust.zone("UTC")) == (2, RULES, None)
    assert trust.believed == tuple(Algorithm.of(each, where="a") for each in listed)
    assert Trust.read(trust.canonical(), where="again") == trust


@pytest.mark.parametrize("field", ["at_least", "algorithms", "zones"])
def test_the_first_version_is_read_and_has_none_of_these(field: str) -> None:
    assert read(1, origin="example.org/log").origin == "example.org/log"
    assert field not in read(1).json_value()
    assert read(2).json_value()[field] is None
    with pytest.raises(Malformed, match=f"{field}: inblue-trust/1 has no such field"):
        read(1, **{field: None})


@pytest.mark.parametrize(
    "fields",
    [
        {"at_least": 0},
        {"at_least": 101},
        {"algorithms": []},
        {"algorithms": [{"algorithm": "sha1"}]},
        {"algorithms": [{"algorithm": "rsa"}]},
        {"algorithms": [{"algorithm": "rsa", "bits": 512}]},
        {"algorithms": [{"algorithm": "ed25519", "bits": 256}]},
        {"zones": {"America/New_York": zone(b"TZ")}},
        {"zones": {"America/New_York": zone(RULES + bytes(MAX_ZONE_BYTES))}},
        {"zones": {"America/New_York": zone() + "\n"}},
        {"zones": {"../etc/passwd": zone()}},
        {"zones": {f"Zone/{n}": zone() for n in range(11)}},
    ],
)
def test_what_has_another_form_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read(**fields)
