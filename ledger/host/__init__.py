"""What a ledger is for a host beside its store: acts on a vote by name, what came of them, what is due."""
