"""The votes of a ledger as tables for analysts, and the CSV and Parquet files of them (docs/tables.md)."""
