"""X.509 certificates, chains to a pinned root, and what says that one is revoked: bytes in, values out."""
