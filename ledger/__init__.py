"""How votes are stored and proved: signed entries, the log over them, projections and checks."""
