"""What the service answers, compared with what the commands and the library say of the same ledger."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import rfc8785
from asking import Asker, listening
from command_line import call
from jsonschema import Draft202012Validator
from ledgers import recorded
from many_votes import founded, vote
from paths import INBLUE
from signers import LOG

import inblue
from inblue.cli.desk.schemas import schema_of
from inblue.cli.serve.openapi import ROUTES
from inblue.domain.instant import parse_moment
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.publish import publish
from inblue.ledger.projections.replay import Replay
from inblue.ledger.showing.horizon import Horizon
from inblue.ledger.standards.checkpoint import open_checkpoint
from inblue.ledger.standards.merkle import leaf_hash, verify_consistency, verify_inclusion
from inblue.ledger.standards.note import Verifier, decode_base64

COUNCIL, ASSEMBLY = "S/2020/240", "SIM/A/74/L.1"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return recorded()


@pytest.fixture(scope="module")
def ask(ledger: Ledger) -> Iterator[Asker]:
    with listening(inblue.web_app(ledger)) as asker:
        yield asker


def test_every_json_document_is_canonical_and_of_its_schema(ask: Asker) -> None:
    asked: dict[str, dict[str, object]] = {
        "/votes": {},
        "/status": {"vote": COUNCIL, "at": "2020-03-29", "as": "happened"},
        "/replay": {"vote": COUNCIL, "as": "happened"},
        "/audit": {"vote": COUNCIL},
        "/entries": {"limit": 5},
        "/proof/inclusion": {"entry": 7, "size": 20},
        "/proof/consistency": {"first": 7, "second": 20},
        "/lookup": {"digest": "0" * 64},
    }
    with_schema = {route.path: route.schema for route in ROUTES if route.schema is not None}
    assert asked.keys() == with_schema.keys()
    for path, given in asked.items():
        answered = ask(path, **given)
        assert (answered.status, answered.headers["content-type"]) == (200, "application/json"), path
        assert answered.body == rfc8785.dumps(answered.json), path
        Draft202012Validator(schema_of(with_schema[path] or "")).validate(answered.json)


def test_the_record_is_the_one_that_the_library_gives(ask: Asker, ledger: Ledger) -> None:
    told = ask("/audit", vote=COUNCIL).json
    assert told["votes"] == json.loads(json.dumps([inblue.audit_json(inblue.record_of(ledger.vote(COUNCIL)))]))
    assert told["as_of"]["of"] == ledger.checkpoint().size


def test_a_roll_call_is_the_replay_s_at_any_moment(ask: Asker, ledger: Ledger) -> None:
    told = Replay(ledger.acts(COUNCIL), ledger.documents)
    moments: tuple[tuple[str, Literal["happened"]], ...] = (
        ("2020-03-29", "happened"),
        ("2020-03-30", "happened"),
        ("2020-03-28T12:00:00Z", "happened"),
    )
    for at, axis in moments:
        call_ = told.at(parse_moment(at), axis)
        assert call_ is not None
        given = ask("/status", vote=COUNCIL, at=at, **{"as": axis}).json
        assert given["votes"] == json.loads(json.dumps([inblue.status_json(call_)]))
    assert ask("/status", vote=COUNCIL, at="2019-01-01", **{"as": "known"}).status == 404


def test_the_page_and_the_paper_are_the_library_s(ask: Asker, ledger: Ledger) -> None:
    horizon = Horizon(ledger)
    horizon.look()
    with listening(inblue.web_app(ledger, with_files=True)) as with_files:
        page = with_files("/page", vote=COUNCIL, lang="fr")
    assert page.body.decode() == inblue.page(horizon.view, COUNCIL, lang="fr")
    assert "script-src 'sha256-" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    paper = ask("/paper", vote=ASSEMBLY)
    assert (paper.headers["content-type"], paper.body[:5]) == ("application/pdf", b"%PDF-")
    assert paper.headers["content-disposition"] == 'attachment; filename="record.pdf"'


def test_the_checkpoint_tiles_and_lists_are_those_of_publishing(ask: Asker, ledger: Ledger, tmp_path: Path) -> None:
    publish(ledger, tmp_path / "public")
    files = [each for each in (tmp_path / "public").rglob("*") if each.is_file() and ".publishing" not in each.parts]
    assert len(files) > 5
    for each in files:
        name = each.relative_to(tmp_path / "public").as_posix()
        answered = ask(f"/{name}")
        if answered.status != 200:  # a paper, which this service does not give
            assert name.startswith("data/files/")
            assert answered.status == 404
            continue
        assert answered.body == each.read_bytes(), name
        immutable = name.startswith(("tile/", "data/files/"))
        assert ("immutable" in answered.headers["cache-control"]) is immutable


def test_a_served_log_of_many_tiles_is_audited_as_a_published_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = founded(path)
    for number in range(9):
        vote(ledger, number)
    with listening(inblue.web_app(ledger, with_files=True)) as asker:
        assert len(asker("/tile/0/000").body) == 8_192
        assert len(asker("/tile/1/000.p/1").body) == 32
        env = {"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(tmp_path)}
        done = call([INBLUE, "verify", asker.url, "--json"], env=env)
    ledger.close()
    found = json.loads(done.stdout)
    assert (found["holds"], found["problems"], found["entries"]) == (True, [], 308)


def test_entries_come_in_pages_each_as_it_was_signed(ask: Asker, ledger: Ledger) -> None:
    found, after = [], None
    while True:
        page = ask("/entries", limit=7, **({} if after is None else {"after": after})).json
        found += page["found"]
        after = page["next"]
        if after is None:
            break
    assert [each["index"] for each in found] == list(range(ledger.checkpoint().size))
    leaves = [leaf.hex() for leaf in ledger.log.leaves(0, 1_000)]
    assert [each["entry"] for each in found] == leaves
    assert all(leaf_hash(each["envelope"].encode()).hex() == each["entry"] for each in found)
    assert {each["vote"] for each in found} == {None, COUNCIL, ASSEMBLY}


def test_proofs_hold_against_the_checkpoint_by_index_digest_and_size(ask: Asker, ledger: Ledger) -> None:
    note = ask("/checkpoint").body
    known = open_checkpoint(note, Verifier("example.org/votes", LOG.public_key))
    for index, leaf in enumerate(ledger.log.leaves(0, 1_000)):
        by_index = ask("/proof/inclusion", entry=index).json
        assert by_index == ask("/proof/inclusion", digest=leaf.hex()).json
        path = [decode_base64(each, where="path") for each in by_index["path"]]
        assert verify_inclusion(leaf, index, known.size, path, known.root)
    for first in (1, 8, known.size):
        proof = ask("/proof/consistency", first=first).json
        path = [decode_base64(each, where="path") for each in proof["path"]]
        earlier = decode_base64(proof["first_root"], where="root")
        assert verify_consistency(first, known.size, earlier, known.root, path)
    assert ask("/proof/inclusion", entry=3, size=2).status == 404
    assert ask("/proof/inclusion").status == 400
    assert ask("/proof/consistency", first=9, second=4).status == 400


def test_a_receipt_or_a_digest_gets_its_answer(ask: Asker, ledger: Ledger) -> None:
    receipt = inblue.issue_receipt(ledger, ASSEMBLY, ledger.vote(ASSEMBLY).replies[0].member)
    raw, kind = receipt.canonical(), {"content-type": "application/json"}
    assert ask("/lookup", "POST", raw, kind).json["answer"] == "there"
    found = ask("/lookup", digest=receipt.digest).json
    assert (found["answer"], found["vote"], found["kind"]) == ("there", ASSEMBLY, "vote-cast@1")
    procedure = ledger.vote(ASSEMBLY).draft.act.procedure
    named = ask("/lookup", digest=procedure).json
    assert (named["answer"], named["named_by"]) == ("there", True)
    assert ask("/lookup", digest="0" * 64).json["answer"] == "missing"
    forged = receipt.model_copy(update={"member": "FRA"}).canonical()
    refused = ask("/lookup", "POST", forged, kind)
    assert (refused.status, refused.json["detail"]) == (
        400,
        "this is not a receipt of this log: its entry is of another reply than it says",
    )


def test_a_receipt_of_another_history_is_told_apart(tmp_path: Path) -> None:
    receipts = []
    for position in ("in_favour", "against"):
        ledger = founded()
        symbol = vote(ledger, 0, position=position)
        receipts.append((ledger, inblue.issue_receipt(ledger, symbol, "BEL").canonical()))
    (one, own), (_, other) = receipts
    with listening(inblue.web_app(one)) as asker:
        kind = {"content-type": "application/json"}
        assert asker("/lookup", "POST", own, kind).json["answer"] == "there"
        assert asker("/lookup", "POST", other, kind).json["answer"] == "another"


def test_what_is_the_same_is_not_sent_again(ask: Asker) -> None:
    for path, asked in (("/votes", {}), ("/audit", {"vote": COUNCIL}), ("/checkpoint", {}), ("/", {})):
        first = ask(path, **asked)
        tag = first.headers["etag"]
        assert ask(path, **asked).headers["etag"] == tag
        again = ask(path, headers={"If-None-Match": f'"other", W/{tag}'}, **asked)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        assert ask(path, headers={"If-None-Match": '"other"'}, **asked).status == 200
        head = ask(path, "HEAD", **asked)
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == first.headers["content-length"]


def test_papers_are_given_only_where_that_was_asked_for(ledger: Ledger) -> None:
    papers = {
        each.act.instrument.sha256 for each in ledger.vote(COUNCIL).replies if each.act.instrument.sha256 is not None
    }
    assert papers
    for with_files, status in ((False, 404), (True, 200)):
        with listening(inblue.web_app(ledger, with_files=with_files)) as asker:
            for sha256 in papers:
                given = asker(f"/data/files/{sha256}")
                assert given.status == status
                if status == 200:
                    assert given.body == ledger.files.get(sha256)
                    assert given.headers["content-disposition"].startswith("attachment")
            assert ("data:application/octet-stream" in asker("/page", vote=COUNCIL).body.decode()) is with_files
            assert asker(f"/data/files/{ledger.vote(COUNCIL).draft.act.procedure}").status == 200


def test_a_ledger_that_does_not_hold_is_not_served_and_why_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = founded(path)
    vote(ledger, 0)
    ledger.close()
    with sqlite3.connect(path) as database:
        database.execute("DROP TRIGGER stored_events_no_update")
        database.execute(
            "UPDATE stored_events SET state = replace(state, 'keyid', 'keyie') WHERE originator_id = ? AND "
            "originator_version = 3",
            (vote_stream("SIM/0"),),
        )
    with Ledger.open(path, read_only=True) as book, listening(inblue.web_app(book)) as asker:
        for asked in ("/votes", "/", "/checkpoint", "/events"):
            answered = asker(asked)
            assert answered.status == 503
            assert answered.json["detail"] == (
                "what is kept here does not hold, or cannot be read; whoever runs this service is told"
            )


def test_a_ledger_that_is_closed_says_so() -> None:
    ledger = founded()
    with listening(inblue.web_app(ledger)) as asker:
        assert asker("/votes").status == 200
        vote(ledger, 0)
        ledger.close()
        assert asker("/votes").status == 503
