"""What is fuzzed of all that comes from witnesses, timestamp authorities and members: see :mod:`.targets`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TypeAlias

from rfc3161_client import decode_timestamp_response
from tlog_scales.tlog import ConsistencyProof

from inblue.domain.ballot import Bound
from inblue.domain.errors import InblueError, Malformed
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.receipt_checks import hold_against_receipts
from inblue.ledger.audit.result import Verification
from inblue.ledger.certificates import der
from inblue.ledger.entries.ballot import BallotFile, own_tokens, read_blank, signing_key
from inblue.ledger.evidence.attestations import COSIGNED, TIMESTAMPS
from inblue.ledger.evidence.bundle import FOLDER
from inblue.ledger.evidence.receipt import LogProof, read_receipt
from inblue.ledger.operations.authorities import Sources
from inblue.ledger.standards.checkpoint import Checkpoint, open_checkpoint
from inblue.ledger.standards.cosignature import cosigners
from inblue.ledger.standards.note import split_note
from inblue.ledger.standards.timestamp import Timestamp, token_of, verify_token
from inblue.ledger.standards.witness_policy import parse_policy
from inblue.ledger.witness.configuration import CONFIGURATION, WatchedLog
from inblue.ledger.witness.handover import read_handover, write_handover
from inblue.ledger.witness.request import SIZE_TYPE, Answer, read_request, write_request
from inblue.ledger.witness.witness import WitnessState

from . import outside_seeds, seeds, stamping
from .oracle import accepted, checked, folder, head, is_line, printable, same, written, zipped

Target: TypeAlias = Callable[[bytes], None]


def policy(data: bytes) -> None:
    """What is read says the same when it is written again; all its witnesses are enough, and more are never fewer."""
    text = data.decode("utf-8", "replace")
    for read in accepted(Malformed, lambda: parse_policy(text)):
        lines = [f"log {key}" for key in read.logs]
        lines += [f"witness {each.name} {each.key} {each.url or ''}" for each in read.witnesses]
        lines += [f"group {name} {needed} {' '.join(members)}" for name, (needed, members) in read.groups.items()]
        again = parse_policy("\n".join([*lines, f"quorum {read.quorum or 'none'}"]))
        assert again == read
        names = [each.name for each in read.witnesses]
        met = [read.met(names[:number]) for number in range(len(names) + 1)]
        assert met == sorted(met)
        assert met[-1]
        assert met[0] is (read.quorum is None)
        assert len({key.public for key in _keys(read)}) == len(read.logs) + len(read.witnesses)


def witness_request(data: bytes) -> None:
    """A request is written as it was read."""
    for read in accepted(Malformed, lambda: read_request(data)):
        assert write_request(*read) == data
        assert all(len(each) == 32 for each in read.proof)


def witness(data: bytes) -> None:
    """Whatever the holder of the log's key asks, in any order: an answer, and never a fork.

    Requests lie apart by a line ``--``; ``@log@`` is the log's signature over the lines before it.
    """
    state, name = _fresh(), outside_seeds.WITNESS_SIGNER.verifier
    last: Checkpoint | None = None
    for second, chunk in enumerate(data.split(b"\n--\n")[:20], start=1):
        raw = outside_seeds.signed_request(chunk)
        kept = state.latest(seeds.ORIGIN)
        answer = state.add_checkpoint(raw, outside_seeds.WITNESS_SIGNER, second)
        now = state.latest(seeds.ORIGIN)
        _is_answer(answer, last)
        if answer.status != 200:
            assert now == kept
            continue
        request = read_request(raw)
        cosigned = open_checkpoint(request.note, seeds.log_signer().verifier)
        _extends(last, cosigned, list(request.proof))
        assert cosigners(f"{cosigned.text()}\n{answer.body}".encode(), [name]) == {name: second}
        assert now is not None
        assert cosigners(now, [name]) == {name: second}
        assert open_checkpoint(now, seeds.log_signer().verifier) == cosigned
        assert {each for each, _, _ in split_note(now)[1]} == {seeds.ORIGIN, name.name}
        last = cosigned


def handover(data: bytes) -> None:
    """A witness follows a log to the key that it announced, and to no other; what is not shown changes nothing."""
    for read, request in accepted(Malformed, lambda: read_handover(data)):
        again = write_handover(read, request)
        assert read_handover(again) == (read, request)
        assert write_handover(*read_handover(again)) == again
    state = _fresh()
    for asked in (outside_seeds.before_handover(), data):
        before = state.configuration
        answer = (state.follow if asked is data else state.add_checkpoint)(asked, outside_seeds.WITNESS_SIGNER, 1)
        assert answer.status in {200, 400, 403, 404, 409, 422}
        assert is_line(answer.body.removesuffix("\n"))
        if answer.status != 200:
            assert state.configuration == before
    (log,) = state.configuration.logs
    true = (str(seeds.log_signer().verifier), str(seeds.log_signer(successor=True).verifier))
    assert log.keys == (true if answer.status == 200 else true[:1])


def tlog_proof(data: bytes) -> None:
    """A proof is written as it was read, but for the line that nothing vouches for."""
    text = data.decode("utf-8", "replace")
    for read in accepted(Malformed, lambda: LogProof.parse(text)):
        lines = text.split("\n")
        assert read.text() == "\n".join(lines[:1] + lines[1 + lines[1].startswith("extra ") :])
        assert LogProof.parse(read.text()) == read


def receipt(data: bytes) -> None:
    """A receipt says what its JSON says; and none made without a key accuses a true log."""
    for read in accepted(Malformed, lambda: read_receipt(data, where="receipt")):
        if read.format.encode() in data:  # one of the first format is read as one of the second
            same(read, data)
        checks = checked()
        known, told = len(checks.result.problems), len(checks.result.unchecked)
        accepted(Malformed, partial(hold_against_receipts, checks, head().size, [read]))
        accused = checks.result.problems[known:]
        assert not accused, f"a true log is accused: {accused}"
        assert all(is_line(said) for said in checks.result.unchecked[told:])


def ballot(data: bytes) -> None:
    """A ballot's file says what its JSON says, and whose key it names; a blank makes ballots that can be read."""
    for read in accepted(Malformed, lambda: BallotFile.read(data, where="ballot")):
        same(read.signed, data)
        assert len(signing_key(read.signed)) == 64
        assert read.ballot.canonical().decode() in outside_seeds.payload_of(read.signed.envelope)
        for tokens in accepted(Malformed, partial(own_tokens, read.signed)):
            assert len(tokens) == len(read.signed.timestamps)
    for blank in accepted(Malformed, lambda: read_blank(data, where="blank")):
        same(blank, data)
        for made in accepted(Malformed, partial(blank.ballot, "CHN", "in_favour")):
            assert all(getattr(made, name) == getattr(blank, name) for name in Bound.model_fields)


