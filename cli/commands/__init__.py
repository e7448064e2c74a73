"""One file for each command word; its object of the same name is the command."""
