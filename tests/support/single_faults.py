"""Vectors that break one sentence of docs/spec each, and odd ones that break none. :mod:`make_vectors` writes them."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

from faults_of_messages import messages_with_a_fault
from faults_of_observations import observations_and_recalled
from faults_of_other_bodies import acts_with_a_fault
from forge import ORIGIN, VOTE, Change, Forge, Payload, envelope, signed_as, text64
from ledgers import OPENED, SMALL, Members, cast
from odd_zips import odd_zips
from signers import LOG, REGISTRAR, SECOND, shifted

from inblue.domain.acts import ExplanationFiled, ReceiptAcknowledged, VoteCast
from inblue.domain.ballot import Ballot, SignedBallot
from inblue.domain.canonical import canonical
from inblue.domain.instant import format_instant
from inblue.domain.register_acts import (
    AuthorityRetired,
    KeyEnrolled,
    KeyGrant,
    KeyRevoked,
    LogKeyAnnounced,
    PresidencyAssigned,
)
from inblue.ledger.evidence.bundle import CHECKPOINT, ENTRIES, FILE_PREFIX, FOLDER, LOG_JSON, REGISTER
from inblue.ledger.standards.dsse import BALLOT_TYPE, pae, seal
from inblue.ledger.standards.ed25519 import Ed25519Signer, key_id
from inblue.ledger.standards.note import NoteSigner, note_id, write_line, write_vkey

PRESIDENT, MEMBER, OTHER = (Ed25519Signer.from_seed(letter * 32) for letter in (b"p", b"m", b"o"))
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493


@dataclass(frozen=True)
class Fault:
    """A bundle, the sentence of docs/spec that it breaks or tries, and the checks that fail; None: refused unread."""

    name: str
    what: str
    rule: str
    raw: bytes
    checks: list[int] | None


EXPLAINS = ExplanationFiled(member="CHN", languages=("fr",))


def every_fault() -> Iterator[Fault]:
    """All of them."""
    yield from malformed()
    yield from well_formed()
    yield from signatures()
    yield from places()
    yield from notes()
    yield from successions()
    yield from seen()
    yield from authority()
    yield from disowned()
    yield from ballots()
    yield from counted_and_pinned()
    yield from acts()
    for name, what, rule, act, kind in acts_with_a_fault():
        raw = Forge.of().add(act, change=_put("kind", kind)).bundle()
        yield Fault(name, what, rule, raw, [2])
    for name, what, rule, raw, checks in (*messages_with_a_fault(), *observations_and_recalled()):
        yield Fault(name, what, rule, raw, checks)
    yield from containers()
    members = members_in(Forge.of().bundle())
    for name, what, raw in odd_zips(members):
        yield Fault(name, what, "BUN-3" if name == "zip-checksum" else "BUN-1", raw, None)


def members_in(raw: bytes) -> Members:
    """The members of a bundle."""
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        return {name.removeprefix(FOLDER): archive.read(name) for name in archive.namelist()}


def _put(path: str, value: Any) -> Change:
    """Set a field of a payload, by its path."""

    def change(payload: Payload) -> None:
        *way, last = path.split(".")
        holder: Any = payload
        for step in way:
            holder = holder[step]
        holder[last] = value

    return change


def _without(path: str) -> Change:
    def change(payload: Payload) -> None:
        *way, last = path.split(".")
        holder: Any = payload
        for step in way:
            holder = holder[step]
        del holder[last]

    return change


def _last(act: Any = EXPLAINS, **given: Any) -> bytes:
    """The small vote with one entry more, which is the last one of all: nothing else can be wrong because of it."""
    return Forge.of().add(act, **given).bundle()


def malformed() -> Iterator[Fault]:
    """Check 2: canonical form, envelope, payload and act."""

    def canonically(name: str, what: str, rule: str, old: bytes, new: bytes) -> Fault:
        def raw(payload: bytes) -> bytes:
            assert old in payload
            return payload.replace(old, new, 1)

        return Fault(name, what, rule, _last(raw=raw), [2])

    yield canonically("json-fraction", "an index of 8.0", "ENT-2", b'"index":8', b'"index":8.0')
    yield canonically("json-exponent", "an index of 8e0", "ENT-2", b'"index":8', b'"index":8e0')
    yield canonically("json-minus-zero", "a size of -0", "ENT-2", b'"size":0', b'"size":-0')
    yield canonically("json-large", "an index of 2^53", "ENT-2", b'"index":8', b'"index":9007199254740992')
    yield canonically("json-blank", "a blank behind a colon", "ENT-1", b'"index":8', b'"index": 7')
    swapped = b'"kind":"explanation-filed@1","index":8'
    ordered = b'"index":8,"kind":"explanation-filed@1"'
    yield canonically("json-order", "two fields change places", "ENT-1", ordered, swapped)
    yield canonically("json-escape", "an escape that need not be", "ENT-1", b'"fr"', b'"\\u0066r"')
    yield canonically("json-twice", "a field is there twice", "ENT-3", b'"index":8', b'"index":8,"index":8')
    yield canonically("json-key", "a key that is not ASCII", "ENT-3", b'"index":8', '"index":8,"né":1'.encode())
    yield canonically("json-surrogate", "half a surrogate, as an escape", "ENT-4", b'"fr"', b'"\\ud800"')
    yield canonically("json-surrogate-raw", "half a surrogate, as bytes", "ENT-4", b'"fr"', b'"\xed\xa0\x80"')
    yield canonically("json-bytes", "a byte that is no UTF-8", "ENT-4", b'"fr"', b'"\xff"')
    bom = _last(raw=lambda payload: b"\xef\xbb\xbf" + payload)
    yield Fault("json-bom", "a byte order mark before the payload", "ENT-4", bom, [2])
    yield Fault("json-line-feed", "a line feed behind the payload", "ENT-1", _last(raw=lambda p: p + b"\n"), [2])
    deep: Any = []
    for _ in range(40):
        deep = [deep]
    nested = json.dumps(deep).encode()
    yield canonically("json-deep", "lists in lists, 41 deep", "ENT-5", b'["fr"]', nested)

    def sealed(name: str, what: str, change: Callable[[bytes], bytes], rule: str = "ENT-14") -> Fault:
        forge = Forge.of()
        return Fault(name, what, rule, forge.add(EXPLAINS, sealed=lambda p, s: change(seal(p, s))).bundle(), [2])

    yield sealed("envelope-order", "payloadType stands first", _reordered)
    yield sealed("envelope-more", "a field more", lambda raw: raw[:-1] + b',"more":1}')
    yield sealed("envelope-twice", "two signatures", _twice)
    yield sealed("envelope-key-upper", "the id of the key in upper case", _upper)
    forge = Forge.of().add(EXPLAINS, raw=_padded, sealed=lambda p, s: _spare_bits(seal(p, s)))
    yield Fault("envelope-spare-bits", "base64 with spare bits", "ENT-14", forge.bundle(), [2])
    forge = Forge.of().add(EXPLAINS, sealed=lambda p, s: seal(p, s, BALLOT_TYPE))
    yield Fault("envelope-ballot", "an entry that is sealed as a ballot", "ENT-14", forge.bundle(), [2])

    fields: list[tuple[str, str, str, Any, Change]] = [
        ("field-more", "a field more in the payload", "ENT-18", EXPLAINS, _put("more", None)),
        ("field-missing", "a field of the payload is missing", "ENT-18", EXPLAINS, _without("recorded_at")),
        ("field-uncounted", "inblue-entry/2 without its count", "ENT-18", EXPLAINS, _without("register")),
        ("field-counted", "inblue-entry/1 with a count", "ENT-18", EXPLAINS, _put("format", "inblue-entry/1")),
        ("field-format", "a format that is not known", "SPEC-4", EXPLAINS, _put("format", "inblue-entry/3")),
        ("field-index", "a negative index", "ENT-27", EXPLAINS, _put("index", -1)),
        ("field-size", "a negative size seen", "ENT-27", EXPLAINS, _put("seen.size", -1)),
        ("field-register", "a negative count", "ENT-27", EXPLAINS, _put("register", -1)),
        ("field-true", "an index of true", "ENT-18", EXPLAINS, _put("index", True)),
        ("field-tokens", "tokens out of order", "ENT-28", EXPLAINS, _put("seen.tokens", ["b" * 64, "a" * 64])),
        ("field-tokens-twice", "a token twice", "ENT-28", EXPLAINS, _put("seen.tokens", ["a" * 64, "a" * 64])),
        ("field-tokens-21", "21 tokens", "ENT-28", EXPLAINS, _put("seen.tokens", [f"{n:064x}" for n in range(21)])),
        ("field-root", "a root of 31 bytes", "ENT-30", EXPLAINS, _put("seen.root", text64(b"x" * 31))),
        ("field-office", "an office that is no name", "ENT-25", EXPLAINS, _put("actor.office", "Registrar")),
        ("field-key-name", "an idempotency key with a blank", "ENT-25", EXPLAINS, _put("idempotency_key", "a b")),
        ("field-key-long", "an idempotency key of 65", "ENT-25", EXPLAINS, _put("idempotency_key", "k" * 65)),
        ("field-key-null", "an idempotency key of null", "ENT-18", EXPLAINS, _put("idempotency_key", None)),
        ("kind-unknown", "a kind that is not known", "ENT-19", EXPLAINS, _put("kind", "vote-blessed@1")),
        ("kind-other", "the kind of another act", "ENT-19", EXPLAINS, _put("kind", "voting-closed@1")),
        ("kind-version", "a version that is not known", "SPEC-4", EXPLAINS, _put("kind", "explanation-filed@9")),
        ("kind-long", "a version with more behind it", "ENT-19", EXPLAINS, _put("kind", "explanation-filed@1@1")),
        ("act-more", "a field more in the act", "ENT-20", EXPLAINS, _put("act.more", None)),
        ("act-missing", "a field of the act is left out", "ENT-20", EXPLAINS, _without("act.filed_at")),
        ("act-null", "null where something must be", "ENT-20", EXPLAINS, _put("act.member", None)),
        ("act-text", "a text where a list must be", "ENT-20", EXPLAINS, _put("act.languages", "fr")),
        ("act-one", "1 where true or false must be", "ENT-20", cast("VNM", 2), _put("act.instrument.signed", 1)),
        ("act-digest", "a digest in upper case", "ENT-25", EXPLAINS, _put("act.sha256", "AB" * 32)),
        ("text-empty", "an empty text", "ENT-23", EXPLAINS, _put("act.remarks", [""])),
        ("text-long", "a text of 4,001", "ENT-23", EXPLAINS, _put("act.remarks", ["x" * 4_001])),
        (
            "text-long-astral",
            "a text of 4,001, none of the BMP",
            "ENT-23",
            EXPLAINS,
            _put("act.remarks", ["𝒳" * 4_001]),
        ),
        ("text-bell", "U+0007 in a text", "ENT-23", EXPLAINS, _put("act.remarks", ["a\a"])),
        ("text-del", "U+007F in a text", "ENT-23", EXPLAINS, _put("act.remarks", ["a\x7f"])),
        ("text-c1", "U+0085 in a text", "ENT-23", EXPLAINS, _put("act.remarks", ["a\x85b"])),
        ("text-bidi", "U+202E in a text", "ENT-23", EXPLAINS, _put("act.remarks", ["a\u202eb"])),
        ("text-isolate", "U+2066 in a text", "ENT-23", EXPLAINS, _put("act.remarks", ["a\u2066b"])),
        ("text-2028", "U+2028 in a text", "ENT-23", EXPLAINS, _put("act.remarks", ["a\u2028b"])),
        ("line-long", "a line of 301", "ENT-23", EXPLAINS, _put("act.languages", ["x" * 301])),
        ("line-feed", "a line feed in a line", "ENT-24", EXPLAINS, _put("act.languages", ["a\nb"])),
        ("line-blank", "a blank at the end of a line", "ENT-24", EXPLAINS, _put("act.languages", ["fr "])),
        ("line-no-break", "U+00A0 at the start of a line", "ENT-24", EXPLAINS, _put("act.languages", ["\xa0fr"])),
        ("member-blank", "a member with a blank", "ENT-25", EXPLAINS, _put("act.member", "C N")),
        ("member-long", "a member of 33", "ENT-25", EXPLAINS, _put("act.member", "C" * 33)),
        (
            "instant-offset",
            "an instant with +00:00",
            "ENT-22",
            EXPLAINS,
            _put("recorded_at", "2026-03-29T00:00:00+00:00"),
        ),
        ("instant-zero", "a fraction of zero", "ENT-22", EXPLAINS, _put("recorded_at", "2026-03-29T00:00:00.000000Z")),
        (
            "instant-short",
            "a fraction of three digits",
            "ENT-22",
            EXPLAINS,
            _put("recorded_at", "2026-03-29T00:00:00.500Z"),
        ),
        ("instant-leap", "a leap second", "ENT-22", EXPLAINS, _put("recorded_at", "2026-03-29T23:59:60Z")),
        ("instant-day", "30 February", "ENT-22", EXPLAINS, _put("act.filed_at", "2026-02-30")),
        ("instant-0999", "the year 999", "ENT-22", EXPLAINS, _put("act.filed_at", "0999-12-31")),
        ("instant-9000", "the year 9000", "ENT-22", EXPLAINS, _put("act.filed_at", "9000-01-01T00:00:00Z")),
        ("reply-0", "reply 0", "ENT-26", ReceiptAcknowledged(member="CHN"), _put("act.reply", 0)),
        ("reply-10000", "reply 10,000", "ENT-26", ReceiptAcknowledged(member="CHN"), _put("act.reply", 10_000)),
    ]
    for name, what, rule, act, change in fields:
        yield Fault(name, what, rule, _last(act, change=change), [2])
    yield from _together()


def _together() -> Iterator[Fault]:
    """How the fields of one act must agree, and which version of its kind it has."""
    plain = EXPLAINS.json_value()
    speaker = {**plain, "speaker": None, "speaker_latin": None, "form_of_address": None, "office": None}
    higher = {**speaker, "translation": None}
    forge = Forge.of().add(higher, change=_put("kind", "explanation-filed@2"))
    yield Fault("version-higher", "a higher version than needed", "ENT-21", forge.bundle(), [2])
    lower = {**plain, "speaker": "A. B."}
    yield Fault("version-lower", "a field of a later version", "ENT-20", _last(lower), [2])
    vote = cast("VNM", 2).json_value()
    beside = {"says": None, "sent_at": None, "replaces": None}
    instrument = {**vote["instrument"], "rank_in_english": None, "translation": None}  # type: ignore[dict-item]
    own = {**vote, **beside, "by": "VNM", "instrument": instrument}
    forge = Forge.of().add(own, change=_put("kind", "vote-cast@2"))
    yield Fault("together-by", "a member casts a vote on its own behalf", "ENT-32", forge.bundle(), [2])
    says = {**own, "by": None, "says": "withdraws"}
    forge = Forge.of().add(says, change=_put("kind", "vote-cast@2"))
    yield Fault("together-says", "a reply withdraws, and takes a position", "ENT-32", forge.bundle(), [2])
    result = {
        "act": "result_announced",
        "announced_at": None,
        "resolution": "1 (2026)",
        "outcome": "vetoed",
        "source": None,
    }
    yield Fault("together-resolution", "a vetoed text has a number", "ENT-32", _last(result), [2])
    letter: dict[str, Any] = dict.fromkeys(
        (
            "symbol",
            "dated",
            "sender",
            "sent_at",
            "distributed",
            "opens_at",
            "closes_at",
            "snapshot",
            "sha256",
            "media_type",
        )
    )
    letter |= {"act": "letter_sent", "kind": "outcome", "programme_of_work": True, "source": None}
    yield Fault("together-letter", "an outcome letter with what an opening has", "ENT-32", _last(letter), [2])


def _reordered(raw: bytes) -> bytes:
    value = json.loads(raw)
    return json.dumps(dict(reversed(value.items())), separators=(",", ":")).encode()


def _twice(raw: bytes) -> bytes:
    value = json.loads(raw)
    value["signatures"] *= 2
    return json.dumps(value, separators=(",", ":")).encode()


def _upper(raw: bytes) -> bytes:
    head, key, rest = raw.partition(b'"keyid":"')
    return head + key + rest[:64].upper() + rest[64:]


def _padded(payload: bytes) -> bytes:
    """Of a length whose base64 ends in one ``=``: then there are spare bits."""
    assert payload.endswith(b"}")
    value = json.loads(payload)
    while len(canonical(value)) % 3 != 2:
        value["act"]["languages"][0] += "x"
    return canonical(value)


def _spare_bits(raw: bytes) -> bytes:
    at = raw.index(b'=","payloadType"') - 1
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return raw[:at] + bytes([alphabet[alphabet.index(raw[at]) + 1]]) + raw[at + 1 :]


def well_formed() -> Iterator[Fault]:
    """Vectors that hold, at the limits of what is allowed."""

    def fine(name: str, what: str, rule: str, change: Change, act: Any = EXPLAINS) -> Fault:
        return Fault(name, what, rule, Forge.of().add(act, change=change).bundle(derived=True), [])

    largest = chr(0x10FFFF)
    yield fine("text-4000-astral", "a text of 4,000, none of the BMP", "ENT-23", _put("act.remarks", ["𝒳" * 4_000]))
    yield fine("text-largest", "U+10FFFF in a text", "ENT-23", _put("act.remarks", [largest * 9]))
    yield fine("text-nfd", "a text in NFD", "ENT-31", _put("act.remarks", ["e\u0301"]))
    yield fine("text-mark", "U+200E in a text", "ENT-23", _put("act.remarks", ["a\u200eb"]))
    yield fine("text-line-feed", "a line feed in a text", "ENT-23", _put("act.remarks", ["a\nb"]))
    yield fine("line-300", "a line of 300, none of the BMP", "ENT-23", _put("act.languages", ["𝒳" * 300]))
    long = ["x" * 4_000] * 11 + ["y" * 3_300]
    yield fine("entry-long", "an entry of nearly 65,535 bytes", "ENT-15", _put("act.remarks", long))
    yield fine("key-64", "an idempotency key of 64", "ENT-25", _put("idempotency_key", "Aa0._:-" + "k" * 57))
    yield fine("instant-1000", "the year 1000", "ENT-22", _put("act.filed_at", "1000-01-01"))
    yield fine(
        "instant-8999", "the last microsecond of 8999", "ENT-22", _put("act.filed_at", "8999-12-31T23:59:59.999999Z")
    )
    tokens = _put("seen.tokens", [f"{n:064x}" for n in range(20)])
    yield fine("tokens-20", "20 tokens that nobody shows", "ENT-28", tokens)
    counts = {"in_favour": 100_000, "against": 0, "abstention": 0}
    tally = {"act": "tally_circulated", "counts": counts, "circulated_at": None, "source": None}
    yield fine("tally-largest", "a count of 100,000", "ENT-26", lambda _: None, tally)


def signatures() -> Iterator[Fault]:
    """Check 3, of entries."""

    def signed(name: str, what: str, rule: str, change: Callable[[bytes, Ed25519Signer], bytes]) -> Fault:
        return Fault(name, what, rule, _last(sealed=change), [3])

    def with_signature(change: Callable[[bytes], bytes]) -> Callable[[bytes, Ed25519Signer], bytes]:
        def sealed(payload: bytes, signer: Ed25519Signer) -> bytes:
            return envelope(
                payload, signer.key_id, change(signer.sign(pae("application/vnd.inblue.entry+json", payload)))
            )

        return sealed

    yield signed("signature-s", "S + L in place of S", "ENT-11", with_signature(shifted))
    yield signed("signature-zero", "a signature of zeros", "ENT-16", with_signature(lambda _: bytes(64)))
    identity = (1).to_bytes(32, "little")
    yield signed("signature-r", "R is the identity", "ENT-11", with_signature(lambda s: identity + s[32:]))
    ballot = signed_as(BALLOT_TYPE)
    yield signed("signature-type", "signed as a ballot, sealed as an entry", "ENT-16", ballot)
    other = with_signature(lambda s: s[:32] + bytes([s[32] ^ 1]) + s[33:])
    yield signed("signature-bit", "a bit of S is another", "ENT-16", other)
    forge = Forge.of().register(_enrolled(OTHER, "registrar"))
    forge.add(EXPLAINS, sealed=lambda payload, _: seal(payload, OTHER))
    yield Fault("signature-actor", "signed by another key than the actor's", "ENT-17", forge.bundle(), [3])


def places() -> Iterator[Fault]:
    """Check 4."""
    forge = Forge.of()
    yield Fault(
        "place-gap", "an act's number is skipped", "ENT-40", forge.add(EXPLAINS, change=_put("index", 9)).bundle(), [4]
    )
    act = PresidencyAssigned(body="Security Council", member="CHN", month="2026-03")
    forge = Forge.of().add(act)
    yield Fault("place-register", "an act of the register in a vote", "ENT-42", forge.bundle(), [4])
    forge = Forge.of().register(EXPLAINS)
    yield Fault("place-vote", "an act of a vote in the register", "ENT-42", forge.bundle(), [4])
    for name, stream in (("odd", "minutes"), ("round-1", f"vote#1:{SMALL}"), ("round-02", f"vote#02:{SMALL}")):
        forge = Forge.of().add(EXPLAINS, stream=stream)
        yield Fault(f"place-{name}", f"a stream called {stream}", "ENT-41", forge.bundle(), [4])
    forge = Forge.of()
    draft = forge.payloads()[_first_of_vote(forge)]["act"]
    forge.add(draft, stream="vote:S/2")
    yield Fault("place-symbol", "a draft in the stream of another", "ENT-43", forge.bundle(), [4])


def _first_of_vote(forge: Forge) -> int:
    return next(n for n, each in enumerate(forge.payloads()) if each["stream"] == VOTE)


def notes() -> Iterator[Fault]:
    """Check 5, of the checkpoint; and lines that do not matter."""
    forge = Forge.of()
    true = forge.note()
    text, line = true[: true.index(b"\n\n") + 1], true[true.index(b"\n\n") + 2 :]
    signer, other = NoteSigner(ORIGIN, LOG), NoteSigner("other.example", OTHER)
    origin, size, root = text.decode().split("\n")[:3]

    def noted(name: str, what: str, rule: str, note: bytes, checks: list[int]) -> Fault:
        change = _member(CHECKPOINT, note)
        raw = forge.bundle(members=change, derived=not checks)
        return Fault(name, what, rule, raw, checks)

    def of(body: str, *lines: str) -> bytes:
        return (body + "\n" + "".join(lines or (signer.line(body),))).encode()

    wrong = [
        ("extension", "an extension line, which the log signed", "LOG-10", of(f"{text.decode()}more\n")),
        ("plus", "a size with a plus", "LOG-11", of(f"{origin}\n+{size}\n{root}\n")),
        ("zero", "a size with a leading zero", "LOG-11", of(f"{origin}\n0{size}\n{root}\n")),
        ("size-63", "a size of 2^63", "LOG-11", of(f"{origin}\n{2**63}\n{root}\n")),
        ("root-short", "a root of 31 bytes", "LOG-11", of(f"{origin}\n{size}\n{text64(bytes(31))}\n")),
        ("size-0", "a size of 0 with a root that is none", "LOG-11", of(f"{origin}\n0\n{root}\n")),
        ("control", "a control character in the origin", "LOG-12", of(f"{origin}\x07\n{size}\n{root}\n")),
        ("utf-8", "bytes that are no UTF-8", "LOG-12", true[:-1] + b"\xff\n"),
        ("101", "101 signature lines", "LOG-12", of(text.decode(), *[signer.line(text.decode())] * 101)),
        ("empty", "nothing", "LOG-10", b""),
        ("unsigned", "no line of the log's", "LOG-17", of(text.decode(), other.line(text.decode()))),
        ("behind", "a text behind the signatures", "LOG-13", true + b"\nmore\n"),
        ("second-line", "a second line of the log's key, which does not hold", "LOG-14", true + _broken(line)),
        ("other-name", "the log's key under another name", "LOG-17", of(text.decode(), _named("other.example", text))),
        ("other-origin", "the origin is another", "LOG-17", of(f"example.com/small\n{size}\n{root}\n")),
        ("other-root", "the root is another", "LOG-2", of(f"{origin}\n{size}\n{text64(bytes(32))}\n")),
    ]
    for name, what, rule, note in wrong:
        yield noted(f"note-{name}", what, rule, note, [5])
    lines = other.line(text.decode())
    yield noted(
        "note-line-behind",
        "a line of somebody else behind the log's",
        "LOG-15",
        of(text.decode(), line.decode(), lines),
        [],
    )
    yield noted(
        "note-line-before",
        "a line of somebody else before the log's",
        "LOG-15",
        of(text.decode(), lines, line.decode()),
        [],
    )
    yield noted("note-line-twice", "the log's line twice", "LOG-14", true + line, [])
    yield noted("note-100", "100 signature lines", "LOG-12", of(text.decode(), *[line.decode()] * 100), [])
    raw = Forge.of().bundle(log=lambda part: part.update(before=part["before"][:-1]))
    yield Fault("log-hash-missing", "a hash before the range is missing", "BUN-5", raw, None)
    raw = Forge.of().bundle(end=6 + 2, log=lambda part: part.update(after=[*part["after"], text64(bytes(32))]))
    yield Fault("log-hash-more", "a hash more behind the range", "LOG-2", raw, [5])
    raw = Forge.of().bundle(log=_other_path)
    yield Fault("log-path", "an inclusion path with another hash", "BUN-22", raw, [5])


def _member(name: str, content: bytes) -> Callable[[Members], object]:
    return lambda members: members.update({name: content})


def _broken(line: bytes) -> bytes:
    text, _, encoded = line.decode().rstrip("\n").rpartition(" ")
    blob = bytearray(base64.b64decode(encoded))
    blob[-1] ^= 1
    return f"{text} {text64(bytes(blob))}\n".encode()


def _named(name: str, text: bytes) -> str:
    number = note_id(name, b"\1" + LOG.public_key)
    return write_line(name, number, LOG.sign(text))


def _other_path(part: Payload) -> None:
    part["recalled"][0]["path"][0] = text64(b"\1" * 32)


def successions() -> Iterator[Fault]:
    """Check 5 and 7, of the log's keys."""
    forge = Forge.of().succeed(SECOND)
    yield Fault("succession-loss", "another key after a loss", "LOG-20", forge.bundle(derived=True), [])
    rotated = Forge.of().register(_announced(SECOND))
    rotated.succeed(SECOND, cause="rotation", handover=rotated.note())
    yield Fault("succession-rotation", "another key as announced", "REG-21", rotated.bundle(derived=True), [])
    twice = Forge.of().register(_announced(SECOND))
    twice.succeed(SECOND, cause="rotation", handover=twice.note()).register(_announced(OTHER))
    twice.succeed(OTHER, cause="rotation", handover=twice.note())
    yield Fault("succession-twice", "two rotations", "LOG-20", twice.bundle(derived=True), [])
    forge = Forge.of().succeed(SECOND, cause="rotation")
    yield Fault("succession-unannounced", "a rotation that was not announced", "REG-21", forge.bundle(), [7])
    forge = Forge.of().register(_announced(SECOND)).register(_announced(OTHER))
    forge.succeed(SECOND, cause="rotation", handover=forge.note())
    yield Fault("succession-other", "a rotation to a key announced before the last one", "REG-21", forge.bundle(), [7])
    forge = Forge.of()
    forge.succeed(SECOND, handover=forge.note(signer=SECOND))
    yield Fault("succession-itself", "handed over by the new key", "LOG-20", forge.bundle(), [5])
    forge = Forge.of()
    old = forge.note()
    forge.succeed(SECOND).add(EXPLAINS)
    forge.succeed(OTHER, handover=old)
    yield Fault(
        "succession-older", "handed over is a checkpoint of the key before the last", "LOG-20", forge.bundle(), [5]
    )
    forge = Forge.of()
    other = Forge.of(6)
    forge.succeed(SECOND, handover=_of_another_history(other))
    yield Fault("succession-fork", "handed over is a checkpoint of a fork", "LOG-21", forge.bundle(), [5])
    forge = Forge.of().succeed(LOG)
    yield Fault("succession-again", "the log's own key succeeds it", "REG-20", forge.bundle(), [7])
    forge = Forge.of().register(_announced(LOG))
    yield Fault("announced-again", "the log's own key is announced", "REG-20", forge.bundle(), [7])
    forge = Forge.of().register(_announced(REGISTRAR))
    yield Fault("announced-officers", "the registrar's key is announced for the log", "REG-18", forge.bundle(), [7])
    forge = Forge.of().register(LogKeyAnnounced(log_key=str(NoteSigner("example.com/small", SECOND).verifier)))
    yield Fault("announced-name", "a key is announced under another name", "REG-19", forge.bundle(), [7])
    weak = write_vkey(ORIGIN, b"\1" + _ORDER_8)
    forge = Forge.of().register(LogKeyAnnounced(log_key=weak))
    yield Fault("announced-weak", "a key of order 8 is announced", "REG-19", forge.bundle(), [7])
    cut = Forge.of()
    cut.succeed(SECOND, handover=cut.note(1)).add(EXPLAINS)
    yield Fault(
        "handover-unshown",
        "a handover below the range is not shown to be true",
        "BUN-23",
        cut.bundle(handovers=False),
        [5],
    )
    yield Fault("handover-shown", "a handover below the range, with its path", "BUN-23", cut.bundle(derived=True), [])


