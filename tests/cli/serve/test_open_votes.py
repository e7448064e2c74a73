"""Of an open vote, every route shows only symbol and deadline, unless the client has the token."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from asking import Answered, Asker, listening
from many_votes import acts_of, founded, vote
from signers import REGISTRAR

import inblue
from inblue.cli.serve.bearer import Bearer
from inblue.cli.serve.openapi import ROUTES
from inblue.domain.acts import VoteCast
from inblue.domain.instrument import Instrument
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.merkle import leaf_hash, root
from inblue.ledger.standards.note import encode_base64

TOKEN = b"0123456789abcdef0123456789abcdef"
OPEN, BEFORE, LATER = "SIM/1", "SIM/0", "SIM/2"
PAPER = b"the letter of a member, which nobody is to see yet"


class Secrets(NamedTuple):
    """A ledger with an open vote, the words of it that must not be disclosed, and the receipt of a reply in it."""

    ledger: Ledger
    never: Mapping[str, bytes]
    receipt: bytes
    size: int
    looked: Any
    """A service that has looked at it before the vote was opened."""


def served(ledger: Ledger) -> Any:
    """A service with papers, and with open votes for who has the token."""
    return inblue.web_app(ledger, with_files=True, include_open=Bearer(TOKEN))


@pytest.fixture(scope="module")
def secrets() -> Secrets:
    ledger = founded()
    vote(ledger, 0)
    before, looked = ledger.checkpoint().size, served(ledger)
    looked.state.service.horizon.look()
    symbol, acts = acts_of(ledger, 1)
    draft = acts[0][0].model_copy(update={"title": "A title that is known to nobody"})
    ledger.record_all([(symbol, [(draft, acts[0][1]), *acts[1:8]])], signer=REGISTRAR, office="registrar")
    sha256 = ledger.attach(PAPER)
    paper = Instrument(
        form="letter", office="permanent_representative", signed=True, addressee="president", sha256=sha256
    )
    at = acts[8][1] + timedelta(minutes=1)
    ledger.record_all(
        [(symbol, [(VoteCast(member="ZAF", position="against", received_at=at, instrument=paper), at)])],
        signer=REGISTRAR,
        office="registrar",
    )
    end = ledger.checkpoint().size
    vote(ledger, 2)
    receipt = inblue.issue_receipt(ledger, OPEN, "ZAF").canonical()
    size = ledger.checkpoint().size
    never = {"title": b"known to nobody", "paper": sha256.encode(), "letter": PAPER}
    rows = ledger.streams.page(0, 10_000)
    for index in range(before, end):
        raw = rows[index].envelope
        leaf = leaf_hash(raw)
        payload = json.loads(raw)["payload"].encode()
        never |= {
            f"envelope {index}": raw,
            f"envelope {index}, in JSON": json.dumps(raw.decode())[1:-1].encode(),
            f"payload {index}": payload,
            f"signed {index}": base64.b64decode(payload),
            f"leaf {index}": leaf.hex().encode(),
            f"leaf {index}, in base64": encode_base64(leaf).encode(),
            f"leaf {index}, in bytes": leaf,
        }
    for at_size in range(before + 1, size + 1):
        never[f"root {at_size}"] = encode_base64(root(at_size, ledger.log.node)).encode()
    return Secrets(ledger, never, receipt, size, looked)


@pytest.fixture(scope="module", params=["looked before", "began while it was open"])
def ask(request: pytest.FixtureRequest, secrets: Secrets) -> Iterator[Asker]:
    with listening(secrets.looked if request.param == "looked before" else served(secrets.ledger)) as asker:
        yield asker


@pytest.fixture(scope="module")
def looked(secrets: Secrets) -> Iterator[Asker]:
    with listening(secrets.looked) as asker:
        yield asker


def everything(secrets: Secrets) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every route, with whatever may lead to an open vote."""
    numbers = (0, 1, 34, 35, 36, 37, 44, 45, secrets.size - 1, secrets.size, secrets.size + 1)
    digests = [text.decode() for text in secrets.never.values() if re.fullmatch(rb"[0-9a-f]{64}", text)]
    values: dict[str, list[Any]] = {
        "vote": [OPEN, BEFORE, LATER],
        "at": [None, "2026-01-01T14:20:00Z", "2027-01-01"],
        "as": [None, "known", "happened"],
        "entry": [None, *numbers],
        "size": [None, secrets.size],
        "first": list(numbers),
        "second": [None, secrets.size],
        "after": [None, *numbers],
        "digest": [None, *digests],
        "q": ["", *digests, secrets.receipt.decode()],
    }
    for route in ROUTES:
        asked: list[dict[str, Any]] = [{}]
        for wanted in route.wanted:
            if wanted.name in values:
                asked = [{**each, wanted.name: value} for each in asked for value in values[wanted.name]]
        for each in asked:
            if {"entry", "digest"} <= each.keys() and (each["entry"] is None) is (each["digest"] is None):
                continue
            yield route.path, {name: value for name, value in each.items() if value is not None}
    for level in ("entries", "0", "1"):
        for width in (*range(1, secrets.size + 2), 255, 256):
            yield f"/tile/{level}/000" + (f".p/{width}" if width < 256 else ""), {}
    for digest in digests:
        yield f"/data/files/{digest}", {}


