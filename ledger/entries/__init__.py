"""What is signed and kept: entries, the kinds there are, ballots, and the files that entries name."""
