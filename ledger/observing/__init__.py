"""What a message shows of its time and sender, as an observation: seen once, and again from what was kept."""