def _of_another_history(forge: Forge) -> bytes:
    forge.add(EXPLAINS, change=_put("act.languages", ["de"]))
    return forge.note()


def _announced(signer: Ed25519Signer) -> LogKeyAnnounced:
    return LogKeyAnnounced(log_key=str(NoteSigner(ORIGIN, signer).verifier))


def seen() -> Iterator[Fault]:
    """Check 6."""
    forge = Forge.of()
    size = len(forge.entries)
    root = text64(forge.root())

    def saw(name: str, what: str, rule: str, seen_size: int, seen_root: str, checks: list[int]) -> Fault:
        change = _put("seen", {"size": seen_size, "root": seen_root, "tokens": []})
        return Fault(name, what, rule, Forge.of().add(EXPLAINS, change=change).bundle(derived=not checks), checks)

    yield saw("seen-all", "its recorder had seen all that was there", "ENT-47", size, root, [])
    yield saw("seen-more", "its recorder had seen more than there was", "ENT-46", size + 1, root, [6])
    yield saw("seen-other", "its recorder had seen other entries", "ENT-47", size, text64(bytes(32)), [6])
    yield saw("seen-nothing", "nothing, with a root that is not the empty tree's", "ENT-47", 0, root, [6])
    yield saw("seen-before", "a state before the range, which is not shown", "ENT-47", 1, root, [])


