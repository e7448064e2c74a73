"""What of a ledger may be shown to everybody: the log up to its first open vote, its tiles and proofs, and look-ups."""
