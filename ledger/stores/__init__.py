"""Where entries and log are kept: memory, SQLite, PostgreSQL. No rule and no signature."""
