"""What is fuzzed of files that a desk is given: a delegation's request, a registrar's welcome, a project file.

See :mod:`.targets`. Nobody who mutates them has a key, so that what is believed of them is always the true one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, partial

from delegations import LATVIA, asked, enrolled
from signers import REGISTRAR

from inblue.cli.project.fields import FIELDS
from inblue.cli.project.project_file import Project, project_text, read_project
from inblue.domain.errors import InblueError, Malformed
from inblue.ledger.delegation.policy import with_witness
from inblue.ledger.delegation.request import DelegationRequest, check_asked, read_request
from inblue.ledger.delegation.welcome import Welcome, check_welcome, read_welcome, welcome_for
from inblue.ledger.ledger import Ledger

from .oracle import accepted, folder, same
from .seeds import Seeds, numbered


def delegation_request(data: bytes) -> None:
    """A request whose proofs hold is the true one, whatever its spelling; and it can be asked of a register."""
    for read in accepted(InblueError, lambda: read_request(data, where="request")):
        same(read, data)
        assert _asked(read) in map(_asked, _made()), "a request that nobody signed is believed"
        accepted(InblueError, partial(check_asked, read, _ledger().register()))
        assert read.witness.vkey in with_witness("", read.witness)


def delegation_welcome(data: bytes) -> None:
    """A welcome that is believed shows the true grant, by the true founder, under a checkpoint of the true log."""
    for read in accepted(Malformed, lambda: read_welcome(data, where="welcome")):
        same(read, data)
        for found in accepted(InblueError, partial(check_welcome, read, _request())):
            assert (found.founder, found.grant) == (REGISTRAR.key_id, _request().grant())
            assert found.checkpoint == _ledger().checkpoint()
            assert found.trust(read).registrar == (REGISTRAR.key_id,)


def project_file(data: bytes) -> None:
    """A project file is refused in a line, or says the same when it is written and read again."""
    for read in accepted(Malformed, lambda: _project(data)):
        assert set(read.values) <= set(FIELDS)
        values = {name: each.value for name, each in read.values.items()}
        assert all(1 <= each.line <= data.count(b"\n") + 1 for each in read.values.values())
        again = _project(project_text(values).encode())
        assert {name: each.value for name, each in again.values.items()} == values


def _project(data: bytes) -> Project:
    path = folder() / "inblue.toml"
    path.touch(mode=0o600)
    path.write_bytes(data)
    return read_project(path)


def _asked(request: DelegationRequest) -> dict[str, object]:
    """What is asked, without the parts that differ each time it is signed."""
    return {name: value for name, value in request.json_value().items() if name not in _ANEW}


_ANEW = frozenset({"nonce", "proof", "witness_proof"})


@cache
def _made() -> tuple[DelegationRequest, DelegationRequest]:
    return asked(), asked(own=REGISTRAR, witness=LATVIA)


def _request() -> DelegationRequest:
    return _made()[0]


@cache
def _ledger() -> Ledger:
    return enrolled(_request(), by_a_clerk=True)


@cache
def _welcome() -> Welcome:
    return welcome_for(_ledger(), _request())


def _requests() -> Seeds:
    value = json.loads(_request().canonical())
    return numbered([*(each.canonical() for each in _made()), json.dumps(value, indent=1).encode()])


def _welcomes() -> Seeds:
    value = json.loads(_welcome().canonical())
    fewer = json.dumps({**value, "entries": value["entries"][:2]}).encode()
    return numbered([_welcome().canonical(), json.dumps(value, indent=1).encode(), fewer])


def _projects() -> Seeds:
    given = {
        "ledger": "votes.db", "files": "kept", "key": "registrar", "procedure": "unsc-2020-253", "roster": "own.json",
        "simulated": True, "language": "fr", "mail_hosts": ["mx.example.org", "192.0.2.1"],
    }  # fmt: skip
    head = b'format = "inblue-project/1"\n'
    texts = [b'ledger = "postgresql://desk@db.example.org/votes"\n', b"key = '''a'''\n\"office\" = \"\\u0062\"\n"]
    return numbered([project_text(given).encode(), *(head + each for each in texts), head + b"a.b = [1]\n"])


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "delegation_request": delegation_request,
    "delegation_welcome": delegation_welcome,
    "project_file": project_file,
}
SEEDS: Mapping[str, Callable[[], Seeds]] = {
    "delegation_request": _requests,
    "delegation_welcome": _welcomes,
    "project_file": _projects,
}
