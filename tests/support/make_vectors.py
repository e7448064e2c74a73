"""Make the bundles of tests/vectors/bundles, good and broken, with the verdict wanted on each.

Everything comes out the same each time, but for what is made with randomness: the log's ML-DSA-44 signature, and the
tokens and ML-DSA-44 cosignatures of :mod:`stamped` and :mod:`mailed`, which are kept. ``--new-tokens`` makes those
again.

    PYTHONPATH=examples python tests/support/make_vectors.py [--new-tokens]
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from courier import Courier
from faults_of_papers import papers_sent
from ledgers import OPENED, SMALL, Members, MlDsaSigner, first_format, forced, past_the_rules, rewrite, sign_over, small
from ledgers import cast as reply
from mailed import SECOND as SECOND_MAILED
from mailed import TOKENS, mailed, make_tokens
from paths import VECTORS
from signers import LOG, REGISTRAR, SECOND
from single_faults import every_fault
from stamped import WITNESS, Kept, backdated, make_kept, stamped, trusted
from tamper import (
    BOUND_ELSEWHERE,
    CHINA,
    FRESH_LOG,
    FRESH_SIGNER,
    Target,
    exported,
    flip,
    in_time,
    part,
    rebuilt,
    shorter,
    usurped,
)
from votes_of_other_bodies import faults, votes

from inblue.domain.acts import DraftCirculated, DraftWithdrawn, ExplanationFiled
from inblue.domain.ballot import SignedBallot
from inblue.domain.canonical import canonical
from inblue.domain.register_acts import (
    KeyEnrolled,
    KeyGrant,
    KeyRevoked,
    LogKeyAnnounced,
    LogKeySucceeded,
    PresidencyAssigned,
)
from inblue.ledger.entries.ballot import blank_of, sign
from inblue.ledger.entries.entry import Seen, entry_digest, write_entry
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.evidence.attestations import COSIGNED, TIMESTAMPS
from inblue.ledger.evidence.bundle import CHECKPOINT, CLAIMS, ENTRIES, FOLDER, RECORD
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.sequencer import advance
from inblue.ledger.operations.export import export, issue_receipt, state_acts
from inblue.ledger.operations.publish import publish
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import EMPTY_ROOT
from inblue.ledger.standards.note import NoteSigner

HERE = VECTORS / "bundles"
SECOND_ROUND = f"{SMALL}#2"
WANTED = HERE / "wanted.json"


@dataclass(frozen=True)
class Vector:
    """A bundle, and which checks fail on it alone and with a trust file: none holds; null, it is refused unread.

    ``rule`` is the sentence of docs/spec that it breaks, or tries. ``against`` are receipts, and ``contradicted`` the
    checks that fail against them.

    ``strengths`` are what the evidence of each member's reply comes to with the trust file, and ``witnessed`` whether
    enough witnesses have cosigned it. ``as_of`` is which state the verdicts are of: entry, of how many, and up to which
    the register is shown complete. ``bundle`` names the file, where it is another vector's.
    """

    name: str
    what: str
    raw: bytes
    alone: list[int] | None
    trusted: list[int] | None
    trust: str = "known"
    bundle: str = ""
    strengths: dict[str, str] | None = None
    witnessed: bool = False
    as_of: tuple[int, int, int] | None = None
    rule: str = ""
    against: tuple[str, ...] = ()
    contradicted: list[int] | None = None

    @property
    def file(self) -> str:
        """The bundle's name."""
        return f"{self.bundle or self.name}.zip"


def all_vectors() -> Iterator[Vector]:
    """All of them."""
    yield from vectors()
    yield from witnessed_by_one()
    yield from receipts()
    yield from trusts()
    yield from in_messages()
    for name, what, raw in votes():
        yield Vector(name, what, raw, [], [13])
    for name, what, rule, raw, checks in faults():
        yield Vector(name, what, raw, checks, [*checks, 13], rule=rule)
    for name, what, rule, raw, checks in papers_sent():
        yield Vector(name, what, raw, checks, checks, rule=rule)
    for fault in every_fault():
        trusted = fault.checks
        if fault.name in BY_THE_REGISTRAR_ALONE:
            trusted = [*(fault.checks or []), 13]
        yield Vector(fault.name, fault.what, fault.raw, fault.checks, trusted, rule=fault.rule)


