"""Published standards, each restricted to one canonical form: bytes in, values out. No vote, no store, no network."""
