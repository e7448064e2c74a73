"""Addresses of databases: read as libpq reads them, and shown without passwords."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict
from server import address

from inblue.domain.errors import Malformed
from inblue.ledger.stores.address import beside, read_address

GOOD = [
    "postgresql://db.example.org/votes",
    "postgres://clerk@db:5433/votes",
    "postgresql://clerk:p%40ss%2Fw%3Aord%3F@db/votes?sslmode=verify-full&sslrootcert=/etc/ca.pem",
    "postgresql:///votes?host=/var/run/postgresql",
    "postgresql://%2Fvar%2Frun%2Fpostgresql/votes",
    "postgresql://[2001:db8::1]:5432/votes",
    "postgresql://a:1,b:2/votes?target_session_attrs=read-write",
    "postgresql://db/v%C3%B6tes%20x?user=clerk&password=hunter22&sslpassword=hunter33",
    "postgresql://clerk:hun?ter@db/votes",
]


@pytest.mark.parametrize("text", GOOD)
def test_libpq_is_given_what_was_written(text: str) -> None:
    joint = "&" if "?" in text.rpartition("@")[2] else "?"
    assert conninfo_to_dict(address(f"{text}{joint}schema=council").uri) == conninfo_to_dict(text)
    assert address(text).schema == "inblue"
    assert address(f"{text}{joint}schema=council").schema == "council"
    assert address(text).database == conninfo_to_dict(text)["dbname"]


@pytest.mark.parametrize("text", GOOD)
def test_no_password_is_shown(text: str) -> None:
    found = address(text)
    for shown in (str(found), repr(found), found.redact(f"bad: {text}"), str(beside(found, "keys"))):
        for secret in ("p%40ss", "p@ss", "hunter22", "hunter33", "hun?ter"):
            assert secret not in shown


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://clerk:hun@ter22@db/votes",
        "postgresql://clerk:hunter22/@db/votes",
        "postgresql://clerk:12/hunter22@db/votes",
        "postgresql://clerk:hunter22%zz@db/votes?schema=a%zz",
        "postgresql://clerk:hunter22@db/votes?schema=%FF",
        "postgresql://clerk:hunter22@db",
        "postgresql://clerk:hunter22@db/",
        "postgresql://clerk:hunter22@db/votes?schema=Council",
        "postgresql://clerk:hunter22@db/votes?schema=pg_votes",
        "postgresql://clerk:hunter22@db/votes?schema=",
        "postgresql://clerk:hunter22@db/votes?schema=" + "a" * 64,
        "postgresql://clerk:hunter22@db/votes?sslmode",
        "mysql://clerk:hunter22@db/votes",
    ],
)
def test_what_cannot_be_read_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_address(text)
    assert "hunter22" not in str(caught.value)
    assert "ter22" not in str(caught.value)


def test_a_database_has_its_folders_in_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    home = tmp_path / "inblue" / "postgresql"
    for text, folder in (
        ("postgresql://clerk:x@db:5432/votes", home / "db" / "votes" / "inblue.keys"),
        ("postgresql://other@db/votes?sslmode=require", home / "db" / "votes" / "inblue.keys"),
        ("postgresql://db:5433/votes?schema=unga", home / "db,5433" / "votes" / "unga.keys"),
        ("postgresql:///votes", home / "local" / "votes" / "inblue.keys"),
        ("postgresql://%2Frun%2Fpg/..?schema=a", home / "%2Frun%2Fpg" / "%2E%2E" / "a.keys"),
    ):
        assert beside(address(text), "keys") == folder
    assert beside(Path("a/council.db"), "files") == Path("a/council.db.files")