BY_THE_REGISTRAR_ALONE = {
    *(f"succession-{how}" for how in ("loss", "unannounced", "other", "itself", "older", "fork", "again")),
    "handover-unshown",
    "handover-shown",
}
"""Vectors whose log has a key that the one of the trust file does not vouch for."""


def witnessed_by_one() -> Iterator[Vector]:
    """The stamped vote with the lines of one witness."""
    raw = exported(stamped(Kept.read()).ledger)

    def one_alone(members: Members) -> None:
        members[CHECKPOINT] = _one_witness(members[CHECKPOINT].decode()).encode()
        lines = [json.loads(line) for line in members[COSIGNED].splitlines()]
        members[COSIGNED] = b"".join(canonical({**v, "note": _one_witness(v["note"])}) + b"\n" for v in lines)

    what = "one witness has cosigned, and the policy asks for both"
    one = Vector("witness-one", what, _rewritten(raw, one_alone), [], [], "stamped", strengths=PROVEN, rule="TRU-11")
    yield one
    yield replace(
        one, name="witness-one-of-two", what="the same, where the policy asks for one", trust="stamped-any",
        bundle="witness-one", witnessed=True,
    )  # fmt: skip


def _one_witness(note: str) -> str:
    """A note with the log's line and that of the first witness."""
    text, _, lines = note.partition("\n\n")
    kept = lines.splitlines(keepends=True)[:2]
    return f"{text}\n\n{''.join(kept)}"


MAILED = {"CHN": "proven", "FRA": "attested", "EST": "attested", "IDN": "documented", "TUN": "documented"}


def in_messages() -> Iterator[Vector]:
    """Replies that came in messages, with tokens over the entries of these. Alone nothing is proven in any of them."""
    desk = mailed(Kept.read(TOKENS))
    raw = exported(desk.ledger)
    what = "replies in messages, and tokens over the entries of these and of the replies"
    good = Vector("mailed", what, raw, [], [], "mailed", strengths=MAILED, witnessed=True, rule="ENT-87")
    yield good
    first = {**MAILED, "FRA": "proven"}
    yield replace(
        good, name="mailed-first", what="the same, by a reader who believes the authority that stamped both entries",
        bundle="mailed", trust="mailed-first", strengths=first,
    )  # fmt: skip
    second = exported(desk.ledger, SECOND_MAILED)
    what = "a message from before the range with a token over its entry, and what was seen in it before and after"
    yield Vector(
        "mailed-before", what, second, [], [], "mailed", strengths={"EST": "proven"}, witnessed=True, rule="ENT-87"
    )
    flipped = _derived_again(raw, _flip_tokens)
    doubted = dict.fromkeys(MAILED, "documented")
    what = "a byte in the signature of each token is another"
    yield replace(good, name="mailed-flipped", what=what, raw=flipped, strengths=doubted)
    bare = _hiding(desk.ledger, "stamps")
    what = "the registrar hides every token over them"
    yield replace(good, name="mailed-stripped", what=what, raw=bare, strengths=doubted)


def receipts() -> Iterator[Vector]:
    """Checked against what a member keeps."""
    true = Vector(
        "receipt", "what a receipt shows stands there", Target.make().raw, [], [], bundle="good", rule="REC-4",
        against=("receipt-chn.json",), contradicted=[],
    )  # fmt: skip
    yield true
    other = replace(true, name="receipt-other", what="another history, under the same keys", bundle="every-key")
    yield replace(other, raw=exported(small(change=in_time)), against=("receipt-est.json",), contradicted=[15])


def receipt_files() -> Iterator[tuple[str, bytes]]:
    """The receipts."""
    ledger = small()
    for member in ("CHN", "EST"):
        yield f"receipt-{member.lower()}.json", issue_receipt(ledger, SMALL, member).canonical() + b"\n"


