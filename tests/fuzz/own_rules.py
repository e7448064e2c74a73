"""What is fuzzed of files that people write to try rules of their own, and the true inputs: see :mod:`.targets`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from every_rule import DOCUMENTS, FULL, read

from inblue.cli.procedures.ballots import read_ballots
from inblue.cli.procedures.procedure_toml import procedure_as_toml
from inblue.cli.procedures.toml import toml_of
from inblue.domain.canonical import parse_json
from inblue.domain.errors import InblueError, Malformed
from inblue.domain.procedure import Procedure
from inblue.domain.tally import tally
from inblue.domain.trial import Trial, tried, uncounted
from inblue.ledger.edge.procedure_file import json_of_toml

from .oracle import accepted
from .seeds import Seeds, numbered

_NOT_TRIED = {"members", "seats", "examples"}
RULES: Procedure = read({**{name: each for name, each in FULL.items() if name not in _NOT_TRIED}, "members": None})


def toml(data: bytes) -> None:
    """What is read of TOML is canonical JSON, and the same when it is written and read again."""
    for raw in accepted(Malformed, lambda: json_of_toml(data, "a.toml")):
        value = parse_json(raw)
        assert isinstance(value, dict)
        again = toml_of({name: each for name, each in value.items() if each is not None}, lambda path: [path])
        assert json_of_toml(again.encode(), "b.toml") == raw


def ballots(data: bytes) -> None:
    """Ballots are read whole or refused with row and column; what is read can be tried, or is refused in a line."""
    for found in accepted(Malformed, lambda: read_ballots(data, "a.csv", RULES, None)):
        assert len(found.replies) == len(found.rows)
        trial = Trial(RULES, found.roster, "plain", found.replies, facts={"asked": "present"})
        for state in accepted(InblueError, partial(tried, trial)):
            assert len(state.replies) == len(found.replies)
            assert sum(tally(state).counts.values()) == len(tally(state).positions)
            assert len(list(uncounted(state))) <= len(state.replies)


def _documents() -> Seeds:
    written = [procedure_as_toml(read(document)) for document in DOCUMENTS]
    return numbered(
        [each.encode() for each in written] + [b"day = 2026-05-01\nat = 17:30:00\n", b"[a.b]\nc = [1, {d = ''}]\n"]
    )


def _rows() -> Seeds:
    head = b"member,position,received_at,answer:urgent,reasons,by,groups,weight:shares\n"
    return numbered(
        [
            head + b"A,yes,2026-03-02T10:00:00Z,ja,yes,,chairs,2\nB,no,2026-03-02T11:00:00Z,nein,no,A,,12.5\n",
            b"member,position,weight:shares,groups\nA,yes,1,chairs\nA,no,,\nC,,3,others\nB,silent,2,\n",
            b"member,position,says,permanent,advisory,groups,weight:shares\nA,yes,,yes,no,chairs,1\nA,,withdraws,,,,\n",
        ]
    )


TARGETS: Mapping[str, Callable[[bytes], None]] = {"toml": toml, "ballots": ballots}
SEEDS: Mapping[str, Callable[[], Seeds]] = {"toml": _documents, "ballots": _rows}
