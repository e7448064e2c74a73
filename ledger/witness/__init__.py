"""A witness of logs: its records, its cosigning, and its server."""