def trusts() -> Iterator[Vector]:
    """The good bundle, and what a reader brings."""
    raw = Target.make().raw
    for name, (what, rule, checks, _) in trust_files().items():
        yield Vector(f"trust-{name}", what, raw, [], checks, name, "good", rule=rule)


def trust_files() -> dict[str, tuple[str, str, list[int] | None, dict[str, Any]]]:
    """By name: its content, the sentence that it breaks or tests, the wanted result, and the file."""
    target = Target.make()
    known = json.loads(target.known.raw)
    head = target.ledger.log.head()
    assert head is not None
    note = head.note.decode()
    unsigned = note.partition("\n\n")[0] + "\n\n" + NoteSigner("other.example", SECOND).line(note)
    no_list = dict.fromkeys(("registrar", "checkpoints", "authorities"))
    witness = f"witness all {WITNESS.verifier}\nquorum all\n"
    return {
        "nothing": ("every list is null", "TRU-2", [], {**known, **no_list}),
        "origin": ("another origin", "TRU-5", [13], {**known, "origin": "example.com/small"}),
        "log-key": ("a key that the log never had", "TRU-6", [13], {**known, "log_key": vkey_of(SECOND)}),
        "registrar": ("another founder", "TRU-7", [13], {**known, "registrar": ["ab" * 32]}),
        "unsigned": ("a checkpoint not signed by the log", "TRU-8", [13], {**known, "checkpoints": [unsigned]}),
        "more": ("a field more", "SPEC-4", None, {**known, "more": 1}),
        "format": ("a format that is not known", "SPEC-4", None, {**known, "format": "inblue-trust/9"}),
        "first": ("inblue-trust/1 with what came later", "TRU-3", None, {**known, "format": "inblue-trust/1"}),
        "garbage": ("a checkpoint that is none", "TRU-4", None, {**known, "checkpoints": ["hello"]}),
        "no-quorum": ("a policy without a quorum", "TRU-4", None, {**known, "policy": f"log {vkey_of(LOG)}\n"}),
        "named-all": ("a witness named all", "TRU-4", None, {**known, "policy": witness}),
        "quorum-none": ("a policy that needs nobody", "TRU-11", [], {**known, "policy": "quorum none\n"}),
        "no-root": ("an authority without certificates", "TRU-20", None, {**known, "authorities": [NO_ROOT]}),
        "accuracy": ("an accuracy of a day and more", "TRU-21", None, {**known, "authorities": [INACCURATE]}),
    }


NO_ROOT: dict[str, Any] = {"name": "one", "certificates": [], "policies": ["1.2.3"], "accuracy_microseconds": None}
INACCURATE = {**NO_ROOT, "certificates": ["-----BEGIN CERTIFICATE-----"], "accuracy_microseconds": 86_400_000_001}


def vkey_of(signer: Ed25519Signer) -> str:
    """The key as that of the small vote's log."""
    return str(NoteSigner("example.org/small", signer).verifier)


