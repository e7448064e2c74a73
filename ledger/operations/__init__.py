"""What is done with an open ledger: playing, exporting, publishing, copying, having it timestamped and cosigned."""