def authorities(data: bytes) -> None:
    """An operator's configuration says what its JSON says, and every authority in it has a root."""
    for read in accepted(Malformed, lambda: Sources.read(data, where="authorities")):
        same(read, data)
        assert all((each.url is None) != (each.command is None) for each in read.sources)
        assert all(each.authority.chain() for each in read.sources)


def der_values(data: bytes) -> None:
    """No byte is lost, a value in BER reads as in DER, and another library reads the same numbers and names."""
    for values in accepted(Malformed, lambda: der.read_all(data, where="here")):
        assert b"".join(value.raw for value in values) == data
        for value in values:
            strict = der.encode(value.tag, value.content)
            assert der.read_one(strict, value.tag, where="here").content == value.content
            for number in accepted(Malformed, partial(der.integer, value, where="here")):
                assert der.encode_integer(number) == strict
            for dotted in accepted(Malformed, partial(der.object_identifier, value, where="here")):
                assert der.encode_object_identifier(dotted) == outside_seeds.encode_oid(dotted) == strict
            for octets in accepted(Malformed, partial(der.octets, value, where="here")):
                assert len(octets) <= len(value.content)
            if value.tag & 0x20:
                accepted(Malformed, partial(der.read_all, value.content, where="here"))


def timestamp_response(data: bytes) -> None:
    """Every answer of an authority's address gives a token or one line why not; only the true one is believed."""
    query, message = outside_seeds.QUERY, outside_seeds.MESSAGE
    for token in accepted(InblueError, lambda: token_of(data, query)):
        assert token in data
        believed(token, message, query)


def timestamp_token(data: bytes) -> None:
    """Only the true token's bytes are believed, whatever it has in unsigned places."""
    believed(data, outside_seeds.MESSAGE, outside_seeds.QUERY)


def believed(token: bytes, message: bytes, query: bytes) -> None:
    """If it is believed, then for what the true token says."""
    for found in accepted(InblueError, lambda: verify_token(token, message, stamping.authority(), query=query)):
        assert found == outside_seeds.true_stamp(), "another token is believed"