def vectors() -> Iterator[Vector]:
    """Vectors of one vote and its proofs, each made its own way."""
    target = Target.make()
    members, entries = target.members, target.members[ENTRIES].splitlines(keepends=True)
    letter = next(name for name, content in members.items() if content.startswith(b"The delegation"))

    def instead(name: str, content: bytes | None) -> bytes:
        return rebuilt(target, {name: content})

    def edited(name: str, old: bytes, new: bytes) -> bytes:
        return instead(name, members[name].replace(old, new, 1))

    def with_line(at: int, line: bytes) -> bytes:
        return instead(ENTRIES, b"".join([*entries[:at], line, *entries[at + 1 :]]))

    rewritten = exported(small(change=in_time))
    other_signature = edited(ENTRIES, entries[2][-93:-9], entries[3][-93:-9])
    exchanged = instead(ENTRIES, b"".join([*entries[:3], entries[4], entries[3], *entries[5:]]))
    stowaway = instead("data/files/" + "ab" * 32, b"x")

    good = Vector("good", "a vote of three members, as it was", target.raw, [], [], as_of=(10, 10, 10))
    yield good
    yield Vector("good-watched", "the same, held against its last checkpoint", target.raw, [], [], "watched", "good")
    yield Vector("shorter", "true, and without the last three entries of the vote", shorter(target.ledger, 7), [], [])
    yield Vector("rotated", "the log's second key was announced and handed over", exported(rotated()), [], [])
    yield Vector("ml-dsa-44", "the log's second key is of ML-DSA-44", exported(quantum()), [], [])
    yield Vector("not-handed-over", "the registrar alone gave the log another key", usurped(announced=False), [], [13])
    fresh = exported(small(FRESH_SIGNER, FRESH_LOG, in_time))
    yield Vector("fresh-keys", "another history, under keys of its own", fresh, [], [13])
    yield Vector("every-key", "another history, by who has every key: out of reach of any check", rewritten, [], [])
    yield Vector(
        "every-key-watched", "the same, held against a checkpoint", rewritten, [], [13], "watched", "every-key"
    )

    yield Vector("signature", "an entry has the signature of another", other_signature, [3, 5, 6], [3, 5, 6])
    blank = with_line(2, b" " + entries[2])
    yield Vector("envelope", "an envelope has a blank more", blank, [2, 4, 5, 6], [2, 4, 5, 6])
    yield Vector("left-out", "an entry is missing", with_line(4, b""), [4, 5, 6, 10], [4, 5, 6, 10])
    yield Vector("exchanged", "two entries have changed places", exchanged, [4, 5, 6], [4, 5, 6])
    yield Vector("checkpoint", "the checkpoint says one entry more", edited(CHECKPOINT, b"\n10\n", b"\n11\n"), [5], [5])
    yield Vector("record", "the record calls a late reply timely", edited(RECORD, b'"late"', b'"inside"'), [12], [12])
    yield Vector("claims", "the claims name another log", edited(CLAIMS, b".org/", b".com/"), [12], [12])
    readme = edited("README.txt", b"What it does not", b"What it does")
    yield Vector("readme", "the README promises more: it is no evidence, and is not compared", readme, [], [])
    yield Vector("file-missing", "a letter is missing", instead(letter, None), [9], [9])
    yield Vector("file-changed", "a letter has other bytes", instead(letter, b"The delegation abstains.\n"), [9], [9])
    yield Vector("stowaway", "there is a file that no entry names", stowaway, [11], [11])

    yield from counted()

    yield Vector("cut", "the zip is cut off", target.raw[:-100], None, None)
    yield Vector("flag", "a flag is set in the header of a member", flip(target.raw, 6), None, None)
    yield Vector("deflated", "its members are compressed", _zip(target, zipfile.ZIP_DEFLATED), None, None)
    yield Vector("path", "a member leaves the folder", _zip(target, zipfile.ZIP_STORED, "../evil"), None, None)
    yield Vector("twice", "a member is there twice", _zip(target, zipfile.ZIP_STORED, FOLDER + ENTRIES), None, None)
    yield from rounds_and_ballots()
    yield from couriers()
    yield from proven()


def counted() -> Iterator[Vector]:
    """Vectors with a wrong count of the register's entries, or with an idempotency key twice."""
    ledger = small(before=lambda begun: begun.keep_register(PRESIDES, signer=REGISTRAR))
    stripped = part(ledger, ledger.checkpoint().size, lambda register: register[:-1])
    what = "the last entry of the register before the range is left out"
    yield Vector("register-stripped", what, stripped, [18], [18])
    miscounted = _one_more(small(), register=1)
    yield Vector("register-miscounted", "an entry counts the register's entries wrongly", miscounted, [18], [18])
    with first_format():
        first = _one_more(small())
    yield Vector("first-format", "the same, all of it as the first version wrote it", first, [], [])
    ledger = small()
    with first_format():
        mixed = _one_more(ledger)
    yield Vector("first-after-second", "an entry of the first format after those of the second", mixed, [18], [18])
    ledger = small()
    ledger.perform(SMALL, EXPLAINS, signer=REGISTRAR, idempotency_key="letter-17")
    twice = _one_more(ledger, idempotency_key="letter-17")
    yield Vector("key-twice", "two acts of one vote have the same idempotency key", twice, [4], [4])