_ORDER_8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")


def _mixed() -> bytes:
    """A strong key with a small part added."""
    from inblue.ledger.standards import ed25519

    point = ed25519._add(ed25519._decompress(OTHER.public_key), ed25519._decompress(_ORDER_8))
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _grant(public: bytes, office: str = "president", member: str | None = None, **given: Any) -> KeyGrant:
    return KeyGrant(key=key_id(public), public_key=public.hex(), office=office, member=member, **given)


def _enrolled(signer: Ed25519Signer, office: str, member: str | None = None, **given: Any) -> KeyEnrolled:
    return KeyEnrolled(grant=_grant(signer.public_key, office, member, **given))


def authority() -> Iterator[Fault]:
    """Check 7, and 1."""
    for name, what, public in (
        ("order-8", "a key of order 8 is enrolled", _ORDER_8),
        ("identity", "the identity is enrolled", (1).to_bytes(32, "little")),
        ("encoding", "a key that is not canonically encoded", (_P + 3).to_bytes(32, "little")),
        ("no-point", "a key that is no point", (2).to_bytes(32, "little")),
        ("mixed", "a key of mixed order", _mixed()),
    ):
        forge = Forge.of().register(KeyEnrolled(grant=_grant(public)))
        yield Fault(f"key-{name}", what, "ENT-12", forge.bundle(), [7])
    wrong = _grant(PRESIDENT.public_key).model_copy(update={"key": "ab" * 32})
    yield Fault(
        "key-id", "an id that is not the key's", "ENT-13", Forge.of().register(KeyEnrolled(grant=wrong)).bundle(), [7]
    )
    forge = Forge.of().register(_enrolled(LOG, "president"))
    yield Fault("key-of-log", "the log's key is enrolled", "REG-18", forge.bundle(), [7])
    forge = Forge.of().register(_enrolled(MEMBER, "mission", "CHN")).register(_enrolled(MEMBER, "mission", "EST"))
    yield Fault("key-of-two", "a key is enrolled for two members", "REG-14", forge.bundle(), [7])
    forge = Forge.of().register(_enrolled(PRESIDENT, "president")).register(_enrolled(PRESIDENT, "secretary"))
    yield Fault("key-two-offices", "a key is enrolled for two offices", "REG-14", forge.bundle(derived=True), [])
    revoked = Forge.of().register(_enrolled(PRESIDENT, "president")).register(_revoked(PRESIDENT))
    yield Fault("revoked", "a key is enrolled, and revoked", "REG-16", revoked.bundle(derived=True), [])
    again = Forge(list(revoked.entries), dict(revoked.files)).register(_enrolled(PRESIDENT, "president"))
    yield Fault("revoked-enrolled", "a revoked key is enrolled again", "REG-13", again.bundle(), [7])
    twice = Forge(list(revoked.entries), dict(revoked.files)).register(_revoked(PRESIDENT))
    yield Fault("revoked-twice", "a key is revoked twice", "REG-16", twice.bundle(), [7])
    forge = Forge.of().register(_revoked(OTHER))
    yield Fault("revoked-unknown", "a key that was never enrolled is revoked", "REG-16", forge.bundle(), [7])
    yield Fault(
        "revoked-last",
        "the registrar's last key is revoked",
        "REG-17",
        Forge.of().register(_revoked(REGISTRAR)).bundle(),
        [7],
    )
    forge = Forge.of().register(KeyEnrolled(grant=_grant(PRESIDENT.public_key), replaces="cd" * 32))
    yield Fault("replaces-unknown", "a key replaces one that was never enrolled", "REG-15", forge.bundle(), [7])
    forge = Forge.of().register(_enrolled(OTHER, "registrar")).register(_revoked(OTHER)).add(EXPLAINS, signer=OTHER)
    yield Fault("office-revoked", "a revoked key records", "REG-3", forge.bundle(), [7])
    yield Fault("office-unknown", "a key that was never enrolled records", "REG-2", _last(signer=OTHER), [7])
    ended = OPENED + timedelta(hours=30)
    forge = Forge.of().register(_enrolled(OTHER, "registrar", valid_until=ended))
    forge.add(EXPLAINS, signer=OTHER, at=ended)
    yield Fault("office-ended", "a key records at the instant at which its office ends", "REG-4", forge.bundle(), [7])
    forge = Forge.of().register(_enrolled(OTHER, "registrar", valid_until=ended))
    forge.add(EXPLAINS, signer=OTHER, at=ended - timedelta(microseconds=1))
    yield Fault("office-ending", "a microsecond before", "REG-4", forge.bundle(derived=True), [])
    forge = Forge.of().register(_enrolled(OTHER, "registrar", valid_from=ended))
    forge.add(EXPLAINS, signer=OTHER, at=ended - timedelta(microseconds=1))
    yield Fault("office-early", "a key records before its office begins", "REG-4", forge.bundle(), [7])
    forge = Forge.of().register(_enrolled(PRESIDENT, "president")).add(EXPLAINS, signer=PRESIDENT, office="registrar")
    yield Fault("office-other", "a key records for an office that it does not hold", "REG-4", forge.bundle(), [7])
    forge = Forge.of().register(_enrolled(PRESIDENT, "president")).add(EXPLAINS, signer=PRESIDENT, office="president")
    yield Fault("office-may-not", "the president records what the registrar alone may", "REG-6", forge.bundle(), [7])
    forge = Forge.of().register(_enrolled(OTHER, "registrar", "EST")).add(EXPLAINS, signer=OTHER)
    yield Fault("office-of-another", "a member's key records what another member did", "REG-5", forge.bundle(), [7])
    forge = Forge.of().register(_enrolled(PRESIDENT, "president"))
    forge.register(_enrolled(OTHER, "president"), signer=PRESIDENT, office="president")
    yield Fault("register-by-president", "the president enrols a key", "REG-11", forge.bundle(), [7])
    founded = Forge.of().payloads()[0]["act"]
    yield Fault("founded-twice", "the ledger is founded again", "REG-10", Forge.of().register(founded).bundle(), [7])
    retired = AuthorityRetired(name="nobody", reason="It is not there.")
    yield Fault(
        "retired-unknown",
        "an authority is retired that was not adopted",
        "REG-23",
        Forge.of().register(retired).bundle(),
        [7],
    )
    unfounded = Forge.of()
    unfounded.entries = unfounded.entries[1:]
    yield Fault(
        "unfounded", "the log begins with another act than its founding", "REG-1", unfounded.bundle(0), [1, 4, 7, 11]
    )


