"""Publishing in a bucket: the same files, in an order that no reader can be misled by. Run by ``make test-hosts``."""

from __future__ import annotations

import os
import secrets
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bucket import KEYS, Bucket, serving_bucket
from command_line import call
from many_votes import vote, with_votes
from paths import INBLUE

from inblue.domain.errors import Malformed, Refused
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.errors import Busy, NotFound
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.bucket import PublishedBucket, bucket_at
from inblue.ledger.published.place import WORKING
from inblue.ledger.published.source import HttpSource

pytestmark = pytest.mark.skipif("INBLUE_TEST_SERVERS" not in os.environ, reason="make test-hosts runs it")


@pytest.fixture(scope="module")
def served() -> Iterator[Bucket]:
    with serving_bucket() as bucket:
        yield bucket


@pytest.fixture
def bucket(served: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bucket:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)
    return served


@pytest.fixture
def prefix() -> str:
    return f"public/{secrets.token_hex(4)}"


def in_folder(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != WORKING)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def in_bucket(bucket: Bucket, prefix: str) -> dict[str, bytes]:
    return {name: content for name, content in bucket.contents(prefix).items() if name != WORKING}


def size_at(bucket: Bucket, prefix: str) -> int:
    """The size that is served, everything below it checked."""
    found = verify_tiles(HttpSource(bucket.url(prefix)))
    assert found.holds, found
    return found.entries