def _one_more(ledger: Ledger, **given: int | str) -> bytes:
    """The bundle of the vote with one more act, written past the recorder."""
    common: dict[str, Any] = {"register": ledger.register().version, "index": ledger.vote(SMALL).version, **given}
    entry = write_entry(
        EXPLAINS,
        stream=vote_stream(SMALL),
        signer=REGISTRAR,
        office="registrar",
        recorded_at=OPENED + timedelta(hours=28),
        seen=Seen(0, EMPTY_ROOT),
        **common,
    )
    ledger.streams.append([entry])
    sign_over(ledger)
    return part(ledger, ledger.checkpoint().size)


PRESIDES = PresidencyAssigned(body="Security Council", member="CHN", month="2026-03")
EXPLAINS = ExplanationFiled(member="CHN", languages=("fr",))


def rounds_and_ballots() -> Iterator[Vector]:
    """Vectors of a draft that is put again, and of what a ballot is bound to."""
    rounds = again()
    yield Vector("round-2", "the second vote on a draft, by itself", exported(rounds, SECOND_ROUND), [], [])
    yield Vector("rounds", "both votes on a draft", exported(rounds, None), [], [])
    early, other_end = (part(each, each.checkpoint().size) for each in (again(5), again(after="ab" * 32)))
    yield Vector("round-too-early", "a draft is put again before the first vote on it is over", early, [10], [10])
    what = "the second vote on a draft names another entry as the end of the first"
    yield Vector("round-after-another", what, other_end, [10], [10])
    yield Vector("ballot", "a member has signed its reply itself", balloted({}), [], [])
    for how, changed in BOUND_ELSEWHERE.items():
        check = 8 if how == "another deadline" else 3
        name = f"ballot-of-{how.replace(' ', '-')}"
        yield Vector(name, f"a ballot that was signed for {how}", balloted(changed), [check], [check])


def couriers() -> Iterator[Vector]:
    """What an adversary without keys makes of a bundle that shows later entries of the register."""
    with tempfile.TemporaryDirectory() as folder:
        true = export(stated(), Path(folder) / "true.zip", vote=SMALL, current=True).path

        def handed_on(change: Callable[[Courier], None]) -> bytes:
            courier = Courier.of(true)
            change(courier)
            return courier.write(Path(folder) / "changed.zip").read_bytes()

        def cut(courier: Courier) -> None:
            courier.cut(7)
            courier.keep_register(lambda index: index < 7)

        what = "a registrar's key is revoked after the vote; the log's last entry says how many acts the vote has"
        yield Vector("stated", what, true.read_bytes(), [], [], as_of=(13, 13, 13))
        stripped = handed_on(lambda courier: courier.keep_register(lambda index: index < 10))
        what = "the same, and every later entry of the register is left out: the revocation too"
        yield Vector("register-tail-stripped", what, stripped, [], [], as_of=(10, 13, 10))
        what = "the same, and the revocation alone is left out"
        one = handed_on(lambda courier: courier.keep_register(lambda index: index != 11))
        yield Vector("register-line-missing", what, one, [4, 18], [4, 18])
        what = "the same, and the vote's last acts are left out, with every later entry of the register"
        yield Vector("tail-cut", what, handed_on(cut), [], [], as_of=(7, 13, 7))
        moved = handed_on(lambda courier: courier.cut(7, moving=b'"vote:'))
        yield Vector("vote-in-register", "the vote's last acts are among those of the register", moved, [11], [11])


def stated() -> Ledger:
    """The small vote, after which it turns out that the registrar's first key was compromised before it."""
    ledger = small()
    grant = KeyGrant(key=SECOND.key_id, public_key=SECOND.public_key.hex(), office="registrar")
    ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    since = OPENED - timedelta(hours=3)
    ledger.keep_register(KeyRevoked(key=REGISTRAR.key_id, reason="lost", compromised_since=since), signer=SECOND)
    state_acts(ledger, SMALL, signer=SECOND)
    return ledger