def disowned() -> Iterator[Fault]:
    """Entries without effect, and what the registrar says of them."""

    def after(
        name: str, what: str, rule: str, checks: list[int], *, times: int = 1, other: bool = False, **given: Any
    ) -> Fault:
        forge = Forge.of().add(EXPLAINS, **given)
        number = forge.payloads()[-1]["index"]
        digest = "ab" * 32 if other else forge.leaf(len(forge.entries) - 1).hex()
        for _ in range(times):
            act = {"act": "entry_disowned", "stream": VOTE, "index": number, "digest": digest, "reason": "Nobody's."}
            forge.register(act)
        return Fault(name, what, rule, forge.bundle(derived=not checks), checks)

    def broken(payload: bytes, signer: Ed25519Signer) -> bytes:
        return envelope(payload, signer.key_id, bytes(64))

    yield after(
        "disowned", "an entry signed by a key that was never enrolled, and disowned", "REG-52", [], signer=OTHER
    )
    yield after("disowned-unsigned", "an entry with a signature of zeros, and disowned", "REG-52", [], sealed=broken)
    yield after("disowned-wrongly", "an entry is disowned that the registrar signed", "REG-52", [7])
    yield after(
        "disowned-other", "another digest than the entry's is disowned", "REG-52", [7], signer=OTHER, other=True
    )
    yield after("disowned-twice", "an entry is disowned twice", "REG-25", [7], signer=OTHER, times=2)
    forge = Forge.of().add(EXPLAINS, signer=OTHER).add(EXPLAINS)
    yield Fault("disowned-not", "an entry has no effect, and nobody disowned it", "REG-50", forge.bundle(), [7])