def leaks(answered: Answered, secrets: Secrets) -> list[str]:
    said = answered.body + json.dumps(dict(answered.headers)).encode()
    return [name for name, text in secrets.never.items() if text in said]


@pytest.mark.long
def test_no_route_leaks_anything_of_an_open_vote(ask: Asker, secrets: Secrets) -> None:
    statuses: dict[str, set[int]] = {}
    for path, asked in everything(secrets):
        if path == "/paper" and asked["vote"] != OPEN:
            continue  # it takes a second, and has the same source as the page
        answered = ask(path, **asked)
        statuses.setdefault(path, set()).add(answered.status)
        mentions = {asked.get("q", ""), asked.get("digest", "")}
        found = [name for name in leaks(answered, secrets) if secrets.never[name].decode("latin-1") not in mentions]
        if "q" in asked and asked["q"].startswith("{"):
            found = []  # the page shows again what was pasted into it
            assert b"The vote is open" in answered.body
        assert found == [], (path, asked)
        assert answered.status in {200, 400, 403, 404, 409}, (path, asked, answered.body)
    signed = ask("/checkpoint").status == 200
    without = {"/paper", *(() if signed else ("/checkpoint", "/proof/inclusion", "/proof/consistency", "/page"))}
    without |= set() if signed else {"/data/timestamps.jsonl", "/data/cosigned.jsonl"}
    assert {route.path for route in ROUTES if 200 not in statuses[route.path]} == without


def test_the_log_ends_before_it(looked: Asker) -> None:
    assert looked("/checkpoint").body.split(b"\n")[1] == b"36"
    assert looked("/tile/0/000.p/36").status == 200
    assert looked("/tile/0/000.p/37").status == 404
    assert looked("/entries", after=35).json["found"] == []
    assert looked("/proof/inclusion", entry=36).status == 404


def test_of_an_open_vote_symbol_and_deadline_are_told_and_nothing_else(ask: Asker) -> None:
    told = ask("/votes").json
    assert told["open"] == [{"draft": OPEN, "round": 1, "closes_at": "2026-01-02T14:00:00Z"}]
    assert [each["draft"] for each in told["votes"]] == [BEFORE, LATER]
    assert told["entries"] == 36
    for path in ("/status", "/replay", "/audit", "/page", "/paper"):
        refused = ask(path, vote=OPEN)
        assert (refused.status, refused.headers["content-type"]) == (403, "application/problem+json")
        assert refused.json["detail"] == (
            "the vote on SIM/1 is open: only its symbol and deadline are shown until its result is announced"
        )
    calendar = ask("/calendar", vote=OPEN).body.decode()
    assert "DTSTART:20260102T140000Z" in calendar
    assert "SIM/1" in calendar


