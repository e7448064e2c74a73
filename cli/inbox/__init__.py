"""What arrived, for a person at a terminal: a letter beside the reply it proposes, and the decision on it."""