PROVEN = {"CHN": "proven", "VNM": "proven", "FRA": "attested", "EST": "documented", "IDN": "documented"}
IN_DOUBT = dict.fromkeys(PROVEN, "documented")
"""Where no token is there that entries name."""


def proven() -> Iterator[Vector]:
    """Vectors with timestamps and cosignatures. Without a trust file none of them proves or witnesses anything."""
    kept = Kept.read()
    desk, fork, lied = stamped(kept), stamped(kept, turned=True), exported(backdated(kept).ledger)
    raw = exported(desk.ledger)
    good = Vector("stamped", "timestamps of two authorities, cosignatures of two witnesses", raw, [], [], "stamped")
    good = replace(good, strengths=PROVEN, witnessed=True)

    def changed(
        name: str, what: str, change: Callable[[Members], None], alone: list[int], trusted: list[int]
    ) -> Vector:
        """Where it still holds, the fault makes it weaker."""
        vector = Vector(name, what, _rewritten(raw, change), alone, trusted, "stamped")
        return vector if trusted else replace(vector, strengths=IN_DOUBT, witnessed=True)

    def edited(member: str, number: int, **fields: object) -> Callable[[Members], None]:
        def change(members: Members) -> None:
            lines = members[member].splitlines(keepends=True)
            value = {**json.loads(lines[number]), **fields}
            members[member] = b"".join([*lines[:number], canonical(value) + b"\n", *lines[number + 1 :]])
            if member == TIMESTAMPS:
                _put_in_order(members)

        return change

    def rearranged(members: Members) -> None:
        members[TIMESTAMPS] = b"".join(members[TIMESTAMPS].splitlines(keepends=True)[::-1])

    def stranger(members: Members) -> None:
        """The timestamped note of the first line as if it were of another log."""
        members[TIMESTAMPS] = members[TIMESTAMPS].replace(b'"note":"example.org/', b'"note":"example.com/', 1)

    cosigned = json.loads(_member(raw, COSIGNED).splitlines()[0])["note"]
    (_, forked), stamp = fork.ledger.log.cosigned()[0], fork.ledger.log.stamps()[-1]
    first = next(n for n, line in enumerate(_member(raw, TIMESTAMPS).splitlines()) if b'"size":%d' % stamp.size in line)
    over_fork = {
        "note": stamp.note.decode(),
        "query": base64.b64encode(stamp.query).decode(),
        "token": base64.b64encode(stamp.token).decode(),
    }

    yield good
    one = replace(good, name="stamped-first", what="the same, by a reader who believes one of the authorities")
    yield replace(one, trust="stamped-first", bundle="stamped")
    flipped = replace(good, name="stamps-flipped", what="a byte in the signature of each token is another")
    yield replace(flipped, raw=_derived_again(raw, _flip_tokens), strengths=IN_DOUBT)
    bare = _hiding(desk.ledger, "stamps")
    yield replace(good, name="stamps-stripped", what="the registrar hides every token", raw=bare, strengths=IN_DOUBT)
    yield changed("stamps-reordered", "the timestamps stand in another order", rearranged, [14], [14])
    yield changed("stamp-other-log", "what is timestamped is another log's checkpoint", stranger, [14], [14])
    yield changed("stamp-fork", "a timestamp over a fork", edited(TIMESTAMPS, first, **over_fork), [14], [14])
    bare = _hiding(desk.ledger, "cosigned")
    hidden = Vector("cosignatures-stripped", "the registrar hides every cosignature", bare, [], [], "stamped")
    yield replace(hidden, strengths=PROVEN)
    broken = edited(COSIGNED, 0, note=_flip_signature(cosigned))
    yield changed("cosignature-flipped", "a byte of a witness's signature is another", broken, [], [16])
    shown = edited(COSIGNED, 0, note=forked.decode())
    yield changed("cosigned-fork", "a checkpoint of a fork, signed by the log and both witnesses", shown, [16], [16])
    lie = Vector("backdated", "one authority says 23 hours; the other had said 24.5 before", lied, [], [], "stamped")
    yield replace(lie, strengths={"CHN": "documented"})
    believed = replace(
        lie, name="backdated-first", what="the same, by a reader who believes the first alone: it was recorded later"
    )
    yield replace(believed, trust="stamped-first", bundle="backdated", strengths={"CHN": "documented"})