def test_who_has_a_receipt_of_an_open_vote_is_told_to_wait_and_nothing_else(ask: Asker, secrets: Secrets) -> None:
    given = ask("/lookup", "POST", secrets.receipt, {"content-type": "application/json"})
    assert given.status == 200
    assert (given.json["answer"], given.json["index"]) == ("not_shown", None)
    assert leaks(given, secrets) == []


def test_a_vote_announced_meanwhile_is_shown_without_what_would_say_how_long_the_log_is(
    ask: Asker, secrets: Secrets
) -> None:
    signed = ask("/checkpoint").status == 200
    record = ask("/audit", vote=LATER).json
    assert record["as_of"] is None
    assert record["votes"][0]["draft"] == LATER
    assert ask("/page", vote=LATER).status == 409
    as_of = {"entry": 36, "of": 36, "register": 36}
    assert ask("/audit", vote=BEFORE).json["as_of"] == (as_of if signed else None)
    assert ask("/page", vote=BEFORE).status == (200 if signed else 409)


@pytest.mark.long
def test_the_events_of_an_open_vote_are_held_back(
    ask: Asker, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inblue.cli.serve.events.SECONDS", 1.0)
    for after in (None, 35, 40):
        answered = ask("/events", **({} if after is None else {"after": after}))
        assert answered.status == 200
        assert leaks(answered, secrets) == []
        ids = [int(each) for each in re.findall(rb"^id: (\d+)$", answered.body, re.MULTILINE)]
        assert ids == list(range(0 if after is None else after + 1, 36))


def test_with_the_token_all_of_it_is_shown_and_not_kept_by_anybody(ask: Asker, secrets: Secrets) -> None:
    known = Asker(ask.url, Authorization=f"Bearer {TOKEN.decode()}")
    roll = known("/status", vote=OPEN)
    assert roll.status == 200
    assert roll.headers["cache-control"] == "private, no-store"
    assert roll.headers["vary"] == ask("/votes").headers["vary"] == "Authorization"
    assert known("/entries", after=35, limit=1).json["found"][0]["vote"] == OPEN
    assert known("/checkpoint").body.split(b"\n")[1] == str(secrets.size).encode()
    assert known("/data/files/" + hashlib.sha256(PAPER).hexdigest()).body == PAPER
    found = known("/lookup", "POST", secrets.receipt, {"content-type": "application/json"})
    assert found.json["answer"] == "there"
    assert known("/page", vote=OPEN).status == 200
    assert ask("/status", vote=OPEN).status == 403  # an answer made for one client is not given to another


@pytest.mark.parametrize(
    "given",
    [
        "Bearer wrong-wrong-wrong-wrong-wrong-wrong",
        "Bearer ",
        "Basic " + base64.b64encode(b"user:" + TOKEN).decode(),
        TOKEN.decode(),
        f"Bearer {TOKEN.decode()}x",
        f"Bearer {TOKEN.decode()[:-1]}",
    ],
)
def test_another_token_is_refused_everywhere(ask: Asker, given: str) -> None:
    for path in ("/", "/votes", "/checkpoint", "/events", "/openapi.json"):
        refused = ask(path, headers={"Authorization": given})
        assert refused.status == 401, path
        assert refused.headers["www-authenticate"] == 'Bearer realm="open votes"'
        assert TOKEN not in refused.body
        assert given.encode() not in refused.body


def test_a_token_that_others_can_read_or_that_is_short_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(TOKEN + b"\n")
    file.chmod(0o640)
    with pytest.raises(inblue.Refused, match="users other than its owner may read it"):
        Bearer.read(file)
    file.chmod(0o600)
    assert TOKEN.decode() not in repr(Bearer.read(file))
    file.write_bytes(b"short\n")
    with pytest.raises(inblue.Malformed, match="32 printable characters"):
        Bearer.read(file)


def test_the_deadline_of_a_vote_that_is_not_opened_is_not_known() -> None:
    ledger = founded()
    vote(ledger, 0, until=1)
    with listening(inblue.web_app(ledger)) as asker:
        assert asker("/votes").json["open"] == [{"draft": "SIM/0", "round": 1, "closes_at": None}]
        assert asker("/calendar", vote="SIM/0").status == 404