def _revoked(signer: Ed25519Signer) -> KeyRevoked:
    return KeyRevoked(key=signer.key_id, reason="It is not needed any more.")


def ballots() -> Iterator[Fault]:
    """Check 3, of ballots."""

    def of(
        name: str, what: str, rule: str, checks: list[int], *, signer: Ed25519Signer = MEMBER,
        payload: Callable[[bytes], bytes] = lambda raw: raw, sealed: Callable[[bytes], bytes] = lambda raw: raw,
        before: Callable[[Forge], object] = lambda _: None, twice: bool = False, grant: Any = None, acts: int = 2,
        **changed: Any,
    ) -> Fault:  # fmt: skip
        forge = Forge.of(acts).register(grant or _enrolled(MEMBER, "mission", "VNM"))
        before(forge)
        for at in (2, 3)[: 1 + twice]:
            envelope_ = sealed(seal(payload(_ballot(forge, **changed)), signer, BALLOT_TYPE)).decode()
            act = cast("VNM", at).model_copy(update={"ballot": SignedBallot(envelope=envelope_)})
            forge.add(act, at=OPENED + timedelta(hours=at, seconds=1))
        return Fault(name, what, rule, forge.bundle(derived=not checks), checks)

    yield of("ballot-fine", "a ballot", "BAL-1", [])
    yield of("ballot-unopened", "a ballot before voting is opened", "BAL-15", [3], acts=1)
    yield of("ballot-again", "a ballot is cast twice", "BAL-10", [3], twice=True)
    yield of("ballot-other-key", "signed by a key that is not enrolled", "BAL-11", [3], signer=OTHER)
    member = _enrolled(MEMBER, "mission", "EST")
    yield of("ballot-other-member", "signed by a key of another member", "BAL-11", [3], grant=member)
    yield of(
        "ballot-revoked",
        "signed by a key that was revoked",
        "BAL-11",
        [3],
        before=lambda f: f.register(_revoked(MEMBER)),
    )
    ended = _enrolled(MEMBER, "mission", "VNM", valid_until=OPENED + timedelta(hours=1))
    yield of("ballot-ended", "signed by a key whose office had ended", "BAL-11", [3], grant=ended)
    yield of("ballot-position", "it says another position than the reply", "BAL-9", [3], position="against")
    yield of("ballot-for-another", "it is another member's", "BAL-9", [3], member="EST")
    yield of("ballot-question", "it answers another question", "BAL-9", [3], question="amendment_1")
    yield of(
        "ballot-blank", "its payload is not canonical", "BAL-1", [3], payload=lambda raw: raw.replace(b":", b": ", 1)
    )
    yield of("ballot-more", "its payload has a field more", "BAL-1", [3], payload=lambda raw: raw[:-1] + b',"x":1}')
    yield of("ballot-envelope", "its envelope has a blank more", "BAL-1", [3], sealed=lambda raw: b" " + raw)
    yield of(
        "ballot-as-entry",
        "it is sealed as an entry",
        "BAL-1",
        [3],
        sealed=lambda raw: raw.replace(b".ballot+", b".entry+"),
    )
    yield of("ballot-bit", "a bit of its signature is another", "BAL-12", [3], sealed=_flipped)


