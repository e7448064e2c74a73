"""Somebody's published log: where its files come from, and the tree that its tiles make."""
