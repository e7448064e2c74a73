"""How a vote is kept and proved: signed entries, the log over them, projections and checks."""