def _flipped(raw: bytes) -> bytes:
    value = json.loads(raw)
    signature = bytearray(base64.b64decode(value["signatures"][0]["sig"]))
    signature[40] ^= 1
    value["signatures"][0]["sig"] = text64(bytes(signature))
    return json.dumps(value, separators=(",", ":")).encode()


def _ballot(forge: Forge, position: str = "in_favour", member: str = "VNM", question: str = "draft") -> bytes:
    openings = (n for n, each in enumerate(forge.payloads()) if each["act"].get("kind") == "opening")
    opening = next(openings, 0)
    return Ballot.of(
        {
            "format": "inblue-ballot/2", "log": ORIGIN, "draft": SMALL, "round": 1, "texts": {},
            "opening": forge.leaf(opening).hex(), "closes_at": format_instant(OPENED + timedelta(hours=24)),
            "rule": None,
            "rehearsal": False, "member": member, "replies": [{"question": question, "position": position}],
            "nonce": "5e" * 16,
        },
        where="ballot",
    ).canonical()  # fmt: skip


def counted_and_pinned() -> Iterator[Fault]:
    """Checks 18 and 8."""
    yield Fault(
        "count-more",
        "an entry counts an entry of the register too many",
        "REG-40",
        _last(change=_put("register", 3)),
        [18],
    )
    forge = Forge.of(0)
    draft = Forge.of().payloads()[_first_of_vote(Forge.of())]["act"]
    forge.files |= Forge.of().files
    forge.entries = [raw for n, raw in enumerate(forge.entries) if n == 0]
    forge.add(draft)
    yield Fault(
        "procedure-unadopted", "a draft under a procedure that was never adopted", "REG-32", forge.bundle(), [8]
    )
    later = Forge(list(forge.entries), dict(forge.files))
    adopted = {"act": "procedure_adopted", "id": "later", "sha256": draft["procedure"]}
    later.register(adopted)
    yield Fault("procedure-later", "a draft under a procedure that is adopted later", "REG-32", later.bundle(), [8])
    for name, what, rule, change in (
        ("snapshot-keys", "the opening pins no key", "REG-30", lambda s: s.update(keys=[])),
        ("snapshot-procedure", "the opening pins another procedure", "REG-34", lambda s: s.update(procedure="ab" * 32)),
        (
            "snapshot-authorities",
            "the opening pins an authority that was not adopted",
            "REG-33",
            lambda s: s.update(authorities=["ab" * 32]),
        ),
    ):
        yield Fault(name, what, rule, _pinning(change), [8])


