"""The words of the page's own check, in the reader's language, by the names in ``templates/check.js``."""

from __future__ import annotations

from collections.abc import Callable

from ..language.english import Language


def words_of_the_check(lang: Language) -> dict[str, str]:
    """By name; fields in braces are filled in by the script."""
    say = lang.say
    return {
        "saysHolds": say(
            "Checked in this browser: {entries} entries. Signatures, hashes and proofs hold.", entries="{entries}"
        ),
        "saysBroken": say("Checked in this browser: DOES NOT HOLD. The first problem comes first."),
        "saysPartly": say(
            "Checked in this browser: hashes and proofs of {entries} entries hold. Some signatures were not checked.",
            entries="{entries}",
        ),
        "saysInPart": say(
            "Checked in this browser: what could be checked of {entries} entries holds. What was not checked "
            "is listed below.",
            entries="{entries}",
        ),
        "saysUnchecked": say(
            "Not checked: WebCrypto is not available in this browser. That does not mean that anything is wrong."
        ),
        "not-ed25519": say("This browser does not support Ed25519: signatures made with it were not checked."),
        "not-mldsa": say(
            "The log's key is an ML-DSA-44 key, which browsers do not support: its signature was not checked."
        ),
        "not-procedure": say("A procedure is not in this page: it was not checked which office may record which act."),
        "not-opening": say(
            "There are several openings, or a voided one: it was not checked which of them a ballot is for."
        ),
        "not-disowned": say("A disowned entry is not in this page: it was not checked who signed it."),
        "not-part": say(
            "The messages themselves are not in this page: it was not checked that papers are parts of them."
        ),
        "not-size": say("The checkpoint covers more entries than a browser can count: it was not checked."),
        "not-webcrypto": say("Open the page from a file, or over https, in a current browser."),
        "whereEntry": say("check {check}, entry {entry}: {what}", check="{check}", entry="{entry}", what="{what}"),
        "whereLog": say("check {check}: {what}", check="{check}", what="{what}"),
        "passes": say("holds"),
        "fails": say("does not hold"),
        "skipped": say("not checked"),
        "unreadable": say("what the page carries cannot be read"),
        "base64": say("its base64 is not canonical"),
        "envelope": say("its envelope does not follow the template"),
        "canonical": say("its payload is not in canonical form"),
        "fields": say("its payload does not have the fields of an entry"),
        "gap": say(
            "{stream}: act {act} is where act {wanted} should be", stream="{stream}", act="{act}", wanted="{wanted}"
        ),
        "stream": say("{kind} does not belong in {stream}", kind="{kind}", stream="{stream}"),
        "unfounded": say("the log begins with {kind}, not with the founding of a ledger", kind="{kind}"),
        "nofounding": say("the founding of the ledger is not here"),
        "actor": say("the key that signs is not the one that the entry names"),
        "enrolled": say("the key {key} is not enrolled", key="{key}"),
        "signature": say("the signature of the key {key} does not hold", key="{key}"),
        "ballot": say(
            "the ballot of {member} is not signed by a key of that member, or says something else", member="{member}"
        ),
        "seen": say(
            "its recorder had seen other entries before it: the first {size} hash to another root", size="{size}"
        ),
        "count": say(
            "says that {said} entries of the register come before it, and there are {there}",
            said="{said}",
            there="{there}",
        ),
        "older": say("is of inblue-entry/1, and one of inblue-entry/2 comes before it"),
        "key": say(
            "has the idempotency key {key}, which act {act} of {stream} has too",
            key="{key}",
            act="{act}",
            stream="{stream}",
        ),
        "office": say("the key {key} did not hold the office {office} then", key="{key}", office="{office}"),
        "register": say("{kind} is not for this office, or is listed twice", kind="{kind}"),
        "records": say("the office {office} may not record {kind}", office="{office}", kind="{kind}"),
        "message": say(
            "names message {number}, which was not received before it, or not so, or not at that instant",
            number="{number}",
        ),
        "unreceived": say("is about message {number}, which was not received before it", number="{number}"),
        "receivedTwice": say("receives a message that was received before"),
        "purpose": say("a key that records messages may do nothing else, and acts for no member"),
        "weak": say("a key is weak: its owner could disown what it signs"),
        "apart": say("the key is the log's: it signs only checkpoints, and acts for nobody"),
        "owner": say("the key belongs to another member"),
        "revoked": say("the key {key} was revoked", key="{key}"),
        "last": say("the last key of the registrar is revoked"),
        "again": say("the log has, or had, that key already"),
        "unannounced": say("the log's key is replaced by one that was not announced"),
        "unadopted": say("the authority {name} is not adopted", name="{name}"),
        "disowns": say(
            "disowns act {act} of {stream}, which is not there, or which a key in authority has signed",
            act="{act}",
            stream="{stream}",
        ),
        "disowned": say("the entry that it names is disowned already"),
        "many": say("there are more of these than a register holds"),
        "begins": say("{stream} does not begin, once, with the circulation of its draft", stream="{stream}"),
        "id": say("the id of the key is not that of the public key"),
        "vkey": say("what should be the log's key is not a key"),
        "handover": say("the checkpoint handed over is not an earlier state of this log, signed by the key before"),
        "handovers": say("nothing shows that the checkpoints handed over are true"),
        "missing": say(
            "an entry is missing here: the range is {start} to {end}, and the entries end at {last}",
            start="{start}",
            end="{end}",
            last="{last}",
        ),
        "hashes": say("the proof does not have the hashes it needs"),
        "root": say("the entries, with the hashes beside them, do not give the root that was signed"),
        "included": say("no proof shows that this entry of the register is in the log"),
        "logSignature": say("the checkpoint is not signed by the log's key"),
        "more": say("there are more entries than the range says"),
        "recalled": say("the entries of the register are not those that the proofs place"),
        "noCheckpoint": say("That is not a checkpoint: paste all of it, from the log's name to the last line."),
        "nothingToCompare": say("This page has no checkpoint that holds; there is nothing to compare."),
        "otherLog": say(
            "That is a checkpoint of another log, {origin}. It says nothing about this one.", origin="{origin}"
        ),
        "same": say("SAME: your checkpoint has the origin, size and root of this page. Both show the same log."),
        "earlier": say(
            "SAME HISTORY: your checkpoint of {size} entries is an earlier state of the log that this page shows.",
            size="{size}",
        ),
        "later": say(
            "LATER: your checkpoint has {size} entries, this page {here}. The log went on; ask for a newer bundle, and "
            "compare the two with inblue diff.",
            size="{size}",
            here="{here}",
        ),
        "outside": say(
            "NOT COMPARED: the entries of this page do not show the log as it was with {size} entries.", size="{size}"
        ),
        "differsSigned": say(
            "TWO HISTORIES: the log's key has signed your checkpoint and this page's, and they cannot both be true. "
            "Keep both."
        ),
        "differsUnsigned": say(
            "DIFFERENT: that is another state of {size} entries, not signed by the log's key as this page has it. "
            "Either the checkpoint or this page is false.",
            size="{size}",
        ),
        "differsUnchecked": say(
            "DIFFERENT: that is another state of {size} entries. Who signed it was not checked. Either the checkpoint "
            "or this page is false.",
            size="{size}",
        ),
    }


def checks_explained(lang: Language) -> dict[int, str]:
    """What each check of a bundle checks, by its number."""
    say = lang.say
    return dict(enumerate(_explained(say), start=1)) | {
        18: say("each entry says how many entries of the register come before it, and is right"),
        19: say(
            "a reply that names a message came when the message was received, and its paper is the part that it names"
        ),
    }


def _explained(say: Callable[[str], str]) -> tuple[str, ...]:
    return (
        say("the log begins with the founding of a ledger, signed by its registrar"),
        say("every entry is canonical"),
        say("every entry, and every ballot in one, is signed by the key it names"),
        say("every entry is where it says; no stream has a gap"),
        say("the entries hash to the root that the log's key signed"),
        say("what each recorder says it had seen is a true earlier state"),
        say("the key held the office at that instant"),
        say("procedures and opening are those that the register names"),
        say("every file that is named is there, with those bytes"),
        say("every act can be read as one of its vote"),
        say("nothing is in the bundle that does not belong there"),
        say("record, manifests and claims are what the entries give"),
        say("log and keys are those that the reader knows from elsewhere"),
        say("what was timestamped is a true earlier state"),
        say("receipts that members have are for entries that are here"),
        say("what witnesses cosigned is a true earlier state"),
    )
