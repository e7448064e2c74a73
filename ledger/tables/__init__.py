"""The votes of a ledger as tables for analysts, in CSV and Parquet files (docs/tables.md)."""
