"""What the commands share: options, an open ledger with its keys, recording, verifying, files, documents and output."""
