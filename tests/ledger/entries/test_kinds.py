"""The versions of a kind: which one an act is written in, and that an entry of any other is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import pytest
from ledgers import OPENED
from signers import REGISTRAR

from inblue.domain.acts import DraftWithdrawn
from inblue.domain.canonical import Json, canonical, parse_json
from inblue.domain.errors import Malformed
from inblue.domain.payload import Payload, Since
from inblue.ledger.entries import kinds
from inblue.ledger.entries.entry import Seen, read_entry, write_entry
from inblue.ledger.standards.dsse import open_envelope, seal
from inblue.ledger.standards.merkle import EMPTY_ROOT


class Grown(DraftWithdrawn):
    """A kind that gained one field in its second version and two in its third."""

    since = Since({"why": 2, "round": 3, "by": 3})
    act: Literal["draft_withdrawn"] = "draft_withdrawn"
    why: str | None = None
    round: int = 1
    by: str | None = None


@pytest.fixture(autouse=True)
def grown(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in Grown.kinds():
        monkeypatch.setitem(kinds.KINDS, kind, Grown)


def written(act: Payload, at: datetime = OPENED) -> bytes:
    place = {"stream": "vote:S/1", "index": 1, "office": "registrar", "recorded_at": at, "register": 1}
    return write_entry(act, **place, signer=REGISTRAR, seen=Seen(0, EMPTY_ROOT)).envelope  # type: ignore[arg-type]


def test_an_act_is_written_in_the_lowest_version_that_can_say_it() -> None:
    assert Grown.kinds() == ("draft-withdrawn@1", "draft-withdrawn@2", "draft-withdrawn@3")
    for act, kind, later in (
        (Grown(), "draft-withdrawn@1", set()),
        (Grown(round=1, by=None), "draft-withdrawn@1", set()),
        (Grown(why="a slip"), "draft-withdrawn@2", {"why"}),
        (Grown(round=2), "draft-withdrawn@3", {"why", "round", "by"}),
        (Grown(why="a slip", by="CHN"), "draft-withdrawn@3", {"why", "round", "by"}),
    ):
        assert (act.kind_and_version(), act.json_value().keys() & {"why", "round", "by"}) == (kind, later)
        entry = read_entry(written(act))
        assert (entry.kind, entry.act) == (kind, act)


def test_what_cannot_say_more_is_written_as_it_was_before_the_kind_grew() -> None:
    assert written(Grown()) == written(DraftWithdrawn())


def others() -> Iterator[tuple[str, str, dict[str, Json]]]:
    plain: dict[str, Json] = {"act": "draft_withdrawn", "source": None, "withdrawn_at": None}
    yield "a field that the version lacks", "draft-withdrawn@1", {**plain, "why": "a slip"}
    yield "that field, saying nothing", "draft-withdrawn@1", {**plain, "why": None}
    yield "a version higher than needed", "draft-withdrawn@2", {**plain, "why": None}
    yield "the same, without the field", "draft-withdrawn@2", plain
    yield "higher than needed by one", "draft-withdrawn@3", {**plain, "why": "a slip", "round": 1, "by": None}
    yield "a field missing", "draft-withdrawn@3", {**plain, "round": 2, "by": None}
    yield "a version that there is not", "draft-withdrawn@4", {**plain, "why": "a slip"}


@pytest.mark.parametrize(("kind", "act"), [other[1:] for other in others()], ids=[other[0] for other in others()])
def test_an_entry_of_another_version_is_refused(kind: str, act: dict[str, Json]) -> None:
    payload = parse_json(open_envelope(written(Grown())).payload)
    assert isinstance(payload, dict)
    with pytest.raises(Malformed):
        read_entry(seal(canonical({**payload, "act": act, "kind": kind}), REGISTRAR))


def test_every_kind_that_there_is_is_of_the_class_that_writes_it() -> None:
    for kind, cls in kinds.KINDS.items():
        assert kind in cls.kinds()
