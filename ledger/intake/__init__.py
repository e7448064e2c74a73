"""Messages as they arrive: where they are, and what is in them, read in a child process that can do nothing else."""