def again(until: int = 7, after: str | None = None) -> Ledger:
    """The small vote up to an act, and another on its draft; ``after`` is what that names as the end of the first."""
    ledger = small(change=lambda history: history[:until])
    *_, last = ledger.streams.stream(vote_stream(SMALL))
    procedure = ledger.vote(SMALL).draft.act.procedure
    draft = DraftCirculated(
        symbol=SMALL, question="substantive", times="live", procedure=procedure, round=2,
        after=after or entry_digest(last.envelope),
    )  # fmt: skip
    forced(ledger, draft, SECOND_ROUND)
    ledger.perform(SECOND_ROUND, DraftWithdrawn(), signer=REGISTRAR)
    return ledger


def balloted(changed: dict[str, object]) -> bytes:
    """The bundle of a vote with a ballot, in which something was ``changed`` before the member signed it."""
    ledger = small(change=lambda history: history[:2], members={"CHN": CHINA})
    made = blank_of(ledger.vote(SMALL), ledger.register()).ballot("CHN", "in_favour")
    made = made.model_copy(update={"nonce": "5e" * 16, **changed})
    forced(ledger, reply("CHN", 0).model_copy(update={"ballot": SignedBallot(envelope=sign(made, CHINA))}))
    return part(ledger, ledger.checkpoint().size)


def _hiding(ledger: Ledger, what: str) -> bytes:
    """The bundle of a registrar that keeps back what others put on its checkpoints."""
    with patch.object(ledger.log, what, lambda *_, **__: []):
        return exported(ledger)


def _derived_again(raw: bytes, change: Callable[[Members], None]) -> bytes:
    """A bundle with changed evidence, and all that is derived from it made again, as anybody can."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.zip"
        path.write_bytes(raw)
        courier = Courier.of(path)
        change(courier.members)
        return courier.write(path).read_bytes()


def _flip_tokens(members: Members) -> None:
    """The last byte of each token, which is its signature's."""
    lines = [json.loads(line) for line in members[TIMESTAMPS].splitlines()]
    for value in lines:
        value["token"] = _flip_last_byte(value["token"])
    members[TIMESTAMPS] = b"".join(canonical(value) + b"\n" for value in lines)
    _put_in_order(members)


def _put_in_order(members: Members) -> None:
    lines = [json.loads(line) for line in members[TIMESTAMPS].splitlines()]
    lines.sort(key=lambda value: (value["size"], hashlib.sha256(base64.b64decode(value["token"])).hexdigest()))
    members[TIMESTAMPS] = b"".join(canonical(value) + b"\n" for value in lines)


def _flip_signature(note: str) -> str:
    """A note with another byte in the signature of its last line."""
    text, _, last = note.rstrip("\n").rpartition(" ")
    return f"{text} {_flip_last_byte(last)}\n"


def _flip_last_byte(text: str) -> str:
    raw = base64.b64decode(text)
    return base64.b64encode(flip(raw, len(raw) - 1)).decode()


def _member(raw: bytes, name: str) -> bytes:
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        return archive.read(FOLDER + name)


