"""The checks, numbered. Documentation, messages and JSON use the same numbers (docs/verifying.md).

1. founded    the log begins with the founding of a ledger, by a key that signs it
2. form       each entry is canonical: envelope, payload, known kind, well-formed act
3. signature  each entry is signed by the key it names, and each ballot in one by a key of its member
4. place      stream, index and kind inside an entry match its place; no stream has a gap
5. log        the entries hash to the root that the log's key signed; none is missing or moved
6. seen       the checkpoint that an entry's recorder had seen is a true earlier state of this log
7. authority  the key held the office at that instant, and the office may record that act
8. pins       procedures and snapshots are those the register and the opening name, by digest
9. files      the bytes of every digest named are kept
10. acts      each stream can be read as a vote, act by act

For a bundle, also:

11. container every member is one that a bundle may have, and is read to its end
12. derived   record, README, manifests and claims are what the entries give, byte for byte

With a trust file, also:

13. trust     origin, log key, founder and earlier checkpoints are those that the reader already knows

With timestamps, also:

14. stamps    each timestamp is over an earlier state of this log, signed by its key

With receipts, also:

15. receipt   an entry that a member's receipt shows in the log is here, in its place

With cosignatures of witnesses, also:

16. witness   each cosigned checkpoint is an earlier state of this log; lines of the policy's witnesses are valid

For a published log that was audited before, also:

17. remembered the log verified at the last audit is an earlier state of the log served now

For every entry that counts the register (``inblue-entry/2``), also:

18. register  the entries of the register before it are as many as it says; all later entries count them too

For every reply that names its message, also:

19. messages  it was received once, before the reply, at the reply's time of arrival; the paper is the named part

They cannot detect a complete older copy of a ledger, since it is a true state. A later checkpoint can.
"""

from __future__ import annotations

NAMES = (
    "founded",
    "form",
    "signature",
    "place",
    "log",
    "seen",
    "authority",
    "pins",
    "files",
    "acts",
    "container",
    "derived",
    "trust",
    "stamps",
    "receipt",
    "witness",
    "remembered",
    "register",
    "messages",
)
FOUNDED, FORM, SIGNATURE, PLACE, LOG, SEEN, AUTHORITY, PINS = range(1, 9)
FILES, ACTS, CONTAINER, DERIVED, TRUST, STAMPS, RECEIPT, WITNESS, REMEMBERED, REGISTER, MESSAGES = range(9, 20)