def _pinning(change: Change) -> bytes:
    true, forge = Forge.of(2), Forge.of(1)
    act = true.payloads()[-1]["act"]
    snapshot = json.loads(true.files[act["snapshot"]])
    change(snapshot)
    forge.files |= {sha256: content for sha256, content in true.files.items() if sha256 != act["snapshot"]}
    forge.add({**act, "snapshot": forge.file(canonical(snapshot))}, at=OPENED)
    return forge.bundle()


def acts() -> Iterator[Fault]:
    """Check 10, and what fails none: findings."""

    def act(name: str, what: str, rule: str, proposed: Any, checks: list[int] | None = None, **given: Any) -> Fault:
        checks = [10] if checks is None else checks
        return Fault(name, what, rule, Forge.of().add(proposed, **given).bundle(derived=not checks), checks)

    forge = Forge.of()
    draft = forge.payloads()[_first_of_vote(forge)]["act"]
    yield act("acts-draft", "a draft is circulated again", "ENT-45", draft)
    yield act("acts-no-draft", "another vote's act 0 is no circulation", "ENT-45", EXPLAINS, stream="vote:S/2")
    whole = Forge.of().add(EXPLAINS, stream="vote:S/2")
    yield Fault("acts-no-draft-whole", "the same in a bundle of the whole ledger", "ENT-45", whole.bundle(0), [10])
    acknowledged = ReceiptAcknowledged(member="CHN", reply=2)
    yield act("acts-no-reply", "a reply is acknowledged that is not there", "ENT-58", acknowledged)
    forge = Forge.of().add(ReceiptAcknowledged(member="CHN")).add(ReceiptAcknowledged(member="CHN"))
    yield Fault("acts-twice", "a reply is acknowledged twice", "ENT-59", forge.bundle(), [10])
    stated = {"act": "register_stated", "votes": [{"stream": VOTE, "acts": 3}]}
    yield Fault(
        "acts-stated",
        "the register states fewer acts of the vote than there are",
        "ENT-63",
        Forge.of().register(stated).bundle(),
        [10],
    )
    unopened = Forge.of(1).add({**Forge.of(2).payloads()[-1]["act"], "snapshot": None}, at=OPENED)
    yield Fault("acts-unpinned", "an opening without a snapshot", "ENT-61", unopened.bundle(), [10])
    moved = {"act": "window_changed", "closes_at": "2026-03-30T00:00:00Z", "changed_at": None, "source": None}
    yield act("finding-moved", "the deadline is moved, which the procedure forbids: a finding", "ENT-52", moved, [])
    rejected = {
        "act": "reply_rejected", "member": "CHN", "reply": 1, "clause": "", "reason": "So.", "rejected_at": None,
        "source": None,
    }  # fmt: skip
    clause = next(
        c["id"] for c in json.loads(Forge.of().files[draft["procedure"]])["clauses"] if c["effect"] == "reject"
    )
    yield act(
        "finding-groundless",
        "a reply is rejected without a ground: a finding",
        "ENT-53",
        {**rejected, "clause": clause},
        [],
    )
    late = cast("VNM", 25).model_copy(update={"received_at": OPENED + timedelta(hours=25)})
    yield Fault("finding-late", "a late reply that nothing rejects: a finding", "ENT-55", _late(late), [])


