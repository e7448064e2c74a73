"""A workspace: creating its ledger, and advice on what is missing, unsafe or soon out of date."""
