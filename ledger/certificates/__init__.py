"""X.509 certificates, chains to a pinned root, and revocation: bytes in, values out."""