def _late(reply: VoteCast) -> bytes:
    forge = Forge.of(5)
    return forge.add(reply, at=OPENED + timedelta(hours=25, minutes=1)).bundle(derived=True)


def containers() -> Iterator[Fault]:
    """Files that are refused unread, and check 11."""

    def logged(name: str, what: str, change: Change) -> Fault:
        return Fault(name, what, "BUN-5", Forge.of().bundle(log=change), None)

    yield logged(
        "part-format", "a format of log.json that is not known", lambda part: part.update(format="inblue-bundle/9")
    )
    yield logged("part-more", "a field more in log.json", lambda part: part.update(more=1))
    yield logged("part-missing", "a field of log.json is missing", lambda part: part.pop("votes"))
    yield logged("part-empty", "a range of nothing", lambda part: part.update(end=part["start"]))
    yield logged(
        "part-hash-33", "a hash of 33 bytes before", lambda part: part["before"].__setitem__(0, text64(bytes(33)))
    )
    yield logged(
        "part-hash-31",
        "a hash of 31 bytes in a path",
        lambda part: part["recalled"][0]["path"].__setitem__(0, text64(bytes(31))),
    )
    yield logged(
        "part-within",
        "a recalled entry lies in the range",
        lambda part: part["recalled"][-1].update(index=part["start"]),
    )
    yield logged("part-order", "recalled entries out of order", lambda part: part["recalled"].reverse())
    raw = Forge.of().bundle(members=lambda m: m.update({LOG_JSON: m[LOG_JSON].replace(b":", b": ", 1)}))
    yield Fault("part-blank", "log.json is not canonical", "BUN-5", raw, None)
    raw = Forge.of().bundle(members=lambda m: m.update({ENTRIES: m[ENTRIES][:-1]}))
    yield Fault("lines-unended", "the last entry's line is not ended", "BUN-6", raw, None)
    raw = Forge.of().bundle(members=lambda m: m.update({ENTRIES: m[ENTRIES] + b"x" * 65_536 + b"\n"}))
    yield Fault("lines-long", "a line longer than an entry may be", "BUN-6", raw, None)
    raw_bad = bytearray(Forge.of().bundle())
    at = raw_bad.index(b"A bundle that was made by hand")
    raw_bad[at] ^= 1
    yield Fault("crc", "a byte of the README is another, and its checksum is not", "BUN-3", bytes(raw_bad), None)
    raw = Forge.of().bundle(
        members=lambda m: m.update({ENTRIES: m[ENTRIES] + m[ENTRIES].splitlines(keepends=True)[-1]})
    )
    yield Fault("range-more", "an entry more than the range", "BUN-12", raw, [11])
    raw = Forge.of().bundle(
        members=lambda m: m.update({REGISTER: m[REGISTER] + m[REGISTER].splitlines(keepends=True)[-1]})
    )
    yield Fault("recalled-more", "a line of the register more than is placed", "BUN-11", raw, [11])
    raw = Forge.of().bundle(members=lambda m: m.update({"data/more.txt": b"more"}))
    yield Fault("member-more", "a member that no bundle has", "BUN-10", raw, [11])
    raw = Forge.of().bundle(members=lambda m: m.update({FILE_PREFIX + "ab" * 32: b"x"}))
    yield Fault("file-unnamed", "a file that no entry names", "BUN-10", raw, [11])