def timestamp_signed(data: bytes) -> None:
    """Whatever an authority itself signs, as content or attributes, is read as another library reads it, or refused.

    By the first byte: the content (TSTInfo), the signed attributes, or a certificate that the token names as its
    signer's.
    """
    what, rest = data[:1], data[1:]
    info = outside_seeds.info()
    if what == b"c":
        token = stamping.token(info, certificates=[rest, stamping.unit().raw])
    elif what == b"a":
        token = stamping.token(info, signed=outside_seeds.split_values(rest))
    else:
        token = stamping.token(rest)
    for found in accepted(
        InblueError, lambda: verify_token(token, outside_seeds.MESSAGE, stamping.authority(), query=outside_seeds.QUERY)
    ):
        assert what != b"c" or rest == stamping.unit().raw, "another certificate is believed"
        _as_others_read(token, found)


def bundle_lines(data: bytes) -> None:
    """Timestamps and cosignatures changed without keys give an answer, and never a stronger one."""
    members = dict(outside_seeds.stamped_members())
    members[COSIGNED if data[:1] == b"c" else TIMESTAMPS] = data[1:]
    seeds.manifests(members)
    path = written(zipped({FOLDER + each: content for each, content in members.items()}))
    for found in accepted(Malformed, lambda: verify_bundle(path, outside_seeds.trust())):
        printable(found.problems)
        assert all(is_line(said) for said in found.not_proved)
        if found.holds:
            _not_stronger(found, outside_seeds.stamped())


TARGETS: Mapping[str, Target] = {
    "policy": policy,
    "witness_request": witness_request,
    "witness": witness,
    "handover": handover,
    "tlog_proof": tlog_proof,
    "receipt": receipt,
    "ballot": ballot,
    "authorities": authorities,
    "der": der_values,
    "timestamp_response": timestamp_response,
    "timestamp_token": timestamp_token,
    "timestamp_signed": timestamp_signed,
    "bundle_lines": bundle_lines,
}


def _keys(read: object) -> list[outside_seeds.PublicKey]:
    return outside_seeds.keys_of(read)


def _is_answer(answer: Answer, last: Checkpoint | None) -> None:
    assert answer.status in {200, 400, 403, 404, 409, 422}
    assert answer.body.endswith("\n")
    assert is_line(answer.body[:-1]), f"not one printable line: {answer.body!r}"
    assert (answer.status == 409) is (answer.kind == SIZE_TYPE)
    if answer.status == 409:
        assert answer.body == f"{last.size if last else 0}\n"


def _extends(before: Checkpoint | None, after: Checkpoint, proof: list[bytes]) -> None:
    """By other people's hand: the one is an earlier state of the other."""
    if before is None or before.size == 0:
        assert not proof
    elif before.size == after.size:
        assert (before.root, proof) == (after.root, [])
    else:
        ConsistencyProof(before.size, after.size, proof).check(before.root, after.root)


def _as_others_read(token: bytes, found: Timestamp) -> None:
    try:
        said = decode_timestamp_response(stamping.response(token)).tst_info
    except ValueError:
        return  # it reads DER only, and fewer spellings
    assert said.gen_time.replace(microsecond=0) == found.gen_time.replace(microsecond=0)
    assert said.serial_number == found.serial
    assert said.policy.dotted_string == found.policy
    given = said.accuracy
    stated = timedelta(
        seconds=(given.seconds or 0) if given else 0,
        milliseconds=(given.millis or 0) if given else 0,
        microseconds=(given.micros or 0) if given else 0,
    )
    assert found.accuracy in {stated, stated + timedelta(microseconds=1)}
    assert found.not_before <= found.gen_time <= found.not_after


def _not_stronger(found: Verification, true: Verification) -> None:
    assert found.witnessed_size <= true.witnessed_size
    for draft, replies in found.bounds.items():
        for number, bounds in replies.items():
            most = true.bounds[draft][number]
            assert _from(bounds.not_before) <= _from(most.not_before)
            assert _until(bounds.not_after) >= _until(most.not_after)


def _from(instant: datetime | None) -> datetime:
    return instant or datetime.min.replace(tzinfo=UTC)


def _until(instant: datetime | None) -> datetime:
    return instant or datetime.max.replace(tzinfo=UTC)


def _fresh() -> WitnessState:
    """A witness that has cosigned nothing yet."""
    state, configuration = _witness()
    for old in state.folder.glob("*.checkpoint*"):
        old.unlink()
    (state.folder / CONFIGURATION).write_bytes(configuration)
    return state


@cache
def _witness() -> tuple[WitnessState, bytes]:
    log = WatchedLog(origin=seeds.ORIGIN, keys=(str(seeds.log_signer().verifier),))
    state = WitnessState.create(folder() / "witness", outside_seeds.WITNESS_SIGNER.name, [log])
    return state, (state.folder / CONFIGURATION).read_bytes()
