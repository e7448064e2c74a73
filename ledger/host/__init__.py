"""A host's interface to a ledger: acts on a vote by name, their results, and what is due."""
