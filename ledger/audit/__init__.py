"""The numbered checks: of a ledger, a bundle, a published log. It uses no store, no event store and no command line."""
