"""A read-only service over HTTP: votes and records, the log and its proofs, for auditors, dashboards, other tools."""
