"""What is derived from the entries of a vote: the roll call, the record, the compendium."""
