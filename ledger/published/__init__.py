"""Published logs: where their files are put and come from, and the tree that their tiles make."""
