"""The public view of a ledger: the log up to its first open vote, its tiles and proofs, and look-ups."""
