"""Storage of entries and log: memory, SQLite, PostgreSQL. It has no rules and no signatures."""
