"""What arrived, for a person at a terminal: a letter beside what it proposes, and what is decided of it."""
