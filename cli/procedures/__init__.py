"""Procedures, seats and facts as people read and write them: sentences, TOML, tables, ballots in a file."""