def test_it_holds_what_a_folder_holds_each_time_and_verifies_by_its_address(
    bucket: Bucket, prefix: str, tmp_path: Path
) -> None:
    ledger = with_votes(6)
    for number in (6, 7, 20):
        done = publish(ledger, bucket.address(prefix))
        assert done == publish(ledger, tmp_path / "public")
        assert in_bucket(bucket, prefix) == in_folder(tmp_path / "public")
        assert size_at(bucket, prefix) == done.size == ledger.checkpoint().size
        assert publish(ledger, bucket.address(prefix)).files == 0
        vote(ledger, number)
    shown = call([INBLUE, "verify", bucket.url(prefix)], env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    assert shown.returncode == 0, shown.stdout + shown.stderr


def test_objects_say_what_they_are_and_how_long_they_may_be_kept(bucket: Bucket, prefix: str) -> None:
    import obstore

    publish(with_votes(1), bucket.address(prefix))
    store = bucket.store(prefix)
    for name, content, kept in (
        ("checkpoint", "text/plain; charset=utf-8", "max-age=5"),
        ("data/timestamps.jsonl", "text/plain; charset=utf-8", "max-age=5"),
        ("tile/0/000.p/36", "application/octet-stream", "public, max-age=31536000, immutable"),
    ):
        said = obstore.get(store, name).attributes
        assert (said["Content-Type"], said["Cache-Control"]) == (content, kept)


class Stopped(Exception):
    """As if the process were killed there."""


def test_wherever_it_is_killed_what_is_served_verifies_and_the_next_one_goes_on(
    bucket: Bucket, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import obstore

    ledger, put = with_votes(3), obstore.put
    publish(ledger, bucket.address(prefix))
    before, stops = ledger.checkpoint().size, 0
    for number in (3, 4, 5, 6, 7):  # over the edge of the first tile
        vote(ledger, number)
    for step in range(100):
        left = [step]

        def once_too_often(*given: Any, left: list[int] = left, **named: Any) -> Any:
            if not left[0]:
                raise Stopped
            left[0] -= 1
            return put(*given, **named)

        monkeypatch.setattr(obstore, "put", once_too_often)
        try:
            publish(ledger, bucket.address(prefix))
        except Stopped:
            stops += 1
            monkeypatch.setattr(obstore, "put", put)
            assert size_at(bucket, prefix) == before
            continue
        break
    assert stops > 5
    assert size_at(bucket, prefix) == ledger.checkpoint().size


def test_a_reader_who_looks_all_the_time_never_finds_a_checkpoint_without_its_tiles(
    bucket: Bucket, prefix: str
) -> None:
    ledger = with_votes(3)
    publish(ledger, bucket.address(prefix))
    stop, sizes, faults = threading.Event(), list[int](), list[BaseException]()

    def read() -> None:
        while not stop.is_set():
            try:
                sizes.append(size_at(bucket, prefix))
            except BaseException as fault:  # noqa: BLE001 - told below
                faults.append(fault)
                return

    reading = threading.Thread(target=read)
    reading.start()
    for number in range(3, 12):
        vote(ledger, number)
        publish(ledger, bucket.address(prefix))
    stop.set()
    reading.join(timeout=60)
    assert faults == []
    assert len(set(sizes)) > 2
    assert sizes == sorted(sizes)


def test_of_two_that_publish_at_once_the_later_state_stays(
    bucket: Bucket, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = with_votes(2)
    publish(ledger, bucket.address(prefix))
    vote(ledger, 2)
    overtaken, sync = [True], PublishedBucket.sync

    def slowly(self: PublishedBucket) -> None:
        sync(self)
        if overtaken:
            overtaken.clear()
            vote(ledger, 3)
            publish(ledger, bucket.address(prefix))

    monkeypatch.setattr(PublishedBucket, "sync", slowly)
    with pytest.raises(Busy, match="another process has published here meanwhile"):
        publish(ledger, bucket.address(prefix))
    assert size_at(bucket, prefix) == ledger.checkpoint().size
    assert publish(ledger, bucket.address(prefix)).files == 0


def test_what_was_left_there_under_no_checkpoint_is_written_over(bucket: Bucket, prefix: str) -> None:
    import obstore

    obstore.put(bucket.store(prefix), WORKING, b"inblue publishes here\n")
    obstore.put(bucket.store(prefix), "tile/0/000.p/36", b"left by another history")
    publish(with_votes(1), bucket.address(prefix))
    assert size_at(bucket, prefix) == 36


def test_a_prefix_that_holds_something_else_is_left_alone(bucket: Bucket, prefix: str) -> None:
    import obstore

    ledger, address = with_votes(1), bucket.address(prefix)
    for name in ("notes.txt", "tile/0/000"):
        obstore.put(bucket.store(prefix), name, b"mine")
        with pytest.raises(Refused, match="holds something else"):
            publish(ledger, address)
        assert bucket.contents(prefix) == {name: b"mine"}
        obstore.delete(bucket.store(prefix), name)
    publish(with_votes(2, position="against"), address)
    before = bucket.contents(prefix)
    with pytest.raises(Refused, match="a later state is published already"):
        publish(ledger, address)
    with pytest.raises(Refused, match="holds another history of this log"):
        publish(with_votes(3), address)
    assert bucket.contents(prefix) == before


@pytest.mark.parametrize(
    "address",
    [
        "s3://",
        "s3://B",
        "s3://AKIA:key@votes/x",
        "s3://votes/../x",
        "s3://votes//x",
        "s3://votes/x?key=secret",
        "gs://a/b",
    ],
)
def test_an_address_that_is_none_is_refused_and_not_quoted(address: str, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="s3://BUCKET/PREFIX, with nothing else in it") as refused:
        publish(with_votes(1), address)
    assert "AKIA" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_bucket_that_is_not_there_or_does_not_answer_is_said_in_one_line(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = with_votes(1)
    with pytest.raises(NotFound, match=r"^s3://nowhere/x: there is no such bucket$"):
        publish(ledger, "s3://nowhere/x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(Busy, match=r"^s3://votes/x: the store gives no answer that can be used; [^\n]*$"):
        publish(ledger, "s3://votes/x")


def test_without_the_extra_it_is_named(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(NotFound, match=r"pip install 'inblue\[s3\]'"):
        publish(with_votes(1), "s3://votes/x")


def test_keys_come_from_the_environment_or_a_profile_and_are_never_shown(
    bucket: Bucket, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = tmp_path / "ledger.db"
    with_votes(1, ledger).close()
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    secret = KEYS["AWS_SECRET_ACCESS_KEY"]
    (home / ".aws/credentials").write_text(
        f"[votes]\naws_access_key_id = {KEYS['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {secret}\n"
    )
    (home / ".aws/config").write_text(
        f"[profile votes]\nregion = eu-central-1\nendpoint_url = {bucket.endpoint}\n[profile sso]\nsso_session = x\n"
    )
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "INBLUE_LEDGER": str(ledger)}

    def publishing(**more: str) -> tuple[int, str]:
        done = call([INBLUE, "publish", bucket.address(prefix)], env={**env, **more})
        said = done.stdout + done.stderr
        assert secret not in said
        assert KEYS["AWS_ACCESS_KEY_ID"] not in said
        return done.returncode, said

    status, said = publishing(AWS_PROFILE="votes")
    assert (status, f"published in {bucket.address(prefix)}: 36 entries more, 36 in all" in said) == (0, True), said
    assert publishing(**bucket.environment)[0] == 0
    status, said = publishing(AWS_PROFILE="sso")
    assert (status, "AWS_PROFILE names a profile that has no keys of its own" in said) == (2, True), said
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    assert secret not in repr(bucket_at(bucket.address(prefix)).__dict__)
