"""The checks, numbered. Documentation, messages and JSON use the same numbers (docs/verifying.md).

1. founded    the log begins with the founding of a ledger, by a key that signs it
2. form       each entry is in its one form: envelope, payload, known kind, well-formed act
3. signature  each entry is signed by the key it names, and each ballot in one by a key of its member
4. place      stream, index and kind inside an entry are where it stands; no stream has a gap
5. log        the entries hash to the root that the log's key signed; none is missing, none stands elsewhere
6. seen       the checkpoint an entry says its recorder had seen is a true earlier state of this log
7. authority  the key held the office at that instant, and the office may record that act
8. pins       procedures and snapshots are those the register and the opening name, by digest
9. files      every digest named is kept, with those bytes
10. acts      each stream can be read as a vote, act by act

Of a bundle, also:

11. container every member is one that a bundle has, and is read to its end
12. derived   what is rendered or listed (record, README, manifests, claims) is what the entries give, byte for byte

With a trust file, also:

13. trust     origin, log key, founder and earlier checkpoints are those that the reader knows from elsewhere

Where there are timestamps, also:

14. stamps    what a timestamp is over is an earlier state of this log, signed by its key

Against receipts, also:

15. receipt   an entry that a member's receipt shows in the log stands here, in its place

Where witnesses have cosigned, also:

16. witness   what is cosigned is an earlier state of this log; the line of a witness that the policy names holds

Of a log that was published and audited before, also:

17. remembered what was verified at the last audit is an earlier state of what is served now

Of every entry that counts the register (``inblue-entry/2``), also:

18. register  as many entries of the register come before it as it says; none that does not count them comes after it

Of every reply that names the message that it came in, also:

19. messages  that was received once, before the reply, when the reply says that it came; the paper is the part it names

What they cannot see: a whole older copy of a ledger is a true state of it. Whoever holds a later checkpoint can.
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