def _rewritten(raw: bytes, change: Callable[[Members], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.zip"
        path.write_bytes(raw)
        rewrite(path, change)
        return path.read_bytes()


def rotated() -> Ledger:
    """The small vote, with another key for the log in the middle of it."""
    ledger = small(change=lambda history: history[:3])
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
    ledger.perform(SMALL, reply("VNM", 2), signer=REGISTRAR)
    return ledger


def quantum() -> Ledger:
    """The small vote, with an ML-DSA-44 key for the log after it."""
    ledger = small()
    former = ledger.log_keys()[0]
    signer = MlDsaSigner(b"q" * 32, former.name)
    past_the_rules(ledger, LogKeyAnnounced(log_key=str(signer.verifier)), 2)
    sign_over(ledger)
    head = ledger.log.head()
    assert head is not None
    succession = LogKeySucceeded(log_key=str(signer.verifier), cause="rotation", handover=head.note.decode())
    past_the_rules(ledger, succession, 3)
    advance(ledger.log, ledger.streams, ledger.streams.look, cast("NoteSigner", signer), [former])
    return ledger


def _zip(target: Target, compression: int, extra: str | None = None) -> bytes:
    """The target's members as Python's zipfile writes them."""
    out = BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", compression) as archive:
        warnings.simplefilter("ignore")  # it does not like a name twice either
        for name, content in sorted(target.members.items()):
            archive.writestr(zipfile.ZipInfo(FOLDER + name), content, compression)
        if extra is not None:
            archive.writestr(zipfile.ZipInfo(extra), b"x", compression)
    return out.getvalue()


def write_logs(folder: Path) -> None:
    """Published logs: a state, a later one, the first one after it, and another history under the same keys."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    states = {"shorter": small(change=lambda history: history[:4]), "longer": small(), "other": small(change=in_time)}
    for name, ledger in states.items():
        publish(ledger, folder / name, include_open=True)
        shutil.rmtree(folder / name / ".publishing", ignore_errors=True)
    cases: list[dict[str, object]] = [
        {"name": "log-grown", "what": "the log went on", "then": "shorter", "now": "longer", "remembered": []},
        {
            "name": "log-cut",
            "what": "an earlier state is served",
            "then": "longer",
            "now": "shorter",
            "remembered": [17],
        },
        {
            "name": "log-rewritten",
            "what": "another history is served",
            "then": "longer",
            "now": "other",
            "remembered": [17],
        },
    ]
    (folder / "wanted.json").write_text(json.dumps(cases, indent=1) + "\n")


def main(words: list[str]) -> None:
    """Write bundles, trust files and wanted verdicts."""
    if words == ["--new-tokens"]:
        make_kept()
        make_tokens()
    target, kept = Target.make(), Kept.read()
    HERE.mkdir(parents=True, exist_ok=True)
    trusts = {"known": target.known, "watched": target.watched}
    trusts |= {"stamped": trusted(kept), "stamped-first": trusted(kept, "first")}
    letters = Kept.read(TOKENS)
    trusts |= {"mailed": trusted(letters), "mailed-first": trusted(letters, "first")}
    policy = trusts["stamped"].policy or ""
    trusts["stamped-any"] = trusts["stamped"].model_copy(update={"policy": policy.replace(" all ", " any ")})
    for name, trust in trusts.items():
        (HERE / f"trust-{name}.json").write_bytes(trust.canonical() + b"\n")
    for name, (_, _, _, value) in trust_files().items():
        (HERE / f"trust-{name}.json").write_bytes(canonical(value) + b"\n")
    for name, content in receipt_files():
        (HERE / name).write_bytes(content)
    wanted = []
    for vector in all_vectors():
        if not (HERE / vector.file).exists() or vector.name != "ml-dsa-44":
            (HERE / vector.file).write_bytes(vector.raw)
        said: dict[str, object] = {"name": vector.name, "what": vector.what, "bundle": vector.file}
        said["trust"] = f"trust-{vector.trust}.json"
        said |= {"alone": vector.alone, "trusted": vector.trusted}
        if vector.rule:
            said["rule"] = vector.rule
        if vector.against:
            said |= {"against": vector.against, "contradicted": vector.contradicted}
        if vector.as_of is not None:
            said["as_of"] = vector.as_of
        if vector.strengths is not None:
            said |= {"strengths": vector.strengths, "witnessed": vector.witnessed}
        wanted.append(said)
    WANTED.write_text(json.dumps(wanted, indent=1) + "\n")
    write_logs(VECTORS / "logs")


if __name__ == "__main__":
    main(sys.argv[1:])
