"""The order of the entries, the tree over them, the signed head, and the keys that sign it."""
