"""What a written vote is. Pure: no clock, no I/O, no keys, no database."""
