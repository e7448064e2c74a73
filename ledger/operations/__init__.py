"""Operations on an open ledger: playing cases, exporting, publishing, copying, timestamping and cosigning."""
