"""What is signed and stored: entries and their kinds, ballots, and the files that entries name."""
