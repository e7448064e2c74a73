"""Incoming messages: where they are, and their contents, read in a restricted child process."""
