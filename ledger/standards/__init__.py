"""Published standards, each narrowed to one form: bytes in, values out. No vote, no store, no network."""
