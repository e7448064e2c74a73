"""Make the bundles of tests/vectors/bundles, good and broken, with the verdict wanted on each.

Everything but the ML-DSA-44 signature, which is made with randomness, comes out the same each time.
"""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import cast

from adversary import SIGNER, SMALL, MlDsaSigner, past_the_rules, small
from adversary import cast as reply
from tamper import FRESH_LOG, FRESH_SIGNER, Target, exported, flip, in_time, rebuilt, shorter, usurped

from inblue.domain.register import LogKeyAnnounced, LogKeySucceeded
from inblue.ledger.bundle import CHECKPOINT, CLAIMS, ENTRIES, FOLDER, RECORD
from inblue.ledger.keys import Ed25519Signer
from inblue.ledger.ledger import Ledger
from inblue.ledger.log import advance
from inblue.ledger.note import NoteSigner

HERE = Path(__file__).parent / "vectors" / "bundles"
WANTED = HERE / "wanted.json"
SECOND = Ed25519Signer.from_seed(b"2" * 32)


@dataclass(frozen=True)
class Vector:
    """A bundle, and which checks fail on it alone and with a trust file: none holds; null, it is refused unread."""

    name: str
    what: str
    raw: bytes
    alone: list[int] | None
    trusted: list[int] | None
    trust: str = "known"


def vectors() -> Iterator[Vector]:
    """All of them."""
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

    yield Vector("good", "a vote of three members, as it was", target.raw, [], [])
    yield Vector("good-watched", "the same, held against its last checkpoint", target.raw, [], [], "watched")
    yield Vector("shorter", "true, and without the last three entries of the vote", shorter(target.ledger, 7), [], [])
    yield Vector("rotated", "the log's second key was announced and handed over", exported(rotated()), [], [])
    yield Vector("ml-dsa-44", "the log's second key is of ML-DSA-44", exported(quantum()), [], [])
    yield Vector("not-handed-over", "the registrar alone gave the log another key", usurped(announced=False), [], [13])
    fresh = exported(small(FRESH_SIGNER, FRESH_LOG, in_time))
    yield Vector("fresh-keys", "another history, under keys of its own", fresh, [], [13])
    yield Vector("every-key", "another history, by who has every key: out of reach of any check", rewritten, [], [])
    yield Vector("every-key-watched", "the same, held against a checkpoint", rewritten, [], [13], "watched")

    yield Vector("signature", "an entry has the signature of another", other_signature, [3, 5, 6], [3, 5, 6])
    blank = with_line(2, b" " + entries[2])
    yield Vector("envelope", "an envelope has a blank more", blank, [2, 4, 5, 6], [2, 4, 5, 6])
    yield Vector("left-out", "an entry is missing", with_line(4, b""), [4, 5, 6, 10], [4, 5, 6, 10])
    yield Vector("exchanged", "two entries have changed places", exchanged, [4, 5, 6], [4, 5, 6])
    yield Vector("checkpoint", "the checkpoint says one entry more", edited(CHECKPOINT, b"\n10\n", b"\n11\n"), [5], [5])
    yield Vector("record", "the record calls a late reply timely", edited(RECORD, b'"late"', b'"inside"'), [12], [12])
    yield Vector("claims", "the claims name another log", edited(CLAIMS, b".org/", b".com/"), [12], [12])
    yield Vector(
        "readme", "the README promises more", edited("README.txt", b"What it does not", b"What it does"), [12], [12]
    )
    yield Vector("file-missing", "a letter is missing", instead(letter, None), [9], [9])
    yield Vector("file-changed", "a letter has other bytes", instead(letter, b"The delegation abstains.\n"), [9], [9])
    yield Vector("stowaway", "there is a file that no entry names", stowaway, [11], [11])

    yield Vector("cut", "the zip is cut off", target.raw[:-100], None, None)
    yield Vector("flag", "a flag is set in the header of a member", flip(target.raw, 6), None, None)
    yield Vector("deflated", "its members are compressed", _zip(target, zipfile.ZIP_DEFLATED), None, None)
    yield Vector("path", "a member leaves the folder", _zip(target, zipfile.ZIP_STORED, "../evil"), None, None)
    yield Vector("twice", "a member is there twice", _zip(target, zipfile.ZIP_STORED, FOLDER + ENTRIES), None, None)


def rotated() -> Ledger:
    """The small vote, with another key for the log in the middle of it."""
    ledger = small(change=lambda history: history[:3])
    ledger.announce_log_key(SECOND.public_key, signer=SIGNER)
    ledger.replace_log_key(SECOND, cause="rotation", signer=SIGNER)
    ledger.perform(SMALL, reply("VNM", 2), signer=SIGNER)
    return ledger


def quantum() -> Ledger:
    """The small vote, with an ML-DSA-44 key for the log behind it."""
    ledger = small()
    former = ledger.log_keys()[0]
    signer = MlDsaSigner(b"q" * 32, former.name)
    past_the_rules(ledger, LogKeyAnnounced(log_key=str(signer.verifier)), 2)
    ledger.sequence()
    head = ledger.log.head()
    assert head is not None
    succession = LogKeySucceeded(log_key=str(signer.verifier), cause="rotation", handover=head.note.decode())
    past_the_rules(ledger, succession, 3)
    advance(ledger.log, ledger.streams, cast("NoteSigner", signer), [former])
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


def main() -> None:
    """Write bundles, trust files and wanted verdicts."""
    target = Target.make()
    HERE.mkdir(parents=True, exist_ok=True)
    for name, trust in (("known", target.known), ("watched", target.watched)):
        (HERE / f"trust-{name}.json").write_bytes(trust.canonical() + b"\n")
    wanted = []
    for vector in vectors():
        file = vector.name.removesuffix("-watched") + ".zip"
        if not (HERE / file).exists() or vector.name != "ml-dsa-44":
            (HERE / file).write_bytes(vector.raw)
        said = {"name": vector.name, "what": vector.what, "bundle": file, "trust": f"trust-{vector.trust}.json"}
        wanted.append({**said, "alone": vector.alone, "trusted": vector.trusted})
    WANTED.write_text(json.dumps(wanted, indent=1) + "\n")


if __name__ == "__main__":
    main()
