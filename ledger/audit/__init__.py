"""The numbered checks: of a ledger, a bundle, a published log. No store, no event store, no command line."""
