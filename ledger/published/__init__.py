"""Published logs: where their files are written and read, and the tree of their tiles."""
